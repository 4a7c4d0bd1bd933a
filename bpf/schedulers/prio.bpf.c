/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Strict priority: a packet leaves only when none of a lower band waits; within a
 * band, first in, first out. Band 0 is the first.
 *
 * Use it when the important traffic is little and known by its marks: telephony,
 * network control. It gives that the shortest delay there is, a packet's time on
 * the link, and up to half a millisecond of the pump's naps, which the port option poll
 * shortens (poll 100us) at the price of more wake-ups. No band is protected from those
 * before it: who can fill the first ones starves the rest, without bound, so limit what
 * enters them at the network's edge, or use a scheduler with shares.
 *
 * The band of a packet comes from the priority of its VLAN tag (pcpmap, the
 * outermost tag) if it has one, else from its DSCP (priomap). What is not IP
 * counts as DSCP 0. Without maps of your own they follow from the number of bands:
 *
 *	band           DSCP                              PCP
 *	0              EF VA CS6 CS7                     5 6 7
 *	halfway to it  CS5 CS4 AF41 AF42 AF43            3 4
 *	bands / 2      all others                        0 2
 *	the last       CS1 LE                            1
 *
 * `Halfway' is (bands / 2 + 1) / 2, with two or three bands the same as bands / 2. Unlike
 * that of Linux's prio, this default goes by DSCP, not by the bits of the old TOS, which
 * put EF behind AF2x.
 *
 * Each band has a limit of its own, so a full one takes no room from another; the
 * store has room for all of them. With fewer slots than bands * limit (port option
 * slots) a band that is full can leave none for the rest. Bands, maps and limit may
 * change on a running port: packets keep the band in which they were queued, and those
 * of a band that is no more leave last. A packet passed on without queueing is counted
 * as sent by its band.
 *
 * Same idea as Linux's prio, whose bands hold any queue; here each is a FIFO.
 */
#include <xdpq/sched.h>
#include <xdpq/packet.h>

#define PRIO_MAX_BANDS 16
#define PRIO_MAX_SLOTS 1048576

struct prio_params {
	__u32 bands XDPQ_PARAM(number, 2, 16, 3, "bands, of which 0 leaves first");
	__u32 limit XDPQ_PARAM(packets, 1, 524288, 1000, "packets that may wait in each band");
	__u32 priomap[64] XDPQ_BY_DSCP(number, 0, 15, auto, "band of packets without a VLAN tag");
	__u32 pcpmap[8] XDPQ_BY_PCP(number, 0, 15, auto, "band of packets with a VLAN tag");
};

/* Positions in the struct. */
enum {
	PRIO_PRIOMAP = 2,
	PRIO_PCPMAP = 3,
};

XDPQ_PARAMS(struct prio_params);

struct prio_counters {
	__u64 sent[PRIO_MAX_BANDS] XDPQ_COUNTER(packets, "sent, by band");
	__u64 dropped[PRIO_MAX_BANDS] XDPQ_COUNTER(packets,
		"dropped as the band was full, by band");
	__u64 waiting[PRIO_MAX_BANDS] XDPQ_COUNTER(packets, "that wait now, by band");
};

XDPQ_COUNTERS(struct prio_counters);
XDPQ_PIFO(order, PRIO_MAX_BANDS, XDPQ_PIFO_FIXED, xdpq_slot_next);

static __always_inline __u32 prio_band(const struct xdpq_packet *packet)
{
	const volatile struct prio_params *params = xdpq_params();
	bool tagged;
	__u32 pcp = xdpq_pcp(packet, &tagged);
	__u32 band = tagged ? params->pcpmap[xdpq_masked(pcp, 7)] :
			      params->priomap[xdpq_masked(xdpq_dscp(packet), XDPQ_DSCPS - 1)];

	return xdpq_masked(band, PRIO_MAX_BANDS - 1);
}

static __always_inline int prio_enqueue(struct xdpq_packet *packet)
{
	struct xdpq_slot *slot = xdpq_slot(packet->slot);
	__u32 band = prio_band(packet);

	if (!slot || xdpq_counters.waiting[band] >= xdpq_params()->limit) {
		xdpq_counters.dropped[band]++;
		return XDPQ_DROP_OVERLIMIT;
	}
	slot->rank = band;
	order_push(band, packet->slot);
	xdpq_counters.waiting[band]++;
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next prio_dequeue(__u64 now)
{
	__u32 id = order_pop(), band;
	struct xdpq_slot *slot = xdpq_slot(id);

	if (!id || !slot)
		return xdpq_empty();
	band = xdpq_masked(slot->rank, PRIO_MAX_BANDS - 1);
	xdpq_counters.waiting[band]--;
	xdpq_counters.sent[band]++;
	return xdpq_send_slot(id);
}

static __always_inline bool prio_cut_through(struct xdpq_packet *packet)
{
	xdpq_counters.sent[prio_band(packet)]++;
	return true;
}

struct prio_validate {
	struct xdpq_validate v;
	struct prio_params params;
};

/* Classes as sets of code points (RFC 4594, 5865, 8622): bit n is DSCP n. */
#define PRIO_DSCP_URGENT (1ULL << 46 | 1ULL << 44 | 1ULL << 48 | 1ULL << 56)
#define PRIO_DSCP_INTERACTIVE (1ULL << 40 | 1ULL << 32 | 1ULL << 34 | 1ULL << 36 | 1ULL << 38)
#define PRIO_DSCP_BACKGROUND (1ULL << 8 | 1ULL << 1)

/* The same of PCPs (IEEE 802.1Q, traffic types). */
#define PRIO_PCP_URGENT (1U << 5 | 1U << 6 | 1U << 7)
#define PRIO_PCP_INTERACTIVE (1U << 3 | 1U << 4)
#define PRIO_PCP_BACKGROUND (1U << 1)

#define PRIO_DEFAULT(bands, key, kind)						\
	(kind##_URGENT >> (key) & 1 ? 0 :					\
	 kind##_INTERACTIVE >> (key) & 1 ? ((bands) / 2 + 1) / 2 :		\
	 kind##_BACKGROUND >> (key) & 1 ? (bands) - 1 : (bands) / 2)

/* Unrolled here and below: a program's context is addressed by constants only. */
static __always_inline void prio_derive(struct prio_validate *ctx, __u32 bands)
{
	if (!(ctx->v.given >> PRIO_PRIOMAP & 1)) {
#pragma unroll
		for (__u32 i = 0; i < 64; i++)
			ctx->params.priomap[i] = PRIO_DEFAULT(bands, i, PRIO_DSCP);
	}
	if (!(ctx->v.given >> PRIO_PCPMAP & 1)) {
#pragma unroll
		for (__u32 i = 0; i < 8; i++)
			ctx->params.pcpmap[i] = PRIO_DEFAULT(bands, i, PRIO_PCP);
	}
}

#define prio_last_band(map) ({					\
	__u32 _last = 0;					\
	_Pragma("unroll")					\
	for (__u32 i = 0; i < sizeof(map) / sizeof(*(map)); i++)	\
		_last = (map)[i] > _last ? (map)[i] : _last;	\
	_last;							\
})

static __always_inline int prio_refuse_band(struct xdpq_validate *v, __u32 band, __u32 bands)
{
	char text[sizeof(v->reason)] = {};

	BPF_SNPRINTF(text, sizeof(text), "names band %u, and with bands %u the last is %u", band,
		     bands, bands - 1);
	__builtin_memcpy(v->reason, text, sizeof(text));
	return 0;
}

SEC("syscall")
int xdpq_validate(struct prio_validate *ctx)
{
	__u32 bands = ctx->params.bands, last;
	__u64 slots = (__u64)bands * ctx->params.limit;

	if (slots > PRIO_MAX_SLOTS)
		return XDPQ_REFUSE(&ctx->v, "limit",
				   "is for each band, and all may hold 1048576 packets together: "
				   "lower limit or bands");
	ctx->v.slots = slots;
	prio_derive(ctx, bands);
	last = prio_last_band(ctx->params.priomap);
	if (last >= bands) {
		__builtin_memcpy(ctx->v.param, "priomap", sizeof("priomap"));
		return prio_refuse_band(&ctx->v, last, bands);
	}
	last = prio_last_band(ctx->params.pcpmap);
	if (last >= bands) {
		__builtin_memcpy(ctx->v.param, "pcpmap", sizeof("pcpmap"));
		return prio_refuse_band(&ctx->v, last, bands);
	}
	return 0;
}

XDPQ_SCHEDULER("strict priority: bands by DSCP or VLAN priority",
	       prio_enqueue, prio_dequeue, prio_cut_through);
