/* SPDX-License-Identifier: GPL-2.0-only */
/* netem, where what becomes of each packet can be told in advance. */
#include "cmocka_all.h"
#include "netem_play.h"

#define ALL (100 * PERCENT)
#define LEN 100

static struct netem_play n;

static void setup_with(const char *name, __u64 value)
{
	netem_start(&n);
	netem_set(&n, name, value);
}

static __u64 dropped(enum xdpq_drop reason)
{
	return n.p.h.port->drops[reason].packets;
}

static void expect_next(__u32 id, __u64 time)
{
	assert_int_equal(netem_next(&n), id);
	assert_int_equal(netem_now(&n), time);
}

/* Without anything to do, each packet leaves in its own frame, and none passes unseen. */
static void test_nothing(void **state __attribute__((unused)))
{
	netem_start(&n);
	for (__u32 id = 1; id <= 100; id++)
		assert_int_equal(netem_arrive(&n, LEN, true), id);
	assert_int_equal(n.p.h.port->carried, 100);
	assert_int_equal(n.p.h.port->cut_through, 0);
	netem_end(&n);
}

static void test_delay(void **state __attribute__((unused)))
{
	static const __u64 delays[] = { 1, 999, 5 * MS, 33 * MS, 34 * MS, 3 * SECOND,
					100 * SECOND };

	for (size_t d = 0; d < COUNT(delays); d++) {
		__u64 begin;

		setup_with("delay", delays[d]);
		begin = netem_now(&n);
		for (__u32 i = 0; i < 200; i++) {
			harness_set_time(&n.p.h, begin + i * (delays[d] / 250));
			assert_int_equal(netem_arrive(&n, LEN, true), 0);
			assert_int_equal(n.times[0], netem_now(&n) + delays[d]);
		}
		harness_set_time(&n.p.h, begin + delays[d] - 1);
		assert_int_equal(netem_pump(&n, true), 0);
		for (__u32 i = 0; i < 200; i++)
			expect_next(i + 1, begin + i * (delays[d] / 250) + delays[d]);
		assert_int_equal(netem_next(&n), 0);
		netem_end(&n);
	}
}

/* A carrier takes what is due, and the pump is told of the next. */
static void test_carried(void **state __attribute__((unused)))
{
	setup_with("delay", 10 * MS);
	netem_arrive(&n, LEN, true);
	play_wait(&n.p, 10 * MS - 1);
	assert_int_equal(netem_arrive(&n, LEN, true), 0);
	play_wait(&n.p, 1);
	assert_int_equal(netem_arrive(&n, LEN, true), 1);
	expect_next(2, n.times[0] - 1);
	expect_next(3, n.times[0]);
	netem_end(&n);
}

static void test_reorder(void **state __attribute__((unused)))
{
	for (__u32 gap = 1; gap <= 5; gap++) {
		setup_with("delay", 10 * MS);
		netem_set(&n, "reorder", ALL);
		netem_set(&n, "gap", gap);
		for (__u32 id = 1; id <= 60; id++)
			assert_int_equal(netem_arrive(&n, LEN, true), id % gap ? 0 : id);
		assert_int_equal(netem_counter(&n, "reordered"), 60 / gap);
		assert_int_equal(*n.p.h.queue.qlen, 60 - 60 / gap);
		for (__u32 id = 1; id <= 60; id++) {
			if (id % gap)
				assert_int_equal(netem_next(&n), id);
		}
		netem_end(&n);
	}
}

static void test_loss(void **state __attribute__((unused)))
{
	setup_with("loss", ALL);
	netem_set(&n, "duplicate", ALL);
	for (int i = 0; i < 50; i++)
		netem_arrive(&n, LEN, true);
	assert_int_equal(n.p.h.port->redirected.packets, 0);
	assert_int_equal(dropped(XDPQ_DROP_LOSS), 50);
	assert_int_equal(netem_counter(&n, "lost"), 50);
	assert_int_equal(netem_counter(&n, "lost_bad"), 0);
	assert_int_equal(netem_counter(&n, "duplicated"), 0);
	netem_end(&n);
}

