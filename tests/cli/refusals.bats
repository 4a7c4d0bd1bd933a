#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
# Attaches that cannot be: one clear sentence, the right exit code, and the system as it was.

bats_require_minimum_version 1.5.0

load ../lib/ownbed.bash

teardown() {
	if [ -n "${CGROUP:-}" ]; then
		rmdir "$CGROUP"
	fi
	bed_remove
}

# refused STATUS TEXT COMMAND...: ends so, says that, changes nothing.
refused() {
	local expected=$1 text=$2 before

	shift 2
	before=$(bed_state)
	run "$@"
	echo "$output"
	[ "$status" = "$expected" ]
	[[ $output = *"$text"* ]]
	diff <(echo "$before") <(bed_state)
}

# compile NAME [OPTION...]: the C source on stdin to $BED_DIR/NAME.bpf.o, as one outside the tree would.
compile() {
	local name=$1

	shift
	cat >"$BED_DIR/$name.bpf.c"
	clang -O2 -g -target bpf -mcpu=v3 -I"$BED_REPO/bpf/include" -I"/usr/include/$(cc -print-multiarch)" \
		"$@" -c "$BED_DIR/$name.bpf.c" -o "$BED_DIR/$name.bpf.o"
}

# A program that lets all pass, attached by somebody else.
other_program() {
	compile other <<-'END'
	#include <linux/bpf.h>
	#include <bpf/bpf_helpers.h>
	SEC("xdp") int somebodys_own(struct xdp_md *ctx) { return XDP_PASS; }
	char somebodys_license[] SEC("license") = "GPL";
	END
	ip -n "${BED}router" link set c0 xdpdrv obj "$BED_DIR/other.bpf.o" sec xdp
}

# A scheduler with two parameters and a counter, as somebody would write one.
own_scheduler() {
	cat <<-'END'
	#include <xdpq/sched.h>

	struct mine_params {
		__u32 limit XDPQ_PARAM(packets, 1, 1000, 20, "packets that may wait");
		__u64 hold XDPQ_PARAM(time, 0ns, 10s, 0ns, "not used");
	};
	XDPQ_PARAMS(struct mine_params);

	struct mine_counters {
		__u64 seen XDPQ_COUNTER(packets, "packets offered");
	};
	XDPQ_COUNTERS(struct mine_counters);

	static struct xdpq_list waiting;

	static __always_inline int mine_enqueue(struct xdpq_packet *packet)
	{
		xdpq_counters.seen++;
		if (xdpq_qlen() >= xdpq_params()->limit)
			return XDPQ_DROP_OVERLIMIT;
		xdpq_list_push(&waiting, packet->slot, xdpq_slot_next);
		return XDPQ_ACCEPT;
	}

	static __always_inline struct xdpq_next mine_dequeue(__u64 now)
	{
		return xdpq_send_slot(xdpq_list_pop(&waiting, xdpq_slot_next));
	}

	XDPQ_SCHEDULER("somebody's own", mine_enqueue, mine_dequeue, xdpq_always);
	END
}

# with_caps CAPABILITIES COMMAND...: in the router, as root with no more than these.
with_caps() {
	local caps=$1

	shift
	in_router setpriv --bounding-set "-all,$caps" --inh-caps=-all "$@"
}

@test "loopback" {
	refused 3 "attach lo: is the loopback interface" xdpq attach lo sched fifo
}

@test "an interface that is not Ethernet" {
	in_router ip tuntap add tun9 mode tun 2>/dev/null || skip "this kernel has no tun"
	refused 3 "attach tun9: is not an Ethernet interface" xdpq attach tun9 sched fifo
}

@test "a driver without native XDP" {
	ip -n "${BED}router" link add ifb9 type ifb 2>/dev/null || skip "this kernel has no ifb"
	refused 3 "attach ifb9: its driver has no native XDP" xdpq attach ifb9 sched fifo
	refused 3 "attach ifb9: its driver has no native XDP" xdpq attach ifb9 sched none
}

