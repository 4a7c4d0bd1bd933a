/* SPDX-License-Identifier: GPL-2.0-only */
/* CoDel: the control law for all counts that matter, and the decisions against RFC 8289. */
#include <math.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "cmocka_all.h"
#include "codel_batch.h"
#include "codel_model.h"
#include "harness.h"

#define COUNTS 1000000
#define MS 1000000ULL
#define HOUR 3600000000000ULL
#define STEPS 250000		/* packets taken, for each setting */
#define ROOM 4096		/* packets in the queue; a power of two */

static struct bpf_object *object;
static struct codel_batch_op *ops;
static const struct codel_batch_answer *answers;
static const __u64 *pauses;

static int load(void **state __attribute__((unused)))
{
	object = bpf_object__open_file(harness_object_path("tests/codel_batch"), NULL);
	if (!object || bpf_object__load(object))
		fail_msg("can't load codel_batch");
	ops = harness_map_memory(object, "ops").base;
	answers = harness_map_memory(object, "answers").base;
	pauses = harness_map_memory(object, "pauses").base;
	return 0;
}

static int unload(void **state __attribute__((unused)))
{
	bpf_object__close(object);
	return 0;
}

static void call(const char *name, void *ctx, __u32 size, __u32 count)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object, name);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = ctx, .ctx_size_in = size);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(prog), &opts), 0);
	assert_int_equal(opts.retval, count);
}

/* interval / sqrt(count), to the ns where a double can tell, and never off by more than one. */
static void expect_pauses(__u64 interval, __u32 first)
{
	struct codel_batch_pauses ask = { .interval = interval, .first = first,
					  .ops = CODEL_BATCH_OPS };

	call("pause", &ask, sizeof(ask), CODEL_BATCH_OPS);
	for (__u32 i = 0; i < CODEL_BATCH_OPS; i++) {
		long double exact = interval / sqrtl((long double)(first + i));

		if (pauses[i] > exact || pauses[i] + 1 < exact)
			fail_msg("count %u: %llu ns instead of %Lf", first + i, pauses[i], exact);
	}
}

static void test_control_law(void **state __attribute__((unused)))
{
	static const __u64 intervals[] = { 1000, 10 * MS, 100 * MS, 4000 * MS };

	for (__u32 first = 1; first <= COUNTS; first += CODEL_BATCH_OPS)
		expect_pauses(100 * MS, first);
	for (size_t i = 0; i < COUNT(intervals); i++) {
		expect_pauses(intervals[i], 1);
		expect_pauses(intervals[i], 1 << 20);
		expect_pauses(intervals[i], 0xffffffff - CODEL_BATCH_OPS);
	}
}

/* The model's queue, and what it did: the steps that the program has to take likewise. */
static struct {
	struct codel_packet packets[ROOM];
	__u32 head, tail, bytes, last_id;
	struct codel_model model;
	struct codel_batch_answer expected[CODEL_BATCH_OPS];
	__u32 count;		/* of the batch */
	__u64 now;
	__u32 mark_one_in;	/* 0: none */
	__u64 signals, marks, steps;
} sim;

static bool take(void *of __attribute__((unused)), struct codel_packet *packet)
{
	struct codel_batch_op *op = &ops[sim.count];

	*op = (struct codel_batch_op){ .now = sim.now, .none = sim.head == sim.tail };
	sim.expected[sim.count] = (struct codel_batch_answer){};
	sim.count++;
	if (op->none)
		return false;
	*packet = sim.packets[sim.head++ % ROOM];
	sim.bytes -= packet->len;
	op->arrived = packet->arrived;
	op->backlog = sim.bytes;
	return true;
}

static __u32 bytes(void *of __attribute__((unused)))
{
	return sim.bytes;
}

static void drop(void *of __attribute__((unused)),
		 const struct codel_packet *packet __attribute__((unused)))
{
	sim.expected[sim.count - 1].signal = true;
	sim.signals++;
}

static bool mark(void *of __attribute__((unused)),
		 const struct codel_packet *packet __attribute__((unused)))
{
	if (!sim.mark_one_in || !random_one_in(sim.mark_one_in))
		return false;
	ops[sim.count - 1].marks = true;
	sim.expected[sim.count - 1].signal = true;
	sim.marks++;
	return true;
}

static const struct codel_queue queue = { NULL, take, bytes, drop, mark };

static void arrive(void)
{
	struct codel_packet packet = { sim.now, ++sim.last_id, random_between(60, 1514) };

	if (sim.tail - sim.head == ROOM)
		return;
	sim.packets[sim.tail++ % ROOM] = packet;
	sim.bytes += packet.len;
}

