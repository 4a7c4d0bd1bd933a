/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/cmd.h>
#include <xdpq/device.h>
#include <xdpq/handover.h>
#include <xdpq/port.h>
#include <xdpq/privilege.h>
#include <xdpq/process.h>
#include <xdpq/remove.h>
#include <xdpq/request.h>

/* No other queue is sure to run empty while packets come: the way to sched none leads over this. */
static const char transit_sched[] = "fifo";
static const char *const transit_pairs[] = { "limit", "10000", "rate", "auto" };

struct replace {
	struct errors *e;
	struct request *r;
	struct shared *shared;
	struct port *port;
	const struct link *link;
	int lock;	/* the port's */
};

static int begin(struct replace *c, const struct request *r, bool transit)
{
	struct scheduler sched;
	struct config config;
	struct install heir = {
		.e = c->e,
		.shared = c->shared,
		.sched = &sched,
		.config = &config,
		.conf = { .transit = transit },
	};
	uint64_t link_rate = transit ? 0 : device_speed(c->link);
	int err;

	if (request_open(c->e, r, r->dev, link_rate, &sched, &config))
		return -1;
	snprintf(heir.conf.args, sizeof(heir.conf.args), "%s", c->r->args);
	err = handover_begin(&heir, c->port, c->link, c->lock);
	scheduler_close(&sched);
	return err;
}

/* A queue that empties whatever comes: 10000 packets of room, sent as fast as they can be. */
static int begin_transit(struct replace *c)
{
	struct request transit = *c->r;

	transit.sched = transit_sched;
	for (transit.count = 0; transit.count < 4; transit.count++)
		transit.pairs[transit.count] = transit_pairs[transit.count];
	return begin(c, &transit, true);
}

/* 0, or -1 (reported): is it sched none that shall follow? */
static int is_none(struct errors *e, const struct request *r, bool *none)
{
	struct scheduler sched;

	if (scheduler_open(e, r->sched, &sched))
		return -1;
	*none = !sched.schema.has_config;
	scheduler_close(&sched);
	/* The way there is known of the embedded one only. */
	if (*none && strcmp(r->sched, "none"))
		return fail(e, EXIT_CODE_USAGE,
			    "has no queue, and so can't follow another: it can be attached, or "
			    "sched none can follow");
	return 0;
}

static int keep_options(struct replace *c, bool to_none)
{
	struct config running;
	struct errors *e = c->e;

	if (port_config(e, c->port, &running))
		return -1;
	if (to_none)
		running.port_given = 0;
	return request_keep(e, c->r, &running, c->port->conf.args);
}

static int begin_any(struct replace *c)
{
	bool none;

	if (c->shared->ports[c->port->conf.number].state != XDPQ_PORT_RUNNING)
		return fail(c->e, EXIT_CODE_FAILED, "is being detached");
	if (is_none(c->e, c->r, &none) || keep_options(c, none))
		return -1;
	if (!none)
		return begin(c, c->r, false);
	/* Once more sched none: it is there already. */
	return c->port->schema.has_config ? begin_transit(c) : 0;
}

/* With the namespace's lock, too: numbers, wires and pins stay as they are. */
static int begin_locked(struct errors *e, struct request *r, const struct call *call,
			const struct link *link, int lock)
{
	struct shared shared;
	struct port port;
	struct replace c = {
		.e = e, .r = r, .shared = &shared, .port = &port, .link = link, .lock = lock,
	};
	int err = shared_lock(e, call->options->cookie, &shared);

	if (err)
		return err;
	err = port_open(e, call->options->cookie, link->ifindex, &port);
	if (!err) {
		err = begin_any(&c);
		port_close(&port);
	}
	shared_close(&shared);
	return err;
}

static int replace(struct request *r, const struct call *call, const struct link *link, int lock)
{
	struct errors *e = call->errors;
	uint64_t cookie = call->options->cookie;
	int err = handover_finish(e, cookie, link->ifindex, lock, r->timeout);

	if (err > 0)
		return fail(e, EXIT_CODE_FAILED,
			    "the queue replaced before still holds packets; it may take longer than "
			    "its timeout");
	if (!err)
		err = begin_locked(e, r, call, link, lock);
	if (err)
		return err > 0 ? port_missing(e) : err;
	err = handover_finish(e, cookie, link->ifindex, lock, r->timeout);
	if (err > 0)
		note_user(e, "the old queue still holds packets: it goes on until they have left, "
			  "then %s follows", r->sched);
	return err < 0 ? -1 : 0;
}

int cmd_replace(const struct call *call)
{
	struct errors *e = call->errors;
	struct request r;
	struct link link;
	int lock, err;

	uninterruptible();
	if (request_parse(call, REQUEST_REPLACE, &r))
		return -1;
	err = device_find(e, r.dev, &link);
	if (request_check(e, &r, err ? 0 : device_speed(&link)) || err || privilege_check(e))
		return -1;
	err = pins_open(e, false);
	if (err)
		return err < 0 ? -1 : port_missing(e);
	remove_gone(e, call->options->cookie);
	lock = port_lock(e, call->options->cookie, link.ifindex);
	if (lock < 0)
		return -1;
	err = replace(&r, call, &link, lock);
	close(lock);
	return err;
}
