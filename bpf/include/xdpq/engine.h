/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every scheduler runs in: takes a frame in, asks the policy, and lets the
 * packet that is due leave. Three ways out: cut-through (the frame itself, never
 * stored), carrier (an arriving frame takes the packet that is due now), pump
 * (a frame that user space had the kernel make takes it).
 */
#ifndef XDPQ_ENGINE_H
#define XDPQ_ENGINE_H

#include <xdpq/verifier.h>
#include <xdpq/clock.h>
#include <xdpq/list.h>
#include <xdpq/lock.h>
#include <xdpq/params.h>
#include <xdpq/server.h>
#include <xdpq/sojourn.h>
#include <xdpq/store.h>
#include <xdpq/succession.h>
#include <xdpq/wire.h>

/* What a policy is told of a packet. */
struct xdpq_packet {
	__u32 slot;		/* where its bytes are; XDPQ_NONE if it is not stored */
	__u32 len;		/* bytes */
	__u64 arrived;		/* ns; 0, not known, in cut-through */
	bool duplicate;		/* the copy that the policy asked for */
	struct xdp_md *ctx;	/* the frame; holds the packet's bytes while a policy is asked */
};

/* Answers to enqueue: a reason of enum xdpq_drop, or one of these. */
enum {
	XDPQ_ACCEPT = -1,	/* the policy has it queued */
	XDPQ_DUPLICATE = -2,	/* queued, and a copy is to be offered too */
};

/* Answer to dequeue. */
struct xdpq_next {
	__u32 slot;		/* the packet, or XDPQ_NONE */
	__u64 not_before;	/* ns: when to ask again if there is none; 0: on a change */
};

struct xdpq_policy {
	int (*enqueue)(struct xdpq_packet *packet);
	struct xdpq_next (*dequeue)(__u64 now);
	/* May this one pass an idle port unstored? If so, it has been accounted for. */
	bool (*cut_through)(struct xdpq_packet *packet);
};

/* Wakes the pump; what is in it does not matter. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} wake SEC(".maps");

static __always_inline __u64 *xdpq_sojourn_count(struct xdpq_port *port, __u64 ns)
{
	return &port->sojourn[xdpq_masked(xdpq_sojourn_bucket(ns), XDPQ_SOJOURN_BUCKETS - 1)];
}

static __always_inline void xdpq_record_sojourn(struct xdpq_port *port, __u64 ns)
{
	++*xdpq_sojourn_count(port, ns);
	if (ns > port->sojourn_max)
		port->sojourn_max = ns;
}

/* Picks the packet that leaves now, if one may. Under the lock. */
static __always_inline __u32 xdpq_release(struct xdpq_port *port, xdpq_clock_conf *conf,
					  const struct xdpq_policy *policy, __u32 cpu, __u64 now)
{
	__u32 id = xdpq_queue.stash;
	struct xdpq_slot *slot;

	if (!xdpq_queue.qlen || !xdpq_may_serve(port, cpu, now))
		return XDPQ_NONE;
	if (!id) {
		if (now < xdpq_link_free_at(port, conf)) {
			port->overlimits++;
			return XDPQ_NONE;
		}
		struct xdpq_next next = policy->dequeue(now);

		id = next.slot;
		xdpq_queue.not_before = next.not_before;
	}
	slot = xdpq_slot(id);
	if (!id || !slot)
		return XDPQ_NONE;
	if (id == xdpq_queue.stash)
		xdpq_queue.stash = XDPQ_NONE;
	xdpq_record_sojourn(port, now - slot->arrived);
	xdpq_charge(port, conf, now, slot->len);
	xdpq_queue_sub(port, slot->len);
	xdpq_claim(port, cpu, slot->len);
	return id;
}

/*
 * When the pump is to serve the port, if no carrier does before. On a link that is
 * busy it comes `poll` later than it could, to find several packets due at once.
 */
