/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of each packet of a simulation, told without touching its bytes: by the slot
 * it is in.
 *
 * An arriving packet is copied to the spare slot of this CPU, and the packet that leaves is in it
 * afterwards. Every other slot that held a packet and is free after a run has lost it; the free
 * list is last in, first out, so these slots stand at its head. Only a policy that drops queued
 * packets and asks for a copy in one and the same enqueue could be misread.
 *
 * Reasons come from the port's counters. When one run drops packets for several reasons, the
 * arriving packet is given the likeliest that there is, then the queued ones.
 */
#ifndef XDPQ_FATES_H
#define XDPQ_FATES_H

#include <stdbool.h>
#include <stdint.h>

#include <xdpq/simport.h>

enum fate_end { FATE_QUEUED, FATE_SENT, FATE_DROPPED };

struct fate {
	uint64_t number;	/* of the packet in the trace, from 1 */
	bool duplicate;		/* a copy of that packet, made by the scheduler */
	uint32_t flow;		/* the caller's */
	uint32_t len;		/* bytes */
	uint64_t arrived;	/* ns */
	int ecn;		/* its ECN bits on arrival; -1: no IP */
	enum fate_end end;
	uint64_t ended;		/* ns; when it left or was dropped */
	uint64_t order;		/* among all that left, from 1 */
	enum xdpq_drop reason;	/* why it was dropped */
	bool marked;		/* it left with CE and came without */
};

struct fates {
	struct simport *sim;
	/* Told of every end, in the order of time. */
	void (*tell)(void *arg, const struct fate *fate);
	void *arg;
	struct fate *held;	/* by slot; number 0: no packet is in it */
	uint32_t *lost;		/* room for the slots that one run frees */
	uint64_t left;		/* packets that have left */
	uint32_t count;		/* packets in slots */
};

/* 0, or -1 (reported). */
int fates_init(struct errors *e, struct fates *f, struct simport *sim,
	       void (*tell)(void *arg, const struct fate *fate), void *arg);
void fates_free(struct fates *f);

/*
 * Packet `p`, of which number, flow, len and arrived are set, arrives as `frame`; or, p being NULL,
 * the pump comes by. Returns how many packets ended, -1 on failure (reported).
 */
int fates_run(struct errors *e, struct fates *f, const struct fate *p, const unsigned char *frame);

#endif
