/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PIFOs of many ranges and of both modes, without a scheduler around them: one run
 * of a program makes thousands of pushes and pops, for a test of millions.
 */
#include <linux/bpf.h>
#include <xdpq/pifo.h>

#include "pifo_batch.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PIFO_BATCH_OPS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct pifo_batch_op);
} ops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PIFO_BATCH_OPS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct pifo_batch_answer);
} answers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PIFO_BATCH_IDS + 1);
	__type(key, __u32);
	__type(value, __u32);
} links SEC(".maps");

static __always_inline __u32 *link_of(__u32 id)
{
	return bpf_map_lookup_elem(&links, &id);
}

#define QUEUE(name, range, mode)						\
	XDPQ_PIFO(name, range, mode, link_of);					\
	static long name##_step(__u32 i, void *unused)				\
	{									\
		struct pifo_batch_op *op = bpf_map_lookup_elem(&ops, &i);	\
		struct pifo_batch_answer *answer = bpf_map_lookup_elem(&answers, &i); \
										\
		if (!op || !answer)						\
			return 1;						\
		answer->peeked = name##_peek();					\
		answer->popped = 0;						\
		if (op->id)							\
			name##_push(op->rank, op->id);				\
		else								\
			answer->popped = name##_pop();				\
		answer->len = name##_len();					\
		return 0;							\
	}									\
	SEC("syscall") int name(struct pifo_batch_call *call)			\
	{									\
		return bpf_loop(call->ops, name##_step, NULL, 0);		\
	}

QUEUE(fixed_1, 1, XDPQ_PIFO_FIXED)
QUEUE(fixed_2, 2, XDPQ_PIFO_FIXED)
QUEUE(fixed_64, 64, XDPQ_PIFO_FIXED)
QUEUE(fixed_128, 128, XDPQ_PIFO_FIXED)
QUEUE(fixed_4096, 4096, XDPQ_PIFO_FIXED)
QUEUE(fixed_8192, 8192, XDPQ_PIFO_FIXED)
QUEUE(fixed_262144, 262144, XDPQ_PIFO_FIXED)
QUEUE(time_1, 1, XDPQ_PIFO_MONOTONIC)
QUEUE(time_2, 2, XDPQ_PIFO_MONOTONIC)
QUEUE(time_16, 16, XDPQ_PIFO_MONOTONIC)
QUEUE(time_64, 64, XDPQ_PIFO_MONOTONIC)
QUEUE(time_256, 256, XDPQ_PIFO_MONOTONIC)
QUEUE(time_4096, 4096, XDPQ_PIFO_MONOTONIC)
QUEUE(time_65536, 65536, XDPQ_PIFO_MONOTONIC)
QUEUE(time_262144, 262144, XDPQ_PIFO_MONOTONIC)

char pifo_batch_license[] SEC("license") = "GPL";
