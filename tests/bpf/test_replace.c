/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One scheduler follows another while packets wait: two objects that share the maps
 * of a port. Whatever is done, nothing is lost, and a FIFO followed by a FIFO keeps order.
 */
#include "cmocka_all.h"
#include "play.h"

#define MS 1000000ULL

/* 100 bytes in a millisecond, one packet at a time. */
static const struct link slow = { .rate = 800000, .burst = 100, .frame = 100 };

static struct play p;		/* p.h is the scheduler whose programs are the port's */
static struct harness old;

static struct xdpq_port *port(void)
{
	return p.h.port;
}

static void start(const char *object, const struct link *link)
{
	struct harness_opts opts = { .object = object, .slots = 256, .slot_size = FRAME_MAX };

	play_start(&p, &opts);
	if (strcmp(object, "none"))
		harness_set(&p.h, "copy[0].sched.limit", 200);
	if (link)
		harness_set_link(&p.h, 0, link);
}

/* The heir is loaded; nothing of it is in place yet. */
static void load_heir(const char *object, const struct link *link)
{
	struct harness_opts opts = {
		.object = object, .slots = 256, .slot_size = FRAME_MAX, .before = &old,
	};

	old = p.h;
	harness_load(&p.h, &opts);
	harness_set(&p.h, "copy[0].sched.limit", 200);
	if (link)
		harness_set_link(&p.h, 0, link);
}

static void replace(const char *object, const struct link *link)
{
	load_heir(object, link);
	harness_succeed(&p.h);
}

static void end(void)
{
	play_end(&p);
	harness_unload(&old);
}

static bool heir_serves(void)
{
	return port()->serving == p.h.generation;
}

static void fill(__u32 count)
{
	for (__u32 i = 0; i < count; i++)
		assert_int_equal(play_arrive(&p, 100), 0);
}

/* A frame comes into a program of the one before: it was under way when it was replaced. */
static __u32 arrive_at_old(__u32 len)
{
	int heirs = p.h.enqueue_fd;
	__u32 left;

	p.h.enqueue_fd = old.enqueue_fd;
	left = play_arrive(&p, len);
	p.h.enqueue_fd = heirs;
	return left;
}

static __u32 pump_old(void)
{
	int heirs = p.h.dequeue_fd;
	__u32 left;

	p.h.dequeue_fd = old.dequeue_fd;
	left = play_pump(&p);
	p.h.dequeue_fd = heirs;
	return left;
}

static void test_old_queue_drains_first_then_the_heirs(void **state __attribute__((unused)))
{
	start("fifo", &slow);
	assert_int_equal(play_arrive(&p, 100), 1);
	fill(3);
	replace("fifo", &slow);
	fill(2);
	assert_int_equal(port()->qlen, 5);
	assert_int_equal(*old.queue.qlen, 3);
	harness_check(&p.h);
	for (__u32 id = 2; id <= 6; id++) {
		assert_int_equal(heir_serves(), id > 5);
		play_wait(&p, MS - 1);
		assert_int_equal(play_pump(&p), 0);
		play_wait(&p, 1);
		/* The clock goes on: one packet each millisecond, across the hand-over too. */
		assert_int_equal(play_pump(&p), id);
		harness_check(&p.h);
		harness_flush(&p.h);
	}
	assert_true(heir_serves());
	assert_int_equal(port()->handovers, 1);
	assert_int_equal(port()->due, XDPQ_NEVER);
	end();
}

static void test_heirs_frames_carry_the_old_packets(void **state __attribute__((unused)))
{
	start("fifo", &slow);
	assert_int_equal(play_arrive(&p, 100), 1);
	fill(2);
	replace("fifo", &slow);
	for (__u32 id = 2; id <= 8; id++) {
		play_wait(&p, MS);
		assert_int_equal(play_arrive(&p, 100), id);
		harness_check(&p.h);
	}
	assert_true(heir_serves());
	end();
}

