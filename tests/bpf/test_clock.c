/* SPDX-License-Identifier: GPL-2.0-only */
/* The link clock: no interval ever lets more through than burst and rate allow. */
#include "cmocka_all.h"
#include "play.h"

#define LINKS 300		/* random ones */
#define STEPS 400		/* on each */
#define BACKLOGGED_PACKETS 4000
#define MTU_FRAME 1514
#define US 1000ULL
#define MS 1000000ULL
#define SECOND 1000000000ULL
#define HOUR (3600 * SECOND)
#define UNREAD_MAX 16384	/* ns */

static struct play p;
static struct link link_;
static struct xdpq_clock_params clock_;
static struct link_meter meter;
static struct link_envelope rate_envelope, peak_envelope;

static const struct xdpq_port *port(void)
{
	return p.h.port;
}

static void set_link(const struct link *link)
{
	link_ = *link;
	clock_ = link_clock(link);
	memset(&meter, 0, sizeof(meter));
	rate_envelope = (struct link_envelope){ .rate = link->rate, .allowance = link->burst };
	peak_envelope = (struct link_envelope){ .rate = link->peakrate };
	harness_set_link(&p.h, 0, link);
}

static void start_with(const struct link *link, struct harness_opts opts)
{
	opts.object = "fifo";
	play_start(&p, &opts);
	harness_set(&p.h, "copy[0].sched.limit", 50);
	set_link(link);
}

static void start(const struct link *link)
{
	start_with(link, (struct harness_opts){});
}

static void fail_envelope(const char *which, const struct link_envelope *envelope)
{
	fail_msg("%s: %.1f bytes beyond it, allowed %llu (rate %llu burst %llu peakrate %llu "
		 "overhead %d mpu %u linklayer %u)",
		 which, (double)envelope->worst / 8e9, envelope->allowance, link_.rate, link_.burst,
		 link_.peakrate, link_.overhead, link_.mpu, link_.linklayer);
}

static void extend(const char *which, struct link_envelope *envelope, __u64 now, __u32 wire)
{
	/* A single packet is always allowed. */
	if (envelope->allowance < wire)
		envelope->allowance = wire;
	if (envelope->rate && !link_envelope_add(envelope, now, wire))
		fail_envelope(which, envelope);
}

/* One has left at `now`. */
static void left(__u32 id, __u64 now)
{
	__u32 wire = link_wire_len(&link_, play_len(&p, id));

	assert_true(now >= link_meter_free_at(&meter, &clock_));
	extend("rate", &rate_envelope, now, wire);
	extend("peakrate", &peak_envelope, now, wire);
	link_meter_charge(&meter, &clock_, now, wire);
	harness_flush(&p.h);
}

/* Looks at what has left, and at when the port says that the next one may. */
static void account(__u32 id)
{
	__u64 free_at, due;

	if (id)
		left(id, port()->now);
	free_at = link_meter_free_at(&meter, &clock_);
	if (*p.h.queue.stash)
		free_at = 0;
	due = free_at > port()->now ? free_at + link_.poll : port()->now;
	if (port()->qlen)
		assert_int_equal(port()->due, due);
	else
		assert_true(port()->due == XDPQ_NEVER);
}

static __u32 random_len(void)
{
	return random_one_in(3) ? link_.frame : random_between(FRAME_MIN, link_.frame);
}

static __u64 random_rate(void)
{
	static const __u64 decades[] = {
		1000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
		100000000000,
	};

	return decades[random_below(COUNT(decades))] * random_between(1, 99) / 10 + 1;
}

static void random_link(struct link *link)
{
	*link = (struct link){
		.rate = random_rate(),
		.frame = random_between(64, MTU_FRAME),
		.overhead = random_one_in(2) ? (int)random_below(320) - 64 : 0,
		.mpu = random_one_in(3) ? random_below(257) : 0,
		.linklayer = random_below(3),
		.poll = random_one_in(2) ? random_below(MS) : 0,
	};
	link->burst = random_one_in(3) ? random_between(1, 2 * MTU_FRAME) :
					 random_between(1, 100000);
	if (random_one_in(3))
		link->peakrate = link->rate + random_below(9 * link->rate);
}

/* Mostly about the time that a packet takes; now and then none, or very much. */
static void random_wait(void)
{
	__u64 packet = link_wire_len(&link_, link_.frame) * 8 * SECOND / link_.rate;

	switch (random_below(10)) {
	case 0:
		play_wait(&p, random_below(12 * HOUR));
		break;
	case 1:
		play_wait(&p, clock_.slack + random_below(3));
		break;
	case 2:
	case 3:
		play_wait_due(&p);
		break;
	case 4:
		/* CPUs disagree by some us. */
		harness_set_time(&p.h, harness_time(&p.h) - random_below(20 * US));
		break;
	case 5:
	case 6:
		play_wait(&p, random_below(2 * packet + 2));
		break;
	default:
		break;
	}
}

/* A frame with room for few bytes more than it has. */
static __u32 arrive_small(__u32 len)
{
	return play_arrive_small(&p, len, FRAME_MAX - len - random_below(200));
}

