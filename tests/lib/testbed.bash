#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A bed of network namespaces to try xdpq in:
#
#   client eth0 ------ c0 router s0 ------ eth0 server
#   10.0.1.2     10.0.1.1        10.0.2.1      10.0.2.2
#   fd00:1::2   fd00:1::1        fd00:2::1    fd00:2::2
#
# and with `bed_make third` a host `third` behind t0 with 10.0.3.x and fd00:3::x.
# By hand, as root: tests/lib/testbed.bash shell
#
# A test file has one bed for all its tests (filebed.bash), or one for each (ownbed.bash).

BED_LIB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BED_REPO=$(cd "$BED_LIB/../.." && pwd)
XDPQ=${XDPQ:-${O:-$BED_REPO/.output}/xdpq}
BED_PINS=/run/xdpq

# Runs a command in the namespace of a host.
in_host() {
	local host=$1

	shift
	XDPQ_TEST_BED=$BED ip netns exec "$BED$host" "$@"
}

in_client() { in_host client "$@"; }
in_router() { in_host router "$@"; }
in_server() { in_host server "$@"; }
in_third() { in_host third "$@"; }

# xdpq in the router. The variable marks its pumps, so that ours are told from others'.
xdpq() {
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}router" "$@"
}

# bed_netns HOST [SYSCTL...]
bed_netns() {
	ip netns add "$BED$1"
	# An address is of use at once, not after a second of looking for duplicates.
	in_host "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.router_solicitations=0 "${@:2}"
	ip -n "$BED$1" link set lo up
	BED_HOSTS+=("$1")
}

# bed_link HOST NUMBER: the link between the router and a host.
bed_link() {
	local host=$1 net=$2 port=${1:0:1}0

	ip -n "${BED}router" link add "$port" type veth peer name eth0 netns "$BED$host"
	bed_end router "$port" "$net" 1
	bed_end "$host" eth0 "$net" 2
	ip -n "$BED$host" -batch - <<-END
		route add default via 10.0.$net.1
		route add default via fd00:$net::1
	END
}

# bed_end HOST DEV NET NUMBER: one end of a link.
bed_end() {
	ip -n "$BED$1" -batch - <<-END
		link set $2 up
		addr add 10.0.$3.$4/24 dev $2
		addr add fd00:$3::$4/64 dev $2 nodad
	END
	# Partial checksums stay within a host, and a veth takes redirects only if its peer has GRO,
	# which it notices only while it is up.
	in_host "$1" ethtool -K "$2" tx off gro on >/dev/null
}

# bed_make [third]
bed_make() {
	BED=xq$BASHPID
	BED_HOSTS=()
	BED_DIR=$(mktemp -d)
	export BED BED_DIR
	bed_netns client
	bed_netns router net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	bed_netns server
	bed_link client 1
	bed_link server 2
	if [ "${1:-}" = third ]; then
		bed_netns third
		bed_link third 3
	fi
	BED_COOKIE=$(in_router python3 -ES "$BED_LIB/cookie.py")
	export BED_COOKIE
}

# bed_end_process ID: asks it to end, then makes it.
bed_end_process() {
	kill "$1" 2>/dev/null || return 0
	wait_for 1 process_gone "$1" || kill -KILL "$1" 2>/dev/null || true
}

process_gone() {
	local state

	# What has ended and was not waited for is gone as well.
	state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || true
	[ -z "$state" ] || [ "$state" = Z ]
}

# Ids of the pumps and keepers that this bed's commands have started.
bed_pumps() {
	local comm dir

	grep -ls '^xdpq' /proc/[0-9]*/comm | while read -r comm; do
		dir=${comm%/comm}
		grep -qszx "XDPQ_TEST_BED=$BED" "$dir/environ" || continue
		process_gone "${dir#/proc/}" || echo "${dir#/proc/}"
	done
}

no_pumps() {
	[ -z "$(bed_pumps)" ]
}

bed_processes_end() {
	local host id

	for host in "${BED_HOSTS[@]}"; do
		for id in $(ip netns pids "$BED$host" 2>/dev/null); do
			bed_end_process "$id"
		done
	done
}

