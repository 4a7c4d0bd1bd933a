#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# `xdpq sim`: words, captures, output, plot, and traces that are wrong. What schedulers do stands in
# tests/traces.

bats_require_minimum_version 1.5.0

setup() {
	load ../lib/cli.bash
	BED_DIR=$BATS_TEST_TMPDIR
	REPO=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	LIB=$REPO/tests/lib
	XDPQ=${XDPQ:-${O:-$REPO/.output}/xdpq}
	OBJECTS=$(dirname "$XDPQ")/tests
	cd "$BED_DIR" || return
	printf '0 a 100\n0 a 100\n1ms b 100\n' >trace
}

xdpq() {
	"$XDPQ" "$@"
}

capture() {
	python3 "$LIB/capture.py" "$@"
}

# summary KEY...: these values of the summary of `sim -js sched WORDS...`, with words in $words.
summary() {
	# shellcheck disable=SC2086 # several words
	xdpq sim -js sched $words | python3 "$LIB/values.py" "${@/#/summary.}" | xargs
}

@test "words that are missing or wrong" {
	check_table <<-'END'
		2 | sim                                      | the scheduler is missing
		2 | sim trace                                | the scheduler is missing
		2 | sim fifo trace                           | the scheduler is missing
		2 | sim sched                                | the scheduler is missing
		2 | sim sched fifo                           | sim: sched fifo: the trace, which is the last word
		2 | sim sched fifo limit 10                  | or a parameter's value is missing
		2 | sim sched fito trace                     | unknown scheduler "fito"; did you mean fifo?
		2 | sim sched none trace                     | sim: sched none: has no queue, so there is nothing to simulate
		2 | sim sched fifo limit 0 trace             | limit: "0" is out of range
		2 | sim sched fifo limit 1 limit 2 trace     | limit: given twice
		2 | sim sched fifo slots 10 limit 20 trace   | slots: 10 are fewer than limit 20
		2 | sim sched fifo rate 50% trace            | rate: "50%"
		2 | sim sched tbf rate 1mbit trace           | limit: is missing: give limit or latency
		2 | sim sched fifo mtu 67 trace              | mtu: "67" is out of range (68..3386)
		2 | sim sched fifo mtu 3387 trace            | mtu: "3387" is out of range
		2 | sim sched fifo mtu 1q trace              | mtu: "1q"
		2 | sim sched fifo mtu 1500 mtu 1500 trace   | mtu: given twice
		2 | sim -jp sched fifo trace                 | -p: each packet's JSON is one line
		1 | sim sched fifo nowhere                   | the trace nowhere: No such file
		1 | sim sched fifo .                         | the trace .: Is a directory
		2 | sim sched fifo trace --plot              | --plot: the file to draw to is missing
		1 | sim sched fifo trace --plot no/where.svg | --plot: writing no/where.svg: No such file
		2 | show --plot x.svg                        | --plot: only `xdpq sim` draws
		0 | sim sched fifo mtu 3386 trace            | Jain's index of 2 flows
		0 | help sim                                 | usage: xdpq sim sched NAME
	END
}

@test "all errors of a call at once" {
	echo "0 a" >bad
	run -2 xdpq sim sched fifo limit x bytes y mtu z bad
	[ "${#lines[@]}" = 4 ]
}

