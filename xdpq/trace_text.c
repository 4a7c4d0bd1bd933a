/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text traces. They are read as a whole at the beginning, so that all errors are told before
 * anything has happened. A line is a stream of one or more packets; streams that overlap are
 * merged.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/trace_frame.h>
#include <xdpq/trace_kind.h>
#include <xdpq/trace_line.h>

/* After so many wrong lines, whoever wrote the file has understood. */
#define MAX_BAD_LINES 20

struct text {
	struct trace_line *lines;
	size_t count, room;
	size_t begun;		/* lines before this one have had their first packet */
	size_t *active;		/* numbers of those among them that have packets left */
	size_t active_count;
	uint64_t number;	/* packets so far */
	char flow[TRACE_FLOW_SIZE];
	unsigned char frame[TRACE_MAX_LIMIT];
};

static void close_text(void *state)
{
	struct text *t = state;

	free(t->lines);
	free(t->active);
	free(t);
}

static struct trace_line *add_line(struct text *t)
{
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		struct trace_line *lines = realloc(t->lines, room * sizeof(*lines));

		if (!lines)
			return NULL;
		t->lines = lines;
		t->room = room;
	}
	return &t->lines[t->count];
}

/* 0; 1 if the line is wrong (reported); -1 if nothing more can be read (reported). */
static int take_line(struct errors *e, struct text *t, const char *name, uint32_t number,
		     char *words)
{
	struct trace_line *line = add_line(t);
	uint64_t previous = t->count ? t->lines[t->count - 1].at : 0;
	int got;

	if (!line)
		return fail_errno(e, ENOMEM, "%s", name);
	got = trace_line_parse(e, name, number, words, previous, line);
	if (got > 0)
		t->count++;
	return got < 0;
}

static int read_lines(struct errors *e, struct text *t, FILE *stream, const char *name)
{
	char *words = NULL;
	size_t room = 0;
	uint32_t number = 0, bad = 0;
	ssize_t len;
	int err = 0;

	while (err >= 0 && (len = getline(&words, &room, stream)) >= 0) {
		number++;
		if (memchr(words, 0, len))
			err = fail(e, EXIT_CODE_FAILED, "%s:%u: is neither text nor a capture "
				   "(pcap, pcapng)", name, number);
		else
			err = take_line(e, t, name, number, words);
		bad += err > 0;
		if (bad == MAX_BAD_LINES)
			err = fail(e, EXIT_CODE_FAILED, "%s: too many wrong lines", name);
	}
	if (err >= 0 && ferror(stream))
		err = fail_errno(e, errno, "reading %s", name);
	free(words);
	return err < 0 || bad ? -1 : 0;
}

static void *open_text(struct errors *e, FILE *stream, const char *name, uint32_t limit)
{
	struct text *t = calloc(1, sizeof(*t));
	int err = t ? read_lines(e, t, stream, name) : fail_errno(e, ENOMEM, "%s", name);

	/* The frame's zeros are there for any limit. */
	(void)limit;
	fclose(stream);
	if (!err) {
		t->active = calloc(t->count + 1, sizeof(*t->active));
		err = t->active ? 0 : fail_errno(e, ENOMEM, "%s", name);
	}
	if (!err)
		return t;
	if (t)
		close_text(t);
	return NULL;
}

/* The position in `active` of the line whose packet is next; of equal times, the first line. */
static size_t find_next(struct text *t)
{
	size_t best = 0;

	for (size_t i = 1; i < t->active_count; i++)
		if (t->lines[t->active[i]].at < t->lines[t->active[best]].at)
			best = i;
	if (t->begun < t->count &&
	    (!t->active_count || t->lines[t->begun].at < t->lines[t->active[best]].at)) {
		best = t->active_count++;
		t->active[best] = t->begun++;
	}
	return best;
}

static void advance(struct text *t, size_t position)
{
	struct trace_line *line = &t->lines[t->active[position]];

	line->done++;
	line->at += line->step;
	if (line->done < line->times)
		return;
	t->active_count--;
	memmove(&t->active[position], &t->active[position + 1],
		(t->active_count - position) * sizeof(*t->active));
}

static int next_text(struct errors *e, void *state, struct trace_packet *out)
{
	struct text *t = state;
	const struct trace_line *line;
	size_t position;

	(void)e;
	if (!t->active_count && t->begun == t->count)
		return 0;
	position = find_next(t);
	line = &t->lines[t->active[position]];
	trace_line_flow(line, t->flow);
	frame_build(&line->frame, t->flow, line->len, t->frame);
	/* What headers of another packet may have left there. */
	memset(t->frame + frame_headers(&line->frame), 0,
	       FRAME_MAX_HEADERS - frame_headers(&line->frame));
	out->number = ++t->number;
	out->at = line->at;
	out->len = line->len;
	out->flow = t->flow;
	out->frame = t->frame;
	advance(t, position);
	return 1;
}

const struct trace_kind trace_text = { open_text, next_text, close_text };
