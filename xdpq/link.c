/* SPDX-License-Identifier: GPL-2.0-only */
#include "link.h"
#include "netlink.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

/* Links that come and go all the time must not keep a dump from ending. */
#define DUMP_TRIES	64

struct answer {
	struct link link;
	uint32_t drv_prog_id;
	uint32_t skb_prog_id;
	uint32_t hw_prog_id;
};

struct links {
	struct link *at;
	size_t count;
	size_t room;
};

static int take_mac(const struct nlattr *attr, void *out)
{
	struct answer *answer = out;

	/* Links that aren't Ethernet may have addresses of another length. */
	if (mnl_attr_get_payload_len(attr) == sizeof(answer->link.mac))
		memcpy(answer->link.mac, mnl_attr_get_payload(attr), sizeof(answer->link.mac));
	return MNL_CB_OK;
}

static const struct netlink_field info_fields[] = {
	NETLINK_FIELD(IFLA_INFO_KIND, MNL_TYPE_NUL_STRING, struct answer, link.kind),
	NETLINK_END,
};

static const struct netlink_field xdp_fields[] = {
	NETLINK_FIELD(IFLA_XDP_ATTACHED, MNL_TYPE_U8, struct answer, link.xdp_mode),
	NETLINK_FIELD(IFLA_XDP_PROG_ID, MNL_TYPE_U32, struct answer, link.xdp_prog_id),
	NETLINK_FIELD(IFLA_XDP_DRV_PROG_ID, MNL_TYPE_U32, struct answer, drv_prog_id),
	NETLINK_FIELD(IFLA_XDP_SKB_PROG_ID, MNL_TYPE_U32, struct answer, skb_prog_id),
	NETLINK_FIELD(IFLA_XDP_HW_PROG_ID, MNL_TYPE_U32, struct answer, hw_prog_id),
	NETLINK_END,
};

static const struct netlink_field link_fields[] = {
	NETLINK_FIELD(IFLA_IFNAME, MNL_TYPE_NUL_STRING, struct answer, link.name),
	NETLINK_FIELD(IFLA_MTU, MNL_TYPE_U32, struct answer, link.mtu),
	NETLINK_FIELD(IFLA_NUM_TX_QUEUES, MNL_TYPE_U32, struct answer, link.tx_queues),
	NETLINK_FIELD(IFLA_LINK, MNL_TYPE_U32, struct answer, link.peer_ifindex),
	NETLINK_FIELD(IFLA_LINK_NETNSID, MNL_TYPE_U32, struct answer, link.peer_netnsid),
	NETLINK_TAKE(IFLA_ADDRESS, MNL_TYPE_BINARY, take_mac),
	NETLINK_NESTED(IFLA_LINKINFO, info_fields),
	NETLINK_NESTED(IFLA_XDP, xdp_fields),
	NETLINK_END,
};

/* Without IFLA_XDP_PROG_ID there are programs in several modes: the first to see a frame counts. */
static uint32_t first_prog_id(const struct answer *answer)
{
	const uint32_t ids[] = {
		answer->link.xdp_prog_id,
		answer->hw_prog_id,
		answer->drv_prog_id,
		answer->skb_prog_id,
	};
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (ids[i])
			return ids[i];
	return 0;
}

/*
 * IFF_PROMISC in ifi_flags is the administrator's own setting: the kernel hides the flag while
 * others alone keep the link promiscuous. IFLA_PROMISCUITY counts those too (bridges, macvlans,
 * packet sockets), so a sniffer would look like a setting.
 */
static int parse_link(const struct nlmsghdr *message, struct link *out)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	struct answer answer = { .link.peer_netnsid = -1 };

	if (netlink_fields(message, sizeof(*info), link_fields, &answer) < 0)
		return MNL_CB_ERROR;
	*out = answer.link;
	out->ifindex = info->ifi_index;
	out->flags = info->ifi_flags;
	out->promisc = info->ifi_flags & IFF_PROMISC;
	out->ethernet = info->ifi_type == ARPHRD_ETHER;
	out->xdp_prog_id = first_prog_id(&answer);
	return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *message, void *arg)
{
	return message->nlmsg_type == RTM_NEWLINK ? parse_link(message, arg) : MNL_CB_OK;
}

static struct nlmsghdr *begin_get(union netlink_buffer *buf, uint16_t flags, uint32_t ifindex)
{
	struct nlmsghdr *request = netlink_begin(buf, RTM_GETLINK, flags, sizeof(struct ifinfomsg));
	struct ifinfomsg *info = mnl_nlmsg_get_payload(request);

	info->ifi_index = ifindex;
	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return request;
}

static int get_one(const struct nlmsghdr *request, struct link *out)
{
	struct link link = { 0 };
	int err = netlink_talk(NETLINK_ROUTE, request, take_link, &link);

	if (!err && !link.ifindex)
		err = -ENODEV;
	if (!err)
		*out = link;
	return err;
}

int link_by_name(const char *name, struct link *out)
{
	union netlink_buffer buf;
	struct nlmsghdr *request;
	size_t length = strlen(name);

	if (!length || length >= ALTIFNAMSIZ)
		return -ENODEV;
	request = begin_get(&buf, NLM_F_ACK, 0);
	mnl_attr_put_strz(request, length < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
	return get_one(request, out);
}

int link_by_index(uint32_t ifindex, struct link *out)
{
	union netlink_buffer buf;

	if (!netlink_ifindex_valid(ifindex))
		return -ENODEV;
	return get_one(begin_get(&buf, NLM_F_ACK, ifindex), out);
}

static int make_room(struct links *links)
{
	size_t room = links->room ? links->room * 2 : 16;
	struct link *at = reallocarray(links->at, room, sizeof(*at));

	if (!at)
		return -1;
	links->at = at;
	links->room = room;
	return 0;
}

static int collect_link(const struct nlmsghdr *message, void *arg)
{
	struct links *links = arg;

	if (message->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	if (links->count == links->room && make_room(links) < 0)
		return MNL_CB_ERROR;
	if (parse_link(message, &links->at[links->count]) < 0)
		return MNL_CB_ERROR;
	links->count++;
	return MNL_CB_OK;
}

static int dump_links(struct links *links)
{
	union netlink_buffer buf;
	struct nlmsghdr *request;
	int tries = DUMP_TRIES;
	int err;

	do {
		links->count = 0;
		request = begin_get(&buf, NLM_F_DUMP, 0);
		err = netlink_talk(NETLINK_ROUTE, request, collect_link, links);
	} while (err == -EINTR && --tries);
	return err;
}

/* Calls only after the dump ended: one that is interrupted starts again, with links seen before. */
int link_each(int (*each)(const struct link *link, void *arg), void *arg)
{
	struct links links = { 0 };
	int err = dump_links(&links);
	size_t i;

	for (i = 0; !err && i < links.count; i++)
		err = each(&links.at[i], arg);
	free(links.at);
	return err;
}

int link_set_promisc(uint32_t ifindex, bool on)
{
	union netlink_buffer buf;
	struct nlmsghdr *request;
	struct ifinfomsg *info;

	if (!netlink_ifindex_valid(ifindex))
		return -ENODEV;
	request = netlink_begin(&buf, RTM_SETLINK, NLM_F_ACK, sizeof(*info));
	info = mnl_nlmsg_get_payload(request);
	info->ifi_index = ifindex;
	info->ifi_flags = on ? IFF_PROMISC : 0;
	info->ifi_change = IFF_PROMISC;
	return netlink_talk(NETLINK_ROUTE, request, NULL, NULL);
}
