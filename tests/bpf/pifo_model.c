/* SPDX-License-Identifier: GPL-2.0-only */
#include <assert.h>
#include <string.h>

#include "pifo_model.h"

/* Index of the lowest rank, the first of equals. */
static __u32 lowest(const struct pifo_model *model)
{
	__u32 best = 0;

	for (__u32 i = 1; i < model->len; i++) {
		if (model->entry[i].rank - model->base < model->entry[best].rank - model->base)
			best = i;
	}
	return best;
}

/* Ranks wrap, so one is beyond another if it is less than half of all ahead of it. */
static bool is_beyond(__u64 rank, __u64 end)
{
	return rank != end && rank - end < 1ULL << 63;
}

static void move_window(struct pifo_model *model, __u64 rank)
{
	if (!model->len)
		model->base = rank - model->range / 2;
	while (is_beyond(rank, model->base + model->range - 1) &&
	       model->base != model->entry[lowest(model)].rank) {
		__u64 to_rank = rank - (model->base + model->range - 1);
		__u64 to_lowest = model->entry[lowest(model)].rank - model->base;

		model->base += to_rank < to_lowest ? to_rank : to_lowest;
	}
}

static __u64 fit(struct pifo_model *model, __u64 rank)
{
	__u64 last;

	if (model->monotonic)
		move_window(model, rank);
	last = model->base + model->range - 1;
	if (model->monotonic ? is_beyond(rank, last) : rank > last) {
		model->beyond++;
		return last;
	}
	if (model->monotonic && is_beyond(model->base, rank)) {
		model->below++;
		return model->base;
	}
	return rank;
}

void pifo_model_push(struct pifo_model *model, __u64 rank, __u32 id)
{
	assert(model->len < PIFO_MODEL_MAX);
	rank = fit(model, rank);
	model->entry[model->len].rank = rank;
	model->entry[model->len++].id = id;
}

__u32 pifo_model_peek(const struct pifo_model *model)
{
	return model->len ? model->entry[lowest(model)].id : 0;
}

__u32 pifo_model_pop(struct pifo_model *model)
{
	__u32 best = lowest(model), id = pifo_model_peek(model);

	if (!model->len)
		return 0;
	model->len--;
	memmove(&model->entry[best], &model->entry[best + 1],
		(model->len - best) * sizeof(model->entry[0]));
	return id;
}