/* Each state lasts for one packet, the first of them is bad; then for ever. */
static void test_states(void **state __attribute__((unused)))
{
	setup_with("ge_p", ALL);
	netem_set(&n, "ge_r", ALL);
	netem_set(&n, "ge_bad", ALL);
	for (__u32 id = 1; id <= 50; id++)
		assert_int_equal(netem_arrive(&n, LEN, true), id % 2 ? 0 : id);
	assert_int_equal(netem_counter(&n, "lost"), 25);
	assert_int_equal(netem_counter(&n, "lost_bad"), 25);
	netem_set(&n, "ge_bad", 0);
	netem_set(&n, "ge_good", ALL);
	for (__u32 id = 51; id <= 100; id++)
		assert_int_equal(netem_arrive(&n, LEN, true), id % 2 ? id : 0);
	assert_int_equal(netem_counter(&n, "lost"), 50);
	assert_int_equal(netem_counter(&n, "lost_bad"), 25);
	netem_set(&n, "ge_bad", ALL);
	netem_set(&n, "ge_r", 0);
	for (__u32 id = 101; id <= 150; id++)
		assert_int_equal(netem_arrive(&n, LEN, true), 0);
	assert_int_equal(netem_counter(&n, "lost_bad"), 75);
	netem_end(&n);
}

static void test_duplicate(void **state __attribute__((unused)))
{
	setup_with("delay", 10 * MS);
	netem_set(&n, "duplicate", ALL);
	for (__u32 id = 1; id <= 50; id++) {
		netem_arrive(&n, LEN + id, true);
		assert_int_equal(n.accepted, 2);
		play_wait(&n.p, US);
	}
	assert_int_equal(n.p.h.port->duplicated.packets, 50);
	assert_int_equal(netem_counter(&n, "duplicated"), 50);
	for (__u32 i = 0; i < 100; i++)
		assert_int_equal(netem_next(&n), i / 2 + 1);
	netem_end(&n);
}

/* The copy has a delay of its own, and counts in the gap like any packet. */
static void test_copies_fate(void **state __attribute__((unused)))
{
	setup_with("delay", 10 * MS);
	netem_set(&n, "duplicate", ALL);
	netem_set(&n, "jitter", 5 * MS);
	netem_arrive(&n, LEN, true);
	assert_int_not_equal(n.times[0], n.times[1]);
	netem_next(&n);
	netem_next(&n);
	netem_set(&n, "jitter", 0);
	netem_set(&n, "reorder", ALL);
	netem_set(&n, "gap", 2);
	for (__u32 id = 2; id <= 20; id++)
		assert_int_equal(netem_arrive(&n, LEN, true), id);
	assert_int_equal(*n.p.h.queue.qlen, 19);
	netem_end(&n);
}

/* The last place is the packet's, its copy is too many. */
static void test_limit(void **state __attribute__((unused)))
{
	setup_with("delay", 10 * MS);
	netem_set(&n, "duplicate", ALL);
	netem_set(&n, "limit", 5);
	for (__u32 id = 1; id <= 5; id++) {
		netem_arrive(&n, LEN, true);
		assert_int_equal(n.accepted, id <= 2 ? 2 : id == 3 ? 1 : 0);
	}
	assert_int_equal(dropped(XDPQ_DROP_OVERLIMIT), 1 + 2);
	assert_int_equal(n.p.h.port->duplicated.packets, 3);
	harness_check(&n.p.h);
	for (__u32 i = 0; i < 5; i++)
		assert_int_equal(netem_next(&n), i / 2 + 1);
	netem_end(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_carried),
		cmocka_unit_test(test_reorder),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_duplicate),
		cmocka_unit_test(test_copies_fate),
		cmocka_unit_test(test_limit),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
