/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/device.h>
#include <xdpq/install.h>
#include <xdpq/pump.h>
#include <xdpq/remove.h>
#include <xdpq/setup.h>
#include <xdpq/vlan.h>
#include "ingress.skel.h"

struct attach {
	struct install in;
	struct shared *shared;
	const struct link *link;
	struct ingress_bpf *ingress;
	int xdp_link;
	int lock;	/* the port's */
};

static int load_scheduler(struct attach *a)
{
	return install_load(&a->in, -1);
}

static int ingress_fd(const struct attach *a)
{
	return bpf_program__fd(a->ingress->progs.xdpq_ingress);
}

static int load_ingress(struct attach *a)
{
	a->ingress = ingress_bpf__open();
	if (!a->ingress)
		return fail_errno(a->in.e, errno, "opening the ingress program");
	a->ingress->rodata->xdpq_port_number = a->in.conf.number;
	if (shared_give(a->in.e, a->shared, a->ingress->obj))
		return -1;
	if (ingress_bpf__load(a->ingress))
		return scheduler_refused(a->in.e, "the ingress program");
	return install_check_frame(&a->in, ingress_fd(a));
}

static void unload(struct attach *a)
{
	ingress_bpf__destroy(a->ingress);
	a->ingress = NULL;
}

static int pin_all(struct attach *a)
{
	return install_pin(&a->in, ingress_fd(a));
}

static int prepare_link(struct attach *a)
{
	return vlan_show_tags(a->in.e, a->link, &a->in.conf);
}

static void restore_link(struct attach *a)
{
	vlan_restore(a->in.e, &a->in.conf);
}

static void init_state(struct attach *a)
{
	struct xdpq_port *state = &a->shared->ports[a->in.conf.number];

	memset(state, 0, sizeof(*state));
	state->due = XDPQ_NEVER;
	state->ifindex = a->link->ifindex;
	state->unqueued = !a->in.sched->schema.has_config;
	memcpy(state->mac, a->link->mac, sizeof(state->mac));
	state->state = XDPQ_PORT_RUNNING;
}

static int publish(struct attach *a)
{
	init_state(a);
	if (install_entry(&a->in, SHARED_TX, a->in.conf.number, a->link->ifindex) ||
	    install_entry(&a->in, SHARED_ENQUEUE, a->in.conf.number,
			  install_program(&a->in, "xdpq_enqueue")))
		return -1;
	if (a->in.sched->schema.has_config &&
	    install_entry(&a->in, SHARED_DEQUEUE, a->in.conf.number,
			  install_program(&a->in, "xdpq_dequeue")))
		return -1;
	return 0;
}

/* Only now do other ports send frames here; before, the driver might still have refused them. */
static int announce(struct attach *a)
{
	int err = shared_index(a->shared, a->link->ifindex, a->in.conf.number);

	return err ? fail_errno(a->in.e, -err, "publishing the port") : 0;
}

static void retract(struct attach *a)
{
	retract_port(a->shared, a->in.conf.number, a->link->ifindex);
}

static void unpublish(struct attach *a)
{
	remove_from_maps(a->shared, a->in.conf.number, a->link->ifindex);
}

static int xdp_failed(struct attach *a, int err)
{
	if (err == EBUSY || err == EEXIST)
		return fail(a->in.e, EXIT_CODE_FAILED,
			    "another XDP program is attached: detach it first, "
			    "with what attached it or `ip link set %s xdp off`", a->link->name);
	if (err == EOPNOTSUPP)
		return fail(a->in.e, EXIT_CODE_UNSUPPORTED, "its driver has no native XDP");
	if (err == ERANGE || err == EINVAL)
		return fail(a->in.e, EXIT_CODE_UNSUPPORTED,
			    "its driver refuses native XDP, perhaps for MTU %u%s or its offloads: %s",
			    a->link->mtu, strcmp(a->link->kind, "veth") ? "" : ", its peer's MTU",
			    strerror(err));
	return fail_errno(a->in.e, err, "attaching to the driver");
}

static int attach_xdp(struct attach *a)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);

	a->xdp_link = bpf_link_create(ingress_fd(a), a->link->ifindex, BPF_XDP, &opts);
	if (a->xdp_link < 0)
		return xdp_failed(a, errno);
	return install_pin_fd(&a->in, a->xdp_link, "link");
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
	return a->in.sched->schema.has_config ? pump_start(a->in.e, a->link->name, a->lock) : 0;
}

static void stop_pump(struct attach *a)
{
	pump_stop(a->in.e, &a->shared->ports[a->in.conf.number]);
}

static int make_dir(struct attach *a)
{
	int err;

	a->in.conf.number = shared_free_number(a->shared);
	if (!a->in.conf.number)
		return fail(a->in.e, EXIT_CODE_FAILED,
			    "%d ports are attached in this namespace, the most there can be",
			    XDPQ_MAX_PORTS - 1);
	/* What an attach left that was killed halfway; we hold the lock. */
	remove_pins(a->shared->cookie, a->link->ifindex);
	err = pins_mkdir(a->in.dir);
	if (err)
		return fail_errno(a->in.e, -err, "creating %s", a->in.dir);
	/* Not waited for: who holds it may be waiting for the namespace's, which is ours. */
	a->lock = pins_trylock(a->in.dir);
	return a->lock < 0 ? fail_errno(a->in.e, -a->lock, "locking %s", a->in.dir) : 0;
}

static void remove_dir(struct attach *a)
{
	remove_pins(a->shared->cookie, a->link->ifindex);
}

/* Each step, and what undoes it, also after its own failure halfway. */
static const struct step {
	int (*run)(struct attach *a);
	void (*undo)(struct attach *a);
} steps[] = {
	{ make_dir, remove_dir },
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
		.in = {
			.e = e,
			.shared = shared,
			.sched = sched,
			.config = config,
			.conf = {
				.abi = XDPQ_ABI,
				.ifindex = link->ifindex,
				.frame = link->mtu + FRAME_OVERHEAD,
				.automatic = notes->automatic,
			},
		},
		.shared = shared,
		.link = link,
		.xdp_link = -1,
		.lock = -1,
	};
	struct conf *conf = &a.in.conf;
	int err;

	snprintf(conf->ifname, sizeof(conf->ifname), "%s", link->name);
	snprintf(conf->sched, sizeof(conf->sched), "%s", sched->name);
	snprintf(conf->args, sizeof(conf->args), "%s", notes->args);
	pin_port_dir(a.in.dir, shared->cookie, link->ifindex);
	err = run_steps(&a);
	/* From here on the pins keep everything. */
	if (a.xdp_link >= 0)
		close(a.xdp_link);
	if (a.lock >= 0)
		close(a.lock);
	unload(&a);
	return err;
}
