/* SPDX-License-Identifier: GPL-2.0-only */
#include "codel_model.h"

/* By bisection: pause * pause * count <= interval * interval. */
__u64 codel_model_pause(__u64 interval, __u32 count)
{
	unsigned __int128 square = (unsigned __int128)interval * interval;
	__u64 low = 0, high = interval;

	while (low < high) {
		__u64 middle = low + (high - low + 1) / 2;

		if ((unsigned __int128)middle * middle * count <= square)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

struct result {
	bool any;
	bool ok_to_drop;
	struct codel_packet packet;
};

static struct result dodequeue(struct codel_model *c, const struct codel_queue *queue, __u64 now)
{
	struct result r = {};

	r.any = queue->take(queue->of, &r.packet);
	if (!r.any) {
		c->first_above_time = 0;
		return r;
	}
	if (now - r.packet.arrived < c->target || queue->bytes(queue->of) <= c->maxpacket)
		c->first_above_time = 0;
	else if (c->first_above_time == 0)
		c->first_above_time = now + c->interval;
	else if (now >= c->first_above_time)
		r.ok_to_drop = true;
	return r;
}

static void keep_dropping(struct codel_model *c, const struct codel_queue *queue, __u64 now,
			  struct result *r)
{
	if (!r->ok_to_drop)
		c->dropping = false;
	while (now >= c->drop_next && c->dropping) {
		c->count++;
		if (queue->mark(queue->of, &r->packet)) {
			c->drop_next += codel_model_pause(c->interval, c->count);
			return;
		}
		queue->drop(queue->of, &r->packet);
		*r = dodequeue(c, queue, now);
		if (!r->ok_to_drop)
			c->dropping = false;
		else
			c->drop_next += codel_model_pause(c->interval, c->count);
	}
}

static void start_dropping(struct codel_model *c, const struct codel_queue *queue, __u64 now,
			   struct result *r)
{
	__s64 since = now - c->drop_next;
	__u32 delta = c->count - c->lastcount;

	if (!queue->mark(queue->of, &r->packet)) {
		queue->drop(queue->of, &r->packet);
		*r = dodequeue(c, queue, now);
	}
	c->dropping = true;
	c->count = 1;
	if (delta > 1 && since < (__s64)(16 * c->interval))
		c->count = delta;
	c->drop_next = now + codel_model_pause(c->interval, c->count);
	c->lastcount = c->count;
}

bool codel_model_dequeue(struct codel_model *c, const struct codel_queue *queue, __u64 now,
			 struct codel_packet *packet)
{
	struct result r = dodequeue(c, queue, now);

	if (c->dropping)
		keep_dropping(c, queue, now, &r);
	else if (r.ok_to_drop)
		start_dropping(c, queue, now, &r);
	*packet = r.packet;
	return r.any;
}
