/* SPDX-License-Identifier: GPL-2.0-only */
/* What packet.h reads from good and bad frames. */
#include <arpa/inet.h>
#include <linux/in.h>
#include <linux/in6.h>

#include "cmocka_all.h"
#include "headers.h"
#include "packets.h"

typedef struct headers_expected (*make_fn)(__u8 tos);
static const make_fn makes[] = { headers_make4, headers_make6 };

static void test_fields(void **state __attribute__((unused)))
{
	struct headers_expected e;

	headers_start(0);
	for (size_t m = 0; m < COUNT(makes); m++) {
		for (__u32 tos = 0; tos < 256; tos++) {
			e = makes[m](tos);
			headers_add_tags(&e, tos % 4);
			headers_expect(&e);
		}
	}
	headers_stop();
}

static void test_tags(void **state __attribute__((unused)))
{
	static const __u16 types[] = { ETH_P_8021Q, ETH_P_8021AD };
	struct headers_expected e;

	headers_start(0);
	for (__u32 pcp = 0; pcp < 8; pcp++) {
		for (__u32 kinds = 0; kinds < 8; kinds++) {
			e = makes[pcp % 2](0xb8);
			for (__u32 i = 0; i < 3; i++)
				headers_add_tag(&e, types[kinds >> i & 1], (pcp + i) % 8);
			headers_expect(&e);
		}
	}
	headers_add_tag(&e, ETH_P_8021Q, 3);
	e = headers_no_ip(&e);
	headers_expect(&e);
	headers_stop();
}

/* Cut behind each byte: what is left is told, and no more. */
static void expect_truncated(const struct headers_expected *whole, __u32 tags, __u32 ip_len,
			     __u32 ports_at)
{
	for (__u32 len = headers.in.len; len >= FRAME_MIN; len--) {
		struct headers_expected e = *whole;

		headers.in.len = len;
		if (len < ports_at + 4)
			e.ports = 0;
		if (len < whole->network + ip_len)
			e = headers_no_ip(&e);
		if (tags && len < ETH_HLEN + 4)
			e.pcp = e.tagged = 0;
		headers_expect(&e);
		if (len < whole->network + ip_len)
			assert_int_equal(headers_seen("marked"), 0);
	}
}

static void test_truncated(void **state __attribute__((unused)))
{
	struct headers_expected e;

	headers_start(0);
	for (__u32 tags = 0; tags <= 3; tags++) {
		e = headers_make4(0xb9);
		headers_add_tags(&e, tags);
		expect_truncated(&e, tags, 20, e.network + 20);
		e = headers_make6(0x22);
		headers_add_tags(&e, tags);
		expect_truncated(&e, tags, 40, e.network + 40);
	}
	headers_stop();
}

/* Options of `ihl - 5` words, all of them "no operation". */
static void set_ihl(__u32 ihl)
{
	static const __u8 nops[40] = { [0 ... 39] = 1 };

	packet_insert(&headers.in, ETH_HLEN + 20, nops, ihl * 4 - 20);
	packet_ip(&headers.in)->ihl = ihl;
	packet_ip_checksum(packet_ip(&headers.in));
}

static void test_header_length(void **state __attribute__((unused)))
{
	struct headers_expected e;

	headers_start(0);
	for (__u32 ihl = 0; ihl < 5; ihl++) {
		e = headers_make4(0xb9);
		packet_ip(&headers.in)->ihl = ihl;
		e = headers_no_ip(&e);
		headers_expect(&e);
		assert_int_equal(headers_seen("marked"), 0);
	}
	for (__u32 ihl = 5; ihl <= 15; ihl++) {
		e = headers_make4(0xb9);
		set_ihl(ihl);
		headers_expect(&e);
	}
	expect_truncated(&e, 0, 20, e.network + 60);
	headers_stop();
}

