#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# edf's parameters and counters.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

@test "deadlines that are none" {
	check_refusals <<-END
		2 | attach c0 sched edf deadlines 5            | deadlines: CS0: "5" is not a time: a unit is missing
		2 | attach c0 sched edf deadlines EF=5         | deadlines: EF: "5" is not a time: a unit is missing
		2 | attach c0 sched edf deadlines EF=0ms       | deadlines: EF: "0ms" is out of range (1us..2s)
		2 | attach c0 sched edf deadlines EF=999ns     | deadlines: EF: "999ns" is out of range (1us..2s)
		2 | attach c0 sched edf deadlines default=2001ms | deadlines: default: "2001ms" is out of range (1us..2s)
		2 | attach c0 sched edf deadlines EF=-1ms      | deadlines: EF: "-1ms" is
		2 | attach c0 sched edf deadlines EF=          | deadlines: EF: "" is empty
		2 | attach c0 sched edf deadlines EF           | deadlines: "EF" lacks its value
		2 | attach c0 sched edf deadlines ''           | deadlines: "" is empty
		2 | attach c0 sched edf deadlines FE=5ms       | deadlines: "FE" is no DSCP
		2 | attach c0 sched edf deadlines 64=5ms       | deadlines: "64" is no DSCP
		2 | attach c0 sched edf deadlines EF=5ms,46=6ms | deadlines: EF: given twice
		2 | attach c0 sched edf deadlines $(printf '1ms,%.0s' {1..64})1ms | deadlines: 65 values, there are 64 DSCPs
		2 | attach c0 sched edf deadline EF=5ms        | unknown parameter "deadline"; did you mean deadlines?
	END
}

@test "what becomes of late packets, and the limit" {
	check_refusals <<-'END'
		2 | attach c0 sched edf late never   | late: "never" is none of send|drop
		2 | attach c0 sched edf late 1       | late: "1" is none of send|drop
		2 | attach c0 sched edf late         | late: the value is missing
		2 | attach c0 sched edf limit 0      | limit: "0" is out of range (1..1048576)
		2 | attach c0 sched edf limit 5ms    | limit: "5ms" is not a number of packets
	END
}

@test "deadlines not given are by class; those given change no others" {
	xdpq attach c0 sched edf
	[ "$(port c0 parameters.deadlines_ns.{46,44,48,56,34,32,40,0,18,1,8} | xargs)" = \
		"5000000 5000000 5000000 5000000 20000000 20000000 20000000 50000000 50000000 500000000 500000000" ]
	xdpq change c0 deadlines EF=1ms late drop
	[ "$(port c0 parameters.deadlines_ns.{46,44,0,8} parameters.late | xargs)" = "1000000 5000000 50000000 500000000 drop" ]
	xdpq change c0 deadlines default=3us
	[ "$(port c0 'parameters.deadlines_ns.*' | sort -u)" = 3000 ]
	xdpq change c0 deadlines auto late auto
	[ "$(port c0 parameters.deadlines_ns.46 parameters.late | xargs)" = "5000000 send" ]
}

@test "what show prints can be typed again" {
	local line

	xdpq attach c0 sched edf limit 20 late drop deadlines EF=1ms,CS1=2s,default=1500us
	line=$(xdpq show c0 | head -n 1)
	xdpq detach c0
	# shellcheck disable=SC2086 # several words
	xdpq attach c0 ${line#c0: }
	[ "$(xdpq show c0 | head -n 1)" = "$line" ]
}

# Fifty packets of 1000 bytes at once; at 1 Mbit/s most of them wait.
burst() {
	receiver sink server 4000
	send_udp 10.0.2.2 4000 50 1000 100000
}

@test "deadlines missed are counted, and late packets sent or dropped as told" {
	local came

	xdpq attach c0 sched none
	xdpq attach s0 sched edf rate 1mbit deadlines 0=1us
	pings 10.0.2.2
	burst
	[ "$(received sink received)" = 50 ]
	[ "$(port s0 scheduler.missed.0)" -ge 5 ]
	[ "$(port s0 scheduler.missed.0)" = "$(port s0 scheduler.sent_late)" ]
	xdpq change s0 late drop
	burst
	came=$(received sink received)
	[ "$came" -lt 50 ]
	[ "$(port s0 scheduler.dropped_late)" = $((50 - came)) ]
	[ "$(port s0 drops.late.packets)" = $((50 - came)) ]
	[ -z "$(conserved)" ]
}
