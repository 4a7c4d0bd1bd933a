/* SPDX-License-Identifier: GPL-2.0-only */
/* Scheduler objects: those embedded in the tool, and those of a user in a file. */
#ifndef XDPQ_SCHEDULER_H
#define XDPQ_SCHEDULER_H

#include <bpf/libbpf.h>
#include <stddef.h>

#include <xdpq/config.h>
#include <xdpq/error.h>
#include <xdpq/schema.h>
#include <xdpq/shared.h>

/* Made by the build from the files in bpf/schedulers; ends with a NULL name. */
struct embedded_scheduler {
	const char *name;
	const void *(*elf)(size_t *size);
};
extern const struct embedded_scheduler embedded_schedulers[];

/* An object that is open, not loaded. */
struct scheduler {
	const char *name;	/* as the user wrote it: "fifo", "./mine.bpf.o" */
	struct bpf_object *obj;
	struct schema schema;
};

/*
 * Opens the scheduler called `name`; a name with a slash or ending in ".o" is a
 * file. Checks that all pieces are there. Returns 0, or -1 with the reason reported.
 */
int scheduler_open(struct errors *e, const char *name, struct scheduler *out);
void scheduler_close(struct scheduler *sched);

/* Sets a variable in the object's ".rodata" before it is loaded. 0, or -1 (reported). */
int scheduler_set_const(struct errors *e, struct scheduler *sched, const char *name,
			uint32_t value);

/*
 * Finishes the configuration (config.h) with the help of the object's xdpq_validate, if it has one,
 * and pins that program at `pin`, if that is not NULL, for later changes. 0 or -1 (reported).
 */
int scheduler_check(struct errors *e, const char *name, struct config *config, const char *pin);

/*
 * Loads the object for port `number`, its store sized and its configuration
 * written. Without `shared` it has the shared maps for itself. 0 or -1 (reported).
 */
int scheduler_load(struct errors *e, struct scheduler *sched, const struct shared *shared,
		   uint32_t number, const struct config *config);

/* Bytes of the maps that are the port's own. */
uint64_t scheduler_memory(const struct scheduler *sched);

/* Reports, by errno, why the kernel did not load `what`; returns -1. */
int scheduler_refused(struct errors *e, const char *what);

#endif