static void test_wrong_version(void **state __attribute__((unused)))
{
	struct headers_expected e;

	headers_start(0);
	for (size_t m = 0; m < COUNT(makes); m++) {
		for (__u8 version = 0; version < 16; version++) {
			e = makes[m](0x01);
			if (version == e.version)
				continue;
			e = headers_no_ip(&e);
			headers.in.data[ETH_HLEN] &= 0x0f;
			headers.in.data[ETH_HLEN] |= version << 4;
			headers_expect(&e);
			assert_int_equal(headers_seen("marked"), 0);
		}
	}
	headers_stop();
}

static void test_not_ip(void **state __attribute__((unused)))
{
	static const __u16 types[] = { ETH_P_ARP, ETH_P_MPLS_UC, ETH_P_PPP_SES, ETH_P_LLDP, 46, 0 };

	headers_start(0);
	for (size_t i = 0; i < COUNT(types); i++) {
		struct headers_expected e = headers_make4(0xb9);

		packet_eth(&headers.in)->h_proto = htons(types[i]);
		e = headers_no_ip(&e);
		headers_expect(&e);
		assert_int_equal(headers_seen("marked"), 0);
		assert_memory_equal(headers.in.data, headers.out.data, headers.in.len);
	}
	headers_stop();
}

static void test_ipv4_fragments(void **state __attribute__((unused)))
{
	static const struct {
		__u16 frag_off;
		bool fragment;
	} cases[] = {
		{ 0x0000, false }, { 0x4000, false }, { 0x8000, false }, { 0x2000, true },
		{ 0x2001, true }, { 0x0001, true }, { 0x1fff, true },
	};
	__u32 key = 0;

	headers_start(0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct headers_expected e = headers_make4(0);

		packet_ip(&headers.in)->frag_off = htons(cases[i].frag_off);
		e.fragment = cases[i].fragment;
		e.ports = !e.fragment;
		headers_expect(&e);
		if (e.fragment && key)
			assert_int_equal(headers_seen("hash"), key);
		if (e.fragment)
			key = headers_seen("hash");
	}
	headers_stop();
}

/* An extension header in front of all others: of `words` times 8 bytes, or AH's of 4. */
static void add_extension(__u8 type, __u8 len, __u16 offset)
{
	__u8 *next = headers.in.data + ETH_HLEN + 6;
	__u8 bytes[2048] = { *next, len, offset >> 8, offset & 0xff };
	__u32 size = type == IPPROTO_AH ? (len + 2) * 4 : (len + 1) * 8;

	*next = type;
	packet_insert(&headers.in, ETH_HLEN + 40, bytes, type == IPPROTO_FRAGMENT ? 8 : size);
}

static void test_extensions(void **state __attribute__((unused)))
{
	static const __u8 types[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS,
				      IPPROTO_AH, IPPROTO_FRAGMENT };
	struct headers_expected e;

	headers_start(2500);
	for (size_t i = 0; i < COUNT(types); i++) {
		for (__u32 len = 0; len < 256; len += len < 4 ? 1 : 63) {
			e = headers_make6(0x02);
			add_extension(types[i], len, 0);
			headers_expect(&e);
		}
	}
	for (__u32 count = 1; count <= 10; count++) {
		e = headers_make6(0x02);
		for (__u32 i = 0; i < count; i++)
			add_extension(types[i % COUNT(types)], i, 0);
		if (count > 8) {
			e.ports = 0;
			e.protocol = types[count - 9];
		}
		headers_expect(&e);
	}
	headers_stop();
}

static void test_truncated_extensions(void **state __attribute__((unused)))
{
	struct headers_expected e;
	__u32 whole;

	headers_start(0);
	e = headers_make6(0x02);
	add_extension(IPPROTO_DSTOPTS, 1, 0);	/* 16 bytes, behind: */
	add_extension(IPPROTO_AH, 1, 0);	/* 12 bytes */
	whole = headers.in.len;
	for (headers.in.len = whole; headers.in.len >= ETH_HLEN + 40; headers.in.len--) {
		e.ports = headers.in.len >= ETH_HLEN + 40 + 28 + 4;
		e.protocol = IPPROTO_UDP;
		if (headers.in.len < ETH_HLEN + 40 + 12 + 4)
			e.protocol = IPPROTO_DSTOPTS;
		if (headers.in.len < ETH_HLEN + 40 + 4)
			e.protocol = IPPROTO_AH;
		headers_expect(&e);
	}
	headers_stop();
}

