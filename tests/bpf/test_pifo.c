/* SPDX-License-Identifier: GPL-2.0-only */
/* The PIFO against its model: many ranges, in batches of thousands of operations. */

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "btf_path.h"
#include "cmocka_all.h"
#include "harness.h"
#include "pifo_batch.h"
#include "pifo_model.h"

#define RANDOM_OPS 100000	/* for each queue */
#define DEEPEST 300

struct queue {
	const char *name;	/* of the program and of its state */
	__u64 range;
	bool monotonic;
};

static const struct queue queues[] = {
	{ "fixed_1", 1, false },
	{ "fixed_2", 2, false },
	{ "fixed_64", 64, false },
	{ "fixed_128", 128, false },
	{ "fixed_4096", 4096, false },
	{ "fixed_8192", 8192, false },
	{ "fixed_262144", 262144, false },
	{ "time_1", 1, true },
	{ "time_2", 2, true },
	{ "time_16", 16, true },
	{ "time_64", 64, true },
	{ "time_256", 256, true },
	{ "time_4096", 4096, true },
	{ "time_65536", 65536, true },
	{ "time_262144", 262144, true },
};

static struct bpf_object *object;
static struct pifo_batch_op *ops;
static const struct pifo_batch_answer *answers;
static __u64 total_ops;

/* One queue under test, its model, and the batch that is being put together. */
static struct {
	const struct queue *queue;
	int prog;
	struct pifo_model model;
	struct pifo_batch_answer expected[PIFO_BATCH_OPS];
	__u32 count;
	__u32 free_ids[PIFO_BATCH_IDS];
	__u32 free_count;
	__u64 now;		/* around which random ranks lie */
	__u32 target;		/* length that random operations head for */
} batch;

static int load(void **state __attribute__((unused)))
{
	object = bpf_object__open_file(harness_object_path("tests/pifo_batch"), NULL);
	if (!object || bpf_object__load(object))
		fail_msg("can't load pifo_batch");
	ops = harness_map_memory(object, "ops").base;
	answers = harness_map_memory(object, "answers").base;
	return 0;
}

static int unload(void **state __attribute__((unused)))
{
	printf("# %llu operations\n", total_ops);
	bpf_object__close(object);
	return 0;
}

static __u32 queue_state(const char *member)
{
	struct btf_place place;
	char path[64];
	__u8 bss[4096];
	__u32 key = 0, value;

	snprintf(path, sizeof(path), "%s_state.%s", batch.queue->name, member);
	assert_true(btf_path_find(bpf_object__btf(object), ".bss", path, &place));
	assert_int_equal(bpf_map_lookup_elem(harness_map_fd(object, ".bss"), &key, bss), 0);
	memcpy(&value, bss + place.offset, sizeof(value));
	return value;
}

static void start_queue(const struct queue *queue)
{
	batch.queue = queue;
	batch.prog = bpf_program__fd(bpf_object__find_program_by_name(object, queue->name));
	batch.count = 0;
	batch.model = (struct pifo_model){
		.monotonic = queue->monotonic,
		.range = queue->range,
	};
	batch.model.below = queue_state("below");
	batch.model.beyond = queue_state("beyond");
	for (__u32 i = 0; i < PIFO_BATCH_IDS; i++)
		batch.free_ids[i] = PIFO_BATCH_IDS - i;
	batch.free_count = PIFO_BATCH_IDS;
	assert_int_equal(queue_state("len"), 0);
}

static void compare_answer(__u32 i)
{
	const struct pifo_batch_answer *is = &answers[i], *should = &batch.expected[i];

	if (is->peeked == should->peeked && is->popped == should->popped && is->len == should->len)
		return;
	fail_msg("%s, operation %u: peeked %u popped %u len %u, model: %u %u %u",
		 batch.queue->name, i, is->peeked, is->popped, is->len,
		 should->peeked, should->popped, should->len);
}

static void run_batch(void)
{
	struct pifo_batch_call call = { .ops = batch.count };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &call, .ctx_size_in = sizeof(call));

	assert_int_equal(bpf_prog_test_run_opts(batch.prog, &opts), 0);
	assert_int_equal(opts.retval, batch.count);
	for (__u32 i = 0; i < batch.count; i++)
		compare_answer(i);
	assert_int_equal(queue_state("below"), batch.model.below);
	assert_int_equal(queue_state("beyond"), batch.model.beyond);
	total_ops += batch.count;
	batch.count = 0;
}

/* The next operation of the batch; runs it when it is full. */
static void add(__u64 rank, __u32 id, __u32 peeked, __u32 popped)
{
	ops[batch.count] = (struct pifo_batch_op){ .rank = rank, .id = id };
	batch.expected[batch.count++] = (struct pifo_batch_answer){
		.peeked = peeked, .popped = popped, .len = batch.model.len,
	};
	if (batch.count == PIFO_BATCH_OPS)
		run_batch();
}

static void push(__u64 rank)
{
	__u32 peeked = pifo_model_peek(&batch.model), id = batch.free_ids[--batch.free_count];

	pifo_model_push(&batch.model, rank, id);
	add(rank, id, peeked, 0);
}

static __u32 pop(void)
{
	__u32 peeked = pifo_model_peek(&batch.model), id = pifo_model_pop(&batch.model);

	if (id)
		batch.free_ids[batch.free_count++] = id;
	add(0, 0, peeked, id);
	return id;
}

