/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xdpq/json.h>
#include <xdpq/plot.h>

/* Columns of time. When time runs beyond the last, two become one. */
#define COLUMNS 512
/* Up to this many columns, each point is seen. */
#define FEW 128

#define NAME_SHOWN 28

/* In pixels. */
#define WIDTH 1000
#define HEIGHT 620
#define LEFT 80
#define RIGHT 760
#define LEGEND 785
#define DELAY_TOP 50
#define DELAY_BOTTOM 300
#define BACKLOG_TOP 340
#define BACKLOG_BOTTOM 560

struct point {
	uint64_t at, value;
};

struct column {
	bool used;
	struct point low, high, last;
};

struct series {
	uint64_t width;		/* ns of a column */
	struct column columns[COLUMNS];
};

struct plot {
	struct series delay[PLOT_FLOWS + 1], backlog;
	uint64_t end, max_delay, max_backlog;
	const char *name;	/* the file's */
	FILE *file;
};

/* A line of numbers that ends at `max`, in units that a person reads. */
struct axis {
	double max, step, scale;
	const char *unit;
};

/* Okabe and Ito's colours, which most eyes can tell apart. */
static const char *const colours[PLOT_FLOWS + 1] = {
	"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c510a", "#000000",
	"#999999",
};

struct plot *plot_new(struct errors *e, const char *file)
{
	struct plot *plot = calloc(1, sizeof(*plot));

	if (plot)
		plot->file = fopen(file, "we");
	if (!plot || !plot->file) {
		fail_errno(e, errno, "--plot: writing %s", file);
		free(plot);
		return NULL;
	}
	plot->name = file;
	plot->backlog.width = 1;
	for (int i = 0; i <= PLOT_FLOWS; i++)
		plot->delay[i].width = 1;
	return plot;
}

void plot_free(struct plot *plot)
{
	if (plot && plot->file)
		fclose(plot->file);
	free(plot);
}

static struct column join(const struct column *a, const struct column *b)
{
	struct column c = a->used ? *a : *b;

	if (!a->used || !b->used)
		return c;
	if (b->low.value < c.low.value)
		c.low = b->low;
	if (b->high.value > c.high.value)
		c.high = b->high;
	c.last = b->last;
	return c;
}

static void halve(struct series *s)
{
	for (int i = 0; i < COLUMNS / 2; i++)
		s->columns[i] = join(&s->columns[2 * i], &s->columns[2 * i + 1]);
	memset(&s->columns[COLUMNS / 2], 0, sizeof(s->columns) / 2);
	s->width *= 2;
}

static void add(struct series *s, uint64_t at, uint64_t value)
{
	struct point point = { at, value };
	struct column one = { true, point, point, point }, *column;

	while (at / s->width >= COLUMNS)
		halve(s);
	column = &s->columns[at / s->width];
	*column = join(column, &one);
}

static void raise(uint64_t *max, uint64_t value)
{
	if (value > *max)
		*max = value;
}

void plot_delay(struct plot *plot, uint32_t flow, uint64_t at, uint64_t delay)
{
	add(&plot->delay[flow < PLOT_FLOWS ? flow : PLOT_FLOWS], at, delay);
	raise(&plot->max_delay, delay);
	raise(&plot->end, at);
}

void plot_backlog(struct plot *plot, uint64_t at, uint64_t bytes)
{
	add(&plot->backlog, at, bytes);
	raise(&plot->max_backlog, bytes);
	raise(&plot->end, at);
}

