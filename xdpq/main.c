/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/cmd.h>
#include <xdpq/near.h>
#include <xdpq/netns.h>

const struct command commands[] = {
	{ "attach", cmd_attach,
	  "DEV sched NAME [PARAM VALUE]... [PORT-OPTION VALUE]... [peer DEV2]",
	  "make an interface a port, its egress queue run by a scheduler" },
	{ "change", cmd_change, "DEV PARAM VALUE...", "change parameters of a running port" },
	{ "replace", cmd_replace,
	  "DEV sched NAME [PARAM VALUE]... [PORT-OPTION VALUE]... [timeout TIME]",
	  "let another scheduler take over a running port" },
	{ "detach", cmd_detach, "{ DEV | all } [timeout TIME]",
	  "drain the queue, then take everything away" },
	{ "show", cmd_show, "[DEV]", "state, parameters and counters of the ports" },
	{ "sched", cmd_sched, "[list | show NAME]", "the schedulers, or all about one" },
	{ "features", cmd_features, "[DEV]", "what this kernel and this interface can do" },
	{ "pump", cmd_pump, "DEV [background]", "be the pump of a port that has lost its own" },
	{ "sim", cmd_sim, "sched NAME [PARAM VALUE]... [PORT-OPTION VALUE]... [mtu BYTES] FILE",
	  "run a trace of packets through a scheduler, on a virtual clock" },
	{ "version", cmd_version, "", "version of the tool, its ABI and libbpf" },
	{ "help", cmd_help, "[COMMAND]", "this text" },
	{ "complete", cmd_complete, NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

static bool show_libbpf;

static int libbpf_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level;
	return show_libbpf ? vfprintf(stderr, fmt, args) : 0;
}

int command_unknown(struct errors *e, const char *name)
{
	const char *names[32], *near;
	size_t count = 0;

	for (const struct command *c = commands; c->name; c++)
		if (c->help)
			names[count++] = c->name;
	near = nearest(name, names, count);
	if (near)
		return fail(e, EXIT_CODE_USAGE, "unknown command \"%s\"; did you mean %s?", name,
			    near);
	return fail(e, EXIT_CODE_USAGE, "unknown command \"%s\"; `xdpq help` lists them", name);
}

static int enter_netns(struct errors *e, struct options *options)
{
	int err = options->netns ? netns_enter(options->netns) : 0;

	if (err == -ENOENT || err == -EINVAL)
		return fail(e, EXIT_CODE_FAILED,
			    "-n: there is no network namespace \"%s\"; `ip netns` lists them",
			    options->netns);
	if (err)
		return fail_errno(e, -err, "-n: entering the network namespace %s%s",
				  options->netns, err == -EPERM ? " needs CAP_SYS_ADMIN" : "");
	err = netns_cookie(&options->cookie);
	/* Kernels before 5.14 can't tell; what needs it needs more than they have anyway. */
	return err && err != -ENOPROTOOPT ?
	       fail_errno(e, -err, "identifying the network namespace") : 0;
}

static int run(struct errors *e, struct options *options, int argc, char **argv)
{
	const struct command *command;
	struct call call = { .options = options, .errors = e };

	if (options->version)
		return cmd_version(&call);
	if (options->help) {
		call.argc = argc ? 1 : 0;
		call.argv = argv;
		return cmd_help(&call);
	}
	if (!argc)
		return fail(e, EXIT_CODE_USAGE, "the command is missing; `xdpq help` lists them");
	for (command = commands; command->name; command++)
		if (!strcmp(command->name, argv[0]))
			break;
	if (!command->name)
		return command_unknown(e, argv[0]);
	errors_context(e, "%s", command->name);
	if (options->plot && command->run != cmd_sim)
		return fail(e, EXIT_CODE_USAGE, "--plot: only `xdpq sim` draws");
	call.argc = argc - 1;
	call.argv = argv + 1;
	return enter_netns(e, options) ? -1 : command->run(&call);
}

/* A full disk behind stdout shows only here. */
static int say_it_all(struct errors *e)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	return e->code ? -1 : fail(e, EXIT_CODE_FAILED, "writing the output");
}

int main(int argc, char **argv)
{
	struct options options = {};
	struct errors errors = {};
	int words;

	show_libbpf = getenv("XDPQ_DEBUG");
	libbpf_set_print(libbpf_print);
	/* The words to complete may look like options. */
	if (argc > 1 && !strcmp(argv[1], "complete")) {
		struct call call = { &options, &errors, argc - 2, argv + 2 };

		return cmd_complete(&call) ? EXIT_CODE_FAILED : EXIT_CODE_OK;
	}
	words = options_take(&errors, &options, argc - 1, argv + 1);
	if (words < 0 || run(&errors, &options, words, argv + 1) || say_it_all(&errors))
		return errors.code ? errors.code : EXIT_CODE_FAILED;
	return EXIT_CODE_OK;
}
