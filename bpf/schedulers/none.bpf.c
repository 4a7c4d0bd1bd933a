/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * No queue: a port that forwards at once, at the price of a plain redirect.
 *
 * Use it for the side of a router that needs no shaping. It has no parameters
 * and no link clock. What the driver does not take is lost and counted; of those
 * frames the number is known, not the bytes.
 */
#include <xdpq/maps.h>
#include <xdpq/params.h>

SEC("xdp") XDPQ_SCHEDULER_TAG("no queue: what arrives is forwarded at once")
int xdpq_enqueue(struct xdp_md *ctx)
{
	struct xdpq_port *port = xdpq_port_at(xdpq_port_number);

	return port ? xdpq_redirect_direct(ctx, port) : XDP_ABORTED;
}

char xdpq_license[] SEC("license") = "GPL";
