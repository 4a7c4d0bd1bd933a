/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../xdpq/units.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ROUNDS 1000000
#define UNTOUCHED 4242

#define GBIT 1000000000ull

static const enum unit units[] = { 
	UNIT_PACKETS, UNIT_BYTES, UNIT_TIME, UNIT_RATE, UNIT_NUMBER, UNIT_PERCENT,
};

struct good {
	enum unit unit;
	const char *text;
	int64_t value;
};

struct bad {
	enum unit unit;
	const char *text;
	const char *why;	/* what the reason begins with */
};

struct share {
	const char *text;
	uint64_t link_rate;
	int64_t value;
	const char *why;	/* NULL if it is good */
};

static const struct good good_values[] = {
	{ UNIT_PACKETS, "0", 0 },
	{ UNIT_PACKETS, "1", 1 },
	{ UNIT_PACKETS, "1000", 1000 },
	{ UNIT_PACKETS, "0010", 10 },
	{ UNIT_PACKETS, "9223372036854775807", INT64_MAX },
	{ UNIT_PACKETS, "00000000000000000000000000009223372036854775807", INT64_MAX },

	{ UNIT_BYTES, "0", 0 },
	{ UNIT_BYTES, "-0", 0 },
	{ UNIT_BYTES, "1500", 1500 },
	{ UNIT_BYTES, "1500b", 1500 },
	{ UNIT_BYTES, "1k", 1024 },
	{ UNIT_BYTES, "64k", 65536 },
	{ UNIT_BYTES, "64kb", 65536 },
	{ UNIT_BYTES, "64K", 65536 },
	{ UNIT_BYTES, "64KB", 65536 },
	{ UNIT_BYTES, "64Kb", 65536 },
	{ UNIT_BYTES, "1m", 1048576 },
	{ UNIT_BYTES, "1mb", 1048576 },
	{ UNIT_BYTES, "1g", 1073741824 },
	{ UNIT_BYTES, "1gb", 1073741824 },
	{ UNIT_BYTES, "1.5k", 1536 },
	{ UNIT_BYTES, "1.0", 1 },
	{ UNIT_BYTES, "1.000b", 1 },
	{ UNIT_BYTES, "0.0009765625k", 1 },
	{ UNIT_BYTES, "0.000000000931322574615478515625g", 1 },
	{ UNIT_BYTES, "-14", -14 },
	{ UNIT_BYTES, "-14b", -14 },
	{ UNIT_BYTES, "-1.5k", -1536 },
	{ UNIT_BYTES, "9223372036854775807", INT64_MAX },
	{ UNIT_BYTES, "-9223372036854775807", -INT64_MAX },
	{ UNIT_BYTES, "-9223372036854775808", INT64_MIN },
	{ UNIT_BYTES, "9007199254740991k", INT64_MAX - 1023 },
	{ UNIT_BYTES, "9007199254740991.9990234375k", INT64_MAX },
	{ UNIT_BYTES, "8796093022207m", INT64_MAX - 1048575 },
	{ UNIT_BYTES, "8589934591g", INT64_MAX - 1073741823 },
	{ UNIT_BYTES, "-9007199254740992k", INT64_MIN },
	{ UNIT_BYTES, "-8796093022208m", INT64_MIN },
	{ UNIT_BYTES, "-8589934592g", INT64_MIN },

	{ UNIT_TIME, "0", 0 },
	{ UNIT_TIME, "0ns", 0 },
	{ UNIT_TIME, "0s", 0 },
	{ UNIT_TIME, "250ns", 250 },
	{ UNIT_TIME, "250nsec", 250 },
	{ UNIT_TIME, "250nsecs", 250 },
	{ UNIT_TIME, "100us", 100000 },
	{ UNIT_TIME, "100usec", 100000 },
	{ UNIT_TIME, "100usecs", 100000 },
	{ UNIT_TIME, "5ms", 5000000 },
	{ UNIT_TIME, "5msec", 5000000 },
	{ UNIT_TIME, "5msecs", 5000000 },
	{ UNIT_TIME, "1s", 1000000000 },
	{ UNIT_TIME, "1sec", 1000000000 },
	{ UNIT_TIME, "1secs", 1000000000 },
	{ UNIT_TIME, "5MS", 5000000 },
	{ UNIT_TIME, "1Sec", 1000000000 },
	{ UNIT_TIME, "1.5us", 1500 },
	{ UNIT_TIME, "0.001us", 1 },
	{ UNIT_TIME, "0.000001ms", 1 },
	{ UNIT_TIME, "0.000000001s", 1 },
	{ UNIT_TIME, "2.0ns", 2 },
	{ UNIT_TIME, "0.50000000000000000000000000000000000000000s", 500000000 },
	{ UNIT_TIME, "9223372036854775807ns", INT64_MAX },
	{ UNIT_TIME, "9223372036854775.807us", INT64_MAX },
	{ UNIT_TIME, "9223372036854.775807ms", INT64_MAX },
	{ UNIT_TIME, "9223372036.854775807s", INT64_MAX },

	{ UNIT_RATE, "0bit", 0 },
	{ UNIT_RATE, "1bit", 1 },
	{ UNIT_RATE, "1kbit", 1000 },
	{ UNIT_RATE, "100mbit", 100000000 },
	{ UNIT_RATE, "1gbit", 1000000000 },
	{ UNIT_RATE, "1tbit", 1000000000000 },
	{ UNIT_RATE, "1kibit", 1024 },
	{ UNIT_RATE, "1mibit", 1048576 },
	{ UNIT_RATE, "1gibit", 1073741824 },
	{ UNIT_RATE, "1tibit", 1099511627776 },
	{ UNIT_RATE, "100Mbit", 100000000 },
	{ UNIT_RATE, "100MBIT", 100000000 },
	{ UNIT_RATE, "2KiBit", 2048 },
	{ UNIT_RATE, "1.5mbit", 1500000 },
	{ UNIT_RATE, "1.5gbit", 1500000000 },
	{ UNIT_RATE, "0.001kbit", 1 },
	{ UNIT_RATE, "0.000000000001tbit", 1 },
	{ UNIT_RATE, "0.5kibit", 512 },
	{ UNIT_RATE, "9223372036854775807bit", INT64_MAX },
	{ UNIT_RATE, "9223372036854775.807kbit", INT64_MAX },
	{ UNIT_RATE, "9223372036854.775807mbit", INT64_MAX },
	{ UNIT_RATE, "9223372036.854775807gbit", INT64_MAX },
	{ UNIT_RATE, "9223372.036854775807tbit", INT64_MAX },
	{ UNIT_RATE, "9007199254740991kibit", INT64_MAX - 1023 },
	{ UNIT_RATE, "8796093022207mibit", INT64_MAX - 1048575 },
	{ UNIT_RATE, "8589934591gibit", INT64_MAX - 1073741823 },
	{ UNIT_RATE, "8388607tibit", INT64_MAX - 1099511627775 },

	{ UNIT_NUMBER, "0", 0 },
	{ UNIT_NUMBER, "3", 3 },
	{ UNIT_NUMBER, "4294967295", UINT32_MAX },
	{ UNIT_NUMBER, "007", 7 },
	{ UNIT_NUMBER, "9223372036854775807", INT64_MAX },

	{ UNIT_PERCENT, "0", 0 },
	{ UNIT_PERCENT, "000", 0 },
	{ UNIT_PERCENT, "0.0", 0 },
	{ UNIT_PERCENT, "0%", 0 },
	{ UNIT_PERCENT, "0.5%", 5000000 },
	{ UNIT_PERCENT, "1%", 10000000 },
	{ UNIT_PERCENT, "012.50%", 125000000 },
	{ UNIT_PERCENT, "0.0000001%", 1 },
	{ UNIT_PERCENT, "0.00000010000%", 1 },
	{ UNIT_PERCENT, "33.3333333%", 333333333 },
	{ UNIT_PERCENT, "99.9999999%", 999999999 },
	{ UNIT_PERCENT, "100%", 1000000000 },
	{ UNIT_PERCENT, "429.4967295%", UINT32_MAX },
	{ UNIT_PERCENT, "922337203685.4775807%", INT64_MAX },
};

