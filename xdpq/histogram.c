/* SPDX-License-Identifier: GPL-2.0-only */
#include <xdpq/histogram.h>
#include <xdpq/sojourn.h>

void histogram_read(const struct xdpq_port *state, struct histogram *out)
{
	*out = (struct histogram){
		.packets = state->cut_through,
		.max = state->sojourn_max,
		.bars = { state->cut_through },
	};
	for (uint32_t i = 0; i < XDPQ_SOJOURN_BUCKETS; i++) {
		out->bars[i + 1] = state->sojourn[i];
		out->packets += state->sojourn[i];
	}
}

void histogram_add(struct histogram *h, uint64_t ns)
{
	h->packets++;
	h->bars[ns ? xdpq_sojourn_bucket(ns) + 1 : 0]++;
	if (ns > h->max)
		h->max = ns;
}

uint64_t histogram_upto(const struct histogram *h, uint32_t bar)
{
	uint64_t upto = bar ? xdpq_sojourn_upto(bar - 1) : 0;

	return bar && (upto > h->max || bar - 1 == XDPQ_SOJOURN_LAST) ? h->max : upto;
}

uint64_t histogram_quantile(const struct histogram *h, uint32_t ppm)
{
	uint64_t rank = ((unsigned __int128)h->packets * ppm + 999999) / 1000000, seen = 0;

	for (uint32_t bar = 0; bar < HISTOGRAM_BARS; bar++) {
		seen += h->bars[bar];
		if (seen >= rank)
			return rank ? histogram_upto(h, bar) : 0;
	}
	return h->max;
}

json_t *histogram_json(const struct xdpq_port *state)
{
	json_t *bars = json_array();
	struct histogram h;

	histogram_read(state, &h);
	for (uint32_t bar = 0; bar < HISTOGRAM_BARS; bar++)
		if (h.bars[bar])
			json_array_append_new(bars,
				json_pack("{s:I, s:I}", "upto_ns",
					  (json_int_t)histogram_upto(&h, bar),
					  "packets", (json_int_t)h.bars[bar]));
	return json_pack("{s:I, s:I, s:I, s:I, s:o}", "packets", (json_int_t)h.packets,
			 "p50_ns", (json_int_t)histogram_quantile(&h, HISTOGRAM_MEDIAN),
			 "p99_ns", (json_int_t)histogram_quantile(&h, HISTOGRAM_TAIL),
			 "max_ns", (json_int_t)h.max, "histogram", bars);
}
