#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# initramfs.sh KERNEL_DIR OUT COMMAND
#
# Write to OUT an initramfs that runs COMMAND. It isn't compressed: qemu hands
# it over faster than anything could unpack it.

set -eu -o pipefail

kernel=$1
out=$2
command=$3

tools='ip tc ping iperf3 ethtool'
# Those of busybox that start a program take its own applets first, such as
# its ip, whatever PATH says.
runners='sh env timeout nice nohup setsid chroot xargs find unshare nsenter taskset'
data='/etc/iproute2 /usr/share/iproute2 /usr/lib/tc'
modules='veth dummy bonding vrf ifb tun macvlan ipvlan virtio_net
	8021q bridge br_netfilter pktgen xsk_diag'

here=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$root"' EXIT

die()
{
	echo "initramfs.sh: $*" >&2
	exit 1
}

# Shared libraries of a program; none if it's static or a script.
libraries()
{
	{ ldd "$1" 2> /dev/null || true; } |
		awk '$2 == "=>" && $3 ~ /^\// { print $3 }
		     $1 ~ /^\// { print $1 }'
}

# Copy a file or folder to the same path, or to the one given.
add()
{
	local src to file lib

	src=$(realpath -s "$1")
	to=$root${2:-$src}
	mkdir -p "$(dirname "$to")"
	if [ -d "$src" ]; then
		mkdir -p "$to"
		cp -a "$src/." "$to"
	else
		cp -L "$src" "$to"
	fi
	find -L "$src" -type f -perm -u+x | while read -r file; do
		libraries "$file"
	done | sort -u | while read -r lib; do
		mkdir -p "$root$(dirname "$lib")"
		cp -L "$lib" "$root$lib"
	done
}

add_tool()
{
	local path

	path=$(command -v "$1") || die "no $1 on this host"
	add "$path"
}

skeleton()
{
	local d

	mkdir -p "$root"/{dev,etc,proc,sys,run,tmp,mnt,root,xdpq-vm}
	# Paths before and after the merge of /usr must both be good.
	for d in bin sbin lib lib64; do
		mkdir -p "$root/usr/$d"
		ln -s "usr/$d" "$root/$d"
	done
	echo 'root:x:0:0:root:/root:/bin/bash' > "$root/etc/passwd"
	echo 'root:x:0:' > "$root/etc/group"
	echo '127.0.0.1 localhost' > "$root/etc/hosts"
	# As systemd has it: no dummy0 and bond0 of their own accord.
	mkdir "$root/etc/modprobe.d"
	printf 'options %s=0\n' 'bonding max_bonds' 'dummy numdummies' \
		> "$root/etc/modprobe.d/none.conf"
}

add_programs()
{
	local f

	add "$(command -v busybox)" /usr/bin/busybox
	add "$(command -v bash)" /usr/bin/bash
	# The kernel starts this one by itself, to load what's asked for.
	add "$(command -v modprobe)" /sbin/modprobe
	for f in $tools $runners; do
		! command -v "$f" > /dev/null || add_tool "$f"
	done
	for f in $data; do
		[ ! -d "$f" ] || add "$f"
	done
}

# What the user wants: words are paths, or else names of host tools.
add_files()
{
	local f
	local -a files

	read -r -d '' -a files <<< "${XDPQ_VM_FILES-}" || true
	for f in ${files[@]+"${files[@]}"}; do
		if [ -e "$f" ]; then
			add "$f"
		else
			add_tool "$f"
		fi
	done
	[ -z "${XDPQ_BIN-}" ] || add "$XDPQ_BIN" /usr/bin/xdpq
}

# Module files, with those they depend on. Wanted: all of net/sched, our
# list as far as this kernel has it, and strictly the user's own list.
module_files()
{
	local rel=$1 sched
	local -a show=(modprobe -C /dev/null -d "$kernel" -S "$rel" -a
		--show-depends)

	sched=$(find -L "$kernel/lib/modules/$rel/kernel/net/sched" \
		-name '*.ko*' -printf '%f\n' | sed 's/\.ko.*//')
	{
		# shellcheck disable=SC2086 # lists
		"${show[@]}" -q $modules $sched || true
		# shellcheck disable=SC2086
		[ -z "${XDPQ_VM_MODULES-}" ] || "${show[@]}" $XDPQ_VM_MODULES
	} | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u
}

add_modules()
{
	local rel files file to

	rel=$(basename "$kernel")
	files=$(module_files "$rel")
	while read -r file; do
		to=$root/lib/modules/$rel/${file#*/lib/modules/"$rel"/}
		mkdir -p "$(dirname "$to")"
		cp "$file" "$to"
	done <<< "$files"
	cp "$kernel/lib/modules/$rel"/modules.{order,builtin}* \
		"$root/lib/modules/$rel"
	depmod -b "$root" "$rel"
}

skeleton
add_programs
add_files
add_modules
cp "$here/init" "$root/init"
chmod 755 "$root/init"
# The command starts in the caller's folder, so that relative paths hold.
mkdir -p "$root$PWD"
echo "$PWD" > "$root/xdpq-vm/dir"
echo "$command" > "$root/xdpq-vm/command"

(cd "$root" && find . -print0 |
	cpio --quiet --null -o -H newc -R 0:0) > "$out"
