/* SPDX-License-Identifier: GPL-2.0-only */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_SIZE 3072
#define LINE_SIZE 4096

/* Names and values come from the user; what steers a terminal must not reach it. */
static void mask_controls(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

/* One write for the whole line: those of several processes don't mix. */
static void say(const struct errors *e, const char *kind, const char *message, const char *detail)
{
	char line[LINE_SIZE];

	if (e->quiet)
		return;
	snprintf(line, sizeof(line), "xdpq: %s%s%s%s%s%s", e->context, *e->context ? ": " : "",
		 kind, message, *detail ? ": " : "", detail);
	mask_controls(line);
	fprintf(stderr, "%s\n", line);
}

static void report(struct errors *e, enum exit_code code, const char *detail,
		   const char *fmt, va_list args)
{
	char message[MESSAGE_SIZE];

	vsnprintf(message, sizeof(message), fmt, args);
	say(e, "", message, detail);
	if (e->code == EXIT_CODE_OK)
		e->code = code;
}

static enum exit_code code_of_errno(int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
		return EXIT_CODE_NOT_PERMITTED;
	case EOPNOTSUPP:
		return EXIT_CODE_UNSUPPORTED;
	default:
		return EXIT_CODE_FAILED;
	}
}

void errors_context(struct errors *e, const char *fmt, ...)
{
	char context[sizeof(e->context)];	/* an argument may be the old context */
	va_list args;

	va_start(args, fmt);
	vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
	strcpy(e->context, context);
}

int fail(struct errors *e, enum exit_code code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(e, code, "", fmt, args);
	va_end(args);
	return -1;
}

int fail_errno(struct errors *e, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(e, code_of_errno(err), strerror(err), fmt, args);
	va_end(args);
	return -1;
}

static void remark(const struct errors *e, const char *kind, const char *fmt, va_list args)
{
	char message[MESSAGE_SIZE];

	vsnprintf(message, sizeof(message), fmt, args);
	say(e, kind, message, "");
}

void warn_user(const struct errors *e, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	remark(e, "warning: ", fmt, args);
	va_end(args);
}

void note_user(const struct errors *e, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	remark(e, "note: ", fmt, args);
	va_end(args);
}
