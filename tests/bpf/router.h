/* SPDX-License-Identifier: GPL-2.0-only */
/* The ingress program of port in0, with out0 as the other port, and frames sent to it. */
#ifndef XDPQ_TEST_ROUTER_H
#define XDPQ_TEST_ROUTER_H

#include "harness.h"
#include "packets.h"

#define ROUTER_IN 3		/* port numbers */
#define ROUTER_OUT 7

struct router {
	struct harness in, out;
	int prog;
	__u32 in_ifindex, out_ifindex;
	__u8 mac[6];		/* of in0 */
	__u8 out_mac[6];
	__u8 next_mac[6];	/* of the neighbour behind out0 */
	struct frame frame, left;
};

/* `scheduler` is that of out0. */
void router_start(struct router *r, const char *scheduler);
void router_end(struct router *r);
/* Frames are built in r->frame; the two below put a UDP packet there. */
void router_udp4(struct router *r, const char *dst);
void router_udp6(struct router *r, const char *dst);
/* The verdict; what is left of the frame is in r->left. */
int router_run(struct router *r);

/* The frame is the stack's, unchanged; `what` is for the reader of a failure. */
void router_expect_pass(struct router *r, const char *what);
/* It leaves by out0, and only what a router changes has changed. */
void router_expect_forward(struct router *r, const char *what);
/* It leaves by out0 as it came. */
void router_expect_wire(struct router *r, const char *what);

#endif
