/* SPDX-License-Identifier: GPL-2.0-only */
/* The three ways out of a port: cut-through, carrier, pump; and what is lost on them. */
#include <bpf/bpf.h>

#include "cmocka_all.h"
#include "play.h"

#define MTU_FRAME 1514
#define MS 1000000ULL

/* 1 us a byte: every frame keeps the link busy, and the sums are easy. */
static const struct link slow_link = { .rate = 8000000, .burst = 1, .frame = MTU_FRAME };

static struct play p;

static const struct xdpq_port *port(void)
{
	return p.h.port;
}

static __u64 drops(enum xdpq_drop reason)
{
	return port()->drops[reason].packets;
}

static void start(const char *object, const struct harness_opts *more)
{
	struct harness_opts opts = more ? *more : (struct harness_opts){};

	opts.object = object;
	play_start(&p, &opts);
	if (strcmp(object, "tbf"))
		harness_set(&p.h, "copy[0].sched.limit", 1000);
	else
		harness_set(&p.h, "copy[0].sched.limit", 1000000);
}

static void start_slow(const char *object, const struct harness_opts *more)
{
	start(object, more);
	harness_set_link(&p.h, 0, &slow_link);
}

/* A frame that comes now makes one leave that came `before` frames earlier. */
static void expect_before(__u32 len, __u32 before)
{
	__u32 left = play_arrive(&p, len);

	assert_int_equal(left, p.last_id - before);
}

/* After this the link is busy for as many us as it has bytes. */
static void occupy(__u32 len)
{
	expect_before(len, 0);
	harness_flush(&p.h);
}

static void test_cut_through_leaves_all_as_it_is(void **state __attribute__((unused)))
{
	start("fifo", NULL);
	for (__u32 len = FRAME_MIN; len <= FRAME_MAX; len++) {
		expect_before(len, 0);
		harness_flush(&p.h);
		harness_check(&p.h);
	}
	assert_int_equal(port()->cut_through, p.last_id);
	assert_int_equal(port()->sent.packets, p.last_id);
	/* Nothing has been stored, so no slot was ever touched. */
	assert_int_equal(*p.h.queue.fresh, 0);
	play_end(&p);
}

static void test_busy_link_makes_packets_wait(void **state __attribute__((unused)))
{
	start_slow("fifo", NULL);
	occupy(100);
	assert_true(port()->due == XDPQ_NEVER);
	assert_int_equal(play_arrive(&p, 200), 0);
	assert_int_equal(p.verdict, XDP_DROP);
	assert_int_equal(port()->qlen, 1);
	assert_int_equal(port()->backlog, 200);
	assert_int_equal(port()->overlimits, 1);
	assert_int_equal(port()->due, HARNESS_START + 100000);
	harness_set_time(&p.h, port()->due - 1);
	assert_int_equal(play_pump(&p), 0);
	harness_set_time(&p.h, port()->due);
	assert_int_equal(play_pump(&p), 2);
	assert_int_equal(port()->pumped, 1);
	assert_true(port()->due == XDPQ_NEVER);
	play_end(&p);
}

/* Each length as a waiting packet, and as its carrier. */
static void test_carrier_takes_the_packet_that_is_due(void **state __attribute__((unused)))
{
	start_slow("fifo", NULL);
	occupy(MTU_FRAME);
	for (__u32 len = FRAME_MIN; len <= MTU_FRAME; len++) {
		__u32 other = random_between(FRAME_MIN, MTU_FRAME);

		assert_int_equal(play_arrive(&p, len), 0);
		play_wait_due(&p);
		expect_before(other, 1);
		harness_flush(&p.h);
		play_wait_due(&p);
		expect_before(len, 1);
		harness_flush(&p.h);
		play_wait_due(&p);
		assert_int_equal(play_pump(&p), p.last_id);
		harness_flush(&p.h);
		harness_check(&p.h);
	}
	assert_int_equal(port()->carried, 2 * port()->pumped);
	play_end(&p);
}

static void test_shortest_and_longest(void **state __attribute__((unused)))
{
	static const __u32 lengths[] = { FRAME_MIN, FRAME_MIN + 1, 60, 64, MTU_FRAME, FRAME_MAX };
	struct harness_opts opts = { .slot_size = FRAME_MAX };

	start_slow("fifo", &opts);
	occupy(MTU_FRAME);
	for (size_t i = 0; i < COUNT(lengths) * COUNT(lengths); i++) {
		assert_int_equal(play_arrive(&p, lengths[i % COUNT(lengths)]), 0);
		play_wait_due(&p);
		expect_before(lengths[i / COUNT(lengths)], 1);
		harness_flush(&p.h);
		play_wait_due(&p);
		assert_int_equal(play_pump(&p), p.last_id);
		harness_flush(&p.h);
	}
	play_end(&p);
}

static void test_order_across_carriers_and_pump(void **state __attribute__((unused)))
{
	__u32 expected = 1;

	start_slow("fifo", NULL);
	for (int i = 0; i < 20000; i++) {
		__u32 len = random_between(FRAME_MIN, 600), left;

		if (random_one_in(3))
			play_wait(&p, random_below(800000));
		left = random_one_in(2) || port()->qlen > 40 ? play_pump(&p) :
							      play_arrive(&p, len);
		if (left)
			assert_int_equal(left, expected++);
		harness_flush(&p.h);
	}
	assert_true(port()->cut_through && port()->carried && port()->pumped);
	play_end(&p);
}

