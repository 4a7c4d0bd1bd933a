/* SPDX-License-Identifier: GPL-2.0-only */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "frames.h"

static __u64 state = 1;

/* SplitMix64 (Steele, Lea, Flood). */
static __u64 mix(__u64 z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

__u64 random_seed(void)
{
	const char *given = getenv("XDPQ_SEED");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	state = given ? strtoull(given, NULL, 0) : (__u64)now.tv_sec * 1000000007 + now.tv_nsec;
	printf("# XDPQ_SEED=%" PRIu64 "\n", (uint64_t)state);
	fflush(stdout);
	return state;
}

__u64 random_u64(void)
{
	return mix(state += 0x9e3779b97f4a7c15ULL);
}

__u64 random_below(__u64 limit)
{
	return random_u64() % limit;
}

__u64 random_between(__u64 low, __u64 high)
{
	return low + random_below(high - low + 1);
}

bool random_one_in(__u32 n)
{
	return !random_below(n);
}

void frame_make(struct frame *frame, const struct recipe *recipe)
{
	frame->len = recipe->len;
	for (__u32 i = 0; i < recipe->len; i += 8) {
		__u64 pattern = mix(((__u64)recipe->id << 32) + i);

		memcpy(frame->data + i, &pattern, sizeof(pattern));
	}
	memcpy(frame->data, &recipe->id, sizeof(recipe->id));
	if (recipe->len >= FRAME_WORD_OFFSET + sizeof(recipe->word))
		memcpy(frame->data + FRAME_WORD_OFFSET, &recipe->word, sizeof(recipe->word));
}

__u32 frame_id(const struct frame *frame)
{
	__u32 id;

	memcpy(&id, frame->data, sizeof(id));
	return id;
}

bool frame_is(const struct frame *frame, const struct recipe *recipe)
{
	struct frame expected;

	frame_make(&expected, recipe);
	return frame->len == expected.len && !memcmp(frame->data, expected.data, expected.len);
}
