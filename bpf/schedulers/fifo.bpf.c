/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * First in, first out: one queue, packets leave in the order of their arrival.
 *
 * Use it where order is all that matters and the queue is short, or as the
 * yardstick for the others. It does not tell flows apart: one that fills the
 * queue delays all, and the queue's length at the link's rate is the delay of
 * everybody. When the queue is full the arriving packet is dropped.
 *
 * Same behaviour as Linux's pfifo and bfifo, both limits at once.
 */
#include <xdpq/sched.h>

struct fifo_params {
	__u32 limit XDPQ_PARAM(packets, 1, 1048576, 1000, "packets that may wait");
	__u32 bytes XDPQ_PARAM(bytes, 64, 1g, auto, "bytes that may wait; no limit if not given");
};

XDPQ_PARAMS(struct fifo_params);

static struct xdpq_list waiting;

static __always_inline int fifo_enqueue(struct xdpq_packet *packet)
{
	const volatile struct fifo_params *params = xdpq_params();

	if (xdpq_qlen() >= params->limit)
		return XDPQ_DROP_OVERLIMIT;
	if (params->bytes && xdpq_backlog() + packet->len > params->bytes)
		return XDPQ_DROP_OVERLIMIT;
	xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next fifo_dequeue(__u64 now)
{
	return xdpq_send_slot(xdpq_list_pop(&waiting, xdpq_slot_next));
}

XDPQ_SCHEDULER("first in, first out", fifo_enqueue, fifo_dequeue, xdpq_always);
