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
LOG=$(mktemp)
trap 'rm -f "$LOG"' EXIT
trap 'exit 130' INT TERM

# No test file takes longer; what hangs counts as failed.
TIMEOUT=240
words=("$@")
passed=0 failed=0 skipped=0

wanted() {
	local word

	[ ${#words[@]} != 0 ] || return 0
	for word in "${words[@]}"; do
		[[ $1 != *"$word"* ]] || return 0
	done
	return 1
}

# Lines of a TAP report with what follows them, of one kind: "ok", "not ok" or "skip".
tap_count() {
	awk -v kind="$1" '
		/^not ok / { n["not ok"]++ }
		/^ok .*# skip/ || /^ok .*# SKIP/ { n["skip"]++; next }
		/^ok / { n["ok"]++ }
		END { print n[kind] + 0 }' "$LOG"
}

# The failures with all that was said, the skips with their reason.
tap_tell() {
	awk '
		/^not ok / { show = 1 }
		/^ok / { show = /# [sS][kK][iI][pP]/ }
		/^1\.\./ { show = 0 }
		show { print "    " $0 }' "$LOG"
}

# tell NAME SECONDS OK NOT-OK SKIPPED: one line for what has run, and what it had to say.
tell() {
	printf '%-36s %4d passed %4d failed %4d skipped  %4d s\n' "$1" "$3" "$4" "$5" "$2"
	passed=$((passed + $3))
	failed=$((failed + $4))
	skipped=$((skipped + $5))
}

# run_tap NAME COMMAND...: a program that reports in TAP.
run_tap() {
	local name=$1 start=$SECONDS status=0 ok bad skip

	shift
	wanted "$name" || return 0
	timeout -k 10 "$TIMEOUT" "$@" >"$LOG" 2>&1 </dev/null || status=$?
	ok=$(tap_count ok) bad=$(tap_count "not ok") skip=$(tap_count skip)
	# It crashed, hung, or ran nothing: a failure that no line of it tells.
	if [ "$bad" = 0 ] && { [ "$status" != 0 ] || [ $((ok + skip)) = 0 ]; }; then
		bad=1
		sed 's/^/    /' "$LOG"
		echo "    $name ended with status $status"
	fi
	tell "$name" $((SECONDS - start)) "$ok" "$bad" "$skip"
	tap_tell
}

# run_silent NAME COMMAND...: one test, passed if it ends with 0 and says nothing.
run_silent() {
	local name=$1 status=0

	shift
	wanted "$name" || return 0
	"$@" >"$LOG" 2>&1 </dev/null || status=$?
	if [ "$status" = 0 ] && [ ! -s "$LOG" ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "$name: failed"
	sed 's/^/    /' "$LOG"
}

skip() {
	echo "$1: skipped: $2"
	skipped=$((skipped + 1))
}

run_programs() {
	local program

	for program in "$O"/tests/test_*; do
		if [ -f "$program" ] && [ -x "$program" ]; then
			run_tap "${program##*/}" env CMOCKA_MESSAGE_OUTPUT=TAP "$program"
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
	local file start=$SECONDS before=$passed

	for file in $(shell_files); do
		run_silent "shellcheck $file" shellcheck -x "$file"
	done
	[ "$passed" = "$before" ] || printf '%-36s %4d files%22s%4d s\n' shellcheck $((passed - before)) "" $((SECONDS - start))
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

run_bats() {
	local file

	for file in tests/*/*.bats; do
		run_tap "${file#tests/}" bats --tap "$file"
	done
}

if [ "$(id -u)" != 0 ]; then
	echo "tests/run.sh: network namespaces and BPF need root" >&2
	exit 1
fi
run_programs
lint_shell
lint_pages
run_bats
[ $((passed + failed)) != 0 ] || echo "nothing has run"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
