/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose turn is it? Deficit round robin (Shreedhar and Varghese, 1996) of flows, with new
 * ones before old ones (RFC 8290, section 4.2), and the same once more above it for
 * hosts: each host that has flows gets equal shares, and its flows share what it gets.
 * Each flow and each host is looked at once in a turn, so many flows of a host cost
 * no more looks than few.
 *
 * Flows and hosts are numbered, 0 being nobody. A flow belongs to one of its two ends.
 * What is kept of them is a seat each, in a map of the scheduler's, which defines
 * xdpq_seat(). Under the lock.
 */
#ifndef XDPQ_DRR_H
#define XDPQ_DRR_H

#include <stdbool.h>
#include <xdpq/list.h>
#include <xdpq/verifier.h>

enum xdpq_isolate {
	XDPQ_ISOLATE_FLOWS,	/* hosts do not count */
	XDPQ_ISOLATE_SRC,	/* a flow belongs to its source */
	XDPQ_ISOLATE_DST,
	XDPQ_ISOLATE_DUAL,	/* to whichever has more flows whenever its turn ends */
};

enum xdpq_end {
	XDPQ_SRC,
	XDPQ_DST,
	XDPQ_ENDS,
};

struct xdpq_drr_rules {
	__u32 quantum;		/* bytes of a turn */
	__u32 isolate;		/* enum xdpq_isolate */
};

/* The numbers of a flow's two hosts. */
struct xdpq_drr_ends {
	__u32 host[XDPQ_ENDS];
};

struct xdpq_drr_flow {
	__u64 epoch;
	__u32 next;
	__s32 deficit;
	__u32 host;		/* whose list it is on; XDPQ_NONE: nobody's */
	struct xdpq_drr_ends ends;
	__u32 pad;
};

struct xdpq_drr_host {
	__u64 epoch;
	struct xdpq_list new_flows;
	struct xdpq_list old_flows;
	__u32 next;
	__s32 deficit;
	__u32 flows;		/* that have it as an end */
	__u32 listed;
};

/* Of the flow of that number, and of the source and the destination of that number. */
struct xdpq_seat {
	struct xdpq_drr_flow flow;
	struct xdpq_drr_host host[XDPQ_ENDS];
};

/* The scheduler's: zero to begin with; NULL if there is no such seat. Number 0 is used, too. */
static __always_inline struct xdpq_seat *xdpq_seat(__u32 number);

/* A host's number holds its seat's and the end that it is. */
#define xdpq_host_number(seat, end) ((seat) * XDPQ_ENDS + (end))
#define XDPQ_EVERYONE xdpq_host_number(0, XDPQ_DST)

/*
 * A seat of another epoch is as good as zero, so that all flows can be forgotten at once.
 */
static struct {
	__u64 epoch;
	struct xdpq_list new_hosts;
	struct xdpq_list old_hosts;
	__u32 new_flows;	/* how many */
	__u32 old_flows;
} xdpq_drr __attribute__((used));

/* Where a search has come to. */
struct xdpq_drr_pick {
	__u32 host;
	__u32 flow;		/* whose turn it is */
	__u32 is_new;
	__u32 nobody;		/* there are no flows */
};

static __always_inline struct xdpq_drr_flow *xdpq_drr_flow(__u32 id)
{
	struct xdpq_seat *seat = xdpq_seat(id);
	struct xdpq_drr_flow *flow = xdpq_part(seat, flow);

	if (flow && flow->epoch != xdpq_drr.epoch)
		*flow = (struct xdpq_drr_flow){ .epoch = xdpq_drr.epoch };
	return flow;
}

static __always_inline struct xdpq_drr_host *xdpq_drr_host(__u32 id)
{
	struct xdpq_seat *seat = xdpq_seat(id / XDPQ_ENDS);
	struct xdpq_drr_host *host = xdpq_part(seat, host[id % XDPQ_ENDS]);

	if (host && host->epoch != xdpq_drr.epoch)
		*host = (struct xdpq_drr_host){ .epoch = xdpq_drr.epoch };
	return host;
}

static __always_inline __u32 *xdpq_flow_next(__u32 id)
{
	struct xdpq_seat *seat = xdpq_seat(id);

	return xdpq_part(seat, flow.next);
}

static __always_inline __u32 *xdpq_host_next(__u32 id)
{
	struct xdpq_seat *seat = xdpq_seat(id / XDPQ_ENDS);

	return xdpq_part(seat, host[id % XDPQ_ENDS].next);
}

/* The host among whose flows this one has its turns. */
static __always_inline __u32 xdpq_drr_home(const struct xdpq_drr_flow *flow, __u32 isolate)
{
	__u32 src = flow->ends.host[XDPQ_SRC], dst = flow->ends.host[XDPQ_DST];
	struct xdpq_drr_host *from = xdpq_drr_host(src), *to = xdpq_drr_host(dst);

	if (!from || !to || isolate == XDPQ_ISOLATE_FLOWS)
		return XDPQ_EVERYONE;
	if (isolate == XDPQ_ISOLATE_DUAL && from->flows != to->flows)
		return from->flows > to->flows ? src : dst;
	if (isolate == XDPQ_ISOLATE_DUAL)
		return flow->host == dst ? dst : src;
	return isolate == XDPQ_ISOLATE_SRC ? src : dst;
}

static __always_inline void xdpq_drr_count_at_ends(const struct xdpq_drr_flow *flow, __u32 change)
{
	for (__u32 end = 0; end < XDPQ_ENDS; end++) {
		struct xdpq_drr_host *host = xdpq_drr_host(flow->ends.host[end]);

		if (host)
			host->flows += change;
	}
}

