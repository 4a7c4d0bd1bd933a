#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What xdpq does, on real traffic: a client downloads through a router, first through
# the plain kernel stack, then with xdpq on both ports of the router.
#
#	server ------ wan router lan ------ client		three network namespaces
#
# XDPQ is the binary. Exits with 1 if the traffic is not what was asked for.
set -euo pipefail

XDPQ=${XDPQ:-.output/xdpq}
RATES=(100 20)		# Mbit/s
TCP_SECONDS=5
UDP_SECONDS=4
UDP_OFFERED=400		# Mbit/s
PINGS=80		# one each 50 ms, while TCP runs
TOLERANCE=10		# percent of the rate
ADDRESS=10.77.0.1	# the server's

client=demo-$$-client
router=demo-$$-router
server=demo-$$-server
work=
listener=
failed=0

say() { printf '  %s\n' "$*"; }

complain() {
	printf 'demo: %s\n' "$*" >&2
	failed=1
}

in_client() { ip netns exec "$client" "$@"; }

# shellcheck disable=SC2317 # called by the trap
cleanup() {
	trap - EXIT INT TERM
	[ -z "$listener" ] || kill "$listener" 2>/dev/null || true
	"$XDPQ" -n "$router" detach all timeout 10ms >/dev/null 2>&1 || true
	for ns in "$client" "$router" "$server"; do
		ip netns del "$ns" 2>/dev/null || true
	done
	[ -z "$work" ] || rm -rf "$work"
}

