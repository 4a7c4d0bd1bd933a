/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames that can be told apart: each carries an id and a pattern derived from it. */
#ifndef XDPQ_TEST_FRAMES_H
#define XDPQ_TEST_FRAMES_H

#include <stdbool.h>
#include <linux/types.h>

#define FRAME_MIN 14		/* what BPF_PROG_RUN takes */
#define FRAME_MAX 3520		/* what it has room for */
#define FRAME_WORD_OFFSET 16	/* where the test schedulers look */

struct frame {
	__u32 len;
	__u8 pad[2];	/* aligns what is behind an Ethernet header */
	__u8 data[4096];
};

/* What a frame is made of; frames too short for `word` do without it. */
struct recipe {
	__u32 id;
	__u32 len;
	__u64 word;
};

void frame_make(struct frame *frame, const struct recipe *recipe);
__u32 frame_id(const struct frame *frame);
bool frame_is(const struct frame *frame, const struct recipe *recipe);

/* The seed is $XDPQ_SEED, else the time; it is printed. Returns it. */
__u64 random_seed(void);
__u64 random_u64(void);
__u64 random_below(__u64 limit);
/* From `low` to `high`, both included. */
__u64 random_between(__u64 low, __u64 high);
/* True once in `n` times. */
bool random_one_in(__u32 n);

#endif
