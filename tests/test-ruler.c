/* Axes: units, ranges and marks. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "figure.h"
#include "ruler.h"

/* A figure with one panel, whose axes are set by the caller. */
static struct figure *
make(struct panel **p)
{
	struct figure *f = figure_new(FIGURE_TIMING);

	assert_non_null(f);
	assert_non_null(*p = figure_panel(f, "title"));
	return (f);
}

static void
points(struct panel *p, enum mark mark, size_t n, const double *x,
    const double *y)
{
	struct series *s = panel_series(p, mark, COLOUR_SET, "s");

	assert_non_null(s);
	for (size_t i = 0; i < n; i++)
		series_add(s, x[i], y[i], y[i], y[i]);
}

/* All marks: "0|5|10". */
static const char *
marks(const struct ruler *r)
{
	static char text[RULER_TICKS * RULER_TEXT];

	text[0] = '\0';
	for (size_t i = 0; i < r->ntick; i++) {
		assert_true(r->tick[i].at >= r->lo - fabs(r->lo) * 1e-9);
		assert_true(r->tick[i].at <= r->hi + fabs(r->hi) * 1e-9);
		strcat(text, i > 0 ? "|" : "");
		strcat(text, r->tick[i].label);
	}
	return (text);
}

static void
test_seconds_have_the_unit_that_fits(void **state)
{
	static const struct {
		double most;
		const char *label, *marks;
	} want[] = {
		{ 20e-6, "t [µs]", "0|5|10|15|20|25" },
		{ 0.25, "t [ms]", "0|50|100|150|200|250|300" },
		{ 4, "t [s]", "0|1|2|3|4|5" },
		{ 1200, "t [min]", "0|5|10|15|20|25" },
		{ 36000, "t [h]", "0|2|4|6|8|10|12" }
	};
	const double x[] = { 1, 2 };
	struct panel *p;
	struct ruler r;

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct figure *f = make(&p);
		double y[] = { 0, want[i].most };

		panel_axes(p, "x", UNIT_COUNT, SCALE_LINEAR, "t", UNIT_SECONDS,
		    SCALE_LINEAR);
		points(p, MARK_LINE, 2, x, y);
		ruler_y(&r, p, 250);
		assert_string_equal(r.label, want[i].label);
		assert_string_equal(marks(&r), want[i].marks);
		figure_free(f);
	}
}

static void
test_shares_and_dollars(void **state)
{
	const double x[] = { 0.001, 0.0045 }, y[] = { 0.2, 1 };
	struct panel *p;
	struct figure *f = make(&p);
	struct ruler r;

	(void)state;
	panel_axes(p, "cost", UNIT_DOLLARS, SCALE_LINEAR, "share", UNIT_SHARE,
	    SCALE_LINEAR);
	points(p, MARK_LINE, 2, x, y);
	ruler_x(&r, p, 330);
	assert_string_equal(r.label, "cost");
	assert_string_equal(marks(&r), "$0.001|$0.002|$0.003|$0.004");
	ruler_y(&r, p, 220);
	assert_string_equal(r.label, "share [%]");
	assert_string_equal(marks(&r), "0|20|40|60|80|100");
	assert_true(r.factor == 100);
	figure_free(f);
}

static void
test_counts_have_whole_marks(void **state)
{
	const double x[] = { 1, 2, 3 }, y[] = { 1, 1, 2 };
	struct panel *p;
	struct figure *f = make(&p);
	struct ruler r;

	(void)state;
	panel_axes(p, "round", UNIT_COUNT, SCALE_LINEAR, "workers", UNIT_COUNT,
	    SCALE_LINEAR);
	points(p, MARK_BOTH, 3, x, y);
	ruler_x(&r, p, 330);
	assert_string_equal(marks(&r), "1|2|3");
	ruler_y(&r, p, 220);
	assert_string_equal(marks(&r), "0|1|2|3");
	figure_free(f);
}

static void
test_one_point_has_an_axis(void **state)
{
	static const double values[] = { 0, 1, -3, 1e-9, 1e12 };
	static const enum scale scales[] = {
		SCALE_LINEAR, SCALE_LOG10, SCALE_LOG2
	};
	struct panel *p;
	struct ruler r;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		for (size_t k = 0; k < 3; k++) {
			struct figure *f = make(&p);

			panel_axes(p, "x", UNIT_NONE, scales[k], "y",
			    UNIT_NONE, scales[k]);
			points(p, MARK_POINTS, 1, &values[i], &values[i]);
			assert_int_equal(ruler_empty(p), k > 0 &&
			    values[i] <= 0);
			ruler_x(&r, p, 330);
			assert_true(r.lo < r.hi);
			assert_true(k == 0 || r.lo > 0);
			ruler_y(&r, p, 220);
			assert_true(r.lo < r.hi);
			assert_true(k == 0 || r.lo > 0);
			assert_true(strlen(marks(&r)) > 0);
			figure_free(f);
		}
	}
}

static void
test_logarithmic_marks(void **state)
{
	const double x[] = { 4, 16, 64 }, y[] = { 1e-9, 1e-3, 2 };
	struct panel *p;
	struct figure *f = make(&p);
	struct ruler r;

	(void)state;
	panel_axes(p, "W", UNIT_COUNT, SCALE_LOG2, "norm", UNIT_NONE,
	    SCALE_LOG10);
	points(p, MARK_LINE, 3, x, y);
	ruler_x(&r, p, 330);
	assert_string_equal(marks(&r), "4|16|64");
	assert_true(r.base == 2);
	ruler_y(&r, p, 220);
	assert_string_equal(marks(&r), "10⁻⁸|10⁻⁶|10⁻⁴|10⁻²|10⁰");
	figure_free(f);
}

