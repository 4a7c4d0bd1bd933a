/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "btf_path.h"
#include "cmocka_all.h"
#include "harness.h"

#define DEFAULT_PORT 7
#define DEFAULT_SLOTS 64
#define DEFAULT_SLOT_SIZE 1514
#define PUMP_FRAME 64

#define OR(value, dflt) ((value) ? (value) : (dflt))

static size_t round_up(size_t value, size_t to)
{
	return (value + to - 1) / to * to;
}

void harness_need_root(void)
{
	if (!geteuid())
		return;
	printf("1..0 # SKIP loading BPF programs needs root\n");
	exit(0);
}

const char *harness_object_path(const char *name)
{
	static char path[4096];
	const char *output = getenv("O");

	snprintf(path, sizeof(path), "%s/%s.bpf.o", output ? output : ".output", name);
	return path;
}

static struct bpf_map *find_map(const struct bpf_object *object, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	if (!map)
		fail_msg("%s has no map %s", bpf_object__name(object), name);
	return map;
}

int harness_map_fd(const struct bpf_object *object, const char *name)
{
	return bpf_map__fd(find_map(object, name));
}

static int find_prog(const struct bpf_object *object, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object, name);

	return prog ? bpf_program__fd(prog) : -1;
}

static void store(void *base, const struct btf_place *place, __u64 value)
{
	char *at = (char *)base + place->offset;

	assert_in_range(place->size, 1, sizeof(value));
	/* Little endian, as all machines that run this. */
	memcpy(at, &value, place->size);
}

void harness_set_rodata(struct bpf_object *object, const char *name, __u64 value)
{
	struct btf_place place;
	size_t size;

	if (btf_path_find(bpf_object__btf(object), ".rodata", name, &place))
		store((void *)bpf_map__initial_value(find_map(object, ".rodata"), &size),
		      &place, value);
}

/* So that the test can look into a map of the object; programs see no difference. */
static void make_mappable(struct bpf_object *object, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	if (map)
		assert_int_equal(bpf_map__set_map_flags(map, BPF_F_MMAPABLE), 0);
}

static void resize(struct bpf_object *object, const char *name, __u32 value_size, __u32 entries)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	if (!map)
		return;
	if (value_size)
		assert_int_equal(bpf_map__set_value_size(map, value_size), 0);
	assert_int_equal(bpf_map__set_max_entries(map, entries), 0);
}

static void share_maps(struct bpf_object *object, const struct bpf_object *with)
{
	static const char *const shared[] = {
		"ports", "port_index", "port_index_near", "tx", "enqueue_progs", "dequeue_progs",
		"predecessor_progs", "wake",
	};

	for (size_t i = 0; i < COUNT(shared); i++) {
		struct bpf_map *mine = bpf_object__find_map_by_name(object, shared[i]);
		struct bpf_map *other = bpf_object__find_map_by_name(with, shared[i]);

		if (mine && other)
			assert_int_equal(bpf_map__reuse_fd(mine, bpf_map__fd(other)), 0);
	}
}

static void configure_object(struct harness *h, const struct harness_opts *opts)
{
	static const char *const mapped[] = { ".data.config", ".bss", "slots", "spares" };
	static __u32 stores_in_order;	/* both kinds of machines, in turn */
	__u32 slot_size = OR(opts->slot_size, DEFAULT_SLOT_SIZE);

	harness_set_rodata(h->object, "xdpq_port_number", h->number);
	harness_set_rodata(h->object, "xdpq_generation", h->generation);
	harness_set_rodata(h->object, "xdpq_slots", h->slots);
	harness_set_rodata(h->object, "xdpq_slot_size", slot_size);
	harness_set_rodata(h->object, "xdpq_stores_in_order", stores_in_order ^= 1);
	harness_set_rodata(h->object, "xdpq_virtual_clock", 1);
	harness_set_rodata(h->object, "xdpq_unread_max", opts->unread_max);
	resize(h->object, "slots", round_up(sizeof(struct xdpq_slot) + slot_size, 8), h->slots + 1);
	resize(h->object, "spares", 0, libbpf_num_possible_cpus());
	if (opts->table)
		resize(h->object, opts->table, 0, opts->table_size + 1);
	for (size_t i = 0; i < COUNT(mapped); i++)
		make_mappable(h->object, mapped[i]);
	if (opts->before || opts->shared)
		share_maps(h->object, (opts->before ? opts->before : opts->shared)->object);
}

