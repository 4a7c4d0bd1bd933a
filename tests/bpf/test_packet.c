/* SPDX-License-Identifier: GPL-2.0-only */
/* What packet.h reads from good and bad frames, and the mark of congestion. */
#include <arpa/inet.h>
#include <linux/in.h>
#include <linux/in6.h>

#include "cmocka_all.h"
#include "harness.h"
#include "packets.h"

#define SRC4 "192.0.2.1"
#define DST4 "198.51.100.2"
#define SRC6 "2001:db8::1:2:3"
#define DST6 "2001:db8:ffff::4"
#define SPORT 40000		/* of packets.c */
#define DPORT 9
#define PCP 5
#define PAYLOAD 20
#define SMALLEST_SLOT 64

static const __u8 mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };

static struct harness h;
static struct frame in, out;

/* What is expected of the frame in `in`. */
struct expected {
	__u32 network, version, dscp, ecn, pcp, tagged, protocol, fragment, ports;
	bool mapped;		/* has the addresses above */
};

static __u32 seen(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "seen.%s", name);
	return harness_get(&h, path);
}

static void start(__u32 slot_size)
{
	struct harness_opts opts = { .object = "tests/headers", .slots = 8, .slot_size = slot_size };

	harness_load(&h, &opts);
	harness_set(&h, "copy[0].sched.limit", 4);
}

static void stop(void)
{
	harness_check(&h);
	harness_unload(&h);
}

/* Stored, looked at, marked, and carried out by its own frame: the link is idle. */
static void pass(void)
{
	assert_int_equal(harness_enqueue(&h, &in, &out), XDP_REDIRECT);
	harness_flush(&h);
}

static void expect_addresses(const char *name, const char *text4, const char *text6, __u32 version)
{
	__u32 addr[4] = { 0, 0, htonl(0xffff) };
	char path[32];

	if (!version)
		memset(addr, 0, sizeof(addr));
	else if (version == 4)
		assert_int_equal(inet_pton(AF_INET, text4, &addr[3]), 1);
	else
		assert_int_equal(inet_pton(AF_INET6, text6, addr), 1);
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "headers.%s[%d]", name, i);
		assert_int_equal(seen(path), addr[i]);
	}
}

static void expect(const struct expected *e)
{
	pass();
	assert_int_equal(seen("headers.network"), e->network);
	assert_int_equal(seen("headers.version"), e->version);
	assert_int_equal(seen("headers.dscp"), e->dscp);
	assert_int_equal(seen("headers.ecn"), e->ecn);
	assert_int_equal(seen("headers.pcp"), e->pcp);
	assert_int_equal(seen("headers.tagged"), e->tagged);
	assert_int_equal(seen("headers.protocol"), e->protocol);
	assert_int_equal(seen("headers.fragment"), e->fragment);
	assert_int_equal(seen("headers.ports[0]"), e->ports ? htons(SPORT) : 0);
	assert_int_equal(seen("headers.ports[1]"), e->ports ? htons(DPORT) : 0);
	assert_int_equal(seen("dscp"), e->dscp);
	assert_int_equal(seen("pcp"), e->pcp);
	assert_int_equal(seen("tagged"), e->tagged);
	expect_addresses("src", SRC4, SRC6, e->version);
	expect_addresses("dst", DST4, DST6, e->version);
}

/* Without IP nothing is known but the tag. */
static struct expected no_ip(const struct expected *e)
{
	return (struct expected){ .pcp = e->pcp, .tagged = e->tagged };
}

static struct expected make4(__u8 tos)
{
	packet_udp4(&in, mac, SRC4, DST4, PAYLOAD);
	packet_ip(&in)->tos = tos;
	packet_ip_checksum(packet_ip(&in));
	return (struct expected){ .network = ETH_HLEN, .version = 4, .dscp = tos >> 2,
				  .ecn = tos & 3, .protocol = IPPROTO_UDP, .ports = 1 };
}

static void set_tclass(__u8 *ip, __u8 tos)
{
	ip[0] = 0x60 | tos >> 4;
	ip[1] = (ip[1] & 0x0f) | tos << 4;
}

