/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where xdpq keeps everything: a BPF file system of its own,
 *
 *	/run/xdpq/COOKIE/		a network namespace: the shared maps, the witness
 *	/run/xdpq/COOKIE/IFINDEX/	a port: link, programs, maps, configuration
 *	/run/xdpq/COOKIE/IFINDEX-heir/	the same, of the scheduler that is to follow
 *
 * Under /run because `ip netns exec` hides what is mounted under /sys.
 */
#ifndef XDPQ_PINS_H
#define XDPQ_PINS_H

#include <stdint.h>
#include <xdpq/error.h>

#define PIN_PATH_SIZE 160

/* The directory of a namespace, of a port, and of a thing in them. */
void pin_netns_dir(char path[PIN_PATH_SIZE], uint64_t cookie);
void pin_port_dir(char path[PIN_PATH_SIZE], uint64_t cookie, uint32_t ifindex);
void pin_heir_dir(char path[PIN_PATH_SIZE], uint64_t cookie, uint32_t ifindex);
void pin_path(char path[PIN_PATH_SIZE], const char *dir, const char *name);

/* The root directory: as this process reaches it, once pins_open() has found it. */
const char *pins_root(void);

/*
 * Finds the file system; mounts it if `create` and it isn't there. 0, or -1
 * (reported), or 1: not there.
 */
int pins_open(struct errors *e, int create);

/*
 * Locks a directory (flock) against other xdpq commands, waiting for it.
 * Returns a descriptor that holds the lock until it is closed, or a negative errno value:
 * -ENOENT also if it was removed meanwhile. A port's lock is taken before the namespace's, by
 * who needs both.
 */
int pins_lock(const char *dir);

/* The same without waiting: -EAGAIN if somebody else has it. */
int pins_trylock(const char *dir);

/* The same with a descriptor from whoever started this process, if it is one of the directory. */
int pins_lock_with(int fd, const char *dir);

/* Swaps two directories in one step. 0 or a negative errno value. */
int pins_exchange(const char *a, const char *b);

/* Makes the directory if it isn't there. 0 or a negative errno value. */
int pins_mkdir(const char *dir);

/* Removes everything in the directory, one level, and itself. 0 or a negative errno value. */
int pins_remove(const char *dir);

/*
 * Calls `each` with each name in the directory that is a number. Stops at a
 * non-zero value and returns it.
 */
int pins_each_number(const char *dir, int (*each)(uint64_t number, void *arg), void *arg);

#endif
