/*
 * The bill cut at the ends of rounds, of runs made by hand: what has a time, what
 * has none, and times that cannot be.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "bill.h"

#define T0 ((int64_t)1700000000 * 1000000000)
#define MS ((int64_t)1000000)
#define EPS 1e-9

/*
 * The hub's clock is 0.1 s behind: the first mark is at its 0.1 s.  Two rounds,
 * sent at 1 and 1.5 s and answered at 1.5 and 2 s, that is, from 0.9 to 1.4 and
 * to 1.9 s after the mark.
 */
struct bed {
	struct sv_run run;
	struct sv_run_mark mark;
	struct sv_run_round round[2];
	struct sv_bill_row *row;
	size_t n;
};

static void
setup(struct bed *b)
{

	memset(b, 0, sizeof(*b));
	b->mark.time = T0 + 100 * MS;
	b->run.mark = &b->mark;
	b->run.nmark = 1;
	b->run.round = b->round;
	b->run.nround = 2;
	for (int k = 0; k < 2; k++) {
		b->round[k].sent = 1 + 0.5 * k;
		b->round[k].lastin = NAN;
		b->round[k].answer = 1.5 + 0.5 * k;
		b->round[k].time = T0 + (1500 + 500 * k) * MS;
	}
}

/* 2.5 s of 2 GB, one request, from ${from}. */
static void
cut_one(struct bed *b, double from)
{
	struct sv_bill_entry e = { .requests = 1, .seconds = 2.5, .mb = 2048,
	    .from = from, .source = SV_BILL_REPORT };

	assert_int_equal(sv_bill_rounds(&b->run, &e, 1, &b->row, &b->n), 0);
}

/* The rows' seconds are these; GB-seconds are twice as many. */
static void
assert_rows(struct bed *b, const double *seconds, size_t n, size_t began)
{

	assert_int_equal(b->n, n);
	for (size_t i = 0; i < n; i++) {
		if (!(fabs(b->row[i].seconds - seconds[i]) <= EPS))
			fail_msg("row %zu: %.17g, expected %.17g", i,
			    b->row[i].seconds, seconds[i]);
		assert_true(fabs(b->row[i].gb_seconds - 2 * seconds[i]) <= EPS);
		assert_int_equal(b->row[i].requests, i == began);
	}
	free(b->row);
}

static void
an_invocation_is_cut_where_rounds_begin(void **state)
{
	const double all[] = { 0.9, 0.5, 0.5, 0.6 };
	const double late[] = { 0, 0, 0.4, 2.1 };
	const double after[] = { 0, 0, 0, 2.5 };
	struct bed b;

	(void)state;
	setup(&b);
	cut_one(&b, 0);
	assert_int_equal(b.row[0].part, SV_BILL_BEFORE);
	assert_int_equal(b.row[2].part, SV_BILL_ROUND);
	assert_int_equal(b.row[2].round, 1);
	assert_int_equal(b.row[3].part, SV_BILL_AFTER);
	assert_true(fabs(b.row[1].from - 0.9) <= EPS);
	assert_true(fabs(b.row[3].from - 1.9) <= EPS);
	assert_rows(&b, all, 4, 0);
	cut_one(&b, 1.5);
	assert_rows(&b, late, 4, 2);
	cut_one(&b, 30);
	assert_rows(&b, after, 4, 3);
}

static void
what_has_no_time_is_before_the_rounds(void **state)
{
	const double first[] = { 2.5, 0, 0, 0 };
	struct bed b;

	(void)state;
	setup(&b);
	cut_one(&b, NAN);
	assert_rows(&b, first, 4, 0);
	/* Nor is anything known of the rounds. */
	for (int k = 0; k < 2; k++)
		b.round[k].sent = b.round[k].answer = NAN;
	cut_one(&b, 1.5);
	assert_rows(&b, first, 4, 0);
	b.run.nround = 0;
	cut_one(&b, 1.5);
	assert_rows(&b, first, 1, 0);
}

static void
times_that_go_back_lose_nothing(void **state)
{
	const double back[] = { 0.9, 0, 1, 0.6 };
	const double gap[] = { 0.9, 1, 0, 0.6 };
	struct bed b;

	(void)state;
	setup(&b);
	b.round[1].sent = 0.2;
	cut_one(&b, 0);
	assert_rows(&b, back, 4, 0);
	/* The last answer is before the last global. */
	setup(&b);
	b.round[1].sent = 2;
	b.round[1].answer = 1.7;
	b.round[1].time = T0 + 1700 * MS;
	cut_one(&b, 0);
	assert_rows(&b, gap, 4, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_invocation_is_cut_where_rounds_begin),
		cmocka_unit_test(what_has_no_time_is_before_the_rounds),
		cmocka_unit_test(times_that_go_back_lose_nothing)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
