/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parameters and counters that describe themselves.
 *
 * Each member carries a BTF declaration tag; the tool reads the tags and from
 * them derives parsing, range checks, defaults, help, JSON keys, completion and
 * the manual page. There is no other list.
 *
 *	__u32 limit XDPQ_PARAM(packets, 1, 65536, 1000, "packets that may wait");
 *
 * unit     type          a value is written as
 * packets  __u32         1000
 * bytes    __u32, __u64  64k, 1500; signed types take a minus sign
 * time     __u64, ns     5ms
 * rate     __u64, bit/s  100mbit
 * number   __u32, __u64  3; what is no number of packets: bands, seeds, weights
 * percent  __u32, ppb    0.5%; parts per billion, from 0% to 100%
 *
 * `min`, `max` and `dflt` are written as the user would write them. `dflt` may
 * also be `required`, or `auto`: then 0 is stored, and whoever uses it derives
 * the value.
 *
 * A table has a value for each key, of any unit:
 *
 *	__u32 priomap[64] XDPQ_BY_DSCP(number, 0, 15, (EF=0,CS6=0,default=1), "band")
 *
 * Its `dflt` is one value for all keys, or a table as the user would write it,
 * in parentheses: EF=0,CS6-CS7=0,AF41-AF43=1,default=2, or plain values from
 * key 0 on. Keys that the user doesn't name have the value of `dflt`; with `auto` or
 * `required` there is none, and the user has to name all.
 *
 * A table by prefix is the exception: it has the prefixes that the user names,
 * 10.0.0.0/8=3,2001:db8::/32=5, in the order of their lengths, and with `auto` none.
 * A value is at least 1, for 0 ends the list. `default` is the prefix of length 0.
 */
#ifndef XDPQ_PARAMS_H
#define XDPQ_PARAMS_H

#include <xdpq/abi.h>

#ifdef __bpf__
#define XDPQ_TAG(text) __attribute__((btf_decl_tag(text)))
#else
#define XDPQ_TAG(text)
#endif

#define XDPQ_STRING(x) #x
#define XDPQ_EXPANDED(x) XDPQ_STRING(x)

/* On the enqueue program: the ABI it was built for, and what it is in one line. */
#define XDPQ_SCHEDULER_TAG(summary) \
	XDPQ_TAG("xdpq:scheduler:" XDPQ_EXPANDED(XDPQ_ABI) ":" summary)

/* May be changed while the port runs. */
#define XDPQ_PARAM(unit, min, max, dflt, help) \
	XDPQ_TAG("xdpq:param:" #unit ":" #min ":" #max ":" #dflt ":" help)

/*
 * Fixes memory, so it holds until the scheduler is replaced. If the object has a map of
 * the same name, that gets as many entries and one more: number 0 is nobody.
 */
#define XDPQ_FIXED(unit, min, max, dflt, help) \
	XDPQ_TAG("xdpq:fixed:" #unit ":" #min ":" #max ":" #dflt ":" help)

/* One of several words; the value is the word's position. For __u32. */
#define XDPQ_CHOICE(words, dflt, help) \
	XDPQ_TAG("xdpq:choice:" words "::" ":" dflt ":" help)

/* One value for each DSCP, or for each priority of a VLAN tag. For arrays of 64, or 8. */
#define XDPQ_BY_DSCP(unit, min, max, dflt, help) \
	XDPQ_TAG("xdpq:dscp:" #unit ":" #min ":" #max ":" #dflt ":" help)
#define XDPQ_BY_PCP(unit, min, max, dflt, help) \
	XDPQ_TAG("xdpq:pcp:" #unit ":" #min ":" #max ":" #dflt ":" help)

/* One value for each IP prefix of a list. For arrays of XDPQ_PREFIXES struct xdpq_prefix. */
#define XDPQ_BY_PREFIX(unit, min, max, dflt, help) \
	XDPQ_TAG("xdpq:prefix:" #unit ":" #min ":" #max ":" #dflt ":" help)

/* A counter of the scheduler, in any unit, or several. For __u64, or an array of at most 64. */
#define XDPQ_COUNTER(unit, help) \
	XDPQ_TAG("xdpq:counter:" #unit "::" "::" help)

#define XDPQ_DSCPS 64
#define XDPQ_PREFIXES 32

/* Longest first, so that the first to match is the longest. */
struct xdpq_prefix {
	__be32 addr[4];		/* IPv4 as ::ffff:a.b.c.d */
	__u32 len;		/* bits, 0..128: 104 for 10.0.0.0/8; 0 matches IPv4 and IPv6 */
	__u32 value;		/* 0: unused, and so are all that follow */
};

_Static_assert(sizeof(struct xdpq_prefix) == 24, "both sides agree");

/* The port's link clock and packet store: the same options for every scheduler. */
struct xdpq_port_params {
	__u64 rate XDPQ_PARAM(rate, 1kbit, 1tbit, auto,
		"speed of the link clock; a physical link's own if not given, else unlimited");
	__u64 burst XDPQ_PARAM(bytes, 1, 1g, auto,
		"bytes that may leave at once after a pause; "
		"a packet and 2 ms at rate if not given");
	__u64 peakrate XDPQ_PARAM(rate, 1kbit, 1tbit, auto,
		"speed within a burst, at least rate; unlimited if not given");
	__s32 overhead XDPQ_PARAM(bytes, -64, 256, 0,
		"bytes added to each packet's length before it is charged");
	__u32 mpu XDPQ_PARAM(bytes, 0, 256, 0,
		"length a packet is charged at least");
	__u32 linklayer XDPQ_CHOICE("ethernet|atm|ptm", "ethernet",
		"cells or coding of the link: atm 53 bytes for each 48, ptm 65 for 64");
	__u32 slots XDPQ_FIXED(packets, 8, 1048576, auto,
		"packets the store can hold; what the scheduler's limit needs if not given");
	__u64 poll XDPQ_PARAM(time, 0ns, 1s, auto,
		"how long the pump lets due packets wait to send several at once; "
		"half of what burst allows if not given");
};

/* What the tool and an object's program xdpq_validate hand each other (sched.h). */
struct xdpq_validate {
	struct xdpq_port_params port;	/* burst filled in, also when it was not given */
	__u64 given;		/* bit i: the user gave the i-th of the scheduler's parameters */
	__u32 frame;		/* bytes of the longest frame of the port */
	__u32 slots;		/* out: packets it needs room for; 0: the parameter `limit` */
	char param[32];		/* out: which parameter is wrong */
	char reason[96];	/* out: why, and what would be right; empty if nothing is */
};

/*
 * The port options in the form the packet path uses, derived by the tool.
 * Cost of a byte in 2^-20 ns, 0 for an unlimited link.
 */
struct xdpq_clock_params {
	__u64 byte_cost;
	__u64 peak_byte_cost;
	__u64 slack;		/* ns of unused link time that may be saved up */
	__u64 poll;		/* ns */
	__s32 overhead;
	__u32 mpu;
	__u32 linklayer;
	__u32 burst;		/* bytes, 0 for an unlimited link */
};

enum xdpq_linklayer {
	XDPQ_LINKLAYER_ETHERNET,
	XDPQ_LINKLAYER_ATM,
	XDPQ_LINKLAYER_PTM,
};

#endif
