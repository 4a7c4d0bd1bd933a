/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xdpq/device.h>
#include <xdpq/histogram.h>
#include <xdpq/json.h>
#include <xdpq/port.h>
#include <xdpq/pump.h>
#include <xdpq/remove.h>
#include <xdpq/show.h>
#include <xdpq/vlan.h>
#include <xdpq/words.h>

/* All that is known of a port at one moment. */
struct view {
	struct port port;
	struct xdpq_port state;
	struct config config;
	struct link link;
	bool alone;		/* no other port to forward from */
	unsigned char counters[SCHEMA_MAX_SIZE];
};

static void say(json_t *array, const char *text)
{
	json_array_append_new(array, json_string(text));
}

/* Invariants that do not hold at the moment, by their name in docs/design.md, and why. */
static json_t *suspended(const struct view *v)
{
	json_t *array = json_array();

	if (v->state.unqueued)
		return array;
	if (!pump_alive(&v->state))
		say(array, "never a stall: no pump runs, "
		    "so the tail of the queue waits for the next arrival; "
		    "`xdpq pump DEV background` starts one");
	else if (pump_stopped(&v->state))
		say(array, "never a stall: the pump is stopped, "
		    "so the tail of the queue waits for the next arrival");
	else if (!keeper_alive(&v->state))
		say(array, "never a stall: nobody will start another when the pump dies; "
		    "`xdpq pump DEV background` mends it");
	return array;
}

static json_t *warnings(const struct view *v)
{
	json_t *array = json_array();

	if (v->link.mtu + FRAME_OVERHEAD > v->port.conf.frame)
		say(array, "the MTU was raised after attach: longer frames are dropped when they "
		    "have to wait; replace its scheduler, or lower the MTU again");
	if (memcmp(v->link.mac, v->state.mac, sizeof(v->state.mac)))
		say(array, "the MAC address was changed after attach: "
		    "frames for the new one go to the kernel stack; attach again");
	if (!(v->link.flags & IFF_UP))
		say(array, "the interface is down");
	if (vlan_hidden(&v->link))
		say(array, "VLAN offload is on, of the interface or of its peer: "
		    "tags are hidden from XDP");
	if (v->state.drops[XDPQ_DROP_UNSEEN].packets)
		say(array, "some frames were handed to the kernel and not seen at the driver: "
		    "whether they were sent is not known");
	if (v->alone)
		say(array, "the only port here: "
		    "nothing is queued until traffic comes in at another port");
	if (v->port.conf.peer_ifindex && !(v->link.flags & IFF_PROMISC) && !v->link.promisc)
		say(array, "the interface is not promiscuous: the wire loses frames");
	return array;
}

static json_t *tally_json(struct xdpq_tally tally)
{
	return json_pack("{s:I, s:I}", "packets", (json_int_t)tally.packets,
			 "bytes", (json_int_t)tally.bytes);
}

static json_t *counters_json(const struct xdpq_port *state)
{
	struct xdpq_tally sent = port_sent(state), drops = port_drops(state);
	json_t *object = tally_json(sent);

	json_object_set_new(object, "drops", json_integer(drops.packets));
	json_object_set_new(object, "overlimits", json_integer(state->overlimits));
	json_object_set_new(object, "requeues", json_integer(state->requeues));
	json_object_set_new(object, "backlog", json_integer(state->backlog));
	json_object_set_new(object, "qlen", json_integer(state->qlen));
	json_object_set_new(object, "received", tally_json(port_received(state)));
	json_object_set_new(object, "duplicated", tally_json(state->duplicated));
	json_object_set_new(object, "in_driver", tally_json(port_in_driver(state)));
	json_object_set_new(object, "cut_through", json_integer(state->cut_through));
	json_object_set_new(object, "carried", json_integer(state->carried));
	json_object_set_new(object, "pumped", json_integer(state->pumped));
	json_object_set_new(object, "passed", json_integer(state->passed));
	return object;
}

static json_t *drops_json(const struct xdpq_port *state)
{
	json_t *object = json_object();

	for (int i = 0; i < XDPQ_DROP_REASONS; i++)
		json_object_set_new(object, port_drop_name(i), tally_json(state->drops[i]));
	return object;
}