static __always_inline __u64 xdpq_due(struct xdpq_port *port, xdpq_clock_conf *conf, __u64 now)
{
	__u64 free_at = xdpq_link_free_at(port, conf), due;

	/* What an heir has stored waits for nothing but us. */
	if (!xdpq_queue.qlen)
		return port->qlen ? now : XDPQ_NEVER;
	if (xdpq_queue.stash)
		return now;
	due = free_at > now ? free_at + conf->poll : now;
	return due > xdpq_queue.not_before ? due : xdpq_queue.not_before;
}

/* Tells the pump. An heir leaves that to the one that serves, and behind sched none nobody does. */
static __always_inline void xdpq_publish(struct xdpq_port *port, xdpq_clock_conf *conf,
					 enum xdpq_turn turn, __u64 now)
{
	if (turn == XDPQ_SERVING)
		port->due = xdpq_due(port, conf, now);
	else if (port->unqueued)
		port->due = port->qlen ? port->hold_until : XDPQ_NEVER;
}

/*
 * Wakes the pump if it would come too late. After the unlock, whose barrier
 * stands between our writing `due` and our reading `pump_at`, as the pump's
 * stands between its writing `pump_at` and its reading `due`.
 */
static __always_inline void xdpq_call_pump(struct xdpq_port *port)
{
	__u64 due = *(volatile __u64 *)&port->due, at = *(volatile __u64 *)&port->pump_at;

	if (due < at && __sync_val_compare_and_swap(&port->pump_at, at, due) == at)
		bpf_ringbuf_output(&wake, &due, sizeof(due), BPF_RB_FORCE_WAKEUP);
}

static __always_inline int xdpq_redirect(struct xdp_md *ctx, struct xdpq_port *port, __u32 len)
{
	int action;

	xdpq_frame_strip_meta(ctx);
	action = bpf_redirect_map(&tx, xdpq_port_number, XDP_ABORTED);
	if (action != XDP_REDIRECT) {
		xdpq_unclaim(port, len);
		xdpq_count_drop(port, XDPQ_DROP_REDIRECT, 1, len);
	}
	return action;
}

/*
 * The carrier cannot hold what was released at `now`. An AQM's decision cannot be
 * un-popped, so it waits in the stash.
 */
static __always_inline int xdpq_requeue(struct xdpq_port *port, xdpq_clock_conf *conf,
					struct xdpq_spare *spare, const struct xdpq_slot *slot,
					__u64 now)
{
	__u32 len = slot->len;

	if (!xdpq_lock(port, xdpq_port_number)) {
		/* The slot stays this CPU's spare. */
		xdpq_unclaim(port, len);
		xdpq_count_drop(port, XDPQ_DROP_TOO_LARGE, 1, len);
		return XDP_DROP;
	}
	xdpq_take_back(port);
	xdpq_queue.stash = spare->slot;
	spare->slot = xdpq_slot_take();
	xdpq_queue_add(port, len);
	xdpq_uncharge(port, conf, len);
	--*xdpq_sojourn_count(port, now - slot->arrived);
	port->requeues++;
	port->due = xdpq_due(port, conf, port->now);
	xdpq_unclaim(port, len);
	xdpq_unlock(port);
	xdpq_call_pump(port);
	return XDP_DROP;
}

/* The frame leaves with the packet in this CPU's spare slot. */
static __always_inline int xdpq_send(struct xdp_md *ctx, struct xdpq_port *port,
				     xdpq_clock_conf *conf, struct xdpq_spare *spare, __u64 now)
{
	struct xdpq_slot *slot = xdpq_slot(spare->slot);

	if (!slot)
		return XDP_ABORTED;
	if (!xdpq_frame_fill(ctx, slot))
		return xdpq_requeue(port, conf, spare, slot, now);
	return xdpq_redirect(ctx, port, slot->len);
}

/* Once waited for in vain, the lock is not tried again: this is softirq time. */
static __always_inline int xdpq_locked_out(struct xdpq_port *port, const struct xdpq_packet *packet)
{
	xdpq_count_drop(port, XDPQ_DROP_LOCK, 1, packet->len);
	return XDP_DROP;
}

/* Counts a packet that the policy (or we) would not have. An unknown reason counts as the first. */
static __always_inline void xdpq_count_refused(struct xdpq_port *port, int verdict, __u32 len)
{
	if (verdict >= 0)
		xdpq_count_drop(port, verdict < XDPQ_DROP_REASONS ? verdict : XDPQ_DROP_OVERLIMIT,
				1, len);
}

