/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <xdpq/json.h>
#include <xdpq/port.h>
#include <xdpq/simout.h>
#include <xdpq/units.h>

#define NAME_SIZE 256

static json_t *number_or_null(bool there, uint64_t value)
{
	return there ? json_integer(value) : json_null();
}

static void print_line(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
	putchar('\n');
}

static void fate_json(const struct fate *f, const char *flow)
{
	bool sent = f->end == FATE_SENT;
	json_t *line = json_object();

	json_object_set_new(line, "packet", json_integer(f->number));
	json_object_set_new(line, "duplicate", json_boolean(f->duplicate));
	json_object_set_new(line, "flow", json_text(flow));
	json_object_set_new(line, "bytes", json_integer(f->len));
	json_object_set_new(line, "arrived_ns", json_integer(f->arrived));
	json_object_set_new(line, "departed_ns", number_or_null(sent, f->ended));
	json_object_set_new(line, "delay_ns", number_or_null(sent, f->ended - f->arrived));
	json_object_set_new(line, "order", number_or_null(sent, f->order));
	json_object_set_new(line, "marked", json_boolean(f->marked));
	json_object_set_new(line, "dropped_ns", number_or_null(!sent, f->ended));
	json_object_set_new(line, "drop",
			    sent ? json_null() : json_string(port_drop_name(f->reason)));
	print_line(line);
}

/* A name may hold anything; what steers a terminal must not reach it. */
static const char *printable(const char *name, char text[NAME_SIZE])
{
	size_t i = 0;

	for (; name[i] && i < NAME_SIZE - 1; i++)
		text[i] = (unsigned char)name[i] < 0x20 || name[i] == 0x7f ? '?' : name[i];
	text[i] = 0;
	return text;
}

static const char *time_or_dash(bool there, uint64_t ns, char text[UNIT_TEXT_SIZE])
{
	if (there)
		unit_print(UNIT_TIME, ns, text);
	else
		strcpy(text, "-");
	return text;
}

static void fate_text(const struct fate *f, const char *flow)
{
	char arrived[UNIT_TEXT_SIZE], departed[UNIT_TEXT_SIZE], delay[UNIT_TEXT_SIZE];
	char name[NAME_SIZE], order[24] = "-", at[UNIT_TEXT_SIZE];
	bool sent = f->end == FATE_SENT;

	if (sent)
		snprintf(order, sizeof(order), "%" PRIu64, f->order);
	printf("%6" PRIu64 " %-12s %6u %11s %11s %11s %6s  ", f->number, printable(flow, name),
	       f->len, time_or_dash(true, f->arrived, arrived),
	       time_or_dash(sent, f->ended, departed),
	       time_or_dash(sent, f->ended - f->arrived, delay), order);
	if (sent)
		printf("sent%s", f->marked ? ", marked CE" : "");
	else
		printf("dropped at %s: %s", time_or_dash(true, f->ended, at),
		       port_drop_name(f->reason));
	printf("%s\n", f->duplicate ? ", a copy" : "");
}

void simout_head(const struct call *call)
{
	if (!call->options->json && !call->options->stats)
		printf("%6s %-12s %6s %11s %11s %11s %6s  %s\n", "packet", "flow", "bytes",
		       "arrived", "departed", "delay", "order", "fate");
}

void simout_fate(const struct call *call, const struct fate *fate, const char *flow)
{
	if (call->options->stats)
		return;
	if (call->options->json)
		fate_json(fate, flow);
	else
		fate_text(fate, flow);
}

static json_t *tally_json(const struct xdpq_tally *t)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)t->packets,
			 "bytes", (json_int_t)t->bytes);
}

static void add_flow(json_t *object, const struct summary_flow *f)
{
	double throughput = summary_throughput(f);
	bool sent = f->sent.packets;

	json_object_set_new(object, "received", tally_json(&f->in));
	json_object_set_new(object, "duplicated", tally_json(&f->duplicated));
	json_object_set_new(object, "sent", tally_json(&f->sent));
	json_object_set_new(object, "dropped", tally_json(&f->dropped));
	json_object_set_new(object, "marked", json_integer(f->marked));
	json_object_set_new(object, "throughput_bit_per_s",
			    number_or_null(throughput >= 0, llround(throughput)));
	json_object_set_new(object, "delay_p50_ns",
			    number_or_null(sent, histogram_quantile(&f->delays, HISTOGRAM_MEDIAN)));
	json_object_set_new(object, "delay_p99_ns",
			    number_or_null(sent, histogram_quantile(&f->delays, HISTOGRAM_TAIL)));
	json_object_set_new(object, "delay_max_ns", number_or_null(sent, f->delays.max));
}

