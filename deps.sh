#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Installs what building and testing need, where apt is there to do it;
# elsewhere names the packages.
set -eu

packages="gcc make clang llvm libbpf-dev bpftool libmnl-dev libjansson-dev libpcap-dev libelf-dev zlib1g-dev
	pkg-config libc6-dev libcmocka-dev bats mandoc iproute2 ethtool iperf3 iputils-ping
	python3 python3-jsonschema shellcheck bash-completion groff-base"

missing=
for p in $packages; do
	case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null || true) in
	*"ok installed") ;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
	echo "Please install (Debian's names):$missing" >&2
	exit 1
fi
echo "installing:$missing"
apt-get update -qq
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
