/* Each figure, against values worked out by hand (figurebed.h has the runs). */
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

static const struct bed plain = { .W = 2, .rounds = 2, BED_PLAIN };

/*
 * Round 1 takes 0.131 (comp 0.10 and 0.11), round 2 0.151 (0.12 and 0.13): of
 * the two the first is the median.
 */
static void
timing(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;
	struct panel *p;

	(void)state;
	bed_run(&t, &plain, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_TIMING);
	assert_int_equal(f->npanel, 2);
	p = &f->panel[0];
	assert_true(p->wide);
	assert_string_equal(p->title, "W = 2, round 1, the median");
	assert_int_equal(p->nlane, 3);
	assert_string_equal(p->lane[0].label, "hub");
	assert_string_equal(p->lane[2].label, "1");
	assert_true(p->x.lo == 0);
	bed_near(p->x.hi, 0.131);
	assert_int_equal(p->nseries, 6);
	assert_int_equal(bed_series(p, "computation")->n, 2);
	bed_span(bed_series(p, "computation"), 0, 1, 0.002, 0.102);
	bed_span(bed_series(p, "computation"), 1, 2, 0.003, 0.113);
	assert_int_equal(bed_series(p, "communication")->n, 5);
	bed_span(bed_series(p, "communication"), 0, 0, 0, 0.001);
	bed_span(bed_series(p, "communication"), 3, 2, 0.001, 0.003);
	bed_span(bed_series(p, "communication"), 4, 2, 0.113, 0.115);
	bed_span(bed_series(p, "queueing"), 0, 1, 0.104, 0.106);
	bed_span(bed_series(p, "barrier"), 0, 1, 0.107, 0.121);
	bed_span(bed_series(p, "barrier"), 1, 2, 0.118, 0.121);
	bed_span(bed_series(p, "sum, master"), 0, 0, 0.121, 0.131);
	bed_span(bed_series(p, "sum, master"), 2, 2, 0.117, 0.118);
	bed_span(bed_series(p, "hub waits"), 0, 0, 0.001, 0.121);
	assert_string_equal(f->panel[1].title, "W = 2, round 2, the slowest");
	/* At the barrier: 0.141 - 0.127 and 0.141 - 0.138. */
	assert_string_equal(f->sentence, "W = 2: round 2, the slowest, took "
	    "151 ms; worker 1 answered last, after 130 ms of computation, and "
	    "on average a worker waited 8.50 ms at the barrier.\nWhat is on "
	    "the way is drawn half before and half after the computation: only "
	    "the sum is known.");
	figure_free(f);

	t.o.rounds = "2";
	f = bed_figure(&t, FIGURE_TIMING);
	assert_int_equal(f->npanel, 1);
	assert_string_equal(f->panel[0].title, "W = 2, round 2");
	figure_free(f);

	t.o.rounds = "first,9";
	f = bed_figure(&t, FIGURE_TIMING);
	assert_int_equal(f->npanel, 1);
	assert_string_equal(f->panel[0].empty,
	    "Of the rounds first,9 not all are in this run.");
	figure_free(f);
	bed_fini(&t);
}

/* Of 256 workers 16, with the slowest, which is the last, and the fastest. */
static void
timing_of_many_workers(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;
	struct panel *p;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 256, .rounds = 2, .masters = 2,
	    BED_PLAIN }, 0, "a");
	t.o.rounds = "2";
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_TIMING);
	assert_int_equal(f->npanel, 1);
	p = &f->panel[0];
	assert_string_equal(p->title, "W = 256, round 2 of master 1: 16 of "
	    "256 workers");
	assert_int_equal(p->nlane, 17);
	assert_string_equal(p->lane[1].label, "255");
	assert_string_equal(p->lane[2].label, "238");
	assert_string_equal(p->lane[16].label, "0");
	assert_int_equal(bed_series(p, "computation")->n, 16);
	assert_non_null(strstr(f->sentence,
	    "Of more than 16 workers only 16 are drawn, the slowest first."));
	figure_free(f);
	bed_fini(&t);
}

/*
 * Residuals are 1 / k and 0.5 / k, against 0.3 and 0.2; the objective is 6e5
 * and 100.25 at the looks after rounds 2 and 4, its bound 99 and then 100.
 */
