# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Traffic through a bed (testbed.bash), and what has become of it.

# receiver NAME HOST PORT [IDLE]: gathers numbered packets until none has come for IDLE seconds.
receiver() {
	start "$1" "$2" python3 -ES "$BED_LIB/udp.py" receive "$3" "${4:-0.5}"
	wait_for 10 grep -q ready "$BED_DIR/$1"
}

# Waits for the receiver's end, prints these keys of its report, one a line.
received() {
	local name=$1

	shift
	finish "$name" >"$BED_DIR/$name.report"
	tail -n 1 "$BED_DIR/$name.report" | values "$@"
}

# send_udp ADDRESS PORT COUNT SIZE[,SIZE...] RATE [DSCP]: from the client, RATE packets a second.
send_udp() {
	in_client python3 -ES "$BED_LIB/udp.py" send "$@"
}

# The same in the background; end it with `finish NAME`.
start_udp() {
	local name=$1

	shift
	start "$name" client python3 -ES "$BED_LIB/udp.py" send "$@"
}

# All COUNT packets have come to the receiver, each once, in order.
all_came() {
	local report

	report=$(finish "$1")
	[[ $report = *'{"received": '$2', "lost": 0, "reordered": 0, "repeated": 0, '* ]] || {
		echo "$1: $report, not $2 received in order"
		return 1
	}
}

# listener NAME HOST DEV COUNT SECONDS [HEX]: gathers raw frames, those that hold these bytes.
listener() {
	local name=$1 host=$2

	shift 2
	start "$name" "$host" python3 -ES "$BED_LIB/frames.py" receive "$@"
	wait_for 10 grep -q ready "$BED_DIR/$name"
}

# The frames that a listener has, when it has ended.
frames() {
	finish "$1" | sed 1d
}

# Sends the frames on stdin from a host's device.
send_frames() {
	in_host "$1" python3 -ES "$BED_LIB/frames.py" send "$2"
}

# mac HOST DEV: twelve hex digits.
mac() {
	in_host "$1" cat "/sys/class/net/$2/address" | tr -d :
}

iperf_listens() {
	in_server ss -Hltn 'sport = :5201' | grep -q .
}

# iperf ADDRESS [OPTION...]: from the client to the server; prints its JSON report.
iperf() {
	start iperf server iperf3 -s -1
	wait_for 5 iperf_listens
	in_client timeout 60 iperf3 -J -c "$@"
	finish iperf >/dev/null
}

# pings ADDRESS: three, all answered.
pings() {
	in_client ping -c 3 -i 0.05 -W 2 "$1" >"$BED_DIR/pings" 2>&1 || true
	grep -q '3 received' "$BED_DIR/pings" || {
		cat "$BED_DIR/pings"
		return 1
	}
}
