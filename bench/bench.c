// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helper of the benchmark scripts: puts programs at interfaces, makes traffic,
 * reads what a sink saw. Frames are made by the kernel (BPF_PROG_RUN with live
 * frames), which costs a tenth of what a socket does.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "bench.skel.h"

#define NSEC_PER_SEC 1000000000ULL
#define MAX_FRAME 2048
#define MAX_ARMS 16
#define MAX_ROUNDS 1000

struct headers {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	__u8 pad[6];
} __attribute__((packed));

_Static_assert(sizeof(struct headers) == BENCH_TEMPLATE_WORDS * sizeof(__u64), "template");

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list args;

	fputs("bench: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static void sleep_until(__u64 until)
{
	struct timespec ts = { .tv_sec = until / NSEC_PER_SEC, .tv_nsec = until % NSEC_PER_SEC };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static __u32 index_of(const char *device)
{
	__u32 ifindex = if_nametoindex(device);

	if (!ifindex)
		die("no interface %s", device);
	return ifindex;
}

static struct bench_bpf *load(void)
{
	struct bench_bpf *bpf = bench_bpf__open_and_load();

	if (!bpf)
		die("loading the programs: %s", strerror(errno));
	return bpf;
}

static int find_program(struct bench_bpf *bpf, const char *name)
{
	char full[64];
	struct bpf_program *prog;

	snprintf(full, sizeof(full), "bench_%s", name);
	prog = bpf_object__find_program_by_name(bpf->obj, full);
	if (!prog)
		die("no program %s", name);
	return bpf_program__fd(prog);
}

static __u32 map_id(int map)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(map, &info, &size))
		die("asking for a map: %s", strerror(errno));
	return info.id;
}

/* attach DEV PROGRAM [rate BIT_PER_S] [to DEV]...: prints the id of what the program counts in. */
static int attach(int argc, char **argv)
{
	struct bench_bpf *bpf = load();

	if (argc < 2)
		die("attach DEV PROGRAM [rate BIT_PER_S] [to DEV]...");
	for (int i = 2; i + 1 < argc; i += 2) {
		__u32 ifindex;

		if (!strcmp(argv[i], "rate")) {
			bpf->bss->seen.leak = strtod(argv[i + 1], NULL) / 8 / NSEC_PER_SEC *
					      (1ULL << BENCH_LEVEL_SHIFT);
			continue;
		}
		ifindex = index_of(argv[i + 1]);
		if (bpf_map_update_elem(bpf_map__fd(bpf->maps.by_ifindex), &ifindex, &ifindex, 0))
			die("%s: %s", argv[i + 1], strerror(errno));
	}
	if (bpf_xdp_attach(index_of(argv[0]), find_program(bpf, argv[1]), XDP_FLAGS_DRV_MODE, NULL))
		die("attaching to %s: %s", argv[0], strerror(errno));
	printf("%u\n", map_id(bpf_map__fd(bpf->maps.bss)));
	return 0;
}

/* A sink's counters lie anywhere in the object's data, so map that as the skeleton does. */
static struct bench_seen seen_by(int map)
{
	typeof(*((struct bench_bpf *)0)->bss) data;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(map, &zero, &data))
		die("reading a sink: %s", strerror(errno));
	return data.seen;
}

static int open_map(const char *id)
{
	int map = bpf_map_get_fd_by_id(strtoul(id, NULL, 10));

	if (map < 0)
		die("map %s: %s", id, strerror(errno));
	return map;
}

/*
 * read ID: prints packets, bytes, bit/s from first to last, bytes of the worst interval, ns of
 * the longest gap.
 */
static int read_sink(int argc, char **argv)
{
	struct bench_seen seen;
	__u64 span;

	if (argc != 1)
		die("read ID");
	seen = seen_by(open_map(argv[0]));
	span = seen.last - seen.first;
	printf("%llu %llu %.0f %llu %llu %lld\n", seen.packets, seen.bytes,
	       seen.packets > 1 ? (seen.bytes - (double)seen.bytes / seen.packets) * 8e9 / span : 0,
	       seen.highest >> BENCH_LEVEL_SHIFT, seen.gap, seen.gap_at - seen.first);
	return 0;
}

