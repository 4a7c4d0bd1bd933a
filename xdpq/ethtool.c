/* SPDX-License-Identifier: GPL-2.0-only */
#include "link.h"
#include "netlink.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <string.h>

#define BIT_PER_MBIT	1000000ull

struct linkmodes {
	uint32_t speed;		/* Mbit/s */
};

static const struct netlink_field linkmodes_fields[] = {
	NETLINK_FIELD(ETHTOOL_A_LINKMODES_SPEED, MNL_TYPE_U32, struct linkmodes, speed),
	NETLINK_END,
};

static const struct {
	const char *name;	/* in the kernel's netdev_features_strings */
	uint32_t flag;
} vlan_features[] = {
	{ "rx-vlan-hw-parse", LINK_RX_VLAN_OFFLOAD },
	{ "rx-vlan-stag-hw-parse", LINK_RX_STAG_OFFLOAD },
	{ "tx-vlan-hw-insert", LINK_TX_VLAN_OFFLOAD },
	{ "tx-vlan-stag-hw-insert", LINK_TX_STAG_OFFLOAD },
};

#define VLAN_FEATURES	(sizeof(vlan_features) / sizeof(vlan_features[0]))

struct bit {
	char name[ETH_GSTRING_LEN];
	bool value;
};

/* What a bitset that names its bits says about the VLAN features. */
struct bitset {
	bool nomask;
	uint32_t listed;
	uint32_t valued;
};

struct features {
	uint32_t hw;
	uint32_t active;
	uint32_t nochange;
};

static int begin(union netlink_buffer *buf, uint8_t command, uint32_t ifindex, uint32_t flags,
		 struct nlmsghdr **request)
{
	struct nlattr *header;
	int err;

	if (!netlink_ifindex_valid(ifindex))
		return -ENODEV;
	err = genl_begin(buf, ETHTOOL_GENL_NAME, command, request);
	if (err)
		return err;
	/* The header has this number in every message of the family. */
	header = mnl_attr_nest_start(*request, ETHTOOL_A_LINKMODES_HEADER);
	mnl_attr_put_u32(*request, ETHTOOL_A_HEADER_DEV_INDEX, ifindex);
	mnl_attr_put_u32(*request, ETHTOOL_A_HEADER_FLAGS, flags);
	mnl_attr_nest_end(*request, header);
	return 0;
}

int link_speed(uint32_t ifindex, uint64_t *bit_per_s)
{
	struct linkmodes modes = { .speed = (uint32_t)SPEED_UNKNOWN };
	union netlink_buffer buf;
	struct nlmsghdr *request;
	int err;

	err = begin(&buf, ETHTOOL_MSG_LINKMODES_GET, ifindex, ETHTOOL_FLAG_COMPACT_BITSETS,
		    &request);
	if (!err)
		err = genl_get(request, linkmodes_fields, &modes);
	if (err && err != -EOPNOTSUPP)
		return err;
	*bit_per_s = modes.speed == (uint32_t)SPEED_UNKNOWN ? 0 : modes.speed * BIT_PER_MBIT;
	return 0;
}

static int take_value(const struct nlattr *attr, void *out)
{
	struct bit *bit = out;

	(void)attr;
	bit->value = true;
	return MNL_CB_OK;
}

static const struct netlink_field bit_fields[] = {
	NETLINK_FIELD(ETHTOOL_A_BITSET_BIT_NAME, MNL_TYPE_NUL_STRING, struct bit, name),
	NETLINK_TAKE(ETHTOOL_A_BITSET_BIT_VALUE, MNL_TYPE_FLAG, take_value),
	NETLINK_END,
};

static uint32_t vlan_feature(const char *name)
{
	size_t i;

	for (i = 0; i < VLAN_FEATURES; i++)
		if (!strcmp(vlan_features[i].name, name))
			return vlan_features[i].flag;
	return 0;
}

static int take_bit(const struct nlattr *attr, void *out)
{
	struct bitset *bitset = out;
	struct bit bit = { 0 };
	uint32_t flag;

	if (netlink_nested_fields(attr, bit_fields, &bit) < 0)
		return MNL_CB_ERROR;
	flag = vlan_feature(bit.name);
	bitset->listed |= flag;
	bitset->valued |= bit.value ? flag : 0;
	return MNL_CB_OK;
}

static int take_nomask(const struct nlattr *attr, void *out)
{
	struct bitset *bitset = out;

	(void)attr;
	bitset->nomask = true;
	return MNL_CB_OK;
}

