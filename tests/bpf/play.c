/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>

#include "cmocka_all.h"
#include "play.h"

#define FIRST_ROOM 1024
#define PUMP_FRAME 64

void play_start(struct play *p, const struct harness_opts *opts)
{
	memset(p, 0, sizeof(*p));
	p->room = FIRST_ROOM;
	p->recipes = calloc(p->room, sizeof(*p->recipes));
	harness_load(&p->h, opts);
}

void play_end(struct play *p)
{
	harness_check(&p->h);
	harness_unload(&p->h);
	bpf_object__close(p->cropper);
	free(p->recipes);
}

static const struct recipe *new_recipe(struct play *p, __u32 len, __u64 word)
{
	struct recipe *recipe;

	if (++p->last_id == p->room) {
		p->room *= 2;
		p->recipes = realloc(p->recipes, p->room * sizeof(*p->recipes));
		assert_non_null(p->recipes);
	}
	recipe = &p->recipes[p->last_id];
	*recipe = (struct recipe){ .id = p->last_id, .len = len, .word = word };
	return recipe;
}

static void make(const struct play *p, struct frame *frame, const struct recipe *recipe)
{
	frame_make(frame, recipe);
	if (p->shape)
		p->shape(frame, recipe);
}

static bool is_as_it_came(const struct play *p, __u32 id)
{
	struct frame came;

	make(p, &came, &p->recipes[id]);
	return p->out.len == came.len && !memcmp(p->out.data, came.data, came.len);
}

static __u32 judge(struct play *p, int verdict)
{
	__u32 id = frame_id(&p->out);

	p->verdict = verdict;
	if (verdict != XDP_REDIRECT)
		return 0;
	if (!id || id > p->last_id)
		fail_msg("a frame of %u bytes left that had not come: %u", p->out.len, id);
	if (!is_as_it_came(p, id))
		fail_msg("frame %u left with %u bytes, came with %u, or not as it was", id,
			 p->out.len, p->recipes[id].len);
	return id;
}

__u32 play_arrive_word(struct play *p, __u32 len, __u64 word)
{
	make(p, &p->in, new_recipe(p, len, word));
	return judge(p, harness_enqueue(&p->h, &p->in, &p->out));
}

__u32 play_arrive(struct play *p, __u32 len)
{
	return play_arrive_word(p, len, 0);
}

__u32 play_pump(struct play *p)
{
	return judge(p, harness_pump(&p->h, &p->out));
}

static int cropper(struct play *p, int target, __u32 front)
{
	__u32 key = 0;

	if (!p->cropper) {
		p->cropper = bpf_object__open_file(harness_object_path("tests/crop"), NULL);
		if (!p->cropper || bpf_object__load(p->cropper))
			fail_msg("can't load crop");
	}
	bpf_map_update_elem(harness_map_fd(p->cropper, "target"), &key, &target, 0);
	bpf_map_update_elem(harness_map_fd(p->cropper, ".bss"), &key, &front, 0);
	return bpf_program__fd(bpf_object__find_program_by_name(p->cropper, "crop"));
}

static __u32 run_small(struct play *p, int target, __u32 front)
{
	struct run run = { .prog = cropper(p, target, front), .in = &p->in };

	memmove(p->in.data + front, p->in.data, p->in.len);
	p->in.len += front;
	return judge(p, harness_run(&run, &p->out));
}

__u32 play_arrive_small(struct play *p, __u32 len, __u32 front)
{
	make(p, &p->in, new_recipe(p, len, 0));
	return run_small(p, p->h.enqueue_fd, front);
}

__u32 play_pump_small(struct play *p, __u32 front)
{
	p->in.len = PUMP_FRAME;
	return run_small(p, p->h.dequeue_fd, front);
}

__u32 play_len(const struct play *p, __u32 id)
{
	return p->recipes[id].len;
}

void play_wait(struct play *p, __u64 ns)
{
	harness_set_time(&p->h, harness_time(&p->h) + ns);
}

bool play_wait_due(struct play *p)
{
	__u64 due = p->h.port->due;

	if (due == XDPQ_NEVER)
		return false;
	if (due > harness_time(&p->h))
		harness_set_time(&p->h, due);
	return true;
}