static const struct bad bad_values[] = {
	{ UNIT_PACKETS, "10q", "is not a number of packets: write a whole number such as 1000" },
	{ UNIT_PACKETS, "10k", "is not a number of packets: " },
	{ UNIT_PACKETS, "10p", "is not a number of packets: " },
	{ UNIT_PACKETS, "10.5", "is not a number of packets: " },
	{ UNIT_PACKETS, "10.0", "is not a number of packets: " },
	{ UNIT_PACKETS, "10.", "is not a number of packets: " },
	{ UNIT_PACKETS, ".5", "is not a number of packets: " },
	{ UNIT_PACKETS, "10,000", "is not a number of packets: " },
	{ UNIT_PACKETS, "1_000", "is not a number of packets: " },
	{ UNIT_PACKETS, "50%", "is not a number of packets: " },
	{ UNIT_PACKETS, "1bps", "is not a number of packets: " },
	{ UNIT_PACKETS, "9223372036854775808", "is too large: at most 9223372036854775807 " },
	{ UNIT_PACKETS, "18446744073709551615", "is too large: " },
	{ UNIT_PACKETS, "18446744073709551616", "is too large: " },
	{ UNIT_PACKETS, "18446744073709551620", "is too large: " },
	{ UNIT_PACKETS, "99999999999999999999999999999999999999999", "is too large: " },
	{ UNIT_PACKETS, "340282366920938463463374607431768211457", "is too large: " },

	{ UNIT_BYTES, "64q", "has no known unit of size: " },
	{ UNIT_BYTES, "64kib", "has no known unit of size: " },
	{ UNIT_BYTES, "64kbit", "has no known unit of size: " },
	{ UNIT_BYTES, "64mbit", "has no known unit of size: " },
	{ UNIT_BYTES, "64gbit", "has no known unit of size: " },
	{ UNIT_BYTES, "64t", "has no known unit of size: " },
	{ UNIT_BYTES, "64tb", "has no known unit of size: " },
	{ UNIT_BYTES, "64kk", "has no known unit of size: " },
	{ UNIT_BYTES, "64bb", "has no known unit of size: " },
	{ UNIT_BYTES, "64bps", "has no known unit of size: " },
	{ UNIT_BYTES, "0.5x1", "has no known unit of size: " },
	{ UNIT_BYTES, "10x1", "has no known unit of size: " },
	{ UNIT_BYTES, "64e", "has no known unit of size: " },
	{ UNIT_BYTES, "64e-", "has no known unit of size: " },
	{ UNIT_BYTES, "0b101", "has no known unit of size: " },
	{ UNIT_BYTES, "1,5k", "has no known unit of size: " },
	{ UNIT_BYTES, "1.2.3k", "has no known unit of size: " },
	{ UNIT_BYTES, "1-2", "has no known unit of size: " },
	{ UNIT_BYTES, "50%", "has no known unit of size: " },
	{ UNIT_BYTES, "1.5", "is not a whole number of bytes: " },
	{ UNIT_BYTES, "0.0001k", "is not a whole number of bytes: " },
	{ UNIT_BYTES, "0.0000000004656612873077392578125g", "is not a whole number of bytes: " },
	{ UNIT_BYTES, "--5", "is not a size: " },
	{ UNIT_BYTES, "-+5", "is not a size: " },
	{ UNIT_BYTES, "-k", "is not a size: " },
	{ UNIT_BYTES, "9223372036854775808", "is too large: from -9223372036854775808 to 92" },
	{ UNIT_BYTES, "-9223372036854775809", "is too large: " },
	{ UNIT_BYTES, "18446744073709551616", "is too large: " },
	{ UNIT_BYTES, "-18446744073709551616", "is too large: " },
	{ UNIT_BYTES, "9007199254740992k", "is too large: " },
	{ UNIT_BYTES, "8796093022208m", "is too large: " },
	{ UNIT_BYTES, "8589934592g", "is too large: " },
	{ UNIT_BYTES, "-9007199254740993k", "is too large: " },
	{ UNIT_BYTES, "-8589934593g", "is too large: " },
	{ UNIT_BYTES, "18014398509481984k", "is too large: " },
	{ UNIT_BYTES, "17179869184g", "is too large: " },
	{ UNIT_BYTES, "18446744073709551615g", "is too large: " },

	{ UNIT_TIME, "5", "is not a time: a unit is missing, " },
	{ UNIT_TIME, "0.5", "is not a time: a unit is missing, " },
	{ UNIT_TIME, "5q", "has no known unit of time: " },
	{ UNIT_TIME, "5m", "has no known unit of time: " },
	{ UNIT_TIME, "5min", "has no known unit of time: " },
	{ UNIT_TIME, "5h", "has no known unit of time: " },
	{ UNIT_TIME, "5mss", "has no known unit of time: " },
	{ UNIT_TIME, "5%", "has no known unit of time: " },
	{ UNIT_TIME, "0%", "has no known unit of time: " },
	{ UNIT_TIME, "5bps", "has no known unit of time: " },
	{ UNIT_TIME, "0.5ns", "is not a whole number of nanoseconds: " },
	{ UNIT_TIME, "0.0001us", "is not a whole number of nanoseconds: " },
	{ UNIT_TIME, "1.0000000001s", "is not a whole number of nanoseconds: " },
	{ UNIT_TIME, "9223372036854775808ns", "is too large: at most 9223372036854775807ns" },
	{ UNIT_TIME, "9223372036854775.808us", "is too large: " },
	{ UNIT_TIME, "9223372036854.775808ms", "is too large: " },
	{ UNIT_TIME, "9223372036.854775808s", "is too large: " },
	{ UNIT_TIME, "18446744074s", "is too large: " },
	{ UNIT_TIME, "18446744073709551616ns", "is too large: " },

	{ UNIT_RATE, "100", "is not a rate: a unit is missing, " },
	{ UNIT_RATE, "0", "is not a rate: a unit is missing, " },
	{ UNIT_RATE, "100q", "has no known unit of rate: " },
	{ UNIT_RATE, "100m", "has no known unit of rate: " },
	{ UNIT_RATE, "100mbits", "has no known unit of rate: " },
	{ UNIT_RATE, "100mbit/s", "has no known unit of rate: " },
	{ UNIT_RATE, "100pbit", "has no known unit of rate: " },
	{ UNIT_RATE, "100ibit", "has no known unit of rate: " },
	{ UNIT_RATE, "50%%", "has no known unit of rate: " },
	{ UNIT_RATE, "50%bit", "has no known unit of rate: " },
	{ UNIT_RATE, "1bps", "has a unit that means bytes per second in tc and bits elsewhere: " },
	{ UNIT_RATE, "1kbps", "has a unit that means bytes per second in tc " },
	{ UNIT_RATE, "1mbps", "has a unit that means bytes per second in tc " },
	{ UNIT_RATE, "1gbps", "has a unit that means bytes per second in tc " },
	{ UNIT_RATE, "1tbps", "has a unit that means bytes per second in tc " },
	{ UNIT_RATE, "1kibps", "has a unit that means bytes per second in tc " },
	{ UNIT_RATE, "1mibps", "has a unit that means bytes per second in tc " },
	{ UNIT_RATE, "1gibps", "has a unit that means bytes per second in tc " },
	{ UNIT_RATE, "1tibps", "has a unit that means bytes per second in tc " },
	{ UNIT_RATE, "1.5Mbps", "has a unit that means bytes per second in tc " },
	{ UNIT_RATE, "100MBps", "has a unit that means bytes per second in tc " },
	{ UNIT_RATE, "0.3bit", "is not a whole number of bits per second: " },
	{ UNIT_RATE, "1.0001kbit", "is not a whole number of bits per second: " },
	{ UNIT_RATE, "0.1kibit", "is not a whole number of bits per second: " },
	{ UNIT_RATE, "0.0000000000001tbit", "is not a whole number of bits per second: " },
	{ UNIT_RATE, "9223372036854775808bit", "is too large: at most 9223372036854775807bit" },
	{ UNIT_RATE, "9223372036854775.808kbit", "is too large: " },
	{ UNIT_RATE, "9223372036854.775808mbit", "is too large: " },
	{ UNIT_RATE, "9223372036.854775808gbit", "is too large: " },
	{ UNIT_RATE, "9223372.036854775808tbit", "is too large: " },
	{ UNIT_RATE, "9007199254740992kibit", "is too large: " },
	{ UNIT_RATE, "8796093022208mibit", "is too large: " },
	{ UNIT_RATE, "8589934592gibit", "is too large: " },
	{ UNIT_RATE, "8388608tibit", "is too large: " },
	{ UNIT_RATE, "16777216tibit", "is too large: " },
	{ UNIT_RATE, "18446744073709551616bit", "is too large: " },

	{ UNIT_NUMBER, "3q", "is not a whole number: write a whole number such as 3" },
	{ UNIT_NUMBER, "3k", "is not a whole number: " },
	{ UNIT_NUMBER, "3.5", "is not a whole number: " },
	{ UNIT_NUMBER, "3.0", "is not a whole number: " },
	{ UNIT_NUMBER, "3%", "is not a whole number: " },
	{ UNIT_NUMBER, "3-5", "is not a whole number: " },
	{ UNIT_NUMBER, "3,5", "is not a whole number: " },
	{ UNIT_NUMBER, "9223372036854775808", "is too large: at most 9223372036854775807" },
	{ UNIT_NUMBER, "18446744073709551619", "is too large: " },

	{ UNIT_PERCENT, "1", "is not a percentage: the % sign is missing, write a number with %" },
	{ UNIT_PERCENT, "0.5", "is not a percentage: the % sign is missing, " },
	{ UNIT_PERCENT, "0.0000000000000000001", "is not a percentage: the % sign is missing, " },
	{ UNIT_PERCENT, "1%%", "is not a percentage: " },
	{ UNIT_PERCENT, "1%5", "is not a percentage: " },
	{ UNIT_PERCENT, "1q", "is not a percentage: " },
	{ UNIT_PERCENT, "1k%", "is not a percentage: " },
	{ UNIT_PERCENT, "1ppm", "is not a percentage: " },
	{ UNIT_PERCENT, "1,5%", "is not a percentage: " },
	{ UNIT_PERCENT, "0.00000001%", "is finer than 0.0000001%: " },
	{ UNIT_PERCENT, "33.33333333%", "is finer than 0.0000001%: " },
	{ UNIT_PERCENT, "922337203685.4775808%", "is too large: at most 922337203685.4775807%" },
	{ UNIT_PERCENT, "18446744073709551616%", "is too large: " },
};

