/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting a scheduler into a port: what attach and replace have in common. Nothing
 * here is seen by a packet; that is the caller's to publish.
 */
#ifndef XDPQ_INSTALL_H
#define XDPQ_INSTALL_H

#include <xdpq/conf.h>
#include <xdpq/config.h>
#include <xdpq/pins.h>
#include <xdpq/scheduler.h>
#include <xdpq/shared.h>

struct install {
	struct errors *e;
	struct shared *shared;
	struct scheduler *sched;
	struct config *config;	/* parsed, not finished */
	struct conf conf;	/* number, generation and frame are set */
	char dir[PIN_PATH_SIZE];	/* where to pin; exists */
};

/*
 * All return 0, or -1 (reported). First: finishes the configuration and loads the object.
 * `wake`: the ring buffer that the port's pump sleeps on, or -1 to make one.
 */
int install_load(struct install *i, int wake);

/* Can frames of the port's length be queued, by what `ingress`, loaded, can be run with? */
int install_check_frame(struct install *i, int ingress);

/* Pins programs, maps and the configuration. */
int install_pin(struct install *i, int ingress);
int install_pin_fd(struct install *i, int fd, const char *name);

/* A descriptor of the loaded object's program. */
int install_program(const struct install *i, const char *name);

/* Sets an entry of a shared map. */
int install_entry(struct install *i, enum shared_map map, uint32_t key, uint32_t value);

#endif
