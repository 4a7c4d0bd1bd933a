/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xdpq/device.h>
#include <xdpq/handover.h>
#include <xdpq/live.h>
#include <xdpq/port.h>
#include <xdpq/pump.h>
#include <xdpq/rcu.h>

#define STEP 5000000LL

/* Frames of sched none reach the driver within a grace period; should nobody live to see it end, then. */
#define HOLD 100000000ULL

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void nap(void)
{
	const struct timespec ts = { .tv_nsec = STEP };

	nanosleep(&ts, NULL);
}

static void forget_entry(const struct shared *shared, enum shared_map map, uint32_t number)
{
	bpf_map_delete_elem(shared->fds[map], &number);
}

static int copy_pin(struct install *to, const struct port *from, const char *name)
{
	int fd = port_pin(from, name), err;

	if (fd < 0)
		return fail_errno(to->e, errno, "opening %s/%s", from->dir, name);
	err = install_pin_fd(to, fd, name);
	close(fd);
	return err;
}

/* So that the directory can take the place of the port's. */
static int pin_heir(struct install *heir, const struct port *port)
{
	int ingress = port_pin(port, "ingress"), err;

	if (ingress < 0)
		return fail_errno(heir->e, errno, "opening %s/ingress", port->dir);
	err = install_check_frame(heir, ingress);
	if (!err)
		err = install_pin(heir, ingress);
	close(ingress);
	return err ? err : copy_pin(heir, port, "link");
}

static int load_heir(struct install *heir, const struct port *port)
{
	int wake = port_pin(port, "wake"), err;

	err = install_load(heir, wake);
	if (wake >= 0)
		close(wake);
	return err ? err : pin_heir(heir, port);
}

/* Behind a queue: its dequeue program goes on. */
static int publish_behind_queue(struct install *heir, const struct port *port)
{
	uint32_t number = heir->conf.number;
	int old = port_pin(port, "dequeue"), err;

	if (old < 0)
		return fail_errno(heir->e, errno, "opening %s/dequeue", port->dir);
	err = install_entry(heir, SHARED_PREDECESSOR, number, old);
	if (!err)
		err = install_entry(heir, SHARED_DEQUEUE, number,
				    install_program(heir, "xdpq_dequeue"));
	close(old);
	return err;
}

/* Behind sched none nothing is in its place; a pump is needed, and finds there what wakes it. */
static int publish_behind_none(struct install *heir, const struct port *port,
			       const struct link *link, int lock)
{
	char path[PIN_PATH_SIZE];
	int wake = bpf_object__find_map_fd_by_name(heir->sched->obj, "wake");

	if (install_entry(heir, SHARED_DEQUEUE, heir->conf.number,
			  install_program(heir, "xdpq_dequeue")))
		return -1;
	pin_path(path, port->dir, "wake");
	if (bpf_obj_pin(wake, path))
		return fail_errno(heir->e, errno, "pinning %s", path);
	if (pump_start(heir->e, link->name, lock))
		return -1;
	heir->shared->ports[heir->conf.number].hold_until = now() + HOLD;
	return 0;
}

static int publish(struct install *heir, const struct port *port, const struct link *link, int lock)
{
	int err = 0;

	if (heir->sched->schema.has_config)
		err = port->schema.has_config ? publish_behind_queue(heir, port) :
		      publish_behind_none(heir, port, link, lock);
	/* From here on the heir stores what arrives. */
	return err ? err : install_entry(heir, SHARED_ENQUEUE, heir->conf.number,
					 install_program(heir, "xdpq_enqueue"));
}

/* The heir's enqueue program isn't the port's: what else was done is put back. Under the lock. */
static void undo(struct shared *shared, const struct port *port)
{
	struct errors quiet = { .quiet = true };
	struct xdpq_port *state = &shared->ports[port->conf.number];
	uint32_t number = port->conf.number;
	char dir[PIN_PATH_SIZE];
	int dequeue = port_pin(port, "dequeue");

	if (dequeue >= 0) {
		bpf_map_update_elem(shared->fds[SHARED_DEQUEUE], &number, &dequeue, BPF_ANY);
		close(dequeue);
	} else {
		pump_stop(&quiet, state);
		forget_entry(shared, SHARED_DEQUEUE, number);
		pin_path(dir, port->dir, "wake");
		unlink(dir);
	}
	forget_entry(shared, SHARED_PREDECESSOR, number);
	pin_heir_dir(dir, port->cookie, port->ifindex);
	pins_remove(dir);
}

