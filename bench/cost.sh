#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a packet costs: one core, uncongested, from the source's driver to the sink's.
# The ways of forwarding are measured in turn, and compared within each round.
#
# The source's own work and the sink's (a program that counts and drops) are in
# all figures alike; "dropped at the first veth" shows how much that is. The source
# runs at real-time priority, so other jobs do not count; what they do to the caches does.
set -euo pipefail
# shellcheck source=bench/lib.sh
. "$(dirname "$0")/lib.sh"

CPU=${CPU:-1}
FRAMES=${FRAMES:-20000}
ROUNDS=${ROUNDS:-${QUICK:+9}}
ROUNDS=${ROUNDS:-41}
STORED=${STORED:-$(dirname "$BENCH")/stored.bpf.o}

arms=()

# arm N NAME SINK
arm() {
	arms+=("$2=s$1,$(mac_of "$(router_ns "$1")" "in$1"),10.$1.1.1,$3")
}

sink() { in_sink "$BENCH" attach "d$1" drop; }

# forwarded N NAME: by the plain redirect
forwarded() {
	router_add "$1"
	in_router "$1" "$BENCH" attach "in$1" forward to "out$1" >/dev/null
	arm "$1" "$2" "$(sink "$1")"
}

# queued N NAME SCHED...
queued() {
	router_add "$1"
	xdpq_at "$1" attach "in$1" sched none
	xdpq_at "$1" attach "out$1" sched "${@:3}"
	arm "$1" "$2" "$(sink "$1")"
}

main() {
	local size

	bench_begin
	forwarded 1 "plain redirect, FIB lookup"
	queued 2 "xdpq none" none
	queued 3 "xdpq fifo, no rate" fifo
	queued 4 "xdpq fifo, rate 100gbit" fifo rate 100gbit
	queued 5 "xdpq, all stored and carried" "$STORED"
	router_add 6
	arm 6 "kernel stack" "$(sink 6)"
	router_add 7
	arm 7 "dropped at the first veth" "$(in_router 7 "$BENCH" attach in7 drop)"
	for size in 64 1514; do
		printf '\nCost of a packet of %d bytes, ns (CPU %d, %d rounds of %d packets)\n' \
			"$size" "$CPU" "$ROUNDS" "$FRAMES"
		in_source taskset -c "$CPU" "$BENCH" cost "$size" "$FRAMES" "$ROUNDS" "${arms[@]}"
	done
}

main
