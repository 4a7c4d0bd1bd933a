/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test scheduler: earliest first on a monotonic PIFO. The rank is a word of the
 * payload, so the test plays with windows, anchors and wraps as it likes.
 */
#include <xdpq/sched.h>

#define RANK_OFFSET 16

struct pifo_time_params {
	__u32 limit XDPQ_PARAM(packets, 1, 65536, 1000, "packets that may wait");
};

XDPQ_PARAMS(struct pifo_time_params);
XDPQ_PIFO(order, 256, XDPQ_PIFO_MONOTONIC, xdpq_slot_next);

static __always_inline int pifo_time_enqueue(struct xdpq_packet *packet)
{
	struct xdpq_slot *slot = xdpq_slot(packet->slot);

	if (!slot || xdpq_qlen() >= xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	slot->rank = 0;
	if (packet->len >= RANK_OFFSET + sizeof(slot->rank))
		__builtin_memcpy(&slot->rank, slot->data + RANK_OFFSET, sizeof(slot->rank));
	order_push(slot->rank, packet->slot);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next pifo_time_dequeue(__u64 now)
{
	return xdpq_send_slot(order_pop());
}

XDPQ_SCHEDULER("test: rank from a word of the payload",
	       pifo_time_enqueue, pifo_time_dequeue, xdpq_always);
