#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# The table of `make parity`, from records made up here.

bats_require_minimum_version 1.5.0

setup() {
	records=$BATS_TEST_TMPDIR/records
}

# pings TIME...: a ping record's body.
pings() {
	printf '64 bytes from 10.9.2.2: icmp_seq=1 ttl=63 time=%s ms\n' "$@"
	printf '%d packets transmitted, %d received, 0%% packet loss\n' "${SENT:-$#}" $#
}

# iperf RATE...: of each stream, in Mbit/s.
iperf() {
	local rate sum=0 streams=()

	for rate; do
		streams+=("{\"receiver\":{\"bits_per_second\":$((rate * 1000000))}}")
		sum=$((sum + rate * 1000000))
	done
	(IFS=,; echo "{\"end\":{\"streams\":[${streams[*]}],\"sum_received\":{\"bits_per_second\":$sum}}}")
}

# linux PAIR ROUND DROPS MARKS, xdpq the same: what the scheduler has counted.
linux() {
	printf '@ %s linux %s qdisc\n[{"kind":"tbf","drops":9999},{"kind":"fq_codel","drops":%s,"ecn_mark":%s}]\n\n' "$@"
}

# Errors of the guest may stand after it.
xdpq() {
	printf '@ %s xdpq %s port\n{"ports":[{"counters":{"drops":%s},"scheduler":{"ecn_mark":%s}}]}\n\nxdpq: a note\n' "$@"
}

table() {
	/usr/bin/python3 -ES "$BATS_TEST_DIRNAME/../vm/parity.py" "$records" | tr -s ' '
}

@test "medians of the rounds, quantiles, the child's counters, Jain's index" {
	{
		echo "6.12.0-amd64"
		for round in 1 2 3; do
			echo "@ fq linux $round ping"; pings 5 3 1 2 9
			echo "@ fq linux $round iperf"; iperf 5 5 5 5
			linux fq "$round" $((round * round * 100)) 0
			echo "@ fq xdpq $round ping"; pings 1 2 3 4 $((round * 10))
			echo "@ fq xdpq $round iperf"; iperf 10 0 0 0
			xdpq fq "$round" 400 0
		done
	} >"$records"
	table
	[ "$(table | head -n 1)" = "Kernel 6.12.0-amd64, medians of 3 rounds." ]
	[ "$(table | sed -n 5p)" = "| 4 TCP flows | fq_codel under tbf | 20.00 | 3.00 | 9.00 | 400 | 0 | 1.000 |" ]
	[ "$(table | sed -n 6p)" = "| | fq | 10.00 | 3.00 | 20.00 | 400 | 0 | 0.250 |" ]
	[ "$(table | sed -n 7p)" = "| | xdpq at least as good | 50.0 % off | yes | 122.2 % off | yes | yes | 75.0 % off |" ]
	[ "$(table | wc -l)" = 7 ]
}

@test "less than the noise counts as equal; more of what was 0 is told as a number" {
	{
		echo "6.12.0-amd64"
		echo "@ fq_ecn linux 1 ping"; pings 100
		linux fq_ecn 1 0 100
		echo "@ fq_ecn xdpq 1 ping"; pings 101
		xdpq fq_ecn 1 5 125
	} >"$records"
	table
	[ "$(table | sed -n 7p)" = "| | xdpq at least as good | | yes | yes | 5 more | yes | |" ]
}

@test "of netem the nearer one to what was asked for is better, not the one with less" {
	{
		echo "6.12.0-amd64"
		echo "@ netem linux 1 ping"; SENT=10000 pings 15 20 24.9
		linux netem 1 100 0
		echo "@ netem xdpq 1 ping"; SENT=10000 pings 5 12 20
		xdpq netem 1 50 0
	} >"$records"
	table
	[ "$(table | sed -n 7p)" = "| | xdpq at least as good | | 40.0 % off | 19.7 % off | 50.0 % off | yes | |" ]
}
