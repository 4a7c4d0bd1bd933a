/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The flush witness: sees redirected frames reach the driver.
 *
 * A redirect is a promise: the frame waits in the CPU's bulk for the device until
 * the end of the driver's poll. Only when it has been handed over may another CPU
 * serve the port, and only then is it known whether the TX ring had room.
 *
 * One for each network namespace; tracepoints see all namespaces and everybody's
 * redirects. Frames of others to the same device may stand in the same bulk:
 * counts are limited to what the port itself has redirected.
 */
#include <xdpq/maps.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/* Of the kernel's own types, just the fields read here, found by CO-RE. */
struct net {
	__u64 net_cookie;
} __attribute__((preserve_access_index));

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
} __attribute__((preserve_access_index));

/* Set at load. */
const volatile __u64 netns_cookie = 0;
const volatile __u32 tx_map_id = 0;

/* Adds when all that was written before can be seen: what returns a value is a barrier everywhere. */
static __always_inline void add_after(__u64 *to, __u64 value)
{
	__u64 was = __sync_fetch_and_add(to, value);

	asm volatile("" :: "r"(was));
}

/* Bytes of all frames up to the n-th redirect. */
static __always_inline __u64 bytes_up_to(const struct xdpq_port *port, __u64 n)
{
	return port->bulk_bytes[(n - 1) & (XDPQ_BULK_RING - 1)];
}

/* The oldest `packets` frames under way, the first of them behind `seen`, which moves on. */
static __always_inline struct xdpq_tally take(struct xdpq_tally *seen, const struct xdpq_port *port,
					      __u32 packets)
{
	struct xdpq_tally taken = { .packets = packets };

	if (packets)
		taken.bytes = bytes_up_to(port, seen->packets + packets) - seen->bytes;
	seen->packets += packets;
	seen->bytes += taken.bytes;
	return taken;
}

static __always_inline void account(struct xdpq_port *port, __u32 sent, __u32 dropped, __u32 unseen)
{
	struct xdpq_tally seen = port->flushed, taken;

	taken = take(&seen, port, unseen);
	if (unseen)
		xdpq_count_drop(port, XDPQ_DROP_UNSEEN, unseen, taken.bytes);
	taken = take(&seen, port, sent);
	port->sent.packets += sent;
	port->sent.bytes += taken.bytes;
	taken = take(&seen, port, dropped);
	if (dropped)
		xdpq_count_drop(port, XDPQ_DROP_TX_RING, dropped, taken.bytes);
	port->flushed.bytes = seen.bytes;
	/* Last, with a barrier: from here on another CPU may serve. */
	add_after(&port->flushed.packets, sent + dropped + unseen);
}

static __always_inline void flushed(struct xdpq_port *port, __u32 sent, __u32 dropped)
{
	__s64 waiting = port->redirected.packets - port->flushed.packets;

	if (waiting <= 0 || port->server != bpf_get_smp_processor_id())
		return;
	if (sent + dropped > waiting) {
		if (dropped > waiting)
			dropped = waiting;
		sent = waiting - dropped;
	}
	waiting -= sent + dropped;
	/* Less than a full bulk is the end of a poll: what else we waited for, we have missed. */
	account(port, sent, dropped, sent + dropped < XDPQ_BULK ? waiting : 0);
}

/* Without a queue only the number is known. */
static __always_inline void lost_direct(struct xdpq_port *port, enum xdpq_drop reason,
					__u32 packets)
{
	xdpq_count_drop(port, reason, packets, 0);
	xdpq_count_direct_lost(port, packets, 0);
}

/* The port of a device, also one that others no longer send to. */
static __always_inline struct xdpq_port *port_of_device(__u32 ifindex)
{
	__u32 number = xdpq_port_of(ifindex), leaving = ifindex | XDPQ_INDEX_LEAVING, *found;

	if (number == XDPQ_NONE) {
		found = bpf_map_lookup_elem(&port_index, &leaving);
		if (!found)
			return NULL;
		number = *found;
	}
	return xdpq_port_at(number);
}

SEC("tp_btf/xdp_devmap_xmit")
int BPF_PROG(xdpq_xmit, const struct net_device *from, const struct net_device *to,
	     int sent, int dropped, int err)
{
	struct xdpq_port *port;

	if (to->nd_net.net->net_cookie != netns_cookie)
		return 0;
	port = port_of_device(to->ifindex);
	if (!port)
		return 0;
	if (err < 0)
		port->tx_error = err;
	if (!port->unqueued)
		flushed(port, sent, dropped);
	else if (dropped)
		lost_direct(port, XDPQ_DROP_TX_RING, dropped);
	return 0;
}

/* The kernel refused before the frame came to the bulk: the last redirect of this CPU. */
SEC("tp_btf/xdp_redirect_err")
int BPF_PROG(xdpq_redirect_err, const struct net_device *dev, const void *prog, const void *target,
	     int err, int map_type, __u32 map_id, __u32 number)
{
	struct xdpq_port *port = map_id == tx_map_id ? xdpq_port_at(number) : NULL;
	__u64 bytes = 0;

	if (!port)
		return 0;
	port->tx_error = err;
	if (port->unqueued) {
		lost_direct(port, XDPQ_DROP_REDIRECT, 1);
		return 0;
	}
	if (port->redirected.packets != port->flushed.packets &&
	    port->server == bpf_get_smp_processor_id()) {
		bytes = port->redirected.bytes -
			(port->redirected.packets - 1 == port->flushed.packets ?
			 port->flushed.bytes : bytes_up_to(port, port->redirected.packets - 1));
		port->redirected.bytes -= bytes;
		add_after(&port->redirected.packets, -1);
	}
	xdpq_count_drop(port, XDPQ_DROP_REDIRECT, 1, bytes);
	return 0;
}

char xdpq_license[] SEC("license") = "GPL";
