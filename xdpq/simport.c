/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xdpq/simport.h>
#include <xdpq/wire.h>

/* The engine takes some times as "none" when they are 0. */
#define EPOCH 1000000000000ULL

#define PORT_NUMBER 1
/* The shortest that Ethernet has; the packet that leaves makes it longer. */
#define PUMP_FRAME 64

static size_t round_up(size_t value, size_t to)
{
	return (value + to - 1) / to * to;
}

static int bind_to_cpu(struct errors *e, unsigned int *cpu)
{
	cpu_set_t set;

	if (getcpu(cpu, NULL))
		return fail_errno(e, errno, "asking for the CPU");
	CPU_ZERO(&set);
	CPU_SET(*cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return fail_errno(e, errno, "binding to CPU %u", *cpu);
	return 0;
}

/* Only the tool's own eyes need these; programs see no difference. */
static int make_mappable(struct errors *e, struct scheduler *sched)
{
	static const char *const names[] = { "slots", "spares" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(sched->obj, names[i]);

		if (!map || bpf_map__set_map_flags(map, BPF_F_MMAPABLE))
			return fail(e, EXIT_CODE_USAGE, "cannot set up the map %s", names[i]);
	}
	return 0;
}

static void *map_memory(struct errors *e, struct simport *sim, const char *name)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(sim->sched.obj, name);
	size_t size = round_up(bpf_map__value_size(map), 8) * bpf_map__max_entries(map);
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	int i = 0;

	if (at == MAP_FAILED) {
		fail_errno(e, errno, "mapping the map %s", name);
		return NULL;
	}
	while (sim->mapped[i].at)
		i++;
	sim->mapped[i].at = at;
	sim->mapped[i].size = size;
	return at;
}

/* A 32-bit member of the engine's queue. */
static const uint32_t *queue_member(struct errors *e, const struct simport *sim, const char *name)
{
	const struct btf *btf = bpf_object__btf(sim->sched.obj);
	int id = btf__find_by_name_kind(btf, "xdpq_queue", BTF_KIND_VAR);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;
	uint32_t base, size;

	type = type ? btf__type_by_id(btf, type->type) : NULL;
	if (!type || !btf_is_struct(type) ||
	    schema_variable(btf, ".bss", "xdpq_queue", &base, &size)) {
		fail(e, EXIT_CODE_USAGE, "the object has no queue of the engine's");
		return NULL;
	}
	for (int i = 0; i < btf_vlen(type); i++) {
		const char *member = btf__name_by_offset(btf, btf_members(type)[i].name_off);
		uint32_t offset = base + btf_member_bit_offset(type, i) / 8;

		if (!strcmp(member, name))
			return (const uint32_t *)(sim->bss + offset);
	}
	fail(e, EXIT_CODE_USAGE, "the engine's queue has no %s", name);
	return NULL;
}

static int map_state(struct errors *e, struct simport *sim, unsigned int cpu)
{
	struct xdpq_port *ports = map_memory(e, sim, "ports");
	struct xdpq_spare *spares = map_memory(e, sim, "spares");
	const struct bpf_map *slots = bpf_object__find_map_by_name(sim->sched.obj, "slots");

	sim->store = map_memory(e, sim, "slots");
	sim->bss = map_memory(e, sim, ".bss");
	if (!ports || !spares || !sim->store || !sim->bss)
		return -1;
	sim->port = ports + PORT_NUMBER;
	sim->spare = spares + cpu;
	sim->slots = bpf_map__max_entries(slots) - 1;
	sim->slot_stride = round_up(bpf_map__value_size(slots), 8);
	sim->free = queue_member(e, sim, "free");
	sim->fresh = queue_member(e, sim, "fresh");
	return sim->free && sim->fresh ? 0 : -1;
}

static int program(const struct simport *sim, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(sim->sched.obj, name));
}

/* A redirect needs somewhere to go. Nothing is sent there: BPF_PROG_RUN hands the frame back. */
static int start(struct errors *e, struct simport *sim)
{
	int tx = bpf_object__find_map_fd_by_name(sim->sched.obj, "tx");
	__u32 number = PORT_NUMBER, ifindex = if_nametoindex("lo");

	if (!ifindex || bpf_map_update_elem(tx, &number, &ifindex, BPF_ANY))
		return fail_errno(e, errno, "setting up the redirect");
	sim->enqueue = program(sim, "xdpq_enqueue");
	sim->dequeue = program(sim, "xdpq_dequeue");
	sim->port->ifindex = ifindex;
	sim->port->state = XDPQ_PORT_RUNNING;
	sim->port->due = XDPQ_NEVER;
	simport_set_time(sim, 0);
	return 0;
}

