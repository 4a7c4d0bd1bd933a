/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include <xdpq/show.h>
#include <xdpq/units.h>

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

/* Parameters or counters (words.h): "given", "derived", "counters". */
static const char *words(const json_t *port, const char *which)
{
	return text(json_object_get(port, "words"), which);
}

static void print_counters(const json_t *port)
{
	const json_t *c = json_object_get(port, "counters");
	char bytes[UNIT_TEXT_SIZE], backlog[UNIT_TEXT_SIZE];

	unit_print_short(UNIT_BYTES, number(c, "bytes"), bytes);
	unit_print_short(UNIT_BYTES, number(c, "backlog"), backlog);
	printf("    sent %" JSON_INTEGER_FORMAT " packets (%s bytes), dropped %" JSON_INTEGER_FORMAT
	       ", overlimits %" JSON_INTEGER_FORMAT ", requeues %" JSON_INTEGER_FORMAT "\n",
	       number(c, "packets"), bytes, number(c, "drops"), number(c, "overlimits"),
	       number(c, "requeues"));
	printf("    backlog %" JSON_INTEGER_FORMAT " packets (%s bytes)\n", number(c, "qlen"),
	       backlog);
}

static void print_drops(const json_t *port)
{
	const char *reason;
	json_t *tally;

	json_object_foreach(json_object_get(port, "drops"), reason, tally)
		if (number(tally, "packets"))
			printf("    dropped as %s: %" JSON_INTEGER_FORMAT " packets\n", reason,
			       number(tally, "packets"));
}

static void print_sojourn(const json_t *sojourn)
{
	char p50[UNIT_TEXT_SIZE], p99[UNIT_TEXT_SIZE], max[UNIT_TEXT_SIZE];

	unit_print_short(UNIT_TIME, number(sojourn, "p50_ns"), p50);
	unit_print_short(UNIT_TIME, number(sojourn, "p99_ns"), p99);
	unit_print_short(UNIT_TIME, number(sojourn, "max_ns"), max);
	printf("    time in queue: p50 %s, p99 %s, max %s\n", p50, p99, max);
}

static void print_stats(const json_t *port)
{
	const json_t *c = json_object_get(port, "counters");

	printf("    received %" JSON_INTEGER_FORMAT ", cut through %" JSON_INTEGER_FORMAT
	       ", carried %" JSON_INTEGER_FORMAT ", pumped %" JSON_INTEGER_FORMAT
	       ", in the driver %" JSON_INTEGER_FORMAT
	       ", left to the stack %" JSON_INTEGER_FORMAT "\n",
	       number(json_object_get(c, "received"), "packets"), number(c, "cut_through"),
	       number(c, "carried"), number(c, "pumped"),
	       number(json_object_get(c, "in_driver"), "packets"), number(c, "passed"));
	print_sojourn(json_object_get(port, "sojourn"));
	print_drops(port);
	if (*words(port, "counters"))
		printf("   %s\n", words(port, "counters"));
}

static void print_store(const json_t *store)
{
	char memory[UNIT_TEXT_SIZE];

	unit_print_short(UNIT_BYTES, number(store, "memory_bytes"), memory);
	printf("    store %" JSON_INTEGER_FORMAT " packets of up to %" JSON_INTEGER_FORMAT
	       " bytes, memory %s bytes\n",
	       number(store, "slots"), number(store, "frame_bytes"), memory);
}

static void print_details(const json_t *port)
{
	const json_t *pump = json_object_get(port, "pump");

	if (number(json_object_get(port, "store"), "slots"))
		print_store(json_object_get(port, "store"));
	if (*words(port, "derived"))
		printf("    derived:%s\n", words(port, "derived"));
	printf("    index %" JSON_INTEGER_FORMAT, number(port, "ifindex"));
	if (number(pump, "pid"))
		printf(", pump %" JSON_INTEGER_FORMAT, number(pump, "pid"));
	printf(", attached as: %s\n", text(port, "attached_as"));
	if (*text(port, "tx_error"))
		printf("    last error of the driver: %s\n", text(port, "tx_error"));
}

static void print_notes(const json_t *port, const char *key, const char *title)
{
	json_t *note;
	size_t i;

	json_array_foreach(json_object_get(port, key), i, note)
		printf("    %s: %s\n", title, json_string_value(note));
}

static void print_port(const struct options *options, const json_t *port)
{
	printf("%s: sched %s%s", text(port, "ifname"), text(port, "sched"), words(port, "given"));
	if (*text(port, "peer"))
		printf(" peer %s", text(port, "peer"));
	if (strcmp(text(port, "state"), "running"))
		printf(" (%s)", text(port, "state"));
	if (*text(port, "heir"))
		printf(" (%s follows)", text(port, "heir"));
	putchar('\n');
	print_counters(port);
	if (options->stats)
		print_stats(port);
	if (options->details)
		print_details(port);
	print_notes(port, "suspended", "suspended");
	print_notes(port, "warnings", "warning");
}

void show_text(const struct options *options, const json_t *ports)
{
	json_t *port;
	size_t i;

	json_array_foreach((json_t *)ports, i, port)
		print_port(options, port);
}
