#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Emulation as traffic meets it. What exactly becomes of each packet is proved in tests/bpf; here
# every measure is compared with an arm of the same bed without emulation, or has wide bounds.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

setup_file() {
	bed_make_for_file
	xdpq attach c0 sched fifo
}

teardown() {
	xdpq detach s0 timeout 0s >/dev/null 2>&1 || true
}

# The smallest of ten round trips to the server, in us.
round_trip() {
	in_client ping -q -c 10 -i 0.05 -W 2 10.0.2.2 |
		awk -F '[ /]+' '/^rtt/ { for (i = 1; i <= NF; i++) if ($i == "=") { print int($(i + 1) * 1000); exit } }'
}

# between LOW HIGH VALUE
between() {
	echo "$3, expected $1 to $2"
	[ "$3" -ge "$1" ] && [ "$3" -le "$2" ]
}

# flow COUNT RATE: UDP to the server; received, lost, reordered, repeated.
flow() {
	receiver rx server 5000
	send_udp 10.0.2.2 5000 "$1" 100 "$2"
	received rx received lost reordered repeated
}

@test "delay is added to every round trip" {
	local without with

	xdpq attach s0 sched netem
	without=$(round_trip)
	xdpq change s0 delay 20ms
	with=$(round_trip)
	echo "round trip $without us, with 20 ms $with us"
	# The least of ten: other processes may hold up some, not all.
	between 20000 $((without + 60000)) "$with"
}

@test "the pump ends a delay when nothing else comes by, and the limit holds" {
	local got dropped pumped

	xdpq attach s0 sched netem delay 1s limit 50
	got=$(flow 100 2000 | head -n 1)
	read -r dropped pumped < <(port s0 drops.overlimit.packets counters.pumped | tr '\n' ' ') || true
	echo "received $got, dropped $dropped, pumped $pumped"
	[ "$dropped" -ge 1 ]
	[ $((got + dropped)) = 100 ]
	[ "$pumped" -ge 10 ]
	conserved
}

@test "loss, of the same packets for the same seed" {
	local once lost

	xdpq attach s0 sched netem loss 10% seed 5
	once=$(flow 1000 2000)
	lost=$(port s0 scheduler.lost)
	# 100 expected, standard deviation 9.5.
	between 50 150 "$lost"
	[ "$(head -n 1 <<<"$once")" = $((1000 - lost)) ]
	conserved
	xdpq detach s0
	xdpq attach s0 sched netem loss 10% seed 5
	[ "$(flow 1000 2000)" = "$once" ]
}

@test "loss by state: every other packet finds the bad one" {
	xdpq attach s0 sched netem ge_p 100% ge_r 100%
	mapfile -t got < <(flow 200 1000)
	# The last number that came is the last but one that was sent.
	[ "${got[*]}" = "100 99 0 0" ] || [ "${got[*]}" = "100 100 0 0" ]
	[ "$(port s0 scheduler.lost scheduler.lost_bad | uniq)" = 100 ]
}

@test "every packet twice" {
	xdpq attach s0 sched netem duplicate 100% delay 5ms
	mapfile -t got < <(flow 300 1000)
	echo "${got[*]}"
	[ "${got[*]}" = "600 0 0 300" ]
	conserved
}

@test "packets sent at once overtake those that wait" {
	xdpq attach s0 sched netem delay 30ms reorder 25% gap 2
	mapfile -t got < <(flow 500 2000)
	[ "${got[0]} ${got[1]} ${got[3]}" = "500 0 0" ]
	# One in five: the second after the last, then one in four.
	between 50 150 "$(port s0 scheduler.reordered)"
	between 50 450 "${got[2]}"
}

@test "jitter reorders, and delay alone does not" {
	xdpq attach s0 sched netem delay 20ms
	mapfile -t got < <(flow 500 2000)
	[ "${got[*]}" = "500 0 0 0" ]
	xdpq change s0 jitter 15ms distribution normal
	mapfile -t got < <(flow 500 2000)
	[ "${got[0]} ${got[1]} ${got[3]}" = "500 0 0" ]
	between 100 500 "${got[2]}"
}
