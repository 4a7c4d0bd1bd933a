#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# All measurements, or those named; --help says which there are.
# Builds its helper under $O. `make bench` calls this; docs/figures.md has the results.
set -euo pipefail
cd "$(dirname "$0")/.."
# The distribution's python3.
PATH=/usr/bin:$PATH

O=${O:-$PWD/.output}
out=$O/bench
CC=${CC:-cc}
CLANG=${CLANG:-clang}
BPFTOOL=${BPFTOOL:-$(PATH=$PATH:/usr/sbin:/sbin command -v bpftool)}
multiarch=$($CC -print-multiarch 2>/dev/null || true)

bpf_object() {
	"$CLANG" -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter \
		-Ibench -Ibpf/include ${multiarch:+"-I/usr/include/$multiarch"} -c "$1" -o "$2"
}

build() {
	mkdir -p "$out"
	bpf_object bench/stored.bpf.c "$out/stored.bpf.o"
	bpf_object bench/bench.bpf.c "$out/bench.bpf.o"
	"$BPFTOOL" gen skeleton "$out/bench.bpf.o" name bench_bpf >"$out/bench.skel.h" 2>"$out/skel.log"
	# shellcheck disable=SC2046 # a list of words
	"$CC" -O2 -g -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE -Ibench -I"$out" bench/bench.c \
		-o "$out/bench" $(pkg-config --cflags --libs libbpf)
	# A copy, so that a build in between changes nothing.
	cp "$O/xdpq" "$out/xdpq"
}

machine() {
	printf '%s, Linux %s, %s\n' "$(awk -F ': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" \
		"$(uname -r)" "$("$out/xdpq" version | head -n 1)"
	printf '%s CPUs, load at the start %s\n' "$(nproc)" "$(cut -d ' ' -f 1-3 /proc/loadavg)"
}

usage() {
	echo "usage: bench/run.sh [--quick] [rate] [cost] [ping] [pump]"
}

main() {
	local part

	if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
		usage
		return
	fi
	if [ "${1:-}" = --quick ]; then
		export QUICK=1
		shift
	fi
	[ $# -gt 0 ] || set -- cost rate ping pump
	for part; do
		case $part in
		rate | cost | ping | pump) ;;
		*)
			echo "bench/run.sh: there is no measurement \"$part\"; $(usage)" >&2
			return 2
			;;
		esac
	done
	build
	machine
	export XDPQ=$out/xdpq BENCH=$out/bench
	for part; do
		echo
		"bench/$part.sh"
	done
}

main "$@"
