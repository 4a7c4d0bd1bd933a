/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors of one command. Each is printed to stderr as one line when it is found,
 * "xdpq: CONTEXT: MESSAGE", and the command goes on as far as it makes sense, so
 * that the user sees all of them at once. Control characters are printed as '?'.
 */
#ifndef XDPQ_ERROR_H
#define XDPQ_ERROR_H

#include <stdbool.h>

enum exit_code {
	EXIT_CODE_OK = 0,
	EXIT_CODE_FAILED = 1,
	EXIT_CODE_USAGE = 2,
	EXIT_CODE_UNSUPPORTED = 3,	/* this kernel or driver cannot */
	EXIT_CODE_NOT_ATTACHED = 4,
	EXIT_CODE_NOT_PERMITTED = 5,
};

struct errors {
	bool quiet;		/* nothing is printed; for attempts that may fail */
	char context[256];	/* "attach eth0: sched fifo"; may be empty */
	enum exit_code code;	/* of the first error, EXIT_CODE_OK while there is none */
};

/* Replaces the context. */
void errors_context(struct errors *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Reports an error; always returns -1, so that a caller can return it. */
int fail(struct errors *e, enum exit_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The same for a failed system call: picks the exit code by errno value `err` (positive)
 * and appends its text.
 */
int fail_errno(struct errors *e, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Says something that is no error: "xdpq: CONTEXT: warning: MESSAGE" to stderr. */
void warn_user(const struct errors *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Says what was done beside what was asked for: "xdpq: CONTEXT: note: MESSAGE" to stderr. */
void note_user(const struct errors *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
