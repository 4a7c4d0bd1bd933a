/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames with marks: a DSCP, VLAN tags, told by the word of their recipe. */
#ifndef XDPQ_TEST_MARKED_H
#define XDPQ_TEST_MARKED_H

#include "frames.h"

enum marked_kind {
	MARKED_IPV4,
	MARKED_IPV6,
	MARKED_NO_IP,
};

struct marks {
	enum marked_kind kind;
	__u32 tags;		/* 0..3 */
	__u32 pcp;		/* of the outermost tag; inner ones have another */
	__u32 dscp;
};

__u64 marked_word(const struct marks *marks);
__u64 marked_random(void);
/* For struct play. */
void marked_shape(struct frame *frame, const struct recipe *recipe);

/* What a reader of the frame finds, frames cut short included. */
__u32 marked_dscp(__u64 word, __u32 len);
/* -1 if there is no tag. */
int marked_pcp(__u64 word, __u32 len);

#endif
