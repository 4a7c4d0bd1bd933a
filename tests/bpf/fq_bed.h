/* SPDX-License-Identifier: GPL-2.0-only */
/* fq on the harness, real packets of many flows for it, and its model beside it. */
#ifndef XDPQ_TEST_FQ_BED_H
#define XDPQ_TEST_FQ_BED_H

#include "fq_model.h"
#include "harness.h"

#define FQ_MIN_LEN 72		/* headers, and the id that tells packets apart */
#define FQ_IPV6 0x10000		/* added to a source's number: both ends speak that */

/* A flow's packets, but for their length and ECN. */
struct fq_talk {
	struct frame head;
	__u32 flow, src, dst;	/* as fq hashes them to its table, for the model */
};

struct fq_bed {
	struct harness h;
	struct fq_model_conf conf;
	struct fq_talk *talks;
	__u32 talk_count;
	const __u64 *counters[9];
	__u32 active, last_id;
	__u64 pumps;
	__u32 *talk_of;		/* by id of the packet */
	__u32 talk_of_room;
};

extern struct fq_bed bed;

/* Linux's defaults. */
struct fq_model_conf fq_bed_defaults(void);
/* `flows`: the parameter. `talks`: flows of packets, between hosts that `name` tells by number. */
void fq_bed_start(const struct fq_model_conf *conf, __u32 flows, __u32 slots, __u32 talks,
		  void (*name)(__u32 talk, __u32 *src, __u32 *dst));
void fq_bed_end(void);
void fq_bed_configure(const struct fq_model_conf *conf);

/* A packet arrives and is queued or lost, as in the model. Returns its id. */
__u32 fq_bed_arrive(__u32 talk, __u32 len, __u8 ecn);
/* What is to leave at this time does, as in the model. Returns its id, 0 if nothing does. */
__u32 fq_bed_leave(void);
void fq_bed_wait(__u64 ns);
/* Lets all leave. */
void fq_bed_drain(void);

#endif
