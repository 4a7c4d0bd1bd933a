/* SPDX-License-Identifier: GPL-2.0-only */
/* The test scheduler "headers", frames for it, and what it has to see in them. */
#ifndef XDPQ_TEST_HEADERS_H
#define XDPQ_TEST_HEADERS_H

#include "harness.h"

#define HEADERS_DPORT 9
#define HEADERS_PAYLOAD 20

struct headers_bed {
	struct harness h;
	struct frame in, out;
};

extern struct headers_bed headers;

/* What is expected of the frame in `in`. */
struct headers_expected {
	__u32 network, version, dscp, ecn, pcp, tagged, protocol, fragment, ports;
	bool mapped;		/* has the addresses above */
};

/* `slot_size`: 0 for the usual. */
void headers_start(__u32 slot_size);
void headers_stop(void);
/* A variable of the scheduler's `seen`. */
__u32 headers_seen(const char *name);
/* The frame is stored, looked at, marked, and carried out by itself: the link is idle. */
void headers_pass(void);
/* It passes, and what is expected is seen. */
void headers_expect(const struct headers_expected *e);
/* Without IP nothing is known but the tag. */
struct headers_expected headers_no_ip(const struct headers_expected *e);

/* Both make a UDP packet in `in`. */
struct headers_expected headers_make4(__u8 tos);
struct headers_expected headers_make6(__u8 tos);
void headers_set_tclass(__u8 *ip, __u8 tos);
/* A tag around all others; the outermost has the PCP that counts. */
void headers_add_tag(struct headers_expected *e, __u16 type, __u16 pcp);
void headers_add_tags(struct headers_expected *e, __u32 count);

#endif
