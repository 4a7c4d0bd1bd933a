/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects that describe themselves, made here member by member: what is taken, what refused. */
#include <bpf/btf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xdpq/params.h>
#include <xdpq/schema.h>

#include "said.h"

/* Last: its macro fail() is not the tool's function. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CONFIG_HEAD 8	/* bytes before the copies: { active, pad } */

enum type { U32, U64, S32, U16, PREFIX, OTHER, TYPES };

static const uint32_t sizes[TYPES] = {
	[U32] = 4, [U64] = 8, [S32] = 4, [U16] = 2,
	[PREFIX] = sizeof(struct xdpq_prefix), [OTHER] = sizeof(struct xdpq_prefix),
};

/* The only member of a parameter or counter struct. */
struct member {
	enum type type;
	uint32_t count;		/* 0: no array */
	const char *tag;
};

struct object {
	struct btf *btf;
	int types[TYPES];
};

static void add_types(struct object *o)
{
	o->types[U32] = btf__add_int(o->btf, "unsigned int", 4, 0);
	o->types[U64] = btf__add_int(o->btf, "unsigned long long", 8, 0);
	o->types[S32] = btf__add_int(o->btf, "int", 4, BTF_INT_SIGNED);
	o->types[U16] = btf__add_int(o->btf, "unsigned short", 2, 0);
	o->types[PREFIX] = btf__add_struct(o->btf, "xdpq_prefix", sizes[PREFIX]);
	o->types[OTHER] = btf__add_struct(o->btf, "another", sizes[OTHER]);
}

static void add_program(struct object *o)
{
	int proto = btf__add_func_proto(o->btf, o->types[S32]);
	int func = btf__add_func(o->btf, "xdpq_enqueue", BTF_FUNC_GLOBAL, proto);

	btf__add_decl_tag(o->btf, "xdpq:scheduler:" XDPQ_EXPANDED(XDPQ_ABI) ":a test", func, -1);
}

static uint32_t size_of(const struct member *m)
{
	return m ? sizes[m->type] * (m->count ? m->count : 1) : 0;
}

/* struct { TYPE map[COUNT]; }, or an empty one. */
static int add_struct(struct object *o, const struct member *m)
{
	int type, id;

	if (!m)
		return btf__add_struct(o->btf, "nothing", 0);
	type = o->types[m->type];
	if (m->count)
		type = btf__add_array(o->btf, o->types[U32], type, m->count);
	id = btf__add_struct(o->btf, "values", size_of(m));
	btf__add_field(o->btf, "map", type, 0, 0);
	btf__add_decl_tag(o->btf, m->tag, id, 0);
	return id;
}

static void add_variable(struct object *o, const char *section, const char *name, int type,
			 uint32_t size)
{
	int var = btf__add_var(o->btf, name, BTF_VAR_STATIC, type);

	btf__add_datasec(o->btf, section, size);
	btf__add_datasec_var_info(o->btf, var, 0, size);
}

/* What XDPQ_PARAMS makes. */
static void add_config(struct object *o, const struct member *param)
{
	uint32_t port_size = sizeof(struct xdpq_port_params);
	uint32_t clock_size = sizeof(struct xdpq_clock_params);
	uint32_t size = port_size + clock_size + size_of(param);
	int port = btf__add_struct(o->btf, "xdpq_port_params", port_size);
	int clock = btf__add_struct(o->btf, "xdpq_clock_params", clock_size);
	int sched = add_struct(o, param), copy, copies, config;

	copy = btf__add_struct(o->btf, NULL, size);
	btf__add_field(o->btf, "port", port, 0, 0);
	btf__add_field(o->btf, "clock", clock, 8 * port_size, 0);
	btf__add_field(o->btf, "sched", sched, 8 * (port_size + clock_size), 0);
	copies = btf__add_array(o->btf, o->types[U32], copy, 2);
	config = btf__add_struct(o->btf, NULL, CONFIG_HEAD + 2 * size);
	btf__add_field(o->btf, "active", o->types[U32], 0, 0);
	btf__add_field(o->btf, "copy", copies, 8 * CONFIG_HEAD, 0);
	add_variable(o, ".data.config", "xdpq_config", config, CONFIG_HEAD + 2 * size);
}

