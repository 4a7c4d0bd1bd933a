/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "cmocka_all.h"
#include "netem_model.h"

#define STEPS 65536ULL

static const __u32 shifts[] = { 10, 16, 23 };

static __u64 step_of(const struct netem_waiting *w)
{
	return w->time >> w->shift;
}

/* The first in its own kind of steps: earliest step, then as they came. */
static const struct netem_waiting *first_of(const struct netem_model *model, __u32 shift)
{
	const struct netem_waiting *first = NULL;

	for (__u32 i = 0; i < model->len; i++) {
		const struct netem_waiting *w = &model->waiting[i];

		if (w->shift == shift && (!first || step_of(w) < step_of(first)))
			first = w;
	}
	return first;
}

static __u32 shift_for(const struct netem_model *model, __u64 now, __u64 time)
{
	for (size_t i = 0; i < COUNT(shifts) - 1; i++) {
		const struct netem_waiting *first = first_of(model, shifts[i]);

		if (time - now >= STEPS / 2 << shifts[i])
			continue;
		if (!first || time >> shifts[i] < step_of(first) + STEPS)
			return shifts[i];
	}
	return shifts[COUNT(shifts) - 1];
}

__u64 netem_model_step(__u64 wait)
{
	static const struct netem_model empty;

	return 1ULL << shift_for(&empty, 0, wait);
}

void netem_model_push(struct netem_model *model, __u32 id, __u64 now, __u64 time)
{
	__u32 shift = shift_for(model, now, time);

	assert_true(model->len < NETEM_MODEL_ROOM);
	model->waiting[model->len++] = (struct netem_waiting){
		.id = id,
		.shift = shift,
		.time = time,
	};
}

const struct netem_waiting *netem_model_first(const struct netem_model *model)
{
	const struct netem_waiting *first = NULL;

	for (size_t i = 0; i < COUNT(shifts); i++) {
		const struct netem_waiting *w = first_of(model, shifts[i]);

		if (w && (!first || w->time <= first->time))
			first = w;
	}
	return first;
}

void netem_model_pop(struct netem_model *model)
{
	const struct netem_waiting *first = netem_model_first(model);
	__u32 i = first - model->waiting;

	model->len--;
	memmove(&model->waiting[i], &model->waiting[i + 1],
		(model->len - i) * sizeof(*first));
}
