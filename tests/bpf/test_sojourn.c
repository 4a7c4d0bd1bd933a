/* SPDX-License-Identifier: GPL-2.0-only */
/* The time that packets wait in the store, counted to the nanosecond on a virtual clock. */
#include "cmocka_all.h"
#include "play.h"

#define US 1000ULL
#define MS 1000000ULL
#define SEC 1000000000ULL

static struct play p;

static const struct xdpq_port *port(void)
{
	return p.h.port;
}

static void start(void)
{
	static const struct harness_opts opts = { .object = "fifo", .slot_size = FRAME_MAX };

	play_start(&p, &opts);
	harness_set(&p.h, "copy[0].sched.limit", 1000);
}

/* The server's flush is still to come: what arrives has to wait. */
static void block(void)
{
	play_arrive(&p, 60);
	p.h.port->server = p.h.cpu + 1;
}

static void unblock(void)
{
	harness_flush(&p.h);
}

static __u64 counted(void)
{
	__u64 sum = 0;

	for (int i = 0; i < XDPQ_SOJOURN_BUCKETS; i++)
		sum += port()->sojourn[i];
	return sum;
}

/* From the definition: four buckets an octave from 256 ns on, found by going through them. */
static int bucket_of(__u64 ns)
{
	int bucket = 0;

	for (__u64 octave = 256; octave < 1ULL << 39; octave *= 2)
		for (int quarter = 0; quarter < 4; quarter++)
			bucket += ns >= octave + octave / 4 * quarter;
	return bucket;
}

static void wait_and_leave(__u64 ns)
{
	int bucket = bucket_of(ns);
	__u64 before;

	block();
	assert_int_equal(play_arrive(&p, 100), 0);
	play_wait(&p, ns);
	unblock();
	before = port()->sojourn[bucket];
	assert_int_not_equal(play_pump(&p), 0);
	if (port()->sojourn[bucket] != before + 1)
		fail_msg("%llu ns are not in bucket %d", ns, bucket);
	harness_flush(&p.h);
	harness_check(&p.h);
}

static void test_each_time_in_its_bucket(void **state __attribute__((unused)))
{
	__u64 waits = 0, longest = 0;

	start();
	wait_and_leave(0);
	for (int shift = 0; shift < 42; shift++) {
		for (int quarter = 4; quarter < 8; quarter++) {
			__u64 edge = (__u64)quarter << shift;

			wait_and_leave(edge - 1);
			wait_and_leave(edge);
			waits += 2;
			longest = edge;
		}
	}
	assert_int_equal(counted(), waits + 1);
	assert_int_equal(port()->sojourn_max, longest);
	play_end(&p);
}

static void test_cut_through_is_not_counted(void **state __attribute__((unused)))
{
	start();
	for (__u32 id = 1; id <= 10; id++)
		assert_int_equal(play_arrive(&p, 100), id);
	assert_int_equal(port()->cut_through, 10);
	assert_int_equal(counted(), 0);
	assert_int_equal(port()->sojourn_max, 0);
	play_end(&p);
}

/* A paced link: each packet waits one packet's time more than the one before it. */
static void test_queue_of_a_paced_link(void **state __attribute__((unused)))
{
	/* 1000 bytes in a millisecond. */
	static const struct link link = { .rate = 8000000, .burst = 1000, .frame = 1000 };
	__u64 expected[XDPQ_SOJOURN_BUCKETS] = {};

	start();
	harness_set_link(&p.h, 0, &link);
	assert_int_equal(play_arrive(&p, 1000), 1);
	for (__u32 i = 1; i <= 20; i++) {
		assert_int_equal(play_arrive(&p, 1000), 0);
		expected[bucket_of(i * MS)]++;
	}
	for (__u32 id = 2; id <= 21; id++) {
		play_wait(&p, MS);
		assert_int_equal(play_pump(&p), id);
		assert_int_equal(port()->sojourn_max, (id - 1) * MS);
	}
	assert_memory_equal(port()->sojourn, expected, sizeof(expected));
	play_end(&p);
}

/* The one that is carried counts, not the one that arrives. */
static void test_carrier(void **state __attribute__((unused)))
{
	start();
	block();
	assert_int_equal(play_arrive(&p, 100), 0);
	play_wait(&p, 5 * US);
	unblock();
	assert_int_equal(play_arrive(&p, 200), 2);
	assert_int_equal(counted(), 1);
	assert_int_equal(port()->sojourn[bucket_of(5 * US)], 1);
	play_wait(&p, 7 * US);
	assert_int_equal(play_pump(&p), 3);
	assert_int_equal(port()->sojourn_max, 7 * US);
	play_end(&p);
}

/* Back into the stash: it goes on waiting and is counted once, when it has left. */
static void test_requeued_packet_counts_once(void **state __attribute__((unused)))
{
	start();
	block();
	assert_int_equal(play_arrive(&p, FRAME_MAX), 0);
	play_wait(&p, 5 * US);
	unblock();
	/* A frame without room to grow. */
	assert_int_equal(play_arrive_small(&p, 60, 500), 0);
	assert_int_equal(port()->requeues, 1);
	assert_int_equal(counted(), 0);
	harness_check(&p.h);
	play_wait(&p, SEC);
	assert_int_equal(play_pump(&p), 2);
	assert_int_equal(counted(), 1);
	assert_int_equal(port()->sojourn[bucket_of(SEC + 5 * US)], 1);
	assert_int_equal(port()->sojourn_max, SEC + 5 * US);
	play_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_time_in_its_bucket),
		cmocka_unit_test(test_cut_through_is_not_counted),
		cmocka_unit_test(test_queue_of_a_paced_link),
		cmocka_unit_test(test_carrier),
		cmocka_unit_test(test_requeued_packet_counts_once),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
