/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and printing of values with units, in tc's notation: rates in powers of
 * 1000 (kibit and so on of 1024), sizes in powers of 1024, times with a unit.
 * What is printed parses back to the same value.
 */
#ifndef XDPQ_UNITS_H
#define XDPQ_UNITS_H

#include <stdint.h>

enum unit {
	UNIT_PACKETS,	/* 1000 */
	UNIT_BYTES,	/* 1500, 64k, 32m, 1g; a "b" may follow: 1500b, 64kb */
	UNIT_TIME,	/* ns: 5ms, 100us, 1s; the unit is mandatory, but for a plain 0 */
	UNIT_RATE,	/* bit/s: 1.5gbit, 2kibit, 50% of the link; the unit is mandatory */
	UNIT_NUMBER,	/* of anything else, or a name: 3 */
	UNIT_PERCENT,	/* parts per billion: 0.5%; the % is mandatory, but for a plain 0 */
	UNITS,
};

#define UNIT_TEXT_SIZE 32

/*
 * Reads `text` as a value of `unit`. Fractions ("1.5mbit") are exact or rejected.
 * `link_rate` is what 100% stands for in bit/s, 0 if it isn't known.
 * Returns 0, or -1 with *value untouched and *why set to a static text that says what
 * is wrong and what would be right, to be put after the quoted value:
 * "10q" is not a number of packets: write a whole number such as 1000. The text may
 * have a "%" in it.
 * Rejects nan, inf, hex, exponents, signs (but a minus for UNIT_BYTES), white space,
 * trailing garbage, overflow of int64_t, and bps, kbps ...: they are bytes in tc and
 * bits elsewhere.
 */
int unit_parse(enum unit unit, const char *text, uint64_t link_rate,
	       int64_t *value, const char **why);

/*
 * Writes `value` in the largest unit that keeps it exact; rates in powers of 1000 only:
 * 128000 is 128kbit, though it is 125kibit too. Percentages have a point: 0.5%.
 */
void unit_print(enum unit unit, int64_t value, char text[UNIT_TEXT_SIZE]);

/*
 * The same rounded to three digits for reading: "1.23gbit", "45.6ms", "1.21m". Digits
 * before the point are all kept, and so are packets, numbers and percentages, which have
 * no larger unit.
 */
void unit_print_short(enum unit unit, int64_t value, char text[UNIT_TEXT_SIZE]);

/*
 * The word for `unit` in tags and messages ("packets", "bytes", "time", "rate", "number",
 * "percent"), and back: -1 if unknown.
 */
const char *unit_name(enum unit unit);
int unit_from_name(const char *name);

/* What a JSON key of this unit ends in: "", "_bytes", "_ns", "_bit_per_s", "_ppb". */
const char *unit_key_suffix(enum unit unit);

#endif
