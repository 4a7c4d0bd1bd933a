#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# netem's parameters: what is refused, why, and what is shown of what was taken.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

parameter() {
	port c0 "parameters.$1"
}

@test "values that are none" {
	check_refusals <<-'END'
	2 | attach c0 sched netem loss 101% | loss: "101%"
	2 | attach c0 sched netem loss 5 | loss: "5" is not
	2 | attach c0 sched netem loss -1% | loss: "-1%" is negative
	2 | attach c0 sched netem loss nan% | loss: "nan%"
	2 | attach c0 sched netem loss % | loss: "%"
	2 | attach c0 sched netem loss | loss: the value is missing
	2 | attach c0 sched netem duplicate 100.000000001% | duplicate: "100.000000001%"
	2 | attach c0 sched netem ge_p 1% ge_r 0% | ge_r: "0%" is out of range
	2 | attach c0 sched netem delay 10 | delay: "10" is not a time
	2 | attach c0 sched netem delay 101s | delay: "101s" is out of range (0ns..100s)
	2 | attach c0 sched netem delay 10ms jitter 101s | jitter: "101s" is out of range
	2 | attach c0 sched netem delay -5ms | delay: "-5ms" is negative
	2 | attach c0 sched netem jitter 1ms distribution gaussian | distribution: "gaussian" is none of uniform|normal|pareto|paretonormal
	2 | attach c0 sched netem delay 1ms reorder 10% gap 0 | gap: "0" is out of range
	2 | attach c0 sched netem delay 1ms reorder 10% gap 10% | gap: "10%"
	2 | attach c0 sched netem limit 0 | limit: "0" is out of range
	2 | attach c0 sched netem seed 0 | seed: "0" is out of range
	2 | attach c0 sched netem seed 4294967296 | seed: "4294967296" is out of range
	2 | attach c0 sched netem dalay 10ms | did you mean delay?
	END
}

@test "values that do not go together, and how to undo one" {
	check_refusals <<-'END'
	2 | attach c0 sched netem loss 1% ge_p 1% | loss: contradicts ge_p: undo one of them, with loss 0% or ge_p 0%
	2 | attach c0 sched netem reorder 25% | reorder: overtakes nothing without delay
	2 | attach c0 sched netem reorder 25% jitter 5ms | give one, such as delay 10ms, or reorder 0%
	2 | attach c0 sched netem delay 10ms gap 5 | gap: does nothing without reorder: give reorder 100%, or gap 1
	2 | attach c0 sched netem delay 10ms distribution pareto | distribution: does nothing without jitter
	END
}

@test "all errors of a command at once" {
	run xdpq attach c0 sched netem delay 10 loss 5 limit x
	[ "$status" = 2 ]
	[ "${#lines[@]}" = 3 ]
}

@test "a change that does not go together leaves the port as it is" {
	xdpq attach c0 sched netem delay 10ms loss 1% reorder 25% gap 5
	check_table <<-'END'
	2 | change c0 ge_p 1% | loss: contradicts ge_p
	2 | change c0 delay 0ms | reorder: overtakes nothing without delay
	2 | change c0 reorder 0% | gap: does nothing without reorder
	0 | change c0 loss 0% ge_p 1% |
	0 | change c0 reorder 0% gap 1 delay 0ms |
	2 | change c0 limit 2000 | limit: 2000 is more than the 1000 slots this port has
	END
	[ "$(parameter delay_ns) $(parameter ge_p_ppb) $(parameter loss_ppb)" = "0 10000000 0" ]
}

@test "what has no effect is not shown, but is in JSON; what is given is shown" {
	xdpq attach c0 sched netem delay 10ms
	[ "$(xdpq show c0 | head -n 1)" = "c0: sched netem delay 10ms limit 1000" ]
	[[ $(xdpq show -d c0) = *"derived: ge_r 100% ge_bad 100% gap 1 "* ]]
	[ "$(parameter ge_bad_ppb) $(parameter gap)" = "1000000000 1" ]
	xdpq change c0 ge_p 1% ge_bad 0% reorder 10% gap 1
	[ "$(xdpq show c0 | head -n 1)" = "c0: sched netem delay 10ms ge_p 1% ge_bad 0% reorder 10% gap 1 limit 1000" ]
	[ "$(parameter ge_bad_ppb)" = 0 ]
	xdpq change c0 ge_bad auto gap auto
	[ "$(parameter ge_bad_ppb) $(parameter gap)" = "1000000000 1" ]
}

@test "what is derived is shown: the way back from the bad state, and the seed" {
	local seed

	xdpq attach c0 sched netem ge_p 1%
	[ "$(parameter ge_r_ppb)" = 990000000 ]
	seed=$(parameter seed)
	[ "$seed" -ge 1 ]
	xdpq detach c0
	xdpq attach c0 sched netem ge_p 1% ge_r 25% seed "$seed"
	[ "$(parameter ge_r_ppb) $(parameter seed)" = "250000000 $seed" ]
	xdpq change c0 ge_r auto delay 5ms
	[ "$(parameter ge_r_ppb) $(parameter seed)" = "990000000 $seed" ]
}