/* First, middle and last fragment have one key, though only the first has what is behind. */
static void test_ipv6_fragments(void **state __attribute__((unused)))
{
	static const __u16 offsets[] = { 0x0001, 0x0008, 0x0009, 0xfff8, 0xfff9 };
	struct headers_expected e;
	__u32 key = 0;

	headers_start(0);
	for (size_t i = 0; i < COUNT(offsets); i++) {
		e = headers_make6(0);
		add_extension(IPPROTO_DSTOPTS, 0, 0);
		add_extension(IPPROTO_FRAGMENT, 0, offsets[i]);
		add_extension(IPPROTO_HOPOPTS, 0, 0);
		e.protocol = IPPROTO_DSTOPTS;
		e.fragment = 1;
		e.ports = 0;
		headers_expect(&e);
		if (i)
			assert_int_equal(headers_seen("hash"), key);
		key = headers_seen("hash");
	}
	e = headers_make6(0);
	add_extension(IPPROTO_FRAGMENT, 0, 0x0006);	/* atomic; reserved bits don't count */
	headers_expect(&e);
	headers_stop();
}

static void test_which_protocols_have_ports(void **state __attribute__((unused)))
{
	headers_start(0);
	for (__u32 protocol = 0; protocol < 256; protocol++) {
		struct headers_expected e = headers_make4(0);

		packet_ip(&headers.in)->protocol = e.protocol = protocol;
		e.ports = protocol == 6 || protocol == 17 || protocol == 33 ||
			  protocol == 132 || protocol == 136;
		headers_expect(&e);
	}
	headers_stop();
}

/* The frame is there as well where nothing is stored, and for a copy. */
static void test_unstored_and_copied(void **state __attribute__((unused)))
{
	static const struct link slow = { .rate = 8000, .burst = 1, .frame = 1514 };
	struct headers_expected e;

	headers_start(0);
	harness_set(&headers.h, "copy[0].sched.pass", 1);
	e = headers_make4(0xb9);
	headers_expect(&e);
	assert_int_equal(headers.h.port->cut_through, 1);

	harness_set(&headers.h, "copy[0].sched.pass", 0);
	harness_set(&headers.h, "copy[0].sched.twice", 1);
	harness_set_link(&headers.h, 0, &slow);
	headers.h.port->free_at = harness_time(&headers.h) + 1;
	e = headers_make6(0x22);
	assert_int_equal(harness_enqueue(&headers.h, &headers.in, &headers.out), XDP_DROP);
	assert_int_equal(headers_seen("asked"), 3);
	assert_int_equal(headers_seen("duplicate"), 1);
	assert_int_equal(headers_seen("headers.version"), 6);
	assert_int_equal(headers_seen("headers.ports[1]"), htons(HEADERS_DPORT));
	assert_int_equal(headers_seen("marked"), 1);
	for (int i = 0; i < 2; i++) {
		harness_set_time(&headers.h, headers.h.port->due);
		assert_int_equal(harness_pump(&headers.h, &headers.out), XDP_REDIRECT);
		assert_int_equal(headers.out.data[ETH_HLEN + 1] >> 4 & 3, 3);
		harness_flush(&headers.h);
	}
	headers_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_header_length),
		cmocka_unit_test(test_wrong_version),
		cmocka_unit_test(test_not_ip),
		cmocka_unit_test(test_ipv4_fragments),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_truncated_extensions),
		cmocka_unit_test(test_ipv6_fragments),
		cmocka_unit_test(test_which_protocols_have_ports),
		cmocka_unit_test(test_unstored_and_copied),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