struct mapped harness_map_memory(const struct bpf_object *object, const char *name)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object, name);
	struct mapped mapped = {};

	if (!map)
		return mapped;
	mapped.size = round_up(round_up(bpf_map__value_size(map), 8) * bpf_map__max_entries(map),
			       getpagesize());
	mapped.base = mmap(NULL, mapped.size, PROT_READ | PROT_WRITE, MAP_SHARED,
			   bpf_map__fd(map), 0);
	if (mapped.base == MAP_FAILED)
		fail_msg("can't map %s: %s", name, strerror(errno));
	return mapped;
}

static struct btf_place find_place(const struct harness *h, const char *section, const char *path)
{
	struct btf_place place = {};

	if (!btf_path_find(bpf_object__btf(h->object), section, path, &place))
		fail_msg("%s: no %s in %s", bpf_object__name(h->object), path, section);
	return place;
}

static size_t stride(const struct bpf_object *object, const char *name)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(object, name);

	return map ? round_up(bpf_map__value_size(map), 8) : 0;
}

static const __u32 *queue_member(const struct harness *h, const char *path)
{
	struct btf_place place = find_place(h, ".bss", path);

	assert_int_equal(place.size, sizeof(__u32));
	return (const __u32 *)((char *)h->bss.base + place.offset);
}

static void map_queue(struct harness *h)
{
	h->queue.free = queue_member(h, "xdpq_queue.free");
	h->queue.fresh = queue_member(h, "xdpq_queue.fresh");
	h->queue.stash = queue_member(h, "xdpq_queue.stash");
	h->queue.qlen = queue_member(h, "xdpq_queue.qlen");
	h->queue.backlog = queue_member(h, "xdpq_queue.backlog");
}

static void map_state(struct harness *h)
{
	h->ports = harness_map_memory(h->object, "ports");
	h->config = harness_map_memory(h->object, ".data.config");
	h->bss = harness_map_memory(h->object, ".bss");
	h->slot_map = harness_map_memory(h->object, "slots");
	h->spare_map = harness_map_memory(h->object, "spares");
	h->slot_stride = stride(h->object, "slots");
	h->spare_stride = stride(h->object, "spares");
	if (h->slot_map.base)
		map_queue(h);
	h->port = (struct xdpq_port *)h->ports.base + h->number;
}

static void start_port(struct harness *h, __u32 ifindex)
{
	memset(h->port, 0, sizeof(*h->port));
	h->port->ifindex = ifindex;
	h->port->state = XDPQ_PORT_RUNNING;
	h->port->due = XDPQ_NEVER;
	harness_set_time(h, HARNESS_START);
	harness_set_link_up(h, true);
}

/* Who serves a port is told by CPU. */
static __u32 stay_on_this_cpu(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	assert_int_equal(sched_setaffinity(0, sizeof(set), &set), 0);
	return cpu;
}

void harness_load(struct harness *h, const struct harness_opts *opts)
{
	const char *path = harness_object_path(opts->object);

	memset(h, 0, sizeof(*h));
	h->number = opts->before ? opts->before->number : OR(opts->port, DEFAULT_PORT);
	h->generation = opts->before ? opts->before->generation + 1 : 0;
	h->before = opts->before;
	h->slots = OR(opts->slots, DEFAULT_SLOTS);
	h->cpu = stay_on_this_cpu();
	h->object = bpf_object__open_file(path, NULL);
	if (!h->object)
		fail_msg("can't open %s: %s", path, strerror(errno));
	configure_object(h, opts);
	if (bpf_object__load(h->object))
		fail_msg("can't load %s: %s", path, strerror(errno));
	h->enqueue_fd = find_prog(h->object, "xdpq_enqueue");
	h->dequeue_fd = find_prog(h->object, "xdpq_dequeue");
	map_state(h);
	if (!h->before)
		start_port(h, OR(opts->ifindex, HARNESS_LOOPBACK));
}

static void unmap(struct mapped *mapped)
{
	if (mapped->base)
		munmap(mapped->base, mapped->size);
}

void harness_unload(struct harness *h)
{
	unmap(&h->ports);
	unmap(&h->config);
	unmap(&h->bss);
	unmap(&h->slot_map);
	unmap(&h->spare_map);
	bpf_object__close(h->object);
	memset(h, 0, sizeof(*h));
}

void harness_set(struct harness *h, const char *path, __u64 value)
{
	char full[128] = "xdpq_config.";
	struct btf_place place;

	strncat(full, path, sizeof(full) - strlen(full) - 1);
	place = find_place(h, ".data.config", full);
	store(h->config.base, &place, value);
}

