/* SPDX-License-Identifier: GPL-2.0-only */
/* The opposite of setup.h: a port goes, and what it changed is put back. */
#ifndef XDPQ_REMOVE_H
#define XDPQ_REMOVE_H

#include <xdpq/port.h>
#include <xdpq/shared.h>

/* No frame from another port is sent there any longer; waits until none is under way. */
void retract_port(struct shared *shared, uint32_t number, uint32_t ifindex);

/*
 * No frame finds the port any longer, in any of the shared maps; waits until none
 * is under way to it.
 */
void remove_from_maps(struct shared *shared, uint32_t number, uint32_t ifindex);

/* The port's pins go, those of an unfinished succession first. The namespace's lock is held. */
void remove_pins(uint64_t cookie, uint32_t ifindex);

/*
 * Everything of the port goes; what is still queued is lost. The namespace's lock is held.
 * 0, or -1 (reported) if the pump could not be ended.
 */
int port_remove(struct errors *e, struct shared *shared, struct port *port);

/*
 * The other end of the port's wire if it became a port only as that, and so goes with it;
 * 0 if there is none.
 */
uint32_t automatic_peer(struct errors *e, const struct port *port);

/*
 * Removes ports whose interface has disappeared, in all namespaces. Says so for
 * those of this namespace.
 */
void remove_gone(struct errors *e, uint64_t cookie);

#endif
