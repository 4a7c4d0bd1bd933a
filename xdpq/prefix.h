/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables with a value for each IP prefix, as text: "10.0.0.0/8=3,2001:db8::/32=5,default=1".
 * They are kept longest first. For field.c and json.c.
 */
#ifndef XDPQ_PREFIX_H
#define XDPQ_PREFIX_H

#include <arpa/inet.h>

#include <xdpq/field.h>
#include <xdpq/params.h>

#define PREFIX_TEXT_SIZE (INET6_ADDRSTRLEN + 4)

/* What field_parse() and field_print() do for them; an empty table is "auto". */
int prefix_parse_table(struct errors *e, const struct field *field, const char *text,
		       uint64_t link_rate, void *data);
void prefix_print_table(const struct field *field, const void *data, char text[FIELD_TEXT_SIZE]);

/* The i-th entry; its value is 0 if it is none. */
struct xdpq_prefix prefix_get(const struct field *field, const void *data, uint32_t i);

/* "10.0.0.0/8", "2001:db8::/32"; the one that matches everything is "::/0". */
void prefix_print(const struct xdpq_prefix *prefix, char text[PREFIX_TEXT_SIZE]);

#endif
