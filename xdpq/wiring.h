/* SPDX-License-Identifier: GPL-2.0-only */
/* Two ports as the ends of a wire: what comes in at one leaves by the other. */
#ifndef XDPQ_WIRING_H
#define XDPQ_WIRING_H

#include <xdpq/port.h>
#include <xdpq/shared.h>

/* Joins two ports; both become promiscuous. 0 or -1 (reported). */
int port_wire(struct errors *e, struct shared *shared, struct port *a, struct port *b);

/* Ends the port's wire, if it has one; the other end is a port of the router again. */
void port_unwire(struct shared *shared, struct port *port);

#endif
