#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the pump costs: wake-ups when idle, and its share of a core when it alone
# sends 100 Mbit/s of 1514 bytes: bursts of 800 packets, each 100 ms, leave nothing
# to carriers.
#
# A frame sent into a veth is received in softirq on the same CPU, which is charged
# to the process it interrupts: the pump. To tell it apart the receiver is polled by
# a kernel thread (threaded NAPI) in half of the runs; there the pump's time is its own.
set -euo pipefail
# shellcheck source=bench/lib.sh
. "$(dirname "$0")/lib.sh"

SECONDS_EACH=${SECONDS_EACH:-${QUICK:+3}}
SECONDS_EACH=${SECONDS_EACH:-10}
ROUNDS=${ROUNDS:-${QUICK:+1}}
ROUNDS=${ROUNDS:-3}

cpu_ns() { cut -d ' ' -f 1 "/proc/$1/schedstat"; }
switches() { awk '/^voluntary/ { print $2 }' "/proc/$1/status"; }
uptime_ns() { echo "${EPOCHREALTIME/[.,]/}000"; }
threaded() { echo "$1" | in_sink tee /sys/class/net/d1/threaded >/dev/null; }

idle() {
	local pid=$1 before

	before=$(switches "$pid")
	sleep "$SECONDS_EACH"
	awk -v n=$(($(switches "$pid") - before)) -v s="$SECONDS_EACH" \
		'BEGIN { printf "idle: %d wake-ups in %d s\n\n", n, s }'
}

# PID THREADED: prints a line of figures
busy() {
	local pid=$1 ns cpu wakeups pumped

	threaded "$2"
	source_background "$BENCH" send s1 "$mac" 10.1.1.1 1514 8000 $((SECONDS_EACH + 3)) 800
	sleep 1
	ns=$(uptime_ns) cpu=$(cpu_ns "$pid") wakeups=$(switches "$pid")
	pumped=$(port_growth "$SECONDS_EACH" pumped)
	ns=$(($(uptime_ns) - ns)) cpu=$(($(cpu_ns "$pid") - cpu)) wakeups=$(($(switches "$pid") - wakeups))
	awk -v cpu="$cpu" -v ns="$ns" -v wakeups="$wakeups" -v pumped="$pumped" 'BEGIN {
		printf "%10.1f %% %10.0f %12.0f %14.0f\n", 100 * cpu / ns, wakeups * 1e9 / ns,
			pumped, cpu / ns / pumped * 1e9 }'
	background_end
	sleep 0.3
}

main() {
	local round pid

	bench_begin
	router_add 1
	mac=$(mac_of "$(router_ns 1)" in1)
	xdpq_at 1 attach in1 sched none
	xdpq_at 1 attach out1 sched fifo rate 100mbit "$@"
	in_sink "$BENCH" attach d1 sink >/dev/null
	pid=$(port_value pump.pid)
	printf 'The pump at 100 Mbit/s of 1514 bytes, %s s each\n' "$SECONDS_EACH"
	printf '%-28s %12s %10s %12s %14s\n' "" "of a core" wakeups/s packets/s "ns a packet"
	for ((round = 0; round < ROUNDS; round++)); do
		printf '%-28s' "with the veth receiver"
		busy "$pid" 0
		printf '%-28s' "the pump alone"
		busy "$pid" 1
	done
	idle "$pid"
}

main "$@"