static void
give_traces(struct sv_run *run)
{

	for (uint32_t k = 1; k <= 4; k++) {
		int early = k == 2;

		bed_trace(run, 1, k, 5, SV_TR_PRIMAL, 1.0 / k, SV_TR_DUAL,
		    0.5 / k, SV_TR_EPS_PRIMAL, 0.3, SV_TR_EPS_DUAL, 0.2,
		    SV_TR_RHO, k < 3 ? 1.0 : 2.0);
		if (k % 2 == 0)
			bed_trace(run, 0, k, 4, SV_TR_OBJECTIVE, early ? 6e5 :
			    100.25, SV_TR_BOUND, early ? 99.0 : 100.0,
			    SV_TR_GAP, early ? 599901.0 : 0.25,
			    SV_TR_OPTIMALITY, 0.1 / k);
	}
}

static void
convergence(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;

	(void)state;
	give_traces(bed_run(&t, &(struct bed){ .W = 2, .rounds = 4, BED_PLAIN },
	    0, "a"));
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_CONVERGENCE);
	assert_int_equal(f->npanel, 6);
	assert_string_equal(f->panel[0].title, "Primal residual");
	assert_int_equal(f->panel[0].y.scale, SCALE_LOG10);
	assert_int_equal(bed_series(&f->panel[0], "W = 2")->n, 4);
	bed_point(bed_series(&f->panel[0], "W = 2"), 2, 3, 1.0 / 3);
	assert_int_equal(bed_series(&f->panel[0], "tolerance")->mark,
	    MARK_RULE);
	bed_point(bed_series(&f->panel[0], "tolerance"), 0, 1, 0.3);
	bed_point(bed_series(&f->panel[0], "tolerance"), 1, 4, 0.3);
	bed_point(bed_series(&f->panel[1], "W = 2"), 3, 4, 0.125);
	bed_point(bed_series(&f->panel[1], "tolerance"), 0, 1, 0.2);
	assert_string_equal(f->panel[2].title,
	    "Objective above its best lower bound");
	assert_int_equal(bed_series(&f->panel[2], "W = 2")->n, 2);
	bed_point(bed_series(&f->panel[2], "W = 2"), 0, 2, 599900);
	bed_point(bed_series(&f->panel[2], "W = 2"), 1, 4, 0.25);
	assert_string_equal(f->panel[3].title, "Optimality");
	bed_point(bed_series(&f->panel[3], "W = 2"), 1, 4, 0.025);
	assert_string_equal(f->panel[4].title, "Gap");
	bed_point(bed_series(&f->panel[4], "W = 2"), 0, 2, 599901);
	assert_string_equal(f->panel[5].title, "Penalty parameter");
	bed_point(bed_series(&f->panel[5], "W = 2"), 2, 3, 2);
	assert_string_equal(f->sentence, "W = 2: after 4 rounds both residuals "
	    "are within their tolerances, the primal one at 0.25 and the dual "
	    "one at 0.125.\nW = 2: the objective ends at 100.25, at most 0.25 "
	    "above the minimum.");
	figure_free(f);
	bed_fini(&t);
}

/* A second master's rounds are counted on; the bound is of no use. */
static void
convergence_of_two_masters(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct sv_run *run;
	struct figure *f;

	(void)state;
	run = bed_run(&t, &(struct bed){ .W = 2, .rounds = 2, .masters = 2,
	    BED_PLAIN }, 0, "a");
	for (uint32_t m = 0; m < 2; m++)
		for (uint32_t k = 1; k <= 2; k++)
			bed_trace(run, 1, k, 5, SV_TR_PRIMAL, 4.0 / k,
			    SV_TR_DUAL, 0.0, SV_TR_OBJECTIVE, 10.0 - k - m,
			    SV_TR_EPS_PRIMAL, 3.0 - m, SV_TR_BOUND, 6.0);
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_CONVERGENCE);
	bed_point(bed_series(&f->panel[0], "W = 2"), 2, 3, 4);
	bed_point(bed_series(&f->panel[0], "W = 2"), 3, 4, 2);
	assert_int_equal(bed_series(&f->panel[0], "tolerance")->n, 3);
	bed_point(bed_series(&f->panel[0], "tolerance"), 1, 3, 2);
	assert_string_equal(f->panel[1].empty,
	    "No value is positive, and the axis is logarithmic.");
	/* 9 and 8, then 8 and 7: of each the last is the best one. */
	assert_string_equal(f->panel[2].title,
	    "Objective above the best one seen");
	assert_int_equal(bed_series(&f->panel[2], "W = 2")->n, 2);
	bed_point(bed_series(&f->panel[2], "W = 2"), 0, 1, 1);
	bed_point(bed_series(&f->panel[2], "W = 2"), 1, 3, 1);
	assert_string_equal(f->sentence, "W = 2: in 4 rounds the primal "
	    "residual went from 4 to 2 and the dual one stayed at 0.\nW = 2: "
	    "the objective ends at 7.\nObjective above the best one seen: 2 "
	    "values that are the best themselves are not on the logarithmic "
	    "axis.\nRounds are counted on over all 2 "
	    "models.");
	figure_free(f);
	bed_fini(&t);
}

