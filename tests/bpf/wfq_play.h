/* SPDX-License-Identifier: GPL-2.0-only */
/* wfq under test on a slow link and a virtual clock, with its model beside it. */
#ifndef XDPQ_TEST_WFQ_PLAY_H
#define XDPQ_TEST_WFQ_PLAY_H

#include "harness.h"
#include "wfq_model.h"

#define WFQ_PLAY_SLOTS 1100
#define WFQ_PLAY_FRAME 3408	/* longest frame */
#define WFQ_PLAY_BYTE 1000ULL	/* ns: what a byte takes of the link */
#define WFQ_PLAY_PREFIXES 32

enum wfq_kind {
	WFQ_IP4,
	WFQ_IP6,
	WFQ_IP4_TAGGED,
	WFQ_NOT_IP,
	WFQ_KINDS
};

/* What a frame is made of. IPv4 addresses are the last word. */
struct wfq_frame {
	__u32 id;
	__u32 len;
	enum wfq_kind kind;
	__u8 dscp;
	__u8 src[16], dst[16];
};

struct wfq_prefix {
	__u8 addr[16];
	__u32 len;
	__u32 weight;
};

/* What the user has configured. */
struct wfq_conf {
	__u32 limit;
	__u32 match;		/* 0: dst, 1: src */
	__u32 weights[64];
	struct wfq_prefix prefixes[WFQ_PLAY_PREFIXES];	/* longest first */
	__u32 prefix_count;
};

struct wfq_play {
	struct harness h;
	struct wfq_model model;
	struct wfq_conf conf;
	struct xdpq_clock_params clock;
	struct link_meter meter;
	struct wfq_frame *frames;	/* by id */
	__u32 *class_of;		/* by id */
	__u32 room;
	__u32 last_id;
	int active;
	__u32 left_class;	/* of the frame that left last */
	__u64 passed;		/* frames that left without waiting */
	struct frame in, out;
};

/* Weights are 1 and there are no prefixes until wfq_play_change. */
void wfq_play_start(struct wfq_play *p, __u32 limit);
void wfq_play_end(struct wfq_play *p);
/* p->conf takes effect, as `xdpq change` would have it. */
void wfq_play_change(struct wfq_play *p);
/* All tags of the scheduler begin here, in its units. */
void wfq_play_set_tags(struct wfq_play *p, __u64 tag);

/*
 * Both return the id of the frame that left, 0 if none did, having checked that it is
 * whole, the first of its class, and of a class whose turn it is.
 */
__u32 wfq_play_arrive(struct wfq_play *p, const struct wfq_frame *frame);
__u32 wfq_play_arrive_dscp(struct wfq_play *p, __u8 dscp, __u32 len);
__u32 wfq_play_pump(struct wfq_play *p);

bool wfq_play_link_free(const struct wfq_play *p);
void wfq_play_wait_link(struct wfq_play *p);
void wfq_play_drain(struct wfq_play *p);
/* Counters, and that no rank has been out of the PIFO's window. */
void wfq_play_check(struct wfq_play *p);

#endif