/* XML 1.0 has no control characters, and text with markup in it is text. */
static void put_text(FILE *f, const char *text, size_t shown)
{
	json_t *valid = json_text(text);
	const char *c = valid ? json_string_value(valid) : "";

	for (size_t n = 0; *c; c++) {
		/* Characters are counted, not bytes. */
		if ((*c & 0xc0) != 0x80 && n++ == shown) {
			fputs("&#8230;", f);
			break;
		}
		switch (*c) {
		case '&': fputs("&amp;", f); break;
		case '<': fputs("&lt;", f); break;
		case '>': fputs("&gt;", f); break;
		case '"': fputs("&quot;", f); break;
		case '\'': fputs("&#39;", f); break;
		default: fputc((unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c, f);
		}
	}
	json_decref(valid);
}

/* About five ticks, at 1, 2 or 5 times a power of ten. */
static struct axis make_axis(uint64_t max, const char *const units[], double factor)
{
	struct axis a = { .max = max ? max : 1, .scale = 1, .unit = units[0] };
	double rough, magnitude;

	for (int i = 1; units[i] && a.max / a.scale >= factor; i++) {
		a.scale *= factor;
		a.unit = units[i];
	}
	rough = a.max / a.scale / 5;
	magnitude = pow(10, floor(log10(rough)));
	a.step = (rough <= magnitude ? 1 : rough <= 2 * magnitude ? 2 : rough <= 5 * magnitude ?
		  5 : 10) * magnitude * a.scale;
	a.max = ceil(a.max / a.step) * a.step;
	return a;
}

static struct axis time_axis(uint64_t max)
{
	static const char *const units[] = { "ns", "us", "ms", "s", NULL };

	return make_axis(max, units, 1000);
}

static struct axis byte_axis(uint64_t max)
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", NULL };

	return make_axis(max, units, 1000);
}

static double place(const struct axis *a, double value, double from, double to)
{
	return from + value / a->max * (to - from);
}

static void draw_times(FILE *f, const struct axis *x)
{
	for (double t = 0; t <= x->max * 1.0001; t += x->step) {
		double at = place(x, t, LEFT, RIGHT);

		fprintf(f, "<path class=\"grid\" d=\"M%.1f %d V%d M%.1f %d V%d\"/>\n"
			"<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n",
			at, DELAY_TOP, DELAY_BOTTOM, at, BACKLOG_TOP, BACKLOG_BOTTOM,
			at, BACKLOG_BOTTOM + 18, round(t / x->scale * 1e6) / 1e6);
	}
	fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">time (%s)</text>\n",
		(LEFT + RIGHT) / 2, BACKLOG_BOTTOM + 42, x->unit);
}

static void draw_values(FILE *f, const struct axis *y, const char *what, int top, int bottom)
{
	for (double v = 0; v <= y->max * 1.0001; v += y->step) {
		double at = place(y, v, bottom, top);

		fprintf(f, "<path class=\"grid\" d=\"M%d %.1f H%d\"/>\n"
			"<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
			LEFT, at, RIGHT, LEFT - 8, at + 4, round(v / y->scale * 1e6) / 1e6);
	}
	fprintf(f, "<text transform=\"translate(22 %d) rotate(-90)\" "
		"text-anchor=\"middle\">%s (%s)</text>\n"
		"<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
		(top + bottom) / 2, what, y->unit, LEFT, top, RIGHT - LEFT, bottom - top);
}

#define MAX_POINTS 3

static bool same(const struct point *a, const struct point *b)
{
	return a->at == b->at && a->value == b->value;
}

/* The points of a column in the order of time; returns how many there are. */
static int points_of(const struct column *c, struct point points[MAX_POINTS])
{
	bool low_first = c->low.at < c->high.at;
	int n = 0;

	if (!c->used)
		return 0;
	points[n++] = low_first ? c->low : c->high;
	if (!same(&c->low, &c->high))
		points[n++] = low_first ? c->high : c->low;
	if (!same(&points[n - 1], &c->last))
		points[n++] = c->last;
	return n;
}

