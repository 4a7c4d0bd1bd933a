/* SPDX-License-Identifier: GPL-2.0-only */
/* Delay and backlog over time as an SVG image. Memory is bounded however long the trace. */
#ifndef XDPQ_PLOT_H
#define XDPQ_PLOT_H

#include <stdint.h>

#include <xdpq/error.h>
#include <xdpq/summary.h>

/* Flows drawn each in a colour of its own: the first to come. The others share one. */
#define PLOT_FLOWS 8

struct plot;

/* Opens `file`. NULL on failure (reported). Times are ns and must not go back. */
struct plot *plot_new(struct errors *e, const char *file);
void plot_free(struct plot *plot);
void plot_delay(struct plot *plot, uint32_t flow, uint64_t at, uint64_t delay);
void plot_backlog(struct plot *plot, uint64_t at, uint64_t bytes);

/* Writes the file, once; the words of the command are its title. 0, or -1 (reported). */
int plot_write(struct errors *e, struct plot *plot, int words, char **word,
	       const struct summary *s);

#endif
