/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prio against a model: order, limits and counters of the bands, for marks of all kinds, with
 * changes of bands, maps and limit on a running port.
 */
#include "cmocka_all.h"
#include "marked.h"
#include "model.h"
#include "prio_params.h"

#define OPERATIONS 500000
#define COMPARE_EVERY 64	/* steps */
#define SLOTS 400
#define SLOT_SIZE 300
#define MAX_BANDS 16
#define HOUR (3600 * 1000000000ULL)

static struct prio_params conf;
static struct {
	__u64 sent[MAX_BANDS];
	__u64 dropped[MAX_BANDS];
	__u64 waiting[MAX_BANDS];
} counted;

static __u32 band_of(const struct model_packet *packet)
{
	int pcp = marked_pcp(packet->word, packet->len);

	return pcp >= 0 ? conf.pcpmap[pcp] : conf.priomap[marked_dscp(packet->word, packet->len)];
}

static void enqueue(const struct model_packet *packet)
{
	struct model_packet queued = *packet;
	__u32 band = band_of(packet);

	if (counted.waiting[band] >= conf.limit) {
		counted.dropped[band]++;
		model_drop(packet, XDPQ_DROP_OVERLIMIT);
		return;
	}
	counted.waiting[band]++;
	queued.key = band;
	model_push(&queued);
}

static bool dequeue(__u64 now __attribute__((unused)), struct model_packet *packet)
{
	__u32 best = 0;

	for (__u32 i = 1; i < model.len; i++) {
		if (model.waiting[i].key < model.waiting[best].key)
			best = i;
	}
	*packet = model_take(best);
	counted.waiting[packet->key]--;
	counted.sent[packet->key]++;
	return true;
}

static void cut_through(const struct model_packet *packet)
{
	counted.sent[band_of(packet)]++;
}

static void compare_counter(const char *name, const __u64 *expected)
{
	for (int band = 0; band < MAX_BANDS; band++) {
		char path[64];

		snprintf(path, sizeof(path), "xdpq_counters.%s[%d]", name, band);
		assert_int_equal(harness_get(&model.p.h, path), expected[band]);
	}
}

static void compare(void)
{
	static __u32 steps;

	if (steps++ % COMPARE_EVERY)
		return;
	compare_counter("sent", counted.sent);
	compare_counter("dropped", counted.dropped);
	compare_counter("waiting", counted.waiting);
}

static const struct model_policy policy = {
	.enqueue = enqueue,
	.dequeue = dequeue,
	.cut_through = cut_through,
	.compare = compare,
};

static void set_map(const char *name, const __u32 *map, __u32 keys)
{
	for (__u32 key = 0; key < keys; key++) {
		char path[32];

		snprintf(path, sizeof(path), "%s[%u]", name, key);
		model_set(path, map[key]);
	}
}

static void configure(const struct prio_params *params)
{
	conf = *params;
	model_set("bands", conf.bands);
	model_set("limit", conf.limit);
	set_map("priomap", conf.priomap, PRIO_DSCPS);
	set_map("pcpmap", conf.pcpmap, PRIO_PCPS);
	model_flip();
}

static void start(const struct prio_params *params)
{
	struct harness_opts opts = { .object = "prio", .slots = SLOTS, .slot_size = SLOT_SIZE };

	memset(&counted, 0, sizeof(counted));
	model_start(&opts, &policy, 8000000);
	model.p.shape = marked_shape;
	configure(params);
}

static __u32 arrive(__u32 dscp)
{
	struct marks marks = { .dscp = dscp };

	return model_arrive(100, marked_word(&marks));
}

static void busy_link(void)
{
	__u32 left = arrive(0);

	assert_int_equal(left, model.p.last_id);
}

static void test_empty(void **state __attribute__((unused)))
{
	struct prio_params params = prio_params_plain(3, 10);

	start(&params);
	assert_int_equal(model_pump(), 0);
	busy_link();
	assert_int_equal(model_leave_next(), 0);
	model_end();
}

