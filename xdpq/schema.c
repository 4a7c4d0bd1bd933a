/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/abi.h>
#include <xdpq/params.h>
#include <xdpq/schema.h>

static const struct btf_type *skip_modifiers(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	return t;
}

static const char *name_of(const struct btf *btf, uint32_t offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

/* The xdpq tag of a type's component (a member; -1: the type itself), NULL if it has none. */
static const char *tag_of(const struct btf *btf, uint32_t id, int component)
{
	for (uint32_t i = 1; i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const char *tag;

		if (!btf_is_decl_tag(t) || t->type != id ||
		    btf_decl_tag(t)->component_idx != component)
			continue;
		tag = name_of(btf, t->name_off);
		if (!strncmp(tag, "xdpq:", 5))
			return tag + 5;
	}
	return NULL;
}

/* Splits "a:b:c:rest" in place. False if there are fewer than `count` parts. */
static bool split(char *text, char *parts[], int count)
{
	for (int i = 0; i < count; i++) {
		parts[i] = text;
		if (i == count - 1)
			return true;
		text = strchr(text, ':');
		if (!text)
			return false;
		*text++ = 0;
	}
	return true;
}

static int parse_bound(enum unit unit, const char *text, int64_t *value, char keep[UNIT_TEXT_SIZE])
{
	const char *why;

	snprintf(keep, UNIT_TEXT_SIZE, "%s", text);
	return unit_parse(unit, text, 0, value, &why);
}

static int parse_default(struct field *field, const char *text)
{
	snprintf(field->dflt_text, UNIT_TEXT_SIZE, "%s", text);
	field->automatic = !strcmp(text, "auto");
	field->required = !strcmp(text, "required");
	if (field->automatic || field->required)
		return 0;
	return parse_bound(field->unit, text, &field->dflt, field->dflt_text);
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

static int parse_choice(struct field *field, char *parts[6])
{
	char word[UNIT_TEXT_SIZE];

	field->kind = FIELD_CHOICE;
	field->unit = UNIT_PACKETS;
	field->choices = strdup(parts[1]);
	snprintf(field->dflt_text, UNIT_TEXT_SIZE, "%s", parts[4]);
	for (field->dflt = 0; field_choice(field, field->dflt, word); field->dflt++)
		if (!strcmp(word, parts[4]))
			break;
	for (field->max = 0; field_choice(field, field->max + 1, word);)
		field->max++;
	return field->dflt <= field->max ? 0 : -1;
}

/* KIND:UNIT:MIN:MAX:DEFAULT:HELP */
static int parse_tag(struct field *field, char *text)
{
	char *parts[6];
	int unit;

	if (!split(text, parts, 6))
		return -1;
	field->help = strdup(parts[5]);
	if (!strcmp(parts[0], "choice"))
		return parse_choice(field, parts);
	unit = unit_from_name(parts[1]);
	if (unit < 0)
		return -1;
	field->unit = unit;
	if (!strcmp(parts[0], "counter")) {
		field->kind = FIELD_COUNTER;
		return 0;
	}
	field->kind = !strcmp(parts[0], "fixed") ? FIELD_FIXED : FIELD_PARAM;
	if (parse_bound(unit, parts[2], &field->min, field->range[0]) ||
	    parse_bound(unit, parts[3], &field->max, field->range[1]))
		return -1;
	return parse_default(field, parts[4]);
}

static int read_field(struct errors *e, const struct btf *btf, uint32_t id, int index,
		      const struct btf_member *m, struct field *field)
{
	const struct btf_type *type = skip_modifiers(btf, m->type);
	const char *tag = tag_of(btf, id, index);
	char text[512];

	field->name = name_of(btf, m->name_off);
	field->offset = m->offset / 8;
	if (!tag || snprintf(text, sizeof(text), "%s", tag) >= (int)sizeof(text) ||
	    parse_tag(field, text))
		return fail(e, EXIT_CODE_USAGE, "member %s has no valid tag", field->name);
	if (!type || !btf_is_int(type) || m->offset % 8 || (type->size != 4 && type->size != 8))
		return fail(e, EXIT_CODE_USAGE, "member %s is neither a 32 nor a 64 bit integer",
			    field->name);
	field->size = type->size;
	field->is_signed = btf_int_encoding(type) & BTF_INT_SIGNED;
	return 0;
}

static int read_fields(struct errors *e, const struct btf *btf, uint32_t id, struct field_set *set)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const struct btf_member *m;

	while (t && (btf_is_mod(t) || btf_is_typedef(t))) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	if (!t || !btf_is_struct(t) || btf_vlen(t) > SCHEMA_MAX_FIELDS || t->size > SCHEMA_MAX_SIZE)
		return fail(e, EXIT_CODE_USAGE,
			    "parameters or counters are not in a struct of at most %d members",
			    SCHEMA_MAX_FIELDS);
	set->size = t->size;
	set->count = btf_vlen(t);
	set->fields = calloc(set->count + 1, sizeof(*set->fields));
	if (!set->fields)
		return fail_errno(e, ENOMEM, "reading the object");
	m = btf_members(t);
	for (uint32_t i = 0; i < set->count; i++) {
		if (read_field(e, btf, id, i, &m[i], &set->fields[i]))
			return -1;
		if (set->fields[i].offset + set->fields[i].size > set->size)
			return fail(e, EXIT_CODE_USAGE, "member %s lies outside of its struct",
				    set->fields[i].name);
	}
	return 0;
}

static const struct btf_var_secinfo *find_variable(const struct btf *btf, const char *section,
						   const char *name)
{
	int id = btf__find_by_name_kind(btf, section, BTF_KIND_DATASEC);
	const struct btf_type *sec = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_var_secinfo *info = sec ? btf_var_secinfos(sec) : NULL;

	for (int i = 0; sec && i < btf_vlen(sec); i++) {
		const struct btf_type *var = btf__type_by_id(btf, info[i].type);

		if (var && !strcmp(name_of(btf, var->name_off), name))
			return &info[i];
	}
	return NULL;
}

int schema_variable(const struct btf *btf, const char *section, const char *name,
		    uint32_t *offset, uint32_t *size)
{
	const struct btf_var_secinfo *info = find_variable(btf, section, name);

	if (!info)
		return -ENOENT;
	*offset = info->offset;
	*size = info->size;
	return 0;
}

static const struct btf_member *find_member(const struct btf *btf, const struct btf_type *t,
					    const char *name)
{
	const struct btf_member *m = t && btf_is_struct(t) ? btf_members(t) : NULL;

	for (int i = 0; m && i < btf_vlen(t); i++)
		if (!strcmp(name_of(btf, m[i].name_off), name))
			return &m[i];
	return NULL;
}

/* One copy of the configuration: { port, clock, sched }. */
static int read_copy(struct errors *e, const struct btf *btf, const struct btf_type *copy,
		     struct schema *out)
{
	const struct btf_member *port = find_member(btf, copy, "port");
	const struct btf_member *clock = find_member(btf, copy, "clock");
	const struct btf_member *sched = find_member(btf, copy, "sched");

	if (!port || !clock || !sched)
		return fail(e, EXIT_CODE_USAGE, "its configuration is not one made by XDPQ_PARAMS");
	out->copy_size = copy->size;
	out->port_offset = port->offset / 8;
	out->clock_offset = clock->offset / 8;
	out->sched_offset = sched->offset / 8;
	if (read_fields(e, btf, port->type, &out->port) ||
	    read_fields(e, btf, sched->type, &out->sched))
		return -1;
	if (out->port.size != sizeof(struct xdpq_port_params) ||
	    out->port_offset + out->port.size > copy->size ||
	    out->clock_offset + sizeof(struct xdpq_clock_params) > copy->size ||
	    out->sched_offset + out->sched.size > copy->size)
		return fail(e, EXIT_CODE_USAGE,
			    "its port options are of another version of the header");
	return 0;
}

static int read_config(struct errors *e, const struct btf *btf, struct schema *out)
{
	const struct btf_var_secinfo *info = find_variable(btf, ".data.config", "xdpq_config");
	const struct btf_member *active, *copies;
	const struct btf_type *t, *array, *copy;

	out->has_config = info;
	if (!info)
		return 0;
	t = btf__type_by_id(btf, info->type);
	t = t ? skip_modifiers(btf, t->type) : NULL;
	active = find_member(btf, t, "active");
	copies = find_member(btf, t, "copy");
	array = copies ? skip_modifiers(btf, copies->type) : NULL;
	copy = array && btf_is_array(array) ? skip_modifiers(btf, btf_array(array)->type) : NULL;
	if (!active || !copy || btf_array(array)->nelems != 2 || info->offset ||
	    copies->offset / 8 + 2ULL * copy->size > info->size ||
	    active->offset / 8 + sizeof(uint32_t) > info->size)
		return fail(e, EXIT_CODE_USAGE, "its configuration is not one made by XDPQ_PARAMS");
	out->config_size = info->size;
	out->active_offset = active->offset / 8;
	out->copy_offset = copies->offset / 8;
	return read_copy(e, btf, copy, out);
}

static int read_counters(struct errors *e, const struct btf *btf, struct schema *out)
{
	const struct btf_var_secinfo *info = find_variable(btf, ".bss", "xdpq_counters");
	const struct btf_type *var = info ? btf__type_by_id(btf, info->type) : NULL;

	if (!var)
		return 0;
	out->counters_offset = info->offset;
	return read_fields(e, btf, var->type, &out->counters);
}

/* "scheduler:ABI:SUMMARY" on the program xdpq_enqueue. */
static int read_scheduler_tag(struct errors *e, const struct btf *btf, struct schema *out)
{
	int id = btf__find_by_name_kind(btf, "xdpq_enqueue", BTF_KIND_FUNC);
	const char *tag = id > 0 ? tag_of(btf, id, -1) : NULL;
	int summary = 0;

	if (id <= 0)
		return fail(e, EXIT_CODE_USAGE,
			    "it is no scheduler: the program xdpq_enqueue is missing");
	if (!tag || sscanf(tag, "scheduler:%u:%n", &out->abi, &summary) != 1 || !summary)
		return fail(e, EXIT_CODE_USAGE, "it is no scheduler: XDPQ_SCHEDULER is missing");
	if (out->abi != XDPQ_ABI)
		return fail(e, EXIT_CODE_USAGE,
			    "it was built for ABI %u, this xdpq speaks %u: build it again",
			    out->abi, XDPQ_ABI);
	snprintf(out->summary, sizeof(out->summary), "%s", tag + summary);
	return 0;
}

int schema_read(struct errors *e, const struct btf *btf, struct schema *out)
{
	memset(out, 0, sizeof(*out));
	if (!btf)
		return fail(e, EXIT_CODE_USAGE, "it has no BTF: compile it with -g");
	if (read_scheduler_tag(e, btf, out) || read_config(e, btf, out) ||
	    read_counters(e, btf, out)) {
		schema_free(out);
		return -1;
	}
	return 0;
}

static void free_fields(struct field_set *set)
{
	for (uint32_t i = 0; i < set->count && set->fields; i++) {
		free(set->fields[i].choices);
		free(set->fields[i].help);
	}
	free(set->fields);
}

void schema_free(struct schema *schema)
{
	free_fields(&schema->port);
	free_fields(&schema->sched);
	free_fields(&schema->counters);
	memset(schema, 0, sizeof(*schema));
}

const struct field *field_find(const struct field_set *set, const char *name)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (!strcmp(set->fields[i].name, name))
			return &set->fields[i];
	return NULL;
}

int64_t field_get(const struct field *field, const void *data)
{
	const void *at = (const char *)data + field->offset;
	int64_t wide;
	uint32_t narrow;

	if (field->size == 8) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, at, sizeof(narrow));
	return field->is_signed ? (int64_t)(int32_t)narrow : (int64_t)narrow;
}

void field_set_value(const struct field *field, void *data, int64_t value)
{
	void *at = (char *)data + field->offset;
	uint32_t narrow = value;

	if (field->size == 8)
		memcpy(at, &value, sizeof(value));
	else
		memcpy(at, &narrow, sizeof(narrow));
}

void field_print(const struct field *field, int64_t value, char text[UNIT_TEXT_SIZE])
{
	if (field->kind == FIELD_CHOICE) {
		if (!field_choice(field, value, text))
			snprintf(text, UNIT_TEXT_SIZE, "%lld", (long long)value);
		return;
	}
	unit_print(field->unit, value, text);
}
