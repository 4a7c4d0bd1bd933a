/* SPDX-License-Identifier: GPL-2.0-only */
/* wfq at random against its model: classes, order, room, counters, changes, wraps. */
#include "cmocka_all.h"
#include "wfq_play.h"

#define OPERATIONS 350000	/* of each of the three random tests */
#define CHECK_EVERY 2000
#define POOL 24			/* addresses */
#define LIMIT_MAX 1000
#define UNITS_PER_BYTE (1ULL << 24)
#define AHEAD (20000 * UNITS_PER_BYTE)

static struct wfq_play p;
static struct {
	__u8 ip4[POOL][16], ip6[POOL][16];
	__u32 dscps;		/* that arrive now: one, a few, all */
	__u32 target;		/* backlog aimed at */
	__u32 shortest, longest;
} mood;

static void make_pool(void)
{
	for (int i = 0; i < POOL; i++) {
		__u8 *ip4 = mood.ip4[i], *ip6 = mood.ip6[i];

		memset(ip4, 0, 16);
		memset(ip4 + 10, 0xff, 2);
		ip4[12] = 10;
		ip4[13] = random_below(3);
		ip4[14] = random_below(3) << 6;
		ip4[15] = random_u64();
		for (int b = 0; b < 16; b++)
			ip6[b] = random_below(2);
		ip6[0] = 0x20;
	}
}

static const __u8 *random_address(bool ip6)
{
	return ip6 ? mood.ip6[random_below(POOL)] : mood.ip4[random_below(POOL)];
}

static struct wfq_frame random_frame(void)
{
	static const __u32 shortest[] = {
		[WFQ_IP4] = 34, [WFQ_IP6] = 54, [WFQ_IP4_TAGGED] = 38, [WFQ_NOT_IP] = 14,
	};
	struct wfq_frame frame = { .kind = random_one_in(8) ? random_below(WFQ_KINDS) : WFQ_IP4 };
	bool ip6 = frame.kind == WFQ_IP6;

	frame.dscp = random_below(mood.dscps) * 63 / (mood.dscps > 1 ? mood.dscps - 1 : 1);
	frame.len = random_between(mood.shortest, mood.longest);
	if (frame.len < shortest[frame.kind])
		frame.len = shortest[frame.kind];
	memcpy(frame.src, random_address(ip6), 16);
	memcpy(frame.dst, random_address(ip6), 16);
	return frame;
}

static __u32 random_weight(void)
{
	static const __u32 favourites[] = { 1, 2, 10, 100, 999, 1000 };

	return random_one_in(2) ? favourites[random_below(COUNT(favourites))] :
				  random_between(1, 1000);
}

static void clear_host_bits(struct wfq_prefix *prefix)
{
	for (__u32 bit = prefix->len; bit < 128; bit++)
		prefix->addr[bit / 8] &= ~(0x80 >> bit % 8);
}

static bool has_prefix(const struct wfq_prefix *prefix)
{
	for (__u32 i = 0; i < p.conf.prefix_count; i++) {
		const struct wfq_prefix *other = &p.conf.prefixes[i];

		if (other->len == prefix->len && !memcmp(other->addr, prefix->addr, 16))
			return true;
	}
	return false;
}

static int longer_first(const void *a, const void *b)
{
	return (int)((const struct wfq_prefix *)b)->len - (int)((const struct wfq_prefix *)a)->len;
}

static void random_prefixes(__u32 count)
{
	p.conf.prefix_count = 0;
	for (__u32 i = 0; i < count; i++) {
		bool ip6 = random_one_in(2);
		struct wfq_prefix prefix = {
			.len = random_between(ip6 ? 0 : 96, 128),
			.weight = random_weight(),
		};

		if (random_one_in(16))
			prefix.len = 0;
		memcpy(prefix.addr, random_address(ip6), 16);
		clear_host_bits(&prefix);
		if (!has_prefix(&prefix))
			p.conf.prefixes[p.conf.prefix_count++] = prefix;
	}
	qsort(p.conf.prefixes, p.conf.prefix_count, sizeof(*p.conf.prefixes), longer_first);
}

static void change(void)
{
	for (int i = 0; i < 64; i++)
		p.conf.weights[i] = random_weight();
	p.conf.limit = random_between(1, random_one_in(2) ? 30 : LIMIT_MAX);
	p.conf.match = random_below(2);
	random_prefixes(random_one_in(2) ? 0 : random_between(1, WFQ_PLAY_PREFIXES));
	wfq_play_change(&p);
}

static void change_mood(void)
{
	static const __u32 targets[] = { 0, 1, 3, 20, 100, LIMIT_MAX + 10 };
	static const __u32 dscps[] = { 1, 2, 5, 64 };
	static const __u32 lengths[][2] = { { 64, 64 }, { 64, 1514 }, { 14, WFQ_PLAY_FRAME },
					    { 1514, 1514 } };
	__u32 length = random_below(COUNT(lengths));

	mood.target = targets[random_below(COUNT(targets))];
	mood.dscps = dscps[random_below(COUNT(dscps))];
	mood.shortest = lengths[length][0];
	mood.longest = lengths[length][1];
}

