#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Is the rate what was configured, in the long run and in every interval?
#
# The port is kept in overload; the rate is what its own counters say left, over
# SECONDS. The worst interval is seen by a program at the receiver, a flush and a
# softirq behind the link clock: max of bytes in [t1, t2] - rate * (t2 - t1), which
# at the clock is at most the burst. What is beyond it is given in us at the rate.
#
# Whenever anybody attaches an XDP program anywhere, the kernel rewrites a dispatcher
# that the pump (and the source here) pass through: 10 to 30 ms each time. When others
# loaded programs during a measurement it is repeated, TRIES times at most, and marked
# with how many they were.
set -euo pipefail
# shellcheck source=bench/lib.sh
. "$(dirname "$0")/lib.sh"

SECONDS_EACH=${SECONDS_EACH:-${QUICK:+3}}
SECONDS_EACH=${SECONDS_EACH:-10}
WARMUP=2
# The traffic is ended with the measurement, and not before, however slow the machine.
OFFER=$((SECONDS_EACH + 60))
TRIES=${TRIES:-5}

# SIZE BIT/S: 1.3 times the rate, as UDP
offer_udp() {
	local pps=$(($2 * 13 / 10 / 8 / $1))

	source_background "$BENCH" send s1 "$mac" 10.1.1.1 "$1" "$pps" "$OFFER"
}

offer_tcp() {
	sink_background iperf3 -s -1
	sleep 0.3
	source_background iperf3 -c 10.1.1.1 -P 4 -t "$OFFER"
}

# KIND SIZE BIT/S SINK DISTURBED GROWTH
report() {
	local seen

	read -ra seen < <("$BENCH" read "$4")
	awk -v kind="$1" -v size="$2" -v rate="$3" -v disturbed="$5" -v got="$6" -v worst="${seen[3]}" \
		-v burst="$(port_value port.burst_bytes)" 'BEGIN {
		got *= 8
		printf "%-4s %5d B %10.3f Mbit/s %10.3f Mbit/s %+7.2f %% %9d B %+9.0f us%s\n", kind, size,
			rate / 1e6, got / 1e6, 100 * (got / rate - 1), burst, (worst - burst) * 8e6 / rate,
			disturbed ? "  (" disturbed " loaded)" : "" }'
}

# KIND SIZE BIT/S: makes the traffic, and sets sink, growth and disturbed
try() {
	local before

	if [ "$1" = TCP ]; then
		sink=$(in_sink "$BENCH" attach d1 tap rate "$3")
		offer_tcp
	else
		sink=$(in_sink "$BENCH" attach d1 sink rate "$3")
		offer_udp "$2" "$3"
	fi
	sleep "$WARMUP"
	before=$("$BENCH" next_id)
	growth=$(port_growth "$SECONDS_EACH" bytes)
	disturbed=$(($("$BENCH" next_id) - before - 1))
}

# KIND SIZE BIT/S LIMIT
measure() {
	local sink growth disturbed=1 n

	for ((n = 0; n < TRIES && disturbed; n++)); do
		xdpq_at 1 attach out1 sched fifo limit "$4" rate "$3bit"
		try "$@"
		if [ "$disturbed" = 0 ] || ((n + 1 == TRIES)); then
			report "$1" "$2" "$3" "$sink" "$disturbed" "$growth"
		fi
		background_end
		[ "$1" = UDP ] || background_end 2>/dev/null
		xdpq_at 1 detach out1 timeout 100ms 2>/dev/null
	done
}

main() {
	local rate

	bench_begin
	router_add 1
	mac=$(mac_of "$(router_ns 1)" in1)
	xdpq_at 1 attach in1 sched none
	printf 'Rate over %s s, port in overload; worst interval beyond its burst\n' "$SECONDS_EACH"
	printf '%-4s %7s %17s %17s %9s %11s %12s\n' "" frame configured accounted error burst beyond
	for rate in 1 10 100 1000; do
		measure UDP 1514 ${rate}000000 1000
		measure TCP 1514 ${rate}000000 $((rate < 100 ? 100 : 1000))
	done
	for rate in 1 10 100 300; do
		measure UDP 64 ${rate}000000 1000
	done
}

main
