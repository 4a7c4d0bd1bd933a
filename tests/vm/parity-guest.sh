#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the virtual machine: the same traffic through Linux's qdisc and through xdpq, in turn.
#
# parity-guest.sh ROUND SECONDS PAIR...
#
# Prints records for parity.py: a line "@ PAIR ARM ROUND KIND", then what that tool has said.
set -eu

# shellcheck source=tests/vm/bed.bash
. "$(dirname "$0")/bed.bash"

RATE=20mbit
BURST=6k	# more than the longest frame, 2.5 ms
LATENCY=50ms
OVERLOAD=30M	# UDP, bit/s
EF=0xb8		# the DSCP as a TOS byte

round=$1
seconds=$2
shift 2

# Linux shapes with tbf, and what is below it decides which packet is next.
under_tbf() {
	tc qdisc add dev r1 root handle 1: tbf rate "$RATE" burst "$BURST" latency "$LATENCY"
	tc qdisc add dev r1 parent 1:1 handle 10: "$@"
}

shaped() { xdpq attach r1 "$@" rate "$RATE" burst "$BURST"; }

linux_fq() { under_tbf fq_codel; }
xdpq_fq() { shaped sched fq; }
traffic_fq() { tcp 4; }

linux_fq_ecn() { linux_fq; }
xdpq_fq_ecn() { xdpq_fq; }
traffic_fq_ecn() {
	ecn 1
	tcp 4
	ecn 2
}

# Linux's priomap goes by the TOS byte of 1992, which puts EF with the rest.
linux_prio() {
	under_tbf prio
	tc filter add dev r1 parent 10: protocol ip u32 match ip tos "$EF" 0xfc flowid 10:1
}
xdpq_prio() { shaped sched prio; }
traffic_prio() { udp -Q "$EF"; }

linux_tbf() { tc qdisc add dev r1 root tbf rate "$RATE" burst "$BURST" latency "$LATENCY"; }
xdpq_tbf() { shaped sched tbf latency "$LATENCY"; }
traffic_tbf() { tcp 1; }

linux_tbf_udp() { linux_tbf; }
xdpq_tbf_udp() { xdpq_tbf; }
traffic_tbf_udp() { udp; }

linux_netem() { tc qdisc add dev r1 root netem delay 20ms 5ms loss 1%; }
xdpq_netem() { xdpq attach r1 sched netem delay 20ms jitter 5ms loss 1%; }
traffic_netem() { pings 0.005 -c $((seconds * 200)); }

record() {
	echo "@ $pair $arm $round $1"
	cat
	echo
}

# ecn 0|1|2: as net.ipv4.tcp_ecn has it, at both ends.
ecn() {
	client sysctl -qw net.ipv4.tcp_ecn="$1"
	server sysctl -qw net.ipv4.tcp_ecn="$1"
}

# pings INTERVAL OPTION...
pings() {
	{ client ping -n -i "$1" -W 2 "${@:2}" 10.9.2.2 || true; } | record ping
}

# beside_pings OPTION... -- IPERF_OPTION...: load, and ping while it is steady.
beside_pings() {
	local -a ping=()
	local load

	while [ "$1" != -- ]; do
		ping+=("$1")
		shift
	done
	shift
	server iperf3 -s -1 >/dev/null &
	sleep 1
	client iperf3 -J -i 0 -c 10.9.2.2 -t "$seconds" -O 2 "$@" >/tmp/iperf &
	load=$!
	sleep 2
	# By time, not by number: ping is slower than it was told, and would outlast the load.
	pings 0.01 -w $((seconds - 1)) ${ping[@]+"${ping[@]}"}
	wait "$load"
	record iperf </tmp/iperf
	wait
}

tcp() { beside_pings -- -P "$1"; }
# Paced by the client's own fq: iperf3 would spin between two packets.
udp() { beside_pings "$@" -- -u -b 0 --fq-rate "$OVERLOAD" -l 1400; }

try() {
	pair=$1 arm=$2
	[ "$arm" = linux ] || xdpq attach r0 sched none
	"${arm}_$pair"
	client ping -q -c 3 -i 0.2 10.9.2.2 >/dev/null || true
	"traffic_$pair"
	if [ "$arm" = linux ]; then
		tc -s -j qdisc show dev r1 | record qdisc
		tc qdisc del dev r1 root
	else
		xdpq show -j r1 | record port
		xdpq detach all
	fi
}

bed
# It paces TCP as well, of both arms.
tc -n client qdisc add dev c root fq
for pair in "$@"; do
	try "$pair" linux
	try "$pair" xdpq
done
