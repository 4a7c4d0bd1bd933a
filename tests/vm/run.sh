#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh KERNEL COMMAND...
#
# Boot a Debian kernel under qemu, run COMMAND in it, print its output, exit
# with its exit code. See README.md.

set -eu -o pipefail

if [ $# -lt 2 ]; then
	echo "usage: $0 KERNEL COMMAND..." >&2
	exit 125
fi

kernel=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
repo=$(cd "$here/../.." && pwd)
# Users' PATH on Debian lacks these, where modprobe, tc and others are.
PATH=$PATH:/usr/sbin:/sbin
limit=${XDPQ_VM_TIMEOUT:-300}
XDPQ_VM_CACHE=$(realpath -m "${XDPQ_VM_CACHE:-$repo/.output/vm}")
export XDPQ_VM_CACHE

if [ -z "${XDPQ_BIN-}" ] && [ -x "$repo/.output/xdpq" ]; then
	XDPQ_BIN=$repo/.output/xdpq
fi
export XDPQ_BIN=${XDPQ_BIN-}

say()
{
	echo "run.sh: $*" >&2
}

# Failures of the harness, as opposed to the command's: 125, as env(1) has it.
die()
{
	say "$@"
	exit 125
}

host_tools()
{
	local pair missing=

	for pair in qemu-system-x86_64:qemu-system-x86 busybox:busybox-static \
		cpio:cpio modprobe:kmod ldd:libc-bin; do
		command -v "${pair%:*}" > /dev/null || missing+=" ${pair#*:}"
	done
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || die "install these packages:$missing"
	# shellcheck disable=SC2086 # a list
	DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
		--no-install-recommends $missing >&2 || die 'apt-get failed'
}

machine()
{
	timeout --foreground --kill-after=10 "$1" qemu-system-x86_64 \
		-smp 2 -m 1024 -nographic -no-reboot -nic none -monitor none \
		-kernel "$vmlinuz" "${@:2}" < /dev/null
}

# A /dev/kvm that opens may still not run a guest, as in a VM inside a VM;
# so see if the kernel says a word (it then panics for want of a root).
kvm_works()
{
	local verdict=$XDPQ_VM_CACHE/kvm

	[ -w /dev/kvm ] || return 1
	if [ ! -e "$verdict" ]; then
		if machine 20 -accel kvm -cpu host -serial stdio \
			-append 'console=ttyS0 panic=-1' 2>&1 |
			grep -a 'Linux version' > /dev/null; then
			echo yes > "$verdict"
		else
			echo no > "$verdict"
		fi
	fi
	[ "$(cat "$verdict")" = yes ]
}

accel()
{
	# Instructions can be counted only where qemu runs them.
	[ -z "${XDPQ_VM_ICOUNT-}" ] || return 1
	case ${XDPQ_VM_ACCEL:-auto} in
	tcg) return 1 ;;
	kvm) return 0 ;;
	auto) kvm_works ;;
	*) die "XDPQ_VM_ACCEL is kvm, tcg or auto" ;;
	esac
}

boot()
{
	# Less what TCG hasn't got and would warn about.
	local -a cpu=(-accel 'tcg,thread=single'
		-cpu 'Haswell-noTSX,-pcid,-x2apic,-tsc-deadline,-invpcid')

	! accel || cpu=(-accel kvm -cpu host)
	# One CPU: qemu would let a busy one go on until the next timer of any
	# of them, ms during which the others stand still.
	[ -z "${XDPQ_VM_ICOUNT-}" ] ||
		cpu+=(-smp 1 -icount "shift=$XDPQ_VM_ICOUNT,sleep=off")
	# An oops ends the VM, so that it can't go by unseen. By way of cat,
	# as qemu makes its output non-blocking, which others may share.
	machine "$limit" "${cpu[@]}" -initrd "$work/initrd" \
		-append 'console=ttyS0 panic=-1 oops=panic audit=0' \
		-serial "file:$work/console" \
		-chardev stdio,id=out,signal=off -serial chardev:out \
		2> "$work/qemu" | cat
}

# shellcheck disable=SC2317 # the trap calls it
finish()
{
	[ ! -e "$work/console" ] ||
		cat "$work/qemu" "$work/console" > "$XDPQ_VM_CACHE/$kernel.log"
	rm -rf "$work"
}

# The command's exit code, if it got as far.
result()
{
	[ ! -e "$work/console" ] ||
		sed -n 's/.*xdpq-vm: exit code \([0-9]*\).*/\1/p' \
			"$work/console" | tail -n 1
}

host_tools
dir=$("$here/kernel.sh" "$kernel") || exit 125
vmlinuz=$dir/vmlinuz
work=$(mktemp -d "$XDPQ_VM_CACHE/run.XXXXXX")
trap finish EXIT
trap 'exit 130' INT
"$here/initramfs.sh" "$dir" "$work/initrd" "$*" || exit 125

status=0
boot || status=$?
code=$(result)
[ -z "$code" ] || exit "$code"

tail -n 40 "$work/qemu" "$work/console" >&2 || true
case $status in
124 | 137)
	say "no end after $limit s; log: $XDPQ_VM_CACHE/$kernel.log"
	exit 124
	;;
esac
die "the VM ended early; log: $XDPQ_VM_CACHE/$kernel.log"
