/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/device.h>
#include <xdpq/live.h>
#include <xdpq/privilege.h>
#include <xdpq/pump.h>
#include <xdpq/remove.h>
#include <xdpq/setup.h>
#include "ingress.skel.h"

/* Slots beyond those the scheduler's limit needs: one for each CPU's spare, and some in between. */
#define SLOT_RESERVE 8

struct attach {
	struct errors *e;
	struct shared *shared;
	const struct link *link;
	struct scheduler *sched;
	struct config *config;
	struct conf conf;
	struct ingress_bpf *ingress;
	char dir[PIN_PATH_SIZE];
	int xdp_link;
};

/* The validate program runs before the slots are known, so it is loaded alone, from an object of its own. */
static int load_validate(struct attach *a, struct scheduler *alone)
{
	struct bpf_program *prog, *validate = NULL;
	struct bpf_map *map;

	if (scheduler_open(a->e, a->sched->name, alone))
		return -1;
	bpf_object__for_each_program(prog, alone->obj) {
		bool is = !strcmp(bpf_program__name(prog), "xdpq_validate");

		bpf_program__set_autoload(prog, is);
		if (is)
			validate = prog;
	}
	if (!validate)
		return 0;
	bpf_object__for_each_map(map, alone->obj)
		if (!strchr(bpf_map__name(map), '.'))
			bpf_map__set_autocreate(map, false);
	if (bpf_object__load(alone->obj))
		return fail_errno(a->e, errno, "loading the object's xdpq_validate");
	return 0;
}

static int check_config(struct attach *a)
{
	struct scheduler alone = {};
	struct bpf_program *prog;
	char path[PIN_PATH_SIZE];
	int err = load_validate(a, &alone), fd = -1;

	if (!err) {
		prog = bpf_object__find_program_by_name(alone.obj, "xdpq_validate");
		fd = prog ? bpf_program__fd(prog) : -1;
		err = config_finish(a->e, a->config, fd, false);
	}
	pin_path(path, a->dir, "validate");
	if (!err && fd >= 0 && bpf_obj_pin(fd, path))
		err = fail_errno(a->e, errno, "pinning %s", path);
	scheduler_close(&alone);
	return err;
}

static int size_map(struct attach *a, const char *name, uint32_t value, uint32_t entries)
{
	struct bpf_map *map = bpf_object__find_map_by_name(a->sched->obj, name);

	if (map && !bpf_map__set_value_size(map, value) && !bpf_map__set_max_entries(map, entries))
		return 0;
	return fail(a->e, EXIT_CODE_FAILED, "cannot size the map %s", name);
}

/* libbpf lets only sections with global variables be mapped; ours are static, to stay out of the skeletons. */
static int make_mappable(struct attach *a, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(a->sched->obj, name);

	if (map && !bpf_map__set_map_flags(map, bpf_map__map_flags(map) | BPF_F_MMAPABLE))
		return 0;
	return fail(a->e, EXIT_CODE_FAILED, "cannot set up the map %s", name);
}

static int size_store(struct attach *a)
{
	uint32_t size = (a->conf.frame + 7) & ~7U, cpus = libbpf_num_possible_cpus();
	uint32_t slots = a->config->slots + cpus + SLOT_RESERVE;

	if (scheduler_set_const(a->e, a->sched, "xdpq_slots", slots) ||
	    scheduler_set_const(a->e, a->sched, "xdpq_slot_size", size))
		return -1;
	return size_map(a, "slots", sizeof(struct xdpq_slot) + size, slots + 1) |
	       size_map(a, "spares", 64, cpus);
}

/* Memory of a map as the kernel accounts for it. */
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

/* What is the port's own: not the maps that all ports share. */
static uint64_t object_memory(const struct attach *a)
{
	struct bpf_map *map;
	uint64_t sum = 0;

	bpf_object__for_each_map(map, a->sched->obj) {
		bool shared = !strcmp(bpf_map__name(map), "ports") ||
			      !strcmp(bpf_map__name(map), "tx");

		if (!shared && bpf_map__fd(map) >= 0)
			sum += map_memory(bpf_map__fd(map));
	}
	return sum;
}

static int load_failed(struct attach *a, const char *what)
{
	int err = errno;

	if (err == ENOMEM)
		return fail_errno(a->e, err, "%s: %u slots of %u bytes; a smaller limit needs less",
				  what, a->config->slots, a->conf.frame);
	if (err == EPERM)
		return privilege_check(a->e) ? -1 : fail_errno(a->e, err, "%s", what);
	return fail(a->e, EXIT_CODE_UNSUPPORTED, "%s: this kernel refuses it: %s (XDPQ_DEBUG=1 shows why)",
		    what, strerror(err));
}