static void make(struct object *o, const struct member *param, const struct member *counter)
{
	o->btf = btf__new_empty();
	assert_non_null(o->btf);
	add_types(o);
	add_program(o);
	add_config(o, param);
	if (counter)
		add_variable(o, ".bss", "xdpq_counters", add_struct(o, counter), size_of(counter));
}

static int read_object(const struct object *o, struct schema *schema, struct said *said)
{
	struct errors e = {};
	int err;

	said_begin(said);
	err = schema_read(&e, o->btf, schema);
	said_end(said);
	assert_int_equal(e.code, err ? EXIT_CODE_USAGE : EXIT_CODE_OK);
	return err;
}

struct good {
	struct member member;
	struct field field;	/* what is to be read of it */
};

static const struct good good_parameters[] = {
	{ { U32, 0, "xdpq:param:packets:1:65536:1000:text" },
	  { .key = KEY_NONE, .unit = UNIT_PACKETS, .size = 4, .count = 1, .dflt_text = "1000" } },
	{ { U64, 0, "xdpq:fixed:time:0ns:1s:auto:text" },
	  { .kind = FIELD_FIXED, .unit = UNIT_TIME, .size = 8, .count = 1, .dflt_text = "auto" } },
	{ { U32, 0, "xdpq:choice:tail|head:::tail:text" },
	  { .kind = FIELD_CHOICE, .unit = UNIT_NUMBER, .size = 4, .count = 1,
	    .dflt_text = "tail" } },
	{ { S32, 0, "xdpq:param:bytes:-64:256:0:text: with a colon" },
	  { .unit = UNIT_BYTES, .size = 4, .count = 1, .dflt_text = "0" } },
	{ { U32, 0, "xdpq:param:number:0:4294967295:required:text" },
	  { .unit = UNIT_NUMBER, .size = 4, .count = 1, .dflt_text = "required" } },
	{ { U32, 0, "xdpq:param:percent:0%:100%:0.5%:text" },
	  { .unit = UNIT_PERCENT, .size = 4, .count = 1, .dflt_text = "0.5%" } },
	{ { U32, 64, "xdpq:dscp:number:0:15:1:text" },
	  { .key = KEY_DSCP, .unit = UNIT_NUMBER, .size = 4, .count = 64,
	    .dflt_text = "default=1" } },
	{ { U64, 64, "xdpq:dscp:rate:1kbit:1gbit:auto:text" },
	  { .key = KEY_DSCP, .unit = UNIT_RATE, .size = 8, .count = 64, .dflt_text = "auto" } },
	{ { U32, 64, "xdpq:dscp:number:0:15:(default=1,CS6=0,EF=0):text" },
	  { .key = KEY_DSCP, .unit = UNIT_NUMBER, .size = 4, .count = 64,
	    .dflt_text = "EF=0,CS6=0,default=1" } },
	{ { U32, 8, "xdpq:pcp:number:0:7:(2,2,1,1,1,0,0,0):text" },
	  { .key = KEY_PCP, .unit = UNIT_NUMBER, .size = 4, .count = 8,
	    .dflt_text = "0-1=2,5-7=0,default=1" } },
	{ { PREFIX, XDPQ_PREFIXES, "xdpq:prefix:number:1:9:auto:text" },
	  { .key = KEY_PREFIX, .unit = UNIT_NUMBER, .size = 4, .count = XDPQ_PREFIXES,
	    .dflt_text = "auto" } },
	{ { PREFIX, XDPQ_PREFIXES, "xdpq:prefix:bytes:64:64k:(10.0.0.0/8=64,default=1k):text" },
	  { .key = KEY_PREFIX, .unit = UNIT_BYTES, .size = 4, .count = XDPQ_PREFIXES,
	    .dflt_text = "10.0.0.0/8=64,default=1k" } },
};