static void random_op(void)
{
	bool more = p.model.qlen < mood.target;

	if (random_one_in(400))
		change_mood();
	if (random_one_in(2000))
		change();
	if (random_one_in(5))
		more = !more;
	if (!more || random_one_in(10))
		wfq_play_wait_link(&p);
	if (more) {
		struct wfq_frame frame = random_frame();

		wfq_play_arrive(&p, &frame);
	} else {
		wfq_play_pump(&p);
	}
}

static void run(__u64 first_tag)
{
	__u64 dropped;

	wfq_play_start(&p, 64);
	wfq_play_set_tags(&p, first_tag);
	make_pool();
	change_mood();
	for (int i = 0; i < OPERATIONS; i++) {
		random_op();
		if (!(i % CHECK_EVERY))
			wfq_play_check(&p);
	}
	wfq_play_drain(&p);
	dropped = p.h.port->drops[XDPQ_DROP_OVERLIMIT].packets;
	assert_true(dropped > 0 && p.passed > 0);
	assert_true(harness_get(&p.h, "wfq.time") - first_tag > AHEAD);
	assert_int_equal(p.h.port->redirected.packets + dropped, p.last_id);
	wfq_play_end(&p);
}

static void test_random(void **state __attribute__((unused)))
{
	run(0);
}

static void test_tags_wrap(void **state __attribute__((unused)))
{
	run(-AHEAD);
}

/* Where two tags compare the other way. */
static void test_tags_pass_the_middle(void **state __attribute__((unused)))
{
	run((1ULL << 63) - AHEAD);
}

/* A class that is silent for long does not come back as one that is far ahead. */
static void test_silent_class(void **state __attribute__((unused)))
{
	__u64 lag;

	wfq_play_start(&p, 100);
	wfq_play_arrive_dscp(&p, 9, 1514);
	for (int i = 0; i < 4000; i++) {
		wfq_play_arrive_dscp(&p, 10, 1514);
		wfq_play_arrive_dscp(&p, 11, 1514);
		wfq_play_wait_link(&p);
		wfq_play_pump(&p);
	}
	lag = harness_get(&p.h, "wfq.time") - harness_get(&p.h, "classes[10].tag");
	assert_in_range(lag, 0, 128 * 1514 * UNITS_PER_BYTE);
	wfq_play_end(&p);
}

/* The lengths of a class's queue that the dynamic threshold leads to. */
static void test_room(void **state __attribute__((unused)))
{
	wfq_play_start(&p, 90);
	wfq_play_arrive_dscp(&p, 0, 1000);
	for (int i = 0; i < 200; i++)
		wfq_play_arrive_dscp(&p, 0, 1000);
	assert_int_equal(p.model.classes[0].qlen, 60);
	for (int i = 0; i < 200; i++)
		wfq_play_arrive_dscp(&p, 1, 1000);
	assert_int_equal(p.model.classes[1].qlen, 20);
	wfq_play_arrive_dscp(&p, 2, 1000);
	assert_int_equal(p.model.classes[2].qlen, 1);
	assert_int_equal(harness_get(&p.h, "xdpq_counters.dropped[0]"), 140);
	wfq_play_end(&p);
}

/* A prefix's packets that wait stay in their class when the list becomes another. */
static void test_prefixes_change_places(void **state __attribute__((unused)))
{
	static const struct wfq_prefix ten8 = { { [10] = 255, 255, 10 }, 104, 3 };
	static const struct wfq_prefix ten16 = { { [10] = 255, 255, 10, 1 }, 112, 5 };
	struct wfq_frame frame = { .len = 500, .dst = { [12] = 10, 2 } };

	wfq_play_start(&p, 90);
	p.conf.prefixes[0] = ten8;
	p.conf.prefix_count = 1;
	wfq_play_change(&p);
	for (int i = 0; i < 5; i++)
		wfq_play_arrive(&p, &frame);
	p.conf.prefixes[0] = ten16;
	p.conf.prefixes[1] = ten8;
	p.conf.prefix_count = 2;
	wfq_play_change(&p);
	wfq_play_arrive(&p, &frame);
	assert_int_equal(p.model.classes[64].qlen, 4);
	assert_int_equal(p.model.classes[65].qlen, 1);
	p.conf.prefix_count = 0;
	wfq_play_change(&p);
	wfq_play_drain(&p);
	assert_int_equal(harness_get(&p.h, "xdpq_counters.sent_by_prefix[0]"), 5);
	assert_int_equal(harness_get(&p.h, "xdpq_counters.sent_by_prefix[1]"), 1);
	wfq_play_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_prefixes_change_places),
		cmocka_unit_test(test_silent_class),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_tags_wrap),
		cmocka_unit_test(test_tags_pass_the_middle),
	};

	harness_need_root();
	random_seed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
