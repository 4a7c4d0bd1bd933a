/* SPDX-License-Identifier: GPL-2.0-only */
/* What a command answers is built as one tree and printed once, as JSON or as text made from it. */
#ifndef XDPQ_JSON_H
#define XDPQ_JSON_H

#include <jansson.h>

#include <xdpq/cmd.h>
#include <xdpq/schema.h>

/* Raised when a key goes or changes its meaning; new keys don't raise it. */
#define JSON_VERSION 1

/* {"version": 1}, to which a command adds its own key. */
json_t *json_document(void);

/* Prints the document (options -j, -p) and releases it. 0 or -1 (reported). */
int json_print(const struct call *call, json_t *document);

/* A string that may hold anything, as file names do: what is no UTF-8 becomes "?". */
json_t *json_text(const char *text);

/*
 * The key of a parameter or counter: its name, and the unit where it isn't a
 * count: "rate_bit_per_s".
 */
void json_key(const struct field *field, char key[64]);

/* The keys of those fields whose value the user did not give but that was derived. */
void json_derived(json_t *array, const struct field_set *set, const void *data, uint64_t given);

/*
 * {key: value} for every field of a set, read from `data`. A choice is its word, a table by DSCP
 * or PCP and an array of counters an array, a table by prefix one of {"prefix", "value"}.
 */
json_t *json_fields(const struct field_set *set, const void *data);

#endif
