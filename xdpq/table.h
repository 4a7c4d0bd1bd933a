/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables with a value for each DSCP or PCP, as text: "EF=0,AF41-AF43=1,default=2", or
 * plain values from key 0 on: "2,2,1,1". For field.c.
 */
#ifndef XDPQ_TABLE_H
#define XDPQ_TABLE_H

#include <xdpq/field.h>

/* What field_parse() does for them. */
int table_parse(struct errors *e, const struct field *field, const char *text, uint64_t link_rate,
		void *data);

/* In the shortest form: the most frequent value is the default, neighbours are a range. */
void table_print(const struct field *field, const void *data, char text[FIELD_TEXT_SIZE]);

/* The i-th key as a user writes it: "EF", "47", "5". */
void table_key(enum field_key key, uint32_t i, char text[UNIT_TEXT_SIZE]);

/* How many there are of a key, and what one is called: 64, "DSCP". */
uint32_t table_count(enum field_key key);
const char *table_key_name(enum field_key key);

#endif
