/* SPDX-License-Identifier: GPL-2.0-only */
/* Scheduler objects: those embedded in the tool, and those of a user in a file. */
#ifndef XDPQ_SCHEDULER_H
#define XDPQ_SCHEDULER_H

#include <bpf/libbpf.h>
#include <stddef.h>

#include <xdpq/error.h>
#include <xdpq/schema.h>

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
int scheduler_set_const(struct errors *e, struct scheduler *sched, const char *name, uint32_t value);

#endif