static void test_idle_port_passes_at_once(void **state __attribute__((unused)))
{
	start("fifo", NULL);
	assert_int_equal(play_arrive(&p, 100), 1);
	replace("fifo", NULL);
	assert_int_equal(play_arrive(&p, 100), 2);
	assert_true(heir_serves());
	assert_int_equal(port()->cut_through, 2);
	end();
}

/* Without traffic, the tool says that all is in place and runs the dequeue program. */
static void test_idle_port_passes_by_the_pump(void **state __attribute__((unused)))
{
	start("fifo", NULL);
	load_heir("fifo", NULL);
	assert_int_equal(play_pump(&p), 0);
	assert_false(heir_serves());
	harness_succeed(&p.h);
	assert_int_equal(play_pump(&p), 0);
	assert_false(heir_serves());
	port()->heir = p.h.generation;
	assert_int_equal(play_pump(&p), 0);
	assert_true(heir_serves());
	end();
}

/* Killed between the two programs: the dequeue program of the heir serves for the one before. */
static void test_dequeue_program_in_place_only(void **state __attribute__((unused)))
{
	start("fifo", &slow);
	assert_int_equal(play_arrive(&p, 100), 1);
	replace("fifo", &slow);
	assert_int_equal(arrive_at_old(100), 0);
	for (__u32 id = 2; id < 10; id++) {
		play_wait(&p, MS);
		assert_int_equal(play_pump(&p), id);
		assert_int_equal(arrive_at_old(100), 0);
		assert_false(heir_serves());
		harness_check(&p.h);
	}
	end();
}

static void test_old_programs_hand_on_after_the_hand_over(void **state __attribute__((unused)))
{
	start("fifo", NULL);
	replace("fifo", &slow);
	assert_int_equal(play_arrive(&p, 100), 1);
	assert_true(heir_serves());
	assert_int_equal(arrive_at_old(100), 0);
	assert_int_equal(*old.queue.qlen, 0);
	assert_int_equal(*p.h.queue.qlen, 1);
	harness_check(&p.h);
	play_wait(&p, MS);
	assert_int_equal(pump_old(), 2);
	play_wait(&p, MS);
	assert_int_equal(arrive_at_old(100), 3);
	assert_int_equal(port()->in.packets, 3);
	end();
}

static void test_old_enqueue_before_the_hand_over(void **state __attribute__((unused)))
{
	start("fifo", &slow);
	assert_int_equal(play_arrive(&p, 100), 1);
	fill(1);
	replace("fifo", &slow);
	fill(1);
	assert_int_equal(arrive_at_old(100), 0);
	assert_int_equal(*old.queue.qlen, 2);
	for (int i = 0; i < 3; i++) {
		static const __u32 order[] = { 2, 4, 3 };

		play_wait(&p, MS);
		assert_int_equal(play_pump(&p), order[i]);
		harness_check(&p.h);
	}
	end();
}

/* What the old queue's last carrier can't hold goes back there, and leaves before the heir's. */
static void test_requeue_after_the_hand_over(void **state __attribute__((unused)))
{
	start("tests/overtaken", &slow);
	assert_int_equal(play_arrive(&p, 60), 1);
	assert_int_equal(play_arrive(&p, FRAME_MAX), 0);
	harness_set(&p.h, "copy[0].sched.overtaken", 1);
	replace("fifo", NULL);
	assert_int_equal(play_arrive(&p, 60), 0);
	play_wait(&p, 100 * MS);
	harness_flush(&p.h);
	assert_int_equal(play_arrive_small(&p, 60, 500), 0);
	assert_int_equal(port()->requeues, 1);
	assert_false(heir_serves());
	assert_int_equal(port()->handovers, 2);
	assert_int_equal(*old.queue.stash != 0, 1);
	harness_check(&p.h);
	harness_set(&old, "copy[0].sched.overtaken", 0);
	assert_int_equal(play_pump(&p), 2);
	assert_int_equal(play_pump(&p), 3);
	assert_int_equal(play_pump(&p), 4);
	assert_true(heir_serves());
	end();
}

