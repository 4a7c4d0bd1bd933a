/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a scheduler object says of itself in BTF (bpf/include/xdpq/params.h): its
 * parameters and counters with units, ranges, defaults and help, and where they
 * lie in its maps. Nothing here is known beforehand but the names of the parts.
 */
#ifndef XDPQ_SCHEMA_H
#define XDPQ_SCHEMA_H

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

#include <xdpq/error.h>
#include <xdpq/field.h>

/* More than this in one struct is refused: the masks of given parameters have 64 bits. */
#define SCHEMA_MAX_FIELDS 64
/* Bytes of a scheduler's parameter or counter struct, at most. */
#define SCHEMA_MAX_SIZE 4096

struct schema {
	char summary[128];
	uint32_t abi;
	bool has_config;	/* false: no parameters, no engine (sched none) */
	struct field_set port;
	struct field_set sched;
	struct field_set counters;
	/* In the map ".data.config": */
	uint32_t config_size, active_offset, copy_offset, copy_size;
	uint32_t port_offset, clock_offset, sched_offset;	/* in a copy */
	/* In the map ".bss"; 0 size if the scheduler has no counters of its own. */
	uint32_t counters_offset;
};

/* Reads it all. Reports what is missing or wrong; -1 then. `btf` must outlive the schema. */
int schema_read(struct errors *e, const struct btf *btf, struct schema *out);
void schema_free(struct schema *schema);

/* Offset and size of a variable in a section such as ".rodata". 0, or -ENOENT. */
int schema_variable(const struct btf *btf, const char *section, const char *name,
		    uint32_t *offset, uint32_t *size);

#endif
