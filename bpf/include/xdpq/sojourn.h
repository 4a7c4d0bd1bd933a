/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long packets wait: a histogram with four buckets for each octave, so that a
 * bucket is never wider than a quarter of the time it stands for. The same
 * arithmetic in the tool and in the packet path.
 *
 * Bucket 0 is below 256 ns; the last one used ends at 2^39 ns (550 s) and has all beyond.
 */
#ifndef XDPQ_SOJOURN_H
#define XDPQ_SOJOURN_H

#include <xdpq/abi.h>

#define XDPQ_SOJOURN_SHIFT 6	/* bucket 1 begins at 4 << 6 ns */
#define XDPQ_SOJOURN_END (1ULL << 39)
#define XDPQ_SOJOURN_LAST 124	/* the bucket that ends there */

static inline __attribute__((always_inline)) __u32 xdpq_sojourn_bucket(__u64 ns)
{
	__u64 rest = (ns < XDPQ_SOJOURN_END ? ns : XDPQ_SOJOURN_END - 1) >> XDPQ_SOJOURN_SHIFT;
	__u32 octave = 0;

	if (rest < 4)
		return 0;
	for (__u32 step = 16; step; step /= 2) {
		if (rest >> step >= 4) {
			rest >>= step;
			octave += step;
		}
	}
	/* What is left is 4 to 7. */
	return 4 * octave + rest - 3;
}

/* The longest time, in ns, that is counted in the bucket (in the last one, longer ones are too). */
static inline __attribute__((always_inline)) __u64 xdpq_sojourn_upto(__u32 bucket)
{
	__u64 quarters = (bucket + 3) % 4 + 4;

	if (!bucket)
		return (4ULL << XDPQ_SOJOURN_SHIFT) - 1;
	return ((quarters + 1) << ((bucket - 1) / 4 + XDPQ_SOJOURN_SHIFT)) - 1;
}

#endif
