#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# JSON output is what docs/xdpq.schema.json says, in every state a port can be in.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

# as_said NAME COMMAND...: its output is one document that fits $defs/NAME.
as_said() {
	local name=$1

	shift
	xdpq "$@" >"$BED_DIR/document" 2>"$BED_DIR/said"
	python3 "$BED_LIB/schema.py" "$BED_REPO/docs/xdpq.schema.json" "$name" <"$BED_DIR/document"
}

# The keys of the whole document with their types, one a line.
shape() {
	python3 -c '
import json, sys
def walk(path, value):
    print(path, type(value).__name__)
    if isinstance(value, dict):
        for key in value:
            walk(f"{path}.{key}", value[key])
walk("", json.load(sys.stdin)["ports"][0])' <"$BED_DIR/document"
}

@test "version, sched list, sched show of every scheduler, features" {
	local sched

	as_said version version -j
	as_said version -V -j
	as_said sched_list sched -j
	as_said sched_list sched list -jp
	for sched in $(values 'schedulers.*.name' <"$BED_DIR/document"); do
		as_said sched_show sched show "$sched" -j
	done
	as_said features features -j
	as_said features features -j c0
	[ "$(values interface.ifname interface.kind interface.native_xdp <"$BED_DIR/document" | tr '\n' ' ')" = "c0 veth yes " ]
	as_said features features -j lo
	xdpq attach c0 sched fifo
	as_said features features -j c0
	[[ $(values interface.xdp_program <"$BED_DIR/document") = "xdpq_ingress (id "* ]]
}

@test "show without a port" {
	as_said show show -j
	[ "$(values 'ports.#' <"$BED_DIR/document")" = 0 ]
}

@test "show of fifo, tbf and none; with and without parameters; after traffic" {
	xdpq attach c0 sched none
	xdpq attach s0 sched fifo
	as_said show show -j
	xdpq detach s0
	xdpq attach s0 sched fifo limit 10 bytes 20k rate 1mbit overhead -14 linklayer atm
	pings 10.0.2.2
	send_udp 10.0.2.2 5000 100 1000 100000
	as_said show show -j
	as_said show show -jpsd s0
	xdpq detach s0
	xdpq attach s0 sched tbf rate 1mbit latency 50ms
	send_udp 10.0.2.2 5000 100 1000 100000
	as_said show show -j
}

@test "time in queue: 0 without a queue; the bars make up the sum; -s says it" {
	xdpq attach c0 sched none
	xdpq attach s0 sched fifo rate 1mbit
	as_said show show -j c0
	[ "$(values ports.0.sojourn <"$BED_DIR/document")" = '{"packets": 0, "p50_ns": 0, "p99_ns": 0, "max_ns": 0, "histogram": []}' ]
	send_udp 10.0.2.2 5000 20 1000 100000
	wait_for 5 port_is s0 counters.qlen 0
	as_said show show -j s0
	python3 -c '
import json, sys
port = json.load(sys.stdin)["ports"][0]
sojourn, bars = port["sojourn"], port["sojourn"]["histogram"]
uptos = [bar["upto_ns"] for bar in bars]
assert sum(bar["packets"] for bar in bars) == sojourn["packets"] == port["counters"]["packets"]
assert uptos == sorted(set(uptos)) and uptos[-1] == sojourn["max_ns"]
# 20 packets of 8 ms each: the last one waits behind the others.
assert sojourn["p50_ns"] <= sojourn["p99_ns"] <= sojourn["max_ns"] > 50e6' <"$BED_DIR/document"
	[[ $(xdpq show s0 -s) = *"    time in queue: p50 "*", p99 "*", max "* ]]
}

@test "show of a wire" {
	xdpq attach s0 sched fifo peer c0
	as_said show show -j
	[ "$(values 'ports.*.mode' <"$BED_DIR/document" | tr '\n' ' ')" = "wire wire " ]
}

@test "keys and types are the same whatever the state: idle, loaded, pump stopped, pump dead, link down" {
	local first

	xdpq attach s0 sched fifo rate 1mbit
	as_said show show -j s0
	first=$(shape)
	xdpq attach c0 sched none
	pings 10.0.2.2
	send_udp 10.0.2.2 5000 100 1000 100000
	as_said show show -j s0
	[ "$(shape)" = "$first" ]
	signal_pumps STOP
	as_said show show -j s0
	[ "$(shape)" = "$first" ]
	signal_pumps KILL
	wait_for 5 port_is s0 pump.running false
	as_said show show -j s0
	[ "$(shape)" = "$first" ]
	ip -n "${BED}router" link set s0 down
	as_said show show -j s0
	ip -n "${BED}router" link set s0 up
	[ "$(shape)" = "$first" ]
}

@test "a draining port" {
	xdpq attach c0 sched none
	xdpq attach s0 sched fifo rate 100kbit
	pings 10.0.2.2
	send_udp 10.0.2.2 5000 100 1000 100000
	xdpq detach s0 timeout 3s 2>/dev/null 3>&- &
	wait_for 2 port_is s0 state draining
	as_said show show -j s0
	wait "$!"
}

@test "names and files that need quotes" {
	cp "$(dirname "$XDPQ")/fifo.bpf.o" "$BED_DIR/a \"b\" \\ ö.o"
	xdpq attach s0 sched "$BED_DIR/a \"b\" \\ ö.o"
	as_said show show -j
	[ "$(values ports.0.sched <"$BED_DIR/document")" = "$BED_DIR/a \"b\" \\ ö.o" ]
}

@test "a file name that is no UTF-8 does not break the document" {
	cp "$(dirname "$XDPQ")/fifo.bpf.o" "$BED_DIR/"$'\xff\xfe.o'
	xdpq attach s0 sched "$BED_DIR/"$'\xff\xfe.o'
	as_said show show -j
	xdpq show s0
}

@test "a parameter's key in JSON is the one that sched show names" {
	local key

	xdpq attach s0 sched tbf rate 10mbit limit 10k
	for key in $(xdpq sched show -j tbf | values 'scheduler.parameters.*.key'); do
		port s0 "parameters.$key"
	done
	for key in $(xdpq sched show -j tbf | values 'scheduler.port_options.*.key'); do
		port s0 "port.$key"
	done
}

@test "the manual page has every key that does not come from a scheduler" {
	python3 - "$BED_REPO/docs/xdpq.schema.json" "$BED_REPO/man/xdpq.8" <<-'END'
	import json, re, sys
	parts = json.load(open(sys.argv[1]))["$defs"]
	words = set(re.findall(r"\w+", open(sys.argv[2]).read()))
	names = ("version", "sched_list", "sched_show", "field", "features", "kernel", "interface",
	         "show", "port", "drops", "sojourn", "counters", "tally")
	lacking = sorted({key for name in names for key in parts[name]["properties"]} - words)
	sys.exit(f"xdpq.8 lacks {lacking}" if lacking else 0)
	END
}

@test "the schema refuses what it should" {
	local wrong

	xdpq attach s0 sched fifo
	as_said show show -j
	for wrong in 'd["extra"] = 1' 'd["ports"][0]["extra"] = 1' 'del d["ports"][0]["drops"]["aqm"]' \
		'd["ports"][0]["ifindex"] = "2"' 'd["ports"][0]["counters"]["drops"] = -1' 'd["version"] = 2'; do
		run ! bash -c "python3 -c 'import json, sys
d = json.load(sys.stdin); $wrong; json.dump(d, sys.stdout)' <'$BED_DIR/document' |
			python3 '$BED_LIB/schema.py' '$BED_REPO/docs/xdpq.schema.json' show"
	done
}
