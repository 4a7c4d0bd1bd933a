/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FQ-CoDel written from RFC 8290, section 4, RFC 8289 and the manual page of fq, for
 * tests: without hash tables, bitmaps or bounds, and slow.
 */
#ifndef XDPQ_TEST_FQ_MODEL_H
#define XDPQ_TEST_FQ_MODEL_H

#include "codel_model.h"

#define FQ_MODEL_ROOM 16384	/* packets that may wait in a model */

enum fq_model_isolate { FQ_FLOWS, FQ_SRCHOST, FQ_DSTHOST, FQ_DUAL };

struct fq_model_conf {
	__u32 limit, memory_limit, quantum, drop_batch;
	__u64 target, interval, ce_threshold;
	__u32 ecn, isolate;
};

struct fq_model_packet {
	__u32 id, len;
	__u64 arrived;
	__u32 flow;		/* which queue, from 1 on */
	__u32 src, dst;		/* which hosts; a source is never the same as a destination */
	__u8 ecn;		/* of the header; as it leaves when it does */
	struct fq_model_packet *next;
};

struct fq_model_counts {
	__u64 new_flow_count, ecn_mark, ce_mark, drop_overlimit, drop_overmemory, maxpacket;
	__u64 new_flows, old_flows, memory;
	__u64 packets, dropped_aqm;
};

void fq_model_start(__u32 flows, const struct fq_model_conf *conf);
void fq_model_configure(const struct fq_model_conf *conf);
void fq_model_end(void);
void fq_model_enqueue(const struct fq_model_packet *packet);
/* The packet that leaves. False if none does. */
bool fq_model_dequeue(__u64 now, struct fq_model_packet *packet);
struct fq_model_counts fq_model_counts(void);

#endif
