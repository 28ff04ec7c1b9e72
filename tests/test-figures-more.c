/* What figures say in other cases; medians of several runs (figurebed.h). */
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

/* The figure says ${what}, once. */
static void
check_says(struct table_of_runs *t, enum figure_id id, const char *what)
{
	struct figure *f = bed_figure(t, id);
	const char *at = strstr(f->sentence, what);

	if (at == NULL || strstr(at + 1, what) != NULL)
		fail_msg("expected once: %s\nis: %s", what, f->sentence);
	figure_free(f);
}

/* Medians over 1, 2 and 3 times the base: twice. */
static void
medians_of_several_runs(void **state)
{
	static const double times[] = { 3, 1, 2 };
	struct table_of_runs t = { .n = 0 };
	const struct series *s;
	struct figure *f;

	(void)state;
	for (int i = 0; i < 3; i++)
		bed_run(&t, &(struct bed){ .W = 2, .rounds = 3,
		    .comp = 0.1 * times[i], .comp_worker = 0.02 * times[i],
		    .idle = 0.05 * times[i], .start = 0.5 * times[i],
		    .start_worker = 0.1 * times[i] }, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_UTILISATION);
	s = bed_series(&f->panel[0], "computation");
	bed_point(s, 0, 2, 0.22);
	bed_near(s->hi[0], 0.22 + 0.02 * sqrt(2));
	bed_point(bed_series(&f->panel[0], "idle"), 0, 2, 0.1);
	figure_free(f);
	f = bed_figure(&t, FIGURE_STARTS);
	bed_point(bed_series(&f->panel[0], "fastest"), 0, 2, 1);
	bed_point(bed_series(&f->panel[0], "slowest"), 0, 2, 1.2);
	/* The run in the middle, by its time, is the last one. */
	bed_span(bed_series(&f->panel[1], "load"), 1, 1, 1.1, 1.2);
	figure_free(f);
	check_says(&t, FIGURE_SCALING, "All runs have 2 workers; this compares "
	    "different numbers of them.");
	check_says(&t, FIGURE_BILL, "No function was asked for: there is no "
	    "bill.");
	bed_fini(&t);
}

/* Residuals 1 / k and 0.5 / k, in three rounds. */
static void
residuals_above_their_tolerances(void **state)
{
	static const struct {
		double primal, dual;
		const char *says;
	} cases[] = {
		{ 0.5, 0.01, "W = 2: after 3 rounds the dual residual is above "
		"its tolerance, primal 0.333 against 0.5 and dual 0.167 "
		"against 0.01." },
		{ 0.1, 0.5, "W = 2: after 3 rounds the primal residual is "
		"above its tolerance, primal 0.333 against 0.1 and dual 0.167 "
		"against 0.5." },
		{ 0.1, 0.01, "W = 2: after 3 rounds both residuals are above "
		"their tolerances, primal 0.333 against 0.1 and dual 0.167 "
		"against 0.01." }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct table_of_runs t = { .n = 0 };
		struct sv_run *run = bed_run(&t, &(struct bed){ .W = 2,
		    .rounds = 3, BED_PLAIN }, 0, "a");

		for (uint32_t k = 1; k <= 3; k++)
			bed_trace(run, 1, k, 4, SV_TR_PRIMAL, 1.0 / k,
			    SV_TR_DUAL, 0.5 / k, SV_TR_EPS_PRIMAL,
			    cases[i].primal, SV_TR_EPS_DUAL, cases[i].dual);
		bed_measure(&t);
		check_says(&t, FIGURE_CONVERGENCE, cases[i].says);
		bed_fini(&t);
	}
}

/* What decides when to stop has a target; what has been seen once, no curve. */
static void
measure_and_optimality(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct sv_run *run;
	struct figure *f;

	(void)state;
	run = bed_run(&t, &(struct bed){ .W = 2, .rounds = 2, BED_PLAIN }, 0,
	    "a");
	bed_trace(run, 1, 1, 2, SV_TR_MEASURE, 0.1, SV_TR_TARGET, 0.02);
	bed_trace(run, 1, 2, 2, SV_TR_MEASURE, 0.01, SV_TR_TARGET, 0.02);
	bed_trace(run, 0, 2, 2, SV_TR_OBJECTIVE, 7.5, SV_TR_OPTIMALITY, 0.01);
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_CONVERGENCE);
	assert_int_equal(f->npanel, 7);
	assert_string_equal(f->panel[0].empty, "No round has a primal "
	    "residual: the method has none, or the records are missing.");
	assert_string_equal(f->panel[2].empty, "The objective is known of one "
	    "round only, the best one seen.");
	assert_string_equal(f->panel[5].title, "What decides when to stop");
	bed_point(bed_series(&f->panel[5], "W = 2"), 1, 2, 0.01);
	bed_point(bed_series(&f->panel[5], "target"), 0, 1, 0.02);
	bed_point(bed_series(&f->panel[5], "target"), 1, 2, 0.02);
	assert_string_equal(f->sentence, "W = 2: the objective ends at 7.5, "
	    "its optimality at 0.01 of that of zero weights.");
	figure_free(f);
	bed_fini(&t);
}

