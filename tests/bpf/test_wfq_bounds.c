/* SPDX-License-Identifier: GPL-2.0-only */
/* What the paper promises of wfq, measured on what leaves: shares, fairness, delay. */
#include "cmocka_all.h"
#include "wfq_play.h"

#define CLASSES_MAX 64
#define BACKLOG 4		/* packets that each class has waiting */

struct demand {
	__u8 dscp;
	__u32 weight;
	__u32 shortest, longest;
};

static struct wfq_play p;
static struct {
	const struct demand *demands;
	__u32 count;
	__u64 sent[CLASSES_MAX];	/* bytes */
	/* Of what a class has sent, divided by its weight, less the same of the first one. */
	double lowest[CLASSES_MAX], highest[CLASSES_MAX];
} t;

static void start(const struct demand *demands, __u32 count)
{
	memset(&t, 0, sizeof(t));
	t.demands = demands;
	t.count = count;
	wfq_play_start(&p, 1000);
	for (__u32 i = 0; i < count; i++)
		p.conf.weights[demands[i].dscp] = demands[i].weight;
	wfq_play_change(&p);
	/* Somebody has the link while the queues fill. */
	wfq_play_arrive_dscp(&p, demands[0].dscp, demands[0].longest);
}

static void account(__u32 id)
{
	double first;

	for (__u32 i = 0; i < t.count; i++) {
		if (id && t.demands[i].dscp == p.left_class)
			t.sent[i] += p.frames[id].len;
	}
	first = (double)t.sent[0] / t.demands[0].weight;
	for (__u32 i = 0; i < t.count; i++) {
		double lead = (double)t.sent[i] / t.demands[i].weight - first;

		if (lead < t.lowest[i])
			t.lowest[i] = lead;
		if (lead > t.highest[i])
			t.highest[i] = lead;
	}
}

static void fill(void)
{
	for (__u32 i = 0; i < t.count; i++) {
		const struct demand *d = &t.demands[i];

		while (p.model.classes[d->dscp].qlen < BACKLOG)
			assert_int_equal(wfq_play_arrive_dscp(&p, d->dscp,
					 random_between(d->shortest, d->longest)), 0);
	}
}

/* All want more than there is, all the time. */
static void overload(__u32 packets)
{
	for (__u32 i = 0; i < packets; i++) {
		fill();
		wfq_play_wait_link(&p);
		account(wfq_play_pump(&p));
	}
}

static void expect_shares(double tolerance)
{
	double bytes = 0, weights = 0;

	for (__u32 i = 0; i < t.count; i++) {
		bytes += t.sent[i];
		weights += t.demands[i].weight;
	}
	for (__u32 i = 0; i < t.count; i++) {
		double share = bytes * t.demands[i].weight / weights;

		if (t.sent[i] < share * (1 - tolerance) || t.sent[i] > share * (1 + tolerance))
			fail_msg("weight %u: %llu bytes instead of %.0f", t.demands[i].weight,
				 t.sent[i], share);
	}
}

/* Theorem 1 of the paper, for every interval, and one step for the order. */
static void expect_fair(void)
{
	const struct demand *first = &t.demands[0];

	for (__u32 i = 1; i < t.count; i++) {
		const struct demand *d = &t.demands[i];
		double allowed = (double)d->longest / d->weight +
				 (double)first->longest / first->weight + WFQ_MODEL_STEP;

		if (t.highest[i] - t.lowest[i] > allowed)
			fail_msg("weights %u and %u: apart by %.3f, not %.3f", d->weight,
				 first->weight, t.highest[i] - t.lowest[i], allowed);
	}
}

/* Weight 1 of 3111 gets the bytes of more than 100 of its packets. */
static void test_shares(void **state __attribute__((unused)))
{
	static const struct demand demands[] = {
		{ 0, 1000, 1514, 1514 }, { 1, 1, 64, 64 }, { 2, 1000, 64, 1514 },
		{ 3, 10, 1514, 1514 }, { 4, 100, 64, 128 }, { 5, 1000, 1000, 1100 },
	};

	start(demands, COUNT(demands));
	overload(50000);
	expect_shares(0.01);
	expect_fair();
	wfq_play_end(&p);
}

static void test_1_to_1000(void **state __attribute__((unused)))
{
	static const struct demand demands[] = { { 46, 1000, 1514, 1514 }, { 8, 1, 1514, 1514 } };

	start(demands, COUNT(demands));
	overload(120120);
	expect_shares(0.01);
	expect_fair();
	wfq_play_end(&p);
}

static void test_all_classes(void **state __attribute__((unused)))
{
	struct demand demands[64];

	/*
	 * A class may be apart from its share by its longest packet and, divided by the sum of the
	 * weights, one of everybody's: 153 bytes for the lightest. It gets some 20000.
	 */
	for (__u32 i = 0; i < 64; i++)
		demands[i] = (struct demand){ i, 1 + i, 64, i > 16 && i % 2 ? 1514 : 128 };
	start(demands, 64);
	overload(250000);
	expect_shares(0.01);
	expect_fair();
	wfq_play_end(&p);
}

