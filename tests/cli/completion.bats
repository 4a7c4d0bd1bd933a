#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# bash completion, with the tool that feeds it.

setup() {
	load ../lib/testbed.bash
	# shellcheck source=completions/xdpq
	source "$BED_REPO/completions/xdpq"
}

# complete WORD...: what is offered in place of the last word, sorted, on one line.
complete_words() {
	COMP_WORDS=("$XDPQ" "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_xdpq "$XDPQ" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
	printf '%s\n' "${COMPREPLY[@]}" | sort -u | xargs
}

# offers EXPECTED WORD...: exactly these.
offers() {
	local expected=$1 got

	shift
	got=$(complete_words "$@")
	[ "$got" = "$expected" ] || {
		echo "xdpq $*: offered \"$got\", not \"$expected\""
		return 1
	}
}

# names SCHEDULER SET...: what is in these sets (parameters, port_options, counters), one a line.
names() {
	"$XDPQ" sched show "$1" -j | python3 -c '
import json, sys
s = json.load(sys.stdin)["scheduler"]
print(*(f["name"] for key in sys.argv[1:] for f in s[key]), sep="\n")' "${@:2}"
}

links() {
	python3 -c 'import socket; print(*(n for _, n in socket.if_nameindex()), sep="\n")'
}

sorted() {
	sort -u | xargs
}

@test "the function is registered for xdpq" {
	run complete -p xdpq
	[ "$output" = "complete -F _xdpq xdpq" ]
}

@test "commands, all that help lists and no others" {
	offers "$("$XDPQ" help | sed -n 's/^  xdpq \([a-z]*\).*/\1/p' | sorted)" ""
	offers attach att
	offers "" nonsense
}

@test "commands after help" {
	offers "$(complete_words "")" help ""
}

@test "interfaces of this namespace" {
	offers "$(links | sorted)" attach ""
	offers lo attach lo
	offers lo show lo
	offers lo features lo
	offers lo change lo
	offers lo replace lo
	offers lo pump lo
	offers "$({ links; echo all; } | sorted)" detach ""
}

@test "schedulers, as sched list names them" {
	local all

	all=$("$XDPQ" sched list | sed 's/ .*//' | sorted)
	offers sched attach lo ""
	offers "$all" attach lo sched ""
	offers "$all" sched show ""
	offers fifo attach lo sched fif
}

@test "parameters and port options, each once" {
	local all

	all=$(names fifo parameters port_options)
	offers "$({ echo "$all"; echo peer; } | sorted)" attach lo sched fifo ""
	offers "$({ echo "$all" | sed '/^limit$/d'; echo peer; } | sorted)" attach lo sched fifo limit 5 ""
	offers peer attach lo sched none ""
	offers timeout replace lo sched none ""
	offers "$({ echo "$all"; echo timeout; } | sorted)" replace lo sched fifo ""
	offers latency attach lo sched tbf lat
	offers latency change lo laten
}

@test "the words of a choice, and a default" {
	offers "$(names_of_choice linklayer)" attach lo sched fifo linklayer ""
	offers atm attach lo sched fifo linklayer a
	offers atm change lo linklayer a
	offers 1000 attach lo sched fifo limit ""
	offers auto attach lo sched fifo rate ""
	offers background pump lo ""
}

names_of_choice() {
	"$XDPQ" sched show fifo | sed -n "s/^  $1 { \(.*\) } .*/\1/p" | tr '|' '\n' | sorted
}

@test "a scheduler in a file" {
	cp "${O:-$BED_REPO/.output}/fifo.bpf.o" "$BATS_TEST_TMPDIR/mine.bpf.o"
	cd "$BATS_TEST_TMPDIR"
	offers ./mine.bpf.o attach lo sched ./mi
	offers limit attach lo sched ./mine.bpf.o lim
}

# Words as bash has them: split at "=" and ":".
@test "parameters behind a table, and the rest of a table" {
	cp "${O:-$BED_REPO/.output}/tests/tables.bpf.o" "$BATS_TEST_TMPDIR/t.o"
	cd "$BATS_TEST_TMPDIR"
	offers limit attach lo sched ./t.o priomap EF = 0,default = 1 lim
	offers limit attach lo sched ./t.o weights 2001 : db8 :: /32 = 5 lim
	offers "" attach lo sched ./t.o priomap EF = 0,default = 1 priom
	offers default=5ms attach lo sched ./t.o waits ""
	offers 5ms attach lo sched ./t.o waits default =
	offers 5ms attach lo sched ./t.o waits default = 5
	offers 0,CS6-CS7=0,default=1 attach lo sched ./t.o priomap EF = 0,C
	offers 0,default=1 attach lo sched ./t.o priomap EF = 0,CS6-CS7 = 0
	offers "" attach lo sched ./t.o priomap CS1 =
	offers auto attach lo sched ./t.o weights ""
	COMP_LINE="xdpq attach lo sched ./t.o priomap EF= " COMP_POINT=39
	offers "$({ names ./t.o parameters port_options | sed /^priomap$/d; echo peer; } | sorted)" attach lo sched ./t.o priomap EF = ""
}

@test "peer takes an interface" {
	offers peer attach lo sched none pee
	offers lo attach lo sched none peer lo
	offers lo attach lo sched fifo limit 5 peer lo
}

@test "sim takes what attach does, and mtu" {
	offers sched sim ""
	offers fifo sim sched fif
	offers "$({ names fifo parameters port_options; echo mtu; } | sorted)" sim sched fifo ""
	offers mtu sim sched fifo limit 5 mt
	offers "" sim sched fifo mtu ""
	offers rate sim sched fifo --plot out.svg ra
	offers "" sim sched fifo --plot ra
}

@test "timeout of detach, words of sched" {
	offers timeout detach all ""
	offers "list show" sched ""
	offers "" sched list ""
}

@test "options, which take no place among the words" {
	offers "--plot -V -d -h -j -n -p -s" -
	offers "--plot -V -d -h -j -n -p -s" show -
	offers show -j sho
	offers sched attach -j lo ""
	offers fifo -s attach lo sched fif
}

@test "words after -n NETNS" {
	offers show -n nowhere sho
	offers sched -n nowhere attach lo ""
	offers sched attach lo -n nowhere ""
}

@test "network namespaces after -n, and their interfaces" {
	local ns=xdpq-completion-$$

	[ "$(id -u)" = 0 ] || skip "needs root"
	ip netns add "$ns"
	run offers "$ns" -n "$ns"
	result=$status
	ip -n "$ns" link add here type veth peer name there
	run offers here -n "$ns" attach he
	ip netns del "$ns"
	[ "$result" -eq 0 ] && [ "$status" -eq 0 ]
}

@test "nothing is offered, and nothing said, where the tool cannot run" {
	XDPQ=/nonexistent/xdpq
	run complete_words show ""
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}
