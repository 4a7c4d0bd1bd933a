/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of text traces, and the frames that are made of them. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xdpq/headers.h>
#include <xdpq/trace.h>
#include <xdpq/trace_line.h>

/* Behind those that have a function fail(). */
#include <cmocka.h>

#define MS 1000000ULL
#define LIMIT 1522

static int parse(const char *text, uint64_t previous, struct trace_line *line)
{
	struct errors quiet = { .quiet = true };
	/* Exactly as long as it is, so that the sanitizer sees every byte too far. */
	char *words = strdup(text);
	int got = trace_line_parse(&quiet, "file", 1, words, previous, line);

	assert_int_equal(got < 0, quiet.code == EXIT_CODE_FAILED);
	free(words);
	return got;
}

static void takes_a_line_apart(void **state)
{
	struct trace_line line;

	(void)state;
	assert_int_equal(parse("2ms a 100", 0, &line), 1);
	assert_int_equal(line.at, 2 * MS);
	assert_int_equal(line.times, 1);
	assert_int_equal(line.len, 100);
	assert_string_equal(line.flow, "a");
	assert_int_equal(parse("+1.5ms\trepeat 7 every 3us f%x 2k dscp AF41 ecn ect0\r\n", 2 * MS,
			       &line), 1);
	assert_int_equal(line.at, 3500000);
	assert_int_equal(line.times, 7);
	assert_int_equal(line.step, 3000);
	assert_int_equal(line.len, 2048);
	assert_int_equal(line.frame.dscp, 34);
	assert_int_equal(line.frame.ecn, HEADERS_ECT0);
	assert_int_equal(parse("0 repeat 42 proto tcp", 0, &line), -1);
	assert_int_equal(parse("0 every 42 proto tcp", 0, &line), -1);
	assert_int_equal(parse("0 every 60 proto tcp", 0, &line), 1);
	assert_string_equal(line.flow, "every");
}

static void nothing_is_no_line(void **state)
{
	static const char *const texts[] = { "", "\n", " \t \r\n", "#", "# 0 a 100", "   # x\n" };
	struct trace_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(parse(texts[i], 0, &line), 0);
}

static void refuses_what_is_wrong(void **state)
{
	static const char *const texts[] = {
		"0", "0 a", "a 0 100", "1 a 100", "0x1 a 100", "nan a 100", "-1ms a 100", "+ a 100",
		"+-1ms a 100", "++1ms a 100", "1msx a 100", "9223372036854775808ns a 100",
		"+4611686018427387904ns a 100", "0 a 0", "0 a -1", "0 a 41", "0 a 1e3", "0 a 65536",
		"0 a 99999999999999999999", "0 a 100 dscp", "0 a 100 dscp 64", "0 a 100 dscp -1",
		"0 a 100 dscp 4294967296", "0 a 100 dscp 18446744073709551616", "0 a 100 dscp AF44",
		"0 a 100 ecn", "0 a 100 ecn 2", "0 a 100 pcp 8", "0 a 45 pcp 1", "0 a 100 src",
		"0 a 100 src 1.2.3", "0 a 100 src 1.2.3.4.5", "0 a 100 dst ::g", "0 a 61 dst ::1",
		"0 a 100 src ::1 dst 1.2.3.4", "0 a 100 proto", "0 a 100 proto 17", "0 a 100 sport 0",
		"0 a 100 dport 65536", "0 a 100 dport 1 dport 1", "0 a 100 x", "0 a 100 x 1",
		"0 repeat", "0 repeat 1", "0 repeat 1 every", "0 repeat 1 every 1ms",
		"0 repeat 1 every 1ms a", "0 repeat 0 every 1ms a 100", "0 repeat 1 each 1ms a 100",
		"0 repeat 1 every -1ms a 100", "0 repeat 1000000001 every 0 a 100",
		"0 repeat 1000000000 every 10s a 100", "0 a%% 100", "0 %a% 100",
		"0 a234567890123456789012345678901234567890123456789012345 100",
		"0 a 100 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0",
	};
	struct trace_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parse(texts[i], MS, &line) != -1)
			fail_msg("\"%s\" is taken", texts[i]);
	assert_int_equal(parse("999999ns a 100", MS, &line), -1);
	assert_int_equal(parse("1000000ns a 100", MS, &line), 1);
}

/* Whatever bytes there are: an answer, and no harm. */
static void survives_noise(void **state)
{
	static const char *const pieces[] = {
		"0", "1ms", "+", "repeat", "every", "a%", "%", "100", "dscp", "ecn", "ce", "src", "::1",
		"#", " ", "\t", "\xff", "EF", "proto", "tcp", "99999999999999999999", "-", ".",
	};
	struct trace_line line;
	char text[256], name[TRACE_FLOW_SIZE];

	(void)state;
	srandom(1);
	for (int i = 0; i < 20000; i++) {
		size_t used = 0;

		for (int n = random() % 14; n >= 0; n--)
			used += snprintf(text + used, sizeof(text) - used, "%s%s",
					 pieces[random() % (sizeof(pieces) / sizeof(pieces[0]))],
					 random() % 4 ? " " : "");
		if (parse(text, 0, &line) <= 0)
			continue;
		assert_in_range(line.len, frame_headers(&line.frame), 65535);
		trace_line_flow(&line, name);
	}
}

static void flow_names_count(void **state)
{
	char name[TRACE_FLOW_SIZE];
	struct trace_line line;

	(void)state;
	assert_int_equal(parse("0 repeat 1000000000 every 0 f%x 100", 0, &line), 1);
	trace_line_flow(&line, name);
	assert_string_equal(name, "f1x");
	line.done = 999999999;
	trace_line_flow(&line, name);
	assert_string_equal(name, "f1000000000x");
}

