/* SPDX-License-Identifier: GPL-2.0-only */
/* In which order netem sends, and when, whatever happens while packets wait. */
#include "cmocka_all.h"
#include "netem_play.h"

#define ALL (100 * PERCENT)
#define LEN 100

#define OPERATIONS 600000
#define CHECK_EVERY 300

static struct netem_play n;

static void setup_with(const char *name, __u64 value)
{
	netem_start(&n);
	netem_set(&n, name, value);
}

static void expect_next(__u32 id, __u64 time)
{
	assert_int_equal(netem_next(&n), id);
	assert_int_equal(netem_now(&n), time);
}

/* What waits keeps its time, what comes has the new delay, in any order of the two. */
static void test_change(void **state __attribute__((unused)))
{
	static const __u64 delays[] = { 100 * MS, MS, 100 * SECOND, 0, 3 * SECOND, 20 * MS };
	static const __u32 order[] = { 1, 5, 0, 4, 2 };	/* of those that wait */
	__u64 begin;

	netem_start(&n);
	begin = netem_now(&n);
	for (__u32 i = 0; i < COUNT(delays); i++) {
		netem_flip(&n);
		netem_set(&n, "limit", NETEM_LIMIT);
		netem_set(&n, "delay", delays[i]);
		for (__u32 id = 2 * i + 1; id <= 2 * i + 2; id++)
			assert_int_equal(netem_arrive(&n, LEN, true), delays[i] ? 0 : id);
	}
	for (size_t i = 0; i < COUNT(order); i++) {
		expect_next(2 * order[i] + 1, begin + delays[order[i]]);
		expect_next(2 * order[i] + 2, begin + delays[order[i]]);
	}
	netem_end(&n);
}

/* Due at the same time, in orders of different steps: they leave as they came. */
static void test_same_time(void **state __attribute__((unused)))
{
	static const __u64 delays[] = { 3 * SECOND, 2500 * MS, 400 * MS, 200 * MS, 5 * MS, MS };
	__u64 due;

	netem_start(&n);
	due = netem_now(&n) + delays[0];
	for (size_t i = 0; i < COUNT(delays); i++) {
		harness_set_time(&n.p.h, due - delays[i]);
		netem_set(&n, "delay", delays[i]);
		assert_int_equal(netem_arrive(&n, LEN, true), 0);
	}
	for (__u32 id = 1; id <= COUNT(delays); id++)
		expect_next(id, due);
	netem_end(&n);
}

/* A burst with all jitter can do, at a time at which the clock has any value. */
static void burst(void)
{
	for (int i = 0; i < 200; i++) {
		netem_arrive(&n, LEN, true);
		play_wait(&n.p, 50 * US);
	}
}

static void drain(void)
{
	while (netem_next(&n))
		;
	assert_int_equal(n.model.len, 0);
}

static void test_idle(void **state __attribute__((unused)))
{
	static const __u64 pauses[] = { 1, 33 * MS, 67 * MS, 5 * SECOND, 300 * SECOND,
					86400 * SECOND, 40 * 365 * 86400 * SECOND };

	setup_with("delay", 20 * MS);
	netem_set(&n, "jitter", 15 * MS);
	for (size_t i = 0; i < COUNT(pauses); i++) {
		burst();
		drain();
		play_wait(&n.p, pauses[i]);
	}
	netem_end(&n);
}

/* The machine slept with a full queue: all is due at once, and leaves in its order. */
static void test_clock_jump(void **state __attribute__((unused)))
{
	static const __u64 jumps[] = { 30 * MS, 100 * MS, 10 * SECOND, 1000 * SECOND };

	setup_with("delay", 20 * MS);
	netem_set(&n, "jitter", 15 * MS);
	for (size_t i = 0; i < COUNT(jumps); i++) {
		for (int k = 0; k < 200; k++)
			netem_arrive(&n, LEN, true);
		play_wait(&n.p, jumps[i]);
		/* Those that come now must not be held up by old ones, nor overtake them. */
		burst();
		while (netem_pump(&n, true))
			;
		drain();
	}
	netem_end(&n);
}

static __u64 pick_time(void)
{
	static const __u64 scales[] = { US, 100 * US, 5 * MS, 30 * MS, 500 * MS, 5 * SECOND,
					100 * SECOND };

	return random_one_in(5) ? 0 : random_below(scales[random_below(COUNT(scales))]);
}

static __u32 pick_share(void)
{
	return random_one_in(2) ? 0 : random_below(random_one_in(5) ? ALL + 1 : 10 * PERCENT);
}

