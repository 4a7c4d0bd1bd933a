/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A port's lock: a compare-and-swap word.
 *
 * Why not bpf_spin_lock: its pair costs many times as much, forbids helpers
 * while held (on 6.1 every call), and a map that holds one can be neither mapped
 * by the pump nor used by a tracepoint. The price is that the verifier does not
 * watch over it: whoever locks must unlock on every way out.
 *
 * Held only with bottom halves off (XDP and BPF_PROG_RUN are), so the holder is
 * never waited for by its own CPU. On PREEMPT_RT it can be preempted; the bound
 * on spinning makes that a counted drop instead of a hang.
 */
#ifndef XDPQ_LOCK_H
#define XDPQ_LOCK_H

#include <xdpq/maps.h>

/*
 * About a millisecond. A section takes some 150 ns, so only a holder that does not
 * run is ever waited for so long: a virtual CPU that its host has taken away.
 */
#define XDPQ_LOCK_SPINS (1 << 19)

/* Set at load on machines where what is written before a store is seen before it (x86, s390). */
const volatile __u32 xdpq_stores_in_order = 0;

/* What is written before is seen before what is written after. */
static __always_inline void xdpq_order_stores(void)
{
	__u64 word = 0;

	asm volatile("" ::: "memory");
	if (!xdpq_stores_in_order)
		__sync_lock_test_and_set(&word, 1);
}

struct xdpq_lock_wait {
	__u32 port;
	__u32 taken;
};

static __always_inline bool xdpq_trylock(struct xdpq_port *port)
{
	__u32 seen = *(volatile __u32 *)&port->lock;

	return !(seen & 1) && __sync_val_compare_and_swap(&port->lock, seen, seen + 1) == seen;
}

static long xdpq_lock_spin(__u32 round, struct xdpq_lock_wait *wait)
{
	struct xdpq_port *port = xdpq_port_at(wait->port);

	if (port)
		wait->taken = xdpq_trylock(port);
	return !port || wait->taken;
}

/* Returns false if the lock was not to be had in bounded time. */
static __always_inline bool xdpq_lock(struct xdpq_port *port, __u32 number)
{
	struct xdpq_lock_wait wait = { .port = number };

	if (xdpq_trylock(port))
		return true;
	bpf_loop(XDPQ_LOCK_SPINS, xdpq_lock_spin, &wait, 0);
	return wait.taken;
}

/* A full barrier: what is read afterwards is read after all that was written before. */
static __always_inline void xdpq_unlock(struct xdpq_port *port)
{
	__sync_lock_test_and_set(&port->lock, port->lock + 1);
}

/* For a section after which the pump need not be called: no barrier where none is needed. */
static __always_inline void xdpq_unlock_quietly(struct xdpq_port *port)
{
	xdpq_order_stores();
	*(volatile __u32 *)&port->lock = port->lock + 1;
	asm volatile("" ::: "memory");
}

#endif
