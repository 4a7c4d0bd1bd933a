#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Changes and detach while traffic flows: nothing is lost that is not said to be.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

setup() {
	bed_enter
	xdpq attach c0 sched fifo
}

# queue COUNT: so many packets of 1042 bytes stand in the queue of s0, or have just left it.
queue() {
	receiver rx server 5000 1
	send_udp 10.0.2.2 5000 "$1" 1000 100000
	[ "$(port s0 counters.qlen)" -gt 0 ]
}

@test "change under load loses and reorders nothing" {
	local rate

	xdpq attach s0 sched fifo limit 8000 rate 100mbit slots 8000
	receiver rx server 5000 1
	start_udp tx 10.0.2.2 5000 6000 1000 3000
	for rate in 20mbit 1gbit 30mbit 500mbit 25mbit 2gbit 50mbit 40mbit 300mbit; do
		xdpq change s0 rate "$rate"
		xdpq change s0 overhead 24 mpu 84
		xdpq change s0 limit 7000 burst 20k
		xdpq change s0 overhead 0 limit 8000
	done
	finish tx
	all_came rx 6000
	conserved
}

@test "change of tbf under load loses and reorders nothing" {
	local latency

	xdpq attach s0 sched tbf rate 40mbit latency 2s slots 10000
	receiver rx server 5000 1
	start_udp tx 10.0.2.2 5000 4000 1000 3000
	for latency in 3s 2500ms 4s 2s 5s; do
		xdpq change s0 latency "$latency" rate 30mbit
		xdpq change s0 rate 60mbit
	done
	finish tx
	all_came rx 4000
	conserved
}

@test "a higher rate lets the waiting packets go at once" {
	xdpq attach s0 sched fifo rate 10kbit
	queue 100
	xdpq change s0 rate 1gbit
	wait_for 5 port_idle s0
	all_came rx 100
}

@test "a change is shown, and what was not changed is kept" {
	xdpq attach s0 sched fifo limit 500 rate 10mbit burst 20k
	xdpq change s0 rate 20mbit limit 400
	[ "$(port s0 port.rate_bit_per_s parameters.limit port.burst_bytes | tr '\n' ' ')" = "20000000 400 20480 " ]
	xdpq change s0 burst auto
	[ "$(port s0 port.burst_bytes)" != 20480 ]
	xdpq change s0 rate auto
	[ "$(port s0 port.rate_bit_per_s)" = 0 ]
}

@test "a refused change changes nothing, not even its good half" {
	local before

	xdpq attach s0 sched fifo limit 500 rate 10mbit
	before=$(xdpq show -j s0 | values ports.0.port ports.0.parameters)
	run xdpq change s0 rate 20mbit limit 0
	[ "$status" = 2 ]
	run xdpq change s0 rate 20mbit limit 501
	[ "$status" = 2 ]
	[ "$(xdpq show -j s0 | values ports.0.port ports.0.parameters)" = "$before" ]
}

@test "detach lets what is queued leave first, in order" {
	xdpq attach s0 sched fifo rate 5mbit
	queue 300
	run xdpq detach s0
	[ "$status" = 0 ]
	[ -z "$output" ]
	all_came rx 300
	pings 10.0.2.2
}

# Part of the 500 packets has left s0, counted as sent; the rest still stands in its queue.
part_is_sent() {
	local sent driver qlen

	{ read -r sent; read -r driver; read -r qlen; } < <(
		port s0 counters.packets counters.in_driver.packets counters.qlen)
	echo "sent $sent, in the driver $driver, queued $qlen"
	[ "$qlen" -gt 0 ] && [ "$sent" -ge 200 ] && [ $((sent + driver + qlen)) = 500 ]
}

# What leaves s0 while it is being detached is counted as sent.
drains_and_counts() {
	xdpq attach s0 sched fifo rate 2mbit
	queue 500
	xdpq detach s0 timeout 20s 3>&- &
	wait_for 10 part_is_sent
	wait "$!"
	all_came rx 500
}

@test "detach: what leaves meanwhile is counted as sent" {
	drains_and_counts
}

@test "detach of an interface with a high index: what leaves meanwhile is counted as sent" {
	ip -n "${BED}router" link del s0
	bed_link server 2 index 5000
	pings 10.0.2.2
	drains_and_counts
}

@test "detach of tbf lets what is queued leave first, in order" {
	xdpq attach s0 sched tbf rate 5mbit latency 1s
	queue 300
	xdpq detach s0
	all_came rx 300
}

@test "detach under load loses nothing" {
	xdpq attach s0 sched fifo limit 2000 rate 20mbit
	receiver rx server 5000 1
	start_udp tx 10.0.2.2 5000 4000 1000 3000
	sleep 0.5
	xdpq detach all
	finish tx
	# What came while the queue drained went by the stack, and may have been faster.
	[ "$(received rx received lost repeated | tr '\n' ' ')" = "4000 0 0 " ]
}

@test "attach under load loses nothing" {
	xdpq detach all
	receiver rx server 5000 1
	start_udp tx 10.0.2.2 5000 3000 1000 3000
	sleep 0.2
	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo limit 2000 rate 20mbit
	finish tx
	[ "$(received rx received lost repeated | tr '\n' ' ')" = "3000 0 0 " ]
}

@test "detach of the input under load: what is queued at the output still leaves" {
	xdpq attach s0 sched fifo rate 2mbit
	queue 200
	xdpq detach c0
	all_came rx 200
}

@test "detach with timeout 0 says what it drops" {
	local came dropped

	xdpq attach s0 sched fifo rate 100kbit
	queue 100
	run xdpq detach s0 timeout 0s
	[ "$status" = 0 ]
	[[ $output = "xdpq: detach s0: warning: "*"still queued and are dropped" ]]
	came=$(received rx received)
	[[ $output =~ warning:\ ([0-9]+)\ packets\ \(([0-9]+)\ bytes\) ]]
	dropped=${BASH_REMATCH[1]}
	echo "came $came, dropped $dropped"
	[ $((came + dropped)) = 100 ]
	[ "${BASH_REMATCH[2]}" = $((dropped * 1042)) ]
}

@test "detach waits no longer than its timeout" {
	xdpq attach s0 sched fifo rate 10kbit
	queue 50
	run timeout 3 "$XDPQ" -n "${BED}router" detach s0 timeout 300ms
	[ "$status" = 0 ]
	[[ $output = *"still queued and are dropped" ]]
	[ ! -e "$BED_PINS/$BED_COOKIE/$(in_router cat /sys/class/net/s0/ifindex)" ]
}

@test "detach drains without a pump, too" {
	local id

	xdpq attach s0 sched fifo rate 5mbit
	id=$(port s0 pump.pid)
	queue 200
	signal_pumps STOP
	xdpq detach s0
	all_came rx 200
	process_gone "$id"
}