static json_t *flows_json(const struct summary *s)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < s->count; i++) {
		json_t *flow = json_pack("{s:o}", "flow", json_text(s->flows[i].name));

		add_flow(flow, &s->flows[i]);
		json_array_append_new(array, flow);
	}
	return array;
}

static json_t *drops_json(const struct summary *s)
{
	json_t *object = json_object();

	for (int i = 0; i < XDPQ_DROP_REASONS; i++)
		json_object_set_new(object, port_drop_name(i), tally_json(&s->drops[i]));
	return object;
}

static void summary_json(const struct simport *sim, const struct summary *s)
{
	const struct schema *schema = &sim->sched.schema;
	json_t *document = json_document(), *o = json_object();
	double jain = summary_jain(s);

	json_object_set_new(document, "summary", o);
	json_object_set_new(o, "sched", json_text(sim->sched.name));
	json_object_set_new(o, "parameters", json_fields(&schema->sched, sim->config.sched));
	json_object_set_new(o, "port", json_fields(&schema->port, &sim->config.port));
	json_object_set_new(o, "end_ns", json_integer(simport_time(sim)));
	json_object_set_new(o, "queued", json_integer(sim->port->qlen));
	add_flow(o, &s->total);
	json_object_set_new(o, "jain", jain >= 0 ? json_real(jain) : json_null());
	json_object_set_new(o, "drops", drops_json(s));
	json_object_set_new(o, "scheduler",
			    json_fields(&schema->counters, sim->bss + schema->counters_offset));
	json_object_set_new(o, "flows", flows_json(s));
	print_line(document);
}

static void flow_text(const char *name, const struct summary_flow *f)
{
	char rate[UNIT_TEXT_SIZE] = "-", p50[UNIT_TEXT_SIZE] = "-", p99[UNIT_TEXT_SIZE] = "-";
	char max[UNIT_TEXT_SIZE] = "-", safe[NAME_SIZE];
	uint64_t offered = f->in.packets + f->duplicated.packets, sent = f->sent.packets;
	uint64_t dropped = f->dropped.packets;
	double throughput = summary_throughput(f);

	if (throughput >= 0)
		unit_print_short(UNIT_RATE, llround(throughput), rate);
	if (sent) {
		unit_print_short(UNIT_TIME, histogram_quantile(&f->delays, HISTOGRAM_MEDIAN), p50);
		unit_print_short(UNIT_TIME, histogram_quantile(&f->delays, HISTOGRAM_TAIL), p99);
		unit_print_short(UNIT_TIME, f->delays.max, max);
	}
	printf("%-12s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %7" PRIu64 " %10s %9s %8s %8s\n",
	       printable(name, safe), offered, sent, dropped, f->marked, rate, p50, p99, max);
}

static void summary_text(const struct simport *sim, const struct summary *s)
{
	uint64_t copies = s->total.duplicated.packets;
	double jain = summary_jain(s);

	printf("%-12s %8s %8s %8s %7s %10s %9s %8s %8s\n", "flow", "packets", "sent", "dropped",
	       "marked", "throughput", "delay p50", "p99", "max");
	for (uint32_t i = 0; i < s->count; i++)
		flow_text(s->flows[i].name, &s->flows[i]);
	flow_text("all", &s->total);
	for (int i = 0; i < XDPQ_DROP_REASONS; i++)
		if (s->drops[i].packets)
			printf("dropped as %s: %llu\n", port_drop_name(i),
			       (unsigned long long)s->drops[i].packets);
	if (copies)
		printf("copies made by the scheduler: %" PRIu64 "\n", copies);
	if (sim->port->qlen)
		printf("still queued: %u\n", sim->port->qlen);
	if (jain >= 0 && s->count > 1)
		printf("Jain's index of %u flows: %.4f\n", s->count, jain);
}

void simout_summary(const struct call *call, const struct simport *sim, const struct summary *s)
{
	if (call->options->json) {
		summary_json(sim, s);
		return;
	}
	if (!call->options->stats)
		putchar('\n');
	summary_text(sim, s);
}
