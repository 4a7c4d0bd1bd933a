/* SPDX-License-Identifier: GPL-2.0-only */
/* What test and BPF program exchange when one run makes many operations on a PIFO. */
#ifndef XDPQ_TEST_PIFO_BATCH_H
#define XDPQ_TEST_PIFO_BATCH_H

#include <linux/types.h>

#define PIFO_BATCH_OPS 4096
#define PIFO_BATCH_IDS 4096

struct pifo_batch_op {
	__u64 rank;
	__u32 id;	/* 0: pop, else push */
	__u32 pad;
};

struct pifo_batch_answer {
	__u32 peeked;	/* before the operation */
	__u32 popped;
	__u32 len;	/* after it */
	__u32 pad;
};

struct pifo_batch_call {
	__u32 ops;
};

#endif