static const struct netlink_field bits_fields[] = {
	NETLINK_TAKE(ETHTOOL_A_BITSET_BITS_BIT, MNL_TYPE_NESTED, take_bit),
	NETLINK_END,
};

static const struct netlink_field bitset_fields[] = {
	NETLINK_TAKE(ETHTOOL_A_BITSET_NOMASK, MNL_TYPE_FLAG, take_nomask),
	NETLINK_NESTED(ETHTOOL_A_BITSET_BITS, bits_fields),
	NETLINK_END,
};

static int parse_bitset(const struct nlattr *attr, uint32_t *set)
{
	struct bitset bitset = { 0 };

	if (netlink_nested_fields(attr, bitset_fields, &bitset) < 0)
		return MNL_CB_ERROR;
	/* A set without a mask is the list of its bits; with one, each bit says its value. */
	*set = bitset.nomask ? bitset.listed : bitset.valued;
	return MNL_CB_OK;
}

static int take_hw(const struct nlattr *attr, void *out)
{
	return parse_bitset(attr, &((struct features *)out)->hw);
}

static int take_active(const struct nlattr *attr, void *out)
{
	return parse_bitset(attr, &((struct features *)out)->active);
}

static int take_nochange(const struct nlattr *attr, void *out)
{
	return parse_bitset(attr, &((struct features *)out)->nochange);
}

static const struct netlink_field features_fields[] = {
	NETLINK_TAKE(ETHTOOL_A_FEATURES_HW, MNL_TYPE_NESTED, take_hw),
	NETLINK_TAKE(ETHTOOL_A_FEATURES_ACTIVE, MNL_TYPE_NESTED, take_active),
	NETLINK_TAKE(ETHTOOL_A_FEATURES_NOCHANGE, MNL_TYPE_NESTED, take_nochange),
	NETLINK_END,
};

int link_vlan_offload(uint32_t ifindex, uint32_t *on, uint32_t *switchable)
{
	struct features features = { 0 };
	union netlink_buffer buf;
	struct nlmsghdr *request;
	int err;

	/* Not compact: the positions of the bits differ between kernels, the names don't. */
	err = begin(&buf, ETHTOOL_MSG_FEATURES_GET, ifindex, 0, &request);
	if (!err)
		err = genl_get(request, features_fields, &features);
	if (err)
		return err;
	*on = features.active;
	*switchable = features.hw & ~features.nochange;
	return 0;
}

static void put_bit(struct nlmsghdr *request, const char *name, bool on)
{
	struct nlattr *bit = mnl_attr_nest_start(request, ETHTOOL_A_BITSET_BITS_BIT);

	mnl_attr_put_strz(request, ETHTOOL_A_BITSET_BIT_NAME, name);
	if (on)
		mnl_attr_put(request, ETHTOOL_A_BITSET_BIT_VALUE, 0, NULL);
	mnl_attr_nest_end(request, bit);
}

static void put_wanted(struct nlmsghdr *request, uint32_t mask, bool on)
{
	struct nlattr *wanted = mnl_attr_nest_start(request, ETHTOOL_A_FEATURES_WANTED);
	struct nlattr *bits = mnl_attr_nest_start(request, ETHTOOL_A_BITSET_BITS);
	size_t i;

	for (i = 0; i < VLAN_FEATURES; i++)
		if (mask & vlan_features[i].flag)
			put_bit(request, vlan_features[i].name, on);
	mnl_attr_nest_end(request, bits);
	mnl_attr_nest_end(request, wanted);
}

static int request_vlan_offload(uint32_t ifindex, uint32_t mask, bool on)
{
	union netlink_buffer buf;
	struct nlmsghdr *request;
	int err;

	err = begin(&buf, ETHTOOL_MSG_FEATURES_SET, ifindex, ETHTOOL_FLAG_OMIT_REPLY, &request);
	if (err)
		return err;
	put_wanted(request, mask, on);
	return netlink_talk(NETLINK_GENERIC, request, NULL, NULL);
}

/* The kernel says nothing when a feature is fixed or its driver refuses: look what is on now. */
int link_set_vlan_offload(uint32_t ifindex, uint32_t mask, bool on)
{
	uint32_t now, switchable;
	int err;

	err = request_vlan_offload(ifindex, mask, on);
	if (!err)
		err = link_vlan_offload(ifindex, &now, &switchable);
	if (err)
		return err;
	return (now & mask) == (on ? mask : 0) ? 0 : -EOPNOTSUPP;
}