static int load_scheduler(struct attach *a)
{
	struct bpf_program *validate;
	struct bpf_map *map;
	size_t size;

	if (scheduler_set_const(a->e, a->sched, "xdpq_port_number", a->conf.number) ||
	    shared_give(a->e, a->shared, a->sched->obj))
		return -1;
	validate = bpf_object__find_program_by_name(a->sched->obj, "xdpq_validate");
	if (validate)
		bpf_program__set_autoload(validate, false);
	if (a->sched->schema.has_config) {
		if (size_store(a) || make_mappable(a, ".data.config") || make_mappable(a, ".bss"))
			return -1;
		map = bpf_object__find_map_by_name(a->sched->obj, ".data.config");
		config_write(a->config, (void *)bpf_map__initial_value(map, &size));
	}
	if (bpf_object__load(a->sched->obj))
		return load_failed(a, "loading the scheduler");
	a->conf.memory = object_memory(a);
	a->conf.slots = a->config->slots;
	return 0;
}

static int check_frame(struct attach *a)
{
	uint32_t max;

	if (!a->sched->schema.has_config)
		return 0;
	max = live_max_frame(bpf_program__fd(a->ingress->progs.xdpq_ingress));
	if (!max)
		return fail(a->e, EXIT_CODE_UNSUPPORTED, "this kernel cannot run XDP programs with live frames (5.18 and later can)");
	if (a->conf.frame <= max)
		return 0;
	return fail(a->e, EXIT_CODE_UNSUPPORTED, "MTU %u cannot be queued on this kernel, at most %u can",
		    a->link->mtu, max - FRAME_OVERHEAD);
}

static int load_ingress(struct attach *a)
{
	a->ingress = ingress_bpf__open();
	if (!a->ingress)
		return fail_errno(a->e, errno, "opening the ingress program");
	a->ingress->rodata->xdpq_port_number = a->conf.number;
	if (shared_give(a->e, a->shared, a->ingress->obj))
		return -1;
	if (ingress_bpf__load(a->ingress))
		return load_failed(a, "loading the ingress program");
	return check_frame(a);
}

static void unload(struct attach *a)
{
	ingress_bpf__destroy(a->ingress);
	a->ingress = NULL;
}

static int pin(struct attach *a, int fd, const char *name)
{
	char path[PIN_PATH_SIZE];

	pin_path(path, a->dir, name);
	return bpf_obj_pin(fd, path) ? fail_errno(a->e, errno, "pinning %s", path) : 0;
}

static int pin_value(struct attach *a, const char *name, const void *value, uint32_t size)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(__u32), size, 1, NULL);
	__u32 zero = 0;
	int err;

	if (fd < 0)
		return fail_errno(a->e, errno, "creating the map %s", name);
	if (bpf_map_update_elem(fd, &zero, value, BPF_ANY))
		err = fail_errno(a->e, errno, "writing the map %s", name);
	else
		err = pin(a, fd, name);
	close(fd);
	return err;
}

static int pin_engine(struct attach *a)
{
	static const struct { const char *map, *pin; } pins[] = {
		{ ".data.config", "config" }, { ".bss", "state" }, { "wake", "wake" },
		{ "slots", "slots" }, { "spares", "spares" },
	};

	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		int fd = bpf_object__find_map_fd_by_name(a->sched->obj, pins[i].map);

		if (pin(a, fd, pins[i].pin))
			return -1;
	}
	return 0;
}

static int program_fd(const struct attach *a, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(a->sched->obj, name));
}

static int pin_all(struct attach *a)
{
	__u32 size;
	const void *btf = btf__raw_data(bpf_object__btf(a->sched->obj), &size);

	if (pin(a, bpf_program__fd(a->ingress->progs.xdpq_ingress), "ingress") ||
	    pin(a, program_fd(a, "xdpq_enqueue"), "enqueue") ||
	    pin_value(a, "btf", btf, size) || pin_value(a, "conf", &a->conf, sizeof(a->conf)))
		return -1;
	if (!a->sched->schema.has_config)
		return 0;
	return pin(a, program_fd(a, "xdpq_dequeue"), "dequeue") || pin_engine(a) ? -1 : 0;
}

/* Tags that the NIC takes out of the frame would make one VLAN's traffic another's. */
static int prepare_link(struct attach *a)
{
	uint32_t on = 0, switchable = 0, hiding;

	if (link_vlan_offload(a->link->ifindex, &on, &switchable))
		return 0;
	hiding = on & (LINK_RX_VLAN_OFFLOAD | LINK_RX_STAG_OFFLOAD);
	if (hiding & ~switchable)
		return fail(a->e, EXIT_CODE_UNSUPPORTED,
			    "its VLAN offload hides tags from XDP and cannot be switched off");
	if (!hiding)
		return 0;
	if (link_set_vlan_offload(a->link->ifindex, hiding, false))
		return fail(a->e, EXIT_CODE_UNSUPPORTED, "its VLAN offload hides tags from XDP and does not go off");
	a->conf.vlan_offload = hiding;
	return 0;
}

static void restore_link(struct attach *a)
{
	if (a->conf.vlan_offload)
		link_set_vlan_offload(a->link->ifindex, a->conf.vlan_offload, true);
}

static int set_entry(struct attach *a, enum shared_map map, uint32_t key, uint32_t value)
{
	if (!bpf_map_update_elem(a->shared->fds[map], &key, &value, BPF_ANY))
		return 0;
	return fail_errno(a->e, errno, "publishing the port");
}

