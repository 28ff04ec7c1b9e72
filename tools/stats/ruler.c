#include "config.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "human.h"
#include "ruler.h"

#define FONT 13.0	/* height of a line's text, pixels */

/* What there is to show along one axis. */
struct extent {
	double lo, hi;
	int zero;	/* bars stand on it */
	int marks;	/* dots need air around them */
};

static void
take(struct extent *e, const struct axis *a, double v)
{

	if (!isfinite(v) || fabs(v) > 1e200 ||
	    (a->scale != SCALE_LINEAR && v < 1e-200))
		return;
	e->lo = fmin(e->lo, v);
	e->hi = fmax(e->hi, v);
}

static void
take_x(struct extent *e, const struct axis *a, const struct series *s)
{

	for (size_t i = 0; i < s->n; i++) {
		if (s->mark == MARK_BARS) {
			take(e, a, s->x[i] - s->lo[i]);
			take(e, a, s->x[i] + s->lo[i]);
		} else
			take(e, a, s->x[i]);
		if (s->mark == MARK_SPANS)
			take(e, a, s->hi[i]);
	}
	e->marks |= s->mark == MARK_POINTS || s->mark == MARK_BOTH ||
	    s->mark == MARK_RANGE;
}

static void
take_y(struct extent *e, const struct axis *a, const struct series *s)
{

	for (size_t i = 0; i < s->n; i++) {
		take(e, a, s->y[i]);
		if (s->mark == MARK_RANGE) {
			take(e, a, s->lo[i]);
			take(e, a, s->hi[i]);
		}
	}
	e->zero |= s->mark == MARK_BARS;
}

static struct extent
extent_of(const struct panel *p, int vertical)
{
	struct extent e = { DBL_MAX, -DBL_MAX, 0, 0 };

	for (size_t i = 0; i < p->nseries; i++) {
		if (vertical)
			take_y(&e, &p->y, &p->series[i]);
		else
			take_x(&e, &p->x, &p->series[i]);
	}
	return (e);
}

int
ruler_empty(const struct panel *p)
{
	struct extent x = extent_of(p, 0), y = extent_of(p, 1);

	return (x.lo > x.hi || y.lo > y.hi);
}

/* Choose the unit by what is largest; ${*name} is what stands in brackets. */
static double
choose_unit(const struct axis *a, double most, const char **name)
{
	static const struct {
		double least, factor;
		const char *name;
	} unit[] = {
		{ 7200, 1.0 / 3600, "h" }, { 600, 1.0 / 60, "min" },
		{ 1, 1, "s" }, { 1e-3, 1e3, "ms" }, { 0, 1e6, "µs" }
	};
	size_t i = 0;

	*name = "";
	if (a->unit == UNIT_SHARE) {
		*name = "%";
		return (100);
	}
	/* A mark on a logarithmic axis says its unit itself. */
	if (a->unit != UNIT_SECONDS || a->scale != SCALE_LINEAR)
		return (1);
	while (most < unit[i].least * 0.9999)
		i++;
	if (most == 0)
		i = 2;
	*name = unit[i].name;
	return (unit[i].factor);
}

/* The smallest step of 1, 2 or 5 that makes no more than ${most} of it. */
static double
nice_step(double range, double most)
{
	double power = pow(10, floor(log10(range / most))), step = power;

	for (int i = 0; step * most < range * (1 - 1e-9); i++)
		step = power * (i == 0 ? 2 : i == 1 ? 5 : 10);
	return (step);
}

static void
add(struct ruler *r, double at, const char *label)
{

	if (r->ntick == RULER_TICKS)
		return;
	r->tick[r->ntick].at = at;
	snprintf(r->tick[r->ntick++].label, RULER_TEXT, "%s", label);
}

/* Label a mark of a linear axis, where marks are ${step} apart. */
static void
linear_label(char buf[RULER_TEXT], double v, double step, double most,
    enum quantity_unit unit)
{
	int places = (int)fmax(0, -floor(log10(step) + 1e-9));
	char human[SV_HUMAN];

