/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `xdpq sim`: a trace of packets through a scheduler, on a virtual clock. The pump is ideal: it
 * comes at the very time that the port asks for. What is due at the moment of an arrival leaves
 * before it.
 */
#include <string.h>

#include <xdpq/cmd.h>
#include <xdpq/device.h>
#include <xdpq/fates.h>
#include <xdpq/plot.h>
#include <xdpq/simout.h>
#include <xdpq/simport.h>
#include <xdpq/summary.h>
#include <xdpq/trace.h>

#define DEFAULT_MTU 1500
#define MIN_MTU 68	/* RFC 791 */
#define MAX_MTU (SIMPORT_MAX_FRAME - FRAME_OVERHEAD)

/* How often a scheduler may be asked in a row without letting a packet go. */
#define MAX_TURNS 10000

struct request {
	const char *sched, *file;
	uint32_t mtu;
	char *pairs[2 * 2 * SCHEMA_MAX_FIELDS];	/* PARAM VALUE ... */
	int count;
	bool bad;		/* a word of sim's own is wrong (reported) */
};

struct simulation {
	const struct call *call;
	struct simport port;
	struct trace *trace;
	struct summary summary;
	struct fates fates;
	struct plot *plot;	/* NULL: none is drawn */
};

static int take_mtu(struct errors *e, struct request *r, const char *text)
{
	const char *why;
	int64_t mtu;

	if (r->mtu)
		return fail(e, EXIT_CODE_USAGE, "mtu: given twice");
	r->mtu = DEFAULT_MTU;
	if (unit_parse(UNIT_BYTES, text, 0, &mtu, &why))
		return fail(e, EXIT_CODE_USAGE, "mtu: \"%s\" %s (%d..%d)", text, why, MIN_MTU,
			    MAX_MTU);
	if (mtu < MIN_MTU || mtu > MAX_MTU)
		return fail(e, EXIT_CODE_USAGE, "mtu: \"%s\" is out of range (%d..%d)", text,
			    MIN_MTU, MAX_MTU);
	r->mtu = mtu;
	return 0;
}

static int take_pairs(struct errors *e, struct request *r, int argc, char **argv)
{
	for (int i = 0; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "mtu")) {
			r->bad |= take_mtu(e, r, argv[i + 1]) < 0;
			continue;
		}
		if (r->count + 2 > (int)(sizeof(r->pairs) / sizeof(r->pairs[0])))
			return fail(e, EXIT_CODE_USAGE, "too many parameters");
		r->pairs[r->count++] = argv[i];
		r->pairs[r->count++] = argv[i + 1];
	}
	if (!r->mtu)
		r->mtu = DEFAULT_MTU;
	return 0;
}

static int parse(const struct call *call, struct request *r)
{
	struct errors *e = call->errors;

	if (call->options->pretty)
		return fail(e, EXIT_CODE_USAGE, "-p: each packet's JSON is one line");
	if (call->argc < 2 || strcmp(call->argv[0], "sched"))
		return fail(e, EXIT_CODE_USAGE, "the scheduler is missing: xdpq sim sched NAME "
			    "[PARAM VALUE]... FILE; `xdpq sched list` names them");
	r->sched = call->argv[1];
	errors_context(e, "sim: sched %s", r->sched);
	if (call->argc % 2 == 0)
		return fail(e, EXIT_CODE_USAGE, "the trace, which is the last word, or a "
			    "parameter's value is missing: xdpq sim sched %s [PARAM VALUE]... FILE",
			    r->sched);
	r->file = call->argv[call->argc - 1];
	return take_pairs(e, r, call->argc - 3, call->argv + 2);
}

static void tell(void *arg, const struct fate *fate)
{
	struct simulation *s = arg;

	summary_end(&s->summary, fate, simport_wire_time(&s->port, fate->len));
	simout_fate(s->call, fate, s->summary.flows[fate->flow].name);
	if (s->plot && fate->end == FATE_SENT)
		plot_delay(s->plot, fate->flow, fate->ended, fate->ended - fate->arrived);
}

