/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What netem leaves to chance, over as many packets as it takes to tell a good
 * distribution from a bad one. Seeds are fixed: each run sees the same numbers.
 */
#include <math.h>
#include <xdpq/deviates.h>

#include "cmocka_all.h"
#include "netem_play.h"

#define LEN 60
#define PACKETS 100000
#define BINS 100
/* Chi-square with 99 degrees of freedom, and sqrt(n) D of Kolmogorov and Smirnov: 1 in 100. */
#define CHI_SQUARE_99 134.6
#define KOLMOGOROV 1.63

static struct netem_play n;

static void start(__u64 seed)
{
	netem_start(&n);
	netem_set(&n, "seed", seed);
}

/* Within five standard deviations of what independent draws give. */
static void expect_share(double count, double draws, double share)
{
	double off = fabs(count - draws * share) / sqrt(draws * share * (1 - share));

	if (off > 5)
		fail_msg("%.0f of %.0f, expected %.4f, off by %.1f sigma", count, draws, share,
			 off);
}

static void expect_near(double value, double expected, double margin)
{
	if (fabs(value - expected) > margin)
		fail_msg("%f, expected %f +- %f", value, expected, margin);
}

/* A packet that comes while nothing waits: when it leaves. It does, before this returns. */
static __u64 wait_of_one(void)
{
	__u64 begin = netem_now(&n), wait;

	if (play_arrive(&n.p, LEN)) {
		harness_flush(&n.p.h);
		return 0;
	}
	wait = n.p.h.port->due - begin;
	harness_set_time(&n.p.h, begin + wait - 1);
	assert_int_equal(play_pump(&n.p), 0);
	harness_set_time(&n.p.h, begin + wait);
	assert_int_equal(play_pump(&n.p), n.p.last_id);
	harness_flush(&n.p.h);
	return wait;
}

static bool lost_one(void)
{
	bool lost = !play_arrive(&n.p, LEN);

	harness_flush(&n.p.h);
	return lost;
}

static double uniform_cdf(double z)
{
	return (z + 1) / 2;
}

static double normal_cdf(double z)
{
	return erfc(-z / sqrt(2)) / 2;
}

static double pareto_cdf(double z)
{
	double x = z * sqrt(0.75) + 1.5;

	return x > 1 ? 1 - pow(x, -3) : 0;
}

static double paretonormal_cdf(double z)
{
	return normal_cdf(z) / 4 + pareto_cdf(z) * 3 / 4;
}

static const struct shape {
	double (*cdf)(double z);
	double sigma;		/* 0: too heavy a tail to be measured by it */
} shapes[] = {
	{ uniform_cdf, 0.57735 },
	{ normal_cdf, 1 },
	{ pareto_cdf, 0 },
	{ paretonormal_cdf, 0 },
};

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void expect_moments(const double *z, const struct shape *shape)
{
	double sum = 0, squares = 0, lagged = 0, sigma;

	for (int i = 0; i < PACKETS; i++) {
		sum += z[i];
		squares += z[i] * z[i];
		lagged += i ? z[i] * z[i - 1] : 0;
	}
	sigma = sqrt(squares / PACKETS - sum / PACKETS * sum / PACKETS);
	expect_near(sum / PACKETS, 0, 5 / sqrt(PACKETS));
	if (shape->sigma) {
		expect_near(sigma, shape->sigma, 5 * shape->sigma / sqrt(2 * PACKETS));
		/* What one packet meets says nothing of the next. */
		expect_near(lagged / squares, 0, 5 / sqrt(PACKETS));
	}
}

/* `z` is sorted. */
static void expect_distribution(const double *z, const struct shape *shape)
{
	double bins[BINS] = {}, chi_square = 0, worst = 0;

	for (int i = 0; i < PACKETS; i++) {
		double p = shape->cdf(z[i]);

		worst = fmax(worst, fabs(p - (i + 0.5) / PACKETS));
		bins[p < 1 ? (int)(p * BINS) : BINS - 1]++;
	}
	for (int i = 0; i < BINS; i++)
		chi_square += pow(bins[i] - PACKETS / BINS, 2) / (PACKETS / BINS);
	expect_near(worst, 0, KOLMOGOROV / sqrt(PACKETS));
	expect_near(chi_square, 0, CHI_SQUARE_99);
}

