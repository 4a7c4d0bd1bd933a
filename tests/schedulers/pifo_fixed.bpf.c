/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test scheduler: strict priority on a PIFO of fixed range. The rank is a byte
 * of the payload, so the test chooses it; 64 buckets, so that a byte can also
 * lie beyond them.
 */
#include <xdpq/sched.h>

#define RANK_OFFSET 16

struct pifo_fixed_params {
	__u32 limit XDPQ_PARAM(packets, 1, 65536, 1000, "packets that may wait");
};

XDPQ_PARAMS(struct pifo_fixed_params);
XDPQ_PIFO(order, 64, XDPQ_PIFO_FIXED, xdpq_slot_next);

static __always_inline int pifo_fixed_enqueue(struct xdpq_packet *packet)
{
	struct xdpq_slot *slot = xdpq_slot(packet->slot);

	if (!slot || xdpq_qlen() >= xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	slot->rank = packet->len > RANK_OFFSET ? slot->data[RANK_OFFSET] : 0;
	order_push(slot->rank, packet->slot);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next pifo_fixed_dequeue(__u64 now)
{
	return xdpq_send_slot(order_pop());
}

XDPQ_SCHEDULER("test: rank from a byte of the payload",
	       pifo_fixed_enqueue, pifo_fixed_dequeue, xdpq_always);