	if (fabs(v) < step / 2)
		v = 0;
	if (most >= 1e7 || places > 7)
		snprintf(buf, RULER_TEXT, "%s%.3g",
		    unit == UNIT_DOLLARS ? "$" : "", v);
	else if (unit == UNIT_DOLLARS)
		snprintf(buf, RULER_TEXT, "$%.*f", places == 1 ? 2 : places, v);
	else if (places == 0)
		snprintf(buf, RULER_TEXT, "%s", sv_human_count(human, v));
	else
		snprintf(buf, RULER_TEXT, "%.*f", places, v);
}

/* Marks from ${least} on: there is no round 0. */
static void
linear_ticks(struct ruler *r, const struct axis *a, double least, double most)
{
	double step = nice_step(r->hi - r->lo, most), from;
	char label[RULER_TEXT];

	if (a->unit == UNIT_COUNT)
		step = fmax(1, step);
	from = ceil(fmax(r->lo, least) / step - 1e-6);
	for (double k = from; k * step <= r->hi + step * 1e-6; k++) {
		linear_label(label, k * step, step,
		    fmax(fabs(r->lo), fabs(r->hi)), a->unit);
		add(r, k * step, label);
		if (r->ntick == RULER_TICKS)
			break;
	}
}

/*
 * Widen a linear range: to zero where the values are not far from it, else to
 * marks, and to something where there is one value only.
 */
static void
linear_range(struct ruler *r, const struct axis *a, const struct extent *e,
    int vertical, double most)
{
	double range, step;
	int given_lo = isfinite(a->lo), given_hi = isfinite(a->hi);

	if (e->zero || (vertical && !given_lo && r->lo > 0 &&
	    r->lo < 0.6 * r->hi))
		r->lo = fmin(r->lo, 0);
	range = r->hi - r->lo;
	if (!(range > fmax(fabs(r->lo), fabs(r->hi)) * 1e-12)) {
		range = fmax(fabs(r->hi), a->unit == UNIT_COUNT ||
		    r->hi == 0 ? 1 : 0);
		if (!given_lo && r->lo != 0)
			r->lo -= range / 2;
		r->hi += given_hi && !given_lo ? 0 : range / 2;
		if (!(r->hi > r->lo))
			r->hi = r->lo + range;
		return;
	}
	if (!vertical) {
		/* Dots at an end are not to be cut. */
		r->lo -= given_lo || !e->marks ? 0 : range * 0.03;
		r->hi += given_hi || !e->marks ? 0 : range * 0.03;
		return;
	}
	step = nice_step(range, most);
	if (a->unit == UNIT_COUNT)
		step = fmax(1, step);
	if (!given_lo)
		r->lo = floor(r->lo / step + 1e-9) * step;
	/* There is no more than 100 %, where there is none. */
	if (!given_hi)
		r->hi = a->unit == UNIT_SHARE && r->hi > 80 && r->hi <= 100 ?
		    100 : ceil(r->hi / step + 0.05) * step;
}

/* "2×10" and ${n} raised. */
static void
power_label(char buf[RULER_TEXT], const char *digit, int n)
{
	static const char * const raised[] = {
		"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"
	};
	char digits[12];

	snprintf(digits, sizeof(digits), "%d", n < 0 ? -n : n);
	snprintf(buf, RULER_TEXT, "%s10%s", digit, n < 0 ? "⁻" : "");
	for (const char *d = digits; *d != '\0'; d++)
		strcat(buf, raised[*d - '0']);
}

/* Label a mark of a logarithmic axis: a number with few digits. */
static void
log_label(char buf[RULER_TEXT], double v, const struct ruler *r,
    enum quantity_unit unit)
{
	static const char * const name[] = { "s", "ms", "µs", "ns" };
	char human[SV_HUMAN], digit[12];
	double power = log10(v);
	size_t i = 0;

