/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Earliest deadline first (Liu and Layland, "Scheduling Algorithms for
 * Multiprogramming in a Hard-Real-Time Environment", JACM 1973): each packet has to
 * leave within the time that its DSCP allows (deadlines), counted from its arrival,
 * and the one whose time is up first leaves first.
 *
 * Use it where classes differ in how long they may wait, not in importance: it
 * meets all deadlines whenever any order could, but for what a packet already on the
 * link takes, and no class starves, since a packet that waits gets more urgent.
 * Under overload it is unfair by chance: once what comes with short deadlines fills the
 * link, everybody is late. Bound that at the network's edge, or use prio, where the
 * first band is served whatever happens.
 *
 * A packet that has missed its deadline leaves late, first of all (late send), or is
 * dropped when its turn comes (late drop), for traffic that is worthless by then:
 * that keeps an overload from making more packets late. Either is counted, in all and
 * by DSCP. The deadline is for the begin of a packet's transmission. What is not IP
 * counts as DSCP 0.
 *
 * Deadlines are told apart in steps of 65.536 us; within a step, first in, first
 * out. The steps of 4.29 s lie in order, around the deadline of the packet that came
 * upon an empty queue. Only where packets are late by seconds can a deadline lie
 * beyond them, and that packet waits behind all others, in the order of arrival
 * (counted as unordered). The steps occupy half a megabyte for each port.
 *
 * The limit is for all classes: when the queue is full the arriving packet is
 * dropped, however urgent it is. Linux has nothing like it; the closest are etf, which
 * wants a time from the sender, and fq's pacing.
 */
#include <xdpq/sched.h>
#include <xdpq/packet.h>

/* Deadlines are ranks of a PIFO in steps of 2^SHIFT ns; the exact ones stay with the packets. */
#define EDF_SHIFT 16
#define EDF_STEPS 65536

/* Late packets dropped at most in one call. */
#define EDF_MAX_DROPS 8

enum edf_late {
	EDF_LATE_SEND,
	EDF_LATE_DROP,
};

struct edf_params {
	__u32 limit XDPQ_PARAM(packets, 1, 1048576, 1000, "packets that may wait");
	__u32 late XDPQ_CHOICE("send|drop", "send", "what becomes of packets past their deadline");
	__u64 deadlines[64] XDPQ_BY_DSCP(time, 1us, 2s,
		(LE=500ms,CS1=500ms,CS4-AF43=20ms,CS5=20ms,VA-EF=5ms,CS6-CS7=5ms,default=50ms),
		"how long a packet may wait, by its DSCP");
};

XDPQ_PARAMS(struct edf_params);

struct edf_counters {
	__u64 sent_late XDPQ_COUNTER(packets, "sent past their deadline");
	__u64 dropped_late XDPQ_COUNTER(packets, "dropped past their deadline");
	__u64 missed[64] XDPQ_COUNTER(packets, "past their deadline, sent or dropped, by DSCP");
	__u64 unordered XDPQ_COUNTER(packets, "queued elsewhere than where they belong");
};

XDPQ_COUNTERS(struct edf_counters);
XDPQ_PIFO(agenda, EDF_STEPS, XDPQ_PIFO_MONOTONIC, xdpq_slot_next);

static __always_inline int edf_enqueue(struct xdpq_packet *packet)
{
	struct xdpq_slot *slot = xdpq_slot(packet->slot);
	__u32 dscp = xdpq_masked(xdpq_dscp(packet), XDPQ_DSCPS - 1);

	if (!slot || xdpq_qlen() >= xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	slot->cb[0] = dscp;
	slot->rank = packet->arrived + xdpq_params()->deadlines[dscp];
	agenda_push(slot->rank >> EDF_SHIFT, packet->slot);
	xdpq_counters.unordered = (__u64)agenda_state.below + agenda_state.beyond;
	return XDPQ_ACCEPT;
}

struct edf_search {
	__u64 now;		/* ns */
	__u32 found;		/* slot, or XDPQ_NONE */
	__u32 pad;
};

/* One step of bpf_loop(): 0 to go on, since a packet was dropped. */
static long edf_look(__u32 step, struct edf_search *search)
{
	struct xdpq_slot *slot;

	search->found = agenda_pop();
	slot = xdpq_slot(search->found);
	if (!search->found || !slot || search->now <= slot->rank)
		return 1;
	xdpq_counters.missed[xdpq_masked(slot->cb[0], XDPQ_DSCPS - 1)]++;
	if (xdpq_params()->late == EDF_LATE_SEND) {
		xdpq_counters.sent_late++;
		return 1;
	}
	xdpq_counters.dropped_late++;
	xdpq_drop(search->found, XDPQ_DROP_LATE);
	search->found = XDPQ_NONE;
	return 0;
}

static __always_inline struct xdpq_next edf_dequeue(__u64 now)
{
	struct edf_search search = { .now = now };

	bpf_loop(EDF_MAX_DROPS, edf_look, &search, 0);
	return xdpq_send_slot(search.found);
}

XDPQ_SCHEDULER("earliest deadline first: deadlines by DSCP", edf_enqueue, edf_dequeue,
	       xdpq_always);
