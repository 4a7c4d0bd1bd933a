/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/params.h>
#include <xdpq/table.h>
#include <xdpq/tag.h>

#define TAG_SIZE 512

/* 100%, in parts per billion. */
#define WHOLE 1000000000

/* KIND:UNIT:MIN:MAX:DEFAULT:HELP */
enum part { KIND, UNIT, MIN, MAX, DEFAULT, HELP, PARTS };

static const struct {
	const char *word;
	enum field_kind kind;
	enum field_key key;
} kinds[] = {
	{ "param", FIELD_PARAM, KEY_NONE },
	{ "fixed", FIELD_FIXED, KEY_NONE },
	{ "choice", FIELD_CHOICE, KEY_NONE },
	{ "counter", FIELD_COUNTER, KEY_NONE },
	{ "dscp", FIELD_PARAM, KEY_DSCP },
	{ "pcp", FIELD_PARAM, KEY_PCP },
	{ "prefix", FIELD_PARAM, KEY_PREFIX },
};

const struct btf_type *tag_skip_modifiers(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

const char *tag_name_of(const struct btf *btf, uint32_t offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

const char *tag_find(const struct btf *btf, uint32_t id, int component)
{
	for (uint32_t i = 1; i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const char *tag;

		if (!btf_is_decl_tag(t) || t->type != id ||
		    btf_decl_tag(t)->component_idx != component)
			continue;
		tag = tag_name_of(btf, t->name_off);
		if (!strncmp(tag, "xdpq:", 5))
			return tag + 5;
	}
	return NULL;
}

static int no_valid_tag(struct errors *e, const struct field *field)
{
	return fail(e, EXIT_CODE_USAGE, "member %s has no valid tag", field->name);
}

static int no_memory(struct errors *e, const struct field *field)
{
	return fail_errno(e, ENOMEM, "reading member %s", field->name);
}

/* Splits "a:b:c:rest" in place. False if there are fewer parts. */
static bool split(char *text, char *parts[PARTS])
{
	for (int i = 0; i < PARTS; i++) {
		parts[i] = text;
		if (i == PARTS - 1)
			return true;
		text = strchr(text, ':');
		if (!text)
			return false;
		*text++ = 0;
	}
	return true;
}

static bool read_kind(struct field *field, const char *word)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].word, word))
			continue;
		field->kind = kinds[i].kind;
		field->key = kinds[i].key;
		return true;
	}
	return false;
}

static int read_integer(struct errors *e, struct field *field, const struct btf_type *type)
{
	if (!type || !btf_is_int(type) || (type->size != 4 && type->size != 8))
		return fail(e, EXIT_CODE_USAGE, "member %s is neither a 32 nor a 64 bit integer",
			    field->name);
	field->size = type->size;
	field->is_signed = btf_int_encoding(type) & BTF_INT_SIGNED;
	return 0;
}

static int read_prefix(struct errors *e, struct field *field, const struct btf *btf,
		       const struct btf_type *type)
{
	if (!type || !btf_is_struct(type) || type->size != sizeof(struct xdpq_prefix) ||
	    strcmp(tag_name_of(btf, type->name_off), "xdpq_prefix"))
		return fail(e, EXIT_CODE_USAGE,
			    "member %s: a table by prefix is an array of struct xdpq_prefix",
			    field->name);
	field->size = sizeof(((struct xdpq_prefix *)0)->value);
	return 0;
}

/* A parameter is one value, a table has as many as there are keys; counters may be several. */
static int check_count(struct errors *e, const struct field *field)
{
	if (field->kind == FIELD_COUNTER) {
		if (field->count && field->count <= FIELD_MAX_COUNT)
			return 0;
		return fail(e, EXIT_CODE_USAGE, "member %s: an array has 1 to %d counters, not %u",
			    field->name, FIELD_MAX_COUNT, field->count);
	}
	if (field->count == table_count(field->key))
		return 0;
	if (field->key == KEY_NONE)
		return fail(e, EXIT_CODE_USAGE, "member %s: a parameter that is no table has one "
			    "value, not %u", field->name, field->count);
	return fail(e, EXIT_CODE_USAGE, "member %s: a table by %s has %u values, not %u",
		    field->name, table_key_name(field->key), table_count(field->key),
		    field->count);
}

static int read_type(struct errors *e, struct field *field, const struct btf *btf,
		     const struct btf_member *m)
{
	const struct btf_type *type = tag_skip_modifiers(btf, m->type);

	field->count = 1;
	if (type && btf_is_array(type)) {
		field->count = btf_array(type)->nelems;
		type = tag_skip_modifiers(btf, btf_array(type)->type);
	}
	field->offset = m->offset / 8;
	if (m->offset % 8)
		return fail(e, EXIT_CODE_USAGE, "member %s is a bit field", field->name);
	if (check_count(e, field))
		return -1;
	if (field->key == KEY_PREFIX)
		return read_prefix(e, field, btf, type);
	return read_integer(e, field, type);
}

