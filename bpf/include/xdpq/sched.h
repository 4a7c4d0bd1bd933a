/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The one header that a scheduler includes. A scheduler is one file:
 *
 *	struct NAME_params { ... XDPQ_PARAM(...) ... };
 *	XDPQ_PARAMS(struct NAME_params);
 *
 *	int NAME_enqueue(struct xdpq_packet *packet);
 *	struct xdpq_next NAME_dequeue(__u64 now);
 *
 *	XDPQ_SCHEDULER("what it is in one line", NAME_enqueue, NAME_dequeue, cut_through);
 *
 * both functions `static __always_inline`. The engine holds the port's lock while
 * a policy runs, so a policy never locks, and keeps plain state in static variables.
 *
 * enqueue answers XDPQ_ACCEPT when it has queued packet->slot somewhere,
 * XDPQ_DUPLICATE when it has and a copy is to be offered as well, or the reason
 * (enum xdpq_drop) why the packet is lost.
 *
 * dequeue answers with xdpq_send_slot(slot), xdpq_empty() or xdpq_not_before(time).
 * Packets that it drops instead (AQM) go to xdpq_drop(slot, reason). It may give
 * up after a bounded number of drops and answer xdpq_empty(); it is asked again.
 *
 * cut_through tells whether a packet may pass an idle port without being stored,
 * and accounts for it: xdpq_always, xdpq_never, or the scheduler's own.
 *
 * Time comes only as an argument and as packet->arrived, so that the same object
 * runs on a virtual clock. In cut_through it is not known: packet->arrived is 0.
 */
#ifndef XDPQ_SCHED_H
#define XDPQ_SCHED_H

#include <xdpq/engine.h>
#include <xdpq/pifo.h>

/* Packets and bytes that wait now. */
static __always_inline __u32 xdpq_qlen(void)
{
	return xdpq_queue.qlen;
}

static __always_inline __u32 xdpq_backlog(void)
{
	return xdpq_queue.backlog;
}

static __always_inline struct xdpq_next xdpq_send_slot(__u32 slot)
{
	return (struct xdpq_next){ .slot = slot };
}

static __always_inline struct xdpq_next xdpq_empty(void)
{
	return (struct xdpq_next){ .slot = XDPQ_NONE };
}

static __always_inline struct xdpq_next xdpq_not_before(__u64 time)
{
	return (struct xdpq_next){ .slot = XDPQ_NONE, .not_before = time };
}

/* Drops a queued packet, which the policy has taken out of its order. */
static __always_inline void xdpq_drop(__u32 id, enum xdpq_drop reason)
{
	struct xdpq_port *port = xdpq_this_port();
	struct xdpq_slot *slot = xdpq_slot(id);

	if (!port || !slot || !id)
		return;
	xdpq_count_drop(port, reason, 1, slot->len);
	xdpq_queue_sub(port, slot->len);
	xdpq_slot_give(id);
}

static __always_inline bool xdpq_always(struct xdpq_packet *packet)
{
	return true;
}

static __always_inline bool xdpq_never(struct xdpq_packet *packet)
{
	return false;
}

/*
 * The configuration: two copies and an index that flips, so that no packet sees
 * half a change.
 */
#define XDPQ_PARAMS(type)								\
	static volatile struct {							\
		__u32 active;								\
		__u32 pad;								\
		struct {								\
			struct xdpq_port_params port;					\
			struct xdpq_clock_params clock;					\
			type sched __attribute__((aligned(8)));				\
		} copy[2];								\
	} xdpq_config SEC(".data.config") = {};						\
	static __always_inline __u32 xdpq_active(void)					\
	{										\
		return xdpq_masked(xdpq_config.active, 1);				\
	}										\
	static __always_inline const volatile type *xdpq_params(void)			\
	{										\
		return &xdpq_config.copy[xdpq_active()].sched;				\
	}										\
	static __always_inline xdpq_clock_conf *xdpq_clock(void)			\
	{										\
		return &xdpq_config.copy[xdpq_active()].clock;				\
	}

/* A scheduler's own counters: a struct whose members are tagged XDPQ_COUNTER. */
#define XDPQ_COUNTERS(type) static type xdpq_counters __attribute__((used))

#define XDPQ_SCHEDULER(summary, enqueue_fn, dequeue_fn, cut_through_fn)			\
	static const struct xdpq_policy xdpq_policy = {					\
		.enqueue = enqueue_fn,							\
		.dequeue = dequeue_fn,							\
		.cut_through = cut_through_fn,						\
	};										\
	SEC("xdp") XDPQ_SCHEDULER_TAG(summary)						\
	int xdpq_enqueue(struct xdp_md *ctx)						\
	{										\
		return xdpq_enqueue_frame(ctx, xdpq_clock(), &xdpq_policy);		\
	}										\
	SEC("xdp")									\
	int xdpq_dequeue(struct xdp_md *ctx)						\
	{										\
		return xdpq_dequeue_frame(ctx, xdpq_clock(), &xdpq_policy);		\
	}										\
	char xdpq_license[] SEC("license") = "GPL"

/*
 * What a tag can't say is said by an optional program in the same object:
 *
 *	SEC("syscall") int xdpq_validate(struct NAME_validate *v)
 *
 * where the struct begins with a struct xdpq_validate, followed by the
 * scheduler's parameters. It runs before anything is loaded or changed, with no
 * maps. It may derive parameters (write them) and set v->slots, or refuse. v->given
 * tells what was given: a 0 that was from one that stands for auto. The verifier
 * takes no variable index here: loops over a table have to be unrolled.
 */

#define XDPQ_REFUSE(v, name, text) ({							\
	__builtin_memcpy((v)->param, name, sizeof(name));				\
	__builtin_memcpy((v)->reason, text, sizeof(text));				\
	0;										\
})

#endif
