/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds variables of an object, and members in them, by name. */
#ifndef XDPQ_TEST_BTF_PATH_H
#define XDPQ_TEST_BTF_PATH_H

#include <stdbool.h>
#include <bpf/btf.h>

struct btf_place {
	__u32 offset;	/* from the start of the section */
	__u32 size;
};

/* `path` is a variable, members of it and array indexes: "config.copy[1].rate". */
bool btf_path_find(const struct btf *btf, const char *section, const char *path,
		   struct btf_place *place);

#endif
