/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/summary.h>

#define FIRST_ROOM 64
#define BITS_PER_NS 8e9

int summary_init(struct errors *e, struct summary *s)
{
	memset(s, 0, sizeof(*s));
	s->table_size = 2 * FIRST_ROOM;
	s->room = FIRST_ROOM;
	s->flows = calloc(s->room, sizeof(*s->flows));
	s->table = calloc(s->table_size, sizeof(*s->table));
	if (s->flows && s->table)
		return 0;
	summary_free(s);
	return fail_errno(e, ENOMEM, "the summary");
}

void summary_free(struct summary *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		free(s->flows[i].name);
	free(s->flows);
	free(s->table);
	memset(s, 0, sizeof(*s));
}

/* FNV-1a. */
static uint32_t hash(const char *name)
{
	uint32_t h = 0x811c9dc5;

	while (*name)
		h = (h ^ (unsigned char)*name++) * 0x01000193;
	return h;
}

/* The place of the name in the table, or where it would be. */
static uint32_t *find_place(const struct summary *s, const char *name)
{
	uint32_t at = hash(name);

	for (;; at++) {
		uint32_t *place = &s->table[at & (s->table_size - 1)];

		if (!*place || !strcmp(s->flows[*place - 1].name, name))
			return place;
	}
}

static int grow(struct errors *e, struct summary *s)
{
	uint32_t room = 2 * s->room;
	struct summary_flow *flows = realloc(s->flows, room * sizeof(*flows));
	uint32_t *table = calloc(2 * room, sizeof(*table));

	if (flows)
		s->flows = flows;
	if (!flows || !table) {
		free(table);
		return fail_errno(e, ENOMEM, "%u flows", room);
	}
	free(s->table);
	s->table = table;
	s->table_size = 2 * room;
	s->room = room;
	for (uint32_t i = 0; i < s->count; i++)
		*find_place(s, s->flows[i].name) = i + 1;
	return 0;
}

int64_t summary_find(struct errors *e, struct summary *s, const char *name)
{
	uint32_t *place = find_place(s, name);
	struct summary_flow *flow;

	if (!*place && s->count >= SUMMARY_MAX_FLOWS - 1) {
		name = "other";
		place = find_place(s, name);
	}
	if (*place)
		return *place - 1;
	if (s->count == s->room) {
		if (grow(e, s))
			return -1;
		place = find_place(s, name);
	}
	flow = &s->flows[s->count];
	memset(flow, 0, sizeof(*flow));
	flow->name = strdup(name);
	if (!flow->name)
		return fail_errno(e, ENOMEM, "flow %s", name);
	*place = ++s->count;
	return *place - 1;
}

static void tally(struct xdpq_tally *t, uint32_t len)
{
	t->packets++;
	t->bytes += len;
}

static void arrival(struct summary_flow *flow, uint32_t len, uint64_t at)
{
	if (!flow->in.packets)
		flow->first = at;
	tally(&flow->in, len);
}

void summary_arrival(struct summary *s, uint32_t flow, uint32_t len, uint64_t at)
{
	arrival(&s->flows[flow], len, at);
	arrival(&s->total, len, at);
}

static void end(struct summary_flow *flow, const struct fate *fate, uint64_t wire)
{
	if (fate->duplicate)
		tally(&flow->duplicated, fate->len);
	if (fate->end == FATE_DROPPED) {
		tally(&flow->dropped, fate->len);
		return;
	}
	tally(&flow->sent, fate->len);
	flow->marked += fate->marked;
	flow->last = fate->ended;
	flow->last_wire = wire;
	histogram_add(&flow->delays, fate->ended - fate->arrived);
}

void summary_end(struct summary *s, const struct fate *fate, uint64_t wire)
{
	end(&s->flows[fate->flow], fate, wire);
	end(&s->total, fate, wire);
	if (fate->end == FATE_DROPPED)
		tally(&s->drops[fate->reason], fate->len);
}

double summary_throughput(const struct summary_flow *flow)
{
	uint64_t time = flow->last + flow->last_wire - flow->first;

	return flow->sent.packets && time ? flow->sent.bytes * BITS_PER_NS / time : -1;
}

double summary_jain(const struct summary *s)
{
	double sum = 0, squares = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		double bytes = s->flows[i].sent.bytes;

		sum += bytes;
		squares += bytes * bytes;
	}
	return squares > 0 ? sum * sum / (s->count * squares) : -1;
}
