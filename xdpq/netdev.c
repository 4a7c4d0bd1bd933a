/* SPDX-License-Identifier: GPL-2.0-only */
#include "link.h"
#include "netlink.h"

#include <errno.h>

/* From <linux/netdev.h> of Linux 6.3: the headers of older kernels lack it. */
#define NETDEV_FAMILY_NAME	"netdev"
enum { NETDEV_CMD_DEV_GET = 1 };
enum { NETDEV_A_DEV_IFINDEX = 1, NETDEV_A_DEV_XDP_FEATURES = 3 };

struct device {
	uint64_t xdp_features;
};

static const struct netlink_field device_fields[] = {
	NETLINK_FIELD(NETDEV_A_DEV_XDP_FEATURES, MNL_TYPE_U64, struct device, xdp_features),
	NETLINK_END,
};

int link_xdp_features(uint32_t ifindex, uint64_t *features)
{
	union netlink_buffer buf;
	struct device device = { 0 };
	struct nlmsghdr *request;
	int err;

	if (!netlink_ifindex_valid(ifindex))
		return -ENODEV;
	err = genl_begin(&buf, NETDEV_FAMILY_NAME, NETDEV_CMD_DEV_GET, &request);
	if (err)
		return err;
	mnl_attr_put_u32(request, NETDEV_A_DEV_IFINDEX, ifindex);
	err = genl_get(request, device_fields, &device);
	if (!err)
		*features = device.xdp_features;
	return err;
}
