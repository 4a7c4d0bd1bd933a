/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of an attach: the value of the pinned map "conf". The values
 * of the parameters stand in ".data.config"; here is what was asked for, and what
 * has to be put back at detach.
 */
#ifndef XDPQ_CONF_H
#define XDPQ_CONF_H

#include <linux/if.h>
#include <stdint.h>

#define CONF_NAME_SIZE 256
/* Two tables of 32 IPv6 prefixes among them. */
#define CONF_ARGS_SIZE 8192

struct conf {
	uint32_t abi;		/* XDPQ_ABI; first, in every version */
	uint32_t number;	/* the port's */
	uint32_t ifindex;
	uint32_t peer_ifindex;	/* other end of the wire, 0 if there is none */
	uint64_t port_given;	/* which parameters the user gave */
	uint64_t sched_given;
	uint64_t memory;	/* bytes of the port's maps */
	uint32_t frame;		/* bytes of the longest frame that can be queued */
	uint32_t slots;		/* packets there is room for */
	uint32_t vlan_offload;	/* LINK_*_OFFLOAD that attach switched off (vlan.h: at whom) */
	uint32_t promisc;	/* attach made the link promiscuous */
	uint32_t automatic;	/* became a port only as the peer of another */
	uint32_t generation;	/* of the scheduler, counted from 0 at attach */
	uint32_t transit;	/* a queue only on the way to sched none */
	uint32_t pad;
	char ifname[IFNAMSIZ];	/* at attach */
	char sched[CONF_NAME_SIZE];
	/* `attach DEV` with them makes the same port; one space between two. */
	char args[CONF_ARGS_SIZE];
};

#endif
