/* SPDX-License-Identifier: GPL-2.0-only */
/* A port that is attached, as found in its pins. What is read there is not trusted. */
#ifndef XDPQ_PORT_H
#define XDPQ_PORT_H

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

#include <xdpq/conf.h>
#include <xdpq/config.h>
#include <xdpq/error.h>
#include <xdpq/pins.h>
#include <xdpq/schema.h>
#include <xdpq/shared.h>

struct port {
	uint64_t cookie;
	uint32_t ifindex;
	char dir[PIN_PATH_SIZE];
	struct conf conf;
	struct btf *btf;	/* of the scheduler object */
	struct schema schema;
	bool gone;		/* the interface has disappeared */
};

/* 0; 1 if the interface is no port; -1 reported. */
int port_open(struct errors *e, uint64_t cookie, uint32_t ifindex, struct port *out);
/* Only its conf, which may be there when the rest is damaged. Nothing to close. */
int port_read_conf(struct errors *e, uint64_t cookie, uint32_t ifindex, struct conf *out);
/* As port_open(), for the scheduler that is to follow; 1 if there is none. */
int port_open_heir(struct errors *e, const struct port *port, struct port *out);

/*
 * The port's lock, which is taken before the namespace's: a descriptor that holds it until it is
 * closed, or -1 (reported).
 */
int port_lock(struct errors *e, uint64_t cookie, uint32_t ifindex);

/*
 * What port_open() took for no port, its directory in `port`: 1 if it is none, -1 (reported) if it
 * is one whose conf was lost.
 */
int port_absent(struct errors *e, const struct port *port);

/* Says that the interface is none. Returns -1. */
int port_missing(struct errors *e);

/* The port called `name`; an error (reported) if it is none. */
int port_find(struct errors *e, uint64_t cookie, const char *name, struct port *out);
void port_close(struct port *port);

/* Opens something pinned in the port's directory: a descriptor, or -1 with errno set. */
int port_pin(const struct port *port, const char *name);

/*
 * Maps ".data.config" or ".bss" (pinned as "config" and "state") into memory. NULL with errno set
 * on failure, or if it is smaller than `size`. Unmap with the same size.
 */
void *port_map(const struct port *port, const char *name, uint32_t size);

/* Writes port->conf back. 0 or -1 (reported). */
int port_save_conf(struct errors *e, const struct port *port);

/* The parameters in force. 0, or -1 (reported). */
int port_config(struct errors *e, const struct port *port, struct config *config);

/* What the driver has taken; of frames sent without a queue, what is not known to be lost. */
struct xdpq_tally port_sent(const struct xdpq_port *state);
/* Everything that came to the port. */
struct xdpq_tally port_received(const struct xdpq_port *state);
/* Sum over all reasons. */
struct xdpq_tally port_drops(const struct xdpq_port *state);
/* "tx_ring": the word for a reason, in JSON and text. */
const char *port_drop_name(enum xdpq_drop reason);
/* Redirected, not yet seen at the driver. */
struct xdpq_tally port_in_driver(const struct xdpq_port *state);

#endif
