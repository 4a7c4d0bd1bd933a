#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Every parameter of every scheduler and port option: what is taken, what is refused and how.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

# Every parameter that takes one number: "SCHEDULER NAME UNIT MIN MAX BELOW ABOVE", the last two
# just beyond the range. Tables: tables.bats. Port options, the same for all schedulers, with one.
numeric_parameters() {
	local sched

	for sched in $(xdpq sched list -j | values 'schedulers.*.name'); do
		xdpq sched show -j "$sched"
	done | python3 -c '
import json, re, sys
from decimal import Decimal
FACTORS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "%": 10**7,
           "bit": 1, "kbit": 10**3, "mbit": 10**6, "gbit": 10**9, "tbit": 10**12}

def beyond(text, step):
    """Of the notation of tc, as many bits, bytes, packets, ns or ppb further."""
    number, unit = re.fullmatch("(-?[0-9.]+)([a-z%]*)", text).groups()
    value = Decimal(number) * FACTORS[unit] + step
    if value < 0 and Decimal(number) == 0:
        return "-1"
    if unit == "%":
        return format(value / FACTORS["%"], "f") + "%"
    return "%d%s" % (value, "bit" if unit.endswith("bit") else "ns" if unit.endswith("s") else "")

for line in sys.stdin:
    s = json.loads(line)["scheduler"]
    for p in s["parameters"] + (s["port_options"] if s["name"] == "fifo" else []):
        if p["kind"] != "choice" and not p["keyed_by"]:
            print(s["name"], p["name"], p["unit"], p["min"], p["max"], beyond(p["min"], -1), beyond(p["max"], 1))'
}

# needs SCHEDULER PARAMETER: sets `also`, what else the scheduler needs to be content.
needs() {
	case $1.$2 in
	tbf.rate) also="limit 100k" ;;
	tbf.limit | tbf.latency) also="rate 100mbit" ;;
	tbf.*) also="rate 100mbit limit 100k" ;;
	*) also= ;;
	esac
}

# Rows for check_refusals: what no parameter takes, some of it for each, all of it for one of each unit.
bad_numbers() {
	local sched name also value all=(nan inf infinity 0x10 1e3 1e+3 +5 "''" "' 5'" "'5 '" . 5. .5 - 5x '5,0'
		"'5 k'" 99999999999999999999999 99999999999999999999999k 18446744073709551616 NULL true ½ 5/2)

	while read -r sched name _; do
		local values=(nan 0x10 "''" 5x 99999999999999999999999)
		case $sched.$name in
		fifo.limit | fifo.bytes | fifo.rate | fifo.overhead | fifo.poll) values=("${all[@]}") ;;
		esac
		needs "$sched" "$name"
		for value in "${values[@]}"; do
			echo "2 | attach c0 sched $sched $name $value $also | $name: \""
		done
	done < <(numeric_parameters)
}

@test "the tables below are about all schedulers that have parameters" {
	[ "$(numeric_parameters | cut -d ' ' -f 1 | uniq)" = \
		"$(xdpq sched list -j | values 'schedulers.*.name' | grep -vx none)" ]
}

@test "no parameter takes what is no number" {
	bad_numbers >"$BED_DIR/table"
	[ "$(wc -l <"$BED_DIR/table")" -gt 150 ]
	check_refusals <"$BED_DIR/table"
}

@test "what looks like an option is none that there is" {
	check_refusals <<-'END'
		2 | attach c0 sched fifo limit -inf | "-inf"
		2 | attach c0 sched fifo limit --5  | "--5"
		2 | attach c0 sched fifo limit --   | "--"
		2 | attach c0 sched fifo rate -.5mbit | "-.5mbit"
	END
}

# Rows: one below the lowest and one above the highest value of every parameter.
out_of_range() {
	local sched name unit min max below above also text

	while read -r sched name unit min max below above; do
		needs "$sched" "$name"
		text="is out of range ($min..$max)"
		echo "2 | attach c0 sched $sched $name $above $also | $text"
		# Sizes alone know negative numbers.
		[ "$below" != -1 ] || [ "$unit" = bytes ] || text="is negative"
		echo "2 | attach c0 sched $sched $name $below $also | $text"
	done < <(numeric_parameters)
}

@test "out of range, by one, at both ends" {
	out_of_range >"$BED_DIR/table"
	check_refusals <"$BED_DIR/table"
}

