/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/request.h>
#include <xdpq/units.h>

#define MAX_TIMEOUT 60000000000LL
#define PEER " peer "

const char *request_name(const struct request *r)
{
	return r->kind == REQUEST_ATTACH ? "attach" : "replace";
}

int request_timeout(struct errors *e, const char *text, int64_t *timeout)
{
	const char *why;

	if (unit_parse(UNIT_TIME, text, 0, timeout, &why))
		return fail(e, EXIT_CODE_USAGE, "timeout: \"%s\" %s (0s..60s)", text, why);
	if (*timeout > MAX_TIMEOUT)
		return fail(e, EXIT_CODE_USAGE, "timeout: \"%s\" is out of range (0s..60s)", text);
	return 0;
}

static int add_args(struct errors *e, struct request *r, const char *word)
{
	size_t used = strlen(r->args), len = strlen(word);

	if (used + (used > 0) + len >= sizeof(r->args))
		return fail(e, EXIT_CODE_USAGE,
			    "the words are too long together: more than %d bytes",
			    CONF_ARGS_SIZE - 1);
	if (used)
		r->args[used++] = ' ';
	memcpy(r->args + used, word, len + 1);
	return 0;
}

static int add_pair(struct errors *e, struct request *r, const char *name, const char *value)
{
	if (r->count + 2 > (int)(sizeof(r->pairs) / sizeof(r->pairs[0])))
		return fail(e, EXIT_CODE_USAGE, "too many parameters");
	r->pairs[r->count++] = name;
	if (value)
		r->pairs[r->count++] = value;
	return add_args(e, r, name) || (value && add_args(e, r, value)) ? -1 : 0;
}

static int take_peer(struct errors *e, struct request *r, const char *value)
{
	if (!value)
		return fail(e, EXIT_CODE_USAGE, "peer: the interface is missing");
	if (r->peer)
		return fail(e, EXIT_CODE_USAGE, "peer: given twice");
	r->peer = value;
	return add_args(e, r, "peer") || add_args(e, r, value) ? -1 : 0;
}

static int take_timeout(struct errors *e, struct request *r, const char *value)
{
	if (!value)
		return fail(e, EXIT_CODE_USAGE, "timeout: the value is missing");
	return request_timeout(e, value, &r->timeout);
}

static int take_pair(struct errors *e, struct request *r, const char *name, const char *value)
{
	if (r->kind == REQUEST_ATTACH && !strcmp(name, "peer"))
		return take_peer(e, r, value);
	if (r->kind == REQUEST_REPLACE && !strcmp(name, "timeout"))
		return take_timeout(e, r, value);
	return add_pair(e, r, name, value);
}

int request_parse(const struct call *call, enum request_kind kind, struct request *r)
{
	struct errors *e = call->errors;
	int err;

	*r = (struct request){ .kind = kind, .timeout = DRAIN_TIMEOUT };
	if (call->argc < 1)
		return fail(e, EXIT_CODE_USAGE, "the interface is missing: xdpq %s DEV sched NAME",
			    request_name(r));
	r->dev = call->argv[0];
	errors_context(e, "%s %s", request_name(r), r->dev);
	if (call->argc > 1 && strcmp(call->argv[1], "sched"))
		return fail(e, EXIT_CODE_USAGE,
			    "the word sched is missing before \"%s\": xdpq %s %s sched NAME",
			    call->argv[1], request_name(r), r->dev);
	if (call->argc < 3)
		return fail(e, EXIT_CODE_USAGE,
			    "the scheduler is missing: xdpq %s %s sched NAME; "
			    "`xdpq sched list` names them", request_name(r), r->dev);
	r->sched = call->argv[2];
	err = add_args(e, r, "sched") || add_args(e, r, r->sched);
	for (int i = 3; i < call->argc && !err; i += 2)
		err = take_pair(e, r, call->argv[i], i + 1 < call->argc ? call->argv[i + 1] : NULL);
	return err ? -1 : 0;
}

int request_open(struct errors *e, const struct request *r, const char *dev, uint64_t link_rate,
		 struct scheduler *sched, struct config *config)
{
	errors_context(e, "%s %s: sched %s", request_name(r), dev, r->sched);
	if (scheduler_open(e, r->sched, sched))
		return -1;
	config_init(config, &sched->schema, sched->name);
	config->link_rate = link_rate;
	if (!config_parse(e, config, r->count, (char **)r->pairs, false))
		return 0;
	scheduler_close(sched);
	return -1;
}

int request_check(struct errors *e, const struct request *r, uint64_t link_rate)
{
	struct scheduler sched;
	struct config config;

	if (request_open(e, r, r->dev, link_rate, &sched, &config))
		return -1;
	scheduler_close(&sched);
	return 0;
}

static bool is_given(const struct request *r, const char *name)
{
	for (int i = 0; i < r->count; i += 2)
		if (!strcmp(r->pairs[i], name))
			return true;
	return false;
}

/* Copies a word to where it lives as long as the request. */
static const char *keep_word(struct request *r, size_t *used, const char *word)
{
	size_t size = strlen(word) + 1;
	char *copy = r->kept + *used;

	if (*used + size > sizeof(r->kept))
		return NULL;
	memcpy(copy, word, size);
	*used += size;
	return copy;
}

static int keep_field(struct errors *e, struct request *r, size_t *used, const struct field *field,
		      const void *data)
{
	char text[FIELD_TEXT_SIZE];
	const char *name, *value;

	field_print(field, data, text);
	name = keep_word(r, used, field->name);
	value = keep_word(r, used, text);
	if (!name || !value)
		return fail(e, EXIT_CODE_FAILED, "too many port options to keep");
	return add_pair(e, r, name, value);
}

int request_keep(struct errors *e, struct request *r, const struct config *running,
		 const char *attached_as)
{
	const struct field_set *set = &running->schema->port;
	const char *peer = strstr(attached_as, PEER);
	size_t used = 0;
	int err = 0;

	for (uint32_t i = 0; i < set->count && !err; i++)
		if (running->port_given >> i & 1 && !is_given(r, set->fields[i].name))
			err = keep_field(e, r, &used, &set->fields[i], &running->port);
	if (!err && peer) {
		char name[IFNAMSIZ] = "";

		sscanf(peer + strlen(PEER), "%15s", name);
		err = add_args(e, r, "peer") || add_args(e, r, name);
	}
	return err ? -1 : 0;
}