static void note_backlog(struct simulation *s)
{
	if (s->plot)
		plot_backlog(s->plot, simport_time(&s->port), s->port.port->backlog);
}

static int stuck(struct simulation *s, const char *why)
{
	char at[UNIT_TEXT_SIZE];

	unit_print(UNIT_TIME, simport_time(&s->port), at);
	return fail(s->call->errors, EXIT_CODE_FAILED, "is stuck at %s with %u packets: %s", at,
		    s->port.port->qlen, why);
}

/* Serves what is due until `until`. */
static int serve(struct simulation *s, uint64_t until)
{
	for (int turns = 0; s->port.port->qlen && simport_due(&s->port) <= until; turns++) {
		int ended;

		if (turns > MAX_TURNS)
			return stuck(s, "asked again and again, it lets none go");
		if (simport_due(&s->port) > simport_time(&s->port))
			simport_set_time(&s->port, simport_due(&s->port));
		ended = fates_run(s->call->errors, &s->fates, NULL, NULL);
		if (ended < 0)
			return -1;
		if (ended)
			turns = -1;
		note_backlog(s);
	}
	return 0;
}

/* In a router such a frame would not come so far; on a wire it is lost, here or at the driver. */
static void refuse_long(struct simulation *s, struct fate *fate)
{
	fate->end = FATE_DROPPED;
	fate->reason = XDPQ_DROP_TOO_LARGE;
	fate->ended = fate->arrived;
	tell(s, fate);
}

static int arrive(struct simulation *s, const struct trace_packet *p)
{
	int64_t flow = summary_find(s->call->errors, &s->summary, p->flow);
	struct fate fate = {
		.number = p->number,
		.flow = flow,
		.len = p->len,
		.arrived = p->at,
	};

	if (flow < 0)
		return -1;
	simport_set_time(&s->port, p->at);
	summary_arrival(&s->summary, flow, p->len, p->at);
	if (p->len > s->port.config.frame) {
		refuse_long(s, &fate);
		return 0;
	}
	if (fates_run(s->call->errors, &s->fates, &fate, p->frame) < 0)
		return -1;
	note_backlog(s);
	return 0;
}

static int run(struct simulation *s)
{
	struct trace_packet packet;
	int got;

	simout_head(s->call);
	while ((got = trace_next(s->call->errors, s->trace, &packet)) > 0)
		if (serve(s, packet.at) || arrive(s, &packet))
			return -1;
	if (got < 0)
		return -1;
	got = serve(s, XDPQ_NEVER - 1);
	if (!got && s->port.port->qlen)
		got = stuck(s, "it waits for an arrival");
	simout_summary(s->call, &s->port, &s->summary);
	return got;
}

static int draw(struct simulation *s)
{
	const struct call *call = s->call;

	return s->plot ? plot_write(call->errors, s->plot, call->argc, call->argv, &s->summary) :
	       0;
}

/* Everything that can be wrong is told before anything is printed. */
static int prepare(struct simulation *s, const struct request *r)
{
	struct errors *e = s->call->errors;
	uint32_t frame = r->mtu + FRAME_OVERHEAD;
	int err = simport_open(e, r->sched, r->count, (char **)r->pairs, frame, &s->port);

	s->trace = trace_open(e, r->file, frame);
	if (err || !s->trace || r->bad || simport_load(e, &s->port) || summary_init(e, &s->summary))
		return -1;
	if (s->call->options->plot && !(s->plot = plot_new(e, s->call->options->plot)))
		return -1;
	return fates_init(e, &s->fates, &s->port, tell, s);
}

int cmd_sim(const struct call *call)
{
	struct simulation s = { .call = call };
	struct request r = {};
	int err;

	if (parse(call, &r))
		return -1;
	err = prepare(&s, &r);
	if (!err)
		err = run(&s);
	if (!err)
		err = draw(&s);
	fates_free(&s.fates);
	summary_free(&s.summary);
	plot_free(s.plot);
	if (s.trace)
		trace_close(s.trace);
	simport_close(&s.port);
	return err;
}
