/* SPDX-License-Identifier: GPL-2.0-only */
#include <xdpq/link.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NO_INDEX	987654u
#define VETH_BIT_PER_S	10000000000ull
#define ALL_OFFLOADS	(LINK_RX_VLAN_OFFLOAD | LINK_RX_STAG_OFFLOAD | \
			 LINK_TX_VLAN_OFFLOAD | LINK_TX_STAG_OFFLOAD)
#define MANY_PAIRS	40

static void run(const char *command)
{
	if (system(command))
		fail_msg("%s: failed", command);
}

static uint32_t index_of(const char *name)
{
	struct link link;

	assert_int_equal(link_by_name(name, &link), 0);
	return link.ifindex;
}

static int make_namespace(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	/* veth takes native XDP only when it can receive on as many queues as its peer sends on. */
	return system("ip link add vl0 mtu 1400 address 02:00:00:00:00:0a numtxqueues 3"
		      " numrxqueues 3 type veth peer name vl1 numtxqueues 3 numrxqueues 3");
}

static void by_name(void **state)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, 0x0a };
	struct link link;

	(void)state;
	assert_int_equal(link_by_name("vl0", &link), 0);
	assert_string_equal(link.name, "vl0");
	assert_string_equal(link.kind, "veth");
	assert_memory_equal(link.mac, mac, sizeof(mac));
	assert_int_equal(link.mtu, 1400);
	assert_int_equal(link.tx_queues, 3);
	assert_int_equal(link.flags & IFF_UP, 0);
	assert_true(link.ethernet);
	assert_false(link.promisc);
	assert_int_equal(link.xdp_prog_id, 0);
	assert_int_equal(link.xdp_mode, XDP_ATTACHED_NONE);
	assert_int_equal(link.peer_ifindex, index_of("vl1"));
	assert_int_equal(link.peer_netnsid, -1);
}

static void by_index(void **state)
{
	struct link named, numbered;

	(void)state;
	assert_int_equal(link_by_name("vl1", &named), 0);
	assert_int_equal(link_by_index(named.ifindex, &numbered), 0);
	assert_string_equal(numbered.name, "vl1");
	assert_int_equal(numbered.ifindex, named.ifindex);
	assert_int_equal(numbered.peer_ifindex, named.peer_ifindex);
}

static void by_alternative_name(void **state)
{
	const char *name = "vl-a-name-longer-than-a-link-may-have";
	struct link link;

	(void)state;
	run("ip link property add dev vl0 altname vl-a-name-longer-than-a-link-may-have");
	assert_int_equal(link_by_name(name, &link), 0);
	assert_string_equal(link.name, "vl0");
}

static void loopback(void **state)
{
	struct link link;

	(void)state;
	assert_int_equal(link_by_name("lo", &link), 0);
	assert_false(link.ethernet);
	assert_string_equal(link.kind, "");
	assert_int_equal(link.peer_ifindex, 0);
}

static void no_such_link(void **state)
{
	char long_name[300];
	struct link link;

	(void)state;
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(link_by_name("vl-none", &link), -ENODEV);
	assert_int_equal(link_by_name("", &link), -ENODEV);
	assert_int_equal(link_by_name("a-name-too-long-for-a-link", &link), -ENODEV);
	assert_int_equal(link_by_name(long_name, &link), -ENODEV);
	assert_int_equal(link_by_index(NO_INDEX, &link), -ENODEV);
	assert_int_equal(link_by_index(0, &link), -ENODEV);
	assert_int_equal(link_by_index(UINT32_MAX, &link), -ENODEV);
}

static void no_such_link_settings(void **state)
{
	const uint32_t indices[] = { NO_INDEX, 0, UINT32_MAX };
	uint32_t on, switchable;
	uint64_t speed;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
		assert_int_equal(link_set_promisc(indices[i], true), -ENODEV);
		assert_int_equal(link_speed(indices[i], &speed), -ENODEV);
		assert_int_equal(link_vlan_offload(indices[i], &on, &switchable), -ENODEV);
		assert_int_equal(link_set_vlan_offload(indices[i], LINK_RX_VLAN_OFFLOAD, false),
				 -ENODEV);
	}
}

struct seen {
	unsigned int links;
	unsigned int veths;
};

static int count_link(const struct link *link, void *arg)
{
	struct seen *seen = arg;

	seen->links++;
	seen->veths += !strcmp(link->kind, "veth");
	return 0;
}

/* A call of its own must not disturb the walk. */
static int count_and_ask(const struct link *link, void *arg)
{
	struct link again;

	count_link(link, arg);
	return link_by_index(link->ifindex, &again);
}

static int stop_at_second(const struct link *link, void *arg)
{
	unsigned int *calls = arg;

	(void)link;
	return ++*calls == 2 ? 77 : 0;
}