static json_t *pump_json(const struct xdpq_port *state)
{
	bool alive = pump_alive(state);

	return json_pack("{s:I, s:b, s:b}", "pid", (json_int_t)(alive ? state->pump_pid : 0),
			 "running", alive, "stopped", alive && pump_stopped(state));
}

static json_t *store_json(const struct conf *conf)
{
	return json_pack("{s:I, s:I, s:I}", "slots", (json_int_t)conf->slots,
			 "frame_bytes", (json_int_t)conf->frame,
			 "memory_bytes", (json_int_t)conf->memory);
}

static const char *peer_name(const struct view *v, char name[IFNAMSIZ])
{
	struct link peer;

	*name = 0;
	if (v->port.conf.peer_ifindex && !link_by_index(v->port.conf.peer_ifindex, &peer))
		memcpy(name, peer.name, IFNAMSIZ);
	return name;
}

/* The scheduler that is to follow; empty if none is. On the way to sched none stands a queue. */
static json_t *heir_json(const struct view *v)
{
	struct errors quiet = { .quiet = true };
	bool transit = v->port.conf.transit;
	json_t *name = NULL;
	struct port heir;

	if (!port_open_heir(&quiet, &v->port, &heir)) {
		transit |= heir.conf.transit;
		name = json_text(heir.conf.sched);
		port_close(&heir);
	}
	if (!transit)
		return name ? name : json_string("");
	json_decref(name);
	return json_string("none");
}

static json_t *derived_json(const struct view *v)
{
	const struct schema *schema = &v->port.schema;
	json_t *array = json_array();

	json_derived(array, &schema->sched, v->config.sched, v->config.sched_given);
	json_derived(array, &schema->port, &v->config.port, v->config.port_given);
	return array;
}

static json_t *port_json(const struct view *v)
{
	const struct schema *schema = &v->port.schema;
	bool draining = v->state.state == XDPQ_PORT_DRAINING;
	char peer[IFNAMSIZ];
	json_t *object = json_object();

	json_object_set_new(object, "ifname", json_string(v->link.name));
	json_object_set_new(object, "ifindex", json_integer(v->port.ifindex));
	json_object_set_new(object, "state", json_string(draining ? "draining" : "running"));
	json_object_set_new(object, "mode",
			    json_string(v->port.conf.peer_ifindex ? "wire" : "route"));
	json_object_set_new(object, "peer", json_string(peer_name(v, peer)));
	json_object_set_new(object, "sched", json_text(v->port.conf.sched));
	json_object_set_new(object, "heir", heir_json(v));
	json_object_set_new(object, "attached_as", json_text(v->port.conf.args));
	json_object_set_new(object, "parameters", json_fields(&schema->sched, v->config.sched));
	json_object_set_new(object, "port", json_fields(&schema->port, &v->config.port));
	json_object_set_new(object, "derived", derived_json(v));
	json_object_set_new(object, "counters", counters_json(&v->state));
	json_object_set_new(object, "drops", drops_json(&v->state));
	json_object_set_new(object, "sojourn", histogram_json(&v->state));
	json_object_set_new(object, "scheduler", json_fields(&schema->counters, v->counters));
	json_object_set_new(object, "store", store_json(&v->port.conf));
	json_object_set_new(object, "pump", pump_json(&v->state));
	json_object_set_new(object, "tx_error",
			    json_string(v->state.tx_error ? strerror(-v->state.tx_error) : ""));
	json_object_set_new(object, "suspended", suspended(v));
	json_object_set_new(object, "warnings", warnings(v));
	return object;
}

static void read_counters(struct view *v)
{
	const struct schema *schema = &v->port.schema;
	uint32_t size = schema->counters_offset + schema->counters.size;
	char *state = schema->counters.size ? port_map(&v->port, "state", size) : NULL;

	if (!state)
		return;
	memcpy(v->counters, state + schema->counters_offset, schema->counters.size);
	munmap(state, size);
}

