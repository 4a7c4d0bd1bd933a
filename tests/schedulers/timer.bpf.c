/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test scheduler: the payload says for how many ns a packet is to wait, so that a
 * later one can be due before those that wait already. Times are ranks of a PIFO in
 * steps of 2^SHIFT ns; the exact ones stay with the packets.
 */
#include <xdpq/sched.h>

#define WAIT_OFFSET 16
#define SHIFT 16

struct timer_params {
	__u32 limit XDPQ_PARAM(packets, 1, 65536, 1000, "packets that may wait");
};

XDPQ_PARAMS(struct timer_params);
XDPQ_PIFO(agenda, 4096, XDPQ_PIFO_MONOTONIC, xdpq_slot_next);

static __always_inline int timer_enqueue(struct xdpq_packet *packet)
{
	struct xdpq_slot *slot = xdpq_slot(packet->slot);
	__u64 wait = 0;

	if (!slot || xdpq_qlen() >= xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	if (packet->len >= WAIT_OFFSET + sizeof(wait))
		__builtin_memcpy(&wait, slot->data + WAIT_OFFSET, sizeof(wait));
	slot->rank = packet->arrived + wait;
	agenda_push(slot->rank >> SHIFT, packet->slot);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next timer_dequeue(__u64 now)
{
	struct xdpq_slot *slot = xdpq_slot(agenda_peek());

	if (!slot || !agenda_len())
		return xdpq_empty();
	if (now < slot->rank)
		return xdpq_not_before(slot->rank);
	return xdpq_send_slot(agenda_pop());
}

XDPQ_SCHEDULER("test: each packet says how long it waits", timer_enqueue, timer_dequeue,
	       xdpq_never);
