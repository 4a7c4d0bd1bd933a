/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include <xdpq/cmd.h>

static void overview(void)
{
	printf("xdpq - queueing and scheduling for XDP forwarding\n\n"
	       "usage: xdpq [OPTIONS] COMMAND ...\n\n");
	for (const struct command *c = commands; c->name; c++)
		if (c->help)
			printf("  xdpq %s%s%s\n        %s\n", c->name, *c->arguments ? " " : "",
			       c->arguments, c->help);
	printf("\noptions, anywhere:\n");
	for (const struct option_entry *o = option_entries; o->word; o++)
		printf("  %s %-*s %s\n", o->word, (int)(12 - strlen(o->word)),
		       o->argument ? o->argument : "", o->help);
	printf("\n`xdpq sched show NAME` lists the parameters of a scheduler and "
	       "the options of a port;\nman xdpq tells the rest.\n");
}

int cmd_help(const struct call *call)
{
	const struct command *c = commands;

	if (call->argc > 1)
		return fail(call->errors, EXIT_CODE_USAGE, "unexpected word \"%s\"", call->argv[1]);
	if (!call->argc) {
		overview();
		return 0;
	}
	while (c->name && (!c->help || strcmp(c->name, call->argv[0])))
		c++;
	if (!c->name)
		return command_unknown(call->errors, call->argv[0]);
	printf("usage: xdpq %s%s%s\n\n%s\n", c->name, *c->arguments ? " " : "", c->arguments,
	       c->help);
	return 0;
}
