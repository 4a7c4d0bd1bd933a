#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# prio's parameters: bands, the maps to them, room for all; and its counters.

bats_require_minimum_version 1.5.0

load ../lib/filebed.bash

@test "numbers of bands that there are not" {
	check_refusals <<-'END'
		2 | attach c0 sched prio bands 1    | bands: "1" is out of range (2..16)
		2 | attach c0 sched prio bands 17   | bands: "17" is out of range (2..16)
		2 | attach c0 sched prio bands 0    | bands: "0" is out of range (2..16)
		2 | attach c0 sched prio bands 3.5  | bands: "3.5" is not a whole number
		2 | attach c0 sched prio bands ''   | bands: "" is empty
		2 | attach c0 sched prio band 4     | unknown parameter "band"; did you mean bands?
		2 | attach c0 sched prio limit 0    | limit: "0" is out of range (1..524288)
	END
}

@test "maps to bands that there are not" {
	check_refusals <<-'END'
		2 | attach c0 sched prio priomap EF=0,default=3         | priomap: names band 3, and with bands 3 the last is 2
		2 | attach c0 sched prio bands 16 priomap default=16    | priomap: default: "16" is out of range (0..15)
		2 | attach c0 sched prio bands 12 priomap CS1=15,default=1 | priomap: names band 15, and with bands 12 the last is 11
		2 | attach c0 sched prio priomap 63=9,default=0         | priomap: names band 9, and with bands 3 the last is 2
		2 | attach c0 sched prio bands 2 pcpmap 2,0,0,0,0,0,0,0 | pcpmap: names band 2, and with bands 2 the last is 1
		2 | attach c0 sched prio bands 2 pcpmap 0,0,0,0,0,0,0,4 | pcpmap: names band 4, and with bands 2 the last is 1
	END
}

@test "maps with keys and values that there are not" {
	check_refusals <<-END
		2 | attach c0 sched prio priomap $(printf '0,%.0s' {1..64})0 | priomap: 65 values, there are 64 DSCPs
		2 | attach c0 sched prio pcpmap 0,0,0,0,0,0,0,0,0   | pcpmap: 9 values, there are 8 PCPs
		2 | attach c0 sched prio priomap 0,1,2              | and 60 more DSCPs have no value: add default=VALUE
		2 | attach c0 sched prio priomap EF=0               | have no value: add default=VALUE
		2 | attach c0 sched prio priomap EV=0,default=1     | priomap: "EV" is no DSCP; did you mean
		2 | attach c0 sched prio priomap 64=0,default=1     | priomap: "64" is no DSCP
		2 | attach c0 sched prio priomap EF=x,default=1     | priomap: EF: "x" is not a whole number
		2 | attach c0 sched prio priomap EF=-1,default=1    | priomap: EF: "-1" is negative
		2 | attach c0 sched prio pcpmap 8=0,default=1       | pcpmap: "8" is no PCP
		2 | attach c0 sched prio pcpmap EF=0,default=1      | pcpmap: "EF" is no PCP
	END
}

@test "room for the packets of all bands" {
	check_refusals <<-'END'
		2 | attach c0 sched prio bands 16 limit 65537 | limit: is for each band, and all may hold 1048576 packets together
	END
	xdpq attach c0 sched prio limit 100
	[ "$(port c0 store.slots)" = 300 ]
	check_refusals <<-'END'
		2 | change c0 limit 101  | xdpq replace can make more
		2 | change c0 bands 4    | xdpq replace can make more
	END
	xdpq change c0 bands 2 limit 150
	xdpq attach s0 sched prio limit 100 slots 120
	[ "$(port s0 store.slots)" = 120 ]
	xdpq change s0 bands 16
}

@test "the maps follow the bands until they are given" {
	xdpq attach c0 sched prio limit 10 bands 16
	[ "$(port c0 parameters.priomap.46 parameters.priomap.34 parameters.priomap.0 parameters.priomap.8 | xargs)" = "0 4 8 15" ]
	[ "$(port c0 'parameters.pcpmap.*' | xargs)" = "8 15 8 4 4 0 0 0" ]
	xdpq change c0 bands 3
	[ "$(port c0 parameters.priomap.46 parameters.priomap.34 parameters.priomap.0 parameters.priomap.8 | xargs)" = "0 1 1 2" ]
	xdpq change c0 priomap EF=2,default=0
	check_refusals <<-'END'
		2 | change c0 bands 2 | priomap: names band 2, and with bands 2 the last is 1
	END
	xdpq change c0 bands 2 priomap auto
	[ "$(port c0 parameters.priomap.46 parameters.priomap.0 | xargs)" = "0 1" ]
}

@test "what show prints can be typed again" {
	local line

	xdpq attach c0 sched prio bands 5 limit 20 priomap EF=0,AF41-AF43=3,default=4 pcpmap 4,4,3,3,2,1,0,0
	line=$(xdpq show c0 | head -n 1)
	xdpq detach c0
	# shellcheck disable=SC2086 # several words
	xdpq attach c0 ${line#c0: }
	[ "$(xdpq show c0 | head -n 1)" = "$line" ]
}

@test "packets are counted in the bands of their DSCP" {
	xdpq attach c0 sched none
	xdpq attach s0 sched prio
	pings 10.0.2.2
	in_client ping -q -c 7 -i 0.02 -W 2 -Q 0xb8 10.0.2.2
	in_client ping -q -c 5 -i 0.02 -W 2 -Q 0x20 fd00:2::2
	[ "$(port s0 scheduler.sent.0)" -ge 7 ]
	[ "$(port s0 scheduler.sent.1)" -ge 2 ]
	[ "$(port s0 scheduler.sent.2)" -ge 4 ]
	[ "$(port s0 'scheduler.sent.*' | paste -sd+ | bc)" = "$(port s0 counters.packets)" ]
	[ "$(port s0 'scheduler.waiting.*' 'scheduler.dropped.*' | sort -u)" = 0 ]
	[ -z "$(conserved)" ]
}
