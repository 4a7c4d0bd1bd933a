/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/fates.h>
#include <xdpq/headers.h>

/* Slots that a run may take from the free list before or after those of lost packets come to it. */
#define OTHERS 3

/* What a run starts from. */
struct before {
	uint64_t redirected, cut_through, duplicated;
	uint64_t drops[XDPQ_DROP_REASONS];
	uint32_t slot;		/* an arriving frame is stored here; XDPQ_NONE: in no slot */
	uint32_t copy;		/* and its copy here */
};

/* Why the packets that one run dropped were. */
struct reasons {
	uint64_t left[XDPQ_DROP_REASONS];
	uint64_t total;
};

int fates_init(struct errors *e, struct fates *f, struct simport *sim,
	       void (*tell)(void *arg, const struct fate *fate), void *arg)
{
	memset(f, 0, sizeof(*f));
	f->sim = sim;
	f->tell = tell;
	f->arg = arg;
	f->held = calloc(sim->slots + 1, sizeof(*f->held));
	f->lost = calloc(sim->slots + 1, sizeof(*f->lost));
	if (f->held && f->lost)
		return 0;
	fates_free(f);
	return fail_errno(e, ENOMEM, "%u packets", sim->slots);
}

void fates_free(struct fates *f)
{
	free(f->held);
	free(f->lost);
	memset(f, 0, sizeof(*f));
}

static uint32_t free_slot(const struct simport *sim, uint32_t *head, uint32_t *fresh)
{
	uint32_t id = *head;

	if (!id)
		return *fresh < sim->slots ? ++*fresh : XDPQ_NONE;
	*head = simport_slot(sim, id)->next;
	return id;
}

static void look(const struct simport *sim, struct before *b)
{
	const struct xdpq_port *port = sim->port;
	uint32_t head = *sim->free, fresh = *sim->fresh;

	b->redirected = port->redirected.packets;
	b->cut_through = port->cut_through;
	b->duplicated = port->duplicated.packets;
	for (int i = 0; i < XDPQ_DROP_REASONS; i++)
		b->drops[i] = port->drops[i].packets;
	b->slot = sim->spare->slot ? sim->spare->slot : free_slot(sim, &head, &fresh);
	b->copy = free_slot(sim, &head, &fresh);
}

static void count_reasons(const struct simport *sim, const struct before *b, struct reasons *r)
{
	r->total = 0;
	for (int i = 0; i < XDPQ_DROP_REASONS; i++) {
		r->left[i] = sim->port->drops[i].packets - b->drops[i];
		r->total += r->left[i];
	}
}

static enum xdpq_drop take_reason(struct reasons *r, bool arriving)
{
	static const enum xdpq_drop likely[2][XDPQ_DROP_REASONS] = {
		{ XDPQ_DROP_AQM, XDPQ_DROP_LATE, XDPQ_DROP_OVERLIMIT, XDPQ_DROP_LOSS,
		  XDPQ_DROP_TOO_LARGE, XDPQ_DROP_NO_SLOT, XDPQ_DROP_REDIRECT, XDPQ_DROP_LOCK,
		  XDPQ_DROP_TX_RING, XDPQ_DROP_UNSEEN },
		{ XDPQ_DROP_NO_SLOT, XDPQ_DROP_TOO_LARGE, XDPQ_DROP_OVERLIMIT, XDPQ_DROP_LOSS,
		  XDPQ_DROP_LATE, XDPQ_DROP_AQM, XDPQ_DROP_REDIRECT, XDPQ_DROP_LOCK,
		  XDPQ_DROP_TX_RING, XDPQ_DROP_UNSEEN },
	};

	for (int i = 0; i < XDPQ_DROP_REASONS; i++) {
		enum xdpq_drop reason = likely[arriving][i];

		if (!r->left[reason])
			continue;
		r->left[reason]--;
		r->total--;
		return reason;
	}
	return XDPQ_DROP_OVERLIMIT;
}

