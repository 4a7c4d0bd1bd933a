/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a frame's headers say, for policies that tell flows, hosts or classes
 * apart, and congestion marks (ECN, RFC 3168) on stored packets.
 *
 * IP is looked for behind up to three VLAN tags (802.1Q, 802.1ad), and ports behind
 * IPv4 options and up to eight IPv6 extension headers. What is cut off or contradicts
 * itself (version, IHL) counts as absent. Total lengths are not looked at: what is
 * read lies in the frame, no more is promised.
 */
#ifndef XDPQ_PACKET_H
#define XDPQ_PACKET_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <xdpq/engine.h>
#include <xdpq/verifier.h>

#define XDPQ_TAGS 3
#define XDPQ_EXTENSIONS 8
#define XDPQ_ECN_CE 3
#define XDPQ_OFFSETS 32	/* of a stored packet that may be looked at, link header or IP */

struct xdpq_headers {
	__u32 network;		/* offset of the IP header; 0: no IP, and no field of it below */
	__u8 version;		/* 4, 6, or 0 */
	__u8 dscp;		/* 0..63 */
	__u8 ecn;		/* 0..3 */
	__u8 pcp;		/* 0..7, of the outermost VLAN tag */
	__u8 tagged;		/* 1: there is one */
	__u8 protocol;		/* behind IP; behind its extension headers too unless a fragment */
	__u8 fragment;		/* 1: a part of a packet, the first included */
	__u8 pad;
	__be16 ports[2];	/* source, destination; 0 if there are none, or of a fragment */
	__be32 src[4];		/* IPv4 as ::ffff:a.b.c.d */
	__be32 dst[4];
};

struct xdpq_vlan_tag {
	__be16 tci;
	__be16 protocol;	/* of what follows */
};

/* How every IPv6 extension header begins. */
struct xdpq_extension {
	__u8 next;
	__u8 len;
	__be16 offset;		/* of a fragment, with flags; else something else */
};

/* Where to look: a frame, or the head of a stored packet. Inlined on either. */
struct xdpq_bytes {
	const struct xdp_md *ctx;
	struct xdpq_slot *slot;
};

/* By asm: what clang takes for 32 bits, it may spill as 32 bits, and a pointer is lost. */
#define xdpq_frame_pointer(ctx, member) ({				\
	void *_at;							\
	asm volatile("%0 = *(u32 *)(%1 + %2)" : "=r"(_at)		\
		     : "r"(ctx), "i"(offsetof(struct xdp_md, member)));	\
	_at;								\
})

/*
 * `size` bytes at `offset`, NULL if the packet has not as many. Offsets are those of
 * the link header, or of IP behind it; of a stored packet 32 bytes may be used.
 */
static __always_inline void *xdpq_bytes_at(const struct xdpq_bytes *bytes, __u64 offset, __u32 size)
{
	void *at;

	offset = xdpq_masked(offset, XDPQ_OFFSETS - 1);
	if (bytes->slot)
		return offset + size <= bytes->slot->len ? bytes->slot->data + offset : NULL;
	at = xdpq_frame_pointer(bytes->ctx, data) + offset;
	return at + size <= xdpq_frame_pointer(bytes->ctx, data_end) ? at : NULL;
}

static __always_inline bool xdpq_is_tag(__be16 protocol)
{
	return protocol == bpf_htons(ETH_P_8021Q) || protocol == bpf_htons(ETH_P_8021AD);
}

/* Reads the VLAN tags. Returns the protocol behind them, 0 if that is cut off. */
static __always_inline __be16 xdpq_read_tags(const struct xdpq_bytes *bytes, __u32 *offset,
					     struct xdpq_headers *h)
{
	const struct ethhdr *eth = xdpq_bytes_at(bytes, 0, sizeof(*eth));
	__be16 protocol = eth ? eth->h_proto : 0;

	*offset = sizeof(*eth);
	for (__u32 i = 0; i < XDPQ_TAGS && xdpq_is_tag(protocol); i++) {
		const struct xdpq_vlan_tag *tag = xdpq_bytes_at(bytes, *offset, sizeof(*tag));

		if (!tag)
			return 0;
		if (!i) {
			h->tagged = 1;
			h->pcp = bpf_ntohs(tag->tci) >> 13;
		}
		protocol = tag->protocol;
		*offset += sizeof(*tag);
	}
	return protocol;
}

static __always_inline void xdpq_set_tos(struct xdpq_headers *h, __u8 version, __u32 offset,
					 __u8 tos)
{
	h->version = version;
	h->network = offset;
	h->dscp = tos >> 2;
	h->ecn = tos & 3;
}

/* Finds the IP header; returns it with the fields of `h` before `protocol` set, or NULL. */
static __always_inline void *xdpq_find_network(const struct xdpq_bytes *bytes,
					       struct xdpq_headers *h)
{
	__u32 offset;
	__be16 protocol = xdpq_read_tags(bytes, &offset, h);

