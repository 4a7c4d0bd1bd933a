/* SPDX-License-Identifier: GPL-2.0-only */
/* The declaration tags that describe a scheduler in BTF (params.h). For schema.c. */
#ifndef XDPQ_TAG_H
#define XDPQ_TAG_H

#include <bpf/btf.h>

#include <xdpq/error.h>
#include <xdpq/field.h>

/* The type behind typedefs and const or volatile. */
const struct btf_type *tag_skip_modifiers(const struct btf *btf, uint32_t id);

/* A name in the BTF; never NULL. */
const char *tag_name_of(const struct btf *btf, uint32_t offset);

/*
 * What follows "xdpq:" in the tag of a type's component (a member; -1: the type itself);
 * NULL if it has none.
 */
const char *tag_find(const struct btf *btf, uint32_t id, int component);

/*
 * Reads member `m`, the `index`-th of the struct `id`, with its tag. Reports what is wrong with it
 * by its name; -1 then. What it allocates is the field's, also after an error.
 */
int tag_read_field(struct errors *e, const struct btf *btf, uint32_t id, int index,
		   const struct btf_member *m, struct field *field);

#endif
