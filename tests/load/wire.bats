#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Wire mode: two ports that are `peer`s pass every frame on, as it is.

bats_require_minimum_version 1.5.0

load ../lib/ownbed.bash

setup() {
	bed_make third
}

# Frames of every kind, each marked with feedbeef, from a MAC that is nobody's.
all_kinds() {
	python3 - <<-'END'
	source, mark = "020000000001", "feedbeef"
	to = {"unicast": "020000000002", "broadcast": "ff" * 6, "lldp": "0180c200000e", "stp": "0180c2000000"}
	kinds = ["88b5", "0800", "0806", "86dd", "88cc", "8847", "8863", "8864", "0000", "ffff",
	         "8100000588b5", "8100000088b5", "8100e00588b5", "88a8000a8100000588b5",
	         "88a8000a8100000588a8000b88b5", "810000050800", "8100000586dd", "81000fff0806"]
	for kind in kinds:
	    for size in (46, 47, 300, 1500):
	        # A packet socket takes one VLAN tag beyond the MTU.
	        size = min(size, (1518 if kind.startswith("8100") else 1514) - 12 - len(kind) // 2)
	        fill = bytes(i * 7 % 251 for i in range(size - 4)).hex()
	        print(to["unicast"] + source + kind + mark + fill)
	for target in to.values():
	    print(target + source + "88b5" + mark + "00" * 42)
	END
}

# The receiving kernel gives a packet socket the frames of one poll out of order if it has
# handlers for some of their kinds and none for others: so only those of a kind are in order.
by_kind() {
	LC_ALL=C sort -s -k 1.25,1.28
}

# across HOST HOST: every frame of all_kinds comes through from the first to the second, byte for byte.
across() {
	all_kinds | by_kind >"$BED_DIR/sent"
	listener rx "$2" eth0 "$(wc -l <"$BED_DIR/sent")" 5 feedbeef
	send_frames "$1" eth0 <"$BED_DIR/sent"
	frames rx | by_kind >"$BED_DIR/came"
	diff "$BED_DIR/sent" "$BED_DIR/came" | cut -c 1-120
	cmp "$BED_DIR/sent" "$BED_DIR/came"
}

promiscuous() {
	ip -n "${BED}router" -d link show "$1" | grep -q 'promiscuity 1'
}

@test "every frame comes through, byte for byte, both ways" {
	xdpq attach s0 sched fifo peer c0
	across client server
	across server client
	conserved
}

@test "every frame comes through a queue at a rate" {
	xdpq attach s0 sched tbf rate 5mbit latency 1s peer c0
	across client server
	[ "$(port s0 counters.overlimits)" -gt 0 ]
	conserved
}

@test "the hosts at both ends are on one link: ARP, ND, TCP, TTL untouched" {
	xdpq attach s0 sched fifo rate 100mbit peer c0
	ip -n "${BED}client" addr add 10.7.0.1/24 dev eth0
	ip -n "${BED}server" addr add 10.7.0.2/24 dev eth0
	ip -n "${BED}client" addr add fd07::1/64 dev eth0 nodad
	ip -n "${BED}server" addr add fd07::2/64 dev eth0 nodad
	pings 10.7.0.2
	pings fd07::2
	receiver rx server 5000
	send_udp 10.7.0.2 5000 100 1000 2000
	[ "$(received rx received ttl | tr '\n' ' ')" = "100 64 " ]
	iperf 10.7.0.2 -n 4M | values end.sum_sent.bytes
	conserved
}

@test "peer becomes a port without a queue, and goes when the other is detached" {
	local before

	before=$(bed_state)
	xdpq attach s0 sched fifo peer c0
	[ "$(port s0 sched mode peer | tr '\n' ' ')" = "fifo wire c0 " ]
	[ "$(port c0 sched mode peer | tr '\n' ' ')" = "none wire s0 " ]
	promiscuous c0
	promiscuous s0
	xdpq detach s0
	run xdpq show c0
	[ "$status" = 4 ]
	diff <(echo "$before") <(bed_state)
}

@test "peer that became a port as such goes when the other's interface is deleted" {
	xdpq attach s0 sched fifo peer c0
	ip -n "${BED}router" link del s0
	run xdpq show c0
	[ "$status" = 4 ]
	run ! promiscuous c0
	[ ! -e "$BED_PINS/$BED_COOKIE" ]
}

@test "peer that became a port as such: a command in another namespace leaves it to one in its own" {
	xdpq attach s0 sched fifo peer c0
	ip -n "${BED}router" link del s0
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}client" show
	[ -e "$BED_PINS/$BED_COOKIE/$(in_router cat /sys/class/net/c0/ifindex)" ]
	run xdpq show c0
	[ "$status" = 4 ]
	run ! promiscuous c0
}

