/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/device.h>
#include <xdpq/live.h>
#include <xdpq/pump.h>
#include <xdpq/remove.h>
#include <xdpq/setup.h>
#include <xdpq/vlan.h>
#include "ingress.skel.h"

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

static int check_config(struct attach *a)
{
	char path[PIN_PATH_SIZE];

	pin_path(path, a->dir, "validate");
	return scheduler_check(a->e, a->sched->name, a->config, path);
}

static int load_scheduler(struct attach *a)
{
	int err = scheduler_load(a->e, a->sched, a->shared, a->conf.number, a->config);

	a->conf.slots = a->config->slots;
	a->conf.memory = err ? 0 : scheduler_memory(a->sched);
	return err;
}

static int check_frame(struct attach *a)
{
	uint32_t max;

	if (!a->sched->schema.has_config)
		return 0;
	max = live_max_frame(bpf_program__fd(a->ingress->progs.xdpq_ingress));
	if (!max)
		return fail(a->e, EXIT_CODE_UNSUPPORTED,
			    "this kernel cannot run XDP programs with live frames "
			    "(5.18 and later can)");
	if (a->conf.frame <= max)
		return 0;
	return fail(a->e, EXIT_CODE_UNSUPPORTED,
		    "MTU %u cannot be queued on this kernel, at most %u can",
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
		return scheduler_refused(a->e, "the ingress program");
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

static int prepare_link(struct attach *a)
{
	return vlan_show_tags(a->e, a->link, &a->conf);
}

static void restore_link(struct attach *a)
{
	vlan_restore(&a->conf);
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
	return 0;
}

/* Only now do other ports send frames here; before, the driver might still have refused them. */
static int announce(struct attach *a)
{
	int err = shared_index(a->shared, a->link->ifindex, a->conf.number);

	return err ? fail_errno(a->e, -err, "publishing the port") : 0;
}

static void retract(struct attach *a)
{
	retract_port(a->shared, a->link->ifindex);
}

static void unpublish(struct attach *a)
{
	remove_from_maps(a->shared, a->conf.number, a->link->ifindex);
}

static int xdp_failed(struct attach *a, int err)
{
	if (err == EBUSY || err == EEXIST)
		return fail(a->e, EXIT_CODE_FAILED,
			    "another XDP program is attached: detach it first");
	if (err == EOPNOTSUPP)
		return fail(a->e, EXIT_CODE_UNSUPPORTED, "its driver has no native XDP");
	if (err == ERANGE || err == EINVAL)
		return fail(a->e, EXIT_CODE_UNSUPPORTED,
			    "its driver refuses native XDP, perhaps for MTU %u or its offloads: %s",
			    a->link->mtu, strerror(err));
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
	pump_stop(a->e, &a->shared->ports[a->conf.number]);
}

static int make_dir(struct attach *a)
{
	int err;

	a->conf.number = shared_free_number(a->shared);
	if (!a->conf.number)
		return fail(a->e, EXIT_CODE_FAILED,
			    "%d ports are attached in this namespace, the most there can be",
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
	{ announce, retract },
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
