/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test scheduler: drops on the way out, as an AQM does. A packet is lost if its
 * payload asks for it, or if it has waited for longer than allowed; at most
 * MAX_DROPS of them in one call, after which the policy gives up and is asked again.
 */
#include <xdpq/sched.h>

#define MARK_OFFSET 16
#define MARK 0xdd
#define MAX_DROPS 8

enum dropper_reason {
	DROPPER_AQM,
	DROPPER_LATE,
	DROPPER_LOSS,
};

struct dropper_params {
	__u32 limit XDPQ_PARAM(packets, 1, 65536, 1000, "packets that may wait");
	__u32 reason XDPQ_CHOICE("aqm|late|loss", "aqm", "what marked packets are dropped for");
	__u64 patience XDPQ_PARAM(time, 0ns, 100s, 0ns, "longest wait; 0 for any");
};

XDPQ_PARAMS(struct dropper_params);

struct dropper_counters {
	__u64 marked XDPQ_COUNTER(packets, "dropped because the payload asked for it");
	__u64 impatient XDPQ_COUNTER(packets, "dropped because they had waited too long");
	__u64 gave_up XDPQ_COUNTER(packets, "calls that ended without a packet to send");
};

XDPQ_COUNTERS(struct dropper_counters);

static struct xdpq_list waiting;

static __always_inline int dropper_enqueue(struct xdpq_packet *packet)
{
	if (xdpq_qlen() >= xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
	return XDPQ_ACCEPT;
}

static __always_inline enum xdpq_drop dropper_reason_of(void)
{
	switch (xdpq_params()->reason) {
	case DROPPER_LATE:
		return XDPQ_DROP_LATE;
	case DROPPER_LOSS:
		return XDPQ_DROP_LOSS;
	default:
		return XDPQ_DROP_AQM;
	}
}

/* Returns whether the packet was dropped. */
static __always_inline bool dropper_judge(__u32 id, __u64 now)
{
	struct xdpq_slot *slot = xdpq_slot(id);
	__u64 patience = xdpq_params()->patience;

	if (!slot)
		return false;
	if (slot->len > MARK_OFFSET && slot->data[MARK_OFFSET] == MARK) {
		xdpq_counters.marked++;
		xdpq_drop(id, dropper_reason_of());
		return true;
	}
	if (patience && now - slot->arrived > patience) {
		xdpq_counters.impatient++;
		xdpq_drop(id, XDPQ_DROP_LATE);
		return true;
	}
	return false;
}

static __always_inline struct xdpq_next dropper_dequeue(__u64 now)
{
	for (__u32 i = 0; i < MAX_DROPS; i++) {
		__u32 id = xdpq_list_pop(&waiting, xdpq_slot_next);

		if (!id)
			return xdpq_empty();
		if (!dropper_judge(id, now))
			return xdpq_send_slot(id);
	}
	xdpq_counters.gave_up++;
	return xdpq_empty();
}

XDPQ_SCHEDULER("test: drops what the payload says", dropper_enqueue, dropper_dequeue,
	       xdpq_always);
