/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "btf_path.h"

#define NAME_MAX_LEN 64

/* Where the walk along a path has come to. */
struct walk {
	const struct btf *btf;
	const char *rest;
	__u32 type;
	__u32 offset;
};

/* Takes the next name of the path; returns its length, 0 if there is none. */
static size_t take_name(struct walk *walk, char name[NAME_MAX_LEN])
{
	size_t len = strcspn(walk->rest, ".[");

	if (len >= NAME_MAX_LEN)
		return 0;
	memcpy(name, walk->rest, len);
	name[len] = '\0';
	walk->rest += len;
	return len;
}

static bool enter_member(struct walk *walk)
{
	const struct btf_type *type = btf__type_by_id(walk->btf, walk->type);
	char name[NAME_MAX_LEN];

	walk->rest++;
	if (!take_name(walk, name) || !btf_is_composite(type))
		return false;
	for (int i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *member = &btf_members(type)[i];

		if (strcmp(btf__name_by_offset(walk->btf, member->name_off), name))
			continue;
		walk->offset += btf_member_bit_offset(type, i) / 8;
		walk->type = btf__resolve_type(walk->btf, member->type);
		return true;
	}
	return false;
}

static bool enter_element(struct walk *walk)
{
	const struct btf_type *type = btf__type_by_id(walk->btf, walk->type);
	char *end;
	unsigned long index = strtoul(walk->rest + 1, &end, 10);

	if (*end != ']' || !btf_is_array(type) || index >= btf_array(type)->nelems)
		return false;
	walk->rest = end + 1;
	walk->type = btf__resolve_type(walk->btf, btf_array(type)->type);
	walk->offset += index * btf__resolve_size(walk->btf, walk->type);
	return true;
}

static bool enter_variable(struct walk *walk, const char *section)
{
	int id = btf__find_by_name_kind(walk->btf, section, BTF_KIND_DATASEC);
	const struct btf_type *datasec = id > 0 ? btf__type_by_id(walk->btf, id) : NULL;
	char name[NAME_MAX_LEN];

	if (!datasec || !take_name(walk, name))
		return false;
	for (int i = 0; i < btf_vlen(datasec); i++) {
		const struct btf_var_secinfo *info = &btf_var_secinfos(datasec)[i];
		const struct btf_type *var = btf__type_by_id(walk->btf, info->type);

		if (strcmp(btf__name_by_offset(walk->btf, var->name_off), name))
			continue;
		walk->offset = info->offset;
		walk->type = btf__resolve_type(walk->btf, var->type);
		return true;
	}
	return false;
}

bool btf_path_find(const struct btf *btf, const char *section, const char *path,
		   struct btf_place *place)
{
	struct walk walk = { .btf = btf, .rest = path };
	bool found = enter_variable(&walk, section);

	while (found && *walk.rest)
		found = *walk.rest == '[' ? enter_element(&walk) : enter_member(&walk);
	if (!found)
		return false;
	place->offset = walk.offset;
	place->size = btf__resolve_size(btf, walk.type);
	return true;
}
