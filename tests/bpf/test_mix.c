/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything at once and at random, for every scheduler: arrivals, pump, small
 * carriers, other servers, full rings, links down, locks held, changes. After each
 * step all packets and all slots must be accounted for, and what leaves must be what came.
 */
#include "cmocka_all.h"
#include "marked.h"
#include "play.h"

#define STEPS 25000		/* for each scheduler */
#define SLOTS 48
#define SLOT_SIZE 1514
#define MARK 0xdd
#define MS 1000000ULL
#define FLUSH_TIMEOUT (100 * MS)

enum order {
	ORDER_NONE,
	ORDER_ARRIVAL,
	ORDER_TWINS,	/* each id up to twice */
};

struct subject {
	const char *object;
	enum order order;
	void (*configure)(struct harness *h, int copy);
};

static struct play p;
static struct {
	const struct subject *subject;
	__u32 last;		/* id that left last */
	__u32 *times;		/* that each id has left */
	struct xdpq_tally left;
	int active;
	bool link_up;
} mix;

static void set(struct harness *h, int copy, const char *name, __u64 value)
{
	char path[64];

	snprintf(path, sizeof(path), "copy[%d].sched.%s", copy, name);
	harness_set(h, path, value);
}

static void configure_fifo(struct harness *h, int copy)
{
	set(h, copy, "limit", random_between(1, 60));
	set(h, copy, "bytes", random_one_in(2) ? random_between(100, 30000) : 0);
	set(h, copy, "drop", random_below(2));
}

static void configure_tbf(struct harness *h, int copy)
{
	set(h, copy, "limit", random_between(100, 60000));
}

static void configure_wfq(struct harness *h, int copy)
{
	set(h, copy, "limit", random_between(1, 60));
	set(h, copy, "weights[0]", random_between(1, 1000));
}

static void configure_limit(struct harness *h, int copy)
{
	set(h, copy, "limit", random_between(1, 60));
}

static void configure_prio(struct harness *h, int copy)
{
	__u32 bands = random_between(2, 16);
	char name[32];

	p.shape = marked_shape;
	set(h, copy, "bands", bands);
	set(h, copy, "limit", random_between(1, 20));
	for (int i = 0; i < 72; i++) {
		snprintf(name, sizeof(name), i < 64 ? "priomap[%d]" : "pcpmap[%d]", i % 64);
		set(h, copy, name, random_below(bands));
	}
}

static void configure_edf(struct harness *h, int copy)
{
	char name[32];

	p.shape = marked_shape;
	configure_limit(h, copy);
	set(h, copy, "late", random_below(2));
	for (int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "deadlines[%d]", i);
		set(h, copy, name, random_between(1000, 100 * MS));
	}
}

static void configure_delay(struct harness *h, int copy)
{
	configure_limit(h, copy);
	set(h, copy, "delay", random_below(4 * MS));
}

static void configure_twin(struct harness *h, int copy)
{
	configure_limit(h, copy);
	set(h, copy, "longest", random_between(100, SLOT_SIZE));
}

static void configure_dropper(struct harness *h, int copy)
{
	configure_limit(h, copy);
	set(h, copy, "reason", random_below(3));
	set(h, copy, "patience", random_one_in(2) ? random_below(20 * MS) : 0);
}

/* Copies are left to test_netem: their order is told by nothing here. */
static void configure_netem(struct harness *h, int copy)
{
	configure_delay(h, copy);
	set(h, copy, "jitter", random_below(4 * MS));
	set(h, copy, "distribution", random_below(4));
	set(h, copy, "loss", random_one_in(2) ? random_below(100000000) : 0);
	set(h, copy, "reorder", random_one_in(2) ? random_below(1000000000) : 0);
	set(h, copy, "gap", random_between(1, 4));
}

static void configure_link(struct harness *h, int copy)
{
	struct link link = {
		.rate = random_one_in(4) ? 0 : random_between(10000000, 1000000000),
		.burst = random_between(1000, 10000),
		.overhead = random_below(30),
		.frame = SLOT_SIZE,
	};

	if (link.rate && random_one_in(3))
		link.peakrate = 3 * link.rate;
	harness_set_link(h, copy, &link);
}

static void start(const struct subject *subject)
{
	struct harness_opts opts = {
		.object = subject->object,
		.slots = SLOTS,
		.slot_size = SLOT_SIZE,
	};

	memset(&mix, 0, sizeof(mix));
	mix.subject = subject;
	mix.times = calloc(3 * STEPS + 2, sizeof(*mix.times));
	mix.link_up = true;
	play_start(&p, &opts);
	subject->configure(&p.h, 0);
	configure_link(&p.h, 0);
}

static void expect_order(__u32 id)
{
	__u32 allowed = mix.subject->order == ORDER_TWINS ? 2 : 1;

	if (++mix.times[id] > allowed)
		fail_msg("%s: frame %u left %u times", mix.subject->object, id, mix.times[id]);
	if (mix.subject->order != ORDER_NONE && id < mix.last)
		fail_msg("%s: frame %u left behind frame %u", mix.subject->object, id, mix.last);
	mix.last = id;
}

static void account(__u32 id)
{
	if (id) {
		expect_order(id);
		mix.left.packets++;
		mix.left.bytes += play_len(&p, id);
	}
	assert_int_equal(p.h.port->redirected.packets, mix.left.packets);
	assert_int_equal(p.h.port->redirected.bytes, mix.left.bytes);
}

static __u32 in_bulk(void)
{
	return p.h.port->redirected.packets - p.h.port->flushed.packets;
}

