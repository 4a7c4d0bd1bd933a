/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a scheduler's two programs on frames of the test's making, on a virtual
 * clock, and sees into what it keeps. Failures end the running test.
 */
#ifndef XDPQ_TEST_HARNESS_H
#define XDPQ_TEST_HARNESS_H

#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <xdpq/abi.h>

#include "frames.h"
#include "link_model.h"

#define HARNESS_LOOPBACK 1
#define HARNESS_START 1000000000000ULL	/* ns: where the virtual clock starts */

struct harness;

struct harness_opts {
	const char *object;	/* "fifo", or "tests/pifo_fixed" for one of the tests' own */
	__u32 port;		/* 0: 7 */
	__u32 ifindex;		/* 0: lo */
	__u32 slots;		/* 0: 64 */
	__u32 slot_size;	/* 0: 1514 */
	__u32 unread_max;	/* ns of link time that may pass without a look at the clock */
	const char *table;	/* a map of the scheduler's own whose size is a parameter, */
	__u32 table_size;	/* and that parameter */
	const struct harness *shared;	/* whose maps to share, as ports of one namespace do */
	const struct harness *before;	/* the scheduler of the same port that this one replaces */
};

struct mapped {
	void *base;
	size_t size;
};

struct harness {
	struct bpf_object *object;
	__u32 number;
	__u32 generation;
	const struct harness *before;	/* NULL if it has none */
	__u32 slots;
	size_t slot_stride;
	size_t spare_stride;
	__u32 cpu;		/* the test runs here */
	int enqueue_fd;
	int dequeue_fd;
	struct xdpq_port *port;
	struct {
		const __u32 *free, *fresh, *stash, *qlen, *backlog;
	} queue;		/* the engine's own */
	struct mapped ports, config, bss, slot_map, spare_map;
};

/* Exits with a reason if this process may not load programs. */
void harness_need_root(void);
/* The object's file name, in a buffer that the next call overwrites. */
const char *harness_object_path(const char *name);
int harness_map_fd(const struct bpf_object *object, const char *name);
/* The entries of a map that can be mapped, for as long as the test runs. Empty if there is none. */
struct mapped harness_map_memory(const struct bpf_object *object, const char *name);
/* Sets a variable in .rodata, before load. Those that the object has not are left out. */
void harness_set_rodata(struct bpf_object *object, const char *name, __u64 value);

void harness_load(struct harness *h, const struct harness_opts *opts);
void harness_unload(struct harness *h);

/* A member of the configuration by its name: "copy[0].sched.limit". */
void harness_set(struct harness *h, const char *path, __u64 value);
void harness_set_link(struct harness *h, __u32 copy, const struct link *link);
/* A static variable of the object: "xdpq_counters.marked". */
__u64 harness_get(const struct harness *h, const char *path);
struct xdpq_slot *harness_slot(const struct harness *h, __u32 id);

/* One run of a program. */
struct run {
	int prog;
	const struct frame *in;
	__u32 meta;		/* bytes of metadata at the start of `in` */
	__u32 ifindex;		/* 0: lo */
	__u32 meta_left;	/* out: bytes of metadata at the start of the frame left */
};

int harness_run(struct run *run, struct frame *out);
/* Both return the verdict; with XDP_REDIRECT, `out` is what left. */
int harness_enqueue(struct harness *h, const struct frame *in, struct frame *out);
int harness_pump(struct harness *h, struct frame *out);

void harness_set_time(struct harness *h, __u64 now);
__u64 harness_time(const struct harness *h);
/* What the flush witness does when the driver has taken all, or the first `sent`. */
void harness_flush(struct harness *h);
void harness_flush_ring_full(struct harness *h, __u32 sent);
/* Whether a redirect can succeed. */
void harness_set_link_up(struct harness *h, bool up);

/*
 * What the tool does, in its order: the heir's programs become the port's, the ones before
 * go on behind them.
 */
void harness_succeed(struct harness *heir);

/* All that must hold at any time: conservation, and one owner for each slot. */
void harness_check(const struct harness *h);

#endif
