/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XDPQ_LINKCLOCK_H
#define XDPQ_LINKCLOCK_H

#include <xdpq/params.h>

/*
 * Completes the port options (burst and poll, where they are 0) and derives what
 * the packet path needs. `frame`: bytes of the longest frame of the port.
 */
void clock_derive(struct xdpq_port_params *port, __u32 frame, struct xdpq_clock_params *clock);

#endif
