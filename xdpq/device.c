/* SPDX-License-Identifier: GPL-2.0-only */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/device.h>
#include <xdpq/near.h>

#define MAX_NAMES 1024

/* As the kernel tells the name of a port's program. */
#define OWN_PROGRAM "xdpq_ingress"

struct names {
	size_t count;
	char text[MAX_NAMES][IFNAMSIZ];
};

static int collect(const struct link *link, void *arg)
{
	struct names *names = arg;

	if (names->count == MAX_NAMES)
		return 1;
	memcpy(names->text[names->count++], link->name, IFNAMSIZ);
	return 0;
}

static int no_such_device(struct errors *e, const char *name)
{
	const char *candidates[MAX_NAMES], *near = NULL;
	struct names *names = calloc(1, sizeof(*names));

	if (names) {
		link_each(collect, names);
		for (size_t i = 0; i < names->count; i++)
			candidates[i] = names->text[i];
		near = nearest(name, candidates, names->count);
	}
	if (near)
		fail(e, EXIT_CODE_FAILED, "no such interface; did you mean %s?", near);
	else
		fail(e, EXIT_CODE_FAILED, "no such interface in this network namespace");
	free(names);
	return -1;
}

int device_find(struct errors *e, const char *name, struct link *out)
{
	int err = strlen(name) < IFNAMSIZ ? link_by_name(name, out) : -ENODEV;

	if (err == -ENODEV)
		return no_such_device(e, name);
	return err ? fail_errno(e, -err, "asking the kernel for the interface") : 0;
}

void device_program(const struct link *link, char *text, unsigned int size)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(link->xdp_prog_id);

	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
		snprintf(text, size, "%s (id %u)", info.name, link->xdp_prog_id);
	else
		snprintf(text, size, "id %u", link->xdp_prog_id);
	if (fd >= 0)
		close(fd);
}

static int check_kind(struct errors *e, const struct link *link)
{
	if (link->flags & IFF_LOOPBACK)
		return fail(e, EXIT_CODE_UNSUPPORTED,
			    "is the loopback interface, which cannot be a port");
	if (!link->ethernet)
		return fail(e, EXIT_CODE_UNSUPPORTED, "is not an Ethernet interface");
	return 0;
}

/* As `ip link` writes the mode. */
static const char *xdp_word(const struct link *link)
{
	switch (link->xdp_mode) {
	case XDP_ATTACHED_SKB:
		return "xdpgeneric";
	case XDP_ATTACHED_HW:
		return "xdpoffload";
	default:
		return "xdp";
	}
}

static int check_program(struct errors *e, const struct link *link)
{
	char program[64];

	if (!link->xdp_prog_id)
		return 0;
	device_program(link, program, sizeof(program));
	if (!strncmp(program, OWN_PROGRAM " ", sizeof(OWN_PROGRAM)))
		return fail(e, EXIT_CODE_FAILED, "the XDP program %s is attached, what is left of "
			    "a port: `xdpq detach all` removes it, in the network namespace where "
			    "that was attached", program);
	return fail(e, EXIT_CODE_FAILED, "the XDP program %s is attached: detach it first, "
		    "with what attached it or `ip link set %s %s off`", program, link->name,
		    xdp_word(link));
}

/*
 * Frames sent to such an interface vanish. A veth changes its mind when its peer
 * gets GRO or a program.
 */
static int check_xmit(struct errors *e, const struct link *link)
{
	uint64_t features;

	/* Kernels before 6.3 don't tell; `show` then reports what the driver answers. */
	if (link_xdp_features(link->ifindex, &features))
		return 0;
	if (!(features & LINK_XDP_BASIC))
		return fail(e, EXIT_CODE_UNSUPPORTED, "its driver has no native XDP");
	if (features & LINK_XDP_NDO_XMIT)
		return 0;
	if (strcmp(link->kind, "veth"))
		return fail(e, EXIT_CODE_UNSUPPORTED,
			    "its driver cannot send redirected frames (no ndo_xdp_xmit)");
	warn_user(e, "the peer of this veth has neither GRO nor an XDP program, "
		  "so frames sent here are lost; `ethtool -K PEER gro on` mends it, after "
		  "`gro off` if it was switched on while the link was down");
	return 0;
}

int device_check(struct errors *e, const struct link *link)
{
	int err = check_kind(e, link);

	if (!err)
		err = check_program(e, link);
	return err ? err : check_xmit(e, link);
}

uint64_t device_speed(const struct link *link)
{
	uint64_t speed = 0;

	if (!*link->kind)
		link_speed(link->ifindex, &speed);
	return speed;
}
