/* Figures as data: how they are built, and what they promise when made. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "figurebed.h"
#include "figures.h"

static struct panel *
new_panel(struct figure *f, enum scale scale)
{
	struct panel *p = figure_panel(f, "%s", "Panel");

	panel_axes(p, "x", UNIT_COUNT, SCALE_LINEAR, "y", UNIT_NONE, scale);
	assert_non_null(p);
	return (p);
}

static void
every_figure_has_a_name_of_its_own(void **state)
{

	(void)state;
	for (int i = 0; i < FIGURE_N; i++) {
		struct figure *f = figure_new((enum figure_id)i);

		assert_non_null(f);
		assert_string_equal(f->name, figure_name((enum figure_id)i));
		assert_true(strspn(f->name, "abcdefghijklmnopqrstuvwxyz") ==
		    strlen(f->name));
		assert_true(f->title[0] != '\0');
		for (int k = 0; k < i; k++)
			assert_string_not_equal(f->name,
			    figure_name((enum figure_id)k));
		figure_free(f);
	}
	figure_free(NULL);
}

static void
what_is_not_finite_is_no_point(void **state)
{
	struct figure *f = figure_new(FIGURE_BILL);
	struct panel *p = new_panel(f, SCALE_LINEAR);
	struct series *s;

	(void)state;
	s = panel_series(p, MARK_RANGE, COLOUR_SET, "%s", "a");
	series_add(s, NAN, 1, 0, 2);
	series_add(s, 1, INFINITY, 0, 2);
	series_add(s, 2, 3, NAN, INFINITY);
	series_add(s, 3, 4, 3.5, 4.5);
	assert_int_equal(s->n, 2);
	bed_point(s, 0, 2, 3);
	assert_true(s->lo[0] == 3 && s->hi[0] == 3);
	assert_true(s->lo[1] == 3.5 && s->hi[1] == 4.5);
	s = panel_series(p, MARK_SPANS, COLOUR_SET, NULL);
	series_add(s, 0, 0, NAN, NAN);
	assert_int_equal(s->n, 0);
	series_add(NULL, 0, 0, 0, 0);
	assert_null(panel_series(NULL, MARK_LINE, COLOUR_SET, NULL));
	assert_int_equal(panel_points(NULL), 0);
	figure_free(f);
}

static void
series_without_points_go_and_panels_say_why(void **state)
{
	struct figure *f = figure_new(FIGURE_BILL);
	struct panel *p = new_panel(f, SCALE_LINEAR);

	(void)state;
	panel_series(p, MARK_LINE, COLOUR_SET, "%s", "none");
	assert_int_equal(figure_finish(f), 0);
	assert_int_equal(f->panel[0].nseries, 0);
	assert_string_equal(f->panel[0].empty, "No value is known.");
	assert_string_equal(f->sentence, "No value is known.");
	figure_free(f);

	/* What is expected alone is nothing to see. */
	f = figure_new(FIGURE_BILL);
	p = new_panel(f, SCALE_LINEAR);
	series_add(panel_series(p, MARK_RULE, COLOUR_MUTED, NULL), 1, 1, NAN,
	    NAN);
	panel_empty(p, "There is %s.", "a reason");
	panel_empty(p, "Another.");
	assert_int_equal(figure_finish(f), 0);
	assert_string_equal(f->panel[0].empty, "There is a reason.");
	figure_free(f);

	f = figure_new(FIGURE_BILL);
	assert_int_equal(figure_finish(f), 0);
	assert_int_equal(f->npanel, 1);
	assert_string_equal(f->panel[0].empty, "There is no run.");
	figure_free(f);
}

static void
a_logarithm_has_no_zeros_and_that_is_said(void **state)
{
	struct figure *f = figure_new(FIGURE_CONVERGENCE);
	struct panel *p = new_panel(f, SCALE_LOG10);
	struct series *s;

	(void)state;
	s = panel_series(p, MARK_RANGE, COLOUR_SET, NULL);
	series_add(s, 1, 10, -1, 20);
	series_add(s, 2, 0, NAN, NAN);
	series_add(s, 3, -1, NAN, NAN);
	series_add(s, 4, 1, NAN, NAN);
	assert_int_equal(figure_finish(f), 0);
	s = f->panel[0].series;
	assert_int_equal(s->n, 2);
	bed_point(s, 0, 1, 10);
	assert_true(s->lo[0] == 10 && s->hi[0] == 20);
	bed_point(s, 1, 4, 1);
	assert_string_equal(f->sentence, "Panel: 2 values that are not "
	    "positive are not on the logarithmic axis.");
	figure_free(f);

	f = figure_new(FIGURE_CONVERGENCE);
	p = new_panel(f, SCALE_LOG10);
	series_add(panel_series(p, MARK_LINE, COLOUR_SET, NULL), 1, 0, NAN,
	    NAN);
	assert_int_equal(figure_finish(f), 0);
	assert_string_equal(f->panel[0].empty,
	    "No value is positive, and the axis is logarithmic.");
	figure_free(f);
}

