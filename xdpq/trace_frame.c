/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <xdpq/trace_frame.h>

#define TAG_LEN 4
#define IPV4_LEN 20
#define IPV6_LEN 40
#define UDP_LEN 8
#define TCP_LEN 20
#define TTL 64

/* The first port that is nobody's by convention, and how many there are from it on. */
#define FIRST_PORT 1024
#define PORTS (65536 - FIRST_PORT)

#define DISCARD 9

void frame_init(struct frame_spec *spec)
{
	memset(spec, 0, sizeof(*spec));
	spec->dport = DISCARD;
}

static bool is_v6(const struct frame_spec *spec)
{
	return spec->src.family == AF_INET6 || spec->dst.family == AF_INET6;
}

uint32_t frame_headers(const struct frame_spec *spec)
{
	return ETH_HLEN + (spec->tagged ? TAG_LEN : 0) + (is_v6(spec) ? IPV6_LEN : IPV4_LEN) +
	       (spec->tcp ? TCP_LEN : UDP_LEN);
}

/* FNV-1a. */
static uint64_t hash(const char *name)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	while (*name)
		h = (h ^ (unsigned char)*name++) * 0x100000001b3ULL;
	return h;
}

static unsigned char *put16(unsigned char *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
	return at + 2;
}

static unsigned char *put_ethernet(const struct frame_spec *spec, unsigned char *at)
{
	static const unsigned char macs[] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 };

	memcpy(at, macs, sizeof(macs));
	at += sizeof(macs);
	if (spec->tagged) {
		at = put16(at, ETH_P_8021Q);
		at = put16(at, spec->pcp << 13);
	}
	return put16(at, is_v6(spec) ? ETH_P_IPV6 : ETH_P_IP);
}

/* RFC 1071. */
static uint16_t checksum(const unsigned char *at, uint32_t len)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < len; i += 2)
		sum += at[i] << 8 | at[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Sources are of 10/8 and fd00::/96, the destination is of RFC 2544's net or fd00::1. */
static void put_address(const struct frame_address *address, bool source, uint64_t flow,
			unsigned char *at, uint32_t size)
{
	static const unsigned char v4[] = { 198, 18, 0, 1 };

	if (address->family) {
		memcpy(at, address->bytes, size);
		return;
	}
	memset(at, 0, size);
	at[0] = size == 4 ? 10 : 0xfd;
	if (source) {
		at[size - 3] = flow >> 16;
		at[size - 2] = flow >> 8;
		at[size - 1] = flow;
	} else if (size == 4) {
		memcpy(at, v4, sizeof(v4));
	} else {
		at[size - 1] = 1;
	}
}

static unsigned char *put_ipv4(const struct frame_spec *spec, uint64_t flow, uint32_t len,
			       unsigned char *at)
{
	memset(at, 0, IPV4_LEN);
	at[0] = 0x45;
	at[1] = spec->dscp << 2 | spec->ecn;
	put16(at + 2, len);
	at[6] = 0x40;
	at[8] = TTL;
	at[9] = spec->tcp ? IPPROTO_TCP : IPPROTO_UDP;
	put_address(&spec->src, true, flow, at + 12, 4);
	put_address(&spec->dst, false, flow, at + 16, 4);
	put16(at + 10, checksum(at, IPV4_LEN));
	return at + IPV4_LEN;
}

static unsigned char *put_ipv6(const struct frame_spec *spec, uint64_t flow, uint32_t len,
			       unsigned char *at)
{
	uint8_t traffic_class = spec->dscp << 2 | spec->ecn;

	memset(at, 0, 8);
	at[0] = 0x60 | traffic_class >> 4;
	at[1] = traffic_class << 4;
	put16(at + 4, len - IPV6_LEN);
	at[6] = spec->tcp ? IPPROTO_TCP : IPPROTO_UDP;
	at[7] = TTL;
	put_address(&spec->src, true, flow, at + 8, 16);
	put_address(&spec->dst, false, flow, at + 24, 16);
	return at + IPV6_LEN;
}

/* Without a checksum: no scheduler looks at it, and none changes what it covers. */
static void put_transport(const struct frame_spec *spec, uint64_t flow, uint32_t len,
			  unsigned char *at)
{
	memset(at, 0, spec->tcp ? TCP_LEN : UDP_LEN);
	put16(at, spec->sport ? spec->sport : FIRST_PORT + (flow >> 24) % PORTS);
	put16(at + 2, spec->dport);
	if (spec->tcp) {
		at[12] = TCP_LEN / 4 << 4;
		at[13] = 0x10;
	} else {
		put16(at + 4, len);
	}
}

void frame_build(const struct frame_spec *spec, const char *flow, uint32_t len,
		 unsigned char *frame)
{
	uint64_t h = hash(flow);
	unsigned char *ip = put_ethernet(spec, frame), *transport;
	uint32_t ip_len = len - (ip - frame);

	transport = is_v6(spec) ? put_ipv6(spec, h, ip_len, ip) : put_ipv4(spec, h, ip_len, ip);
	put_transport(spec, h, ip_len - (transport - ip), transport);
}
