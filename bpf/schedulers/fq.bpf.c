/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fair queueing with controlled delay, FQ-CoDel (RFC 8290): flows are hashed to queues
 * by addresses, protocol and ports. Queues share the link by deficit round robin, a queue
 * that has just begun goes first, and CoDel (RFC 8289) in each keeps its standing delay
 * below target, by marking packets that know ECN and dropping others.
 *
 * Use it wherever traffic of several flows or users shares a link that is the bottleneck:
 * voice, DNS and the start of connections pass long transfers without any class to
 * configure. For the delay to stand here rather than in a modem behind, give the port a
 * rate a little below the link's.
 *
 * Same parameters, defaults and counters as Linux's fq_codel. When limit or
 * memory_limit is exceeded, packets are dropped from the head of the longest
 * queue, up to drop_batch of them, until half of it is gone, and again until both limits
 * hold. Longest is meant to a sixteenth. What memory_limit counts is the
 * bytes of packets, not of the slots that hold them.
 *
 * With isolate, hosts share the link equally, whatever the number of their flows, and each
 * host's flows share what it gets: two levels of the same round robin, where Linux's cake
 * scales quanta by the number of flows and so has to look at all of many flows for one packet.
 * A host is the source address (srchost), the destination address (dsthost) or,
 * with dual, for each flow whichever of the two has more flows at the time, as often as
 * the flow's turn ends.
 *
 * Unlike Linux, the drop rate is computed exactly instead of by one Newton step, CoDel
 * looks at the backlog of its own queue, and an overflow does not raise the drop rate.
 *
 * Limits: flows that collide in the hash share a queue, and the queue is its first flow's
 * host's. Addresses that collide share a turn. All that is not IP is one flow, PPPoE
 * with what is in it too. Packets that cut through an idle port are not accounted for.
 */
#include <xdpq/sched.h>
#include <xdpq/codel.h>
#include <xdpq/drr.h>
#include <xdpq/longest.h>
#include <xdpq/packet.h>

#define FQ_TURNS 512		/* at most, for one packet to leave; then we are asked again */
#define FQ_EVICTIONS 1024	/* at most, for one packet to come in */

struct fq_params {
	__u32 limit XDPQ_PARAM(packets, 1, 1048576, 10240, "packets that may wait");
	__u32 memory_limit XDPQ_PARAM(bytes, 64, 1g, 32m, "bytes of packets that may wait");
	__u32 flows XDPQ_FIXED(number, 1, 65536, 1024, "queues that flows are hashed to");
	__u32 quantum XDPQ_PARAM(bytes, 256, 1m, auto,
		"bytes that a flow may send in its turn; the longest frame's if not given");
	__u64 target XDPQ_PARAM(time, 1us, 4s, 5ms, "standing delay that is tolerated");
	__u64 interval XDPQ_PARAM(time, 1us, 4s, 100ms,
		"time after which a delay is standing; about the longest round trip");
	__u32 ecn XDPQ_CHOICE("off|on", "on", "mark packets that know ECN instead of dropping");
	__u64 ce_threshold XDPQ_PARAM(time, 1us, 100s, auto,
		"delay from which on all packets that know ECN are marked; none if not given");
	__u32 drop_batch XDPQ_PARAM(packets, 1, 1024, 64, "packets dropped at once when full");
	__u32 isolate XDPQ_CHOICE("flows|srchost|dsthost|dual", "flows",
		"who gets equal shares: each flow, or each host");
};

XDPQ_PARAMS(struct fq_params);

struct fq_counters {
	__u64 new_flow_count XDPQ_COUNTER(number, "times that a packet began a flow");
	__u64 ecn_mark XDPQ_COUNTER(packets, "marked instead of dropped");
	__u64 ce_mark XDPQ_COUNTER(packets, "marked because of ce_threshold");
	__u64 drop_overlimit XDPQ_COUNTER(packets, "dropped because limit or memory_limit was hit");
	__u64 drop_overmemory XDPQ_COUNTER(packets, "of these: because of memory_limit");
	__u64 maxpacket XDPQ_COUNTER(bytes, "longest packet that has waited");
	__u64 new_flows_len XDPQ_COUNTER(number, "flows now in their first turn");
	__u64 old_flows_len XDPQ_COUNTER(number, "flows now in a later turn");
	__u64 memory_used XDPQ_COUNTER(bytes, "bytes of packets that wait now");
};

XDPQ_COUNTERS(struct fq_counters);

struct fq_flow {
	struct xdpq_seat seat;
	struct xdpq_codel codel;
	struct xdpq_list packets;
	struct xdpq_longest_node node;
	__u32 backlog;		/* bytes */
};

/* The tool makes it as large as the parameter of the same name says. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1025);
	__type(key, __u32);
	__type(value, struct fq_flow);
} flows SEC(".maps");

static __u32 fq_packets;	/* that wait, the stash not among them */
static struct xdpq_longest fq_backlogs __attribute__((used));