	if (protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = xdpq_bytes_at(bytes, offset, sizeof(*ip));

		if (!ip || ip->version != 4 || ip->ihl < 5)
			return NULL;
		xdpq_set_tos(h, 4, offset, ip->tos);
		return ip;
	}
	if (protocol == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = xdpq_bytes_at(bytes, offset, sizeof(*ip));

		if (!ip || ip->version != 6)
			return NULL;
		xdpq_set_tos(h, 6, offset, bpf_ntohs(*(__be16 *)ip) >> 4);
		return ip;
	}
	return NULL;
}

static __always_inline bool xdpq_is_extension(__u8 protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_AH ||
	       protocol == IPPROTO_DSTOPTS;
}

/* Lengths are in 8 bytes without the first 8 (RFC 8200), of AH in 4 without two (RFC 4302). */
static __always_inline __u32 xdpq_extension_len(__u8 protocol, const struct xdpq_extension *ext)
{
	if (protocol == IPPROTO_FRAGMENT)
		return 8;
	return protocol == IPPROTO_AH ? (ext->len + 2) * 4 : (ext->len + 1) * 8;
}

/*
 * Returns the offset behind the extension headers; `h->protocol` becomes what is
 * there. A fragment ends the search, since what follows is in only one of them.
 */
static __noinline __u32 xdpq_skip_extensions(struct xdp_md *ctx, struct xdpq_headers *h,
					     __u32 offset)
{
	struct xdpq_extension ext;

	for (__u32 i = 0; i < XDPQ_EXTENSIONS; i++) {
		__u8 protocol = h->protocol;

		if (!xdpq_is_extension(protocol) || h->fragment ||
		    bpf_xdp_load_bytes(ctx, offset, &ext, sizeof(ext)))
			break;
		/* With neither an offset nor more to come it is whole (atomic, RFC 6946). */
		if (protocol == IPPROTO_FRAGMENT && ext.offset & bpf_htons(0xfff9))
			h->fragment = 1;
		offset += xdpq_extension_len(protocol, &ext);
		h->protocol = ext.next;
	}
	return offset;
}