/* Another CPU's frames are still on their way to the driver: the heir waits for them as well. */
static void test_heir_does_not_overtake_the_old_server(void **state __attribute__((unused)))
{
	start("fifo", NULL);
	assert_int_equal(play_arrive(&p, 100), 1);
	port()->server = p.h.cpu + 1;
	replace("fifo", NULL);
	fill(3);
	assert_true(heir_serves());
	assert_int_equal(play_pump(&p), 0);
	harness_flush(&p.h);
	for (__u32 id = 2; id <= 4; id++)
		assert_int_equal(play_pump(&p), id);
	end();
}

/* A queue that holds its packets until their time still does when it is replaced. */
static void test_delays_are_kept(void **state __attribute__((unused)))
{
	start("tests/timer", NULL);
	assert_int_equal(play_arrive_word(&p, 60, 10 * MS), 0);
	assert_int_equal(play_arrive_word(&p, 60, 20 * MS), 0);
	replace("fifo", NULL);
	fill(1);
	assert_int_equal(port()->due, HARNESS_START + 10 * MS);
	play_wait_due(&p);
	assert_int_equal(play_pump(&p), 1);
	assert_int_equal(play_pump(&p), 0);
	assert_int_equal(port()->due, HARNESS_START + 20 * MS);
	play_wait_due(&p);
	assert_int_equal(play_pump(&p), 2);
	/* Now the pump is to come at once, for the heir's. */
	assert_true(port()->due <= harness_time(&p.h));
	assert_int_equal(play_pump(&p), 3);
	end();
}

static void test_heir_that_is_full_drops_by_its_own_limit(void **state __attribute__((unused)))
{
	start("fifo", &slow);
	assert_int_equal(play_arrive(&p, 100), 1);
	fill(2);
	replace("fifo", &slow);
	harness_set(&p.h, "copy[0].sched.limit", 5);
	fill(8);
	assert_int_equal(port()->drops[XDPQ_DROP_OVERLIMIT].packets, 3);
	assert_int_equal(port()->qlen, 7);
	harness_check(&p.h);
	end();
}

static void test_none_follows_when_all_is_flushed(void **state __attribute__((unused)))
{
	start("fifo", &slow);
	assert_int_equal(play_arrive(&p, 100), 1);
	fill(2);
	port()->unqueued_heir = p.h.generation + 1;
	play_wait(&p, MS);
	assert_int_equal(play_arrive(&p, 100), 2);
	play_wait(&p, MS);
	assert_int_equal(play_pump(&p), 3);
	play_wait(&p, MS);
	assert_int_equal(play_pump(&p), 4);
	/* Empty, but the last one has not reached the driver. */
	assert_int_equal(play_pump(&p), 0);
	assert_int_equal(port()->unqueued, 0);
	harness_flush(&p.h);
	assert_int_equal(play_pump(&p), 0);
	assert_int_equal(port()->unqueued, 1);
	assert_int_equal(port()->serving, p.h.generation + 1);
	assert_int_equal(port()->due, XDPQ_NEVER);
	harness_check(&p.h);
	/* The queue's programs, still in place, send at once: no clock, no account of the bulk. */
	for (__u32 id = 5; id < 10; id++)
		assert_int_equal(play_arrive(&p, 100), id);
	assert_int_equal(port()->direct.packets, 5);
	assert_int_equal(port()->in.packets, 4);
	assert_int_equal(play_pump(&p), 0);
	harness_set_link_up(&p.h, false);
	assert_int_equal(play_arrive(&p, 100), 0);
	assert_int_equal(port()->direct_lost.packets, 1);
	assert_int_equal(port()->drops[XDPQ_DROP_REDIRECT].bytes, 100);
	play_end(&p);
}

/* Frames of sched none may be anywhere: who follows holds until they must have left. */
static void test_queue_follows_none(void **state __attribute__((unused)))
{
	start("none", NULL);
	port()->unqueued = 1;
	assert_int_equal(play_arrive(&p, 100), 1);
	load_heir("fifo", NULL);
	port()->hold_until = HARNESS_START + 10 * MS;
	fill(2);
	assert_false(heir_serves());
	assert_int_equal(port()->due, HARNESS_START + 10 * MS);
	assert_int_equal(play_pump(&p), 0);
	harness_check(&p.h);
	assert_int_equal(arrive_at_old(100), 4);
	play_wait(&p, 10 * MS - 1);
	assert_int_equal(play_pump(&p), 0);
	play_wait(&p, 1);
	assert_int_equal(play_pump(&p), 2);
	assert_true(heir_serves());
	assert_int_equal(port()->unqueued, 0);
	assert_int_equal(play_pump(&p), 3);
	assert_int_equal(port()->direct.packets, 2);
	assert_int_equal(port()->in.packets, 2);
	end();
}

