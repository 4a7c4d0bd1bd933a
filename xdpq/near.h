/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XDPQ_NEAR_H
#define XDPQ_NEAR_H

#include <stddef.h>

/*
 * The candidate nearest to `word` by edit distance (Damerau, optimal string alignment),
 * the first of several, for "did you mean". NULL if `word` is empty or none is near: more
 * than a third of the longer word, at least 1, would change.
 * Returns one of the candidates' own pointers.
 */
const char *nearest(const char *word, const char *const candidates[], size_t count);

#endif