static void
test_few_decades_have_more_marks(void **state)
{
	const double x[] = { 1, 2 }, y[] = { 0.02, 0.5 }, t[] = { 1e-4, 0.02 };
	struct panel *p;
	struct figure *f = make(&p);
	struct ruler r;

	(void)state;
	panel_axes(p, "x", UNIT_COUNT, SCALE_LINEAR, "norm", UNIT_NONE,
	    SCALE_LOG10);
	points(p, MARK_LINE, 2, x, y);
	ruler_y(&r, p, 220);
	assert_string_equal(marks(&r), "0.02|0.05|0.1|0.2|0.5");
	panel_axes(p, "x", UNIT_COUNT, SCALE_LINEAR, "t", UNIT_SECONDS,
	    SCALE_LOG10);
	points(p, MARK_LINE, 2, x, t);
	ruler_y(&r, p, 220);
	assert_string_equal(r.label, "t");
	assert_string_equal(marks(&r), "100 µs|1 ms|10 ms|100 ms");
	figure_free(f);
}

static void
test_less_than_half_a_decade_has_even_marks(void **state)
{
	const double x[] = { 1, 2 }, y[] = { 4, 5 }, t[] = { 0.041, 0.055 };
	struct panel *p;
	struct figure *f = make(&p);
	struct ruler r;

	(void)state;
	panel_axes(p, "x", UNIT_COUNT, SCALE_LINEAR, "rho", UNIT_NONE,
	    SCALE_LOG10);
	points(p, MARK_LINE, 2, x, y);
	ruler_y(&r, p, 220);
	assert_string_equal(marks(&r), "4|5|6");
	figure_free(f);
	f = make(&p);
	panel_axes(p, "x", UNIT_COUNT, SCALE_LINEAR, "t", UNIT_SECONDS,
	    SCALE_LOG10);
	points(p, MARK_LINE, 2, x, t);
	ruler_y(&r, p, 220);
	assert_string_equal(marks(&r), "40 ms|50 ms|60 ms|70 ms");
	figure_free(f);
}

static void
test_lanes_are_named_where_there_is_room(void **state)
{
	const double x[] = { 0 }, y[] = { 0 };
	struct panel *p;
	struct figure *f = make(&p);
	struct ruler r;

	(void)state;
	panel_axes(p, "time", UNIT_SECONDS, SCALE_LINEAR, "worker", UNIT_NONE,
	    SCALE_LINEAR);
	for (int i = 0; i < 256; i++)
		panel_lane(p, "%d", i);
	points(p, MARK_SPANS, 1, x, y);
	ruler_y(&r, p, 224);
	assert_true(r.lo == -0.5 && r.hi == 255.5);
	assert_true(r.ntick == 16);
	assert_string_equal(r.tick[1].label, "16");
	figure_free(f);
}

static void
test_bars_stand_on_zero(void **state)
{
	struct panel *p;
	struct figure *f = make(&p);
	struct series *s;
	struct ruler r;

	(void)state;
	panel_axes(p, "time", UNIT_SECONDS, SCALE_LINEAR, "n", UNIT_COUNT,
	    SCALE_LINEAR);
	s = panel_series(p, MARK_BARS, COLOUR_IDLE, NULL);
	series_add(s, 1.5, 900, 0.5, 0.5);
	series_add(s, 2.5, 1000, 0.5, 0.5);
	ruler_y(&r, p, 220);
	assert_true(r.lo == 0);
	assert_true(r.hi > 1000);
	ruler_x(&r, p, 330);
	assert_true(r.lo == 1 && r.hi == 3);
	figure_free(f);
}

static void
test_what_is_huge_fits(void **state)
{
	const double x[] = { -1e300, 1e300, NAN, 5 };
	const double y[] = { 1e15, 3e15, 1, INFINITY };
	struct panel *p;
	struct figure *f = make(&p);
	struct ruler r;

	(void)state;
	panel_axes(p, "x", UNIT_NONE, SCALE_LINEAR, "y", UNIT_SECONDS,
	    SCALE_LINEAR);
	points(p, MARK_LINE, 4, x, y);
	ruler_x(&r, p, 330);
	assert_true(isfinite(r.lo) && isfinite(r.hi) && r.lo < r.hi);
	ruler_y(&r, p, 220);
	assert_true(isfinite(r.lo) && isfinite(r.hi) && r.lo < r.hi);
	assert_true(strlen(marks(&r)) > 0);
	figure_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seconds_have_the_unit_that_fits),
		cmocka_unit_test(test_shares_and_dollars),
		cmocka_unit_test(test_counts_have_whole_marks),
		cmocka_unit_test(test_one_point_has_an_axis),
		cmocka_unit_test(test_logarithmic_marks),
		cmocka_unit_test(test_few_decades_have_more_marks),
		cmocka_unit_test(test_less_than_half_a_decade_has_even_marks),
		cmocka_unit_test(test_lanes_are_named_where_there_is_room),
		cmocka_unit_test(test_bars_stand_on_zero),
		cmocka_unit_test(test_what_is_huge_fits)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