/* Wrong for every unit; "U" stands for one that would be right. */
static const struct bad bad_everywhere[] = {
	{ 0, "", "is empty: write " },
	{ 0, " ", "has white space in it: write " },
	{ 0, " 5U", "has white space in it: write " },
	{ 0, "5U ", "has white space in it: write " },
	{ 0, "5 U", "has white space in it: write " },
	{ 0, "5U\n", "has white space in it: write " },
	{ 0, "\t5U", "has white space in it: write " },
	{ 0, "5\rU", "has white space in it: write " },
	{ 0, "5\vU", "has white space in it: write " },
	{ 0, "\f5U", "has white space in it: write " },
	{ 0, "+5U", "has a plus sign: write " },
	{ 0, "0x10", "is hexadecimal: write " },
	{ 0, "0X10", "is hexadecimal: write " },
	{ 0, "0x", "is hexadecimal: write " },
	{ 0, "0x10U", "is hexadecimal: write " },
	{ 0, "1e6", "has an exponent: write " },
	{ 0, "1E6U", "has an exponent: write " },
	{ 0, "1e+6", "has an exponent: write " },
	{ 0, "1e-6U", "has an exponent: write " },
	{ 0, "nan", "is not a " },
	{ 0, "nanU", "is not a " },
	{ 0, "NaN", "is not a " },
	{ 0, "-nan", "is not a " },
	{ 0, "inf", "is not a " },
	{ 0, "infU", "is not a " },
	{ 0, "-inf", "is not a " },
	{ 0, "Infinity", "is not a " },
	{ 0, "ten", "is not a " },
	{ 0, "-", "is not a " },
	{ 0, "+", "is not a " },
	{ 0, ".", "is not a " },
	{ 0, ".U", "is not a " },
	{ 0, "%", "is not a " },
	{ 0, "x10", "is not a " },
	{ 0, "$5", "is not a " },
	{ 0, "\xd9\xa5U", "is not a " },	/* an Arabic digit */
	{ 0, "\xff", "is not a " },
};

