#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# xdpq replace: what it refuses, what it keeps, what show says of it.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

# All but the counters: a host's kernel may send something at any time.
settings() {
	port c0 attached_as sched mode parameters port store pump.pid
}

@test "refused, and nothing has changed" {
	local before

	xdpq attach c0 sched fifo limit 100 rate 10mbit
	before=$(settings; bed_state)
	check_refusals <<-'END'
		2 | replace                          | the interface is missing: xdpq replace DEV sched NAME
		2 | replace c0                       | replace c0: the scheduler is missing
		2 | replace c0 fifo                  | the word sched is missing before "fifo"
		1 | replace nodev sched fifo         | nodev
		4 | replace s0 sched fifo            | replace s0: sched fifo: is not a port
		2 | replace c0 sched fif             | replace c0: sched fif: unknown scheduler "fif"; did you mean fifo?
		2 | replace c0 sched fifo limit 10q  | replace c0: sched fifo: limit: "10q"
		2 | replace c0 sched fifo limt 5     | unknown parameter "limt"
		2 | replace c0 sched fifo limit      | limit: the value is missing
		2 | replace c0 sched fifo peer s0    | unknown parameter "peer"
		2 | replace c0 sched fifo timeout    | timeout: the value is missing
		2 | replace c0 sched fifo timeout 3  | timeout: "3"
		2 | replace c0 sched fifo timeout 2m | timeout: "2m"
		2 | replace c0 sched none rate 1mbit | unknown parameter "rate"
		2 | replace c0 sched tbf             | limit: is missing
		2 | replace c0 sched fifo slots 50   | slots: 50 are fewer than limit 1000
	END
	diff <(echo "$before") <(settings; bed_state)
	[ -z "$(find "$BED_PINS/$BED_COOKIE" -name '*-heir')" ]
	pings 10.0.2.2
}

@test "port options stay, parameters do not; the same scheduler with other memory" {
	xdpq attach c0 sched fifo limit 100 rate 10mbit overhead -14 burst 3000
	xdpq replace c0 sched fifo limit 200 burst 4000
	[ "$(port c0 parameters.limit parameters.bytes_bytes port.rate_bit_per_s port.overhead_bytes port.burst_bytes store.slots heir |
		tr '\n' ' ')" = "200 0 10000000 -14 4000 200  " ] || xdpq show -j c0
	[ "$(port c0 attached_as)" = "sched fifo limit 200 burst 4000 rate 10mbit overhead -14" ]
	xdpq replace c0 sched tbf latency 30ms
	[ "$(port c0 sched port.rate_bit_per_s port.burst_bytes | tr '\n' ' ')" = "tbf 10000000 4000 " ]
	xdpq replace c0 sched none
	[ "$(port c0 sched attached_as pump.running | tr '\n' ' ')" = "none sched none false " ]
	xdpq replace c0 sched fifo
	[ "$(port c0 port.rate_bit_per_s pump.running | tr '\n' ' ')" = "0 true " ]
}

@test "an object of the user's" {
	local object=${O:-$BED_REPO/.output}/tests/delay.bpf.o

	xdpq attach s0 sched none
	xdpq attach c0 sched none
	xdpq replace s0 sched "$object"
	pings 10.0.2.2
	xdpq replace s0 sched fifo
	xdpq replace s0 sched "$object"
	[ "$(port s0 sched)" = "$object" ]
	pings 10.0.2.2
	run -2 xdpq replace s0 sched "${O:-$BED_REPO/.output}/none.bpf.o"
	[[ $output = *"has no queue, and so can't follow another"* ]]
	[ "$(port s0 sched)" = "$object" ]
}

promiscuity() {
	in_router ip -d link show "$1" | grep -o 'promiscuity [0-9]*'
}

@test "what makes a wire stays: peer and promiscuous mode; detach puts all back" {
	local before promiscuous

	before=$(bed_state)
	xdpq attach s0 sched fifo peer c0
	promiscuous=$(promiscuity s0)
	xdpq replace s0 sched tbf rate 10mbit latency 20ms
	xdpq replace c0 sched fifo
	[ "$(port s0 peer attached_as | tr '\n' ' ')" = "c0 sched tbf rate 10mbit latency 20ms peer c0 " ]
	[ "$(promiscuity s0)" = "$promiscuous" ]
	xdpq replace s0 sched none
	[ "$(port s0 mode peer | tr '\n' ' ')" = "wire c0 " ]
	xdpq detach all
	diff <(echo "$before") <(bed_state)
}
