/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xdpq/field.h>
#include <xdpq/params.h>

#include "said.h"

/* Last: its macro fail() is not the tool's function. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TABLE(by, in, bytes, values, from, to)			\
	{							\
		.name = "map",					\
		.key = KEY_##by,				\
		.unit = UNIT_##in,				\
		.size = bytes,					\
		.count = values,				\
		.min = from,					\
		.max = to,					\
		.range = { #from, #to },			\
	}

static const uint32_t band_default[64];

/* The first has a default, the others have none. */
static const struct field bands = {
	.name = "map",
	.key = KEY_DSCP,
	.unit = UNIT_NUMBER,
	.size = 4,
	.count = 64,
	.max = 15,
	.range = { "0", "15" },
	.dflt = (void *)band_default,
};
static const struct field rates = TABLE(DSCP, RATE, 8, 64, 1000, 1000000);
static const struct field classes = TABLE(PCP, NUMBER, 4, 8, 0, 7);
static const struct field times = TABLE(PCP, TIME, 8, 8, 0, 1000000);
static const struct field weights = TABLE(PREFIX, NUMBER, 4, XDPQ_PREFIXES, 1, 1000);

struct refusal {
	const struct field *field;
	const char *text;
	const char *said;	/* what a line begins with */
};

static const struct refusal bad_keys[] = {
	{ &bands, "EFF=1", "\"EFF\" is no DSCP; did you mean EF?\n" },
	{ &bands, "eff=1", "\"eff\" is no DSCP; did you mean EF?\n" },
	{ &bands, "af44=1", "\"af44\" is no DSCP; did you mean AF" },
	{ &bands, "defualt=1", "\"defualt\" is no DSCP; did you mean default?\n" },
	{ &bands, "64=1", "\"64\" is no DSCP: write a name such as EF, or 0 to 63\n" },
	{ &bands, "0x2e=1", "\"0x2e\" is no DSCP: write a name" },
	{ &bands, "18446744073709551616=1", "\"18446744073709551616\" is no DSCP: " },
	{ &bands, "=1", "\"\" is no DSCP: write a name" },
	{ &bands, "-1=1", "\"\" is no DSCP: write a name" },
	{ &bands, "EF-=1", "\"\" is no DSCP: write a name" },
	{ &bands, "EF-CS8=1", "\"CS8\" is no DSCP; did you mean CS" },
	{ &bands, "CS7-CS6=1", "\"CS7-CS6\" is an empty range: write CS6-CS7\n" },
	{ &bands, "E F=1", "\"E F\" is no DSCP" },
	{ &classes, "8=1", "\"8\" is no PCP: write 0 to 7\n" },
	{ &classes, "EF=1", "\"EF\" is no PCP: write 0 to 7\n" },
};

static const struct refusal bad_values[] = {
	{ &bands, "EF=16", "EF: \"16\" is out of range (0..15)\n" },
	{ &bands, "EF=x", "EF: \"x\" is not a whole number: "
		"write a whole number such as 3 (0..15)\n" },
	{ &bands, "EF=", "EF: \"\" is empty: " },
	{ &bands, "EF=1=2", "EF: \"1=2\" is not a whole number: " },
	{ &bands, "EF=-1", "EF: \"-1\" is negative: " },
	{ &bands, "AF41-AF43=99", "AF41-AF43: \"99\" is out of range " },
	{ &bands, "default=99", "default: \"99\" is out of range " },
	{ &bands, "1,2,16", "2: \"16\" is out of range (0..15)\n" },
	{ &classes, "0,nan", "1: \"nan\" is not a whole number: " },
	{ &rates, "default=5", "default: \"5\" is not a rate: a unit is missing, " },
	{ &times, "2=5", "2: \"5\" is not a time: a unit is missing, " },
};

static const struct refusal bad_entries[] = {
	{ &bands, "", "\"\" is empty: write EF=VALUE,default=VALUE, or plain values\n" },
	{ &bands, "EF=1,EF=1", "EF: given twice\n" },
	{ &bands, "EF=1,46=2", "EF: given twice\n" },
	{ &bands, "DF=1,CS0=2", "CS0: given twice\n" },
	{ &bands, "CS5-CS6=1,EF=2", "EF: given twice\n" },
	{ &bands, "0-63=1,63-63=2", "63: given twice\n" },
	{ &bands, "default=1,default=2", "default: given twice\n" },
	{ &bands, "EF=1,3", "\"3\" has no key: write KEY=VALUE, or plain values only\n" },
	{ &bands, "3,EF=1", "\"3\" has no key: " },
	{ &bands, "EF", "\"EF\" lacks its value: write EF=VALUE\n" },
	{ &bands, "CS1=1,EF", "\"EF\" lacks its value: write EF=VALUE\n" },
	{ &bands, "AF11-AF13", "\"AF11-AF13\" lacks its value: write AF11-AF13=VALUE\n" },
	{ &bands, "default", "\"default\" lacks its value: " },
	{ &bands, "EF=1,", "an entry is empty: a comma too many\n" },
	{ &bands, "1,,2", "an entry is empty: a comma too many\n" },
	{ &classes, "0-3", "\"0-3\" lacks its value: write 0-3=VALUE\n" },
	{ &classes, "EF", "0: \"EF\" is not a whole number: " },
	{ &classes, "0,1,2,3,4,5,6,7,7", "9 values, there are 8 PCPs\n" },
	{ &classes, "0-6=1", "7 has no value: name it, or add default=VALUE\n" },
	{ &classes, "1,2", "2 and 5 more PCPs have no value: add default=VALUE\n" },
	{ &rates, "EF=10kbit", "CS0 and 62 more DSCPs have no value: add default=VALUE\n" },
};

