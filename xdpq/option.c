/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdio.h>
#include <string.h>

#include <xdpq/option.h>

#define FLAG(letter, alias, member, help) \
	{ letter, alias, NULL, NULL, help, offsetof(struct options, member) }

const struct option_entry option_entries[] = {
	FLAG("-j", NULL, json, "JSON"),
	FLAG("-p", NULL, pretty, "indent it"),
	FLAG("-s", NULL, stats, "more counters"),
	FLAG("-d", NULL, details, "more details"),
	{ "-n", NULL, "NETNS", "the name of a network namespace", "in that network namespace",
	  offsetof(struct options, netns) },
	{ "--plot", NULL, "FILE", "the file to draw to", "sim draws to an SVG file",
	  offsetof(struct options, plot) },
	FLAG("-V", "--version", version, "version"),
	FLAG("-h", "--help", help, "help"),
	{ NULL, NULL, NULL, NULL, NULL, 0 },
};

const struct option_entry *option_find(const char *word)
{
	for (const struct option_entry *o = option_entries; o->word; o++)
		if (!strcmp(o->word, word) || (o->alias && !strcmp(o->alias, word)))
			return o;
	return NULL;
}

bool option_like(const char *word)
{
	return word[0] == '-' && word[1] && (word[1] < '0' || word[1] > '9');
}

static void *place(struct options *options, const struct option_entry *o)
{
	return (char *)options + o->offset;
}

/* "--plot FILE -V ...", as far as there is room. */
static void all_options(char *text, size_t size)
{
	size_t used = 0;

	for (const struct option_entry *o = option_entries; o->word && used < size; o++)
		used += snprintf(text + used, size - used, " %s%s%s", o->word,
				 o->argument ? " " : "", o->argument ? o->argument : "");
}

static int unknown(struct errors *e, const char *word)
{
	char all[128];

	all_options(all, sizeof(all));
	return fail(e, EXIT_CODE_USAGE, "unknown option \"%s\"; there are%s", word, all);
}

/* "-j", "--help", or letters without arguments joined: "-sd". */
static int take_flags(struct errors *e, struct options *options, const char *word)
{
	const struct option_entry *o = option_find(word);

	if (o) {
		*(bool *)place(options, o) = true;
		return 0;
	}
	for (const char *c = word + 1; *c; c++) {
		char letter[3] = { '-', *c };

		o = option_find(letter);
		if (!o || o->argument)
			return unknown(e, word);
		*(bool *)place(options, o) = true;
	}
	return 0;
}

int options_take(struct errors *e, struct options *options, int argc, char **argv)
{
	int left = 0, err = 0;

	for (int i = 0; i < argc; i++) {
		const struct option_entry *o = option_find(argv[i]);

		if (!option_like(argv[i]))
			argv[left++] = argv[i];
		else if (!o || !o->argument)
			err |= take_flags(e, options, argv[i]);
		else if (i + 1 < argc)
			*(const char **)place(options, o) = argv[++i];
		else
			err = fail(e, EXIT_CODE_USAGE, "%s: %s is missing", o->word, o->missing);
	}
	argv[left] = NULL;
	return err ? -1 : left;
}
