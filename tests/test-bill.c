/*
 * Functions: their starts taken apart, what became of the calls, and what they
 * took, against values worked out by hand; and records that cannot be.
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

#include "measure.h"

#define T0 ((int64_t)1700000000 * 1000000000)
#define EPS 1e-6	/* what 64 bits tell of a moment in 2023 */

static void
assert_near(double value, double expect)
{

	if (!(fabs(value - expect) <= EPS))
		fail_msg("%.17g, expected %.17g", value, expect);
}

/* Hand the run a frame of ${shard}, generation 1, at second ${at}. */
static void
give(struct sv_run *run, enum sv_type type, uint32_t shard, double at,
    const char *text)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, type, text, 0, SV_F64, 0), 0);
	f.shard = shard;
	f.generation = 1;
	f.time = T0 + (int64_t)llround(at * 1e9);
	assert_int_equal(sv_run_frame(run, &f), 0);
	sv_frame_fini(&f);
}

static void
begin(struct sv_run *run, const char *how)
{
	char text[80];

	sv_run_init(run, "made");
	snprintf(text, sizeof(text), "{\"workers\":4,\"how\":\"%s\"}", how);
	give(run, SV_JOB, SV_FRAME_NOSHARD, 0, text);
}

/* The starts of ${run}, which must be ${n}; to be freed. */
static struct sv_start *
starts_of(const struct sv_run *run, size_t n)
{
	struct sv_start *s;
	size_t m;

	assert_int_equal(sv_measure_starts(run, &s, &m), 0);
	assert_int_equal(m, n);
	return (s);
}

static void
bill_is(const struct sv_bill *b, enum sv_bill_source source, uint64_t requests,
    double seconds, double gb_seconds)
{

	assert_int_equal(b->line[source].requests, requests);
	assert_near(b->line[source].seconds, seconds);
	assert_near(b->line[source].gb_seconds, gb_seconds);
}

/*
 * Asked for at 1.0, turned away at 1.1 and 1.3, called the last time at 1.7;
 * the process ran at 2.0, was ready at 2.05, had its event at 2.15, loaded for
 * 0.25, and was heard of at 2.5.
 */
static void
give_function(struct sv_run *run, const char *more)
{
	char text[512];

	give(run, SV_SPAWN, 0, 1.0, "{\"event\":\"request\","
	    "\"how\":\"lambda\",\"queued_s\":0.75}");
	give(run, SV_SPAWN, 0, 1.1, "{\"event\":\"retry\",\"try\":1,"
	    "\"status\":429,\"wait_s\":0.1}");
	give(run, SV_SPAWN, 0, 1.3, "{\"event\":\"retry\",\"try\":2,"
	    "\"status\":503,\"wait_s\":0.4}");
	snprintf(text, sizeof(text), "{\"load_s\":0.25,\"memory_mb\":512,"
	    "\"cold\":true%s}", more);
	give(run, SV_HELLO, 0, 2.5, text);
}

#define TIMES ",\"start_ns\":1700000002000000000,\"init_s\":0.05," \
	"\"event_ns\":1700000002150000000,\"deadline_ms\":1700000005150"

static void
a_start_is_the_sum_of_its_parts(void **state)
{
	struct sv_start *s;
	struct sv_run run;

	(void)state;
	begin(&run, "lambda");
	give_function(&run, TIMES);
	s = starts_of(&run, 1);
	assert_near(s->queued, 0.75);
	assert_near(s->total, 1.5);
	assert_near(s->retry, 0.7);
	assert_near(s->platform, 0.3);
	assert_near(s->init, 0.05);
	assert_near(s->invoke, 0.1);
	assert_near(s->load, 0.25);
	assert_near(s->join, 0.1);
	assert_near(s->retry + s->platform + s->init + s->invoke + s->load +
	    s->join, s->total);
	assert_near(s->request, 1.0);
	assert_near(s->start, 0.25);
	assert_false(s->warm);
	assert_false(s->clocks);
	assert_near(s->tries, 3);
	assert_int_equal(s->throttled, 1);
	assert_int_equal(s->retried, 1);
	free(s);
	sv_run_fini(&run);
}

/* An hour ahead, and 0.5 s behind: so early that the call was not made. */
static void
clocks_that_disagree(void **state)
{
	static const char * const times[] = {
		",\"start_ns\":1700003602000000000,\"init_s\":0.05,"
		"\"event_ns\":1700003602150000000",
		",\"start_ns\":1700000001500000000,\"init_s\":0.05,"
		"\"event_ns\":1700000001650000000"
	};
	struct sv_summary sum;
	struct sv_start *s;
	struct sv_run run;

	(void)state;
	for (int i = 0; i < 2; i++) {
		begin(&run, "lambda");
		give_function(&run, times[i]);
		s = starts_of(&run, 1);
		assert_true(s->clocks);
		assert_true(isnan(s->platform));
		assert_true(isnan(s->join));
		assert_true(isnan(s->request));
		assert_true(isnan(s->start));
		/* One clock is enough for these. */
		assert_near(s->total, 1.5);
		assert_near(s->retry, 0.7);
		assert_near(s->init, 0.05);
		assert_near(s->invoke, 0.1);
		assert_near(s->load, 0.25);
		free(s);
		assert_int_equal(sv_measure_summary(&run, &sum), 0);
		assert_int_equal(sum.clocks, 1);
		sv_run_fini(&run);
	}
}