static void test_distributions(void **state __attribute__((unused)))
{
	double *z = calloc(PACKETS, sizeof(*z));

	for (__u32 d = 0; d < COUNT(shapes); d++) {
		start(1000 + d);
		netem_set(&n, "delay", SECOND);
		netem_set(&n, "jitter", 10 * MS);
		netem_set(&n, "distribution", d);
		for (int i = 0; i < PACKETS; i++)
			z[i] = ((double)wait_of_one() - SECOND) / (10 * MS);
		expect_moments(z, &shapes[d]);
		qsort(z, PACKETS, sizeof(*z), ascending);
		expect_distribution(z, &shapes[d]);
		netem_end(&n);
	}
	free(z);
}

/* Half of all would leave before they came, and leave at once. */
static void test_cut_off_below(void **state __attribute__((unused)))
{
	int at_once = 0;

	start(5);
	netem_set(&n, "jitter", 10 * MS);
	for (int i = 0; i < 20000; i++)
		at_once += !wait_of_one();
	expect_share(at_once, 20000, 0.5);
	netem_end(&n);
}

static void test_cut_off_above(void **state __attribute__((unused)))
{
	int longest = 0;

	start(6);
	netem_set(&n, "delay", 100 * SECOND);
	netem_set(&n, "jitter", 100 * SECOND);
	netem_set(&n, "distribution", 1);
	for (int i = 0; i < 20000; i++) {
		__u64 wait = wait_of_one();

		assert_in_range(wait, 0, 200 * SECOND);
		longest += wait == 200 * SECOND;
	}
	expect_share(longest, 20000, 1 - normal_cdf(1));
	netem_end(&n);
}

/* The quantiles are what their definition says, to the last bit. */
static void test_tables(void **state __attribute__((unused)))
{
	for (int i = 0; i <= XDPQ_DEVIATES; i++) {
		double u = ldexp(1 - i % XDPQ_DEVIATE_STEPS / (2.0 * XDPQ_DEVIATE_STEPS),
				 -(i / XDPQ_DEVIATE_STEPS));
		double pareto = (pow(u, -1 / 3.0) - 1.5) / sqrt(0.75) * 65536;
		double normal = xdpq_normal_deviates[i] / 65536.0, half = 0.51 / 65536;

		expect_near(xdpq_pareto_deviates[i], pareto, 0.51);
		assert_true(erfc((normal - half) / sqrt(2)) >= u);
		assert_true(erfc((normal + half) / sqrt(2)) <= u);
	}
}

static void test_loss(void **state __attribute__((unused)))
{
	int lost = 0, twice = 0;
	bool before = false;

	start(7);
	netem_set(&n, "loss", 10 * PERCENT);
	for (int i = 0; i < PACKETS; i++) {
		bool now = lost_one();

		lost += now;
		twice += now && before;
		before = now;
	}
	expect_share(lost, PACKETS, 0.1);
	expect_share(twice, PACKETS, 0.01);
	assert_int_equal(netem_counter(&n, "lost"), lost);
	netem_end(&n);
}

/* Small shares are not rounded to none. */
static void test_rare_loss(void **state __attribute__((unused)))
{
	int lost = 0;

	start(8);
	netem_set(&n, "loss", PERCENT / 20);
	for (int i = 0; i < 2 * PACKETS; i++)
		lost += lost_one();
	expect_share(lost, 2 * PACKETS, 0.0005);
	netem_end(&n);
}

/* How long losses, or packets between them, follow each other: geometric, mean 1 / `end`. */
static void expect_geometric(const __u32 *lengths, size_t room, double end)
{
	double runs = 0, sum = 0, chi_square = 0, rest = 1, left;

	for (size_t i = 1; i < room; i++) {
		runs += lengths[i];
		sum += i * lengths[i];
	}
	expect_near(sum / runs, 1 / end, 5 * sqrt(1 - end) / end / sqrt(runs));
	left = runs;
	for (size_t i = 1; i <= 9; i++) {
		chi_square += pow(lengths[i] - runs * rest * end, 2) / (runs * rest * end);
		left -= lengths[i];
		rest *= 1 - end;
	}
	chi_square += pow(left - runs * rest, 2) / (runs * rest);
	/* 9 degrees of freedom, 1 in 100. */
	expect_near(chi_square, 0, 21.7);
}

