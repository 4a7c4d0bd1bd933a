/* SPDX-License-Identifier: GPL-2.0-only */
/* The two kinds of traces. Each takes the stream over, and gives it back closed. */
#ifndef XDPQ_TRACE_KIND_H
#define XDPQ_TRACE_KIND_H

#include <stdio.h>

#include <xdpq/trace.h>

struct trace_kind {
	/* NULL with the errors reported, and the stream closed. */
	void *(*open)(struct errors *e, FILE *stream, const char *name, uint32_t limit);
	/* As trace_next(). */
	int (*next)(struct errors *e, void *state, struct trace_packet *out);
	void (*close)(void *state);
};

extern const struct trace_kind trace_text, trace_pcap;

#endif
