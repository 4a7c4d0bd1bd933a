#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Parameters that are tables, arrays of counters, numbers and percentages.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

setup() {
	bed_enter
	cp "${O:-$BED_REPO/.output}/tests/tables.bpf.o" "$BED_DIR/t.o"
	cd "$BED_DIR" || return 1
}

# told DEV NAME: the value of a parameter as `show` writes it.
told() {
	xdpq show "$1" -d | grep -v "attached as" | sed -n "s/.* $2 \([^ ]*\).*/\1/p" | head -n 1
}

# becomes NAME GIVEN TOLD: what is given so is told so.
becomes() {
	local got

	xdpq change c0 "$1" "$2"
	got=$(told c0 "$1")
	[ "$got" = "$3" ] || {
		echo "$1 $2 is told as $got, not as $3"
		return 1
	}
}

@test "a table is told in its shortest form, which can be typed again" {
	xdpq attach c0 sched ./t.o
	becomes priomap EF=0,CS6-CS7=0,AF41-AF43=1,default=2 AF41-AF43=1,EF=0,CS6-CS7=0,default=2
	becomes priomap ef=3,48=3,default=0 EF=3,CS6=3,default=0
	becomes priomap 45-47=3,default=0 45-47=3,default=0
	becomes priomap default=7 default=7
	becomes priomap default=1,df=0,LE=2 CS0=0,LE=2,default=1
	becomes priomap 0-63=4 default=4
	becomes priomap 0-62=4,63=5 63=5,default=4
	becomes pcpmap 2,2,1,1,1,0,0,0 0-1=2,5-7=0,default=1
	becomes pcpmap 7=1,0-6=2 7=1,default=2
	becomes rates default=1mbit,EF=1500kbit EF=1500kbit,default=1mbit
	becomes waits 0=1ms,default=0 0=1ms,default=0ns
	becomes quantum 64,65,66,67,68,69,70,71 1=65,2=66,3=67,4=68,5=69,6=70,7=71,default=64
}

@test "keys not named have the default's value" {
	xdpq attach c0 sched ./t.o
	becomes priomap AF11=5 AF11=5,EF=0,CS6-CS7=0,default=1
	becomes priomap EF=1 CS6-CS7=0,default=1
	becomes priomap 3 CS0=3,EF=0,CS6-CS7=0,default=1
	becomes waits 3=1s 3=1s,default=5ms
	becomes pcpmap 7,7 0-1=7,5-7=0,default=1
}

@test "a table given anew replaces all of the one before; auto is the default again" {
	xdpq attach c0 sched ./t.o priomap AF11=5,AF12=6,default=7
	becomes priomap AF13=4 AF13=4,EF=0,CS6-CS7=0,default=1
	becomes priomap auto EF=0,CS6-CS7=0,default=1
	becomes waits auto default=5ms
	becomes quantum 0-7=100 default=100
	becomes quantum auto default=1500
	becomes rates default=1mbit default=1mbit
	becomes rates auto ""
	becomes seed 5 5
	[ "$(told c0 quantum)" = default=1505 ]
	becomes seed auto ""
	becomes loss 0.5% 0.5%
	becomes loss 0 0%
	becomes loss auto ""
	becomes most auto 12.5%
}

