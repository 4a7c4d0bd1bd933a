/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/dscp.h>
#include <xdpq/field.h>
#include <xdpq/params.h>
#include <xdpq/prefix.h>

/* Last: its macro fail() is not the tool's function. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ROUNDS 100000
#define BEFORE 3	/* values in the struct before the table: it does not begin with it */

/* Room for any field, and for what is before it. */
union data {
	unsigned char bytes[BEFORE * 8 + 64 * sizeof(struct xdpq_prefix)];
	uint64_t align;
};

struct kind {
	enum field_key key;
	enum unit unit;
	uint32_t size, count;
	int64_t min, max;
};

static const struct kind kinds[] = {
	{ KEY_DSCP, UNIT_NUMBER, 4, 64, 0, 15 },
	{ KEY_DSCP, UNIT_PACKETS, 4, 64, 0, UINT32_MAX },
	{ KEY_DSCP, UNIT_RATE, 8, 64, 0, INT64_MAX },
	{ KEY_PCP, UNIT_NUMBER, 4, 8, 0, 7 },
	{ KEY_PCP, UNIT_TIME, 8, 8, 0, INT64_MAX },
	{ KEY_PCP, UNIT_PERCENT, 4, 8, 0, 1000000000 },
	{ KEY_PREFIX, UNIT_NUMBER, 4, XDPQ_PREFIXES, 1, 9 },
	{ KEY_PREFIX, UNIT_BYTES, 4, XDPQ_PREFIXES, 1, UINT32_MAX },
};

static struct errors quiet = { .quiet = true };

static struct field field_of(const struct kind *kind)
{
	return (struct field){
		.name = "map",
		.kind = FIELD_PARAM,
		.key = kind->key,
		.unit = kind->unit,
		.offset = BEFORE * 8,
		.size = kind->size,
		.count = kind->count,
		.automatic = true,
		.min = kind->min,
		.max = kind->max,
	};
}

/* xorshift64*: the same values in every run. */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dull;
}

static int64_t random_value(const struct kind *kind, uint64_t *seed)
{
	uint64_t range = (uint64_t)kind->max - kind->min;
	uint64_t value = next_random(seed) >> (next_random(seed) % 64);

	return kind->min + (range == UINT64_MAX ? value : value % (range + 1));
}

/* Runs of a few values, or none that has its like. */
static void random_keys(const struct kind *kind, const struct field *field, union data *data,
			uint64_t *seed)
{
	uint64_t stay = next_random(seed) % 4;
	int64_t some[3], value = 0;

	for (size_t i = 0; i < COUNT(some); i++)
		some[i] = random_value(kind, seed);
	for (uint32_t i = 0; i < field->count; i++) {
		if (!i || next_random(seed) % 4 >= stay)
			value = stay ? some[next_random(seed) % COUNT(some)] :
				random_value(kind, seed);
		field_put(field, data, i, value);
	}
}

static bool bit_of(const struct xdpq_prefix *p, uint32_t bit)
{
	const unsigned char *bytes = (const unsigned char *)p->addr;

	return bytes[bit / 8] >> (7 - bit % 8) & 1;
}

static void clear_bit(struct xdpq_prefix *p, uint32_t bit)
{
	((unsigned char *)p->addr)[bit / 8] &= ~(1 << (7 - bit % 8));
}

/* Bit by bit, unlike the tool. */
static bool matches(const struct xdpq_prefix *p, const struct xdpq_prefix *address)
{
	for (uint32_t bit = 0; bit < p->len; bit++)
		if (bit_of(p, bit) != bit_of(address, bit))
			return false;
	return true;
}

/* IPv4 and IPv6, in few networks, so that some lie in others and some are the same. */
static struct xdpq_prefix random_prefix(uint64_t *seed)
{
	static const uint32_t nets[] = { 0x0a000000, 0x0a0a0000, 0xc0a80000, 0x20010db8, 0 };
	struct xdpq_prefix p = {};
	bool mapped = next_random(seed) % 2;
	uint32_t net = htonl(nets[next_random(seed) % COUNT(nets)]);

	p.addr[0] = mapped ? 0 : net;
	p.addr[1] = mapped ? 0 : htonl(next_random(seed) % 4);
	p.addr[2] = mapped ? htonl(0xffff) : 0;
	p.addr[3] = mapped ? net | htonl(next_random(seed) % 1024) : htonl(next_random(seed));
	p.len = mapped ? 96 + next_random(seed) % 33 : next_random(seed) % 129;
	return p;
}

