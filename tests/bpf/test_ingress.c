/* SPDX-License-Identifier: GPL-2.0-only */
/* Which frames the ingress program forwards, how, and which it leaves to the stack. */
#include <arpa/inet.h>
#include <linux/in.h>

#include <bpf/bpf.h>

#include "cmocka_all.h"
#include "router.h"
#include "topology.h"

#define VIA4 "192.0.2.77"	/* behind the neighbour on out0 */
#define VIA6 "2001:db8:1::77"

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

static void test_forwards(void **state __attribute__((unused)))
{
	static const char *const to4[] = { VIA4, "10.0.2.2", "203.0.113.1", "9.9.9.9" };
	static const char *const to6[] = {
		VIA6, "fd00:2::2", "2001:db8:600::1", "2620:fe::fe",
	};

	for (size_t i = 0; i < COUNT(to4); i++) {
		router_udp4(&r, to4[i]);
		router_expect_forward(&r, to4[i]);
		router_udp6(&r, to6[i]);
		router_expect_forward(&r, to6[i]);
	}
}

static void test_all_lengths(void **state __attribute__((unused)))
{
	for (__u32 len = 0; len <= TOPOLOGY_MTU - 28; len++) {
		packet_udp4(&r.frame, r.mac, "10.0.1.2", VIA4, len);
		router_expect_forward(&r, "IPv4 length");
	}
	for (__u32 len = 0; len <= TOPOLOGY_MTU - 48; len++) {
		packet_udp6(&r.frame, r.mac, "fd00:1::2", VIA6, len);
		router_expect_forward(&r, "IPv6 length");
	}
}

/* Short packets come padded; the padding is the next link's to judge. */
static void test_padding(void **state __attribute__((unused)))
{
	packet_udp4(&r.frame, r.mac, "10.0.1.2", VIA4, 1);
	memset(r.frame.data + r.frame.len, 0xee, 60 - r.frame.len);
	r.frame.len = 60;
	router_expect_forward(&r, "padded IPv4");
	packet_udp6(&r.frame, r.mac, "fd00:1::2", VIA6, 1);
	r.frame.len += 30;
	router_expect_forward(&r, "padded IPv6");
}

static void test_only_for_our_mac(void **state __attribute__((unused)))
{
	for (int bit = 0; bit < 48; bit++) {
		router_udp4(&r, VIA4);
		packet_eth(&r.frame)->h_dest[bit / 8] ^= 1 << bit % 8;
		router_expect_pass(&r, "IPv4 to another MAC");
		router_udp6(&r, VIA6);
		packet_eth(&r.frame)->h_dest[bit / 8] ^= 1 << bit % 8;
		router_expect_pass(&r, "IPv6 to another MAC");
	}
	router_udp4(&r, VIA4);
	memset(packet_eth(&r.frame)->h_dest, 0xff, ETH_ALEN);
	router_expect_pass(&r, "broadcast MAC");
	router_udp6(&r, VIA6);
	memcpy(packet_eth(&r.frame)->h_dest, "\x33\x33\0\0\0\x01", ETH_ALEN);
	router_expect_pass(&r, "multicast MAC");
}

static void test_ttl(void **state __attribute__((unused)))
{
	for (int ttl = 0; ttl < 256; ttl++) {
		router_udp4(&r, VIA4);
		packet_ip(&r.frame)->ttl = ttl;
		packet_ip_checksum(packet_ip(&r.frame));
		(ttl < 2 ? router_expect_pass : router_expect_forward)(&r, "TTL");
		router_udp6(&r, VIA6);
		packet_ip6(&r.frame)->hop_limit = ttl;
		(ttl < 2 ? router_expect_pass : router_expect_forward)(&r, "hop limit");
	}
}

/* The id walks through all values, and so does the checksum. */
static void test_every_checksum(void **state __attribute__((unused)))
{
	bool zero_before = false, zero_after = false;

	router_udp4(&r, VIA4);
	for (int id = 0; id < 65536; id++) {
		struct iphdr *ip = packet_ip(&r.frame);

		ip->id = htons(id);
		packet_ip_checksum(ip);
		router_expect_forward(&r, "checksum");
		zero_before |= !ip->check;
		zero_after |= !packet_ip(&r.left)->check;
	}
	assert_true(zero_before && zero_after);
}

/* 0xffff is the other zero: never computed, but valid. */
static void test_checksum_of_all_ones(void **state __attribute__((unused)))
{
	struct iphdr *ip = packet_ip(&r.frame);

	router_udp4(&r, VIA4);
	ip->check = 0;
	ip->id = htons(ntohs(ip->id) + 0xffff - packet_ip_sum(ip));
	assert_int_equal(packet_ip_sum(ip), 0xffff);
	ip->check = 0xffff;
	assert_int_equal(packet_ip_sum(ip), 0xffff);
	assert_int_equal(router_run(&r), XDP_REDIRECT);
	assert_int_equal(packet_ip_sum(packet_ip(&r.left)), 0xffff);
}