static struct expected make6(__u8 tos)
{
	packet_udp6(&in, mac, SRC6, DST6, PAYLOAD);
	set_tclass(in.data + ETH_HLEN, tos);
	return (struct expected){ .network = ETH_HLEN, .version = 6, .dscp = tos >> 2,
				  .ecn = tos & 3, .protocol = IPPROTO_UDP, .ports = 1 };
}

/* A tag around all others; the outermost has the PCP that counts. */
static void add_tag(struct expected *e, __u16 type, __u16 pcp)
{
	__u8 tag[4] = { type >> 8, type & 0xff, pcp << 5, 7 };

	packet_insert(&in, 2 * ETH_ALEN, tag, sizeof(tag));
	e->network += sizeof(tag);
	e->tagged = 1;
	e->pcp = pcp;
}

static void add_tags(struct expected *e, __u32 count)
{
	for (__u32 i = 0; i < count; i++)
		add_tag(e, i ? ETH_P_8021AD : ETH_P_8021Q, PCP - i);
}

typedef struct expected (*make_fn)(__u8 tos);
static const make_fn makes[] = { make4, make6 };

static void test_fields(void **state __attribute__((unused)))
{
	struct expected e;

	start(0);
	for (size_t m = 0; m < COUNT(makes); m++) {
		for (__u32 tos = 0; tos < 256; tos++) {
			e = makes[m](tos);
			add_tags(&e, tos % 4);
			expect(&e);
		}
	}
	stop();
}

static void test_tags(void **state __attribute__((unused)))
{
	static const __u16 types[] = { ETH_P_8021Q, ETH_P_8021AD };
	struct expected e;

	start(0);
	for (__u32 pcp = 0; pcp < 8; pcp++) {
		for (__u32 kinds = 0; kinds < 8; kinds++) {
			e = makes[pcp % 2](0xb8);
			for (__u32 i = 0; i < 3; i++)
				add_tag(&e, types[kinds >> i & 1], (pcp + i) % 8);
			expect(&e);
		}
	}
	add_tag(&e, ETH_P_8021Q, 3);
	e = no_ip(&e);
	expect(&e);
	stop();
}

/* Cut behind each byte: what is left is told, and no more. */
static void expect_truncated(const struct expected *whole, __u32 tags, __u32 ip_len, __u32 ports_at)
{
	for (__u32 len = in.len; len >= FRAME_MIN; len--) {
		struct expected e = *whole;

		in.len = len;
		if (len < ports_at + 4)
			e.ports = 0;
		if (len < whole->network + ip_len)
			e = no_ip(&e);
		if (tags && len < ETH_HLEN + 4)
			e.pcp = e.tagged = 0;
		expect(&e);
		if (len < whole->network + ip_len)
			assert_int_equal(seen("marked"), 0);
	}
}

static void test_truncated(void **state __attribute__((unused)))
{
	struct expected e;

	start(0);
	for (__u32 tags = 0; tags <= 3; tags++) {
		e = make4(0xb9);
		add_tags(&e, tags);
		expect_truncated(&e, tags, 20, e.network + 20);
		e = make6(0x22);
		add_tags(&e, tags);
		expect_truncated(&e, tags, 40, e.network + 40);
	}
	stop();
}

/* Options of `ihl - 5` words, all of them "no operation". */
static void set_ihl(__u32 ihl)
{
	static const __u8 nops[40] = { [0 ... 39] = 1 };

	packet_insert(&in, ETH_HLEN + 20, nops, ihl * 4 - 20);
	packet_ip(&in)->ihl = ihl;
	packet_ip_checksum(packet_ip(&in));
}

static void test_header_length(void **state __attribute__((unused)))
{
	struct expected e;

	start(0);
	for (__u32 ihl = 0; ihl < 5; ihl++) {
		e = make4(0xb9);
		packet_ip(&in)->ihl = ihl;
		e = no_ip(&e);
		expect(&e);
		assert_int_equal(seen("marked"), 0);
	}
	for (__u32 ihl = 5; ihl <= 15; ihl++) {
		e = make4(0xb9);
		set_ihl(ihl);
		expect(&e);
	}
	expect_truncated(&e, 0, 20, e.network + 60);
	stop();
}

