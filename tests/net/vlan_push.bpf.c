/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a VLAN interface does with VLAN offload: the tag travels beside the frame, not in it. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int vlan_push(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(ETH_P_IP))
		bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 5);
	return 0;	/* TC_ACT_OK */
}

char vlan_push_license[] SEC("license") = "GPL";