/* Wrong for every unit that may have a point. */
static const struct bad bad_points[] = {
	{ 0, ".5U", "lacks a digit beside its point: write " },
	{ 0, "5.", "lacks a digit beside its point: write " },
	{ 0, "5.U", "lacks a digit beside its point: write " },
	{ 0, "1..5U", "lacks a digit beside its point: write " },
};

static const struct share shares[] = {
	{ "50%", GBIT, 500000000, NULL },
	{ "100%", GBIT, 1000000000, NULL },
	{ "100.000%", GBIT, 1000000000, NULL },
	{ "1%", GBIT, 10000000, NULL },
	{ "012.50%", GBIT, 125000000, NULL },
	{ "12.5%", 8, 1, NULL },
	{ "99.9999999%", GBIT, 999999999, NULL },
	{ "0.0000001%", GBIT, 1, NULL },
	{ "100%", 1, 1, NULL },
	{ "100%", INT64_MAX, INT64_MAX, NULL },
	{ "100%", (uint64_t)INT64_MAX + 1, 0, "is too large: " },
	{ "50%", UINT64_MAX - 1, INT64_MAX, NULL },
	{ "100%", UINT64_MAX, 0, "is too large: " },
	{ "0.00000001%", GBIT, 0, "of the link is not a whole number of bits per second: " },
	{ "33%", 10, 0, "of the link is not a whole number of bits per second: " },
	{ "12.5%", 4, 0, "of the link is not a whole number of bits per second: " },
	{ "50%", 0, 0, "cannot be used here: the speed of the link is not known, " },
	{ "0%", GBIT, 0, "is not a share of the link: write more than 0% and at most 100%" },
	{ "0.000%", GBIT, 0, "is not a share of the link: " },
	{ "100.0000000000000000000000001%", GBIT, 0, "is not a share of the link: " },
	{ "101%", GBIT, 0, "is not a share of the link: " },
	{ "18446744073709551615%", GBIT, 0, "is not a share of the link: " },
	{ "18446744073709551615.5%", GBIT, 0, "is not a share of the link: " },
	{ "18446744073709551666%", GBIT, 0, "is not a share of the link: " },
	{ "150%", 0, 0, "is not a share of the link: " },
	{ "-50%", GBIT, 0, "is negative: " },
	{ "+50%", GBIT, 0, "has a plus sign: " },
	{ "50 %", GBIT, 0, "has white space in it: " },
	{ ".5%", GBIT, 0, "lacks a digit beside its point: " },
	{ "1e1%", GBIT, 0, "has an exponent: " },
	{ "0x1%", GBIT, 0, "is hexadecimal: " },
};