static void test_one_in_each_of_16_bands(void **state __attribute__((unused)))
{
	struct prio_params params = prio_params_plain(16, 1);

	start(&params);
	busy_link();
	for (__u32 i = 0; i < 16; i++)
		assert_int_equal(arrive(15 - i), 0);
	assert_int_equal(model.len, 16);
	for (__u32 i = 0; i < 16; i++)
		assert_int_equal(model_leave_next(), 17 - i);
	model_end();
}

/* A full band drops its own packets and nobody else's. */
static void test_overflow(void **state __attribute__((unused)))
{
	struct prio_params params = prio_params_plain(3, 2);

	start(&params);
	busy_link();
	for (int i = 0; i < 5; i++)
		arrive(2);
	arrive(0);
	assert_int_equal(model.len, 3);
	assert_int_equal(counted.dropped[2], 3);
	assert_int_equal(model_leave_next(), 7);
	assert_int_equal(model_leave_next(), 2);
	model_end();
}

/* The first band starves the others for as long as it has packets. */
static void test_strict(void **state __attribute__((unused)))
{
	struct prio_params params = prio_params_plain(2, 100);

	start(&params);
	busy_link();
	arrive(1);
	arrive(0);
	for (__u32 i = 0; i < 1000; i++) {
		model_wait_for_link();
		assert_int_equal(arrive(0), i + 3);
	}
	model_end();
}

static void test_idle_restart_and_clock_jump(void **state __attribute__((unused)))
{
	struct prio_params params = prio_params_plain(4, 100);

	start(&params);
	for (int round = 0; round < 50; round++) {
		__u32 first;

		model_wait(round % 2 ? HOUR : 1 << 20);
		busy_link();
		first = model.p.last_id + 1;
		arrive(3);
		arrive(1);
		model_wait(round % 3 ? HOUR : 0);
		assert_int_equal(model_leave_next(), first + 1);
		assert_int_equal(model_leave_next(), first);
		assert_int_equal(model_leave_next(), 0);
	}
	model_end();
}

/* What waits in a band that is no more leaves in its turn, the last. */
static void test_fewer_bands(void **state __attribute__((unused)))
{
	struct prio_params many = prio_params_plain(16, 10), few = prio_params_plain(2, 10);

	start(&many);
	busy_link();
	arrive(15);
	arrive(9);
	configure(&few);
	arrive(15);
	arrive(1);
	assert_int_equal(model_leave_next(), 4);
	assert_int_equal(model_leave_next(), 5);
	assert_int_equal(model_leave_next(), 3);
	assert_int_equal(model_leave_next(), 2);
	model_end();
}

/* A tag decides before the DSCP does, and the outermost one. */
static void test_tags(void **state __attribute__((unused)))
{
	struct marks tagged = { .tags = 2, .pcp = 1, .dscp = 7 };
	struct prio_params params = prio_params_plain(8, 10);

	start(&params);
	busy_link();
	arrive(6);
	model_arrive(100, marked_word(&tagged));
	assert_int_equal(model_leave_next(), 3);
	assert_int_equal(model_leave_next(), 2);
	model_end();
}

static void random_configuration(void)
{
	struct prio_params params = { .bands = random_between(2, MAX_BANDS) };

	params.limit = random_one_in(5) ? 1 : random_between(1, (SLOTS - 1) / MAX_BANDS);
	for (int i = 0; i < PRIO_DSCPS; i++)
		params.priomap[i] = random_below(params.bands);
	for (int i = 0; i < PRIO_PCPS; i++)
		params.pcpmap[i] = random_below(params.bands);
	configure(&params);
}

static void test_random(void **state __attribute__((unused)))
{
	struct prio_params params = prio_params_plain(16, 20);

	start(&params);
	for (int i = 0; i < OPERATIONS; i++) {
		__u32 shortest = random_one_in(4) ? FRAME_MIN : 80;

		if (random_one_in(400))
			random_configuration();
		if (random_one_in(2000))
			model_wait(random_below(HOUR));
		model_random_step(random_between(shortest, SLOT_SIZE), marked_random());
	}
	for (int band = 0; band < MAX_BANDS; band++)
		assert_true(counted.sent[band] > 100 && counted.dropped[band]);
	model_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_one_in_each_of_16_bands),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_idle_restart_and_clock_jump),
		cmocka_unit_test(test_fewer_bands),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_random),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
