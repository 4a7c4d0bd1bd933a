/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XDPQ_PRIVILEGE_H
#define XDPQ_PRIVILEGE_H

#include <xdpq/error.h>

/* Checks for CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON; reports those that lack and returns -1. */
int privilege_check(struct errors *e);

/*
 * Gives up everything: user and group nobody, no capability, none to be had again.
 * 0 or a negative errno value.
 */
int privilege_drop(void);

#endif
