/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Weighted fair queueing: while several classes of packets want the link, each
 * gets bytes in proportion to its weight, and what one does not use goes to the
 * others. A packet's class is its DSCP; packets whose destination (or source, see
 * match) lies in one of the given prefixes are that prefix's class instead, the
 * longest one's if several match. What is not IP has DSCP 0. Each DSCP is a class of
 * its own: AF41 and AF42, say, may overtake each other even where they are one flow.
 *
 * Use it to divide a link between kinds of traffic, sites or customers without
 * reserving anything. It needs the link's clock: a physical link has its own, a virtual
 * interface has to be given a rate. Without one the queue stands in the driver, where
 * nobody divides it. A class is one queue, so its own flows are not told apart. A
 * weight is a share, not a priority: what has to be first whatever the others want is
 * better off with a strict priority.
 *
 *	xdpq attach eth0 sched wfq weights EF=40,default=10,LE=1 rate 50mbit
 *	xdpq attach eth0 sched wfq prefixes 10.1.0.0/16=3,2001:db8::/32=1
 *
 * The order is that of start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996).
 * A packet starts in virtual time when the one before it in its class finishes, or now
 * if that is over, and finishes length / weight later; the lowest start leaves first,
 * and virtual time is the start of the packet that left last. When the port has
 * nothing to send, all classes are even again. A packet that passes an idle port
 * unqueued is charged to its class like any other.
 *
 * For two classes that both wait, the bytes sent, each divided by its class's weight,
 * never differ by more than one longest packet of each and one step of the order. The
 * step is 1/4 byte at weight 1, so 250 bytes at weight 1000; classes within it leave in
 * turn. That is a distance and does not add up: of 25 kB of a class it is less than
 * 1 %, and in the long run nothing (rounding costs a share less than 1/100000). A packet
 * of a class that asks for no more than its share waits for one packet of each other
 * class at most, however much those want. Frames longer than 4096 bytes void the bounds.
 *
 * Of limit, a class may hold twice as many packets as are left free (dynamic
 * thresholds: Choudhury, Hahne, IEEE/ACM Transactions on Networking 6(2), 1998).
 * A class that is alone gets two thirds of the room, one that asks for little
 * always finds some. What exceeds this is dropped when it arrives.
 *
 * A change of weights holds for a class from its next packet on. A change of prefixes
 * or match concerns what arrives: what waits stays in its class, so a flow that changes
 * class may once overtake its own packets. Classes of prefixes and their
 * counters go by the place in the list, which is sorted, longest first.
 */
#include <xdpq/packet.h>
#include <xdpq/sched.h>

struct wfq_params {
	__u32 limit XDPQ_PARAM(packets, 1, 1048576, 1000, "packets that may wait");
	__u32 weights[64] XDPQ_BY_DSCP(number, 1, 1000, 1,
		"weight of each DSCP's class; a larger one gets more");
	struct xdpq_prefix prefixes[XDPQ_PREFIXES] XDPQ_BY_PREFIX(number, 1, 1000, auto,
		"prefixes whose packets are a class of their own, and its weight");
	__u32 match XDPQ_CHOICE("dst|src", "dst", "address that prefixes are compared with");
};

XDPQ_PARAMS(struct wfq_params);

/* Those of prefixes are not among those of DSCPs. */
struct wfq_counters {
	__u64 sent[64] XDPQ_COUNTER(packets, "packets sent of each DSCP's class");
	__u64 served[64] XDPQ_COUNTER(bytes, "bytes of these");
	__u64 dropped[64] XDPQ_COUNTER(packets, "packets of each DSCP's class that found no room");
	__u64 sent_by_prefix[XDPQ_PREFIXES] XDPQ_COUNTER(packets,
		"packets sent of each prefix's class");
	__u64 served_by_prefix[XDPQ_PREFIXES] XDPQ_COUNTER(bytes, "bytes of these");
	__u64 dropped_by_prefix[XDPQ_PREFIXES] XDPQ_COUNTER(packets,
		"packets of each prefix's class that found no room");
};

XDPQ_COUNTERS(struct wfq_counters);

#define WFQ_ALPHA 2		/* packets a class may hold for each one left free */

/* Class numbers: one for each DSCP, then one for each prefix; 0 is no class. */
#define WFQ_FIRST_DSCP 1
#define WFQ_FIRST_PREFIX (WFQ_FIRST_DSCP + 64)
#define WFQ_CLASSES 128		/* a power of two above the last one */