# Takes everything away, whatever state it is in.
bed_remove() {
	local host id

	[ -n "${BED_DIR:-}" ] || return 0
	bed_processes_end
	if [ -e "/run/netns/${BED}router" ]; then
		xdpq detach all timeout 0s >/dev/null 2>&1 || true
	fi
	for id in $(bed_pumps); do
		bed_end_process "$id"
	done
	for host in "${BED_HOSTS[@]}"; do
		ip netns del "$BED$host" 2>/dev/null || true
	done
	if [ -n "${BED_COOKIE:-}" ]; then
		rm -rf "${BED_PINS:?}/$BED_COOKIE"
	fi
	rm -rf "$BED_DIR"
	unset BED_DIR
}

# start NAME HOST COMMAND...: in the background, its output in $BED_DIR/NAME.
# Ended by bed_remove; wait for it with `finish NAME`, which may be in a subshell.
start() {
	local name=$1 host=$2

	shift 2
	rm -f "$BED_DIR/$name.status"
	{
		ip netns exec "$BED$host" "$@" >"$BED_DIR/$name" 2>&1 &
		echo "$!" >"$BED_DIR/$name.id"
		wait "$!"
		echo "$?" >"$BED_DIR/$name.status"
	} 3>&- &
	wait_for 5 test -s "$BED_DIR/$name.id"
}

# Waits until it has ended, prints what it has said, returns its status.
finish() {
	wait_for 60 test -s "$BED_DIR/$1.status"
	cat "$BED_DIR/$1"
	return "$(cat "$BED_DIR/$1.status")"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local until=$(($(date +%s%N) + $1 * 1000000000))

	shift
	until "$@"; do
		[ "$(date +%s%N)" -lt "$until" ] || return 1
		sleep 0.02
	done
}

# values PATH...: those of the JSON document on stdin, such as ports.0.ifname, one a line.
values() {
	python3 -ES "$BED_LIB/values.py" "$@"
}

# port DEV PATH...: what `show -j` says of one port, such as counters.packets.
port() {
	local dev=$1

	shift
	xdpq show -j "$dev" 2>/dev/null | values "${@/#/ports.0.}"
}

port_is() {
	[ "$(port "$1" "$2")" = "$3" ]
}

port_idle() {
	[ "$(port "$1" counters.qlen counters.in_driver.packets | tr '\n' ' ')" = "0 0 " ]
}

# Every port's counters add up, packets and bytes. Says which do not.
conserved() {
	local dev

	for dev in $(xdpq show -j 2>/dev/null | values 'ports.*.ifname'); do
		wait_for 5 port_idle "$dev" || echo "$dev does not come to rest"
	done
	xdpq show -j 2>/dev/null | python3 -ES "$BED_LIB/conserved.py"
}

# Names of the processes, pins and settings that an attach changes, to compare before and after.
bed_state() {
	local host

	ip -n "${BED}router" -d link show 2>/dev/null | sed -E 's/^[0-9]+: //; s/ (qlen|state) [^ ]+//g; s/,?LOWER_UP//'
	for host in "${BED_HOSTS[@]}"; do
		echo "$host"
		in_host "$host" ethtool -k '*'
	done
	echo "pins:"
	[ ! -e "$BED_PINS/$BED_COOKIE" ] || find "$BED_PINS/$BED_COOKIE"
	echo "pumps:"
	bed_pumps
}

bed_shell() {
	trap bed_remove EXIT
	bed_make third
	cat <<-END
	Hosts client, router, server and third; the router's interfaces are c0, s0 and t0.
	in_client COMMAND..., in_router ..., in_server ..., in_third ...; xdpq runs in the router.
	Try: xdpq attach s0 sched tbf rate 10mbit latency 20ms; in_client ping 10.0.2.2
	\`exit\` takes everything away.
	END
	export BED_LIB BED_PINS BED_REPO XDPQ
	export -f in_host in_client in_router in_server in_third xdpq values port wait_for conserved port_idle
	bash --norc -i
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	set -eu
	case ${1:-} in
	shell) bed_shell ;;
	*) echo "usage: $0 shell" >&2; exit 2 ;;
	esac
fi
