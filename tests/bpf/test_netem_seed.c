/* SPDX-License-Identifier: GPL-2.0-only */
/* The same seed, the same fates. */
#include "cmocka_all.h"
#include "netem_play.h"

#define LEN 60
#define TRACE 4000

static struct netem_play n;

static void start(__u64 seed)
{
	netem_start(&n);
	netem_set(&n, "seed", seed);
}

static bool lost_one(void)
{
	bool lost = !play_arrive(&n.p, LEN);

	harness_flush(&n.p.h);
	return lost;
}

struct trace {
	__u32 len;
	struct {
		__u64 time;
		__u32 id;
	} left[2 * TRACE];
};

static void note(struct trace *trace, __u32 id)
{
	if (!id)
		return;
	assert_true(trace->len < COUNT(trace->left));
	trace->left[trace->len].time = netem_now(&n);
	trace->left[trace->len++].id = id;
}

/* Everything netem can do, to the same arrivals. */
static void play_trace(struct trace *trace, __u64 seed)
{
	memset(trace, 0, sizeof(*trace));
	start(seed);
	netem_set(&n, "delay", 20 * MS);
	netem_set(&n, "jitter", 10 * MS);
	netem_set(&n, "distribution", 3);
	netem_set(&n, "ge_p", 3 * PERCENT);
	netem_set(&n, "ge_r", 30 * PERCENT);
	netem_set(&n, "ge_bad", 80 * PERCENT);
	netem_set(&n, "duplicate", 5 * PERCENT);
	netem_set(&n, "reorder", 5 * PERCENT);
	for (int i = 0; i < TRACE; i++) {
		note(trace, netem_arrive(&n, LEN, true));
		play_wait(&n.p, 100 * US + i * 7919 % 101 * US);
		note(trace, netem_pump(&n, true));
	}
	for (__u32 id = netem_next(&n); id; id = netem_next(&n))
		note(trace, id);
	netem_end(&n);
}

static void test_seeds(void **state __attribute__((unused)))
{
	static struct trace first, again, other;

	play_trace(&first, 4711);
	play_trace(&again, 4711);
	play_trace(&other, 4712);
	assert_int_equal(first.len, again.len);
	assert_memory_equal(&first, &again, sizeof(first));
	assert_true(first.len != other.len || memcmp(&first, &other, sizeof(first)));
}

/* Another seed starts anew; another delay does not. */
static void test_change_of_seed(void **state __attribute__((unused)))
{
	bool lost[3][500];
	__u64 seeds[] = { 21, 22, 21 };

	start(0);
	netem_set(&n, "loss", 50 * PERCENT);
	for (int k = 0; k < 3; k++) {
		netem_set(&n, "seed", seeds[k]);
		for (int i = 0; i < 500; i++) {
			netem_set(&n, "ge_bad", i);
			lost[k][i] = lost_one();
		}
	}
	assert_memory_equal(lost[0], lost[2], sizeof(lost[0]));
	assert_memory_not_equal(lost[0], lost[1], sizeof(lost[0]));
	netem_end(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_change_of_seed),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
