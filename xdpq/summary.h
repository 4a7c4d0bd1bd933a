/* SPDX-License-Identifier: GPL-2.0-only */
/* What a simulation adds up to, for each flow and in total, in bounded memory. */
#ifndef XDPQ_SUMMARY_H
#define XDPQ_SUMMARY_H

#include <stdint.h>

#include <xdpq/fates.h>
#include <xdpq/histogram.h>

/* Flows that are told apart; packets of further ones are those of a last flow, "other". */
#define SUMMARY_MAX_FLOWS 65536

struct summary_flow {
	char *name;			/* owned */
	struct xdpq_tally in, duplicated, sent, dropped;
	uint64_t marked;		/* packets that left with CE and came without */
	uint64_t first, last;		/* ns: first arrival, last departure */
	uint64_t last_wire;		/* ns that the last packet occupies the link */
	struct histogram delays;	/* of what was sent */
};

struct summary {
	struct summary_flow *flows;
	uint32_t count, room;
	uint32_t *table;		/* by hash of the name: number of a flow + 1 */
	uint32_t table_size;		/* a power of two */
	struct summary_flow total;
	struct xdpq_tally drops[XDPQ_DROP_REASONS];
};

/* 0, or -1 (reported). */
int summary_init(struct errors *e, struct summary *s);
void summary_free(struct summary *s);

/* The number of the flow of this name, made if it is new; -1 if there is no memory (reported). */
int64_t summary_find(struct errors *e, struct summary *s, const char *name);

/* A packet of the trace has arrived. */
void summary_arrival(struct summary *s, uint32_t flow, uint32_t len, uint64_t at);
/* One ended; `wire` is how long it occupies the link, in ns. */
void summary_end(struct summary *s, const struct fate *fate, uint64_t wire);

/*
 * bit/s from the first arrival to the end of the last departure; -1 if nothing was sent, or all
 * at once on a link without a rate.
 */
double summary_throughput(const struct summary_flow *flow);

/*
 * Jain's index of fairness (Jain, Chiu and Hawe 1984, RFC 5166) of the bytes that each flow got
 * through: 1 if all got the same, 1/n if one of n got all; -1 if nothing was sent.
 */
double summary_jain(const struct summary *s);

#endif
