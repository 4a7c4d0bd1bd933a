/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A push-in-first-out queue (Sivaraman et al., "Programmable Packet Scheduling at
 * Line Rate", SIGCOMM 2016) of numbered things, 0 being nobody: push at any rank,
 * pop the lowest, FIFO among equal ranks. Push and pop are O(1): a list for each
 * rank ("bucket"), and a bitmap of three levels over them to find the first that
 * is not empty (as in Saeed et al., "Eiffel", NSDI 2019).
 *
 *	XDPQ_PIFO(order, 16, XDPQ_PIFO_FIXED, xdpq_slot_next);
 *
 * defines order_push(rank, id), order_peek(), order_pop(), order_len() and
 * order_holds(rank): would that rank get a bucket of its own?
 *
 * XDPQ_PIFO_FIXED: ranks are 0 to range - 1. Larger ones go to the last bucket.
 *
 * XDPQ_PIFO_MONOTONIC: ranks are times, real or virtual, that grow in the long
 * run. `range` of them lie in the window at once. It stands still as long as it
 * can and slides only for a rank beyond its end, and then not past the lowest
 * rank queued. A rank below the window goes to its first bucket, one beyond a
 * window that cannot slide to its last. The first push into an empty queue
 * anchors the window anew, that rank in the middle, so that later packets may
 * rank lower. Ranks may wrap.
 *
 * Ranks put into another bucket than their own are counted in `below` and `beyond`.
 */
#ifndef XDPQ_PIFO_H
#define XDPQ_PIFO_H

#include <xdpq/bits.h>
#include <xdpq/list.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>

enum xdpq_pifo_mode {
	XDPQ_PIFO_FIXED,
	XDPQ_PIFO_MONOTONIC,
};

#define XDPQ_PIFO_MAX_RANGE (64 * 64 * 64)

struct xdpq_pifo {
	__u64 base;		/* lowest rank of the window */
	__u32 len;
	__u32 below;
	__u32 beyond;
	__u32 pad;
};

/* What is known of a queue when it is compiled; everything below is inlined on it. */
struct xdpq_pifo_ops {
	struct xdpq_pifo *state;
	void *buckets;
	void *words;
	__u32 range;		/* a power of two, at most XDPQ_PIFO_MAX_RANGE */
	enum xdpq_pifo_mode mode;
	xdpq_next_fn next;
};

#define XDPQ_PIFO_LEAVES(range) (((range) + 63) / 64)
#define XDPQ_PIFO_TWIGS(range) (((range) + 4095) / 4096)

static __always_inline __u64 *xdpq_pifo_word(const struct xdpq_pifo_ops *q, __u32 level, __u32 i)
{
	if (level > 0)
		i += XDPQ_PIFO_LEAVES(q->range);
	if (level > 1)
		i += XDPQ_PIFO_TWIGS(q->range);
	return bpf_map_lookup_elem(q->words, &i);
}

static __always_inline void xdpq_pifo_mark(const struct xdpq_pifo_ops *q, __u32 bucket)
{
	for (__u32 level = 0; level < 3; level++, bucket >>= 6) {
		__u64 *word = xdpq_pifo_word(q, level, bucket >> 6);

		if (word)
			*word |= 1ULL << (bucket & 63);
	}
}

static __always_inline void xdpq_pifo_unmark(const struct xdpq_pifo_ops *q, __u32 bucket)
{
	for (__u32 level = 0; level < 3; level++, bucket >>= 6) {
		__u64 *word = xdpq_pifo_word(q, level, bucket >> 6);

		if (!word)
			return;
		*word &= ~(1ULL << (bucket & 63));
		if (*word)
			return;
	}
}

/* The first bit set in word `i` of a level, at `bit` or above; 64 if there is none. */
static __always_inline __u32 xdpq_pifo_scan(const struct xdpq_pifo_ops *q, __u32 level,
					    __u32 i, __u32 bit)
{
	__u64 *word = bit < 64 ? xdpq_pifo_word(q, level, i) : NULL;
	__u64 rest = word ? *word & (~0ULL << (bit & 63)) : 0;

	return rest ? xdpq_lowest_bit(rest) : 64;
}

/* The first bucket in use at `from` or above; `range` or more if there is none. */
static __always_inline __u32 xdpq_pifo_find(const struct xdpq_pifo_ops *q, __u32 from)
{
	__u32 leaf = from >> 6, twig = from >> 12;
	__u32 bit = xdpq_pifo_scan(q, 0, leaf, from & 63);

	if (bit < 64)
		return leaf << 6 | bit;
	bit = xdpq_pifo_scan(q, 1, twig, (leaf & 63) + 1);
	if (bit == 64) {
		twig = xdpq_pifo_scan(q, 2, 0, twig + 1);
		if (twig == 64)
			return XDPQ_PIFO_MAX_RANGE;
		bit = xdpq_pifo_scan(q, 1, twig, 0);
	}
	leaf = (twig << 6 | bit) & (XDPQ_PIFO_MAX_RANGE / 64 - 1);
	return leaf << 6 | xdpq_pifo_scan(q, 0, leaf, 0);
}

/* The bucket of the lowest rank; the window is a ring that begins at `base`. */
static __always_inline __u32 xdpq_pifo_first(const struct xdpq_pifo_ops *q)
{
	__u32 start = q->mode == XDPQ_PIFO_FIXED ? 0 : q->state->base & (q->range - 1);
	__u32 bucket = xdpq_pifo_find(q, start);

	if (bucket >= q->range && start)
		bucket = xdpq_pifo_find(q, 0);
	return bucket & (q->range - 1);
}

static __always_inline void xdpq_pifo_slide(const struct xdpq_pifo_ops *q, __u64 rank)
{
	__u64 need = rank - q->state->base - (q->range - 1);
	__u64 room = (xdpq_pifo_first(q) - q->state->base) & (q->range - 1);

	q->state->base += need < room ? need : room;
}

static __always_inline bool xdpq_pifo_holds(const struct xdpq_pifo_ops *q, __u64 rank)
{
	__u64 place = rank - q->state->base;

	if (q->mode == XDPQ_PIFO_FIXED)
		return rank < q->range;
	if (!q->state->len || place < q->range)
		return true;
	/* The window may slide up to the lowest rank queued. */
	return (__s64)place > 0 &&
	       place - ((xdpq_pifo_first(q) - q->state->base) & (q->range - 1)) < q->range;
}

static __always_inline __u32 xdpq_pifo_bucket_monotonic(const struct xdpq_pifo_ops *q, __u64 rank)
{
	struct xdpq_pifo *state = q->state;

	if (!state->len)
		state->base = rank - q->range / 2;
	if ((__s64)(rank - state->base) >= q->range)
		xdpq_pifo_slide(q, rank);
	if ((__s64)(rank - state->base) < 0) {
		state->below++;
		rank = state->base;
	} else if (rank - state->base >= q->range) {
		state->beyond++;
		rank = state->base + q->range - 1;
	}
	return rank & (q->range - 1);
}

static __always_inline __u32 xdpq_pifo_bucket_fixed(const struct xdpq_pifo_ops *q, __u64 rank)
{
	if (rank < q->range)
		return rank;
	q->state->beyond++;
	return q->range - 1;
}

static __always_inline void xdpq_pifo_push(const struct xdpq_pifo_ops *q, __u64 rank, __u32 id)
{
	__u32 bucket = q->mode == XDPQ_PIFO_FIXED ? xdpq_pifo_bucket_fixed(q, rank) :
						    xdpq_pifo_bucket_monotonic(q, rank);
	struct xdpq_list *list = bpf_map_lookup_elem(q->buckets, &bucket);

	if (!list)
		return;
	if (!list->head)
		xdpq_pifo_mark(q, bucket);
	xdpq_list_push(list, id, q->next);
	q->state->len++;
}

static __always_inline __u32 xdpq_pifo_peek(const struct xdpq_pifo_ops *q)
{
	__u32 bucket = q->state->len ? xdpq_pifo_first(q) : 0;
	struct xdpq_list *list = bpf_map_lookup_elem(q->buckets, &bucket);

	return list ? list->head : XDPQ_NONE;
}

static __always_inline __u32 xdpq_pifo_pop(const struct xdpq_pifo_ops *q)
{
	__u32 bucket, id;
	struct xdpq_list *list;

	if (!q->state->len)
		return XDPQ_NONE;
	bucket = xdpq_pifo_first(q);
	list = bpf_map_lookup_elem(q->buckets, &bucket);
	if (!list)
		return XDPQ_NONE;
	id = xdpq_list_pop(list, q->next);
	if (!list->head)
		xdpq_pifo_unmark(q, bucket);
	q->state->len--;
	return id;
}

#define XDPQ_PIFO(name, pifo_range, pifo_mode, next_fn)					\
	_Static_assert((pifo_range) <= XDPQ_PIFO_MAX_RANGE &&				\
		       !((pifo_range) & ((pifo_range) - 1)), "range: a power of two");	\
	struct {									\
		__uint(type, BPF_MAP_TYPE_ARRAY);					\
		__uint(max_entries, pifo_range);					\
		__type(key, __u32);							\
		__type(value, struct xdpq_list);					\
	} name##_buckets SEC(".maps");							\
	struct {									\
		__uint(type, BPF_MAP_TYPE_ARRAY);					\
		__uint(max_entries, XDPQ_PIFO_LEAVES(pifo_range) +			\
				    XDPQ_PIFO_TWIGS(pifo_range) + 1);			\
		__type(key, __u32);							\
		__type(value, __u64);							\
	} name##_words SEC(".maps");							\
	/* "used" keeps clang from splitting it, of which the BTF would know nothing. */	\
	static struct xdpq_pifo name##_state __attribute__((used));			\
	static __always_inline struct xdpq_pifo_ops name##_ops(void)			\
	{										\
		struct xdpq_pifo_ops ops = {						\
			.state = &name##_state,						\
			.buckets = &name##_buckets,					\
			.words = &name##_words,						\
			.range = pifo_range,						\
			.mode = pifo_mode,						\
			.next = next_fn,						\
		};									\
		return ops;								\
	}										\
	static __always_inline __attribute__((unused)) void name##_push(__u64 rank, __u32 id)	\
	{										\
		struct xdpq_pifo_ops ops = name##_ops();				\
		xdpq_pifo_push(&ops, rank, id);						\
	}										\
	static __always_inline __attribute__((unused)) bool name##_holds(__u64 rank)	\
	{										\
		struct xdpq_pifo_ops ops = name##_ops();				\
		return xdpq_pifo_holds(&ops, rank);					\
	}										\
	static __always_inline __attribute__((unused)) __u32 name##_peek(void)		\
	{										\
		struct xdpq_pifo_ops ops = name##_ops();				\
		return xdpq_pifo_peek(&ops);						\
	}										\
	static __always_inline __attribute__((unused)) __u32 name##_pop(void)		\
	{										\
		struct xdpq_pifo_ops ops = name##_ops();				\
		return xdpq_pifo_pop(&ops);						\
	}										\
	static __always_inline __attribute__((unused)) __u32 name##_len(void)		\
	{										\
		return name##_state.len;						\
	}

#endif
