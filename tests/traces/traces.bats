#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Traces worked out by hand, through the schedulers as they are shipped. lib/trace.py tells how they
# say what has to come of them; a new trace needs nothing here.

bats_require_minimum_version 1.5.0

setup() {
	TRACES=$BATS_TEST_DIRNAME
	LIB=$(cd "$TRACES/../lib" && pwd)
	XDPQ=${XDPQ:-${O:-$TRACES/../../.output}/xdpq}
}

trace() {
	python3 "$LIB/trace.py" "$XDPQ" "$1"
}

# wrong EXPECTATION TEXT: with this one too, fifo_full.trace fails, and says so.
wrong() {
	{
		cat "$TRACES/fifo_full.trace"
		echo "# expect $1"
	} >"$BATS_TEST_TMPDIR/wrong.trace"
	run trace "$BATS_TEST_TMPDIR/wrong.trace"
	echo "$1: $output"
	[ "$status" = 1 ]
	[[ $output = *"$2"* ]]
}

@test "every trace comes out as it was worked out" {
	local file failed=0

	for file in "$TRACES"/*.trace; do
		trace "$file" || failed=1
	done
	[ "$failed" = 0 ]
}

@test "what is expected wrongly is found" {
	wrong "a.1 departs 1ns" "a.1 departs 0ns"
	wrong "a.1 ce" "a.1 departs 0ns"
	wrong "a.1 drop aqm" "a.1 departs 0ns"
	wrong "b.2 drop aqm" "b.2 drop overlimit at 0ns"
	wrong "b.2 drop overlimit at 1ns" "b.2 drop overlimit at 0ns"
	wrong "a.1 copy departs 0" "a.1 departs 0ns"
	wrong "order a.1 b.1 a.2 a.3" "found ['a.1', 'a.2', 'b.1', 'a.3']"
	wrong "sent 5" "found 4"
	wrong "dropped 1" "found 2"
	wrong "flows 3" "found 2"
	wrong "jain 1" "found 0.8"
	wrong "each sent 2" "found {1, 3}"
	wrong "b sent 2" "found 1"
	wrong "a.4 departs 0" "a.4: no packet of the trace"
	wrong "nonsense" "nonsense: no packet of the trace"
	wrong "a.1 vanishes" "what is expected of a packet: vanishes"
}
