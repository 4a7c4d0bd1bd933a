/* SPDX-License-Identifier: GPL-2.0-only */
/* Arrivals, departures and pauses at random, for fq and its model. */
#ifndef XDPQ_TEST_FQ_WALK_H
#define XDPQ_TEST_FQ_WALK_H

#include "fq_bed.h"

#define FQ_WALK_SLOTS 256
#define FQ_WALK_OPS 85000	/* a million in the twelve walks */

/* One of ten sets of parameters. */
struct fq_model_conf fq_walk_conf(__u32 i);

struct fq_walk_setting {
	__u32 conf;
	__u32 flows;		/* the parameter */
	__u32 talks;		/* flows of packets */
	bool changes;		/* of all parameters, again and again */
};

/* A cmocka test; its state is a setting. */
void fq_walk_test(void **state);

#define FQ_WALK(setting) { .name = "walk_" #setting, .test_func = fq_walk_test, \
			   .initial_state = (void *)&(setting) }

#endif
