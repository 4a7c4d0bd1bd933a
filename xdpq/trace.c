/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <xdpq/trace_kind.h>

struct trace {
	const struct trace_kind *kind;
	void *state;
};

/* The first bytes of a pcap file of either byte order and precision, and of pcapng. */
static bool is_pcap(const unsigned char magic[4])
{
	static const unsigned char known[][4] = {
		{ 0xa1, 0xb2, 0xc3, 0xd4 }, { 0xd4, 0xc3, 0xb2, 0xa1 },
		{ 0xa1, 0xb2, 0x3c, 0x4d }, { 0x4d, 0x3c, 0xb2, 0xa1 },
		{ 0x0a, 0x0d, 0x0d, 0x0a },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!memcmp(magic, known[i], sizeof(known[i])))
			return true;
	return false;
}

/* Looks at what comes without taking it: a pipe cannot be rewound. */
static const struct trace_kind *tell_kind(FILE *stream)
{
	unsigned char magic[4] = {};
	size_t got = fread(magic, 1, sizeof(magic), stream);

	for (size_t i = got; i-- > 0;)
		ungetc(magic[i], stream);
	return got == sizeof(magic) && is_pcap(magic) ? &trace_pcap : &trace_text;
}

static FILE *open_stream(struct errors *e, const char *file)
{
	FILE *stream = strcmp(file, "-") ? fopen(file, "re") : stdin;
	struct stat st;

	if (!stream) {
		fail_errno(e, errno, "the trace %s", file);
		return NULL;
	}
	if (fstat(fileno(stream), &st) || !S_ISDIR(st.st_mode))
		return stream;
	fail_errno(e, EISDIR, "the trace %s", file);
	fclose(stream);
	return NULL;
}

struct trace *trace_open(struct errors *e, const char *file, uint32_t limit)
{
	FILE *stream = open_stream(e, file);
	struct trace *trace = stream ? calloc(1, sizeof(*trace)) : NULL;

	if (!stream)
		return NULL;
	if (!trace) {
		fail_errno(e, ENOMEM, "the trace %s", file);
		fclose(stream);
		return NULL;
	}
	trace->kind = tell_kind(stream);
	trace->state = trace->kind->open(e, stream, file, limit);
	if (trace->state)
		return trace;
	free(trace);
	return NULL;
}

void trace_close(struct trace *trace)
{
	trace->kind->close(trace->state);
	free(trace);
}

int trace_next(struct errors *e, struct trace *trace, struct trace_packet *out)
{
	return trace->kind->next(e, trace->state, out);
}