static void fill_conf(struct install *heir, const struct port *port, const struct link *link)
{
	struct conf *conf = &heir->conf;
	char args[CONF_ARGS_SIZE];

	snprintf(args, sizeof(args), "%s", conf->args);
	*conf = port->conf;
	memcpy(conf->args, args, sizeof(args));
	snprintf(conf->sched, sizeof(conf->sched), "%s", heir->sched->name);
	conf->generation = port->conf.generation + 1;
	conf->frame = link->mtu + FRAME_OVERHEAD;
}

int handover_begin(struct install *heir, const struct port *port, const struct link *link,
		   int lock)
{
	uint32_t transit = heir->conf.transit;
	int err;

	fill_conf(heir, port, link);
	heir->conf.transit = transit;
	pin_heir_dir(heir->dir, port->cookie, port->ifindex);
	err = pins_mkdir(heir->dir);
	if (err)
		return fail_errno(heir->e, -err, "creating %s", heir->dir);
	if (!load_heir(heir, port) && !publish(heir, port, link, lock))
		return 0;
	undo(heir->shared, port);
	return -1;
}

/* Of a program that is pinned; 0 if there is none. */
static uint32_t program_id(int fd)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		info.id = 0;
	close(fd);
	return info.id;
}

/* Also true of an heir that can't be opened. */
static bool is_published(const struct shared *shared, uint32_t number, const struct port *heir)
{
	uint32_t id = 0;

	/* A prog array is read as ids. */
	return !bpf_map_lookup_elem(shared->fds[SHARED_ENQUEUE], &number, &id) &&
	       id && id == program_id(port_pin(heir, "enqueue"));
}

struct succession {
	struct errors *e;
	uint64_t cookie;
	uint32_t ifindex;
	int64_t timeout;	/* ns; what is left of it */
	int lock;		/* the port's */
	bool published;		/* the heir's programs are in place */
	bool transit;		/* the port's own queue is on the way to sched none */
	struct conf heir_conf;	/* of what is published */
	struct conf port_conf;
	/* While a step runs, under the namespace's lock: */
	struct shared shared;
	struct port port, heir;
	bool has_heir;
	/* While it waits: */
	struct xdpq_port *state;
	int ingress;
};

/* False when the time is over. The pump may have died, or see nothing to do: so from here. */
static bool wait_a_step(struct succession *s)
{
	live_run(s->ingress, 64);
	if (s->timeout <= 0)
		return false;
	nap();
	s->timeout -= STEP;
	return true;
}

static bool serves(const struct succession *s, uint32_t generation)
{
	return __atomic_load_n(&s->state->serving, __ATOMIC_SEQ_CST) == generation;
}

/*
 * Waits until the generation serves and nothing of the one before is under way: it might have
 * taken the turn back, so no hand-over may fall into the grace period.
 */
static int wait_until_serves(struct succession *s, uint32_t generation)
{
	uint32_t handovers;

	do {
		while (!serves(s, generation))
			if (!wait_a_step(s) && !serves(s, generation))
				return 1;
		handovers = __atomic_load_n(&s->state->handovers, __ATOMIC_SEQ_CST);
		rcu_wait();
	} while (!serves(s, generation) ||
		 __atomic_load_n(&s->state->handovers, __ATOMIC_SEQ_CST) != handovers);
	return 0;
}

/* Packets reach it, so it can't be undone. */
static int fail_unreadable(const struct succession *s)
{
	return fail(s->e, EXIT_CODE_FAILED, "%s can't be read; detach removes it with the port",
		    s->heir.dir);
}

/* The lock is on the directory: the other one is locked by the time it is the port's. */
static int exchange(struct succession *s)
{
	int lock = pins_trylock(s->heir.dir), err;

	err = lock < 0 ? lock : pins_exchange(s->heir.dir, s->port.dir);
	if (!err && dup3(lock, s->lock, O_CLOEXEC) < 0)
		err = -errno;
	if (lock >= 0)
		close(lock);
	return err ? fail_errno(s->e, -err, "replacing %s", s->port.dir) : 0;
}