static const struct good printed[] = {
	{ UNIT_PACKETS, "0", 0 },
	{ UNIT_PACKETS, "1000", 1000 },
	{ UNIT_PACKETS, "1048576", 1048576 },
	{ UNIT_PACKETS, "9223372036854775807", INT64_MAX },
	{ UNIT_BYTES, "0", 0 },
	{ UNIT_BYTES, "1", 1 },
	{ UNIT_BYTES, "1000", 1000 },
	{ UNIT_BYTES, "1023", 1023 },
	{ UNIT_BYTES, "1k", 1024 },
	{ UNIT_BYTES, "1536", 1536 },
	{ UNIT_BYTES, "64k", 65536 },
	{ UNIT_BYTES, "1023k", 1047552 },
	{ UNIT_BYTES, "1m", 1048576 },
	{ UNIT_BYTES, "1536k", 1572864 },
	{ UNIT_BYTES, "1g", 1073741824 },
	{ UNIT_BYTES, "2048g", 2199023255552 },
	{ UNIT_BYTES, "-14", -14 },
	{ UNIT_BYTES, "-64k", -65536 },
	{ UNIT_BYTES, "9223372036854775807", INT64_MAX },
	{ UNIT_BYTES, "-9223372036854775807", -INT64_MAX },
	{ UNIT_BYTES, "-8589934592g", INT64_MIN },
	{ UNIT_TIME, "0ns", 0 },
	{ UNIT_TIME, "1ns", 1 },
	{ UNIT_TIME, "1us", 1000 },
	{ UNIT_TIME, "1500ns", 1500 },
	{ UNIT_TIME, "1ms", 1000000 },
	{ UNIT_TIME, "1s", 1000000000 },
	{ UNIT_TIME, "90s", 90000000000 },
	{ UNIT_TIME, "9223372036854775807ns", INT64_MAX },
	{ UNIT_RATE, "0bit", 0 },
	{ UNIT_RATE, "1bit", 1 },
	{ UNIT_RATE, "1024bit", 1024 },
	{ UNIT_RATE, "128kbit", 128000 },
	{ UNIT_RATE, "1500kbit", 1500000 },
	{ UNIT_RATE, "100mbit", 100000000 },
	{ UNIT_RATE, "1gbit", 1000000000 },
	{ UNIT_RATE, "1tbit", 1000000000000 },
	{ UNIT_RATE, "9223372036854775807bit", INT64_MAX },
	{ UNIT_NUMBER, "0", 0 },
	{ UNIT_NUMBER, "1000000", 1000000 },
	{ UNIT_NUMBER, "9223372036854775807", INT64_MAX },
	{ UNIT_PERCENT, "0%", 0 },
	{ UNIT_PERCENT, "0.0000001%", 1 },
	{ UNIT_PERCENT, "0.5%", 5000000 },
	{ UNIT_PERCENT, "10%", 100000000 },
	{ UNIT_PERCENT, "12.3456789%", 123456789 },
	{ UNIT_PERCENT, "100%", 1000000000 },
	{ UNIT_PERCENT, "922337203685.4775807%", INT64_MAX },
};

