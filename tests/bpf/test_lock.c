/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pump that waits for the lock, which another CPU holds: the test does. Time goes on meanwhile,
 * and what the pump releases then must be charged as released then.
 */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "play.h"

#define US 1000ULL
#define LEN 1000
#define LINK_TIME (1000 * US)	/* of a packet, at 8 Mbit/s */
#define ROUNDS 20

static struct play p;
static int pump_is_up;
static int verdict;

static void *run_pump(void *arg __attribute__((unused)))
{
	static struct frame out;
	cpu_set_t others;

	memset(&others, 0xff, sizeof(others));
	CPU_CLR(p.h.cpu, &others);
	sched_setaffinity(0, sizeof(others), &others);
	__atomic_store_n(&pump_is_up, 1, __ATOMIC_RELEASE);
	verdict = harness_pump(&p.h, &out);
	return NULL;
}

static void step_lock(void)
{
	__atomic_add_fetch(&p.h.port->lock, 1, __ATOMIC_SEQ_CST);
}

static __u64 real_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/* Long enough for the pump to come to the lock; it gives up after about 1 ms. */
static void wait_for_pump(void)
{
	__u64 until;

	while (!__atomic_load_n(&pump_is_up, __ATOMIC_ACQUIRE))
		;
	until = real_us() + 150;
	while (real_us() < until)
		;
}

/* Returns whether the pump has got the lock and released a packet. */
static bool pump_behind_a_lock(void)
{
	pthread_t pump;

	pump_is_up = 0;
	step_lock();
	assert_int_equal(pthread_create(&pump, NULL, run_pump, NULL), 0);
	wait_for_pump();
	play_wait(&p, LINK_TIME);
	step_lock();
	pthread_join(pump, NULL);
	harness_flush(&p.h);
	return verdict == XDP_REDIRECT;
}

static bool release_late(const struct link *link)
{
	struct harness_opts opts = { .object = "fifo" };
	bool released;

	play_start(&p, &opts);
	harness_set(&p.h, "copy[0].sched.limit", 50);
	harness_set_link(&p.h, 0, link);
	assert_int_equal(play_arrive(&p, LEN), 1);
	play_arrive(&p, LEN);
	play_arrive(&p, LEN);
	harness_flush(&p.h);
	play_wait(&p, LINK_TIME);
	released = pump_behind_a_lock();
	if (released)
		assert_int_equal(play_pump(&p), 0);
	play_end(&p);
	return released;
}

static void check_late_releases(const struct link *link)
{
	int released = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip();
	for (int i = 0; i < ROUNDS; i++)
		released += release_late(link);
	assert_true(released);
}

static void test_rate_holds_for_who_waited(void **state __attribute__((unused)))
{
	check_late_releases(&(struct link){ .rate = 8000000, .burst = 1, .frame = LEN });
}

static void test_peakrate_holds_for_who_waited(void **state __attribute__((unused)))
{
	check_late_releases(&(struct link){ .rate = 80000000, .burst = 20000, .peakrate = 8000000,
					    .frame = LEN });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate_holds_for_who_waited),
		cmocka_unit_test(test_peakrate_holds_for_who_waited),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
