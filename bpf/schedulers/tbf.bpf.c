/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Token bucket filter: one queue in front of a link of the given rate, bounded
 * by the bytes it may hold or by the time they take to leave.
 *
 * The bucket is the port's link clock (rate, burst, peakrate), which every
 * scheduler has; this one makes the rate mandatory and bounds the queue by it.
 * Use it to give a link a lower speed and a known worst delay. It does not tell
 * flows apart. A packet longer than the bucket can ever hold is dropped when it
 * arrives; it would wait for ever.
 *
 * Two parameters are required: the port option rate, and either limit or latency:
 *
 *	xdpq attach eth0 sched tbf rate 20mbit latency 50ms
 *
 * latency is the longest that a packet may wait, so the limit is rate * latency + burst.
 * They exclude each other; to go from one to the other on a running port, take the old
 * one back:
 *
 *	xdpq change eth0 latency auto limit 100k
 *
 * limit counts bytes, but the packet store has slots: as many as frames of the
 * longest kind fit into limit, and 1000 at least. A queue of many short packets may
 * run out of slots first, and drops them as no_slot. If that shall not be, give slots:
 * limit divided by the shortest frame to be expected.
 *
 * The parameters are those of Linux's tbf.
 */
#include <xdpq/sched.h>

struct tbf_params {
	__u64 limit XDPQ_PARAM(bytes, 64, 1g, auto, 
		"bytes that may wait; rate, and this or latency, are required");
	__u64 latency XDPQ_PARAM(time, 1us, 100s, auto, 
		"longest time a packet may wait; rate, and this or limit, are required");
};

XDPQ_PARAMS(struct tbf_params);

static struct xdpq_list waiting;

static __always_inline int tbf_enqueue(struct xdpq_packet *packet)
{
	if (xdpq_wire_len(xdpq_clock(), packet->len) > xdpq_clock()->burst)
		return XDPQ_DROP_TOO_LARGE;
	if (xdpq_backlog() + packet->len > xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next tbf_dequeue(__u64 now)
{
	return xdpq_send_slot(xdpq_list_pop(&waiting, xdpq_slot_next));
}

static __always_inline bool tbf_cut_through(struct xdpq_packet *packet)
{
	return xdpq_wire_len(xdpq_clock(), packet->len) <= xdpq_clock()->burst;
}

struct tbf_validate {
	struct xdpq_validate v;
	struct tbf_params params;
};

SEC("syscall")
int xdpq_validate(struct tbf_validate *ctx)
{
	__u64 limit = ctx->params.limit, latency = ctx->params.latency, slots;

	if (!ctx->v.port.rate && !limit && !latency)
		return XDPQ_REFUSE(&ctx->v, "rate",
				   "is missing: tbf needs one, and limit or latency, "
				   "such as rate 100mbit latency 50ms");
	if (!ctx->v.port.rate)
		return XDPQ_REFUSE(&ctx->v, "rate",
				   "is missing: tbf needs one, such as rate 100mbit");
	if (limit && latency)
		return XDPQ_REFUSE(&ctx->v, "limit",
				   "contradicts latency: give one of them, "
				   "undo the other with limit auto or latency auto");
	if (!limit && !latency)
		return XDPQ_REFUSE(&ctx->v, "limit",
				   "is missing: give limit or latency, such as latency 50ms");
	if (latency)
		ctx->params.limit = ctx->v.port.rate / 8 * (latency / 1000) / 1000000 +
				    ctx->v.port.burst;
	/* Enough for packets of the longest kind, and never fewer than a FIFO has. */
	slots = ctx->params.limit / (ctx->v.frame ?: 1) + 1;
	ctx->v.slots = slots < 1000 ? 1000 : slots < 1048576 ? slots : 1048576;
	return 0;
}

XDPQ_SCHEDULER("token bucket filter: a rate, and a bounded queue",
	       tbf_enqueue, tbf_dequeue, tbf_cut_through);
