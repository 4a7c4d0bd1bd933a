/* SPDX-License-Identifier: GPL-2.0-only */
#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <xdpq/dscp.h>
#include <xdpq/near.h>
#include <xdpq/trace.h>
#include <xdpq/trace_line.h>
#include <xdpq/units.h>

#define MAX_WORDS 32
#define MAX_LENGTH 65535

/* A line while it is parsed. */
struct parser {
	struct errors *e;
	const char *name;
	uint32_t number;
	char *words[MAX_WORDS];
	int count, at;		/* words, and the first that has not been taken */
	bool bad, ended;	/* something is wrong; a word was missing */
	struct trace_line *out;
};

static void wrong(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void wrong(struct parser *p, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fail(p->e, EXIT_CODE_FAILED, "%s:%u: %s", p->name, p->number, text);
	p->bad = true;
}

/* The next word, or "" with an error. */
static const char *take_word(struct parser *p, const char *what)
{
	if (p->at < p->count)
		return p->words[p->at++];
	if (!p->ended)
		wrong(p, "%s is missing; a line is "
		      "TIME [repeat N every STEP] FLOW LENGTH [OPTION VALUE]...", what);
	p->ended = true;
	return "";
}

static uint64_t take_number(struct parser *p, const char *what, uint64_t min, uint64_t max)
{
	const char *word = take_word(p, what);
	uint64_t value = 0;
	size_t digits = strspn(word, "0123456789");

	if (!*word)
		return min;
	for (size_t i = 0; i < digits && value <= max; i++)
		value = value * 10 + word[i] - '0';
	if (digits && !word[digits] && value >= min && value <= max)
		return value;
	wrong(p, "%s: \"%s\" is not a whole number from %" PRIu64 " to %" PRIu64, what, word, min,
	      max);
	return min;
}

static uint64_t take_value(struct parser *p, const char *what, enum unit unit, const char *word,
			   uint64_t max)
{
	const char *why;
	int64_t value;

	if (!*word)
		return 0;
	if (unit_parse(unit, word, 0, &value, &why))
		wrong(p, "%s: \"%s\" %s", what, word, why);
	else if (value < 0 || (uint64_t)value > max)
		wrong(p, "%s: \"%s\" is out of range", what, word);
	else
		return value;
	return 0;
}

static void take_time(struct parser *p, uint64_t previous)
{
	const char *word = take_word(p, "TIME");
	bool relative = *word == '+';
	uint64_t at = take_value(p, "TIME", UNIT_TIME, word + relative, TRACE_MAX_TIME);

	if (relative && !word[1])
		wrong(p, "TIME: \"+\" is not a time: write it with its unit, such as +5ms");
	p->out->at = relative ? previous + at : at;
	if (p->out->at > TRACE_MAX_TIME)
		wrong(p, "TIME: \"%s\" is out of range", word);
	if (!p->bad && p->out->at < previous)
		wrong(p, "TIME: \"%s\" is before the line above; lines stand in the order of time",
		      word);
}

static void take_repeat(struct parser *p)
{
	struct trace_line *out = p->out;
	const char *word;

	out->times = 1;
	if (p->at == p->count || strcmp(p->words[p->at], "repeat"))
		return;
	p->at++;
	out->times = take_number(p, "repeat", 1, TRACE_LINE_MAX_TIMES);
	word = take_word(p, "every STEP");
	if (*word && strcmp(word, "every"))
		wrong(p, "repeat: \"every\" is expected instead of \"%s\"", word);
	out->step = take_value(p, "every", UNIT_TIME, take_word(p, "STEP"), TRACE_MAX_TIME);
	if (out->step > (TRACE_MAX_TIME - out->at) / out->times)
		wrong(p, "repeat: the last would be too late");
}

static void take_flow(struct parser *p)
{
	const char *word = take_word(p, "FLOW"), *mark = strchr(word, '%');

	if (strlen(word) >= sizeof(p->out->flow))
		wrong(p, "FLOW: \"%s\" is longer than %zu characters", word,
		      sizeof(p->out->flow) - 1);
	else if (mark && strchr(mark + 1, '%'))
		wrong(p, "FLOW: \"%s\" has more than one %%", word);
	else
		strcpy(p->out->flow, word);
}

static int find_word(const char *word, const char *const words[], int count)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(word, words[i]))
			return i;
	return -1;
}

static void take_dscp(struct parser *p)
{
	const char *word = p->at < p->count ? p->words[p->at] : "";
	int dscp = dscp_from_name(word);

	if (dscp < 0 && !isalpha((unsigned char)*word)) {
		p->out->frame.dscp = take_number(p, "dscp", 0, DSCP_COUNT - 1);
		return;
	}
	p->at++;
	if (dscp < 0)
		wrong(p, "dscp: \"%s\" is no DSCP: "
		      "write a name such as EF, or a number from 0 to 63", word);
	else
		p->out->frame.dscp = dscp;
}

