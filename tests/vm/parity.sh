#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# make parity: xdpq beside Linux's own qdiscs, in a virtual machine that counts
# instructions, so that what else this machine does is not measured.
#
# parity.sh [PAIR...]: only these. O: the build folder.
set -eu -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
O=${O:-$(cd "$here/../.." && pwd)/.output}
kernel=${XDPQ_PARITY_KERNEL:-6.12}
rounds=${ROUNDS:-2}
seconds=8
if [ -n "${XDPQ_PARITY_QUICK-}" ]; then
	rounds=1
	seconds=3
fi
pairs=("$@")
[ $# != 0 ] || pairs=(fq fq_ecn prio tbf tbf_udp netem)

export XDPQ_BIN=$O/xdpq XDPQ_VM_FILES="$here/parity-guest.sh $here/bed.bash"
export XDPQ_VM_ICOUNT=0 XDPQ_VM_TIMEOUT=${XDPQ_VM_TIMEOUT:-2400}

# round NUMBER: a machine of its own, which has both arms of every pair, one after the other.
round() {
	"$here/run.sh" "$kernel" "uname -r; $here/parity-guest.sh $1 $seconds ${pairs[*]}" |
		tee "$O/parity.round$1" | sed -un "s/^@ \([^ ]* [^ ]*\) [0-9]* ping\$/round $1: \1/p" >&2 || {
		echo "parity.sh: round $1 failed; what it said last:" >&2
		tail -n 20 "$O/parity.round$1" >&2
		return 1
	}
}

# As many at a time as there are CPUs: the machines' clocks do not mind.
rm -f "$O"/parity.round*
for ((number = 1; number <= rounds; number++)); do
	# Whether it has failed is asked below.
	[ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n || true
	round "$number" &
	running+=($!)
done
failed=0
for id in "${running[@]}"; do
	wait "$id" || failed=1
done
[ "$failed" = 0 ]
cat "$O"/parity.round* >"$O/parity.records"
PATH=/usr/bin:$PATH python3 -ES "$here/parity.py" "$O/parity.records" | tee "$O/parity.md"
