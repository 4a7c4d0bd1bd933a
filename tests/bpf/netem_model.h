/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In which order netem has to send, told from what its page promises and without a look
 * at PIFOs: packets have their times; one that waits for up to 33 ms is ordered in steps
 * of 1 us, up to 2.1 s in steps of 66 us, beyond that in steps of 8.4 ms, and within a
 * step packets leave as they came. A step is so much larger as it takes to reach from
 * the earliest packet that waits in steps of this size to the new one in 65536 steps.
 */
#ifndef XDPQ_TEST_NETEM_MODEL_H
#define XDPQ_TEST_NETEM_MODEL_H

#include <linux/types.h>

#define NETEM_MODEL_ROOM 4096

struct netem_waiting {
	__u32 id;
	__u32 shift;		/* of its steps, of 2^shift ns */
	__u64 time;		/* ns: when it is to leave */
};

struct netem_model {
	struct netem_waiting waiting[NETEM_MODEL_ROOM];	/* in the order of arrival */
	__u32 len;
};

void netem_model_push(struct netem_model *model, __u32 id, __u64 now, __u64 time);
/* The packet that leaves next, NULL if none waits; it may not be due yet. */
const struct netem_waiting *netem_model_first(const struct netem_model *model);
void netem_model_pop(struct netem_model *model);
/* The longest that a packet of this wait may be held up by others that are due later. */
__u64 netem_model_step(__u64 wait);

#endif
