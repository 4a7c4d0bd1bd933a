/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program at a port's driver. It decides by which port a frame leaves and
 * hands it to that port's scheduler; whatever is not ours or not understood is
 * left to the kernel stack, unchanged.
 *
 * It is also what the pump runs, because only a program that is attached to an
 * interface is cheap to run with live frames. Such frames come from lo.
 */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <xdpq/maps.h>

#define AF_INET 2
#define AF_INET6 10

struct frame {
	struct ethhdr *eth;
	void *network;
	void *end;
};

/* "This network", loopback, multicast and class E do not cross a router (RFC 1812, 5.3.7). */
static __always_inline bool ipv4_stays(__be32 addr)
{
	__u32 net = bpf_ntohl(addr) >> 24;

	return net == 0 || net == 127 || net >= 224;
}

static __always_inline bool ipv4_ours(const struct iphdr *ip, const struct frame *frame)
{
	__u32 len = bpf_ntohs(ip->tot_len);

	return ip->version == 4 && ip->ihl == 5 && ip->ttl > 1 &&
	       len >= sizeof(*ip) && len <= (__u32)(frame->end - frame->network) &&
	       !ipv4_stays(ip->saddr) && !ipv4_stays(ip->daddr);
}

/* Nor do :: and ::1 (with all of ::/96), link-local (fe80::/10) and multicast (ff00::/8). */
static __always_inline bool ipv6_stays(const struct in6_addr *addr)
{
	const __be32 *word = addr->s6_addr32;

	return !(word[0] | word[1] | word[2]) || addr->s6_addr[0] == 0xff ||
	       (addr->s6_addr[0] == 0xfe && (addr->s6_addr[1] & 0xc0) == 0x80);
}

static __always_inline bool ipv6_ours(const struct ipv6hdr *ip, const struct frame *frame)
{
	__u32 len = bpf_ntohs(ip->payload_len) + sizeof(*ip);

	/* Hop-by-hop options are for every router to read. */
	return ip->version == 6 && ip->hop_limit > 1 && ip->nexthdr != IPPROTO_HOPOPTS &&
	       len <= (__u32)(frame->end - frame->network) &&
	       !ipv6_stays(&ip->saddr) && !ipv6_stays(&ip->daddr);
}

static __always_inline bool ipv4_lookup(const struct frame *frame, struct bpf_fib_lookup *fib)
{
	const struct iphdr *ip = frame->network;

	if ((void *)(ip + 1) > frame->end || !ipv4_ours(ip, frame))
		return false;
	fib->family = AF_INET;
	fib->tos = ip->tos;
	fib->l4_protocol = ip->protocol;
	fib->tot_len = bpf_ntohs(ip->tot_len);
	fib->ipv4_src = ip->saddr;
	fib->ipv4_dst = ip->daddr;
	return true;
}

static __always_inline bool ipv6_lookup(const struct frame *frame, struct bpf_fib_lookup *fib)
{
	const struct ipv6hdr *ip = frame->network;

	if ((void *)(ip + 1) > frame->end || !ipv6_ours(ip, frame))
		return false;
	fib->family = AF_INET6;
	fib->flowinfo = *(__be32 *)ip & bpf_htonl(0x0fffffff);
	fib->l4_protocol = ip->nexthdr;
	fib->tot_len = bpf_ntohs(ip->payload_len) + sizeof(*ip);
	__builtin_memcpy(fib->ipv6_src, &ip->saddr, sizeof(ip->saddr));
	__builtin_memcpy(fib->ipv6_dst, &ip->daddr, sizeof(ip->daddr));
	return true;
}

/* RFC 1624: the checksum follows the TTL. */
static __always_inline void ipv4_hop(struct iphdr *ip)
{
	__u32 check = ip->check + bpf_htons(0x0100);

	ip->check = check + (check >= 0xffff);
	ip->ttl--;
}

static __always_inline void hop(const struct frame *frame, const struct bpf_fib_lookup *fib)
{
	if (fib->family == AF_INET)
		ipv4_hop(frame->network);
	else
		((struct ipv6hdr *)frame->network)->hop_limit--;
	__builtin_memcpy(frame->eth->h_dest, fib->dmac, ETH_ALEN);
	__builtin_memcpy(frame->eth->h_source, fib->smac, ETH_ALEN);
}

static __always_inline bool same_mac(const __u8 *a, const __u8 *b)
{
	const __u16 *x = (const __u16 *)a, *y = (const __u16 *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2];
}

/* The port by which a frame leaves, its headers rewritten; XDPQ_NONE if it is the stack's. */
static __always_inline __u32 route(struct xdp_md *ctx, const struct xdpq_port *port)
{
	struct bpf_fib_lookup fib = { .ifindex = ctx->ingress_ifindex };
	struct frame frame = {
		.eth = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
	};
	__u32 egress;
	bool ours;

	frame.network = frame.eth + 1;
	if (frame.network > frame.end || !same_mac(frame.eth->h_dest, port->mac))
		return XDPQ_NONE;
	if (frame.eth->h_proto == bpf_htons(ETH_P_IP))
		ours = ipv4_lookup(&frame, &fib);
	else
		ours = frame.eth->h_proto == bpf_htons(ETH_P_IPV6) && ipv6_lookup(&frame, &fib);
	if (!ours || bpf_fib_lookup(ctx, &fib, sizeof(fib), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return XDPQ_NONE;
	egress = xdpq_port_of(fib.ifindex);
	if (egress != XDPQ_NONE)
		hop(&frame, &fib);
	return egress;
}

/* A call to a constant entry is a direct jump; others pay for one that Spectre made dear. */
static __always_inline void enqueue(struct xdp_md *ctx, __u32 egress)
{
	switch (egress) {
	case 1:
		bpf_tail_call_static(ctx, &enqueue_progs, 1);
		break;
	case 2:
		bpf_tail_call_static(ctx, &enqueue_progs, 2);
		break;
	case 3:
		bpf_tail_call_static(ctx, &enqueue_progs, 3);
		break;
	case 4:
		bpf_tail_call_static(ctx, &enqueue_progs, 4);
		break;
	default:
		bpf_tail_call(ctx, &enqueue_progs, egress);
	}
}

SEC("xdp")
int xdpq_ingress(struct xdp_md *ctx)
{
	struct xdpq_port *port;
	__u32 egress;

	if (ctx->ingress_ifindex == XDPQ_PUMP_IFINDEX) {
		bpf_tail_call(ctx, &dequeue_progs, xdpq_port_number);
		return XDP_DROP;
	}
	port = xdpq_port_at(xdpq_port_number);
	if (!port || port->state != XDPQ_PORT_RUNNING)
		return XDP_PASS;
	egress = port->peer ?: route(ctx, port);
	if (egress == XDPQ_NONE) {
		__sync_fetch_and_add(&port->passed, 1);
		return XDP_PASS;
	}
	enqueue(ctx, egress);
	/* A port without a scheduler: better unqueued than not at all. */
	xdpq_frame_strip_meta(ctx);
	return bpf_redirect_map(&tx, egress, XDP_ABORTED);
}

char xdpq_license[] SEC("license") = "GPL";
