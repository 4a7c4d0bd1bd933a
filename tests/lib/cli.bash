# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command line, table by table. All mismatches of a table are shown, not only the first.

trim() {
	local text=${1#"${1%%[![:space:]]*}"}

	echo "${text%"${text##*[![:space:]]}"}"
}

complain() {
	printf 'xdpq %s\n    %s\n' "$1" "$2"
	sed 's/^/    > /' "$BED_DIR/cli.out" "$BED_DIR/cli.err"
}

# check_one STATUS ARGUMENTS TEXT
check_one() {
	local status=0 words

	# Words as a shell would make them, so that "" and 'a b' can be given.
	eval "words=($2)"
	xdpq "${words[@]}" >"$BED_DIR/cli.out" 2>"$BED_DIR/cli.err" 3>&- || status=$?
	if [ "$status" != "$1" ]; then
		complain "$2" "status $status, not $1"
	elif [ -n "$3" ] && ! grep -qF -- "$3" "$BED_DIR/cli.out" "$BED_DIR/cli.err"; then
		complain "$2" "does not say: $3"
	elif [ "$1" != 0 ] && [ -s "$BED_DIR/cli.out" ]; then
		complain "$2" "an error, and output"
	elif [ "$1" != 0 ] && { [ ! -s "$BED_DIR/cli.err" ] || grep -qv '^xdpq: ' "$BED_DIR/cli.err"; }; then
		complain "$2" "an error's lines begin with xdpq:, and there is one"
	elif grep -qi '^usage:' "$BED_DIR/cli.err"; then
		complain "$2" "a dump of the usage"
	fi
}

# Reads lines "STATUS | ARGUMENTS | TEXT"; empty ones and those with # are skipped.
# Each call must end with that status and say TEXT; an error goes to stderr alone.
check_table() {
	local status arguments text

	while IFS='|' read -r status arguments text; do
		status=$(trim "$status")
		[[ $status = [0-9] ]] || continue
		check_one "$status" "$(trim "$arguments")" "$(trim "$text")"
	done >"$BED_DIR/complaints"
	head -n 60 "$BED_DIR/complaints"
	[ ! -s "$BED_DIR/complaints" ]
}

# Like check_table, and afterwards the system is as it was before.
check_refusals() {
	local before

	before=$(bed_state)
	check_table
	diff <(echo "$before") <(bed_state)
}
