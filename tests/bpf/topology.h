/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A router in a network namespace of its own, that goes with the process:
 *
 *	in0   10.0.1.1/24  fd00:1::1/64		a port
 *	out0  10.0.2.1/24  fd00:2::1/64		a port
 *	oth0  10.0.3.1/24  fd00:3::1/64		not a port
 *
 * Each has a neighbour .2, ::2 with the MAC address 02:00:00:00:NET:02.
 */
#ifndef XDPQ_TEST_TOPOLOGY_H
#define XDPQ_TEST_TOPOLOGY_H

#include <stdbool.h>
#include <linux/types.h>

#define TOPOLOGY_MTU 1500
#define TOPOLOGY_SMALL_MTU 600	/* of the routes to 203.0.113.0/24 and 2001:db8:600::/48 */

/* False if namespaces or veth pairs can't be had here. */
bool topology_make(void);
void topology_forwarding(bool on);
void topology_mac(const char *device, __u8 *mac);
/* Of the neighbour on a network: 1 to 3. */
void topology_neighbour_mac(int network, __u8 *mac);

#endif
