/* SPDX-License-Identifier: GPL-2.0-only */
#include "netlink.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>

/* The kernel makes dump messages of up to 32 KiB for a reader with that much room. */
#define ANSWER_SIZE	32768

#define GENL_VERSION	1

struct fields_out {
	const struct netlink_field *fields;
	void *out;
};

static bool field_is_text(const struct netlink_field *field)
{
	return field->data_type == MNL_TYPE_NUL_STRING;
}

static void copy_field(const struct nlattr *attr, const struct netlink_field *field, void *out)
{
	size_t size = mnl_attr_get_payload_len(attr);
	char *to = (char *)out + field->offset;

	if (size > field->size)
		size = field->size;
	memcpy(to, mnl_attr_get_payload(attr), size);
	if (field_is_text(field))
		to[field->size - 1] = '\0';
}

static int take_field(const struct nlattr *attr, const struct netlink_field *field, void *out)
{
	if (mnl_attr_validate(attr, field->data_type) < 0)
		return MNL_CB_ERROR;
	if (field->nested)
		return netlink_nested_fields(attr, field->nested, out);
	if (field->take)
		return field->take(attr, out);
	copy_field(attr, field, out);
	return MNL_CB_OK;
}

static int take_attr(const struct nlattr *attr, void *data)
{
	const struct fields_out *to = data;
	const struct netlink_field *field;

	for (field = to->fields; field->data_type != MNL_TYPE_UNSPEC; field++)
		if (field->type == mnl_attr_get_type(attr))
			return take_field(attr, field, to->out);
	return MNL_CB_OK;
}

int netlink_fields(const struct nlmsghdr *message, size_t header,
		   const struct netlink_field *fields, void *out)
{
	struct fields_out to = { .fields = fields, .out = out };

	if (mnl_nlmsg_get_payload_len(message) < header) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	return mnl_attr_parse(message, header, take_attr, &to);
}

int netlink_nested_fields(const struct nlattr *nest, const struct netlink_field *fields,
			  void *out)
{
	struct fields_out to = { .fields = fields, .out = out };

	return mnl_attr_parse_nested(nest, take_attr, &to);
}

struct nlmsghdr *netlink_begin(union netlink_buffer *buf, uint16_t type, uint16_t flags,
			       size_t header)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = 1;	/* the socket carries this request only */
	mnl_nlmsg_put_extra_header(message, header);
	return message;
}

/* Both an error and the end of a dump begin with a negative errno value, or 0. */
static int take_status(const struct nlmsghdr *message, void *arg)
{
	int status;

	(void)arg;
	if (mnl_nlmsg_get_payload_len(message) < sizeof(status)) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	memcpy(&status, mnl_nlmsg_get_payload(message), sizeof(status));
	if (!status)
		return MNL_CB_STOP;
	errno = -status;
	return MNL_CB_ERROR;
}

static ssize_t receive(const struct mnl_socket *socket, void *buf, size_t size)
{
	ssize_t received;

	do {
		received = mnl_socket_recvfrom(socket, buf, size);
	} while (received < 0 && errno == EINTR);
	return received;
}

static int run(const struct mnl_socket *socket, const struct nlmsghdr *request,
	       mnl_cb_t answer, void *arg)
{
	/* libmnl's own calls take any end of a dump for success. */
	mnl_cb_t control[] = { [NLMSG_ERROR] = take_status, [NLMSG_DONE] = take_status };
	unsigned int portid = mnl_socket_get_portid(socket);
	_Alignas(struct nlmsghdr) char buf[ANSWER_SIZE];
	ssize_t received;
	int more;

	do {
		received = receive(socket, buf, sizeof(buf));
		if (received < 0)
			return -errno;
		more = mnl_cb_run2(buf, received, request->nlmsg_seq, portid, answer, arg,
				   control, sizeof(control) / sizeof(control[0]));
	} while (more > MNL_CB_STOP);
	return more == MNL_CB_STOP ? 0 : -errno;
}

int netlink_talk(int bus, const struct nlmsghdr *request, mnl_cb_t answer, void *arg)
{
	struct mnl_socket *socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
	int err = 0;

	if (!socket)
		return -errno;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		err = -errno;
	if (!err)
		err = run(socket, request, answer, arg);
	mnl_socket_close(socket);
	return err;
}

struct family {
	uint16_t id;
};

static const struct netlink_field family_fields[] = {
	NETLINK_FIELD(CTRL_ATTR_FAMILY_ID, MNL_TYPE_U16, struct family, id),
	NETLINK_END,
};

static struct nlmsghdr *genl_message(union netlink_buffer *buf, uint16_t family, uint8_t command)
{
	struct nlmsghdr *message = netlink_begin(buf, family, NLM_F_ACK, GENL_HDRLEN);
	struct genlmsghdr *genl = mnl_nlmsg_get_payload(message);

	genl->cmd = command;
	genl->version = GENL_VERSION;
	return message;
}

int genl_begin(union netlink_buffer *buf, const char *family, uint8_t command,
	       struct nlmsghdr **request)
{
	struct nlmsghdr *ask = genl_message(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	struct family found = { 0 };
	int err;

	mnl_attr_put_strz(ask, CTRL_ATTR_FAMILY_NAME, family);
	err = genl_get(ask, family_fields, &found);
	if (err == -ENOENT || (!err && !found.id))
		return -EOPNOTSUPP;
	if (err)
		return err;
	*request = genl_message(buf, found.id, command);
	return 0;
}

static int take_genl(const struct nlmsghdr *message, void *arg)
{
	const struct fields_out *to = arg;

	return netlink_fields(message, GENL_HDRLEN, to->fields, to->out);
}

int genl_get(const struct nlmsghdr *request, const struct netlink_field *fields, void *out)
{
	struct fields_out to = { .fields = fields, .out = out };

	return netlink_talk(NETLINK_GENERIC, request, take_genl, &to);
}
