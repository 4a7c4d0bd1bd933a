/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps that all ports of a network namespace share. Each object declares
 * those it uses; the tool makes them once and hands them to every object.
 * All but `port_index` and `port_index_near` are keyed by port number.
 */
#ifndef XDPQ_MAPS_H
#define XDPQ_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <xdpq/abi.h>

/* The port this object is loaded for; set at load. */
const volatile __u32 xdpq_port_number = 0;

/* State of each port. Mapped by the pump, which reads when it is needed next. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XDPQ_MAX_PORTS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct xdpq_port);
} ports SEC(".maps");

/* Interface index, perhaps with XDPQ_INDEX_LEAVING, to port number. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, XDPQ_MAX_PORTS);
	__type(key, __u32);
	__type(value, __u32);
} port_index SEC(".maps");

/* The same for small interface indexes, at a tenth of the cost: an array is read without a call. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XDPQ_NEAR_INDEXES);
	__type(key, __u32);
	__type(value, __u32);
} port_index_near SEC(".maps");

/* Where a port's frames leave. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, XDPQ_MAX_PORTS);
	__type(key, __u32);
	__type(value, __u32);
} tx SEC(".maps");

/* The two programs of a port's scheduler. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, XDPQ_MAX_PORTS);
	__type(key, __u32);
	__type(value, __u32);
} enqueue_progs SEC(".maps"), dequeue_progs SEC(".maps");

/* While a scheduler is replaced: the dequeue program of the one before. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, XDPQ_MAX_PORTS);
	__type(key, __u32);
	__type(value, __u32);
} predecessor_progs SEC(".maps");

static __always_inline struct xdpq_port *xdpq_port_at(__u32 number)
{
	return bpf_map_lookup_elem(&ports, &number);
}

/* The port of an interface, XDPQ_NONE if it is none. */
static __always_inline __u32 xdpq_port_of(__u32 ifindex)
{
	__u32 *number;

	if (ifindex < XDPQ_NEAR_INDEXES) {
		number = bpf_map_lookup_elem(&port_index_near, &ifindex);
		/* Else clang makes one call of the two, which then goes through a pointer. */
		asm volatile("" : "+r"(number));
	} else {
		number = bpf_map_lookup_elem(&port_index, &ifindex);
	}
	return number ? *number : XDPQ_NONE;
}

static __always_inline void xdpq_count_drop(struct xdpq_port *port, enum xdpq_drop reason,
					    __u32 packets, __u64 bytes)
{
	__sync_fetch_and_add(&port->drops[reason].packets, packets);
	__sync_fetch_and_add(&port->drops[reason].bytes, bytes);
}

/* Of the frames that no queue knows of; beside the reason. */
static __always_inline void xdpq_count_direct_lost(struct xdpq_port *port, __u32 packets,
						   __u64 bytes)
{
	__sync_fetch_and_add(&port->direct_lost.packets, packets);
	__sync_fetch_and_add(&port->direct_lost.bytes, bytes);
}

/* What an earlier program wrote for the receiver of the frame is not for the next one. */
static __always_inline void xdpq_frame_strip_meta(struct xdp_md *ctx)
{
	if (ctx->data_meta < ctx->data)
		bpf_xdp_adjust_meta(ctx, ctx->data - ctx->data_meta);
}

/* A frame leaves without a queue: it is counted, and nobody waits for it to reach the driver. */
static __always_inline int xdpq_redirect_direct(struct xdp_md *ctx, struct xdpq_port *port)
{
	__u32 len = ctx->data_end - ctx->data;
	int action;

	xdpq_frame_strip_meta(ctx);
	action = bpf_redirect_map(&tx, xdpq_port_number, XDP_ABORTED);
	__sync_fetch_and_add(&port->direct.packets, 1);
	__sync_fetch_and_add(&port->direct.bytes, len);
	if (action != XDP_REDIRECT) {
		xdpq_count_drop(port, XDPQ_DROP_REDIRECT, 1, len);
		xdpq_count_direct_lost(port, 1, len);
	}
	return action;
}

#endif