static __always_inline struct fq_flow *fq_flow(__u32 id)
{
	return bpf_map_lookup_elem(&flows, &id);
}

static __always_inline struct xdpq_seat *xdpq_seat(__u32 number)
{
	struct fq_flow *flow = fq_flow(number);

	return xdpq_part(flow, seat);
}

static __always_inline struct xdpq_longest_node *fq_node(__u32 id)
{
	struct fq_flow *flow = fq_flow(id);

	return xdpq_part(flow, node);
}

static __always_inline struct xdpq_drr_rules fq_rules(void)
{
	const volatile struct fq_params *params = xdpq_params();

	return (struct xdpq_drr_rules){ params->quantum ?: xdpq_slot_size, params->isolate };
}

/* One of the table's entries, from 1 on. */
static __always_inline __u32 fq_scale(__u32 hash)
{
	return 1 + ((__u64)hash * xdpq_params()->flows >> 32);
}

static __always_inline void fq_set_backlog(struct fq_flow *flow, __u32 id, __u32 backlog)
{
	flow->backlog = backlog;
	xdpq_longest_set(&fq_backlogs, id, backlog, fq_node);
}

/* Takes the packet at the head of a flow, XDPQ_NONE if there is none. */
XDPQ_VERIFIED_ONCE __u32 fq_take(__u32 id)
{
	struct fq_flow *flow = fq_flow(id);
	struct xdpq_slot *slot;
	__u32 head;

	if (!flow)
		return XDPQ_NONE;
	head = xdpq_list_pop(&flow->packets, xdpq_slot_next);
	slot = xdpq_slot(head);
	if (!head || !slot)
		return XDPQ_NONE;
	fq_set_backlog(flow, id, flow->backlog - slot->len);
	fq_packets--;
	xdpq_counters.memory_used -= slot->len;
	return head;
}

XDPQ_VERIFIED_ONCE int fq_put(__u32 id, __u32 packet, __u32 len)
{
	struct fq_flow *flow = fq_flow(id);

	if (!flow)
		return 0;
	xdpq_list_push(&flow->packets, packet, xdpq_slot_next);
	fq_set_backlog(flow, id, flow->backlog + len);
	fq_packets++;
	xdpq_counters.memory_used += len;
	if (len > xdpq_counters.maxpacket)
		xdpq_counters.maxpacket = len;
	return 0;
}

/* After each packet that came or went. */
static __always_inline void fq_tidy(void)
{
	if (!fq_packets)
		xdpq_drr_forget();
	xdpq_counters.new_flows_len = xdpq_drr.new_flows;
	xdpq_counters.old_flows_len = xdpq_drr.old_flows;
}

static __always_inline bool fq_over_memory(void)
{
	return xdpq_counters.memory_used > xdpq_params()->memory_limit;
}

static __always_inline bool fq_full(void)
{
	return fq_packets > xdpq_params()->limit || fq_over_memory();
}

struct fq_eviction {
	__u32 arriving;		/* the packet for which there is no room */
	__u32 flow;		/* whose packets are dropped now */
	__u32 left;		/* packets until another flow is chosen */
	__u32 goal;		/* bytes until then */
	__u32 memory;		/* because of memory_limit */
	__u32 lost;		/* the arriving packet is among the victims */
};

static __always_inline void fq_choose_victim(struct fq_eviction *e)
{
	struct fq_flow *flow;

	e->flow = xdpq_longest_first(&fq_backlogs);
	flow = fq_flow(e->flow);
	e->left = flow ? xdpq_params()->drop_batch : 0;
	e->goal = flow ? flow->backlog / 2 : 0;
	e->memory = fq_over_memory();
}

/* Drops one packet. */
static long fq_evict(__u32 i, void *data)
{
	struct fq_eviction *e = data;
	struct xdpq_slot *slot;
	__u32 victim;

	if (!e->left) {
		if (!fq_full())
			return 1;
		fq_choose_victim(e);
	}
	victim = fq_take(e->flow);
	slot = xdpq_slot(victim);
	if (!victim || !slot)
		return 1;
	e->left = slot->len < e->goal ? e->left - 1 : 0;
	e->goal -= slot->len;
	xdpq_counters.drop_overlimit++;
	xdpq_counters.drop_overmemory += e->memory;
	/* The engine still owns the arriving one, and drops it when told. */
	if (victim == e->arriving)
		e->lost = true;
	else
		xdpq_drop(victim, XDPQ_DROP_OVERLIMIT);
	return 0;
}

XDPQ_VERIFIED_ONCE int fq_make_room(__u32 arriving)
{
	struct fq_eviction eviction = { .arriving = arriving };

	bpf_loop(FQ_EVICTIONS, fq_evict, &eviction, 0);
	return eviction.lost ? XDPQ_DROP_OVERLIMIT : XDPQ_ACCEPT;
}

