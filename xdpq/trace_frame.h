/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames for the packets of a text trace: Ethernet, IPv4 or IPv6, UDP or TCP, zeros. */
#ifndef XDPQ_TRACE_FRAME_H
#define XDPQ_TRACE_FRAME_H

#include <stdbool.h>
#include <stdint.h>

struct frame_address {
	int family;		/* AF_INET, AF_INET6; 0: made from the flow's name */
	unsigned char bytes[16];
};

struct frame_spec {
	bool tagged;		/* with a VLAN tag of priority `pcp` and VLAN 0 */
	uint8_t pcp, dscp, ecn;
	bool tcp;
	uint16_t sport, dport;	/* sport 0: made from the flow's name */
	struct frame_address src, dst;
};

/* The longest headers that a frame can have. */
#define FRAME_MAX_HEADERS 78

/* A UDP packet to port 9 (discard). */
void frame_init(struct frame_spec *spec);

/* Bytes of its headers: the shortest that a frame can be. */
uint32_t frame_headers(const struct frame_spec *spec);

/*
 * Writes the headers of a packet of `len` bytes (frame_headers() or more). The same flow name makes
 * the same addresses and ports, always.
 */
void frame_build(const struct frame_spec *spec, const char *flow, uint32_t len,
		 unsigned char *frame);

#endif
