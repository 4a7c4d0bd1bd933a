/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <stddef.h>
#include <string.h>

#include <xdpq/linkclock.h>
#include <xdpq/config.h>
#include <xdpq/near.h>
#include <xdpq/rcu.h>

/* Preamble, gap and FCS of a physical link, which its rate has to pay for. */
#define PHYSICAL_OVERHEAD 24

/* Packets that a scheduler without a parameter "limit" gets room for. */
#define DEFAULT_SLOTS 1000

struct validate {
	struct xdpq_validate v;
	unsigned char sched[SCHEMA_MAX_SIZE];	/* the scheduler's parameters */
};

static void set_defaults(const struct field_set *set, void *data, uint64_t given)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (!(given >> i & 1))
			field_put_default(&set->fields[i], data);
}

void config_init(struct config *config, const struct schema *schema, const char *sched_name)
{
	memset(config, 0, sizeof(*config));
	config->schema = schema;
	config->sched_name = sched_name;
	set_defaults(&schema->port, &config->port, 0);
	set_defaults(&schema->sched, config->sched, 0);
}

/* Where a named parameter lives. */
struct place {
	const struct field *field;
	void *data;
	uint64_t *given;
	uint64_t bit;
};

static bool find_place(struct config *config, const char *name, struct place *place)
{
	struct { const struct field_set *set; void *data; uint64_t *given; } sets[] = {
		{ &config->schema->sched, config->sched, &config->sched_given },
		{ &config->schema->port, &config->port, &config->port_given },
	};

	for (size_t i = 0; i < 2; i++) {
		place->field = field_find(sets[i].set, name);
		if (!place->field)
			continue;
		place->data = sets[i].data;
		place->given = sets[i].given;
		place->bit = 1ULL << (place->field - sets[i].set->fields);
		return true;
	}
	return false;
}

static int unknown_parameter(struct errors *e, const struct config *config, const char *name)
{
	const struct field_set *sets[] = { &config->schema->sched, &config->schema->port };
	const char *names[2 * SCHEMA_MAX_FIELDS + 1], *near;
	size_t count = 0;

	for (size_t s = 0; s < 2; s++)
		for (uint32_t i = 0; i < sets[s]->count; i++)
			names[count++] = sets[s]->fields[i].name;
	if (!count)
		return fail(e, EXIT_CODE_USAGE, "unknown parameter \"%s\": without a queue "
			    "there are none; fifo has them", name);
	near = nearest(name, names, count);
	if (near)
		return fail(e, EXIT_CODE_USAGE, "unknown parameter \"%s\"; did you mean %s?", name,
			    near);
	return fail(e, EXIT_CODE_USAGE, "unknown parameter \"%s\"; `xdpq sched show %s` names them",
		    name, config->sched_name);
}

static int parse_pair(struct errors *e, struct config *config, const char *name, const char *text,
		      bool running, uint64_t seen[2])
{
	struct place place;
	uint64_t *once;

	if (!find_place(config, name, &place))
		return unknown_parameter(e, config, name);
	once = &seen[place.given == &config->port_given];
	if (*once & place.bit)
		return fail(e, EXIT_CODE_USAGE, "%s: given twice", name);
	*once |= place.bit;
	if (!text)
		return fail(e, EXIT_CODE_USAGE, "%s: the value is missing", name);
	if (running && place.field->kind == FIELD_FIXED)
		return fail(e, EXIT_CODE_USAGE,
			    "%s: fixes memory and cannot change on a running port: "
			    "xdpq replace sets it anew", name);
	if (!strcmp(text, "auto")) {
		*place.given &= ~place.bit;
		field_put_default(place.field, place.data);
		return 0;
	}
	if (field_parse(e, place.field, text, config->link_rate, place.data))
		return -1;
	*place.given |= place.bit;
	return 0;
}

int config_parse(struct errors *e, struct config *config, int argc, char **argv, bool running)
{
	uint64_t seen[2] = { 0, 0 };
	int err = 0;

	for (int i = 0; i < argc; i += 2)
		err |= parse_pair(e, config, argv[i], i + 1 < argc ? argv[i + 1] : NULL,
				  running, seen);
	return err ? -1 : 0;
}

static int check_required(struct errors *e, const struct field_set *set, uint64_t given)
{
	int err = 0;

	for (uint32_t i = 0; i < set->count; i++)
		if (set->fields[i].required && !(given >> i & 1))
			err = fail(e, EXIT_CODE_USAGE, "%s: is required", set->fields[i].name);
	return err;
}

/* What a validate program derived has to be in range like what a user gave. */
static int check_ranges(struct errors *e, const struct field_set *set, const void *data)
{
	int err = 0;

	for (uint32_t i = 0; i < set->count; i++)
		err |= field_check(e, &set->fields[i], data);
	return err;
}

static int run_validate(struct errors *e, struct config *config, int prog)
{
	struct validate ctx = { .v = {
		.port = config->port,
		.given = config->sched_given,
		.frame = config->frame,
	} };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx,
		    .ctx_size_in = offsetof(struct validate, sched) + config->schema->sched.size);
	int err;

	memcpy(ctx.sched, config->sched, config->schema->sched.size);
	err = bpf_prog_test_run_opts(prog, &opts);
	if (err)
		return fail_errno(e, -err, "running the object's xdpq_validate");
	ctx.v.param[sizeof(ctx.v.param) - 1] = 0;
	ctx.v.reason[sizeof(ctx.v.reason) - 1] = 0;
	if (*ctx.v.reason)
		return fail(e, EXIT_CODE_USAGE, "%s: %s", ctx.v.param, ctx.v.reason);
	memcpy(config->sched, ctx.sched, config->schema->sched.size);
	if (ctx.v.slots)
		config->slots = ctx.v.slots;
	return 0;
}

