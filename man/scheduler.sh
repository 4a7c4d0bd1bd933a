#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Writes the manual page of one scheduler: the comment at the top of its source is
# the DESCRIPTION, the rest is what its object says of itself (xdpq sched show).
#
#	man/scheduler.sh XDPQ bpf/schedulers/fifo.bpf.c > xdpq-fifo.8
set -eu
export LC_ALL=C

[ $# = 2 ] || { echo "usage: $0 XDPQ SOURCE" >&2; exit 2; }
name=$(basename "$2" .bpf.c)

# The same source gives the same page: the date is the source's, or the one asked for.
if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
	date=$(date -u -d "@$SOURCE_DATE_EPOCH" '+%B %d, %Y')
else
	date=$(date -u -r "$2" '+%B %d, %Y')
fi

fields=$("$1" sched show "$name" -j -p)
printf '%s\n' "$fields" |
	awk -v name="$name" -v date="$(echo "$date" | sed 's/ 0/ /')" -f "$(dirname "$0")/scheduler.awk" - "$2"
