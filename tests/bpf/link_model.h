/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the link clock has to obey, written from its definition with wide
 * integers and without a look at how it is done.
 */
#ifndef XDPQ_TEST_LINK_MODEL_H
#define XDPQ_TEST_LINK_MODEL_H

#include <stdbool.h>
#include <xdpq/params.h>

/* A port's link as a user gives it. */
struct link {
	__u64 rate;	/* bit/s, 0: unlimited */
	__u64 burst;	/* bytes */
	__u64 peakrate;	/* bit/s, 0: unlimited */
	__s32 overhead;
	__u32 mpu;
	__u32 linklayer;
	__u32 frame;	/* longest frame */
	__u64 poll;	/* ns */
};

__u32 link_wire_len(const struct link *link, __u32 len);
struct xdpq_clock_params link_clock(const struct link *link);

/* A leaky bucket: everything in 2^-20 ns. */
struct link_meter {
	__int128 free_at;
	__int128 peak_free_at;
};

void link_meter_charge(struct link_meter *meter, const struct xdpq_clock_params *clock,
		       __u64 now, __u32 wire);
__u64 link_meter_free_at(const struct link_meter *meter, const struct xdpq_clock_params *clock);

/* Looks over all intervals that end with the latest packet. */
struct link_envelope {
	__u64 rate;		/* bit/s */
	__u64 allowance;	/* bytes beyond rate * time */
	__int128 released;	/* bit * 1e9 */
	__int128 best;		/* max over packets i of rate * t_i - released before i */
	__int128 worst;		/* most bit * 1e9 seen beyond rate * time */
	bool begun;
};

/* Returns whether no interval has let more bytes through than allowed. */
bool link_envelope_add(struct link_envelope *envelope, __u64 now, __u32 wire);

#endif