# A link between two namespaces: NS DEV ADDRESS NS DEV ADDRESS.
# A veth takes redirected frames only if its other end has GRO on; checksums and VLAN
# tags left to the driver would never be put in.
wire() {
	ip link add "$2" netns "$1" type veth peer name "$5" netns "$4"
	while [ $# -ge 3 ]; do
		ip -n "$1" address add "$3" dev "$2"
		ip -n "$1" link set "$2" up
		ip netns exec "$1" ethtool -K "$2" tx off gro on txvlan off tx-vlan-stag-hw-insert off >/dev/null
		shift 3
	done
}

build() {
	for ns in "$client" "$router" "$server"; do
		ip netns add "$ns"
		ip -n "$ns" link set lo up
	done
	wire "$server" eth0 10.77.0.1/24 "$router" wan 10.77.0.2/24
	wire "$client" eth0 10.77.1.1/24 "$router" lan 10.77.1.2/24
	ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1
	ip -n "$server" route add default via 10.77.0.2
	ip -n "$client" route add default via 10.77.1.2
	ip netns exec "$server" iperf3 -s >/dev/null 2>&1 &
	listener=$!
	in_client ping -q -c 1 -W 5 "$ADDRESS" >/dev/null
}

# iperf3 from the server to the client; prints kbit/s as the client got them.
download() {
	local try

	for try in 1 2 3; do
		if in_client timeout 20 iperf3 -c "$ADDRESS" -R -f k "$@" >"$work/iperf" 2>&1; then
			awk '/receiver/ { for (i = 2; i <= NF; i++) if ($i == "Kbits/sec") print int($(i - 1)) }' \
				"$work/iperf"
			return
		fi
		sleep "0.$try"
	done
	cat "$work/iperf" >&2
	return 1
}

# RATE KBIT: is that what a rate in Mbit/s leaves for payload, 1448 of 1514 bytes? 0: any.
at_rate() {
	local payload=$(($1 * 956))

	[ "$1" = 0 ] || (($2 * 100 >= payload * (100 - TOLERANCE) && $2 * 100 <= payload * (100 + TOLERANCE)))
}

# Prints answers received and the average time in us.
ping_result() {
	awk '/received/ { got = $4 } /^rtt/ { split($4, t, "/"); us = t[2] * 1000 }
		END { print got + 0, int(us) }' "$work/ping"
}

# Sets tcp, in kbit/s, with ping beside it.
measure_tcp() {
	local pinger

	say "$1: TCP download with ping beside it ($TCP_SECONDS s) ..."
	in_client ping -q -i 0.05 -c "$PINGS" -W 1 "$ADDRESS" >"$work/ping" 2>&1 &
	pinger=$!
	tcp=$(download -t "$TCP_SECONDS" -O 1)
	wait "$pinger" || true
}

# Sets udp, in kbit/s.
measure_udp() {
	say "$1: UDP download, $UDP_OFFERED Mbit/s offered ($UDP_SECONDS s) ..."
	udp=$(download -t "$UDP_SECONDS" -u -b "${UDP_OFFERED}M")
}

# NAME RATE: one way through the router; adds a line "NAME<tab>RATE TCP UDP PINGS PING" to the results.
# What a busy machine has spoilt is measured once more.
measure() {
	local tcp udp

	measure_tcp "$1"
	at_rate "$2" "$tcp" || measure_tcp "$1, once more"
	measure_udp "$1"
	at_rate "$2" "$udp" || measure_udp "$1, once more"
	printf '%s\t%s %s %s %s\n' "$1" "$2" "$tcp" "$udp" "$(ping_result)" >>"$work/results"
}

attach_router() {
	"$XDPQ" -n "$router" attach wan sched fifo
	"$XDPQ" -n "$router" attach lan sched tbf rate "$1mbit" latency 20ms
}

# A bar is logarithmic, since what it shows spans three orders of magnitude.
table() {
	awk -F'[\t ]' -v rows="$(cut -f 1 "$work/results")" '
	function bar(value, low, high, width,	eighths, text) {
		eighths = value > low ? int(8 * width * log(value / low) / log(high / low) + 0.5) : 0
		if (eighths > 8 * width)
			eighths = 8 * width
		if (eighths < 1)
			eighths = 1
		for (; eighths >= 8; eighths -= 8) {
			text = text "█"
			width--
		}
		if (eighths) {
			text = text part[eighths]
			width--
		}
		return text sprintf("%" width "s", "")
	}
	function rate(kbit) { return sprintf("%4d Mbit/s", kbit / 1000 + 0.5) }
	BEGIN {
		split("▏ ▎ ▍ ▌ ▋ ▊ ▉", part, " ")
		split(rows, names, "\n")
		printf "\n  %-26s%-25s%-25s%s\n", "", "TCP download", "UDP download", "ping under TCP load"
	}
	{
		printf "  %-24s", names[NR]
		n = NF - 4
		printf "  %s %s", bar($(n + 1), 1000, 1e7, 11), rate($(n + 1))
		printf "  %s %s", bar($(n + 2), 1000, 1e7, 11), rate($(n + 2))
		printf "  %s %5.1f ms\n", bar($(n + 4), 10, 1e5, 11), $(n + 4) / 1000
	}' "$work/results"
	printf '\n  (logarithmic bars: 1 Mbit/s to 10 Gbit/s, 10 us to 100 ms; rates of payload, 96 %% of the frames)\n'
}

explain() {
	cat <<-END

	  The kernel stack forwards all that comes, as fast as this machine can. With xdpq on both ports TCP
	  and UDP get the rate that was asked for; the rest waits, 20 ms at most, and ping waits with it.
	END
}

check() {
	local name rate tcp udp pings

	while IFS=$'\t ' read -r rate tcp udp pings _; do
		name="at rate ${rate}mbit"
		at_rate "$rate" "$tcp" || complain "TCP $name: $tcp kbit/s is not within $TOLERANCE % of it"
		at_rate "$rate" "$udp" || complain "UDP $name: $udp kbit/s is not within $TOLERANCE % of it"
		if ((pings * 10 < PINGS * 9)); then
			complain "ping $name: only $pings of $PINGS were answered"
		fi
	done < <(cut -f 2 "$work/results")
}

main() {
	local rate

	trap cleanup EXIT
	trap 'exit 1' INT TERM
	work=$(mktemp -d)
	printf 'server -- [wan router lan] -- client: what does the client get?\n\n'
	build
	measure "kernel stack" 0
	for rate in "${RATES[@]}"; do
		attach_router "$rate"
		measure "xdpq, tbf rate ${rate}mbit" "$rate"
		[ "$rate" = "${RATES[-1]}" ] || "$XDPQ" -n "$router" detach all
	done
	table
	explain
	printf '\n$ xdpq show\n'
	"$XDPQ" -n "$router" show
	"$XDPQ" -n "$router" detach all
	check
	exit "$failed"
}

main