	if (unit == UNIT_SECONDS) {
		while (i < 3 && v < 0.9999) {
			v *= 1e3;
			i++;
		}
		snprintf(buf, RULER_TEXT, "%.4g %s", v, name[i]);
	} else if (unit == UNIT_DOLLARS)
		snprintf(buf, RULER_TEXT, "%s", sv_human_dollars(human, v));
	else if (unit == UNIT_COUNT && v < 1e6)
		snprintf(buf, RULER_TEXT, "%s", sv_human_count(human, v));
	else if (r->lo >= 0.00099 && r->hi <= 10001)
		snprintf(buf, RULER_TEXT, "%.4g", v);
	else {
		double whole = floor(power + 1e-6);

		digit[0] = '\0';
		if (power - whole > 1e-6)
			snprintf(digit, sizeof(digit), "%.3g×",
			    v / pow(10, whole));
		power_label(buf, digit, (int)whole);
	}
}

/* Marks at powers, every ${skip}-th, and their multiples by ${m}. */
static void
log_ticks(struct ruler *r, const struct axis *a, const double *m, int nm,
    int skip)
{
	double unit = log(r->base), v;
	int from = (int)floor(log(r->lo) / unit - 1e-9);
	int to = (int)ceil(log(r->hi) / unit + 1e-9);
	char label[RULER_TEXT];

	for (int k = from; k <= to; k++) {
		if (k % skip != 0)
			continue;
		for (int i = 0; i < nm; i++) {
			v = m[i] * pow(r->base, k);
			if (v < r->lo * (1 - 1e-9) || v > r->hi * (1 + 1e-9))
				continue;
			log_label(label, v, r, a->unit);
			add(r, v, label);
		}
	}
}

/* Is there a mark at ${v}, or one too near to it (-1)? */
static int
marked(const struct ruler *r, double v, double gap)
{

	for (size_t i = 0; i < r->ntick; i++) {
		double d = fabs(log(v / r->tick[i].at));

		if (d < 1e-9 || d < gap)
			return (d < 1e-9 ? 1 : -1);
	}
	return (0);
}

/* Marks at the values themselves, where they are few and not too near. */
static int
value_ticks(struct ruler *r, const struct panel *p, double most)
{
	double gap = log(r->hi / r->lo) / most;
	char label[RULER_TEXT];
	int there;

	for (size_t i = 0; i < p->nseries; i++) {
		const struct series *s = &p->series[i];

		for (size_t k = 0; s->mark != MARK_RULE && k < s->n; k++) {
			double v = s->x[k];

			if (!(v >= r->lo && v <= r->hi))
				continue;
			there = marked(r, v, gap);
			if (there == -1 || r->ntick == RULER_TICKS)
				return (-1);
			if (there == 1)
				continue;
			log_label(label, v, r, p->x.unit);
			add(r, v, label);
		}
	}
	return (0);
}

/* Marks of a logarithmic axis that is so short that steps are even on it. */
static void
even_ticks(struct ruler *r, const struct axis *a, double most)
{
	double step = nice_step(r->hi - r->lo, most);
	char label[RULER_TEXT];

	r->ntick = 0;
	if (a->unit != UNIT_SECONDS) {
		linear_ticks(r, a, r->lo, most);
		return;
	}
	for (double k = ceil(r->lo / step - 1e-6); k * step <= r->hi +
	    step * 1e-6 && r->ntick < RULER_TICKS; k++) {
		log_label(label, k * step, r, a->unit);
		add(r, k * step, label);
	}
}

