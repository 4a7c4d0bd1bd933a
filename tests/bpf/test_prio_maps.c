/* SPDX-License-Identifier: GPL-2.0-only */
/* What prio makes of its parameters before it runs: derives maps, refuses maps, counts slots. */
#include <errno.h>

#include <bpf/bpf.h>
#include <xdpq/params.h>

#include "cmocka_all.h"
#include "harness.h"
#include "prio_params.h"

#define GIVEN_PRIOMAP (1 << 2)
#define GIVEN_PCPMAP (1 << 3)

static struct harness h;

static int start(void **state __attribute__((unused)))
{
	struct harness_opts opts = { .object = "prio" };

	harness_load(&h, &opts);
	return 0;
}

static int end(void **state __attribute__((unused)))
{
	harness_unload(&h);
	return 0;
}

struct validation {
	struct xdpq_validate v;
	struct prio_params params;
};

static void validate(struct validation *ctx)
{
	const struct bpf_program *prog =
		bpf_object__find_program_by_name(h.object, "xdpq_validate");
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = ctx, .ctx_size_in = sizeof(*ctx));

	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
		fail_msg("xdpq_validate: %s", strerror(errno));
}

/* Bands that the manual page promises, for numbers of bands that it tells apart. */
static const struct {
	__u32 bands, urgent, interactive, ordinary, background;
} derived[] = {
	{ 2, 0, 1, 1, 1 }, { 3, 0, 1, 1, 2 }, { 4, 0, 1, 2, 3 }, { 5, 0, 1, 2, 4 },
	{ 8, 0, 2, 4, 7 }, { 15, 0, 4, 7, 14 }, { 16, 0, 4, 8, 15 },
};

static __u32 derived_of_dscp(int i, int dscp)
{
	switch (dscp) {
	case 46: case 44: case 48: case 56:		/* EF VA CS6 CS7 */
		return derived[i].urgent;
	case 32: case 40: case 34: case 36: case 38:	/* CS4 CS5 AF4x */
		return derived[i].interactive;
	case 1: case 8:					/* LE CS1 */
		return derived[i].background;
	default:
		return derived[i].ordinary;
	}
}

static __u32 derived_of_pcp(int i, int pcp)
{
	if (pcp >= 5)
		return derived[i].urgent;
	if (pcp >= 3)
		return derived[i].interactive;
	return pcp == 1 ? derived[i].background : derived[i].ordinary;
}

static void test_derived_maps(void **state __attribute__((unused)))
{
	for (size_t i = 0; i < COUNT(derived); i++) {
		struct validation ctx = { .params = { .bands = derived[i].bands, .limit = 10 } };

		validate(&ctx);
		assert_string_equal(ctx.v.reason, "");
		assert_int_equal(ctx.v.slots, 10 * derived[i].bands);
		for (int dscp = 0; dscp < PRIO_DSCPS; dscp++)
			assert_int_equal(ctx.params.priomap[dscp], derived_of_dscp(i, dscp));
		for (int pcp = 0; pcp < PRIO_PCPS; pcp++)
			assert_int_equal(ctx.params.pcpmap[pcp], derived_of_pcp(i, pcp));
	}
}

/* Maps that were given stay, each entry is looked at, and a refusal says what it found. */
static void test_given_maps(void **state __attribute__((unused)))
{
	struct prio_params params = prio_params_plain(5, 1);
	char expected[96];

	for (int key = 0; key < PRIO_DSCPS + PRIO_PCPS; key++) {
		struct validation ctx = {
			.v.given = GIVEN_PRIOMAP | GIVEN_PCPMAP,
			.params = params,
		};
		__u32 *entry = key < PRIO_DSCPS ? &ctx.params.priomap[key] :
					     &ctx.params.pcpmap[key - PRIO_DSCPS];
		__u32 fitting = *entry;

		validate(&ctx);
		assert_string_equal(ctx.v.reason, "");
		assert_memory_equal(&ctx.params, &params, sizeof(params));
		*entry = 5 + key % 11;
		snprintf(expected, sizeof(expected),
			 "names band %u, and with bands 5 the last is 4", *entry);
		validate(&ctx);
		assert_string_equal(ctx.v.param, key < PRIO_DSCPS ? "priomap" : "pcpmap");
		assert_string_equal(ctx.v.reason, expected);
		assert_int_not_equal(*entry, fitting);
	}
}

static void test_too_many_slots(void **state __attribute__((unused)))
{
	struct prio_params params = prio_params_plain(16, 65536);
	struct validation ctx = { .params = params };

	validate(&ctx);
	assert_string_equal(ctx.v.reason, "");
	assert_int_equal(ctx.v.slots, 1048576);
	ctx.params.limit++;
	validate(&ctx);
	assert_string_equal(ctx.v.param, "limit");
	assert_string_not_equal(ctx.v.reason, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_derived_maps),
		cmocka_unit_test(test_given_maps),
		cmocka_unit_test(test_too_many_slots),
	};

	harness_need_root();
	return cmocka_run_group_tests(tests, start, end);
}
