/* SPDX-License-Identifier: GPL-2.0-only */
#include "cmocka_all.h"
#include "fq_model.h"

#define EVERYONE 0	/* the one host there is when hosts do not count */
#define ECN_CE 3

enum standing { ABSENT, NEW, OLD };

/* A list of flows or of hosts. */
struct line {
	__u32 *who;
	__u32 len, room;
};

struct flow {
	struct fq_model_packet *first, *last;
	__u32 bytes;
	__s64 deficit;
	enum standing standing;
	__u32 host, src, dst;
	struct codel_model codel;
	__u32 class;		/* of the backlog, and when it came to that */
	__u64 class_since;
};

struct host {
	struct line new_flows, old_flows;
	__s64 deficit;
	enum standing standing;
	__u32 flows;
};

static struct {
	struct fq_model_conf conf;
	struct fq_model_counts counts;
	__u32 flow_count;
	struct flow *flows;
	struct host *hosts;
	struct line new_hosts, old_hosts;
	__u64 events;
	__u64 now;
} m;

static void append(struct line *line, __u32 who)
{
	if (line->len == line->room) {
		line->room = line->room * 2 + 8;
		line->who = realloc(line->who, line->room * sizeof(*line->who));
		assert_non_null(line->who);
	}
	line->who[line->len++] = who;
}

static __u32 take_first(struct line *line)
{
	__u32 who = line->who[0];

	memmove(line->who, line->who + 1, --line->len * sizeof(*line->who));
	return who;
}

void fq_model_configure(const struct fq_model_conf *conf)
{
	m.conf = *conf;
	for (__u32 i = 0; i <= m.flow_count; i++) {
		m.flows[i].codel.target = conf->target;
		m.flows[i].codel.interval = conf->interval;
	}
}

void fq_model_start(__u32 flows, const struct fq_model_conf *conf)
{
	memset(&m, 0, sizeof(m));
	m.flow_count = flows;
	m.flows = calloc(flows + 1, sizeof(*m.flows));
	m.hosts = calloc(2 * flows + 3, sizeof(*m.hosts));
	fq_model_configure(conf);
}

void fq_model_end(void)
{
	for (__u32 i = 0; i <= m.flow_count; i++)
		assert_null(m.flows[i].first);
	for (__u32 i = 0; i < 2 * m.flow_count + 3; i++) {
		free(m.hosts[i].new_flows.who);
		free(m.hosts[i].old_flows.who);
	}
	free(m.new_hosts.who);
	free(m.old_hosts.who);
	free(m.flows);
	free(m.hosts);
}

/* Backlogs of the same power of two and the same sixteenth of it are as long as each other. */
static __u32 class_of(__u32 bytes)
{
	__u32 power = 0;

	if (bytes < 16)
		return bytes;
	while (bytes >> power > 1)
		power++;
	return power * 16 + (__u32)(((__u64)bytes << 4 >> power) & 15);
}

static void backlog_changed(struct flow *flow, __s64 change)
{
	flow->bytes += change;
	m.counts.memory += change;
	if (class_of(flow->bytes) != flow->class) {
		flow->class = class_of(flow->bytes);
		flow->class_since = ++m.events;
	}
}

static struct flow *longest(void)
{
	struct flow *best = NULL;
	__u32 most = 0;

	for (struct flow *flow = m.flows; flow <= m.flows + m.flow_count; flow++) {
		most = flow->bytes > most ? flow->bytes : most;
		if (flow->bytes && (!best || flow->class > best->class ||
				    (flow->class == best->class &&
				     flow->class_since > best->class_since)))
			best = flow;
	}
	/* What the manual page promises. */
	assert_true(best && best->bytes > most - most / 16.0);
	return best;
}

static struct fq_model_packet *take_packet(struct flow *flow)
{
	struct fq_model_packet *packet = flow->first;

	if (!packet)
		return NULL;
	flow->first = packet->next;
	m.counts.packets--;
	backlog_changed(flow, -(__s64)packet->len);
	return packet;
}

static __u32 home(const struct flow *flow)
{
	__u32 from = m.hosts[flow->src].flows, to = m.hosts[flow->dst].flows;

	switch (m.conf.isolate) {
	case FQ_SRCHOST:
		return flow->src;
	case FQ_DSTHOST:
		return flow->dst;
	case FQ_DUAL:
		/* Of two equals it stays where it is. */
		if (from == to)
			return flow->standing && flow->host == flow->dst ? flow->dst : flow->src;
		return from > to ? flow->src : flow->dst;
	default:
		return EVERYONE;
	}
}

static void join(__u32 host, enum standing standing)
{
	if (m.hosts[host].standing)
		return;
	m.hosts[host].standing = standing;
	m.hosts[host].deficit = m.conf.quantum;
	append(standing == NEW ? &m.new_hosts : &m.old_hosts, host);
}

static void begin(__u32 id, const struct fq_model_packet *packet)
{
	struct flow *flow = &m.flows[id];

	flow->src = packet->src;
	flow->dst = packet->dst;
	m.hosts[flow->src].flows++;
	m.hosts[flow->dst].flows++;
	flow->host = home(flow);
	flow->standing = NEW;
	flow->deficit = m.conf.quantum;
	append(&m.hosts[flow->host].new_flows, id);
	join(flow->host, NEW);
	m.counts.new_flow_count++;
	m.counts.new_flows++;
}

/* Section 4.2: to the end of the list of old queues. */
static void to_old(__u32 id)
{
	struct flow *flow = &m.flows[id];

	flow->host = home(flow);
	flow->standing = OLD;
	append(&m.hosts[flow->host].old_flows, id);
	join(flow->host, OLD);
	m.counts.old_flows++;
}