/* Joins the packet to its flow. */
static __always_inline void fq_admit(struct xdpq_packet *packet)
{
	struct xdpq_drr_rules rules = fq_rules();
	__u32 seed = xdpq_seed(), src, dst, id;
	struct xdpq_headers headers;
	struct xdpq_drr_ends ends;
	struct fq_flow *flow;

	xdpq_parse(packet, &headers);
	src = fq_scale(xdpq_host_hash(headers.src, seed));
	dst = fq_scale(xdpq_host_hash(headers.dst, seed));
	ends.host[XDPQ_SRC] = xdpq_host_number(src, XDPQ_SRC);
	ends.host[XDPQ_DST] = xdpq_host_number(dst, XDPQ_DST);
	id = fq_scale(xdpq_flow_hash(&headers, seed));
	fq_put(id, packet->slot, packet->len);
	flow = fq_flow(id);
	if (!xdpq_drr_begin(id, &ends, &rules) || !flow)
		return;
	xdpq_codel_empty(&flow->codel);
	xdpq_counters.new_flow_count++;
}

static __always_inline int fq_enqueue(struct xdpq_packet *packet)
{
	int verdict = XDPQ_ACCEPT;

	fq_admit(packet);
	if (fq_full())
		verdict = fq_make_room(packet->slot);
	fq_tidy();
	return verdict;
}

/* Whether CoDel has dropped the packet. If it has marked it instead, it is sent. */
static __always_inline bool fq_control(struct fq_flow *flow, __u32 id, const struct xdpq_slot *slot,
				       __u64 now)
{
	const volatile struct fq_params *params = xdpq_params();
	struct xdpq_codel_look look = { now, slot->arrived, flow->backlog };
	struct xdpq_codel_params codel = {
		.target = params->target,
		.interval = params->interval,
		.maxpacket = xdpq_counters.maxpacket,
	};

	if (!xdpq_codel_judge(&flow->codel, &codel, &look))
		return false;
	if (params->ecn && xdpq_mark_ce(id)) {
		xdpq_codel_marked(&flow->codel, codel.interval);
		xdpq_counters.ecn_mark++;
		return false;
	}
	xdpq_drop(id, XDPQ_DROP_AQM);
	return true;
}

static __always_inline void fq_mark_late(__u32 id, const struct xdpq_slot *slot, __u64 now)
{
	__u64 threshold = xdpq_params()->ce_threshold;

	if (threshold && now - slot->arrived > threshold && xdpq_mark_ce(id))
		xdpq_counters.ce_mark++;
}

struct fq_search {
	__u64 now;
	struct xdpq_drr_rules rules;
	struct xdpq_drr_pick pick;
	__u32 found;		/* the packet that leaves */
};

static __always_inline long fq_serve(struct fq_search *search)
{
	__u32 packet = fq_take(search->pick.flow);
	struct fq_flow *flow = fq_flow(search->pick.flow);
	struct xdpq_slot *slot = xdpq_slot(packet);

	if (!flow || !slot)
		return 1;
	if (!packet) {
		xdpq_codel_empty(&flow->codel);
		xdpq_drr_empty(&search->pick, &search->rules);
		return 0;
	}
	if (fq_control(flow, packet, slot, search->now))
		return 0;
	fq_mark_late(packet, slot, search->now);
	xdpq_drr_pay(&search->pick, slot->len);
	search->found = packet;
	return 1;
}

/* One step of the search. Returns 1 if it is over. */
static long fq_look(__u32 i, void *data)
{
	struct fq_search *search = data;

	if (!xdpq_drr_look(&search->pick, &search->rules))
		return search->pick.nobody ? 1 : 0;
	return fq_serve(search);
}

static __always_inline struct xdpq_next fq_dequeue(__u64 now)
{
	struct fq_search search = { .now = now, .rules = fq_rules() };

	bpf_loop(FQ_TURNS, fq_look, &search, 0);
	fq_tidy();
	return xdpq_send_slot(search.found);
}

struct fq_validate {
	struct xdpq_validate v;
	struct fq_params params;
};

SEC("syscall")
int xdpq_validate(struct fq_validate *ctx)
{
	if (!ctx->params.quantum)
		ctx->params.quantum = ctx->v.frame < 256 ? 256 : ctx->v.frame;
	if (ctx->params.memory_limit < ctx->v.frame)
		return XDPQ_REFUSE(&ctx->v, "memory_limit",
				   "is less than one packet of the port's MTU needs");
	return 0;
}

XDPQ_SCHEDULER("fair queueing with controlled delay (FQ-CoDel)",
	       fq_enqueue, fq_dequeue, xdpq_always);
