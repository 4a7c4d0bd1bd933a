/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tool reads in a frame's headers: Ethernet, up to 3 VLAN tags, IPv4 or IPv6, ports. */
#ifndef XDPQ_HEADERS_H
#define XDPQ_HEADERS_H

#include <stdint.h>

/* Values of the ECN field (RFC 3168). */
enum { HEADERS_NOT_ECT, HEADERS_ECT1, HEADERS_ECT0, HEADERS_CE };

/* The ECN bits; -1 if the frame is no IP or too short to tell. */
int headers_ecn(const unsigned char *frame, uint32_t len);

#define HEADERS_FLOW_SIZE 160

/*
 * Names the flow of a frame: "10.0.0.1:5000 > 10.0.0.2:80 tcp", without ports where there are none
 * or in a fragment; "ethertype 0x0806" if it is no IP.
 */
void headers_flow(const unsigned char *frame, uint32_t len, char text[HEADERS_FLOW_SIZE]);

#endif
