/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <glob.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/netlink.h>
#include <xdpq/vlan.h>

#define RX_OFFLOADS (LINK_RX_VLAN_OFFLOAD | LINK_RX_STAG_OFFLOAD)
#define TX_OFFLOADS (LINK_TX_VLAN_OFFLOAD | LINK_TX_STAG_OFFLOAD)

/* An interface in whose namespace this thread is for the moment. */
struct visit {
	struct link link;
	int home;		/* the namespace to go back to; -1: we did not leave */
};

static bool is_veth(const struct link *link)
{
	return !strcmp(link->kind, "veth") && link->peer_ifindex;
}

struct nsid {
	int32_t nsid;
};

static int take_nsid(const struct nlmsghdr *answer, void *out)
{
	static const struct netlink_field fields[] = {
		NETLINK_FIELD(NETNSA_NSID, MNL_TYPE_U32, struct nsid, nsid),
		NETLINK_END,
	};

	return netlink_fields(answer, sizeof(struct rtgenmsg), fields, out);
}

/* What this namespace calls the one behind `fd`; -1 if it has no name for it. */
static int32_t nsid_of(int fd)
{
	union netlink_buffer buffer;
	struct nsid answer = { -1 };
	struct nlmsghdr *request = netlink_begin(&buffer, RTM_GETNSID, NLM_F_ACK,
						 sizeof(struct rtgenmsg));

	mnl_attr_put_u32(request, NETNSA_FD, fd);
	return netlink_talk(NETLINK_ROUTE, request, take_nsid, &answer) ? -1 : answer.nsid;
}

/* A descriptor of the namespace with that name among those matching `pattern`, or -1. */
static int search(const char *pattern, int32_t nsid)
{
	glob_t found;
	int fd = -1;

	if (glob(pattern, 0, NULL, &found))
		return -1;
	for (size_t i = 0; fd < 0 && i < found.gl_pathc; i++) {
		fd = open(found.gl_pathv[i], O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && nsid_of(fd) != nsid) {
			close(fd);
			fd = -1;
		}
	}
	globfree(&found);
	return fd;
}

/* The kernel has no call for it: those with a name, then those that a process lives in. */
static int open_peer_netns(const struct link *link)
{
	int fd = search("/run/netns/*", link->peer_netnsid);

	return fd >= 0 ? fd : search("/proc/[0-9]*/ns/net", link->peer_netnsid);
}

static void leave(struct visit *visit)
{
	if (visit->home < 0)
		return;
	/* We came from there a moment ago; it cannot fail for want of privilege. */
	if (setns(visit->home, CLONE_NEWNET))
		_exit(EXIT_CODE_FAILED);
	close(visit->home);
	visit->home = -1;
}

static bool enter_peer_netns(const struct link *link, struct visit *visit)
{
	int fd = open_peer_netns(link);
	bool entered;

	if (fd < 0)
		return false;
	visit->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	entered = visit->home >= 0 && !setns(fd, CLONE_NEWNET);
	close(fd);
	return entered;
}

/* Goes to the peer of a veth; leave() comes back. False if it cannot be reached. */
static bool go_to_peer(const struct link *link, struct visit *visit)
{
	visit->home = -1;
	if (link->peer_netnsid >= 0 && !enter_peer_netns(link, visit))
		return false;
	if (!link_by_index(link->peer_ifindex, &visit->link) &&
	    visit->link.peer_ifindex == link->ifindex)
		return true;
	leave(visit);
	return false;
}

/* The link whose offload matters, and which. */
static bool go(const struct link *link, struct visit *visit, uint32_t *offloads)
{
	*offloads = is_veth(link) ? TX_OFFLOADS : RX_OFFLOADS;
	if (is_veth(link))
		return go_to_peer(link, visit);
	visit->link = *link;
	visit->home = -1;
	return true;
}

int vlan_show_tags(struct errors *e, const struct link *link, struct conf *conf)
{
	/* In another namespace, it may well have the name of one that is here. */
	const char *whose = is_veth(link) ? "its peer " : "";
	uint32_t offloads, on = 0, switchable = 0;
	struct visit visit;
	int err = 0;

	if (!go(link, &visit, &offloads)) {
		warn_user(e, "its peer cannot be reached from here; "
			  "while the peer's VLAN offload is on, tags are hidden: `ethtool -K PEER "
			  "tx-vlan-offload off tx-vlan-stag-hw-insert off` shows them");
		return 0;
	}
	link_vlan_offload(visit.link.ifindex, &on, &switchable);
	on &= offloads;
	if (on)
		err = link_set_vlan_offload(visit.link.ifindex, on, false);
	leave(&visit);
	if (err)
		return fail_errno(e, -err,
				  "VLAN offload of %s%s hides tags from XDP and does not go off",
				  whose, visit.link.name);
	conf->vlan_offload = on;
	if (on)
		note_user(e, "VLAN offload of %s%s is switched off until detach: "
			  "it would hide tags from XDP", whose, visit.link.name);
	return 0;
}

static const struct {
	uint32_t offload;
	const char *on;		/* as ethtool -K takes it */
} words[] = {
	{ LINK_RX_VLAN_OFFLOAD, " rx-vlan-offload on" },
	{ LINK_RX_STAG_OFFLOAD, " rx-vlan-stag-hw-parse on" },
	{ LINK_TX_VLAN_OFFLOAD, " tx-vlan-offload on" },
	{ LINK_TX_STAG_OFFLOAD, " tx-vlan-stag-hw-insert on" },
};

/* `link`: the port's. `name`: of whose offload it is, NULL if it is a peer out of reach. */
static void warn_off(struct errors *e, const struct link *link, const char *name, const char *is,
		     uint32_t offloads)
{
	char on[128] = "";

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (offloads & words[i].offload)
			strcat(on, words[i].on);
	if (name)
		warn_user(e, "VLAN offload of %s%s %s: `ethtool -K %s%s` puts it back",
			  is_veth(link) ? "its peer " : "", name, is, name, on);
	else
		warn_user(e, "VLAN offload of the peer of %s (index %u in its own namespace, which "
			  "cannot be reached) %s: `ethtool -K PEER%s` there puts it back",
			  link->name, link->peer_ifindex, is, on);
}

void vlan_restore(struct errors *e, const struct conf *conf)
{
	uint32_t offloads;
	struct visit visit;
	struct link link;
	int err;

	if (!conf->vlan_offload || link_by_index(conf->ifindex, &link))
		return;
	if (!go(&link, &visit, &offloads)) {
		warn_off(e, &link, NULL, "stays off", conf->vlan_offload);
		return;
	}
	err = link_set_vlan_offload(visit.link.ifindex, conf->vlan_offload, true);
	leave(&visit);
	if (err)
		warn_off(e, &link, visit.link.name, "stays off", conf->vlan_offload);
}

void vlan_warn_unknown(struct errors *e, const struct link *link)
{
	uint32_t offloads, on = 0, switchable = 0;
	struct visit visit;

	if (!go(link, &visit, &offloads)) {
		warn_off(e, link, NULL, "may have been left off", offloads);
		return;
	}
	link_vlan_offload(visit.link.ifindex, &on, &switchable);
	leave(&visit);
	offloads &= switchable & ~on;
	if (offloads)
		warn_off(e, link, visit.link.name, "may have been left off", offloads);
}

bool vlan_hidden(const struct link *link)
{
	uint32_t offloads, on = 0, switchable;
	struct visit visit;

	if (!go(link, &visit, &offloads))
		return false;
	link_vlan_offload(visit.link.ifindex, &on, &switchable);
	leave(&visit);
	return on & offloads;
}
