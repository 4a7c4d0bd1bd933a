/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/dscp.h>
#include <xdpq/near.h>
#include <xdpq/params.h>
#include <xdpq/table.h>

#define LABEL_SIZE 96

static const struct {
	uint32_t count;
	const char *name;
	const char *write;
	const char *example;
} kinds[] = {
	[KEY_NONE] = { 1, "", "", "" },
	[KEY_DSCP] = { DSCP_COUNT, "DSCP", "a name such as EF, or 0 to 63", "EF" },
	[KEY_PCP] = { 8, "PCP", "0 to 7", "5" },
	[KEY_PREFIX] = { XDPQ_PREFIXES, "prefix", "", "" },
};

/* What has been read so far of a table. */
struct reading {
	struct errors *e;
	const struct field *field;
	uint64_t link_rate;
	int64_t values[FIELD_MAX_COUNT];
	uint64_t named;		/* bit i: key i has a value */
	int64_t rest;		/* the value of `default` */
	bool has_rest;
};

uint32_t table_count(enum field_key key)
{
	return kinds[key].count;
}

const char *table_key_name(enum field_key key)
{
	return kinds[key].name;
}

void table_key(enum field_key key, uint32_t i, char text[UNIT_TEXT_SIZE])
{
	const char *name = key == KEY_DSCP ? dscp_name(i) : NULL;

	if (name)
		snprintf(text, UNIT_TEXT_SIZE, "%s", name);
	else
		snprintf(text, UNIT_TEXT_SIZE, "%u", i);
}

static int unknown_key(const struct reading *r, const char *word)
{
	static const char *const rest[] = { "default" };
	const char *near = r->field->key == KEY_DSCP ? dscp_nearest(word) : NULL;
	const char *name = kinds[r->field->key].name;

	if (!near)
		near = nearest(word, rest, 1);
	if (near)
		return fail(r->e, EXIT_CODE_USAGE, "%s: \"%s\" is no %s; did you mean %s?",
			    r->field->name, word, name, near);
	return fail(r->e, EXIT_CODE_USAGE, "%s: \"%s\" is no %s: write %s", r->field->name, word,
		    name, kinds[r->field->key].write);
}

/* The key that a word stands for; -1 if none. */
static int key_of(enum field_key key, const char *word)
{
	int named = key == KEY_DSCP ? dscp_from_name(word) : -1;
	const char *why;
	int64_t number;

	if (named >= 0)
		return named;
	if (unit_parse(UNIT_NUMBER, word, 0, &number, &why) || number >= kinds[key].count)
		return -1;
	return number;
}

/* "KEY" or "KEY-KEY". */
static int parse_keys(const struct reading *r, const char *text, uint32_t *first, uint32_t *last)
{
	const char *dash = strchr(text, '-');
	int len = dash ? dash - text : (int)strlen(text), low, high;
	char word[LABEL_SIZE];

	snprintf(word, sizeof(word), "%.*s", len, text);
	low = key_of(r->field->key, word);
	high = dash ? key_of(r->field->key, dash + 1) : low;
	if (low < 0)
		unknown_key(r, word);
	if (dash && high < 0)
		unknown_key(r, dash + 1);
	if (low < 0 || high < 0)
		return -1;
	if (low > high)
		return fail(r->e, EXIT_CODE_USAGE, "%s: \"%s\" is an empty range: write %s-%s",
			    r->field->name, text, dash + 1, word);
	*first = low;
	*last = high;
	return 0;
}

static int given_twice(const struct reading *r, const char *key)
{
	return fail(r->e, EXIT_CODE_USAGE, "%s: %s: given twice", r->field->name, key);
}

static int name_keys(struct reading *r, uint32_t first, uint32_t last, int64_t value)
{
	uint64_t keys = (~0ULL >> (63 - last + first)) << first, both = keys & r->named;
	char key[UNIT_TEXT_SIZE];

	r->named |= keys;
	for (uint32_t i = first; i <= last; i++)
		r->values[i] = value;
	if (!both)
		return 0;
	table_key(r->field->key, __builtin_ctzll(both), key);
	return given_twice(r, key);
}

/* A number may be meant as a value. */
static bool names_keys(const struct reading *r, const char *entry)
{
	struct errors quiet = { .quiet = true };
	struct reading silent = { .e = &quiet, .field = r->field };
	uint32_t first, last;

	if (!strcmp(entry, "default") || (r->field->key == KEY_DSCP && dscp_from_name(entry) >= 0))
		return true;
	return strchr(entry, '-') && !parse_keys(&silent, entry, &first, &last);
}

/* What stands alone, without the "=". */
static int lacks_half(const struct reading *r, const char *entry)
{
	const char *name = r->field->name;

	if (!*entry)
		return fail(r->e, EXIT_CODE_USAGE, "%s: an entry is empty: a comma too many", name);
	if (names_keys(r, entry))
		return fail(r->e, EXIT_CODE_USAGE, "%s: \"%s\" lacks its value: write %s=VALUE",
			    name, entry, entry);
	return fail(r->e, EXIT_CODE_USAGE,
		    "%s: \"%s\" has no key: write KEY=VALUE, or plain values only", name, entry);
}

