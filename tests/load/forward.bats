#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Forwarding: real traffic through two and three ports.

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2034 # for filebed.bash
BED_KIND=third
load ../lib/filebed.bash

# Packets that the router's kernel stack has forwarded.
stack_forwarded() {
	in_router cat /proc/net/snmp /proc/net/snmp6 |
		awk '/^Ip: [0-9]/ { n += $7 } /^Ip6OutForwDatagrams/ { n += $2 } END { print n }'
}

# tcp ADDRESS [OPTION...]: a TCP transfer of 4 MB. The receiver's figure lacks what comes after its last
# report, which on a busy machine is most of it.
tcp() {
	local report

	report=$(iperf "$@" -n 4M | values end.sum_sent.bytes end.sum_received.bytes)
	# shellcheck disable=SC2086 # a list
	set -- $report
	[ "$1" -ge 4194304 ]
	[ "$2" -gt 0 ]
}

# udp ADDRESS: packets lost and sent at 20 Mbit/s.
udp() {
	iperf "$1" -u -b 20M -l 1200 -n 500K | values end.sum.lost_packets end.sum.packets | tr '\n' ' '
}

# through SCHEDULER...: the same at both ports.
through() {
	local address

	xdpq attach c0 sched "$@"
	xdpq attach s0 sched "$@"
	before=$(stack_forwarded)
	for address in 10.0.2.2 fd00:2::2; do
		pings "$address"
		tcp "$address"
		tcp "$address" -R
		[[ $(udp "$address") = "0 "[1-9]* ]]
	done
	[ "$(stack_forwarded)" = "$before" ]
	conserved
}

@test "TCP, UDP and ping, IPv4 and IPv6, through fifo" {
	through fifo
}

@test "TCP, UDP and ping, IPv4 and IPv6, through tbf" {
	through tbf rate 200mbit latency 100ms
}

@test "TCP, UDP and ping, IPv4 and IPv6, through none" {
	through none
}

@test "TCP, UDP and ping, IPv4 and IPv6, through fifo at a rate" {
	through fifo rate 200mbit
}

@test "hop limits are one lower, IPv4 and IPv6" {
	local address

	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo
	for address in 10.0.2.2 fd00:2::2; do
		receiver rx server 5000
		send_udp "$address" 5000 10 100 1000
		[ "$(received rx received ttl | tr '\n' ' ')" = "10 63 " ]
	done
}

@test "packets of every size up to the MTU arrive" {
	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo rate 20mbit
	receiver rx server 5000
	send_udp 10.0.2.2 5000 220 4,17,18,19,22,63,64,65,500,1471,1472 100000
	all_came rx 220
	[ "$(port s0 counters.bytes)" -ge $((20 * (11 * 42 + 4 + 17 + 18 + 19 + 22 + 63 + 64 + 65 + 500 + 1471 + 1472))) ]
}

@test "three ports: each egress has a queue of its own" {
	xdpq attach c0 sched fifo
	xdpq attach s0 sched tbf rate 2mbit limit 20k
	xdpq attach t0 sched fifo rate 100mbit
	receiver slow server 5000
	receiver fast third 5000
	start_udp flood 10.0.2.2 5000 1500 1000 1000
	send_udp 10.0.3.2 5000 1500 1000 1000
	all_came fast 1500
	[ "$(port t0 counters.drops)" = 0 ]
	finish flood
	[ "$(port s0 drops.overlimit.packets)" -gt 500 ]
	[ "$(received slow received)" -lt 1000 ]
	conserved
}

@test "three ports: two inputs share one egress" {
	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo limit 2000 rate 50mbit
	xdpq attach t0 sched fifo
	in_third ping -q -c 1 -W 2 10.0.2.2
	receiver one server 5000
	receiver two server 5001
	start_udp first 10.0.2.2 5000 800 1000 4000
	in_third python3 -ES "$BED_LIB/udp.py" send 10.0.2.2 5001 800 1000 4000
	all_came one 800
	all_came two 800
	conserved
}

@test "a port and an interface that is none: the kernel stack forwards between them" {
	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo
	pings 10.0.3.2
	pings fd00:3::2
	[ "$(port c0 counters.passed)" -gt 0 ]
	in_third ping -q -c 1 -W 2 10.0.2.2
}

@test "a FIFO holds as many packets as its limit says, and counts the rest" {
	local left

	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo limit 10 rate 1mbit
	receiver rx server 5000 1
	send_udp 10.0.2.2 5000 100 1200 100000
	left=$(received rx received)
	# Those in the queue, the one that passed at once, and the few for which it had room again.
	[ "$left" -ge 11 ]
	[ "$left" -le 20 ]
	[ "$(port s0 drops.overlimit.packets)" = $((100 - left)) ]
	conserved
}