static void test_wrong_version(void **state __attribute__((unused)))
{
	struct expected e;

	start(0);
	for (size_t m = 0; m < COUNT(makes); m++) {
		for (__u8 version = 0; version < 16; version++) {
			e = makes[m](0x01);
			if (version == e.version)
				continue;
			e = no_ip(&e);
			in.data[ETH_HLEN] = version << 4 | (in.data[ETH_HLEN] & 0x0f);
			expect(&e);
			assert_int_equal(seen("marked"), 0);
		}
	}
	stop();
}

static void test_not_ip(void **state __attribute__((unused)))
{
	static const __u16 types[] = { ETH_P_ARP, ETH_P_MPLS_UC, ETH_P_PPP_SES, ETH_P_LLDP, 46, 0 };

	start(0);
	for (size_t i = 0; i < COUNT(types); i++) {
		struct expected e = make4(0xb9);

		packet_eth(&in)->h_proto = htons(types[i]);
		e = no_ip(&e);
		expect(&e);
		assert_int_equal(seen("marked"), 0);
		assert_memory_equal(in.data, out.data, in.len);
	}
	stop();
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

	start(0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct expected e = make4(0);

		packet_ip(&in)->frag_off = htons(cases[i].frag_off);
		e.fragment = cases[i].fragment;
		e.ports = !e.fragment;
		expect(&e);
		if (e.fragment && key)
			assert_int_equal(seen("hash"), key);
		if (e.fragment)
			key = seen("hash");
	}
	stop();
}

/* An extension header in front of all others: of `words` times 8 bytes, or AH's of 4. */
static void add_extension(__u8 type, __u8 len, __u16 offset)
{
	__u8 *next = in.data + ETH_HLEN + 6;
	__u8 bytes[2048] = { *next, len, offset >> 8, offset & 0xff };
	__u32 size = type == IPPROTO_AH ? (len + 2) * 4 : (len + 1) * 8;

	*next = type;
	packet_insert(&in, ETH_HLEN + 40, bytes, type == IPPROTO_FRAGMENT ? 8 : size);
}

static void test_extensions(void **state __attribute__((unused)))
{
	static const __u8 types[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS,
				      IPPROTO_AH, IPPROTO_FRAGMENT };
	struct expected e;

	start(2500);
	for (size_t i = 0; i < COUNT(types); i++) {
		for (__u32 len = 0; len < 256; len += len < 4 ? 1 : 63) {
			e = make6(0x02);
			add_extension(types[i], len, 0);
			expect(&e);
		}
	}
	for (__u32 count = 1; count <= 10; count++) {
		e = make6(0x02);
		for (__u32 i = 0; i < count; i++)
			add_extension(types[i % COUNT(types)], i, 0);
		if (count > 8) {
			e.ports = 0;
			e.protocol = types[count - 9];
		}
		expect(&e);
	}
	stop();
}

static void test_truncated_extensions(void **state __attribute__((unused)))
{
	struct expected e;
	__u32 whole;

	start(0);
	e = make6(0x02);
	add_extension(IPPROTO_DSTOPTS, 1, 0);	/* 16 bytes, behind: */
	add_extension(IPPROTO_AH, 1, 0);	/* 12 bytes */
	whole = in.len;
	for (in.len = whole; in.len >= ETH_HLEN + 40; in.len--) {
		e.ports = in.len >= ETH_HLEN + 40 + 28 + 4;
		e.protocol = IPPROTO_UDP;
		if (in.len < ETH_HLEN + 40 + 12 + 4)
			e.protocol = IPPROTO_DSTOPTS;
		if (in.len < ETH_HLEN + 40 + 4)
			e.protocol = IPPROTO_AH;
		expect(&e);
	}
	stop();
}