static void random_step(void)
{
	__u64 before = port()->now;

	random_wait();
	if (random_one_in(8))
		account(arrive_small(random_between(FRAME_MIN, 64)));
	else
		account(random_one_in(2) ? play_pump(&p) : play_arrive(&p, random_len()));
	assert_true(port()->now >= before);
}

static void test_random_links(void **state __attribute__((unused)))
{
	for (int i = 0; i < LINKS; i++) {
		struct link link;

		random_link(&link);
		start(&link);
		for (int step = 0; step < STEPS; step++)
			random_step();
		play_end(&p);
	}
}

static void test_wire_length(void **state __attribute__((unused)))
{
	static const struct {
		struct link link;
		__u32 len, wire;
	} table[] = {
		{ { .rate = 1000000 }, 1514, 1514 },
		{ { .rate = 1000000, .overhead = 24 }, 60, 84 },
		{ { .rate = 1000000, .overhead = 24, .mpu = 100 }, 60, 100 },
		{ { .rate = 1000000, .overhead = -14 }, 60, 46 },
		{ { .rate = 1000000, .overhead = -64 }, 60, 0 },
		{ { .rate = 1000000, .linklayer = XDPQ_LINKLAYER_ATM }, 48, 53 },
		{ { .rate = 1000000, .linklayer = XDPQ_LINKLAYER_ATM }, 49, 106 },
		{ { .rate = 1000000, .linklayer = XDPQ_LINKLAYER_ATM }, 1500, 1696 },
		{ { .rate = 1000000, .linklayer = XDPQ_LINKLAYER_PTM }, 64, 65 },
		{ { .rate = 1000000, .linklayer = XDPQ_LINKLAYER_PTM }, 65, 67 },
		{ { .rate = 1000000, .linklayer = XDPQ_LINKLAYER_PTM }, 1500, 1524 },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		start(&table[i].link);
		assert_int_equal(link_wire_len(&table[i].link, table[i].len), table[i].wire);
		assert_int_equal(play_arrive(&p, table[i].len), 1);
		/* 8 us a byte at 1 Mbit/s; what takes no time leaves with no look at the clock. */
		assert_int_equal(port()->free_at,
				 table[i].wire ? HARNESS_START + 8000ULL * table[i].wire : 0);
		play_end(&p);
	}
}

static void fill_queue(__u32 packets)
{
	for (int i = 0; port()->qlen < packets; i++) {
		assert_in_range(i, 0, 100000);
		account(play_arrive(&p, random_len()));
	}
}

/* Always backlogged, the pump as late as it likes within what the burst allows. */
static double long_run_rate(__u64 late)
{
	__u64 first = 0, bytes = 0, last = 0;

	for (int n = 0; n < BACKLOGGED_PACKETS;) {
		__u32 id;

		fill_queue(40);
		assert_true(play_wait_due(&p));
		play_wait(&p, late ? random_below(late) : 0);
		while ((id = play_pump(&p))) {
			account(id);
			n++;
			bytes += last ? link_wire_len(&link_, play_len(&p, id)) : 0;
			/* From one moment with an empty bucket to another. */
			last = link_meter_free_at(&meter, &clock_);
			first = first ? first : last;
		}
	}
	return bytes * 8e9 / (last - first);
}

static void expect_rate(const struct link *link, __u64 late)
{
	double rate, error;
	__u64 started;

	start(link);
	started = port()->virtual_now;
	account(play_arrive(&p, link->frame));
	rate = long_run_rate(late);
	error = rate / link->rate - 1;
	if (error > 1e-4 || error < -1e-4)
		fail_msg("rate %llu: %.0f, that is %+.6f", link->rate, rate, error);
	assert_true(port()->now > started);
	play_end(&p);
}

static void test_long_run_rate(void **state __attribute__((unused)))
{
	static const __u64 rates[] = {
		1000, 64000, 999999, 10000000, 123456789, 1000000000, 9999999999, 100000000000,
		400000000000,
	};

	for (size_t i = 0; i < COUNT(rates); i++) {
		struct link link = { .rate = rates[i], .burst = 20000, .frame = MTU_FRAME };

		expect_rate(&link, 0);
		link.overhead = 38;
		link.mpu = 84;
		link.linklayer = i % 3;
		expect_rate(&link, 0);
		link.poll = link_clock(&link).slack / 3;
		expect_rate(&link, link_clock(&link).slack / 3);
	}
}

/* However long the pause: what may leave at once is the burst, no more. */
static void test_burst_after_a_pause(void **state __attribute__((unused)))
{
	struct link link = { .rate = 8000000, .burst = 10000, .frame = 1000 };

	start(&link);
	for (int i = 0; i < 5; i++) {
		int count = 0;

		play_wait(&p, i * HOUR);
		for (; port()->qlen < 3; count++)
			account(play_arrive(&p, 1000));
		assert_int_equal(count - 3, 10);
		while (play_wait_due(&p))
			account(play_pump(&p));
	}
	play_end(&p);
}

