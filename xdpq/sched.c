/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include <xdpq/json.h>
#include <xdpq/scheduler.h>
#include <xdpq/table.h>

static const char *const kinds[] = {
	[FIELD_PARAM] = "parameter",
	[FIELD_FIXED] = "fixed",
	[FIELD_CHOICE] = "choice",
	[FIELD_COUNTER] = "counter",
};

static const char *unit_of(const struct field *field)
{
	return field->kind == FIELD_CHOICE ? "word" : unit_name(field->unit);
}

static const char *const keys[] = {
	[KEY_NONE] = "",
	[KEY_DSCP] = "dscp",
	[KEY_PCP] = "pcp",
	[KEY_PREFIX] = "prefix",
};

static json_t *text_json(const char *text)
{
	return json_string(text ? text : "");
}

static json_t *field_json(const struct field *field)
{
	json_t *object = json_object();
	char key[64];

	json_key(field, key);
	json_object_set_new(object, "name", json_string(field->name));
	json_object_set_new(object, "key", json_string(key));
	json_object_set_new(object, "kind", json_string(kinds[field->kind]));
	json_object_set_new(object, "unit", json_string(unit_of(field)));
	json_object_set_new(object, "keyed_by", json_string(keys[field->key]));
	json_object_set_new(object, "count", json_integer(field->count));
	json_object_set_new(object, "min", json_string(field->range[0]));
	json_object_set_new(object, "max", json_string(field->range[1]));
	json_object_set_new(object, "default", text_json(field->dflt_text));
	json_object_set_new(object, "choices", text_json(field->choices));
	json_object_set_new(object, "help", json_string(field->help));
	return object;
}

static json_t *set_json(const struct field_set *set)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < set->count; i++)
		json_array_append_new(array, field_json(&set->fields[i]));
	return array;
}

static json_t *scheduler_json(const struct scheduler *sched)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", json_text(sched->name));
	json_object_set_new(object, "summary", json_string(sched->schema.summary));
	json_object_set_new(object, "parameters", set_json(&sched->schema.sched));
	json_object_set_new(object, "port_options", set_json(&sched->schema.port));
	json_object_set_new(object, "counters", set_json(&sched->schema.counters));
	return object;
}

/* " packets, 1..1000", " number for each DSCP, 0..15", " { a|b }". */
static void print_range(const struct field *field)
{
	if (field->kind == FIELD_CHOICE)
		printf(" { %s }", field->choices);
	else if (field->key == KEY_NONE)
		printf(" %s, %s..%s", unit_of(field), field->range[0], field->range[1]);
	else
		printf(" %s for each %s, %s..%s", unit_of(field), table_key_name(field->key),
		       field->range[0], field->range[1]);
}

static void print_default(const struct field *field)
{
	const char *dflt = field->dflt_text;

	/* One for all keys. */
	if (!strncmp(dflt, "default=", 8))
		dflt += 8;
	printf(" (default %s%s)", dflt, field->kind == FIELD_FIXED ? ", fixed at attach" : "");
}

static void print_field(const struct field *field)
{
	printf("  %s", field->name);
	if (field->kind != FIELD_COUNTER) {
		print_range(field);
		print_default(field);
	} else if (field->count > 1) {
		printf(" 0..%u", field->count - 1);
	}
	printf("\n        %s\n", field->help);
}

static void print_set(const char *title, const struct field_set *set)
{
	if (!set->count)
		return;
	printf("\n%s:\n", title);
	for (uint32_t i = 0; i < set->count; i++)
		print_field(&set->fields[i]);
}

static int show(const struct call *call, const char *name)
{
	struct scheduler sched;
	json_t *document;
	int err = 0;

	errors_context(call->errors, "sched show %s", name);
	if (scheduler_open(call->errors, name, &sched))
		return -1;
	if (call->options->json) {
		document = json_document();
		json_object_set_new(document, "scheduler", scheduler_json(&sched));
		err = json_print(call, document);
	} else {
		printf("%s: %s\n", sched.name, sched.schema.summary);
		print_set("parameters", &sched.schema.sched);
		print_set("port options", &sched.schema.port);
		print_set("counters of its own", &sched.schema.counters);
	}
	scheduler_close(&sched);
	return err;
}

static int list(const struct call *call)
{
	json_t *document = json_document(), *array = json_array();
	struct scheduler sched;

	json_object_set_new(document, "schedulers", array);
	for (const struct embedded_scheduler *s = embedded_schedulers; s->name; s++) {
		if (scheduler_open(call->errors, s->name, &sched)) {
			json_decref(document);
			return -1;
		}
		json_array_append_new(array, json_pack("{s:s, s:s}", "name", s->name,
						       "summary", sched.schema.summary));
		if (!call->options->json)
			printf("%-8s %s\n", s->name, sched.schema.summary);
		scheduler_close(&sched);
	}
	if (call->options->json)
		return json_print(call, document);
	json_decref(document);
	return 0;
}

int cmd_sched(const struct call *call)
{
	const char *what = call->argc ? call->argv[0] : "list";

	if (!strcmp(what, "list") && call->argc <= 1)
		return list(call);
	if (!strcmp(what, "show") && call->argc == 2)
		return show(call, call->argv[1]);
	if (!strcmp(what, "show") && call->argc < 2)
		return fail(call->errors, EXIT_CODE_USAGE,
			    "show: the name is missing; `xdpq sched list` names them");
	if (!strcmp(what, "show") || !strcmp(what, "list"))
		return fail(call->errors, EXIT_CODE_USAGE, "%s: unexpected word \"%s\"", what,
			    call->argv[call->argc - 1]);
	return fail(call->errors, EXIT_CODE_USAGE,
		    "unknown word \"%s\"; xdpq sched [list | show NAME]", what);
}
