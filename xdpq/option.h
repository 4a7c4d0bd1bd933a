/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options: words that begin with a dash and may stand anywhere on the command line.
 * One table says what there is; parsing, help and completion follow it.
 */
#ifndef XDPQ_OPTION_H
#define XDPQ_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xdpq/error.h>

struct options {
	bool json, pretty, stats, details, version, help;
	const char *netns;	/* the namespace to enter, or NULL */
	const char *plot;	/* the file to draw to, or NULL */
	uint64_t cookie;	/* of the network namespace; 0 if it could not be told */
};

struct option_entry {
	const char *word;	/* "-j", "--plot" */
	const char *alias;	/* "--help", or NULL */
	const char *argument;	/* "NETNS": what follows it; NULL: nothing */
	const char *missing;	/* the argument in words */
	const char *help;
	size_t offset;		/* in struct options: a bool, or a string if there is an argument */
};

/* Ends with a NULL word. */
extern const struct option_entry option_entries[];

/* NULL if there is no such option. */
const struct option_entry *option_find(const char *word);

/* Does the word begin like an option? "-" and negative numbers do not. */
bool option_like(const char *word);

/*
 * Takes the options out of `argv`, whose other words move up in their order. Returns how many are
 * left; every error is reported, and -1 returned then.
 */
int options_take(struct errors *e, struct options *options, int argc, char **argv);

#endif