/* A path: the second model, from round 3 on, has an objective of its own. */
static void
convergence_of_a_path(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct sv_run *run;
	struct figure *f;

	(void)state;
	run = bed_run(&t, &(struct bed){ .W = 2, .rounds = 4, .no_model = 1,
	    BED_PLAIN }, 0, "a");
	bed_model(run, 2);
	bed_model(run, 4);
	for (uint32_t k = 1; k <= 4; k++)
		bed_trace(run, 1, k, 2, SV_TR_OBJECTIVE, k < 3 ? 100.0 / k :
		    1000.0 / k, SV_TR_BOUND, k < 3 ? 49.9999 : 249.9999);
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_CONVERGENCE);
	assert_string_equal(f->panel[2].title,
	    "Objective above its best lower bound");
	assert_int_equal(bed_series(&f->panel[2], "W = 2")->n, 4);
	bed_point(bed_series(&f->panel[2], "W = 2"), 0, 1, 50.0001);
	bed_point(bed_series(&f->panel[2], "W = 2"), 1, 2, 0.0001);
	bed_point(bed_series(&f->panel[2], "W = 2"), 2, 3, 1000.0 / 3 -
	    249.9999);
	bed_point(bed_series(&f->panel[2], "W = 2"), 3, 4, 0.0001);
	figure_free(f);
	bed_fini(&t);
}

/*
 * A round takes comp + 0.02 + 0.001 (W - 1): 0.4 with 4 workers in 10 rounds,
 * and with 16 in 20 rounds 0.1, 0.2, and 0.05: the median is 0.1.
 */
static void
give_scaling(struct table_of_runs *t)
{
	static const double comp[] = { 0.065, 0.165, 0.015 };

	bed_run(t, &(struct bed){ .W = 4, .rounds = 10, .comp = 0.377 }, 0,
	    "a");
	for (int i = 0; i < 3; i++)
		bed_run(t, &(struct bed){ .W = 16, .rounds = 20,
		    .comp = comp[i] }, 0, "a");
}

static void
scaling(void **state)
{
	struct table_of_runs t = { .n = 0 };
	const struct series *s;
	struct figure *f;

	(void)state;
	give_scaling(&t);
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_SCALING);
	assert_int_equal(f->npanel, 4);
	assert_int_equal(f->panel[0].x.scale, SCALE_LOG2);
	s = bed_series(&f->panel[0], "measured");
	assert_int_equal(s->n, 2);
	bed_point(s, 0, 4, 1);
	bed_point(s, 1, 16, 2);
	bed_near(s->lo[1], 1);
	bed_near(s->hi[1], 4);
	bed_point(bed_series(&f->panel[0], "ideal"), 0, 4, 1);
	bed_point(bed_series(&f->panel[0], "ideal"), 1, 256, 64);
	bed_point(bed_series(&f->panel[0], "paper"), 0, 64, 11.84);
	bed_point(bed_series(&f->panel[0], "paper"), 1, 256, 16.64);
	s = bed_series(&f->panel[1], "measured");
	bed_point(s, 1, 16, 0.5);
	bed_near(s->lo[1], 0.25);
	bed_near(s->hi[1], 1);
	bed_point(bed_series(&f->panel[1], "ideal"), 1, 256, 1);
	bed_point(bed_series(&f->panel[1], "paper"), 1, 256, 0.26);
	s = bed_series(&f->panel[2], "measured");
	bed_point(s, 1, 16, 4);
	bed_near(s->lo[1], 2);
	bed_near(s->hi[1], 8);
	bed_point(bed_series(&f->panel[3], "measured"), 1, 16, 1);
	assert_string_equal(f->sentence, "16 workers take 2.00 s where 4 take "
	    "4.00 s: 2 times as fast, an efficiency of 50 %. Of one round the "
	    "efficiency is 100 % (the runs take 20 rounds with 16 workers and "
	    "10 with 4).\nPoints are medians of up to 3 runs, bars reach from "
	    "the slowest to the fastest.\nThe paper has 74 % with 16 times the "
	    "workers and 26 % with 64 times.");
	figure_free(f);
	bed_fini(&t);
}

