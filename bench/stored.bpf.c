// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fifo that never lets a packet cut through: each is stored, and on an idle link
 * carried out at once by its own frame. For the price of that.
 */
#include <xdpq/sched.h>

struct stored_params {
	__u32 limit XDPQ_PARAM(packets, 1, 65536, 1000, "packets that may wait");
};

XDPQ_PARAMS(struct stored_params);

static struct xdpq_list waiting;

static __always_inline int stored_enqueue(struct xdpq_packet *packet)
{
	if (xdpq_qlen() >= xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next stored_dequeue(__u64 now)
{
	return xdpq_send_slot(xdpq_list_pop(&waiting, xdpq_slot_next));
}

XDPQ_SCHEDULER("fifo that stores every packet", stored_enqueue, stored_dequeue, xdpq_never);
