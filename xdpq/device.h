/* SPDX-License-Identifier: GPL-2.0-only */
/* Can this interface be a port? */
#ifndef XDPQ_DEVICE_H
#define XDPQ_DEVICE_H

#include <stdint.h>

#include <xdpq/error.h>
#include <xdpq/link.h>

/* Bytes a frame can have beyond the MTU: Ethernet header and two VLAN tags. */
#define FRAME_OVERHEAD (14 + 8)

/* Finds the interface. 0 or -1 (reported, the nearest name suggested). */
int device_find(struct errors *e, const char *name, struct link *out);

/* Reports everything that stands against making it a port, and warns of what may. 0 or -1. */
int device_check(struct errors *e, const struct link *link);

/* Speed of a physical link in bit/s; 0 for virtual ones, whose nominal speed means nothing. */
uint64_t device_speed(const struct link *link);

/* "xdp_filter (id 12)": the program attached to the interface, into `text`. */
void device_program(const struct link *link, char *text, unsigned int size);

#endif
