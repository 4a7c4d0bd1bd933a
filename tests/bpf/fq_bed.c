/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>

#include "btf_path.h"
#include "cmocka_all.h"
#include "fq_bed.h"
#include "packets.h"

#define ID_OFFSET 64
#define NEVER_FREE (1ULL << 62)
#define MOST_PUMPS 1000		/* for one packet to leave */

struct fq_bed bed;

static const __u8 mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };

struct fq_model_conf fq_bed_defaults(void)
{
	return (struct fq_model_conf){
		.limit = 10240,
		.memory_limit = 32 << 20,
		.quantum = 1514,
		.drop_batch = 64,
		.target = 5000000,
		.interval = 100000000,
		.ecn = 1,
	};
}

/* Every fourth is tagged. */
static void make_head(struct frame *head, __u32 talk, __u32 src, __u32 dst)
{
	char from[32], to[32];
	__u16 port = htons(1000 + talk);
	static const __u8 tag[4] = { 0x81, 0, 0, 7 };

	if (src & FQ_IPV6) {
		snprintf(from, sizeof(from), "2001:db8::1:%x", src & 0xffff);
		snprintf(to, sizeof(to), "2001:db8::2:%x", dst);
		packet_udp6(head, mac, from, to, FRAME_MIN);
		memcpy(head->data + ETH_HLEN + 40, &port, sizeof(port));
	} else {
		snprintf(from, sizeof(from), "10.1.%u.%u", src >> 8, src & 255);
		snprintf(to, sizeof(to), "10.2.%u.%u", dst >> 8, dst & 255);
		packet_udp4(head, mac, from, to, FRAME_MIN);
		memcpy(head->data + ETH_HLEN + 20, &port, sizeof(port));
	}
	if (talk % 4 == 3)
		packet_insert(head, 2 * ETH_ALEN, tag, sizeof(tag));
}

static void set_ecn(struct frame *frame, __u8 ecn)
{
	bool tagged = frame->data[2 * ETH_ALEN] == 0x81;
	__u8 *ip = frame->data + ETH_HLEN + (tagged ? 4 : 0);

	if (ip[0] >> 4 == 6) {
		ip[1] = (ip[1] & ~0x30) | ecn << 4;
		return;
	}
	ip[1] = (ip[1] & ~3) | ecn;
	packet_ip_checksum((struct iphdr *)ip);
}

static void make_frame(struct frame *frame, __u32 id, __u32 talk, __u32 len, __u8 ecn)
{
	memcpy(frame->data, bed.talks[talk].head.data, ID_OFFSET);
	memset(frame->data + ID_OFFSET, (__u8)id, len - ID_OFFSET);
	memcpy(frame->data + ID_OFFSET, &id, sizeof(id));
	set_ecn(frame, ecn);
	frame->len = len;
}

/* Where a hash leads in a table of so many entries; from 1 on. */
static __u32 scale(__u32 hash, __u32 flows)
{
	return 1 + (__u32)((double)hash / 4294967296.0 * flows);
}

/* Another scheduler tells the hashes. */
static void make_talks(__u32 flows, void (*name)(__u32 talk, __u32 *src, __u32 *dst))
{
	struct harness_opts opts = { .object = "tests/headers" };
	struct frame out;
	struct harness h;

	harness_load(&h, &opts);
	harness_set(&h, "copy[0].sched.limit", 4);
	for (__u32 i = 0; i < bed.talk_count; i++) {
		struct fq_talk *talk = &bed.talks[i];
		__u32 src, dst;

		name(i, &src, &dst);
		make_head(&talk->head, i, src, dst);
		assert_int_equal(harness_enqueue(&h, &talk->head, &out), XDP_REDIRECT);
		harness_flush(&h);
		talk->flow = scale(harness_get(&h, "seen.other_hash"), flows);
		talk->src = scale(harness_get(&h, "seen.src_hash"), flows) * 2 - 1;
		talk->dst = scale(harness_get(&h, "seen.dst_hash"), flows) * 2;
	}
	harness_unload(&h);
}

static void find_counters(void)
{
	static const char *const names[] = {
		"new_flow_count", "ecn_mark", "ce_mark", "drop_overlimit", "drop_overmemory",
		"maxpacket", "new_flows_len", "old_flows_len", "memory_used",
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct btf_place place;
		char path[64];

		snprintf(path, sizeof(path), "xdpq_counters.%s", names[i]);
		assert_true(btf_path_find(bpf_object__btf(bed.h.object), ".bss", path, &place));
		bed.counters[i] = (const __u64 *)((char *)bed.h.bss.base + place.offset);
	}
}

static void set(const char *name, __u64 value)
{
	char path[64];

	snprintf(path, sizeof(path), "copy[%u].sched.%s", !bed.active, name);
	harness_set(&bed.h, path, value);
}