/* First, middle and last fragment have one key, though only the first has what is behind. */
static void test_ipv6_fragments(void **state __attribute__((unused)))
{
	static const __u16 offsets[] = { 0x0001, 0x0008, 0x0009, 0xfff8, 0xfff9 };
	struct expected e;
	__u32 key = 0;

	start(0);
	for (size_t i = 0; i < COUNT(offsets); i++) {
		e = make6(0);
		add_extension(IPPROTO_DSTOPTS, 0, 0);
		add_extension(IPPROTO_FRAGMENT, 0, offsets[i]);
		add_extension(IPPROTO_HOPOPTS, 0, 0);
		e.protocol = IPPROTO_DSTOPTS;
		e.fragment = 1;
		e.ports = 0;
		expect(&e);
		if (i)
			assert_int_equal(seen("hash"), key);
		key = seen("hash");
	}
	e = make6(0);
	add_extension(IPPROTO_FRAGMENT, 0, 0x0006);	/* atomic; reserved bits don't count */
	expect(&e);
	stop();
}

static void test_which_protocols_have_ports(void **state __attribute__((unused)))
{
	start(0);
	for (__u32 protocol = 0; protocol < 256; protocol++) {
		struct expected e = make4(0);

		packet_ip(&in)->protocol = e.protocol = protocol;
		e.ports = protocol == 6 || protocol == 17 || protocol == 33 ||
			  protocol == 132 || protocol == 136;
		expect(&e);
	}
	stop();
}

/* Only the mark may have changed, and the checksum has to be right. */
static void expect_mark(const struct expected *e)
{
	__u32 tos = e->dscp << 2 | 3;

	assert_int_equal(seen("marked"), e->ecn != 0);
	if (e->ecn && e->version == 4) {
		struct iphdr *ip = (struct iphdr *)(out.data + e->network);

		assert_int_equal(packet_ip_sum(ip), 0xffff);
		((struct iphdr *)(in.data + e->network))->tos = tos;
		((struct iphdr *)(in.data + e->network))->check = ip->check;
	} else if (e->ecn) {
		set_tclass(in.data + e->network, tos);
	}
	assert_int_equal(in.len, out.len);
	assert_memory_equal(in.data, out.data, in.len);
}

static void expect_marks(__u32 slot_size)
{
	start(slot_size);
	for (size_t m = 0; m < COUNT(makes); m++) {
		for (__u32 tos = 0; tos < 256; tos++) {
			for (__u32 tags = 0; tags <= 3; tags++) {
				struct expected e = makes[m](tos);

				in.data[ETH_HLEN + 3] ^= tos;	/* flow label, or length */
				if (e.version == 4)
					packet_ip_checksum(packet_ip(&in));
				add_tags(&e, tags);
				/* The headers are what has to fit. */
				in.len = slot_size && in.len > slot_size ? slot_size : in.len;
				if (in.len < e.network + (e.version == 4 ? 20 : 40))
					continue;
				pass();
				expect_mark(&e);
			}
		}
	}
	stop();
}

static void test_mark(void **state __attribute__((unused)))
{
	expect_marks(0);
}

static void test_mark_in_small_slots(void **state __attribute__((unused)))
{
	expect_marks(SMALLEST_SLOT);
}

/* All checksums there are, by all ids. */
static void test_mark_any_checksum(void **state __attribute__((unused)))
{
	bool zero_before = false, zero_after = false;
	struct iphdr *ip = packet_ip(&in);

	start(0);
	make4(0x02);
	for (__u32 i = 0; i < 2 * 65536; i++) {
		ip->tos = 1 + i / 65536;
		ip->id = htons(i);
		packet_ip_checksum(ip);
		zero_before |= !ip->check;
		pass();
		assert_int_equal(packet_ip(&out)->tos, 3);
		if (packet_ip_sum(packet_ip(&out)) != 0xffff)
			fail_msg("id %u", i);
		assert_int_not_equal(packet_ip(&out)->check, 0xffff);
		zero_after |= !packet_ip(&out)->check;
	}
	assert_true(zero_before && zero_after);
	stop();
}

/* A checksum of zero may also be written as 0xffff. */
static void test_mark_other_zero(void **state __attribute__((unused)))
{
	struct iphdr *ip = packet_ip(&in);
	__u32 found = 0;

	start(0);
	for (__u32 tos = 1; tos < 256; tos++) {
		make4(tos);
		ip->id = 0;
		packet_ip_checksum(ip);
		ip->id = ip->check;
		packet_ip_checksum(ip);
		if (ip->check || !(tos & 3))
			continue;
		ip->check = 0xffff;
		pass();
		assert_int_equal(packet_ip_sum(packet_ip(&out)), 0xffff);
		found++;
	}
	assert_int_equal(found, 192);
	stop();
}

