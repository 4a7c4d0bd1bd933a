/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A first-in-first-out list of numbered things, 0 being nobody. Where a thing
 * keeps the number of the one behind it is told by a function, so that packets
 * (xdpq_slot_next) and flows can be queued alike.
 */
#ifndef XDPQ_LIST_H
#define XDPQ_LIST_H

#include <xdpq/abi.h>

struct xdpq_list {
	__u32 head;
	__u32 tail;
};

/* Returns the place of the number behind `id`, NULL if there is no such thing. */
typedef __u32 *(*xdpq_next_fn)(__u32 id);

static __always_inline void xdpq_list_push(struct xdpq_list *list, __u32 id, xdpq_next_fn next)
{
	__u32 *mine = next(id), *last = next(list->tail);

	if (!mine)
		return;
	*mine = XDPQ_NONE;
	if (list->head && last)
		*last = id;
	else
		list->head = id;
	list->tail = id;
}

/* Returns the first, or XDPQ_NONE. */
static __always_inline __u32 xdpq_list_pop(struct xdpq_list *list, xdpq_next_fn next)
{
	__u32 id = list->head, *mine = next(id);

	if (!id || !mine)
		return XDPQ_NONE;
	list->head = *mine;
	return id;
}

#endif
