/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <xdpq/headers.h>

#define MAX_TAGS 3
#define IPV4_MIN 20
#define IPV6_LEN 40

struct network {
	uint16_t ethertype;
	int version;		/* 4, 6; 0 if it is no IP */
	const unsigned char *ip;
	uint32_t len;		/* from ip on */
};

static uint16_t be16(const unsigned char *at)
{
	return at[0] << 8 | at[1];
}

static bool is_tag(uint16_t ethertype)
{
	return ethertype == ETH_P_8021Q || ethertype == ETH_P_8021AD;
}

static struct network find_network(const unsigned char *frame, uint32_t len)
{
	struct network n = {};
	uint32_t at = 12;

	if (len < ETH_HLEN)
		return n;
	n.ethertype = be16(frame + at);
	for (int tags = 0; tags < MAX_TAGS && is_tag(n.ethertype) && at + 6 <= len; tags++) {
		at += 4;
		n.ethertype = be16(frame + at);
	}
	n.ip = frame + at + 2;
	n.len = len - at - 2;
	if (n.ethertype == ETH_P_IP && n.len >= IPV4_MIN && n.ip[0] >> 4 == 4)
		n.version = 4;
	if (n.ethertype == ETH_P_IPV6 && n.len >= IPV6_LEN && n.ip[0] >> 4 == 6)
		n.version = 6;
	return n;
}

int headers_ecn(const unsigned char *frame, uint32_t len)
{
	struct network n = find_network(frame, len);

	switch (n.version) {
	case 4: return n.ip[1] & 3;
	case 6: return n.ip[1] >> 4 & 3;
	}
	return -1;
}

static const char *protocol_name(uint8_t protocol, char number[16])
{
	switch (protocol) {
	case IPPROTO_TCP: return "tcp";
	case IPPROTO_UDP: return "udp";
	case IPPROTO_ICMP: return "icmp";
	case IPPROTO_ICMPV6: return "icmp6";
	}
	snprintf(number, 16, "protocol %u", protocol);
	return number;
}

/* Where TCP and UDP have their ports, or NULL. */
static const unsigned char *find_ports(const struct network *n, uint8_t protocol)
{
	uint32_t at = n->version == 4 ? (n->ip[0] & 15) * 4 : IPV6_LEN;
	bool fragment = n->version == 4 && be16(n->ip + 6) & 0x3fff;

	if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || fragment || n->len < at + 4)
		return NULL;
	return n->ip + at;
}

static void name_end(char text[64], int family, const void *address, const unsigned char *port)
{
	char plain[INET6_ADDRSTRLEN];

	inet_ntop(family, address, plain, sizeof(plain));
	if (!port)
		snprintf(text, 64, "%s", plain);
	else
		snprintf(text, 64, family == AF_INET ? "%s:%u" : "[%s]:%u", plain, be16(port));
}

void headers_flow(const unsigned char *frame, uint32_t len, char text[HEADERS_FLOW_SIZE])
{
	struct network n = find_network(frame, len);
	char from[64], to[64], number[16];
	const unsigned char *ports;
	uint32_t source, size;
	uint8_t protocol;

	if (!n.version) {
		snprintf(text, HEADERS_FLOW_SIZE, "ethertype 0x%04x", n.ethertype);
		return;
	}
	protocol = n.version == 4 ? n.ip[9] : n.ip[6];
	source = n.version == 4 ? 12 : 8;
	size = n.version == 4 ? 4 : 16;
	ports = find_ports(&n, protocol);
	name_end(from, n.version == 4 ? AF_INET : AF_INET6, n.ip + source, ports);
	name_end(to, n.version == 4 ? AF_INET : AF_INET6, n.ip + source + size,
		 ports ? ports + 2 : NULL);
	snprintf(text, HEADERS_FLOW_SIZE, "%s > %s %s", from, to, protocol_name(protocol, number));
}
