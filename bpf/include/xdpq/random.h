/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Chance, for schedulers that leave something to it: SplitMix64 (Steele, Lea, Flood,
 * "Fast splittable pseudorandom number generators", OOPSLA 2014). Its state is one
 * word, any value of which is a seed; the same seed gives the same numbers again.
 */
#ifndef XDPQ_RANDOM_H
#define XDPQ_RANDOM_H

#include <bpf/bpf_helpers.h>
#include <stdbool.h>
#include <linux/types.h>

/* The whole, in the parts per billion in which shares are stored. */
#define XDPQ_WHOLE 1000000000U

/* 64 bits, all of them good. */
static __always_inline __u64 xdpq_random(__u64 *state)
{
	__u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* True for `ppb` of a billion calls. None and all are exact, and draw no number. */
static __always_inline bool xdpq_chance(__u64 *state, __u32 ppb)
{
	if (!ppb || ppb >= XDPQ_WHOLE)
		return ppb;
	return xdpq_random(state) < ppb * (~0ULL / XDPQ_WHOLE);
}

#endif