void fq_bed_configure(const struct fq_model_conf *conf)
{
	bed.conf = *conf;
	set("limit", conf->limit);
	set("memory_limit", conf->memory_limit);
	set("quantum", conf->quantum);
	set("drop_batch", conf->drop_batch);
	set("target", conf->target);
	set("interval", conf->interval);
	set("ce_threshold", conf->ce_threshold);
	set("ecn", conf->ecn);
	set("isolate", conf->isolate);
	bed.active = !bed.active;
	harness_set(&bed.h, "active", bed.active);
	fq_model_configure(conf);
}

void fq_bed_start(const struct fq_model_conf *conf, __u32 flows, __u32 slots, __u32 talks,
		  void (*name)(__u32 talk, __u32 *src, __u32 *dst))
{
	static const struct link link = { .rate = 1000000000, .burst = 1, .frame = 1514 };
	struct harness_opts opts = { .object = "fq", .slots = slots, .table = "flows",
				     .table_size = flows };

	memset(&bed, 0, sizeof(bed));
	bed.talk_count = talks;
	bed.talks = calloc(talks, sizeof(*bed.talks));
	make_talks(flows, name);
	harness_load(&bed.h, &opts);
	for (__u32 copy = 0; copy < 2; copy++) {
		harness_set_link(&bed.h, copy, &link);
		bed.active = !copy;
		set("flows", flows);
	}
	find_counters();
	fq_model_start(flows, conf);
	fq_bed_configure(conf);
}

void fq_bed_end(void)
{
	fq_bed_drain();
	harness_check(&bed.h);
	fq_model_end();
	harness_unload(&bed.h);
	free(bed.talks);
	free(bed.talk_of);
}

static void compare(void)
{
	const struct fq_model_counts c = fq_model_counts();
	const __u64 should[9] = {
		c.new_flow_count, c.ecn_mark, c.ce_mark, c.drop_overlimit, c.drop_overmemory,
		c.maxpacket, c.new_flows, c.old_flows, c.memory,
	};

	for (size_t i = 0; i < COUNT(should); i++)
		if (*bed.counters[i] != should[i])
			fail_msg("packet %u: counter %zu is %llu instead of %llu", bed.last_id, i,
				 *bed.counters[i], should[i]);
	assert_int_equal(bed.h.port->qlen, c.packets);
	assert_int_equal(bed.h.port->backlog, c.memory);
	assert_int_equal(bed.h.port->drops[XDPQ_DROP_OVERLIMIT].packets, c.drop_overlimit);
	assert_int_equal(bed.h.port->drops[XDPQ_DROP_AQM].packets, c.dropped_aqm);
}

static void remember(__u32 id, __u32 talk)
{
	if (id >= bed.talk_of_room) {
		bed.talk_of_room = bed.talk_of_room * 2 + 1024;
		bed.talk_of = realloc(bed.talk_of, bed.talk_of_room * sizeof(*bed.talk_of));
		assert_non_null(bed.talk_of);
	}
	bed.talk_of[id] = talk;
}

/* The link is never free when one arrives and always when one is to leave. */
__u32 fq_bed_arrive(__u32 talk, __u32 len, __u8 ecn)
{
	const struct fq_talk *t = &bed.talks[talk];
	struct fq_model_packet packet = {
		.id = ++bed.last_id, .len = len, .arrived = harness_time(&bed.h),
		.flow = t->flow, .src = t->src, .dst = t->dst, .ecn = ecn,
	};
	static struct frame in, out;

	remember(packet.id, talk);
	make_frame(&in, packet.id, talk, len, ecn);
	bed.h.port->free_at = NEVER_FREE;
	assert_int_equal(harness_enqueue(&bed.h, &in, &out), XDP_DROP);
	fq_model_enqueue(&packet);
	compare();
	return packet.id;
}

/* It may look at so many flows, or drop so many packets, that it has to be asked again. */
static bool pump(struct frame *out)
{
	for (__u32 i = 0; i < MOST_PUMPS && bed.h.port->qlen; i++) {
		bed.h.port->free_at = 0;
		bed.pumps++;
		if (harness_pump(&bed.h, out) == XDP_REDIRECT) {
			harness_flush(&bed.h);
			return true;
		}
		/* It says that it wants to be. */
		if (bed.h.port->qlen)
			assert_true(bed.h.port->due <= harness_time(&bed.h));
	}
	return false;
}

__u32 fq_bed_leave(void)
{
	static struct frame out, expected;
	struct fq_model_packet packet;
	bool any = bed.h.port->qlen && fq_model_dequeue(harness_time(&bed.h), &packet);

	assert_int_equal(pump(&out), any);
	compare();
	if (!any)
		return 0;
	make_frame(&expected, packet.id, bed.talk_of[packet.id], packet.len, packet.ecn);
	if (out.len != expected.len || memcmp(out.data, expected.data, out.len))
		fail_msg("packet %u of flow %u was to leave, not this", packet.id, packet.flow);
	return packet.id;
}

void fq_bed_wait(__u64 ns)
{
	harness_set_time(&bed.h, harness_time(&bed.h) + ns);
}

void fq_bed_drain(void)
{
	while (bed.h.port->qlen)
		fq_bed_leave();
}