static const struct refusal bad_prefixes[] = {
	{ &weights, "", "\"\" is empty: write PREFIX=VALUE,...; " },
	{ &weights, "10.0.0.1/8=3", "\"10.0.0.1/8\" has bits beyond its length: "
		"write 10.0.0.0/8 or 10.0.0.1/32\n" },
	{ &weights, "2001:db8::1/32=3", "\"2001:db8::1/32\" has bits beyond its length: "
		"write 2001:db8::/32 or 2001:db8::1/128\n" },
	{ &weights, "::ffff:10.0.0.1/96=3", "\"::ffff:10.0.0.1/96\" has bits beyond its length: "
		"write 0.0.0.0/0 or 10.0.0.1/32\n" },
	{ &weights, "10.0.0.0/33=3", "\"10.0.0.0/33\": the length is 0 to 32\n" },
	{ &weights, "2001:db8::/129=3", "\"2001:db8::/129\": the length is 0 to 128\n" },
	{ &weights, "10.0.0.0/=3", "\"10.0.0.0/\": the length is 0 to 32\n" },
	{ &weights, "10.0.0.0/-1=3", "\"10.0.0.0/-1\": the length is 0 to 32\n" },
	{ &weights, "10.0.0.0/255.0.0.0=3", "\"10.0.0.0/255.0.0.0\": the length is 0 to 32\n" },
	{ &weights, "10.0.0/8=3", "\"10.0.0/8\" is no prefix: "
		"write an address and a length, such as 10.0.0.0/8 or 2001:db8::/32\n" },
	{ &weights, "010.0.0.0/8=3", "\"010.0.0.0/8\" is no prefix: " },
	{ &weights, "fe80::%eth0/64=3", "\"fe80::%eth0/64\" is no prefix: " },
	{ &weights, "example.org=3", "\"example.org\" is no prefix: " },
	{ &weights, "=3", "\"\" is no prefix: " },
	{ &weights, "defalt=3", "\"defalt\" is no prefix; did you mean default?\n" },
	{ &weights, "10.0.0.0/8", "\"10.0.0.0/8\" lacks its value: write 10.0.0.0/8=VALUE\n" },
	{ &weights, "5", "\"5\" has no prefix: write PREFIX=VALUE such as 10.0.0.0/8=1\n" },
	{ &weights, "default", "\"default\" lacks its value: " },
	{ &weights, "10.0.0.0/8=3,", "an entry is empty: a comma too many\n" },
	{ &weights, "10.0.0.0/8=0", "10.0.0.0/8: \"0\" is out of range (1..1000)\n" },
	{ &weights, "10.0.0.0/8=1001", "10.0.0.0/8: \"1001\" is out of range " },
	{ &weights, "default=x", "default: \"x\" is not a whole number: " },
	{ &weights, "10.0.0.0/8=3,::ffff:10.0.0.0/104=4", "10.0.0.0/8: given twice\n" },
	{ &weights, "default=3,::/0=4", "default: given twice\n" },
};

/* Room for any of them; what is refused must leave it as it is. */
static unsigned char data[64 * sizeof(struct xdpq_prefix)];

static int lines(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void parse(const struct field *field, const char *text, struct said *said)
{
	struct errors e = {};
	int result;

	memset(data, 0xaa, sizeof(data));
	said_begin(said);
	result = field_parse(&e, field, text, 0, data);
	said_end(said);
	if (result != -1 || e.code != EXIT_CODE_USAGE)
		fail_msg("\"%s\" passes", text);
	for (size_t i = 0; i < sizeof(data); i++)
		assert_int_equal(data[i], 0xaa);
}

static void check(const struct refusal *refusals, size_t count)
{
	struct said said;
	char expected[256];

	for (size_t i = 0; i < count; i++) {
		parse(refusals[i].field, refusals[i].text, &said);
		snprintf(expected, sizeof(expected), "xdpq: map: %s", refusals[i].said);
		if (strncmp(said.text, expected, strlen(expected)) || lines(said.text) != 1)
			fail_msg("\"%s\": %s; instead of: %s", refusals[i].text, said.text,
				 expected);
	}
}

static void keys(void **state)
{
	(void)state;
	check(bad_keys, COUNT(bad_keys));
}

static void values(void **state)
{
	(void)state;
	check(bad_values, COUNT(bad_values));
}

static void entries(void **state)
{
	(void)state;
	check(bad_entries, COUNT(bad_entries));
}

static void prefixes(void **state)
{
	(void)state;
	check(bad_prefixes, COUNT(bad_prefixes));
}

static void all_at_once(void **state)
{
	struct said said;

	(void)state;
	parse(&bands, "EFF=1,EF=99,CS1,default=x,CS9-CS8=20,EF=1,", &said);
	assert_int_equal(lines(said.text), 8);
	parse(&classes, "1,x,9,,5ms", &said);
	assert_int_equal(lines(said.text), 4);
	parse(&weights, "10.0.0.1/8=0,5,::1/128=2,::1=3,10.0.0/8=x", &said);
	assert_int_equal(lines(said.text), 6);
}

/* Rows of `count` entries, and what is said of one too many. */
static void too_many(void **state)
{
	char text[1024];
	struct said said;
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 65; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s1", i ? "," : "");
	parse(&bands, text, &said);
	assert_string_equal(said.text, "xdpq: map: 65 values, there are 64 DSCPs\n");
	len = 0;
	for (int i = 0; i < 33; i++)
		len += snprintf(text + len, sizeof(text) - len, "%s10.0.0.%d=1", i ? "," : "", i);
	parse(&weights, text, &said);
	assert_string_equal(said.text, "xdpq: map: 33 prefixes, there is room for 32\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
		cmocka_unit_test(values),
		cmocka_unit_test(entries),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(all_at_once),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