static void
warm_starts_are_in_no_figure_of_cold_ones(void **state)
{
	struct sv_summary sum;
	struct sv_run run;

	(void)state;
	begin(&run, "lambda");
	give_function(&run, TIMES);
	give(&run, SV_SPAWN, 1, 1, "{\"event\":\"request\"}");
	give(&run, SV_HELLO, 1, 1.2, "{\"cold\":false,\"init_s\":0,"
	    "\"load_s\":0.05,\"start_ns\":1700000001100000000,"
	    "\"event_ns\":1700000001100000000}");
	give(&run, SV_SPAWN, 2, 1, "{\"event\":\"request\"}");
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	assert_int_equal(sum.cold, 1);
	assert_int_equal(sum.warm, 1);
	assert_near(sum.cold_s, 1.5);
	assert_near(sum.cold_max_s, 1.5);
	assert_int_equal(sum.invocations, 3);
	sv_run_fini(&run);
}

static void
parts_have_their_extremes_and_quantiles(void **state)
{
	struct sv_start s[11];
	struct sv_part p;

	(void)state;
	memset(s, 0, sizeof(s));
	for (uint32_t i = 0; i < 11; i++) {
		s[i].shard = 100 + i;
		s[i].load = i == 4 ? NAN : (double)((i * 7) % 11);
	}
	/* 0 7 3 10 - 2 9 5 1 8 4 */
	assert_int_equal(sv_measure_part(s, 11, offsetof(struct sv_start, load),
	    &p), 0);
	assert_int_equal(p.stat.n, 10);
	assert_true(p.stat.min == 0);
	assert_true(p.stat.max == 10);
	assert_int_equal(p.fastest, 100);
	assert_int_equal(p.slowest, 103);
	assert_true(p.median == 4.5);
	assert_true(p.p90 == 9);
	assert_int_equal(sv_measure_part(s, 0, 0, &p), 0);
	assert_int_equal(p.stat.n, 0);
	assert_true(isnan(p.median));
}

/* What became of eight calls. */
static void
calls_are_counted(void **state)
{
	static const char * const end[] = {
		"{\"event\":\"exit\",\"status\":0,\"http\":200,\"tries\":4}",
		"{\"event\":\"accepted\",\"status\":202,\"tries\":1}",
		"{\"event\":\"unanswered\",\"status\":504,\"tries\":1}",
		"{\"event\":\"exit\",\"status\":1,\"http\":200,"
		    "\"error\":\"Function.ShardUnreadable\",\"tries\":1}",
		"{\"event\":\"exit\",\"status\":1,\"http\":429,\"tries\":10}",
		"{\"event\":\"exit\",\"status\":1,\"http\":403,\"tries\":1,"
		    "\"error\":\"AccessDeniedException\"}",
		"{\"event\":\"exit\",\"status\":1,\"http\":200,"
		    "\"error\":\"Unhandled\",\"tries\":1}"
	};
	struct sv_summary s;
	struct sv_run run;

	(void)state;
	begin(&run, "lambda");
	for (uint32_t i = 0; i < 8; i++)
		give(&run, SV_SPAWN, i, 1, "{\"event\":\"request\"}");
	for (uint32_t i = 0; i < 7; i++)
		give(&run, SV_SPAWN, i, 2, end[i]);
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_int_equal(s.calls.n, 8);
	assert_int_equal(s.calls.answered, 2);
	assert_int_equal(s.calls.unanswered, 1);
	assert_int_equal(s.calls.failed, 4);
	assert_int_equal(s.calls.errors, 2);
	assert_int_equal(s.calls.open, 1);
	assert_int_equal(s.calls.tries, 4 + 1 + 1 + 1 + 10 + 1 + 1 + 1);
	assert_int_equal(s.calls.throttled, 1);
	/* The calls turned away did not begin; their memory is not known. */
	bill_is(&s.bill, SV_BILL_UNKNOWN, 6, 0, 0);
	assert_int_equal(s.bill.all.requests, 6);
	assert_true(isnan(s.bill.memory_mb));
	sv_run_fini(&run);
}

