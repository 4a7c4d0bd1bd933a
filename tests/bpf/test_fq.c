/* SPDX-License-Identifier: GPL-2.0-only */
/* fq against its model, a packet at a time. */
#include "cmocka_all.h"
#include "fq_walk.h"

#define MS 1000000ULL
#define HOUR 3600000000000ULL
#define TALKS 48

/* A few hosts talk to a few others. */
static void name(__u32 talk, __u32 *src, __u32 *dst)
{
	*src = talk % 7;
	*dst = talk % 5;
}

static const struct fq_walk_setting plain = { 0, 1024, TALKS, false };
static const struct fq_walk_setting hardly_any = { 9, 1024, TALKS, false };

static void run(struct fq_model_conf conf)
{
	conf.limit = FQ_WALK_SLOTS - 20;
	fq_bed_start(&conf, 1024, FQ_WALK_SLOTS, TALKS, name);
}

/* The first packets of a flow go before those of flows that have had a turn. */
static void test_new_before_old(void **state __attribute__((unused)))
{
	__u32 first;

	run(fq_bed_defaults());
	for (int i = 0; i < 10; i++)
		fq_bed_arrive(0, 1514, 0);
	assert_int_equal(fq_bed_leave(), 1);
	assert_int_equal(fq_bed_leave(), 2);
	first = fq_bed_arrive(1, 300, 0);
	assert_int_equal(fq_bed_leave(), first);
	assert_int_equal(fq_bed_leave(), 3);
	fq_bed_end();
}

/* The flow that has most pays, whoever arrives. */
static void test_longest_pays(void **state __attribute__((unused)))
{
	struct fq_model_conf conf = fq_bed_defaults();
	__u32 mine;

	run(conf);
	conf.limit = 100;
	conf.drop_batch = 10;
	fq_bed_configure(&conf);
	for (int i = 0; i < 99; i++)
		fq_bed_arrive(0, 1000, 0);
	fq_bed_arrive(1, 100, 0);
	assert_int_equal(bed.h.port->qlen, 100);
	mine = fq_bed_arrive(1, 100, 0);
	assert_int_equal(bed.h.port->qlen, 91);
	assert_int_equal(bed.h.port->drops[XDPQ_DROP_OVERLIMIT].bytes, 10000);
	assert_int_equal(fq_bed_leave(), 11);
	assert_int_equal(fq_bed_leave(), 12);
	assert_int_equal(fq_bed_leave(), mine - 1);
	assert_int_equal(fq_bed_leave(), mine);
	fq_bed_end();
}

/* A packet for which there is never room is lost, and nothing else is. */
static void test_no_room_at_all(void **state __attribute__((unused)))
{
	struct fq_model_conf conf = fq_bed_defaults();

	run(conf);
	conf.memory_limit = 500;
	fq_bed_configure(&conf);
	fq_bed_arrive(0, 1000, 0);
	assert_int_equal(bed.h.port->qlen, 0);
	harness_check(&bed.h);
	fq_bed_arrive(1, 500, 0);
	assert_int_equal(bed.h.port->qlen, 1);
	fq_bed_end();
}

/* Lowered far below what waits, the limit holds again with the next packet. */
static void test_limit_lowered(void **state __attribute__((unused)))
{
	struct fq_model_conf conf = fq_bed_defaults();

	run(conf);
	for (int i = 0; i < 200; i++)
		fq_bed_arrive(i % TALKS, 1000, 0);
	conf.limit = 5;
	conf.drop_batch = 2;
	fq_bed_configure(&conf);
	fq_bed_arrive(0, 100, 0);
	assert_true(bed.h.port->qlen <= 5);
	fq_bed_end();
}

/* After an hour of silence nothing of what was is held against anybody. */
static void test_idle_restart(void **state __attribute__((unused)))
{
	run(fq_bed_defaults());
	for (int i = 0; i < 200; i++)
		fq_bed_arrive(0, 1514, 0);
	for (int i = 0; i < 60; i++) {
		fq_bed_wait(10 * MS);
		fq_bed_leave();
	}
	assert_true(bed.h.port->drops[XDPQ_DROP_AQM].packets > 5);
	fq_bed_drain();
	fq_bed_wait(HOUR);
	for (int i = 0; i < 200; i++)
		fq_bed_arrive(0, 1514, 0);
	fq_bed_wait(6 * MS);
	assert_int_equal(fq_bed_leave(), bed.last_id - 199);
	fq_bed_wait(99 * MS);
	assert_int_equal(fq_bed_leave(), bed.last_id - 198);
	fq_bed_wait(1 * MS);
	assert_int_equal(fq_bed_leave(), bed.last_id - 196);
	fq_bed_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_before_old),
		cmocka_unit_test(test_longest_pays),
		cmocka_unit_test(test_no_room_at_all),
		cmocka_unit_test(test_limit_lowered),
		cmocka_unit_test(test_idle_restart),
		FQ_WALK(plain),
		FQ_WALK(hardly_any),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
