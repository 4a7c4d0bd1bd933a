/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include <xdpq/cmd.h>
#include <xdpq/device.h>
#include <xdpq/process.h>
#include <xdpq/privilege.h>
#include <xdpq/remove.h>
#include <xdpq/request.h>
#include <xdpq/setup.h>
#include <xdpq/wiring.h>

/* `whose`: what messages call the interface. */
static int attach_one(struct errors *e, struct shared *shared, const struct link *link,
		      const char *whose, const struct request *r, bool automatic)
{
	const struct setup_notes notes = { .args = r->args, .automatic = automatic };
	struct scheduler sched;
	struct config config;
	int err;

	if (request_open(e, r, whose, device_speed(link), &sched, &config))
		return -1;
	err = port_setup(e, shared, link, &sched, &config, &notes);
	scheduler_close(&sched);
	return err;
}

/* 0: it isn't a port; 1: it is; -1 reported. */
static int is_port(struct errors *e, uint64_t cookie, const struct link *link)
{
	struct port port;
	int err = port_open(e, cookie, link->ifindex, &port);

	if (!err)
		port_close(&port);
	return err < 0 ? -1 : !err;
}

static int refuse_port(struct errors *e, uint64_t cookie, const struct link *link)
{
	int is = is_port(e, cookie, link);

	if (is > 0)
		return fail(e, EXIT_CODE_FAILED, "is a port already; "
			    "`xdpq change` sets parameters, `xdpq replace` the scheduler, "
			    "`xdpq detach` ends it");
	return is;
}

static int wire(struct errors *e, struct shared *shared, const struct link *link,
		const struct link *other)
{
	struct port a, b;
	int err;

	if (port_open(e, shared->cookie, link->ifindex, &a))
		return -1;
	if (port_open(e, shared->cookie, other->ifindex, &b)) {
		port_close(&a);
		return -1;
	}
	if (shared->ports[b.conf.number].state != XDPQ_PORT_RUNNING)
		err = fail(e, EXIT_CODE_FAILED, "peer: %s is being detached", other->name);
	else if (b.conf.peer_ifindex)
		err = fail(e, EXIT_CODE_FAILED, "peer: %s is the end of another wire", other->name);
	else
		err = port_wire(e, shared, &a, &b);
	port_close(&b);
	port_close(&a);
	return err;
}

static void undo_one(struct shared *shared, const struct link *link)
{
	struct errors quiet = { .quiet = true };
	struct port port;

	if (port_open(&quiet, shared->cookie, link->ifindex, &port))
		return;
	port_remove(&quiet, shared, &port);
	port_close(&port);
}

/* The peer that isn't a port yet becomes one without a queue. */
static int attach_peer(struct errors *e, struct shared *shared, const struct link *link,
		       const struct link *peer, bool *made)
{
	static const struct request plain = { .sched = "none", .args = "sched none" };
	char whose[2 * IFNAMSIZ + sizeof(": peer ")];
	int is;

	*made = false;
	snprintf(whose, sizeof(whose), "%s: peer %s", link->name, peer->name);
	errors_context(e, "attach %s", whose);
	is = is_port(e, shared->cookie, peer);
	if (is)
		return is < 0 ? -1 : 0;
	if (device_check(e, peer) || attach_one(e, shared, peer, whose, &plain, true))
		return -1;
	*made = true;
	return 0;
}

/* What comes in at one end has to fit the other. */
static void check_mtus(const struct errors *e, const struct link *link, const struct link *peer)
{
	const struct link *small = link->mtu < peer->mtu ? link : peer;
	const struct link *large = small == link ? peer : link;

	if (small->mtu < large->mtu)
		warn_user(e, "MTU %u of %s is less than the %u of %s: longer packets are lost "
			  "on the wire", small->mtu, small->name, large->mtu, large->name);
}

static int attach_wire(struct errors *e, struct shared *shared, const struct link *link,
		       const struct request *r)
{
	struct link peer;
	bool made;

	if (device_find(e, r->peer, &peer))
		return -1;
	if (peer.ifindex == link->ifindex)
		return fail(e, EXIT_CODE_USAGE, "peer: %s cannot be its own peer", r->peer);
	if (attach_peer(e, shared, link, &peer, &made))
		return -1;
	if (!attach_one(e, shared, link, link->name, r, false)) {
		if (!wire(e, shared, link, &peer)) {
			check_mtus(e, link, &peer);
			return 0;
		}
		undo_one(shared, link);
	}
	if (made)
		undo_one(shared, &peer);
	return -1;
}

static int attach_locked(struct errors *e, struct shared *shared, const struct link *link,
			 const struct request *r)
{
	if (refuse_port(e, shared->cookie, link) || device_check(e, link))
		return -1;
	return r->peer ? attach_wire(e, shared, link, r) :
			 attach_one(e, shared, link, link->name, r, false);
}

/* So that the user sees at once all that is wrong. */
static int check_words(struct errors *e, const struct request *r, struct link *link)
{
	struct link peer;
	int err = device_find(e, r->dev, link);
	uint64_t link_rate = err ? 0 : device_speed(link);

	if (r->peer) {
		errors_context(e, "attach %s: peer %s", r->dev, r->peer);
		err |= device_find(e, r->peer, &peer);
	}
	err |= request_check(e, r, link_rate);
	errors_context(e, "attach %s", r->dev);
	return err;
}

int cmd_attach(const struct call *call)
{
	struct errors *e = call->errors;
	struct shared shared;
	struct request r;
	struct link link;
	int err;

	uninterruptible();
	if (request_parse(call, REQUEST_ATTACH, &r) || check_words(e, &r, &link) ||
	    privilege_check(e) || pins_open(e, true))
		return -1;
	remove_gone(e, call->options->cookie);
	if (shared_create(e, call->options->cookie, &shared))
		return -1;
	err = attach_locked(e, &shared, &link, &r);
	shared_release(&shared);
	shared_close(&shared);
	return err;
}
