#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The configured rate is held at the far end. The exact bound is proved packet by packet in tests/bpf.
# A burst of about 10 ms lets the pump be late on a busy machine; the default has tests of its own.

MARGIN=3

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

setup() {
	bed_enter
	xdpq attach c0 sched fifo
}

# near RATE MEASURED: within MARGIN per cent.
near() {
	echo "rate $1, measured $2"
	[ $(($2 * 100)) -ge $(($1 * (100 - MARGIN))) ]
	[ $(($2 * 100)) -le $(($1 * (100 + MARGIN))) ]
}

# flood ADDRESS SIZE RATE EXTRA: more UDP than RATE bit/s for two seconds; what arrives, in bit/s,
# when each frame counts for EXTRA bytes more than it has.
flood() {
	local frame=$(($2 + 42 + $4)) packets report

	packets=$(($3 * 13 / 10 / 8 / frame))
	receiver rx server 5000
	send_udp "$1" 5000 $((2 * packets)) "$2" "$packets"
	report=$(received rx received bit_per_s frame_bytes)
	# shellcheck disable=SC2086 # a list
	set -- $report "$4"
	echo $(($2 * ($3 + $1 * $4) / $3))
}

@test "UDP of 1400 bytes through tbf at 10 Mbit/s" {
	xdpq attach s0 sched tbf rate 10mbit latency 50ms burst 12k
	near 10000000 "$(flood 10.0.2.2 1400 10000000 0)"
}

@test "UDP of 1400 bytes through fifo at 50 Mbit/s" {
	xdpq attach s0 sched fifo rate 50mbit burst 64k
	near 50000000 "$(flood 10.0.2.2 1400 50000000 0)"
}

@test "UDP of 100 bytes through tbf at 5 Mbit/s" {
	xdpq attach s0 sched tbf rate 5mbit latency 50ms burst 6k
	near 5000000 "$(flood 10.0.2.2 100 5000000 0)"
}

@test "IPv6 UDP through tbf at 20 Mbit/s" {
	xdpq attach s0 sched tbf rate 20mbit latency 50ms burst 24k
	near 20000000 "$(flood fd00:2::2 1300 20000000 0)"
}

@test "overhead counts for every packet" {
	xdpq attach s0 sched tbf rate 5mbit latency 50ms overhead 24 burst 6k
	near 5000000 "$(flood 10.0.2.2 200 5000000 24)"
}

@test "with the default burst too, UDP" {
	xdpq attach s0 sched tbf rate 10mbit latency 50ms
	near 10000000 "$(flood 10.0.2.2 1400 10000000 0)"
}

@test "with the default burst too, TCP" {
	xdpq attach s0 sched tbf rate 20mbit latency 50ms
	pings 10.0.2.2
	# What TCP counts is without headers: 1448 bytes of 1514. It needs some of the time to find the rate.
	MARGIN=10 near 20000000 $(($(iperf 10.0.2.2 -t 3 -O 1 | values end.sum_received.bits_per_second | cut -d. -f1) * 1514 / 1448))
}

@test "a changed rate is held as well" {
	xdpq attach s0 sched tbf rate 1mbit latency 50ms
	xdpq change s0 rate 30mbit burst 36k
	near 30000000 "$(flood 10.0.2.2 1400 30000000 0)"
}

@test "a lower rate than before is held as well" {
	xdpq attach s0 sched fifo rate 100mbit burst 128k
	xdpq change s0 rate 8mbit burst 10k
	near 8000000 "$(flood 10.0.2.2 1400 8000000 0)"
}
