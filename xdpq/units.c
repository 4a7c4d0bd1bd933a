/* SPDX-License-Identifier: GPL-2.0-only */
#include "unit_kinds.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A number taken apart; the pointers are into its text. */
struct number {
	char sign;		/* 0 if there is none */
	bool point;
	const char *whole;
	size_t whole_len;
	const char *frac;
	size_t frac_len;
	const char *suffix;
};

struct check {
	bool applies;
	enum reason reason;
};

static const char *const bytes_per_s[] = {
	"bps", "kbps", "mbps", "gbps", "tbps", "kibps", "mibps", "gibps", "tibps",
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits(const char *text)
{
	return strspn(text, "0123456789");
}

static enum reason first_of(const struct check *checks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (checks[i].applies)
			return checks[i].reason;
	return OK;
}

static void split(const char *text, struct number *n)
{
	n->sign = *text == '-' || *text == '+' ? *text : 0;
	n->whole = text + !!n->sign;
	n->whole_len = digits(n->whole);
	n->point = n->whole[n->whole_len] == '.';
	n->frac = n->whole + n->whole_len + n->point;
	n->frac_len = n->point ? digits(n->frac) : 0;
	n->suffix = n->frac + n->frac_len;
}

static enum reason malformed(const struct kind *k, const char *text, const struct number *n)
{
	const struct check checks[] = {
		{ !*text, EMPTY },
		{ strpbrk(text, " \t\n\v\f\r"), SPACE },
		{ !n->whole_len && !n->frac_len, NOT_A_NUMBER },
		{ n->point && !(k->flags & MAY_HAVE_POINT), NOT_A_NUMBER },
		{ !n->whole_len || (n->point && !n->frac_len), LONE_POINT },
		{ n->sign == '+', PLUS },
		{ n->sign == '-' && !(k->flags & MAY_BE_NEGATIVE), NEGATIVE },
	};

	return first_of(checks, COUNT(checks));
}

static bool is_hex(const struct number *n)
{
	return n->whole_len == 1 && *n->whole == '0' && !n->point &&
	       !strncasecmp(n->suffix, "x", 1);
}

static bool has_exponent(const struct number *n)
{
	const char *s = n->suffix;

	if (strncasecmp(s, "e", 1))
		return false;
	return is_digit(s[1]) || (s[1] && strchr("+-", s[1]) && is_digit(s[2]));
}

static bool is_bytes_per_s(const char *suffix)
{
	for (size_t i = 0; i < COUNT(bytes_per_s); i++)
		if (!strcasecmp(suffix, bytes_per_s[i]))
			return true;
	return false;
}

static enum reason bad_suffix(const struct kind *k, const struct number *n)
{
	const struct check checks[] = {
		{ is_hex(n), HEX },
		{ has_exponent(n), EXPONENT },
		{ !*n->suffix, NO_UNIT },
		{ k->reasons[BYTES_PER_S] && is_bytes_per_s(n->suffix), BYTES_PER_S },
		{ true, BAD_UNIT },
	};

	return first_of(checks, COUNT(checks));
}

static bool is_zero(const struct number *n)
{
	return strspn(n->whole, "0.") >= (size_t)(n->suffix - n->whole);
}

static const struct scale *find_scale(const struct kind *k, const char *suffix)
{
	for (size_t i = 0; i < k->count; i++)
		if (!strcasecmp(suffix, k->scales[i].suffix))
			return &k->scales[i];
	return NULL;
}

static enum reason whole_part(const struct number *n, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < n->whole_len; i++)
		if (__builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, n->whole[i] - '0', value))
			return TOO_LARGE;
	return OK;
}

/*
 * Multiplies the digits after the point by `factor` as on paper, from the right: what is
 * carried over the point is the product, which is exact if nothing but zeros stays behind.
 */
static enum reason frac_part(const struct number *n, uint64_t factor, uint64_t *value)
{
	unsigned __int128 carry = 0;

	for (size_t i = n->frac_len; i > 0; i--) {
		carry += (unsigned __int128)factor * (n->frac[i - 1] - '0');
		if (carry % 10)
			return INEXACT;
		carry /= 10;
	}
	*value = carry;
	return OK;
}

static enum reason scale_number(const struct number *n, uint64_t factor, unsigned __int128 *value)
{
	uint64_t whole, frac;
	enum reason r;

	r = whole_part(n, &whole);
	if (r)
		return r;
	r = frac_part(n, factor, &frac);
	if (r)
		return r;
	*value = (unsigned __int128)whole * factor + frac;
	return OK;
}

static enum reason to_value(unsigned __int128 magnitude, bool negative, int64_t *value)
{
	if (magnitude > (uint64_t)INT64_MAX + negative)
		return TOO_LARGE;
	*value = negative ? -(uint64_t)magnitude : (uint64_t)magnitude;
	return OK;
}

/* More than 0 and at most 100. */
static bool is_share(const struct number *n)
{
	bool has_frac = strspn(n->frac, "0") < n->frac_len;
	uint64_t whole;

	return !is_zero(n) && !whole_part(n, &whole) && whole <= 100u - has_frac;
}

