/* SPDX-License-Identifier: GPL-2.0-only */
#include "cmocka_all.h"
#include "fq_walk.h"

#define MS 1000000ULL
#define HOUR 3600000000000ULL

struct fq_model_conf fq_walk_conf(__u32 i)
{
	struct fq_model_conf confs[] = {
		[0 ... 9] = fq_bed_defaults(),
	};

	for (size_t n = 0; n < COUNT(confs); n++)
		confs[n].limit = FQ_WALK_SLOTS - 20;
	confs[1].ecn = 0;
	confs[2].limit = 20;
	confs[2].drop_batch = 1;
	confs[3].memory_limit = 20000;
	confs[3].drop_batch = 5;
	confs[4].ce_threshold = 3 * MS;
	confs[4].target = 10 * MS;
	confs[5].quantum = 300;
	confs[5].interval = 20 * MS;
	confs[6].isolate = FQ_SRCHOST;
	confs[6].limit = 100;
	confs[7].isolate = FQ_DSTHOST;
	confs[7].quantum = 5000;
	confs[8].isolate = FQ_DUAL;
	confs[8].memory_limit = 60000;
	confs[9].limit = 1;
	confs[9].memory_limit = 1000;
	return confs[i % COUNT(confs)];
}

/* A few hosts talk to a few others. */
static void name(__u32 talk, __u32 *src, __u32 *dst)
{
	*src = talk % 7 + (talk % 3 == 2 ? FQ_IPV6 : 0);
	*dst = talk % 5;
}

static void random_arrival(void)
{
	static const __u32 lengths[] = { FQ_MIN_LEN, 200, 1000, 1514 };
	/* Some talk more than others. */
	__u32 talk = random_below(random_between(1, bed.talk_count));
	__u32 len = random_one_in(3) ? random_between(FQ_MIN_LEN, 1514) :
				       lengths[random_below(COUNT(lengths))];

	fq_bed_arrive(talk, len, random_one_in(2) ? 0 : random_below(4));
}

static void random_change(void)
{
	struct fq_model_conf conf = fq_walk_conf(random_below(1000));

	conf.isolate = random_below(4);
	fq_bed_configure(&conf);
}

/* Between idle and full, the queue's length wanders; now and then everybody pauses. */
static void walk(__u32 ops, bool changes)
{
	__u64 load = 50;	/* arrivals of 100 operations */

	for (__u32 i = 0; i < ops; i++) {
		if (random_one_in(2000))
			load = random_between(20, 80);
		if (random_one_in(5000))
			fq_bed_wait(random_below(20 * bed.conf.interval));
		if (random_one_in(30000))
			fq_bed_wait(HOUR);
		if (changes && random_one_in(500))
			random_change();
		fq_bed_wait(random_below(bed.conf.interval / 200));
		if (random_below(100) < load)
			random_arrival();
		else
			fq_bed_leave();
		if (i % 16 == 0)
			harness_check(&bed.h);
	}
}

void fq_walk_test(void **state)
{
	const struct fq_walk_setting *setting = *state;
	struct fq_model_conf conf = fq_walk_conf(setting->conf);

	fq_bed_start(&conf, setting->flows, FQ_WALK_SLOTS, setting->talks, name);
	walk(FQ_WALK_OPS, setting->changes);
	fq_bed_end();
}
