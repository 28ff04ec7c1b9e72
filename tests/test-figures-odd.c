/*
 * The other figures, against values worked out by hand (figurebed.h has the
 * runs); and every figure of runs that have little to show, or much.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "figurebed.h"

/* Each bar is the share of ${n} values from x - lo to x + lo. */
static void
check_bars(const struct panel *p, const double *values, size_t n)
{
	const struct series *s = bed_series(p, NULL);
	double sum = 0;

	assert_int_equal(s->mark, MARK_BARS);
	for (size_t i = 0; i < s->n; i++) {
		double from = s->x[i] - s->lo[i], to = s->x[i] + s->lo[i];
		double count = 0;

		for (size_t k = 0; k < n; k++)
			count += values[k] >= from - 1e-9 &&
			    values[k] < to - 1e-9;
		bed_near(s->y[i], count / (double)n);
		sum += s->y[i];
	}
	bed_near(sum, 1);
}

/* Three rounds of two workers. */
static void
distribution(void **state)
{
	const double comp[] = { 0.10, 0.11, 0.12, 0.13, 0.14, 0.15 };
	const double delay[] = { 0.106, 0.116, 0.126, 0.136, 0.146, 0.156 };
	const double idle[] = { 0.03, 0.035, 0.03, 0.035 };
	struct table_of_runs t = { .n = 0 };
	const struct series *s;
	struct figure *f;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 2, .rounds = 3, BED_PLAIN }, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_DISTRIBUTION);
	assert_int_equal(f->npanel, 4);
	assert_string_equal(f->panel[0].title, "Computation, W = 2");
	check_bars(&f->panel[0], comp, 6);
	assert_string_equal(f->panel[1].title, "Idle time, W = 2");
	check_bars(&f->panel[1], idle, 4);
	assert_string_equal(f->panel[2].title, "Delay, W = 2");
	check_bars(&f->panel[2], delay, 6);
	/* Always 4 ms: rounding must not make different values of it. */
	assert_string_equal(f->panel[3].title, "Communication, W = 2");
	s = bed_series(&f->panel[3], NULL);
	assert_int_equal(s->n, 1);
	bed_near(s->y[0], 1);
	assert_true(s->x[0] - s->lo[0] <= 0.004 + 1e-9 &&
	    s->x[0] + s->lo[0] > 0.004);
	assert_string_equal(f->sentence, "W = 2: computation takes 125 ms on "
	    "average, half of all values lie between 110 ms and 140 ms; idle "
	    "time is 32.5 ms, half between 30.0 ms and 35.0 ms.");
	figure_free(f);
	bed_fini(&t);
}

static void
starts_of_commands(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;
	struct panel *p;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 1, .rounds = 2, BED_PLAIN }, 0, "a");
	bed_run(&t, &(struct bed){ .W = 2, .rounds = 2, BED_PLAIN }, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_STARTS);
	assert_int_equal(f->npanel, 2);
	p = &f->panel[0];
	bed_point(bed_series(p, "slowest"), 0, 1, 0.5);
	bed_point(bed_series(p, "slowest"), 1, 2, 0.6);
	bed_point(bed_series(p, "fastest"), 1, 2, 0.5);
	p = &f->panel[1];
	assert_string_equal(p->title, "Parts of the starts, W = 2");
	assert_int_equal(p->nlane, 2);
	bed_span(bed_series(p, "request"), 1, 1, 0, 0.05);
	bed_span(bed_series(p, "start"), 0, 0, 0.05, 0.4);
	bed_span(bed_series(p, "start"), 1, 1, 0.05, 0.5);
	bed_span(bed_series(p, "load"), 1, 1, 0.5, 0.6);
	/* Computation: (0.10 + 0.12 + 0.11 + 0.13) / 4. */
	assert_string_equal(f->sentence, "With 2 workers the slowest start "
	    "took 600 ms, 1.2 times the fastest. A worker computes 115 ms a "
	    "round, so that is the computation of 5.2 rounds.");
	figure_free(f);
	bed_fini(&t);
}

/* Functions: platform, init, invoke, load, and what is left until the hello. */
static void
starts_of_functions(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;
	struct panel *p;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 1, .rounds = 2, .functions = 1,
	    .comp = 0.5, .start = 0.5 }, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_STARTS);
	p = &f->panel[1];
	bed_span(bed_series(p, "platform"), 0, 0, 0, 0.05);
	bed_span(bed_series(p, "init"), 0, 0, 0.05, 0.08);
	bed_span(bed_series(p, "invoke"), 0, 0, 0.08, 0.1);
	bed_span(bed_series(p, "load"), 0, 0, 0.1, 0.2);
	bed_span(bed_series(p, "join"), 0, 0, 0.2, 0.5);
	assert_string_equal(f->sentence, "With 1 worker the only cold start "
	    "took 500 ms. A worker computes 500 ms a round, so that is the "
	    "computation of 1 round.");
	figure_free(f);
	bed_fini(&t);
}

