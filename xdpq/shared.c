/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xdpq/privilege.h>
#include <xdpq/shared.h>
#include "witness.skel.h"

/* Attempts at a consistent copy; a port under load is written every 100 ns. */
#define SNAPSHOT_TRIES 1000

/* Names of the maps, and of their pins. */
static const char *const map_names[SHARED_MAPS] = {
	[SHARED_PORTS] = "ports",
	[SHARED_PORT_INDEX] = "port_index",
	[SHARED_PORT_INDEX_NEAR] = "port_index_near",
	[SHARED_TX] = "tx",
	[SHARED_ENQUEUE] = "enqueue_progs",
	[SHARED_DEQUEUE] = "dequeue_progs",
	[SHARED_PREDECESSOR] = "predecessor_progs",
};

static void init(struct shared *shared, uint64_t cookie)
{
	memset(shared, 0, sizeof(*shared));
	shared->cookie = cookie;
	shared->lock = -1;
	for (int i = 0; i < SHARED_MAPS; i++)
		shared->fds[i] = -1;
	pin_netns_dir(shared->dir, cookie);
}

static int check_layout(struct errors *e, const struct shared *shared)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(shared->fds[SHARED_PORTS], &info, &len))
		return fail_errno(e, errno, "reading %s", shared->dir);
	if (info.value_size == sizeof(struct xdpq_port) && info.max_entries == XDPQ_MAX_PORTS)
		return 0;
	return fail(e, EXIT_CODE_FAILED,
		    "%s was made by another version of xdpq: detach with that one first",
		    shared->dir);
}

static int map_ports(struct errors *e, struct shared *shared)
{
	size_t size = sizeof(struct xdpq_port) * XDPQ_MAX_PORTS;
	void *at;

	if (check_layout(e, shared))
		return -1;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, shared->fds[SHARED_PORTS], 0);
	if (at == MAP_FAILED)
		return fail_errno(e, errno, "mapping the ports' state");
	shared->ports = at;
	return 0;
}

/* 0, or a negative errno value. */
static int open_pins(struct shared *shared)
{
	char path[PIN_PATH_SIZE];

	for (int i = 0; i < SHARED_MAPS; i++) {
		pin_path(path, shared->dir, map_names[i]);
		shared->fds[i] = bpf_obj_get(path);
		if (shared->fds[i] < 0)
			return -errno;
	}
	return 0;
}

int shared_open(struct errors *e, uint64_t cookie, struct shared *out)
{
	int err;

	init(out, cookie);
	err = open_pins(out);
	if (err == -ENOENT) {
		shared_close(out);
		return 1;
	}
	if (err)
		fail_errno(e, -err, "opening %s", out->dir);
	if (err || map_ports(e, out)) {
		shared_close(out);
		return -1;
	}
	return 0;
}

static int pin_witness(struct errors *e, struct shared *shared, struct witness_bpf *witness)
{
	const struct { struct bpf_link *link; const char *name; } links[] = {
		{ witness->links.xdpq_xmit, "witness_xmit" },
		{ witness->links.xdpq_redirect_err, "witness_err" },
	};
	char path[PIN_PATH_SIZE];

	for (size_t i = 0; i < 2; i++) {
		pin_path(path, shared->dir, links[i].name);
		unlink(path);
		if (bpf_obj_pin(bpf_link__fd(links[i].link), path))
			return fail_errno(e, errno, "pinning %s", path);
	}
	return 0;
}

static int start_witness(struct errors *e, struct shared *shared)
{
	struct witness_bpf *witness = witness_bpf__open();
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int err;

	if (!witness)
		return fail_errno(e, errno, "opening the flush witness");
	bpf_obj_get_info_by_fd(shared->fds[SHARED_TX], &info, &len);
	witness->rodata->netns_cookie = shared->cookie;
	witness->rodata->tx_map_id = info.id;
	err = shared_give(e, shared, witness->obj);
	if (!err && (witness_bpf__load(witness) || witness_bpf__attach(witness)))
		err = fail_errno(e, errno, "loading the flush witness");
	if (!err)
		err = pin_witness(e, shared, witness);
	witness_bpf__destroy(witness);
	return err;
}