static void draw_delay(FILE *f, const struct series *s, const char *colour, const struct axis *x,
		       const struct axis *y)
{
	struct point p[MAX_POINTS];
	int used = 0;

	fprintf(f, "<path class=\"line\" stroke=\"%s\" d=\"", colour);
	for (int i = 0; i < COLUMNS; i++)
		for (int n = points_of(&s->columns[i], p), j = 0; j < n; j++)
			fprintf(f, "%c%.1f %.1f", used++ ? 'L' : 'M',
				place(x, p[j].at, LEFT, RIGHT),
				place(y, p[j].value, DELAY_BOTTOM, DELAY_TOP));
	fputs("\"/>\n", f);
	for (int i = 0; used <= FEW && i < COLUMNS; i++)
		for (int n = points_of(&s->columns[i], p), j = 0; j < n; j++)
			fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"%s\"/>\n",
				place(x, p[j].at, LEFT, RIGHT),
				place(y, p[j].value, DELAY_BOTTOM, DELAY_TOP), colour);
}

/* A backlog stays as it is until the next event. */
static void draw_backlog(FILE *f, const struct series *s, const struct axis *x,
			 const struct axis *y)
{
	struct point p[MAX_POINTS];

	fprintf(f, "<path class=\"line\" stroke=\"#444\" d=\"M%d %d", LEFT, BACKLOG_BOTTOM);
	for (int i = 0; i < COLUMNS; i++)
		for (int n = points_of(&s->columns[i], p), j = 0; j < n; j++)
			fprintf(f, "H%.1fV%.1f", place(x, p[j].at, LEFT, RIGHT),
				place(y, p[j].value, BACKLOG_BOTTOM, BACKLOG_TOP));
	fputs("\"/>\n", f);
}

static void draw_legend(FILE *f, const struct summary *s)
{
	uint32_t shown = s->count < PLOT_FLOWS ? s->count : PLOT_FLOWS;

	for (uint32_t i = 0; i < shown + (s->count > shown); i++) {
		int y = DELAY_TOP + 10 + 20 * i;

		fprintf(f, "<path stroke=\"%s\" stroke-width=\"3\" d=\"M%d %dh20\"/>\n"
			"<text x=\"%d\" y=\"%d\">", colours[i], LEGEND, y, LEGEND + 28, y + 4);
		if (i < shown)
			put_text(f, s->flows[i].name, NAME_SHOWN);
		else
			fprintf(f, "%u other flows", s->count - shown);
		fputs("</text>\n", f);
	}
}

static void draw_title(FILE *f, int words, char **word)
{
	fprintf(f, "<text x=\"%d\" y=\"28\" font-size=\"15\">xdpq sim", LEFT);
	for (int i = 0; i < words; i++) {
		fputc(' ', f);
		put_text(f, word[i], 60);
	}
	fputs("</text>\n", f);
}

static void draw(FILE *f, const struct plot *plot, const struct summary *s)
{
	struct axis x = time_axis(plot->end), delay = time_axis(plot->max_delay);
	struct axis backlog = byte_axis(plot->max_backlog);

	draw_times(f, &x);
	draw_values(f, &delay, "delay", DELAY_TOP, DELAY_BOTTOM);
	draw_values(f, &backlog, "backlog", BACKLOG_TOP, BACKLOG_BOTTOM);
	for (int i = PLOT_FLOWS; i >= 0; i--)
		draw_delay(f, &plot->delay[i], colours[i], &x, &delay);
	draw_backlog(f, &plot->backlog, &x, &backlog);
	draw_legend(f, s);
}

int plot_write(struct errors *e, struct plot *plot, int words, char **word,
	       const struct summary *s)
{
	FILE *f = plot->file;
	int err;

	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
		"<style>.grid{stroke:#ddd}.frame{fill:none;stroke:#444}"
		".line{fill:none;stroke-width:1.5;stroke-opacity:.8}</style>\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT);
	draw_title(f, words, word);
	draw(f, plot, s);
	fputs("</svg>\n", f);
	plot->file = NULL;
	err = ferror(f);
	err |= fclose(f);
	return err ? fail_errno(e, errno, "--plot: writing %s", plot->name) : 0;
}
