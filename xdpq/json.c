/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/json.h>
#include <xdpq/prefix.h>

json_t *json_document(void)
{
	return json_pack("{s:i}", "version", JSON_VERSION);
}

int json_print(const struct call *call, json_t *document)
{
	size_t flags = call->options->pretty ? JSON_INDENT(4) : JSON_COMPACT;
	int err = document ? json_dumpf(document, stdout, flags) : -1;

	json_decref(document);
	if (err || putchar('\n') == EOF || fflush(stdout))
		return fail(call->errors, EXIT_CODE_FAILED, "writing the output");
	return 0;
}

json_t *json_text(const char *text)
{
	json_t *string = json_string(text);
	char *copy = string ? NULL : strdup(text);

	if (!copy)
		return string;
	for (char *c = copy; *c; c++)
		if (*c & 0x80)
			*c = '?';
	string = json_string(copy);
	free(copy);
	return string;
}

void json_key(const struct field *field, char key[64])
{
	const char *suffix = field->kind == FIELD_CHOICE ? "" : unit_key_suffix(field->unit);

	/* "bytes" says it already. */
	if (*suffix && !strcmp(field->name, suffix + 1))
		suffix = "";
	snprintf(key, 64, "%s%s", field->name, suffix);
}

static json_t *array_json(const struct field *field, const void *data)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < field->count; i++)
		json_array_append_new(array, json_integer(field_get(field, data, i)));
	return array;
}

static json_t *prefixes_json(const struct field *field, const void *data)
{
	json_t *array = json_array();
	char text[PREFIX_TEXT_SIZE];

	for (uint32_t i = 0; i < field->count; i++) {
		struct xdpq_prefix prefix = prefix_get(field, data, i);

		if (!prefix.value)
			break;
		prefix_print(&prefix, text);
		json_array_append_new(array, json_pack("{s:s, s:I}", "prefix", text,
						       "value", (json_int_t)prefix.value));
	}
	return array;
}

static json_t *field_json(const struct field *field, const void *data)
{
	char word[FIELD_TEXT_SIZE];

	if (field->key == KEY_PREFIX)
		return prefixes_json(field, data);
	if (field->count > 1)
		return array_json(field, data);
	if (field->kind != FIELD_CHOICE)
		return json_integer(field_get(field, data, 0));
	field_print(field, data, word);
	return json_string(word);
}

json_t *json_fields(const struct field_set *set, const void *data)
{
	json_t *object = json_object();
	char key[64];

	for (uint32_t i = 0; i < set->count; i++) {
		json_key(&set->fields[i], key);
		json_object_set_new(object, key, field_json(&set->fields[i], data));
	}
	return object;
}

void json_derived(json_t *array, const struct field_set *set, const void *data, uint64_t given)
{
	char key[64];

	for (uint32_t i = 0; i < set->count; i++) {
		if (!field_is_derived(set, i, data, given))
			continue;
		json_key(&set->fields[i], key);
		json_array_append_new(array, json_string(key));
	}
}
