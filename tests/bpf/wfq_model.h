/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start-time fair queueing as the paper has it (Goyal, Vin, Cheng, SIGCOMM 1996, section
 * 2), in 2^-64 byte at weight 1, with no bits to save and no ranks. Which of
 * several classes within one step goes first is left to the scheduler under test.
 */
#ifndef XDPQ_TEST_WFQ_MODEL_H
#define XDPQ_TEST_WFQ_MODEL_H

#include <stdbool.h>
#include <linux/types.h>

#define WFQ_MODEL_CLASSES 96	/* 64 of DSCPs, then 32 of prefixes */
#define WFQ_MODEL_QUEUE 1024	/* packets of a class, a power of two */
#define WFQ_MODEL_STEP 0.25	/* bytes at weight 1 that the order may be wrong by */

struct wfq_model_packet {
	__u32 id;
	__u32 len;
};

struct wfq_model_class {
	struct wfq_model_packet queue[WFQ_MODEL_QUEUE];
	__u32 first, qlen;
	__u32 weight;
	__int128 start;		/* of the first packet in `queue`, if there is one */
	__int128 finish;	/* of the last packet that left */
	__u64 sent, sent_bytes, dropped;
};

struct wfq_model {
	struct wfq_model_class classes[WFQ_MODEL_CLASSES];
	__int128 time;
	__int128 latest;	/* finish of all that have left */
	__u32 limit;
	__u32 qlen;
};

/* Returns whether it may queue. `weight` is the class's from now on. */
bool wfq_model_arrive(struct wfq_model *m, __u32 class, __u32 weight,
		      const struct wfq_model_packet *packet);
/* One that arrives at an idle port, and leaves at once. */
void wfq_model_pass(struct wfq_model *m, __u32 class, __u32 weight, __u32 len);
/* The first packet of the class leaves. Fails the test if another class had to be first. */
struct wfq_model_packet wfq_model_depart(struct wfq_model *m, __u32 class);

#endif