static void check_field(const struct field *field, const struct field *expected)
{
	assert_string_equal(field->name, "map");
	assert_int_equal(field->kind, expected->kind);
	assert_int_equal(field->key, expected->key);
	assert_int_equal(field->unit, expected->unit);
	assert_int_equal(field->size, expected->size);
	assert_int_equal(field->count, expected->count);
	assert_string_equal(field->dflt_text, expected->dflt_text);
	assert_memory_equal(field->help, "text", 4);
}

static void reads_parameters(void **state)
{
	struct schema schema;
	struct object o;
	struct said said;

	(void)state;
	for (size_t i = 0; i < COUNT(good_parameters); i++) {
		make(&o, &good_parameters[i].member, NULL);
		if (read_object(&o, &schema, &said))
			fail_msg("%s: %s", good_parameters[i].member.tag, said.text);
		assert_int_equal(schema.sched.count, 1);
		check_field(&schema.sched.fields[0], &good_parameters[i].field);
		assert_int_equal(field_bytes(&schema.sched.fields[0]), schema.sched.size);
		schema_free(&schema);
		btf__free(o.btf);
	}
}

static void reads_counters(void **state)
{
	static const struct member counters[] = {
		{ U64, 0, "xdpq:counter:packets::::text" },
		{ U64, 1, "xdpq:counter:bytes::::text" },
		{ U64, 64, "xdpq:counter:time::::text" },
	};
	struct schema schema;
	struct object o;
	struct said said;

	(void)state;
	for (size_t i = 0; i < COUNT(counters); i++) {
		make(&o, NULL, &counters[i]);
		if (read_object(&o, &schema, &said))
			fail_msg("%s: %s", counters[i].tag, said.text);
		assert_int_equal(schema.counters.count, 1);
		assert_int_equal(schema.counters.fields[0].kind, FIELD_COUNTER);
		assert_int_equal(schema.counters.fields[0].count,
				 counters[i].count ? counters[i].count : 1);
		schema_free(&schema);
		btf__free(o.btf);
	}
}

struct bad {
	struct member member;
	const char *said;
};

