/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test scheduler: a FIFO with a parameter of each kind, tables among them, and arrays
 * of counters. A byte of the payload stands for the DSCP.
 */
#include <xdpq/sched.h>

#define DSCP_OFFSET 16
#define BANDS 16

struct tables_params {
	__u32 limit XDPQ_PARAM(packets, 1, 65536, 1000, "packets that may wait");
	__u32 seed XDPQ_PARAM(number, 0, 4294967295, auto, "added to the quantum not given");
	__u32 loss XDPQ_PARAM(percent, 0%, 100%, 0%, "nothing, but a percentage");
	__u32 most XDPQ_PARAM(percent, 0.5%, 50%, 12.5%, "nothing, but a percentage");
	__u32 priomap[64] XDPQ_BY_DSCP(number, 0, 15, (EF=0,CS6-CS7=0,default=1), "band");
	__u64 rates[64] XDPQ_BY_DSCP(rate, 1kbit, 1gbit, auto, "nothing, but rates");
	__u32 pcpmap[8] XDPQ_BY_PCP(number, 0, 7, (2,2,1,1,1,0,0,0), "class");
	__u32 quantum[8] XDPQ_BY_PCP(bytes, 64, 64k, auto, "bytes; 1500 and the seed if not given");
	__u64 waits[8] XDPQ_BY_PCP(time, 0ns, 1s, 5ms, "nothing, but times");
	struct xdpq_prefix weights[XDPQ_PREFIXES]
		XDPQ_BY_PREFIX(number, 1, 1000, auto, "nothing, but weights");
	struct xdpq_prefix sizes[XDPQ_PREFIXES]
		XDPQ_BY_PREFIX(bytes, 64, 64k, 1500, "nothing, but sizes");
};

enum { GIVEN_SEED = 1 << 1, GIVEN_QUANTUM = 1 << 7 };

XDPQ_PARAMS(struct tables_params);

struct tables_counters {
	__u64 all XDPQ_COUNTER(packets, "packets");
	__u64 band[BANDS] XDPQ_COUNTER(packets, "packets of each band");
	__u64 load[BANDS] XDPQ_COUNTER(bytes, "bytes of each band");
	__u64 seen[64] XDPQ_COUNTER(number, "payloads that named this DSCP");
};

XDPQ_COUNTERS(struct tables_counters);

static struct xdpq_list waiting;

static __always_inline int tables_enqueue(struct xdpq_packet *packet)
{
	struct xdpq_slot *slot = xdpq_slot(packet->slot);
	__u32 dscp, band;

	if (!slot || packet->len <= DSCP_OFFSET || xdpq_qlen() >= xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	dscp = slot->data[DSCP_OFFSET];
	asm volatile("%0 &= 63" : "+r"(dscp));
	band = xdpq_params()->priomap[dscp];
	asm volatile("%0 &= 15" : "+r"(band));
	xdpq_counters.all++;
	xdpq_counters.band[band]++;
	xdpq_counters.load[band] += packet->len;
	xdpq_counters.seen[dscp]++;
	xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next tables_dequeue(__u64 now)
{
	return xdpq_send_slot(xdpq_list_pop(&waiting, xdpq_slot_next));
}

struct tables_validate {
	struct xdpq_validate v;
	struct tables_params params;
};

SEC("syscall")
int xdpq_validate(struct tables_validate *ctx)
{
	if (ctx->v.given & GIVEN_SEED && !ctx->params.seed)
		return XDPQ_REFUSE(&ctx->v, "seed", "is 0, which was given and not left out");
	if (ctx->v.given & GIVEN_QUANTUM)
		return 0;
#pragma unroll
	for (int i = 0; i < 8; i++)
		ctx->params.quantum[i] = 1500 + ctx->params.seed;
	return 0;
}

XDPQ_SCHEDULER("test: a parameter of each kind", tables_enqueue, tables_dequeue, xdpq_never);
