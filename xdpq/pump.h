/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pump: sends what is due when no carrier comes by. Two processes: a
 * keeper that starts a worker again when it dies, and the worker, one thread
 * of control, which sleeps until the port's state says that it is needed. Both
 * give up every privilege once they hold their descriptors.
 */
#ifndef XDPQ_PUMP_H
#define XDPQ_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include <xdpq/abi.h>
#include <xdpq/error.h>
#include <xdpq/port.h>

/*
 * Becomes the pump of a port; returns 0 when it is told to end, -1 (reported) if it can't begin.
 * `background`: this process exits with 0 once the pump, its child, serves.
 */
int pump_run(struct errors *e, const struct port *port, struct shared *shared, bool background);

/*
 * Starts `xdpq pump` for the port as a process of its own. `lock` holds the port's lock, which
 * the pump shares until it serves. 0 or -1 (reported).
 */
int pump_start(struct errors *e, const char *ifname, int lock);

/* Is the process that the state names still the one that wrote it? */
bool pump_alive(const struct xdpq_port *state);

/* And the process that starts it again? */
bool keeper_alive(const struct xdpq_port *state);

/* Whether pump_stop() has the right: 0 or -1 (reported). */
int pump_may_stop(struct errors *e, const struct xdpq_port *state);

/* Ends the pump and its keeper and waits for them. 0, or -1 (reported) if one can't be ended. */
int pump_stop(struct errors *e, struct xdpq_port *state);

/* True if the process is stopped (SIGSTOP), so that it serves nobody. */
bool pump_stopped(const struct xdpq_port *state);

#endif
