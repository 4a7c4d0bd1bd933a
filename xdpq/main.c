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
	{ "change", cmd_change, "DEV [PARAM VALUE]...", "change parameters of a running port" },
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

struct line {
	struct options options;
	struct errors errors;
	const char *netns;
	bool version, help;
	int argc;
	char **argv;	/* the words that are no options */
};

static int take_letter(struct line *line, char letter)
{
	switch (letter) {
	case 'j': line->options.json = true; return 0;
	case 'p': line->options.pretty = true; return 0;
	case 's': line->options.stats = true; return 0;
	case 'd': line->options.details = true; return 0;
	case 'V': line->version = true; return 0;
	case 'h': line->help = true; return 0;
	}
	return -1;
}

/* "-j", "-sd", "--help". */
static int take_option(struct line *line, const char *word)
{
	if (!strcmp(word, "--help"))
		return take_letter(line, 'h');
	if (!strcmp(word, "--version"))
		return take_letter(line, 'V');
	for (const char *c = word + 1; *c; c++)
		if (take_letter(line, *c))
			return fail(&line->errors, EXIT_CODE_USAGE,
				    "unknown option \"%s\"; there are -j -p -s -d -n NETNS "
				    "--plot FILE -V -h", word);
	return 0;
}

/* Options with an argument: where it goes and what it is, or NULL. */
static const char **option_argument(struct line *line, const char *word, const char **what)
{
	*what = "the name of a network namespace";
	if (!strcmp(word, "-n"))
		return &line->netns;
	*what = "the file to draw to";
	return strcmp(word, "--plot") ? NULL : &line->options.plot;
}

/* Options stand anywhere; what is left keeps its order. */
static int take_options(struct line *line, int argc, char **argv)
{
	const char *what, **argument;
	int err = 0;

	line->argv = argv + 1;
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-' || !argv[i][1] || (argv[i][1] >= '0' && argv[i][1] <= '9')) {
			line->argv[line->argc++] = argv[i];
			continue;
		}
		argument = option_argument(line, argv[i], &what);
		if (!argument)
			err |= take_option(line, argv[i]);
		else if (i + 1 < argc)
			*argument = argv[++i];
		else
			err = fail(&line->errors, EXIT_CODE_USAGE, "%s: %s is missing", argv[i],
				   what);
	}
	line->argv[line->argc] = NULL;
	return err;
}

static const struct command *find_command(struct errors *e, const char *name)
{
	const char *names[32], *near;
	size_t count = 0;

	for (const struct command *c = commands; c->name; c++) {
		if (!strcmp(c->name, name))
			return c;
		if (c->help)
			names[count++] = c->name;
	}
	near = nearest(name, names, count);
	if (near)
		fail(e, EXIT_CODE_USAGE, "unknown command \"%s\"; did you mean %s?", name, near);
	else
		fail(e, EXIT_CODE_USAGE, "unknown command \"%s\"; `xdpq help` lists them", name);
	return NULL;
}

static int enter_netns(struct line *line)
{
	int err = line->netns ? netns_enter(line->netns) : 0;

	if (err == -ENOENT || err == -EINVAL)
		return fail(&line->errors, EXIT_CODE_FAILED,
			    "-n: there is no network namespace \"%s\"; `ip netns` lists them",
			    line->netns);
	if (err)
		return fail_errno(&line->errors, -err, "entering the network namespace %s",
				  line->netns);
	err = netns_cookie(&line->options.cookie);
	/* Kernels before 5.14 can't tell; what needs it needs more than they have anyway. */
	return err && err != -ENOPROTOOPT ?
	       fail_errno(&line->errors, -err, "identifying the network namespace") : 0;
}

static int run(struct line *line)
{
	const struct command *command;
	struct call call = { .options = &line->options, .errors = &line->errors };

	if (line->version)
		return cmd_version(&call);
	if (line->help || !line->argc) {
		call.argc = line->help && line->argc ? 1 : 0;
		call.argv = line->argv;
		return cmd_help(&call);
	}
	command = find_command(&line->errors, line->argv[0]);
	if (!command)
		return -1;
	errors_context(&line->errors, "%s", command->name);
	if (line->options.plot && command->run != cmd_sim)
		return fail(&line->errors, EXIT_CODE_USAGE, "--plot: only `xdpq sim` draws");
	call.argc = line->argc - 1;
	call.argv = line->argv + 1;
	return enter_netns(line) ? -1 : command->run(&call);
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
	struct line line = {};

	show_libbpf = getenv("XDPQ_DEBUG");
	libbpf_set_print(libbpf_print);
	/* The words to complete may look like options. */
	if (argc > 1 && !strcmp(argv[1], "complete")) {
		struct call call = { &line.options, &line.errors, argc - 2, argv + 2 };

		return cmd_complete(&call) ? EXIT_CODE_FAILED : EXIT_CODE_OK;
	}
	if (take_options(&line, argc, argv) || run(&line) || say_it_all(&line.errors))
		return line.errors.code ? line.errors.code : EXIT_CODE_FAILED;
	return EXIT_CODE_OK;
}