static void take_ecn(struct parser *p)
{
	/* By value of the field. */
	static const char *const words[] = { "notect", "ect1", "ect0", "ce" };
	const char *word = take_word(p, "ecn");
	int value = find_word(word, words, 4);

	if (*word && value < 0)
		wrong(p, "ecn: \"%s\" is none of notect|ect0|ect1|ce", word);
	p->out->frame.ecn = value < 0 ? 0 : value;
}

static void take_pcp(struct parser *p)
{
	p->out->frame.pcp = take_number(p, "pcp", 0, 7);
	p->out->frame.tagged = true;
}

static void take_address(struct parser *p, const char *what, struct frame_address *address)
{
	const char *word = take_word(p, what);

	if (inet_pton(AF_INET, word, address->bytes) == 1)
		address->family = AF_INET;
	else if (inet_pton(AF_INET6, word, address->bytes) == 1)
		address->family = AF_INET6;
	else if (*word)
		wrong(p, "%s: \"%s\" is no address, such as 10.0.0.1 or 2001:db8::1", what, word);
}

static void take_src(struct parser *p)
{
	take_address(p, "src", &p->out->frame.src);
}

static void take_dst(struct parser *p)
{
	take_address(p, "dst", &p->out->frame.dst);
}

static void take_proto(struct parser *p)
{
	static const char *const words[] = { "udp", "tcp" };
	const char *word = take_word(p, "proto");
	int value = find_word(word, words, 2);

	if (*word && value < 0)
		wrong(p, "proto: \"%s\" is none of udp|tcp", word);
	p->out->frame.tcp = value == 1;
}

static void take_sport(struct parser *p)
{
	p->out->frame.sport = take_number(p, "sport", 1, 65535);
}

static void take_dport(struct parser *p)
{
	p->out->frame.dport = take_number(p, "dport", 1, 65535);
}

static const char *const option_names[] = {
	"dscp", "ecn", "pcp", "src", "dst", "proto", "sport", "dport",
};

static void (*const take_option[])(struct parser *p) = {
	take_dscp, take_ecn, take_pcp, take_src, take_dst, take_proto, take_sport, take_dport,
};

#define OPTIONS ((int)(sizeof(option_names) / sizeof(option_names[0])))

static void unknown_option(struct parser *p, const char *word)
{
	const char *near = nearest(word, option_names, OPTIONS);

	if (near)
		wrong(p, "unknown option \"%s\"; did you mean %s?", word, near);
	else
		wrong(p, "unknown option \"%s\"; there are dscp ecn pcp src dst proto sport dport",
		      word);
}

static void take_options(struct parser *p)
{
	uint32_t seen = 0;

	while (p->at < p->count) {
		const char *word = p->words[p->at++];
		int option = find_word(word, option_names, OPTIONS);

		if (option < 0) {
			unknown_option(p, word);
			return;
		}
		if (seen >> option & 1)
			wrong(p, "%s: given twice", word);
		seen |= 1U << option;
		take_option[option](p);
	}
}

static void check_frame(struct parser *p)
{
	const struct frame_spec *frame = &p->out->frame;
	uint32_t headers = frame_headers(frame);

	if (frame->src.family && frame->dst.family && frame->src.family != frame->dst.family)
		wrong(p, "src and dst: one is an IPv4 and the other an IPv6 address");
	else if (p->out->len < headers)
		wrong(p, "LENGTH: %u is too short: the headers alone take %u bytes", p->out->len,
		      headers);
}

static bool split(struct parser *p, char *line)
{
	char *comment = strchr(line, '#'), *save = NULL;

	if (comment)
		*comment = 0;
	for (char *word = strtok_r(line, " \t\r\n", &save); word;
	     word = strtok_r(NULL, " \t\r\n", &save)) {
		if (p->count == MAX_WORDS) {
			wrong(p, "has more than %d words", MAX_WORDS);
			return false;
		}
		p->words[p->count++] = word;
	}
	return true;
}

int trace_line_parse(struct errors *e, const char *name, uint32_t number, char *words,
		     uint64_t previous, struct trace_line *out)
{
	struct parser p = { .e = e, .name = name, .number = number, .out = out };

	memset(out, 0, sizeof(*out));
	frame_init(&out->frame);
	if (!split(&p, words))
		return -1;
	if (!p.count)
		return 0;
	take_time(&p, previous);
	take_repeat(&p);
	take_flow(&p);
	out->len = take_value(&p, "LENGTH", UNIT_BYTES, take_word(&p, "LENGTH"), MAX_LENGTH);
	take_options(&p);
	if (!p.bad)
		check_frame(&p);
	return p.bad ? -1 : 1;
}

void trace_line_flow(const struct trace_line *line, char text[TRACE_FLOW_SIZE])
{
	const char *mark = strchr(line->flow, '%');

	if (!mark)
		strcpy(text, line->flow);
	else
		snprintf(text, TRACE_FLOW_SIZE, "%.*s%u%s", (int)(mark - line->flow), line->flow,
			 line->done + 1, mark + 1);
}