static __u32 hash_of(void)
{
	pass();
	return seen("hash");
}

/* The key is addresses, protocol and ports: a change of any is another flow, of others none. */
static void test_hash_key(void **state __attribute__((unused)))
{
	struct expected e;
	__u32 hash;

	start(0);
	for (size_t m = 0; m < COUNT(makes); m++) {
		__u32 first = m ? 8 : 12, last = first + (m ? 32 : 8) + 3;

		e = makes[m](0);
		hash = hash_of();
		assert_int_not_equal(seen("other_hash"), hash);
		for (__u32 at = first; at <= last; at++) {
			in.data[ETH_HLEN + at] ^= 0x10;
			assert_int_not_equal(hash_of(), hash);
			in.data[ETH_HLEN + at] ^= 0x10;
		}
		e = makes[m](0xff);
		add_tags(&e, 3);
		in.len -= PAYLOAD;
		assert_int_equal(hash_of(), hash);
		packet_udp4(&in, mac, SRC4, DST4, PAYLOAD);
		packet_ip(&in)->protocol = IPPROTO_TCP;
		assert_int_not_equal(hash_of(), hash);
	}
	stop();
}

#define BUCKETS 64
#define FLOWS (BUCKETS * 256)

/* Neighbouring addresses and ports: the counts scatter as those of chance do. */
static void test_hash_spreads(void **state __attribute__((unused)))
{
	double chi2[2] = {};
	__u32 count[2][BUCKETS] = {};

	start(0);
	make4(0);
	for (__u32 i = 0; i < FLOWS; i++) {
		in.data[ETH_HLEN + 15] = i;
		in.data[ETH_HLEN + 21] = i >> 8;
		count[0][hash_of() % BUCKETS]++;
		count[1][seen("hash") / (0x100000000 / BUCKETS)]++;
	}
	for (__u32 i = 0; i < 2 * BUCKETS; i++) {
		double off = (double)count[i / BUCKETS][i % BUCKETS] - FLOWS / BUCKETS;

		chi2[i / BUCKETS] += off * off / (FLOWS / BUCKETS);
	}
	/* Chance exceeds this, 63 degrees of freedom, once in a million times; the input is fixed. */
	assert_true(chi2[0] < 130 && chi2[1] < 130);
	stop();
}

/* The frame is there as well where nothing is stored, and for a copy. */
static void test_unstored_and_copied(void **state __attribute__((unused)))
{
	static const struct link slow = { .rate = 8000, .burst = 1, .frame = 1514 };
	struct expected e;

	start(0);
	harness_set(&h, "copy[0].sched.pass", 1);
	e = make4(0xb9);
	expect(&e);
	assert_int_equal(h.port->cut_through, 1);

	harness_set(&h, "copy[0].sched.pass", 0);
	harness_set(&h, "copy[0].sched.twice", 1);
	harness_set_link(&h, 0, &slow);
	h.port->free_at = harness_time(&h) + 1;
	e = make6(0x22);
	assert_int_equal(harness_enqueue(&h, &in, &out), XDP_DROP);
	assert_int_equal(seen("asked"), 3);
	assert_int_equal(seen("duplicate"), 1);
	assert_int_equal(seen("headers.version"), 6);
	assert_int_equal(seen("headers.ports[1]"), htons(DPORT));
	assert_int_equal(seen("marked"), 1);
	for (int i = 0; i < 2; i++) {
		harness_set_time(&h, h.port->due);
		assert_int_equal(harness_pump(&h, &out), XDP_REDIRECT);
		assert_int_equal(out.data[ETH_HLEN + 1] >> 4 & 3, 3);
		harness_flush(&h);
	}
	stop();
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
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_mark_in_small_slots),
		cmocka_unit_test(test_mark_any_checksum),
		cmocka_unit_test(test_mark_other_zero),
		cmocka_unit_test(test_hash_key),
		cmocka_unit_test(test_hash_spreads),
		cmocka_unit_test(test_unstored_and_copied),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