static const struct good printed_short[] = {
	{ UNIT_PACKETS, "0", 0 },
	{ UNIT_PACKETS, "1210000", 1210000 },
	{ UNIT_PACKETS, "1234567", 1234567 },
	{ UNIT_PACKETS, "9223372036854775807", INT64_MAX },
	{ UNIT_BYTES, "0", 0 },
	{ UNIT_BYTES, "7", 7 },
	{ UNIT_BYTES, "100", 100 },
	{ UNIT_BYTES, "1023", 1023 },
	{ UNIT_BYTES, "1k", 1024 },
	{ UNIT_BYTES, "1.46k", 1500 },
	{ UNIT_BYTES, "1.5k", 1536 },
	{ UNIT_BYTES, "1023k", 1048063 },
	{ UNIT_BYTES, "1m", 1048064 },
	{ UNIT_BYTES, "1.21m", 1268777 },
	{ UNIT_BYTES, "-1.46k", -1500 },
	{ UNIT_BYTES, "8589934592g", INT64_MAX },
	{ UNIT_BYTES, "-8589934592g", INT64_MIN },
	{ UNIT_TIME, "0ns", 0 },
	{ UNIT_TIME, "999ns", 999 },
	{ UNIT_TIME, "1us", 1000 },
	{ UNIT_TIME, "1us", 1004 },
	{ UNIT_TIME, "1.01us", 1005 },
	{ UNIT_TIME, "9.99us", 9994 },
	{ UNIT_TIME, "10us", 9995 },
	{ UNIT_TIME, "45.6ms", 45599999 },
	{ UNIT_TIME, "45.6ms", 45649999 },
	{ UNIT_TIME, "45.7ms", 45650000 },
	{ UNIT_TIME, "99.9ms", 99949999 },
	{ UNIT_TIME, "100ms", 99950000 },
	{ UNIT_TIME, "999ms", 999499999 },
	{ UNIT_TIME, "1s", 999500000 },
	{ UNIT_TIME, "9223372037s", INT64_MAX },
	{ UNIT_RATE, "0bit", 0 },
	{ UNIT_RATE, "1bit", 1 },
	{ UNIT_RATE, "1.02kbit", 1024 },
	{ UNIT_RATE, "100mbit", 100000000 },
	{ UNIT_RATE, "1.23gbit", 1234567890 },
	{ UNIT_RATE, "1.2gbit", 1204000000 },
	{ UNIT_RATE, "999mbit", 999499999 },
	{ UNIT_RATE, "1gbit", 999500000 },
	{ UNIT_RATE, "9223372tbit", INT64_MAX },
	{ UNIT_NUMBER, "1234567", 1234567 },
	{ UNIT_PERCENT, "0.0000001%", 1 },
	{ UNIT_PERCENT, "12.3456789%", 123456789 },
	{ UNIT_PERCENT, "100%", 1000000000 },
};

static void check_value(enum unit unit, const char *text, uint64_t link_rate, int64_t expected)
{
	const char *why = NULL;
	int64_t value = UNTOUCHED;

	if (unit_parse(unit, text, link_rate, &value, &why))
		fail_msg("%s \"%s\" %s", unit_name(unit), text, why);
	if (value != expected)
		fail_msg("%s \"%s\" is %jd instead of %jd", unit_name(unit), text,
			 (intmax_t)value, (intmax_t)expected);
}