# Rows: a unit that belongs to something else.
wrong_units() {
	local sched name unit value

	while read -r sched name unit _; do
		for value in 5ms 5k 5kbit 5 5% 5q 5kbps; do
			case $unit:$value in
			packets:5 | number:5 | percent:5% | bytes:5k | bytes:5 | time:5ms | rate:5kbit) ;;
			rate:5kbps) echo "2 | attach c0 sched $sched $name $value | bytes per second in tc" ;;
			rate:5%) echo "2 | attach c0 sched $sched $name $value | speed of the link is not known" ;;
			*) echo "2 | attach c0 sched $sched $name $value | $name: \"$value\"" ;;
			esac
		done
	done < <(numeric_parameters)
}

@test "another kind's unit, or none where there must be one" {
	wrong_units >"$BED_DIR/table"
	check_refusals <"$BED_DIR/table"
}

@test "the bytes-per-second family is refused, all of it" {
	local unit

	for unit in bps kbps mbps gbps tbps kibps Mbps KBPS; do
		echo "2 | attach c0 sched fifo rate 1$unit | has a unit that means bytes per second in tc"
		echo "2 | attach c0 sched tbf rate 1$unit limit 10k | has a unit that means bytes per second in tc"
		echo "2 | attach c0 sched fifo peakrate 1$unit | has a unit that means bytes per second in tc"
	done >"$BED_DIR/table"
	check_refusals <"$BED_DIR/table"
}

# Rows: every parameter given twice, also with the same value.
twice() {
	local sched name max

	while read -r sched name _ _ max _; do
		echo "2 | attach c0 sched $sched $name $max $name $max | $name: given twice"
		echo "2 | attach c0 sched $sched $name | $name: the value is missing"
	done < <(numeric_parameters)
}

@test "given twice, or without a value" {
	twice >"$BED_DIR/table"
	check_refusals <"$BED_DIR/table"
}

@test "unknown schedulers and parameters; the nearest is named" {
	check_refusals <<-'END'
		2 | attach c0 sched fif            | unknown scheduler "fif"; did you mean fifo?
		2 | attach c0 sched tfb            | unknown scheduler "tfb"; did you mean tbf?
		2 | attach c0 sched FIFO           | unknown scheduler "FIFO"
		2 | attach c0 sched cake           | unknown scheduler "cake"
		2 | attach c0 sched ''             | unknown scheduler
		2 | attach c0 sched fifo limt 5    | unknown parameter "limt"; did you mean limit?
		2 | attach c0 sched fifo ratte 5mbit | did you mean rate?
		2 | attach c0 sched fifo latency 5ms | unknown parameter "latency"
		2 | attach c0 sched fifo LIMIT 5   | unknown parameter "LIMIT"
		2 | attach c0 sched fifo '' 5      | unknown parameter ""
		2 | attach c0 sched fifo frobnicate 5 | unknown parameter "frobnicate"; `xdpq sched show fifo` names them
		2 | attach c0 sched none limit 5   | unknown parameter "limit": 
		2 | attach c0 sched none rate 5mbit | unknown parameter "rate": 
		2 | sched show fif                 | unknown scheduler "fif"; did you mean fifo?
		2 | sched show ''                  | unknown scheduler
	END
}

@test "choices: what is none of them is refused, and they are named" {
	check_refusals <<-'END'
		2 | attach c0 sched fifo linklayer token-ring | linklayer: "token-ring" is none of ethernet|atm|ptm
		2 | attach c0 sched fifo linklayer Ethernet   | is none of ethernet|atm|ptm
		2 | attach c0 sched fifo linklayer 1          | is none of
		2 | attach c0 sched fifo linklayer ''         | is none of
		2 | attach c0 sched fifo linklayer atm linklayer atm | linklayer: given twice
		2 | attach c0 sched fifo linklayer            | linklayer: the value is missing
		2 | attach c0 sched fifo drop middle          | drop: "middle" is none of tail|head
	END
}

@test "tbf: a rate, and exactly one of limit and latency" {
	check_refusals <<-'END'
		2 | attach c0 sched tbf                          | rate: is missing: tbf needs one, and limit or latency, such as rate 100mbit latency 50ms
		2 | attach c0 sched tbf limit 10k                | rate: is missing
		2 | attach c0 sched tbf latency 10ms             | rate: is missing
		2 | attach c0 sched tbf rate 10mbit              | give limit or latency
		2 | attach c0 sched tbf rate 10mbit limit 10k latency 10ms | limit: contradicts latency: give one of them
		2 | attach c0 sched tbf rate 0bit limit 10k      | rate: "0bit" is out of range
		2 | attach c0 sched tbf rate 999bit limit 10k    | rate: "999bit" is out of range
		2 | attach c0 sched tbf rate 1tbit latency 100s  | limit: would have to be
	END
}

