/* SPDX-License-Identifier: GPL-2.0-only */
/* What test and BPF program exchange when one run makes many steps of CoDel. */
#ifndef XDPQ_TEST_CODEL_BATCH_H
#define XDPQ_TEST_CODEL_BATCH_H

#include <linux/types.h>

#define CODEL_BATCH_OPS 4096

/* A packet taken from the queue. */
struct codel_batch_op {
	__u64 now;
	__u64 arrived;
	__u32 backlog;		/* without it */
	__u32 none;		/* there is no packet */
	__u32 marks;		/* a signal becomes a mark */
	__u32 pad;
};

struct codel_batch_answer {
	__u64 drop_next;	/* after it */
	__u32 count;
	__u32 dropping;
	__u32 signal;		/* congestion was to be signalled with this packet */
	__u32 pad;
};

struct codel_batch_call {
	__u32 ops;
	__u32 maxpacket;
	__u64 target;
	__u64 interval;
};

/* Square roots: of `interval` squared through `first`, `first` + 1 ... */
struct codel_batch_pauses {
	__u64 interval;
	__u32 first;
	__u32 ops;
};

#endif