static void tell_sent(struct fates *f, struct fate fate, uint32_t len)
{
	fate.end = FATE_SENT;
	fate.ended = simport_time(f->sim);
	fate.order = ++f->left;
	fate.marked = fate.ecn >= 0 && fate.ecn != HEADERS_CE &&
		      headers_ecn(f->sim->out, len) == HEADERS_CE;
	f->tell(f->arg, &fate);
}

static void tell_dropped(struct fates *f, struct fate fate, enum xdpq_drop reason)
{
	fate.end = FATE_DROPPED;
	fate.ended = simport_time(f->sim);
	fate.reason = reason;
	f->tell(f->arg, &fate);
}

static void hold(struct fates *f, uint32_t slot, const struct fate *fate)
{
	f->count += !f->held[slot].number;
	f->held[slot] = *fate;
}

static struct fate let_go(struct fates *f, uint32_t slot)
{
	struct fate fate = f->held[slot];

	f->held[slot].number = 0;
	f->count--;
	return fate;
}

/* The packet goes where the engine puts it, also if it is refused there. */
static void place(struct fates *f, const struct fate *p, uint32_t slot, struct reasons *r)
{
	if (slot)
		hold(f, slot, p);
	else
		tell_dropped(f, *p, take_reason(r, true));
}

static void place_arrival(struct fates *f, const struct before *b, const struct fate *p,
			  struct reasons *r)
{
	struct fate copy = *p;

	place(f, p, b->slot, r);
	if (f->sim->port->duplicated.packets == b->duplicated)
		return;
	copy.duplicate = true;
	place(f, &copy, b->copy, r);
}

/* Collects the slots whose packets are gone, the last first. */
static uint32_t find_lost(struct fates *f, bool sent, uint64_t count)
{
	uint32_t spare = f->sim->spare->slot, found = 0, others = 0;

	if (!sent && count && f->held[spare].number)
		f->lost[found++] = spare;
	for (uint32_t id = *f->sim->free; id && found < count && others <= OTHERS;
	     id = simport_slot(f->sim, id)->next) {
		if (f->held[id].number)
			f->lost[found++] = id;
		else
			others++;
	}
	return found;
}

static void tell_lost(struct fates *f, const struct fate *p, bool sent, struct reasons *r)
{
	uint32_t found = find_lost(f, sent, r->total);

	/* The arriving packet's reason is told first, for it is the better known. */
	for (int queued = 0; queued < 2; queued++)
		for (uint32_t i = found; i-- > 0;) {
			const struct fate *held = &f->held[f->lost[i]];

			if (held->number && (!p || held->number != p->number) == queued)
				tell_dropped(f, let_go(f, f->lost[i]), take_reason(r, !queued));
		}
}

static int lost_track(struct errors *e, const struct fates *f)
{
	return fail(e, EXIT_CODE_FAILED,
		    "cannot tell packets apart any longer: %u are known, and %u queued", f->count,
		    f->sim->port->qlen);
}

int fates_run(struct errors *e, struct fates *f, const struct fate *p, const unsigned char *frame)
{
	struct simport *sim = f->sim;
	struct fate arriving = {};
	struct reasons reasons;
	struct before before;
	uint64_t ended;
	bool sent, through;
	int len;

	look(sim, &before);
	if (p) {
		arriving = *p;
		arriving.ecn = headers_ecn(frame, p->len);
	}
	len = p ? simport_enqueue(e, sim, frame, p->len) : simport_dequeue(e, sim);
	if (len < 0)
		return -1;
	sent = sim->port->redirected.packets != before.redirected;
	through = sim->port->cut_through != before.cut_through;
	count_reasons(sim, &before, &reasons);
	ended = sent + reasons.total;
	if (p && through && sent)
		tell_sent(f, arriving, len);
	else if (p)
		place_arrival(f, &before, &arriving, &reasons);
	tell_lost(f, p, sent, &reasons);
	if (sent && !through && f->held[sim->spare->slot].number)
		tell_sent(f, let_go(f, sim->spare->slot), len);
	return f->count == sim->port->qlen ? (int)ended : lost_track(e, f);
}