static void each_link(void **state)
{
	struct seen seen = { 0 };
	unsigned int calls = 0;

	(void)state;
	assert_int_equal(link_each(count_and_ask, &seen), 0);
	assert_int_equal(seen.veths, 2);
	assert_true(seen.links >= 3);
	assert_int_equal(link_each(stop_at_second, &calls), 77);
	assert_int_equal(calls, 2);
}

static int count_lasting(const struct link *link, void *arg)
{
	struct seen *seen = arg;

	seen->links++;
	seen->veths += !strncmp(link->name, "vlm", 3) || !strncmp(link->name, "vlp", 3);
	return 0;
}

/* A dump is interrupted when links come or go, not when they change. */
static pid_t start_changes(void)
{
	pid_t pid = fork();

	if (!pid)
		execlp("sh", "sh", "-c", "for i in $(seq 25); do"
		       " echo link add vlx type veth peer name vly; echo link del vlx;"
		       " done | ip -batch -", (char *)NULL);
	return pid;
}

/* More links than one message of a dump holds. */
static void each_of_many(void **state)
{
	struct seen seen;
	pid_t changer;

	(void)state;
	run("for i in $(seq 40); do echo link add vlm$i type veth peer name vlp$i; done"
	    " | ip -batch -");
	changer = start_changes();
	do {
		seen = (struct seen){ 0 };
		assert_int_equal(link_each(count_lasting, &seen), 0);
		assert_int_equal(seen.veths, 2 * MANY_PAIRS);
	} while (!waitpid(changer, NULL, WNOHANG));
	run("for i in $(seq 40); do echo link del vlm$i; done | ip -batch -");
}

static bool is_promisc(const char *name)
{
	struct link link;

	assert_int_equal(link_by_name(name, &link), 0);
	return link.promisc;
}

static void promisc(void **state)
{
	uint32_t ifindex = index_of("vl0");

	(void)state;
	assert_int_equal(link_set_promisc(ifindex, true), 0);
	assert_true(is_promisc("vl0"));
	run("ip -d link show vl0 | grep -q 'promiscuity 1'");
	assert_int_equal(link_set_promisc(ifindex, true), 0);
	assert_int_equal(link_set_promisc(ifindex, false), 0);
	assert_false(is_promisc("vl0"));
	run("ip -d link show vl0 | grep -q 'promiscuity 0'");
}

static int sniff(uint32_t ifindex)
{
	struct packet_mreq member = { .mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &member,
				    sizeof(member)), 0);
	return fd;
}

static void promisc_of_sniffer(void **state)
{
	uint32_t ifindex = index_of("vl0");
	int fd = sniff(ifindex);

	(void)state;
	run("ip -d link show vl0 | grep -q 'promiscuity 1'");
	assert_false(is_promisc("vl0"));
	assert_int_equal(link_set_promisc(ifindex, true), 0);
	assert_true(is_promisc("vl0"));
	close(fd);
	assert_true(is_promisc("vl0"));
	assert_int_equal(link_set_promisc(ifindex, false), 0);
}

static uint32_t offloads(uint32_t ifindex)
{
	uint32_t on, switchable;

	assert_int_equal(link_vlan_offload(ifindex, &on, &switchable), 0);
	return on;
}

static void vlan_offload(void **state)
{
	uint32_t ifindex = index_of("vl0");
	uint32_t on, switchable, flag;

	(void)state;
	assert_int_equal(link_vlan_offload(ifindex, &on, &switchable), 0);
	assert_int_equal(on, ALL_OFFLOADS);
	assert_int_equal(switchable, ALL_OFFLOADS);
	for (flag = 1; flag & ALL_OFFLOADS; flag <<= 1) {
		assert_int_equal(link_set_vlan_offload(ifindex, flag, false), 0);
		assert_int_equal(offloads(ifindex), ALL_OFFLOADS & ~flag);
		assert_int_equal(link_set_vlan_offload(ifindex, flag, true), 0);
		assert_int_equal(offloads(ifindex), ALL_OFFLOADS);
	}
	assert_int_equal(link_set_vlan_offload(ifindex, ALL_OFFLOADS, false), 0);
	assert_int_equal(offloads(ifindex), 0);
	assert_int_equal(offloads(index_of("vl1")), ALL_OFFLOADS);
	run("ethtool -k vl0 | grep -q 'tx-vlan-stag-hw-insert: off'");
	assert_int_equal(link_set_vlan_offload(ifindex, ALL_OFFLOADS, true), 0);
	assert_int_equal(link_set_vlan_offload(ifindex, 0, true), 0);
}

static void fixed_vlan_offload(void **state)
{
	uint32_t on, switchable;
	uint32_t lo = index_of("lo");

	(void)state;
	assert_int_equal(link_vlan_offload(lo, &on, &switchable), 0);
	assert_int_equal(on, 0);
	assert_int_equal(switchable, 0);
	assert_int_equal(link_set_vlan_offload(lo, LINK_TX_VLAN_OFFLOAD, true), -EOPNOTSUPP);
	assert_int_equal(link_set_vlan_offload(lo, LINK_TX_VLAN_OFFLOAD, false), 0);
}