static void
reports_are_billed(void **state)
{
	struct sv_summary s;
	struct sv_run run;

	(void)state;
	begin(&run, "lambda");
	give_function(&run, TIMES);
	/* 512 MB for 2 s; the memory is the hello's. */
	give(&run, SV_SPAWN, 0, 9, "{\"event\":\"exit\",\"status\":0,"
	    "\"http\":200,\"billed_s\":2,\"max_memory_mb\":61}");
	/* 1024 MB for 3 s, without a hello. */
	give(&run, SV_SPAWN, 1, 1, "{\"event\":\"request\"}");
	give(&run, SV_SPAWN, 1, 9, "{\"event\":\"exit\",\"status\":1,"
	    "\"http\":200,\"billed_s\":3,\"memory_mb\":1024,"
	    "\"max_memory_mb\":900}");
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	bill_is(&s.bill, SV_BILL_REPORT, 2, 5, 4);
	bill_is(&s.bill, SV_BILL_ESTIMATE, 0, 0, 0);
	assert_true(s.bill.max_memory_mb == 900);
	assert_true(s.bill.memory_mb == 1024);
	sv_run_fini(&run);
}

static void
what_is_not_reported_is_estimated(void **state)
{
	struct sv_summary s;
	struct sv_run run;

	(void)state;
	begin(&run, "lambda-async");
	/* Last call at 1.7, end at 4: 2.3 s, of 3 s and init. */
	give_function(&run, TIMES);
	/* Never spoke: request to end, 3 s, memory as the others. */
	give(&run, SV_SPAWN, 1, 1, "{\"event\":\"request\"}");
	give(&run, SV_SPAWN, 1, 1.1, "{\"event\":\"accepted\","
	    "\"status\":202}");
	give(&run, SV_END, SV_FRAME_NOSHARD, 4, "{\"status\":0}");
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	bill_is(&s.bill, SV_BILL_ESTIMATE, 2, 5.3, 2.65);
	bill_is(&s.bill, SV_BILL_UNKNOWN, 0, 0, 0);
	assert_true(s.bill.memory_mb == 512);
	assert_true(isnan(s.bill.max_memory_mb));
	sv_run_fini(&run);
}

/* A day later the function had long been ended by its limit. */
static void
an_estimate_ends_with_the_time_limit(void **state)
{
	struct sv_start *s;
	struct sv_run run;

	(void)state;
	begin(&run, "lambda-async");
	give_function(&run, TIMES);
	give(&run, SV_END, SV_FRAME_NOSHARD, 86400, "{\"status\":0}");
	s = starts_of(&run, 1);
	assert_near(s->lived, 3.05);
	free(s);
	sv_run_fini(&run);
}

/* Behind a URL there may be a function, or a worker of another kind. */
static void
urls_are_billed_where_lambda_answers(void **state)
{
	struct sv_summary s;
	struct sv_run run;

	(void)state;
	begin(&run, "url");
	give(&run, SV_SPAWN, 0, 1, "{\"event\":\"request\"}");
	give(&run, SV_HELLO, 0, 2, "{\"load_s\":0.5}");
	give(&run, SV_SPAWN, 1, 1, "{\"event\":\"request\"}");
	give(&run, SV_SPAWN, 1, 3, "{\"event\":\"exit\",\"status\":1,"
	    "\"http\":502}");
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_int_equal(s.calls.n, 2);
	assert_int_equal(s.bill.all.requests, 0);
	/* Now another worker says that it is one. */
	give(&run, SV_HELLO, 2, 2, "{\"memory_mb\":128}");
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	bill_is(&s.bill, SV_BILL_ESTIMATE, 1, 2, 0.25);
	bill_is(&s.bill, SV_BILL_UNKNOWN, 1, 0, 0);
	sv_run_fini(&run);
}

static void
commands_cost_nothing(void **state)
{
	struct sv_summary s;
	struct sv_run run;

	(void)state;
	begin(&run, "exec");
	give(&run, SV_SPAWN, 0, 1, "{\"event\":\"request\",\"pid\":7}");
	give(&run, SV_HELLO, 0, 2, "{\"load_s\":0.5,\"memory_mb\":128}");
	give(&run, SV_SPAWN, 0, 3, "{\"event\":\"exit\",\"status\":0,"
	    "\"signal\":0,\"pid\":7}");
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_int_equal(s.calls.n, 0);
	assert_int_equal(s.bill.all.requests, 0);
	assert_int_equal(s.cold, 1);
	/* Unless the command called a function. */
	give(&run, SV_SPAWN, 1, 1, "{\"event\":\"request\",\"pid\":8}");
	give(&run, SV_HELLO, 1, 2, "{\"load_s\":0.5,\"memory_mb\":256,"
	    "\"init_s\":0.1,\"event_ns\":1700000001500000000}");
	give(&run, SV_SPAWN, 1, 3, "{\"event\":\"exit\",\"status\":0,"
	    "\"signal\":0,\"pid\":8}");
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_int_equal(s.calls.n, 0);
	bill_is(&s.bill, SV_BILL_ESTIMATE, 1, 2, 0.5);
	assert_int_equal(s.bill.all.requests, 1);
	sv_run_fini(&run);
}

