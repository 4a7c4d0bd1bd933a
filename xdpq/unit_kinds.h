/* SPDX-License-Identifier: GPL-2.0-only */
/* What units.c knows of each unit: its notation, and what to say of a value that is none. */
#ifndef XDPQ_UNIT_KINDS_H
#define XDPQ_UNIT_KINDS_H

#include <stddef.h>
#include <stdint.h>

#include "units.h"

enum reason {
	OK,
	EMPTY,
	SPACE,
	NOT_A_NUMBER,
	LONE_POINT,
	PLUS,
	NEGATIVE,
	HEX,
	EXPONENT,
	NO_UNIT,
	BAD_UNIT,
	BYTES_PER_S,
	INEXACT,
	TOO_LARGE,
	BAD_SHARE,
	NO_LINK_RATE,
	INEXACT_SHARE,
	REASONS,
};

struct scale {
	const char *suffix;
	uint64_t factor;
};

enum {
	MAY_BE_NEGATIVE = 1 << 0,
	MAY_HAVE_POINT	= 1 << 1,
	MAY_BE_BARE_0	= 1 << 2,
	MAY_BE_SHARE	= 1 << 3,	/* of the link's rate, in percent */
};

struct kind {
	const char *name;
	const char *key_suffix;
	const struct scale *scales;	/* the printed ones first, largest to smallest */
	size_t printed;
	size_t count;
	unsigned int decimals;	/* printed in the one scale, with at most so many; 0: none */
	unsigned int flags;
	const char *reasons[REASONS];
};

extern const struct kind unit_kinds[UNITS];

#endif