static struct trace *open_text(const char *text)
{
	char path[] = "/tmp/xdpq-trace-XXXXXX";
	struct errors errors = {};
	int fd = mkstemp(path);
	struct trace *trace;

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	trace = trace_open(&errors, path, LIMIT);
	unlink(path);
	assert_non_null(trace);
	return trace;
}

static void expect_next(struct trace *trace, uint64_t at, const char *flow)
{
	static uint64_t number;
	struct trace_packet packet;
	struct errors errors = {};

	assert_int_equal(trace_next(&errors, trace, &packet), 1);
	assert_int_equal(packet.at, at);
	assert_string_equal(packet.flow, flow);
	number = packet.number == 1 ? 1 : number + 1;
	assert_int_equal(packet.number, number);
}

static void expect_end(struct trace *trace)
{
	struct trace_packet packet;
	struct errors errors = {};

	assert_int_equal(trace_next(&errors, trace, &packet), 0);
	assert_int_equal(trace_next(&errors, trace, &packet), 0);
	trace_close(trace);
}

static void merges_lines(void **state)
{
	struct trace *trace = open_text("0 repeat 3 every 2ns a 100\n"
					"1ns repeat 2 every 3ns b 100\n"
					"4ns c 100\n");

	(void)state;
	expect_next(trace, 0, "a");
	expect_next(trace, 1, "b");
	expect_next(trace, 2, "a");
	/* At the same time, who stands first in the file. */
	expect_next(trace, 4, "a");
	expect_next(trace, 4, "b");
	expect_next(trace, 4, "c");
	expect_end(trace);
	expect_end(open_text(""));
}

static void next_frame(struct trace *trace, struct trace_packet *packet,
		       char flow[HEADERS_FLOW_SIZE])
{
	struct errors errors = {};

	assert_int_equal(trace_next(&errors, trace, packet), 1);
	headers_flow(packet->frame, packet->len, flow);
}

/* What is made is what is read back. */
static void frames_are_what_was_asked_for(void **state)
{
	struct trace *trace = open_text(
		"0 a 100 src 10.1.2.3 dst 10.4.5.6 sport 7 dport 8 ecn ce dscp 63\n"
		"0 a 100 src 2001:db8::1 dst 2001:db8::2 sport 7 proto tcp ecn ect1 pcp 5\n"
		"0 a 42\n0 a 1500\n0 b 42\n");
	char flow[HEADERS_FLOW_SIZE], again[HEADERS_FLOW_SIZE];
	struct trace_packet p;

	(void)state;
	next_frame(trace, &p, flow);
	assert_string_equal(flow, "10.1.2.3:7 > 10.4.5.6:8 udp");
	assert_int_equal(headers_ecn(p.frame, p.len), HEADERS_CE);
	assert_int_equal(p.frame[15], 0xff);
	assert_int_equal(p.frame[16] << 8 | p.frame[17], 86);
	next_frame(trace, &p, flow);
	assert_string_equal(flow, "[2001:db8::1]:7 > [2001:db8::2]:9 tcp");
	assert_int_equal(headers_ecn(p.frame, p.len), HEADERS_ECT1);
	assert_int_equal(p.frame[14] >> 5, 5);
	assert_int_equal(p.frame[22] << 8 | p.frame[23], 100 - 18 - 40);
	/* A shorter frame has nothing of the one before in it. */
	next_frame(trace, &p, flow);
	for (uint32_t i = p.len; i < LIMIT; i++)
		assert_int_equal(p.frame[i], 0);
	next_frame(trace, &p, again);
	assert_string_equal(flow, again);
	next_frame(trace, &p, again);
	assert_string_not_equal(flow, again);
	trace_close(trace);
}

static void ipv4_checksum_holds(void **state)
{
	struct frame_spec spec;
	unsigned char frame[100] = {};
	uint32_t sum = 0;

	(void)state;
	frame_init(&spec);
	frame_build(&spec, "a", sizeof(frame), frame);
	for (int i = 14; i < 34; i += 2)
		sum += frame[i] << 8 | frame[i + 1];
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
}

/* A frame cut anywhere, and any bytes at all, in memory that ends there. */
static void headers_of_any_frame(void **state)
{
	struct frame_spec spec;
	unsigned char whole[100] = {};
	char flow[HEADERS_FLOW_SIZE];

	(void)state;
	frame_init(&spec);
	spec.tagged = true;
	spec.ecn = HEADERS_ECT0;
	frame_build(&spec, "a", sizeof(whole), whole);
	srandom(2);
	for (int i = 0; i < 20000; i++) {
		uint32_t len = random() % sizeof(whole);
		unsigned char *frame = malloc(len ? len : 1);

		memcpy(frame, whole, len);
		if (len && random() % 2)
			frame[random() % len] = random();
		headers_ecn(frame, len);
		headers_flow(frame, len, flow);
		free(frame);
	}
	assert_int_equal(headers_ecn(whole, 37), -1);
	assert_int_equal(headers_ecn(whole, 38), HEADERS_ECT0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_line_apart),
		cmocka_unit_test(nothing_is_no_line),
		cmocka_unit_test(refuses_what_is_wrong),
		cmocka_unit_test(survives_noise),
		cmocka_unit_test(flow_names_count),
		cmocka_unit_test(merges_lines),
		cmocka_unit_test(frames_are_what_was_asked_for),
		cmocka_unit_test(ipv4_checksum_holds),
		cmocka_unit_test(headers_of_any_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
