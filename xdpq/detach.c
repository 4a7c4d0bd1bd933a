/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xdpq/cmd.h>
#include <xdpq/device.h>
#include <xdpq/live.h>
#include <xdpq/port.h>
#include <xdpq/privilege.h>
#include <xdpq/process.h>
#include <xdpq/pump.h>
#include <xdpq/remove.h>
#include <xdpq/request.h>
#include <xdpq/vlan.h>

#define DRAIN_STEP 5000000LL

static void nap(int64_t ns)
{
	struct timespec ts = { .tv_nsec = ns };

	nanosleep(&ts, NULL);
}

/*
 * Takes nothing new in and waits until what is queued has left; without a pump it
 * is sent from here.
 */
static void drain(struct shared *shared, const struct port *port, int64_t timeout)
{
	volatile struct xdpq_port *state = &shared->ports[port->conf.number];
	bool pumped = pump_alive((struct xdpq_port *)state) &&
		      !pump_stopped((struct xdpq_port *)state);
	int prog = pumped ? -1 : port_pin(port, "ingress");

	state->state = XDPQ_PORT_DRAINING;
	retract_port(shared, port->conf.number, port->ifindex);
	for (int64_t left = timeout; state->qlen && left > 0; left -= DRAIN_STEP) {
		if (prog >= 0)
			live_run(prog, 64);
		nap(DRAIN_STEP);
	}
	if (prog >= 0)
		close(prog);
}

/* A frame of the other end of the wire may come until both know that there is none. */
static void stop_peer(struct shared *shared, const struct port *port)
{
	uint32_t peer = shared->ports[port->conf.number].peer;

	if (!peer || peer >= XDPQ_MAX_PORTS)
		return;
	shared->ports[peer].peer = XDPQ_NONE;
	shared->ports[port->conf.number].peer = XDPQ_NONE;
}

static void say_lost(struct errors *e, const struct shared *shared, const struct port *port)
{
	const struct xdpq_port *state = &shared->ports[port->conf.number];

	if (state->qlen)
		warn_user(e, "%u packets (%u bytes) were still queued and are dropped", state->qlen,
			  state->backlog);
}

/* Under the port's lock: takes nothing new in, and waits. *also: the automatic other end. */
static int drain_one(struct errors *e, uint64_t cookie, uint32_t ifindex, int64_t timeout,
		     uint32_t *also)
{
	struct shared shared;
	struct port port;
	int err = port_open(e, cookie, ifindex, &port);

	if (err)
		return err;
	err = shared_open(e, cookie, &shared);
	if (!err) {
		err = pump_may_stop(e, &shared.ports[port.conf.number]);
		if (!err) {
			*also = automatic_peer(e, &port);
			stop_peer(&shared, &port);
			drain(&shared, &port, timeout);
			say_lost(e, &shared, &port);
		}
		shared_close(&shared);
	}
	port_close(&port);
	return err;
}

/* What was read before the drain may have changed: somebody may have wired it since. */
static int remove_one(struct errors *e, uint64_t cookie, uint32_t ifindex)
{
	struct shared shared;
	struct port port;
	int err = shared_lock(e, cookie, &shared);

	if (err)
		return err;
	err = port_open(e, cookie, ifindex, &port);
	if (!err) {
		err = port_remove(e, &shared, &port);
		port_close(&port);
	}
	shared_release(&shared);
	shared_close(&shared);
	return err;
}

/* 0; 1 if it is no port (any longer); -1 reported. */
static int detach_one(struct errors *e, uint64_t cookie, uint32_t ifindex, int64_t timeout)
{
	char dir[PIN_PATH_SIZE];
	uint32_t also = 0;
	int lock, err;

	pin_port_dir(dir, cookie, ifindex);
	lock = pins_lock(dir);
	if (lock < 0)
		return 1;
	err = drain_one(e, cookie, ifindex, timeout, &also);
	if (!err)
		err = remove_one(e, cookie, ifindex);
	close(lock);
	if (!err && also && detach_one(e, cookie, also, timeout) < 0)
		return -1;
	return err;
}

