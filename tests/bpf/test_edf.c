/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * edf against a model: the order of deadlines, what is late, and what becomes of it; in
 * jumps of the clock, beyond what the PIFO holds in order, and where signed times end.
 */
#include "cmocka_all.h"
#include "marked.h"
#include "model.h"
#include "pifo_model.h"

#define OPERATIONS 300000	/* for each random test */
#define COMPARE_EVERY 64	/* steps */
#define SLOTS 400
#define SLOT_SIZE 300
#define DSCPS 64
#define MS 1000000ULL
#define SECOND (1000 * MS)
#define SHIFT 16		/* these three as the manual page says */
#define STEPS 65536
#define MAX_DROPS 8
#define SEND 0
#define DROP 1

static struct {
	__u32 limit;
	__u32 late;
	__u64 deadlines[DSCPS];
} conf;

static struct pifo_model agenda;
static struct {
	__u64 sent;
	__u64 dropped;
	__u64 missed[DSCPS];
} late;

static void enqueue(const struct model_packet *packet)
{
	struct model_packet queued = *packet;

	if (model.len >= conf.limit) {
		model_drop(packet, XDPQ_DROP_OVERLIMIT);
		return;
	}
	queued.key = packet->arrived + conf.deadlines[marked_dscp(packet->word, packet->len)];
	pifo_model_push(&agenda, queued.key >> SHIFT, packet->id);
	model_push(&queued);
}

static struct model_packet take(__u32 id)
{
	for (__u32 i = 0; i < model.len; i++) {
		if (model.waiting[i].id == id)
			return model_take(i);
	}
	fail_msg("frame %u does not wait", id);
	return (struct model_packet){};
}

/* As long as all are where they belong, none that waits is due before the one that goes. */
static void expect_earliest(const struct model_packet *packet)
{
	for (__u32 i = 0; i < model.len && !agenda.beyond && !agenda.below; i++)
		assert_true(model.waiting[i].key >> SHIFT >= packet->key >> SHIFT);
}

static bool dequeue(__u64 now, struct model_packet *packet)
{
	for (int i = 0; i < MAX_DROPS && model.len; i++) {
		*packet = take(pifo_model_pop(&agenda));
		expect_earliest(packet);
		if (now <= packet->key)
			return true;
		late.missed[marked_dscp(packet->word, packet->len)]++;
		if (conf.late == SEND) {
			late.sent++;
			return true;
		}
		late.dropped++;
		model_drop(packet, XDPQ_DROP_LATE);
	}
	return false;
}

static void compare(void)
{
	static __u32 steps;

	if (steps++ % COMPARE_EVERY)
		return;
	assert_int_equal(harness_get(&model.p.h, "xdpq_counters.sent_late"), late.sent);
	assert_int_equal(harness_get(&model.p.h, "xdpq_counters.dropped_late"), late.dropped);
	assert_int_equal(harness_get(&model.p.h, "xdpq_counters.unordered"),
			 agenda.beyond + agenda.below);
	for (int dscp = 0; dscp < DSCPS; dscp++) {
		char path[64];

		snprintf(path, sizeof(path), "xdpq_counters.missed[%d]", dscp);
		assert_int_equal(harness_get(&model.p.h, path), late.missed[dscp]);
	}
}

static const struct model_policy policy = {
	.enqueue = enqueue,
	.dequeue = dequeue,
	.compare = compare,
};

static void configure(__u32 limit, __u32 late_choice)
{
	conf.limit = limit;
	conf.late = late_choice;
	model_set("limit", limit);
	model_set("late", late_choice);
	for (int dscp = 0; dscp < DSCPS; dscp++) {
		char path[32];

		snprintf(path, sizeof(path), "deadlines[%d]", dscp);
		model_set(path, conf.deadlines[dscp]);
	}
	model_flip();
}

/* DSCP n may wait for n + 1 ms, the last for two seconds. */
static void start(__u32 limit, __u32 late_choice)
{
	struct harness_opts opts = { .object = "edf", .slots = SLOTS, .slot_size = SLOT_SIZE };

	memset(&late, 0, sizeof(late));
	memset(&agenda, 0, sizeof(agenda));
	agenda.monotonic = true;
	agenda.range = STEPS;
	model_start(&opts, &policy, 8000000);
	model.p.shape = marked_shape;
	for (int dscp = 0; dscp < DSCPS; dscp++)
		conf.deadlines[dscp] = dscp < DSCPS - 1 ? (dscp + 1) * MS : 2 * SECOND;
	configure(limit, late_choice);
}

static __u32 arrive(__u32 dscp)
{
	struct marks marks = { .kind = dscp & 1, .dscp = dscp };

	return model_arrive(100, marked_word(&marks));
}

static void busy_link(void)
{
	__u32 left = arrive(0);

	assert_int_equal(left, model.p.last_id);
}

static void test_order(void **state __attribute__((unused)))
{
	static const __u32 dscps[] = { 40, 63, 20, 0, 50, 10, 20 };
	static const __u32 order[] = { 5, 7, 4, 8, 2, 6, 3 };

	start(100, SEND);
	assert_int_equal(model_pump(), 0);
	busy_link();
	for (size_t i = 0; i < COUNT(dscps); i++)
		assert_int_equal(arrive(dscps[i]), 0);
	for (size_t i = 0; i < COUNT(order); i++)
		assert_int_equal(model_leave_next(), order[i]);
	assert_int_equal(model_leave_next(), 0);
	model_end();
}

