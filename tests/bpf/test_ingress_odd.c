/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames that are not plain IP packets: cut short, tagged, wrapped, with lengths
 * that lie. The stack gets what is not understood; a wire passes everything on.
 */
#include <arpa/inet.h>
#include <linux/in.h>

#include "cmocka_all.h"
#include "router.h"
#include "topology.h"

#define VIA4 "192.0.2.77"
#define VIA6 "2001:db8:1::77"
#define TAG_OFFSET 12		/* behind the MAC addresses */

static struct router r;

static int start(void **state)
{
	router_start(&r, *state);
	return 0;
}

static int end(void **state __attribute__((unused)))
{
	router_end(&r);
	return 0;
}

static void tag(const char *bytes, __u32 len)
{
	router_udp4(&r, VIA4);
	packet_insert(&r.frame, TAG_OFFSET, bytes, len);
}

static void vlan(void)
{
	tag("\x81\x00\x00\x05", 4);
}

static void vlan_0(void)
{
	tag("\x81\x00\x00\x00", 4);
}

static void qinq(void)
{
	tag("\x88\xa8\x00\x05\x81\x00\x00\x06", 8);
}

static void three_tags(void)
{
	tag("\x88\xa8\x00\x05\x81\x00\x00\x06\x81\x00\x00\x07", 12);
}

static void vlan_ipv6(void)
{
	router_udp6(&r, VIA6);
	packet_insert(&r.frame, TAG_OFFSET, "\x81\x00\x00\x05", 4);
}

/* Over the old type: session 1, then the length and the PPP type. */
static void pppoe(const char *header)
{
	router_udp4(&r, VIA4);
	packet_insert(&r.frame, ETH_HLEN, header, 8);
	packet_eth(&r.frame)->h_proto = htons(ETH_P_PPP_SES);
}

static void pppoe_right(void)
{
	pppoe("\x11\x00\x00\x01\x00\x5e\x00\x21");
}

static void pppoe_wrong(void)
{
	pppoe("\x11\x00\x00\x01\xff\xff\x00\x21");
}

static void mpls(void)
{
	router_udp4(&r, VIA4);
	packet_insert(&r.frame, ETH_HLEN, "\x00\x01\x01\x40", 4);
	packet_eth(&r.frame)->h_proto = htons(ETH_P_MPLS_UC);
}

static void other_type(__u16 type)
{
	router_udp4(&r, VIA4);
	packet_eth(&r.frame)->h_proto = htons(type);
}

static void arp(void)
{
	other_type(ETH_P_ARP);
}

static void lldp(void)
{
	other_type(ETH_P_LLDP);
}

static void length_instead_of_type(void)
{
	other_type(100);
}

static void ipv4_called_ipv6(void)
{
	other_type(ETH_P_IPV6);
}

static void ipv6_called_ipv4(void)
{
	router_udp6(&r, VIA6);
	packet_eth(&r.frame)->h_proto = htons(ETH_P_IP);
}

static void neighbour_solicitation(void)
{
	packet_udp6(&r.frame, r.mac, "fd00:1::2", "ff02::1:ff00:1", 24);
	packet_ip6(&r.frame)->nexthdr = IPPROTO_ICMPV6;
	packet_ip6(&r.frame)->hop_limit = 255;
}

static void neighbour_solicitation_unicast(void)
{
	packet_udp6(&r.frame, r.mac, "fd00:1::2", "fd00:1::1", 24);
	packet_ip6(&r.frame)->nexthdr = IPPROTO_ICMPV6;
	packet_ip6(&r.frame)->hop_limit = 255;
}

static void options(void)
{
	router_udp4(&r, VIA4);
	packet_insert(&r.frame, ETH_HLEN + sizeof(struct iphdr), "\x94\x04\x00\x00", 4);
	packet_ip(&r.frame)->ihl = 6;
	packet_ip(&r.frame)->tot_len = htons(r.frame.len - ETH_HLEN);
	packet_ip_checksum(packet_ip(&r.frame));
}

static void hop_by_hop(void)
{
	router_udp6(&r, VIA6);
	packet_ip6(&r.frame)->nexthdr = IPPROTO_HOPOPTS;
}

static void fragment4(__u16 frag_off)
{
	router_udp4(&r, VIA4);
	packet_ip(&r.frame)->frag_off = htons(frag_off);
	packet_ip_checksum(packet_ip(&r.frame));
}

