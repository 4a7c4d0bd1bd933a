/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces of the network namespace this thread is in: rtnetlink (links), the
 * ethtool family (speed, VLAN offload) and the netdev family (XDP features).
 * Every function returns 0, or a negative errno value.
 */
#ifndef XDPQ_LINK_H
#define XDPQ_LINK_H

#include <linux/if.h>
#include <stdbool.h>
#include <stdint.h>

struct link {
	uint32_t ifindex;
	char name[IFNAMSIZ];
	char kind[16];		/* "veth", "vlan" ...; empty for a physical link */
	uint8_t mac[6];
	uint32_t mtu;
	uint32_t flags;		/* IFF_* */
	bool promisc;		/* by the administrator, not by a bridge or a sniffer */
	uint32_t tx_queues;
	bool ethernet;		/* ARPHRD_ETHER */
	uint32_t xdp_prog_id;	/* 0: none attached */
	uint8_t xdp_mode;	/* XDP_ATTACHED_* of <linux/if_link.h> */
	uint32_t peer_ifindex;	/* IFLA_LINK; 0 if none */
	int32_t peer_netnsid;	/* IFLA_LINK_NETNSID, -1 if the peer is in this namespace */
};

/* -ENODEV if there is no such link. */
int link_by_name(const char *name, struct link *out);
int link_by_index(uint32_t ifindex, struct link *out);

/* Calls `each` for every link; stops and returns its value when that is not 0. */
int link_each(int (*each)(const struct link *link, void *arg), void *arg);

/* Sets or clears IFF_PROMISC. */
int link_set_promisc(uint32_t ifindex, bool on);

/* Speed in bit/s; 0 if the link has none, doesn't know it, or the kernel has no ethtool netlink. */
int link_speed(uint32_t ifindex, uint64_t *bit_per_s);

/*
 * VLAN offloads, each hiding tags from XDP: a NIC's receive offload those of the frames it gets;
 * on veth the peer's transmit offload does, and the receive offload of neither end matters.
 */
#define LINK_RX_VLAN_OFFLOAD	(1u << 0)	/* rx-vlan-hw-parse */
#define LINK_RX_STAG_OFFLOAD	(1u << 1)	/* rx-vlan-stag-hw-parse */
#define LINK_TX_VLAN_OFFLOAD	(1u << 2)	/* tx-vlan-hw-insert */
#define LINK_TX_STAG_OFFLOAD	(1u << 3)	/* tx-vlan-stag-hw-insert */

/* Which of them are on, and which can be switched (the others are fixed). */
int link_vlan_offload(uint32_t ifindex, uint32_t *on, uint32_t *switchable);
/* Switches those in `mask` on or off. -EOPNOTSUPP if some stayed as they were. */
int link_set_vlan_offload(uint32_t ifindex, uint32_t mask, bool on);

/*
 * XDP features of the driver (NETDEV_XDP_ACT_* of <linux/netdev.h>, the first of which are below).
 * -EOPNOTSUPP on kernels without the netdev family (before 6.3).
 */
#define LINK_XDP_BASIC		(1u << 0)
#define LINK_XDP_REDIRECT	(1u << 1)
#define LINK_XDP_NDO_XMIT	(1u << 2)
int link_xdp_features(uint32_t ifindex, uint64_t *features);

#endif