static __u16 ip_checksum(const struct iphdr *ip)
{
	const __u16 *half = (const void *)ip;
	__u32 sum = 0;

	for (size_t i = 0; i < sizeof(*ip) / 2; i++)
		sum += half[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static void address(const char *text, __be32 *out)
{
	if (inet_pton(AF_INET, text, out) != 1)
		die("%s is not an address", text);
}

static void mac(const char *text, __u8 out[ETH_ALEN])
{
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx",
		   &out[0], &out[1], &out[2], &out[3], &out[4], &out[5]) != ETH_ALEN)
		die("%s is not a MAC address", text);
}

/* UDP from 10.99.99.1 to port 9 of `to`, without a UDP checksum. */
static void fill_headers(struct headers *h, const char *router_mac, const char *to, __u32 size)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(size - ETH_HLEN),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
	};

	memset(h, 0, sizeof(*h));
	mac(router_mac, h->eth.h_dest);
	h->eth.h_source[0] = 2;
	h->eth.h_proto = htons(ETH_P_IP);
	address("10.99.99.1", &ip.saddr);
	address(to, &ip.daddr);
	ip.check = ip_checksum(&ip);
	h->ip = ip;
	h->udp.source = htons(9);
	h->udp.dest = htons(9);
	h->udp.len = htons(size - ETH_HLEN - sizeof(ip));
}

struct source {
	struct bench_bpf *bpf;
	struct bpf_link *link;
	__u32 size;
	char frame[MAX_FRAME];
};

/*
 * A program that is attached nowhere takes milliseconds to start; nothing comes in at a
 * source's interface.
 */
static void source_open(struct source *source, const char *device, __u32 size)
{
	if (size < 60 || size > MAX_FRAME)
		die("a frame has 60 to %d bytes", MAX_FRAME);
	memset(source, 0, sizeof(*source));
	source->size = size;
	source->bpf = load();
	source->link = bpf_program__attach_xdp(source->bpf->progs.bench_source, index_of(device));
	if (!source->link)
		die("attaching to %s: %s", device, strerror(errno));
}

static void source_aim(struct source *source, const char *device, const char *router_mac,
		       const char *to)
{
	struct headers h;

	fill_headers(&h, router_mac, to, source->size);
	memcpy(source->bpf->bss->source_template, &h, sizeof(h));
	source->bpf->bss->source_ifindex = index_of(device);
}

static void source_run(struct source *source, __u32 frames, __u32 batch)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = source->frame,
		.data_size_in = source->size,
		.repeat = frames,
		.batch_size = batch < frames ? batch : frames,
		.flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	if (bpf_prog_test_run_opts(bpf_program__fd(source->bpf->progs.bench_source), &opts))
		die("running the source: %s", strerror(errno));
}

/* Other jobs of this CPU are not to be in the figures; a run takes some ms. */
static void have_the_cpu(void)
{
	struct sched_param param = { .sched_priority = 1 };

	sched_setscheduler(0, SCHED_FIFO, &param);
}

/*
 * send DEV MAC ADDRESS SIZE PACKETS_PER_S SECONDS [BURST]: `BURST` frames (default: those due)
 * at a time.
 */
static int send_frames(int argc, char **argv)
{
	__u64 begin, gap, sent = 0, due, burst;
	double pps, seconds;
	struct source source;

	if (argc < 6)
		die("send DEV MAC ADDRESS SIZE PACKETS_PER_S SECONDS [BURST]");
	pps = atof(argv[4]);
	seconds = atof(argv[5]);
	burst = argc > 6 ? strtoull(argv[6], NULL, 10) : pps / 2000 + 1;
	gap = burst * NSEC_PER_SEC / pps;
	source_open(&source, argv[0], strtoul(argv[3], NULL, 10));
	source_aim(&source, argv[0], argv[1], argv[2]);
	have_the_cpu();
	begin = now();
	while (now() - begin < seconds * NSEC_PER_SEC) {
		due = (now() - begin) / gap * burst + burst;
		/* Who comes late by much has lost that time: no flood to make up for it. */
		if (due > sent + 4 * burst)
			sent = due - 4 * burst;
		if (due > sent)
			source_run(&source, due - sent, 64);
		sent = due;
		sleep_until(begin + due / burst * gap);
	}
	return 0;
}

