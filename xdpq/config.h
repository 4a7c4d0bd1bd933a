/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The values of a port's parameters: from the command line, completed, checked,
 * written to the object.
 */
#ifndef XDPQ_CONFIG_H
#define XDPQ_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <xdpq/error.h>
#include <xdpq/params.h>
#include <xdpq/schema.h>

struct config {
	const struct schema *schema;
	const char *sched_name;	/* as `xdpq sched show` takes it */
	struct xdpq_port_params port;
	struct xdpq_clock_params clock;
	unsigned char sched[SCHEMA_MAX_SIZE];
	uint64_t port_given, sched_given;	/* bit i: the user gave field i */
	uint64_t link_rate;	/* bit/s of a physical link, 0 if unknown: what 100% stands for */
	uint32_t frame;		/* bytes of the port's longest frame */
	uint32_t slots;		/* packets there is room for */
};

/* Everything at its default. Schema and name must outlive it. */
void config_init(struct config *config, const struct schema *schema, const char *sched_name);

/*
 * Takes "PARAM VALUE" pairs; the value "auto" is the default, as if not given. `running`:
 * refuse what fixes memory. Reports every error; -1 if there was one.
 */
int config_parse(struct errors *e, struct config *config, int argc, char **argv, bool running);

/* Whether the user has given this option of the port. */
bool config_chosen(const struct config *config, const char *name);

/*
 * Derives what was not given and checks the whole. `validate` is a descriptor of the
 * object's program xdpq_validate, or -1 if it has none. On a running port, config->slots
 * holds the slots there are; otherwise it is set to those needed.
 */
int config_finish(struct errors *e, struct config *config, int validate, bool running);

/*
 * Writes both copies of a fresh ".data.config", or the passive copy of one in use
 * and then flips it.
 */
void config_write(const struct config *config, void *data);
void config_flip(const struct config *config, void *data);

/* Reads the active copy. */
void config_read(struct config *config, const void *data);

#endif
