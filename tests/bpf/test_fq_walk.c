/* SPDX-License-Identifier: GPL-2.0-only */
/* fq against its model: overflow, ECN, few queues, other times. */
#include "cmocka_all.h"
#include "fq_walk.h"

static const struct fq_walk_setting no_ecn = { 1, 1024, 1, false };
static const struct fq_walk_setting one_by_one = { 2, 64, 48, false };
static const struct fq_walk_setting memory = { 3, 7, 48, false };
static const struct fq_walk_setting threshold = { 4, 1024, 4, false };
static const struct fq_walk_setting one_queue = { 5, 1, 48, false };

int main(void)
{
	const struct CMUnitTest tests[] = {
		FQ_WALK(no_ecn),
		FQ_WALK(one_by_one),
		FQ_WALK(memory),
		FQ_WALK(threshold),
		FQ_WALK(one_queue),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