static void check_reason(enum unit unit, const char *text, uint64_t link_rate,
			 const char *expected)
{
	const char *why = NULL;
	int64_t value = UNTOUCHED;
	int result = unit_parse(unit, text, link_rate, &value, &why);

	if (result != -1)
		fail_msg("%s \"%s\" passes as %jd", unit_name(unit), text, (intmax_t)value);
	if (value != UNTOUCHED)
		fail_msg("%s \"%s\" sets a value", unit_name(unit), text);
	if (!why || strncmp(why, expected, strlen(expected)))
		fail_msg("%s \"%s\" %s; instead of: %s", unit_name(unit), text,
			 why ? why : "(no reason)", expected);
}

static void reads_good_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good_values); i++)
		check_value(good_values[i].unit, good_values[i].text, 0, good_values[i].value);
}

static void rejects_bad_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_values); i++)
		check_reason(bad_values[i].unit, bad_values[i].text, GBIT, bad_values[i].why);
}

/* Puts the unit's smallest suffix for the "U" of `pattern`. */
static void with_suffix(enum unit unit, const char *pattern, char *text, size_t size)
{
	static const char *const suffixes[] = {
		[UNIT_PACKETS] = "", [UNIT_BYTES] = "b", [UNIT_TIME] = "ns", [UNIT_RATE] = "bit",
		[UNIT_NUMBER] = "", [UNIT_PERCENT] = "%",
	};
	const char *u = strchr(pattern, 'U');

	if (u)
		snprintf(text, size, "%.*s%s%s", (int)(u - pattern), pattern, suffixes[unit],
			 u + 1);
	else
		snprintf(text, size, "%s", pattern);
}

static void check_reasons(enum unit unit, const struct bad *bad, size_t count)
{
	char text[64];

	for (size_t i = 0; i < count; i++) {
		with_suffix(unit, bad[i].text, text, sizeof(text));
		check_reason(unit, text, GBIT, bad[i].why);
	}
}

static void rejects_what_no_unit_allows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(units); i++) {
		check_reasons(units[i], bad_everywhere, COUNT(bad_everywhere));
		if (units[i] != UNIT_PACKETS && units[i] != UNIT_NUMBER)
			check_reasons(units[i], bad_points, COUNT(bad_points));
	}
}

static void only_bytes_may_be_negative(void **state)
{
	(void)state;
	check_value(UNIT_BYTES, "-5", 0, -5);
	check_reason(UNIT_PACKETS, "-5", 0, "is negative: write ");
	check_reason(UNIT_PACKETS, "-0", 0, "is negative: write ");
	check_reason(UNIT_TIME, "-5ms", 0, "is negative: write ");
	check_reason(UNIT_TIME, "-0", 0, "is negative: write ");
	check_reason(UNIT_RATE, "-5mbit", 0, "is negative: write ");
	check_reason(UNIT_NUMBER, "-5", 0, "is negative: write ");
	check_reason(UNIT_PERCENT, "-5%", 0, "is negative: write ");
	check_reason(UNIT_PERCENT, "-0", 0, "is negative: write ");
}

static void every_reason_says_what_is_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_values); i++) {
		const char *why = NULL;
		int64_t value;

		assert_int_equal(unit_parse(bad_values[i].unit, bad_values[i].text, GBIT, &value,
					    &why), -1);
		if (!strstr(why, " such as ") && !strstr(why, "922337203685"))
			fail_msg("\"%s\" %s", bad_values[i].text, why);
	}
}

static void reads_shares_of_the_link(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shares); i++) {
		const struct share *s = &shares[i];

		if (s->why)
			check_reason(UNIT_RATE, s->text, s->link_rate, s->why);
		else
			check_value(UNIT_RATE, s->text, s->link_rate, s->value);
	}
}

static void prints_the_largest_exact_unit(void **state)
{
	char text[UNIT_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(printed); i++) {
		unit_print(printed[i].unit, printed[i].value, text);
		assert_string_equal(text, printed[i].text);
		check_value(printed[i].unit, text, 0, printed[i].value);
	}
}

static void prints_three_digits(void **state)
{
	char text[UNIT_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(printed_short); i++) {
		unit_print_short(printed_short[i].unit, printed_short[i].value, text);
		assert_string_equal(text, printed_short[i].text);
	}
}

/* xorshift64*: the same values in every run. */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dull;
}

/* From 0 to INT64_MAX, of all magnitudes, many of them multiples of some unit. */
static int64_t random_value(uint64_t *seed)
{
	static const int64_t factors[] = {
		1, 1, 1000, 1000000, 1000000000, 1000000000000, 1ll << 10, 1ll << 20, 1ll << 30,
	};
	int64_t value = next_random(seed) >> (1 + next_random(seed) % 63);
	int64_t factor = factors[next_random(seed) % COUNT(factors)];
	int64_t product;

	return __builtin_mul_overflow(value, factor, &product) ? value : product;
}

static void check_round_trip(enum unit unit, int64_t value)
{
	char text[UNIT_TEXT_SIZE];

	unit_print(unit, value, text);
	check_value(unit, text, 0, value);
}

static void what_is_printed_reads_back(void **state)
{
	uint64_t seed = 20240229;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		int64_t value = random_value(&seed);

		for (size_t u = 0; u < COUNT(units); u++)
			check_round_trip(units[u], value);
		check_round_trip(UNIT_BYTES, -value);
		check_round_trip(UNIT_BYTES, next_random(&seed));
	}
}