/* From what is left of the pins. */
static void restore_damaged(struct errors *e, uint64_t cookie, uint32_t ifindex)
{
	struct errors quiet = { .quiet = true };
	struct link link;
	struct conf conf;

	if (link_by_index(ifindex, &link))
		return;
	if (port_read_conf(&quiet, cookie, ifindex, &conf))
		vlan_warn_unknown(e, &link);
	else
		vlan_restore(e, &conf);
}

/* Pins that cannot be read any more go all the same; the state says which number they had. */
static int remove_damaged(struct errors *e, uint64_t cookie, uint32_t ifindex)
{
	struct shared shared;
	int err = shared_lock(e, cookie, &shared);

	if (err)
		return err;
	for (uint32_t i = 1; i < XDPQ_MAX_PORTS; i++) {
		if (shared.ports[i].state == XDPQ_PORT_FREE || shared.ports[i].ifindex != ifindex)
			continue;
		if (pump_stop(e, &shared.ports[i]))
			err = -1;
		else
			remove_from_maps(&shared, i, ifindex);
	}
	if (!err) {
		restore_damaged(e, cookie, ifindex);
		remove_pins(cookie, ifindex);
	}
	shared_release(&shared);
	shared_close(&shared);
	return err;
}

struct all {
	struct errors *e;
	uint64_t cookie;
	int64_t timeout;
	uint32_t count;
	uint32_t ifindexes[XDPQ_MAX_PORTS];
};

static int collect(uint64_t number, void *arg)
{
	struct all *all = arg;

	if (all->count < XDPQ_MAX_PORTS)
		all->ifindexes[all->count++] = number;
	return 0;
}

/* 0 if its directory is (still) there. */
static int access_port(uint64_t cookie, uint32_t ifindex)
{
	char dir[PIN_PATH_SIZE];

	pin_port_dir(dir, cookie, ifindex);
	return access(dir, F_OK);
}

static int detach_all(struct errors *e, uint64_t cookie, int64_t timeout)
{
	struct all *all = calloc(1, sizeof(*all));
	char dir[PIN_PATH_SIZE];
	int err = 0;

	if (!all)
		return fail_errno(e, ENOMEM, "listing the ports");
	pin_netns_dir(dir, cookie);
	pins_each_number(dir, collect, all);
	for (uint32_t i = 0; i < all->count; i++) {
		int one = detach_one(e, cookie, all->ifindexes[i], timeout);

		if (one && !access_port(cookie, all->ifindexes[i]))
			one = remove_damaged(e, cookie, all->ifindexes[i]);
		if (one < 0)
			err = -1;
	}
	free(all);
	return err;
}

static int parse_timeout(const struct call *call, int64_t *timeout)
{
	*timeout = DRAIN_TIMEOUT;
	if (call->argc < 2)
		return 0;
	if (strcmp(call->argv[1], "timeout"))
		return fail(call->errors, EXIT_CODE_USAGE,
			    "unknown parameter \"%s\"; it takes timeout TIME", call->argv[1]);
	if (call->argc < 3)
		return fail(call->errors, EXIT_CODE_USAGE, "timeout: the value is missing");
	if (call->argc > 3)
		return fail(call->errors, EXIT_CODE_USAGE, "unexpected word \"%s\"", call->argv[3]);
	return request_timeout(call->errors, call->argv[2], timeout);
}

int cmd_detach(const struct call *call)
{
	struct errors *e = call->errors;
	struct link link;
	int64_t timeout;
	bool all;
	int err;

	if (call->argc < 1)
		return fail(e, EXIT_CODE_USAGE,
			    "the interface is missing: xdpq detach DEV, or xdpq detach all");
	errors_context(e, "detach %s", call->argv[0]);
	all = !strcmp(call->argv[0], "all");
	if (parse_timeout(call, &timeout) || (!all && device_find(e, call->argv[0], &link)) ||
	    privilege_check(e))
		return -1;
	uninterruptible();
	err = pins_open(e, false);
	if (!err)
		remove_gone(e, call->options->cookie);
	if (err >= 0 && all)
		return err ? 0 : detach_all(e, call->options->cookie, timeout);
	if (!err)
		err = detach_one(e, call->options->cookie, link.ifindex, timeout);
	return err > 0 ? port_missing(e) : err;
}
