/* SPDX-License-Identifier: GPL-2.0-only */
/* A scheduler under test, and all frames it has been given: whatever leaves is compared. */
#ifndef XDPQ_TEST_PLAY_H
#define XDPQ_TEST_PLAY_H

#include "harness.h"

struct play {
	struct harness h;
	struct recipe *recipes;		/* by id */
	__u32 room;
	__u32 last_id;			/* ids are given in the order of arrival, from 1 */
	int verdict;			/* of the last run */
	/* What a frame is in addition to its recipe's; may be NULL. */
	void (*shape)(struct frame *frame, const struct recipe *recipe);
	struct bpf_object *cropper;
	struct frame in, out;
};

void play_start(struct play *p, const struct harness_opts *opts);
void play_end(struct play *p);

/*
 * A frame arrives, or the pump comes by. Both return the id of the frame that
 * left, 0 if none did, and check its bytes.
 */
__u32 play_arrive(struct play *p, __u32 len);
__u32 play_arrive_word(struct play *p, __u32 len, __u64 word);
__u32 play_pump(struct play *p);

/* The same for frames whose buffers have `front` bytes less room than others. */
__u32 play_arrive_small(struct play *p, __u32 len, __u32 front);
__u32 play_pump_small(struct play *p, __u32 front);

__u32 play_len(const struct play *p, __u32 id);
void play_wait(struct play *p, __u64 ns);
/* Waits until the port says that something is due; false if it is never. */
bool play_wait_due(struct play *p);

#endif