/*
 * Virtual time is counted in 2^-24 byte at weight 1, and wraps. The PIFO's ranks are
 * steps of 2^22 of these. Starts differ by one packet at weight 1 at most, 4096 bytes are
 * 2^14 steps, and the window has that many on both sides of where it is anchored.
 */
#define WFQ_BYTE_SHIFT 24
#define WFQ_STEP_SHIFT 22
#define WFQ_RANGE (2 << 14)

struct wfq_class {
	struct xdpq_list packets;
	__u64 tag;		/* start of the first packet; if none waits, finish of the last */
	__u32 qlen;		/* packets */
	__u32 weight;		/* at the last arrival */
	__u32 next;		/* class behind this one in the PIFO */
	__u32 pad;
};

static struct wfq_class classes[WFQ_CLASSES] __attribute__((used));

static struct {
	__u64 time;		/* virtual: start of the packet that left last */
	__u64 rank;		/* the step that `time` lies in; does not wrap with it */
	__u64 finish;		/* latest of all that have left */
	__u32 swept;		/* class that was looked after last */
	__u32 pad;
} wfq __attribute__((used));

static __always_inline struct wfq_class *wfq_class(__u32 id)
{
	return &classes[xdpq_masked(id, WFQ_CLASSES - 1)];
}

static __always_inline __u32 *wfq_class_next(__u32 id)
{
	return &wfq_class(id)->next;
}

XDPQ_PIFO(order, WFQ_RANGE, XDPQ_PIFO_MONOTONIC, wfq_class_next);

static __always_inline bool wfq_before(__u64 a, __u64 b)
{
	return (__s64)(a - b) < 0;
}

static __always_inline __u64 wfq_rank(__u64 tag)
{
	__s64 into_step = wfq.time & ((1 << WFQ_STEP_SHIFT) - 1);

	return wfq.rank + ((into_step + (__s64)(tag - wfq.time)) >> WFQ_STEP_SHIFT);
}

static __always_inline void wfq_advance(__u64 time)
{
	if (!wfq_before(wfq.time, time))
		return;
	wfq.rank = wfq_rank(time);
	wfq.time = time;
}

/* A class that has sent nothing for long is taken along, or it would seem ahead once time wraps. */
static __always_inline void wfq_sweep(void)
{
	struct wfq_class *class = wfq_class(++wfq.swept);

	if (!class->qlen && wfq_before(class->tag, wfq.time))
		class->tag = wfq.time;
}

static __always_inline void wfq_count_sent(__u32 id, __u32 len)
{
	__u64 dscp = xdpq_masked(id - WFQ_FIRST_DSCP, XDPQ_DSCPS - 1);
	__u64 prefix = xdpq_masked(id - WFQ_FIRST_PREFIX, XDPQ_PREFIXES - 1);

	if (id < WFQ_FIRST_PREFIX) {
		xdpq_counters.sent[dscp]++;
		xdpq_counters.served[dscp] += len;
	} else {
		xdpq_counters.sent_by_prefix[prefix]++;
		xdpq_counters.served_by_prefix[prefix] += len;
	}
}

static __always_inline void wfq_count_dropped(__u32 id)
{
	__u64 dscp = xdpq_masked(id - WFQ_FIRST_DSCP, XDPQ_DSCPS - 1);
	__u64 prefix = xdpq_masked(id - WFQ_FIRST_PREFIX, XDPQ_PREFIXES - 1);

	if (id < WFQ_FIRST_PREFIX)
		xdpq_counters.dropped[dscp]++;
	else
		xdpq_counters.dropped_by_prefix[prefix]++;
}

/* A packet of the class leaves: its start becomes the time, its finish the class's next start. */
static __always_inline void wfq_serve(__u32 id, __u32 len)
{
	struct wfq_class *class = wfq_class(id);

	wfq_advance(class->tag);
	class->tag += ((__u64)len << WFQ_BYTE_SHIFT) / class->weight;
	if (wfq_before(wfq.finish, class->tag))
		wfq.finish = class->tag;
	wfq_sweep();
	wfq_count_sent(id, len);
}

struct wfq_search {
	const volatile struct wfq_params *params;
	__be32 addr[4];
	__u32 shortest;		/* IPv4 lies in ::ffff:0:0/96, in no shorter prefix but ::/0 */
	__u32 id;		/* out: the class, and its weight */
	__u32 weight;
};