@test "lines of a text trace that are wrong: file, line, what, and what would be right" {
	check() {
		printf '0 good 100\n%s\n' "$1" >bad
		run -1 --separate-stderr xdpq sim sched fifo bad
		# shellcheck disable=SC2154 # set by run
		echo "$1: $stderr"
		[ -z "$output" ]
		[[ $stderr = "xdpq: sim: sched fifo: bad:2: "*"$2"* ]]
	}
	check "x a 100" 'TIME: "x" is not a time'
	check "5 a 100" 'TIME: "5" '
	check "+ a 100" 'TIME: "+" is not a time'
	check "-1ms a 100" 'TIME: "-1ms"'
	check "99999999999s a 100" 'TIME: "99999999999s"'
	check "5ms" "FLOW is missing; a line is TIME [repeat N every STEP] FLOW LENGTH"
	check "5ms a" "LENGTH is missing"
	check "5ms a 10q" 'LENGTH: "10q"'
	check "5ms a 41" "LENGTH: 41 is too short: the headers alone take 42 bytes"
	check "5ms a 53 proto tcp" "the headers alone take 54 bytes"
	check "5ms a 65 pcp 1 src ::1" "the headers alone take 66 bytes"
	check "5ms a 65536" 'LENGTH: "65536" is out of range'
	check "5ms a 100 color red" 'unknown option "color"; there are dscp ecn'
	check "5ms a 100 dspc 1" 'unknown option "dspc"; did you mean dscp?'
	check "5ms a 100 dscp" "dscp is missing"
	check "5ms a 100 dscp 64" 'dscp: "64" is not a whole number from 0 to 63'
	check "5ms a 100 dscp 1 dscp 1" "dscp: given twice"
	check "5ms a 100 ecn maybe" 'ecn: "maybe" is none of notect|ect0|ect1|ce'
	check "5ms a 100 pcp 8" 'pcp: "8" is not a whole number from 0 to 7'
	check "5ms a 100 src 10.0.0" 'src: "10.0.0" is no address'
	check "5ms a 100 src ::1 dst 10.0.0.1" "one is an IPv4 and the other an IPv6 address"
	check "5ms a 100 proto icmp" 'proto: "icmp" is none of udp|tcp'
	check "5ms a 100 sport 0" 'sport: "0" is not a whole number from 1 to 65535'
	check "5ms a 100 dport 65536" 'dport: "65536" is not'
	check "5ms repeat x every 1ms a 100" 'repeat: "x" is not a whole number'
	check "5ms repeat 2 each 1ms a 100" '"every" is expected instead of "each"'
	check "5ms repeat 2 every 1 a 100" 'every: "1"'
	check "5ms repeat 1000000000 every 100s a 100" "repeat: the last would be too late"
	check "5ms a%b% 100" 'more than one %'
	check "5ms $(printf 'x%.0s' {1..80}) 100" 'is longer than 54 characters'
	check "5ms a 100$(printf ' ecn ce%.0s' {1..20})" "has more than 32 words"
	check "5ms a 100 dscp EE" 'dscp: "EE" is no DSCP: write a name such as EF, or a number from 0 to 63'
	printf '5ms a 100\n1ms a 100\n' >bad
	run -1 xdpq sim sched fifo bad
	[[ $output = *'bad:2: TIME: "1ms" is before the line above'* ]]
}

@test "every wrong line is told, up to twenty" {
	yes "0 a" | head -n 100 >bad
	run -1 xdpq sim sched fifo bad
	[ "${#lines[@]}" = 21 ]
	[[ ${lines[20]} = *"bad: too many wrong lines" ]]
	head -c 100 /dev/zero >bad
	run -1 xdpq sim sched fifo bad
	[[ $output = *"bad:1: is neither text nor a capture"* ]]
}

@test "no packets: an empty summary" {
	: >empty
	printf '# nothing\n\n   \n' >comments
	capture none.pcap </dev/null
	capture none.pcapng pcapng </dev/null
	for words in "fifo empty" "fifo comments" "fifo none.pcap" "fifo none.pcapng"; do
		[ "$(summary received.packets jain flows.#)" = "0 null 0" ]
	done
	xdpq sim sched fifo empty
}

@test "a trace on stdin, of either kind" {
	words="fifo -"
	[ "$(summary received.packets <trace)" = 3 ]
	capture c.pcap <<<"1.5 100"
	[ "$(summary received.packets <c.pcap)" = 1 ]
	# shellcheck disable=SC2002 # a pipe cannot be rewound
	[ "$(cat c.pcap | summary received.packets)" = 1 ]
}

