/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test scheduler: takes packets in and never lets one go. It says that there is nothing,
 * or that the time has not come: a moment more each time, or never.
 */
#include <xdpq/sched.h>

enum stuck_answer {
	STUCK_EMPTY,
	STUCK_LATER,
	STUCK_NEVER,
};

struct stuck_params {
	__u32 answer XDPQ_CHOICE("empty|later|never", "empty", "what it says");
};

XDPQ_PARAMS(struct stuck_params);

static struct xdpq_list waiting;

static __always_inline int stuck_enqueue(struct xdpq_packet *packet)
{
	xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next stuck_dequeue(__u64 now)
{
	switch (xdpq_params()->answer) {
	case STUCK_LATER:
		return xdpq_not_before(now + 1);
	case STUCK_NEVER:
		return xdpq_not_before(XDPQ_NEVER);
	default:
		return xdpq_empty();
	}
}

XDPQ_SCHEDULER("test: lets no packet go", stuck_enqueue, stuck_dequeue, xdpq_never);
