/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps that all ports of a network namespace share (bpf/include/xdpq/maps.h),
 * and the flush witness.
 */
#ifndef XDPQ_SHARED_H
#define XDPQ_SHARED_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>

#include <xdpq/abi.h>
#include <xdpq/error.h>
#include <xdpq/pins.h>

enum shared_map {
	SHARED_PORTS,
	SHARED_PORT_INDEX,
	SHARED_PORT_INDEX_NEAR,
	SHARED_TX,
	SHARED_ENQUEUE,
	SHARED_DEQUEUE,
	SHARED_PREDECESSOR,
	SHARED_MAPS
};

struct shared {
	uint64_t cookie;
	char dir[PIN_PATH_SIZE];
	int lock;		/* held by attach and detach, or -1 */
	int fds[SHARED_MAPS];
	struct xdpq_port *ports;	/* the map "ports", in memory */
};

/* Opens what is there. 0; 1 if nothing is attached in this namespace; -1 reported. */
int shared_open(struct errors *e, uint64_t cookie, struct shared *out);

/* Takes the namespace's lock and opens what is there. 0; 1 if there is nothing; -1 reported. */
int shared_lock(struct errors *e, uint64_t cookie, struct shared *out);

/* The same, and makes what isn't there. 0 or -1 (reported). */
int shared_create(struct errors *e, uint64_t cookie, struct shared *out);

/* Removes it all if no port is left. The lock must be held. */
void shared_release(struct shared *shared);

void shared_close(struct shared *shared);
/* Closes the descriptors; `ports` stays. */
void shared_close_maps(struct shared *shared);

/* Lets an object that isn't loaded yet use these maps instead of its own. 0 or -1 (reported). */
int shared_give(struct errors *e, const struct shared *shared, struct bpf_object *obj);

/* Is a map of this name one of them? */
bool shared_is(const char *map_name);

/* Makes an interface known as port `number`. 0, or a negative errno value. */
int shared_index(const struct shared *shared, uint32_t ifindex, uint32_t number);
/* Other ports find it no longer; the witness does, and goes on counting, until it is forgotten. */
void shared_unindex(const struct shared *shared, uint32_t ifindex, uint32_t number);
void shared_forget(const struct shared *shared, uint32_t ifindex);

/* A port number that is free; 0 if all are taken. The lock must be held. */
uint32_t shared_free_number(const struct shared *shared);

/* A consistent copy of a port's state; of one that never rests, after 1000 attempts, the last. */
void shared_snapshot(const struct shared *shared, uint32_t number, struct xdpq_port *out);

#endif