/* What a carrier can't hold leaves first with the next one that can; it has been charged. */
static void test_stash(void **state __attribute__((unused)))
{
	struct harness_opts opts = { .slot_size = FRAME_MAX };

	start_slow("fifo", &opts);
	occupy(100);
	assert_int_equal(play_arrive(&p, FRAME_MAX), 0);
	assert_int_equal(play_arrive(&p, 60), 0);
	play_wait(&p, 10 * MS);
	assert_int_equal(play_arrive_small(&p, 60, 500), 0);
	assert_int_equal(p.verdict, XDP_DROP);
	harness_check(&p.h);
	assert_int_equal(port()->requeues, 1);
	assert_int_equal(port()->qlen, 3);
	assert_int_equal(port()->backlog, FRAME_MAX + 60 + 60);
	assert_int_equal(port()->due, harness_time(&p.h));
	assert_int_equal(port()->redirected.packets, 1);
	/* Once more too small. */
	assert_int_equal(play_pump_small(&p, 200), 0);
	harness_check(&p.h);
	assert_int_equal(port()->requeues, 2);
	assert_int_equal(play_arrive(&p, 70), 2);
	harness_flush(&p.h);
	harness_check(&p.h);
	play_wait(&p, 10 * MS);
	assert_int_equal(play_pump_small(&p, 200), 3);
	play_end(&p);
}

static void test_stash_without_a_spare_slot(void **state __attribute__((unused)))
{
	struct harness_opts opts = { .slot_size = FRAME_MAX, .slots = 8 };

	start_slow("fifo", &opts);
	occupy(100);
	for (int i = 0; i < 10; i++)
		assert_int_equal(play_arrive(&p, FRAME_MAX), 0);
	assert_int_equal(drops(XDPQ_DROP_NO_SLOT), 2);
	play_wait(&p, 10 * MS);
	assert_int_equal(play_pump_small(&p, 200), 0);
	harness_check(&p.h);
	assert_int_equal(play_arrive(&p, 60), 2);
	harness_check(&p.h);
	for (__u32 id = 3; id <= 9; id++) {
		harness_flush(&p.h);
		play_wait(&p, 10 * MS);
		assert_int_equal(play_pump_small(&p, 200), 0);
		assert_int_equal(play_pump(&p), id);
		harness_check(&p.h);
	}
	play_end(&p);
}

static void test_metadata_is_stripped(void **state __attribute__((unused)))
{
	struct run run = { .prog = 0, .in = &p.in };

	start_slow("fifo", NULL);
	for (run.meta = 0; run.meta <= 32; run.meta += 4) {
		/* Cut-through, then stored, then a carrier: all come with metadata. */
		for (__u32 id = 1; id <= 3; id++) {
			struct recipe recipe = { .id = id, .len = 60 + 10 * id };
			__u32 left = id == 1 ? 1 : 2;
			struct recipe first = { .id = left, .len = 60 + 10 * left };
			int verdict;

			frame_make(&p.in, &recipe);
			memmove(p.in.data + run.meta, p.in.data, p.in.len);
			p.in.len += run.meta;
			run.prog = p.h.enqueue_fd;
			verdict = harness_run(&run, &p.out);
			assert_int_equal(verdict, id == 2 ? XDP_DROP : XDP_REDIRECT);
			if (verdict == XDP_REDIRECT)
				assert_true(frame_is(&p.out, &first) && !run.meta_left);
			play_wait(&p, id == 2 ? MS : 0);
		}
		play_wait(&p, MS);
		assert_int_equal(harness_pump(&p.h, &p.out), XDP_REDIRECT);
		assert_int_equal(frame_id(&p.out), 3);
		harness_flush(&p.h);
		play_wait(&p, MS);
	}
	play_end(&p);
}

static void test_pump_is_called_when_it_would_come_too_late(void **state __attribute__((unused)))
{
	start_slow("fifo", NULL);
	p.h.port->pump_at = XDPQ_NEVER;
	occupy(100);
	assert_true(port()->pump_at == XDPQ_NEVER);
	play_arrive(&p, 200);
	assert_int_equal(port()->pump_at, HARNESS_START + 100000);
	p.h.port->pump_at = HARNESS_START + 50000;
	play_arrive(&p, 200);
	assert_int_equal(port()->pump_at, HARNESS_START + 50000);
	play_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_through_leaves_all_as_it_is),
		cmocka_unit_test(test_busy_link_makes_packets_wait),
		cmocka_unit_test(test_carrier_takes_the_packet_that_is_due),
		cmocka_unit_test(test_shortest_and_longest),
		cmocka_unit_test(test_order_across_carriers_and_pump),
		cmocka_unit_test(test_stash),
		cmocka_unit_test(test_stash_without_a_spare_slot),
		cmocka_unit_test(test_metadata_is_stripped),
		cmocka_unit_test(test_pump_is_called_when_it_would_come_too_late),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
