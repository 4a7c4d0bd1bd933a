/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace of packets: a pcap or pcapng file, which is streamed, or a text file (xdpq(8)).
 */
#ifndef XDPQ_TRACE_H
#define XDPQ_TRACE_H

#include <stdint.h>

#include <xdpq/error.h>

/* The latest time in a trace, so that no clock overflows: 146 years. */
#define TRACE_MAX_TIME (1ULL << 62)

struct trace_packet {
	uint64_t number;	/* from 1 */
	uint64_t at;		/* ns from the trace's beginning, never less than the one before */
	uint32_t len;		/* bytes of the frame, without FCS */
	const char *flow;	/* its name */
	const unsigned char *frame;	/* min(len, the trace's limit) bytes */
};

struct trace;

/*
 * Opens `file`, "-" being stdin. A packet may be longer than `limit` bytes (up to TRACE_MAX_LIMIT),
 * but no more of it is read. NULL with the errors reported.
 */
#define TRACE_MAX_LIMIT 4096
struct trace *trace_open(struct errors *e, const char *file, uint32_t limit);
void trace_close(struct trace *trace);

/* 1 and a packet whose pointers hold until the next call; 0 at the end; -1 (reported). */
int trace_next(struct errors *e, struct trace *trace, struct trace_packet *out);

#endif