/* As declared in bpf/include/xdpq/maps.h; libbpf refuses to share a map that differs. */
static int create_maps(struct errors *e, struct shared *shared)
{
	const struct { enum bpf_map_type type; __u32 value, entries, flags; } maps[SHARED_MAPS] = {
		[SHARED_PORTS] = { BPF_MAP_TYPE_ARRAY, sizeof(struct xdpq_port), XDPQ_MAX_PORTS,
				   BPF_F_MMAPABLE },
		[SHARED_PORT_INDEX] = { BPF_MAP_TYPE_HASH, sizeof(__u32), XDPQ_MAX_PORTS, 0 },
		[SHARED_PORT_INDEX_NEAR] = { BPF_MAP_TYPE_ARRAY, sizeof(__u32), XDPQ_NEAR_INDEXES,
					     0 },
		[SHARED_TX] = { BPF_MAP_TYPE_DEVMAP, sizeof(__u32), XDPQ_MAX_PORTS, 0 },
		[SHARED_ENQUEUE] = { BPF_MAP_TYPE_PROG_ARRAY, sizeof(__u32), XDPQ_MAX_PORTS, 0 },
		[SHARED_DEQUEUE] = { BPF_MAP_TYPE_PROG_ARRAY, sizeof(__u32), XDPQ_MAX_PORTS, 0 },
		[SHARED_PREDECESSOR] = { BPF_MAP_TYPE_PROG_ARRAY, sizeof(__u32), XDPQ_MAX_PORTS, 0 },
	};
	char path[PIN_PATH_SIZE];

	for (int i = 0; i < SHARED_MAPS; i++) {
		LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = maps[i].flags);

		shared->fds[i] = bpf_map_create(maps[i].type, map_names[i], sizeof(__u32),
						maps[i].value, maps[i].entries, &opts);
		if (shared->fds[i] < 0)
			return fail_errno(e, errno, "creating the map %s", map_names[i]);
		pin_path(path, shared->dir, map_names[i]);
		if (bpf_obj_pin(shared->fds[i], path))
			return fail_errno(e, errno, "pinning %s", path);
	}
	return 0;
}

/* What is denied for want of capabilities is told by their names. */
static int fail_at(struct errors *e, int err, const char *doing, const struct shared *shared)
{
	if ((err == -EPERM || err == -EACCES) && privilege_check(e))
		return -1;
	return fail_errno(e, -err, "%s %s", doing, shared->dir);
}

/* 0, -ENOENT if it isn't there and shall not be made, or another negative errno value. */
static int lock_dir(struct shared *shared, bool make)
{
	do {
		int err = make ? pins_mkdir(shared->dir) : 0;

		if (err)
			return err;
		shared->lock = pins_lock(shared->dir);
	} while (shared->lock == -ENOENT && make);
	return shared->lock < 0 ? shared->lock : 0;
}

/* An attach that was killed halfway may have left maps, but no witness. */
static bool has_witness(const struct shared *shared)
{
	char path[PIN_PATH_SIZE];

	pin_path(path, shared->dir, "witness_err");
	return !access(path, F_OK);
}

static void remove_shared_pins(struct shared *shared)
{
	char path[PIN_PATH_SIZE];

	shared_close_maps(shared);
	for (int i = 0; i < SHARED_MAPS; i++) {
		pin_path(path, shared->dir, map_names[i]);
		unlink(path);
	}
}

static int fill(struct errors *e, struct shared *shared, bool make)
{
	int err = open_pins(shared);

	if (err == -ENOENT && !make)
		return 1;
	if (err && err != -ENOENT)
		return fail_at(e, err, "opening", shared);
	if (err) {
		remove_shared_pins(shared);
		if (create_maps(e, shared))
			return -1;
	}
	if (map_ports(e, shared))
		return -1;
	return make && !has_witness(shared) ? start_witness(e, shared) : 0;
}

