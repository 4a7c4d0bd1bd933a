/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../xdpq/near.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct near_case {
	const char *word;
	const char *candidates[4];	/* NULL ends them */
	const char *expected;
};

static const struct near_case cases[] = {
	/* one edit of each sort */
	{ "fifo", { "fifo" }, "fifo" },
	{ "fif", { "fifo" }, "fifo" },
	{ "ifo", { "fifo" }, "fifo" },
	{ "fifoo", { "fifo" }, "fifo" },
	{ "fxifo", { "fifo" }, "fifo" },
	{ "fibo", { "fifo" }, "fifo" },
	{ "ffio", { "fifo" }, "fifo" },
	{ "ab", { "ba" }, "ba" },

	/* a third of the longer word may change */
	{ "bac", { "abc" }, "abc" },
	{ "bad", { "abc" }, NULL },
	{ "abcxy", { "abcde" }, NULL },
	{ "abcdxy", { "abcdef" }, "abcdef" },
	{ "abcxyz", { "abcdef" }, NULL },
	{ "abcdefxyz", { "abcdefghi" }, "abcdefghi" },
	{ "abcdewxyz", { "abcdefghi" }, NULL },
	{ "badcef", { "abcdef" }, "abcdef" },
	{ "badcfe", { "abcdef" }, NULL },
	{ "abcd", { "abcdef" }, "abcdef" },
	{ "abc", { "abcdef" }, NULL },
	{ "abcdef", { "abcd" }, "abcd" },

	/* at least one may */
	{ "x", { "y" }, "y" },
	{ "xy", { "x" }, "x" },
	{ "xy", { "zw" }, NULL },

	/* optimal string alignment: what was swapped isn't changed again */
	{ "ca", { "abc" }, NULL },
	{ "defcag", { "defabcg" }, NULL },

	/* the nearest, and the first of the equally near */
	{ "limti", { "list", "limits", "limit" }, "limit" },
	{ "lim", { "limb", "lime", "slim" }, "limb" },
	{ "lim", { "slim", "lime", "limb" }, "slim" },
	{ "rate", { "rats", "rate", "late" }, "rate" },
	{ "bate", { "quantum", "rate", "bats" }, "rate" },

	/* nothing near */
	{ "codel", { "fifo", "prio", "tbf" }, NULL },
	{ "FIFO", { "fifo" }, NULL },
	{ "", { "a", "fifo" }, NULL },
	{ "fifo", { NULL }, NULL },

	/* bytes of any value */
	{ "f\xff\x80o", { "f\xff\x81o" }, "f\xff\x81o" },

	/* the longest */
	{ A63, { A63 }, A63 },
	{ A63, { A63 "a", A63 }, A63 },
	{ A63 "a", { A63, A63 "a" }, NULL },
	{ A63 A63 A63 A63 A63, { A63, "a" }, NULL },
	{ A63, { A63 A63 A63 }, NULL },
};

static size_t count_of(const struct near_case *c)
{
	size_t n = 0;

	while (n < COUNT(c->candidates) && c->candidates[n])
		n++;
	return n;
}

static void finds_the_nearest(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct near_case *c = &cases[i];
		const char *found = nearest(c->word, c->candidates, count_of(c));

		if (!c->expected != !found || (found && strcmp(found, c->expected)))
			fail_msg("\"%s\": %s instead of %s", c->word, found ? found : "none",
				 c->expected ? c->expected : "none");
	}
}

static void returns_the_candidates_own_pointer(void **state)
{
	char first[] = "limit", second[] = "limit";
	const char *const candidates[] = { first, second };

	(void)state;
	assert_ptr_equal(nearest("limit", candidates, 2), first);
	assert_ptr_equal(nearest("limti", candidates, 2), first);
	assert_ptr_equal(nearest("limti", candidates + 1, 1), second);
}

static void looks_at_no_more_than_count(void **state)
{
	const char *const candidates[] = { "fifo", "limit" };

	(void)state;
	assert_null(nearest("limit", candidates, 1));
	assert_null(nearest("limit", NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_nearest),
		cmocka_unit_test(returns_the_candidates_own_pointer),
		cmocka_unit_test(looks_at_no_more_than_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
