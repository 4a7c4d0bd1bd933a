#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What is not xdpq's to forward still reaches the kernel stack, and gets its answer there.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

setup_file() {
	bed_make_for_file
	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo
}

# What some of the tests change.
teardown() {
	bed_processes_end
	in_router ip link set s0 mtu 1500
	in_server ip link set eth0 mtu 1500
	in_router sysctl -qw net.ipv4.ip_forward=1
}

# ping_says TEXT OPTION...: a ping from the client that gets this answer.
ping_says() {
	local text=$1

	shift
	run in_client ping -n -c 1 -W 2 "$@"
	[[ $output = *"$text"* ]] || {
		echo "$output"
		return 1
	}
}

@test "the router itself answers pings, IPv4 and IPv6" {
	pings 10.0.1.1
	pings fd00:1::1
	pings 10.0.2.1
	pings fd00:2::1
}

@test "the router's own pings go out and are answered" {
	in_router ping -q -c 2 -i 0.05 -W 2 10.0.2.2
	in_router ping -q -c 2 -i 0.05 -W 2 fd00:1::2
}

@test "TCP with the router itself" {
	start iperf router iperf3 -s -1
	wait_for 5 eval 'in_router ss -Hltn "sport = :5201" | grep -q .'
	in_client timeout 20 iperf3 -c 10.0.1.1 -n 1M
	finish iperf
}

@test "ARP: forgotten neighbours are found again on both sides" {
	pings 10.0.2.2
	in_client ip neigh flush dev eth0
	in_router ip neigh flush dev c0
	in_router ip neigh flush dev s0
	in_server ip neigh flush dev eth0
	pings 10.0.2.2
}

@test "neighbour discovery: forgotten neighbours are found again on both sides" {
	pings fd00:2::2
	in_client ip -6 neigh flush dev eth0
	in_router ip -6 neigh flush dev c0
	in_router ip -6 neigh flush dev s0
	in_server ip -6 neigh flush dev eth0
	pings fd00:2::2
}

@test "a packet whose TTL ends here is answered by the router, IPv4 and IPv6" {
	ping_says "From 10.0.1.1 icmp_seq=1 Time to live exceeded" -t 1 10.0.2.2
	ping_says "From fd00:1::1 icmp_seq=1 Time exceeded: Hop limit" -t 1 fd00:2::2
}

@test "a packet with a TTL of 2 still arrives" {
	in_client ping -q -c 1 -W 2 -t 2 10.0.2.2
	in_client ping -q -c 1 -W 2 -t 2 fd00:2::2
}

@test "IPv4 options: the stack forwards, and fills in the route" {
	pings 10.0.2.2
	ping_says "RR:" -R 10.0.2.2
	[[ $output = *10.0.2.1* ]]
	[[ $output = *"1 received"* ]]
}

@test "no route: the router says so, IPv4 and IPv6" {
	ping_says "From 10.0.1.1 icmp_seq=1 Destination Net Unreachable" 10.9.9.9
	ping_says "From fd00:1::1 icmp_seq=1 Destination unreachable: No route" fd00:9::9
}

@test "a forbidden route: the router says so" {
	in_router ip route add prohibit 10.8.0.0/16
	ping_says "From 10.0.1.1 icmp_seq=1 Packet filtered" 10.8.8.8
}

@test "too long for the next link: the router says so, IPv4 and IPv6" {
	in_router ip link set s0 mtu 1400
	ping_says "From 10.0.1.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)" -M 'do' -s 1400 10.0.2.2
	ping_says "From fd00:1::1 icmp_seq=1 Packet too big: mtu=1400" -M 'do' -s 1400 fd00:2::2
}

@test "too long for the next link, and it may be cut: it arrives in fragments" {
	pings 10.0.2.2
	in_router ip link set s0 mtu 1400
	in_server ip link set eth0 mtu 1400
	in_client ping -q -c 2 -i 0.05 -W 2 -M dont -s 1400 10.0.2.2
}

@test "fragments are forwarded, first and later ones, IPv4 and IPv6" {
	in_client ping -q -c 2 -i 0.05 -W 2 -s 4000 10.0.2.2
	in_client ping -q -c 2 -i 0.05 -W 2 -s 4000 fd00:2::2
}

@test "with forwarding switched off nothing is forwarded" {
	pings 10.0.2.2
	in_router sysctl -qw net.ipv4.ip_forward=0
	run in_client ping -q -c 2 -i 0.1 -W 1 10.0.2.2
	[[ $output = *" 0 received"* ]]
}

@test "frames for other MAC addresses are not forwarded, though the port is promiscuous" {
	local frame

	pings 10.0.2.2
	in_router ip link set c0 promisc on
	listener rx server eth0 2 1 feedbeef
	# IPv4 with an ICMP echo request, first to the port's own MAC, then to another.
	frame=$(mac client eth0)08004500002000000000400163da"0a0001020a000202"0800000000000000feedbeef
	printf '%s\n' "$(mac router c0)$frame" "0200000000ff$frame" | send_frames client eth0
	[ "$(frames rx | wc -l)" = 1 ]
}

@test "multicast and broadcast stay here" {
	listener rx server eth0 1 1 feedbeef
	in_client ping -q -p feedbeef -c 2 -i 0.05 -W 1 -b 10.0.1.255 >/dev/null 2>&1 || true
	in_client ping -q -p feedbeef -c 2 -i 0.05 -W 1 224.0.0.1 >/dev/null 2>&1 || true
	in_client ping -q -p feedbeef -c 2 -i 0.05 -W 1 ff02::1%eth0
	[ "$(frames rx | wc -l)" = 0 ]
}

@test "what is left to the stack is counted" {
	local before

	before=$(port c0 counters.passed)
	in_client ping -q -c 5 -i 0.02 -W 2 10.0.1.1
	[ "$(port c0 counters.passed)" -ge $((before + 5)) ]
}
