/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The link clock: when is the link free again at the configured rate?
 *
 * It is the virtual scheduling form of the leaky bucket (GCRA, ITU-T I.371). A
 * packet may leave when the link is free; it then occupies the link for the time
 * its bytes take at `rate`. Up to `slack` of unused time may be saved up, which
 * is what the burst allows beyond one packet of the MTU, so that for every interval
 *
 *	bytes released in [t1, t2] <= max(burst, one packet) + rate * (t2 - t1)
 *
 * and whether a packet may leave does not depend on its length, which an AQM
 * knows only after it has decided. `peakrate` is a second clock without slack.
 */
#ifndef XDPQ_CLOCK_H
#define XDPQ_CLOCK_H

#include <xdpq/maps.h>
#include <xdpq/wire.h>

/* Set at load for tests and simulation: time is what the port's entry says. */
const volatile __u32 xdpq_virtual_clock = 0;

/*
 * ns of the link's time that may pass unread after a reading that found the link free; they
 * are charged at the next one. 0 is set at load where time is virtual. Why the bound
 * holds all the same: docs/design.md.
 */
const volatile __u32 xdpq_unread_max = 16384;

static __always_inline __u64 xdpq_read_clock(const struct xdpq_port *port)
{
	return xdpq_virtual_clock ? port->virtual_now : bpf_ktime_get_ns();
}

static __always_inline __u64 xdpq_link_free_at(const struct xdpq_port *port, xdpq_clock_conf *conf)
{
	__u64 at = conf->byte_cost ? port->free_at : 0;

	if (conf->peak_byte_cost && port->peak_free_at > at)
		at = port->peak_free_at;
	return at;
}

/* Occupies one clock from `floor` on; the fraction makes rates exact in the long run. */
static __always_inline void xdpq_occupy(__u64 *free_at, __u32 *fraction, __u64 floor, __u64 cost)
{
	if (*free_at < floor) {
		*free_at = floor;
		*fraction = 0;
	}
	cost += *fraction;
	*free_at += cost >> XDPQ_COST_SHIFT;
	*fraction = cost & XDPQ_COST_MASK;
}

static __always_inline __u64 xdpq_slack_from(xdpq_clock_conf *conf, __u64 now)
{
	__u64 slack = conf->slack;

	return now > slack ? now - slack : 0;
}

/*
 * The time at which what is released now leaves. Read with the lock held: who has waited for
 * it would charge a packet as older than it is. CPUs may disagree by some us; here, time
 * never goes back.
 */
static __always_inline __u64 xdpq_advance(struct xdpq_port *port, xdpq_clock_conf *conf)
{
	__u64 read = xdpq_read_clock(port);

	if (read > port->now)
		port->now = read;
	if (port->unread)
		xdpq_occupy(&port->free_at, &port->fraction, xdpq_slack_from(conf, port->now),
			    port->unread);
	port->unread = 0;
	return port->now;
}

/* The time that a packet of `len` bytes occupies the link, in 2^-20 ns. */
static __always_inline __u64 xdpq_link_time(xdpq_clock_conf *conf, __u32 len)
{
	return xdpq_wire_len(conf, len) * conf->byte_cost;
}

/*
 * May a packet of this link time leave, whatever the time is? It may, if there is no rate.
 * If it does, it is added to port->unread.
 */
static __always_inline bool xdpq_needs_no_time(const struct xdpq_port *port, xdpq_clock_conf *conf,
					       __u64 link_time)
{
	__u64 most = conf->slack < xdpq_unread_max ? conf->slack : xdpq_unread_max;
	__u64 unread = (port->fraction + port->unread) >> XDPQ_COST_SHIFT;

	return !conf->peak_byte_cost && port->unread + link_time <= most << XDPQ_COST_SHIFT &&
	       xdpq_link_free_at(port, conf) + unread <= port->now;
}

/* A packet of `len` bytes leaves now. */
static __always_inline void xdpq_charge(struct xdpq_port *port, xdpq_clock_conf *conf,
					__u64 now, __u32 len)
{
	if (conf->byte_cost)
		xdpq_occupy(&port->free_at, &port->fraction, xdpq_slack_from(conf, now),
			    xdpq_link_time(conf, len));
	if (conf->peak_byte_cost)
		xdpq_occupy(&port->peak_free_at, &port->peak_fraction, now,
			    xdpq_wire_len(conf, len) * conf->peak_byte_cost);
}

static __always_inline void xdpq_vacate(__u64 *free_at, __u32 *fraction, __u64 cost)
{
	__u32 part = cost & XDPQ_COST_MASK;

	*free_at -= (cost >> XDPQ_COST_SHIFT) + (*fraction < part);
	*fraction = (*fraction - part) & XDPQ_COST_MASK;
}

/* The packet charged last has not left after all. */
static __always_inline void xdpq_uncharge(struct xdpq_port *port, xdpq_clock_conf *conf, __u32 len)
{
	__u64 wire = xdpq_wire_len(conf, len);

	if (conf->byte_cost)
		xdpq_vacate(&port->free_at, &port->fraction, wire * conf->byte_cost);
	if (conf->peak_byte_cost)
		xdpq_vacate(&port->peak_free_at, &port->peak_fraction,
			    wire * conf->peak_byte_cost);
}

#endif