static void leave(struct flow *flow)
{
	flow->standing = ABSENT;
	m.hosts[flow->src].flows--;
	m.hosts[flow->dst].flows--;
}

/* As if each queue had been looked at and found empty. */
static void forget_all(void)
{
	for (__u32 i = 1; i <= m.flow_count; i++) {
		struct flow *flow = &m.flows[i];

		if (!flow->standing)
			continue;
		leave(flow);
		flow->codel.first_above_time = 0;
		flow->codel.dropping = false;
	}
	for (__u32 i = 0; i < 2 * m.flow_count + 3; i++) {
		m.hosts[i].new_flows.len = m.hosts[i].old_flows.len = 0;
		m.hosts[i].standing = ABSENT;
	}
	m.new_hosts.len = m.old_hosts.len = 0;
	m.counts.new_flows = m.counts.old_flows = 0;
}

static bool over(void)
{
	return m.counts.packets > m.conf.limit || m.counts.memory > m.conf.memory_limit;
}

/* From the head of the longest: up to drop_batch packets, until half of it is gone. */
static void drop_batch(void)
{
	bool memory = m.counts.memory > m.conf.memory_limit;
	struct flow *flow = longest();
	__u32 half = flow->bytes / 2, dropped = 0, bytes = 0;

	do {
		struct fq_model_packet *packet = take_packet(flow);

		bytes += packet->len;
		free(packet);
		m.counts.drop_overlimit++;
		m.counts.drop_overmemory += memory;
	} while (++dropped < m.conf.drop_batch && bytes < half);
}

void fq_model_enqueue(const struct fq_model_packet *given)
{
	struct fq_model_packet *packet = malloc(sizeof(*packet));
	struct flow *flow = &m.flows[given->flow];

	*packet = *given;
	packet->next = NULL;
	if (flow->first)
		flow->last->next = packet;
	else
		flow->first = packet;
	flow->last = packet;
	m.counts.packets++;
	backlog_changed(flow, packet->len);
	if (packet->len > m.counts.maxpacket)
		m.counts.maxpacket = packet->len;
	if (!flow->standing)
		begin(given->flow, packet);
	while (over())
		drop_batch();
	if (!m.counts.packets)
		forget_all();
}

/* The packet that CoDel has in hand. */
static struct fq_model_packet *hand;

static bool codel_take(void *of, struct codel_packet *packet)
{
	hand = take_packet(of);
	if (hand)
		*packet = (struct codel_packet){ hand->arrived, hand->id, hand->len };
	return hand;
}

static __u32 codel_bytes(void *of)
{
	return ((struct flow *)of)->bytes;
}

static void codel_drop(void *of __attribute__((unused)),
		       const struct codel_packet *packet __attribute__((unused)))
{
	m.counts.dropped_aqm++;
	free(hand);
}

static bool codel_mark(void *of __attribute__((unused)),
		       const struct codel_packet *packet __attribute__((unused)))
{
	if (!m.conf.ecn || !hand->ecn)
		return false;
	hand->ecn = ECN_CE;
	m.counts.ecn_mark++;
	return true;
}

static bool send_from(struct flow *flow, struct fq_model_packet *sent)
{
	struct codel_queue queue = { flow, codel_take, codel_bytes, codel_drop, codel_mark };
	struct codel_packet packet;

	flow->codel.maxpacket = m.counts.maxpacket;
	if (!codel_model_dequeue(&flow->codel, &queue, m.now, &packet))
		return false;
	if (m.conf.ce_threshold && m.now - hand->arrived > m.conf.ce_threshold && hand->ecn) {
		hand->ecn = ECN_CE;
		m.counts.ce_mark++;
	}
	*sent = *hand;
	free(hand);
	return true;
}

/* One host's turn: deficit round robin of its flows, new ones first. True if one has sent. */
static bool serve_host(__u32 id, struct fq_model_packet *sent)
{
	struct host *host = &m.hosts[id];

	while (host->new_flows.len || host->old_flows.len) {
		bool new = host->new_flows.len;
		struct line *line = new ? &host->new_flows : &host->old_flows;
		struct flow *flow = &m.flows[line->who[0]];
		__u64 *count = new ? &m.counts.new_flows : &m.counts.old_flows;

		if (flow->deficit > 0) {
			if (send_from(flow, sent)) {
				flow->deficit -= sent->len;
				host->deficit -= id == EVERYONE ? 0 : sent->len;
				return true;
			}
			--*count;
			if (new)
				to_old(take_first(line));
			else
				leave(&m.flows[take_first(line)]);
			continue;
		}
		flow->deficit += m.conf.quantum;
		--*count;
		to_old(take_first(line));
	}
	return false;
}

static bool serve(struct fq_model_packet *sent)
{
	while (m.new_hosts.len || m.old_hosts.len) {
		bool new = m.new_hosts.len;
		struct line *line = new ? &m.new_hosts : &m.old_hosts;
		struct host *host = &m.hosts[line->who[0]];
		bool busy = host->new_flows.len || host->old_flows.len;

		if (host->deficit > 0 && busy) {
			if (serve_host(line->who[0], sent))
				return true;
			continue;
		}
		if (busy)
			host->deficit += m.conf.quantum;
		if (busy || new)
			append(&m.old_hosts, take_first(line));
		else
			m.hosts[take_first(line)].standing = ABSENT;
	}
	return false;
}

bool fq_model_dequeue(__u64 now, struct fq_model_packet *packet)
{
	bool sent;

	m.now = now;
	sent = serve(packet);
	if (!m.counts.packets)
		forget_all();
	return sent;
}

struct fq_model_counts fq_model_counts(void)
{
	return m.counts;
}