/* Puts a flow behind the new or the old ones of its host, and the host behind the others. */
static __always_inline void xdpq_drr_join(struct xdpq_drr_flow *flow, __u32 id, bool is_new,
					  const struct xdpq_drr_rules *rules)
{
	struct xdpq_drr_host *host;

	flow->host = xdpq_drr_home(flow, rules->isolate);
	host = xdpq_drr_host(flow->host);
	if (!host)
		return;
	xdpq_list_push(is_new ? &host->new_flows : &host->old_flows, id, xdpq_flow_next);
	*(is_new ? &xdpq_drr.new_flows : &xdpq_drr.old_flows) += 1;
	if (host->listed)
		return;
	host->listed = true;
	host->deficit = rules->quantum;
	xdpq_list_push(is_new ? &xdpq_drr.new_hosts : &xdpq_drr.old_hosts, flow->host,
		       xdpq_host_next);
}

/* A flow has got a packet. Returns true if it was not there before: `ends` are those of it now. */
XDPQ_VERIFIED_ONCE bool xdpq_drr_begin(__u32 id, const struct xdpq_drr_ends *ends,
				       const struct xdpq_drr_rules *rules)
{
	struct xdpq_drr_flow *flow = xdpq_drr_flow(id);

	if (!ends || !rules || !flow || flow->host)
		return false;
	flow->ends = *ends;
	flow->deficit = rules->quantum;
	xdpq_drr_count_at_ends(flow, 1);
	xdpq_drr_join(flow, id, true, rules);
	return true;
}

/* The turn of the flow that was found ends: it goes behind the others, or home. */
XDPQ_VERIFIED_ONCE int xdpq_drr_end(const struct xdpq_drr_pick *pick,
				    const struct xdpq_drr_rules *rules, bool stays)
{
	struct xdpq_drr_host *host = pick ? xdpq_drr_host(pick->host) : NULL;
	struct xdpq_drr_flow *flow = pick ? xdpq_drr_flow(pick->flow) : NULL;

	if (!host || !flow || !rules)
		return 0;
	xdpq_list_pop(pick->is_new ? &host->new_flows : &host->old_flows, xdpq_flow_next);
	*(pick->is_new ? &xdpq_drr.new_flows : &xdpq_drr.old_flows) -= 1;
	if (stays) {
		xdpq_drr_join(flow, pick->flow, false, rules);
		return 0;
	}
	xdpq_drr_count_at_ends(flow, -1);
	flow->host = XDPQ_NONE;
	return 0;
}

/* It turned out to have no packet. A new flow stays for a turn, lest it be new again at once. */
static __always_inline void xdpq_drr_empty(const struct xdpq_drr_pick *pick,
					   const struct xdpq_drr_rules *rules)
{
	xdpq_drr_end(pick, rules, pick->is_new);
}

/* It sends `len` bytes. */
static __always_inline void xdpq_drr_pay(const struct xdpq_drr_pick *pick, __u32 len)
{
	struct xdpq_drr_host *host = xdpq_drr_host(pick->host);
	struct xdpq_drr_flow *flow = xdpq_drr_flow(pick->flow);

	if (flow)
		flow->deficit -= len;
	/* With nobody beside it, its turn need not end. */
	if (host && pick->host != XDPQ_EVERYONE)
		host->deficit -= len;
}

/* The first host's turn ends. */
static __always_inline void xdpq_drr_end_host(struct xdpq_drr_host *host, __u32 id, bool is_new,
					      bool has_flows, __u32 quantum)
{
	xdpq_list_pop(is_new ? &xdpq_drr.new_hosts : &xdpq_drr.old_hosts, xdpq_host_next);
	if (has_flows)
		host->deficit += quantum;
	if (has_flows || is_new)
		xdpq_list_push(&xdpq_drr.old_hosts, id, xdpq_host_next);
	else
		host->listed = false;
}

/*
 * Looks at the flow in front. Returns true if it is its turn; if not, another
 * is in front now, and one has to look again, unless there is nobody.
 */
XDPQ_VERIFIED_ONCE bool xdpq_drr_look(struct xdpq_drr_pick *pick,
				      const struct xdpq_drr_rules *rules)
{
	bool is_new = xdpq_drr.new_hosts.head, has_flows;
	struct xdpq_drr_flow *flow;
	struct xdpq_drr_host *host;

	if (!pick || !rules)
		return false;
	pick->host = is_new ? xdpq_drr.new_hosts.head : xdpq_drr.old_hosts.head;
	host = xdpq_drr_host(pick->host);
	pick->nobody = !pick->host;
	if (pick->nobody || !host)
		return false;
	has_flows = host->new_flows.head || host->old_flows.head;
	if (!has_flows || host->deficit <= 0) {
		xdpq_drr_end_host(host, pick->host, is_new, has_flows, rules->quantum);
		return false;
	}
	pick->is_new = host->new_flows.head != XDPQ_NONE;
	pick->flow = pick->is_new ? host->new_flows.head : host->old_flows.head;
	flow = xdpq_drr_flow(pick->flow);
	if (!flow)
		return false;
	if (flow->deficit > 0)
		return true;
	flow->deficit += rules->quantum;
	xdpq_drr_end(pick, rules, true);
	return false;
}

/* When nothing waits any more, nobody has to be remembered. */
static __always_inline void xdpq_drr_forget(void)
{
	xdpq_drr.epoch++;
	xdpq_drr.new_hosts.head = XDPQ_NONE;
	xdpq_drr.old_hosts.head = XDPQ_NONE;
	xdpq_drr.new_flows = 0;
	xdpq_drr.old_flows = 0;
}

#endif
