/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>

#include "btf_path.h"
#include "cmocka_all.h"
#include "packets.h"
#include "wfq_play.h"

#define FIRST_ROOM 1024
#define IP6_HLEN 40
#define TAG_LEN 4

static const struct link slow_link = {
	.rate = 8 * 1000000000ULL / WFQ_PLAY_BYTE,
	.burst = 1,
	.frame = WFQ_PLAY_FRAME,
};

static const __u8 mapped_ip4[12] = { [10] = 0xff, [11] = 0xff };

void wfq_play_start(struct wfq_play *p, __u32 limit)
{
	struct harness_opts opts = {
		.object = "wfq",
		.slots = WFQ_PLAY_SLOTS,
		.slot_size = WFQ_PLAY_FRAME,
	};

	memset(p, 0, sizeof(*p));
	p->room = FIRST_ROOM;
	p->frames = calloc(p->room, sizeof(*p->frames));
	p->class_of = calloc(p->room, sizeof(*p->class_of));
	harness_load(&p->h, &opts);
	p->clock = link_clock(&slow_link);
	p->conf.limit = limit;
	for (int i = 0; i < 64; i++)
		p->conf.weights[i] = 1;
	wfq_play_change(p);
}

void wfq_play_end(struct wfq_play *p)
{
	wfq_play_check(p);
	harness_unload(&p->h);
	free(p->frames);
	free(p->class_of);
}

__attribute__((format(printf, 3, 4)))
static void set(struct wfq_play *p, __u64 value, const char *format, ...)
{
	char name[64], path[96];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	snprintf(path, sizeof(path), "copy[%d].sched.%s", p->active, name);
	harness_set(&p->h, path, value);
}

static void set_prefix(struct wfq_play *p, int i)
{
	const struct wfq_prefix *prefix = &p->conf.prefixes[i];
	__u32 word;

	for (int w = 0; w < 4; w++) {
		memcpy(&word, prefix->addr + 4 * w, sizeof(word));
		set(p, word, "prefixes[%d].addr[%d]", i, w);
	}
	set(p, prefix->len, "prefixes[%d].len", i);
	set(p, prefix->weight, "prefixes[%d].value", i);
}

void wfq_play_change(struct wfq_play *p)
{
	static const struct wfq_prefix none;

	p->active = !p->active;
	set(p, p->conf.limit, "limit");
	set(p, p->conf.match, "match");
	for (int i = 0; i < 64; i++)
		set(p, p->conf.weights[i], "weights[%d]", i);
	for (int i = p->conf.prefix_count; i < WFQ_PLAY_PREFIXES; i++)
		p->conf.prefixes[i] = none;
	for (int i = 0; i < WFQ_PLAY_PREFIXES; i++)
		set_prefix(p, i);
	harness_set_link(&p->h, p->active, &slow_link);
	harness_set(&p->h, "active", p->active);
	p->model.limit = p->conf.limit;
}

static void poke(struct wfq_play *p, const char *path, __u64 value)
{
	struct btf_place place;

	if (!btf_path_find(bpf_object__btf(p->h.object), ".bss", path, &place))
		fail_msg("wfq has no %s", path);
	memcpy((char *)p->h.bss.base + place.offset, &value, place.size);
}

void wfq_play_set_tags(struct wfq_play *p, __u64 tag)
{
	char path[64];

	poke(p, "wfq.time", tag);
	poke(p, "wfq.finish", tag);
	for (int i = 0; i < 128; i++) {
		snprintf(path, sizeof(path), "classes[%d].tag", i);
		poke(p, path, tag);
	}
}

static void put_ip4(struct frame *out, const struct wfq_frame *frame)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tos = frame->dscp << 2 | (frame->id & 3),
		.tot_len = htons(frame->len - ETH_HLEN),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
	};

	memcpy(&ip.saddr, frame->src + 12, 4);
	memcpy(&ip.daddr, frame->dst + 12, 4);
	memcpy(packet_ip(out), &ip, sizeof(ip));
	packet_eth(out)->h_proto = htons(ETH_P_IP);
}