/* Who has waited long goes before who came just now with less time. */
static void test_no_class_starves(void **state __attribute__((unused)))
{
	start(100, SEND);
	busy_link();
	arrive(30);
	arrive(62);
	model_wait(25 * MS);
	arrive(10);
	assert_int_equal(model.len, 2);
	model_wait(37 * MS);
	arrive(5);
	assert_int_equal(model_leave_next(), 3);
	model_end();
}

static void test_late_is_sent(void **state __attribute__((unused)))
{
	start(100, SEND);
	busy_link();
	arrive(4);
	arrive(63);
	model_wait(5 * MS + 1);
	arrive(0);
	assert_int_equal(late.sent, 1);
	assert_int_equal(late.missed[4], 1);
	assert_int_equal(model_leave_next(), 4);
	model_end();
}

/* A packet is late from the first nanosecond behind its deadline. */
static void test_just_in_time(void **state __attribute__((unused)))
{
	start(100, DROP);
	for (int behind = 0; behind < 2; behind++) {
		busy_link();
		arrive(4);
		model_wait(5 * MS + behind);
		assert_int_equal(model_pump(), behind ? 0 : model.p.last_id);
		model_wait(SECOND);
	}
	assert_int_equal(late.dropped, 1);
	model_end();
}

/* More late packets than one call may drop: the port says it is due again, and does not stall. */
static void test_drops_are_bounded(void **state __attribute__((unused)))
{
	start(SLOTS - 1, DROP);
	busy_link();
	for (int i = 0; i < 3 * MAX_DROPS; i++)
		arrive(1);
	arrive(63);
	model_wait(SECOND);
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(model_pump(), 0);
		assert_int_equal(late.dropped, i * MAX_DROPS);
		assert_true(model.p.h.port->due <= harness_time(&model.p.h));
	}
	assert_int_equal(model_pump(), model.p.last_id);
	model_end();
}

static void test_overflow(void **state __attribute__((unused)))
{
	start(2, SEND);
	busy_link();
	arrive(9);
	arrive(8);
	arrive(0);
	assert_int_equal(model.drops[XDPQ_DROP_OVERLIMIT].packets, 1);
	assert_int_equal(model_leave_next(), 3);
	assert_int_equal(model_leave_next(), 2);
	model_end();
}

static void test_idle_restart(void **state __attribute__((unused)))
{
	start(100, SEND);
	for (int round = 0; round < 100; round++) {
		__u32 first;

		model_wait(random_below(random_one_in(2) ? 20 * SECOND : 3600 * SECOND));
		busy_link();
		first = model.p.last_id + 1;
		arrive(63);
		arrive(3);
		assert_int_equal(model_leave_next(), first + 1);
		assert_int_equal(model_leave_next(), first);
	}
	assert_int_equal(late.sent, 0);
	model_end();
}

/* Where signed nanoseconds end, 292 years from boot, order goes on. */
static void test_far_times(void **state __attribute__((unused)))
{
	start(100, SEND);
	harness_set_time(&model.p.h, (1ULL << 63) - 30 * MS);
	for (int i = 0; i < 30; i++) {
		__u32 first = model.p.last_id + 1;

		busy_link();
		arrive(60);
		arrive(20);
		arrive(40);
		assert_int_equal(model_leave_next(), first + 2);
		assert_int_equal(model_leave_next(), first + 3);
		assert_int_equal(model_leave_next(), first + 1);
		model_wait(2 * MS);
	}
	assert_true(harness_time(&model.p.h) > 1ULL << 63);
	model_end();
}

static void random_configuration(void)
{
	__u64 longest = random_one_in(2) ? 2 * SECOND : 100 * MS;

	for (int dscp = 0; dscp < DSCPS; dscp++)
		conf.deadlines[dscp] = random_between(1000, longest);
	configure(random_one_in(5) ? random_between(1, 10) : SLOTS - 1, random_below(2));
}

static void random_run(__u64 longest_pause)
{
	for (int i = 0; i < OPERATIONS; i++) {
		__u32 shortest = random_one_in(4) ? FRAME_MIN : 80;

		if (random_one_in(400))
			random_configuration();
		if (random_one_in(100))
			model_wait(random_below(longest_pause));
		model_random_step(random_between(shortest, SLOT_SIZE), marked_random());
	}
	assert_true(late.sent > 100 && late.dropped > 100);
	assert_true(model.drops[XDPQ_DROP_OVERLIMIT].packets > 100);
}

static void test_random(void **state __attribute__((unused)))
{
	start(100, SEND);
	random_run(100 * MS);
	assert_int_equal(agenda.beyond + agenda.below, 0);
	model_end();
}

/* Late by so much that the steps do not reach from the first deadline to the last. */
static void test_random_beyond(void **state __attribute__((unused)))
{
	start(100, SEND);
	random_run(20 * SECOND);
	assert_true(agenda.beyond > 100);
	model_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_no_class_starves),
		cmocka_unit_test(test_late_is_sent),
		cmocka_unit_test(test_just_in_time),
		cmocka_unit_test(test_drops_are_bounded),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_idle_restart),
		cmocka_unit_test(test_far_times),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_random_beyond),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
