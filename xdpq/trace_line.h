/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line of a text trace:
 *
 *	TIME [repeat N every STEP] FLOW LENGTH [OPTION VALUE]...
 *
 * TIME is from the beginning of the trace, or, as +TIME, from that of the line before. A % in FLOW
 * stands for the number of the repetition, from 1. xdpq(8) lists the options.
 */
#ifndef XDPQ_TRACE_LINE_H
#define XDPQ_TRACE_LINE_H

#include <stdint.h>

#include <xdpq/error.h>
#include <xdpq/trace_frame.h>

#define TRACE_FLOW_SIZE 64
/* Digits of a repetition's number take the place of one character. */
#define TRACE_LINE_FLOW_SIZE (TRACE_FLOW_SIZE - 9)
#define TRACE_LINE_MAX_TIMES 1000000000

struct trace_line {
	uint64_t at;		/* ns: time of the next packet */
	uint64_t step;		/* ns to the one after it */
	uint32_t times, done;	/* how many packets there are, and have been */
	uint32_t len;		/* bytes */
	char flow[TRACE_LINE_FLOW_SIZE];
	struct frame_spec frame;
};

/*
 * Takes line `number` of file `name` apart; `words` is written to. `previous` is the TIME of the
 * line before. 1; 0 if the line is empty or a comment; -1 with everything wrong in it reported.
 */
int trace_line_parse(struct errors *e, const char *name, uint32_t number, char *words,
		     uint64_t previous, struct trace_line *out);

/* The flow's name of the next packet. */
void trace_line_flow(const struct trace_line *line, char text[TRACE_FLOW_SIZE]);

#endif