/* Of 9,999 points the least, the greatest, the first and the last stay. */
static void
long_series_keep_their_extremes(void **state)
{
	struct figure *f = figure_new(FIGURE_CONVERGENCE);
	struct panel *p = new_panel(f, SCALE_LINEAR);
	struct series *s;
	int low = 0, high = 0;

	(void)state;
	for (int k = 0; k < 2; k++) {
		s = panel_series(p, MARK_LINE, COLOUR_SET + k, NULL);
		for (int i = 0; i < 9999; i++)
			series_add(s, i, i == 5003 ? -7 : i == 5005 ? 7 :
			    sin(i), NAN, NAN);
	}
	assert_int_equal(figure_finish(f), 0);
	assert_true(panel_points(f->panel) <= PANEL_POINTS);
	assert_true(panel_points(f->panel) > PANEL_POINTS / 2);
	s = f->panel[0].series;
	bed_point(s, 0, 0, 0);
	bed_point(s, s->n - 1, 9998, sin(9998));
	for (size_t i = 0; i < s->n; i++) {
		low += s->x[i] == 5003 && s->y[i] == -7;
		high += s->x[i] == 5005 && s->y[i] == 7;
		assert_true(i == 0 || s->x[i] > s->x[i - 1]);
	}
	assert_int_equal(low, 1);
	assert_int_equal(high, 1);
	figure_free(f);
}

static void
sentences_are_joined(void **state)
{
	struct figure *f = figure_new(FIGURE_BILL);

	(void)state;
	figure_say(f, "One %s.", "and");
	figure_say(f, "%d.", 2);
	figure_tell(f, "%s.", "Three");
	assert_string_equal(f->sentence, "One and. 2.\nThree.");
	figure_free(f);
}

/* Summaries without runs: all that picking looks at. */
static void
runs_are_picked_by_median_and_size(void **state)
{
	static const struct {
		size_t set;
		uint64_t W;
		double wall;
	} runs[] = {
		{ 0, 8, 3 }, { 0, 4, NAN }, { 0, 4, 9 }, { 0, 8, 1 },
		{ 0, 4, 7 }, { 0, 16, NAN }, { 0, 8, 2 }, { 0, 4, 8 },
		{ 0, 4, 6 }, { 2, 1, 5 }
	};
	struct figure *f = figure_new(FIGURE_BILL);
	struct stats s[sizeof(runs) / sizeof(runs[0])];
	struct pick *p;
	size_t n, m;

	(void)state;
	memset(s, 0, sizeof(s));
	for (n = 0; n < sizeof(runs) / sizeof(runs[0]); n++) {
		s[n].set = runs[n].set;
		s[n].label = runs[n].set == 0 ? "first" : "next";
		s[n].sum.workers = runs[n].W;
		s[n].sum.wall_s = runs[n].wall;
	}
	assert_non_null(p = figures_pick(f, s, n, &m));
	assert_int_equal(m, 3);
	/* Of 6, 7, 8, 9 the faster in the middle; NaN is not among them. */
	assert_ptr_equal(p[0].s, &s[4]);
	assert_int_equal(p[0].runs, 5);
	assert_string_equal(p[0].name, "first, W = 4");
	assert_ptr_equal(p[1].s, &s[5]);
	assert_string_equal(p[1].name, "first, W = 16");
	assert_ptr_equal(p[2].s, &s[9]);
	assert_string_equal(p[2].name, "next, W = 1");
	free(p);
	assert_int_equal(figures_sets(s, n), 2);
	assert_ptr_equal(figures_set(s, n, 1, &m), &s[9]);
	assert_int_equal(m, 1);
	assert_ptr_equal(figures_set(s, n, 0, &m), s);
	assert_int_equal(m, 9);

	/* One set needs no label; a name is not cut within a character. */
	assert_non_null(p = figures_pick(f, s, 1, &m));
	assert_string_equal(p[0].name, "W = 8");
	free(p);
	s[0].label = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa4z";
	s[0].set = 1;
	assert_non_null(p = figures_pick(f, s, 2, &m));
	assert_string_equal(p[1].name,
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, W = 8");
	free(p);
	figure_free(f);
}

static void
runs_of_one_problem_are_known(void **state)
{
	struct table_of_runs t = { .n = 0 };

	(void)state;
	bed_run(&t, &(struct bed){ .W = 1, .rounds = 1, BED_PLAIN }, 0, "a");
	bed_run(&t, &(struct bed){ .W = 2, .rounds = 2, BED_PLAIN }, 0, "a");
	bed_run(&t, &(struct bed){ .W = 2, .rounds = 2, .n = 999, BED_PLAIN },
	    0, "a");
	bed_measure(&t);
	assert_true(figures_same(t.s, 0));
	assert_true(figures_same(t.s, 2));
	assert_false(figures_same(t.s, 3));
	bed_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_figure_has_a_name_of_its_own),
		cmocka_unit_test(what_is_not_finite_is_no_point),
		cmocka_unit_test(series_without_points_go_and_panels_say_why),
		cmocka_unit_test(a_logarithm_has_no_zeros_and_that_is_said),
		cmocka_unit_test(long_series_keep_their_extremes),
		cmocka_unit_test(sentences_are_joined),
		cmocka_unit_test(runs_are_picked_by_median_and_size),
		cmocka_unit_test(runs_of_one_problem_are_known)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
