#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Interfaces and namespaces that go, come, move and change while they are ports.

bats_require_minimum_version 1.5.0

load ../lib/ownbed.bash

setup() {
	bed_make third
	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo
}

ifindex() {
	in_router cat "/sys/class/net/$1/ifindex"
}

# pins_of DEV-INDEX
pins_of() {
	echo "$BED_PINS/$BED_COOKIE/$1"
}

# What has gone is said once, by the command that takes the rest away; elsewhere on the machine there may be others.
not_swept_yet() {
	[ -e "$(pins_of "$1")" ] || skip "an xdpq command in another namespace was faster"
}

# swept PATH: a command in another namespace may be at it, and not done.
swept() {
	wait_for 5 test ! -e "$1"
}

no_device() {
	! in_host "$1" test -e "/sys/class/net/$2"
}

# Makes s0 leave by a command, until `show` tells of it: another namespace's may have been faster.
# Sets left_index and left_pump, what they were.
leaves_and_is_told() {
	local try

	for try in 1 2 3 4 5; do
		if [ "$try" != 1 ]; then
			ip -n "${BED}server" link del eth0 2>/dev/null || true
			bed_link server 2
			xdpq attach s0 sched fifo
		fi
		left_index=$(ifindex s0)
		left_pump=$(port s0 pump.pid)
		"$@"
		run --separate-stderr xdpq show -j
		[ "$status" = 0 ]
		# shellcheck disable=SC2154 # set by run
		[[ $stderr != *"s0"*"its port is removed"* ]] || return 0
	done
	return 1
}

delete_s0() {
	ip -n "${BED}router" link del s0
}

@test "interface deleted: show says so, takes the rest away; the other port goes on" {
	xdpq attach t0 sched fifo
	leaves_and_is_told delete_s0
	[ "$(values 'ports.*.ifname' <<<"$output" | tr '\n' ' ')" = "c0 t0 " ]
	swept "$(pins_of "$left_index")"
	process_gone "$left_pump"
	pings 10.0.3.2
	run --separate-stderr xdpq show
	[ -z "$stderr" ]
}

@test "interface deleted with packets waiting for it: nothing stays, attach works again" {
	xdpq change s0 rate 10kbit
	pings 10.0.2.2
	send_udp 10.0.2.2 5000 100 1000 100000
	ip -n "${BED}router" link del s0
	ip -n "${BED}server" link del eth0 2>/dev/null || true
	bed_link server 2
	xdpq attach s0 sched fifo
	pings 10.0.2.2
	[ "$(xdpq show -j 2>/dev/null | values 'ports.#')" = 2 ]
}

@test "interface deleted under load" {
	start_udp tx 10.0.2.2 5000 2000 1000 4000
	sleep 0.2
	ip -n "${BED}router" link del s0
	finish tx || true
	xdpq show >/dev/null 2>&1
	[ "$(xdpq show -j | values 'ports.*.ifname')" = c0 ]
	pings 10.0.1.1
}

@test "interface deleted with another command at work on the port: the rest is left to that one" {
	local index lock

	index=$(ifindex s0)
	exec {lock}<"$(pins_of "$index")"
	flock "$lock"
	ip -n "${BED}router" link del s0
	xdpq show >/dev/null 2>&1
	[ -e "$(pins_of "$index")" ]
	exec {lock}<&-
	xdpq show >/dev/null 2>&1
	swept "$(pins_of "$index")"
	[ "$(xdpq show -j | values 'ports.*.ifname')" = c0 ]
}

@test "a new interface with the old one's index is no port" {
	local index

	index=$(ifindex s0)
	ip -n "${BED}router" link del s0
	bed_link server 2 index "$index"
	run xdpq show s0
	[ "$status" = 4 ]
	pings 10.0.2.2
	xdpq attach s0 sched fifo
	pings 10.0.2.2
	[ "$(port s0 counters.packets)" -gt 0 ]
}

@test "renamed: the port goes by its new name" {
	pings 10.0.2.2
	ip -n "${BED}router" link set s0 down
	ip -n "${BED}router" link set s0 name wan9
	ip -n "${BED}router" link set wan9 up
	ip -n "${BED}router" addr add fd00:2::1/64 dev wan9 nodad
	run xdpq show s0
	[ "$status" = 1 ]
	[ "$(port wan9 ifname)" = wan9 ]
	xdpq change wan9 limit 500
	pings 10.0.2.2
	pings fd00:2::2
	xdpq detach wan9
	pings 10.0.2.2
}

@test "link down and up again: traffic goes on" {
	pings 10.0.2.2
	ip -n "${BED}router" link set s0 down
	[[ $(port s0 warnings) = *"down"* ]]
	in_client ping -q -c 2 -i 0.05 -W 1 10.0.2.2 || true
	ip -n "${BED}router" link set s0 up
	pings 10.0.2.2
	[ "$(port s0 warnings)" = "[]" ]
	conserved
}

@test "link down with packets waiting: they are counted as lost, and what comes later leaves" {
	xdpq change s0 rate 1mbit
	pings 10.0.2.2
	send_udp 10.0.2.2 5000 200 1000 100000
	ip -n "${BED}router" link set s0 down
	sleep 0.3
	[ "$(port s0 counters.drops)" -gt 0 ]
	[ -n "$(port s0 tx_error)" ]
	ip -n "${BED}router" link set s0 up
	xdpq change s0 rate 1gbit
	pings 10.0.2.2
	conserved
}

@test "link down at the far end: nothing stalls" {
	pings 10.0.2.2
	ip -n "${BED}server" link set eth0 down
	send_udp 10.0.2.2 5000 50 1000 1000 || true
	ip -n "${BED}server" link set eth0 up
	ip -n "${BED}server" route add default via 10.0.2.1
	pings 10.0.2.2
	conserved
}