struct arm {
	char *name, *device, *mac, *address;
	int sink;
	double ns[MAX_ROUNDS];
	double ratio[MAX_ROUNDS];
};

static void arm_parse(struct arm *arm, char *text)
{
	char *sink;

	arm->name = strtok(text, "=");
	arm->device = strtok(NULL, ",");
	arm->mac = strtok(NULL, ",");
	arm->address = strtok(NULL, ",");
	sink = strtok(NULL, ",");
	if (!sink)
		die("an arm is NAME=DEV,MAC,ADDRESS,SINK");
	arm->sink = open_map(sink);
}

/* ns for each packet that came through. */
static double arm_run(struct arm *arm, struct source *source, __u32 frames)
{
	__u64 before, begin, spent, packets;

	source_aim(source, arm->device, arm->mac, arm->address);
	source_run(source, 256, 32);
	usleep(1000);
	before = seen_by(arm->sink).packets;
	begin = now();
	source_run(source, frames, 32);
	spent = now() - begin;
	packets = seen_by(arm->sink).packets - before;
	if (!packets)
		die("%s: nothing came through", arm->name);
	return (double)spent / packets;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(double *values, __u32 count, double q)
{
	qsort(values, count, sizeof(*values), ascending);
	return values[(__u32)(q * (count - 1) + 0.5)];
}

static void print_arms(struct arm *arms, __u32 count, __u32 rounds)
{
	printf("%-30s %10s %6s %6s   %s\n", "", "median ns", "p10", "p90", "beside the first");
	for (__u32 i = 0; i < count; i++) {
		struct arm *arm = &arms[i];
		double median = quantile(arm->ns, rounds, 0.5);

		printf("%-30s %10.0f %6.0f %6.0f   %.2f %+5.0f ns\n", arm->name, median,
		       quantile(arm->ns, rounds, 0.1), quantile(arm->ns, rounds, 0.9),
		       quantile(arm->ratio, rounds, 0.5), median - quantile(arms->ns, rounds, 0.5));
	}
}

/* cost SIZE FRAMES ROUNDS ARM...: ns per packet, the arms in turn, ratios within each round. */
static int cost(int argc, char **argv)
{
	static struct arm arms[MAX_ARMS];
	__u32 count = argc - 3, frames, rounds;
	struct source source;

	if (argc < 4 || count > MAX_ARMS)
		die("cost SIZE FRAMES ROUNDS NAME=DEV,MAC,ADDRESS,SINK...");
	frames = strtoul(argv[1], NULL, 10);
	rounds = strtoul(argv[2], NULL, 10);
	if (!rounds || rounds > MAX_ROUNDS)
		die("1 to %d rounds", MAX_ROUNDS);
	for (__u32 i = 0; i < count; i++)
		arm_parse(&arms[i], argv[3 + i]);
	source_open(&source, arms[0].device, strtoul(argv[0], NULL, 10));
	have_the_cpu();
	for (__u32 r = 0; r < rounds; r++) {
		for (__u32 i = 0; i < count; i++) {
			arms[i].ns[r] = arm_run(&arms[i], &source, frames);
			arms[i].ratio[r] = arms[i].ns[r] / arms[0].ns[r];
		}
	}
	print_arms(arms, count, rounds);
	return 0;
}

/* next_id: prints the id of a program it loads; ids grow by one with each that anybody loads. */
static int next_id(int argc, char **argv)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	/* Not by libbpf's function, which loads some more to try the kernel. */
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = 2,
		.license = (uintptr_t)"GPL",
	};
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	int prog;

	(void)argc, (void)argv;
	prog = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (prog < 0 || bpf_obj_get_info_by_fd(prog, &info, &size))
		die("loading a program: %s", strerror(errno));
	printf("%u\n", info.id);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "attach", attach },
	{ "read", read_sink },
	{ "send", send_frames },
	{ "cost", cost },
	{ "next_id", next_id },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 2, argv + 2);
	die("attach, read, send, cost or next_id");
}