static void test_one_class(void **state __attribute__((unused)))
{
	static const struct demand demand = { 63, 1000, 34, WFQ_PLAY_FRAME };
	__u32 last;

	start(&demand, 1);
	last = p.last_id;
	for (int i = 0; i < 20000; i++) {
		fill();
		wfq_play_wait_link(&p);
		assert_int_equal(wfq_play_pump(&p), ++last);
	}
	wfq_play_end(&p);
}

/* A change holds for classes that wait already, as soon as their next packet has come. */
static void test_change_of_weights(void **state __attribute__((unused)))
{
	struct demand demands[] = { { 0, 1, 1000, 1000 }, { 1, 3, 1000, 1000 } };

	start(demands, COUNT(demands));
	overload(2000);
	expect_shares(0.01);
	for (int i = 0; i < 2; i++) {
		demands[i].weight = 9 - 8 * i;
		p.conf.weights[i] = demands[i].weight;
		t.sent[i] = 0;
	}
	wfq_play_change(&p);
	overload(2000);
	expect_shares(0.01);
	wfq_play_end(&p);
}

/* The longest that a packet of `light` may take, its own time on the link included. */
static __u64 delay_bound(const struct demand *light, const struct demand *others, __u32 count)
{
	double bytes = light->longest;

	for (__u32 i = 0; i < count; i++)
		bytes += others[i].longest + WFQ_MODEL_STEP * others[i].weight;
	return bytes * WFQ_PLAY_BYTE;
}

/* Sends one packet of the class at the next step of the link's; returns how long it took. */
static __u64 time_of_one(const struct demand *light)
{
	__u64 came = harness_time(&p.h);
	__u32 id, left;

	wfq_play_arrive_dscp(&p, light->dscp, light->longest);
	id = p.last_id;
	do {
		fill();
		wfq_play_wait_link(&p);
		left = wfq_play_pump(&p);
	} while (left != id);
	return harness_time(&p.h) - came + light->longest * WFQ_PLAY_BYTE;
}

/*
 * Theorem 4 of the paper: a class that asks for no more than its share, here 200 of
 * 20000 bytes, waits for one packet of each other class at most, however much those want.
 */
static void test_delay_bound(void **state __attribute__((unused)))
{
	static const struct demand demands[] = {
		{ 0, 30, 1514, 1514 }, { 1, 30, 64, 1514 }, { 2, 20, 1000, 1514 },
		{ 3, 19, 64, 64 }, { 46, 1, 200, 200 },
	};
	const struct demand *light = &demands[COUNT(demands) - 1];
	__u64 bound = delay_bound(light, demands, COUNT(demands) - 1), worst = 0;

	start(demands, COUNT(demands) - 1);
	p.conf.weights[light->dscp] = light->weight;
	wfq_play_change(&p);
	for (int i = 0; i < 3000; i++) {
		__u64 next = harness_time(&p.h) + 20000 * WFQ_PLAY_BYTE, took;

		fill();
		took = time_of_one(light);
		worst = took > worst ? took : worst;
		while (harness_time(&p.h) < next)
			overload(1);
	}
	if (worst > bound)
		fail_msg("%llu ns instead of %llu", worst, bound);
	/* More than one other packet: it is not met for want of load. */
	assert_true(worst > 2 * 1514 * WFQ_PLAY_BYTE);
	wfq_play_end(&p);
}

/* The packet in service counts: its class comes after one that has had nothing. */
static void test_passed_packet_is_charged(void **state __attribute__((unused)))
{
	wfq_play_start(&p, 100);
	for (int round = 0; round < 50; round++) {
		__u32 first = p.last_id + 1;

		wfq_play_wait_link(&p);
		assert_int_equal(wfq_play_arrive_dscp(&p, 1, 1000), first);
		wfq_play_arrive_dscp(&p, 1, 1000);
		wfq_play_arrive_dscp(&p, 2, 1000);
		wfq_play_wait_link(&p);
		assert_int_equal(wfq_play_pump(&p), first + 2);
		wfq_play_wait_link(&p);
		assert_int_equal(wfq_play_pump(&p), first + 1);
	}
	wfq_play_end(&p);
}

/* What a class had while nobody else wanted the link is not held against it. */
static void test_idle_makes_even(void **state __attribute__((unused)))
{
	__u32 first;

	wfq_play_start(&p, 100);
	p.conf.weights[2] = 1000;
	wfq_play_change(&p);
	for (int i = 0; i < 100; i++) {
		wfq_play_wait_link(&p);
		wfq_play_arrive_dscp(&p, 1, 1514);
	}
	wfq_play_wait_link(&p);
	first = p.last_id + 1;
	wfq_play_arrive_dscp(&p, 3, 1000);
	wfq_play_arrive_dscp(&p, 1, 1000);
	for (int i = 0; i < 10; i++)
		wfq_play_arrive_dscp(&p, 2, 1000);
	wfq_play_wait_link(&p);
	assert_int_equal(wfq_play_pump(&p), first + 1);
	wfq_play_drain(&p);
	wfq_play_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_1_to_1000),
		cmocka_unit_test(test_all_classes),
		cmocka_unit_test(test_one_class),
		cmocka_unit_test(test_change_of_weights),
		cmocka_unit_test(test_delay_bound),
		cmocka_unit_test(test_passed_packet_is_charged),
		cmocka_unit_test(test_idle_makes_even),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