static __u32 random_len(void)
{
	static const __u32 favourites[] = { FRAME_MIN, 60, 64, 1514, 1515, 1600 };

	return random_one_in(4) ? favourites[random_below(COUNT(favourites))] :
				  random_between(FRAME_MIN, SLOT_SIZE);
}

static void step_arrive(void)
{
	__u64 word = random_one_in(3) ? MARK : random_below(MS);

	account(play_arrive_word(&p, random_len(), word));
}

static void step_arrive_small(void)
{
	__u32 len = random_between(FRAME_MIN, 400);

	account(play_arrive_small(&p, len, FRAME_MAX - len - random_below(1000)));
}

static void step_pump(void)
{
	account(play_pump(&p));
}

static void step_pump_small(void)
{
	account(play_pump_small(&p, FRAME_MAX - 64 - random_below(1000)));
}

static void step_wait(void)
{
	play_wait(&p, random_below(random_one_in(20) ? 2 * FLUSH_TIMEOUT : MS / 10));
}

static void step_wait_due(void)
{
	play_wait_due(&p);
}

static void step_flush(void)
{
	if (random_one_in(5))
		harness_flush_ring_full(&p.h, random_below(in_bulk() + 1));
	else
		harness_flush(&p.h);
}

static void step_other_server(void)
{
	if (in_bulk())
		p.h.port->server = p.h.cpu + random_below(2);
}

/* Frames that nobody ever sees at the driver. */
static void step_lost_server(void)
{
	step_arrive();
	if (!in_bulk())
		return;
	p.h.port->server = p.h.cpu + 1;
	for (int i = 0; i < 2; i++) {
		step_arrive();
		play_wait(&p, FLUSH_TIMEOUT + 1);
		step_pump();
	}
}

static void step_lock_held(void)
{
	p.h.port->lock++;
	if (random_one_in(2))
		step_arrive();
	else
		step_pump();
	p.h.port->lock--;
}

static void step_link(void)
{
	mix.link_up = !mix.link_up || !random_one_in(4);
	harness_set_link_up(&p.h, mix.link_up);
}

static void step_change(void)
{
	mix.active = !mix.active;
	mix.subject->configure(&p.h, mix.active);
	configure_link(&p.h, mix.active);
	harness_set(&p.h, "active", mix.active);
}

/* How often, of the sum of all. */
static const struct {
	__u32 weight;
	void (*step)(void);
} steps[] = {
	{ 400, step_arrive },
	{ 30, step_arrive_small },
	{ 200, step_pump },
	{ 20, step_pump_small },
	{ 100, step_wait },
	{ 120, step_wait_due },
	{ 250, step_flush },
	{ 30, step_other_server },
	{ 2, step_lost_server },
	{ 1, step_lock_held },
	{ 10, step_link },
	{ 5, step_change },
};

static void random_step(void)
{
	__u32 sum = 0, i = 0;

	for (size_t n = 0; n < COUNT(steps); n++)
		sum += steps[n].weight;
	for (__u32 at = random_below(sum); at >= steps[i].weight; i++)
		at -= steps[i].weight;
	steps[i].step();
	/* The kernel hands a full bulk to the driver at once. */
	if (in_bulk() >= XDPQ_BULK)
		step_flush();
	harness_check(&p.h);
}

/* Nobody disturbs any more: all that waits leaves, in bounded time. */
static void drain(void)
{
	harness_set_link_up(&p.h, true);
	for (int i = 0; i < 4 * SLOTS && play_wait_due(&p); i++) {
		harness_flush(&p.h);
		account(play_pump(&p));
		harness_check(&p.h);
	}
	assert_int_equal(p.h.port->qlen, 0);
	assert_true(p.h.port->due == XDPQ_NEVER);
}

static void expect_all_happened(void)
{
	const struct xdpq_port *port = p.h.port;

	assert_true(port->carried && port->pumped && port->requeues);
	assert_true(port->drops[XDPQ_DROP_UNSEEN].packets && port->drops[XDPQ_DROP_LOCK].packets);
	assert_true(port->drops[XDPQ_DROP_REDIRECT].packets);
	assert_true(port->drops[XDPQ_DROP_TX_RING].packets);
	assert_true(port->drops[XDPQ_DROP_TOO_LARGE].packets);
}

static const struct subject subjects[] = {
	{ "fifo", ORDER_ARRIVAL, configure_fifo },
	{ "tbf", ORDER_ARRIVAL, configure_tbf },
	{ "wfq", ORDER_NONE, configure_wfq },
	{ "tests/pifo_fixed", ORDER_NONE, configure_limit },
	{ "tests/pifo_time", ORDER_NONE, configure_limit },
	{ "tests/delay", ORDER_ARRIVAL, configure_delay },
	{ "tests/timer", ORDER_NONE, configure_limit },
	{ "tests/twin", ORDER_TWINS, configure_twin },
	{ "tests/dropper", ORDER_ARRIVAL, configure_dropper },
	{ "prio", ORDER_NONE, configure_prio },
	{ "edf", ORDER_NONE, configure_edf },
	{ "netem", ORDER_NONE, configure_netem },
};

static void test_mix(void **state)
{
	start(*state);
	for (int i = 0; i < STEPS; i++)
		random_step();
	drain();
	expect_all_happened();
	play_end(&p);
	free(mix.times);
}

#define MIX(i) { .name = "test_mix_" #i, .test_func = test_mix, \
		 .initial_state = (void *)&subjects[i] }

int main(void)
{
	const struct CMUnitTest tests[] = {
		MIX(0), MIX(1), MIX(2), MIX(3), MIX(4), MIX(5), MIX(6), MIX(7), MIX(8), MIX(9),
		MIX(10), MIX(11),
	};

	_Static_assert(COUNT(tests) == COUNT(subjects), "one test for each");
	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