static __always_inline bool wfq_covers(const volatile struct xdpq_prefix *prefix,
				       const struct wfq_search *search)
{
	__u32 len = prefix->len;
	bool covers = !len || len >= search->shortest;

	for (__u32 i = 0; i < 4; i++) {
		__u32 bits = len > 32 * i ? len - 32 * i : 0;
		__be32 mask = bpf_htonl(bits < 32 ? ~(~0U >> bits) : ~0U);

		covers = covers && !((prefix->addr[i] ^ search->addr[i]) & mask);
	}
	return covers;
}

/* Returns 1 to end the search. The list is sorted: the first match is the longest. */
static int wfq_try_prefix(__u32 i, struct wfq_search *search)
{
	const volatile struct xdpq_prefix *prefix;
	__u64 index = xdpq_masked(i, XDPQ_PREFIXES - 1);

	prefix = &search->params->prefixes[index];
	if (!prefix->value)
		return 1;
	if (!wfq_covers(prefix, search))
		return 0;
	search->id = WFQ_FIRST_PREFIX + index;
	search->weight = prefix->value;
	return 1;
}

/* Returns the packet's DSCP, and in `search` the class of its prefix, if it has one. */
static __always_inline __u32 wfq_search_prefixes(const struct xdpq_packet *packet,
						 struct wfq_search *search)
{
	struct xdpq_headers h;

	xdpq_parse(packet, &h);
	if (!h.version)
		return 0;
	search->shortest = h.version == 4 ? 96 : 0;
	__builtin_memcpy(search->addr, search->params->match ? h.src : h.dst,
			 sizeof(search->addr));
	bpf_loop(XDPQ_PREFIXES, wfq_try_prefix, search, 0);
	return h.dscp;
}

/* Returns the number of the packet's class, which has its weight of now. */
static __noinline __u32 wfq_classify(const struct xdpq_packet *packet)
{
	struct wfq_search search = { .params = xdpq_params() };
	__u64 dscp;

	if (search.params->prefixes[0].value)
		dscp = wfq_search_prefixes(packet, &search);
	else
		dscp = xdpq_dscp(packet);
	if (!search.id) {
		dscp = xdpq_masked(dscp, XDPQ_DSCPS - 1);
		search.id = WFQ_FIRST_DSCP + dscp;
		search.weight = search.params->weights[dscp];
	}
	wfq_class(search.id)->weight = search.weight;
	return search.id;
}

static __always_inline bool wfq_has_room(const struct wfq_class *class)
{
	__u32 limit = xdpq_params()->limit, held = xdpq_qlen();

	return held < limit && class->qlen < WFQ_ALPHA * (limit - held);
}

static __always_inline int wfq_enqueue(struct xdpq_packet *packet)
{
	__u32 id = wfq_classify(packet);
	struct wfq_class *class = wfq_class(id);

	if (!wfq_has_room(class)) {
		wfq_count_dropped(id);
		return XDPQ_DROP_OVERLIMIT;
	}
	xdpq_list_push(&class->packets, packet->slot, xdpq_slot_next);
	if (class->qlen++)
		return XDPQ_ACCEPT;
	if (wfq_before(class->tag, wfq.time))
		class->tag = wfq.time;
	order_push(wfq_rank(class->tag), id);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next wfq_dequeue(__u64 now)
{
	__u32 id = order_pop();
	struct wfq_class *class = wfq_class(id);
	__u32 slot = xdpq_list_pop(&class->packets, xdpq_slot_next);
	struct xdpq_slot *packet = xdpq_slot(slot);

	if (!id || !slot || !packet)
		return xdpq_empty();
	wfq_serve(id, packet->len);
	if (--class->qlen)
		order_push(wfq_rank(class->tag), id);
	return xdpq_send_slot(slot);
}

/* Asked when nothing waits and the link is free, which ends a busy period: all are even. */
static __always_inline bool wfq_cut_through(struct xdpq_packet *packet)
{
	__u32 id = wfq_classify(packet);

	wfq_advance(wfq.finish);
	wfq_class(id)->tag = wfq.time;
	wfq_serve(id, packet->len);
	return true;
}

XDPQ_SCHEDULER("weighted fair queueing: a share of the link for each DSCP or prefix",
	       wfq_enqueue, wfq_dequeue, wfq_cut_through);
