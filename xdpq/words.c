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

static void put_given(FILE *f, const struct config *config, const void *counters)
{
	(void)counters;
	put_parameters(f, config, false);
}

static void put_derived(FILE *f, const struct config *config, const void *counters)
{
	(void)counters;
	put_parameters(f, config, true);
}

static void put_counters(FILE *f, const struct config *config, const void *counters)
{
	const struct field_set *set = &config->schema->counters;

	for (uint32_t i = 0; i < set->count; i++)
		put(f, &set->fields[i], counters);
}

static json_t *text_json(void (*put_text)(FILE *, const struct config *, const void *),
			 const struct config *config, const void *counters)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	json_t *json;

	if (!f)
		return NULL;
	put_text(f, config, counters);
	fclose(f);
	json = text ? json_string(text) : NULL;
	free(text);
	return json;
}

json_t *words_json(const struct config *config, const void *counters)
{
	json_t *object = json_object();

	json_object_set_new(object, "given", text_json(put_given, config, counters));
	json_object_set_new(object, "derived", text_json(put_derived, config, counters));
	json_object_set_new(object, "counters", text_json(put_counters, config, counters));
	return object;
}
