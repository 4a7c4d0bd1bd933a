/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The packet store: slots that hold the bytes of queued packets.
 *
 * A slot is owned by exactly one of: the free list, a CPU (its spare, into which
 * the next arriving frame is copied before the lock is taken), the queue, the
 * stash, or a sender, which keeps it as its spare when the bytes are copied out.
 */
#ifndef XDPQ_STORE_H
#define XDPQ_STORE_H

#include <xdpq/maps.h>

/* Set at load. */
const volatile __u32 xdpq_slots = 8;
const volatile __u32 xdpq_slot_size = 64;	/* bytes of data a slot holds */

/* Entry 0 is never used: 0 says "none". The tool sets both sizes. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 9);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct xdpq_slot) + 64);
} slots SEC(".maps");

/* Keyed by CPU; the tool sets the size. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xdpq_spare);
} spares SEC(".maps");

/* The queue as the engine sees it; its order is the policy's affair. */
static struct {
	__u32 free;		/* first slot of the free list */
	__u32 fresh;		/* slots above this one have never been used */
	__u32 stash;		/* popped, but the carrier could not hold it */
	__u32 qlen;		/* packets, the stash among them */
	__u32 backlog;		/* bytes */
	__u32 pad;
	__u64 not_before;	/* ns: the policy's last answer */
} xdpq_queue __attribute__((used));

static __always_inline struct xdpq_port *xdpq_this_port(void)
{
	return xdpq_port_at(xdpq_port_number);
}

static __always_inline struct xdpq_slot *xdpq_slot(__u32 id)
{
	return bpf_map_lookup_elem(&slots, &id);
}

static __always_inline __u32 *xdpq_slot_next(__u32 id)
{
	struct xdpq_slot *slot = xdpq_slot(id);

	return slot ? &slot->next : NULL;
}

static __always_inline struct xdpq_spare *xdpq_spare_of(__u32 cpu)
{
	return bpf_map_lookup_elem(&spares, &cpu);
}

/* The four below: under the lock. */
static __always_inline void xdpq_queue_add(struct xdpq_port *port, __u32 len)
{
	xdpq_queue.qlen++;
	xdpq_queue.backlog += len;
	port->qlen++;
	port->backlog += len;
}

static __always_inline void xdpq_queue_sub(struct xdpq_port *port, __u32 len)
{
	xdpq_queue.qlen--;
	xdpq_queue.backlog -= len;
	port->qlen--;
	port->backlog -= len;
}

static __always_inline __u32 xdpq_slot_take(void)
{
	__u32 id = xdpq_queue.free;
	struct xdpq_slot *slot;

	if (!id)
		return xdpq_queue.fresh < xdpq_slots ? ++xdpq_queue.fresh : XDPQ_NONE;
	slot = xdpq_slot(id);
	if (!slot)
		return XDPQ_NONE;
	xdpq_queue.free = slot->next;
	return id;
}

static __always_inline void xdpq_slot_give(__u32 id)
{
	struct xdpq_slot *slot = xdpq_slot(id);

	if (!id || !slot)
		return;
	slot->next = xdpq_queue.free;
	xdpq_queue.free = id;
}

static __always_inline __u32 xdpq_frame_len(const struct xdp_md *ctx)
{
	__u64 len = ctx->data_end - ctx->data;

	/* At once: a packet pointer kept for later is spilled by clang as 32 bits, and refused. */
	asm volatile("" : "+r"(len));
	return len;
}

/*
 * A length that a helper may be given has to be known as 1 to xdpq_slot_size. The
 * barrier keeps clang from checking another form of the number than it passes
 * on, and 6.1 learns nothing from a comparison with zero: so the last byte's
 * index is what is checked.
 */
#define xdpq_last_byte(len) ({				\
	__u64 _last = (__u64)(len) - 1;			\
	asm volatile("" : "+r"(_last));			\
	_last;						\
})

/* Copies the frame into the slot. */
static __always_inline bool xdpq_frame_store(struct xdp_md *ctx, __u32 id, __u32 len)
{
	struct xdpq_slot *slot = xdpq_slot(id);
	__u64 last = xdpq_last_byte(len);

	if (!slot || last >= xdpq_slot_size)
		return false;
	slot->len = last + 1;
	return !bpf_xdp_load_bytes(ctx, 0, slot->data, last + 1);
}

/* Makes the frame the packet in the slot. Fails if the frame's buffer is too small for it. */
static __always_inline bool xdpq_frame_fill(struct xdp_md *ctx, const struct xdpq_slot *slot)
{
	__u64 last = xdpq_last_byte(slot->len);
	int grow = (int)slot->len - (int)xdpq_frame_len(ctx);

	if (last >= xdpq_slot_size || (grow && bpf_xdp_adjust_tail(ctx, grow)))
		return false;
	return !bpf_xdp_store_bytes(ctx, 0, (void *)slot->data, last + 1);
}

#endif
