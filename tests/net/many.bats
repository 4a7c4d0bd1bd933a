#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Many attaches, one after the other and at once: nothing leaks, nothing is torn.

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2034 # for filebed.bash
BED_KIND=third
load ../lib/filebed.bash

# What our pins stand for: "map 12", "prog 34", "link 56", with the maps that only a program holds.
objects() {
	local kind

	for kind in map prog link; do
		# shellcheck disable=SC2153 # of testbed.bash
		bpftool -j -f "$kind" show | python3 -ES "$BED_LIB/pinned.py" "$kind" "$BED_PINS/$BED_COOKIE/"
	done
}

# exist FILE: one of the objects listed there is still known to the kernel.
exist() {
	local kind id

	while read -r kind id; do
		! bpftool "$kind" show id "$id" >/dev/null 2>&1 || return 0
	done <"$1"
	return 1
}

none_exist() {
	! exist "$1"
}

# The port numbers that this namespace's interfaces have.
numbers() {
	bpftool -j map dump pinned "$BED_PINS/$BED_COOKIE/port_index" | values '*.value.0' | sort | tr '\n' ' '
}

@test "a hundred attaches and detaches leave nothing" {
	local before i

	before=$(bed_state)
	for ((i = 0; i < 100; i++)); do
		# The first and the last are the only port; what all ports share comes and goes with them.
		[ "$i" != 10 ] || xdpq attach c0 sched none
		[ "$i" != 90 ] || xdpq detach c0
		xdpq attach s0 sched tbf rate 10mbit latency 10ms
		[ $((i % 33)) != 0 ] || objects >>"$BED_DIR/objects"
		xdpq detach s0
	done
	[ "$(wc -l <"$BED_DIR/objects")" -gt 40 ]
	wait_for 10 none_exist "$BED_DIR/objects"
	diff <(echo "$before") <(bed_state)
}

@test "beside a port that stays, a number is used again" {
	local i

	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo
	[ "$(numbers)" = "0x01 0x02 " ]
	for ((i = 0; i < 20; i++)); do
		xdpq detach s0
		xdpq attach s0 sched none
		[ "$(numbers)" = "0x01 0x02 " ]
	done
	pings 10.0.2.2
}

@test "failed attaches leave nothing" {
	local before

	before=$(bed_state)
	for _ in {1..10}; do
		run ! xdpq attach s0 sched tbf rate 1mbit
		run ! xdpq attach s0 sched fifo limit 0
	done
	diff <(echo "$before") <(bed_state)
}

@test "traffic through ports attached and detached again and again: nothing lost" {
	local i

	pings 10.0.2.2
	receiver rx server 5000 1
	start_udp tx 10.0.2.2 5000 4000 1000 2000
	for ((i = 0; i < 6; i++)); do
		xdpq attach c0 sched fifo
		xdpq attach s0 sched fifo rate 50mbit
		xdpq detach all
	done
	finish tx
	[ "$(received rx received lost repeated | tr '\n' ' ')" = "4000 0 0 " ]
}

@test "two attaches to one interface at once: exactly one wins" {
	local i id one two

	for ((i = 0; i < 8; i++)); do
		one=0 two=0
		xdpq attach s0 sched fifo limit 11 2>"$BED_DIR/one" 3>&- &
		id=$!
		xdpq attach s0 sched fifo limit 22 2>"$BED_DIR/two" 3>&- || two=$?
		wait "$id" || one=$?
		echo "$one $two"
		[ "$one $two" = "0 1" ] || [ "$one $two" = "1 0" ]
		grep -q "is a port already" "$BED_DIR/one" "$BED_DIR/two"
		[ "$(port s0 parameters.limit)" = $((one == 0 ? 11 : 22)) ]
		[ "$(bed_pumps | wc -l)" = 2 ]
		xdpq detach s0
	done
}

@test "attaches to several interfaces at once all succeed" {
	local i id ids

	for ((i = 0; i < 5; i++)); do
		ids=()
		for dev in c0 s0 t0; do
			xdpq attach "$dev" sched fifo 3>&- &
			ids+=("$!")
		done
		for id in "${ids[@]}"; do
			wait "$id"
		done
		[ "$(numbers)" = "0x01 0x02 0x03 " ]
		pings 10.0.2.2
		pings 10.0.3.2
		ids=()
		for dev in c0 s0 t0; do
			xdpq detach "$dev" 3>&- &
			ids+=("$!")
		done
		for id in "${ids[@]}"; do
			wait "$id"
		done
		[ ! -e "$BED_PINS/$BED_COOKIE" ]
	done
	[ -z "$(bed_pumps)" ]
}

@test "detach twice at once: one does it, the other finds no port" {
	local id one=0 two=0

	xdpq attach s0 sched fifo
	xdpq detach s0 2>"$BED_DIR/one" 3>&- &
	id=$!
	xdpq detach s0 2>"$BED_DIR/two" 3>&- || two=$?
	wait "$id" || one=$?
	echo "$one $two"
	[ "$one $two" = "0 4" ] || [ "$one $two" = "4 0" ]
}

@test "changes and shows at once do not disturb each other" {
	local i id ids=()

	xdpq attach s0 sched fifo limit 1000 rate 10mbit
	for ((i = 1; i <= 10; i++)); do
		xdpq change s0 limit "$((i * 10))" rate "${i}mbit" 3>&- &
		ids+=("$!")
		xdpq show -j >/dev/null 3>&- &
		ids+=("$!")
	done
	for id in "${ids[@]}"; do
		wait "$id"
	done
	# Whichever came last came whole.
	[ "$(port s0 port.rate_bit_per_s)" = $(($(port s0 parameters.limit) * 100000)) ]
}

@test "commands in other namespaces leave a port alone that is just coming or going" {
	local n

	start shows client bash -c "while :; do '$XDPQ' show; '$XDPQ' show; done"
	start more server bash -c "while :; do '$XDPQ' show; '$XDPQ' show; done"
	for n in {1..12}; do
		xdpq attach s0 sched fifo limit "$n"
		[ "$(port s0 parameters.limit)" = "$n" ]
		xdpq detach s0
	done
	cat "$BED_DIR/shows" "$BED_DIR/more" | sort | uniq -c
	[ ! -s "$BED_DIR/shows" ]
	[ ! -s "$BED_DIR/more" ]
}

@test "commands in the same namespace leave a port alone that is just coming or going" {
	local n

	start shows router bash -c "while :; do '$XDPQ' show s0; '$XDPQ' show; done"
	for n in {1..20}; do
		xdpq attach s0 sched fifo limit "$n"
		[ "$(port s0 parameters.limit)" = "$n" ]
		xdpq detach s0
	done
	# A port is there or it is not; that its pump is not up yet may be said, but nothing is torn.
	grep -v -e "show s0: is not a port" -e "^s0: sched fifo" -e "^    sent 0" -e "^    backlog 0" \
		-e "^    suspended: never a stall" -e "^    warning: the only port" "$BED_DIR/shows" |
		sort | uniq -c >"$BED_DIR/odd"
	cat "$BED_DIR/odd"
	[ ! -s "$BED_DIR/odd" ]
}