/* The last word is the largest value. "auto" would be taken for the default. */
static int read_words(struct errors *e, struct field *field, const char *words)
{
	char word[UNIT_TEXT_SIZE];

	field->unit = UNIT_NUMBER;
	field->choices = strdup(words);
	if (!field->choices)
		return no_memory(e, field);
	for (field->max = -1; field_choice(field, field->max + 1, word); field->max++)
		if (!strcmp(word, "auto") || !*word)
			return no_valid_tag(e, field);
	return 0;
}

static int read_bound(struct errors *e, const struct field *field, const char *text, int64_t *value,
		      char keep[UNIT_TEXT_SIZE])
{
	const char *why;

	snprintf(keep, UNIT_TEXT_SIZE, "%s", text);
	if (unit_parse(field->unit, text, 0, value, &why))
		return fail(e, EXIT_CODE_USAGE, "member %s: \"%s\" %s", field->name, text, why);
	return 0;
}

/* Every value of the range has to fit into the member. */
static int check_range(struct errors *e, const struct field *field)
{
	int64_t low = field->is_signed ? INT32_MIN : 0;
	int64_t high = field->is_signed ? INT32_MAX : UINT32_MAX;

	if (field->size == 8) {
		low = field->is_signed ? INT64_MIN : 0;
		high = INT64_MAX;
	}
	if (field->unit == UNIT_PERCENT && high > WHOLE)
		high = WHOLE;
	if (field->key == KEY_PREFIX)
		low = 1;
	if (field->min >= low && field->min <= field->max && field->max <= high)
		return 0;
	return fail(e, EXIT_CODE_USAGE, "member %s cannot have a range of %s..%s", field->name,
		    field->range[0], field->range[1]);
}

static int read_range(struct errors *e, struct field *field, const char *min, const char *max)
{
	if (read_bound(e, field, min, &field->min, field->range[0]) ||
	    read_bound(e, field, max, &field->max, field->range[1]))
		return -1;
	return check_range(e, field);
}

/* One value is for all keys; "(a,b)" is what a user would write, with what protects its commas. */
static int table_default(char *text, size_t size, const char *source)
{
	size_t len = strlen(source);

	if (len > 1 && source[0] == '(' && source[len - 1] == ')')
		return snprintf(text, size, "%.*s", (int)len - 2, source + 1);
	return snprintf(text, size, strpbrk(source, "=,") ? "%s" : "default=%s", source);
}

/* The bytes of the default. While they are read, a table has no default of its own yet. */
static int read_values(struct errors *e, struct field *field, const char *source)
{
	struct field alone = *field;
	char text[TAG_SIZE];
	void *values = calloc(1, field_bytes(field));

	if (!values)
		return no_memory(e, field);
	alone.offset = 0;
	snprintf(text, sizeof(text), "%s", source);
	if (field->key != KEY_NONE)
		table_default(text, sizeof(text), source);
	if (field_parse(e, &alone, text, 0, values)) {
		free(values);
		return no_valid_tag(e, field);
	}
	field->dflt = values;
	return 0;
}

/* A table's default is told in the form that a user may type. */
static char *default_text(const struct field *field, const char *source)
{
	struct field alone = *field;
	char text[FIELD_TEXT_SIZE];

	if (field->key == KEY_NONE || !field->dflt)
		return strdup(source);
	alone.offset = 0;
	field_print(&alone, field->dflt, text);
	return strdup(text);
}

static int read_default(struct errors *e, struct field *field, const char *source)
{
	field->automatic = !strcmp(source, "auto");
	field->required = !strcmp(source, "required");
	if (!field->automatic && !field->required && read_values(e, field, source))
		return -1;
	field->dflt_text = default_text(field, source);
	return field->dflt_text ? 0 : no_memory(e, field);
}

static int read_parts(struct errors *e, struct field *field, char *parts[PARTS])
{
	int unit = unit_from_name(parts[UNIT]);

	if (field->kind == FIELD_CHOICE)
		return read_words(e, field, parts[UNIT]) || read_default(e, field, parts[DEFAULT]);
	if (unit < 0)
		return no_valid_tag(e, field);
	field->unit = unit;
	if (field->kind == FIELD_COUNTER)
		return 0;
	return read_range(e, field, parts[MIN], parts[MAX]) ||
	       read_default(e, field, parts[DEFAULT]);
}

int tag_read_field(struct errors *e, const struct btf *btf, uint32_t id, int index,
		   const struct btf_member *m, struct field *field)
{
	const char *tag = tag_find(btf, id, index);
	char text[TAG_SIZE], *parts[PARTS];

	field->name = tag_name_of(btf, m->name_off);
	if (!tag || snprintf(text, sizeof(text), "%s", tag) >= (int)sizeof(text) ||
	    !split(text, parts) || !read_kind(field, parts[KIND]))
		return no_valid_tag(e, field);
	field->help = strdup(parts[HELP]);
	if (!field->help)
		return no_memory(e, field);
	return read_type(e, field, btf, m) || read_parts(e, field, parts) ? -1 : 0;
}