static void drain(void)
{
	while (pop())
		;
	run_batch();
}

static __u64 random_fixed_rank(__u64 range)
{
	switch (random_below(8)) {
	case 0:
		return 0;
	case 1:
		return range - 1;
	case 2:
		return range + random_below(3);
	case 3:
		return random_u64();
	default:
		return random_below(range);
	}
}

static __u64 random_time_rank(__u64 range)
{
	switch (random_below(16)) {
	case 0:
		return batch.now + random_below(4 * range);	/* beyond */
	case 1:
		return batch.now - random_below(2 * range);	/* below */
	case 2:
		return random_u64();
	case 3:
		batch.now += range * random_below(3);
		return batch.now;
	case 4:
		return batch.now;				/* equals */
	default:
		batch.now += random_below(range / 8 + 2);
		return batch.now + random_below(range);
	}
}

/* Now and then time leaps, to the end of all numbers too. */
static void change_mood(void)
{
	static const __u32 targets[] = { 0, 1, 2, 10, 60, DEEPEST };

	batch.target = targets[random_below(COUNT(targets))];
	if (random_one_in(4))
		batch.now = random_u64();
	if (random_one_in(8))
		batch.now = 0 - random_below(4 * batch.queue->range);
}

static void random_op(void)
{
	__u64 range = batch.queue->range;
	bool more = batch.model.len < batch.target;

	if (random_one_in(200))
		change_mood();
	if (random_one_in(5))
		more = !more;
	if (!more || batch.model.len >= 2 * DEEPEST)
		pop();
	else
		push(batch.queue->monotonic ? random_time_rank(range) : random_fixed_rank(range));
}

static void test_random_operations(void **state __attribute__((unused)))
{
	for (size_t i = 0; i < COUNT(queues); i++) {
		start_queue(&queues[i]);
		for (int op = 0; op < RANDOM_OPS; op++)
			random_op();
		drain();
	}
}

/* Each bucket together with its neighbour and with one far away, pushed in the wrong order. */
static void test_every_bucket(void **state __attribute__((unused)))
{
	for (size_t i = 0; i < COUNT(queues); i++) {
		__u64 range = queues[i].range;

		start_queue(&queues[i]);
		for (__u64 bucket = 0; bucket < range; bucket++) {
			push(bucket);
			push((bucket + random_below(range)) % range);
			push(bucket ? bucket - 1 : 0);
			while (pop())
				;
		}
		run_batch();
	}
}

/* As many buckets in use at once as there are numbers for. */
static void test_full_bitmap(void **state __attribute__((unused)))
{
	for (size_t i = 0; i < COUNT(queues); i++) {
		__u64 range = queues[i].range;
		__u64 step = range > 512 ? range / 512 : 1;

		start_queue(&queues[i]);
		for (__u64 rank = range; rank >= step; rank -= step) {
			push(rank - 1);
			push(rank - step);
		}
		drain();
	}
}

static void test_first_come_first_served_among_equals(void **state __attribute__((unused)))
{
	for (size_t i = 0; i < COUNT(queues); i++) {
		start_queue(&queues[i]);
		for (int n = 0; n < 400; n++)
			push(queues[i].range / 2 + (n & 1));
		drain();
	}
}

/* The first push into an empty queue anchors the window; later ones may rank lower. */
static void test_anchor_after_idle(void **state __attribute__((unused)))
{
	for (size_t i = 0; i < COUNT(queues); i++) {
		__u64 range = queues[i].range;

		start_queue(&queues[i]);
		for (int n = 0; n < 2000; n++) {
			__u64 anchor = random_u64();

			push(anchor);
			push(anchor + range / 2 - 1);
			push(anchor - range / 2);
			push(anchor + range / 4);
			while (pop())
				;
		}
		run_batch();
	}
}

/* Across 2^64, in order and with all of the window in use. */
static void test_ranks_wrap(void **state __attribute__((unused)))
{
	for (size_t i = 0; i < COUNT(queues); i++) {
		__u64 step = queues[i].range / 64 + 1;

		start_queue(&queues[i]);
		for (int n = -300; n < 300; n++) {
			push(n * step);
			push((n - 5) * step);
			if (n > -270)
				pop();
			if (n > -270)
				pop();
		}
		drain();
	}
}

/* A window that slides keeps its lowest rank: far ahead, all go to the last bucket. */
static void test_slide_stops_at_the_lowest(void **state __attribute__((unused)))
{
	for (size_t i = 0; i < COUNT(queues); i++) {
		__u64 range = queues[i].range;

		start_queue(&queues[i]);
		push(1000000);
		for (__u64 n = 1; n < 100; n++)
			push(1000000 + n * range);
		for (int n = 0; n < 3; n++)
			push(1000000 - n * range);
		drain();
	}
}

static void test_empty(void **state __attribute__((unused)))
{
	for (size_t i = 0; i < COUNT(queues); i++) {
		start_queue(&queues[i]);
		for (int n = 0; n < 10; n++)
			assert_int_equal(pop(), 0);
		run_batch();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_every_bucket),
		cmocka_unit_test(test_full_bitmap),
		cmocka_unit_test(test_first_come_first_served_among_equals),
		cmocka_unit_test(test_anchor_after_idle),
		cmocka_unit_test(test_ranks_wrap),
		cmocka_unit_test(test_slide_stops_at_the_lowest),
		cmocka_unit_test(test_random_operations),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, load, unload);
}
