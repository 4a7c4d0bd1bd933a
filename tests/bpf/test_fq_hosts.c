/* SPDX-License-Identifier: GPL-2.0-only */
/* fq: equal shares for hosts, many flows of one host, and parameters that change. */
#include "cmocka_all.h"
#include "fq_walk.h"

#define MANY 4096
#define TABLE 65536

static const struct fq_walk_setting srchost = { 6, 1024, 48, false };
static const struct fq_walk_setting dsthost = { 7, 1000, 48, false };
static const struct fq_walk_setting dual = { 8, 2000, 48, false };
static const struct fq_walk_setting changes = { 0, 1024, 48, true };
static const struct fq_walk_setting collisions = { 8, 50, 48, true };

/* Host 1 has flow 0 alone, host 2 all others, to or from a third party each. */
static void sends(__u32 talk, __u32 *src, __u32 *dst)
{
	*src = talk ? 2 : 1;
	*dst = 20 + talk;
}

static void receives(__u32 talk, __u32 *src, __u32 *dst)
{
	sends(talk, dst, src);
}

static void start(__u32 isolate, __u32 talks, void (*name)(__u32 talk, __u32 *src, __u32 *dst))
{
	struct fq_model_conf conf = fq_bed_defaults();

	conf.isolate = isolate;
	fq_bed_start(&conf, TABLE, 2 * talks + 64, talks, name);
}

static __u32 length(__u32 talk)
{
	return talk ? 1514 : 300;
}

/* All flows always have packets. Returns what part of the bytes flow 0 has sent. */
static double share(__u32 packets)
{
	__u64 bytes = 0, mine = 0;

	for (__u32 i = 0; i < 2 * bed.talk_count; i++)
		fq_bed_arrive(i / 2, length(i / 2), 0);
	bed.pumps = 0;
	for (__u32 i = 0; i < packets; i++) {
		__u32 talk = bed.talk_of[fq_bed_leave()];

		bytes += length(talk);
		mine += talk ? 0 : length(talk);
		fq_bed_arrive(talk, length(talk), 0);
	}
	/* One call for each packet, however many flows there are. */
	assert_int_equal(bed.pumps, packets);
	return (double)mine / bytes;
}

static void expect_share(__u32 isolate, __u32 talks,
			 void (*name)(__u32 talk, __u32 *src, __u32 *dst), __u32 packets,
			 double should)
{
	double is;

	start(isolate, talks, name);
	/* The addresses are chosen so that it shares its queue with none. */
	for (__u32 i = 1; i < talks; i++)
		assert_int_not_equal(bed.talks[i].flow, bed.talks[0].flow);
	is = share(packets);
	if (is < should * 0.95 || is > should * 1.05)
		fail_msg("isolate %u, 1 flow and %u: %.1f %%", isolate, talks - 1, is * 100);
	fq_bed_end();
}

static void test_one_against_thirty(void **state __attribute__((unused)))
{
	expect_share(FQ_SRCHOST, 31, sends, 4000, 0.5);
	expect_share(FQ_DSTHOST, 31, receives, 4000, 0.5);
	expect_share(FQ_DUAL, 31, sends, 4000, 0.5);
	expect_share(FQ_DUAL, 31, receives, 4000, 0.5);
	/* And where the other end is looked at, or none, each flow has the same. */
	expect_share(FQ_FLOWS, 31, sends, 10000, 1.0 / 31);
	expect_share(FQ_DSTHOST, 31, sends, 10000, 1.0 / 31);
	expect_share(FQ_SRCHOST, 31, receives, 10000, 1.0 / 31);
}

static void test_one_against_a_thousand(void **state __attribute__((unused)))
{
	expect_share(FQ_SRCHOST, 1001, sends, 12000, 0.5);
	expect_share(FQ_DUAL, 1001, receives, 12000, 0.5);
}

static void expect_calls(__u32 packets, __u64 most)
{
	bed.pumps = 0;
	for (__u32 i = 0; i < packets; i++)
		assert_int_not_equal(fq_bed_leave(), 0);
	if (bed.pumps > most)
		fail_msg("%llu calls for %u packets", bed.pumps, packets);
}

/* As many flows as slots, of one host: no stall, and one call for nearly each packet. */
static void test_many_flows(void **state)
{
	start((__u32)(long)*state, MANY, sends);
	for (__u32 round = 0; round < 3; round++) {
		for (__u32 i = 0; i < MANY; i++)
			fq_bed_arrive(i, FQ_MIN_LEN + i % 1000, 0);
		expect_calls(MANY - 1, MANY + MANY / 64);
	}
	harness_check(&bed.h);
	fq_bed_end();
}

/* Turns shorter than a packet, and all are in debt. */
static void test_short_turns(void **state __attribute__((unused)))
{
	struct fq_model_conf conf = fq_bed_defaults();

	start(FQ_SRCHOST, 1000, sends);
	conf.quantum = 256;
	conf.isolate = FQ_SRCHOST;
	fq_bed_configure(&conf);
	for (__u32 i = 0; i < 2000; i++)
		fq_bed_arrive(i % 1000, 1514, 0);
	expect_calls(2000, 2100);
	fq_bed_end();
}

#define MANY_FLOWS(isolate) { .name = "test_many_flows_" #isolate, \
			      .test_func = test_many_flows, .initial_state = (void *)isolate }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_against_thirty),
		cmocka_unit_test(test_one_against_a_thousand),
		MANY_FLOWS(FQ_FLOWS),
		MANY_FLOWS(FQ_SRCHOST),
		MANY_FLOWS(FQ_DSTHOST),
		MANY_FLOWS(FQ_DUAL),
		cmocka_unit_test(test_short_turns),
		FQ_WALK(srchost),
		FQ_WALK(dsthost),
		FQ_WALK(dual),
		FQ_WALK(changes),
		FQ_WALK(collisions),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
