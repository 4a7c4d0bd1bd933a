// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs of the benchmark: a source, what xdpq is compared with, and a sink.
 * bench.c loads them and says where they run.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "bench.h"

#define AF_INET 2
#define NSEC_PER_SEC 1000000000ULL

__u64 source_template[BENCH_TEMPLATE_WORDS];
__u32 source_ifindex;
struct bench_seen seen;

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} by_ifindex SEC(".maps");

/* Run with live frames: each goes out of the source's interface. */
SEC("xdp")
int bench_source(struct xdp_md *ctx)
{
	__u64 *word = (void *)(long)ctx->data;

	if ((void *)(word + BENCH_TEMPLATE_WORDS) > (void *)(long)ctx->data_end)
		return XDP_DROP;
#pragma unroll
	for (int i = 0; i < BENCH_TEMPLATE_WORDS; i++)
		word[i] = ((volatile __u64 *)source_template)[i];
	return bpf_redirect(source_ifindex, 0);
}

static __always_inline void hop(struct ethhdr *eth, struct iphdr *ip,
				const struct bpf_fib_lookup *fib)
{
	__u32 check = ip->check + bpf_htons(0x0100);

	ip->check = check + (check >= 0xffff);
	ip->ttl--;
	__builtin_memcpy(eth->h_dest, fib->dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, fib->smac, ETH_ALEN);
}

/* Forwarding without a queue, as xdp_fwd does it: lookup, headers, redirect. */
SEC("xdp")
int bench_forward(struct xdp_md *ctx)
{
	struct bpf_fib_lookup fib = { .family = AF_INET, .ifindex = ctx->ingress_ifindex };
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end || eth->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->ihl != 5 || ip->ttl <= 1)
		return XDP_PASS;
	fib.tos = ip->tos;
	fib.l4_protocol = ip->protocol;
	fib.tot_len = bpf_ntohs(ip->tot_len);
	fib.ipv4_src = ip->saddr;
	fib.ipv4_dst = ip->daddr;
	if (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0) != BPF_FIB_LKUP_RET_SUCCESS ||
	    !bpf_map_lookup_elem(&by_ifindex, &fib.ifindex))
		return XDP_PASS;
	hop(eth, ip, &fib);
	return bpf_redirect_map(&by_ifindex, fib.ifindex, 0);
}

SEC("xdp")
int bench_drop(struct xdp_md *ctx)
{
	seen.packets++;
	return XDP_DROP;
}

static __always_inline void measure(__u32 len)
{
	__u64 now = bpf_ktime_get_ns(), pause = now - seen.last, leaked;

	/* Longer ones would overflow, and empty any bucket here. */
	if (pause > NSEC_PER_SEC)
		pause = NSEC_PER_SEC;
	leaked = seen.leak * pause;
	seen.level = (seen.level > leaked ? seen.level - leaked : 0) + ((__u64)len << BENCH_LEVEL_SHIFT);
	if (seen.level > seen.highest)
		seen.highest = seen.level;
	if (!seen.first)
		seen.first = now;
	else if (now - seen.last > seen.gap) {
		seen.gap = now - seen.last;
		seen.gap_at = now;
	}
	seen.last = now;
	seen.packets++;
	seen.bytes += len;
}

SEC("xdp")
int bench_sink(struct xdp_md *ctx)
{
	measure(ctx->data_end - ctx->data);
	return XDP_DROP;
}

/* The same for traffic that somebody receives. */
SEC("xdp")
int bench_tap(struct xdp_md *ctx)
{
	measure(ctx->data_end - ctx->data);
	return XDP_PASS;
}

char bench_license[] SEC("license") = "GPL";
