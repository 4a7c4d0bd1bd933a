/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One scheduler of a port follows another (bpf/include/xdpq/succession.h, docs/design.md):
 * what user space has to do for it. Every step may be the last one of a command that is
 * killed; handover_finish() of the next goes on from there.
 */
#ifndef XDPQ_HANDOVER_H
#define XDPQ_HANDOVER_H

#include <xdpq/install.h>
#include <xdpq/link.h>
#include <xdpq/port.h>

/*
 * Loads the scheduler and makes its programs the port's, with the old ones behind
 * them. `heir` has sched, config and conf.args; `lock` is the port's, the namespace's is held as
 * well. 0, or -1 with the reason reported and nothing changed.
 */
int handover_begin(struct install *heir, const struct port *port, const struct link *link,
		   int lock);

/*
 * Brings to its end what has begun, or undoes what has not come that far. Waits for up to
 * `timeout` ns. `lock` holds the port's lock, also when the port has got another directory; the
 * namespace's is not held. 0: the port has one scheduler; 1: the old queue still holds packets; -1
 * reported.
 */
int handover_finish(struct errors *e, uint64_t cookie, uint32_t ifindex, int lock, int64_t timeout);

#endif