/* Two sets that begin elsewhere: two ideal lines, the paper's points moved. */
static void
scaling_of_sets(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 1, .rounds = 10, .comp = 0.38 }, 0,
	    "one");
	bed_run(&t, &(struct bed){ .W = 2, .rounds = 10, .comp = 0.179 }, 0,
	    "one");
	bed_run(&t, &(struct bed){ .W = 2, .rounds = 10, .comp = 0.379 }, 1,
	    "two");
	bed_run(&t, &(struct bed){ .W = 8, .rounds = 10, .comp = 0.173,
	    .limit = 1 }, 1, "two");
	bed_run(&t, &(struct bed){ .W = 8, .rounds = 10, .comp = 0.173 }, 2,
	    "three");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_SCALING);
	assert_int_equal(f->panel[0].nseries, 5);
	bed_point(bed_series(&f->panel[0], "one"), 1, 2, 2);
	bed_point(bed_series(&f->panel[0], "two"), 1, 8, 2);
	assert_int_equal(bed_series(&f->panel[0], "two")->colour, COLOUR_SET +
	    1);
	bed_point(bed_series(&f->panel[0], "ideal"), 1, 64, 64);
	bed_point(bed_series(&f->panel[0], NULL), 0, 2, 1);
	bed_point(bed_series(&f->panel[0], NULL), 1, 64, 32);
	bed_point(bed_series(&f->panel[0], "paper, moved from W = 4"), 0, 16,
	    11.84);
	assert_non_null(strstr(f->sentence, "one: 2 workers take 2.00 s where "
	    "1 takes 4.00 s: 2 times as fast, an efficiency of 100 %."));
	assert_non_null(strstr(f->sentence, "two: 8 workers take 2.00 s where "
	    "2 take 4.00 s: 2 times as fast, an efficiency of 50 %."));
	assert_non_null(strstr(f->sentence, "1 run ended without converging: "
	    "its time is not that of the same answer."));
	assert_non_null(strstr(f->sentence, "three: its runs have one number "
	    "of workers and are left out."));
	figure_free(f);
	bed_fini(&t);
}

static void
scaling_of_different_problems(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 4, .rounds = 2, .n = 10, BED_PLAIN }, 0,
	    "a");
	bed_run(&t, &(struct bed){ .W = 8, .rounds = 2, .n = 20, BED_PLAIN }, 0,
	    "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_SCALING);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(f->panel[i].empty, "The runs solve "
		    "different problems, whose times cannot be compared.");
	figure_free(f);
	bed_fini(&t);
}

/*
 * With 4 workers computation is 0.10 ... 0.13 and idle time 0.030 ... 0.045;
 * the standard deviation of 0, 1, 2, 3 is sqrt(5 / 3).
 */