static void put_ip6(struct frame *out, const struct wfq_frame *frame)
{
	struct ipv6hdr ip = {
		.version = 6,
		.priority = frame->dscp >> 2,
		.flow_lbl = { frame->dscp << 6 | (frame->id & 0x3f) },
		.nexthdr = IPPROTO_UDP,
		.hop_limit = 64,
	};

	memcpy(&ip.saddr, frame->src, 16);
	memcpy(&ip.daddr, frame->dst, 16);
	memcpy(packet_ip6(out), &ip, sizeof(ip));
	packet_eth(out)->h_proto = htons(ETH_P_IPV6);
}

static void build(struct frame *out, const struct wfq_frame *frame)
{
	static const __u8 tag[TAG_LEN] = { 0x81, 0x00, 0x60, 0x07 };
	struct recipe recipe = { .id = frame->id, .len = frame->len };

	if (frame->kind == WFQ_IP4_TAGGED)
		recipe.len -= TAG_LEN;
	frame_make(out, &recipe);
	packet_eth(out)->h_proto = htons(0x88b5);	/* for local experiments */
	if (frame->kind == WFQ_IP4 || frame->kind == WFQ_IP4_TAGGED)
		put_ip4(out, frame);
	if (frame->kind == WFQ_IP6)
		put_ip6(out, frame);
	if (frame->kind == WFQ_IP4_TAGGED)
		packet_insert(out, 2 * ETH_ALEN, tag, TAG_LEN);
}

static bool same_bits(const __u8 *a, const __u8 *b, __u32 bits)
{
	for (__u32 i = 0; i < bits; i++) {
		if ((a[i / 8] ^ b[i / 8]) & (0x80 >> i % 8))
			return false;
	}
	return true;
}

static bool is_ip4(const struct wfq_prefix *prefix)
{
	return prefix->len >= 96 && same_bits(prefix->addr, mapped_ip4, 96);
}

static bool lies_in(const struct wfq_frame *frame, const __u8 *addr,
		    const struct wfq_prefix *prefix)
{
	__u8 full[16];

	if (frame->kind == WFQ_NOT_IP)
		return false;
	if (!prefix->len)
		return true;
	if (is_ip4(prefix) != (frame->kind != WFQ_IP6))
		return false;
	memcpy(full, addr, 16);
	if (frame->kind != WFQ_IP6)
		memcpy(full, mapped_ip4, 12);
	return same_bits(full, prefix->addr, prefix->len);
}

/* The class and its weight, by the longest prefix whatever the order of the list. */
static __u32 classify(const struct wfq_play *p, const struct wfq_frame *frame, __u32 *weight)
{
	const __u8 *addr = p->conf.match ? frame->src : frame->dst;
	__u32 dscp = frame->kind == WFQ_NOT_IP ? 0 : frame->dscp;
	int best = -1;

	for (__u32 i = 0; i < p->conf.prefix_count; i++) {
		const struct wfq_prefix *prefix = &p->conf.prefixes[i];

		if (lies_in(frame, addr, prefix) &&
		    (best < 0 || prefix->len > p->conf.prefixes[best].len))
			best = i;
	}
	*weight = best < 0 ? p->conf.weights[dscp] : p->conf.prefixes[best].weight;
	return best < 0 ? dscp : 64 + (__u32)best;
}

static __u32 remember(struct wfq_play *p, const struct wfq_frame *frame)
{
	if (++p->last_id == p->room) {
		p->room *= 2;
		p->frames = realloc(p->frames, p->room * sizeof(*p->frames));
		p->class_of = realloc(p->class_of, p->room * sizeof(*p->class_of));
		assert_true(p->frames && p->class_of);
	}
	p->frames[p->last_id] = *frame;
	p->frames[p->last_id].id = p->last_id;
	return p->last_id;
}

