/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands. Each stands in the file of its name and returns 0, or -1 with errors reported. */
#ifndef XDPQ_CMD_H
#define XDPQ_CMD_H

#include <stdbool.h>
#include <stdint.h>

#include <xdpq/error.h>
#include <xdpq/option.h>

/* What a command is given: the words behind its own name. */
struct call {
	const struct options *options;
	struct errors *errors;
	int argc;
	char **argv;
};

int cmd_attach(const struct call *call);
int cmd_change(const struct call *call);
int cmd_replace(const struct call *call);
int cmd_detach(const struct call *call);
int cmd_show(const struct call *call);
int cmd_sched(const struct call *call);
int cmd_features(const struct call *call);
int cmd_pump(const struct call *call);
int cmd_sim(const struct call *call);
int cmd_version(const struct call *call);
int cmd_help(const struct call *call);
int cmd_complete(const struct call *call);

/* One line of `xdpq help` each; ends with a NULL name. */
struct command {
	const char *name;
	int (*run)(const struct call *call);
	const char *arguments;
	const char *help;	/* NULL: not shown */
};
extern const struct command commands[];

/* Says that there is no such command, and which may be meant. Returns -1. */
int command_unknown(struct errors *e, const char *name);

#endif