@test "another XDP program: named, and left in place" {
	other_program
	refused 1 "attach c0: the XDP program somebodys_own (id " xdpq attach c0 sched fifo
	refused 1 "\`ip link set c0 xdp off\`" xdpq attach c0 sched fifo
	refused 1 "attach s0: peer c0: the XDP program somebodys_own (id " xdpq attach s0 sched fifo peer c0
	[[ $(ip -n "${BED}router" link show c0) = *xdp* ]]
}

@test "another XDP program in generic mode: named, and left in place" {
	other_program
	ip -n "${BED}router" link set c0 xdpdrv off
	ip -n "${BED}router" link set c0 xdpgeneric obj "$BED_DIR/other.bpf.o" sec xdp
	refused 1 "attach c0: the XDP program somebodys_own (id " xdpq attach c0 sched fifo
	refused 1 "\`ip link set c0 xdpgeneric off\`" xdpq attach c0 sched fifo
	ip -n "${BED}router" link set c0 xdpgeneric off
	xdpq attach c0 sched fifo
}

@test "attached already" {
	xdpq attach c0 sched fifo limit 7
	refused 1 "attach c0: is a port already" xdpq attach c0 sched tbf rate 1mbit limit 10k
	refused 1 "attach c0: is a port already" xdpq attach c0 sched fifo limit 7
	[ "$(port c0 sched parameters.limit | tr '\n' ' ')" = "fifo 7 " ]
}

@test "an MTU that cannot be queued: the limit is named, and it is the limit" {
	local max

	max=$(xdpq features -j | values kernel.max_mtu_bytes)
	[ "$max" -gt 3000 ]
	ip -n "${BED}router" link set c0 mtu $((max + 1))
	refused 3 "MTU $((max + 1)) cannot be queued on this kernel, at most $max can" xdpq attach c0 sched fifo
	ip -n "${BED}router" link set c0 mtu "$max"
	xdpq attach c0 sched fifo
	[ "$(port c0 store.frame_bytes)" -ge $((max + 14)) ]
}

@test "an MTU that the driver refuses" {
	ip -n "${BED}router" link set c0 mtu 9000
	ip -n "${BED}client" link set eth0 mtu 9000
	refused 3 "MTU 9000" xdpq attach c0 sched none
	refused 3 "MTU 9000" xdpq attach c0 sched fifo
}

@test "an MTU of the veth peer that the driver refuses" {
	ip -n "${BED}client" link set eth0 mtu 9000
	refused 3 "perhaps for MTU 1500, its peer's MTU or its offloads" xdpq attach c0 sched fifo
}

@test "a peer that cannot be one: named beside the interface" {
	refused 3 "attach s0: peer lo: is the loopback interface" xdpq attach s0 sched fifo peer lo
}

@test "ends of a wire with different MTUs: a warning" {
	ip -n "${BED}router" link set c0 mtu 1400
	run xdpq attach s0 sched fifo peer c0
	[ "$status" = 0 ]
	[[ $output = *"warning: MTU 1400 of c0 is less than the 1500 of s0"* ]]
	xdpq detach s0
	run xdpq attach c0 sched fifo peer s0
	[ "$status" = 0 ]
	[[ $output = *"warning: MTU 1400 of c0 is less than the 1500 of s0"* ]]
	xdpq detach c0
	ip -n "${BED}router" link set s0 mtu 1400
	run xdpq attach s0 sched fifo peer c0
	[[ $output != *MTU* ]]
}

@test "what is left of a port whose pins are damaged: detach all is named, and is the way out" {
	local pin command

	for pin in conf btf; do
		xdpq attach c0 sched fifo
		rm "$BED_PINS/$BED_COOKIE/$(port c0 ifindex)/$pin"
		for command in "attach c0 sched fifo" "show c0" show "change c0 limit 5"; do
			# shellcheck disable=SC2086 # several words
			refused 1 "\`xdpq detach all\` removes" xdpq $command
		done
		xdpq detach all || true
		xdpq attach c0 sched fifo
		xdpq detach c0
	done
}

