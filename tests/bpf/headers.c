/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <linux/in.h>

#include "cmocka_all.h"
#include "headers.h"
#include "packets.h"

#define SRC4 "192.0.2.1"
#define DST4 "198.51.100.2"
#define SRC6 "2001:db8::1:2:3"
#define DST6 "2001:db8:ffff::4"
#define SPORT 40000		/* of packets.c */
#define PCP 5

static const __u8 mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };

struct headers_bed headers;

__u32 headers_seen(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "seen.%s", name);
	return harness_get(&headers.h, path);
}

void headers_start(__u32 slot_size)
{
	struct harness_opts opts = {
		.object = "tests/headers",
		.slots = 8,
		.slot_size = slot_size,
	};

	harness_load(&headers.h, &opts);
	harness_set(&headers.h, "copy[0].sched.limit", 4);
}

void headers_stop(void)
{
	harness_check(&headers.h);
	harness_unload(&headers.h);
}

void headers_pass(void)
{
	assert_int_equal(harness_enqueue(&headers.h, &headers.in, &headers.out), XDP_REDIRECT);
	harness_flush(&headers.h);
}

static void expect_addresses(const char *name, const char *text4, const char *text6, __u32 version)
{
	__u32 addr[4] = { 0, 0, htonl(0xffff) };
	char path[32];

	if (!version)
		memset(addr, 0, sizeof(addr));
	else if (version == 4)
		assert_int_equal(inet_pton(AF_INET, text4, &addr[3]), 1);
	else
		assert_int_equal(inet_pton(AF_INET6, text6, addr), 1);
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "headers.%s[%d]", name, i);
		assert_int_equal(headers_seen(path), addr[i]);
	}
}

void headers_expect(const struct headers_expected *e)
{
	headers_pass();
	assert_int_equal(headers_seen("headers.network"), e->network);
	assert_int_equal(headers_seen("headers.version"), e->version);
	assert_int_equal(headers_seen("headers.dscp"), e->dscp);
	assert_int_equal(headers_seen("headers.ecn"), e->ecn);
	assert_int_equal(headers_seen("headers.pcp"), e->pcp);
	assert_int_equal(headers_seen("headers.tagged"), e->tagged);
	assert_int_equal(headers_seen("headers.protocol"), e->protocol);
	assert_int_equal(headers_seen("headers.fragment"), e->fragment);
	assert_int_equal(headers_seen("headers.ports[0]"), e->ports ? htons(SPORT) : 0);
	assert_int_equal(headers_seen("headers.ports[1]"), e->ports ? htons(HEADERS_DPORT) : 0);
	assert_int_equal(headers_seen("dscp"), e->dscp);
	assert_int_equal(headers_seen("pcp"), e->pcp);
	assert_int_equal(headers_seen("tagged"), e->tagged);
	expect_addresses("src", SRC4, SRC6, e->version);
	expect_addresses("dst", DST4, DST6, e->version);
}

struct headers_expected headers_no_ip(const struct headers_expected *e)
{
	return (struct headers_expected){ .pcp = e->pcp, .tagged = e->tagged };
}

struct headers_expected headers_make4(__u8 tos)
{
	packet_udp4(&headers.in, mac, SRC4, DST4, HEADERS_PAYLOAD);
	packet_ip(&headers.in)->tos = tos;
	packet_ip_checksum(packet_ip(&headers.in));
	return (struct headers_expected){ .network = ETH_HLEN, .version = 4, .dscp = tos >> 2,
				  .ecn = tos & 3, .protocol = IPPROTO_UDP, .ports = 1 };
}

void headers_set_tclass(__u8 *ip, __u8 tos)
{
	ip[0] = 0x60 | tos >> 4;
	ip[1] = (ip[1] & 0x0f) | tos << 4;
}

struct headers_expected headers_make6(__u8 tos)
{
	packet_udp6(&headers.in, mac, SRC6, DST6, HEADERS_PAYLOAD);
	headers_set_tclass(headers.in.data + ETH_HLEN, tos);
	return (struct headers_expected){ .network = ETH_HLEN, .version = 6, .dscp = tos >> 2,
				  .ecn = tos & 3, .protocol = IPPROTO_UDP, .ports = 1 };
}

void headers_add_tag(struct headers_expected *e, __u16 type, __u16 pcp)
{
	__u8 tag[4] = { type >> 8, type & 0xff, pcp << 5, 7 };

	packet_insert(&headers.in, 2 * ETH_ALEN, tag, sizeof(tag));
	e->network += sizeof(tag);
	e->tagged = 1;
	e->pcp = pcp;
}

void headers_add_tags(struct headers_expected *e, __u32 count)
{
	for (__u32 i = 0; i < count; i++)
		headers_add_tag(e, i ? ETH_P_8021AD : ETH_P_8021Q, PCP - i);
}
