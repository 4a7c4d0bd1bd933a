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

# bed_netns HOST...: namespaces, still empty.
bed_netns() {
	local add

	printf -v add 'netns add %s\n' "${@/#/$BED}"
	ip -batch - <<<"$add"
	BED_HOSTS+=("$@")
}

# bed_settings HOST [SYSCTL...]
bed_settings() {
	# An address is of use at once, not after a second of looking for duplicates.
	in_host "$1" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.router_solicitations=0 "${@:2}"
}

# bed_link HOST NUMBER [OPTION...]: the link between the router and a host, the port with these
# options of `ip link add`.
bed_link() {
	local host=$1 net=$2 port=${1:0:1}0

	bed_batch router <<-END
		link set lo up
		link add $port ${*:3} type veth peer name eth0 netns $BED$host
		$(bed_end "$port" "$net" 1)
	END
	bed_batch "$host" <<-END
		link set lo up
		$(bed_end eth0 "$net" 2)
		route add default via 10.0.$net.1
		route add default via fd00:$net::1
	END
	bed_offloads router "$port"
	bed_offloads "$host" eth0
}

# bed_batch HOST: commands of ip on stdin, one a line.
bed_batch() {
	ip -n "$BED$1" -batch -
}

# bed_end DEV NET NUMBER: the commands for one end of a link.
bed_end() {
	printf '%s\n' "link set $1 up" "addr add 10.0.$2.$3/24 dev $1" \
		"addr add fd00:$2::$3/64 dev $1 nodad"
}

# bed_offloads HOST DEV
bed_offloads() {
	# Partial checksums stay within a host, and a veth takes redirects only if its peer has GRO,
	# which it notices only while it is up.
	in_host "$1" ethtool -K "$2" tx off gro on >/dev/null
}

# bed_make [third]
bed_make() {
	local hosts=(client server "$@") i

	BED=xq$BASHPID
	BED_HOSTS=()
	BED_DIR=$(mktemp -d)
	export BED BED_DIR
	mkfifo "$BED_DIR/never"
	bed_netns router "${hosts[@]}"
	bed_settings router net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	for i in "${!hosts[@]}"; do
		bed_settings "${hosts[i]}"
		bed_link "${hosts[i]}" $((i + 1))
	done
	BED_COOKIE=$(in_router python3 -ES "$BED_LIB/cookie.py")
	export BED_COOKIE
}

# bed_end_process ID: asks it to end, then makes it.
bed_end_process() {
	kill "$1" 2>/dev/null || return 0
	wait_for 1 process_gone "$1" || kill -KILL "$1" 2>/dev/null || true
}

process_gone() {
	local stat

	# What has ended and was not waited for is gone as well.
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	[[ ${stat##*) } = Z* ]]
}

# Ids of the pumps and keepers that this bed's commands have started.
bed_pumps() {
	local dir name

	grep -lszx "XDPQ_TEST_BED=$BED" /proc/[0-9]*/environ | while read -r dir; do
		dir=${dir%/environ}
		{ read -r name <"$dir/comm"; } 2>/dev/null || continue
		[[ $name != xdpq* ]] || echo "${dir#/proc/}"
	done
}

# signal_pumps SIGNAL: to all of them.
signal_pumps() {
	bed_pumps | xargs kill "-$1"
}

no_pumps() {
	[ -z "$(bed_pumps)" ]
}

# bed_netns_all COMMAND: `ip netns COMMAND` of every host.
bed_netns_all() {
	local commands

	printf -v commands "netns $1 %s\n" "${BED_HOSTS[@]/#/$BED}"
	ip -force -batch - <<<"$commands" 2>/dev/null || true
}

bed_processes_end() {
	local id

	for id in $(bed_netns_all pids); do
		bed_end_process "$id"
	done
}

# Takes everything away, whatever state it is in.
bed_remove() {
	local id

	[ -n "${BED_DIR:-}" ] || return 0
	bed_processes_end
	if [ -e "/run/netns/${BED}router" ]; then
		xdpq detach all timeout 0s >/dev/null 2>&1 || true
	fi
	for id in $(bed_pumps); do
		bed_end_process "$id"
	done
	bed_netns_all del
	rm -rf "${BED_PINS:?}/${BED_COOKIE:-none}" "$BED_DIR"
	unset BED_DIR
}

# start NAME HOST COMMAND...: in the background, its output in $BED_DIR/NAME.
# Ended by bed_remove; wait for it with `finish NAME`, which may be in a subshell.
start() {
	local name=$1 host=$2

	shift 2
	: >"$BED_DIR/$name.id"
	: >"$BED_DIR/$name.status"
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
	local status

	wait_for 60 test -s "$BED_DIR/$1.status"
	cat "$BED_DIR/$1"
	read -r status <"$BED_DIR/$1.status"
	return "$status"
}

# now_us VARIABLE: the time.
now_us() {
	printf -v "$1" %s "${EPOCHREALTIME/[.,]/}"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local now until

	now_us until
	until=$((until + $1 * 1000000))
	shift
	until "$@"; do
		now_us now
		[ "$now" -lt "$until" ] || return 1
		nap 0.02
	done
}

# nap SECONDS: a sleep that takes no process.
nap() {
	read -rt "$1" <>"$BED_DIR/never" || true
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

# Every port comes to rest, and its counters add up, packets and bytes. Says which do not.
conserved() {
	wait_for 5 conserved_now || {
		cat "$BED_DIR/conserved"
		return 1
	}
}

conserved_now() {
	xdpq show -j 2>/dev/null | python3 -ES "$BED_LIB/conserved.py" 2>"$BED_DIR/conserved"
}

# Names of the processes, pins and settings that an attach changes, to compare before and after.
bed_state() {
	local host

	ip -n "${BED}router" -d link show 2>/dev/null |
		sed -E 's/^[0-9]+: //; s/ (qlen|state) [^ ]+//g; s/,?LOWER_UP//'
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
	export -f in_host in_client in_router in_server in_third xdpq values port
	export -f wait_for now_us nap conserved conserved_now
	bash --norc -i
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	set -eu
	case ${1:-} in
	shell) bed_shell ;;
	*) echo "usage: $0 shell" >&2; exit 2 ;;
	esac
fi
