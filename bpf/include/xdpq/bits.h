/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bits of a word. */
#ifndef XDPQ_BITS_H
#define XDPQ_BITS_H

#include <linux/types.h>
#include <bpf/bpf_helpers.h>

/* Leiserson, Prokop, Randall: Using de Bruijn sequences to index a 1 in a computer word (1998). */
static const __u8 xdpq_bit_index[64] = {
	 0,  1, 48,  2, 57, 49, 28,  3, 61, 58, 50, 42, 38, 29, 17,  4,
	62, 55, 59, 36, 53, 51, 43, 22, 45, 39, 33, 30, 24, 18, 12,  5,
	63, 47, 56, 27, 60, 41, 37, 16, 54, 35, 52, 21, 44, 32, 23, 11,
	46, 26, 40, 15, 34, 20, 31, 10, 25, 14, 19,  9, 13,  8,  7,  6,
};

/* Index of the lowest bit set, and of the highest; of a word that is not 0. */
static __always_inline __u32 xdpq_lowest_bit(__u64 word)
{
	return xdpq_bit_index[((word & -word) * 0x03f79d71b4cb0a89ULL) >> 58];
}

static __always_inline __u32 xdpq_highest_bit(__u64 word)
{
	for (__u32 shift = 1; shift < 64; shift *= 2)
		word |= word >> shift;
	return xdpq_lowest_bit(word ^ word >> 1);
}

#endif
