#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs all tests: tests/run.sh [WORD...] only what has one of these words in its name.
# O is the folder of the build. The last line is "N passed, N failed, N skipped".

set -u
cd "$(dirname "$0")/.." || exit 1
O=${O:-$PWD/.output}
export O
export XDPQ=$O/xdpq
# The distribution's python3, for which deps.sh has installed the modules.
PATH=/usr/bin:$PATH
# What the tests say, and a line "OK NOT-OK SKIPPED" for each of them in `counts`.
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM

# No test file takes longer; what hangs counts as failed.
TIMEOUT=900
words=("$@")

wanted() {
	local word

	[ ${#words[@]} != 0 ] || return 0
	for word in "${words[@]}"; do
		[[ $1 != *"$word"* ]] || return 0
	done
	return 1
}

# KIND LOG: lines of a TAP report, of one kind: "ok", "not ok" or "skip".
tap_count() {
	awk -v kind="$1" '
		/^not ok / { n["not ok"]++ }
		/^ok .*# skip/ || /^ok .*# SKIP/ { n["skip"]++; next }
		/^ok / { n["ok"]++ }
		END { print n[kind] + 0 }' "$2"
}

# LOG: the failures with all that was said, the skips with their reason.
tap_tell() {
	awk '
		/^not ok / { show = 1 }
		/^ok / { show = /# [sS][kK][iI][pP]/ }
		/^1\.\./ { show = 0 }
		show { print "    " $0 }' "$1"
}

count() {
	echo "$*" >>"$WORK/counts"
}

# run_tap NAME COMMAND...: a program that reports in TAP. Says at its end, in one piece, a line for what
# has run, and what it had to say.
run_tap() {
	local name=$1 start=$SECONDS status=0 log ok bad skip

	shift
	wanted "$name" || return 0
	log=$(mktemp "$WORK/XXXXXX")
	timeout -k 10 "$TIMEOUT" "$@" >"$log" 2>&1 </dev/null || status=$?
	ok=$(tap_count ok "$log") bad=$(tap_count "not ok" "$log") skip=$(tap_count skip "$log")
	{
		# It crashed, hung, or ran nothing: a failure that no line of it tells.
		if [ "$bad" = 0 ] && { [ "$status" != 0 ] || [ $((ok + skip)) = 0 ]; }; then
			bad=1
			sed 's/^/    /' "$log"
			echo "    $name ended with status $status"
		fi
		printf '%-36s %4d passed %4d failed %4d skipped  %4d s\n' \
			"$name" "$ok" "$bad" "$skip" $((SECONDS - start))
		tap_tell "$log"
	} >"$log.said"
	cat "$log.said"
	count "$ok" "$bad" "$skip"
}

# beside COMMAND...: in the background, as many at a time as there are CPUs.
beside() {
	[ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n
	"$@" &
}

# run_silent NAME COMMAND...: one test, passed if it ends with 0 and says nothing.
run_silent() {
	local name=$1 status=0 log=$WORK/silent

	shift
	wanted "$name" || return 0
	"$@" >"$log" 2>&1 </dev/null || status=$?
	if [ "$status" = 0 ] && [ ! -s "$log" ]; then
		count 1 0 0
		return
	fi
	count 0 1 0
	echo "$name: failed"
	sed 's/^/    /' "$log"
}

skip() {
	echo "$1: skipped: $2"
	count 0 0 1
}

run_programs() {
	local program

	for program in "$O"/tests/test_*; do
		if [ -f "$program" ] && [ -x "$program" ]; then
			beside run_tap "${program##*/}" env CMOCKA_MESSAGE_OUTPUT=TAP "$program"
		fi
	done
}

# Every file of ours that a shell reads.
shell_files() {
	find . -path ./.git -prune -o -path "$O" -prune -o -path ./.output -prune -o -type f \
		\( -name '*.sh' -o -name '*.bash' -o -name '*.bats' -o -path './completions/*' -o -path './.ci/*' \
		-o -path './tests/vm/init' \) -print | sort
}

lint_shell() {
	local file

	for file in $(shell_files); do
		run_silent "shellcheck $file" shellcheck -x "$file"
	done
}

# Whether the pages that it refers to are installed is no fault of the page.
lint_page() {
	! mandoc -T lint "$1" 2>&1 | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db'
}

lint_pages() {
	local page

	for page in "$O"/man/*.8; do
		if [ -e "$page" ]; then
			run_silent "mandoc ${page##*/}" lint_page "$page"
		elif wanted mandoc; then
			skip "mandoc" "no manual page has been built in $O/man"
		fi
	done
}

lint() {
	lint_shell
	lint_pages
}

run_bats() {
	run_tap "${1#tests/}" bats --tap "$1"
}

# Load takes one file at a time: with more beside each other the sender is late, and what is late is
# lost where a veth's ring is full.
run_load() {
	local file

	for file in tests/load/*.bats; do
		run_bats "$file"
	done
}

if [ "$(id -u)" != 0 ]; then
	echo "tests/run.sh: network namespaces and BPF need root" >&2
	exit 1
fi
touch "$WORK/counts"
# What takes longest begins first, so that at the end no CPU waits for another.
beside run_load
for file in tests/{net,cli,traces}/*.bats; do
	beside run_bats "$file"
done
beside lint
run_programs
wait
[ -s "$WORK/counts" ] || echo "nothing has run"
awk '
	{ ok += $1; bad += $2; skip += $3 }
	END { printf "%d passed, %d failed, %d skipped\n", ok, bad, skip; exit bad || !ok }' "$WORK/counts"
