# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command line, table by table. All mismatches of a table are shown, not only the first. There
# are hundreds of rows, so no step of one takes a process but xdpq.

# trim VARIABLE: takes the space off both its ends.
trim() {
	local -n trimmed=$1

	trimmed=${trimmed#"${trimmed%%[![:space:]]*}"}
	trimmed=${trimmed%"${trimmed##*[![:space:]]}"}
}

complain() {
	printf 'xdpq %s\n    %s\n' "$1" "$2"
	sed 's/^/    > /' "$BED_DIR/cli.out" "$BED_DIR/cli.err"
}

# Whether all lines, one at least, begin with xdpq:
all_ours() {
	local line

	[ -n "$1" ] || return 1
	while read -r line; do
		[[ $line = "xdpq: "* ]] || return 1
	done <<<"${1%$'\n'}"
}

# check_one STATUS ARGUMENTS TEXT
check_one() {
	local status=0 words out err

	# Words as a shell would make them, so that "" and 'a b' can be given.
	eval "words=($2)"
	xdpq "${words[@]}" >"$BED_DIR/cli.out" 2>"$BED_DIR/cli.err" 3>&- || status=$?
	IFS= read -r -d '' out <"$BED_DIR/cli.out" || true
	IFS= read -r -d '' err <"$BED_DIR/cli.err" || true
	if [ "$status" != "$1" ]; then
		complain "$2" "status $status, not $1"
	elif [[ $out$'\n'$err != *"$3"* ]]; then
		complain "$2" "does not say: $3"
	elif [ "$1" != 0 ] && [ -s "$BED_DIR/cli.out" ]; then
		complain "$2" "an error, and output"
	elif [ "$1" != 0 ] && ! all_ours "$err"; then
		complain "$2" "an error's lines begin with xdpq:, and there is one"
	elif [[ $'\n'${err,,} = *$'\n'usage:* ]]; then
		complain "$2" "a dump of the usage"
	fi
}

# Reads lines "STATUS | ARGUMENTS | TEXT"; empty ones and those with # are skipped.
# Each call must end with that status and say TEXT; an error goes to stderr alone. No row is a failure.
check_table() {
	local - status arguments text rows=0

	# Where in here a row fails is of no interest; bats' notes of it take a third of the time.
	set +T
	while IFS='|' read -r status arguments text; do
		trim status
		[[ $status = [0-9] ]] || continue
		trim arguments
		trim text
		check_one "$status" "$arguments" "$text"
		rows=$((rows + 1))
	done >"$BED_DIR/complaints"
	head -n 60 "$BED_DIR/complaints"
	[ ! -s "$BED_DIR/complaints" ] && [ "$rows" -gt 0 ]
}

# Like check_table, and afterwards the system is as it was before.
check_refusals() {
	local before

	before=$(bed_state)
	check_table
	diff <(echo "$before") <(bed_state)
}