@test "a long packet comes through whole, up to the longest MTU" {
	local max host

	max=$(xdpq features -j | values kernel.max_mtu_bytes)
	for host in "router c0" "router s0" "client eth0" "server eth0"; do
		# shellcheck disable=SC2086 # host and device
		set -- $host
		ip -n "$BED$1" link set "$2" mtu "$max"
	done
	xdpq attach c0 sched fifo
	xdpq attach s0 sched fifo rate 5mbit
	pings 10.0.2.2
	receiver rx server 5000 1
	send_udp 10.0.2.2 5000 50 $((max - 28)) 100000
	all_came rx 50
}

@test "object files that are none" {
	printf 'not an object' >"$BED_DIR/text.o"
	: >"$BED_DIR/empty.o"
	head -c 2000 "$(dirname "$XDPQ")/fifo.bpf.o" >"$BED_DIR/cut.o"
	mkdir "$BED_DIR/directory.o"
	check_refusals <<-END
		2 | attach c0 sched /bin/true          | attach c0: sched /bin/true:
		2 | attach c0 sched $BED_DIR/text.o    | not a BPF object file, or a damaged one
		2 | attach c0 sched $BED_DIR/empty.o   | not a BPF object file, or a damaged one
		2 | attach c0 sched $BED_DIR/cut.o     | not a BPF object file, or a damaged one
		2 | attach c0 sched $BED_DIR/directory.o | directory.o:
		1 | attach c0 sched $BED_DIR/none.o    | No such file or directory
		1 | attach c0 sched ./none.bpf.o       | No such file or directory
		1 | attach c0 sched none.o             | No such file or directory
		2 | sched show /bin/true               | sched show /bin/true:
	END
}

@test "objects cut anywhere are refused" {
	local size

	for size in 64 500 1000 3000 5000 8000 12000 20000; do
		head -c "$size" "$(dirname "$XDPQ")/tbf.bpf.o" >"$BED_DIR/cut$size.o"
		echo "2 | attach c0 sched $BED_DIR/cut$size.o rate 1mbit limit 10k | attach c0: sched"
	done >"$BED_DIR/table"
	check_refusals <"$BED_DIR/table"
}

@test "objects with bytes changed are refused, or are as good; nothing crashes" {
	local seed status

	python3 - "$(dirname "$XDPQ")/fifo.bpf.o" "$BED_DIR/bad" <<-'END'
	import random, sys
	good = open(sys.argv[1], "rb").read()
	for seed in range(1, 61):
	    data, pick = bytearray(good), random.Random(seed).randrange
	    for _ in range(8):
	        data[pick(len(data))] = pick(256)
	    open(f"{sys.argv[2]}{seed}.o", "wb").write(data)
	END
	for seed in {1..60}; do
		status=0
		xdpq attach c0 sched "$BED_DIR/bad$seed.o" >/dev/null 2>"$BED_DIR/said" || status=$?
		[ "$status" -le 3 ] || {
			echo "seed $seed: status $status"
			return 1
		}
		[ "$status" = 0 ] || grep -q '^xdpq: attach c0: ' "$BED_DIR/said"
		[ "$status" != 0 ] || xdpq detach c0
	done
	[ ! -e "$BED_PINS/$BED_COOKIE" ]
}

@test "an XDP object that is no scheduler" {
	compile foreign <<-'END'
	#include <linux/bpf.h>
	#include <bpf/bpf_helpers.h>
	SEC("xdp") int somebodys_own(struct xdp_md *ctx) { return XDP_PASS; }
	char somebodys_license[] SEC("license") = "GPL";
	END
	refused 2 "xdpq_enqueue" xdpq attach c0 sched "$BED_DIR/foreign.bpf.o"
}

@test "a scheduler without its dequeue program: named" {
	own_scheduler | sed '/^XDPQ_SCHEDULER(/d' >"$BED_DIR/half"
	cat >>"$BED_DIR/half" <<-'END'
	static const struct xdpq_policy half = { .enqueue = mine_enqueue, .dequeue = mine_dequeue, .cut_through = xdpq_always };
	SEC("xdp") XDPQ_SCHEDULER_TAG("half a scheduler")
	int xdpq_enqueue(struct xdp_md *ctx) { return xdpq_enqueue_frame(ctx, xdpq_clock(), &half); }
	char xdpq_license[] SEC("license") = "GPL";
	END
	compile half <"$BED_DIR/half"
	refused 2 "the object has no program xdpq_dequeue" xdpq attach c0 sched "$BED_DIR/half.bpf.o"
}