static void test_peakrate_spreads_the_burst(void **state __attribute__((unused)))
{
	struct link link = { .rate = 8000000, .burst = 10000, .peakrate = 80000000, .frame = 1000 };

	start(&link);
	for (int i = 0; i < 12; i++)
		account(play_arrive(&p, 1000));
	assert_int_equal(port()->qlen, 11);
	for (int i = 1; i <= 9; i++) {
		play_wait_due(&p);
		account(play_pump(&p));
		assert_int_equal(port()->now, HARNESS_START + i * 100 * US);
	}
	play_wait_due(&p);
	account(play_pump(&p));
	assert_int_equal(port()->now, HARNESS_START + 1000 * US);
	play_end(&p);
}

static void test_clock_goes_back(void **state __attribute__((unused)))
{
	struct link link = { .rate = 8000000, .burst = 1, .frame = 1000 };

	start(&link);
	account(play_arrive(&p, 1000));
	account(play_arrive(&p, 1000));
	harness_set_time(&p.h, HARNESS_START - 7 * US);
	account(play_arrive(&p, 1000));
	assert_int_equal(port()->now, HARNESS_START);
	assert_int_equal(port()->due, HARNESS_START + MS);
	play_wait(&p, 7 * US + MS);
	account(play_pump(&p));
	play_wait(&p, 0 - 3 * US);
	account(play_pump(&p));
	assert_int_equal(port()->qlen, 1);
	play_wait(&p, 3 * US + MS);
	account(play_pump(&p));
	assert_int_equal(port()->qlen, 0);
	play_end(&p);
}

/*
 * Returns the time, which never goes back. What finds no queue is not kept longer than
 * by the time that is unread.
 */
static __u64 unread_arrive(__u64 now)
{
	bool was_empty = !port()->qlen;
	__u32 id;

	random_wait();
	if (harness_time(&p.h) < now)
		harness_set_time(&p.h, now);
	now = harness_time(&p.h);
	id = play_arrive(&p, random_len());
	if (id)
		left(id, now);
	else if (was_empty)
		assert_true(now < link_meter_free_at(&meter, &clock_) + UNREAD_MAX);
	return now;
}

static __u64 unread_drain(void)
{
	while (port()->qlen) {
		play_wait_due(&p);
		left(play_pump(&p), harness_time(&p.h));
	}
	return harness_time(&p.h);
}

/* With no look at the clock for a while, the link clock holds all the same. */
static void test_unread(void **state __attribute__((unused)))
{
	int unread = 0;

	for (int i = 0; i < LINKS; i++) {
		struct link link;
		__u64 now = HARNESS_START;

		random_link(&link);
		link.peakrate = 0;
		start_with(&link, (struct harness_opts){ .unread_max = UNREAD_MAX });
		for (int step = 0; step < STEPS; step++) {
			__u64 before = port()->unread;

			now = port()->qlen > 5 ? unread_drain() : unread_arrive(now);
			unread += port()->unread > before;
		}
		play_end(&p);
	}
	assert_true(unread > LINKS * STEPS / 50);
}

/* From one rate to another, from the next packet on. */
static void test_rate_changes(void **state __attribute__((unused)))
{
	struct link slow = { .rate = 8000000, .burst = 1, .frame = 1000 }, fast = slow;

	fast.rate = 80000000;
	start(&slow);
	harness_set(&p.h, "copy[1].sched.limit", 50);
	harness_set_link(&p.h, 1, &fast);
	for (int i = 0; i < 4; i++)
		play_arrive(&p, 1000);
	harness_set(&p.h, "active", 1);
	play_wait(&p, MS);
	assert_int_equal(play_pump(&p), 2);
	assert_int_equal(port()->due, HARNESS_START + MS + 100 * US);
	harness_set_link(&p.h, 0, &(struct link){});
	harness_set(&p.h, "active", 0);
	assert_int_equal(play_pump(&p), 3);
	assert_int_equal(play_pump(&p), 4);
	assert_int_equal(play_arrive(&p, 1000), 5);
	play_end(&p);
}

/* A packet that had to wait in the stash has not used the link meanwhile. */
static void test_stash_obeys_the_clock(void **state __attribute__((unused)))
{
	struct link link = { .rate = 8000000, .burst = 1, .frame = FRAME_MAX };

	start_with(&link, (struct harness_opts){ .slot_size = FRAME_MAX });
	account(play_arrive(&p, 60));
	for (int i = 0; i < 3; i++)
		account(play_arrive(&p, FRAME_MAX));
	play_wait(&p, 10 * MS);
	assert_int_equal(play_pump_small(&p, 500), 0);
	assert_int_equal(port()->requeues, 1);
	play_wait(&p, 10 * MS);
	for (int i = 0; i < 3; i++)
		account(play_pump(&p));
	play_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wire_length),
		cmocka_unit_test(test_burst_after_a_pause),
		cmocka_unit_test(test_peakrate_spreads_the_burst),
		cmocka_unit_test(test_clock_goes_back),
		cmocka_unit_test(test_rate_changes),
		cmocka_unit_test(test_stash_obeys_the_clock),
		cmocka_unit_test(test_long_run_rate),
		cmocka_unit_test(test_random_links),
		cmocka_unit_test(test_unread),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
