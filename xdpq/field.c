/* SPDX-License-Identifier: GPL-2.0-only */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/field.h>
#include <xdpq/prefix.h>
#include <xdpq/table.h>

const struct field *field_find(const struct field_set *set, const char *name)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (!strcmp(set->fields[i].name, name))
			return &set->fields[i];
	return NULL;
}

void field_set_free(struct field_set *set)
{
	for (uint32_t i = 0; i < set->count && set->fields; i++) {
		free(set->fields[i].dflt);
		free(set->fields[i].dflt_text);
		free(set->fields[i].choices);
		free(set->fields[i].help);
	}
	free(set->fields);
}

uint32_t field_bytes(const struct field *field)
{
	return field->count * (field->key == KEY_PREFIX ? sizeof(struct xdpq_prefix) : field->size);
}

static uint32_t value_offset(const struct field *field, uint32_t i)
{
	if (field->key != KEY_PREFIX)
		return field->offset + i * field->size;
	return field->offset + i * sizeof(struct xdpq_prefix) + offsetof(struct xdpq_prefix, value);
}

int64_t field_get(const struct field *field, const void *data, uint32_t i)
{
	const void *at = (const char *)data + value_offset(field, i);
	int64_t wide;
	uint32_t narrow;

	if (field->size == 8) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, at, sizeof(narrow));
	return field->is_signed ? (int64_t)(int32_t)narrow : (int64_t)narrow;
}

void field_put(const struct field *field, void *data, uint32_t i, int64_t value)
{
	void *at = (char *)data + value_offset(field, i);
	uint32_t narrow = value;

	if (field->size == 8)
		memcpy(at, &value, sizeof(value));
	else
		memcpy(at, &narrow, sizeof(narrow));
}

bool field_is_zero(const struct field *field, const void *data)
{
	for (uint32_t i = 0; i < field->count; i++)
		if (field_get(field, data, i))
			return false;
	return true;
}

bool field_is_derived(const struct field_set *set, uint32_t i, const void *data, uint64_t given)
{
	const struct field *field = &set->fields[i];

	return field->automatic && !(given >> i & 1) && !field_is_zero(field, data);
}

void field_put_default(const struct field *field, void *data)
{
	void *at = (char *)data + field->offset;

	if (field->dflt)
		memcpy(at, field->dflt, field_bytes(field));
	else
		memset(at, 0, field_bytes(field));
}

bool field_choice(const struct field *field, int64_t i, char word[UNIT_TEXT_SIZE])
{
	const char *at = field->choices;
	size_t len;

	for (; at && i > 0; i--) {
		at = strchr(at, '|');
		at = at ? at + 1 : NULL;
	}
	if (!at || i < 0)
		return false;
	len = strcspn(at, "|");
	snprintf(word, UNIT_TEXT_SIZE, "%.*s", (int)len, at);
	return true;
}

static int parse_choice(struct errors *e, const struct field *field, const char *text,
			int64_t *value)
{
	char word[UNIT_TEXT_SIZE];

	for (*value = 0; field_choice(field, *value, word); ++*value)
		if (!strcmp(word, text))
			return 0;
	return fail(e, EXIT_CODE_USAGE, "%s: \"%s\" is none of %s", field->name, text,
		    field->choices);
}

static bool in_range(const struct field *field, int64_t value)
{
	return value >= field->min && value <= field->max;
}

int field_parse_value(struct errors *e, const struct field *field, const char *label,
		      const char *text, uint64_t link_rate, int64_t *value)
{
	const char *why;

	if (unit_parse(field->unit, text, link_rate, value, &why))
		return fail(e, EXIT_CODE_USAGE, "%s: \"%s\" %s (%s..%s)", label, text, why,
			    field->range[0], field->range[1]);
	if (!in_range(field, *value))
		return fail(e, EXIT_CODE_USAGE, "%s: \"%s\" is out of range (%s..%s)", label, text,
			    field->range[0], field->range[1]);
	return 0;
}

int field_parse(struct errors *e, const struct field *field, const char *text, uint64_t link_rate,
		void *data)
{
	int64_t value;
	int err;

	if (field->key == KEY_PREFIX)
		return prefix_parse_table(e, field, text, link_rate, data);
	if (field->key != KEY_NONE)
		return table_parse(e, field, text, link_rate, data);
	if (field->kind == FIELD_CHOICE)
		err = parse_choice(e, field, text, &value);
	else
		err = field_parse_value(e, field, field->name, text, link_rate, &value);
	if (!err)
		field_put(field, data, 0, value);
	return err;
}

/* How errors name the i-th value: "limit", "priomap: EF". */
static void label_of(const struct field *field, const void *data, uint32_t i, char *label,
		     size_t size)
{
	char key[PREFIX_TEXT_SIZE] = "";
	struct xdpq_prefix prefix;

	if (field->key == KEY_PREFIX) {
		prefix = prefix_get(field, data, i);
		prefix_print(&prefix, key);
	} else if (field->key != KEY_NONE) {
		table_key(field->key, i, key);
	}
	snprintf(label, size, "%s%s%s", field->name, *key ? ": " : "", key);
}

int field_check(struct errors *e, const struct field *field, const void *data)
{
	bool may_be_zero = field->automatic || field->key == KEY_PREFIX;
	char text[UNIT_TEXT_SIZE], label[128];
	int err = 0;

	for (uint32_t i = 0; i < field->count; i++) {
		int64_t value = field_get(field, data, i);

		if ((may_be_zero && !value) || in_range(field, value))
			continue;
		unit_print(field->unit, value, text);
		label_of(field, data, i, label, sizeof(label));
		err = fail(e, EXIT_CODE_USAGE,
			   "%s: would have to be %s, which is out of range (%s..%s)", label, text,
			   field->range[0], field->range[1]);
	}
	return err;
}

static void print_counters(const struct field *field, const void *data, char text[FIELD_TEXT_SIZE])
{
	char word[UNIT_TEXT_SIZE];
	size_t len = 0;

	*text = 0;
	for (uint32_t i = 0; i < field->count; i++) {
		int64_t value = field_get(field, data, i);

		if (!value)
			continue;
		unit_print(field->unit, value, word);
		len += snprintf(text + len, FIELD_TEXT_SIZE - len, "%s%u:%s", len ? " " : "", i,
				word);
	}
}

static void print_value(const struct field *field, int64_t value, char text[FIELD_TEXT_SIZE])
{
	if (field->kind != FIELD_CHOICE)
		unit_print(field->unit, value, text);
	else if (!field_choice(field, value, text))
		snprintf(text, FIELD_TEXT_SIZE, "%lld", (long long)value);
}

void field_print(const struct field *field, const void *data, char text[FIELD_TEXT_SIZE])
{
	if (field->key == KEY_PREFIX)
		prefix_print_table(field, data, text);
	else if (field->key != KEY_NONE)
		table_print(field, data, text);
	else if (field->count > 1)
		print_counters(field, data, text);
	else
		print_value(field, field_get(field, data, 0), text);
}