/* Turned away, and the run was over before the next call. */
static void
what_was_not_called_again_is_not_billed(void **state)
{
	struct sv_summary s;
	struct sv_run run;

	(void)state;
	begin(&run, "lambda");
	give(&run, SV_SPAWN, 0, 1, "{\"event\":\"request\"}");
	give(&run, SV_SPAWN, 0, 1.5, "{\"event\":\"retry\",\"status\":429,"
	    "\"wait_s\":2}");
	give(&run, SV_SPAWN, 1, 1, "{\"event\":\"request\"}");
	give(&run, SV_SPAWN, 1, 1.5, "{\"event\":\"retry\",\"status\":429,"
	    "\"wait_s\":0.5,\"memory_mb\":64}");
	give(&run, SV_END, SV_FRAME_NOSHARD, 3, "{\"status\":1}");
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_int_equal(s.calls.open, 2);
	assert_int_equal(s.calls.throttled, 2);
	assert_int_equal(s.bill.all.requests, 1);
	bill_is(&s.bill, SV_BILL_ESTIMATE, 1, 1, 0.0625);
	sv_run_fini(&run);
}

/* Write ${form} with ${value} for each @. */
static void
fill_in(char *text, size_t size, const char *form, const char *value)
{
	size_t n = 0;

	for (; *form != '\0' && n < size; form++)
		n += (size_t)snprintf(text + n, size - n, "%.*s",
		    *form == '@' ? (int)strlen(value) : 1,
		    *form == '@' ? value : form);
	assert_true(n < size);
}

/* Members that cannot be are as good as missing, whatever is in them. */
static void
members_that_cannot_be(void **state)
{
	static const char * const bad[] = {
		"-1", "-1e300", "1e300", "\"12\"", "null", "true", "[1]", "{}",
		"9223372036854775807", "-9223372036854775808"
	};
	static const char * const hello =
	    "{\"cold\":@,\"init_s\":@,\"event_ns\":@,"
	    "\"start_ns\":@,\"deadline_ms\":@,\"memory_mb\":@,"
	    "\"load_s\":@,\"rss_bytes\":@,\"shard_bytes\":@}";
	static const char * const life[] = {
		"{\"event\":\"request\",\"queued_s\":@,\"how\":@}",
		"{\"event\":\"retry\",\"status\":@,\"wait_s\":@}",
		"{\"event\":\"exit\",\"status\":@,\"http\":@,"
		"\"tries\":@,\"billed_s\":@,\"memory_mb\":@,"
		"\"max_memory_mb\":@,\"error\":@,\"cpu_s\":@,"
		"\"signal\":@,\"maxrss_bytes\":@}"
	};
	struct sv_summary s;
	struct sv_start *one;
	struct sv_run run;
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin(&run, "lambda");
		for (int k = 0; k < 3; k++) {
			fill_in(text, sizeof(text), life[k], bad[i]);
			give(&run, SV_SPAWN, 0, 1 + k, text);
		}
		fill_in(text, sizeof(text), hello, bad[i]);
		give(&run, SV_HELLO, 0, 5, text);
		one = starts_of(&run, 1);
		assert_near(one->total, 4);
		assert_true(isnan(one->queued) && isnan(one->load));
		assert_true(isnan(one->platform) && isnan(one->join));
		assert_true(isnan(one->memory_mb) && isnan(one->rss));
		assert_int_equal(one->reports, 0);
		assert_int_equal(one->throttled, 0);
		assert_near(one->tries, 2);
		free(one);
		assert_int_equal(sv_measure_summary(&run, &s), 0);
		assert_int_equal(s.cold, 1);
		assert_int_equal(s.calls.open, 1);
		bill_is(&s.bill, SV_BILL_UNKNOWN, 1, 0, 0);
		assert_int_equal(run.unread, 0);
		sv_run_fini(&run);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_start_is_the_sum_of_its_parts),
		cmocka_unit_test(clocks_that_disagree),
		cmocka_unit_test(warm_starts_are_in_no_figure_of_cold_ones),
		cmocka_unit_test(parts_have_their_extremes_and_quantiles),
		cmocka_unit_test(calls_are_counted),
		cmocka_unit_test(reports_are_billed),
		cmocka_unit_test(what_is_not_reported_is_estimated),
		cmocka_unit_test(an_estimate_ends_with_the_time_limit),
		cmocka_unit_test(urls_are_billed_where_lambda_answers),
		cmocka_unit_test(commands_cost_nothing),
		cmocka_unit_test(what_was_not_called_again_is_not_billed),
		cmocka_unit_test(members_that_cannot_be)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
