/* SPDX-License-Identifier: GPL-2.0-only */
#include "cmocka_all.h"
#include "model.h"

struct model model;

void model_start(const struct harness_opts *opts, const struct model_policy *policy, __u64 rate)
{
	memset(&model, 0, sizeof(model));
	model.policy = policy;
	model.link = (struct link){ .rate = rate, .burst = 1, .frame = opts->slot_size };
	model.clock = link_clock(&model.link);
	play_start(&model.p, opts);
	for (int copy = 0; copy < 2; copy++)
		harness_set_link(&model.p.h, copy, &model.link);
}

void model_push(const struct model_packet *packet)
{
	assert_true(model.len < MODEL_MAX);
	model.waiting[model.len++] = *packet;
	model.bytes += packet->len;
}

struct model_packet model_take(__u32 i)
{
	struct model_packet packet = model.waiting[i];

	assert_true(i < model.len);
	model.len--;
	model.bytes -= packet.len;
	memmove(&model.waiting[i], &model.waiting[i + 1],
		(model.len - i) * sizeof(model.waiting[0]));
	return packet;
}

void model_drop(const struct model_packet *packet, enum xdpq_drop reason)
{
	model.drops[reason].packets++;
	model.drops[reason].bytes += packet->len;
}

static __u64 now(void)
{
	return harness_time(&model.p.h);
}

static bool link_free(void)
{
	return now() >= link_meter_free_at(&model.meter, &model.clock);
}

static void compare_drops(void)
{
	for (int i = 0; i < XDPQ_DROP_REASONS; i++) {
		assert_int_equal(model.p.h.port->drops[i].packets, model.drops[i].packets);
		assert_int_equal(model.p.h.port->drops[i].bytes, model.drops[i].bytes);
	}
}

static void compare(__u32 left, const struct model_packet *expected)
{
	if (left != expected->id)
		fail_msg("frame %u left instead of %u, with %u waiting", left, expected->id,
			 model.len);
	if (left) {
		link_meter_charge(&model.meter, &model.clock, now(), expected->len);
		harness_flush(&model.p.h);
	}
	assert_int_equal(*model.p.h.queue.qlen, model.len);
	assert_int_equal(*model.p.h.queue.backlog, model.bytes);
	compare_drops();
	if (model.policy->compare)
		model.policy->compare();
}

/* What leaves now, if something does. */
static struct model_packet release(void)
{
	struct model_packet packet = {};

	if (!model.len || !link_free() || !model.policy->dequeue(now(), &packet))
		packet.id = 0;
	return packet;
}

static struct model_packet expect_arrival(const struct model_packet *packet)
{
	if (model.len || !link_free()) {
		model.policy->enqueue(packet);
		return release();
	}
	if (model.policy->cut_through)
		model.policy->cut_through(packet);
	return *packet;
}

__u32 model_arrive(__u32 len, __u64 word)
{
	__u32 left = play_arrive_word(&model.p, len, word);
	struct model_packet expected, packet = {
		.id = model.p.last_id,
		.len = len,
		.word = word,
		.arrived = now(),
	};

	expected = expect_arrival(&packet);
	compare(left, &expected);
	return left;
}

__u32 model_pump(void)
{
	__u32 left = play_pump(&model.p);
	struct model_packet expected = release();

	compare(left, &expected);
	return left;
}

void model_wait(__u64 ns)
{
	play_wait(&model.p, ns);
}

void model_wait_for_link(void)
{
	if (!link_free())
		harness_set_time(&model.p.h, link_meter_free_at(&model.meter, &model.clock));
}

__u32 model_leave_next(void)
{
	model_wait_for_link();
	return model_pump();
}

void model_set(const char *name, __u64 value)
{
	char path[64];

	snprintf(path, sizeof(path), "copy[%d].sched.%s", !model.active, name);
	harness_set(&model.p.h, path, value);
}

void model_flip(void)
{
	model.active = !model.active;
	harness_set(&model.p.h, "active", model.active);
}

static void change_target(void)
{
	static const __u32 targets[] = { 0, 1, 3, 20, 100, MODEL_MAX };

	model.target = targets[random_below(COUNT(targets))];
}

void model_random_step(__u32 len, __u64 word)
{
	bool more = model.len < model.target;

	if (random_one_in(300))
		change_target();
	if (random_one_in(5))
		more = !more;
	/* Without time passing, what is due now stays in the queue. */
	if (!more || random_one_in(10))
		model_wait_for_link();
	if (more)
		model_arrive(len, word);
	else
		model_pump();
	if (random_one_in(500))
		harness_check(&model.p.h);
}

void model_end(void)
{
	__u32 rounds = MODEL_MAX + 1;

	while (model.len) {
		__u32 before = model.len;

		model_wait_for_link();
		model_pump();
		harness_check(&model.p.h);
		/* Something leaves, or at least is dropped, with every call. */
		assert_true(rounds-- && model.len < before);
	}
	assert_int_equal(model_pump(), 0);
	assert_true(model.p.h.port->due == XDPQ_NEVER);
	play_end(&model.p);
}
