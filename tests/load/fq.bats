#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# What fq is for: four TCP flows and a ping at a bottleneck of 20 Mbit/s. A busy machine
# delays both, so fq is compared with fifo in the same run; the figures are in the TAP comments.

bats_require_minimum_version 1.5.0

load ../lib/ownbed.bash

setup() {
	bed_make
	xdpq attach c0 sched none
}

# delays COUNT: of so many pings, 20 ms apart, the median and the 99th percentile in us.
delays() {
	in_client ping -n -i 0.02 -c "$1" -W 2 10.0.2.2 | sed -n 's/.*time=\([0-9.]*\) ms/\1/p' | sort -n |
		awk '{ us[NR] = int($1 * 1000) } END { print us[int(NR / 2) + 1], us[int(NR * 99 / 100) + 1] }'
}

# Jain's index of the rates of an iperf3 report on stdin, in thousandths.
jain() {
	values 'end.streams.*.receiver.bits_per_second' |
		awk '{ sum += $1; squares += $1 * $1 } END { print int(1000 * sum * sum / NR / squares) }'
}

# four_flows NAME SECONDS: in the background; end it with `finish NAME`.
four_flows() {
	start iperf server iperf3 -s -1
	wait_for 5 iperf_listens
	start "$1" client timeout 60 iperf3 -J -i 0 -c 10.0.2.2 -P 4 -t "$2" -O 2
}

# measure SCHED: sets above (the pings' median and 99th percentile above an idle link's, us),
# fair (Jain's index, thousandths) and waited (the median of the time in the queue, us).
measure() {
	local idle loaded

	xdpq attach s0 sched "$1" rate 20mbit
	pings 10.0.2.2
	read -ra idle <<<"$(delays 50)"
	four_flows load 4
	sleep 2
	read -ra loaded <<<"$(delays 180)"
	fair=$(finish load | jain)
	waited=$(($(port s0 sojourn.p50_ns) / 1000))
	above=($((loaded[0] - idle[0])) $((loaded[1] - idle[1])))
	xdpq detach s0 2>/dev/null
	printf '# %s: ping %d us above idle at the median, %d at p99; Jain %d/1000; time in queue %d us\n' \
		"$1" "${above[@]}" "$fair" "$waited" >&3
}

@test "a ping passes four TCP flows, which share the link equally" {
	local fq fq_fair fq_waited

	measure fq
	fq=("${above[@]}") fq_fair=$fair fq_waited=$waited
	measure fifo
	echo '# wanted of fq on a quiet machine: p99 at most 15000 us above idle, Jain at least 980/1000' >&3
	[ "${above[0]}" -gt $((3 * fq[0])) ]
	[ "${above[1]}" -gt $((3 * fq[1])) ]
	[ "$waited" -gt "$fq_waited" ]
	[ "$fq_fair" -ge 900 ]
}

# transfer ECN: four flows with tcp_ecn like this at both ends; sets retransmits, marked, dropped.
transfer() {
	in_client sysctl -qw net.ipv4.tcp_ecn="$1"
	in_server sysctl -qw net.ipv4.tcp_ecn="$1"
	xdpq attach s0 sched fq rate 20mbit
	pings 10.0.2.2
	four_flows load 2
	retransmits=$(finish load | values end.sum_sent.retransmits)
	marked=$(port s0 scheduler.ecn_mark)
	dropped=$(port s0 drops.aqm.packets drops.overlimit.packets | tr '\n' ' ')
	xdpq detach s0 2>/dev/null
	echo "# tcp_ecn=$1: $marked marked, ${dropped% } dropped (aqm, overlimit), $retransmits retransmitted" >&3
}

@test "with ECN packets are marked and none is lost" {
	local lost

	transfer 0
	lost=$retransmits
	[ "$marked" = 0 ]
	[ "${dropped%% *}" -gt 0 ]
	transfer 1
	[ "$marked" -gt 0 ]
	[ "$dropped" = "0 0 " ]
	# TCP may take a machine's pause for a loss; that is a few against all that are dropped without ECN.
	[ "$retransmits" -lt $((lost / 4)) ]
}