#define LONGEST_RUN 4096

static void test_bursts(void **state __attribute__((unused)))
{
	static __u32 lengths[2][LONGEST_RUN];	/* of what came, of what was lost */
	__u32 length = 0, lost = 0;
	bool before = false;

	start(19);
	netem_set(&n, "ge_p", 2 * PERCENT);
	netem_set(&n, "ge_r", 25 * PERCENT);
	netem_set(&n, "ge_bad", 100 * PERCENT);
	for (int i = 0; i < 3 * PACKETS; i++) {
		bool now = lost_one();

		lost += now;
		if (now != before) {
			assert_true(length < LONGEST_RUN);
			lengths[before][length]++;
			length = 0;
		}
		length++;
		before = now;
	}
	expect_geometric(lengths[1], LONGEST_RUN, 0.25);
	expect_geometric(lengths[0], LONGEST_RUN, 0.02);
	/* Packets in a burst are not independent: as many draws as there are bursts. */
	expect_near(lost / (3.0 * PACKETS), 0.02 / 0.27, 0.004);
	assert_int_equal(netem_counter(&n, "lost_bad"), lost);
	netem_end(&n);
}

static void test_states_leak(void **state __attribute__((unused)))
{
	double bad = 3 * PACKETS * 0.05 / 0.25, lost = 0;

	start(10);
	netem_set(&n, "ge_p", 5 * PERCENT);
	netem_set(&n, "ge_r", 20 * PERCENT);
	netem_set(&n, "ge_bad", 70 * PERCENT);
	netem_set(&n, "ge_good", 1 * PERCENT);
	for (int i = 0; i < 3 * PACKETS; i++)
		lost += lost_one();
	assert_int_equal(netem_counter(&n, "lost"), lost);
	expect_near(netem_counter(&n, "lost_bad") / (0.7 * bad), 1, 0.03);
	expect_near((lost - netem_counter(&n, "lost_bad")) / (0.01 * (3 * PACKETS - bad)), 1, 0.1);
	netem_end(&n);
}

static void test_duplicates(void **state __attribute__((unused)))
{
	__u32 twice = 0;

	start(11);
	netem_set(&n, "duplicate", 30 * PERCENT);
	for (__u32 id = 1; id <= PACKETS; id++) {
		assert_int_equal(play_arrive(&n.p, LEN), id);
		harness_flush(&n.p.h);
		if (*n.p.h.queue.qlen) {
			assert_int_equal(play_pump(&n.p), id);
			harness_flush(&n.p.h);
			twice++;
		}
		assert_int_equal(*n.p.h.queue.qlen, 0);
	}
	expect_share(twice, PACKETS, 0.3);
	assert_int_equal(netem_counter(&n, "duplicated"), twice);
	netem_end(&n);
}

/* The packets from one that was sent at once to the next: gap - 1, and a geometric number. */
static void test_reordered(void **state __attribute__((unused)))
{
	static __u32 lengths[LONGEST_RUN];
	__u32 gap = 5, length = 0;

	start(12);
	netem_set(&n, "delay", MS);
	netem_set(&n, "reorder", 25 * PERCENT);
	netem_set(&n, "gap", gap);
	for (int i = 0; i < PACKETS; i++) {
		length++;
		if (wait_of_one())
			continue;
		assert_in_range(length, gap, LONGEST_RUN - 1);
		lengths[length - gap + 1]++;
		length = 0;
	}
	expect_geometric(lengths, LONGEST_RUN, 0.25);
	netem_end(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_distributions),
		cmocka_unit_test(test_cut_off_below),
		cmocka_unit_test(test_cut_off_above),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_rare_loss),
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_states_leak),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_reordered),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
