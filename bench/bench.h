/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_H
#define BENCH_H

#include <linux/types.h>

/* Frames of the source begin with this: a recycled page holds what the last router wrote. */
#define BENCH_TEMPLATE_WORDS 6

#define BENCH_LEVEL_SHIFT 32

/*
 * What a sink saw. `level` is that of a bucket which leaks at a rate, so its highest value is
 * the excess of the worst interval: max over t1 <= t2 of bytes in [t1, t2] - rate * (t2 - t1).
 */
struct bench_seen {
	__u64 packets;
	__u64 bytes;
	__u64 first;		/* ns */
	__u64 last;
	__u64 gap;		/* ns: the longest between two packets */
	__u64 gap_at;		/* and when it ended */
	__u64 level;		/* 2^-BENCH_LEVEL_SHIFT bytes */
	__u64 highest;
	__u64 leak;		/* the same per ns; 0: no bucket */
};

#endif
