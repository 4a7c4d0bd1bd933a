#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# make check-vm: the tool on other kernels, oldest first. O: the build folder.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernels=${XDPQ_VM_KERNELS:-6.1 6.12 newest}
failed=0

for kernel in $kernels; do
	XDPQ_BIN=$O/xdpq XDPQ_VM_FILES="$here/guest.sh $here/bed.bash $O/tests pgrep" \
		"$here/run.sh" "$kernel" "$here/guest.sh $O/tests/pifo_time.bpf.o" || failed=$((failed + 1))
done
[ "$failed" = 0 ]