/* Whoever forwards it does not make it good. */
static void test_wrong_checksum_stays_wrong(void **state __attribute__((unused)))
{
	for (int bit = 0; bit < 16; bit++) {
		router_udp4(&r, VIA4);
		packet_ip(&r.frame)->check ^= 1 << bit;
		router_run(&r);
		assert_int_not_equal(packet_ip_sum(packet_ip(&r.left)), 0xffff);
	}
}

static void test_ecn_and_dscp_are_kept(void **state __attribute__((unused)))
{
	for (int tos = 0; tos < 256; tos++) {
		router_udp4(&r, VIA4);
		packet_ip(&r.frame)->tos = tos;
		packet_ip_checksum(packet_ip(&r.frame));
		router_expect_forward(&r, "tos");
		router_udp6(&r, VIA6);
		*(__be32 *)packet_ip6(&r.frame) = htonl(6U << 28 | tos << 20 | 0xabcde);
		router_expect_forward(&r, "traffic class");
	}
}

struct answer {
	const char *dst;
	const char *what;
};

static void test_fib_answers_other_than_success(void **state __attribute__((unused)))
{
	static const struct answer answers4[] = {
		{ "203.0.114.1", "no neighbour" },
		{ "10.0.2.9", "no neighbour on the link" },
		{ "198.51.100.1", "blackhole" },
		{ "198.51.100.65", "unreachable" },
		{ "198.51.100.129", "prohibit" },
		{ "10.0.3.2", "not a port of ours" },
		{ "8.8.8.8", "no route" },
		{ "10.0.1.1", "our own address" },
		{ "10.0.2.1", "our address on the other side" },
		{ "10.0.2.255", "broadcast of a network" },
		{ "255.255.255.255", "limited broadcast" },
		{ "224.0.0.1", "multicast" },
		{ "239.255.255.255", "multicast" },
		{ "240.0.0.1", "class E" },
		{ "127.0.0.1", "loopback" },
	};
	static const struct answer answers6[] = {
		{ "2001:db8:9::1", "no neighbour, IPv6" },
		{ "2001:db8:b1::1", "blackhole, IPv6" },
		{ "2001:db8:b2::1", "unreachable, IPv6" },
		{ "2001:db8:b3::1", "prohibit, IPv6" },
		{ "fd00:3::2", "not a port of ours, IPv6" },
		{ "2001:db8:b4::1", "no route, IPv6" },
		{ "fd00:1::1", "our own address, IPv6" },
		{ "fd00:2::1", "our address on the other side, IPv6" },
		{ "fe80::2", "link-local" },
		{ "febf::2", "link-local" },
		{ "ff02::1", "multicast, IPv6" },
		{ "ff0e::1", "multicast, IPv6" },
		{ "::1", "loopback, IPv6" },
	};

	for (size_t i = 0; i < COUNT(answers4); i++) {
		router_udp4(&r, answers4[i].dst);
		router_expect_pass(&r, answers4[i].what);
	}
	for (size_t i = 0; i < COUNT(answers6); i++) {
		router_udp6(&r, answers6[i].dst);
		router_expect_pass(&r, answers6[i].what);
	}
}

/* The stack drops these, and counts and logs them where a user looks. */
static void test_sources_that_cannot_be(void **state __attribute__((unused)))
{
	static const char *const sources4[] = {
		"224.0.0.1", "255.255.255.255", "240.0.0.1", "127.0.0.1", "0.0.0.0",
	};
	static const char *const sources6[] = { "ff02::1", "fe80::1", "::1", "::" };

	for (size_t i = 0; i < COUNT(sources4); i++) {
		packet_udp4(&r.frame, r.mac, sources4[i], VIA4, 8);
		router_expect_pass(&r, sources4[i]);
	}
	for (size_t i = 0; i < COUNT(sources6); i++) {
		packet_udp6(&r.frame, r.mac, sources6[i], VIA6, 8);
		router_expect_pass(&r, sources6[i]);
	}
}

