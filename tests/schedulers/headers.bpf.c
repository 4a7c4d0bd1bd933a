/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test scheduler: shows what packet.h reads from each packet, stored or not, and
 * puts the mark of congestion on those that are stored.
 */
#include <xdpq/sched.h>
#include <xdpq/packet.h>

struct headers_params {
	__u32 limit XDPQ_PARAM(packets, 1, 65536, 1000, "packets that may wait");
	__u32 pass XDPQ_CHOICE("off|on", "off", "let packets cut through");
	__u32 twice XDPQ_CHOICE("off|on", "off", "duplicate each packet");
};

XDPQ_PARAMS(struct headers_params);

/* Of the latest packet; `asked` counts them. */
static struct {
	struct xdpq_headers headers;
	__u32 dscp;
	__u32 pcp;
	__u32 tagged;
	__u32 hash;
	__u32 other_hash;	/* of the same, seeded as on any virtual clock */
	__u32 src_hash;
	__u32 dst_hash;
	__u32 marked;
	__u32 duplicate;
	__u32 asked;
} seen __attribute__((used));

static struct xdpq_list waiting;

static __always_inline void look(struct xdpq_packet *packet)
{
	struct xdpq_headers headers;
	bool tagged;

	xdpq_parse(packet, &headers);
	seen.headers = headers;
	seen.dscp = xdpq_dscp(packet);
	seen.pcp = xdpq_pcp(packet, &tagged);
	seen.tagged = tagged;
	seen.hash = xdpq_flow_hash(&headers, 0);
	seen.other_hash = xdpq_flow_hash(&headers, xdpq_seed());
	seen.src_hash = xdpq_host_hash(headers.src, xdpq_seed());
	seen.dst_hash = xdpq_host_hash(headers.dst, xdpq_seed());
	seen.duplicate = packet->duplicate;
	seen.asked++;
}

static __always_inline int headers_enqueue(struct xdpq_packet *packet)
{
	if (xdpq_qlen() >= xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	look(packet);
	seen.marked = xdpq_mark_ce(packet->slot);
	xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
	return xdpq_params()->twice && !packet->duplicate ? XDPQ_DUPLICATE : XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next headers_dequeue(__u64 now)
{
	return xdpq_send_slot(xdpq_list_pop(&waiting, xdpq_slot_next));
}

static __always_inline bool headers_cut_through(struct xdpq_packet *packet)
{
	if (!xdpq_params()->pass)
		return false;
	look(packet);
	return true;
}

XDPQ_SCHEDULER("test: shows what the headers say", headers_enqueue, headers_dequeue,
	       headers_cut_through);