static void dont_fragment(void)
{
	fragment4(0x4000);
}

static void first_fragment(void)
{
	fragment4(0x2000);
}

static void later_fragment(void)
{
	fragment4(0x2000 | 100);
}

static void last_fragment(void)
{
	fragment4(100);
}

static void fragment6(const char *header)
{
	router_udp6(&r, VIA6);
	packet_insert(&r.frame, ETH_HLEN + sizeof(struct ipv6hdr), header, 8);
	packet_ip6(&r.frame)->nexthdr = IPPROTO_FRAGMENT;
	packet_ip6(&r.frame)->payload_len = htons(r.frame.len - ETH_HLEN - sizeof(struct ipv6hdr));
}

static void atomic_fragment6(void)
{
	fragment6("\x11\x00\x00\x00\x00\x00\x00\x01");
}

static void first_fragment6(void)
{
	fragment6("\x11\x00\x00\x01\x00\x00\x00\x01");
}

static void later_fragment6(void)
{
	fragment6("\x11\x00\x01\x00\x00\x00\x00\x01");
}

static const struct odd {
	const char *what;
	void (*build)(void);
	bool forwarded;
} odds[] = {
	{ "VLAN", vlan, false },
	{ "VLAN 0", vlan_0, false },
	{ "VLAN, IPv6", vlan_ipv6, false },
	{ "QinQ", qinq, false },
	{ "three tags", three_tags, false },
	{ "PPPoE", pppoe_right, false },
	{ "PPPoE with a wrong length", pppoe_wrong, false },
	{ "MPLS", mpls, false },
	{ "ARP", arp, false },
	{ "LLDP", lldp, false },
	{ "802.3", length_instead_of_type, false },
	{ "IPv4 called IPv6", ipv4_called_ipv6, false },
	{ "IPv6 called IPv4", ipv6_called_ipv4, false },
	{ "neighbour solicitation", neighbour_solicitation, false },
	{ "neighbour solicitation to us", neighbour_solicitation_unicast, false },
	{ "IPv4 options", options, false },
	{ "hop-by-hop options", hop_by_hop, false },
	{ "don't fragment", dont_fragment, true },
	{ "first fragment", first_fragment, true },
	{ "later fragment", later_fragment, true },
	{ "last fragment", last_fragment, true },
	{ "atomic fragment, IPv6", atomic_fragment6, true },
	{ "first fragment, IPv6", first_fragment6, true },
	{ "later fragment, IPv6", later_fragment6, true },
};

static void test_odd_frames(void **state __attribute__((unused)))
{
	for (size_t i = 0; i < COUNT(odds); i++) {
		odds[i].build();
		if (odds[i].forwarded)
			router_expect_forward(&r, odds[i].what);
		else
			router_expect_pass(&r, odds[i].what);
	}
}

/* Each of the seven, and one behind the other. */
static void test_extension_headers(void **state __attribute__((unused)))
{
	static const __u8 headers[] = {
		IPPROTO_DSTOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT, IPPROTO_AH, IPPROTO_ESP,
		IPPROTO_MH, 139,
	};
	__u8 next = IPPROTO_UDP;

	router_udp6(&r, VIA6);
	for (size_t i = 0; i < COUNT(headers); i++) {
		__u8 header[8] = { next };

		packet_insert(&r.frame, ETH_HLEN + sizeof(struct ipv6hdr), header, sizeof(header));
		next = headers[i];
		packet_ip6(&r.frame)->nexthdr = next;
		packet_ip6(&r.frame)->payload_len =
			htons(r.frame.len - ETH_HLEN - sizeof(struct ipv6hdr));
		router_expect_forward(&r, "extension headers");
	}
	packet_ip6(&r.frame)->nexthdr = IPPROTO_HOPOPTS;
	router_expect_pass(&r, "hop-by-hop before all others");
}

static void test_ipv4_header_lengths(void **state __attribute__((unused)))
{
	for (int ihl = 0; ihl < 16; ihl++) {
		if (ihl == 5)
			continue;
		router_udp4(&r, VIA4);
		packet_ip(&r.frame)->ihl = ihl;
		packet_ip_checksum(packet_ip(&r.frame));
		router_expect_pass(&r, "IHL");
	}
}