static const struct bad bad_parameters[] = {
	{ { U32, 0, "other:param:packets:1:65536:1000:text" }, "member map has no valid tag" },
	{ { U32, 0, "xdpq:parm:packets:1:65536:1000:text" }, "member map has no valid tag" },
	{ { U32, 0, "xdpq:param:packet:1:65536:1000:text" }, "member map has no valid tag" },
	{ { U32, 0, "xdpq:param:packets:1:65536:1000" }, "member map has no valid tag" },
	{ { U32, 0, "xdpq:choice:tail|head:::middle:text" },
	  "map: \"middle\" is none of tail|head" },
	{ { U32, 0, "xdpq:choice::::a:text" }, "member map has no valid tag" },
	{ { U32, 0, "xdpq:choice:on|auto:::on:text" }, "member map has no valid tag" },
	{ { U32, 0, "xdpq:param:packets:x:9:1:text" },
	  "member map: \"x\" is not a number of packets" },
	{ { U32, 0, "xdpq:param:packets:1:9:10:text" }, "map: \"10\" is out of range (1..9)" },
	{ { U32, 0, "xdpq:param:packets:9:1:5:text" }, "member map cannot have a range of 9..1" },
	{ { U32, 0, "xdpq:param:bytes:-1:1:0:text" }, "member map cannot have a range of -1..1" },
	{ { U32, 0, "xdpq:param:rate:1bit:4gbit:1bit:text" }, NULL },
	{ { U32, 0, "xdpq:param:rate:1bit:5gbit:1bit:text" },
	  "member map cannot have a range of 1bit..5gbit" },
	{ { S32, 0, "xdpq:param:bytes:-2g:2g:0:text" },
	  "member map cannot have a range of -2g..2g" },
	{ { U32, 0, "xdpq:param:percent:0%:100.1%:0%:text" },
	  "member map cannot have a range of 0%..100.1%" },
	{ { U16, 0, "xdpq:param:packets:1:9:1:text" },
	  "member map is neither a 32 nor a 64 bit integer" },
	{ { U32, 2, "xdpq:param:packets:1:9:1:text" },
	  "member map: a parameter that is no table has one value, not 2" },
	{ { U32, 2, "xdpq:choice:a|b:::a:text" },
	  "member map: a parameter that is no table has one value, not 2" },
	{ { U32, 63, "xdpq:dscp:number:0:9:1:text" },
	  "member map: a table by DSCP has 64 values, not 63" },
	{ { U32, 0, "xdpq:dscp:number:0:9:1:text" },
	  "member map: a table by DSCP has 64 values, not 1" },
	{ { U32, 64, "xdpq:pcp:number:0:9:1:text" },
	  "member map: a table by PCP has 8 values, not 64" },
	{ { U16, 8, "xdpq:pcp:number:0:9:1:text" },
	  "member map is neither a 32 nor a 64 bit integer" },
	{ { PREFIX, 8, "xdpq:pcp:number:0:9:1:text" },
	  "member map is neither a 32 nor a 64 bit integer" },
	{ { U32, 64, "xdpq:dscp:number:0:9:(EF=1,CS0=2):text" },
	  "map: LE and 61 more DSCPs have no value: add default=VALUE" },
	{ { U32, 64, "xdpq:dscp:number:0:9:(EFF=1,default=2):text" },
	  "map: \"EFF\" is no DSCP; did you mean EF?" },
	{ { PREFIX, 31, "xdpq:prefix:number:1:9:1:text" },
	  "member map: a table by prefix has 32 values, not 31" },
	{ { OTHER, XDPQ_PREFIXES, "xdpq:prefix:number:1:9:1:text" },
	  "member map: a table by prefix is an array of struct xdpq_prefix" },
	{ { U32, XDPQ_PREFIXES, "xdpq:prefix:number:1:9:1:text" },
	  "member map: a table by prefix is an array of struct xdpq_prefix" },
	{ { PREFIX, XDPQ_PREFIXES, "xdpq:prefix:number:0:9:1:text" },
	  "member map cannot have a range of 0..9" },
};

static const struct bad bad_counters[] = {
	{ { U64, 65, "xdpq:counter:packets::::text" },
	  "member map: an array has 1 to 64 counters, not 65" },
	{ { U16, 4, "xdpq:counter:packets::::text" },
	  "member map is neither a 32 nor a 64 bit integer" },
	{ { U64, 0, "xdpq:counter:apples::::text" }, "member map has no valid tag" },
};

static void check_refusal(const struct bad *bad, const struct member *param,
			  const struct member *counter)
{
	char expected[160];
	struct schema schema;
	struct object o;
	struct said said;
	int err;

	make(&o, param, counter);
	err = read_object(&o, &schema, &said);
	btf__free(o.btf);
	if (!bad->said) {
		assert_int_equal(err, 0);
		schema_free(&schema);
		return;
	}
	snprintf(expected, sizeof(expected), "xdpq: %s", bad->said);
	if (!err || strncmp(said.text, expected, strlen(expected)))
		fail_msg("%s: %s", bad->member.tag, err ? said.text : "passes");
}

static void refuses_what_no_parameter_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_parameters); i++)
		check_refusal(&bad_parameters[i], &bad_parameters[i].member, NULL);
}

static void refuses_what_no_counter_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_counters); i++)
		check_refusal(&bad_counters[i], NULL, &bad_counters[i].member);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_parameters),
		cmocka_unit_test(reads_counters),
		cmocka_unit_test(refuses_what_no_parameter_is),
		cmocka_unit_test(refuses_what_no_counter_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
