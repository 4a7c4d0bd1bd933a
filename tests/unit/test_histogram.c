/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../bpf/include/xdpq/sojourn.h"
#include "../../xdpq/histogram.h"

#define P50 500000
#define P99 990000

static struct xdpq_port port;
static struct histogram h;

static void clear(void)
{
	memset(&port, 0, sizeof(port));
}

static void add(uint64_t ns, uint64_t packets)
{
	port.sojourn[xdpq_sojourn_bucket(ns)] += packets;
	if (ns > port.sojourn_max)
		port.sojourn_max = ns;
}

static void read_it(void)
{
	histogram_read(&port, &h);
}

static void test_buckets_lie_side_by_side(void **state)
{
	(void)state;
	for (uint32_t bucket = 0; bucket < XDPQ_SOJOURN_LAST; bucket++) {
		uint64_t upto = xdpq_sojourn_upto(bucket);

		assert_int_equal(xdpq_sojourn_bucket(upto), bucket);
		assert_int_equal(xdpq_sojourn_bucket(upto + 1), bucket + 1);
	}
	assert_int_equal(xdpq_sojourn_bucket(0), 0);
	assert_int_equal(xdpq_sojourn_bucket(UINT64_MAX), XDPQ_SOJOURN_LAST);
	assert_int_equal(xdpq_sojourn_upto(XDPQ_SOJOURN_LAST), XDPQ_SOJOURN_END - 1);
}

static void test_no_bucket_is_wider_than_a_quarter(void **state)
{
	(void)state;
	for (uint32_t bucket = 1; bucket <= XDPQ_SOJOURN_LAST; bucket++) {
		uint64_t from = xdpq_sojourn_upto(bucket - 1) + 1;

		assert_in_range(xdpq_sojourn_upto(bucket) + 1 - from, 1, from / 4);
	}
}

static void test_nothing_has_left(void **state)
{
	(void)state;
	clear();
	read_it();
	assert_int_equal(h.packets, 0);
	assert_int_equal(histogram_quantile(&h, P50), 0);
	assert_int_equal(histogram_quantile(&h, P99), 0);
	assert_int_equal(h.max, 0);
}

static void test_one_packet_is_every_quantile(void **state)
{
	(void)state;
	clear();
	add(1000000, 1);
	read_it();
	/* The end of its bucket lies beyond the longest time, which is known exactly. */
	assert_int_equal(histogram_quantile(&h, P50), 1000000);
	assert_int_equal(histogram_quantile(&h, P99), 1000000);
	assert_int_equal(histogram_quantile(&h, 0), 0);
	assert_int_equal(histogram_quantile(&h, 1000000), 1000000);
}

static void test_nearest_rank(void **state)
{
	(void)state;
	clear();
	port.cut_through = 49;
	add(1024, 50);
	add(5000000, 1);
	read_it();
	assert_int_equal(h.packets, 100);
	assert_int_equal(histogram_quantile(&h, 490000), 0);
	assert_int_equal(histogram_quantile(&h, 490001), 1279);
	assert_int_equal(histogram_quantile(&h, P50), 1279);
	assert_int_equal(histogram_quantile(&h, P99), 1279);
	assert_int_equal(histogram_quantile(&h, 990001), 5000000);
}

static void test_cut_through_only(void **state)
{
	(void)state;
	clear();
	port.cut_through = 1ULL << 60;
	read_it();
	assert_int_equal(h.packets, 1ULL << 60);
	assert_int_equal(histogram_quantile(&h, P99), 0);
	assert_int_equal(histogram_upto(&h, 0), 0);
}

/* Of what is beyond the last bucket, only the longest time is known. */
static void test_last_bucket_has_no_end(void **state)
{
	(void)state;
	clear();
	add(XDPQ_SOJOURN_END * 3, 1);
	read_it();
	assert_int_equal(histogram_quantile(&h, P50), XDPQ_SOJOURN_END * 3);
}

/* Against a sorted list: never too short, and too long by less than a quarter. */
static void test_quantiles_of_many_times(void **state)
{
	enum { TIMES = 5000 };
	uint64_t ns = 300;

	(void)state;
	clear();
	for (uint64_t i = 1; i <= TIMES; i++)
		add(ns * i, 1);
	read_it();
	for (uint32_t ppm = 1000; ppm <= 1000000; ppm += 1000) {
		uint64_t exact = ns * (((uint64_t)TIMES * ppm + 999999) / 1000000);

		assert_in_range(histogram_quantile(&h, ppm), exact, exact + exact / 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets_lie_side_by_side),
		cmocka_unit_test(test_no_bucket_is_wider_than_a_quarter),
		cmocka_unit_test(test_nothing_has_left),
		cmocka_unit_test(test_one_packet_is_every_quantile),
		cmocka_unit_test(test_nearest_rank),
		cmocka_unit_test(test_cut_through_only),
		cmocka_unit_test(test_last_bucket_has_no_end),
		cmocka_unit_test(test_quantiles_of_many_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
