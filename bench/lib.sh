# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What the benchmark scripts share: namespaces, routers, and the numbers of a port.
#
#	source ns: sN ------ inN [router ns N] outN ------ dN :sink ns
#
# Every router is a namespace of its own, so that several ways of forwarding stand
# side by side and can be measured in turn.

here=$(dirname "${BASH_SOURCE[0]}")

XDPQ=${XDPQ:-.output/xdpq}
BENCH=${BENCH:-.output/bench/bench}
QUICK=${QUICK:-}

prefix=bench-$$
source_ns=$prefix-src
sink_ns=$prefix-dst
routers=()
children=()
work=

router_ns() { echo "$prefix-r$1"; }
in_source() { ip netns exec "$source_ns" "$@"; }
in_sink() { ip netns exec "$sink_ns" "$@"; }
in_router() { ip netns exec "$(router_ns "$1")" "${@:2}"; }
# In the background; ended with the script, or by background_end.
source_background() {
	ip netns exec "$source_ns" "$@" >"$work/source.log" 2>&1 &
	children+=($!)
}

sink_background() {
	ip netns exec "$sink_ns" "$@" >/dev/null 2>&1 &
	children+=($!)
}

# The last one that was started, which should still be there.
background_end() {
	kill "${children[-1]}" 2>/dev/null || cat "$work/source.log" >&2
	wait "${children[-1]}" 2>/dev/null || true
	unset 'children[-1]'
}

xdpq_at() { "$XDPQ" -n "$(router_ns "$1")" "${@:2}"; }

cleanup() {
	trap - EXIT
	local router child

	for child in "${children[@]}"; do
		kill "$child" 2>/dev/null || true
	done
	for router in "${routers[@]}"; do
		xdpq_at "$router" detach all timeout 10ms >/dev/null 2>&1 || true
		ip netns del "$(router_ns "$router")" 2>/dev/null || true
	done
	ip netns del "$source_ns" 2>/dev/null || true
	ip netns del "$sink_ns" 2>/dev/null || true
	[ -z "$work" ] || rm -rf "$work"
}

bench_begin() {
	trap cleanup EXIT
	trap 'exit 1' INT TERM
	work=$(mktemp -d)
	for ns in "$source_ns" "$sink_ns"; do
		ip netns add "$ns"
		ip -n "$ns" link set lo up
	done
}

mac_of() { ip netns exec "$1" cat "/sys/class/net/$2/address"; }

# NS DEV ADDRESS
device_up() {
	ip -n "$1" address add "$3" dev "$2"
	ip -n "$1" link set "$2" up
	ip netns exec "$1" ethtool -K "$2" tx off gro on txvlan off tx-vlan-stag-hw-insert off >/dev/null
}

# NS DEV ADDRESS MAC
neighbour() { ip -n "$1" neigh replace "$3" lladdr "$4" dev "$2" nud permanent; }

# Router N between 10.N.0.0/24 (source, .1) and 10.N.1.0/24 (sink, .1). Nothing depends on ARP.
router_add() {
	local n=$1 ns

	ns=$(router_ns "$n")
	routers+=("$n")
	ip netns add "$ns"
	ip netns exec "$ns" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0
	ip link add "s$n" netns "$source_ns" type veth peer name "in$n" netns "$ns"
	ip link add "d$n" netns "$sink_ns" type veth peer name "out$n" netns "$ns"
	device_up "$source_ns" "s$n" "10.$n.0.1/24"
	device_up "$ns" "in$n" "10.$n.0.2/24"
	device_up "$ns" "out$n" "10.$n.1.2/24"
	device_up "$sink_ns" "d$n" "10.$n.1.1/24"
	neighbour "$ns" "in$n" "10.$n.0.1" "$(mac_of "$source_ns" "s$n")"
	neighbour "$ns" "out$n" "10.$n.1.1" "$(mac_of "$sink_ns" "d$n")"
	neighbour "$source_ns" "s$n" "10.$n.0.2" "$(mac_of "$ns" "in$n")"
	neighbour "$sink_ns" "d$n" "10.$n.1.2" "$(mac_of "$ns" "out$n")"
	ip -n "$source_ns" route add "10.$n.1.0/24" via "10.$n.0.2"
	ip -n "$sink_ns" route add "10.$n.0.0/24" via "10.$n.1.2"
}

# One value of port out1: a path such as counters.bytes.
port_value() {
	xdpq_at 1 show out1 -j | python3 -c '
import functools, json, sys
port = json.load(sys.stdin)["ports"][0]
print(functools.reduce(lambda o, k: o[k], sys.argv[1].split("."), port))' "$1"
}

# SECONDS KEY...: growth per second of counters of port out1
port_growth() { python3 "$here/counters.py" "$XDPQ" "$(router_ns 1)" out1 "$@"; }
