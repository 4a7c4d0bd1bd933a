/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xdpq/near.h>
#include <xdpq/privilege.h>
#include <xdpq/scheduler.h>

/* Two stores of one CPU are seen by others in their order. */
#if defined(__x86_64__) || defined(__s390x__)
#define STORES_IN_ORDER 1
#else
#define STORES_IN_ORDER 0
#endif

#define MAX_NAMES 64

/* Slots beyond those the scheduler's limit needs: one for each CPU's spare, and some in between. */
#define SLOT_RESERVE 8

static bool is_file_name(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') || (len > 2 && !strcmp(name + len - 2, ".o"));
}

/* libbpf 1.1 crashes on some damaged objects, so a child goes first. */
static bool opens(const char *path)
{
	const struct rlimit none = {};
	pid_t child = fork();
	int status;

	if (!child) {
		setrlimit(RLIMIT_CORE, &none);
		_exit(!bpf_object__open_file(path, NULL));
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       !WEXITSTATUS(status);
}

static int open_file(struct errors *e, const char *path, struct bpf_object **obj)
{
	if (access(path, R_OK))
		return fail_errno(e, errno, "cannot read the object");
	*obj = opens(path) ? bpf_object__open_file(path, NULL) : NULL;
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
		return fail(e, EXIT_CODE_USAGE, "unknown scheduler \"%s\"; did you mean %s?", name,
			    near);
	return fail(e, EXIT_CODE_USAGE,
		    "unknown scheduler \"%s\"; `xdpq sched list` names them, "
		    "and a file is written ./%s.bpf.o",
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
		return fail(e, EXIT_CODE_USAGE, "the object's program %s is not in SEC(\"xdp\")",
			    name);
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

	if (!data || schema_variable(bpf_object__btf(sched->obj), ".rodata", name,
				     &offset, &var_size) ||
	    var_size != sizeof(value) || offset + var_size > size)
		return fail(e, EXIT_CODE_USAGE, "the object has no constant %s", name);
	memcpy(data + offset, &value, sizeof(value));
	return 0;
}

/*
 * The validate program runs before the slots are known, so it is loaded alone,
 * from an object of its own.
 */
static int load_alone(struct errors *e, struct bpf_object *obj, const struct bpf_program *only)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_program(prog, obj)
		bpf_program__set_autoload(prog, prog == only);
	bpf_object__for_each_map(map, obj)
		if (!strchr(bpf_map__name(map), '.'))
			bpf_map__set_autocreate(map, false);
	return bpf_object__load(obj) ? scheduler_refused(e, "the object's xdpq_validate") : 0;
}

int scheduler_check(struct errors *e, const char *name, struct config *config, const char *pin)
{
	struct bpf_program *validate;
	struct scheduler alone;
	int err;

	if (scheduler_open(e, name, &alone))
		return -1;
	validate = bpf_object__find_program_by_name(alone.obj, "xdpq_validate");
	err = validate ? load_alone(e, alone.obj, validate) : 0;
	if (!err)
		err = config_finish(e, config, validate ? bpf_program__fd(validate) : -1, false);
	if (!err && validate && pin && bpf_program__pin(validate, pin))
		err = fail_errno(e, errno, "pinning %s", pin);
	scheduler_close(&alone);
	return err;
}

static int size_map(struct errors *e, struct scheduler *sched, const char *name, uint32_t value,
		    uint32_t entries)
{
	struct bpf_map *map = bpf_object__find_map_by_name(sched->obj, name);

	if (map && !bpf_map__set_value_size(map, value) && !bpf_map__set_max_entries(map, entries))
		return 0;
	return fail(e, EXIT_CODE_FAILED, "cannot size the map %s", name);
}

static int size_store(struct errors *e, struct scheduler *sched, const struct config *config)
{
	uint32_t size = (config->frame + 7) & ~7U, cpus = libbpf_num_possible_cpus();
	uint32_t slots = config->slots + cpus + SLOT_RESERVE;

	if (scheduler_set_const(e, sched, "xdpq_slots", slots) ||
	    scheduler_set_const(e, sched, "xdpq_slot_size", size) ||
	    scheduler_set_const(e, sched, "xdpq_stores_in_order", STORES_IN_ORDER) ||
	    size_map(e, sched, "slots", sizeof(struct xdpq_slot) + size, slots + 1))
		return -1;
	return size_map(e, sched, "spares", sizeof(struct xdpq_spare), cpus);
}

/* A map named like a parameter that fixes memory holds as many, and entry 0 for nobody. */
static int size_tables(struct errors *e, struct scheduler *sched, const struct config *config)
{
	const struct field_set *set = &sched->schema.sched;

	for (uint32_t i = 0; i < set->count; i++) {
		const struct field *field = &set->fields[i];
		struct bpf_map *map = bpf_object__find_map_by_name(sched->obj, field->name);

		if (field->kind == FIELD_FIXED && map &&
		    bpf_map__set_max_entries(map, field_get(field, config->sched, 0) + 1))
			return fail(e, EXIT_CODE_FAILED, "cannot size the map %s", field->name);
	}
	return 0;
}

/*
 * libbpf lets only sections with global variables be mapped; ours are static, to
 * stay out of the skeletons.
 */
static int make_mappable(struct errors *e, struct scheduler *sched, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(sched->obj, name);

	if (map && !bpf_map__set_map_flags(map, bpf_map__map_flags(map) | BPF_F_MMAPABLE))
		return 0;
	return fail(e, EXIT_CODE_FAILED, "cannot set up the map %s", name);
}

static int prepare_engine(struct errors *e, struct scheduler *sched, const struct config *config)
{
	struct bpf_map *map = bpf_object__find_map_by_name(sched->obj, ".data.config");
	size_t size = 0;
	void *data;

	if (size_store(e, sched, config) || size_tables(e, sched, config) ||
	    make_mappable(e, sched, ".data.config") || make_mappable(e, sched, ".bss"))
		return -1;
	data = (void *)bpf_map__initial_value(map, &size);
	if (!data || size < sched->schema.config_size)
		return fail(e, EXIT_CODE_USAGE, "its configuration is not one made by XDPQ_PARAMS");
	config_write(config, data);
	return 0;
}

int scheduler_load(struct errors *e, struct scheduler *sched, const struct shared *shared,
		   uint32_t number, const struct config *config)
{
	struct bpf_program *validate =
		bpf_object__find_program_by_name(sched->obj, "xdpq_validate");

	if (scheduler_set_const(e, sched, "xdpq_port_number", number) ||
	    (shared && shared_give(e, shared, sched->obj)))
		return -1;
	if (validate)
		bpf_program__set_autoload(validate, false);
	if (sched->schema.has_config && prepare_engine(e, sched, config))
		return -1;
	if (!bpf_object__load(sched->obj))
		return 0;
	if (errno == ENOMEM)
		return fail_errno(e, ENOMEM, "%u slots of %u bytes; %s less",
				  config->slots, config->frame,
				  config_chosen(config, "slots") ? "fewer slots need" :
								   "a smaller limit needs");
	return scheduler_refused(e, "the scheduler");
}

int scheduler_refused(struct errors *e, const char *what)
{
	int err = errno;

	if (err == ENOMEM)
		return fail_errno(e, err, "loading %s", what);
	if (err == EPERM && privilege_check(e))
		return -1;
	return fail(e, EXIT_CODE_UNSUPPORTED, "this kernel refuses %s: %s (XDPQ_DEBUG=1 shows why)",
		    what, strerror(err));
}

/* As the kernel accounts for it. */
static uint64_t map_memory(int fd)
{
	unsigned long long bytes = 0;
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	if (f)
		fclose(f);
	return bytes;
}

uint64_t scheduler_memory(const struct scheduler *sched)
{
	struct bpf_map *map;
	uint64_t sum = 0;

	bpf_object__for_each_map(map, sched->obj)
		if (!shared_is(bpf_map__name(map)))
			sum += map_memory(bpf_map__fd(map));
	return sum;
}