@test "slots: too few for the limit, and not to be changed" {
	check_refusals <<-'END'
		2 | attach c0 sched fifo limit 100 slots 99  | slots: 99 are fewer than limit 100
		2 | attach c0 sched fifo slots 100           | fewer than limit 1000
		2 | attach c0 sched fifo slots 7             | slots: "7" is out of range
	END
	xdpq attach c0 sched fifo limit 100
	check_refusals <<-'END'
		2 | change c0 slots 200        | slots: fixes memory and cannot change on a running port
		2 | change c0 slots 100        | slots: fixes memory
		2 | change c0 limit 101        | xdpq replace can make more
	END
	[ "$(port c0 store.slots parameters.limit | tr '\n' ' ')" = "100 100 " ]
}

@test "change: the same refusals as attach" {
	xdpq attach c0 sched tbf rate 10mbit limit 10k
	check_refusals <<-'END'
		2 | change c0 limt 5               | unknown parameter "limt"; did you mean limit?
		2 | change c0 sched fifo           | sets parameters, not the scheduler: xdpq replace c0 sched NAME lets another take over
		2 | change c0 peer s0              | unknown parameter "peer"
		2 | change c0 limit                | limit: the value is missing
		2 | change c0 limit 5k limit 5k    | limit: given twice
		2 | change c0 limit 0              | limit: "0" is out of range
		2 | change c0 limit 2g             | limit: "2g" is out of range
		2 | change c0 limit nan            | limit: "nan" is not a size
		2 | change c0 latency 10ms         | limit: contradicts latency: give one of them, undo the other with limit auto or latency auto
		2 | change c0 latency 5            | latency: "5" is not a time: a unit is missing
		2 | change c0 rate auto            | rate: is missing
		2 | change c0 mpu auto mpu 0       | mpu: given twice
		2 | change c0 slots auto           | slots: fixes memory
		2 | change c0 limit auto           | give limit or latency
		2 | change c0 rate 5kbps           | bytes per second in tc
		2 | change c0 linklayer ''         | is none of
		2 | change c0 mpu 257              | mpu: "257" is out of range (0..256)
		2 | change c0 overhead -65         | overhead: "-65" is out of range (-64..256)
		2 | change c0 peakrate 9mbit       | peakrate: 9mbit is less than rate 10mbit
		2 | change c0 poll 2s              | poll: "2s" is out of range
		2 | change c0 burst 0              | burst: "0" is out of range
	END
	[ "$(port c0 parameters.limit_bytes port.rate_bit_per_s | tr '\n' ' ')" = "10240 10000000 " ]
	# From one to the other is one step, with `auto` for what shall go.
	xdpq change c0 limit auto latency 10ms
	[ "$(port c0 parameters.latency_ns)" = 10000000 ]
}

@test "completion of change: what this port can change, each once" {
	local offered

	xdpq attach c0 sched tbf rate 10mbit limit 10k
	offered=$(xdpq complete change c0 limit 5k "")
	[ "$(sort <<<"$offered" | uniq -d)" = "" ]
	[ "$(grep -xE 'latency|rate|slots|ecn|limit' <<<"$offered" | sort | tr '\n' ' ')" = "latency rate " ]
	[ "$(xdpq complete change c0 linklayer p)" = ptm ]
}

@test "auto is the default of every parameter, and as if not given" {
	local before

	xdpq attach c0 sched fifo
	before=$(xdpq show c0 -d | head -n 1)
	xdpq change c0 limit 7 bytes 20k rate 1mbit burst 5k peakrate 2mbit overhead 4 mpu 64 linklayer atm poll 1ms
	[ "$(xdpq show c0 | head -n 1)" != "$before" ]
	xdpq change c0 limit auto bytes auto rate auto burst auto peakrate auto overhead auto mpu auto linklayer auto poll auto
	[ "$(xdpq show c0 | head -n 1)" = "$before" ]
	xdpq attach s0 sched fifo limit auto mpu auto linklayer auto rate auto slots auto
	[ "$(xdpq show s0 | head -n 1)" = "s0${before#c0}" ]
}