/* Queue empty, link free: the frame goes as it came. Returns a negative value if it may not. */
static __always_inline int xdpq_cut_through(struct xdp_md *ctx, struct xdpq_port *port,
					    xdpq_clock_conf *conf,
					    const struct xdpq_policy *policy,
					    struct xdpq_packet *packet)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 link_time = xdpq_link_time(conf, packet->len), now = 0;
	bool unread, pass = false;

	if (!xdpq_lock(port, xdpq_port_number))
		return xdpq_locked_out(port, packet);
	unread = xdpq_needs_no_time(port, conf, link_time);
	if (!unread)
		now = xdpq_advance(port, conf);
	if (xdpq_turn(port, true) == XDPQ_SERVING && !xdpq_queue.qlen &&
	    xdpq_is_server(port, cpu) && (unread || now >= xdpq_link_free_at(port, conf)))
		pass = policy->cut_through(packet);
	if (pass) {
		if (unread)
			port->unread += link_time;
		else
			xdpq_charge(port, conf, now, packet->len);
		xdpq_tally(&port->in, packet->len);
		xdpq_claim(port, cpu, packet->len);
		port->cut_through++;
	}
	xdpq_unlock_quietly(port);
	return pass ? xdpq_redirect(ctx, port, packet->len) : -1;
}

/* Offers a packet to the policy and settles who owns its slot: not `packet` if it was queued. */
static __always_inline int xdpq_offer(struct xdpq_port *port, const struct xdpq_policy *policy,
				      struct xdpq_packet *packet)
{
	struct xdpq_slot *slot = xdpq_slot(packet->slot);
	int verdict;

	if (!slot || !packet->slot)
		return XDPQ_DROP_NO_SLOT;
	slot->arrived = packet->arrived;
	verdict = policy->enqueue(packet);
	if (verdict >= 0)
		return verdict;
	xdpq_queue_add(port, packet->len);
	/* It may be due before what was waited for. */
	xdpq_queue.not_before = 0;
	packet->slot = XDPQ_NONE;
	return verdict;
}

static __always_inline void xdpq_offer_copy(struct xdp_md *ctx, struct xdpq_port *port,
					    const struct xdpq_policy *policy,
					    const struct xdpq_packet *packet)
{
	struct xdpq_packet copy = {
		.slot = xdpq_slot_take(),
		.len = packet->len,
		.arrived = packet->arrived,
		.duplicate = true,
		.ctx = ctx,
	};
	int verdict = XDPQ_DROP_NO_SLOT;

	xdpq_tally(&port->duplicated, copy.len);
	if (copy.slot && xdpq_frame_store(ctx, copy.slot, copy.len))
		verdict = xdpq_offer(port, policy, &copy);
	xdpq_count_refused(port, verdict, copy.len);
	xdpq_slot_give(copy.slot);
}

/* Copies the frame to this CPU's spare slot. Returns why it can't, or XDPQ_ACCEPT. */
static __always_inline int xdpq_store(struct xdp_md *ctx, struct xdpq_port *port,
				      struct xdpq_spare *spare, struct xdpq_packet *packet)
{
	if (packet->len > xdpq_slot_size)
		return XDPQ_DROP_TOO_LARGE;
	if (!spare->slot) {
		if (!xdpq_lock(port, xdpq_port_number))
			return XDPQ_DROP_LOCK;
		spare->slot = xdpq_slot_take();
		xdpq_unlock(port);
	}
	if (!spare->slot)
		return XDPQ_DROP_NO_SLOT;
	packet->slot = spare->slot;
	return xdpq_frame_store(ctx, spare->slot, packet->len) ? XDPQ_ACCEPT : XDPQ_DROP_TOO_LARGE;
}

/* The frame's packet waits in the store; the frame itself may carry the one that is due. */
static __always_inline int xdpq_store_and_carry(struct xdp_md *ctx, struct xdpq_port *port,
						xdpq_clock_conf *conf,
						const struct xdpq_policy *policy,
						struct xdpq_packet *packet)
{
	__u32 cpu = bpf_get_smp_processor_id(), out = XDPQ_NONE;
	struct xdpq_spare *spare = xdpq_spare_of(cpu);
	enum xdpq_turn turn;
	int verdict;

