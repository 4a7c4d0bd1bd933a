/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>

#include <xdpq/words.h>

/* What was not given and is 0 says nothing: no limit, no rate, the first of several words. */
static bool is_told(const struct field_set *set, uint32_t i, const void *data, uint64_t given)
{
	return given >> i & 1 || !field_is_zero(&set->fields[i], data);
}

static void put(FILE *f, const struct field *field, const void *data)
{
	char text[FIELD_TEXT_SIZE];

	field_print(field, data, text);
	if (*text)
		fprintf(f, " %s %s", field->name, text);
}

static void put_set(FILE *f, const struct field_set *set, const void *data, uint64_t given,
		    bool derived)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (is_told(set, i, data, given) &&
		    field_is_derived(set, i, data, given) == derived)
			put(f, &set->fields[i], data);
}

static void put_parameters(FILE *f, const struct config *config, bool derived)
{
	put_set(f, &config->schema->sched, config->sched, config->sched_given, derived);
	put_set(f, &config->schema->port, &config->port, config->port_given, derived);
}

enum words { GIVEN, DERIVED, COUNTERS };

static json_t *text_json(enum words which, const struct config *config, const void *counters)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	json_t *json;

	if (!f)
		return NULL;
	/* Counters are all told, also those that are 0. */
	if (which == COUNTERS)
		put_set(f, &config->schema->counters, counters, ~0ULL, false);
	else
		put_parameters(f, config, which == DERIVED);
	fclose(f);
	json = text ? json_string(text) : NULL;
	free(text);
	return json;
}

json_t *words_json(const struct config *config, const void *counters)
{
	json_t *object = json_object();

	json_object_set_new(object, "given", text_json(GIVEN, config, counters));
	json_object_set_new(object, "derived", text_json(DERIVED, config, counters));
	json_object_set_new(object, "counters", text_json(COUNTERS, config, counters));
	return object;
}
