/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A port without an interface: a scheduler's object loaded alone, with maps of its own that are
 * never pinned, its two programs run on the port's virtual clock. It plays the flush witness too:
 * what is redirected has been sent when a run returns.
 */
#ifndef XDPQ_SIMPORT_H
#define XDPQ_SIMPORT_H

#include <stdint.h>

#include <xdpq/abi.h>
#include <xdpq/config.h>
#include <xdpq/error.h>
#include <xdpq/scheduler.h>

/* Longest frame: attach takes no longer one on any kernel tried (`xdpq features`). */
#define SIMPORT_MAX_FRAME 3408

struct simport {
	struct scheduler sched;
	struct config config;
	int enqueue, dequeue;		/* programs; they go with `sched` */
	struct xdpq_port *port;
	const struct xdpq_spare *spare;	/* of the CPU that this process is bound to */
	/* The engine's queue, in the object's ".bss". */
	const unsigned char *bss;
	const uint32_t *free, *fresh;
	uint32_t slots;			/* there are slots 1..slots */
	size_t slot_stride;
	const unsigned char *store;
	struct { void *at; size_t size; } mapped[4];
	unsigned char out[SIMPORT_MAX_FRAME];	/* what the last run sent */
};

/*
 * Opens scheduler `name` with "PARAM VALUE" pairs for frames of up to `frame` bytes. The
 * pump's `poll` is 0 unless given. 0, or -1 with the errors reported and nothing to close.
 */
int simport_open(struct errors *e, const char *name, int argc, char **argv, uint32_t frame,
		 struct simport *out);
void simport_close(struct simport *sim);

/*
 * Loads it, and binds the process to the CPU it is on: who serves a port is told by CPU. 0, or -1
 * (reported).
 */
int simport_load(struct errors *e, struct simport *sim);

/* ns; starts at 0 and must not go back. */
void simport_set_time(struct simport *sim, uint64_t now);
uint64_t simport_time(const struct simport *sim);
/* When the pump is to come; XDPQ_NEVER if nothing waits or the scheduler waits for an arrival. */
uint64_t simport_due(const struct simport *sim);

/*
 * A frame of `len` bytes (14..SIMPORT_MAX_FRAME) arrives, or the pump comes by. Returns the bytes
 * that left, in sim->out; 0 if nothing did; -1 on failure (reported).
 */
int simport_enqueue(struct errors *e, struct simport *sim, const unsigned char *frame,
		    uint32_t len);
int simport_dequeue(struct errors *e, struct simport *sim);

const struct xdpq_slot *simport_slot(const struct simport *sim, uint32_t id);
/* ns that `len` bytes occupy the link at its rate, 0 without one. */
uint64_t simport_wire_time(const struct simport *sim, uint32_t len);

#endif