void harness_set_link(struct harness *h, __u32 copy, const struct link *link)
{
	struct xdpq_clock_params clock = link_clock(link);
	char path[64];
	struct btf_place place;

	snprintf(path, sizeof(path), "xdpq_config.copy[%u].clock", copy);
	place = find_place(h, ".data.config", path);
	assert_int_equal(place.size, sizeof(clock));
	memcpy((char *)h->config.base + place.offset, &clock, sizeof(clock));
}

__u64 harness_get(const struct harness *h, const char *path)
{
	struct btf_place place = find_place(h, ".bss", path);
	__u64 value = 0;

	assert_in_range(place.size, 1, sizeof(value));
	memcpy(&value, (char *)h->bss.base + place.offset, place.size);
	return value;
}

struct xdpq_slot *harness_slot(const struct harness *h, __u32 id)
{
	assert_in_range(id, 1, h->slots);
	return (void *)((char *)h->slot_map.base + id * h->slot_stride);
}

int harness_run(struct run *run, struct frame *out)
{
	struct xdp_md ctx = {
		.data = run->meta,
		.data_end = run->in->len,
		.ingress_ifindex = OR(run->ifindex, HARNESS_LOOPBACK),
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = run->in->data,
		.data_size_in = run->in->len,
		.data_out = out->data,
		.data_size_out = sizeof(out->data),
		.ctx_in = &ctx,
		.ctx_size_in = sizeof(ctx),
		.ctx_out = &ctx,
		.ctx_size_out = sizeof(ctx),
		.repeat = 1,
	);

	if (bpf_prog_test_run_opts(run->prog, &opts))
		fail_msg("BPF_PROG_RUN of %u bytes: %s", run->in->len, strerror(errno));
	out->len = opts.data_size_out;
	run->meta_left = ctx.data;
	return opts.retval;
}

int harness_enqueue(struct harness *h, const struct frame *in, struct frame *out)
{
	struct run run = { .prog = h->enqueue_fd, .in = in };

	return harness_run(&run, out);
}

int harness_pump(struct harness *h, struct frame *out)
{
	static const struct frame empty = { .len = PUMP_FRAME };
	struct run run = { .prog = h->dequeue_fd, .in = &empty };

	return harness_run(&run, out);
}

void harness_set_time(struct harness *h, __u64 now)
{
	h->port->virtual_now = now;
}

__u64 harness_time(const struct harness *h)
{
	return h->port->virtual_now;
}

void harness_flush(struct harness *h)
{
	h->port->sent.packets += h->port->redirected.packets - h->port->flushed.packets;
	h->port->sent.bytes += h->port->redirected.bytes - h->port->flushed.bytes;
	h->port->flushed = h->port->redirected;
}

void harness_flush_ring_full(struct harness *h, __u32 sent)
{
	struct xdpq_port *port = h->port;
	__u64 lost = port->redirected.packets - port->flushed.packets - sent;
	__u64 last = port->flushed.packets + sent;
	__u64 upto = sent ? port->bulk_bytes[(last - 1) % XDPQ_BULK_RING] : port->flushed.bytes;

	port->sent.packets += sent;
	port->sent.bytes += upto - port->flushed.bytes;
	port->drops[XDPQ_DROP_TX_RING].packets += lost;
	port->drops[XDPQ_DROP_TX_RING].bytes += port->redirected.bytes - upto;
	port->flushed = port->redirected;
}

static void set_prog(struct harness *h, const char *map, int prog)
{
	int fd = harness_map_fd(h->object, map);

	if (prog >= 0)
		assert_int_equal(bpf_map_update_elem(fd, &h->number, &prog, 0), 0);
	else
		bpf_map_delete_elem(fd, &h->number);
}

void harness_succeed(struct harness *heir)
{
	set_prog(heir, "predecessor_progs", heir->before->dequeue_fd);
	set_prog(heir, "dequeue_progs", heir->dequeue_fd);
	set_prog(heir, "enqueue_progs", heir->enqueue_fd);
}

void harness_set_link_up(struct harness *h, bool up)
{
	int tx = harness_map_fd(h->object, "tx");

	if (up)
		assert_int_equal(bpf_map_update_elem(tx, &h->number, &h->port->ifindex, 0), 0);
	else
		assert_int_equal(bpf_map_delete_elem(tx, &h->number), 0);
}
