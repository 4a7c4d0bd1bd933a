/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of attach and replace: DEV sched NAME [PARAM VALUE]... and what each takes besides. */
#ifndef XDPQ_REQUEST_H
#define XDPQ_REQUEST_H

#include <stdint.h>

#include <xdpq/cmd.h>
#include <xdpq/conf.h>
#include <xdpq/config.h>
#include <xdpq/scheduler.h>

/* Long enough for what a sensible queue holds to leave; `timeout` sets another. In ns. */
#define DRAIN_TIMEOUT 2000000000LL

enum request_kind {
	REQUEST_ATTACH,		/* takes peer */
	REQUEST_REPLACE,	/* takes timeout */
};

struct request {
	enum request_kind kind;
	const char *dev, *sched, *peer;
	const char *pairs[2 * 2 * SCHEMA_MAX_FIELDS];	/* PARAM VALUE ... */
	int count;
	int64_t timeout;	/* ns */
	char kept[1024];	/* words in `pairs` that the user did not write */
	char args[CONF_ARGS_SIZE];	/* the words behind DEV that make this port */
};

/* "attach" or "replace". */
const char *request_name(const struct request *r);

/* All return 0, or -1 (reported). */
int request_parse(const struct call *call, enum request_kind kind, struct request *r);

/* Opens the scheduler, takes the pairs into `config`, which isn't finished. The caller closes. */
int request_open(struct errors *e, const struct request *r, const char *dev, uint64_t link_rate,
		 struct scheduler *sched, struct config *config);

/* All that can be wrong in the pairs themselves, so that the user sees it at once. */
int request_check(struct errors *e, const struct request *r, uint64_t link_rate);

/* Adds the port options given to `running` and not given now, and what makes it a wire. */
int request_keep(struct errors *e, struct request *r, const struct config *running,
		 const char *attached_as);

/* "2s" as a bound to waiting, in ns. */
int request_timeout(struct errors *e, const char *text, int64_t *timeout);

#endif