static void
utilisation(void **state)
{
	struct table_of_runs t = { .n = 0 };
	double sd = sqrt(5.0 / 3);
	const struct series *s;
	struct figure *f;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 4, .rounds = 3, .comp = 0.1,
	    .comp_worker = 0.01, .idle = 0.03, .idle_worker = 0.005 }, 0, "a");
	bed_run(&t, &(struct bed){ .W = 8, .rounds = 3, .comp = 0.05,
	    .idle = 0.07 }, 0, "a");
	bed_run(&t, &(struct bed){ .W = 1, .rounds = 3, .comp = 0.4,
	    .idle = 0.01 }, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_UTILISATION);
	assert_int_equal(f->npanel, 1);
	s = bed_series(&f->panel[0], "computation");
	assert_int_equal(s->mark, MARK_RANGE);
	assert_int_equal(s->n, 3);
	/* One worker has no deviation. */
	bed_point(s, 0, 1, 0.4);
	assert_true(s->lo[0] == s->y[0] && s->hi[0] == s->y[0]);
	bed_point(s, 1, 4, 0.115);
	bed_near(s->lo[1], 0.115 - 0.01 * sd);
	bed_near(s->hi[1], 0.115 + 0.01 * sd);
	s = bed_series(&f->panel[0], "idle");
	bed_point(s, 1, 4, 0.0375);
	bed_near(s->hi[1], 0.0375 + 0.005 * sd);
	bed_point(s, 2, 8, 0.07);
	assert_string_equal(f->sentence, "Idle time overtakes computation at "
	    "W = 8: 70.0 ms against 50.0 ms.");
	figure_free(f);
	bed_fini(&t);
}

static void
utilisation_of_sets(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 2, .rounds = 2, .comp = 0.2,
	    .comp_worker = 0.02, .idle = 0.1 }, 0, "even");
	bed_run(&t, &(struct bed){ .W = 2, .rounds = 2, .comp = 0.1,
	    .comp_worker = 0.1, .idle = 0.2 }, 1, "odd");
	bed_run(&t, &(struct bed){ .W = 4, .rounds = 2, .comp = 0.1,
	    .idle = 0.2 }, 1, "odd");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_UTILISATION);
	assert_int_equal(f->npanel, 2);
	assert_string_equal(f->panel[1].title, "odd");
	assert_true(f->panel[0].y.hi == f->panel[1].y.hi);
	/* 0.02 / sqrt(2) of 0.21, and 0.1 / sqrt(2) of 0.15. */
	assert_string_equal(f->sentence, "even: with 2 workers a round is "
	    "210 ms of computation and 100 ms of idle time.\nodd: idle time "
	    "overtakes computation at W = 4: 200 ms against 100 ms.\nAt W = "
	    "2 computation takes 210 ms a round in even and 150 ms in odd, "
	    "with a standard deviation among workers of 6.7 % and 47 % of it.");
	figure_free(f);
	bed_fini(&t);
}

/* Panels to be compared have one scale, unless one would be but a line. */
static void
scales(void **state)
{
	static const double comp[] = { 0.2, 0.15, 0.01 };
	struct table_of_runs t = { .n = 0 };
	struct figure *f;

	(void)state;
	for (size_t n = 2; n <= 3; n++) {
		for (size_t i = 0; i < n; i++)
			bed_run(&t, &(struct bed){ .W = 2, .rounds = 3,
			    .comp = comp[i], .comp_worker = comp[i] / 5,
			    .idle = 0.001 }, i, i == 0 ? "a" : "b");
		bed_measure(&t);
		f = bed_figure(&t, FIGURE_UTILISATION);
		assert_true(n == 2 ? f->panel[0].y.hi == f->panel[1].y.hi :
		    isnan(f->panel[0].y.hi));
		assert_int_equal(strstr(f->sentence, "scales differ.") != NULL,
		    n == 3);
		figure_free(f);
		f = bed_figure(&t, FIGURE_DISTRIBUTION);
		assert_true(n == 2 ? f->panel[0].x.hi == f->panel[1].x.hi &&
		    f->panel[0].x.lo == f->panel[1].x.lo :
		    isnan(f->panel[0].x.hi));
		assert_int_equal(strstr(f->sentence, "scales differ.") != NULL,
		    n == 3);
		figure_free(f);
		bed_fini(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timing),
		cmocka_unit_test(timing_of_many_workers),
		cmocka_unit_test(convergence),
		cmocka_unit_test(convergence_of_two_masters),
		cmocka_unit_test(convergence_of_a_path),
		cmocka_unit_test(scaling),
		cmocka_unit_test(scaling_of_sets),
		cmocka_unit_test(scaling_of_different_problems),
		cmocka_unit_test(utilisation),
		cmocka_unit_test(utilisation_of_sets),
		cmocka_unit_test(scales)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
