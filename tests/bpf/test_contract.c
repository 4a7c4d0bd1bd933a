/* SPDX-License-Identifier: GPL-2.0-only */
/* What policies may answer, what packets are lost for, and who serves a port. */
#include "cmocka_all.h"
#include "play.h"

#define MTU_FRAME 1514
#define MS 1000000ULL
#define SECOND 1000000000ULL
#define MARK 0xdd
#define LENGTHS 8		/* of frames here: 60 + 0..7, so that bytes are told apart too */

/* 1 us a byte: every frame keeps the link busy, and the sums are easy. */
static const struct link slow_link = { .rate = 8000000, .burst = 1, .frame = MTU_FRAME };

static struct play p;

static const struct xdpq_port *port(void)
{
	return p.h.port;
}

static void start(const char *object)
{
	struct harness_opts opts = { .object = object };

	play_start(&p, &opts);
	harness_set_link(&p.h, 0, &slow_link);
	harness_set_link(&p.h, 1, &slow_link);
	harness_set(&p.h, "copy[0].sched.limit", 1000);
	harness_set(&p.h, "copy[1].sched.limit", 1000);
}

static void arrive(__u32 count)
{
	for (__u32 i = 0; i < count; i++) {
		play_arrive(&p, 60 + p.last_id % LENGTHS);
		harness_check(&p.h);
	}
}

/* The first frame leaves at once and makes the others wait. */
static void occupy(void)
{
	arrive(1);
	assert_int_equal(p.verdict, XDP_REDIRECT);
	harness_flush(&p.h);
}

static __u32 next_to_leave(void)
{
	__u32 id;

	play_wait_due(&p);
	id = play_pump(&p);
	harness_flush(&p.h);
	harness_check(&p.h);
	return id;
}

static void expect_drops(enum xdpq_drop reason, __u64 packets, __u64 bytes)
{
	assert_int_equal(port()->drops[reason].packets, packets);
	assert_int_equal(port()->drops[reason].bytes, bytes);
}

static void test_limit_in_packets(void **state __attribute__((unused)))
{
	start("fifo");
	harness_set(&p.h, "copy[0].sched.limit", 3);
	occupy();
	arrive(5);
	assert_int_equal(port()->qlen, 3);
	expect_drops(XDPQ_DROP_OVERLIMIT, 2, 64 + 65);
	for (__u32 id = 2; id <= 4; id++)
		assert_int_equal(next_to_leave(), id);
	assert_int_equal(next_to_leave(), 0);
	play_end(&p);
}

static void test_limit_in_bytes(void **state __attribute__((unused)))
{
	start("fifo");
	harness_set(&p.h, "copy[0].sched.bytes", 61 + 62 + 100);
	occupy();
	arrive(2);
	assert_int_equal(play_arrive(&p, 101), 0);
	expect_drops(XDPQ_DROP_OVERLIMIT, 1, 101);
	assert_int_equal(play_arrive(&p, 100), 0);
	expect_drops(XDPQ_DROP_OVERLIMIT, 1, 101);
	assert_int_equal(port()->backlog, 61 + 62 + 100);
	play_end(&p);
}

/* tbf never lets a packet in that is longer than the bucket: it would wait for ever. */
static void test_tbf_limits(void **state __attribute__((unused)))
{
	struct link link = { .rate = 8000000, .burst = 500, .overhead = 20, .frame = 500 };

	start("tbf");
	harness_set_link(&p.h, 0, &link);
	assert_int_equal(play_arrive(&p, 481), 0);
	expect_drops(XDPQ_DROP_TOO_LARGE, 1, 481);
	assert_int_equal(play_arrive(&p, 480), 2);
	assert_int_equal(play_arrive(&p, 481), 0);
	expect_drops(XDPQ_DROP_TOO_LARGE, 2, 962);
	assert_int_equal(play_arrive(&p, 480), 0);
	harness_check(&p.h);
	assert_int_equal(play_arrive(&p, 480), 0);
	assert_int_equal(play_arrive(&p, 60), 0);
	expect_drops(XDPQ_DROP_OVERLIMIT, 1, 60);
	play_end(&p);
}