/* Each of four is the slowest in every fourth round. */
static void
nobody_falls_behind(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 4, .rounds = 12, .rotate = 1,
	    .comp = 0.1, .comp_worker = 0.01 }, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_RESPONSE);
	assert_int_equal(bed_series(&f->panel[0], NULL)->n, 1);
	bed_point(bed_series(&f->panel[0], NULL), 0, 0.275, 4);
	assert_string_equal(f->sentence, "W = 4: worker 0 and 3 others are "
	    "most often the slowest, in 25 % of 12 rounds; if all were alike, "
	    "each would be in 25 %. No worker comes to twice that: there is "
	    "no straggler.");
	figure_free(f);
	bed_fini(&t);
}

/* Each set says how it ends, and what decides, if that is not the same. */
static void
convergence_of_sets(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct sv_run *run;

	(void)state;
	run = bed_run(&t, &(struct bed){ .W = 2, .rounds = 1, .n = 10,
	    BED_PLAIN }, 0, "a");
	bed_trace(run, 1, 1, 4, SV_TR_OBJECTIVE, 7.5, SV_TR_OPTIMALITY, 0.01,
	    SV_TR_MEASURE, 0.01, SV_TR_TARGET, 0.02);
	run = bed_run(&t, &(struct bed){ .W = 2, .rounds = 1, .n = 20,
	    BED_PLAIN }, 1, "b");
	bed_trace(run, 1, 1, 5, SV_TR_PRIMAL, 1.0, SV_TR_EPS_PRIMAL, 2.0,
	    SV_TR_OBJECTIVE, 4.0, SV_TR_MEASURE, 0.5, SV_TR_TARGET, 1.0);
	run = bed_run(&t, &(struct bed){ .W = 2, .rounds = 1, .n = 30,
	    BED_PLAIN }, 2, "c");
	bed_trace(run, 1, 1, 4, SV_TR_OBJECTIVE, 4.0, SV_TR_GAP, 0.5,
	    SV_TR_MEASURE, 0.125, SV_TR_TARGET, 0.2);
	bed_measure(&t);
	check_says(&t, FIGURE_CONVERGENCE, "a, W = 2: the objective ends at "
	    "7.5, its optimality at 0.01 of that of zero weights.\nb, W = 2: "
	    "the objective ends at 4.\nc, W = 2: the objective ends at 4, at "
	    "most 0.5 above the minimum.\na, W = 2: the optimality decides "
	    "when to stop.\nb, W = 2: the larger residual, each over its "
	    "tolerance, decides when to stop.\nc, W = 2: the gap, relative to "
	    "the objective, decides when to stop.\nThe runs solve different "
	    "problems.");
	bed_fini(&t);
}

/* A round of 9 s among those of 0.1 s would leave nothing to see of them. */
static void
outliers_are_told(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 4, .rounds = 50, .comp = 0.1,
	    .comp_worker = 0.01, .idle = 0.05, .outlier = 9 }, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_DISTRIBUTION);
	assert_true(f->panel[0].x.hi < 1);
	/* Computation and delay of 200 values each; 196 of idle time. */
	assert_non_null(strstr(f->sentence, "2 of 796 values are too far from "
	    "the others to be on the axes."));
	figure_free(f);
	bed_fini(&t);
}

/* Another run needs a longer axis, which reaches them: then they are there. */
static void
what_the_axis_reaches_is_drawn(void **state)
{
	struct table_of_runs t = { .n = 0 };
	const struct series *s;
	struct figure *f;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 4, .rounds = 50, .comp = 0.1,
	    .comp_worker = 0.01, .idle = 0.05, .outlier = 0.3 }, 0, "a");
	bed_run(&t, &(struct bed){ .W = 4, .rounds = 50, .comp = 0.1,
	    .comp_worker = 0.1, .idle = 0.05 }, 1, "b");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_DISTRIBUTION);
	assert_true(f->panel[0].x.hi >= 0.4);
	s = &f->panel[0].series[0];
	assert_true(fabs(s->x[s->n - 1] - 0.3) <= s->lo[s->n - 1] * 1.001);
	assert_true(fabs(s->y[s->n - 1] - 1.0 / 200) < 1e-9);
	assert_null(strstr(f->sentence, "too far"));
	figure_free(f);
	bed_fini(&t);
}

static void
computation_is_longer(void **state)
{
	struct table_of_runs t = { .n = 0 };

	(void)state;
	bed_run(&t, &(struct bed){ .W = 1, .rounds = 2, .n = 10, .comp = 0.4,
	    .idle = 0.1 }, 0, "a");
	bed_run(&t, &(struct bed){ .W = 8, .rounds = 2, .n = 80, .comp = 0.3,
	    .idle = 0.2 }, 0, "a");
	bed_measure(&t);
	check_says(&t, FIGURE_UTILISATION, "Computation takes longer than idle "
	    "time with every number of workers: at W = 8 it is 300 ms against "
	    "200 ms.\nThe runs solve different problems.");
	bed_fini(&t);
}

