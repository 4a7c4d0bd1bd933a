/* SPDX-License-Identifier: GPL-2.0-only */
/* netem under test, beside the model of its order: whatever it does is compared. */
#ifndef XDPQ_TEST_NETEM_PLAY_H
#define XDPQ_TEST_NETEM_PLAY_H

#include "netem_model.h"
#include "play.h"

#define NETEM_SLOTS 272
#define NETEM_LIMIT 256
#define US 1000ULL
#define MS 1000000ULL
#define SECOND 1000000000ULL
#define PERCENT 10000000U	/* in parts per billion */

struct netem_play {
	struct play p;
	struct netem_model model;
	__u32 accepted;		/* of the last arrival: 0, 1, or 2 with a copy */
	__u64 times[2];		/* when these are to leave */
	int active;		/* the copy of the configuration in use */
};

/* With a limit of NETEM_LIMIT and everything else off. */
void netem_start(struct netem_play *n);
void netem_end(struct netem_play *n);
/* A parameter of the configuration in use. */
void netem_set(struct netem_play *n, const char *name, __u64 value);
/* Makes the other copy of the configuration the one in use; it has to be set anew. */
void netem_flip(struct netem_play *n);
__u64 netem_now(const struct netem_play *n);
/* One of the scheduler's own counters. */
__u64 netem_counter(const struct netem_play *n, const char *name);

/*
 * A frame arrives, or the pump comes by. Returns the id that left, 0 if none. Fails if
 * that is not the one the model says, or if none has left though `must` (the link is free).
 */
__u32 netem_arrive(struct netem_play *n, __u32 len, bool must);
__u32 netem_pump(struct netem_play *n, bool must);

/* Waits until a packet leaves, returns its id, 0 if none waits. Fails if none leaves then. */
__u32 netem_next(struct netem_play *n);

#endif
