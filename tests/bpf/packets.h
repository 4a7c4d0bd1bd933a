/* SPDX-License-Identifier: GPL-2.0-only */
/* Ethernet frames with IPv4, IPv6 or something else inside. */
#ifndef XDPQ_TEST_PACKETS_H
#define XDPQ_TEST_PACKETS_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/types.h>

#include "frames.h"

#define PACKET_PAYLOAD 64	/* bytes behind the UDP header, if not told otherwise */

static inline struct ethhdr *packet_eth(struct frame *frame)
{
	return (struct ethhdr *)frame->data;
}

static inline struct iphdr *packet_ip(struct frame *frame)
{
	return (struct iphdr *)(frame->data + ETH_HLEN);
}

static inline struct ipv6hdr *packet_ip6(struct frame *frame)
{
	return (struct ipv6hdr *)(frame->data + ETH_HLEN);
}

/* Valid UDP packets with TTL or hop limit 64, to a MAC address. */
void packet_udp4(struct frame *frame, const __u8 *mac, const char *src, const char *dst,
		 __u32 payload);
void packet_udp6(struct frame *frame, const __u8 *mac, const char *src, const char *dst,
		 __u32 payload);

/* Sums a header with its checksum: 0xffff if it is right. */
__u16 packet_ip_sum(const struct iphdr *ip);
void packet_ip_checksum(struct iphdr *ip);

/* Puts bytes in between, behind `offset` bytes of the frame. */
void packet_insert(struct frame *frame, __u32 offset, const void *bytes, __u32 len);

#endif