static uint32_t random_prefixes(const struct kind *kind, struct xdpq_prefix list[XDPQ_PREFIXES],
				uint64_t *seed)
{
	uint32_t wanted = next_random(seed) % (XDPQ_PREFIXES + 1), count = 0;

	for (uint32_t i = 0; i < wanted; i++) {
		struct xdpq_prefix p = random_prefix(seed);
		bool is_new = true;

		for (uint32_t bit = p.len; bit < 128; bit++)
			clear_bit(&p, bit);
		for (uint32_t j = 0; j < count; j++)
			is_new &= list[j].len != p.len || !matches(&list[j], &p);
		p.value = random_value(kind, seed);
		if (is_new)
			list[count++] = p;
	}
	return count;
}

/* As any order of the list would be written. */
static void write_prefixes(const struct field *field, const struct xdpq_prefix *list,
			   uint32_t count, char text[FIELD_TEXT_SIZE])
{
	char prefix[PREFIX_TEXT_SIZE], value[UNIT_TEXT_SIZE];
	size_t len = snprintf(text, FIELD_TEXT_SIZE, count ? "" : "auto");

	for (uint32_t i = 0; i < count; i++) {
		prefix_print(&list[i], prefix);
		unit_print(field->unit, list[i].value, value);
		len += snprintf(text + len, FIELD_TEXT_SIZE - len, "%s%s=%s", i ? "," : "", prefix,
				value);
	}
}

static void parse(const struct field *field, const char *text, union data *data)
{
	/* `auto` is no value; config.c knows it. */
	if (!strcmp(text, "auto"))
		field_put_default(field, data);
	else if (field_parse(&quiet, field, text, 0, data))
		fail_msg("refused: %s", text);
}

static void random_table(const struct kind *kind, const struct field *field, union data *data,
			 uint64_t *seed)
{
	struct xdpq_prefix list[XDPQ_PREFIXES];
	char text[FIELD_TEXT_SIZE];

	if (field->key != KEY_PREFIX) {
		random_keys(kind, field, data, seed);
		return;
	}
	write_prefixes(field, list, random_prefixes(kind, list, seed), text);
	parse(field, text, data);
}

static void what_is_printed_reads_back(void **state)
{
	char text[FIELD_TEXT_SIZE];
	union data data, again;
	uint64_t seed = 20240229;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		const struct kind *kind = &kinds[next_random(&seed) % COUNT(kinds)];
		struct field field = field_of(kind);

		memset(&data, 0xaa, sizeof(data));
		memset(&again, 0xaa, sizeof(again));
		random_table(kind, &field, &data, &seed);
		field_print(&field, &data, text);
		parse(&field, text, &again);
		if (memcmp(&data, &again, sizeof(data)))
			fail_msg("reads back as something else: %s", text);
	}
}

/* By all prefixes that match, one after the other. */
static uint32_t longest_match(const struct xdpq_prefix *list, uint32_t count,
			      const struct xdpq_prefix *address)
{
	uint32_t value = 0;
	int64_t longest = -1;

	for (uint32_t i = 0; i < count; i++) {
		if ((int64_t)list[i].len <= longest || !matches(&list[i], address))
			continue;
		longest = list[i].len;
		value = list[i].value;
	}
	return value;
}

/* As a scheduler looks: the first one counts. */
static uint32_t first_match(const struct field *field, const union data *data,
			    const struct xdpq_prefix *address)
{
	for (uint32_t i = 0; i < field->count; i++) {
		struct xdpq_prefix p = prefix_get(field, data, i);

		if (!p.value || matches(&p, address))
			return p.value;
	}
	return 0;
}

static void the_first_prefix_to_match_is_the_longest(void **state)
{
	const struct kind *kind = &kinds[COUNT(kinds) - 1];
	struct field field = field_of(kind);
	struct xdpq_prefix list[XDPQ_PREFIXES], address;
	char text[FIELD_TEXT_SIZE];
	uint64_t seed = 19991231, hits = 0;
	union data data;

	(void)state;
	for (size_t i = 0; i < ROUNDS / 100; i++) {
		uint32_t count = random_prefixes(kind, list, &seed);

		write_prefixes(&field, list, count, text);
		parse(&field, text, &data);
		for (size_t j = 0; j < 100; j++) {
			address = random_prefix(&seed);
			assert_int_equal(first_match(&field, &data, &address),
					 longest_match(list, count, &address));
			hits += !!first_match(&field, &data, &address);
		}
	}
	assert_true(hits > ROUNDS / 10 && hits < ROUNDS);
}

static void random_text(uint64_t *seed, char *text, size_t size)
{
	static const char *const pieces[] = {
		"EF", "CS6", "default", "AF41", "0", "7", "63", "64", "-", "=", "=", "=", ",", ",",
		"1", "5ms", "0.5%", "1kbit", "10.0.0.0", "/8", "/", "2001:db8::", "::", "/128",
		"%", " ", "\xff", "99999999999999999999", "%s%n",
	};
	size_t len = 0, count = next_random(seed) % 12;

	*text = 0;
	for (size_t i = 0; i < count; i++)
		len += snprintf(text + len, size - len, "%s",
				pieces[next_random(seed) % COUNT(pieces)]);
}

