/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <xdpq/summary.h>

/* Behind those that have a function fail(). */
#include <cmocka.h>

#define MS 1000000ULL
#define CLOSE 1e-6

static struct errors errors;
static struct summary s;

static int start(void **state)
{
	(void)state;
	return summary_init(&errors, &s);
}

static int stop(void **state)
{
	(void)state;
	summary_free(&s);
	return 0;
}

static uint32_t flow(const char *name)
{
	int64_t number = summary_find(&errors, &s, name);

	assert_true(number >= 0);
	return number;
}

static void sent(uint32_t number, uint32_t len, uint64_t arrived, uint64_t left, uint64_t wire)
{
	struct fate fate = {
		.flow = number, .len = len, .arrived = arrived, .end = FATE_SENT, .ended = left,
	};

	summary_arrival(&s, number, len, arrived);
	summary_end(&s, &fate, wire);
}

static void dropped(uint32_t number, uint32_t len, enum xdpq_drop reason)
{
	struct fate fate = { .flow = number, .len = len, .end = FATE_DROPPED, .reason = reason };

	summary_arrival(&s, number, len, 0);
	summary_end(&s, &fate, 0);
}

static void jain_is_1_if_all_get_the_same(void **state)
{
	(void)state;
	sent(flow("a"), 100, 0, 0, 0);
	assert_float_equal(summary_jain(&s), 1, CLOSE);
	sent(flow("b"), 50, 0, 0, 0);
	sent(flow("b"), 50, 0, 0, 0);
	sent(flow("c"), 100, 0, 0, 0);
	assert_float_equal(summary_jain(&s), 1, CLOSE);
}

static void jain_is_1_of_n_if_one_gets_all(void **state)
{
	(void)state;
	sent(flow("a"), 1000, 0, 0, 0);
	for (int i = 1; i < 8; i++) {
		char name[] = { 'a' + i, 0 };

		dropped(flow(name), 1000, XDPQ_DROP_OVERLIMIT);
	}
	assert_float_equal(summary_jain(&s), 1. / 8, CLOSE);
}

/* (1 + 2 + 3)^2 / (3 (1 + 4 + 9)) */
static void jain_in_between(void **state)
{
	(void)state;
	sent(flow("a"), 100, 0, 0, 0);
	sent(flow("b"), 200, 0, 0, 0);
	sent(flow("c"), 300, 0, 0, 0);
	assert_float_equal(summary_jain(&s), 36. / 42, CLOSE);
}

static void nothing_sent_has_no_figures(void **state)
{
	(void)state;
	assert_true(summary_jain(&s) < 0);
	assert_true(summary_throughput(&s.total) < 0);
	dropped(flow("a"), 100, XDPQ_DROP_AQM);
	assert_true(summary_jain(&s) < 0);
	assert_true(summary_throughput(&s.flows[0]) < 0);
	assert_int_equal(s.drops[XDPQ_DROP_AQM].packets, 1);
	assert_int_equal(s.drops[XDPQ_DROP_AQM].bytes, 100);
}

/* 125 bytes a millisecond are 1 Mbit/s, of one packet and of many; each flow has its own time. */
static void throughput_is_not_above_the_rate(void **state)
{
	uint32_t a = flow("a"), b = flow("b");

	(void)state;
	sent(a, 125, 5 * MS, 5 * MS, MS);
	assert_float_equal(summary_throughput(&s.flows[a]), 1e6, CLOSE);
	sent(a, 125, 5 * MS, 6 * MS, MS);
	assert_float_equal(summary_throughput(&s.flows[a]), 1e6, CLOSE);
	sent(b, 125, 6 * MS, 8 * MS, MS);
	assert_float_equal(summary_throughput(&s.flows[b]), 1e6 / 3, 1);
	assert_float_equal(summary_throughput(&s.total), 3e6 / 4, 1);
}

/* A packet that waits not at all is one of 0 ns. */
static void delays(void **state)
{
	uint32_t a = flow("a");

	(void)state;
	for (int i = 0; i < 98; i++)
		sent(a, 100, 0, 0, 0);
	sent(a, 100, 0, MS, 0);
	sent(a, 100, 0, 1000 * MS, 0);
	assert_int_equal(histogram_quantile(&s.flows[a].delays, 500000), 0);
	assert_int_equal(histogram_quantile(&s.flows[a].delays, 980000), 0);
	assert_in_range(histogram_quantile(&s.flows[a].delays, 990000), MS, MS * 5 / 4);
	assert_int_equal(s.flows[a].delays.max, 1000 * MS);
}

static void flows_beyond_the_last_are_others(void **state)
{
	char name[32];

	(void)state;
	for (uint32_t i = 0; i < SUMMARY_MAX_FLOWS + 100; i++) {
		snprintf(name, sizeof(name), "flow %u", i);
		sent(flow(name), 1, 0, 0, 0);
	}
	assert_int_equal(s.count, SUMMARY_MAX_FLOWS);
	assert_string_equal(s.flows[SUMMARY_MAX_FLOWS - 1].name, "other");
	assert_int_equal(s.flows[SUMMARY_MAX_FLOWS - 1].sent.packets, 101);
	assert_int_equal(flow("flow 17"), 17);
	assert_int_equal(flow("unheard of"), SUMMARY_MAX_FLOWS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(jain_is_1_if_all_get_the_same, start, stop),
		cmocka_unit_test_setup_teardown(jain_is_1_of_n_if_one_gets_all, start, stop),
		cmocka_unit_test_setup_teardown(jain_in_between, start, stop),
		cmocka_unit_test_setup_teardown(nothing_sent_has_no_figures, start, stop),
		cmocka_unit_test_setup_teardown(throughput_is_not_above_the_rate, start, stop),
		cmocka_unit_test_setup_teardown(delays, start, stop),
		cmocka_unit_test_setup_teardown(flows_beyond_the_last_are_others, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