/* Marks at powers and some of their multiples: as many as there is room for. */
static void
choose_log_ticks(struct ruler *r, const struct axis *a, double most)
{
	static const struct {
		double m[7];
		int n;
	} set[] = {
		{ { 1, 1.5, 2, 3, 4, 5, 7 }, 7 }, { { 1, 2, 3, 5, 7 }, 5 },
		{ { 1, 2, 5 }, 3 }, { { 1, 3 }, 2 }
	};
	double powers = log(r->hi / r->lo) / log(r->base);
	int skip = (int)fmax(1, ceil(powers / most));

	/* Less than the half of a power is as good as linear. */
	for (size_t i = 0; r->base == 10 && skip == 1 && powers > 0.5 &&
	    i < sizeof(set) / sizeof(set[0]); i++) {
		r->ntick = 0;
		log_ticks(r, a, set[i].m, set[i].n, 1);
		if (r->ntick >= 2 && (double)r->ntick <= most * 1.05)
			return;
	}
	r->ntick = 0;
	log_ticks(r, a, set[2].m, 1, skip);
	if (r->ntick < 2)
		even_ticks(r, a, most);
}

static void
log_axis(struct ruler *r, const struct panel *p, const struct axis *a,
    int vertical, double most)
{
	double air = a->scale == SCALE_LOG2 ? 1.2 : 1.3;

	r->base = a->scale == SCALE_LOG2 ? 2 : 10;
	if (!isfinite(a->lo) || a->lo <= 0)
		r->lo /= air;
	if (!isfinite(a->hi) || a->hi <= 0)
		r->hi *= air;
	if (!(r->hi > r->lo))
		r->hi = r->lo * air;
	if (a->scale == SCALE_LOG2 && !vertical &&
	    value_ticks(r, p, 2 * most) == 0 && r->ntick > 0)
		return;
	r->ntick = 0;
	choose_log_ticks(r, a, most);
}

/* Lanes: the topmost is 0, and marks stand where a line of text has room. */
static void
lanes(struct ruler *r, const struct panel *p, double pixels)
{
	double most = fmax(1, pixels / (FONT + 1));
	size_t skip = 1;

	while ((double)p->nlane / (double)skip > most ||
	    p->nlane / skip >= RULER_TICKS)
		skip *= 2;
	r->factor = 1;
	r->lo = -0.5;
	r->hi = (double)p->nlane - 0.5;
	snprintf(r->label, sizeof(r->label), "%s", p->y.label);
	for (size_t i = 0; i < p->nlane; i += skip)
		add(r, (double)i, p->lane[i].label);
}

static void
make(struct ruler *r, const struct panel *p, int vertical, double pixels)
{
	const struct axis *a = vertical ? &p->y : &p->x;
	struct extent e = extent_of(p, vertical);
	double most = fmax(2, pixels / (vertical ? 36 : 62));
	const char *unit;

	memset(r, 0, sizeof(*r));
	if (vertical && p->nlane > 0) {
		lanes(r, p, pixels);
		return;
	}
	if (e.lo > e.hi) {
		e.lo = a->scale == SCALE_LINEAR ? 0 : 1;
		e.hi = 1;
	}
	if (isfinite(a->lo) && (a->scale == SCALE_LINEAR || a->lo > 0))
		e.lo = a->lo;
	if (isfinite(a->hi) && (a->scale == SCALE_LINEAR || a->hi > 0))
		e.hi = fmax(a->hi, e.lo);
	r->factor = choose_unit(a, fmax(fabs(e.lo), fabs(e.hi)), &unit);
	r->lo = e.lo * r->factor;
	r->hi = e.hi * r->factor;
	snprintf(r->label, sizeof(r->label), "%s%s%s%s", a->label,
	    unit[0] != '\0' ? " [" : "", unit, unit[0] != '\0' ? "]" : "");
	if (a->scale != SCALE_LINEAR) {
		log_axis(r, p, a, vertical, most);
		return;
	}
	linear_range(r, a, &e, vertical, most);
	linear_ticks(r, a, a->unit == UNIT_COUNT && !vertical ?
	    fmax(e.lo, r->lo) : r->lo, most);
}

void
ruler_x(struct ruler *r, const struct panel *p, double pixels)
{

	make(r, p, 0, pixels);
}

void
ruler_y(struct ruler *r, const struct panel *p, double pixels)
{

	make(r, p, 1, pixels);
}