/* Both products are in millionths, which hold any value tried here. */
static void check_fraction(uint64_t whole, unsigned int millionths, const struct good *scale)
{
	unsigned __int128 exact = ((unsigned __int128)whole * 1000000 + millionths) * scale->value;
	char text[64];

	snprintf(text, sizeof(text), "%ju.%06u%s", (uintmax_t)whole, millionths, scale->text);
	if (exact % 1000000)
		check_reason(scale->unit, text, 0, scale->unit == UNIT_PERCENT ?
			     "is finer than " : "is not a whole number of ");
	else if (exact / 1000000 > INT64_MAX)
		check_reason(scale->unit, text, 0, "is too large: ");
	else
		check_value(scale->unit, text, 0, exact / 1000000);
}

static void fractions_agree_with_wide_arithmetic(void **state)
{
	static const struct good scales[] = {
		{ UNIT_BYTES, "", 1 },
		{ UNIT_BYTES, "k", 1ll << 10 },
		{ UNIT_BYTES, "g", 1ll << 30 },
		{ UNIT_TIME, "us", 1000 },
		{ UNIT_TIME, "s", 1000000000 },
		{ UNIT_RATE, "mibit", 1ll << 20 },
		{ UNIT_RATE, "tibit", 1ll << 40 },
		{ UNIT_RATE, "kbit", 1000 },
		{ UNIT_RATE, "tbit", 1000000000000 },
		{ UNIT_PERCENT, "%", 10000000 },
	};
	static const unsigned int grains[] = { 1, 1000, 15625, 125000, 500000, 1000000 };
	uint64_t seed = 19991231;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		uint64_t whole = next_random(&seed) >> (next_random(&seed) % 64);
		unsigned int grain = grains[next_random(&seed) % COUNT(grains)];
		unsigned int millionths = next_random(&seed) % 1000000;

		check_fraction(whole, millionths / grain * grain,
			       &scales[next_random(&seed) % COUNT(scales)]);
	}
}

static void random_text(uint64_t *seed, char *text, size_t size)
{
	static const char alphabet[] = "0123456789.-+%eExXkmgtibnsucp \n\x01\xff";
	size_t len = next_random(seed) % size;

	for (size_t i = 0; i < len; i++)
		text[i] = alphabet[next_random(seed) % (sizeof(alphabet) - 1)];
	text[len] = '\0';
}

/* Any text is read without harm, and what passes prints and reads back. */
static void survives_random_text(void **state)
{
	uint64_t seed = 20010909;
	char text[24];

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		enum unit unit = units[next_random(&seed) % COUNT(units)];
		const char *why = NULL;
		int64_t value;

		random_text(&seed, text, sizeof(text));
		if (unit_parse(unit, text, GBIT, &value, &why))
			assert_non_null(why);
		else
			check_round_trip(unit, value);
	}
}

static void names_read_back(void **state)
{
	static const char *const bad[] = { "", "packet", "Bytes", "times", "rate " };

	(void)state;
	for (size_t i = 0; i < COUNT(units); i++)
		assert_int_equal(unit_from_name(unit_name(units[i])), units[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(unit_from_name(bad[i]), -1);
	assert_string_equal(unit_name(UNIT_PACKETS), "packets");
	assert_string_equal(unit_name(UNIT_BYTES), "bytes");
	assert_string_equal(unit_name(UNIT_TIME), "time");
	assert_string_equal(unit_name(UNIT_RATE), "rate");
	assert_string_equal(unit_name(UNIT_NUMBER), "number");
	assert_string_equal(unit_name(UNIT_PERCENT), "percent");
}

static void keys_end_in_their_unit(void **state)
{
	(void)state;
	assert_string_equal(unit_key_suffix(UNIT_PACKETS), "");
	assert_string_equal(unit_key_suffix(UNIT_BYTES), "_bytes");
	assert_string_equal(unit_key_suffix(UNIT_TIME), "_ns");
	assert_string_equal(unit_key_suffix(UNIT_RATE), "_bit_per_s");
	assert_string_equal(unit_key_suffix(UNIT_NUMBER), "");
	assert_string_equal(unit_key_suffix(UNIT_PERCENT), "_ppb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_good_values),
		cmocka_unit_test(rejects_bad_values),
		cmocka_unit_test(rejects_what_no_unit_allows),
		cmocka_unit_test(only_bytes_may_be_negative),
		cmocka_unit_test(every_reason_says_what_is_right),
		cmocka_unit_test(reads_shares_of_the_link),
		cmocka_unit_test(prints_the_largest_exact_unit),
		cmocka_unit_test(prints_three_digits),
		cmocka_unit_test(what_is_printed_reads_back),
		cmocka_unit_test(fractions_agree_with_wide_arithmetic),
		cmocka_unit_test(survives_random_text),
		cmocka_unit_test(names_read_back),
		cmocka_unit_test(keys_end_in_their_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
