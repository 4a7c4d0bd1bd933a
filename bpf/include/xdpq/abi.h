/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the BPF programs and the tool share: the layout of a port's state, of a
 * slot of the packet store, and the words for why a packet was lost.
 * Only fixed-width types; both sides assert the sizes.
 */
#ifndef XDPQ_ABI_H
#define XDPQ_ABI_H

#include <linux/types.h>

/* Raised with any change of what is pinned; other versions' pins are refused. */
#define XDPQ_ABI 3

/* Ports of one network namespace, and so entries of every shared map. */
#define XDPQ_MAX_PORTS 1024

/* Interface indexes below this one are looked up in an array, others in a hash table. */
#define XDPQ_NEAR_INDEXES 4096

/* In a key of port_index: the port takes nothing new in, and only the flush witness looks for it. */
#define XDPQ_INDEX_LEAVING (1u << 31)

/* Slot and port numbers start at 1, so that 0 can say "none". */
#define XDPQ_NONE 0

/* A time that never comes. */
#define XDPQ_NEVER (~0ULL)

/* Frames of the pump report this interface, lo, as theirs. */
#define XDPQ_PUMP_IFINDEX 1

/* Frames that devmap collects for one device before it hands them to the driver. */
#define XDPQ_BULK 16

/* Remembered byte sums of frames in the bulk; a power of two above XDPQ_BULK + 1. */
#define XDPQ_BULK_RING 32

/* Of the histogram of waiting times (sojourn.h); a power of two. */
#define XDPQ_SOJOURN_BUCKETS 128

/* Why a packet was lost. The words for them: port_drop_name() in the tool. */
enum xdpq_drop {
	XDPQ_DROP_OVERLIMIT,	/* the scheduler's limit */
	XDPQ_DROP_TOO_LARGE,	/* longer than a slot, or than the clock can ever pass */
	XDPQ_DROP_AQM,		/* active queue management */
	XDPQ_DROP_LATE,		/* its deadline had passed */
	XDPQ_DROP_LOSS,		/* lost on purpose (emulation) */
	XDPQ_DROP_NO_SLOT,	/* the packet store was empty */
	XDPQ_DROP_LOCK,		/* the port's lock was not to be had in time */
	XDPQ_DROP_TX_RING,	/* the driver took no more: ring full */
	XDPQ_DROP_REDIRECT,	/* the kernel refused the redirect: link down, frame too long */
	XDPQ_DROP_UNSEEN,	/* handed to the kernel, not seen at the driver; fate unknown */
	XDPQ_DROP_REASONS
};

enum xdpq_port_state {
	XDPQ_PORT_FREE,		/* nobody's entry */
	XDPQ_PORT_RUNNING,
	XDPQ_PORT_DRAINING,	/* nothing new is taken in; what is queued still leaves */
};

/* How many, and how many bytes of them. */
struct xdpq_tally {
	__u64 packets;
	__u64 bytes;
};

/*
 * One port's state: an entry of the map "ports", at the port's number.
 *
 * Fields are written by the holder of `lock`, but for those of the last three
 * groups. The lock is a sequence number as well: odd while held, so a reader
 * that finds the same even value before and after has a consistent copy.
 */
struct xdpq_port {
	__u32 lock;
	__u32 server;		/* CPU that redirected last; alone may while redirected > flushed */
	__u32 serving;		/* generation of the scheduler that may send (succession.h) */
	__u32 heir;		/* generation that shall follow, its programs in place */
	__u32 handovers;	/* times that `serving` has changed */
	__u32 pad3;
	__u64 now;		/* ns: the latest time seen; makes the clocks of all CPUs one */
	__u64 free_at;		/* ns: link clock, when the link is free again at `rate` */
	__u64 peak_free_at;	/* ns: the same at `peakrate` */
	__u32 fraction;		/* 2^-20 ns that free_at is short of */
	__u32 peak_fraction;
	__u64 unread;		/* 2^-20 ns of the link, sent since `now`, not yet in free_at */
	__u64 due;		/* ns: when the pump is to serve; XDPQ_NEVER if nothing waits */
	__u64 pump_at;		/* ns: when the pump will look again; the pump writes it too */
	__u32 qlen;		/* packets queued, stashes among them, of all generations */
	__u32 backlog;		/* bytes queued */
	__u64 watched;		/* `flushed.packets` when somebody last waited for the server */
	__u64 watched_since;	/* ns: since when it has not changed */
	struct xdpq_tally in;		/* arrived for this port */
	struct xdpq_tally duplicated;	/* made by the scheduler */
	struct xdpq_tally redirected;	/* handed to the kernel */
	__u64 cut_through;	/* of these: never stored */
	__u64 carried;		/* of these: left in a carrier */
	__u64 pumped;		/* of these: left in a frame of the pump */
	__u64 overlimits;	/* times a packet waited because the link was not free */
	__u64 requeues;		/* packets put into the stash */
	__u64 bulk_bytes[XDPQ_BULK_RING];	/* redirected.bytes after redirect n, at n % size */
	__u64 sojourn_max;	/* ns: the longest that a packet has waited */
	__u64 sojourn[XDPQ_SOJOURN_BUCKETS];	/* packets by how long they waited in the store */

	/* Added to atomically, from anywhere. */
	struct xdpq_tally drops[XDPQ_DROP_REASONS];
	struct xdpq_tally direct;	/* arrived and redirected without a queue, not in `in` */
	struct xdpq_tally direct_lost;	/* of these; in `drops` as well */
	__u64 passed;		/* frames received here and left to the kernel stack */

	/* Written by the flush witness, on the CPU `server`. */
	__s32 tx_error;		/* last errno of the driver or of the redirect, negative */
	__u32 pad2;
	struct xdpq_tally flushed;	/* seen at the driver, sent or not */
	struct xdpq_tally sent;		/* taken by the driver */

	/* Written by the tool. */
	__u32 ifindex;
	__u32 state;		/* enum xdpq_port_state */
	__u32 peer;		/* number of the port at the other end of the wire, or XDPQ_NONE */
	__u8 mac[6];
	__u8 unqueued;		/* sched none: no server, no bulk account; a succession writes it too */
	__u8 pad[1];
	__u32 unqueued_heir;	/* generation of a sched none that shall follow, 0 if none shall */
	__u32 pad4;
	__u64 hold_until;	/* ns: when a scheduler may follow sched none */
	__u32 pump_pid;		/* 0: no pump runs */
	__u32 keeper_pid;	/* starts the pump again when it dies */
	__u64 pump_started;	/* start times, to know these processes from later ones */
	__u64 keeper_started;
	__u64 virtual_now;	/* ns: the clock of a port loaded for a simulation */
};

/* What a slot holds beside the bytes of its packet. */
struct xdpq_slot {
	__u32 next;		/* slot behind this one in the list it is on */
	__u32 len;		/* bytes of `data` in use */
	__u64 arrived;		/* ns */
	__u64 rank;		/* the scheduler's, if it keeps one */
	__u64 cb[2];		/* the scheduler's own */
	__u8 data[];
};

/* The slot that a CPU keeps for the next frame that has to be stored. */
struct xdpq_spare {
	__u32 slot;
	__u32 pad[15];		/* a cache line for each CPU */
};

_Static_assert(sizeof(struct xdpq_port) == 1792, "both sides agree");
_Static_assert(sizeof(struct xdpq_slot) == 40, "both sides agree");
_Static_assert(sizeof(struct xdpq_spare) == 64, "both sides agree");

#endif
