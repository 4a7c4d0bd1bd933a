/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One CPU at a time serves a port: the one whose redirected frames have not all
 * been seen at the driver. Another one would overtake them. All under the lock, but
 * for xdpq_unclaim().
 */
#ifndef XDPQ_SERVER_H
#define XDPQ_SERVER_H

#include <xdpq/lock.h>
#include <xdpq/maps.h>

/* A server that has shown no flush for this long has lost its frames. */
#define XDPQ_FLUSH_TIMEOUT 100000000ULL

static __always_inline void xdpq_tally(struct xdpq_tally *tally, __u32 len)
{
	tally->packets++;
	tally->bytes += len;
}

static __always_inline __u32 xdpq_in_bulk(const struct xdpq_port *port)
{
	__s64 n = port->redirected.packets - *(volatile __u64 *)&port->flushed.packets;

	/* Below zero: written off, and then taken back as well. */
	return n > 0 ? n : 0;
}

/* The server's frames never came by at the driver: nobody is to wait for them any longer. */
static __always_inline void xdpq_write_off_bulk(struct xdpq_port *port)
{
	xdpq_count_drop(port, XDPQ_DROP_UNSEEN, xdpq_in_bulk(port),
			port->redirected.bytes - port->flushed.bytes);
	port->flushed = port->redirected;
}

static __always_inline bool xdpq_server_lost(struct xdpq_port *port, __u64 now)
{
	if (port->watched != port->flushed.packets || !port->watched_since) {
		port->watched = port->flushed.packets;
		port->watched_since = now;
		return false;
	}
	return now - port->watched_since > XDPQ_FLUSH_TIMEOUT;
}

/* No frame of another CPU is under way. */
static __always_inline bool xdpq_is_server(const struct xdpq_port *port, __u32 cpu)
{
	return !xdpq_in_bulk(port) || port->server == cpu;
}

static __always_inline bool xdpq_may_serve(struct xdpq_port *port, __u32 cpu, __u64 now)
{
	if (xdpq_is_server(port, cpu))
		return true;
	if (!xdpq_server_lost(port, now))
		return false;
	xdpq_write_off_bulk(port);
	return true;
}

/* This CPU redirects `len` bytes and so becomes, or stays, the server. */
static __always_inline void xdpq_claim(struct xdpq_port *port, __u32 cpu, __u32 len)
{
	/* The old server's witness looks at who is the server once it sees a frame under way. */
	if (port->server != cpu) {
		port->server = cpu;
		xdpq_order_stores();
	}
	port->watched_since = 0;
	port->bulk_bytes[port->redirected.packets & (XDPQ_BULK_RING - 1)] =
		port->redirected.bytes + len;
	xdpq_tally(&port->redirected, len);
}

/*
 * The last claim is taken back: the frame did not go. Only the server may, and without the
 * lock, so bytes first: with the last packet another CPU may serve.
 */
static __always_inline void xdpq_unclaim(struct xdpq_port *port, __u32 len)
{
	port->redirected.bytes -= len;
	xdpq_order_stores();
	port->redirected.packets--;
}

#endif
