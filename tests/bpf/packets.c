/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include <linux/in.h>
#include <linux/udp.h>

#include "packets.h"

static const __u8 sender[ETH_ALEN] = { 2, 0, 0, 0, 0x77, 0x77 };

static void put_eth(struct frame *frame, const __u8 *mac, __u16 protocol)
{
	struct ethhdr *eth = packet_eth(frame);

	memcpy(eth->h_dest, mac, ETH_ALEN);
	memcpy(eth->h_source, sender, ETH_ALEN);
	eth->h_proto = htons(protocol);
}

static void put_udp(struct frame *frame, __u32 offset, __u32 payload)
{
	struct udphdr *udp = (struct udphdr *)(frame->data + offset);

	udp->source = htons(40000);
	udp->dest = htons(9);
	udp->len = htons(sizeof(*udp) + payload);
	udp->check = 0;
	frame->len = offset + sizeof(*udp) + payload;
	for (__u32 i = offset + sizeof(*udp); i < frame->len; i++)
		frame->data[i] = i * 7 + 1;
}

static void parse(int family, const char *text, void *address)
{
	int ok = inet_pton(family, text, address);

	assert(ok == 1);
	(void)ok;
}

void packet_udp4(struct frame *frame, const __u8 *mac, const char *src, const char *dst,
		 __u32 payload)
{
	struct iphdr *ip = packet_ip(frame);

	put_eth(frame, mac, ETH_P_IP);
	put_udp(frame, ETH_HLEN + sizeof(*ip), payload);
	*ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tot_len = htons(frame->len - ETH_HLEN),
		.id = htons(0x1234),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
	};
	parse(AF_INET, src, &ip->saddr);
	parse(AF_INET, dst, &ip->daddr);
	packet_ip_checksum(ip);
}

void packet_udp6(struct frame *frame, const __u8 *mac, const char *src, const char *dst,
		 __u32 payload)
{
	struct ipv6hdr *ip = packet_ip6(frame);

	put_eth(frame, mac, ETH_P_IPV6);
	put_udp(frame, ETH_HLEN + sizeof(*ip), payload);
	*ip = (struct ipv6hdr){
		.version = 6,
		.payload_len = htons(sizeof(struct udphdr) + payload),
		.nexthdr = IPPROTO_UDP,
		.hop_limit = 64,
	};
	parse(AF_INET6, src, &ip->saddr);
	parse(AF_INET6, dst, &ip->daddr);
}

__u16 packet_ip_sum(const struct iphdr *ip)
{
	const __u8 *bytes = (const __u8 *)ip;
	__u32 sum = 0;

	for (__u32 i = 0; i < ip->ihl * 4U; i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

void packet_ip_checksum(struct iphdr *ip)
{
	ip->check = 0;
	ip->check = htons((__u16)~packet_ip_sum(ip));
}

void packet_insert(struct frame *frame, __u32 offset, const void *bytes, __u32 len)
{
	memmove(frame->data + offset + len, frame->data + offset, frame->len - offset);
	memcpy(frame->data + offset, bytes, len);
	frame->len += len;
}
