/* SPDX-License-Identifier: GPL-2.0-only */
/* DSCPs and their names, by IANA's registry (RFC 2474, 2597, 3246, 5865, 8622). */
#ifndef XDPQ_DSCP_H
#define XDPQ_DSCP_H

#define DSCP_COUNT 64

/* The name of a DSCP; NULL if it has none. */
const char *dscp_name(unsigned int dscp);

/* The DSCP of that name in any case; -1 if there is none. DF is CS0. */
int dscp_from_name(const char *name);

/* The name nearest to a word, for "did you mean"; NULL if none is near. */
const char *dscp_nearest(const char *word);

#endif
