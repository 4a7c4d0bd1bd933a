/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xdpq/cmd.h>
#include <xdpq/live.h>
#include <xdpq/netns.h>
#include <xdpq/port.h>
#include <xdpq/privilege.h>
#include <xdpq/process.h>
#include <xdpq/pump.h>

#define NSEC_PER_SEC 1000000000ULL
#define MSEC 1000000ULL

/* Frames of one call; it occupies its CPU for their time. */
#define MAX_FRAMES 128
/* Another CPU's frames are on their way to the driver: look again so soon. */
#define BLOCKED_PAUSE 50000ULL
/* The kernel could not run the program, for want of memory say. */
#define FAILED_PAUSE (10 * MSEC)
/* Between the death of a worker and the next, and before a stopped one is told to go on. */
#define RESTART_PAUSE (100 * MSEC)

#define END_TIMEOUT_MS 2000
#define NO_SERVER (~0U)

struct pump {
	int prog;		/* the port's ingress program */
	int wake;		/* its ring buffer */
	struct ring_buffer *ring;
	struct xdpq_port *state;
	uint32_t server;	/* the CPU this thread was last sent to */
	uint32_t frames;	/* of the next call */
	int lock;		/* the port's, until the first worker is known; or -1 */
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static void nap(uint64_t ns)
{
	struct timespec ts = { .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC };

	nanosleep(&ts, NULL);
}

static int discard(void *ctx, void *data, size_t size)
{
	(void)ctx, (void)data, (void)size;
	return 0;
}

/*
 * Sleeps until `until` or until a program calls. First publishes that time, so
 * that programs know when a call is needed, then looks once more: what came
 * between would otherwise wait for ever.
 */
static void sleep_until(struct pump *pump, uint64_t until)
{
	struct pollfd fd = { .fd = pump->wake, .events = POLLIN };
	uint64_t t = now(), wait = until > t ? until - t : 0;
	struct timespec ts = { .tv_sec = wait / NSEC_PER_SEC, .tv_nsec = wait % NSEC_PER_SEC };

	__atomic_store_n(&pump->state->pump_at, until, __ATOMIC_SEQ_CST);
	if (wait && __atomic_load_n(&pump->state->due, __ATOMIC_SEQ_CST) >= until)
		ppoll(&fd, 1, until == XDPQ_NEVER ? NULL : &ts, NULL);
	__atomic_store_n(&pump->state->pump_at, 0, __ATOMIC_SEQ_CST);
	ring_buffer__consume(pump->ring);
}

/* TX rings are picked by CPU: where the last server ran, its frames are not overtaken. */
static void follow_server(struct pump *pump)
{
	uint32_t server = __atomic_load_n(&pump->state->server, __ATOMIC_RELAXED);
	cpu_set_t set;

	if (server == pump->server || server >= CPU_SETSIZE)
		return;
	CPU_ZERO(&set);
	CPU_SET(server, &set);
	sched_setaffinity(0, sizeof(set), &set);
	pump->server = server;
}

/* A frame costs even if it sends nothing, so ask for about what the last call found due. */
static void adapt(struct pump *pump, uint64_t sent)
{
	pump->frames = sent < pump->frames ? sent + 1 : 2 * pump->frames;
	if (pump->frames > MAX_FRAMES)
		pump->frames = MAX_FRAMES;
}

static void serve(struct pump *pump)
{
	uint64_t before = __atomic_load_n(&pump->state->pumped, __ATOMIC_RELAXED), sent;

	follow_server(pump);
	if (live_run(pump->prog, pump->frames))
		nap(FAILED_PAUSE);
	sent = __atomic_load_n(&pump->state->pumped, __ATOMIC_RELAXED) - before;
	adapt(pump, sent);
	if (!sent && __atomic_load_n(&pump->state->due, __ATOMIC_RELAXED) <= now())
		nap(BLOCKED_PAUSE);
}

static void __attribute__((noreturn)) work(struct pump *pump)
{
	pump->frames = 1;
	for (;;) {
		/* Nobody's any more: whoever removed the port did not know of us. */
		if (pump->state->state == XDPQ_PORT_FREE)
			_exit(EXIT_CODE_OK);
		uint64_t due = __atomic_load_n(&pump->state->due, __ATOMIC_SEQ_CST);

		if (due > now())
			sleep_until(pump, due);
		else
			serve(pump);
	}
}

static void __attribute__((noreturn)) worker(struct pump *pump, int ready)
{
	prctl(PR_SET_NAME, "xdpq-pump");
	/* Paced packets leave when they are due, not up to 50 us later. */
	prctl(PR_SET_TIMERSLACK, 1);
	pump->server = NO_SERVER;
	pump->state->pump_started = process_started(getpid(), NULL);
	pump->state->pump_at = 0;
	__atomic_store_n(&pump->state->pump_pid, getpid(), __ATOMIC_SEQ_CST);
	if (pump->lock >= 0)
		close(pump->lock);
	if (ready >= 0) {
		if (write(ready, "", 1) != 1)
			_exit(EXIT_CODE_FAILED);
		close(ready);
	}
	work(pump);
}

/* The worker, and whether SIGTERM has told its keeper that both shall end. */
static volatile sig_atomic_t current, told_to_end;

static void end_both(int signal)
{
	told_to_end = 1;
	if (current > 0)
		kill(current, signal);
}

/* Waits for the worker's end. One that somebody stops is told to go on. Returns how it ended. */
static int watch(pid_t child)
{
	int status = 0;
	pid_t changed;

	for (;;) {
		changed = waitpid(child, &status, WUNTRACED);
		if (changed < 0 && errno != EINTR)
			return status;
		if (changed < 0)
			continue;
		if (!WIFSTOPPED(status))
			return status;
		nap(RESTART_PAUSE);
		kill(child, SIGCONT);
	}
}

/* Starts workers until it or one of them is told to end by SIGTERM. Detach kills both, this one first. */
static int keep(struct pump *pump, int ready)
{
	int status;

	prctl(PR_SET_NAME, "xdpq-keeper");
	pump->state->keeper_started = process_started(getpid(), NULL);
	__atomic_store_n(&pump->state->keeper_pid, getpid(), __ATOMIC_SEQ_CST);
	signal(SIGTERM, end_both);
	for (; !told_to_end; nap(RESTART_PAUSE)) {
		pid_t child = fork();

		if (!child) {
			signal(SIGTERM, SIG_DFL);
			worker(pump, ready);
		}
		/* Whoever waits for the first one does so with locks held. */
		if (child < 0 && ready >= 0)
			return -1;
		if (child < 0)
			continue;
		current = child;
		if (told_to_end)
			kill(child, SIGTERM);
		if (ready >= 0)
			close(ready);
		ready = -1;
		/* The worker lets go of its own when it can be found. */
		if (pump->lock >= 0)
			close(pump->lock);
		pump->lock = -1;
		status = watch(child);
		current = 0;
		if (WIFEXITED(status) || WTERMSIG(status) == SIGTERM)
			return 0;
	}
	return 0;
}

/*
 * Paced packets have to leave on time also when other processes want the CPU. The
 * work is bounded by what is due, much like a softirq's. Not fatal: it may lack the privilege.
 */
static void ask_for_priority(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &first))
		setpriority(PRIO_PROCESS, 0, -20);
}

