# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# One bed for all tests of a file, which loads this at its top. Its hosts have found their
# neighbours, so that the first packet of a test is XDP's. After each test no port and no process is
# left in it. A file whose tests want the host `third` sets BED_KIND=third first; one
# that wants ports for each test has a setup of its own, which begins with bed_enter.

load ../lib/testbed.bash
load ../lib/traffic.bash
load ../lib/cli.bash

# Arrays are not inherited.
bed_enter() {
	read -ra BED_HOSTS <<<"$BED_HOSTS_LIST"
}

bed_make_for_file() {
	bed_make ${BED_KIND:+"$BED_KIND"}
	export BED_HOSTS_LIST="${BED_HOSTS[*]}"
	bed_meet
}

# The client reaches every other host.
bed_meet() {
	local net

	for ((net = 2; net < ${#BED_HOSTS[@]}; net++)); do
		in_client ping -q -c 1 -W 2 "10.0.$net.2" >/dev/null
		in_client ping -q -c 1 -W 2 "fd00:$net::2" >/dev/null
	done
}

setup_file() {
	bed_make_for_file
}

setup() {
	bed_enter
}

teardown() {
	bed_processes_end
	xdpq detach all timeout 0s >/dev/null 2>&1 || true
	# A loaded machine ends processes late, and the next test may look which there are.
	wait_for 10 no_pumps || true
}

teardown_file() {
	bed_enter
	bed_remove
}
