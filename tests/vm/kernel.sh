#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.sh KERNEL
#
# Put the newest Debian kernel whose release starts with KERNEL in the cache
# and print its folder, which holds vmlinuz and lib/modules/RELEASE.

set -eu -o pipefail

# Oldest first. Each is also tried with -security and -backports.
suites='bookworm trixie'

cache=$XDPQ_VM_CACHE
kernels=$cache/kernel
apt=$cache/apt

die()
{
	echo "kernel.sh: $*" >&2
	exit 1
}

# The address the host's apt has for a suite.
mirror()
{
	# shellcheck disable=SC2016 # apt expands these, not the shell
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' \
		'Created-By: Packages' |
		awk -v suite="$1" \
			'$1 == suite && $2 == "main" && !n++ { print $3 }'
}

keyring()
{
	local f

	for f in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
		[ ! -e "$f" ] || { echo "$f"; return; }
	done
	die 'debian-archive-keyring is not installed'
}

sources()
{
	local host main security key suite

	# shellcheck source=/dev/null
	host=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	main=$(mirror "$host")
	security=$(mirror "$host-security")
	key=$(keyring)
	[ -n "$main" ] || die "apt has no source for '$host'"

	for suite in $suites; do
		echo "deb [signed-by=$key] $main $suite main"
		echo "deb [signed-by=$key] $main $suite-backports main"
		[ -z "$security" ] ||
			echo "deb [signed-by=$key] $security $suite-security main"
	done
}

# An apt of our own: it keeps the host's way to the network (proxies and the
# like) but none of its sources, pins, hooks or installed packages.
apt_config()
{
	apt-config dump | grep -E '^Acquire::(https?|Retries|ForceIPv)' || true
	cat <<-END
	Dir::State "$apt";
	Dir::State::status "/dev/null";
	Dir::Cache "$apt";
	Dir::Etc::sourcelist "$apt/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::main "/dev/null";
	Dir::Etc::parts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	Acquire::Languages "none";
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Sandbox::User "root";
	END
}

apt_setup()
{
	mkdir -p "$apt/lists/partial" "$apt/archives/partial"
	sources > "$apt/sources.list"
	apt_config > "$apt/apt.conf"
	export APT_CONFIG=$apt/apt.conf
	# A suite that has left the mirror must not stop the others.
	apt-get -qq update >&2 || echo 'kernel.sh: not all suites were read' >&2
}

# Packages of a release, given the names of all packages; nothing if they
# are not complete: backports drops an old linux-modules-* before the
# linux-binary-* that goes with it.
packages()
{
	local part all=

	if ! grep -qxF "linux-binary-$1" <<< "$2"; then
		echo "linux-image-$1"
		return
	fi
	for part in base binary modules; do
		grep -qxF "linux-$part-$1" <<< "$2" || return 0
		all+=" linux-$part-$1"
	done
	echo "$all"
}

# Print the newest release that fits, and its packages.
resolve()
{
	local names rel pkgs

	names=$(apt-cache pkgnames linux-)
	while read -r rel; do
		case $rel in
		"$1"[.+-]*) ;;
		*) [ "$1" = newest ] || continue ;;
		esac
		pkgs=$(packages "$rel" "$names")
		[ -z "$pkgs" ] || { echo "$rel $pkgs"; return; }
	done < <(sed -nE 's/^linux-(image|binary)-([0-9]+(\.[0-9]+){2}(\+deb[0-9.]+)?(-[0-9]+)?-amd64)$/\2/p' \
		<<< "$names" | sort -Vru)
	die "no kernel $1 in $suites"
}

unpack()
{
	local rel=$1 dir=$2 deb

	for deb in "$dir"/*.deb; do
		dpkg-deb -x "$deb" "$dir"
		rm "$deb"
	done
	# Newer packages are for a merged /usr.
	[ -d "$dir/lib" ] || ln -s usr/lib "$dir/lib"
	if [ -e "$dir/boot/vmlinuz-$rel" ]; then
		ln -s "boot/vmlinuz-$rel" "$dir/vmlinuz"
	else
		ln -s "lib/modules/$rel/vmlinuz" "$dir/vmlinuz"
	fi
	[ -e "$dir/vmlinuz" ] || die "no vmlinuz in the packages of $rel"
	depmod -b "$dir" "$rel"
}

fetch()
{
	local rel dir pkgs
	read -r rel pkgs

	dir=$kernels/$rel
	if [ ! -d "$dir" ]; then
		rm -rf "$dir.new"
		mkdir -p "$dir.new"
		echo "kernel.sh: fetching $pkgs" >&2
		# shellcheck disable=SC2086 # a list
		(cd "$dir.new" && apt-get -qq download $pkgs >&2)
		unpack "$rel" "$dir.new"
		mv "$dir.new" "$dir"
	fi
	ln -sfn "$rel" "$kernels/$1"
}

kernel=$1
case $kernel in
newest | [0-9]*.[0-9]*) ;;
*) die "'$kernel' is not a kernel series such as 6.1" ;;
esac

mkdir -p "$kernels"
exec 9> "$cache/lock"
flock 9
if [ ! -e "$kernels/$kernel" ]; then
	apt_setup
	found=$(resolve "$kernel")
	fetch "$kernel" <<< "$found"
fi
readlink -f "$kernels/$kernel"