/*
 * Goes on in a child. Returns the end of the pipe to say "ready" into; the
 * caller's process waits for that and exits.
 */
static int go_to_background(void)
{
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	switch (fork()) {
	case -1:
		return -1;
	case 0:
		break;
	default:
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) == 1 ? EXIT_CODE_OK : EXIT_CODE_FAILED);
	}
	close(ends[0]);
	setsid();
	/* Where it was started may have to be unmounted. */
	return chdir("/") ? -1 : ends[1];
}

static void let_go_of_terminal(int null)
{
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
}

static int pump_open(struct errors *e, const struct port *port, struct pump *pump)
{
	pump->prog = port_pin(port, "ingress");
	pump->wake = port_pin(port, "wake");
	if (pump->prog < 0 || pump->wake < 0)
		return fail_errno(e, errno, "opening %s", port->dir);
	pump->ring = ring_buffer__new(pump->wake, discard, NULL, NULL);
	if (!pump->ring)
		return fail_errno(e, errno, "opening %s/wake", port->dir);
	return 0;
}

/*
 * A process that stays would keep them alive after `ip netns del`. Not fatal: it
 * may lack the privilege.
 */
static void leave_namespaces(void)
{
	int home = netns_home();

	netns_enter_home(home, CLONE_NEWNET);
	netns_enter_home(home, CLONE_NEWNS);
}

