/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xdpq/device.h>
#include <xdpq/port.h>
#include <xdpq/privilege.h>

int port_pin(const struct port *port, const char *name)
{
	char path[PIN_PATH_SIZE];

	pin_path(path, port->dir, name);
	return bpf_obj_get(path);
}

/* A one-entry array map's value in fresh memory; its size is what the map says. */
static void *read_map(const struct port *port, const char *name, uint32_t *size)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info), zero = 0;
	int fd = port_pin(port, name);
	void *value = NULL;

	if (fd < 0)
		return NULL;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == BPF_MAP_TYPE_ARRAY)
		value = calloc(1, info.value_size + 8);
	if (value && bpf_map_lookup_elem(fd, &zero, value)) {
		free(value);
		value = NULL;
	}
	*size = info.value_size;
	close(fd);
	return value;
}

void *port_map(const struct port *port, const char *name, uint32_t size)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = port_pin(port, name);
	void *at = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len)) {
		errno = EINVAL;
		if (info.value_size >= size)
			at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	}
	close(fd);
	return at == MAP_FAILED ? NULL : at;
}

static int damaged(struct errors *e, const struct port *port, const char *pin)
{
	return fail(e, EXIT_CODE_FAILED, "%s/%s is missing or damaged; `xdpq detach all` removes "
		    "the port all the same", port->dir, pin);
}

static int read_conf(struct errors *e, struct port *port)
{
	uint32_t size = 0;
	struct conf *conf = read_map(port, "conf", &size);
	int err = 0;

	if (!conf)
		return errno == ENOENT ? 1 : fail_errno(e, errno, "reading %s/conf", port->dir);
	if (size < sizeof(uint32_t) || conf->abi != XDPQ_ABI)
		err = fail(e, EXIT_CODE_FAILED,
			   "attached by an xdpq of ABI %u, this one speaks %u: use that one",
			   size < sizeof(uint32_t) ? 0 : conf->abi, XDPQ_ABI);
	else if (size != sizeof(*conf) || conf->number < 1 || conf->number >= XDPQ_MAX_PORTS)
		err = damaged(e, port, "conf");
	else
		port->conf = *conf;
	free(conf);
	port->conf.ifname[sizeof(port->conf.ifname) - 1] = 0;
	port->conf.sched[sizeof(port->conf.sched) - 1] = 0;
	port->conf.args[sizeof(port->conf.args) - 1] = 0;
	return err;
}

static int read_schema(struct errors *e, struct port *port)
{
	uint32_t size = 0;
	void *raw = read_map(port, "btf", &size);

	if (!raw)
		return errno == ENOENT ? damaged(e, port, "btf") :
		       fail_errno(e, errno, "reading %s/btf", port->dir);
	port->btf = btf__new(raw, size);
	free(raw);
	if (!port->btf)
		return damaged(e, port, "btf");
	return schema_read(e, port->btf, &port->schema);
}

/* The kernel empties a link whose interface is unregistered. */
static bool interface_gone(const struct port *port)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int fd = port_pin(port, "link");
	bool gone;

	if (fd < 0)
		return errno == ENOENT;
	gone = !bpf_obj_get_info_by_fd(fd, &info, &len) && !info.xdp.ifindex;
	close(fd);
	return gone;
}

static int open_pins(struct errors *e, struct port *out)
{
	int err = read_conf(e, out);

	if (!err)
		err = read_schema(e, out);
	if (err) {
		port_close(out);
		return err;
	}
	out->gone = interface_gone(out);
	return 0;
}

int port_open(struct errors *e, uint64_t cookie, uint32_t ifindex, struct port *out)
{
	*out = (struct port){ .cookie = cookie, .ifindex = ifindex };
	pin_port_dir(out->dir, cookie, ifindex);
	return open_pins(e, out);
}

int port_read_conf(struct errors *e, uint64_t cookie, uint32_t ifindex, struct conf *out)
{
	struct port port = { .cookie = cookie, .ifindex = ifindex };
	int err;

	pin_port_dir(port.dir, cookie, ifindex);
	err = read_conf(e, &port);
	*out = port.conf;
	return err;
}

int port_open_heir(struct errors *e, const struct port *port, struct port *out)
{
	*out = (struct port){ .cookie = port->cookie, .ifindex = port->ifindex };
	pin_heir_dir(out->dir, port->cookie, port->ifindex);
	return open_pins(e, out);
}

static bool has_pin(const struct port *port, const char *name)
{
	char path[PIN_PATH_SIZE];

	pin_path(path, port->dir, name);
	return !access(path, F_OK);
}

