/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/link.h>
#include <xdpq/pump.h>
#include <xdpq/rcu.h>
#include <xdpq/remove.h>
#include <xdpq/vlan.h>
#include <xdpq/wiring.h>

void remove_from_maps(struct shared *shared, uint32_t number, uint32_t ifindex)
{
	struct xdpq_port *state = &shared->ports[number];

	state->state = XDPQ_PORT_DRAINING;
	bpf_map_delete_elem(shared->fds[SHARED_PORT_INDEX], &ifindex);
	rcu_wait();
	bpf_map_delete_elem(shared->fds[SHARED_ENQUEUE], &number);
	bpf_map_delete_elem(shared->fds[SHARED_DEQUEUE], &number);
	bpf_map_delete_elem(shared->fds[SHARED_TX], &number);
	rcu_wait();
	memset(state, 0, sizeof(*state));
}

static void detach_xdp(const struct port *port)
{
	int fd = port_pin(port, "link");

	if (fd < 0)
		return;
	bpf_link_detach(fd);
	close(fd);
}

int port_remove(struct errors *e, struct shared *shared, struct port *port)
{
	struct conf *conf = &port->conf;
	int err;

	port_unwire(shared, port);
	detach_xdp(port);
	err = pump_stop(e, &shared->ports[conf->number]);
	remove_from_maps(shared, conf->number, conf->ifindex);
	if (!port->gone)
		vlan_restore(conf);
	pins_remove(port->dir);
	return err;
}

struct sweep {
	struct errors *e;
	uint64_t here;		/* cookie of this namespace */
	uint64_t cookie;	/* of the one being swept */
};

static void sweep_port(struct sweep *sweep, struct port *port)
{
	struct shared shared;

	if (shared_create(sweep->e, sweep->cookie, &shared))
		return;
	/* Somebody else may have been faster. */
	if (!access(port->dir, F_OK)) {
		if (sweep->cookie == sweep->here)
			warn_user(sweep->e, "the interface %s (index %u) has left this namespace; its port is removed",
				  port->conf.ifname, port->ifindex);
		port_remove(sweep->e, &shared, port);
	}
	shared_release(&shared);
	shared_close(&shared);
}

static int sweep_one(uint64_t number, void *arg)
{
	struct sweep *sweep = arg;
	struct errors quiet = { .quiet = true };
	struct port port;
	struct link link;

	if (port_open(&quiet, sweep->cookie, number, &port))
		return 0;
	/* Moved to another namespace, it still has its program, but does not belong here any longer. */
	if (sweep->cookie == sweep->here && link_by_index(number, &link) == -ENODEV)
		port.gone = true;
	if (port.gone)
		sweep_port(sweep, &port);
	port_close(&port);
	return 0;
}

static int sweep_netns(uint64_t cookie, void *arg)
{
	struct sweep *sweep = arg;
	char dir[PIN_PATH_SIZE];

	sweep->cookie = cookie;
	pin_netns_dir(dir, cookie);
	return pins_each_number(dir, sweep_one, sweep);
}

void remove_gone(struct errors *e, uint64_t cookie)
{
	struct sweep sweep = { .e = e, .here = cookie };

	pins_each_number(pins_root(), sweep_netns, &sweep);
}
