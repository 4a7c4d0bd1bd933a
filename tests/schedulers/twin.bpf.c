/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test scheduler: every packet leaves twice, the copy right behind it. Copies of
 * frames longer than a parameter are refused, so that a lost copy can be had too.
 */
#include <xdpq/sched.h>

struct twin_params {
	__u32 limit XDPQ_PARAM(packets, 1, 65536, 1000, "packets that may wait");
	__u32 longest XDPQ_PARAM(bytes, 14, 64k, 64k, "longest frame that has a twin");
};

XDPQ_PARAMS(struct twin_params);

struct twin_counters {
	__u64 twins XDPQ_COUNTER(packets, "copies made");
};

XDPQ_COUNTERS(struct twin_counters);

static struct xdpq_list waiting;

static __always_inline int twin_enqueue(struct xdpq_packet *packet)
{
	if (xdpq_qlen() >= xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	if (packet->duplicate && packet->len > xdpq_params()->longest)
		return XDPQ_DROP_LOSS;
	xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
	if (!packet->duplicate)
		return XDPQ_DUPLICATE;
	xdpq_counters.twins++;
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next twin_dequeue(__u64 now)
{
	return xdpq_send_slot(xdpq_list_pop(&waiting, xdpq_slot_next));
}

XDPQ_SCHEDULER("test: every packet leaves twice", twin_enqueue, twin_dequeue, xdpq_never);
