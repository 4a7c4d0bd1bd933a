/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CoDel without a scheduler around it: one run of a program judges thousands of
 * packets, for a test of millions.
 */
#include <linux/bpf.h>
#include <xdpq/codel.h>

#include "codel_batch.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CODEL_BATCH_OPS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct codel_batch_op);
} ops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CODEL_BATCH_OPS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct codel_batch_answer);
} answers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CODEL_BATCH_OPS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} pauses SEC(".maps");

static struct xdpq_codel codel __attribute__((used));

static long judge_one(__u32 i, void *data)
{
	struct codel_batch_call *call = data;
	struct codel_batch_op *op = bpf_map_lookup_elem(&ops, &i);
	struct codel_batch_answer *answer = bpf_map_lookup_elem(&answers, &i);
	struct xdpq_codel_params params = { call->target, call->interval, call->maxpacket };

	if (!op || !answer)
		return 1;
	answer->signal = false;
	if (op->none) {
		xdpq_codel_empty(&codel);
	} else {
		struct xdpq_codel_look look = { op->now, op->arrived, op->backlog };

		answer->signal = xdpq_codel_judge(&codel, &params, &look);
	}
	if (answer->signal && op->marks)
		xdpq_codel_marked(&codel, params.interval);
	answer->drop_next = codel.drop_next;
	answer->count = codel.count;
	answer->dropping = codel.dropping;
	return 0;
}

SEC("syscall") int judge(struct codel_batch_call *ctx)
{
	struct codel_batch_call call = *ctx;

	return bpf_loop(ctx->ops, judge_one, &call, 0);
}

static long pause_one(__u32 i, void *data)
{
	struct codel_batch_pauses *call = data;
	__u64 *pause = bpf_map_lookup_elem(&pauses, &i);

	if (!pause)
		return 1;
	*pause = xdpq_codel_pause(call->interval, call->first + i);
	return 0;
}

SEC("syscall") int pause(struct codel_batch_pauses *ctx)
{
	struct codel_batch_pauses call = *ctx;

	return bpf_loop(ctx->ops, pause_one, &call, 0);
}

char codel_batch_license[] SEC("license") = "GPL";