/* "KEY=VALUE", "KEY-KEY=VALUE" or "default=VALUE". */
static int parse_entry(struct reading *r, char *entry)
{
	char *text = strchr(entry, '='), label[LABEL_SIZE];
	uint32_t first = 0, last = 0;
	int64_t value = 0;
	bool rest;
	int err;

	if (!text)
		return lacks_half(r, entry);
	*text++ = 0;
	rest = !strcmp(entry, "default");
	err = rest ? 0 : parse_keys(r, entry, &first, &last);
	snprintf(label, sizeof(label), "%s: %s", r->field->name, entry);
	if (field_parse_value(r->e, r->field, label, text, r->link_rate, &value) || err)
		return -1;
	if (!rest)
		return name_keys(r, first, last, value);
	if (r->has_rest)
		return given_twice(r, entry);
	r->has_rest = true;
	r->rest = value;
	return 0;
}

static int parse_entries(struct reading *r, char *text)
{
	char *entry;
	int err = 0;

	while ((entry = strsep(&text, ",")))
		err |= parse_entry(r, entry);
	return err;
}

static int parse_plain_value(struct reading *r, const char *text, uint32_t i)
{
	char key[UNIT_TEXT_SIZE], label[LABEL_SIZE];
	int64_t value;

	if (!*text || names_keys(r, text))
		return lacks_half(r, text);
	table_key(r->field->key, i, key);
	snprintf(label, sizeof(label), "%s: %s", r->field->name, key);
	if (field_parse_value(r->e, r->field, label, text, r->link_rate, &value))
		return -1;
	return name_keys(r, i, i, value);
}

static int parse_plain(struct reading *r, char *text)
{
	const char *name = kinds[r->field->key].name;
	uint32_t values = 1;
	char *value;
	int err = 0;

	for (const char *c = text; *c; c++)
		values += *c == ',';
	if (values > r->field->count)
		return fail(r->e, EXIT_CODE_USAGE, "%s: %u values, there are %u %ss",
			    r->field->name, values, r->field->count, name);
	for (uint32_t i = 0; (value = strsep(&text, ",")); i++)
		err |= parse_plain_value(r, value, i);
	return err;
}

/* Keys not named have the value of `default`, or else the table's own default. */
static int check_complete(const struct reading *r)
{
	uint64_t unnamed = ~r->named & (~0ULL >> (64 - r->field->count));
	uint32_t count = __builtin_popcountll(unnamed);
	char key[UNIT_TEXT_SIZE];

	if (!count || r->has_rest || r->field->dflt)
		return 0;
	table_key(r->field->key, __builtin_ctzll(unnamed), key);
	if (count == 1)
		return fail(r->e, EXIT_CODE_USAGE,
			    "%s: %s has no value: name it, or add default=VALUE", r->field->name,
			    key);
	return fail(r->e, EXIT_CODE_USAGE,
		    "%s: %s and %u more %ss have no value: add default=VALUE", r->field->name, key,
		    count - 1, kinds[r->field->key].name);
}

static void store(const struct reading *r, void *data)
{
	field_put_default(r->field, data);
	for (uint32_t i = 0; i < r->field->count; i++)
		if (r->named >> i & 1)
			field_put(r->field, data, i, r->values[i]);
		else if (r->has_rest)
			field_put(r->field, data, i, r->rest);
}

int table_parse(struct errors *e, const struct field *field, const char *text, uint64_t link_rate,
		void *data)
{
	struct reading r = { .e = e, .field = field, .link_rate = link_rate };
	char *copy;
	int err;

	if (!*text)
		return fail(e, EXIT_CODE_USAGE,
			    "%s: \"\" is empty: write %s=VALUE,default=VALUE, or plain values",
			    field->name, kinds[field->key].example);
	copy = strdup(text);
	if (!copy)
		return fail_errno(e, ENOMEM, "%s", field->name);
	err = strchr(copy, '=') ? parse_entries(&r, copy) : parse_plain(&r, copy);
	free(copy);
	if (err || check_complete(&r))
		return -1;
	store(&r, data);
	return 0;
}

static uint32_t frequency(const struct field *field, const void *data, int64_t value)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < field->count; i++)
		count += field_get(field, data, i) == value;
	return count;
}

static int64_t most_frequent(const struct field *field, const void *data)
{
	uint32_t most = 0, count;
	int64_t found = 0;

	for (uint32_t i = 0; i < field->count; i++) {
		count = frequency(field, data, field_get(field, data, i));
		if (count <= most)
			continue;
		most = count;
		found = field_get(field, data, i);
	}
	return found;
}

static size_t print_range(const struct field *field, uint32_t first, uint32_t last, char *text,
			  size_t size)
{
	char low[UNIT_TEXT_SIZE], high[UNIT_TEXT_SIZE];

	table_key(field->key, first, low);
	table_key(field->key, last, high);
	return snprintf(text, size, "%s%s%s", low, last > first ? "-" : "",
			last > first ? high : "");
}

void table_print(const struct field *field, const void *data, char text[FIELD_TEXT_SIZE])
{
	int64_t rest = most_frequent(field, data), value;
	char word[UNIT_TEXT_SIZE];
	size_t len = 0;

	for (uint32_t i = 0, last; i < field->count; i = last + 1) {
		last = i;
		value = field_get(field, data, i);
		while (last + 1 < field->count && field_get(field, data, last + 1) == value)
			last++;
		if (value == rest)
			continue;
		unit_print(field->unit, value, word);
		len += print_range(field, i, last, text + len, FIELD_TEXT_SIZE - len);
		len += snprintf(text + len, FIELD_TEXT_SIZE - len, "=%s,", word);
	}
	unit_print(field->unit, rest, word);
	snprintf(text + len, FIELD_TEXT_SIZE - len, "default=%s", word);
}
