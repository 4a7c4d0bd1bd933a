/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <net/if.h>

#include <bpf/bpf.h>

#include "cmocka_all.h"
#include "router.h"
#include "topology.h"

static void put(const struct harness *h, const char *map, __u32 key, __u32 value)
{
	assert_int_equal(bpf_map_update_elem(harness_map_fd(h->object, map), &key, &value, 0), 0);
}

static void load_ports(struct router *r, const char *scheduler)
{
	struct harness_opts out = {
		.object = scheduler, .port = ROUTER_OUT, .ifindex = r->out_ifindex,
	};
	struct harness_opts in = {
		.object = "ingress", .port = ROUTER_IN, .ifindex = r->in_ifindex,
		.shared = &r->out,
	};

	harness_load(&r->out, &out);
	harness_load(&r->in, &in);
	if (strcmp(scheduler, "none"))
		harness_set(&r->out, "copy[0].sched.limit", 1000);
}

void router_start(struct router *r, const char *scheduler)
{
	memset(r, 0, sizeof(*r));
	r->in_ifindex = if_nametoindex("in0");
	r->out_ifindex = if_nametoindex("out0");
	topology_mac("in0", r->mac);
	topology_mac("out0", r->out_mac);
	topology_neighbour_mac(2, r->next_mac);
	load_ports(r, scheduler);
	memcpy(r->in.port->mac, r->mac, sizeof(r->mac));
	r->prog = bpf_program__fd(bpf_object__find_program_by_name(r->in.object, "xdpq_ingress"));
	/* Objects without a map of their own have it from the other. */
	put(&r->in, "port_index_near", r->in_ifindex, ROUTER_IN);
	put(&r->in, "port_index_near", r->out_ifindex, ROUTER_OUT);
	put(&r->in, "enqueue_progs", ROUTER_OUT, r->out.enqueue_fd);
}

void router_end(struct router *r)
{
	harness_unload(&r->in);
	harness_unload(&r->out);
}

void router_udp4(struct router *r, const char *dst)
{
	packet_udp4(&r->frame, r->mac, "10.0.1.2", dst, PACKET_PAYLOAD);
}

void router_udp6(struct router *r, const char *dst)
{
	packet_udp6(&r->frame, r->mac, "fd00:1::2", dst, PACKET_PAYLOAD);
}

int router_run(struct router *r)
{
	struct run run = { .prog = r->prog, .in = &r->frame, .ifindex = r->in_ifindex };

	return harness_run(&run, &r->left);
}

static void expect_bytes(const struct frame *is, const struct frame *should, const char *what)
{
	if (is->len != should->len)
		fail_msg("%s: %u bytes instead of %u", what, is->len, should->len);
	for (__u32 i = 0; i < is->len; i++) {
		if (is->data[i] != should->data[i])
			fail_msg("%s: byte %u is %02x instead of %02x", what, i, is->data[i],
				 should->data[i]);
	}
}

static void expect_verdict(int verdict, int expected, const char *what)
{
	if (verdict != expected)
		fail_msg("%s: verdict %d instead of %d", what, verdict, expected);
}

/* At the port of the egress, with a queue or without. */
static struct xdpq_tally arrived(const struct router *r)
{
	const struct xdpq_port *port = r->out.port;

	return (struct xdpq_tally){
		.packets = port->in.packets + port->direct.packets,
		.bytes = port->in.bytes + port->direct.bytes,
	};
}

void router_expect_pass(struct router *r, const char *what)
{
	__u64 passed = r->in.port->passed, in = arrived(r).packets;

	expect_verdict(router_run(r), XDP_PASS, what);
	expect_bytes(&r->left, &r->frame, what);
	assert_int_equal(r->in.port->passed, passed + 1);
	assert_int_equal(arrived(r).packets, in);
}

static void expect_out(struct router *r, const struct frame *expected, const char *what)
{
	struct xdpq_tally in = arrived(r);
	__u64 passed = r->in.port->passed;

	expect_verdict(router_run(r), XDP_REDIRECT, what);
	expect_bytes(&r->left, expected, what);
	assert_int_equal(arrived(r).packets, in.packets + 1);
	assert_int_equal(arrived(r).bytes, in.bytes + expected->len);
	assert_int_equal(r->in.port->passed, passed);
}

void router_expect_forward(struct router *r, const char *what)
{
	struct frame expected = r->frame;
	struct ethhdr *eth = packet_eth(&expected);

	memcpy(eth->h_dest, r->next_mac, ETH_ALEN);
	memcpy(eth->h_source, r->out_mac, ETH_ALEN);
	if (eth->h_proto == htons(ETH_P_IP)) {
		packet_ip(&expected)->ttl--;
		packet_ip_checksum(packet_ip(&expected));
	} else {
		packet_ip6(&expected)->hop_limit--;
	}
	expect_out(r, &expected, what);
}

void router_expect_wire(struct router *r, const char *what)
{
	expect_out(r, &r->frame, what);
}