/* Any text is read without harm; refused, it changes nothing, else it prints and reads back. */
static void survives_random_text(void **state)
{
	char text[512], told[FIELD_TEXT_SIZE];
	uint64_t seed = 20010909, good = 0;
	union data data, again;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		const struct kind *kind = &kinds[next_random(&seed) % COUNT(kinds)];
		struct field field = field_of(kind);

		random_text(&seed, text, sizeof(text));
		memset(&data, 0xaa, sizeof(data));
		memset(&again, 0xaa, sizeof(again));
		if (field_parse(&quiet, &field, text, 0, &data)) {
			assert_memory_equal(&data, &again, sizeof(data));
			continue;
		}
		good++;
		field_print(&field, &data, told);
		parse(&field, told, &again);
		assert_memory_equal(&data, &again, sizeof(data));
	}
	assert_true(good > ROUNDS / 10000);
}

/* Pins are not trusted: anything may be in them. */
static void prints_any_bytes(void **state)
{
	char text[FIELD_TEXT_SIZE];
	uint64_t seed = 42, word;
	union data data;

	(void)state;
	for (size_t i = 0; i < ROUNDS / 10; i++) {
		const struct kind *kind = &kinds[next_random(&seed) % COUNT(kinds)];
		struct field field = field_of(kind);

		for (size_t at = 0; at < sizeof(data); at += sizeof(word)) {
			word = next_random(&seed);
			memcpy(data.bytes + at, &word, sizeof(word));
		}
		field_print(&field, &data, text);
		assert_true(strlen(text) < sizeof(text) - 1);
		field_check(&quiet, &field, &data);
	}
}

static void the_longest_tables_fit(void **state)
{
	const struct kind wide = { KEY_DSCP, UNIT_RATE, 8, 64, INT64_MIN, INT64_MAX };
	struct field field = field_of(&wide);
	char text[FIELD_TEXT_SIZE];
	union data data;

	(void)state;
	for (uint32_t i = 0; i < 64; i++)
		field_put(&field, &data, i, INT64_MIN + 1 + i);
	field_print(&field, &data, text);
	assert_non_null(strstr(text, "default=-9223372036854775807bit"));
	field.key = KEY_NONE;
	field.kind = FIELD_COUNTER;
	field_print(&field, &data, text);
	assert_non_null(strstr(text, " 63:-9223372036854775744bit"));
}

/* RFC 2597: AFxy is 8x + 2y. RFC 2474: CSx is 8x. */
static void names_of_dscps(void **state)
{
	char name[8];

	(void)state;
	for (unsigned int x = 0; x < 8; x++) {
		snprintf(name, sizeof(name), "CS%u", x);
		assert_int_equal(dscp_from_name(name), 8 * x);
		assert_string_equal(dscp_name(8 * x), name);
		for (unsigned int y = 1; y < 4 && x > 0 && x < 5; y++) {
			snprintf(name, sizeof(name), "AF%u%u", x, y);
			assert_int_equal(dscp_from_name(name), 8 * x + 2 * y);
			assert_string_equal(dscp_name(8 * x + 2 * y), name);
		}
	}
	assert_int_equal(dscp_from_name("EF"), 46);
	assert_int_equal(dscp_from_name("va"), 44);
	assert_int_equal(dscp_from_name("LE"), 1);
	assert_int_equal(dscp_from_name("DF"), 0);
	assert_int_equal(dscp_from_name("CS8"), -1);
	assert_int_equal(dscp_from_name(""), -1);
	assert_null(dscp_name(45));
	assert_null(dscp_name(64));
}

static void counters_are_told_where_they_are_not_0(void **state)
{
	struct field field = { .name = "sent", .kind = FIELD_COUNTER, .size = 8, .count = 5 };
	uint64_t counters[5] = { 12, 0, 0, 4, 0 };
	char text[FIELD_TEXT_SIZE];

	(void)state;
	field_print(&field, counters, text);
	assert_string_equal(text, "0:12 3:4");
	field.unit = UNIT_BYTES;
	counters[4] = 65536;
	field_print(&field, counters, text);
	assert_string_equal(text, "0:12 3:4 4:64k");
	memset(counters, 0, sizeof(counters));
	field_print(&field, counters, text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_reads_back),
		cmocka_unit_test(the_first_prefix_to_match_is_the_longest),
		cmocka_unit_test(survives_random_text),
		cmocka_unit_test(prints_any_bytes),
		cmocka_unit_test(the_longest_tables_fit),
		cmocka_unit_test(names_of_dscps),
		cmocka_unit_test(counters_are_told_where_they_are_not_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
