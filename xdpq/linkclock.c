/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include <xdpq/linkclock.h>
#include <xdpq/wire.h>

#define NSEC_PER_SEC 1000000000ULL

/*
 * The pump may come late by its call's length and by what the machine adds; less
 * than that in a burst loses rate.
 */
#define DEFAULT_SLACK_PER_SEC 500

/* More would only delay: a call of the pump is paid for by then. */
#define MAX_POLL (NSEC_PER_SEC / 2000)

static __u64 byte_cost(__u64 bit_per_s)
{
	/* Rounded up: rather a trifle too slow than faster than configured. */
	return bit_per_s ? ((8 * NSEC_PER_SEC << XDPQ_COST_SHIFT) + bit_per_s - 1) / bit_per_s : 0;
}

static __u64 default_burst(__u64 rate, __u32 packet)
{
	return packet + rate / 8 / DEFAULT_SLACK_PER_SEC;
}

void clock_derive(struct xdpq_port_params *port, __u32 frame, struct xdpq_clock_params *clock)
{
	__u32 packet;

	memset(clock, 0, sizeof(*clock));
	clock->overhead = port->overhead;
	clock->mpu = port->mpu;
	clock->linklayer = port->linklayer;
	packet = xdpq_wire_len(clock, frame);
	clock->byte_cost = byte_cost(port->rate);
	clock->peak_byte_cost = byte_cost(port->peakrate);
	if (port->rate && !port->burst)
		port->burst = default_burst(port->rate, packet);
	clock->burst = port->burst;
	if (clock->burst > packet)
		clock->slack = (unsigned __int128)(clock->burst - packet) * clock->byte_cost >>
			       XDPQ_COST_SHIFT;
	/* While packets wait for the pump, their time is saved up: half of what fits. */
	if (!port->poll)
		port->poll = clock->slack / 2 < MAX_POLL ? clock->slack / 2 : MAX_POLL;
	clock->poll = port->poll;
}
