/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/near.h>
#include <xdpq/prefix.h>

#define LABEL_SIZE 96
#define MAPPED_LEN 96
#define WHOLE_LEN 128

/* What has been read so far of a table. */
struct reading {
	struct errors *e;
	const struct field *field;
	uint64_t link_rate;
	struct xdpq_prefix list[XDPQ_PREFIXES];
	uint32_t count;
	bool has_rest;		/* one of them matches everything */
};

struct xdpq_prefix prefix_get(const struct field *field, const void *data, uint32_t i)
{
	struct xdpq_prefix prefix;

	memcpy(&prefix, (const char *)data + field->offset + i * sizeof(prefix), sizeof(prefix));
	return prefix;
}

static bool is_mapped(const struct xdpq_prefix *p)
{
	return !p->addr[0] && !p->addr[1] && p->addr[2] == htonl(0xffff) && p->len >= MAPPED_LEN;
}

void prefix_print(const struct xdpq_prefix *p, char text[PREFIX_TEXT_SIZE])
{
	char addr[INET6_ADDRSTRLEN];
	bool mapped = is_mapped(p);

	if (mapped)
		inet_ntop(AF_INET, &p->addr[3], addr, sizeof(addr));
	else
		inet_ntop(AF_INET6, p->addr, addr, sizeof(addr));
	snprintf(text, PREFIX_TEXT_SIZE, "%s/%u", addr, mapped ? p->len - MAPPED_LEN : p->len);
}

static struct xdpq_prefix without_host_bits(const struct xdpq_prefix *p)
{
	struct xdpq_prefix masked = *p;

	for (uint32_t i = 0; i < 4; i++) {
		uint32_t before = 32 * i, bits = p->len > before ? p->len - before : 0;

		if (bits < 32)
			masked.addr[i] &= htonl(bits ? ~0U << (32 - bits) : 0);
	}
	return masked;
}

static bool is_same(const struct xdpq_prefix *a, const struct xdpq_prefix *b)
{
	return a->len == b->len && !memcmp(a->addr, b->addr, sizeof(a->addr));
}

/* Returns the bits of such an address, 0 if it is none. */
static uint32_t read_address(const char *text, struct xdpq_prefix *p)
{
	memset(p->addr, 0, sizeof(p->addr));
	if (inet_pton(AF_INET6, text, p->addr) == 1)
		return WHOLE_LEN;
	if (inet_pton(AF_INET, text, &p->addr[3]) != 1)
		return 0;
	p->addr[2] = htonl(0xffff);
	return WHOLE_LEN - MAPPED_LEN;
}

static int no_prefix(const struct reading *r, const char *text)
{
	static const char *const rest[] = { "default" };
	const char *near = nearest(text, rest, 1);

	if (near)
		return fail(r->e, EXIT_CODE_USAGE, "%s: \"%s\" is no prefix; did you mean %s?",
			    r->field->name, text, near);
	return fail(r->e, EXIT_CODE_USAGE,
		    "%s: \"%s\" is no prefix: write an address and a length, such as "
		    "10.0.0.0/8 or 2001:db8::/32", r->field->name, text);
}

static int host_bits(const struct reading *r, const char *text, const struct xdpq_prefix *p)
{
	struct xdpq_prefix net = without_host_bits(p), host = *p;
	char right[2][PREFIX_TEXT_SIZE];

	host.len = WHOLE_LEN;
	prefix_print(&net, right[0]);
	prefix_print(&host, right[1]);
	return fail(r->e, EXIT_CODE_USAGE, "%s: \"%s\" has bits beyond its length: write %s or %s",
		    r->field->name, text, right[0], right[1]);
}

/* "ADDRESS/LENGTH", or an address alone. */
static int parse_prefix(const struct reading *r, const char *text, struct xdpq_prefix *p)
{
	const char *slash = strchr(text, '/'), *why;
	char address[INET6_ADDRSTRLEN + 1];
	struct xdpq_prefix net;
	uint32_t bits;
	int64_t len;

	snprintf(address, sizeof(address), "%.*s",
		 slash ? (int)(slash - text) : (int)strlen(text), text);
	bits = read_address(address, p);
	if (!bits)
		return no_prefix(r, text);
	len = bits;
	if (slash && (unit_parse(UNIT_NUMBER, slash + 1, 0, &len, &why) || len > bits))
		return fail(r->e, EXIT_CODE_USAGE, "%s: \"%s\": the length is 0 to %u",
			    r->field->name, text, bits);
	p->len = WHOLE_LEN - bits + len;
	net = without_host_bits(p);
	return is_same(&net, p) ? 0 : host_bits(r, text, p);
}

