/* SPDX-License-Identifier: GPL-2.0-only */
/* prio's parameters, as the scheduler declares them. */
#ifndef XDPQ_TEST_PRIO_PARAMS_H
#define XDPQ_TEST_PRIO_PARAMS_H

#include <linux/types.h>

#define PRIO_DSCPS 64
#define PRIO_PCPS 8

struct prio_params {
	__u32 bands;
	__u32 limit;
	__u32 priomap[PRIO_DSCPS];
	__u32 pcpmap[PRIO_PCPS];
};

/* DSCP n and PCP n are in band n, as far as there is one. */
struct prio_params prio_params_plain(__u32 bands, __u32 limit);

#endif
