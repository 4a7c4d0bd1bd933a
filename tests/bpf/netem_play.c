/* SPDX-License-Identifier: GPL-2.0-only */
#include "cmocka_all.h"
#include "netem_play.h"

/* A busy link and a packet that is not due may each take one visit in vain. */
#define VISITS 3

void netem_start(struct netem_play *n)
{
	struct harness_opts opts = {
		.object = "netem",
		.slots = NETEM_SLOTS,
		.slot_size = 256,
	};

	memset(n, 0, sizeof(*n));
	play_start(&n->p, &opts);
	netem_set(n, "limit", NETEM_LIMIT);
}

void netem_end(struct netem_play *n)
{
	play_end(&n->p);
}

void netem_set(struct netem_play *n, const char *name, __u64 value)
{
	char path[64];

	snprintf(path, sizeof(path), "copy[%d].sched.%s", n->active, name);
	harness_set(&n->p.h, path, value);
}

void netem_flip(struct netem_play *n)
{
	n->active = !n->active;
	harness_set(&n->p.h, "active", n->active);
}

__u64 netem_now(const struct netem_play *n)
{
	return harness_time(&n->p.h);
}

__u64 netem_counter(const struct netem_play *n, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "xdpq_counters.%s", name);
	return harness_get(&n->p.h, path);
}

/* What left has to be what the model says, and due. */
static __u32 leave(struct netem_play *n, __u32 id, bool must)
{
	const struct netem_waiting *first = netem_model_first(&n->model);

	if (id && (!first || first->id != id || first->time > netem_now(n)))
		fail_msg("%u left at %llu instead of %u, due at %llu", id, netem_now(n),
			 first ? first->id : 0, first ? first->time : 0);
	if (!id && must && first && first->time <= netem_now(n))
		fail_msg("%u, due at %llu, has not left at %llu", first->id, first->time,
			 netem_now(n));
	if (id) {
		netem_model_pop(&n->model);
		harness_flush(&n->p.h);
	}
	assert_int_equal(n->model.len, *n->p.h.queue.qlen);
	return id;
}

static __u32 spare_slot(const struct harness *h)
{
	return *(__u32 *)((char *)h->spare_map.base + h->cpu * h->spare_stride);
}

/* The slots that the next packet and its copy will be stored in. */
static void foresee_slots(const struct harness *h, __u32 ids[2])
{
	__u32 spare = spare_slot(h), free = *h->queue.free, fresh = *h->queue.fresh;

	/* A CPU without a spare slot has not stored anything yet. */
	assert_true(spare || !free);
	ids[0] = spare ? spare : fresh + 1;
	ids[1] = free ? free : spare ? fresh + 1 : fresh + 2;
}

__u32 netem_arrive(struct netem_play *n, __u32 len, bool must)
{
	struct harness *h = &n->p.h;
	__u32 before = *h->queue.qlen, slots[2], left;

	foresee_slots(h, slots);
	left = play_arrive(&n->p, len);
	n->accepted = *h->queue.qlen + !!left - before;
	assert_in_range(n->accepted, 0, 2);
	for (__u32 i = 0; i < n->accepted; i++) {
		n->times[i] = harness_slot(h, slots[i])->rank;
		netem_model_push(&n->model, n->p.last_id, netem_now(n), n->times[i]);
	}
	return leave(n, left, must);
}

__u32 netem_pump(struct netem_play *n, bool must)
{
	return leave(n, play_pump(&n->p), must);
}

__u32 netem_next(struct netem_play *n)
{
	__u32 id = 0;

	for (int i = 0; !id && i < VISITS && play_wait_due(&n->p); i++)
		id = netem_pump(n, false);
	if (!id && n->model.len)
		fail_msg("%u packets wait, and none leaves", n->model.len);
	return id;
}