static void change(void)
{
	struct link link = {
		.rate = random_one_in(2) ? 0 : random_between(1000000, 100000000),
		.burst = random_between(1, 3000),
		.frame = 256,
	};

	netem_flip(&n);
	harness_set_link(&n.p.h, n.active, &link);
	netem_set(&n, "limit", random_between(1, NETEM_LIMIT));
	netem_set(&n, "delay", pick_time());
	netem_set(&n, "jitter", pick_time());
	netem_set(&n, "distribution", random_below(4));
	netem_set(&n, "loss", pick_share());
	netem_set(&n, "ge_p", random_one_in(3) ? pick_share() : 0);
	netem_set(&n, "ge_r", pick_share());
	netem_set(&n, "ge_bad", pick_share());
	netem_set(&n, "ge_good", pick_share());
	netem_set(&n, "duplicate", pick_share());
	netem_set(&n, "reorder", pick_share());
	netem_set(&n, "gap", random_between(1, 10));
	netem_set(&n, "seed", random_below(3));
}

/* Time passes, but nothing becomes overdue by so much (350 s) that its order is not promised. */
static void pass_time(void)
{
	const struct netem_waiting *first = netem_model_first(&n.model);

	if (first && first->time + 100 * SECOND < netem_now(&n))
		drain();
	play_wait(&n.p, pick_time());
}

static void expect_all_had_a_place(void)
{
	static const char *const orders[] = { "near", "middle", "far" };
	char path[64];

	for (size_t i = 0; i < COUNT(orders); i++) {
		snprintf(path, sizeof(path), "%s_state.below", orders[i]);
		assert_int_equal(harness_get(&n.p.h, path), 0);
		snprintf(path, sizeof(path), "%s_state.beyond", orders[i]);
		assert_int_equal(harness_get(&n.p.h, path), 0);
	}
}

/* Never before it has come, never later than it may, and the copy by itself. */
static void expect_times_in_range(void)
{
	for (__u32 i = 0; i < n.accepted; i++)
		assert_in_range(n.times[i] - netem_now(&n), 0, 200 * SECOND);
}

static void operate(void)
{
	__u32 what = random_below(1000);

	if (what < 2)
		change();
	else if (what < 5)
		pass_time();
	else if (what < 450)
		play_wait(&n.p, random_below(200 * US));
	else if (what < 550)
		play_wait_due(&n.p);
	if (what % 3) {
		netem_arrive(&n, random_between(60, 256), false);
		expect_times_in_range();
	} else {
		netem_pump(&n, false);
	}
}

static void test_operations(void **state __attribute__((unused)))
{
	const struct xdpq_port *port;

	netem_start(&n);
	port = n.p.h.port;
	for (int i = 0; i < OPERATIONS; i++) {
		operate();
		if (!(i % CHECK_EVERY))
			harness_check(&n.p.h);
		if (!(i % (OPERATIONS / 20)))
			drain();
	}
	drain();
	harness_check(&n.p.h);
	assert_true(port->carried > 1000 && port->pumped > 1000 && port->overlimits);
	assert_int_equal(port->drops[XDPQ_DROP_LOSS].packets, netem_counter(&n, "lost"));
	assert_int_equal(port->duplicated.packets, netem_counter(&n, "duplicated"));
	assert_true(netem_counter(&n, "lost_bad") && netem_counter(&n, "reordered"));
	assert_true(netem_counter(&n, "duplicated") > 1000);
	assert_true(port->drops[XDPQ_DROP_OVERLIMIT].packets > 1000);
	expect_all_had_a_place();
	netem_end(&n);
}

/* The promise of the page: held up by no more than one step. */
static void test_steps(void **state __attribute__((unused)))
{
	static const __u64 delays[] = { 10 * MS, 300 * MS, 50 * SECOND };
	static __u64 due[2 * NETEM_LIMIT];

	for (size_t d = 0; d < COUNT(delays); d++) {
		setup_with("delay", delays[d]);
		netem_set(&n, "jitter", delays[d] / 2);
		for (int i = 0; i < NETEM_LIMIT; i++) {
			netem_arrive(&n, LEN, true);
			due[n.p.last_id] = n.times[0];
			play_wait(&n.p, US);
		}
		for (__u32 id = netem_next(&n); id; id = netem_next(&n))
			assert_in_range(netem_now(&n), due[id],
					due[id] + netem_model_step(delays[d] * 3 / 2));
		netem_end(&n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_change),
		cmocka_unit_test(test_same_time),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_clock_jump),
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_steps),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