static void init_state(struct attach *a)
{
	struct xdpq_port *state = &a->shared->ports[a->conf.number];

	memset(state, 0, sizeof(*state));
	state->due = XDPQ_NEVER;
	state->ifindex = a->link->ifindex;
	state->unqueued = !a->sched->schema.has_config;
	memcpy(state->mac, a->link->mac, sizeof(state->mac));
	state->state = XDPQ_PORT_RUNNING;
}

static int publish(struct attach *a)
{
	init_state(a);
	if (set_entry(a, SHARED_TX, a->conf.number, a->link->ifindex) ||
	    set_entry(a, SHARED_ENQUEUE, a->conf.number, program_fd(a, "xdpq_enqueue")))
		return -1;
	if (a->sched->schema.has_config &&
	    set_entry(a, SHARED_DEQUEUE, a->conf.number, program_fd(a, "xdpq_dequeue")))
		return -1;
	return set_entry(a, SHARED_PORT_INDEX, a->link->ifindex, a->conf.number);
}

static void unpublish(struct attach *a)
{
	remove_from_maps(a->shared, a->conf.number, a->link->ifindex);
}

static int xdp_failed(struct attach *a, int err)
{
	if (err == EBUSY || err == EEXIST)
		return fail(a->e, EXIT_CODE_FAILED, "another XDP program is attached: detach it first");
	if (err == EOPNOTSUPP)
		return fail(a->e, EXIT_CODE_UNSUPPORTED, "its driver has no native XDP");
	if (err == ERANGE || err == EINVAL)
		return fail_errno(a->e, err, "its driver refuses native XDP, perhaps for MTU %u or its offloads",
				  a->link->mtu);
	return fail_errno(a->e, err, "attaching to the driver");
}

static int attach_xdp(struct attach *a)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);

	a->xdp_link = bpf_link_create(bpf_program__fd(a->ingress->progs.xdpq_ingress),
				      a->link->ifindex, BPF_XDP, &opts);
	if (a->xdp_link < 0)
		return xdp_failed(a, errno);
	return pin(a, a->xdp_link, "link");
}

static void detach_xdp(struct attach *a)
{
	if (a->xdp_link < 0)
		return;
	bpf_link_detach(a->xdp_link);
	close(a->xdp_link);
	a->xdp_link = -1;
}

static int start_pump(struct attach *a)
{
	return a->sched->schema.has_config ? pump_start(a->e, a->link->name) : 0;
}

static void stop_pump(struct attach *a)
{
	pump_stop(&a->shared->ports[a->conf.number]);
}

static int make_dir(struct attach *a)
{
	int err;

	a->conf.number = shared_free_number(a->shared);
	if (!a->conf.number)
		return fail(a->e, EXIT_CODE_FAILED, "%d ports are attached in this namespace, the most there can be",
			    XDPQ_MAX_PORTS - 1);
	/* What an attach left that was killed halfway; we hold the lock. */
	pins_remove(a->dir);
	err = pins_mkdir(a->dir);
	return err ? fail_errno(a->e, -err, "creating %s", a->dir) : 0;
}

static void remove_dir(struct attach *a)
{
	pins_remove(a->dir);
}

/* Each step, and what undoes it, also after its own failure halfway. */
static const struct step {
	int (*run)(struct attach *a);
	void (*undo)(struct attach *a);
} steps[] = {
	{ make_dir, remove_dir },
	{ check_config, NULL },
	{ load_scheduler, NULL },
	{ load_ingress, unload },
	{ prepare_link, restore_link },
	{ pin_all, NULL },
	{ publish, unpublish },
	{ attach_xdp, detach_xdp },
	{ start_pump, stop_pump },
};

static int run_steps(struct attach *a)
{
	size_t count = sizeof(steps) / sizeof(steps[0]), i = 0;

	while (i < count && !steps[i].run(a))
		i++;
	if (i == count)
		return 0;
	for (i++; i-- > 0;)
		if (steps[i].undo)
			steps[i].undo(a);
	return -1;
}

int port_setup(struct errors *e, struct shared *shared, const struct link *link,
	       struct scheduler *sched, struct config *config, const struct setup_notes *notes)
{
	struct attach a = {
		.e = e,
		.shared = shared,
		.link = link,
		.sched = sched,
		.config = config,
		.xdp_link = -1,
		.conf = {
			.abi = XDPQ_ABI,
			.ifindex = link->ifindex,
			.frame = link->mtu + FRAME_OVERHEAD,
			.automatic = notes->automatic,
			.port_given = config->port_given,
			.sched_given = config->sched_given,
		},
	};
	int err;

	config->frame = a.conf.frame;
	snprintf(a.conf.ifname, sizeof(a.conf.ifname), "%s", link->name);
	snprintf(a.conf.sched, sizeof(a.conf.sched), "%s", sched->name);
	snprintf(a.conf.args, sizeof(a.conf.args), "%s", notes->args);
	pin_port_dir(a.dir, shared->cookie, link->ifindex);
	err = run_steps(&a);
	/* From here on the pins keep everything. */
	if (a.xdp_link >= 0)
		close(a.xdp_link);
	unload(&a);
	return err;
}
