/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scheduler beside a model of it. What is the same for all (cut-through, carrier,
 * pump, link clock) is modelled here; a policy, written from the scheduler's manual page
 * and without a look at its code, says what becomes of each packet. After every
 * step the same frame must have left, and the same ones must wait or be lost.
 */
#ifndef XDPQ_TEST_MODEL_H
#define XDPQ_TEST_MODEL_H

#include "play.h"

#define MODEL_MAX 512		/* packets that may wait */

struct model_packet {
	__u32 id;
	__u32 len;
	__u64 word;		/* as in its frame's recipe */
	__u64 arrived;		/* ns */
	__u64 key;		/* the policy's own */
};

struct model_policy {
	/* Takes the packet in with model_push(), or loses it with model_drop(). */
	void (*enqueue)(const struct model_packet *packet);
	/* Takes out what leaves now. False if nothing does. */
	bool (*dequeue)(__u64 now, struct model_packet *packet);
	/* One that passes an idle port. May be NULL. */
	void (*cut_through)(const struct model_packet *packet);
	/* Once after each step: compares what is the scheduler's own. May be NULL. */
	void (*compare)(void);
};

struct model {
	struct play p;
	const struct model_policy *policy;
	struct link link;
	struct xdpq_clock_params clock;
	struct link_meter meter;
	struct model_packet waiting[MODEL_MAX];	/* in the order of arrival */
	__u32 len;
	__u32 bytes;
	struct xdpq_tally drops[XDPQ_DROP_REASONS];
	__u32 target;		/* packets that a random step tends to */
	int active;		/* copy of the configuration */
};

/* The one that the test plays with. */
extern struct model model;

/* `rate`: of the link, bit/s. */
void model_start(const struct harness_opts *opts, const struct model_policy *policy, __u64 rate);
/* Lets all leave that waits, and checks that nothing is left. */
void model_end(void);

/* For policies. */
void model_push(const struct model_packet *packet);
/* Takes out the i-th of those that wait. */
struct model_packet model_take(__u32 i);
void model_drop(const struct model_packet *packet, enum xdpq_drop reason);

/* Steps. Those that return an id return that of the frame that left, 0 if none did. */
__u32 model_arrive(__u32 len, __u64 word);
__u32 model_pump(void);
void model_wait(__u64 ns);
/* Waits until the link is free. */
void model_wait_for_link(void);
/* Does that, and pumps. */
__u32 model_leave_next(void);
/* Parameters of the scheduler by name, in the copy that is not in use; then that one is. */
void model_set(const char *name, __u64 value);
void model_flip(void);

/* Arrival or pump, at random, around a length of the queue that changes now and then. */
void model_random_step(__u32 len, __u64 word);

#endif