bool config_chosen(const struct config *config, const char *name)
{
	const struct field_set *set = &config->schema->port;
	const struct field *field = field_find(set, name);

	return field && config->port_given >> (field - set->fields) & 1;
}

/* Packets the scheduler may hold by its own limit; 0 if it has no such limit. */
static uint32_t limit_of(const struct config *config)
{
	const struct field *limit = field_find(&config->schema->sched, "limit");

	if (!limit || limit->unit != UNIT_PACKETS || limit->count != 1)
		return 0;
	return field_get(limit, config->sched, 0);
}

static int too_few_slots(struct errors *e, uint32_t needed, uint32_t slots, bool running)
{
	if (running)
		return fail(e, EXIT_CODE_USAGE,
			    "limit: %u is more than the %u slots this port has: "
			    "xdpq replace can make more",
			    needed, slots);
	return fail(e, EXIT_CODE_USAGE, "slots: %u are fewer than limit %u", slots, needed);
}

/* `derived`: what the object's xdpq_validate asked for, 0 if it did not. */
static int settle_slots(struct errors *e, struct config *config, uint32_t derived, bool running)
{
	bool chosen = config_chosen(config, "slots");
	uint32_t limit = limit_of(config);
	uint32_t needed = derived ? derived : limit ? limit : DEFAULT_SLOTS;

	if (!running)
		config->slots = chosen ? config->port.slots : needed;
	config->port.slots = config->slots;
	if (limit > config->slots)
		return too_few_slots(e, limit, config->slots, running);
	/* Bytes are another matter: who chose the slots may expect queues of short packets. */
	if (running && !chosen && derived > config->slots)
		return too_few_slots(e, derived, config->slots, running);
	return 0;
}

/*
 * On a physical link without a rate the clock runs at the link's own speed, lest the
 * backlog stand in the TX ring, out of the scheduler's hands.
 */
static void rate_of_link(struct config *config)
{
	if (config->port.rate || !config->link_rate)
		return;
	config->port.rate = config->link_rate;
	if (!config_chosen(config, "overhead"))
		config->port.overhead = PHYSICAL_OVERHEAD;
}

static int check_peakrate(struct errors *e, const struct config *config)
{
	const struct xdpq_port_params *port = &config->port;
	char rate[UNIT_TEXT_SIZE], peak[UNIT_TEXT_SIZE];

	if (!port->peakrate || port->peakrate >= port->rate || !config_chosen(config, "rate"))
		return 0;
	unit_print(UNIT_RATE, port->rate, rate);
	unit_print(UNIT_RATE, port->peakrate, peak);
	return fail(e, EXIT_CODE_USAGE, "peakrate: %s is less than rate %s", peak, rate);
}

int config_finish(struct errors *e, struct config *config, int validate, bool running)
{
	const struct schema *schema = config->schema;
	uint32_t have = config->slots;
	int err;

	if (!schema->has_config)
		return 0;
	/* What was derived before is derived anew. */
	set_defaults(&schema->port, &config->port, config->port_given);
	set_defaults(&schema->sched, config->sched, config->sched_given);
	err = check_required(e, &schema->sched, config->sched_given) |
	      check_peakrate(e, config);
	rate_of_link(config);
	clock_derive(&config->port, config->frame, &config->clock);
	config->slots = 0;
	if (validate >= 0 && run_validate(e, config, validate))
		return -1;
	err |= check_ranges(e, &schema->sched, config->sched);
	uint32_t validated = config->slots;

	config->slots = have;
	return err | settle_slots(e, config, validated, running);
}

static void write_copy(const struct config *config, void *data, uint32_t which)
{
	const struct schema *schema = config->schema;
	char *copy = (char *)data + schema->copy_offset + which * schema->copy_size;

	memcpy(copy + schema->port_offset, &config->port, sizeof(config->port));
	memcpy(copy + schema->clock_offset, &config->clock, sizeof(config->clock));
	memcpy(copy + schema->sched_offset, config->sched, schema->sched.size);
}

void config_write(const struct config *config, void *data)
{
	write_copy(config, data, 0);
	write_copy(config, data, 1);
}

static uint32_t *active_index(const struct config *config, const void *data)
{
	return (uint32_t *)((char *)data + config->schema->active_offset);
}

void config_flip(const struct config *config, void *data)
{
	uint32_t *active = active_index(config, data);
	uint32_t passive = !(*active & 1);

	write_copy(config, data, passive);
	__atomic_store_n(active, passive, __ATOMIC_RELEASE);
	/* The next change writes the copy that packets may still be reading. */
	rcu_wait();
}

void config_read(struct config *config, const void *data)
{
	const struct schema *schema = config->schema;
	uint32_t which = *active_index(config, data) & 1;
	const char *copy = (const char *)data + schema->copy_offset + which * schema->copy_size;

	memcpy(&config->port, copy + schema->port_offset, sizeof(config->port));
	memcpy(&config->clock, copy + schema->clock_offset, sizeof(config->clock));
	memcpy(config->sched, copy + schema->sched_offset, schema->sched.size);
	config->slots = config->port.slots;
}
