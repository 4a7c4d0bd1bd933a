/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes small carriers: takes bytes off the front of a frame before a scheduler's
 * program sees it, so that the rest of its buffer is all that is left to grow into.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} target SEC(".maps");

__u32 crop_bytes;

SEC("xdp")
int crop(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, crop_bytes))
		return XDP_ABORTED;
	bpf_tail_call(ctx, &target, 0);
	return XDP_ABORTED;
}

char crop_license[] SEC("license") = "GPL";
