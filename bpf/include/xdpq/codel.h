/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CoDel, controlled delay (RFC 8289): drops, or marks, so that the shortest wait in
 * any interval stays below a target. Its pseudocode, told a packet at a time:
 *
 *	take a packet from the queue
 *	xdpq_codel_judge(): send it, or signal congestion
 *	to signal: mark it, xdpq_codel_marked(), send it; or drop it, and go on with the next
 *	no packet left: xdpq_codel_empty()
 *
 * so that whoever calls it may stop after any drop and go on later. A mark counts as
 * the drop that it replaces. Times are ns, of a clock that does not wrap.
 */
#ifndef XDPQ_CODEL_H
#define XDPQ_CODEL_H

#include <stdbool.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <xdpq/verifier.h>

/* So that the square of an interval fits 64 bits. */
#define XDPQ_CODEL_MAX_INTERVAL (1ULL << 32)

/* A pause of fewer intervals than this between two spells of dropping is none. */
#define XDPQ_CODEL_MEMORY 16

struct xdpq_codel_params {
	__u64 target;		/* ns */
	__u64 interval;		/* ns, below XDPQ_CODEL_MAX_INTERVAL */
	__u32 maxpacket;	/* bytes: a backlog of no more than this is no standing queue */
};

enum xdpq_codel_signal {
	XDPQ_CODEL_SETTLED,
	XDPQ_CODEL_FIRST,	/* the first drop of a spell */
	XDPQ_CODEL_NEXT,	/* a later one */
};

/* A queue's state; zero to begin with. */
struct xdpq_codel {
	__u64 first_above;	/* when dropping may start; 0: was below target */
	__u64 drop_next;
	__u32 count;		/* drops in this spell */
	__u32 lastcount;	/* `count` when it began */
	__u32 dropping;
	__u32 signal;		/* enum xdpq_codel_signal: the one not settled yet */
};

/* How the packet just taken from the queue stands. */
struct xdpq_codel_look {
	__u64 now;
	__u64 arrived;
	__u32 backlog;		/* bytes left in the queue, without this packet */
};

/*
 * The square root, rounded down. Heron's method from above: `root` is at most
 * twice too large, and the error squares with each step.
 */
static __always_inline __u32 xdpq_square_root(__u64 square)
{
	__u64 root = 1, rest = square;

	if (!square)
		return 0;
	for (__u32 bits = 32; bits; bits /= 2) {
		if (rest >> bits) {
			rest >>= bits;
			root <<= bits / 2;
		}
	}
	root *= 2;
	for (__u32 i = 0; i < 6; i++)
		root = (root + square / root) / 2;
	return square / root < root ? root - 1 : root;
}

/* interval / sqrt(count), exact to the ns below; Linux's approximation is 29 % off at count 2. */
XDPQ_VERIFIED_ONCE __u64 xdpq_codel_pause(__u64 interval, __u32 count)
{
	return xdpq_square_root(interval * interval / (count ?: 1));
}

static __always_inline bool xdpq_codel_above(struct xdpq_codel *codel,
					     const struct xdpq_codel_params *params,
					     const struct xdpq_codel_look *look)
{
	if (look->now - look->arrived < params->target || look->backlog <= params->maxpacket) {
		codel->first_above = 0;
		return false;
	}
	if (!codel->first_above) {
		codel->first_above = look->now + params->interval;
		return false;
	}
	return look->now >= codel->first_above;
}

/* A spell of dropping begins, where the last one left off if that was a moment ago. */
static __always_inline void xdpq_codel_begin(struct xdpq_codel *codel, __u64 interval, __u64 now)
{
	__u32 delta = codel->count - codel->lastcount;
	bool recent = now < codel->drop_next + XDPQ_CODEL_MEMORY * interval;

	codel->dropping = true;
	codel->count = delta > 1 && recent ? delta : 1;
	codel->lastcount = codel->count;
	codel->drop_next = now + xdpq_codel_pause(interval, codel->count);
	codel->signal = XDPQ_CODEL_FIRST;
}

/* The signal has been given. `above`: a packet that still waits too long is in hand. */
static __always_inline void xdpq_codel_settle(struct xdpq_codel *codel, __u64 interval, bool above)
{
	if (codel->signal == XDPQ_CODEL_NEXT && above)
		codel->drop_next += xdpq_codel_pause(interval, codel->count);
	codel->signal = XDPQ_CODEL_SETTLED;
}

/* Returns true if congestion is to be signalled with this packet, false if it is to be sent. */
static __always_inline bool xdpq_codel_judge(struct xdpq_codel *codel,
					     const struct xdpq_codel_params *params,
					     const struct xdpq_codel_look *look)
{
	bool above = xdpq_codel_above(codel, params, look);
	bool first = codel->signal == XDPQ_CODEL_FIRST;

	xdpq_codel_settle(codel, params->interval, above);
	/* The packet behind the first one dropped is sent as it is. */
	if (first)
		return false;
	if (!codel->dropping) {
		if (above)
			xdpq_codel_begin(codel, params->interval, look->now);
		return above;
	}
	codel->dropping = above;
	if (!above || look->now < codel->drop_next)
		return false;
	codel->count++;
	codel->signal = XDPQ_CODEL_NEXT;
	return true;
}

/* The packet was marked instead of dropped; it is sent. */
static __always_inline void xdpq_codel_marked(struct xdpq_codel *codel, __u64 interval)
{
	xdpq_codel_settle(codel, interval, true);
}

/* There was no packet. */
static __always_inline void xdpq_codel_empty(struct xdpq_codel *codel)
{
	codel->first_above = 0;
	codel->dropping = false;
	codel->signal = XDPQ_CODEL_SETTLED;
}

#endif
