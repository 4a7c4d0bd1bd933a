#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# xdpq replace under load: nothing is lost that is not counted, nothing is reordered,
# whoever follows whom; and a command that is killed leaves a port that forwards.

bats_require_minimum_version 1.5.0

load ../lib/ownbed.bash

# What a scheduler has to be given, a rate that is overloaded, and a queue that drains soon.
words() {
	case $1 in
	none) echo none ;;
	tbf) echo tbf rate 20mbit latency 20ms ;;
	netem) echo netem rate 20mbit delay 5ms ;;
	*)
		echo "$1" rate 20mbit
		! "$XDPQ" sched show "$1" | grep -q '^  limit packets' || echo limit 100
		;;
	esac
}

# Every scheduler to every other and to itself: a walk, one name a line.
walk() {
	local names=("$@") i j

	for ((i = 0; i < ${#names[@]}; i++)); do
		echo "${names[i]}"
		for ((j = i + 1; j < ${#names[@]}; j++)); do
			printf '%s\n' "${names[j]}" "${names[i]}"
		done
	done
}

sched_names() {
	"$XDPQ" sched list | sed 's/ .*//'
	echo "${O:-$BED_REPO/.output}/tests/delay.bpf.o"
}

# What is left of an unfinished succession.
heirs() {
	find "$BED_PINS/$BED_COOKIE" -maxdepth 1 -name '*-heir' | wc -l
}

@test "every scheduler follows every other under load: all accounted for, in order" {
	local name names before came dropped reordered repeated received last end=$((SECONDS + 240))

	# Another order each time: a slow machine does not come to the end of the walk.
	mapfile -t names < <(sched_names | shuf)
	echo "the order is ${names[*]}"
	xdpq attach c0 sched none
	xdpq attach s0 sched none
	pings 10.0.2.2
	before=$(port s0 counters.received.packets)
	receiver r server 5000 4
	# More than fits through, so that there is always a queue.
	start_udp load 10.0.2.2 5000 500000 1000 2600
	while read -r name && [ "$SECONDS" -lt "$end" ]; do
		# shellcheck disable=SC2046
		xdpq replace s0 sched $(words "$name") timeout 20s
		last=$name
	done < <(walk "${names[@]}")
	[ "$(port s0 sched)" = "$last" ]
	bed_end_process "$(cat "$BED_DIR/load.id")"
	conserved
	read -r received reordered repeated <<<"$(received r received reordered repeated | tr '\n' ' ')"
	read -r came dropped <<<"$(port s0 counters.received.packets counters.drops | tr '\n' ' ')"
	echo "came $came, dropped $dropped, received $received, reordered $reordered, repeated $repeated"
	[ "$((received + dropped))" = "$((came - before))" ]
	[ "$reordered $repeated" = "0 0" ]
	[ "$dropped" -gt 0 ]
	[ "$(heirs)" = 0 ]
	pings 10.0.2.2
}

@test "a TCP transfer that does not fill the link loses nothing, and the pump goes on" {
	local name

	xdpq attach c0 sched none
	xdpq attach s0 sched fifo rate 50mbit
	start tcp-server server iperf3 -s -1
	wait_for 5 iperf_listens
	start tcp client timeout 60 iperf3 -c 10.0.2.2 -b 10M -n 4M
	for name in "tbf latency 100ms" fifo "fifo rate 40mbit limit 500" "tbf latency 50ms"; do
		# shellcheck disable=SC2086
		xdpq replace s0 sched $name
		port_is s0 pump.running true
	done
	finish tcp
	conserved
	[ "$(port s0 counters.drops)" = 0 ]
}

# run_killed SECONDS COMMAND...: kills the command with SIGKILL after that time.
run_killed() {
	local seconds=$1 pid

	shift
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}router" "$@" >/dev/null 2>&1 3>&- &
	pid=$!
	sleep "$seconds"
	kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

@test "killed at any moment: the port forwards, the next command goes on from there" {
	local before i sched=fifo

	before=$(bed_state)
	xdpq attach c0 sched none
	xdpq attach s0 sched fifo
	for i in {1..12}; do
		case $((i % 3)) in
		0) sched=none ;;
		1) sched="tbf rate 100mbit latency 20ms" ;;
		2) sched="fifo limit 50" ;;
		esac
		# shellcheck disable=SC2086
		run_killed "0.$((RANDOM % 5))$((RANDOM % 10))" replace s0 sched $sched
		pings 10.0.2.2
		[ "$((i % 4))" != 0 ] || xdpq replace s0 sched none
	done
	xdpq replace s0 sched fifo limit 77
	[ "$(heirs)" = 0 ]
	[ "$(port s0 sched parameters.limit heir pump.running | tr '\n' ' ')" = "fifo 77  true " ]
	pings 10.0.2.2
	conserved
	run_killed 0.15 replace s0 sched none
	xdpq detach all
	diff <(echo "$before") <(bed_state)
}

@test "an old queue that takes long drains by itself; show names the heir; detach need not wait" {
	local before

	before=$(bed_state)
	xdpq attach c0 sched none
	xdpq attach s0 sched fifo rate 600kbit
	pings 10.0.2.2
	receiver r server 5000 3
	# 4 seconds of the link.
	send_udp 10.0.2.2 5000 300 1000 5000
	xdpq replace s0 sched fifo rate 10mbit limit 50 timeout 0s 2>"$BED_DIR/said"
	run ! xdpq replace s0 sched none timeout 0s
	[[ $(xdpq show s0) = "s0: sched fifo limit 1000 rate 600kbit"*" (fifo follows)"* ]]
	grep -q 'note: the old queue still holds packets' "$BED_DIR/said"
	send_udp 10.0.2.2 5000 10 1000 5000
	conserved_at_last
	[ "$(received r received)" = 310 ]
	xdpq change s0 limit 40
	[ "$(port s0 heir parameters.limit port.rate_bit_per_s | tr '\n' ' ')" = " 40 10000000 " ]
	xdpq replace s0 sched fifo rate 100kbit
	send_udp 10.0.2.2 5000 200 1000 5000
	xdpq replace s0 sched tbf latency 1s timeout 0s 2>/dev/null
	xdpq detach all timeout 0s 2>/dev/null
	diff <(echo "$before") <(bed_state)
}

# The queue is empty, and the counters add up.
conserved_at_last() {
	wait_for 20 port_is s0 counters.qlen 0
	conserved
}

# until_time SECONDS COMMAND...: again and again, whatever comes of it.
until_time() {
	local end=$((SECONDS + $1))

	shift
	while [ "$SECONDS" -lt "$end" ]; do
		"$@" >/dev/null 2>&1 || true
	done
}

replace_both_ways() {
	xdpq replace s0 sched none timeout 1s
	xdpq replace s0 sched fifo timeout 1s
}

# lock_and_stop DIR PID: as soon as the port's lock is to be had, stops the command that had it.
lock_and_stop() {
	timeout 60 python3 -ES - "$@" <<-'END'
	import fcntl, os, signal, sys, time

	path, pid = sys.argv[1], int(sys.argv[2])
	while True:
	    fd = os.open(path, os.O_RDONLY)
	    try:
	        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
	        if os.path.samestat(os.fstat(fd), os.stat(path)):
	            os.kill(pid, signal.SIGSTOP)
	            break
	    except BlockingIOError:
	        pass
	    os.close(fd)
	    time.sleep(0.001)
	END
}

@test "the port's lock is held until its scheduler has been replaced" {
	local dir pid seen

	xdpq attach c0 sched none
	xdpq attach s0 sched fifo rate 100kbit
	dir=$BED_PINS/$BED_COOKIE/$(port s0 ifindex)
	pings 10.0.2.2
	# Five seconds of the link.
	send_udp 10.0.2.2 5000 60 1000 5000
	XDPQ_TEST_BED=$BED "$XDPQ" -n "${BED}router" replace s0 sched none timeout 20s 3>&- &
	pid=$!
	wait_for 10 test -d "$dir-heir"
	lock_and_stop "$dir" "$pid" || true
	seen=$(timeout 5 "$XDPQ" -n "${BED}router" -j show s0 | values ports.0.sched ports.0.heir |
		tr '\n' ' ')
	kill -CONT "$pid" 2>/dev/null || true
	wait "$pid"
	echo "seen: $seen"
	[ "$seen" = "none  " ]
}

@test "attach, replace, change, detach and show at the same time: none waits for ever" {
	local before jobs=() job

	before=$(bed_state)
	xdpq attach c0 sched none
	until_time 5 xdpq attach s0 sched fifo 3>&- & jobs+=($!)
	until_time 5 replace_both_ways 3>&- & jobs+=($!)
	until_time 5 xdpq replace s0 sched fifo limit 10 3>&- & jobs+=($!)
	until_time 5 xdpq change s0 limit 20 3>&- & jobs+=($!)
	until_time 5 xdpq detach s0 3>&- & jobs+=($!)
	until_time 5 xdpq show 3>&- & jobs+=($!)
	for job in "${jobs[@]}"; do
		wait_for 40 process_gone "$job"
	done
	xdpq detach all
	wait_for 5 no_pumps
	diff <(echo "$before") <(bed_state)
}