/* The heir has become the port: its pins take the place of the old ones, which go. */
static int take_place(struct succession *s)
{
	struct xdpq_port *state = &s->shared.ports[s->port.conf.number];

	if (!s->has_heir)
		return fail_unreadable(s);
	/* What others have written into the port's conf since the heir's was made. */
	s->heir.conf.peer_ifindex = s->port.conf.peer_ifindex;
	s->heir.conf.promisc = s->port.conf.promisc;
	s->heir.conf.vlan_offload = s->port.conf.vlan_offload;
	if (port_save_conf(s->e, &s->heir))
		return -1;
	forget_entry(&s->shared, SHARED_PREDECESSOR, s->port.conf.number);
	if (!s->heir.schema.has_config) {
		if (pump_stop(s->e, state))
			return -1;
		forget_entry(&s->shared, SHARED_DEQUEUE, s->port.conf.number);
		state->unqueued_heir = 0;
	}
	if (exchange(s))
		return -1;
	pins_remove(s->heir.dir);
	s->transit = s->heir.conf.transit;
	s->port_conf = s->heir.conf;
	return 0;
}

/* The queue on the way to sched none is empty, and its programs redirect directly. */
static int begin_none(struct succession *s)
{
	struct install none = { .e = s->e, .shared = &s->shared };
	struct scheduler sched;
	struct config config;
	struct link link;
	int err = link_by_index(s->ifindex, &link);

	if (err)
		return fail_errno(s->e, -err, "reading the interface");
	if (scheduler_open(s->e, "none", &sched))
		return -1;
	config_init(&config, &sched.schema, sched.name);
	none.sched = &sched;
	none.config = &config;
	snprintf(none.conf.args, sizeof(none.conf.args), "%s", s->port.conf.args);
	err = handover_begin(&none, &s->port, &link, -1);
	s->heir_conf = none.conf;
	scheduler_close(&sched);
	return err;
}

/* What there is to do. An heir that has not come so far that packets reach it goes. */
static int look(struct succession *s)
{
	char dir[PIN_PATH_SIZE];

	pin_heir_dir(dir, s->cookie, s->ifindex);
	s->published = is_published(&s->shared, s->port.conf.number, &s->heir);
	if (s->published && !s->has_heir)
		return fail_unreadable(s);
	if (!s->published && !access(dir, F_OK))
		undo(&s->shared, &s->port);
	s->port_conf = s->port.conf;
	s->heir_conf = s->heir.conf;
	s->transit = s->port.conf.transit;
	return 0;
}

/* Runs a step with the namespace's lock, the port and the heir open. */
static int with_lock(struct succession *s, int (*step)(struct succession *s))
{
	struct errors quiet = { .quiet = true };
	int err = shared_lock(s->e, s->cookie, &s->shared);

	if (!err) {
		err = port_open(s->e, s->cookie, s->ifindex, &s->port);
		if (!err) {
			s->has_heir = !port_open_heir(&quiet, &s->port, &s->heir);
			err = step(s);
			if (s->has_heir)
				port_close(&s->heir);
			port_close(&s->port);
		}
		shared_close(&s->shared);
	}
	return err > 0 ? port_missing(s->e) : err;
}

/* Waits for the heir that is published, and makes it the port's scheduler. */
static int settle(struct succession *s)
{
	s->state->heir = s->heir_conf.generation;
	if (s->state->hold_until) {
		/* No frame of sched none is in a bulk any longer. */
		rcu_wait();
		s->state->hold_until = 0;
	}
	if (wait_until_serves(s, s->heir_conf.generation))
		return 1;
	return with_lock(s, take_place);
}

/* From a queue on the way to sched none to sched none itself. */
static int leave_queue(struct succession *s)
{
	s->state->unqueued_heir = s->port_conf.generation + 1;
	while (!s->state->unqueued)
		if (!wait_a_step(s) && !s->state->unqueued)
			return 1;
	return with_lock(s, begin_none) ? -1 : settle(s);
}

static int bring_to_end(struct succession *s)
{
	int err = s->published ? settle(s) : 0;

	return !err && s->transit ? leave_queue(s) : err;
}

int handover_finish(struct errors *e, uint64_t cookie, uint32_t ifindex, int lock, int64_t timeout)
{
	struct succession s = {
		.e = e, .cookie = cookie, .ifindex = ifindex, .timeout = timeout, .lock = lock,
	};
	struct shared shared;
	char path[PIN_PATH_SIZE], dir[PIN_PATH_SIZE];
	int err = with_lock(&s, look);

	if (err || !(s.published || s.transit))
		return err;
	if (shared_open(e, cookie, &shared))
		return -1;
	pin_port_dir(dir, cookie, ifindex);
	pin_path(path, dir, "ingress");
	s.state = &shared.ports[s.port_conf.number];
	s.ingress = bpf_obj_get(path);
	err = s.ingress < 0 ? fail_errno(e, errno, "opening %s", path) : bring_to_end(&s);
	if (s.ingress >= 0)
		close(s.ingress);
	shared_close(&shared);
	return err;
}
