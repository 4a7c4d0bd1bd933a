/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Netlink requests. Each opens a socket of its own in the network namespace this thread
 * is in and closes it. Functions return 0, or a negative errno value.
 */
#ifndef XDPQ_NETLINK_H
#define XDPQ_NETLINK_H

#include <libmnl/libmnl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for a request: more than any of ours takes. */
union netlink_buffer {
	struct nlmsghdr header;
	char bytes[1024];
};

/* One attribute of an answer: where its value goes. Attributes that no field names are skipped. */
struct netlink_field {
	uint16_t type;
	enum mnl_attr_data_type data_type;
	/* The value is copied to the member of the answer at `offset`, of `size` bytes ... */
	size_t offset;
	size_t size;
	/* ... or its attributes are taken as these fields ... */
	const struct netlink_field *nested;
	/* ... or this takes it, and returns MNL_CB_OK, or MNL_CB_ERROR with errno set. */
	int (*take)(const struct nlattr *attr, void *out);
};

#define NETLINK_FIELD(attr, kind, answer, member)					\
	{ .type = (attr), .data_type = (kind), .offset = offsetof(answer, member),	\
	  .size = sizeof(((answer *)NULL)->member) }
#define NETLINK_NESTED(attr, fields)							\
	{ .type = (attr), .data_type = MNL_TYPE_NESTED, .nested = (fields) }
#define NETLINK_TAKE(attr, kind, call)							\
	{ .type = (attr), .data_type = (kind), .take = (call) }
#define NETLINK_END	{ .data_type = MNL_TYPE_UNSPEC }

/*
 * Checks the attributes of a message, after `header` bytes of its payload, and fills `out`.
 * The fields end with NETLINK_END. Returns MNL_CB_OK, or MNL_CB_ERROR with errno set.
 */
int netlink_fields(const struct nlmsghdr *message, size_t header,
		   const struct netlink_field *fields, void *out);
int netlink_nested_fields(const struct nlattr *nest, const struct netlink_field *fields,
			  void *out);

/* Begins a request, with a header of `header` zero bytes at the start of its payload. */
struct nlmsghdr *netlink_begin(union netlink_buffer *buf, uint16_t type, uint16_t flags,
			       size_t header);

/*
 * Sends the request and calls `answer` (may be NULL) for each message that is not an error
 * or the end. -EINTR: links changed during the dump, so drop what it answered and ask again.
 */
int netlink_talk(int bus, const struct nlmsghdr *request, mnl_cb_t answer, void *arg);

/*
 * Begins a request of a generic netlink family, whose number it asks for.
 * -EOPNOTSUPP if the kernel has no such family.
 */
int genl_begin(union netlink_buffer *buf, const char *family, uint8_t command,
	       struct nlmsghdr **request);

/* Sends a generic netlink request for one object; the fields of its answer go to `out`. */
int genl_get(const struct nlmsghdr *request, const struct netlink_field *fields, void *out);

/* No link has another number; asked for one, the kernel may say EINVAL or ERANGE, not ENODEV. */
static inline bool netlink_ifindex_valid(uint32_t ifindex)
{
	return ifindex > 0 && ifindex <= INT_MAX;
}

#endif
