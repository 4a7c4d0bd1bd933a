/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test scheduler: FIFO. While `overtaken` is set, its heir follows in the very moment in
 * which a packet has been popped, as another CPU might do before that packet has left.
 */
#include <xdpq/sched.h>

struct overtaken_params {
	__u32 limit XDPQ_PARAM(packets, 1, 65536, 1000, "packets that may wait");
	__u32 overtaken XDPQ_PARAM(packets, 0, 1, 0, "whether the heir follows after a pop");
};

XDPQ_PARAMS(struct overtaken_params);

static struct xdpq_list waiting;

static __always_inline int overtaken_enqueue(struct xdpq_packet *packet)
{
	if (xdpq_qlen() >= xdpq_params()->limit)
		return XDPQ_DROP_OVERLIMIT;
	xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
	return XDPQ_ACCEPT;
}

static __always_inline struct xdpq_next overtaken_dequeue(__u64 now)
{
	struct xdpq_port *port = xdpq_this_port();

	if (port && xdpq_params()->overtaken)
		xdpq_follow(port, xdpq_generation + 1, false);
	return xdpq_send_slot(xdpq_list_pop(&waiting, xdpq_slot_next));
}

XDPQ_SCHEDULER("test: its heir follows after a pop", overtaken_enqueue, overtaken_dequeue,
	       xdpq_always);