static void speed(void **state)
{
	uint64_t bit_per_s = 1;

	(void)state;
	assert_int_equal(link_speed(index_of("vl0"), &bit_per_s), 0);
	assert_true(bit_per_s == VETH_BIT_PER_S);
	bit_per_s = 1;
	assert_int_equal(link_speed(index_of("lo"), &bit_per_s), 0);
	assert_true(bit_per_s == 0);
}

static void xdp_features(void **state)
{
	uint64_t features;
	int err = link_xdp_features(index_of("vl0"), &features);

	(void)state;
	if (err == -EOPNOTSUPP) {
		print_message("skipped: the kernel has no netdev family\n");
		skip();
	}
	assert_int_equal(err, 0);
	assert_true(features & LINK_XDP_BASIC);
	assert_true(features & LINK_XDP_REDIRECT);
	assert_int_equal(link_xdp_features(index_of("lo"), &features), 0);
	assert_true(features == 0);
	assert_int_equal(link_xdp_features(NO_INDEX, &features), -ENODEV);
	assert_int_equal(link_xdp_features(0, &features), -ENODEV);
}

static int load_pass(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)insns,
		.insn_cnt = 2,
		.license = (uintptr_t)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static uint32_t prog_id(int fd)
{
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = {
		.info.bpf_fd = fd,
		.info.info_len = sizeof(info),
		.info.info = (uintptr_t)&info,
	};

	assert_int_equal(syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), 0);
	return info.id;
}

static void check_attached(int prog, uint32_t flags, uint8_t mode)
{
	union bpf_attr attr = {
		.link_create.prog_fd = prog,
		.link_create.target_ifindex = index_of("vl0"),
		.link_create.attach_type = BPF_XDP,
		.link_create.flags = flags,
	};
	int fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	struct link link;

	assert_true(fd >= 0);
	assert_int_equal(link_by_name("vl0", &link), 0);
	assert_int_equal(link.xdp_prog_id, prog_id(prog));
	assert_int_equal(link.xdp_mode, mode);
	close(fd);
	assert_int_equal(link_by_name("vl0", &link), 0);
	assert_int_equal(link.xdp_prog_id, 0);
	assert_int_equal(link.xdp_mode, XDP_ATTACHED_NONE);
}

static void xdp_attached(void **state)
{
	int prog = load_pass();

	(void)state;
	if (prog < 0) {
		print_message("skipped: cannot load a BPF program: %s\n", strerror(errno));
		skip();
	}
	check_attached(prog, XDP_FLAGS_SKB_MODE, XDP_ATTACHED_SKB);
	check_attached(prog, XDP_FLAGS_DRV_MODE, XDP_ATTACHED_DRV);
	close(prog);
}

/* Holds a network namespace of its own until it is killed. */
static pid_t start_holder(void)
{
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNET) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void peer_in_other_namespace(void **state)
{
	char command[64];
	struct link link;
	pid_t holder;

	(void)state;
	run("ip link add vl2 type veth peer name vl3");
	holder = start_holder();
	snprintf(command, sizeof(command), "ip link set vl3 netns %d", (int)holder);
	run(command);
	assert_int_equal(link_by_name("vl3", &link), -ENODEV);
	assert_int_equal(link_by_name("vl2", &link), 0);
	assert_true(link.peer_ifindex > 0);
	assert_true(link.peer_netnsid >= 0);
	run("ip link del vl2");
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
}

/* Sockets must belong to the namespace of the moment, and none may stay open. */
static void namespace_changed(void **state)
{
	int before = dup(0);
	struct link link;
	int after;

	(void)state;
	close(before);
	assert_int_equal(link_by_name("vl0", &link), 0);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(link_by_name("vl0", &link), -ENODEV);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_name),
		cmocka_unit_test(by_index),
		cmocka_unit_test(by_alternative_name),
		cmocka_unit_test(loopback),
		cmocka_unit_test(no_such_link),
		cmocka_unit_test(no_such_link_settings),
		cmocka_unit_test(each_link),
		cmocka_unit_test(each_of_many),
		cmocka_unit_test(promisc),
		cmocka_unit_test(promisc_of_sniffer),
		cmocka_unit_test(vlan_offload),
		cmocka_unit_test(fixed_vlan_offload),
		cmocka_unit_test(speed),
		cmocka_unit_test(xdp_features),
		cmocka_unit_test(xdp_attached),
		cmocka_unit_test(peer_in_other_namespace),
		cmocka_unit_test(namespace_changed),	/* last: the links stay behind */
	};

	if (geteuid()) {
		print_message("skipped: needs root to make a network namespace\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, make_namespace, NULL);
}
