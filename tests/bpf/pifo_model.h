/* SPDX-License-Identifier: GPL-2.0-only */
/* The PIFO's contract, as a list in the order of arrival that is searched for the lowest rank. */
#ifndef XDPQ_TEST_PIFO_MODEL_H
#define XDPQ_TEST_PIFO_MODEL_H

#include <stdbool.h>
#include <linux/types.h>

#define PIFO_MODEL_MAX 4096

struct pifo_model {
	bool monotonic;
	__u64 range;
	__u64 base;	/* of the window */
	__u32 len;
	__u32 below;	/* ranks moved into the window */
	__u32 beyond;
	struct {
		__u64 rank;
		__u32 id;
	} entry[PIFO_MODEL_MAX];
};

void pifo_model_push(struct pifo_model *model, __u64 rank, __u32 id);
/* Both return 0 if it is empty. */
__u32 pifo_model_peek(const struct pifo_model *model);
__u32 pifo_model_pop(struct pifo_model *model);

#endif