/* The last of four is the slowest in each of ten rounds. */
static void
responsiveness(void **state)
{
	struct table_of_runs t = { .n = 0 };
	const struct series *s;
	struct figure *f;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 4, .rounds = 10, BED_PLAIN }, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_RESPONSE);
	assert_int_equal(f->npanel, 1);
	s = bed_series(&f->panel[0], NULL);
	assert_int_equal(s->n, 2);
	bed_point(s, 0, 0.025, 3);
	bed_point(s, 1, 0.975, 1);
	bed_near(s->lo[0], 0.025);
	s = bed_series(&f->panel[0], "if all were alike");
	bed_point(s, 1, 0.25, 3);
	assert_string_equal(f->sentence, "W = 4: worker 3 is most often the "
	    "slowest, in 100 % of 10 rounds; if all were alike, each would be "
	    "in 25 %. 1 worker comes to twice that or more.");
	figure_free(f);
	bed_fini(&t);
}

/* Two requests at $2e-7, and 1 GB at $1.66667e-5 a second, billed 10 and 11. */
static void
bill_of_one_run(void **state)
{
	struct table_of_runs t = { .n = 0 };
	const struct series *s;
	struct figure *f;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 2, .rounds = 2, .functions = 1,
	    BED_PLAIN }, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_BILL);
	assert_int_equal(f->npanel, 1);
	s = bed_series(&f->panel[0], NULL);
	assert_int_equal(s->n, 201);
	assert_true(fabs(s->y[0] - 4e-7) < 1e-15);
	assert_true(s->x[100] == 10);
	assert_true(fabs(s->y[100] - (20 * 1.66667e-5 + 4e-7)) < 1e-12);
	bed_near(s->x[200], 20);
	assert_true(fabs(s->y[200] - (21 * 1.66667e-5 + 4e-7)) < 1e-12);
	for (size_t i = 1; i < s->n; i++)
		assert_true(s->y[i] >= s->y[i - 1]);
	assert_string_equal(f->sentence, "The run costs $0.00035: 2 requests "
	    "and 21 GB-seconds in 20.0 s.");
	figure_free(f);
	bed_fini(&t);
}

static void
bill_of_runs(void **state)
{
	struct table_of_runs t = { .n = 0 };
	const struct series *s;
	struct figure *f;

	(void)state;
	for (uint32_t W = 1; W <= 2; W++)
		bed_run(&t, &(struct bed){ .W = W, .rounds = 2, .functions = 1,
		    BED_PLAIN }, 0, "a");
	bed_run(&t, &(struct bed){ .W = 2, .rounds = 2, BED_PLAIN }, 1, "b");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_BILL);
	assert_int_equal(f->panel[0].nseries, 2);
	s = bed_series(&f->panel[0], "a, W = 1");
	assert_int_equal(s->n, 1);
	assert_true(s->x[0] == 20);
	assert_true(fabs(s->y[0] - (10 * 1.66667e-5 + 2e-7)) < 1e-12);
	s = bed_series(&f->panel[0], "a, W = 2");
	assert_true(fabs(s->y[0] - (21 * 1.66667e-5 + 4e-7)) < 1e-12);
	assert_int_equal(s->colour, COLOUR_SET + 1);
	assert_string_equal(f->sentence, "W = 1: $0.000167 in 20.0 s.\nW = "
	    "2: $0.00035 in 20.0 s, 2.1 times the money for 1 times the "
	    "speed.\n1 run without functions costs nothing and is left out.");
	figure_free(f);
	bed_fini(&t);
}

/* Make all figures of the runs; return how many panels show something. */
static size_t
make_all(struct table_of_runs *t)
{
	size_t full = 0;

	bed_measure(t);
	for (int i = 0; i < FIGURE_N; i++) {
		struct figure *f = bed_figure(t, (enum figure_id)i);

		for (size_t k = 0; k < f->npanel; k++)
			full += f->panel[k].empty == NULL;
		figure_free(f);
	}
	bed_fini(t);
	return (full);
}

static void
no_run(void **state)
{
	struct table_of_runs t = { .n = 0 };

	(void)state;
	assert_int_equal(make_all(&t), 0);
}

static void
no_data(void **state)
{
	struct table_of_runs t = { .n = 0 };

	(void)state;
	bed_run(&t, &(struct bed){ .W = 0 }, 0, "a");
	assert_int_equal(make_all(&t), 0);
	bed_run(&t, &(struct bed){ .W = 0 }, 0, "a");
	bed_run(&t, &(struct bed){ .W = 3 }, 1, "b");
	assert_int_equal(make_all(&t), 0);
}