static void test_versions(void **state __attribute__((unused)))
{
	for (int version = 0; version < 16; version++) {
		router_udp4(&r, VIA4);
		packet_ip(&r.frame)->version = version;
		packet_ip_checksum(packet_ip(&r.frame));
		if (version != 4)
			router_expect_pass(&r, "version");
		router_udp6(&r, VIA6);
		packet_ip6(&r.frame)->version = version;
		if (version != 6)
			router_expect_pass(&r, "version, IPv6");
	}
}

static void test_lengths_that_lie(void **state __attribute__((unused)))
{
	__u32 real;

	router_udp4(&r, VIA4);
	real = r.frame.len - ETH_HLEN;
	for (__u32 len = 0; len < 65536; len += len < 2 * real ? 1 : 997) {
		router_udp4(&r, VIA4);
		packet_ip(&r.frame)->tot_len = htons(len);
		packet_ip_checksum(packet_ip(&r.frame));
		if (len < sizeof(struct iphdr) || len > real)
			router_expect_pass(&r, "total length");
		else
			router_expect_forward(&r, "total length");
	}
	router_udp6(&r, VIA6);
	real = r.frame.len - ETH_HLEN - sizeof(struct ipv6hdr);
	for (__u32 len = 0; len < 65536; len += len < 2 * real ? 1 : 997) {
		router_udp6(&r, VIA6);
		packet_ip6(&r.frame)->payload_len = htons(len);
		if (len > real)
			router_expect_pass(&r, "payload length");
		else
			router_expect_forward(&r, "payload length");
	}
}

static void build(int family)
{
	if (family == AF_INET)
		router_udp4(&r, VIA4);
	else
		router_udp6(&r, VIA6);
}

/* From an Ethernet header on: the kernel runs nothing on less. */
static void test_truncated(void **state __attribute__((unused)))
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < COUNT(families); i++) {
		__u32 full;

		build(families[i]);
		full = r.frame.len;
		for (__u32 len = FRAME_MIN; len < full; len++) {
			build(families[i]);
			r.frame.len = len;
			router_expect_pass(&r, "truncated");
		}
	}
}

/* What comes in at one end of a wire leaves by the other, whatever it is. */
static void test_wire(void **state __attribute__((unused)))
{
	r.in.port->peer = ROUTER_OUT;
	for (size_t i = 0; i < COUNT(odds); i++) {
		odds[i].build();
		router_expect_wire(&r, odds[i].what);
	}
	for (__u32 len = FRAME_MIN; len < 200; len++) {
		router_udp6(&r, "fe80::2");
		r.frame.len = len;
		memset(packet_eth(&r.frame)->h_dest, 0xff, ETH_ALEN);
		router_expect_wire(&r, "to all, truncated");
	}
	router_udp4(&r, "10.0.1.1");
	packet_ip(&r.frame)->ttl = 0;
	router_expect_wire(&r, "to our address, TTL 0");
	topology_forwarding(false);
	router_udp4(&r, VIA4);
	router_expect_wire(&r, "forwarding off");
	topology_forwarding(true);
}

static void test_noise(void **state __attribute__((unused)))
{
	for (int i = 0; i < 50000; i++) {
		int bytes = 1 + random_below(4);

		build(random_one_in(2) ? AF_INET : AF_INET6);
		r.frame.len = random_between(FRAME_MIN, r.frame.len);
		for (int n = 0; n < bytes; n++)
			r.frame.data[random_below(r.frame.len)] = random_u64();
		if (router_run(&r) == XDP_PASS) {
			assert_int_equal(r.left.len, r.frame.len);
			assert_memory_equal(r.left.data, r.frame.data, r.frame.len);
		} else {
			assert_int_equal(r.left.len, r.frame.len);
			assert_memory_equal(packet_eth(&r.left)->h_dest, r.next_mac, ETH_ALEN);
		}
	}
}

#define FIFO(test) { #test " (fifo)", test, start, end, "fifo" }
#define NONE(test) { #test " (none)", test, start, end, "none" }

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIFO(test_odd_frames), NONE(test_odd_frames),
		FIFO(test_extension_headers),
		FIFO(test_ipv4_header_lengths),
		FIFO(test_versions),
		FIFO(test_lengths_that_lie),
		FIFO(test_truncated),
		FIFO(test_wire), NONE(test_wire),
		FIFO(test_noise),
	};

	harness_need_root();
	if (!topology_make()) {
		printf("1..0 # SKIP no network namespace with veth pairs to be had\n");
		return 0;
	}
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
