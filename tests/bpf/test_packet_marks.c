/* SPDX-License-Identifier: GPL-2.0-only */
/* The marks of congestion that packet.h puts on stored packets, and its hashes. */
#include <arpa/inet.h>
#include <linux/in.h>

#include "cmocka_all.h"
#include "headers.h"
#include "packets.h"

#define SMALLEST_SLOT 64

typedef struct headers_expected (*make_fn)(__u8 tos);
static const make_fn makes[] = { headers_make4, headers_make6 };

/* Only the mark may have changed, and the checksum has to be right. */
static void expect_mark(const struct headers_expected *e)
{
	__u32 tos = e->dscp << 2 | 3;

	assert_int_equal(headers_seen("marked"), e->ecn != 0);
	if (e->ecn && e->version == 4) {
		struct iphdr *ip = (struct iphdr *)(headers.out.data + e->network);

		assert_int_equal(packet_ip_sum(ip), 0xffff);
		((struct iphdr *)(headers.in.data + e->network))->tos = tos;
		((struct iphdr *)(headers.in.data + e->network))->check = ip->check;
	} else if (e->ecn) {
		headers_set_tclass(headers.in.data + e->network, tos);
	}
	assert_int_equal(headers.in.len, headers.out.len);
	assert_memory_equal(headers.in.data, headers.out.data, headers.in.len);
}

static void expect_marks(__u32 slot_size)
{
	headers_start(slot_size);
	for (size_t m = 0; m < COUNT(makes); m++) {
		for (__u32 tos = 0; tos < 256; tos++) {
			for (__u32 tags = 0; tags <= 3; tags++) {
				struct headers_expected e = makes[m](tos);

				headers.in.data[ETH_HLEN + 3] ^= tos;	/* flow label, or length */
				if (e.version == 4)
					packet_ip_checksum(packet_ip(&headers.in));
				headers_add_tags(&e, tags);
				/* The headers are what has to fit. */
				if (slot_size && headers.in.len > slot_size)
					headers.in.len = slot_size;
				if (headers.in.len < e.network + (e.version == 4 ? 20 : 40))
					continue;
				headers_pass();
				expect_mark(&e);
			}
		}
	}
	headers_stop();
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
	struct iphdr *ip = packet_ip(&headers.in);

	headers_start(0);
	headers_make4(0x02);
	for (__u32 i = 0; i < 2 * 65536; i++) {
		ip->tos = 1 + i / 65536;
		ip->id = htons(i);
		packet_ip_checksum(ip);
		zero_before |= !ip->check;
		headers_pass();
		assert_int_equal(packet_ip(&headers.out)->tos, 3);
		if (packet_ip_sum(packet_ip(&headers.out)) != 0xffff)
			fail_msg("id %u", i);
		assert_int_not_equal(packet_ip(&headers.out)->check, 0xffff);
		zero_after |= !packet_ip(&headers.out)->check;
	}
	assert_true(zero_before && zero_after);
	headers_stop();
}

/* A checksum of zero may also be written as 0xffff. */
static void test_mark_other_zero(void **state __attribute__((unused)))
{
	struct iphdr *ip = packet_ip(&headers.in);
	__u32 found = 0;

	headers_start(0);
	for (__u32 tos = 1; tos < 256; tos++) {
		headers_make4(tos);
		ip->id = 0;
		packet_ip_checksum(ip);
		ip->id = ip->check;
		packet_ip_checksum(ip);
		if (ip->check || !(tos & 3))
			continue;
		ip->check = 0xffff;
		headers_pass();
		assert_int_equal(packet_ip_sum(packet_ip(&headers.out)), 0xffff);
		found++;
	}
	assert_int_equal(found, 192);
	headers_stop();
}

static __u32 hash_of(void)
{
	headers_pass();
	return headers_seen("hash");
}

/* The key is addresses, protocol and ports: a change of any is another flow, of others none. */
static void test_hash_key(void **state __attribute__((unused)))
{
	struct headers_expected e;
	__u32 hash;

	headers_start(0);
	for (size_t m = 0; m < COUNT(makes); m++) {
		__u32 first = m ? 8 : 12, last = first + (m ? 32 : 8) + 3;

		e = makes[m](0);
		hash = hash_of();
		assert_int_not_equal(headers_seen("other_hash"), hash);
		for (__u32 at = first; at <= last; at++) {
			headers.in.data[ETH_HLEN + at] ^= 0x10;
			assert_int_not_equal(hash_of(), hash);
			headers.in.data[ETH_HLEN + at] ^= 0x10;
		}
		e = makes[m](0xff);
		headers_add_tags(&e, 3);
		headers.in.len -= HEADERS_PAYLOAD;
		assert_int_equal(hash_of(), hash);
		headers_make4(0);
		packet_ip(&headers.in)->protocol = IPPROTO_TCP;
		assert_int_not_equal(hash_of(), hash);
	}
	headers_stop();
}

#define BUCKETS 64
#define FLOWS (BUCKETS * 256)

/* Neighbouring addresses and ports: the counts scatter as those of chance do. */
static void test_hash_spreads(void **state __attribute__((unused)))
{
	double chi2[2] = {};
	__u32 count[2][BUCKETS] = {};

	headers_start(0);
	headers_make4(0);
	for (__u32 i = 0; i < FLOWS; i++) {
		headers.in.data[ETH_HLEN + 15] = i;
		headers.in.data[ETH_HLEN + 21] = i >> 8;
		count[0][hash_of() % BUCKETS]++;
		count[1][headers_seen("hash") / (0x100000000 / BUCKETS)]++;
	}
	for (__u32 i = 0; i < 2 * BUCKETS; i++) {
		double off = (double)count[i / BUCKETS][i % BUCKETS] - FLOWS / BUCKETS;

		chi2[i / BUCKETS] += off * off / (FLOWS / BUCKETS);
	}
	/* Chance exceeds this, 63 degrees of freedom, once in a million times. Fixed input. */
	assert_true(chi2[0] < 130 && chi2[1] < 130);
	headers_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_mark_in_small_slots),
		cmocka_unit_test(test_mark_any_checksum),
		cmocka_unit_test(test_mark_other_zero),
		cmocka_unit_test(test_hash_key),
		cmocka_unit_test(test_hash_spreads),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
