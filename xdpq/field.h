/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A member of a scheduler's parameter or counter struct (bpf/include/xdpq/params.h):
 * one value, or a table or an array of them. `data` is the struct that it is a member of.
 */
#ifndef XDPQ_FIELD_H
#define XDPQ_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include <xdpq/error.h>
#include <xdpq/units.h>

/* Values of a table or an array, at most: masks of keys have 64 bits. */
#define FIELD_MAX_COUNT 64

/* Room for the text of any field: the longest key, "=", a value and "," for each. */
#define FIELD_TEXT_SIZE 2560

enum field_kind {
	FIELD_PARAM,	/* may change while the port runs */
	FIELD_FIXED,	/* holds until the scheduler is replaced */
	FIELD_CHOICE,	/* one of several words; may change */
	FIELD_COUNTER,
};

/* What a table has a value for each of. */
enum field_key {
	KEY_NONE,	/* no table */
	KEY_DSCP,
	KEY_PCP,
	KEY_PREFIX,	/* a list of struct xdpq_prefix */
};

struct field {
	const char *name;	/* points into the BTF */
	enum field_kind kind;
	enum field_key key;
	enum unit unit;
	uint32_t offset;	/* bytes, in its struct */
	uint32_t size;		/* bytes of a value: 4 or 8 */
	uint32_t count;		/* values at most; 1 unless it is a table or an array */
	bool is_signed;
	bool automatic;		/* default "auto": 0 is stored, and a value derived */
	bool required;
	int64_t min, max;
	char range[2][UNIT_TEXT_SIZE];	/* min and max as the source has them */
	void *dflt;		/* its bytes by default, NULL for zeros; owned */
	char *dflt_text;	/* as a user would write it; owned */
	char *choices;		/* "tail|head"; owned */
	char *help;		/* owned */
};

struct field_set {
	uint32_t size;		/* bytes of the struct */
	uint32_t count;
	struct field *fields;	/* owned */
};

/* NULL if there is no such field. */
const struct field *field_find(const struct field_set *set, const char *name);
void field_set_free(struct field_set *set);

/* Bytes it takes in its struct. */
uint32_t field_bytes(const struct field *field);

/* The i-th value. */
int64_t field_get(const struct field *field, const void *data, uint32_t i);
void field_put(const struct field *field, void *data, uint32_t i, int64_t value);
bool field_is_zero(const struct field *field, const void *data);

/* Whether the i-th field has a value that the user did not give (bit i of `given`). */
bool field_is_derived(const struct field_set *set, uint32_t i, const void *data, uint64_t given);

/* The value or values that stand there when the user gives none. */
void field_put_default(const struct field *field, void *data);

/*
 * Reads what a user gave for a parameter. `link_rate`: see unit_parse(). Reports everything
 * that is wrong with it; then -1, and `data` is untouched.
 */
int field_parse(struct errors *e, const struct field *field, const char *text, uint64_t link_rate,
		void *data);

/* The same for one value, which `label` names in errors; out of range is an error, too. */
int field_parse_value(struct errors *e, const struct field *field, const char *label,
		      const char *text, uint64_t link_rate, int64_t *value);

/*
 * Reports each value that is out of the field's range. 0 is in range where it stands for auto, or
 * for no prefix.
 */
int field_check(struct errors *e, const struct field *field, const void *data);

/*
 * As a user writes it; a choice gives its word. Of an array of counters, those that
 * aren't 0: "0:12 3:4".
 */
void field_print(const struct field *field, const void *data, char text[FIELD_TEXT_SIZE]);

/* The i-th word of a choice into `word`; false if there is none. */
bool field_choice(const struct field *field, int64_t i, char word[UNIT_TEXT_SIZE]);

#endif
