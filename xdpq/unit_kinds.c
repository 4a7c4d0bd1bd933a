/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit_kinds.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct scale plain_scales[] = {
	{ "", 1 },
};

static const struct scale byte_scales[] = {
	{ "g", 1ull << 30 },
	{ "m", 1ull << 20 },
	{ "k", 1ull << 10 },
	{ "", 1 },
	{ "gb", 1ull << 30 },
	{ "mb", 1ull << 20 },
	{ "kb", 1ull << 10 },
	{ "b", 1 },
};

static const struct scale time_scales[] = {
	{ "s", 1000000000 },
	{ "ms", 1000000 },
	{ "us", 1000 },
	{ "ns", 1 },
	{ "sec", 1000000000 },
	{ "secs", 1000000000 },
	{ "msec", 1000000 },
	{ "msecs", 1000000 },
	{ "usec", 1000 },
	{ "usecs", 1000 },
	{ "nsec", 1 },
	{ "nsecs", 1 },
};

static const struct scale rate_scales[] = {
	{ "tbit", 1000000000000 },
	{ "gbit", 1000000000 },
	{ "mbit", 1000000 },
	{ "kbit", 1000 },
	{ "bit", 1 },
	{ "tibit", 1ull << 40 },
	{ "gibit", 1ull << 30 },
	{ "mibit", 1ull << 20 },
	{ "kibit", 1ull << 10 },
};

/* Kept in parts per billion. */
static const struct scale percent_scales[] = {
	{ "%", 10000000 },
};

/* What is wrong with a value whatever its unit, with what would be right. */
#define COMMON_REASONS(write)						\
	[EMPTY]		= "is empty: " write,				\
	[SPACE]		= "has white space in it: " write,		\
	[LONE_POINT]	= "lacks a digit beside its point: " write,	\
	[PLUS]		= "has a plus sign: " write,			\
	[NEGATIVE]	= "is negative: " write,			\
	[HEX]		= "is hexadecimal: " write,			\
	[EXPONENT]	= "has an exponent: " write

#define WRITE_PACKETS	"write a whole number such as 1000"
#define WRITE_BYTES	"write a number of bytes such as 1500, or with k, m or g such as 64k"
#define WRITE_TIME	"write a number with ns, us, ms or s such as 5ms"
#define WRITE_NUMBER	"write a whole number such as 3"
#define WRITE_PERCENT	"write a number with % such as 0.5%"
#define WRITE_RATE	"write a number with bit, kbit, mbit, gbit or tbit such as 100mbit"

const struct kind unit_kinds[UNITS] = {
	[UNIT_PACKETS] = {
		.name = "packets",
		.key_suffix = "",
		.scales = plain_scales,
		.printed = COUNT(plain_scales),
		.count = COUNT(plain_scales),
		.reasons = {
			COMMON_REASONS(WRITE_PACKETS),
			[NOT_A_NUMBER]	= "is not a number of packets: " WRITE_PACKETS,
			[BAD_UNIT]	= "is not a number of packets: " WRITE_PACKETS,
			[TOO_LARGE]	= "is too large: at most 9223372036854775807 packets",
		},
	},
	[UNIT_BYTES] = {
		.name = "bytes",
		.key_suffix = "_bytes",
		.scales = byte_scales,
		.printed = 4,
		.count = COUNT(byte_scales),
		.flags = MAY_BE_NEGATIVE | MAY_HAVE_POINT,
		.reasons = {
			COMMON_REASONS(WRITE_BYTES),
			[NOT_A_NUMBER]	= "is not a size: " WRITE_BYTES,
			[BAD_UNIT]	= "has no known unit of size: " WRITE_BYTES,
			[INEXACT]	= "is not a whole number of bytes: " WRITE_BYTES,
			[TOO_LARGE]	= "is too large: from -9223372036854775808 "
					  "to 9223372036854775807 bytes",
		},
	},
	[UNIT_TIME] = {
		.name = "time",
		.key_suffix = "_ns",
		.scales = time_scales,
		.printed = 4,
		.count = COUNT(time_scales),
		.flags = MAY_HAVE_POINT | MAY_BE_BARE_0,
		.reasons = {
			COMMON_REASONS(WRITE_TIME),
			[NOT_A_NUMBER]	= "is not a time: " WRITE_TIME,
			[NO_UNIT]	= "is not a time: a unit is missing, " WRITE_TIME,
			[BAD_UNIT]	= "has no known unit of time: " WRITE_TIME,
			[INEXACT]	= "is not a whole number of nanoseconds: " WRITE_TIME,
			[TOO_LARGE]	= "is too large: at most 9223372036854775807ns",
		},
	},
	[UNIT_RATE] = {
		.name = "rate",
		.key_suffix = "_bit_per_s",
		.scales = rate_scales,
		.printed = 5,
		.count = COUNT(rate_scales),
		.flags = MAY_HAVE_POINT | MAY_BE_SHARE,
		.reasons = {
			COMMON_REASONS(WRITE_RATE),
			[NOT_A_NUMBER]	= "is not a rate: " WRITE_RATE,
			[NO_UNIT]	= "is not a rate: a unit is missing, " WRITE_RATE,
			[BAD_UNIT]	= "has no known unit of rate: " WRITE_RATE,
			[BYTES_PER_S]	= "has a unit that means bytes per second in tc and bits "
					  "elsewhere: " WRITE_RATE,
			[INEXACT]	= "is not a whole number of bits per second: " WRITE_RATE,
			[TOO_LARGE]	= "is too large: at most 9223372036854775807bit",
			[BAD_SHARE]	= "is not a share of the link: write more than 0% and at "
					  "most 100%, such as 50%",
			[NO_LINK_RATE]	= "cannot be used here: the speed of the link is not "
					  "known, " WRITE_RATE,
			[INEXACT_SHARE]	= "of the link is not a whole number of bits per second: "
					  WRITE_RATE,
		},
	},
	[UNIT_NUMBER] = {
		.name = "number",
		.key_suffix = "",
		.scales = plain_scales,
		.printed = COUNT(plain_scales),
		.count = COUNT(plain_scales),
		.reasons = {
			COMMON_REASONS(WRITE_NUMBER),
			[NOT_A_NUMBER]	= "is not a whole number: " WRITE_NUMBER,
			[BAD_UNIT]	= "is not a whole number: " WRITE_NUMBER,
			[TOO_LARGE]	= "is too large: at most 9223372036854775807",
		},
	},
	[UNIT_PERCENT] = {
		.name = "percent",
		.key_suffix = "_ppb",
		.scales = percent_scales,
		.printed = COUNT(percent_scales),
		.count = COUNT(percent_scales),
		.decimals = 7,
		.flags = MAY_HAVE_POINT | MAY_BE_BARE_0,
		.reasons = {
			COMMON_REASONS(WRITE_PERCENT),
			[NOT_A_NUMBER]	= "is not a percentage: " WRITE_PERCENT,
			[NO_UNIT]	= "is not a percentage: the % sign is missing, "
					  WRITE_PERCENT,
			[BAD_UNIT]	= "is not a percentage: " WRITE_PERCENT,
			[INEXACT]	= "is finer than 0.0000001%: " WRITE_PERCENT,
			[TOO_LARGE]	= "is too large: at most 922337203685.4775807%",
		},
	},
};
