#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the virtual machine: a router between two namespaces, every scheduler in
# turn, traffic through it, the counters, and nothing left behind.
set -eu

# shellcheck source=tests/vm/bed.bash
. "$(dirname "$0")/bed.bash"

# shellcheck disable=SC2020 # two characters, each to a line end
counter() { xdpq show -j r1 | tr ',{' '\n\n' | sed -n "s/^\"$1\"://p" | head -1; }

try() {
	local before
	echo "# $*"
	xdpq attach r0 sched none
	xdpq attach r1 "$@"
	client ping -q -c 20 -i 0.05 -W 5 10.9.2.2 >/dev/null
	before=$(counter packets)
	server iperf3 -s -1 -D >/dev/null
	sleep 1
	client iperf3 -c 10.9.2.2 -t 3 >/dev/null
	# The first one or two are the kernel stack's, which looks for the neighbour.
	[ "$before" -ge 15 ]
	[ "$(counter packets)" -gt "$((before + 100))" ]
	xdpq detach all
	! pgrep -x xdpq-pump >/dev/null
}

# needs SCHEDULER: what it does not run without.
needs() { [ "$1" != tbf ] || echo rate 10mbit latency 50ms; }

bed
xdpq features r0 >/dev/null
try sched fifo rate 10mbit
for name in $(xdpq sched list | sed 's/ .*//'); do
	# shellcheck disable=SC2046 # several words
	try sched "$name" $(needs "$name")
done
for object in "$@"; do
	try sched "$object"
done
echo "ok: $(uname -r)"
