#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Commands, options and exit codes.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

@test "help and version go to stdout with 0, wherever the option stands" {
	local words

	for words in help -h --help "help attach" "attach -h" "-h attach" "attach c0 -h" "attach c0 sched fifo -h"; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr xdpq $words
		[ "$status" = 0 ]
		# shellcheck disable=SC2154 # set by run
		[ -z "$stderr" ]
		[[ $output = *"usage: xdpq"* || $output = *"xdpq "* ]]
	done
	for words in version -V --version "show -V" "-V show" "attach c0 sched fifo -V"; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr xdpq $words
		[ "$status" = 0 ]
		[ -z "$stderr" ]
		[[ $output = "xdpq "*ABI* ]]
	done
	[ ! -e "$BED_PINS/$BED_COOKIE" ]
}

@test "help names every command, and has a page for each" {
	local command

	for command in attach change detach show sched features pump sim version help; do
		[[ $(xdpq help) = *"xdpq $command"* ]]
		[[ $(xdpq help "$command") = "usage: xdpq $command"* ]]
	done
}

@test "help of change says that parameters come in pairs, at least one" {
	[[ $(xdpq help change) = "usage: xdpq change DEV PARAM VALUE..."* ]]
}

@test "without a command: an error, which says where they are" {
	run --separate-stderr "$XDPQ"
	[ "$status" = 2 ]
	[ -z "$output" ]
	[ "$stderr" = "xdpq: the command is missing; \`xdpq help\` lists them" ]
}

@test "help without a namespace, a file system or a privilege" {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$XDPQ" help
	setpriv --reuid 65534 --regid 65534 --clear-groups "$XDPQ" version
	setpriv --reuid 65534 --regid 65534 --clear-groups "$XDPQ" sched list
	setpriv --reuid 65534 --regid 65534 --clear-groups "$XDPQ" sched show tbf
}

@test "unknown commands and options; the nearest is named" {
	check_refusals <<-'END'
		2 | atach c0 sched fifo   | unknown command "atach"; did you mean attach?
		2 | shwo                  | did you mean show?
		2 | detatch c0            | did you mean detach?
		2 | frobnicate            | unknown command "frobnicate"
		2 | ''                    | unknown command
		2 | help frobnicate       | unknown command "frobnicate"; `xdpq help` lists them
		2 | help attcah           | unknown command "attcah"; did you mean attach?
		2 | -x show               | unknown option "-x"
		2 | show -jx              | unknown option "-jx"
		2 | show --json           | unknown option "--json"
		2 | show -n               | -n: the name of a network namespace is missing
		1 | show -n no-such-netns | no network namespace "no-such-netns"
		1 | show -n ''            | no network namespace
		1 | show -n ../../etc     | no network namespace
		1 | show -n a/b           | no network namespace
	END
}

@test "what is missing is named" {
	check_refusals <<-'END'
		2 | -j                    | command is missing
		2 | attach                | interface is missing
		2 | attach c0             | scheduler is missing
		2 | attach c0 sched       | scheduler is missing
		2 | attach c0 fifo        | the word sched is missing before "fifo": xdpq attach c0 sched NAME
		2 | attach c0 sched fifo limit | limit: the value is missing
		2 | attach c0 sched fifo limit 5 rate | rate: the value is missing
		2 | attach c0 sched fifo peer | peer: the interface is missing
		2 | change                | interface is missing
		2 | change c0             | parameter is missing
		2 | detach                | interface is missing
		2 | detach c0 timeout     | timeout: the value is missing
		2 | pump                  | interface is missing
		2 | sched show            | name is missing
	END
}

@test "what is too much is named" {
	check_refusals <<-'END'
		2 | show c0 s0            | unexpected word "s0"
		2 | features c0 s0        | unexpected word "s0"
		2 | detach c0 s0          | "s0"
		2 | detach c0 timeout 1s s0 | unexpected word "s0"
		2 | detach all c0         | "c0"
		2 | pump c0 foreground    | unexpected word "foreground"
		2 | pump c0 background x  | unexpected word "x"
		2 | sched list fifo       | unexpected word "fifo"
		2 | sched show fifo tbf   | unexpected word "tbf"
		2 | sched frobnicate      | unknown word "frobnicate"
		2 | version 2             | unexpected word "2"
		2 | help attach detach    | unexpected word "detach"
	END
}