static enum reason parse_share(const struct number *n, uint64_t link_rate, int64_t *value)
{
	unsigned __int128 percent;
	enum reason r;

	if (!is_share(n))
		return BAD_SHARE;
	if (!link_rate)
		return NO_LINK_RATE;
	r = scale_number(n, link_rate, &percent);
	if (r)
		return r == INEXACT ? INEXACT_SHARE : r;
	return percent % 100 ? INEXACT_SHARE : to_value(percent / 100, false, value);
}

static enum reason parse(const struct kind *k, const char *text, uint64_t link_rate, int64_t *value)
{
	const struct scale *scale;
	unsigned __int128 magnitude;
	struct number n;
	enum reason r;

	split(text, &n);
	r = malformed(k, text, &n);
	if (r)
		return r;
	if (k->flags & MAY_BE_SHARE && !strcmp(n.suffix, "%"))
		return parse_share(&n, link_rate, value);
	scale = find_scale(k, n.suffix);
	if (!scale && k->flags & MAY_BE_BARE_0 && !*n.suffix && is_zero(&n))
		scale = &k->scales[0];
	if (!scale)
		return bad_suffix(k, &n);
	r = scale_number(&n, scale->factor, &magnitude);
	return r ? r : to_value(magnitude, n.sign == '-', value);
}

int unit_parse(enum unit unit, const char *text, uint64_t link_rate,
	       int64_t *value, const char **why)
{
	enum reason r = parse(&unit_kinds[unit], text, link_rate, value);

	if (r == OK)
		return 0;
	*why = unit_kinds[unit].reasons[r];
	return -1;
}

static uint64_t magnitude_of(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static const char *sign_of(int64_t value)
{
	return value < 0 ? "-" : "";
}

static const struct scale *largest_exact(const struct kind *k, uint64_t magnitude)
{
	const struct scale *s = k->scales;

	if (!magnitude)
		return &k->scales[k->printed - 1];
	while (magnitude % s->factor)
		s++;
	return s;
}

/* Cuts zeros off the end of a number with a point, and the point after them. */
static size_t trim(char *text, size_t len)
{
	while (text[len - 1] == '0')
		len--;
	if (text[len - 1] == '.')
		len--;
	return len;
}

/* With the point where the scale has it. */
static void print_decimals(const struct kind *k, int64_t value, char text[UNIT_TEXT_SIZE])
{
	uint64_t magnitude = magnitude_of(value), factor = k->scales[0].factor;
	size_t len;

	len = snprintf(text, UNIT_TEXT_SIZE, "%s%" PRIu64 ".%0*" PRIu64, sign_of(value),
		       magnitude / factor, (int)k->decimals, magnitude % factor);
	len = trim(text, len);
	snprintf(text + len, UNIT_TEXT_SIZE - len, "%s", k->scales[0].suffix);
}

void unit_print(enum unit unit, int64_t value, char text[UNIT_TEXT_SIZE])
{
	const struct kind *k = &unit_kinds[unit];
	uint64_t magnitude = magnitude_of(value);
	const struct scale *s;

	if (k->decimals) {
		print_decimals(k, value, text);
		return;
	}
	s = largest_exact(k, magnitude);
	snprintf(text, UNIT_TEXT_SIZE, "%s%" PRIu64 "%s", sign_of(value), magnitude / s->factor,
		 s->suffix);
}

/* The first scale the value reaches once rounded to the next smaller one: 999.9k is 1m. */
static const struct scale *largest_rounded(const struct kind *k, uint64_t magnitude)
{
	const struct scale *last = &k->scales[k->printed - 1];
	const struct scale *s = k->scales;

	while (s < last && magnitude + s[1].factor / 2 < s->factor)
		s++;
	return s;
}

void unit_print_short(enum unit unit, int64_t value, char text[UNIT_TEXT_SIZE])
{
	static const unsigned int parts_of[] = { 1, 10, 100 };
	uint64_t magnitude = magnitude_of(value);
	const struct scale *s = largest_rounded(&unit_kinds[unit], magnitude);
	uint64_t whole = magnitude / s->factor;
	unsigned int decimals = whole < 10 ? 2 : whole < 100 ? 1 : 0;
	unsigned int parts = parts_of[decimals];
	uint64_t rounded = (magnitude * parts + s->factor / 2) / s->factor;
	size_t len;

	if (unit_kinds[unit].decimals) {
		unit_print(unit, value, text);
		return;
	}
	len = snprintf(text, UNIT_TEXT_SIZE, "%s%" PRIu64 ".%0*u", sign_of(value),
		       rounded / parts, (int)decimals, (unsigned int)(rounded % parts));
	len = trim(text, len);
	snprintf(text + len, UNIT_TEXT_SIZE - len, "%s", s->suffix);
}

const char *unit_name(enum unit unit)
{
	return unit_kinds[unit].name;
}

int unit_from_name(const char *name)
{
	for (size_t i = 0; i < COUNT(unit_kinds); i++)
		if (!strcmp(name, unit_kinds[i].name))
			return i;
	return -1;
}

const char *unit_key_suffix(enum unit unit)
{
	return unit_kinds[unit].key_suffix;
}
