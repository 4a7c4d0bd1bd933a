/* SPDX-License-Identifier: GPL-2.0-only */
#include "link_model.h"

#define NSEC_PER_SEC 1000000000ULL
#define COST_SHIFT 20

__u32 link_wire_len(const struct link *link, __u32 len)
{
	long wire = (long)len + link->overhead;

	if (wire < (long)link->mpu)
		wire = link->mpu;
	if (wire < 0)
		wire = 0;
	switch (link->linklayer) {
	case XDPQ_LINKLAYER_ATM:
		return (wire / 48 + !!(wire % 48)) * 53;
	case XDPQ_LINKLAYER_PTM:
		return wire + wire / 64 + !!(wire % 64);
	default:
		return wire;
	}
}

/* Rounded up: a link may be slower than told by less than 2^-20 ns a byte, but not faster. */
static __u64 byte_cost(__u64 rate)
{
	return rate ? ((8 * NSEC_PER_SEC << COST_SHIFT) + rate - 1) / rate : 0;
}

struct xdpq_clock_params link_clock(const struct link *link)
{
	__u32 packet = link_wire_len(link, link->frame);
	__u64 spare = link->burst > packet ? link->burst - packet : 0;

	return (struct xdpq_clock_params){
		.byte_cost = byte_cost(link->rate),
		.peak_byte_cost = byte_cost(link->peakrate),
		.slack = link->rate ? (__int128)spare * 8 * NSEC_PER_SEC / link->rate : 0,
		.poll = link->poll,
		.overhead = link->overhead,
		.mpu = link->mpu,
		.linklayer = link->linklayer,
		.burst = link->burst,
	};
}

static void charge(__int128 *free_at, __int128 floor, __u64 cost, __u32 wire)
{
	/* The clock knows the floor in whole ns only, and is late by a fraction at most. */
	if (*free_at >> COST_SHIFT < floor >> COST_SHIFT)
		*free_at = floor;
	*free_at += (__int128)cost * wire;
}

void link_meter_charge(struct link_meter *meter, const struct xdpq_clock_params *clock,
		       __u64 now, __u32 wire)
{
	__u64 floor = now > clock->slack ? now - clock->slack : 0;

	if (clock->byte_cost)
		charge(&meter->free_at, (__int128)floor << COST_SHIFT, clock->byte_cost, wire);
	if (clock->peak_byte_cost)
		charge(&meter->peak_free_at, (__int128)now << COST_SHIFT, clock->peak_byte_cost,
		       wire);
}

__u64 link_meter_free_at(const struct link_meter *meter, const struct xdpq_clock_params *clock)
{
	__u64 at = clock->byte_cost ? meter->free_at >> COST_SHIFT : 0;
	__u64 peak = clock->peak_byte_cost ? meter->peak_free_at >> COST_SHIFT : 0;

	return peak > at ? peak : at;
}

bool link_envelope_add(struct link_envelope *envelope, __u64 now, __u32 wire)
{
	__int128 elapsed = (__int128)envelope->rate * now, start = elapsed - envelope->released;
	__int128 excess;

	if (!envelope->begun || start > envelope->best)
		envelope->best = start;
	envelope->begun = true;
	envelope->released += (__int128)wire * 8 * NSEC_PER_SEC;
	excess = envelope->released - elapsed + envelope->best;
	if (excess > envelope->worst)
		envelope->worst = excess;
	/* The clock's resolution is a nanosecond: what fits into one is not told apart. */
	return excess <= (__int128)envelope->allowance * 8 * NSEC_PER_SEC + envelope->rate;
}
