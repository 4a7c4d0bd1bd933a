/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <xdpq/dscp.h>
#include <xdpq/near.h>

/* Of two names for one DSCP, the first is printed. */
static const struct {
	const char *name;
	unsigned int dscp;
} names[] = {
	{ "CS0", 0 },	{ "DF", 0 },	{ "LE", 1 },	{ "CS1", 8 },	{ "AF11", 10 },
	{ "AF12", 12 },	{ "AF13", 14 },	{ "CS2", 16 },	{ "AF21", 18 },	{ "AF22", 20 },
	{ "AF23", 22 },	{ "CS3", 24 },	{ "AF31", 26 },	{ "AF32", 28 },	{ "AF33", 30 },
	{ "CS4", 32 },	{ "AF41", 34 },	{ "AF42", 36 },	{ "AF43", 38 },	{ "CS5", 40 },
	{ "VA", 44 },	{ "EF", 46 },	{ "CS6", 48 },	{ "CS7", 56 },
};

#define NAMES (sizeof(names) / sizeof(names[0]))

const char *dscp_name(unsigned int dscp)
{
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].dscp == dscp)
			return names[i].name;
	return NULL;
}

int dscp_from_name(const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (!strcasecmp(names[i].name, name))
			return names[i].dscp;
	return -1;
}

const char *dscp_nearest(const char *word)
{
	const char *candidates[NAMES];
	char upper[8];
	size_t len = strlen(word);

	if (len >= sizeof(upper))
		return NULL;
	for (size_t i = 0; i <= len; i++)
		upper[i] = toupper((unsigned char)word[i]);
	for (size_t i = 0; i < NAMES; i++)
		candidates[i] = names[i].name;
	return nearest(upper, candidates, NAMES);
}