/* The pump of a simulation costs nothing and comes in time. */
static void no_poll(struct config *config)
{
	if (config_chosen(config, "poll"))
		return;
	config->port.poll = 0;
	config->clock.poll = 0;
}

static int configure(struct errors *e, struct simport *sim, int argc, char **argv, uint32_t frame)
{
	struct config *config = &sim->config;

	config_init(config, &sim->sched.schema, sim->sched.name);
	config->frame = frame;
	if (config_parse(e, config, argc, argv, false))
		return -1;
	if (!sim->sched.schema.has_config)
		return fail(e, EXIT_CODE_USAGE, "has no queue, so there is nothing to simulate");
	if (scheduler_check(e, sim->sched.name, config, NULL))
		return -1;
	no_poll(config);
	return 0;
}

int simport_open(struct errors *e, const char *name, int argc, char **argv, uint32_t frame,
		 struct simport *out)
{
	memset(out, 0, sizeof(*out));
	if (scheduler_open(e, name, &out->sched))
		return -1;
	if (!configure(e, out, argc, argv, frame))
		return 0;
	simport_close(out);
	return -1;
}

int simport_load(struct errors *e, struct simport *sim)
{
	unsigned int cpu;

	if (bind_to_cpu(e, &cpu) ||
	    scheduler_set_const(e, &sim->sched, "xdpq_virtual_clock", 1) ||
	    scheduler_set_const(e, &sim->sched, "xdpq_unread_max", 0) ||
	    make_mappable(e, &sim->sched) ||
	    scheduler_load(e, &sim->sched, NULL, PORT_NUMBER, &sim->config) ||
	    map_state(e, sim, cpu))
		return -1;
	return start(e, sim);
}

void simport_close(struct simport *sim)
{
	for (size_t i = 0; i < sizeof(sim->mapped) / sizeof(sim->mapped[0]); i++)
		if (sim->mapped[i].at)
			munmap(sim->mapped[i].at, sim->mapped[i].size);
	scheduler_close(&sim->sched);
}

void simport_set_time(struct simport *sim, uint64_t now)
{
	sim->port->virtual_now = EPOCH + now;
}

uint64_t simport_time(const struct simport *sim)
{
	return sim->port->virtual_now - EPOCH;
}

uint64_t simport_due(const struct simport *sim)
{
	uint64_t due = sim->port->due;

	if (due == XDPQ_NEVER)
		return due;
	return due > EPOCH ? due - EPOCH : 0;
}

static void flush(struct xdpq_port *port)
{
	port->sent.packets += port->redirected.packets - port->flushed.packets;
	port->sent.bytes += port->redirected.bytes - port->flushed.bytes;
	port->flushed = port->redirected;
}

static int run(struct errors *e, struct simport *sim, int prog, const unsigned char *frame,
	       uint32_t len)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts,
		.data_in = frame,
		.data_size_in = len,
		.data_out = sim->out,
		.data_size_out = sizeof(sim->out),
		.repeat = 1,
	);
	int err = bpf_prog_test_run_opts(prog, &opts);

	if (err)
		return fail_errno(e, -err, "running the scheduler on %u bytes", len);
	flush(sim->port);
	return opts.retval == XDP_REDIRECT ? (int)opts.data_size_out : 0;
}

int simport_enqueue(struct errors *e, struct simport *sim, const unsigned char *frame,
		    uint32_t len)
{
	return run(e, sim, sim->enqueue, frame, len);
}

int simport_dequeue(struct errors *e, struct simport *sim)
{
	static const unsigned char empty[PUMP_FRAME];

	return run(e, sim, sim->dequeue, empty, sizeof(empty));
}

const struct xdpq_slot *simport_slot(const struct simport *sim, uint32_t id)
{
	return (const struct xdpq_slot *)(sim->store + id * sim->slot_stride);
}

uint64_t simport_wire_time(const struct simport *sim, uint32_t len)
{
	const struct xdpq_clock_params *clock = &sim->config.clock;

	return (unsigned __int128)xdpq_wire_len(clock, len) * clock->byte_cost >> XDPQ_COST_SHIFT;
}