static int count_ports(const struct shared *shared)
{
	int count = 0;

	for (uint32_t i = 1; i < XDPQ_MAX_PORTS; i++)
		count += shared->ports[i].state != XDPQ_PORT_FREE;
	return count;
}

static int look(struct errors *e, const struct shared *shared, uint32_t ifindex, struct view *v)
{
	int err = port_open(e, shared->cookie, ifindex, &v->port);

	if (err)
		return err < 0 ? -1 : port_absent(e, &v->port);
	if (link_by_index(ifindex, &v->link) || port_config(e, &v->port, &v->config)) {
		port_close(&v->port);
		return 1;
	}
	shared_snapshot(shared, v->port.conf.number, &v->state);
	v->alone = count_ports(shared) == 1;
	read_counters(v);
	return 0;
}

struct gather {
	struct errors *e;
	struct shared shared;
	bool words;		/* for text, which has parameters and counters as words */
	json_t *array;
};

/* A port that can't be read is reported, and the others shown all the same. */
static int gather_one(uint64_t ifindex, void *arg)
{
	struct gather *g = arg;
	struct view *v = calloc(1, sizeof(*v));
	json_t *object;

	if (v && !look(g->e, &g->shared, ifindex, v)) {
		object = port_json(v);
		if (g->words)
			json_object_set_new(object, "words", words_json(&v->config, v->counters));
		json_array_append_new(g->array, object);
		port_close(&v->port);
	}
	free(v);
	return 0;
}

static int by_ifindex(const void *a, const void *b)
{
	json_int_t x = json_integer_value(json_object_get(*(json_t **)a, "ifindex"));
	json_int_t y = json_integer_value(json_object_get(*(json_t **)b, "ifindex"));

	return (x > y) - (x < y);
}

/* Directories have no order; a reader wants one. */
static json_t *sorted(json_t *array)
{
	size_t count = json_array_size(array);
	json_t **ports = calloc(count + 1, sizeof(*ports)), *result = json_array();

	for (size_t i = 0; ports && i < count; i++)
		ports[i] = json_array_get(array, i);
	if (ports)
		qsort(ports, count, sizeof(*ports), by_ifindex);
	for (size_t i = 0; ports && i < count; i++)
		json_array_append(result, ports[i]);
	free(ports);
	json_decref(array);
	return result;
}

/* NULL if it may not be known. */
static json_t *gather(const struct call *call, uint32_t only)
{
	struct gather g = {
		.e = call->errors,
		.words = !call->options->json,
		.array = json_array(),
	};
	int err;

	/* With the lock: an attach or a detach halfway would look like a fault. */
	err = shared_lock(call->errors, call->options->cookie, &g.shared);
	if (err < 0) {
		json_decref(g.array);
		return NULL;
	}
	if (err)
		return g.array;
	if (only)
		gather_one(only, &g);
	else
		pins_each_number(g.shared.dir, gather_one, &g);
	shared_close(&g.shared);
	return sorted(g.array);
}

static int print(const struct call *call, json_t *ports)
{
	json_t *document;

	if (!call->options->json) {
		show_text(call->options, ports);
		json_decref(ports);
		return 0;
	}
	document = json_document();
	json_object_set_new(document, "ports", ports);
	return json_print(call, document);
}

int cmd_show(const struct call *call)
{
	struct errors *e = call->errors;
	struct link link = {};
	json_t *ports;
	int there;

	if (call->argc > 1)
		return fail(e, EXIT_CODE_USAGE, "unexpected word \"%s\"; xdpq show [DEV]",
			    call->argv[1]);
	if (call->argc) {
		errors_context(e, "show %s", call->argv[0]);
		if (device_find(e, call->argv[0], &link))
			return -1;
	}
	there = pins_open(e, false);
	if (there < 0)
		return -1;
	if (!there)
		remove_gone(e, call->options->cookie);
	ports = there ? json_array() : gather(call, link.ifindex);
	if (!ports)
		return -1;
	if (call->argc && !json_array_size(ports)) {
		json_decref(ports);
		return e->code ? -1 : port_missing(e);
	}
	return print(call, ports) || e->code ? -1 : 0;
}
