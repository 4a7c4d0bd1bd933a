#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# fq on the command line: what it refuses, what it derives, and what changes while it runs.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

@test "fq: what is no parameter of it, or out of range" {
	check_refusals <<-'END'
		2 | attach c0 sched fq limit 0          | limit: "0" is out of range (1..1048576)
		2 | attach c0 sched fq limit 10q        | limit: "10q" is not a number of packets
		2 | attach c0 sched fq flows 0          | flows: "0" is out of range (1..65536)
		2 | attach c0 sched fq flows 65537      | flows: "65537" is out of range
		2 | attach c0 sched fq flows 1.5        | flows: "1.5" is not a
		2 | attach c0 sched fq quantum 255      | quantum: "255" is out of range (256..1m)
		2 | attach c0 sched fq target 5         | target: "5"
		2 | attach c0 sched fq target 0ns       | target: "0ns" is out of range (1us..4s)
		2 | attach c0 sched fq interval 4001ms  | interval: "4001ms" is out of range
		2 | attach c0 sched fq ce_threshold 0ns | ce_threshold: "0ns" is out of range
		2 | attach c0 sched fq drop_batch 0     | drop_batch: "0" is out of range (1..1024)
		2 | attach c0 sched fq ecn              | ecn: the value is missing
		2 | attach c0 sched fq ecn yes          | ecn: "yes" is none of off|on
		2 | attach c0 sched fq noecn            | unknown parameter "noecn"
		2 | attach c0 sched fq isolate host     | isolate: "host" is none of flows|srchost|dsthost|dual
		2 | attach c0 sched fq memory_limit 1k  | memory_limit: is less than one packet of the port's MTU
		2 | attach c0 sched fq memory_limit 2g  | memory_limit: "2g" is out of range
		2 | attach c0 sched fq slots 9 limit 10 | slots: 9 are fewer than limit 10
	END
}

@test "fq: flows are for replace to set, the rest may change" {
	xdpq attach c0 sched fq limit 100 flows 16
	check_refusals <<-'END'
		2 | change c0 flows 32        | flows: fixes memory and cannot change on a running port: xdpq replace
		2 | change c0 limit 101       | xdpq replace can make more
		2 | change c0 memory_limit 1k | memory_limit: is less than
	END
	xdpq change c0 limit 50 memory_limit 1m quantum 300 target 1ms interval 10ms ecn off \
		ce_threshold 2ms drop_batch 8 isolate dual
	[ "$(port c0 parameters.limit parameters.flows parameters.quantum_bytes parameters.ecn \
		parameters.isolate | tr '\n' ' ')" = "50 16 300 off dual " ]
}

@test "fq: the quantum is a frame if not given, and what show prints can be typed" {
	local line

	xdpq attach s0 sched fq flows 7 isolate srchost rate 10mbit 2>/dev/null
	[ "$(port s0 parameters.quantum_bytes)" = "$(port s0 store.frame_bytes)" ]
	line=$(xdpq show s0 | head -n 1)
	xdpq detach s0
	# shellcheck disable=SC2086 # several words
	xdpq attach s0 ${line#s0: }
	[ "$(xdpq show s0 | head -n 1)" = "$line" ]
}

@test "fq: as many flows as there can be" {
	xdpq attach c0 sched fq flows 65536 limit 100
	xdpq attach s0 sched fq flows 1 limit 100
	[ "$(port c0 parameters.flows)" = 65536 ]
}