@test "a scheduler for another ABI: named" {
	own_scheduler | sed 's/^XDPQ_SCHEDULER(/#undef XDPQ_ABI\n#define XDPQ_ABI 99\n&/' | compile other_abi
	refused 2 "99" xdpq attach c0 sched "$BED_DIR/other_abi.bpf.o"
}

@test "a scheduler that the verifier refuses" {
	own_scheduler | sed 's/xdpq_counters.seen++;/&\n\t\tif (*(volatile int *)0 == 1) return XDPQ_DROP_AQM;/' | compile unsafe
	# Not "not permitted", though the verifier says so.
	refused 3 "this kernel refuses the scheduler" xdpq attach c0 sched "$BED_DIR/unsafe.bpf.o"
}

@test "a scheduler whose parameter has no tag: named" {
	own_scheduler | sed 's/__u64 hold XDPQ_PARAM.*/__u64 hold;/' | compile untagged
	refused 2 "hold" xdpq attach c0 sched "$BED_DIR/untagged.bpf.o"
}

@test "a scheduler of one's own, built outside the tree, works" {
	own_scheduler | compile mine
	xdpq attach c0 sched fifo
	(cd "$BED_DIR" && xdpq attach s0 sched ./mine.bpf.o limit 200 rate 10mbit)
	[ "$(port s0 sched parameters.limit | tr '\n' ' ')" = "./mine.bpf.o 200 " ]
	pings 10.0.2.2
	receiver rx server 5000
	send_udp 10.0.2.2 5000 150 1000 100000
	all_came rx 150
	[ "$(port s0 scheduler.seen)" -gt 100 ]
	xdpq change s0 limit 100 hold 5ms
	[ "$(port s0 parameters.limit parameters.hold_ns | tr '\n' ' ')" = "100 5000000 " ]
	[[ $(xdpq show -s s0) = *"seen "* ]]
	xdpq sched show "$BED_DIR/mine.bpf.o" | grep -q "somebody's own"
	check_refusals <<-'END'
		2 | change s0 limit 1001 | limit: "1001" is out of range (1..1000)
		2 | change s0 holds 5ms  | did you mean hold?
	END
	conserved
}

@test "lacking capabilities are named, exit code 5" {
	refused 5 "lacking: CAP_BPF, CAP_PERFMON" with_caps +net_admin "$XDPQ" attach c0 sched fifo
	refused 5 "lacking: CAP_NET_ADMIN" with_caps +bpf,+perfmon "$XDPQ" attach c0 sched fifo
	refused 5 "lacking: CAP_PERFMON" with_caps +bpf,+net_admin "$XDPQ" attach c0 sched fifo
	refused 5 "lacking: CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON" with_caps -all "$XDPQ" attach c0 sched fifo
}

@test "nobody may attach, change, detach, pump or ask for features; exit code 5" {
	local command nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

	xdpq attach c0 sched fifo
	for command in "attach s0 sched fifo" "change c0 limit 5" "detach c0" "detach all" "pump c0" "features"; do
		# shellcheck disable=SC2086 # several words
		refused 5 "lacking: CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON" in_router "${nobody[@]}" "$XDPQ" $command
	done
	for command in show "show c0" "show -j"; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr in_router "${nobody[@]}" "$XDPQ" $command
		[ "$status" = 5 ]
		[ -z "$output" ]
		# shellcheck disable=SC2154 # set by run
		[[ $stderr = *"lacking: CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON" ]]
	done
	refused 5 "-n: entering the network namespace ${BED}router needs CAP_SYS_ADMIN" "${nobody[@]}" \
		"$XDPQ" -n "${BED}router" show
}

