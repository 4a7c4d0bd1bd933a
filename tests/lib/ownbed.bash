# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# A bed of its own for each test of a file, which loads this at its top, for tests that change more
# of it than its ports. Otherwise filebed.bash costs less. A file that wants ports for each test, or
# the host `third`, has a setup of its own, which begins with bed_make.

load ../lib/testbed.bash
load ../lib/traffic.bash
load ../lib/cli.bash

setup() {
	bed_make
}

teardown() {
	bed_remove
}