@test "show can be typed again, and attach takes it" {
	local line

	xdpq attach c0 sched ./t.o priomap EF=3,CS1=2,default=0 rates EF=1mbit,default=5kbit loss 99.9999999% seed 7 \
		weights 10.0.0.0/8=3,2001:db8::/32=5
	line=$(xdpq show c0 | head -n 1)
	xdpq detach c0
	# shellcheck disable=SC2086 # several words
	xdpq attach c0 ${line#c0: }
	[ "$(xdpq show c0 | head -n 1)" = "$line" ]
	[[ $line = *" seed 7 loss 99.9999999% "*" priomap CS1=2,EF=3,default=0 rates EF=1mbit,default=5kbit "* ]]
	[[ $line = *" weights 10.0.0.0/8=3,2001:db8::/32=5 "* ]]
}

@test "prefixes are told longest first, and a default beside them" {
	xdpq attach c0 sched ./t.o weights 10.0.0.0/8=3,2001:db8::/32=5,10.1.0.0/16=4,192.0.2.1=7
	[ "$(told c0 weights)" = 192.0.2.1/32=7,10.1.0.0/16=4,10.0.0.0/8=3,2001:db8::/32=5 ]
	[ "$(told c0 sizes)" = default=1500 ]
	becomes weights default=1,2001:DB8::1=9,0.0.0.0/0=2 2001:db8::1/128=9,0.0.0.0/0=2,default=1
	becomes weights ::ffff:10.0.0.0/104=6,::/0=8 10.0.0.0/8=6,default=8
	becomes weights auto ""
	becomes sizes 10.0.0.0/8=64k 10.0.0.0/8=64k,default=1500
	becomes sizes default=64 default=64
	becomes sizes auto default=1500
}

@test "at most 32 prefixes, the default among them" {
	local all

	all=$(seq -s, -f 10.0.0.%.0f=5 32)
	xdpq attach c0 sched ./t.o weights "$all"
	[ "$(port c0 parameters.weights.#)" = 32 ]
	check_refusals <<-END
		2 | change c0 weights $all,default=1 | weights: 33 prefixes, there is room for 32
		2 | change c0 sizes ${all//=5/=500}  | sizes: 33 prefixes, there is room for 32
	END
}

@test "what is wrong is told by parameter and key, with what would be right" {
	check_refusals <<-'END'
		2 | attach c0 sched ./t.o priomap EFF=1        | xdpq: attach c0: sched ./t.o: priomap: "EFF" is no DSCP; did you mean EF?
		2 | attach c0 sched ./t.o priomap EF=16        | priomap: EF: "16" is out of range (0..15)
		2 | attach c0 sched ./t.o pcpmap 0,1,2,3,4,5,6,7,7 | pcpmap: 9 values, there are 8 PCPs
		2 | attach c0 sched ./t.o rates EF=1mbit       | rates: CS0 and 62 more DSCPs have no value: add default=VALUE
		2 | attach c0 sched ./t.o weights 10.0.0.1/8=3 | weights: "10.0.0.1/8" has bits beyond its length: write 10.0.0.0/8 or 10.0.0.1/32
		2 | attach c0 sched ./t.o loss 5               | loss: "5" is not a percentage: the % sign is missing, write a number with % such as 0.5% (0%..100%)
		2 | attach c0 sched ./t.o most 0.4999999%      | most: "0.4999999%" is out of range (0.5%..50%)
		2 | attach c0 sched ./t.o seed 4294967296      | seed: "4294967296" is out of range (0..4294967295)
		2 | attach c0 sched ./t.o priomap ''           | priomap: "" is empty
		2 | attach c0 sched ./t.o priomap EF=1 priomap EF=1 | priomap: given twice
		2 | attach c0 sched ./t.o priomap              | priomap: the value is missing
	END
}

@test "all errors of all tables at once" {
	run xdpq attach c0 sched ./t.o priomap EFF=1,EF=99,CS1,default=x pcpmap 8=9,7 loss 5 seed x
	echo "$output"
	[ "$status" = 2 ]
	[ "$(wc -l <<<"$output")" = 9 ]
}

@test "what validate derives is held to the range, key by key, and it knows what was given" {
	check_refusals <<-'END'
		2 | attach c0 sched ./t.o seed 70000 | quantum: 0: would have to be 71500, which is out of range (64..64k)
		2 | attach c0 sched ./t.o seed 70000 | quantum: 7: would have to be 71500, which is out of range (64..64k)
		2 | attach c0 sched ./t.o seed 0     | seed: is 0, which was given and not left out
	END
	xdpq attach c0 sched ./t.o seed 70000 quantum default=64
	[ "$(port c0 'parameters.quantum_bytes.*' | uniq)" = 64 ]
	check_refusals <<-'END'
		2 | change c0 seed 0       | seed: is 0
		2 | change c0 quantum auto | quantum: 3: would have to be 71500
	END
	xdpq change c0 seed auto quantum auto
	[ "$(port c0 'parameters.quantum_bytes.*' | uniq)" = 1500 ]
	[ "$(port c0 'derived' | grep -c quantum_bytes)" = 1 ]
}

@test "JSON: an array of one value for each key; the schema takes it" {
	xdpq attach c0 sched ./t.o priomap EF=3,default=2 loss 0.5% weights 10.0.0.0/8=3,2001:db8::/32=5
	xdpq show -j >"$BED_DIR/document"
	python3 "$BED_LIB/schema.py" "$BED_REPO/docs/xdpq.schema.json" show <"$BED_DIR/document"
	[ "$(port c0 parameters.priomap.# parameters.rates_bit_per_s.# parameters.pcpmap.# parameters.loss_ppb | xargs)" = "64 64 8 5000000" ]
	[ "$(port c0 parameters.priomap.46 parameters.priomap.45 parameters.pcpmap.1 parameters.pcpmap.7 | xargs)" = "3 2 2 0" ]
	[ "$(port c0 scheduler.all scheduler.band.# scheduler.load_bytes.# scheduler.seen.# | xargs)" = "0 16 16 64" ]
	[ "$(port c0 parameters.weights | tr -d ' ')" = '[{"prefix":"10.0.0.0/8","value":3},{"prefix":"2001:db8::/32","value":5}]' ]
	[ "$(port c0 parameters.sizes_bytes | tr -d ' ')" = '[{"prefix":"::/0","value":1500}]' ]
	xdpq sched show ./t.o -j >"$BED_DIR/document"
	python3 "$BED_LIB/schema.py" "$BED_REPO/docs/xdpq.schema.json" sched_show <"$BED_DIR/document"
	python3 -c '
import json, sys
s = json.load(sys.stdin)["scheduler"]
print(*(f"{f[key]}" for f in s["parameters"] + s["counters"] for key in ("name", "unit", "keyed_by", "count")))' \
		<"$BED_DIR/document" >"$BED_DIR/fields"
	[ "$(cat "$BED_DIR/fields")" = "limit packets  1 seed number  1 loss percent  1 most percent  1 priomap number dscp 64 rates rate dscp 64 pcpmap number pcp 8 quantum bytes pcp 8 waits time pcp 8 weights number prefix 32 sizes bytes prefix 32 all packets  1 band packets  16 load bytes  16 seen number  64" ]
}

@test "the policy reads the table that was given; counters are told where they are not 0" {
	local line

	xdpq attach c0 sched none
	xdpq attach s0 sched ./t.o priomap default=3
	[[ $(xdpq show s0 -s) = *"    all 0"* ]]
	pings 10.0.2.2
	line=$(xdpq show s0 -s | grep '^    all ')
	[[ $line = *" band 3:"*([0-9])" load "* ]]
	xdpq change s0 priomap default=0
	pings 10.0.2.2
	line=$(xdpq show s0 -s | grep '^    all ')
	[[ $line = *" band 0:"*([0-9])" 3:"*([0-9])" load "* ]]
	[ "$(port s0 'scheduler.band.*' | paste -sd+ | bc)" = "$(port s0 scheduler.all)" ]
}

@test "sched show tells tables, and completion offers their default" {
	run xdpq sched show ./t.o
	[[ $output = *"  priomap number for each DSCP, 0..15 (default EF=0,CS6-CS7=0,default=1)"* ]]
	[[ $output = *"  waits time for each PCP, 0ns..1s (default 5ms)"* ]]
	[[ $output = *"  weights number for each prefix, 1..1000 (default auto)"* ]]
	[[ $output = *"  band 0..15"* ]]
	[ "$(xdpq complete attach lo sched ./t.o priomap "")" = EF=0,CS6-CS7=0,default=1 ]
	[ "$(xdpq complete attach lo sched ./t.o waits "")" = default=5ms ]
	[ "$(xdpq complete attach lo sched ./t.o rates "")" = auto ]
}

@test "the manual page of a scheduler tells tables" {
	xdpq sched show ./t.o -j -p |
		awk -v name=tables -v date="November 1, 2026" -f "$BED_REPO/man/scheduler.awk" - "$BED_REPO/tests/schedulers/tables.bpf.c" >page.8
	run grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' <(mandoc -T lint page.8 2>&1)
	[ -z "$output" ]
	mandoc -T ascii -O width=300 page.8 | col -bx >page
	grep -qF '[priomap DSCP=NUMBER,...]' page
	grep -qF 'From 0 to 15.  The default is EF=0,CS6-CS7=0,default=1.  How tables are written is in xdpq(8).' page
	grep -qF 'From 0ns to 1s.  The default is 5ms for all.' page
	grep -qF 'Packets of each band.  There are 16 of them, from 0 on.' page
}

@test "long tables: the words of an attach are kept whole" {
	local all

	all=$(seq -s, -f 2001:db8:1111:2222:3333:4444:5555:%.0f/128=1000 31),default=1000
	xdpq attach c0 sched ./t.o weights "$all" sizes "$all"
	[ "$(port c0 attached_as)" = "sched ./t.o weights $all sizes $all" ]
	[ "$(port c0 parameters.weights.# parameters.sizes_bytes.# | xargs)" = "32 32" ]
	check_refusals <<-END
		2 | attach s0 sched ./t.o weights $all sizes $all waits $(printf '0%.0s' {1..9000}) | the words are too long together: more than 8191 bytes
	END
}
