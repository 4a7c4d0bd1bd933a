/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xdpq/cmd.h>
#include <xdpq/device.h>
#include <xdpq/port.h>

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

int cmd_change(const struct call *call)
{
	struct errors *e = call->errors;
	struct port port;
	int lock, err;

	if (call->argc < 1)
		return fail(e, EXIT_CODE_USAGE, "the interface is missing: xdpq change DEV PARAM VALUE ...");
	errors_context(e, "change %s", call->argv[0]);
	if (call->argc < 2)
		return fail(e, EXIT_CODE_USAGE, "the parameter is missing: xdpq change %s PARAM VALUE ...",
			    call->argv[0]);
	if (port_find(e, call->options->cookie, call->argv[0], &port))
		return -1;
	errors_context(e, "change %s: sched %s", call->argv[0], port.conf.sched);
	lock = pins_lock(port.dir);
	err = change(e, &port, call);
	if (lock >= 0)
		close(lock);
	port_close(&port);
	return err;
}