int port_absent(struct errors *e, const struct port *port)
{
	int lock;

	/* Attached is only what has a link, which is pinned last. */
	if (!has_pin(port, "link") || has_pin(port, "conf"))
		return 1;
	lock = pins_trylock(port->dir);
	if (lock < 0)
		return 1;
	close(lock);
	return damaged(e, port, "conf");
}

int port_missing(struct errors *e)
{
	return fail(e, EXIT_CODE_NOT_ATTACHED, "is not a port; `xdpq show` lists those there are");
}

int port_lock(struct errors *e, uint64_t cookie, uint32_t ifindex)
{
	char dir[PIN_PATH_SIZE];
	int lock;

	pin_port_dir(dir, cookie, ifindex);
	lock = pins_lock(dir);
	if (lock == -ENOENT)
		return port_missing(e);
	return lock < 0 ? fail_errno(e, -lock, "locking %s", dir) : lock;
}

int port_find(struct errors *e, uint64_t cookie, const char *name, struct port *out)
{
	struct link link;
	int err;

	if (device_find(e, name, &link) || privilege_check(e))
		return -1;
	err = pins_open(e, false);
	if (!err) {
		err = port_open(e, cookie, link.ifindex, out);
		if (err > 0)
			err = port_absent(e, out);
	}
	return err > 0 ? port_missing(e) : err;
}

void port_close(struct port *port)
{
	schema_free(&port->schema);
	btf__free(port->btf);
	port->btf = NULL;
}

int port_save_conf(struct errors *e, const struct port *port)
{
	int fd = port_pin(port, "conf"), err = 0;
	__u32 zero = 0;

	if (fd < 0 || bpf_map_update_elem(fd, &zero, &port->conf, BPF_ANY))
		err = fail_errno(e, errno, "writing %s/conf", port->dir);
	if (fd >= 0)
		close(fd);
	return err;
}

int port_config(struct errors *e, const struct port *port, struct config *config)
{
	void *data;

	config_init(config, &port->schema, port->conf.sched);
	config->port_given = port->conf.port_given;
	config->sched_given = port->conf.sched_given;
	config->frame = port->conf.frame;
	if (!port->schema.has_config)
		return 0;
	data = port_map(port, "config", port->schema.config_size);
	if (!data)
		return fail_errno(e, errno, "reading %s/config", port->dir);
	config_read(config, data);
	config->slots = port->conf.slots;
	munmap(data, port->schema.config_size);
	return 0;
}

struct xdpq_tally port_drops(const struct xdpq_port *state)
{
	struct xdpq_tally sum = {};

	for (int i = 0; i < XDPQ_DROP_REASONS; i++) {
		sum.packets += state->drops[i].packets;
		sum.bytes += state->drops[i].bytes;
	}
	return sum;
}

struct xdpq_tally port_received(const struct xdpq_port *state)
{
	/* An arrival that did not get the lock could not be counted among the others. */
	const struct xdpq_tally *unlocked = &state->drops[XDPQ_DROP_LOCK];

	return (struct xdpq_tally){
		.packets = state->in.packets + state->direct.packets + unlocked->packets,
		.bytes = state->in.bytes + state->direct.bytes + unlocked->bytes,
	};
}

struct xdpq_tally port_sent(const struct xdpq_port *state)
{
	return (struct xdpq_tally){
		.packets = state->sent.packets + state->direct.packets -
			   state->direct_lost.packets,
		.bytes = state->sent.bytes + state->direct.bytes - state->direct_lost.bytes,
	};
}

/* What was written off and came back all the same makes it negative, until the next one leaves. */
static uint64_t not_below_zero(uint64_t difference)
{
	return (int64_t)difference > 0 ? difference : 0;
}

struct xdpq_tally port_in_driver(const struct xdpq_port *state)
{
	return (struct xdpq_tally){
		.packets = not_below_zero(state->redirected.packets - state->flushed.packets),
		.bytes = not_below_zero(state->redirected.bytes - state->flushed.bytes),
	};
}

static const char *const drop_names[XDPQ_DROP_REASONS] = {
	[XDPQ_DROP_OVERLIMIT] = "overlimit",
	[XDPQ_DROP_TOO_LARGE] = "too_large",
	[XDPQ_DROP_AQM] = "aqm",
	[XDPQ_DROP_LATE] = "late",
	[XDPQ_DROP_LOSS] = "loss",
	[XDPQ_DROP_NO_SLOT] = "no_slot",
	[XDPQ_DROP_LOCK] = "lock",
	[XDPQ_DROP_TX_RING] = "tx_ring",
	[XDPQ_DROP_REDIRECT] = "redirect",
	[XDPQ_DROP_UNSEEN] = "unseen",
};

const char *port_drop_name(enum xdpq_drop reason)
{
	return drop_names[reason];
}