@test "MTU raised: show says what is lost, what fits goes on" {
	pings 10.0.2.2
	ip -n "${BED}router" link set s0 mtu 2000
	[[ $(port s0 warnings) = *"MTU was raised"* ]]
	[[ $(xdpq show s0) = *"warning: the MTU was raised"* ]]
	pings 10.0.2.2
	ip -n "${BED}router" link set s0 mtu 1500
	[ "$(port s0 warnings)" = "[]" ]
}

@test "MTU raised at both ends: what has to wait and is too long is counted" {
	pings 10.0.2.2
	xdpq change s0 rate 100kbit
	ip -n "${BED}router" link set s0 mtu 2000
	ip -n "${BED}server" link set eth0 mtu 2000
	ip -n "${BED}router" link set c0 mtu 2000
	ip -n "${BED}client" link set eth0 mtu 2000
	send_udp 10.0.2.2 5000 20 1000 100000
	send_udp 10.0.2.2 5000 20 1900 100000
	[ "$(port s0 drops.too_large.packets)" = 20 ]
	xdpq change s0 rate 1gbit
	conserved
}

@test "MAC address changed: show says so" {
	ip -n "${BED}router" link set s0 address 02:00:00:00:00:77
	[[ $(port s0 warnings) = *"MAC address"* ]]
	pings 10.0.2.2
}

move_s0_to_third() {
	ip -n "${BED}router" link set s0 netns "${BED}third"
}

@test "moved to another namespace: the port ends, the interface is free there" {
	leaves_and_is_told move_s0_to_third
	swept "$(pins_of "$left_index")"
	process_gone "$left_pump"
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}third" attach s0 sched fifo
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}third" detach s0
	[ "$(xdpq show -j | values 'ports.*.ifname')" = c0 ]
}

@test "moved to another namespace under load: the rest goes on" {
	pings 10.0.2.2
	start_udp tx 10.0.2.2 5000 1000 1000 3000
	sleep 0.1
	ip -n "${BED}router" link set s0 netns "${BED}third"
	finish tx || true
	xdpq detach all
	[ ! -e "$BED_PINS/$BED_COOKIE" ]
	no_pumps
	pings 10.0.3.2
}

@test "the namespace is deleted: it really goes, and show elsewhere takes the rest away" {
	[ -e "$BED_PINS/$BED_COOKIE" ]
	ip netns del "${BED}router"
	# Its interfaces go with it, and so the other ends.
	wait_for 10 no_device client eth0
	wait_for 10 no_device server eth0
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}client" show
	swept "$BED_PINS/$BED_COOKIE"
	wait_for 2 no_pumps
}

@test "the namespace is deleted with packets waiting" {
	xdpq change s0 rate 10kbit
	pings 10.0.2.2
	send_udp 10.0.2.2 5000 100 1000 100000
	ip netns del "${BED}router"
	wait_for 10 no_device client eth0
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}client" show
	swept "$BED_PINS/$BED_COOKIE"
	wait_for 2 no_pumps
}

@test "ip netns exec and -n see the same ports" {
	local by_exec by_n

	by_exec=$(in_router "$XDPQ" show -j | values 'ports.*.ifname' 'ports.*.pump.pid')
	by_n=$("$XDPQ" -n "${BED}router" show -j | values 'ports.*.ifname' 'ports.*.pump.pid')
	[ "$by_exec" = "$by_n" ]
	in_router "$XDPQ" detach s0
	run xdpq show s0
	[ "$status" = 4 ]
	in_router "$XDPQ" attach s0 sched fifo limit 99
	[ "$(port s0 parameters.limit)" = 99 ]
	in_router "$XDPQ" change s0 limit 98
	[ "$(port s0 parameters.limit)" = 98 ]
	xdpq detach s0
}

@test "another namespace has ports of its own with the same names and indexes" {
	local cookie

	cookie=$(in_client python3 -ES "$BED_LIB/cookie.py")
	run "$XDPQ" -n "${BED}client" show -j
	[ "$(values 'ports.#' <<<"$output")" = 0 ]
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}client" attach eth0 sched fifo limit 5
	[ "$(xdpq show -j | values 'ports.#')" = 2 ]
	pings 10.0.2.2
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}client" detach all
	[ ! -e "$BED_PINS/$cookie" ]
	[ "$(xdpq show -j | values 'ports.#')" = 2 ]
}

@test "both ends of one veth are ports, in two namespaces" {
	pings 10.0.2.2
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}client" attach eth0 sched fifo
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}server" attach eth0 sched fifo
	pings 10.0.2.2
	pings fd00:2::2
	receiver rx server 5000
	send_udp 10.0.2.2 5000 500 1000 5000
	all_came rx 500
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}client" detach all
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}server" detach all
}

@test "the XDP program taken off by force: show says so" {
	local index

	index=$(ifindex s0)
	in_router bpftool link detach pinned "$(pins_of "$index")/link" || skip "bpftool cannot detach links here"
	not_swept_yet "$index"
	run xdpq show
	[ "$status" = 0 ]
	[[ $output = *s0* ]]
	xdpq detach all
	[ ! -e "$BED_PINS/$BED_COOKIE" ]
}

@test "damaged pins: said, and detach all still takes everything away" {
	local dir

	dir=$(pins_of "$(ifindex s0)")
	rm "$dir/conf"
	run xdpq show -j
	[[ $output = *c0* ]]
	run xdpq detach all
	xdpq attach s0 sched fifo || {
		ls -R "$BED_PINS/$BED_COOKIE"
		return 1
	}
	pings 10.0.2.2
}
