/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time in queue of all packets that have left a port. Those that cut through waited
 * for 0 ns and stand in a bar of their own; of the others the bar is known
 * (bpf/include/xdpq/sojourn.h).
 */
#ifndef XDPQ_HISTOGRAM_H
#define XDPQ_HISTOGRAM_H

#include <jansson.h>
#include <stdint.h>

#include <xdpq/abi.h>

#define HISTOGRAM_BARS (XDPQ_SOJOURN_BUCKETS + 1)

/* The quantiles that are shown, in parts per million. */
#define HISTOGRAM_MEDIAN 500000
#define HISTOGRAM_TAIL 990000

struct histogram {
	uint64_t packets;	/* in all bars */
	uint64_t max;		/* ns, exact */
	uint64_t bars[HISTOGRAM_BARS];
};

/* A packet has waited for `ns`. */
void histogram_add(struct histogram *h, uint64_t ns);

void histogram_read(const struct xdpq_port *state, struct histogram *out);

/* The longest time, in ns, of those in the bar. */
uint64_t histogram_upto(const struct histogram *h, uint32_t bar);

/*
 * The time, in ns, that `ppm` millionths of the packets have not exceeded (nearest rank): the end
 * of a bar, so up to a quarter too long, but never longer than `max`. 0 without packets.
 */
uint64_t histogram_quantile(const struct histogram *h, uint32_t ppm);

/* {"packets", "p50_ns", "p99_ns", "max_ns", "histogram": [{"upto_ns", "packets"}...]} */
json_t *histogram_json(const struct xdpq_port *state);

#endif