static int lock_and_open(struct errors *e, uint64_t cookie, struct shared *out, bool make)
{
	int err;

	init(out, cookie);
	err = lock_dir(out, make);
	if (err == -ENOENT)
		return 1;
	if (err)
		return fail_at(e, err, "locking", out);
	err = fill(e, out, make);
	if (err) {
		shared_release(out);
		shared_close(out);
	}
	return err;
}

int shared_lock(struct errors *e, uint64_t cookie, struct shared *out)
{
	return lock_and_open(e, cookie, out, false);
}

int shared_create(struct errors *e, uint64_t cookie, struct shared *out)
{
	return lock_and_open(e, cookie, out, true);
}

static int count_one(uint64_t number, void *arg)
{
	(void)number;
	++*(int *)arg;
	return 0;
}

void shared_release(struct shared *shared)
{
	int ports = 0;

	pins_each_number(shared->dir, count_one, &ports);
	if (!ports)
		pins_remove(shared->dir);
}

void shared_close_maps(struct shared *shared)
{
	for (int i = 0; i < SHARED_MAPS; i++) {
		if (shared->fds[i] >= 0)
			close(shared->fds[i]);
		shared->fds[i] = -1;
	}
}

void shared_close(struct shared *shared)
{
	if (shared->ports)
		munmap(shared->ports, sizeof(struct xdpq_port) * XDPQ_MAX_PORTS);
	shared_close_maps(shared);
	if (shared->lock >= 0)
		close(shared->lock);
	init(shared, shared->cookie);
}

int shared_give(struct errors *e, const struct shared *shared, struct bpf_object *obj)
{
	for (int i = 0; i < SHARED_MAPS; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(obj, map_names[i]);
		int err = map ? bpf_map__reuse_fd(map, shared->fds[i]) : 0;

		if (err)
			return fail_errno(e, -err, "sharing the map %s", map_names[i]);
	}
	return 0;
}

bool shared_is(const char *map_name)
{
	for (int i = 0; i < SHARED_MAPS; i++)
		if (!strcmp(map_name, map_names[i]))
			return true;
	return false;
}

int shared_index(const struct shared *shared, uint32_t ifindex, uint32_t number)
{
	if (ifindex < XDPQ_NEAR_INDEXES &&
	    bpf_map_update_elem(shared->fds[SHARED_PORT_INDEX_NEAR], &ifindex, &number, BPF_ANY))
		return -errno;
	return bpf_map_update_elem(shared->fds[SHARED_PORT_INDEX], &ifindex, &number, BPF_ANY) ?
	       -errno : 0;
}

void shared_unindex(const struct shared *shared, uint32_t ifindex, uint32_t number)
{
	const uint32_t none = XDPQ_NONE, leaving = ifindex | XDPQ_INDEX_LEAVING;

	bpf_map_update_elem(shared->fds[SHARED_PORT_INDEX], &leaving, &number, BPF_ANY);
	if (ifindex < XDPQ_NEAR_INDEXES)
		bpf_map_update_elem(shared->fds[SHARED_PORT_INDEX_NEAR], &ifindex, &none, BPF_ANY);
	bpf_map_delete_elem(shared->fds[SHARED_PORT_INDEX], &ifindex);
}

void shared_forget(const struct shared *shared, uint32_t ifindex)
{
	const uint32_t leaving = ifindex | XDPQ_INDEX_LEAVING;

	bpf_map_delete_elem(shared->fds[SHARED_PORT_INDEX], &leaving);
}

uint32_t shared_free_number(const struct shared *shared)
{
	for (uint32_t i = 1; i < XDPQ_MAX_PORTS; i++)
		if (shared->ports[i].state == XDPQ_PORT_FREE)
			return i;
	return 0;
}

void shared_snapshot(const struct shared *shared, uint32_t number, struct xdpq_port *out)
{
	const struct xdpq_port *port = &shared->ports[number];

	for (int i = 0; i < SNAPSHOT_TRIES; i++) {
		uint32_t before = __atomic_load_n(&port->lock, __ATOMIC_ACQUIRE);

		memcpy(out, port, sizeof(*out));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(before & 1) && __atomic_load_n(&port->lock, __ATOMIC_RELAXED) == before)
			return;
	}
}