	if (!spare)
		return XDP_ABORTED;
	verdict = xdpq_store(ctx, port, spare, packet);
	if (verdict == XDPQ_DROP_LOCK || !xdpq_lock(port, xdpq_port_number))
		return xdpq_locked_out(port, packet);
	packet->arrived = xdpq_advance(port, conf);
	turn = xdpq_turn(port, true);
	if (turn == XDPQ_RETIRED) {
		xdpq_unlock(port);
		return xdpq_hand_on(ctx, port);
	}
	xdpq_tally(&port->in, packet->len);
	if (verdict == XDPQ_ACCEPT)
		verdict = xdpq_offer(port, policy, packet);
	if (verdict == XDPQ_DUPLICATE)
		xdpq_offer_copy(ctx, port, policy, packet);
	xdpq_count_refused(port, verdict, packet->len);
	if (verdict < 0)
		spare->slot = XDPQ_NONE;

	if (turn == XDPQ_SERVING)
		out = xdpq_release(port, conf, policy, cpu, packet->arrived);
	if (out) {
		xdpq_slot_give(spare->slot);
		spare->slot = out;
		port->carried++;
	} else if (!spare->slot) {
		spare->slot = xdpq_slot_take();
	}
	xdpq_publish(port, conf, turn, packet->arrived);
	xdpq_unlock(port);
	if (turn == XDPQ_HEIR)
		bpf_tail_call(ctx, &predecessor_progs, xdpq_port_number);
	xdpq_call_pump(port);
	return out ? xdpq_send(ctx, port, conf, spare, packet->arrived) : XDP_DROP;
}

static __always_inline int xdpq_enqueue_frame(struct xdp_md *ctx, xdpq_clock_conf *conf,
					      const struct xdpq_policy *policy)
{
	struct xdpq_packet packet = { .len = xdpq_frame_len(ctx), .ctx = ctx };
	struct xdpq_port *port = xdpq_this_port();
	int action = -1;

	if (!port)
		return XDP_ABORTED;
	/* Read without the lock, so no more than a hint. */
	if (!*(volatile __u32 *)&xdpq_queue.qlen)
		action = xdpq_cut_through(ctx, port, conf, policy, &packet);
	if (action < 0)
		action = xdpq_store_and_carry(ctx, port, conf, policy, &packet);
	return action;
}

/* A frame to send with: one of the pump, or the carrier that an heir hands us. */
static __always_inline int xdpq_dequeue_frame(struct xdp_md *ctx, xdpq_clock_conf *conf,
					      const struct xdpq_policy *policy)
{
	__u32 cpu = bpf_get_smp_processor_id(), out = XDPQ_NONE;
	struct xdpq_spare *spare = xdpq_spare_of(cpu);
	struct xdpq_port *port = xdpq_this_port();
	enum xdpq_turn turn;
	__u64 now;

	if (!port || !spare)
		return XDP_DROP;
	if (!xdpq_lock(port, xdpq_port_number))
		return XDP_DROP;
	now = xdpq_advance(port, conf);
	turn = xdpq_turn(port, false);
	if (turn == XDPQ_SERVING)
		out = xdpq_release(port, conf, policy, cpu, now);
	if (out) {
		xdpq_slot_give(spare->slot);
		spare->slot = out;
		++*(ctx->ingress_ifindex == XDPQ_PUMP_IFINDEX ? &port->pumped : &port->carried);
	}
	xdpq_publish(port, conf, turn, now);
	xdpq_unlock(port);
	if (turn == XDPQ_HEIR)
		bpf_tail_call(ctx, &predecessor_progs, xdpq_port_number);
	if (turn == XDPQ_RETIRED && !port->unqueued)
		bpf_tail_call(ctx, &dequeue_progs, xdpq_port_number);
	xdpq_call_pump(port);
	return out ? xdpq_send(ctx, port, conf, spare, now) : XDP_DROP;
}

#endif
