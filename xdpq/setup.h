/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making an interface a port: load, pin, publish, in steps of which each can be
 * undone, so that a failure anywhere leaves the system as it was.
 */
#ifndef XDPQ_SETUP_H
#define XDPQ_SETUP_H

#include <stdbool.h>

#include <xdpq/config.h>
#include <xdpq/link.h>
#include <xdpq/port.h>
#include <xdpq/scheduler.h>
#include <xdpq/shared.h>

/* What is kept for `show` and detach. */
struct setup_notes {
	const char *args;	/* the words behind `attach DEV` */
	bool automatic;		/* a port only as the peer of another */
};

/*
 * The namespace's lock is held, the interface checked, `config` parsed but not
 * finished. Returns 0, or -1 with the reason reported and nothing changed.
 */
int port_setup(struct errors *e, struct shared *shared, const struct link *link,
	       struct scheduler *sched, struct config *config, const struct setup_notes *notes);

#endif
