#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What schedulers promise of several kinds of traffic at once, on a link that is overloaded.
# Measured where the packets are released, by the port's own counters: how late the
# machine lets somebody answer a ping is not the question.

ATTEMPTS=4	# a machine that is busy elsewhere may stop the senders
EF=46
CS1=8

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

setup() {
	bed_enter
	xdpq attach c0 sched fifo
}

# flood NAME DSCP SIZE RATE: for longer than any test takes.
flood() {
	start_udp "$1" 10.0.2.2 5000 $((60 * $4)) "$3" "$4" "$2"
}

stop() {
	bed_end_process "$(cat "$BED_DIR/$1.id")"
}

# dropping INDEX...: the scheduler drops packets of all of these.
dropping() {
	local index

	for index in "$@"; do
		[ "$(port s0 "scheduler.dropped.$index")" -gt 0 ] || return 1
	done
}

# within_attempts COMMAND...: one of a few runs of it succeeds.
within_attempts() {
	local attempt

	for ((attempt = 1; attempt <= ATTEMPTS; attempt++)); do
		! "$@" || return 0
	done
	return 1
}

# "HIGH QUICK": packets that the first band has sent, and those of any that waited for under 1 ms.
prio_waits() {
	port s0 scheduler.sent.0 'sojourn.histogram.*' | awk -F '[ ,}]+' '
		NR == 1 { high = $1; next }
		$2 < 1000000 { quick += $4 }
		END { print high, quick + 0 }'
}

# Of the first band's packets, two thirds waited for under 1 ms, however late this machine runs its pump.
prio_is_quick() {
	local high0 quick0 high1 quick1

	read -r high0 quick0 < <(prio_waits)
	sleep 2
	read -r high1 quick1 < <(prio_waits)
	echo "$((high1 - high0)) packets of the first band, $((quick1 - quick0)) quick ones"
	[ $((high1 - high0)) -gt 500 ] &&
		[ $((3 * (quick1 - quick0))) -ge $((2 * (high1 - high0))) ]
}

@test "prio's high band sees under 1 ms of queueing while the low one is overloaded" {
	# A packet takes 0.3 ms; the pump's naps shall not add as much again.
	xdpq attach s0 sched prio rate 20mbit poll 100us
	flood low "$CS1" 700 4500
	wait_for 20 dropping 2
	flood high "$EF" 200 1000
	within_attempts prio_is_quick
	# That is no link that is quick for everybody.
	[ "$(port s0 sojourn.max_ns)" -gt 100000000 ]
	stop low
	stop high
	conserved
}

served() {
	port s0 "scheduler.served_bytes.$EF" "scheduler.served_bytes.$CS1" | tr '\n' ' '
}

# wfq_divides WEIGHT OTHER: of what both have got, the first has its share, give or take 3 %.
wfq_divides() {
	local ef0 cs0 ef1 cs1 ef all

	read -r ef0 cs0 < <(served)
	sleep 2
	read -r ef1 cs1 < <(served)
	ef=$((ef1 - ef0)) all=$((ef1 - ef0 + cs1 - cs0))
	echo "$ef of $all bytes for $1 of $(($1 + $2))"
	[ $((100 * ef * ($1 + $2))) -ge $((97 * all * $1)) ] &&
		[ $((100 * ef * ($1 + $2))) -le $((103 * all * $1)) ]
}

@test "wfq's shares are within 3 % of the weights, also when these change" {
	xdpq attach s0 sched wfq rate 20mbit weights EF=3,default=1
	flood ef "$EF" 1000 2700
	flood cs1 "$CS1" 400 6000
	wait_for 20 dropping "$EF" "$CS1"
	within_attempts wfq_divides 3 1
	xdpq change s0 weights CS1=2,default=1
	within_attempts wfq_divides 1 2
	stop ef
	stop cs1
	conserved
}
