/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VLAN offload hides tags from XDP: the NIC takes them out of the frame, and a
 * forwarded frame would come out as another VLAN's, or none's. On a physical link
 * its own receive offload does it; on a veth the transmit offload of its peer.
 */
#ifndef XDPQ_VLAN_H
#define XDPQ_VLAN_H

#include <xdpq/conf.h>
#include <xdpq/error.h>
#include <xdpq/link.h>

/*
 * Switches off what hides tags, says so, and notes in `conf` what to put back. A veth's peer that
 * cannot be reached is warned of. 0, or -1 (reported) if tags of a physical link stay hidden.
 */
int vlan_show_tags(struct errors *e, const struct link *link, struct conf *conf);

/* Puts back what is noted. If it cannot be, warns, and says what would. */
void vlan_restore(struct errors *e, const struct conf *conf);
/* The same where nothing can be read of what attach has noted: warns of what may be left off. */
void vlan_warn_unknown(struct errors *e, const struct link *link);

/* Is something on that hides tags from this link, as far as can be told? */
bool vlan_hidden(const struct link *link);

#endif