static int add(struct reading *r, const struct xdpq_prefix *p)
{
	char text[PREFIX_TEXT_SIZE];

	for (uint32_t i = 0; i < r->count; i++) {
		if (!is_same(&r->list[i], p))
			continue;
		prefix_print(p, text);
		return fail(r->e, EXIT_CODE_USAGE, "%s: %s: given twice", r->field->name,
			    p->len ? text : "default");
	}
	r->has_rest |= !p->len;
	r->list[r->count++] = *p;
	return 0;
}

static int lacks_half(const struct reading *r, const char *entry)
{
	const char *name = r->field->name;
	struct xdpq_prefix ignored;

	if (!*entry)
		return fail(r->e, EXIT_CODE_USAGE, "%s: an entry is empty: a comma too many", name);
	if (!strcmp(entry, "default") || strchr(entry, '/') || read_address(entry, &ignored))
		return fail(r->e, EXIT_CODE_USAGE, "%s: \"%s\" lacks its value: write %s=VALUE",
			    name, entry, entry);
	return fail(r->e, EXIT_CODE_USAGE,
		    "%s: \"%s\" has no prefix: write PREFIX=VALUE such as 10.0.0.0/8=%s", name,
		    entry, r->field->range[0]);
}

/* "PREFIX=VALUE" or "default=VALUE". */
static int parse_entry(struct reading *r, char *entry)
{
	char *text = strchr(entry, '='), label[LABEL_SIZE];
	struct xdpq_prefix p = {};
	int64_t value;
	int err;

	if (!text)
		return lacks_half(r, entry);
	*text++ = 0;
	err = strcmp(entry, "default") ? parse_prefix(r, entry, &p) : 0;
	snprintf(label, sizeof(label), "%s: %s", r->field->name, entry);
	if (field_parse_value(r->e, r->field, label, text, r->link_rate, &value) || err)
		return -1;
	p.value = value;
	return add(r, &p);
}

static int too_many(const struct reading *r, uint32_t count)
{
	return fail(r->e, EXIT_CODE_USAGE, "%s: %u prefixes, there is room for %d", r->field->name,
		    count, XDPQ_PREFIXES);
}

static int parse_entries(struct reading *r, char *text)
{
	uint32_t entries = 1;
	char *entry;
	int err = 0;

	for (const char *c = text; *c; c++)
		entries += *c == ',';
	if (entries > XDPQ_PREFIXES)
		return too_many(r, entries);
	while ((entry = strsep(&text, ",")))
		err |= parse_entry(r, entry);
	return err;
}

/* What matches no prefix has the value of `default`, or that of the table's own default. */
static int add_rest(struct reading *r)
{
	struct field alone = *r->field;

	if (r->has_rest || !r->field->dflt)
		return 0;
	alone.offset = 0;
	for (uint32_t i = 0; i < XDPQ_PREFIXES; i++) {
		struct xdpq_prefix p = prefix_get(&alone, r->field->dflt, i);

		if (!p.value || p.len)
			continue;
		return r->count < XDPQ_PREFIXES ? add(r, &p) : too_many(r, r->count + 1);
	}
	return 0;
}

static int longest_first(const void *a, const void *b)
{
	const struct xdpq_prefix *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? 1 : -1;
	return memcmp(x->addr, y->addr, sizeof(x->addr));
}

int prefix_parse_table(struct errors *e, const struct field *field, const char *text,
		       uint64_t link_rate, void *data)
{
	struct reading r = { .e = e, .field = field, .link_rate = link_rate };
	char *copy;
	int err;

	if (!*text)
		return fail(e, EXIT_CODE_USAGE,
			    "%s: \"\" is empty: write PREFIX=VALUE,...; "
			    "`auto` is a table without any", field->name);
	copy = strdup(text);
	if (!copy)
		return fail_errno(e, ENOMEM, "%s", field->name);
	err = parse_entries(&r, copy);
	free(copy);
	if (err || add_rest(&r))
		return -1;
	qsort(r.list, r.count, sizeof(r.list[0]), longest_first);
	memcpy((char *)data + field->offset, r.list, sizeof(r.list));
	return 0;
}

void prefix_print_table(const struct field *field, const void *data, char text[FIELD_TEXT_SIZE])
{
	char prefix[PREFIX_TEXT_SIZE], value[UNIT_TEXT_SIZE];
	size_t len = 0;

	for (uint32_t i = 0; i < field->count; i++) {
		struct xdpq_prefix p = prefix_get(field, data, i);

		if (!p.value)
			break;
		prefix_print(&p, prefix);
		unit_print(field->unit, p.value, value);
		len += snprintf(text + len, FIELD_TEXT_SIZE - len, "%s%s=%s", i ? "," : "",
				p.len ? prefix : "default", value);
	}
	if (!len)
		snprintf(text, FIELD_TEXT_SIZE, "auto");
}