static void test_too_long_for_the_route(void **state __attribute__((unused)))
{
	packet_udp4(&r.frame, r.mac, "10.0.1.2", VIA4, TOPOLOGY_MTU - 28 + 1);
	router_expect_pass(&r, "longer than the MTU");
	packet_udp6(&r.frame, r.mac, "fd00:1::2", VIA6, TOPOLOGY_MTU - 48 + 1);
	router_expect_pass(&r, "longer than the MTU, IPv6");
	packet_udp4(&r.frame, r.mac, "10.0.1.2", "203.0.113.1", TOPOLOGY_SMALL_MTU - 28);
	router_expect_forward(&r, "as long as the route allows");
	packet_udp4(&r.frame, r.mac, "10.0.1.2", "203.0.113.1", TOPOLOGY_SMALL_MTU - 28 + 1);
	router_expect_pass(&r, "longer than the route allows");
	packet_udp6(&r.frame, r.mac, "fd00:1::2", "2001:db8:600::1", TOPOLOGY_SMALL_MTU - 48 + 1);
	router_expect_pass(&r, "longer than the route allows, IPv6");
}

static void test_forwarding_off(void **state __attribute__((unused)))
{
	topology_forwarding(false);
	router_udp4(&r, VIA4);
	router_expect_pass(&r, "forwarding off");
	router_udp6(&r, VIA6);
	router_expect_pass(&r, "forwarding off, IPv6");
	topology_forwarding(true);
	router_udp4(&r, VIA4);
	router_expect_forward(&r, "forwarding on again");
}

static void test_port_that_does_not_run(void **state __attribute__((unused)))
{
	static const __u32 states[] = { XDPQ_PORT_FREE, XDPQ_PORT_DRAINING };

	for (size_t i = 0; i < COUNT(states); i++) {
		r.in.port->state = states[i];
		router_udp4(&r, VIA4);
		assert_int_equal(router_run(&r), XDP_PASS);
		assert_int_equal(r.left.len, r.frame.len);
		assert_memory_equal(r.left.data, r.frame.data, r.frame.len);
	}
	r.in.port->state = XDPQ_PORT_RUNNING;
}

/* Better unqueued than not at all. */
static void test_egress_without_a_scheduler(void **state __attribute__((unused)))
{
	int progs = harness_map_fd(r.in.object, "enqueue_progs");
	__u32 port = ROUTER_OUT;

	assert_int_equal(bpf_map_delete_elem(progs, &port), 0);
	router_udp4(&r, VIA4);
	assert_int_equal(router_run(&r), XDP_REDIRECT);
	assert_int_equal(packet_ip(&r.left)->ttl, 63);
	assert_memory_equal(packet_eth(&r.left)->h_dest, r.next_mac, ETH_ALEN);
	assert_int_equal(bpf_map_update_elem(progs, &port, &r.out.enqueue_fd, 0), 0);
}

/* Frames that come from lo are the pump's: no frame of theirs is ever parsed. */
static void test_frames_of_the_pump(void **state)
{
	int progs = harness_map_fd(r.in.object, "dequeue_progs");
	struct run run = { .prog = r.prog, .in = &r.frame };
	struct link slow = { .rate = 8000000, .burst = 1, .frame = 1514 };
	__u32 port = ROUTER_IN;

	router_udp4(&r, VIA4);
	assert_int_equal(harness_run(&run, &r.left), XDP_DROP);
	if (!strcmp(*state, "none"))
		return;
	harness_set_link(&r.out, 0, &slow);
	assert_int_equal(bpf_map_update_elem(progs, &port, &r.out.dequeue_fd, 0), 0);
	router_expect_forward(&r, "first, on a slow link");
	assert_int_equal(router_run(&r), XDP_DROP);
	assert_int_equal(harness_run(&run, &r.left), XDP_DROP);
	harness_set_time(&r.out, r.out.port->due);
	memset(r.frame.data, 0, r.frame.len);
	assert_int_equal(harness_run(&run, &r.left), XDP_REDIRECT);
	assert_int_equal(packet_ip(&r.left)->ttl, 63);
	harness_check(&r.out);
}

#define FIFO(test) { #test " (fifo)", test, start, end, "fifo" }
#define NONE(test) { #test " (none)", test, start, end, "none" }

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIFO(test_forwards), NONE(test_forwards),
		FIFO(test_all_lengths), NONE(test_all_lengths),
		FIFO(test_padding),
		FIFO(test_only_for_our_mac),
		FIFO(test_ttl),
		FIFO(test_every_checksum),
		FIFO(test_checksum_of_all_ones),
		FIFO(test_wrong_checksum_stays_wrong),
		FIFO(test_ecn_and_dscp_are_kept),
		FIFO(test_fib_answers_other_than_success),
		FIFO(test_sources_that_cannot_be),
		FIFO(test_too_long_for_the_route),
		FIFO(test_forwarding_off),
		FIFO(test_port_that_does_not_run),
		FIFO(test_egress_without_a_scheduler),
		FIFO(test_frames_of_the_pump), NONE(test_frames_of_the_pump),
	};

	harness_need_root();
	if (!topology_make()) {
		printf("1..0 # SKIP no network namespace with veth pairs to be had\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
