/* SPDX-License-Identifier: GPL-2.0-only */
/* The pseudocode of RFC 8289, section 5, with marks where they may stand for drops. */
#ifndef XDPQ_TEST_CODEL_MODEL_H
#define XDPQ_TEST_CODEL_MODEL_H

#include <stdbool.h>
#include <linux/types.h>

struct codel_packet {
	__u64 arrived;
	__u32 id;
	__u32 len;
};

/* The queue in which it works. */
struct codel_queue {
	void *of;
	/* Takes out the first packet. False if there is none. */
	bool (*take)(void *of, struct codel_packet *packet);
	__u32 (*bytes)(void *of);
	void (*drop)(void *of, const struct codel_packet *packet);
	/* False if it cannot be marked. */
	bool (*mark)(void *of, const struct codel_packet *packet);
};

struct codel_model {
	__u64 target, interval;
	__u32 maxpacket;
	__u64 first_above_time, drop_next;
	__u32 count, lastcount;
	bool dropping;
};

/* interval / sqrt(count), without what is behind the point. */
__u64 codel_model_pause(__u64 interval, __u32 count);
/* The packet to send. False if there is none. */
bool codel_model_dequeue(struct codel_model *codel, const struct codel_queue *queue, __u64 now,
			 struct codel_packet *packet);

#endif