static void expect_whole(struct wfq_play *p, __u32 id)
{
	struct frame expected;

	if (!id || id > p->last_id)
		fail_msg("a frame left that had not come: %u", id);
	build(&expected, &p->frames[id]);
	if (p->out.len != expected.len || memcmp(p->out.data, expected.data, expected.len))
		fail_msg("frame %u did not leave as it had come", id);
}

/* What left is of a class that may be first. Returns its id. */
static __u32 judge(struct wfq_play *p, int verdict, bool passed)
{
	bool may = wfq_play_link_free(p) && (passed || p->model.qlen);
	__u32 id;

	assert_int_equal(verdict, may ? XDP_REDIRECT : XDP_DROP);
	if (!may)
		return 0;
	id = frame_id(&p->out);
	expect_whole(p, id);
	p->left_class = p->class_of[id];
	if (passed)
		assert_int_equal(id, p->last_id);
	else
		assert_int_equal(id, wfq_model_depart(&p->model, p->left_class).id);
	link_meter_charge(&p->meter, &p->clock, harness_time(&p->h), p->frames[id].len);
	harness_flush(&p->h);
	return id;
}

__u32 wfq_play_arrive(struct wfq_play *p, const struct wfq_frame *frame)
{
	struct wfq_model_packet packet = { remember(p, frame), frame->len };
	bool passes = !p->model.qlen && wfq_play_link_free(p);
	__u32 weight, class = classify(p, frame, &weight);

	p->class_of[packet.id] = class;
	build(&p->in, &p->frames[packet.id]);
	if (passes)
		wfq_model_pass(&p->model, class, weight, frame->len);
	else
		wfq_model_arrive(&p->model, class, weight, &packet);
	p->passed += passes;
	return judge(p, harness_enqueue(&p->h, &p->in, &p->out), passes);
}

__u32 wfq_play_arrive_dscp(struct wfq_play *p, __u8 dscp, __u32 len)
{
	struct wfq_frame frame = { .kind = WFQ_IP4, .dscp = dscp, .len = len };

	return wfq_play_arrive(p, &frame);
}

__u32 wfq_play_pump(struct wfq_play *p)
{
	return judge(p, harness_pump(&p->h, &p->out), false);
}

bool wfq_play_link_free(const struct wfq_play *p)
{
	return harness_time(&p->h) >= link_meter_free_at(&p->meter, &p->clock);
}

void wfq_play_wait_link(struct wfq_play *p)
{
	if (!wfq_play_link_free(p))
		harness_set_time(&p->h, link_meter_free_at(&p->meter, &p->clock));
}

void wfq_play_drain(struct wfq_play *p)
{
	do {
		wfq_play_wait_link(p);
	} while (wfq_play_pump(p));
	assert_int_equal(*p->h.queue.qlen, 0);
}

static void check_counter(struct wfq_play *p, const char *name, __u32 i, __u64 expected)
{
	char path[64];
	__u64 value;

	snprintf(path, sizeof(path), "xdpq_counters.%s[%u]", name, i);
	value = harness_get(&p->h, path);
	if (value != expected)
		fail_msg("%s[%u] is %llu, not %llu", name, i, value, expected);
}

void wfq_play_check(struct wfq_play *p)
{
	harness_check(&p->h);
	assert_int_equal(harness_get(&p->h, "order_state.below"), 0);
	assert_int_equal(harness_get(&p->h, "order_state.beyond"), 0);
	assert_int_equal(*p->h.queue.qlen, p->model.qlen);
	for (__u32 i = 0; i < WFQ_MODEL_CLASSES; i++) {
		const struct wfq_model_class *class = &p->model.classes[i];
		bool prefix = i >= 64;
		__u32 at = prefix ? i - 64 : i;

		check_counter(p, prefix ? "sent_by_prefix" : "sent", at, class->sent);
		check_counter(p, prefix ? "served_by_prefix" : "served", at,
			      class->sent_bytes);
		check_counter(p, prefix ? "dropped_by_prefix" : "dropped", at, class->dropped);
	}
}
