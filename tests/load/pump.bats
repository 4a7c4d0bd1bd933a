#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The pump: killed, stopped, idle, and what it is allowed.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

setup() {
	bed_enter
	xdpq attach c0 sched none
}

# The process that starts the pump again.
keeper() {
	sed -n 's/^PPid:\t//p' "/proc/$1/status"
}

# status ID KEY: a line of /proc/ID/status.
status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

switches() {
	awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$1/status"
}

new_pump() {
	local id

	id=$(port s0 pump.pid)
	[ "$id" != 0 ] && [ "$id" != "$1" ]
}

# kill_both: the keeper first, lest it start another.
kill_both() {
	local pump

	pump=$(port s0 pump.pid)
	kill -KILL "$(keeper "$pump")"
	kill -KILL "$pump"
	wait_for 5 process_gone "$pump"
}

is_stopped() {
	[[ $(status_of "$1" State) = T* ]]
}

suspended() {
	port s0 suspended
}

@test "killed under load: a new one within a second, nothing lost or reordered" {
	local id

	xdpq attach s0 sched fifo rate 20mbit limit 4000
	id=$(port s0 pump.pid)
	receiver rx server 5000 1
	start_udp tx 10.0.2.2 5000 4000 1000 2500
	sleep 0.3
	kill -KILL "$id"
	wait_for 1 new_pump "$id"
	finish tx
	all_came rx 4000
	[ "$(suspended)" = "[]" ]
	conserved
}

@test "killed again and again: nothing lost" {
	local id

	xdpq attach s0 sched fifo rate 10mbit limit 4000
	receiver rx server 5000 1
	start_udp tx 10.0.2.2 5000 2500 1000 2000
	for _ in 1 2 3 4 5 6; do
		id=$(port s0 pump.pid)
		[ "$id" = 0 ] || kill -KILL "$id"
		wait_for 2 new_pump "$id"
	done
	finish tx
	all_came rx 2500
	conserved
}

@test "killed while only the tail is left: the tail leaves" {
	local id

	xdpq attach s0 sched fifo rate 2mbit
	id=$(port s0 pump.pid)
	receiver rx server 5000 2
	send_udp 10.0.2.2 5000 200 1000 100000
	kill -KILL "$id"
	all_came rx 200
}

@test "stopped: its keeper lets it go on within a second" {
	local id

	xdpq attach s0 sched fifo rate 2mbit
	id=$(port s0 pump.pid)
	receiver rx server 5000 2
	send_udp 10.0.2.2 5000 50 1000 100000
	kill -STOP "$id"
	wait_for 1 is_stopped "$id"
	wait_for 5 eval "! is_stopped $id"
	all_came rx 50
	[ "$(port s0 pump.pid)" = "$id" ]
}

@test "SIGTERM ends pump and keeper, whichever gets it" {
	local id

	xdpq attach s0 sched fifo
	id=$(port s0 pump.pid)
	kill -TERM "$(keeper "$id")"
	wait_for 5 no_pumps
	xdpq pump s0 background
	kill -TERM "$(port s0 pump.pid)"
	wait_for 5 no_pumps
}

@test "who may not end the pump may not detach, and nothing has changed" {
	local pumps

	xdpq attach s0 sched fifo
	pumps=$(bed_pumps)
	for _ in 1 2; do
		run in_router setpriv --bounding-set -kill --inh-caps=-all "$XDPQ" detach s0
		[ "$status" = 5 ]
		[[ $output = *"ending the pump, process "* ]]
		[ "$(bed_pumps)" = "$pumps" ]
		[ "$(port s0 pump.running)" = true ]
	done
	pings 10.0.2.2
}

@test "stopped: arriving packets are served in order, the tail leaves when it goes on" {
	xdpq attach s0 sched fifo rate 20mbit limit 4000
	signal_pumps STOP
	receiver rx server 5000 3
	send_udp 10.0.2.2 5000 3000 1000 2600
	# At a little more than the rate each arrival finds the link free, and carries.
	[ "$(port s0 counters.carried)" -gt 2000 ]
	[ "$(port s0 counters.qlen)" -gt 0 ]
	[ "$(port s0 pump.stopped pump.running | tr '\n' ' ')" = "true true " ]
	[[ $(suspended) = *"never a stall"*stopped* ]]
	[[ $(xdpq show s0) = *"suspended: never a stall"* ]]
	signal_pumps CONT
	all_came rx 3000
	[ "$(port s0 counters.qlen)" = 0 ]
	[ "$(suspended)" = "[]" ]
	conserved
}

@test "stopped: the rate is still held by carriers" {
	local rate

	# The burst makes up for a sender that is not let run for a while.
	xdpq attach s0 sched fifo rate 10mbit burst 50k limit 100
	signal_pumps STOP
	receiver rx server 5000 1
	send_udp 10.0.2.2 5000 3000 1000 1500
	rate=$(received rx bit_per_s)
	echo "$rate"
	[ "$rate" -gt 9300000 ]
	[ "$rate" -lt 10700000 ]
}

