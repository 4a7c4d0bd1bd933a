/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test scheduler: each packet waits for a fixed time after its arrival, on an
 * idle link too. It exists for the answer "not before".
 */
#include <xdpq/sched.h>

struct delay_params {
	__u32 limit XDPQ_PARAM(packets, 1, 65536, 1000, "packets that may wait");
	__u64 delay XDPQ_PARAM(time, 0ns, 100s, 10ms, "time that each packet waits");
};

XDPQ_PARAMS(struct delay_params);

static struct xdpq_list waiting;

static __always_inline int delay_enqueue(struct xdpq_packet *packet)
{
	if (xdpq_qlen() >= xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next delay_dequeue(__u64 now)
{
	struct xdpq_slot *slot = waiting.head ? xdpq_slot(waiting.head) : NULL;
	__u64 ready;

	if (!slot)
		return xdpq_empty();
	ready = slot->arrived + xdpq_params()->delay;
	if (now < ready)
		return xdpq_not_before(ready);
	return xdpq_send_slot(xdpq_list_pop(&waiting, xdpq_slot_next));
}

XDPQ_SCHEDULER("test: each packet waits for a fixed time", delay_enqueue, delay_dequeue,
	       xdpq_never);