static void test_frame_longer_than_a_slot(void **state __attribute__((unused)))
{
	struct harness_opts opts = { .object = "fifo", .slot_size = 100 };

	play_start(&p, &opts);
	harness_set_link(&p.h, 0, &slow_link);
	harness_set(&p.h, "copy[0].sched.limit", 1000);
	assert_int_equal(play_arrive(&p, 101), 1);
	assert_int_equal(play_arrive(&p, 101), 0);
	harness_check(&p.h);
	expect_drops(XDPQ_DROP_TOO_LARGE, 1, 101);
	assert_int_equal(play_arrive(&p, 100), 0);
	assert_int_equal(port()->qlen, 1);
	assert_int_equal(next_to_leave(), 3);
	play_end(&p);
}

static void test_store_full(void **state __attribute__((unused)))
{
	struct harness_opts opts = { .object = "fifo", .slots = 8 };

	play_start(&p, &opts);
	harness_set_link(&p.h, 0, &slow_link);
	harness_set(&p.h, "copy[0].sched.limit", 1000);
	occupy();
	arrive(10);
	assert_int_equal(port()->qlen, 8);
	assert_int_equal(port()->drops[XDPQ_DROP_NO_SLOT].packets, 2);
	/* An arrival that finds no slot still carries what is due. */
	play_wait_due(&p);
	assert_int_equal(play_arrive(&p, 60), 2);
	harness_flush(&p.h);
	harness_check(&p.h);
	for (__u32 id = 3; id <= 9; id++)
		assert_int_equal(next_to_leave(), id);
	play_wait(&p, MS);
	arrive(1);
	assert_int_equal(p.verdict, XDP_REDIRECT);
	play_end(&p);
}

static void test_lock_not_to_be_had(void **state __attribute__((unused)))
{
	__u32 lock;

	start("fifo");
	for (int round = 0; round < 3; round++) {
		struct xdpq_tally in = port()->in;

		lock = p.h.port->lock;
		assert_int_equal(lock & 1, 0);
		p.h.port->lock = lock + 1;
		assert_int_equal(play_arrive(&p, 60), 0);
		assert_int_equal(p.verdict, XDP_DROP);
		assert_int_equal(play_pump(&p), 0);
		expect_drops(XDPQ_DROP_LOCK, round + 1, 60 * (round + 1));
		assert_memory_equal(&in, &port()->in, sizeof(in));
		assert_int_equal(port()->lock, lock + 1);
		p.h.port->lock = lock;
		harness_check(&p.h);
		arrive(2);
	}
	play_end(&p);
}

/* What the kernel does not take has not been sent, whichever way it was to leave. */
static void test_redirect_refused(void **state __attribute__((unused)))
{
	start("fifo");
	harness_set_link_up(&p.h, false);
	assert_int_equal(play_arrive(&p, 60), 0);
	assert_int_equal(p.verdict, XDP_ABORTED);
	expect_drops(XDPQ_DROP_REDIRECT, 1, 60);
	harness_check(&p.h);
	arrive(2);
	play_wait_due(&p);
	assert_int_equal(play_arrive(&p, 80), 0);
	assert_int_equal(p.verdict, XDP_ABORTED);
	expect_drops(XDPQ_DROP_REDIRECT, 2, 60 + 61);
	harness_check(&p.h);
	assert_int_equal(next_to_leave(), 0);
	assert_int_equal(port()->drops[XDPQ_DROP_REDIRECT].packets, 3);
	assert_int_equal(port()->redirected.packets, 0);
	harness_set_link_up(&p.h, true);
	assert_int_equal(next_to_leave(), 4);
	play_end(&p);
}

static void test_tx_ring_full(void **state __attribute__((unused)))
{
	start("fifo");
	harness_set_link(&p.h, 0, &(struct link){});
	for (int i = 0; i < 10; i++)
		assert_int_not_equal(play_arrive(&p, 60 + i), 0);
	harness_flush_ring_full(&p.h, 7);
	expect_drops(XDPQ_DROP_TX_RING, 3, 67 + 68 + 69);
	assert_int_equal(port()->sent.packets, 7);
	play_end(&p);
}

