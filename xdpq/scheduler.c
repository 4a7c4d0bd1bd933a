/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/near.h>
#include <xdpq/scheduler.h>

#define MAX_NAMES 64

static bool is_file_name(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') || (len > 2 && !strcmp(name + len - 2, ".o"));
}

static int open_file(struct errors *e, const char *path, struct bpf_object **obj)
{
	if (access(path, R_OK))
		return fail_errno(e, errno, "cannot read the object");
	*obj = bpf_object__open_file(path, NULL);
	if (!*obj)
		return fail(e, EXIT_CODE_USAGE, "not a BPF object file, or a damaged one");
	return 0;
}

static int unknown(struct errors *e, const char *name)
{
	const char *names[MAX_NAMES], *near;
	size_t count = 0;

	while (count < MAX_NAMES && embedded_schedulers[count].name) {
		names[count] = embedded_schedulers[count].name;
		count++;
	}
	near = nearest(name, names, count);
	if (near)
		return fail(e, EXIT_CODE_USAGE, "unknown scheduler \"%s\"; did you mean %s?", name, near);
	return fail(e, EXIT_CODE_USAGE,
		    "unknown scheduler \"%s\"; `xdpq sched list` names them, and a file is written ./%s.bpf.o",
		    name, name);
}

static int open_embedded(struct errors *e, const char *name, struct bpf_object **obj)
{
	const struct embedded_scheduler *s = embedded_schedulers;
	const void *elf;
	size_t size;

	while (s->name && strcmp(s->name, name))
		s++;
	if (!s->name)
		return unknown(e, name);
	elf = s->elf(&size);
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = s->name);
	*obj = bpf_object__open_mem(elf, size, &opts);
	return *obj ? 0 : fail_errno(e, errno, "cannot open the embedded object");
}

static int check_program(struct errors *e, const struct scheduler *sched, const char *name)
{
	const struct bpf_program *prog = bpf_object__find_program_by_name(sched->obj, name);

	if (!prog)
		return fail(e, EXIT_CODE_USAGE, "the object has no program %s", name);
	if (bpf_program__type(prog) != BPF_PROG_TYPE_XDP)
		return fail(e, EXIT_CODE_USAGE, "the object's program %s is not in SEC(\"xdp\")", name);
	return 0;
}

static int check_map(struct errors *e, const struct scheduler *sched, const char *name)
{
	if (bpf_object__find_map_by_name(sched->obj, name))
		return 0;
	return fail(e, EXIT_CODE_USAGE, "the object has no map %s", name);
}

/* Every missing piece is named. */
static int check_pieces(struct errors *e, const struct scheduler *sched)
{
	static const char *const maps[] = {
		"ports", "tx", "slots", "spares", "wake", ".data.config", ".bss", ".rodata",
	};
	int err = check_program(e, sched, "xdpq_enqueue");

	if (!sched->schema.has_config)
		return err;
	err |= check_program(e, sched, "xdpq_dequeue");
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		err |= check_map(e, sched, maps[i]);
	return err;
}

int scheduler_open(struct errors *e, const char *name, struct scheduler *out)
{
	memset(out, 0, sizeof(*out));
	out->name = name;
	if (is_file_name(name) ? open_file(e, name, &out->obj) : open_embedded(e, name, &out->obj))
		return -1;
	if (schema_read(e, bpf_object__btf(out->obj), &out->schema) || check_pieces(e, out)) {
		scheduler_close(out);
		return -1;
	}
	return 0;
}

void scheduler_close(struct scheduler *sched)
{
	if (sched->obj)
		bpf_object__close(sched->obj);
	schema_free(&sched->schema);
	memset(sched, 0, sizeof(*sched));
}

int scheduler_set_const(struct errors *e, struct scheduler *sched, const char *name, uint32_t value)
{
	struct bpf_map *map = bpf_object__find_map_by_name(sched->obj, ".rodata");
	uint32_t offset, var_size;
	size_t size = 0;
	char *data = map ? (char *)bpf_map__initial_value(map, &size) : NULL;

	if (!data || schema_variable(bpf_object__btf(sched->obj), ".rodata", name, &offset, &var_size) ||
	    var_size != sizeof(value) || offset + var_size > size)
		return fail(e, EXIT_CODE_USAGE, "the object has no constant %s", name);
	memcpy(data + offset, &value, sizeof(value));
	return 0;
}