static __always_inline bool xdpq_has_ports(__u8 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

/* Both return the offset of what is behind IP. */
static __always_inline __u32 xdpq_read_ipv4(struct xdpq_headers *h, const struct iphdr *ip)
{
	h->protocol = ip->protocol;
	h->fragment = (ip->frag_off & bpf_htons(0x3fff)) != 0;
	h->src[2] = h->dst[2] = bpf_htonl(0xffff);
	h->src[3] = ip->saddr;
	h->dst[3] = ip->daddr;
	return h->network + ip->ihl * 4;
}

static __always_inline __u32 xdpq_read_ipv6(struct xdp_md *ctx, struct xdpq_headers *h,
					    const struct ipv6hdr *ip)
{
	h->protocol = ip->nexthdr;
	for (__u32 i = 0; i < 4; i++) {
		h->src[i] = ip->saddr.s6_addr32[i];
		h->dst[i] = ip->daddr.s6_addr32[i];
	}
	if (!xdpq_is_extension(h->protocol))
		return h->network + sizeof(*ip);
	return xdpq_skip_extensions(ctx, h, h->network + sizeof(*ip));
}

XDPQ_VERIFIED_ONCE int xdpq_parse_frame(struct xdp_md *ctx, struct xdpq_headers *h)
{
	struct xdpq_bytes bytes = { .ctx = ctx };
	void *ip = h ? xdpq_find_network(&bytes, h) : NULL;
	__u32 offset;

	if (!ip)
		return 0;
	offset = h->version == 4 ? xdpq_read_ipv4(h, ip) : xdpq_read_ipv6(ctx, h, ip);
	if (!h->fragment && xdpq_has_ports(h->protocol))
		bpf_xdp_load_bytes(ctx, offset, h->ports, sizeof(h->ports));
	return 0;
}

/* All of the above. */
static __always_inline void xdpq_parse(const struct xdpq_packet *packet, struct xdpq_headers *h)
{
	__builtin_memset(h, 0, sizeof(*h));
	xdpq_parse_frame(packet->ctx, h);
}

/* The packet's DSCP and nothing else; 0 if it is not IP. */
static __always_inline __u32 xdpq_dscp(const struct xdpq_packet *packet)
{
	struct xdpq_bytes bytes = { .ctx = packet->ctx };
	struct xdpq_headers h = {};

	xdpq_find_network(&bytes, &h);
	return h.dscp;
}

/* The priority of the outermost VLAN tag; 0 and not `tagged` if there is none. */
static __always_inline __u32 xdpq_pcp(const struct xdpq_packet *packet, bool *tagged)
{
	struct xdpq_bytes bytes = { .ctx = packet->ctx };
	struct xdpq_headers h = {};
	__u32 offset;

	xdpq_read_tags(&bytes, &offset, &h);
	*tagged = h.tagged;
	return h.pcp;
}

/* The checksum follows as in RFC 1624, equation 3, whatever it was. */
static __always_inline void xdpq_set_ce_ipv4(struct iphdr *ip)
{
	__u16 *word = (__u16 *)ip;	/* version, IHL, TOS */
	__u32 sum = (__u16)~ip->check + (__u16)~*word;

	ip->tos |= XDPQ_ECN_CE;
	sum += *word;
	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = ~(sum + (sum >> 16));
}

/*
 * Marks a stored packet "congestion experienced". Returns true if it carries that
 * mark now, false if its sender does not know ECN (then a drop has to tell).
 */
XDPQ_VERIFIED_ONCE bool xdpq_mark_ce(__u32 slot)
{
	struct xdpq_bytes bytes = { .slot = xdpq_slot(slot) };
	struct xdpq_headers h = {};
	void *ip;

	if (!slot || !bytes.slot)
		return false;
	ip = xdpq_find_network(&bytes, &h);
	if (!ip || !h.ecn)
		return false;
	if (h.ecn == XDPQ_ECN_CE)
		return true;
	if (h.version == 4)
		xdpq_set_ce_ipv4(ip);
	else
		((__u8 *)ip)[1] |= XDPQ_ECN_CE << 4;
	return true;
}

/* Jenkins, lookup3 (2006): its mix and final. */
#define xdpq_rotate(x, bits) ((x) << (bits) | (x) >> (32 - (bits)))
#define xdpq_jenkins_mix(a, b, c) do {				\
	(a) -= (c); (a) ^= xdpq_rotate(c, 4); (c) += (b);	\
	(b) -= (a); (b) ^= xdpq_rotate(a, 6); (a) += (c);	\
	(c) -= (b); (c) ^= xdpq_rotate(b, 8); (b) += (a);	\
	(a) -= (c); (a) ^= xdpq_rotate(c, 16); (c) += (b);	\
	(b) -= (a); (b) ^= xdpq_rotate(a, 19); (a) += (c);	\
	(c) -= (b); (c) ^= xdpq_rotate(b, 4); (b) += (a);	\
} while (0)
#define xdpq_jenkins_final(a, b, c) do {			\
	(c) ^= (b); (c) -= xdpq_rotate(b, 14);			\
	(a) ^= (c); (a) -= xdpq_rotate(c, 11);			\
	(b) ^= (a); (b) -= xdpq_rotate(a, 25);			\
	(c) ^= (b); (c) -= xdpq_rotate(b, 16);			\
	(a) ^= (c); (a) -= xdpq_rotate(c, 4);			\
	(b) ^= (a); (b) -= xdpq_rotate(a, 14);			\
	(c) ^= (b); (c) -= xdpq_rotate(b, 24);			\
} while (0)

/*
 * The seed of a scheduler's hashes: random from the first packet on, so that nobody
 * can make flows collide on purpose; on a virtual clock fixed, so that runs can be repeated.
 */
static __u32 xdpq_seed_drawn __attribute__((used));

#define XDPQ_SEED_VIRTUAL 0x12345678

static __always_inline __u32 xdpq_seed(void)
{
	if (!xdpq_seed_drawn)
		xdpq_seed_drawn = xdpq_virtual_clock ? XDPQ_SEED_VIRTUAL :
						       bpf_get_prandom_u32() | 1;
	return xdpq_seed_drawn;
}

/*
 * Of addresses, protocol and ports: all packets of a flow have the same, and so have all
 * fragments of a packet. Who does not know the seed can't tell which flows collide.
 */
XDPQ_VERIFIED_ONCE __u32 xdpq_flow_hash(const struct xdpq_headers *h, __u32 seed)
{
	__u32 a, b, c;

	if (!h)
		return 0;
	a = h->src[0];
	b = h->src[1];
	c = h->src[2] + seed;
	xdpq_jenkins_mix(a, b, c);
	a += h->src[3];
	b += h->dst[0];
	c += h->dst[1];
	xdpq_jenkins_mix(a, b, c);
	a += h->dst[2];
	b += h->dst[3];
	c += (__u32)h->ports[0] << 16 | h->ports[1];
	xdpq_jenkins_mix(a, b, c);
	a += h->protocol;
	xdpq_jenkins_final(a, b, c);
	return c;
}

/* Of one of a packet's two addresses. */
static __always_inline __u32 xdpq_host_hash(const __be32 *addr, __u32 seed)
{
	__u32 a = addr[0], b = addr[1], c = addr[2] + seed;

	xdpq_jenkins_mix(a, b, c);
	a += addr[3];
	xdpq_jenkins_final(a, b, c);
	return c;
}

#endif
