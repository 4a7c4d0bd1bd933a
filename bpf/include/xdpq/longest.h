/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which of many numbered things has most? Amounts are sorted into classes, 16 for
 * each power of two, so the answer is short of the true maximum by less than 1/16 of
 * it. Of several in the same class it is the one that came to it last. All is O(1): a
 * list for each class, and a bitmap over them.
 */
#ifndef XDPQ_LONGEST_H
#define XDPQ_LONGEST_H

#include <xdpq/abi.h>
#include <xdpq/bits.h>
#include <xdpq/verifier.h>

#define XDPQ_LONGEST_CLASSES 512
#define XDPQ_LONGEST_STEPS 16	/* classes for each power of two */

/* In each thing; zero to begin with. */
struct xdpq_longest_node {
	__u32 before;
	__u32 behind;
	__u32 class;	/* 0: has nothing, and is on no list */
};

struct xdpq_longest {
	__u64 used[XDPQ_LONGEST_CLASSES / 64];
	__u32 first[XDPQ_LONGEST_CLASSES];
};

/* Returns the node of `id`, NULL if there is none. */
typedef struct xdpq_longest_node *(*xdpq_longest_fn)(__u32 id);

/* Up to 15 the class is the amount; from there on the highest five bits and where they stand. */
static __always_inline __u32 xdpq_longest_class(__u32 amount)
{
	__u32 shift = xdpq_highest_bit(amount | XDPQ_LONGEST_STEPS) - 4;

	return shift * XDPQ_LONGEST_STEPS + (amount >> shift);
}

static __always_inline __u32 *xdpq_longest_list(struct xdpq_longest *all, __u64 class)
{
	return &all->first[xdpq_masked(class, XDPQ_LONGEST_CLASSES - 1)];
}

static __always_inline __u64 *xdpq_longest_word(struct xdpq_longest *all, __u64 class)
{
	return &all->used[xdpq_masked(class >> 6, XDPQ_LONGEST_CLASSES / 64 - 1)];
}

static __always_inline void xdpq_longest_remove(struct xdpq_longest *all,
						struct xdpq_longest_node *node,
						xdpq_longest_fn node_of)
{
	struct xdpq_longest_node *before = node->before ? node_of(node->before) : NULL;
	struct xdpq_longest_node *behind = node->behind ? node_of(node->behind) : NULL;
	__u32 *first = xdpq_longest_list(all, node->class);

	if (before)
		before->behind = node->behind;
	else
		*first = node->behind;
	if (behind)
		behind->before = node->before;
	if (!*first)
		*xdpq_longest_word(all, node->class) &= ~(1ULL << (node->class & 63));
}

static __always_inline void xdpq_longest_insert(struct xdpq_longest *all, __u32 id,
						struct xdpq_longest_node *node,
						xdpq_longest_fn node_of)
{
	__u32 *first = xdpq_longest_list(all, node->class);
	struct xdpq_longest_node *behind = *first ? node_of(*first) : NULL;

	node->before = XDPQ_NONE;
	node->behind = *first;
	if (behind)
		behind->before = id;
	*first = id;
	*xdpq_longest_word(all, node->class) |= 1ULL << (node->class & 63);
}

/* `id` has now `amount`. */
static __always_inline void xdpq_longest_set(struct xdpq_longest *all, __u32 id, __u32 amount,
					     xdpq_longest_fn node_of)
{
	struct xdpq_longest_node *node = node_of(id);
	__u32 class = xdpq_longest_class(amount);

	if (!node || node->class == class)
		return;
	if (node->class)
		xdpq_longest_remove(all, node, node_of);
	node->class = class;
	if (class)
		xdpq_longest_insert(all, id, node, node_of);
}

/* Who has most; XDPQ_NONE if nobody has anything. */
static __always_inline __u32 xdpq_longest_first(struct xdpq_longest *all)
{
	__u64 word = 0;
	__u32 at = 0;

	for (__u32 i = 0; i < XDPQ_LONGEST_CLASSES / 64; i++) {
		if (all->used[i]) {
			word = all->used[i];
			at = i;
		}
	}
	return word ? *xdpq_longest_list(all, at * 64 + xdpq_highest_bit(word)) : XDPQ_NONE;
}

#endif
