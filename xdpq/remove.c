/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/link.h>
#include <xdpq/pump.h>
#include <xdpq/rcu.h>
#include <xdpq/remove.h>
#include <xdpq/vlan.h>
#include <xdpq/wiring.h>

void retract_port(struct shared *shared, uint32_t number, uint32_t ifindex)
{
	shared_unindex(shared, ifindex, number);
	rcu_wait();
}

void remove_from_maps(struct shared *shared, uint32_t number, uint32_t ifindex)
{
	struct xdpq_port *state = &shared->ports[number];

	state->state = XDPQ_PORT_DRAINING;
	retract_port(shared, number, ifindex);
	shared_forget(shared, ifindex);
	bpf_map_delete_elem(shared->fds[SHARED_ENQUEUE], &number);
	bpf_map_delete_elem(shared->fds[SHARED_DEQUEUE], &number);
	bpf_map_delete_elem(shared->fds[SHARED_PREDECESSOR], &number);
	bpf_map_delete_elem(shared->fds[SHARED_TX], &number);
	rcu_wait();
	memset(state, 0, sizeof(*state));
}

void remove_pins(uint64_t cookie, uint32_t ifindex)
{
	char dir[PIN_PATH_SIZE];

	pin_heir_dir(dir, cookie, ifindex);
	pins_remove(dir);
	pin_port_dir(dir, cookie, ifindex);
	pins_remove(dir);
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

	/* First what may fail: a pump that goes on would be nobody's. */
	if (pump_stop(e, &shared->ports[conf->number]))
		return -1;
	port_unwire(shared, port);
	retract_port(shared, conf->number, conf->ifindex);
	detach_xdp(port);
	remove_from_maps(shared, conf->number, conf->ifindex);
	if (!port->gone)
		vlan_restore(e, conf);
	remove_pins(port->cookie, port->ifindex);
	return 0;
}

uint32_t automatic_peer(struct errors *e, const struct port *port)
{
	struct port peer;
	bool automatic;

	if (!port->conf.peer_ifindex || port_open(e, port->cookie, port->conf.peer_ifindex, &peer))
		return 0;
	automatic = peer.conf.automatic;
	port_close(&peer);
	return automatic ? port->conf.peer_ifindex : 0;
}

struct sweep {
	struct errors *e;
	uint64_t here;		/* cookie of this namespace */
	uint64_t cookie;	/* of the one being swept */
};

/* Opens the port if its interface has left. In another namespace it still has its program. */
static bool open_gone(const struct sweep *sweep, uint32_t ifindex, struct port *port)
{
	struct errors quiet = { .quiet = true };
	struct link link;

	if (port_open(&quiet, sweep->cookie, ifindex, port))
		return false;
	if (sweep->cookie == sweep->here && link_by_index(ifindex, &link) == -ENODEV)
		port->gone = true;
	if (!port->gone)
		port_close(port);
	return port->gone;
}

/* A port that another command is at work on is that one's. */
static void sweep_peer(struct sweep *sweep, struct shared *shared, uint32_t ifindex)
{
	char dir[PIN_PATH_SIZE];
	struct port peer;
	int lock;

	pin_port_dir(dir, sweep->cookie, ifindex);
	lock = pins_trylock(dir);
	if (lock < 0)
		return;
	if (!port_open(sweep->e, sweep->cookie, ifindex, &peer)) {
		warn_user(sweep->e, "%s, a port only as its peer, is removed with it",
			  peer.conf.ifname);
		port_remove(sweep->e, shared, &peer);
		port_close(&peer);
	}
	close(lock);
}

static bool is_gone(const struct sweep *sweep, uint32_t ifindex)
{
	struct port port;
	bool gone = open_gone(sweep, ifindex, &port);

	if (gone)
		port_close(&port);
	return gone;
}

static void remove_swept(struct sweep *sweep, struct shared *shared, struct port *port)
{
	struct errors quiet = { .quiet = true };
	uint32_t peer = automatic_peer(&quiet, port);
	bool here = sweep->cookie == sweep->here;

	/* What attach has changed at the peer can be put back by a command there only. */
	if (!here && peer && !is_gone(sweep, peer))
		return;
	if (here)
		warn_user(sweep->e, "the interface %s (index %u) has left this namespace; "
			  "its port is removed", port->conf.ifname, port->ifindex);
	if (!port_remove(sweep->e, shared, port) && here && peer)
		sweep_peer(sweep, shared, peer);
}

/* Looks again with the namespace's lock held: what looked gone may have been an attach at work. */
static void sweep_locked(struct sweep *sweep, uint32_t ifindex)
{
	struct shared shared;
	struct port port;

	if (shared_lock(sweep->e, sweep->cookie, &shared))
		return;
	if (open_gone(sweep, ifindex, &port)) {
		remove_swept(sweep, &shared, &port);
		port_close(&port);
	}
	shared_release(&shared);
	shared_close(&shared);
}

/* A port that another command is at work on is that one's, or the next one's. */
static void sweep_port(struct sweep *sweep, uint32_t ifindex)
{
	char dir[PIN_PATH_SIZE];
	int lock;

	pin_port_dir(dir, sweep->cookie, ifindex);
	lock = pins_trylock(dir);
	if (lock < 0)
		return;
	sweep_locked(sweep, ifindex);
	close(lock);
}

static int sweep_one(uint64_t ifindex, void *arg)
{
	struct sweep *sweep = arg;

	if (is_gone(sweep, ifindex))
		sweep_port(sweep, ifindex);
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
