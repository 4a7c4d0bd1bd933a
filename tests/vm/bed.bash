# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# In the virtual machine, sourced: a router between two namespaces.
#
#   client c ------ r0 router r1 ------ s server
#   10.9.1.2     10.9.1.1      10.9.2.1     10.9.2.2

client() { ip netns exec client "$@"; }
server() { ip netns exec server "$@"; }

bed() {
	local side dev ns net
	for side in 'client c r0 1' 'server s r1 2'; do
		read -r ns dev port net <<<"$side"
		ip netns add "$ns"
		ip link add "$dev" netns "$ns" type veth peer name "$port"
		ip -n "$ns" addr add "10.9.$net.2/24" dev "$dev"
		ip addr add "10.9.$net.1/24" dev "$port"
		ip -n "$ns" link set "$dev" up
		ip link set "$port" up
		ip -n "$ns" route add default via "10.9.$net.1"
		ip netns exec "$ns" ethtool -K "$dev" tx off gro on >/dev/null
		ethtool -K "$port" tx off gro on >/dev/null
	done
	sysctl -qw net.ipv4.ip_forward=1
}