/* A grace period has passed: the tool ends the hold. */
static void test_hold_ends_early(void **state __attribute__((unused)))
{
	start("none", NULL);
	port()->unqueued = 1;
	load_heir("fifo", NULL);
	port()->hold_until = HARNESS_START + 10 * MS;
	fill(1);
	port()->hold_until = 0;
	assert_int_equal(play_arrive(&p, 100), 1);
	assert_true(heir_serves());
	end();
}

static const struct link *random_link(struct link *link)
{
	*link = (struct link){
		.rate = random_between(1000000, 100000000),
		.burst = random_between(1, 5000),
		.frame = 1000,
		.poll = random_below(2) * MS,
	};
	return random_one_in(3) ? NULL : link;
}

/* Whatever leaves is the next one in order. */
static void expect_next(__u32 left, __u32 *next)
{
	if (left)
		assert_int_equal(left, (*next)++);
}

static void random_step(__u32 *next)
{
	switch (random_below(5)) {
	case 0:
	case 1:
		expect_next(port()->qlen < 150 ? play_arrive(&p, random_between(60, 1000)) : 0,
			    next);
		break;
	case 2:
		expect_next(play_pump(&p), next);
		break;
	case 3:
		play_wait(&p, random_below(MS));
		break;
	case 4:
		harness_flush(&p.h);
		port()->server = p.h.cpu + random_one_in(4);
		break;
	}
}

/* The queue settles, or is thrown into the next succession by the tool's own rule: not before. */
static void settle(__u32 *next)
{
	port()->heir = p.h.generation;
	while (!heir_serves()) {
		play_wait_due(&p);
		expect_next(play_pump(&p), next);
		harness_flush(&p.h);
	}
}

static void test_order_through_many_successions(void **state __attribute__((unused)))
{
	struct link link;
	__u32 next = 1;

	random_seed();
	start("fifo", random_link(&link));
	for (int generation = 0; generation < 60; generation++) {
		for (int i = random_below(200); i > 0; i--)
			random_step(&next);
		replace("fifo", random_link(&link));
		for (int i = random_below(200); i > 0; i--) {
			random_step(&next);
			harness_check(&p.h);
		}
		settle(&next);
		harness_check(&p.h);
		assert_int_equal(port()->handovers, generation + 1);
		p.h.before = NULL;
		harness_unload(&old);
	}
	while (play_wait_due(&p)) {
		expect_next(play_pump(&p), &next);
		harness_flush(&p.h);
	}
	assert_int_equal(next, p.last_id + 1);
	play_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_queue_drains_first_then_the_heirs),
		cmocka_unit_test(test_heirs_frames_carry_the_old_packets),
		cmocka_unit_test(test_idle_port_passes_at_once),
		cmocka_unit_test(test_idle_port_passes_by_the_pump),
		cmocka_unit_test(test_dequeue_program_in_place_only),
		cmocka_unit_test(test_old_programs_hand_on_after_the_hand_over),
		cmocka_unit_test(test_old_enqueue_before_the_hand_over),
		cmocka_unit_test(test_requeue_after_the_hand_over),
		cmocka_unit_test(test_heir_does_not_overtake_the_old_server),
		cmocka_unit_test(test_delays_are_kept),
		cmocka_unit_test(test_heir_that_is_full_drops_by_its_own_limit),
		cmocka_unit_test(test_none_follows_when_all_is_flushed),
		cmocka_unit_test(test_queue_follows_none),
		cmocka_unit_test(test_hold_ends_early),
		cmocka_unit_test(test_order_through_many_successions),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