static void run_batch(void)
{
	struct codel_batch_call ask = {
		.ops = sim.count,
		.maxpacket = sim.model.maxpacket,
		.target = sim.model.target,
		.interval = sim.model.interval,
	};

	call("judge", &ask, sizeof(ask), sim.count);
	for (__u32 i = 0; i < sim.count; i++) {
		const struct codel_batch_answer *is = &answers[i], *should = &sim.expected[i];

		if (is->signal != should->signal)
			fail_msg("packet %u of the batch: signal %u instead of %u", i, is->signal,
				 should->signal);
		/* Only behind the last packet of a dequeue has the RFC a state. */
		if (should->pad && (is->count != should->count ||
				    is->dropping != should->dropping ||
				    is->drop_next != should->drop_next))
			fail_msg("packet %u of the batch: count %u dropping %u drop_next %llu "
				 "instead of %u %u %llu", i, is->count, is->dropping,
				 is->drop_next, should->count, should->dropping,
				 should->drop_next);
	}
	sim.steps += sim.count;
	sim.count = 0;
}

static void leave(void)
{
	struct codel_batch_answer *last;
	struct codel_packet packet;

	codel_model_dequeue(&sim.model, &queue, sim.now, &packet);
	last = &sim.expected[sim.count - 1];
	last->count = sim.model.count;
	last->dropping = sim.model.dropping;
	last->drop_next = sim.model.drop_next;
	last->pad = true;
	/* A dequeue may drop all there is. */
	if (sim.count + (sim.tail - sim.head) + 2 > CODEL_BATCH_OPS)
		run_batch();
}

/* Loads between too little and too much, with pauses of all lengths. */
static void random_walk(void)
{
	__u64 load = 50;	/* arrivals of 100 operations */

	while (sim.steps < STEPS) {
		if (random_one_in(5000))
			load = random_between(30, 75);
		if (random_one_in(20000))
			sim.now += random_below(20 * sim.model.interval);
		if (random_one_in(200000))
			sim.now += HOUR;
		sim.now += random_below(sim.model.interval / 64);
		if (random_below(100) < load && sim.tail - sim.head < ROOM / 4)
			arrive();
		else
			leave();
	}
	run_batch();
}

static void start(__u64 target, __u64 interval, __u32 maxpacket, __u32 mark_one_in)
{
	__u8 zero[4096] = {};
	__u32 key = 0;

	memset(&sim, 0, sizeof(sim));
	sim.now = HARNESS_START;
	sim.mark_one_in = mark_one_in;
	sim.model = (struct codel_model){ target, interval, maxpacket, 0, 0, 0, 0, false };
	assert_int_equal(bpf_map_update_elem(harness_map_fd(object, ".bss"), &key, zero, 0), 0);
}

static void test_against_rfc(void **state __attribute__((unused)))
{
	static const struct {
		__u64 target, interval;
		__u32 maxpacket, mark_one_in;
	} settings[] = {
		{ 5 * MS, 100 * MS, 1514, 0 }, { 5 * MS, 100 * MS, 1514, 1 },
		{ 5 * MS, 100 * MS, 1514, 3 }, { 1 * MS, 20 * MS, 0, 2 },
		{ 50 * MS, 10 * MS, 3000, 4 }, { 1000, 4000 * MS, 60, 0 },
	};

	for (size_t i = 0; i < COUNT(settings); i++) {
		start(settings[i].target, settings[i].interval, settings[i].maxpacket,
		      settings[i].mark_one_in);
		random_walk();
		if (settings[i].mark_one_in != 1)
			assert_true(sim.signals > 1000);
		if (settings[i].mark_one_in)
			assert_true(sim.marks > 500);
	}
}

/* Offers a packet that has waited for `sojourn`, with `backlog` behind it. */
static bool signals(__u64 now, __u64 sojourn, __u32 backlog)
{
	struct codel_batch_call ask = { 1, 1514, 5 * MS, 100 * MS };

	ops[0] = (struct codel_batch_op){ .now = now, .arrived = now - sojourn,
					  .backlog = backlog };
	call("judge", &ask, sizeof(ask), 1);
	return answers[0].signal;
}

/* Never before an interval has passed, never below target, never with one packet left. */
static void test_patience(void **state __attribute__((unused)))
{
	__u64 t = HARNESS_START;

	start(5 * MS, 100 * MS, 1514, 0);
	assert_false(signals(t, 6 * MS, 3000));
	assert_false(signals(t + 100 * MS - 1, 6 * MS, 3000));
	assert_true(signals(t + 100 * MS, 6 * MS, 3000));

	start(5 * MS, 100 * MS, 1514, 0);
	assert_false(signals(t, 6 * MS, 3000));
	assert_false(signals(t + 50 * MS, 5 * MS - 1, 3000));
	assert_false(signals(t + 100 * MS, 6 * MS, 3000));
	assert_false(signals(t + 150 * MS, 6 * MS, 1514));
	assert_false(signals(t + 200 * MS, 6 * MS, 1515));
	assert_true(signals(t + 300 * MS, 5 * MS, 1515));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_control_law),
		cmocka_unit_test(test_against_rfc),
		cmocka_unit_test(test_patience),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, load, unload);
}
