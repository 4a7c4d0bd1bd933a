/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/abi.h>
#include <xdpq/params.h>
#include <xdpq/schema.h>
#include <xdpq/tag.h>

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
		if (tag_read_field(e, btf, id, i, &m[i], &set->fields[i]))
			return -1;
		if (set->fields[i].offset + field_bytes(&set->fields[i]) > set->size)
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

		if (var && !strcmp(tag_name_of(btf, var->name_off), name))
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
		if (!strcmp(tag_name_of(btf, m[i].name_off), name))
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
	t = t ? tag_skip_modifiers(btf, t->type) : NULL;
	active = find_member(btf, t, "active");
	copies = find_member(btf, t, "copy");
	array = copies ? tag_skip_modifiers(btf, copies->type) : NULL;
	copy = array && btf_is_array(array) ?
	       tag_skip_modifiers(btf, btf_array(array)->type) : NULL;
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
	const char *tag = id > 0 ? tag_find(btf, id, -1) : NULL;
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

void schema_free(struct schema *schema)
{
	field_set_free(&schema->port);
	field_set_free(&schema->sched);
	field_set_free(&schema->counters);
	memset(schema, 0, sizeof(*schema));
}
