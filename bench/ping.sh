#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Ping through an idle port, beside the same path through a plain redirect and
# through the kernel stack; the ways are measured in turn, ROUNDS times.
set -euo pipefail
# shellcheck source=bench/lib.sh
. "$(dirname "$0")/lib.sh"

CPU=${CPU:-1}
PINGS=${PINGS:-500}
ROUNDS=${ROUNDS:-${QUICK:+4}}
ROUNDS=${ROUNDS:-20}

names=("plain redirect, FIB lookup" "xdpq fifo, no rate" "xdpq fifo, rate 100mbit" "kernel stack")

build() {
	local n

	for n in 1 2 3 4; do
		router_add "$n"
	done
	in_router 1 "$BENCH" attach in1 forward to out1 >/dev/null
	in_router 1 "$BENCH" attach out1 forward to in1 >/dev/null
	xdpq_at 2 attach in2 sched fifo
	xdpq_at 2 attach out2 sched fifo
	xdpq_at 3 attach in3 sched fifo rate 100mbit
	xdpq_at 3 attach out3 sched fifo rate 100mbit
}

# Appends "ROUTER MICROSECONDS" for each answer. At real-time priority, lest other jobs be measured.
ping_through() {
	in_source taskset -c "$CPU" chrt -f 1 ping -i 0.002 -c "$PINGS" "10.$1.1.1" |
		awk -v n="$1" -F 'time=' '/time=/ { print n, $2 * 1000 }'
}

# ROUTER Q
quantile() {
	awk -v n="$1" '$1 == n { print $2 }' "$work/times" | sort -n |
		awk -v q="$2" '{ v[NR] = $1 } END { print v[int(q * (NR - 1) + 0.5) + 1] }'
}

report() {
	local n p50 p99 first50 first99

	printf 'Ping through an idle port, us (%d pings each, in %d turns)\n' $((PINGS * ROUNDS)) "$ROUNDS"
	printf '%-28s %8s %8s %18s\n' "" p50 p99 "beside the first"
	first50=$(quantile 1 0.5)
	first99=$(quantile 1 0.99)
	for n in 1 2 3 4; do
		p50=$(quantile "$n" 0.5)
		p99=$(quantile "$n" 0.99)
		printf '%-28s %8d %8d %+9d %+8d\n' "${names[n - 1]}" "$p50" "$p99" \
			$((p50 - first50)) $((p99 - first99))
	done
}

main() {
	local round n

	bench_begin
	build
	for ((round = 0; round < ROUNDS; round++)); do
		for n in 1 2 3 4; do
			ping_through "$n" >>"$work/times"
		done
	done
	report
}

main
