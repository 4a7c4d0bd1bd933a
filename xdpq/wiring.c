/* SPDX-License-Identifier: GPL-2.0-only */
#include <xdpq/link.h>
#include <xdpq/netns.h>
#include <xdpq/wiring.h>

/* A wire carries frames for everybody, so the NIC must not filter them. */
static int begin(struct errors *e, struct port *port, uint32_t peer_ifindex)
{
	struct link link;
	int err = link_by_index(port->ifindex, &link);

	if (!err && !link.promisc) {
		err = link_set_promisc(port->ifindex, true);
		port->conf.promisc |= !err;
	}
	port->conf.peer_ifindex = peer_ifindex;
	if (err)
		return fail_errno(e, -err, "making %s promiscuous", port->conf.ifname);
	return port_save_conf(e, port);
}

/* In another namespace, its index means something else here: its own detach will put it back. */
static bool is_here(const struct port *port)
{
	uint64_t here = 0;

	return !netns_cookie(&here) && here == port->cookie;
}

static void end(struct shared *shared, struct port *port)
{
	struct errors quiet = { .quiet = true };

	shared->ports[port->conf.number].peer = XDPQ_NONE;
	port->conf.peer_ifindex = 0;
	if (is_here(port)) {
		if (port->conf.promisc && !port->gone)
			link_set_promisc(port->ifindex, false);
		port->conf.promisc = 0;
	}
	port_save_conf(&quiet, port);
}

int port_wire(struct errors *e, struct shared *shared, struct port *a, struct port *b)
{
	int err = begin(e, a, b->ifindex);

	if (!err)
		err = begin(e, b, a->ifindex);
	if (err) {
		end(shared, a);
		end(shared, b);
		return -1;
	}
	shared->ports[a->conf.number].peer = b->conf.number;
	shared->ports[b->conf.number].peer = a->conf.number;
	return 0;
}

void port_unwire(struct shared *shared, struct port *port)
{
	struct errors quiet = { .quiet = true };
	struct port other;

	if (!port->conf.peer_ifindex && !port->conf.promisc)
		return;
	if (port->conf.peer_ifindex &&
	    !port_open(&quiet, port->cookie, port->conf.peer_ifindex, &other)) {
		end(shared, &other);
		port_close(&other);
	}
	end(shared, port);
}
