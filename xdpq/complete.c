/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `xdpq complete WORD...`: what may stand in place of the last word, one
 * candidate a line. The completion script asks this, so that it knows nothing itself.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include <xdpq/cmd.h>
#include <xdpq/link.h>
#include <xdpq/netns.h>
#include <xdpq/port.h>
#include <xdpq/scheduler.h>

static void offer(const char *candidate, const char *prefix)
{
	if (!strncmp(candidate, prefix, strlen(prefix)))
		puts(candidate);
}

static int offer_link(const struct link *link, void *prefix)
{
	offer(link->name, prefix);
	return 0;
}

static void offer_links(const char *prefix)
{
	link_each(offer_link, (void *)prefix);
}

static void offer_netns(const char *prefix)
{
	struct dirent *entry;
	DIR *d = opendir("/run/netns");

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			offer(entry->d_name, prefix);
	if (d)
		closedir(d);
}

static void offer_schedulers(const char *prefix)
{
	for (const struct embedded_scheduler *s = embedded_schedulers; s->name; s++)
		offer(s->name, prefix);
}

/* Those that are not given yet; `running`: that a port can still change. */
static void offer_fields(const struct field_set *set, int argc, char **argv, bool running)
{
	const char *prefix = argv[argc];

	for (uint32_t i = 0; i < set->count; i++) {
		bool given = running && set->fields[i].kind == FIELD_FIXED;

		for (int j = 0; j < argc; j += 2)
			given |= !strcmp(argv[j], set->fields[i].name);
		if (!given)
			offer(set->fields[i].name, prefix);
	}
}

static void offer_value(const struct schema *schema, const char *name, const char *prefix)
{
	const struct field *field = field_find(&schema->sched, name);
	char word[UNIT_TEXT_SIZE];

	if (!field)
		field = field_find(&schema->port, name);
	if (field && field->kind == FIELD_CHOICE)
		for (int i = 0; field_choice(field, i, word); i++)
			offer(word, prefix);
	else if (field && !field->required)
		offer(field->dflt_text, prefix);
}

/*
 * argv: PARAM VALUE ... up to the word to complete, which is the last. `more`: a word that
 * the command takes beside the parameters, or NULL. `running`: of a port, which may change.
 */
static void offer_parameters(const struct schema *schema, int argc, char **argv, const char *more,
			     bool running)
{
	const char *prefix = argv[argc - 1];

	if (argc % 2) {
		offer_fields(&schema->sched, argc - 1, argv, running);
		offer_fields(&schema->port, argc - 1, argv, running);
		if (more)
			offer(more, prefix);
	} else if (more && !strcmp(argv[argc - 2], more)) {
		if (!strcmp(more, "peer"))
			offer_links(prefix);
	} else {
		offer_value(schema, argv[argc - 2], prefix);
	}
}

static void parameters(const char *name, int argc, char **argv, const char *more, bool running)
{
	struct errors quiet = { .quiet = true };
	struct scheduler sched;

	if (scheduler_open(&quiet, name, &sched))
		return;
	offer_parameters(&sched.schema, argc, argv, more, running);
	scheduler_close(&sched);
}

static void attach_or_replace(int argc, char **argv, const char *more)
{
	const char *prefix = argv[argc - 1];

	if (argc == 1)
		offer_links(prefix);
	else if (argc == 2)
		offer("sched", prefix);
	else if (argc == 3)
		offer_schedulers(prefix);
	else
		parameters(argv[2], argc - 3, argv + 3, more, false);
}

static void attach(int argc, char **argv)
{
	attach_or_replace(argc, argv, "peer");
}

static void replace(int argc, char **argv)
{
	attach_or_replace(argc, argv, "timeout");
}

/* Without privilege the port cannot be read. Then the parameters of all schedulers are offered. */
static void change(int argc, char **argv)
{
	struct errors quiet = { .quiet = true };
	struct port port;
	uint64_t cookie;

	if (argc == 1) {
		offer_links(argv[0]);
	} else if (!netns_cookie(&cookie) && !port_find(&quiet, cookie, argv[0], &port)) {
		offer_parameters(&port.schema, argc - 1, argv + 1, NULL, true);
		port_close(&port);
	} else {
		for (const struct embedded_scheduler *s = embedded_schedulers; s->name; s++)
			parameters(s->name, argc - 1, argv + 1, NULL, true);
	}
}

static void detach(int argc, char **argv)
{
	if (argc == 1) {
		offer_links(argv[0]);
		offer("all", argv[0]);
	} else if (argc == 2) {
		offer("timeout", argv[1]);
	}
}

static void device(int argc, char **argv)
{
	if (argc == 1)
		offer_links(argv[0]);
}

static void pump(int argc, char **argv)
{
	if (argc == 2)
		offer("background", argv[1]);
	else
		device(argc, argv);
}

static void sched(int argc, char **argv)
{
	if (argc == 1) {
		offer("list", argv[0]);
		offer("show", argv[0]);
	} else if (argc == 2 && !strcmp(argv[0], "show")) {
		offer_schedulers(argv[1]);
	}
}

static void sim(int argc, char **argv)
{
	if (argc == 1)
		offer("sched", argv[0]);
	else if (argc == 2)
		offer_schedulers(argv[1]);
	else
		parameters(argv[1], argc - 2, argv + 2, "mtu", false);
}

static void offer_commands(int argc, char **argv)
{
	for (const struct command *c = commands; argc == 1 && c->name; c++)
		if (c->help)
			offer(c->name, argv[0]);
}

static const struct {
	const char *command;
	void (*complete)(int argc, char **argv);
} completers[] = {
	{ "attach", attach }, { "replace", replace }, { "change", change },
	{ "detach", detach }, { "show", device }, { "features", device }, { "pump", pump },
	{ "sched", sched }, { "sim", sim }, { "help", offer_commands },
};

static void offer_options(const char *prefix)
{
	for (const struct option_entry *o = option_entries; o->word; o++)
		offer(o->word, prefix);
}

static void offer_argument(const struct option_entry *option, const char *prefix)
{
	/* A file's name is the shell's affair. */
	if (!strcmp(option->word, "-n"))
		offer_netns(prefix);
}

/*
 * Options and their arguments are no words of the command; that of -n is entered.
 * Returns how many words are.
 */
static int strip_options(int argc, char **argv)
{
	char *last = argv[argc - 1];
	struct errors quiet = { .quiet = true };
	struct options options = {};
	int kept = options_take(&quiet, &options, argc - 1, argv);

	if (options.netns)
		netns_enter(options.netns);
	kept = kept < 0 ? 0 : kept;
	argv[kept++] = last;
	return kept;
}

int cmd_complete(const struct call *call)
{
	const struct option_entry *option;
	int argc = call->argc;
	char **argv = call->argv;

	if (!argc)
		return 0;
	if (argv[argc - 1][0] == '-') {
		offer_options(argv[argc - 1]);
		return 0;
	}
	option = argc > 1 ? option_find(argv[argc - 2]) : NULL;
	if (option && option->argument) {
		offer_argument(option, argv[argc - 1]);
		return 0;
	}
	argc = strip_options(argc, argv);
	if (argc == 1)
		offer_commands(argc, argv);
	for (size_t i = 0; argc > 1 && i < sizeof(completers) / sizeof(completers[0]); i++)
		if (!strcmp(argv[0], completers[i].command))
			completers[i].complete(argc - 1, argv + 1);
	return 0;
}
