/* SPDX-License-Identifier: GPL-2.0-only */
/* What `xdpq sim` prints: a line for each packet, then a summary; as text, or as JSON lines. */
#ifndef XDPQ_SIMOUT_H
#define XDPQ_SIMOUT_H

#include <xdpq/cmd.h>
#include <xdpq/fates.h>
#include <xdpq/summary.h>

/* The line that names the columns; none in JSON. */
void simout_head(const struct call *call);
void simout_fate(const struct call *call, const struct fate *fate, const char *flow);
void simout_summary(const struct call *call, const struct simport *sim, const struct summary *s);

#endif
