/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/device.h>
#include <xdpq/install.h>
#include <xdpq/live.h>

static int check_config(struct install *i)
{
	char path[PIN_PATH_SIZE];

	pin_path(path, i->dir, "validate");
	i->config->frame = i->conf.frame;
	return scheduler_check(i->e, i->sched->name, i->config, path);
}

int install_load(struct install *i, int wake)
{
	struct bpf_map *map = bpf_object__find_map_by_name(i->sched->obj, "wake");
	int err = check_config(i);

	if (err)
		return err;
	err = map && wake >= 0 ? bpf_map__reuse_fd(map, wake) : 0;
	if (err)
		return fail_errno(i->e, -err, "sharing the map wake");
	if (i->sched->schema.has_config &&
	    scheduler_set_const(i->e, i->sched, "xdpq_generation", i->conf.generation))
		return -1;
	if (scheduler_load(i->e, i->sched, i->shared, i->conf.number, i->config))
		return -1;
	i->conf.slots = i->config->slots;
	i->conf.memory = scheduler_memory(i->sched);
	i->conf.port_given = i->config->port_given;
	i->conf.sched_given = i->config->sched_given;
	return 0;
}

int install_check_frame(struct install *i, int ingress)
{
	uint32_t max;

	if (!i->sched->schema.has_config)
		return 0;
	max = live_max_frame(ingress);
	if (!max)
		return fail(i->e, EXIT_CODE_UNSUPPORTED,
			    "this kernel cannot run XDP programs with live frames "
			    "(5.18 and later can)");
	if (i->conf.frame <= max)
		return 0;
	return fail(i->e, EXIT_CODE_UNSUPPORTED,
		    "MTU %u cannot be queued on this kernel, at most %u can",
		    i->conf.frame - FRAME_OVERHEAD, max - FRAME_OVERHEAD);
}

int install_pin_fd(struct install *i, int fd, const char *name)
{
	char path[PIN_PATH_SIZE];

	pin_path(path, i->dir, name);
	return bpf_obj_pin(fd, path) ? fail_errno(i->e, errno, "pinning %s", path) : 0;
}

static int pin_value(struct install *i, const char *name, const void *value, uint32_t size)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(__u32), size, 1, NULL);
	__u32 zero = 0;
	int err;

	if (fd < 0)
		return fail_errno(i->e, errno, "creating the map %s", name);
	if (bpf_map_update_elem(fd, &zero, value, BPF_ANY))
		err = fail_errno(i->e, errno, "writing the map %s", name);
	else
		err = install_pin_fd(i, fd, name);
	close(fd);
	return err;
}

static int pin_engine(struct install *i)
{
	static const struct { const char *map, *pin; } pins[] = {
		{ ".data.config", "config" }, { ".bss", "state" }, { "wake", "wake" },
		{ "slots", "slots" }, { "spares", "spares" },
	};

	for (size_t n = 0; n < sizeof(pins) / sizeof(pins[0]); n++) {
		int fd = bpf_object__find_map_fd_by_name(i->sched->obj, pins[n].map);

		if (install_pin_fd(i, fd, pins[n].pin))
			return -1;
	}
	return install_pin_fd(i, install_program(i, "xdpq_dequeue"), "dequeue");
}

int install_pin(struct install *i, int ingress)
{
	__u32 size;
	const void *btf = btf__raw_data(bpf_object__btf(i->sched->obj), &size);

	if (install_pin_fd(i, ingress, "ingress") ||
	    install_pin_fd(i, install_program(i, "xdpq_enqueue"), "enqueue") ||
	    pin_value(i, "btf", btf, size) || pin_value(i, "conf", &i->conf, sizeof(i->conf)))
		return -1;
	return i->sched->schema.has_config ? pin_engine(i) : 0;
}

int install_program(const struct install *i, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(i->sched->obj, name));
}

int install_entry(struct install *i, enum shared_map map, uint32_t key, uint32_t value)
{
	if (!bpf_map_update_elem(i->shared->fds[map], &key, &value, BPF_ANY))
		return 0;
	return fail_errno(i->e, errno, "publishing the port");
}