int pump_run(struct errors *e, const struct port *port, struct shared *shared, bool background)
{
	struct pump pump = {
		.state = &shared->ports[port->conf.number],
		/* Against another pump, detach and replace; from who started us, if it has it. */
		.lock = pins_lock_with(STDIN_FILENO, port->dir),
	};
	int ready = -1, null = -1, err;

	if (pump.lock < 0)
		return port_missing(e);
	if (pump_alive(pump.state) && keeper_alive(pump.state))
		return fail(e, EXIT_CODE_FAILED, "a pump serves it already: process %u",
			    pump.state->pump_pid);
	/* A pump that has lost its keeper makes way. */
	if (pump_stop(e, pump.state) || pump_open(e, port, &pump))
		return -1;
	shared_close_maps(shared);
	process_prepare();
	leave_namespaces();
	ask_for_priority();
	if (background) {
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		ready = go_to_background();
		if (ready < 0 || null < 0)
			return fail_errno(e, errno, "going to the background");
	}
	err = privilege_drop();
	if (err)
		return fail_errno(e, -err, "giving up privileges");
	if (background)
		let_go_of_terminal(null);
	return keep(&pump, ready);
}

int pump_start(struct errors *e, const char *ifname, int lock)
{
	char *const argv[] = { "xdpq", "pump", (char *)ifname, "background", NULL };
	pid_t child = fork();
	int status;

	if (!child) {
		interruptible();
		dup2(lock, STDIN_FILENO);
		execv("/proc/self/exe", argv);
		_exit(EXIT_CODE_FAILED);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return fail_errno(e, errno, "starting the pump");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return fail(e, EXIT_CODE_FAILED, "the pump did not start");
	return 0;
}

static bool alive(uint32_t pid, uint64_t started)
{
	return pid && started && process_started(pid, NULL) == started;
}

bool pump_alive(const struct xdpq_port *state)
{
	return alive(state->pump_pid, state->pump_started);
}

bool keeper_alive(const struct xdpq_port *state)
{
	return alive(state->keeper_pid, state->keeper_started);
}

bool pump_stopped(const struct xdpq_port *state)
{
	char letter = 0;

	process_started(state->pump_pid, &letter);
	return letter == 'T' || letter == 't';
}

/*
 * Sends a signal, or 0 to see whether it may, by descriptor, so that it cannot hit a later process
 * of the same id. Waits for the end after SIGKILL, the one that a stopped process takes.
 */
static int signal_process(struct errors *e, uint32_t pid, uint64_t started, int signal)
{
	int fd = syscall(SYS_pidfd_open, pid, 0), err = 0;
	struct pollfd ended = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return 0;
	if (alive(pid, started) && syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0))
		err = fail_errno(e, errno, "ending the pump, process %u", pid);
	else if (signal && alive(pid, started))
		poll(&ended, 1, END_TIMEOUT_MS);
	close(fd);
	return err;
}

int pump_may_stop(struct errors *e, const struct xdpq_port *state)
{
	if (signal_process(e, state->keeper_pid, state->keeper_started, 0))
		return -1;
	return signal_process(e, state->pump_pid, state->pump_started, 0);
}

int pump_stop(struct errors *e, struct xdpq_port *state)
{
	/* The keeper first, lest it start another. Who goes on stays known, for who may end it. */
	if (signal_process(e, state->keeper_pid, state->keeper_started, SIGKILL))
		return -1;
	state->keeper_pid = 0;
	if (signal_process(e, state->pump_pid, state->pump_started, SIGKILL))
		return -1;
	state->pump_pid = 0;
	return 0;
}

static int parse(const struct call *call, bool *background)
{
	if (call->argc < 1)
		return fail(call->errors, EXIT_CODE_USAGE,
			    "the interface is missing: xdpq pump DEV");
	errors_context(call->errors, "pump %s", call->argv[0]);
	*background = call->argc > 1 && !strcmp(call->argv[1], "background");
	if (call->argc > 1 + *background)
		return fail(call->errors, EXIT_CODE_USAGE,
			    "unexpected word \"%s\"; xdpq pump DEV [background]",
			    call->argv[1 + *background]);
	return 0;
}

int cmd_pump(const struct call *call)
{
	struct errors *e = call->errors;
	struct shared shared;
	struct port port;
	bool background = false;
	int err, wake;

	if (parse(call, &background))
		return -1;
	/* Whatever whoever started us had open is not to stay open as long as the port is. */
	if (background)
		close_range(STDERR_FILENO + 1, ~0U, 0);
	if (port_find(e, call->options->cookie, call->argv[0], &port))
		return -1;
	/* A port without a queue gets one as soon as its scheduler is replaced. */
	wake = port_pin(&port, "wake");
	if (wake < 0)
		err = fail(e, EXIT_CODE_USAGE, "has no queue, so it needs no pump");
	else
		err = shared_open(e, call->options->cookie, &shared) ? -1 :
		      pump_run(e, &port, &shared, background);
	if (wake >= 0)
		close(wake);
	port_close(&port);
	return err;
}