static void test_drops_on_the_way_out(void **state __attribute__((unused)))
{
	static const enum xdpq_drop reasons[] = {
		XDPQ_DROP_AQM, XDPQ_DROP_LATE, XDPQ_DROP_LOSS,
	};

	for (__u32 i = 0; i < COUNT(reasons); i++) {
		start("tests/dropper");
		harness_set(&p.h, "copy[0].sched.reason", i);
		occupy();
		assert_int_equal(play_arrive_word(&p, 70, MARK), 0);
		assert_int_equal(play_arrive_word(&p, 71, 0), 0);
		assert_int_equal(play_arrive_word(&p, 72, MARK), 0);
		assert_int_equal(next_to_leave(), 3);
		assert_int_equal(next_to_leave(), 0);
		expect_drops(reasons[i], 2, 70 + 72);
		assert_int_equal(harness_get(&p.h, "xdpq_counters.marked"), 2);
		assert_true(port()->due == XDPQ_NEVER);
		play_end(&p);
	}
}

/* A policy may give up after some drops; it is asked again at once, so nothing is stuck. */
static void test_policy_that_gives_up(void **state __attribute__((unused)))
{
	start("tests/dropper");
	occupy();
	for (int i = 0; i < 20; i++)
		play_arrive_word(&p, 60, MARK);
	play_arrive(&p, 61);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(next_to_leave(), 0);
		assert_int_equal(port()->due, harness_time(&p.h));
	}
	assert_int_equal(harness_get(&p.h, "xdpq_counters.gave_up"), 2);
	assert_int_equal(port()->qlen, 5);
	assert_int_equal(next_to_leave(), 22);
	expect_drops(XDPQ_DROP_AQM, 20, 20 * 60);
	assert_true(port()->due == XDPQ_NEVER);
	play_end(&p);
}

/* In a carrier as well: the carrier's own packet is what leaves after all others are dropped. */
static void test_drops_in_a_carrier(void **state __attribute__((unused)))
{
	start("tests/dropper");
	occupy();
	for (int i = 0; i < 7; i++)
		play_arrive_word(&p, 60, MARK);
	play_wait_due(&p);
	assert_int_equal(play_arrive(&p, 61), 9);
	harness_check(&p.h);
	assert_int_equal(port()->carried, 1);
	harness_flush(&p.h);
	play_wait(&p, SECOND);
	assert_int_equal(play_arrive_word(&p, 60, MARK), 10);
	play_end(&p);
}

static void test_waited_too_long(void **state __attribute__((unused)))
{
	start("tests/dropper");
	harness_set(&p.h, "copy[0].sched.patience", 5 * MS);
	occupy();
	arrive(3);
	play_wait(&p, 5 * MS);
	arrive(1);
	assert_int_equal(p.verdict, XDP_REDIRECT);
	assert_int_equal(frame_id(&p.out), 2);
	harness_flush(&p.h);
	play_wait(&p, 1 * MS);
	assert_int_equal(next_to_leave(), 5);
	assert_int_equal(harness_get(&p.h, "xdpq_counters.impatient"), 2);
	expect_drops(XDPQ_DROP_LATE, 2, 62 + 63);
	play_end(&p);
}

static void test_not_before(void **state __attribute__((unused)))
{
	start("tests/delay");
	harness_set_link(&p.h, 0, &(struct link){});
	harness_set(&p.h, "copy[0].sched.delay", 10 * MS);
	arrive(1);
	assert_int_equal(p.verdict, XDP_DROP);
	assert_int_equal(port()->due, HARNESS_START + 10 * MS);
	play_wait(&p, 4 * MS);
	arrive(1);
	assert_int_equal(port()->due, HARNESS_START + 10 * MS);
	play_wait(&p, 6 * MS - 1);
	assert_int_equal(play_pump(&p), 0);
	assert_int_equal(port()->due, HARNESS_START + 10 * MS);
	play_wait(&p, 1);
	assert_int_equal(play_pump(&p), 1);
	/* The next one's time is not known before somebody asks. */
	assert_in_range(port()->due, harness_time(&p.h), HARNESS_START + 14 * MS);
	assert_int_equal(play_pump(&p), 0);
	assert_int_equal(port()->due, HARNESS_START + 14 * MS);
	play_wait(&p, 4 * MS);
	assert_int_equal(play_arrive(&p, 99), 2);
	assert_int_equal(port()->cut_through, 0);
	play_end(&p);
}

