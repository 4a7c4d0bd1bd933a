# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# One bed for all tests of a file, which loads this at its top. After each test no port is left.

load ../lib/testbed.bash
load ../lib/traffic.bash
load ../lib/cli.bash

# Arrays are not inherited.
bed_enter() {
	read -ra BED_HOSTS <<<"$BED_HOSTS_LIST"
}

setup_file() {
	bed_make
	export BED_HOSTS_LIST="${BED_HOSTS[*]}"
}

setup() {
	bed_enter
}

teardown() {
	xdpq detach all >/dev/null 2>&1 || true
	# A loaded machine ends processes late, and the next test may look which there are.
	wait_for 10 no_pumps || true
}

teardown_file() {
	bed_enter
	bed_remove
}
