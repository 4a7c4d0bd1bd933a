/* SPDX-License-Identifier: GPL-2.0-only */
/* fifo against a model: both limits, what is dropped at them, changes of all on a running port. */
#include "cmocka_all.h"
#include "model.h"

#define OPERATIONS 400000
#define SLOTS 256
#define SLOT_SIZE 1514
#define MAX_HEADS 64		/* as the manual page says */
#define TAIL 0
#define HEAD 1

static struct {
	__u32 limit;
	__u32 bytes;
	__u32 drop;
} conf;

static bool has_room(__u32 len)
{
	return model.len < conf.limit && (!conf.bytes || model.bytes + len <= conf.bytes);
}

static bool never_fits(__u32 len)
{
	return conf.bytes && len > conf.bytes;
}

static void enqueue(const struct model_packet *packet)
{
	for (int i = 0; i < MAX_HEADS && conf.drop == HEAD; i++) {
		struct model_packet head;

		if (never_fits(packet->len) || has_room(packet->len))
			break;
		head = model_take(0);
		model_drop(&head, XDPQ_DROP_OVERLIMIT);
	}
	if (has_room(packet->len))
		model_push(packet);
	else
		model_drop(packet, XDPQ_DROP_OVERLIMIT);
}

static bool dequeue(__u64 now __attribute__((unused)), struct model_packet *packet)
{
	*packet = model_take(0);
	return true;
}

static const struct model_policy policy = { .enqueue = enqueue, .dequeue = dequeue };

static void configure(__u32 limit, __u32 bytes, __u32 drop)
{
	conf.limit = limit;
	conf.bytes = bytes;
	conf.drop = drop;
	model_set("limit", limit);
	model_set("bytes", bytes);
	model_set("drop", drop);
	model_flip();
}

static void start(__u32 limit, __u32 bytes, __u32 drop)
{
	struct harness_opts opts = { .object = "fifo", .slots = SLOTS, .slot_size = SLOT_SIZE };

	model_start(&opts, &policy, 8000000);
	configure(limit, bytes, drop);
}

/* The first one passes, and keeps the link busy for those that come now. */
static void fill(__u32 count, __u32 len)
{
	model_arrive(SLOT_SIZE, 0);
	for (__u32 i = 0; i < count; i++)
		assert_int_equal(model_arrive(len, 0), 0);
	assert_int_equal(model.len, count);
}

static void test_tail(void **state __attribute__((unused)))
{
	start(3, 0, TAIL);
	fill(3, 100);
	model_arrive(100, 0);
	model_arrive(100, 0);
	for (__u32 id = 2; id <= 4; id++)
		assert_int_equal(model_leave_next(), id);
	model_end();
}

static void test_head(void **state __attribute__((unused)))
{
	start(3, 0, HEAD);
	fill(3, 100);
	model_arrive(100, 0);
	model_arrive(100, 0);
	for (__u32 id = 4; id <= 6; id++)
		assert_int_equal(model_leave_next(), id);
	model_end();
}

/* One long packet takes the place of several, and no more of them than it needs. */
static void test_head_bytes(void **state __attribute__((unused)))
{
	start(SLOTS - 1, 1500, HEAD);
	fill(15, 100);
	model_arrive(850, 0);
	assert_int_equal(model.len, 7);
	assert_int_equal(model_leave_next(), 11);
	model_end();
}

/* What could never fit empties no queue. */
static void test_head_too_long(void **state __attribute__((unused)))
{
	start(SLOTS - 1, 1000, HEAD);
	fill(10, 100);
	model_arrive(1001, 0);
	assert_int_equal(model.len, 10);
	model_arrive(1000, 0);
	assert_int_equal(model.len, 1);
	model_end();
}

/* Far above a limit that was lowered, the arriving packet is dropped as well. */
static void test_head_is_bounded(void **state __attribute__((unused)))
{
	start(SLOTS - 1, 0, HEAD);
	fill(2 * MAX_HEADS + 9, 60);
	configure(10, 0, HEAD);
	model_arrive(60, 0);
	assert_int_equal(model.len, MAX_HEADS + 9);
	model_arrive(60, 0);
	assert_int_equal(model.len, 10);
	assert_int_equal(model.p.h.port->drops[XDPQ_DROP_OVERLIMIT].packets, 2 * MAX_HEADS + 1);
	model_end();
}

static void test_one_packet(void **state __attribute__((unused)))
{
	start(1, 64, HEAD);
	fill(1, 64);
	for (int i = 0; i < 5; i++)
		model_arrive(60 + i, 0);
	assert_int_equal(model_leave_next(), 7);
	model_end();
}

static void random_configuration(void)
{
	__u32 limit = random_one_in(8) ? 1 : random_between(1, SLOTS - 1);
	__u32 bytes = random_one_in(2) ? 0 : random_between(64, random_one_in(4) ? 1600 : 100000);

	configure(limit, bytes, random_below(2));
}

static void test_random(void **state __attribute__((unused)))
{
	start(100, 0, HEAD);
	for (int i = 0; i < OPERATIONS; i++) {
		if (random_one_in(200))
			random_configuration();
		model_random_step(random_between(FRAME_MIN, random_one_in(3) ? 80 : SLOT_SIZE), 0);
	}
	assert_true(model.drops[XDPQ_DROP_OVERLIMIT].packets > OPERATIONS / 100);
	model_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tail),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_head_bytes),
		cmocka_unit_test(test_head_too_long),
		cmocka_unit_test(test_head_is_bounded),
		cmocka_unit_test(test_one_packet),
		cmocka_unit_test(test_random),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