/* Ready, but the link is busy: the later of both counts, and the pump may take its time. */
static void test_not_before_on_a_busy_link(void **state __attribute__((unused)))
{
	struct link link = slow_link;

	link.poll = 700;
	start("tests/delay");
	harness_set_link(&p.h, 0, &link);
	harness_set(&p.h, "copy[0].sched.delay", MS);
	play_arrive(&p, 1000);
	play_wait(&p, 500000);
	play_arrive(&p, 60);
	play_wait(&p, 500000);
	assert_int_equal(play_pump(&p), 1);
	assert_int_equal(port()->due, HARNESS_START + 2 * MS + 700);
	play_wait(&p, 500000);
	assert_int_equal(play_pump(&p), 0);
	assert_int_equal(port()->due, HARNESS_START + 2 * MS + 700);
	harness_flush(&p.h);
	play_wait(&p, 500000);
	assert_int_equal(play_pump(&p), 2);
	play_end(&p);
}

static void test_duplicates(void **state __attribute__((unused)))
{
	start("tests/twin");
	harness_set(&p.h, "copy[0].sched.longest", 64);
	arrive(1);
	assert_int_equal(frame_id(&p.out), 1);
	harness_flush(&p.h);
	arrive(5);
	assert_int_equal(port()->duplicated.packets, 6);
	assert_int_equal(port()->duplicated.bytes, 60 + 61 + 62 + 63 + 64 + 65);
	assert_int_equal(next_to_leave(), 1);
	for (__u32 id = 2; id <= 5; id++) {
		assert_int_equal(next_to_leave(), id);
		assert_int_equal(next_to_leave(), id);
	}
	assert_int_equal(next_to_leave(), 6);
	assert_int_equal(next_to_leave(), 0);
	expect_drops(XDPQ_DROP_LOSS, 1, 65);
	assert_int_equal(harness_get(&p.h, "xdpq_counters.twins"), 5);
	play_end(&p);
}

static void test_no_slot_for_the_copy(void **state __attribute__((unused)))
{
	struct harness_opts opts = { .object = "tests/twin", .slots = 8 };

	play_start(&p, &opts);
	harness_set_link(&p.h, 0, &slow_link);
	harness_set(&p.h, "copy[0].sched.limit", 1000);
	harness_set(&p.h, "copy[0].sched.longest", MTU_FRAME);
	arrive(6);
	assert_int_equal(port()->redirected.packets, 1);
	assert_int_equal(port()->qlen, 8);
	/* The last frame had no slot itself, so no copy of it was asked for. */
	assert_int_equal(port()->duplicated.packets, 5);
	assert_int_equal(port()->drops[XDPQ_DROP_NO_SLOT].packets, 6 + 5 - 1 - 8);
	play_end(&p);
}

static void test_configuration_flips(void **state __attribute__((unused)))
{
	start("fifo");
	harness_set(&p.h, "copy[1].sched.limit", 3);
	occupy();
	arrive(5);
	harness_set(&p.h, "active", 1);
	arrive(1);
	expect_drops(XDPQ_DROP_OVERLIMIT, 1, 66);
	harness_set(&p.h, "active", 0);
	arrive(1);
	expect_drops(XDPQ_DROP_OVERLIMIT, 1, 66);
	assert_int_equal(port()->qlen, 6);
	play_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_in_packets),
		cmocka_unit_test(test_limit_in_bytes),
		cmocka_unit_test(test_tbf_limits),
		cmocka_unit_test(test_frame_longer_than_a_slot),
		cmocka_unit_test(test_store_full),
		cmocka_unit_test(test_lock_not_to_be_had),
		cmocka_unit_test(test_redirect_refused),
		cmocka_unit_test(test_tx_ring_full),
		cmocka_unit_test(test_drops_on_the_way_out),
		cmocka_unit_test(test_policy_that_gives_up),
		cmocka_unit_test(test_drops_in_a_carrier),
		cmocka_unit_test(test_waited_too_long),
		cmocka_unit_test(test_not_before),
		cmocka_unit_test(test_not_before_on_a_busy_link),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_no_slot_for_the_copy),
		cmocka_unit_test(test_configuration_flips),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
