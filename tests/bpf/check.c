/* SPDX-License-Identifier: GPL-2.0-only */
/* The invariants that hold between any two runs of a program. */
#include "cmocka_all.h"
#include "harness.h"

static void add(struct xdpq_tally *sum, const struct xdpq_tally *more)
{
	sum->packets += more->packets;
	sum->bytes += more->bytes;
}

static void expect_same(const struct harness *h, const char *what, const struct xdpq_tally *a,
			const struct xdpq_tally *b)
{
	if (a->packets == b->packets && a->bytes == b->bytes)
		return;
	fail_msg("%s: %s: %llu packets %llu bytes against %llu packets %llu bytes",
		 bpf_object__name(h->object), what, a->packets, a->bytes, b->packets, b->bytes);
}

/* Lost before the kernel had them. Those that never got the lock are not in `in`. */
static bool lost_before_redirect(enum xdpq_drop reason)
{
	return reason != XDPQ_DROP_LOCK && reason != XDPQ_DROP_TX_RING &&
	       reason != XDPQ_DROP_UNSEEN;
}

/* What waits, here and at the scheduler that this one replaces. */
static struct xdpq_tally queued(const struct harness *h)
{
	struct xdpq_tally sum = {};

	for (; h && h->slot_map.base; h = h->before) {
		sum.packets += *h->queue.qlen;
		sum.bytes += *h->queue.backlog;
	}
	return sum;
}

static void check_arrivals(const struct harness *h)
{
	const struct xdpq_port *port = h->port;
	struct xdpq_tally came = port->in, went = port->redirected, here = queued(h);

	add(&came, &port->duplicated);
	add(&came, &port->direct_lost);
	add(&went, &here);
	for (int i = 0; i < XDPQ_DROP_REASONS; i++) {
		if (lost_before_redirect(i))
			add(&went, &port->drops[i]);
	}
	expect_same(h, "arrived against gone or here", &came, &went);
}

static void check_redirects(const struct harness *h)
{
	const struct xdpq_port *port = h->port;
	struct xdpq_tally seen = port->sent;

	add(&seen, &port->drops[XDPQ_DROP_TX_RING]);
	add(&seen, &port->drops[XDPQ_DROP_UNSEEN]);
	expect_same(h, "flushed against sent or lost", &port->flushed, &seen);
}

static void check_published(const struct harness *h)
{
	struct xdpq_tally here = queued(h);

	assert_int_equal(h->port->lock & 1, 0);
	assert_int_equal(h->port->qlen, here.packets);
	assert_int_equal(h->port->backlog, here.bytes);
	assert_int_equal(h->port->due == XDPQ_NEVER, !here.packets);
}

/* Who left the store is in the histogram once, who was put back is not. */
static void check_sojourn(const struct harness *h)
{
	const struct xdpq_port *port = h->port;
	__u64 sum = 0;

	for (int i = 0; i < XDPQ_SOJOURN_BUCKETS; i++)
		sum += port->sojourn[i];
	assert_int_equal(sum, port->carried + port->pumped - port->requeues);
}

static void own(const struct harness *h, char *owned, __u32 id, const char *who)
{
	if (!id || id > h->slots)
		fail_msg("%s: slot %u of the %s", bpf_object__name(h->object), id, who);
	if (owned[id]++)
		fail_msg("%s: slot %u of the %s has two owners", bpf_object__name(h->object), id,
			 who);
}

static __u32 own_free(const struct harness *h, char *owned)
{
	__u32 id = *h->queue.free, fresh = *h->queue.fresh;
	__u32 count = 0;

	for (; id; id = harness_slot(h, id)->next, count++)
		own(h, owned, id, "free list");
	for (id = fresh + 1; id <= h->slots; id++, count++)
		own(h, owned, id, "unused rest");
	return count;
}

static __u32 own_spares(const struct harness *h, char *owned)
{
	__u32 count = 0;

	for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++) {
		__u32 id = *(__u32 *)((char *)h->spare_map.base + cpu * h->spare_stride);

		if (!id)
			continue;
		own(h, owned, id, "spares");
		count++;
	}
	return count;
}

static void check_slots(const struct harness *h)
{
	__u32 stash = *h->queue.stash, count;
	char *owned = calloc(h->slots + 1, 1);

	if (stash)
		own(h, owned, stash, "stash");
	count = own_free(h, owned) + own_spares(h, owned) + *h->queue.qlen;
	if (count != h->slots)
		fail_msg("%s: owners of %u slots, of %u", bpf_object__name(h->object), count,
			 h->slots);
	free(owned);
}

void harness_check(const struct harness *h)
{
	check_arrivals(h);
	check_redirects(h);
	check_published(h);
	check_sojourn(h);
	for (; h && h->slot_map.base; h = h->before)
		check_slots(h);
}
