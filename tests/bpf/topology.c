/* SPDX-License-Identifier: GPL-2.0-only */
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if.h>

#include "cmocka_all.h"
#include "topology.h"

#define PER_DEVICE 8

static const char *const device_commands[PER_DEVICE] = {
	"ip link add %1$s0 type veth peer name %1$s1",
	"ip link set %1$s1 up",
	"ip link set %1$s0 address 02:00:00:00:0%2$d:01 up",
	"ip addr add 10.0.%2$d.1/24 dev %1$s0",
	"ip addr add fd00:%2$d::1/64 dev %1$s0 nodad",
	"ip neigh add 10.0.%2$d.2 lladdr 02:00:00:00:0%2$d:02 dev %1$s0 nud permanent",
	"ip neigh add fd00:%2$d::2 lladdr 02:00:00:00:0%2$d:02 dev %1$s0 nud permanent",
	"ip neigh add fe80::2 lladdr 02:00:00:00:0%2$d:02 dev %1$s0 nud permanent",
};

static const char *const route_commands[] = {
	"ip route add default via 10.0.2.2",
	"ip route add throw 8.8.8.0/24",
	"ip route add 192.0.2.0/24 via 10.0.2.2",
	"ip route add blackhole 198.51.100.0/26",
	"ip route add unreachable 198.51.100.64/26",
	"ip route add prohibit 198.51.100.128/26",
	"ip route add 203.0.113.0/24 via 10.0.2.2 mtu lock 600",
	"ip route add 203.0.114.0/24 via 10.0.2.9",
	"ip -6 route add default via fd00:2::2",
	"ip -6 route add throw 2001:db8:b4::/48",
	"ip -6 route add 2001:db8:1::/48 via fd00:2::2",
	"ip -6 route add blackhole 2001:db8:b1::/48",
	"ip -6 route add unreachable 2001:db8:b2::/48",
	"ip -6 route add prohibit 2001:db8:b3::/48",
	"ip -6 route add 2001:db8:600::/48 via fd00:2::2 mtu lock 600",
	"ip -6 route add 2001:db8:9::/48 via fd00:2::9",
};

static bool run(const char *command)
{
	return !system(command);
}

static bool add_device(const char *prefix, int network)
{
	char command[256];

	for (int i = 0; i < PER_DEVICE; i++) {
		snprintf(command, sizeof(command), device_commands[i], prefix, network);
		if (!run(command))
			return false;
	}
	return true;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

void topology_forwarding(bool on)
{
	write_file("/proc/sys/net/ipv4/conf/all/forwarding", on ? "1" : "0");
	write_file("/proc/sys/net/ipv6/conf/all/forwarding", on ? "1" : "0");
}

bool topology_make(void)
{
	if (unshare(CLONE_NEWNET) || !run("ip link set lo up"))
		return false;
	if (!add_device("in", 1) || !add_device("out", 2) || !add_device("oth", 3))
		return false;
	for (size_t i = 0; i < COUNT(route_commands); i++) {
		if (!run(route_commands[i]))
			return false;
	}
	topology_forwarding(true);
	return true;
}

void topology_mac(const char *device, __u8 *mac)
{
	int sock = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = {};

	strncpy(request.ifr_name, device, sizeof(request.ifr_name) - 1);
	assert_int_equal(ioctl(sock, SIOCGIFHWADDR, &request), 0);
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	close(sock);
}

void topology_neighbour_mac(int network, __u8 *mac)
{
	memcpy(mac, (__u8[]){ 2, 0, 0, 0, network, 2 }, 6);
}
