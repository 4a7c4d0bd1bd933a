#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# VLAN offload hides tags from XDP: one VLAN's traffic would be forwarded as another's.

bats_require_minimum_version 1.5.0

load ../lib/ownbed.bash

# The offload of the server's interface that hides tags from the router: on a veth it is the sender's.
offload() {
	in_server ethtool -k eth0 | sed -n 's/^tx-vlan-offload: //p; s/^tx-vlan-stag-hw-insert: //p' | tr '\n' ' '
}

# From here on, the client's IPv4 packets have a tag, as those of a VLAN interface with offload have.
tag_client() {
	clang -O2 -g -target bpf -I"/usr/include/$(cc -print-multiarch)" \
		-c "$BATS_TEST_DIRNAME/vlan_push.bpf.c" -o "$BED_DIR/vlan_push.bpf.o"
	tc -n "${BED}client" qdisc add dev eth0 clsact 2>/dev/null || skip "this kernel has no clsact qdisc"
	tc -n "${BED}client" filter add dev eth0 egress bpf direct-action obj "$BED_DIR/vlan_push.bpf.o" sec tc
}

# The ethertypes at byte 12 of the ping requests that the server gets from the client.
types_at_server() {
	listener rx server eth0 1 1 feedbeef
	in_client ping -q -c 1 -W 1 -p feedbeef 10.0.2.2 >/dev/null || true
	frames rx | cut -c 25-28
}

@test "offload goes off at attach, is said, and comes back at detach" {
	[ "$(offload)" = "on on " ]
	run xdpq attach s0 sched fifo
	[ "$status" = 0 ]
	[ "$(offload)" = "off off " ]
	[[ $output = *VLAN* ]]
	xdpq detach s0
	[ "$(offload)" = "on on " ]
}

# From here on no name and no process leads to the server's namespace, only $BED_DIR/hidden.
hide_server() {
	touch "$BED_DIR/hidden"
	mount --bind "/run/netns/${BED}server" "$BED_DIR/hidden"
	ip netns del "${BED}server"
}

show_server() {
	touch "/run/netns/${BED}server"
	mount --bind "$BED_DIR/hidden" "/run/netns/${BED}server"
	umount "$BED_DIR/hidden"
}

@test "offload that cannot be put back: detach warns and says what would" {
	xdpq attach s0 sched fifo
	hide_server
	run xdpq detach s0
	show_server
	[ "$status" = 0 ]
	[ "$(offload)" = "off off " ]
	[[ $output = *"detach s0: warning: "*"peer of s0"*"ethtool -K PEER tx-vlan-offload on tx-vlan-stag-hw-insert on"* ]]
}

@test "damaged pins: the offload comes back if that can be read, else detach says what would put it back" {
	local dir

	dir=$BED_PINS/$BED_COOKIE/$(in_router cat /sys/class/net/s0/ifindex)
	xdpq attach s0 sched fifo
	rm "$dir/btf"
	xdpq detach all
	[ "$(offload)" = "on on " ]
	xdpq attach s0 sched fifo
	rm "$dir/conf"
	run xdpq detach all
	[ "$(offload)" = "off off " ]
	[[ $output = *"its peer eth0"*"ethtool -K eth0 tx-vlan-offload on tx-vlan-stag-hw-insert on"* ]]
}

@test "offload that was off stays off at detach" {
	in_server ethtool -K eth0 txvlan off >/dev/null
	xdpq attach s0 sched fifo
	[ "$(offload)" = "off off " ]
	xdpq detach s0
	[ "$(offload)" = "off on " ]
}

@test "offload is put back when attach fails" {
	in_router ip link set s0 mtu 3450
	run xdpq attach s0 sched fifo
	[ "$status" = 3 ]
	[ "$(offload)" = "on on " ]
}

@test "show warns if offload is switched on later" {
	xdpq attach s0 sched fifo
	in_server ethtool -K eth0 txvlan on >/dev/null
	[[ $(port s0 warnings) = *VLAN* ]]
}

@test "a tag that the frame carries: the packet is not routed as an untagged one" {
	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo
	pings 10.0.2.2
	in_client ethtool -K eth0 txvlan off >/dev/null
	tag_client
	types=$(types_at_server)
	echo "types: $types"
	[ "$types" = "" ]
}

@test "a tag that offload hides: the packet is not routed as an untagged one" {
	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo
	pings 10.0.2.2
	tag_client
	types=$(types_at_server)
	echo "types: $types"
	[ "$types" = "" ]
}

@test "a tag that offload hides comes through a wire" {
	xdpq attach s0 sched fifo peer c0
	tag_client
	ip -n "${BED}client" addr add 10.0.2.3/24 dev eth0
	ip -n "${BED}client" neigh add 10.0.2.2 lladdr "$(in_server cat /sys/class/net/eth0/address)" dev eth0
	types=$(types_at_server)
	echo "types: $types"
	[ "$types" = 8100 ]
}
