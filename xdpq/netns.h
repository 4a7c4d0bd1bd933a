/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XDPQ_NETNS_H
#define XDPQ_NETNS_H

#include <stdint.h>

/* All but netns_home() return 0 or a negative errno value. */

/*
 * The cookie of the network namespace this thread is in: unlike its inode
 * number it is never used again.
 */
int netns_cookie(uint64_t *cookie);

/* Enters the namespace that `ip netns` knows as `name`. */
int netns_enter(const char *name);

/*
 * The process in whose namespaces this machine's administration is at home: the
 * oldest ancestor that we may look into, mostly process 1. Where `ip netns exec`
 * has put us, mounts that we make are ours alone, and a process that stays keeps
 * the namespaces alive after `ip netns del`.
 */
int netns_home(void);

/* Enters the home's namespace of a type, CLONE_NEWNET or CLONE_NEWNS. */
int netns_enter_home(int home, int type);

#endif
