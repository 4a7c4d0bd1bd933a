/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/json.h>

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

json_t *json_fields(const struct field_set *set, const void *data)
{
	json_t *object = json_object();
	char key[64], word[UNIT_TEXT_SIZE];

	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];
		int64_t value = field_get(field, data);

		json_key(field, key);
		if (field->kind == FIELD_CHOICE) {
			field_print(field, value, word);
			json_object_set_new(object, key, json_string(word));
		} else {
			json_object_set_new(object, key, json_integer(value));
		}
	}
	return object;
}

void json_derived(json_t *array, const struct field_set *set, const void *data, uint64_t given)
{
	char key[64];

	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];

		if (!field->automatic || given >> i & 1 || !field_get(field, data))
			continue;
		json_key(field, key);
		json_array_append_new(array, json_string(key));
	}
}