static void
one_worker_one_round(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct figure *f;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 1, .rounds = 1, BED_PLAIN }, 0, "a");
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_DISTRIBUTION);
	assert_string_equal(f->panel[1].empty,
	    "Of one round no idle time is known: it lies between two.");
	figure_free(f);
	f = bed_figure(&t, FIGURE_SCALING);
	assert_string_equal(f->sentence, "There is one run only, with 1 "
	    "worker; this compares different numbers of them.");
	figure_free(f);
	f = bed_figure(&t, FIGURE_RESPONSE);
	assert_string_equal(f->sentence,
	    "W = 1: the only worker is always the slowest.");
	figure_free(f);
	f = bed_figure(&t, FIGURE_TIMING);
	assert_int_equal(f->npanel, 1);
	assert_string_equal(f->panel[0].title, "W = 1, round 1, the only one");
	figure_free(f);
	/* Timing, utilisation, three distributions, two of starts, response. */
	assert_int_equal(make_all(&t), 8);
}

/* Of what comes behind its end a record tells nothing. */
static void
cut_early(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct sv_run *run;
	struct figure *f;

	(void)state;
	run = bed_run(&t, &(struct bed){ .W = 4, .rounds = 2, .alone = 1 }, 0,
	    "a");
	json_decref(run->end);
	run->end = NULL;
	run->damaged = 1;
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_TIMING);
	assert_string_equal(f->panel[0].empty, "There are no records of how "
	    "workers spent the time of a round: the record ends early.");
	figure_free(f);
	f = bed_figure(&t, FIGURE_STARTS);
	assert_string_equal(f->panel[1].empty, "The record ends early; until "
	    "then no worker was asked for.");
	figure_free(f);
	f = bed_figure(&t, FIGURE_BILL);
	assert_string_equal(f->panel[0].empty, "The record ends early; until "
	    "then no function was asked for.");
	figure_free(f);
	bed_fini(&t);
}

static void
master_alone(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct sv_run *run;
	struct figure *f;

	(void)state;
	run = bed_run(&t, &(struct bed){ .W = 4, .rounds = 2, .alone = 1 }, 0,
	    "a");
	bed_trace(run, 1, 1, 2, SV_TR_PRIMAL, 1.0, SV_TR_SPLIT, 3.0);
	bed_trace(run, 1, 2, 2, SV_TR_PRIMAL, 0.5, SV_TR_SPLIT, 2.0);
	bed_measure(&t);
	f = bed_figure(&t, FIGURE_TIMING);
	assert_string_equal(f->panel[0].empty, "There are no records of how "
	    "workers spent the time of a round: no hub wrote this run.");
	figure_free(f);
	f = bed_figure(&t, FIGURE_CONVERGENCE);
	assert_string_equal(f->panel[2].title,
	    "Objective as the workers have it");
	bed_point(bed_series(&f->panel[2], "W = 4"), 1, 2, 2);
	figure_free(f);
	assert_int_equal(make_all(&t), 2);
}

/* Neither the workers' clocks nor the master know anything. */
static void
nothing_is_a_number(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct sv_run *run;

	(void)state;
	run = bed_run(&t, &(struct bed){ .W = 4, .rounds = 3, .unknown = 1,
	    .no_model = 1 }, 0, "a");
	for (uint32_t k = 1; k <= 3; k++)
		bed_trace(run, 1, k, 0);
	bed_run(&t, &(struct bed){ .W = 8, .rounds = 3, .unknown = 1 }, 0, "a");
	/* What the hub did is known: four of timing, two of one round. */
	assert_int_equal(make_all(&t), 6);
}

static void
many_workers_and_rounds(void **state)
{
	struct table_of_runs t = { .n = 0 };
	struct sv_run *run;

	(void)state;
	bed_run(&t, &(struct bed){ .W = 4, .rounds = 1000, .comp = 0.4,
	    .comp_worker = 0.01, .idle = 0.1, .start = 1, .functions = 1 }, 0,
	    "a");
	run = bed_run(&t, &(struct bed){ .W = 256, .rounds = 1000,
	    .comp = 0.1, .comp_worker = 0.001, .idle = 0.5, .start = 1,
	    .start_worker = 0.01, .functions = 1 }, 0, "a");
	for (uint32_t k = 1; k <= 5000; k++)
		bed_trace(run, 1, k, 3, SV_TR_PRIMAL, 1.0 / k, SV_TR_DUAL,
		    1.0 / k, SV_TR_RHO, 1.0);
	/*
	 * Four of timing, three of convergence, four of scaling, utilisation,
	 * eight distributions, two of starts, two of response, the bill.
	 */
	assert_int_equal(make_all(&t), 25);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distribution),
		cmocka_unit_test(starts_of_commands),
		cmocka_unit_test(starts_of_functions),
		cmocka_unit_test(responsiveness),
		cmocka_unit_test(bill_of_one_run),
		cmocka_unit_test(bill_of_runs),
		cmocka_unit_test(no_run),
		cmocka_unit_test(no_data),
		cmocka_unit_test(one_worker_one_round),
		cmocka_unit_test(cut_early),
		cmocka_unit_test(master_alone),
		cmocka_unit_test(nothing_is_a_number),
		cmocka_unit_test(many_workers_and_rounds)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