@test "the three capabilities are enough, and the pump keeps none" {
	local id set

	xdpq attach s0 sched fifo
	xdpq detach s0
	with_caps +bpf,+net_admin,+perfmon "$XDPQ" attach c0 sched fifo
	id=$(port c0 pump.pid)
	[ "$id" != 0 ]
	# The bounding set is out of its reach without CAP_SETPCAP; nothing can be had from there any more.
	for set in CapPrm CapEff CapInh CapAmb; do
		[ "$(sed -n "s/^$set:[[:space:]]*//p" "/proc/$id/status")" = 0000000000000000 ]
	done
	[ "$(sed -n "s/^NoNewPrivs:[[:space:]]*//p" "/proc/$id/status")" = 1 ]
	with_caps +bpf,+net_admin,+perfmon "$XDPQ" detach c0
	[ ! -e "$BED_PINS/$BED_COOKIE" ]
}

# In process and mount namespaces of its own, where /run is empty but for what $1 makes there.
with_run() {
	local make=$1

	shift
	in_router unshare -m -p -f --mount-proc bash -c "mount -t tmpfs none /run && $make && exec \"\$@\"" - "$@"
}

@test "a BPF file system that cannot be mounted" {
	refused 1 "cannot mount a BPF file system at /run/xdpq (it has to be a directory" \
		with_run "touch /run/xdpq" "$XDPQ" attach c0 sched fifo
	refused 1 "cannot mount a BPF file system at /run/xdpq (the directory is missing" \
		with_run "mount -o remount,ro /run" "$XDPQ" attach c0 sched fifo
	refused 5 "cannot mount a BPF file system at /run/xdpq (needs CAP_SYS_ADMIN" \
		with_run true setpriv --bounding-set -all,+bpf,+net_admin,+perfmon --inh-caps=-all "$XDPQ" attach c0 sched fifo
}

@test "without a BPF file system nothing is attached" {
	[ -z "$(with_run true "$XDPQ" show)" ]
	run with_run true "$XDPQ" show c0
	[ "$status" = 4 ]
	with_run true "$XDPQ" detach all
}

@test "a BPF file system is mounted where there is none" {
	# shellcheck disable=SC2016 # for the shell in there
	run with_run true bash -c '"$0" attach c0 sched fifo && "$0" show && grep " /run/xdpq bpf" /proc/mounts && "$0" detach all' "$XDPQ"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output = *"c0: sched fifo"* ]]
}

# A memory cgroup of so many bytes, of version 1 or 2, in CGROUP.
memory_cgroup() {
	if [ -d /sys/fs/cgroup/memory ]; then
		CGROUP=/sys/fs/cgroup/memory/$BED
		mkdir "$CGROUP" && echo "$1" >"$CGROUP/memory.limit_in_bytes"
	else
		CGROUP=/sys/fs/cgroup/$BED
		mkdir "$CGROUP" && echo "$1" >"$CGROUP/memory.max"
	fi
}

# refused_for_memory TEXT WORD...: a fifo of these parameters, with 64 MB to have.
refused_for_memory() {
	if ! memory_cgroup $((64 << 20)) 2>/dev/null; then
		unset CGROUP
		skip "no memory cgroup can be made here"
	fi
	# shellcheck disable=SC2016 # for the shell in there
	refused 1 "$1" bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$CGROUP" \
		env XDPQ_TEST_BED="$BED" "$XDPQ" -n "${BED}router" attach c0 sched fifo "${@:2}"
}

@test "no memory for the maps: said, with what would need less" {
	refused_for_memory "a smaller limit needs less" limit 200000
}

@test "no memory for the slots that were asked for: said so" {
	refused_for_memory "fewer slots need less" slots 200000
}

@test "no memory for as many packets as can be asked for, of the longest" {
	ip -n "${BED}router" link set c0 mtu 3300
	refused_for_memory "a smaller limit needs less" limit 1048576
}

@test "too many words" {
	local words

	words=$(printf 'limit 5 %.0s' {1..400})
	# shellcheck disable=SC2086 # many words
	refused 2 "too many" xdpq attach c0 sched fifo $words
	words=$(printf 'x%.0s' {1..5000})
	refused 2 "attach c0" xdpq attach c0 sched fifo "$words" 5
	refused 1 "no such interface" xdpq attach "$words" sched fifo
	refused 2 "" xdpq attach c0 sched "$words"
}
