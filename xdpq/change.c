/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xdpq/cmd.h>
#include <xdpq/device.h>
#include <xdpq/handover.h>
#include <xdpq/port.h>
#include <xdpq/request.h>

static int apply(struct errors *e, struct port *port, const struct config *config)
{
	void *data = port_map(port, "config", port->schema.config_size);

	if (!data)
		return fail_errno(e, errno, "opening %s/config", port->dir);
	config_flip(config, data);
	munmap(data, port->schema.config_size);
	port->conf.port_given = config->port_given;
	port->conf.sched_given = config->sched_given;
	return port_save_conf(e, port);
}

static int change(struct errors *e, struct port *port, const struct call *call)
{
	struct config config;
	struct link link;
	int validate, err;

	if (port_config(e, port, &config))
		return -1;
	if (!link_by_index(port->ifindex, &link))
		config.link_rate = device_speed(&link);
	if (config_parse(e, &config, call->argc - 1, call->argv + 1, true))
		return -1;
	validate = port_pin(port, "validate");
	err = config_finish(e, &config, validate, true);
	if (validate >= 0)
		close(validate);
	return err ? err : apply(e, port, &config);
}

/* With the namespace's lock, under which wiring writes the same conf. */
static int change_locked(struct errors *e, uint64_t cookie, uint32_t ifindex,
			 const struct call *call)
{
	struct shared shared;
	struct port port;
	int err = shared_lock(e, cookie, &shared);

	if (err)
		return err;
	err = port_open(e, cookie, ifindex, &port);
	if (!err) {
		errors_context(e, "change %s: sched %s", call->argv[0], port.conf.sched);
		err = change(e, &port, call);
		port_close(&port);
	}
	shared_close(&shared);
	return err;
}

/* With the port's lock: whatever replaces its scheduler has come to its end. */
static int change_settled(struct errors *e, uint64_t cookie, uint32_t ifindex, int lock,
			  const struct call *call)
{
	int err = handover_finish(e, cookie, ifindex, lock, DRAIN_TIMEOUT);

	if (err > 0)
		return fail(e, EXIT_CODE_FAILED, "its scheduler is being replaced, "
			    "and the old queue still holds packets");
	if (!err)
		err = change_locked(e, cookie, ifindex, call);
	return err > 0 ? port_missing(e) : err;
}

int cmd_change(const struct call *call)
{
	struct errors *e = call->errors;
	struct port port;
	int lock, err;

	if (call->argc < 1)
		return fail(e, EXIT_CODE_USAGE,
			    "the interface is missing: xdpq change DEV PARAM VALUE ...");
	errors_context(e, "change %s", call->argv[0]);
	if (call->argc < 2)
		return fail(e, EXIT_CODE_USAGE,
			    "the parameter is missing: xdpq change %s PARAM VALUE ...",
			    call->argv[0]);
	if (!strcmp(call->argv[1], "sched"))
		return fail(e, EXIT_CODE_USAGE, "sets parameters, not the scheduler: "
			    "xdpq replace %s sched NAME lets another take over", call->argv[0]);
	if (port_find(e, call->options->cookie, call->argv[0], &port))
		return -1;
	port_close(&port);
	lock = port_lock(e, call->options->cookie, port.ifindex);
	if (lock < 0)
		return -1;
	err = change_settled(e, call->options->cookie, port.ifindex, lock, call);
	close(lock);
	return err;
}
