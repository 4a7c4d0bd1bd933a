#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# wfq's parameters: what is refused, what is told, and that packets go by them.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

# prefixes NUMBER: so many, of weight 1.
prefixes() {
	seq -f '10.0.%.0f.0/24=1' -s , "$1"
}

@test "bad weights, prefixes, words" {
	check_refusals <<-END
		2 | attach c0 sched wfq weights EF=0            | weights: EF: "0" is out of range (1..1000)
		2 | attach c0 sched wfq weights default=1001    | weights: default: "1001" is out of range (1..1000)
		2 | attach c0 sched wfq weights EF=1.5          | weights: EF: "1.5" is not a whole number
		2 | attach c0 sched wfq weights EFF=2           | weights: "EFF" is no DSCP; did you mean EF?
		2 | attach c0 sched wfq weight EF=2             | did you mean weights?
		2 | attach c0 sched wfq limit 0                 | limit: "0" is out of range (1..1048576)
		2 | attach c0 sched wfq match both              | match: "both" is none of dst|src
		2 | attach c0 sched wfq prefixes 10.0.0.1/8=3   | prefixes: "10.0.0.1/8" has bits beyond its length
		2 | attach c0 sched wfq prefixes 10.0.0.0/8=0   | prefixes: 10.0.0.0/8: "0" is out of range (1..1000)
		2 | attach c0 sched wfq prefixes default=1001   | prefixes: default: "1001" is out of range (1..1000)
		2 | attach c0 sched wfq prefixes 10.0.0.0/33=1  | prefixes: "10.0.0.0/33": the length is 0 to 32
		2 | attach c0 sched wfq prefixes 2001:db8::/129=1 | prefixes: "2001:db8::/129": the length is 0 to 128
		2 | attach c0 sched wfq prefixes 10.0.0.0/8     | prefixes: "10.0.0.0/8" lacks its value
		2 | attach c0 sched wfq prefixes 10.0.0.0/8=1,10.0.0.0/8=2 | prefixes: 10.0.0.0/8: given twice
		2 | attach c0 sched wfq prefixes $(prefixes 33) | prefixes: 33 prefixes, there is room for 32
	END
}

@test "weights and prefixes are told as JSON, and change while the port runs" {
	xdpq attach s0 sched wfq weights EF=7,default=2 prefixes "$(prefixes 32)"
	[ "$(port s0 parameters.weights.46 parameters.weights.0 parameters.prefixes.# | xargs)" = "7 2 32" ]
	xdpq change s0 weights default=9 prefixes auto match src limit 10
	[ "$(port s0 parameters.weights.46 parameters.prefixes.# parameters.match parameters.limit | xargs)" = "9 0 src 10" ]
	check_refusals <<-'END'
		2 | change s0 weights EF=0 | weights: EF: "0" is out of range (1..1000)
	END
	[ "$(port s0 parameters.weights.46)" = 9 ]
}

# counted PATH...: those counters of s0 after three pings of the server, with these DSCPs: EF by IPv4, CS1 by IPv6.
counted() {
	in_client ping -q -c 3 -i 0.05 -W 2 -Q $((46 << 2)) 10.0.2.2 >"$BED_DIR/ping4"
	in_client ping -q -c 3 -i 0.05 -W 2 -Q $((8 << 2)) fd00:2::2 >"$BED_DIR/ping6"
	port s0 "${@/#/scheduler.}" | xargs
}

@test "packets count for the class of their DSCP, or of their prefix" {
	pings 10.0.2.2
	pings fd00:2::2
	xdpq attach c0 sched none
	xdpq attach s0 sched wfq
	[ "$(counted sent.46 served_bytes.46 sent.8 sent_by_prefix.0)" = "3 294 3 0" ]
	xdpq change s0 prefixes 10.0.2.0/24=5,fd00:2::/64=2
	[ "$(counted sent.46 sent.8 sent_by_prefix.0 sent_by_prefix.1 served_by_prefix_bytes.0)" = "3 3 3 3 294" ]
	xdpq change s0 match src
	[ "$(counted sent.46 sent.8 sent_by_prefix.0 sent_by_prefix.1)" = "6 6 3 3" ]
	xdpq change s0 prefixes 0.0.0.0/0=5
	[ "$(counted sent.46 sent.8 sent_by_prefix.0 sent_by_prefix.1)" = "6 9 6 3" ]
}
