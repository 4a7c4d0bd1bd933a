/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How one scheduler of a port follows another while packets wait (`xdpq replace`).
 *
 * Each has a generation; port->serving is that of the one that may send. The tool
 * makes the heir's programs the port's; the dequeue program of the one before
 * goes on in predecessor_progs. Until the heir serves, it stores what arrives,
 * and each frame is handed to the predecessor as a carrier for what waits there.
 * The heir follows, under the lock, when nothing of the predecessor waits any
 * longer. A program of the predecessor that still runs then hands its frame on.
 *
 * With sched none there is no lock and no queue, so it takes part in other ways:
 * it follows by the hand of the one that serves, which from then on redirects
 * directly; and who follows it waits until its frames have reached the driver.
 */
#ifndef XDPQ_SUCCESSION_H
#define XDPQ_SUCCESSION_H

#include <xdpq/clock.h>
#include <xdpq/server.h>
#include <xdpq/store.h>

/* Set at load. */
const volatile __u32 xdpq_generation = 0;

enum xdpq_turn {
	XDPQ_SERVING,
	XDPQ_HEIR,	/* stores; the one before sends */
	XDPQ_RETIRED,	/* the one behind has followed */
};

/* Has all that waited at the one before left? */
static __always_inline bool xdpq_may_follow(const struct xdpq_port *port)
{
	return port->heir == xdpq_generation && port->qlen == xdpq_queue.qlen &&
	       (!port->unqueued || xdpq_read_clock(port) >= port->hold_until);
}

static __always_inline void xdpq_follow(struct xdpq_port *port, __u32 generation, bool unqueued)
{
	port->serving = generation;
	port->unqueued = unqueued;
	port->handovers++;
}

/*
 * Whose turn it is; hands over if it is time to. `enqueue`: asked by the enqueue
 * program, so both programs of this generation are in place. Under the lock.
 */
static __always_inline enum xdpq_turn xdpq_turn(struct xdpq_port *port, bool enqueue)
{
	__s32 ahead = xdpq_generation - port->serving;

	if (ahead > 0) {
		if (enqueue)
			port->heir = xdpq_generation;
		if (!xdpq_may_follow(port))
			return XDPQ_HEIR;
		xdpq_follow(port, xdpq_generation, false);
		return XDPQ_SERVING;
	}
	if (!ahead && (__s32)(port->unqueued_heir - xdpq_generation) > 0 && !port->qlen &&
	    !xdpq_in_bulk(port)) {
		xdpq_follow(port, port->unqueued_heir, true);
		port->due = XDPQ_NEVER;
		ahead = -1;
	}
	return ahead ? XDPQ_RETIRED : XDPQ_SERVING;
}

/*
 * What was released before a hand-over has not left after all, and waits here.
 * The heir has sent nothing yet: our claim on the bulk kept it from that. Under the lock.
 */
static __always_inline void xdpq_take_back(struct xdpq_port *port)
{
	if (port->serving == xdpq_generation)
		return;
	xdpq_follow(port, xdpq_generation, false);
}

/* An enqueue program that is the port's no longer passes the frame as it came to the one that is. */
static __always_inline int xdpq_hand_on(struct xdp_md *ctx, struct xdpq_port *port)
{
	if (*(volatile __u8 *)&port->unqueued)
		return xdpq_redirect_direct(ctx, port);
	bpf_tail_call(ctx, &enqueue_progs, xdpq_port_number);
	return XDP_DROP;
}

#endif