@test "all errors of one command at once" {
	local said

	run xdpq attach c0 sched fifo limit 10q rate 5 frobnicate 3 mpu -1 linklayer x burst 1 burst 2 overhead
	[ "$status" = 2 ]
	for said in 'limit: "10q"' 'rate: "5"' '"frobnicate"' 'mpu: "-1"' 'linklayer: "x"' "burst: given twice" "overhead: the value is missing"; do
		[[ $output = *"$said"* ]]
	done
	[ "$(wc -l <<<"$output")" = 7 ]
}

@test "all errors at once: the interface and the parameters" {
	run xdpq attach c9 sched fifo limit 10q rate 5
	echo "$output"
	[[ $output = *"no such interface"* ]]
	[[ $output = *'limit: "10q"'* ]]
	[[ $output = *'rate: "5"'* ]]
}

@test "all errors at once: the peer and the parameters" {
	run xdpq attach c0 sched fifo limit 10q peer s9
	echo "$output"
	[[ $output = *"no such interface"* ]]
	[[ $output = *'limit: "10q"'* ]]
}

@test "all errors at once on change, too" {
	xdpq attach c0 sched fifo
	run xdpq change c0 limit 10q rate 5 slots 3
	[ "$status" = 2 ]
	[ "$(wc -l <<<"$output")" = 3 ]
}

@test "an error names command, interface, scheduler, parameter, value and what would be right" {
	run xdpq attach c0 sched fifo limit 10q
	[ "$output" = 'xdpq: attach c0: sched fifo: limit: "10q" is not a number of packets: write a whole number such as 1000 (1..1048576)' ]
}

# accepted VALUE...: pairs of what attach takes and what show -j then has.
accepted() {
	local name=$1 path=$2 pair given value

	shift 2
	xdpq attach c0 sched fifo 2>/dev/null
	for pair; do
		given=${pair%=*} value=${pair#*=}
		xdpq change c0 "$name" "$given"
		[ "$(port c0 "$path")" = "$value" ] || {
			echo "$name $given is $(port c0 "$path"), not $value"
			return 1
		}
	done
}

@test "rates are taken in all their notations" {
	accepted rate port.rate_bit_per_s 1kbit=1000 1500kbit=1500000 1.5mbit=1500000 1gbit=1000000000 1tbit=1000000000000 \
		2kibit=2048 1mibit=1048576 1gibit=1073741824 5000bit=5000 1MBIT=1000000 0.001gbit=1000000
}

@test "sizes are taken in all their notations" {
	accepted burst port.burst_bytes 1500=1500 2k=2048 1.5k=1536 1m=1048576 1g=1073741824 2kb=2048 2000b=2000 1M=1048576
}

@test "times are taken in all their notations" {
	accepted poll port.poll_ns 1ms=1000000 5us=5000 1s=1000000000 7ns=7 1.5ms=1500000 10usecs=10000 3msec=3000000 1sec=1000000000
}

@test "numbers of packets, and both ends of the range" {
	accepted limit parameters.limit 1=1 10=10 1000=1000 007=7
}

@test "what show prints can be typed again, and gives the same" {
	local line again args

	for args in "sched fifo" "sched fifo limit 77 bytes 100k drop head rate 1500kbit burst 3000 overhead -14 mpu 64 linklayer atm" \
		"sched tbf rate 12345678bit limit 70000" "sched tbf rate 10mbit latency 33ms peakrate 20mbit" "sched none" \
		"sched fifo rate 1mbit poll 123456ns slots 5000 linklayer ptm"; do
		# shellcheck disable=SC2086 # several words
		xdpq attach s0 $args 2>/dev/null
		line=$(xdpq show s0 | head -n 1)
		xdpq detach s0
		# shellcheck disable=SC2086 # several words
		xdpq attach s0 ${line#s0: }
		again=$(xdpq show s0 | head -n 1)
		xdpq detach s0
		[ "$line" = "$again" ]
	done
}

@test "what the ranges and defaults say can be typed" {
	local sched name min max

	while read -r sched name _ min max _; do
		[ "$name" != slots ] && [ "$name" != limit ] || continue
		[ "$sched" = fifo ] || continue
		xdpq attach c0 sched fifo limit 8 2>/dev/null
		xdpq change c0 "$name" "$min"
		xdpq change c0 "$name" "$max"
		xdpq detach c0
	done < <(numeric_parameters)
}