@test "captures of every kind tell the same" {
	local kind

	for kind in "" nano big "nano big" pcapng "pcapng nano" "pcapng big" "pcapng nano big"; do
		# shellcheck disable=SC2086 # several words
		capture c $kind <<-'END'
			1700000000.25 125
			1700000000.25 125
			1700000000.2505 125
			1700000001 125
		END
		xdpq sim -j sched fifo rate 1mbit burst 125 c >out
		[ "$(head -n 4 out | python3 -c '
import json, sys
for line in sys.stdin:
    p = json.loads(line)
    print(p["arrived_ns"], p["departed_ns"], p["flow"], sep="|")')" = "0|0|10.0.0.1:1000 > 10.0.0.2:2000 udp
0|1000000|10.0.0.1:1000 > 10.0.0.2:2000 udp
500000|2000000|10.0.0.1:1000 > 10.0.0.2:2000 udp
750000000|750000000|10.0.0.1:1000 > 10.0.0.2:2000 udp" ]
	done
}

@test "captures that are damaged or of another kind" {
	printf '1 100\n2 100\n' | capture c cut=1
	run -1 --separate-stderr xdpq sim sched fifo c
	[[ $stderr = *"c: packet 2: truncated dump file"* ]]
	printf '1 100\n' | capture c cut=110
	run -1 xdpq sim sched fifo c
	[[ $output = *"c: packet 1: truncated dump file"* ]]
	printf '1 100\n' | capture c linktype=101
	run -1 xdpq sim sched fifo c
	[[ $output = *"c: holds packets of link type RAW, not of Ethernet (EN10MB)"* ]]
	printf '1 100\n1.5 100\n1.25 100\n' | capture c nano
	run -1 xdpq sim sched fifo c
	[[ $output = *"c: packet 3: is 250000000 ns older than the one before it"* ]]
	printf '1 13\n' | capture c
	run -1 xdpq sim sched fifo c
	[[ $output = *"c: packet 1: 13 bytes are no Ethernet frame"* ]]
	printf '18000000000 100\n' | capture c pcapng
	run -1 xdpq sim sched fifo c
	[[ $output = *"c: packet 1: its time is not one from 1970 to 2262"* ]]
	printf '0 100\n9000000000 100\n' | capture c pcapng
	run -1 xdpq sim sched fifo c
	[[ $output = *"c: packet 2: is more than 146 years behind the first"* ]]
}

@test "packets captured in part count as whole, and that is said once" {
	printf '1 1000 60\n1.1 1000 60\n' | capture c
	run -0 --separate-stderr xdpq sim -js sched fifo c
	[ "$(grep -c 'captured in part (60 of 1000 bytes)' <<<"$stderr")" = 1 ]
	words="fifo c"
	[ "$(summary sent.bytes 2>/dev/null)" = 2000 ]
}

@test "packets longer than the MTU are too large, however long" {
	printf '1 1522\n1 1523\n2 9000\n3 200000 262144\n' | capture c
	words="fifo c"
	[ "$(summary sent.packets drops.too_large.packets drops.too_large.bytes)" = "1 3 210523" ]
}

@test "what is no IP is a flow by its ethertype" {
	printf '0 60\n' | capture c
	# ARP instead of IPv4.
	printf '\x08\x06' | dd of=c bs=1 seek=52 conv=notrunc status=none
	words="fifo c"
	[ "$(summary flows.0.flow)" = "ethertype 0x0806" ]
}

@test "JSON lines are what the schema says" {
	local line

	printf '0 a 100\n0 a 100 ecn ect0\n0 b 2000\n0 b 100\n' >trace
	xdpq sim -j sched fifo limit 1 rate 1mbit burst 100 trace >out
	[ "$(wc -l <out)" = 5 ]
	head -n 4 out | while read -r line; do
		python3 "$LIB/schema.py" "$REPO/docs/xdpq.schema.json" sim_packet <<<"$line"
	done
	tail -n 1 out | python3 "$LIB/schema.py" "$REPO/docs/xdpq.schema.json" sim
	xdpq sim -js sched fifo trace >out
	[ "$(wc -l <out)" = 1 ]
	: >trace
	xdpq sim -j sched fifo trace | python3 "$LIB/schema.py" "$REPO/docs/xdpq.schema.json" sim
}

@test "text: a line names the columns, a dash what has no value" {
	printf '0 a 125\n0 a 125\n0 b 125\n' >trace
	run -0 xdpq sim sched fifo limit 1 rate 1mbit burst 125 trace
	[[ ${lines[0]} =~ ^"packet flow "+"bytes "+"arrived "+"departed "+"delay "+"order  fate"$ ]]
	[[ $output =~ "dropped at 0ns: overlimit" ]]
	[[ $output =~ b\ +1\ +0\ +1\ +0\ +-\ +-\ +-\ +- ]]
	run -0 xdpq sim -s sched fifo limit 1 rate 1mbit burst 125 trace
	[[ ${lines[0]} = flow* ]]
	printf '0 \e[31mred 125\n' >trace
	run -0 xdpq sim sched fifo trace
	[[ $output = *"?[31mred"* ]]
}

@test "the throughput of a flow is no more than the rate" {
	printf '0 repeat 2 every 0ns a 125\n' >trace
	words="fifo rate 1mbit burst 125 trace"
	[ "$(summary flows.0.throughput_bit_per_s delay_max_ns)" = "1000000 1000000" ]
	words="fifo trace"
	[ "$(summary flows.0.throughput_bit_per_s)" = null ]
}

@test "poll: the pump comes later, and sends several" {
	printf '0 repeat 4 every 0ns a 125\n' >trace
	# Two leave at once; the link is free again at 1ms.
	words="fifo rate 1mbit burst 250 mtu 103 trace"
	[ "$(summary delay_max_ns)" = 2000000 ]
	words="fifo rate 1mbit burst 250 mtu 103 poll 2ms trace"
	[ "$(summary delay_max_ns)" = 3000000 ]
}

@test "one's own scheduler; drops on the way out, copies, waiting" {
	printf '0 a 100\n0 a 100\n0 a 100\n100ms a 100\n' >trace
	words="$OBJECTS/dropper.bpf.o patience 1ms rate 100kbit burst 100 trace"
	[ "$(summary sent.packets drops.late.packets scheduler.impatient)" = "2 2 2" ]
	words="$OBJECTS/delay.bpf.o delay 7ms trace"
	[ "$(summary sent.packets delay_max_ns)" = "4 7000000" ]
	words="$OBJECTS/twin.bpf.o trace"
	[ "$(summary received.packets duplicated.packets sent.packets)" = "4 4 8" ]
}

@test "a scheduler that lets nothing go is named, and nothing hangs" {
	local answer

	for answer in empty later; do
		run -1 timeout 20 "$XDPQ" sim sched "$OBJECTS/stuck.bpf.o" answer "$answer" trace
		[[ $output = *"stuck.bpf.o: is stuck at "*" packets: asked again and again, it lets none go"* ]]
	done
	run -1 timeout 20 "$XDPQ" sim sched "$OBJECTS/stuck.bpf.o" answer never trace
	[[ $output = *"is stuck at 1ms with 3 packets: it waits for an arrival"* ]]
	[[ $output = *"still queued: 3"* ]]
}

@test "the plot is well-formed whatever flows are called, has axes with units, and names every flow" {
	# shellcheck disable=SC2028 # as they are
	printf '0 <script>&"%s 1000\n1ms \e]0;x\a 1000\n2ms \xff\xfe 1000\n3ms ö 1000\n' "'" >trace
	echo '4ms repeat 2000 every 1ms f% 1000' >>trace
	xdpq sim -s sched fifo rate 1mbit trace --plot "a<&.svg" >/dev/null
	python3 - "a<&.svg" <<-'END'
	import sys
	import xml.etree.ElementTree as tree
	svg = tree.parse(sys.argv[1]).getroot()
	assert svg.tag == "{http://www.w3.org/2000/svg}svg", svg.tag
	texts = [t.text for t in svg.iter("{http://www.w3.org/2000/svg}text")]
	for text in ("<script>&\"'", "?]0;x?", "??", "ö", "f1", "f4", "1996 other flows", "time (s)", "delay (s)", "backlog (MB)"):
	    assert text in texts, (text, texts)
	assert texts[0].startswith("xdpq sim sched fifo rate 1mbit"), texts[0]
	assert not any(t.tag.endswith("script") for t in svg.iter())
	END
	# However long the trace, the plot stays small.
	[ "$(stat -c %s "a<&.svg")" -lt 200000 ]
	: >trace
	xdpq sim sched fifo trace --plot empty.svg >/dev/null
	python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' empty.svg
}

@test "memory stays flat, however many packets and flows there are" {
	local few many

	peak() {
		python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$XDPQ" sim -s sched fifo rate 1gbit trace
	}
	echo "0 repeat 10 every 1us a 60" >trace
	few=$(peak)
	echo "0 repeat 100000 every 1us a 60" >trace
	many=$(peak)
	echo "few $few kB, many $many kB"
	[ "$many" -lt $((few + 4000)) ]
	echo "0 repeat 66000 every 1us f% 60" >trace
	xdpq sim -s sched fifo rate 1gbit trace >out
	# A line for the columns, 65535 flows, the others, the sum, and Jain's index.
	[ "$(wc -l <out)" = 65539 ]
	[[ $(grep '^other ' out) =~ ^other\ +465\ +465\ +0 ]]
}

@test "a capture of 2 GB is streamed" {
	local peak

	# Mostly holes, so that it takes little room: a packet of 100 bytes and one of 256 KB, 8200 times.
	python3 -c '
import struct
record = struct.Struct("<IIII").pack
with open("large", "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for n in range(8200):
        out.write(record(n // 1000, n % 1000 * 1000, 100, 100) + bytes(100))
        out.write(record(n // 1000, n % 1000 * 1000, 262000, 262000))
        out.seek(262000, 1)
    out.truncate()'
	[ "$(stat -c %s large)" -gt $((2 << 30)) ]
	# The tool's own memory, in kB.
	peak=$(python3 -c '
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], check=True, stdout=subprocess.PIPE)
assert b" 16400 " in done.stdout and b"too_large: 8200" in done.stdout, done.stdout
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$XDPQ" sim -s sched fifo rate 1gbit large)
	echo "$peak kB"
	[ "$peak" -lt 32000 ]
}

@test "no interface is touched, nothing is pinned" {
	# shellcheck disable=SC2016 # it is another shell's
	run -0 unshare -n bash -c '
		before=$(ip -d link)
		"$0" sim -s sched tbf rate 1mbit latency 10ms trace >/dev/null || exit
		[ "$(ip -d link)" = "$before" ] && [ ! -e "$1/$(python3 -ES "$2/cookie.py")" ]' \
		"$XDPQ" /run/xdpq "$LIB"
}

@test "without privilege: what lacks" {
	cp "$XDPQ" tool
	chmod 755 tool "$BED_DIR" 2>/dev/null
	run setpriv --reuid=65534 --regid=65534 --clear-groups ./tool sim sched fifo trace
	[ "$status" = 5 ]
	[[ $output = *"CAP_BPF"* ]]
}
