/* SPDX-License-Identifier: GPL-2.0-only */
#include "near.h"

#include <string.h>

/* Nothing in xdpq has a longer name, so a longer word is near to nothing. */
#define LONGEST 63

typedef unsigned char distances[LONGEST + 1][LONGEST + 1];

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t max(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* The distance of the first `i` bytes of `a` to the first `j` of `b`, by those of fewer. */
static size_t step(distances d, const char *a, size_t i, const char *b, size_t j)
{
	size_t change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
	size_t best = min(change, 1 + min(d[i - 1][j], d[i][j - 1]));

	if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
		best = min(best, 1u + d[i - 2][j - 2]);
	return best;
}

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	distances d;
	size_t i, j;

	for (i = 0; i <= a_len; i++)
		d[i][0] = i;
	for (j = 0; j <= b_len; j++)
		d[0][j] = j;
	for (i = 1; i <= a_len; i++)
		for (j = 1; j <= b_len; j++)
			d[i][j] = step(d, a, i, b, j);
	return d[a_len][b_len];
}

const char *nearest(const char *word, const char *const candidates[], size_t count)
{
	size_t len = strlen(word), best = LONGEST, i;
	const char *found = NULL;

	if (!len || len > LONGEST)
		return NULL;
	for (i = 0; i < count; i++) {
		size_t other = strlen(candidates[i]), d;

		if (other > LONGEST)
			continue;
		d = distance(word, len, candidates[i], other);
		if (d > max(1, max(len, other) / 3) || d >= best)
			continue;
		best = d;
		found = candidates[i];
	}
	return found;
}