@test "pump and keeper killed: forwarding goes on, show says what is suspended" {
	xdpq attach s0 sched fifo rate 20mbit limit 4000
	kill_both
	[ "$(port s0 pump.pid pump.running pump.stopped | tr '\n' ' ')" = "0 false false " ]
	[[ $(suspended) = *"never a stall"*"no pump"* ]]
	receiver rx server 5000 1
	send_udp 10.0.2.2 5000 2000 1000 2600
	[ "$(port s0 counters.packets)" -gt 1000 ]
	xdpq pump s0 background
	[ "$(port s0 pump.running)" = true ]
	all_came rx 2000
	[ "$(suspended)" = "[]" ]
}

@test "a pump brought back by hand has a keeper, too" {
	local id

	xdpq attach s0 sched fifo rate 20mbit
	kill_both
	xdpq pump s0 background
	id=$(port s0 pump.pid)
	kill -KILL "$id"
	wait_for 1 new_pump "$id"
}

@test "a pump that lives is not doubled" {
	xdpq attach s0 sched fifo
	run xdpq pump s0 background
	[ "$status" = 1 ]
	[[ $output = *"a pump serves it already: process $(port s0 pump.pid)" ]]
}

@test "a port without a queue needs no pump" {
	run xdpq pump c0
	[ "$status" = 2 ]
	[[ $output = *"needs no pump"* ]]
	[ "$(port c0 pump.pid)" = 0 ]
}

@test "two pumps started at once: one stays" {
	xdpq attach s0 sched fifo
	kill_both
	xdpq pump s0 background >"$BED_DIR/one" 2>&1 3>&- &
	xdpq pump s0 background >"$BED_DIR/two" 2>&1 3>&- || true
	wait "$!" || true
	sleep 0.3
	# A keeper and a pump.
	[ "$(bed_pumps | wc -l)" = 2 ]
}

@test "idle: no context switch in two seconds" {
	local before id keeper

	xdpq attach s0 sched fifo rate 10mbit
	pings 10.0.2.2
	wait_for 5 port_idle s0
	sleep 0.2
	id=$(port s0 pump.pid)
	keeper=$(keeper "$id")
	before="$(switches "$id") $(switches "$keeper")"
	sleep 2
	[ "$(switches "$id") $(switches "$keeper")" = "$before" ]
}

@test "it has no capability and no privilege, and its keeper neither" {
	local id set

	xdpq attach s0 sched fifo
	id=$(port s0 pump.pid)
	for id in "$id" "$(keeper "$id")"; do
		for set in CapInh CapPrm CapEff CapBnd CapAmb; do
			[ "$(status_of "$id" "$set")" = 0000000000000000 ]
		done
		[ "$(status_of "$id" Uid)" = "$(printf '65534\t65534\t65534\t65534')" ]
		[ "$(status_of "$id" Gid)" = "$(printf '65534\t65534\t65534\t65534')" ]
		[ -z "$(status_of "$id" Groups)" ]
		[ "$(status_of "$id" NoNewPrivs)" = 1 ]
	done
}

@test "it holds no socket, no terminal, no directory but the root, and not the namespace" {
	local id

	# Neither what whoever attached had open.
	xdpq attach s0 sched fifo 7<"$BATS_TEST_FILENAME"
	id=$(port s0 pump.pid)
	for id in "$id" "$(keeper "$id")"; do
		run ! grep -x "$BATS_TEST_FILENAME" <(readlink "/proc/$id/fd/"*)
		find "/proc/$id/fd" -type l -printf '%l\n' >"$BED_DIR/fds"
		cat "$BED_DIR/fds"
		run ! grep -E 'socket|/dev/pts|/dev/tty|net:' "$BED_DIR/fds"
		[ "$(readlink "/proc/$id/cwd")" = / ]
		[ "$(readlink "/proc/$id/ns/net")" != "$(in_router readlink /proc/self/ns/net)" ]
	done
}

@test "attached by ip netns exec: the pump is outside the namespace as well" {
	in_router "$XDPQ" attach s0 sched fifo
	[ "$(readlink "/proc/$(port s0 pump.pid)/ns/net")" != "$(in_router readlink /proc/self/ns/net)" ]
	xdpq detach s0
}

@test "detach ends pump and keeper" {
	xdpq attach s0 sched fifo
	[ "$(bed_pumps | wc -l)" = 2 ]
	xdpq detach s0
	[ -z "$(bed_pumps)" ]
}

@test "detach ends a stopped pump" {
	xdpq attach s0 sched fifo
	signal_pumps STOP
	xdpq detach s0
	[ -z "$(bed_pumps)" ]
}

@test "the caller's hang-up and its terminal's end leave the pump alone" {
	local id

	xdpq attach s0 sched fifo
	id=$(port s0 pump.pid)
	# A session of its own.
	[ "$(awk '{ print $6 }' "/proc/$id/stat")" = "$(keeper "$id")" ]
}
