/* SPDX-License-Identifier: GPL-2.0-only */
/* Schedulers made of one PIFO, whole frames in and out, against the PIFO's model. */
#include "cmocka_all.h"
#include "harness.h"
#include "pifo_model.h"

#define OPERATIONS 300000
#define CHECK_EVERY 500
#define SLOTS 256
#define SLOT_SIZE 256
#define SHORTEST (FRAME_WORD_OFFSET + 8)

static const struct link slow_link = { .rate = 8000000, .burst = 1, .frame = SLOT_SIZE };

static struct {
	struct harness h;
	struct pifo_model model;
	struct xdpq_clock_params clock;
	struct link_meter meter;
	struct recipe recipes[OPERATIONS + 1];	/* by id */
	__u32 last_id;		/* the last one given */
	__u32 limit;
	__u32 overlimit;	/* drops expected */
	__u64 rank;		/* around which random ranks lie */
	__u32 target;
	struct frame in, out;
} t;

static void start(const char *object, bool monotonic, __u64 range)
{
	struct harness_opts opts = { .object = object, .slots = SLOTS, .slot_size = SLOT_SIZE };

	memset(&t, 0, sizeof(t));
	harness_load(&t.h, &opts);
	t.limit = SLOTS - 1;	/* this CPU keeps one to copy to */
	harness_set(&t.h, "copy[0].sched.limit", t.limit);
	harness_set_link(&t.h, 0, &slow_link);
	t.clock = link_clock(&slow_link);
	t.model.monotonic = monotonic;
	t.model.range = range;
}

static __u64 now(void)
{
	return harness_time(&t.h);
}

static bool link_free(void)
{
	return now() >= link_meter_free_at(&t.meter, &t.clock);
}

static void expect_left(int verdict, __u32 id)
{
	const struct recipe *recipe = &t.recipes[id];

	assert_int_equal(verdict, id ? XDP_REDIRECT : XDP_DROP);
	if (!id)
		return;
	if (!frame_is(&t.out, recipe))
		fail_msg("frame %u of %u bytes left instead of %u of %u bytes",
			 frame_id(&t.out), t.out.len, recipe->id, recipe->len);
	link_meter_charge(&t.meter, &t.clock, now(), recipe->len);
	harness_flush(&t.h);
}

static const struct recipe *new_recipe(__u64 word)
{
	struct recipe *recipe = &t.recipes[++t.last_id];

	*recipe = (struct recipe){
		.id = t.last_id,
		.len = random_between(SHORTEST, SLOT_SIZE),
		.word = word,
	};
	return recipe;
}

/* The id that leaves now that this frame has come. */
static __u32 expect_arrival(const struct recipe *recipe)
{
	__u64 rank = t.model.monotonic ? recipe->word : (__u8)recipe->word;

	if (!t.model.len && link_free())
		return recipe->id;
	if (t.model.len < t.limit)
		pifo_model_push(&t.model, rank, recipe->id);
	else
		t.overlimit++;
	return link_free() ? pifo_model_pop(&t.model) : 0;
}

static void arrive(__u64 word)
{
	const struct recipe *recipe = new_recipe(word);
	__u32 leaves;
	int verdict;

	frame_make(&t.in, recipe);
	verdict = harness_enqueue(&t.h, &t.in, &t.out);
	leaves = expect_arrival(recipe);
	expect_left(verdict, leaves);
	assert_int_equal(*t.h.queue.qlen, t.model.len);
	assert_int_equal(t.h.port->drops[XDPQ_DROP_OVERLIMIT].packets, t.overlimit);
}

static __u32 pump(void)
{
	int verdict = harness_pump(&t.h, &t.out);
	__u32 id = link_free() ? pifo_model_pop(&t.model) : 0;

	expect_left(verdict, id);
	assert_int_equal(*t.h.queue.qlen, t.model.len);
	return id;
}

static void wait_for_link(void)
{
	if (!link_free())
		harness_set_time(&t.h, link_meter_free_at(&t.meter, &t.clock));
}

static __u64 random_rank(void)
{
	switch (random_below(16)) {
	case 0:
		return random_u64();
	case 1:
		return t.rank - random_below(2 * t.model.range);
	case 2:
		return t.rank + random_below(4 * t.model.range);
	case 3:
		return t.rank;
	default:
		t.rank += random_below(16);
		return t.rank + random_below(t.model.range);
	}
}

static void change_mood(void)
{
	static const __u32 targets[] = { 0, 1, 3, 20, 100, SLOTS + 10 };

	t.target = targets[random_below(COUNT(targets))];
	if (random_one_in(3))
		t.rank = random_one_in(2) ? random_u64() : 0 - random_below(2 * t.model.range);
}

static void random_op(void)
{
	bool more = t.model.len < t.target;

	if (random_one_in(300))
		change_mood();
	if (random_one_in(5))
		more = !more;
	/* Without time passing, what is due now stays in the queue. */
	if (!more || random_one_in(10))
		wait_for_link();
	if (more)
		arrive(random_rank());
	else
		pump();
}

static void run(void)
{
	for (int i = 0; i < OPERATIONS; i++) {
		random_op();
		if (!(i % CHECK_EVERY))
			harness_check(&t.h);
	}
	do {
		wait_for_link();
	} while (pump());
	harness_check(&t.h);
	assert_int_equal(*t.h.queue.qlen, 0);
	assert_true(t.overlimit > 0);
	harness_unload(&t.h);
}

static void test_fixed(void **state __attribute__((unused)))
{
	start("tests/pifo_fixed", false, 64);
	run();
}

static void test_time(void **state __attribute__((unused)))
{
	start("tests/pifo_time", true, 256);
	run();
}

/* Full is an answer, and empty is one. */
static void test_full_and_empty(void **state __attribute__((unused)))
{
	start("tests/pifo_fixed", false, 64);
	harness_set(&t.h, "copy[0].sched.limit", t.limit = 3);
	assert_int_equal(pump(), 0);
	arrive(9);
	for (int i = 0; i < 5; i++)
		arrive(i);
	assert_int_equal(t.overlimit, 2);
	assert_int_equal(t.model.len, 3);
	for (int i = 0; i < 3; i++) {
		wait_for_link();
		assert_int_not_equal(pump(), 0);
		harness_check(&t.h);
	}
	wait_for_link();
	assert_int_equal(pump(), 0);
	harness_unload(&t.h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_and_empty),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_time),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
