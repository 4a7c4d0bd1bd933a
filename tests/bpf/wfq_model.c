/* SPDX-License-Identifier: GPL-2.0-only */
#include "cmocka_all.h"
#include "wfq_model.h"

#define ONE_BYTE ((__int128)1 << 64)
/* Beside the step: what tags of 2^-24 byte lose by rounding in 250000 packets. */
#define ROUNDING (ONE_BYTE / 64)

static __int128 latest(__int128 a, __int128 b)
{
	return a > b ? a : b;
}

static void serve(struct wfq_model *m, struct wfq_model_class *class, __int128 start, __u32 len)
{
	m->time = latest(m->time, start);
	class->finish = start + len * ONE_BYTE / class->weight;
	m->latest = latest(m->latest, class->finish);
	class->sent++;
	class->sent_bytes += len;
}

bool wfq_model_arrive(struct wfq_model *m, __u32 number, __u32 weight,
		      const struct wfq_model_packet *packet)
{
	struct wfq_model_class *class = &m->classes[number];
	__u32 room = m->qlen < m->limit ? m->limit - m->qlen : 0;

	class->weight = weight;
	if (class->qlen >= 2 * room) {
		class->dropped++;
		return false;
	}
	assert_in_range(class->qlen, 0, WFQ_MODEL_QUEUE - 1);
	class->queue[(class->first + class->qlen) % WFQ_MODEL_QUEUE] = *packet;
	if (!class->qlen++)
		class->start = latest(m->time, class->finish);
	m->qlen++;
	return true;
}

void wfq_model_pass(struct wfq_model *m, __u32 number, __u32 weight, __u32 len)
{
	struct wfq_model_class *class = &m->classes[number];

	assert_int_equal(m->qlen, 0);
	class->weight = weight;
	m->time = m->latest;
	serve(m, class, m->time, len);
}

static __int128 lowest_start(const struct wfq_model *m)
{
	__int128 lowest = (__int128)1 << 126;

	for (int i = 0; i < WFQ_MODEL_CLASSES; i++) {
		const struct wfq_model_class *class = &m->classes[i];

		if (class->qlen && class->start < lowest)
			lowest = class->start;
	}
	return lowest;
}

struct wfq_model_packet wfq_model_depart(struct wfq_model *m, __u32 number)
{
	struct wfq_model_class *class = &m->classes[number];
	struct wfq_model_packet packet = class->queue[class->first];
	__int128 early = class->start - lowest_start(m);

	if (!class->qlen)
		fail_msg("class %u has nothing to send", number);
	if (early >= (__int128)(WFQ_MODEL_STEP * ONE_BYTE) + ROUNDING)
		fail_msg("class %u was served %.4f bytes of virtual time early", number,
			 (double)early / ONE_BYTE);
	serve(m, class, class->start, packet.len);
	class->start = class->finish;
	class->first = (class->first + 1) % WFQ_MODEL_QUEUE;
	class->qlen--;
	m->qlen--;
	return packet;
}