@test "no such interface: the nearest is named" {
	check_refusals <<-'END'
		1 | attach c1 sched fifo  | attach c1: no such interface; did you mean c0?
		1 | attach nothing9 sched fifo | no such interface
		1 | attach '' sched fifo  | no such interface
		1 | attach a-name-that-is-far-too-long sched fifo | no such interface
		1 | change c1 limit 5     | change c1: no such interface; did you mean c0?
		1 | detach c1             | detach c1: no such interface; did you mean c0?
		1 | show c1               | show c1: no such interface; did you mean c0?
		1 | pump c1               | no such interface; did you mean c0?
		1 | features c1           | no such interface; did you mean c0?
		1 | attach 'c0 ' sched fifo | no such interface
		1 | attach c0/ sched fifo | no such interface
	END
}

@test "control characters do not reach the terminal" {
	run xdpq attach $'c0\e[31m\n' sched fifo
	[ "$status" = 1 ]
	[[ $output = *'c0?[31m?'* ]]
	[[ $output != *$'\e'* ]]
}

@test "not a port: exit code 4" {
	check_refusals <<-'END'
		4 | change c0 limit 5     | change c0: is not a port; `xdpq show` lists those there are
		4 | detach c0             | detach c0: is not a port
		4 | detach c0 timeout 1s  | detach c0: is not a port
		4 | show c0               | show c0: is not a port
		4 | show -j c0            | show c0: is not a port
		4 | pump c0               | pump c0: is not a port
	END
}

@test "not a port while another is: exit code 4" {
	xdpq attach s0 sched fifo
	check_refusals <<-'END'
		4 | change c0 limit 5     | change c0: is not a port
		4 | detach c0             | detach c0: is not a port
		4 | show c0               | show c0: is not a port
		4 | pump c0               | pump c0: is not a port
	END
}

@test "nothing attached: show and detach all are content" {
	run --separate-stderr xdpq show
	[ "$status" = 0 ]
	[ -z "$output$stderr" ]
	run --separate-stderr xdpq detach all
	[ "$status" = 0 ]
	[ -z "$output$stderr" ]
}

@test "attach notes whose VLAN offload it switches off: a veth's peer's" {
	run --separate-stderr xdpq attach c0 sched fifo
	[ "$status" = 0 ]
	[[ $stderr = *"note: VLAN offload of its peer eth0 is switched off until detach"* ]]
}

@test "attach, change and detach say nothing on stdout" {
	[ -z "$(xdpq attach c0 sched fifo 2>/dev/null)" ]
	[ -z "$(xdpq change c0 limit 5 2>/dev/null)" ]
	[ -z "$(xdpq detach c0 2>/dev/null)" ]
}

@test "options stand anywhere, also joined" {
	local words

	xdpq attach c0 sched fifo
	for words in "-j show c0" "show -j c0" "show c0 -j" "show c0 -jp" "-p show -j c0" "-sdjp show c0"; do
		# shellcheck disable=SC2086 # several words
		[ "$(xdpq $words | values ports.0.ifname)" = c0 ]
	done
	[ "$("$XDPQ" show -j -n "${BED}router" | values ports.0.ifname)" = c0 ]
	[ "$("$XDPQ" show c0 -n "${BED}router" -j | values ports.0.ifname)" = c0 ]
	"$XDPQ" detach -n "${BED}router" c0
	run xdpq show c0
	[ "$status" = 4 ]
}

@test "a negative value is no option" {
	xdpq attach c0 sched fifo overhead -14
	[ "$(port c0 port.overhead_bytes)" = -14 ]
}

@test "-p indents, without it JSON is one line" {
	[ "$(xdpq show -j | wc -l)" = 1 ]
	[ "$(xdpq show -jp | wc -l)" -gt 1 ]
}

@test "-s and -d add lines" {
	xdpq attach c0 sched fifo
	[[ $(xdpq show) != *"cut through"* ]]
	[[ $(xdpq show -s) = *"cut through"* ]]
	[[ $(xdpq show -d) = *"attached as: sched fifo"* ]]
	[[ $(xdpq show -d) = *"pump "[1-9]* ]]
}

@test "detach timeout: what it takes" {
	xdpq attach c0 sched fifo
	check_refusals <<-'END'
		2 | detach c0 timeout 5    | is missing
		2 | detach c0 timeout -1s  | is negative
		2 | detach c0 timeout 61s  | out of range
		2 | detach c0 timeout soon | is not a time
		2 | detach c0 timeout ''   | is empty
		2 | detach c0 waiting 5s   | unknown parameter "waiting"
		2 | detach all timeout 5   | is missing
	END
	xdpq detach c0 timeout 60s
}

@test "output that cannot be written is an error" {
	xdpq attach c0 sched fifo
	run bash -c "'$XDPQ' -n '${BED}router' show -j >/dev/full"
	[ "$status" = 1 ]
	run bash -c "'$XDPQ' -n '${BED}router' show >/dev/full"
	[ "$status" = 1 ]
	run bash -c "'$XDPQ' help >/dev/full"
	[ "$status" = 1 ]
}