/* What is the same in print, or nearer than workers are to each other, is. */
static void
computation_is_as_long(void **state)
{
	struct table_of_runs t = { .n = 0 };

	(void)state;
	bed_run(&t, &(struct bed){ .W = 1, .rounds = 2, .comp = 0.4,
	    .idle = 0.1 }, 0, "a");
	bed_run(&t, &(struct bed){ .W = 2, .rounds = 2, .comp = 0.20001,
	    .idle = 0.2 }, 0, "a");
	bed_measure(&t);
	check_says(&t, FIGURE_UTILISATION, "At W = 2 computation takes about "
	    "as long as idle time: 200 ms against 200 ms.");
	bed_run(&t, &(struct bed){ .W = 4, .rounds = 2, .comp = 0.1,
	    .comp_worker = 0.01, .idle = 0.11 }, 0, "a");
	bed_measure(&t);
	check_says(&t, FIGURE_UTILISATION, "At W = 4 computation takes about "
	    "as long as idle time: 115 ms against 110 ms.");
	bed_fini(&t);
}

/* Of one round there is nothing that went on, and no idle time. */
static void
one_round(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct sv_run *run;

	(void)state;
	run = bed_run(&t, &(struct bed){ .W = 1, .rounds = 1, BED_PLAIN }, 0,
	    "a");
	bed_trace(run, 1, 1, 2, SV_TR_PRIMAL, 1.0, SV_TR_DUAL, 0.5);
	bed_measure(&t);
	check_says(&t, FIGURE_CONVERGENCE, "W = 1: after 1 round the primal "
	    "residual is 1 and the dual one is 0.5.");
	check_says(&t, FIGURE_UTILISATION, "With 1 worker a round is 100 ms of "
	    "computation; idle time lies between two rounds, and none is "
	    "known.");
	check_says(&t, FIGURE_DISTRIBUTION, "W = 1: computation takes 100 ms.");
	check_says(&t, FIGURE_STARTS, "With 1 worker the only cold start took "
	    "500 ms. A worker computes 100 ms a round, so that is the "
	    "computation of 5 rounds.");
	t.o.rounds = "1";
	check_says(&t, FIGURE_TIMING, "W = 1: round 1 took 120 ms, with 100 ms "
	    "of computation.\nWhat is on the way is drawn half before and "
	    "half after the computation: only the sum is known.");
	bed_fini(&t);

	bed_run(&t, &(struct bed){ .W = 20, .rounds = 1, .comp = 0.1,
	    .start = 0.5 }, 0, "a");
	bed_measure(&t);
	t.o.rounds = NULL;
	check_says(&t, FIGURE_DISTRIBUTION, "W = 20: computation takes 100 ms "
	    "on average, and half of the values are 100 ms.");
	check_says(&t, FIGURE_RESPONSE, "W = 20: in the only round worker 0 "
	    "and 1 other were among the slowest tenth, which tells little.");
	check_says(&t, FIGURE_STARTS, "With 20 workers the slowest start took "
	    "500 ms, hardly longer than the fastest. A worker computes 100 ms "
	    "a round, so that is the computation of 5 rounds.");
	bed_fini(&t);
}

/*
 * Seven numbers of workers are more than there are colours.  An estimate is the
 * time from the request to the end, 10 + i.
 */
static void
bills_of_many_kinds(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;

	(void)state;
	for (uint32_t W = 1; W <= 7; W++)
		bed_run(&t, &(struct bed){ .W = W, .rounds = 2, .functions = 1,
		    BED_PLAIN }, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_BILL);
	assert_int_equal(f->panel[0].nseries, 1);
	assert_int_equal(bed_series(&f->panel[0], NULL)->n, 7);
	figure_free(f);
	bed_fini(&t);

	bed_run(&t, &(struct bed){ .W = 2, .rounds = 2, .functions = 1,
	    .no_report = 1, BED_PLAIN }, 0, "a");
	bed_measure(&t);
	check_says(&t, FIGURE_BILL, "The run costs $0.00035: 2 requests and 21 "
	    "GB-seconds in 20.0 s.\nThe time of 2 of them is estimated, for no "
	    "report of it came.");
	bed_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(medians_of_several_runs),
		cmocka_unit_test(residuals_above_their_tolerances),
		cmocka_unit_test(measure_and_optimality),
		cmocka_unit_test(nobody_falls_behind),
		cmocka_unit_test(convergence_of_sets),
		cmocka_unit_test(outliers_are_told),
		cmocka_unit_test(what_the_axis_reaches_is_drawn),
		cmocka_unit_test(computation_is_longer),
		cmocka_unit_test(computation_is_as_long),
		cmocka_unit_test(one_round),
		cmocka_unit_test(bills_of_many_kinds)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