@test "a peer that was a port stays one, and routes again" {
	xdpq attach c0 sched fifo limit 77
	xdpq attach s0 sched fifo peer c0
	[ "$(port c0 mode)" = wire ]
	xdpq detach s0
	[ "$(port c0 sched mode peer parameters.limit | tr '\n' ' ')" = "fifo route  77 " ]
	run ! promiscuous c0
	xdpq attach s0 sched fifo
	pings 10.0.2.2
}

@test "detach of the automatic end ends the wire; the other routes" {
	xdpq attach s0 sched fifo peer c0
	xdpq detach c0
	[ "$(port s0 mode peer | tr '\n' ' ')" = "route  " ]
	run ! promiscuous s0
	xdpq attach c0 sched fifo
	pings 10.0.2.2
}

@test "detach all takes both ends" {
	local before

	before=$(bed_state)
	xdpq attach s0 sched fifo peer c0
	xdpq detach all
	diff <(echo "$before") <(bed_state)
}

@test "an interface that was promiscuous before stays so" {
	in_router ip link set s0 promisc on
	xdpq attach s0 sched fifo peer c0
	xdpq detach s0
	[[ $(ip -n "${BED}router" link show s0) = *PROMISC* ]]
}

@test "both ends with a queue" {
	xdpq attach c0 sched fifo rate 20mbit
	xdpq attach s0 sched fifo rate 20mbit peer c0
	across client server
	across server client
	conserved
}

@test "peers that cannot be: itself, unknown, loopback, in a wire already" {
	local before

	xdpq attach s0 sched fifo peer c0
	before=$(bed_state)
	run xdpq attach t0 sched fifo peer t0
	[ "$status" = 2 ]
	[[ $output = *"own peer"* ]]
	run xdpq attach t0 sched fifo peer c9
	[ "$status" = 1 ]
	[[ $output = *"no such interface; did you mean c0?"* ]]
	run xdpq attach t0 sched fifo peer lo
	[ "$status" = 3 ]
	run xdpq attach t0 sched fifo peer c0
	[ "$status" = 1 ]
	[[ $output = *"c0"*wire* ]]
	run xdpq attach t0 sched fifo peer
	[ "$status" = 2 ]
	run xdpq attach t0 sched fifo peer c0 peer s0
	[ "$status" = 2 ]
	diff <(echo "$before") <(bed_state)
}

@test "a bad parameter of a wire leaves the peer alone" {
	local before

	before=$(bed_state)
	run xdpq attach s0 sched fifo limit 0 peer c0
	[ "$status" = 2 ]
	run xdpq attach s0 sched tbf peer c0
	[ "$status" = 2 ]
	diff <(echo "$before") <(bed_state)
}

@test "detach of a wire under load leaves no frame in a loop" {
	xdpq attach s0 sched fifo rate 2mbit peer c0
	ip -n "${BED}client" addr add 10.7.0.1/24 dev eth0
	ip -n "${BED}server" addr add 10.7.0.2/24 dev eth0
	pings 10.7.0.2
	receiver rx server 5000
	send_udp 10.7.0.2 5000 150 1000 10000
	xdpq detach s0
	all_came rx 150
}
