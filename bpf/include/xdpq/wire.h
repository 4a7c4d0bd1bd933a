/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a frame occupies of the link: the same arithmetic in the tool and in the packet path. */
#ifndef XDPQ_WIRE_H
#define XDPQ_WIRE_H

#include <xdpq/params.h>

/* xdpq_clock_params.byte_cost is in units of 2^-20 ns. */
#define XDPQ_COST_SHIFT 20
#define XDPQ_COST_MASK ((1U << XDPQ_COST_SHIFT) - 1)

typedef const volatile struct xdpq_clock_params xdpq_clock_conf;

/* Bytes that a frame of `len` bytes is charged for. */
static inline __attribute__((always_inline)) __u32 xdpq_wire_len(xdpq_clock_conf *conf, __u32 len)
{
	__s32 wire = (__s32)len + conf->overhead;

	if (wire < (__s32)conf->mpu)
		wire = conf->mpu;
	if (wire < 0)
		wire = 0;
	if (conf->linklayer == XDPQ_LINKLAYER_ATM)
		return ((__u32)wire + 47) / 48 * 53;
	if (conf->linklayer == XDPQ_LINKLAYER_PTM)
		return ((__u32)wire * 65 + 63) / 64;
	return wire;
}

#endif
