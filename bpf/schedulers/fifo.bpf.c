/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * First in, first out: one queue, packets leave in the order of their arrival.
 *
 * Use it where order is all that matters and the queue is short, or as the
 * yardstick for the others. It does not tell flows apart: one that fills the
 * queue delays all, and the queue's length at the link's rate is the delay of
 * everybody.
 *
 * When the queue is full the arriving packet is dropped (drop tail), or those that
 * have waited longest are, until it fits (drop head): for traffic that is worth
 * the less the older it is, and for TCP, which learns of the loss a queue's length
 * earlier. A packet longer than all the bytes that may wait is dropped itself, and
 * so is one for which 64 others would not make room: that can be after a change to
 * a much lower limit, and with bytes if it is long and those that wait are tiny.
 *
 * Same behaviour as Linux's pfifo, bfifo and pfifo_head_drop, both limits at once.
 */
#include <xdpq/sched.h>

/* Packets dropped at most to make room for one. */
#define FIFO_MAX_HEADS 64

enum fifo_drop {
	FIFO_DROP_TAIL,
	FIFO_DROP_HEAD,
};

struct fifo_params {
	__u32 limit XDPQ_PARAM(packets, 1, 1048576, 1000, "packets that may wait");
	__u32 bytes XDPQ_PARAM(bytes, 64, 1g, auto, "bytes that may wait; no limit if not given");
	__u32 drop XDPQ_CHOICE("tail|head", "tail",
		"what is dropped when the queue is full: the arriving packet, or the oldest ones");
};

XDPQ_PARAMS(struct fifo_params);

static struct xdpq_list waiting;

static __always_inline bool fifo_has_room(__u32 len)
{
	const volatile struct fifo_params *params = xdpq_params();
	__u32 bytes = params->bytes;

	return xdpq_qlen() < params->limit && (!bytes || (__u64)xdpq_backlog() + len <= bytes);
}

/* One step of bpf_loop(): 0 to go on. */
static long fifo_drop_head(__u32 step, __u32 *len)
{
	__u32 head;

	if (fifo_has_room(*len))
		return 1;
	head = xdpq_list_pop(&waiting, xdpq_slot_next);
	xdpq_drop(head, XDPQ_DROP_OVERLIMIT);
	return !head;
}

static __always_inline void fifo_make_room(__u32 len)
{
	const volatile struct fifo_params *params = xdpq_params();

	if (params->drop == FIFO_DROP_HEAD && (!params->bytes || len <= params->bytes))
		bpf_loop(FIFO_MAX_HEADS, fifo_drop_head, &len, 0);
}

static __always_inline int fifo_enqueue(struct xdpq_packet *packet)
{
	if (!fifo_has_room(packet->len))
		fifo_make_room(packet->len);
	if (!fifo_has_room(packet->len))
		return XDPQ_DROP_OVERLIMIT;
	xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next fifo_dequeue(__u64 now)
{
	return xdpq_send_slot(xdpq_list_pop(&waiting, xdpq_slot_next));
}

XDPQ_SCHEDULER("first in, first out", fifo_enqueue, fifo_dequeue, xdpq_always);
