/* What a job has cost until now. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"
#include "measure.h"
#include "spend.h"

static struct sv_price price;

/* A dollar for a thousand requests, and for 100 GB-seconds; arm64: 200. */
static const char table[] =
    "{\"provider\":\"P\",\"region\":\"R\",\"date\":\"2026-01\","
    "\"request\":0.001,\"duration\":{\"x86_64\":[{\"rate\":0.01}],"
    "\"arm64\":[{\"rate\":0.005}]},"
    "\"free\":{\"requests\":1,\"gb_seconds\":4},\"machines\":[]}";

static int
setup(void **state)
{

	(void)state;
	return (sv_price_parse(&price, table, strlen(table), "table"));
}

static void
assert_near(double a, double b)
{

	if (!(fabs(a - b) <= 1e-12 * fmax(1, fabs(b))))
		fail_msg("%.17g is not %.17g", a, b);
}

static void
milliseconds_are_rounded_up(void **state)
{

	(void)state;
	assert_true(sv_spend_milliseconds(0) == 0);
	assert_true(sv_spend_milliseconds(-1) == 0);
	assert_true(sv_spend_milliseconds(NAN) == 0);
	assert_true(sv_spend_milliseconds(0.001) == 1);
	assert_true(sv_spend_milliseconds(0.0010001) == 1);
	assert_true(sv_spend_milliseconds(0.001001) == 2);
	assert_true(sv_spend_milliseconds(0.1 + 0.2) == 300);
	assert_true(sv_spend_milliseconds(900) == 900000);
	/* The same on a calendar's clock. */
	for (int i = 1; i < 1000; i++)
		assert_true(sv_spend_milliseconds(1700000000.123 + i * 0.001 -
		    1700000000.123) == i);
}

static void
nothing_costs_nothing(void **state)
{
	struct sv_spend s;

	(void)state;
	sv_spend_init(&s, &price, SV_PRICE_X86_64, 1024);
	assert_true(sv_spend_now(&s, 100) == 0);
	assert_true(sv_spend_rate(&s) == 0);
	assert_int_equal(sv_spend_running(&s), 0);
	sv_spend_forget(&s, 1, 1);
	sv_spend_memory(&s, 1, 1, 128);
	sv_spend_finish(&s, 5);
	assert_true(sv_spend_now(&s, 100) == 0);
	sv_spend_fini(&s);
}

/* Two of 1 GB from 10 and 11 on; one ends at 12 after 2 s, billed 2.5. */
static void
those_that_run_and_those_that_ended(void **state)
{
	struct sv_spend s;

	(void)state;
	sv_spend_init(&s, &price, SV_PRICE_X86_64, 1024);
	assert_int_equal(sv_spend_begin(&s, 1, 1, 11), 0);
	assert_int_equal(sv_spend_begin(&s, 0, 1, 10), 0);
	assert_near(sv_spend_now(&s, 10), 0.001);
	assert_near(sv_spend_now(&s, 11.5), 0.002 + 0.02);
	assert_near(sv_spend_rate(&s), 0.02);
	assert_int_equal(sv_spend_running(&s), 2);
	assert_int_equal(sv_spend_end(&s, 0, 1, 12, 2.5), 0);
	assert_int_equal(sv_spend_running(&s), 1);
	assert_near(sv_spend_rate(&s), 0.01);
	assert_near(sv_spend_now(&s, 13), 0.002 + 0.01 * (2.5 + 2));
	/* The other's end is not billed: it is as long as it ran. */
	assert_int_equal(sv_spend_end(&s, 1, 1, 14.0004, NAN), 0);
	assert_near(sv_spend_now(&s, 1000), 0.002 + 0.01 * (2.5 + 3.001));
	assert_near(sv_spend_gb_seconds(&s, 1000), 5.501);
	/* What was told first stays, but for what was not known. */
	assert_int_equal(sv_spend_end(&s, 0, 1, 99, 99), 0);
	assert_int_equal(sv_spend_end(&s, 1, 1, 99, 3), 0);
	assert_near(sv_spend_now(&s, 1000), 0.002 + 0.01 * (2.5 + 3));
	s.share = 1;
	assert_near(sv_spend_now(&s, 1000), 0.001 + 0.01 * 1.5);
	s.arch = SV_PRICE_ARM64;
	assert_near(sv_spend_now(&s, 1000), 0.001 + 0.005 * 1.5);
	sv_spend_fini(&s);
}

static void
replaced_generations_cost_too(void **state)
{
	struct sv_spend s;

	(void)state;
	sv_spend_init(&s, &price, SV_PRICE_X86_64, 2048);
	assert_int_equal(sv_spend_begin(&s, 7, 1, 0), 0);
	assert_int_equal(sv_spend_begin(&s, 7, 2, 3), 0);
	assert_near(sv_spend_now(&s, 4), 0.002 + 2 * 0.01 * (4 + 1));
	assert_int_equal(sv_spend_end(&s, 7, 1, 4, 3.9), 0);
	assert_near(sv_spend_now(&s, 5), 0.002 + 2 * 0.01 * (3.9 + 2));
	assert_int_equal(sv_spend_running(&s), 1);
	sv_spend_fini(&s);
}

/* Who has handed over is taken to have ended, until more is known. */
static void
a_guess_gives_way_to_what_is_known(void **state)
{
	struct sv_spend s;

	(void)state;
	sv_spend_init(&s, &price, SV_PRICE_X86_64, 2048);
	sv_spend_over(&s, 7, 1, 5);
	assert_int_equal(sv_spend_running(&s), 0);
	assert_int_equal(sv_spend_begin(&s, 7, 1, 0), 0);
	assert_int_equal(sv_spend_begin(&s, 7, 2, 3), 0);
	sv_spend_over(&s, 7, 1, 5);
	assert_int_equal(sv_spend_running(&s), 1);
	assert_near(sv_spend_gb_seconds(&s, 10), 2 * (5 + 7));
	assert_int_equal(sv_spend_end(&s, 7, 1, 6, NAN), 0);
	sv_spend_over(&s, 7, 1, 9);
	assert_near(sv_spend_gb_seconds(&s, 10), 2 * (6 + 7));
	sv_spend_finish(&s, 10);
	assert_near(sv_spend_gb_seconds(&s, 99), 2 * (6 + 7));
	sv_spend_fini(&s);
}

static void
what_was_turned_away_costs_nothing(void **state)
{
	struct sv_spend s;

	(void)state;
	sv_spend_init(&s, &price, SV_PRICE_X86_64, 1024);
	assert_int_equal(sv_spend_begin(&s, 0, 1, 0), 0);
	/* Another try of the same, later. */
	assert_int_equal(sv_spend_begin(&s, 0, 1, 2), 0);
	assert_near(sv_spend_now(&s, 1), 0);
	assert_near(sv_spend_now(&s, 3), 0.001 + 0.01);
	assert_int_equal(sv_spend_begin(&s, 1, 1, 2), 0);
	sv_spend_forget(&s, 0, 1);
	assert_near(sv_spend_now(&s, 3), 0.001 + 0.01);
	sv_spend_forget(&s, 1, 1);
	assert_near(sv_spend_now(&s, 3), 0);
	sv_spend_fini(&s);
}

static void
memory_is_told_or_taken_from_the_largest(void **state)
{
	struct sv_spend s;

	(void)state;
	sv_spend_init(&s, &price, SV_PRICE_X86_64, NAN);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(sv_spend_begin(&s, i, 1, 0), 0);
	assert_near(sv_spend_now(&s, 1), 0.003);
	assert_true(sv_spend_rate(&s) == 0);
	sv_spend_memory(&s, 0, 1, -5);
	sv_spend_memory(&s, 0, 1, NAN);
	sv_spend_memory(&s, 0, 1, INFINITY);
	assert_near(sv_spend_now(&s, 1), 0.003);
	sv_spend_memory(&s, 0, 1, 512);
	assert_near(sv_spend_now(&s, 1), 0.003 + 3 * 0.005);
	sv_spend_memory(&s, 1, 1, 1024);
	assert_near(sv_spend_now(&s, 1), 0.003 + 0.005 + 2 * 0.01);
	assert_near(sv_spend_rate(&s), 0.005 + 2 * 0.01);
	/* One that was given for the rest. */
	s.memory_mb = 256;
	assert_near(sv_spend_now(&s, 1), 0.003 + 0.005 + 0.01 + 0.0025);
	sv_spend_fini(&s);
}

static void
a_limit_and_an_end_of_all(void **state)
{
	struct sv_spend s;

	(void)state;
	sv_spend_init(&s, &price, SV_PRICE_X86_64, 1024);
	s.limit = 60;
	assert_int_equal(sv_spend_begin(&s, 0, 1, 0), 0);
	assert_int_equal(sv_spend_begin(&s, 1, 1, 90), 0);
	assert_near(sv_spend_now(&s, 100), 0.002 + 0.01 * (60 + 10));
	sv_spend_finish(&s, 110);
	assert_int_equal(sv_spend_running(&s), 0);
	assert_near(sv_spend_now(&s, 1e6), 0.002 + 0.01 * (60 + 20));
	/* A clock that goes back does not pay us. */
	assert_int_equal(sv_spend_begin(&s, 2, 1, 120), 0);
	assert_int_equal(sv_spend_end(&s, 2, 1, 100, NAN), 0);
	assert_near(sv_spend_now(&s, 1e6), 0.003 + 0.01 * (60 + 20));
	sv_spend_fini(&s);
}

/* Twenty thousand of odd sizes: no sum drifts. */
static void
sums_are_exact(void **state)
{
	uint64_t mbms = 0, r = 1;
	struct sv_spend s;

	(void)state;
	sv_spend_init(&s, &price, SV_PRICE_X86_64, NAN);
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t shard = i * 7919 % 20000, mb, ms;

		r = r * 6364136223846793005u + 1442695040888963407u;
		mb = 128 + (uint32_t)(r >> 33) % 10113;
		ms = (uint32_t)(r >> 20) % 900000;
		assert_int_equal(sv_spend_begin(&s, shard, 1, i), 0);
		sv_spend_memory(&s, shard, 1, mb);
		assert_int_equal(sv_spend_end(&s, shard, 1, i + 1,
		    ms / 1000.0), 0);
		mbms += (uint64_t)mb * ms;
	}
	assert_true(sv_spend_requests(&s, 1e9) == 20000);
	assert_true(sv_spend_gb_seconds(&s, 1e9) ==
	    (double)mbms / (1024 * 1000.0));
	sv_spend_fini(&s);
}

/* Give the run and the spend a frame, ${at} s after the beginning. */
static void
give(struct sv_run *run, struct sv_spend *s, enum sv_run_how how,
    enum sv_type type, uint32_t shard, double at, const char *text)
{
	struct sv_run_mark m;
	struct sv_frame f;
	json_t *o;

	assert_int_equal(sv_frame_make(&f, type, text, 0, SV_BYTES, 0), 0);
	f.shard = shard;
	f.generation = 1;
	f.time = 1700000000000000000 + (int64_t)llround(at * 1e9);
	assert_int_equal(sv_run_frame(run, &f), 0);
	if (type == SV_SPAWN || type == SV_HELLO) {
		assert_non_null(o = sv_json_of(&f));
		assert_int_equal(sv_run_mark(&m, &f, o), 1);
		assert_int_equal(sv_spend_mark(s, how, &m), 0);
		json_decref(o);
	}
	sv_frame_fini(&f);
}

/* How workers are asked for, and how the second one may end. */
static const struct {
	const char *name;
	enum sv_run_how how;
} hows[] = {
	{ "lambda", SV_RUN_LAMBDA }, { "lambda-async", SV_RUN_ASYNC },
	{ "url", SV_RUN_URL }, { "exec", SV_RUN_EXEC }
};

static const char * const ends[] = {
	"{\"event\":\"exit\",\"status\":0,\"http\":200,\"billed_s\":2.5}",
	"{\"event\":\"exit\",\"status\":0,\"http\":200}",
	"{\"event\":\"exit\",\"status\":1,\"http\":429}",
	"{\"event\":\"exit\",\"status\":1,\"http\":502}",
	"{\"event\":\"exit\",\"status\":1}",
	"{\"event\":\"exit\",\"status\":1,\"http\":200,"
	    "\"error\":\"Function.ShardUnreadable\"}",
	"{\"event\":\"accepted\",\"status\":202}",
	"{\"event\":\"unanswered\",\"status\":504}",
	"{\"event\":\"retry\",\"status\":429,\"wait_s\":0.5}"
};

/* What a viewer counts on the way is at the end what the bill says. */
static void
marks_come_to_the_same_as_the_bill(void **state)
{
	char job[64];

	(void)state;
	for (size_t i = 0; i < 4 * 9 * 2; i++) {
		enum sv_run_how how = hows[i / 18].how;
		const char *end = ends[i / 2 % 9];
		struct sv_bill *b;
		struct sv_summary sum;
		struct sv_spend s;
		struct sv_run run;

		sv_run_init(&run, "run");
		sv_spend_init(&s, &price, SV_PRICE_X86_64, NAN);
		snprintf(job, sizeof(job), "{\"workers\":2,\"how\":\"%s\"}",
		    hows[i / 18].name);
		give(&run, &s, how, SV_JOB, SV_FRAME_NOSHARD, 0, job);
		give(&run, &s, how, SV_SPAWN, 0, 1, "{\"event\":\"request\"}");
		give(&run, &s, how, SV_SPAWN, 1, 1.5,
		    "{\"event\":\"request\"}");
		give(&run, &s, how, SV_HELLO, 0, 2,
		    "{\"load_s\":0.1,\"memory_mb\":512}");
		if (i % 2 == 1)
			give(&run, &s, how, SV_HELLO, 1, 2.2,
			    "{\"load_s\":0.1,\"memory_mb\":128}");
		give(&run, &s, how, SV_SPAWN, 1, 3.0003, end);
		give(&run, &s, how, SV_END, SV_FRAME_NOSHARD, 5,
		    "{\"status\":0}");
		sv_spend_finish(&s, 1700000005);
		assert_int_equal(sv_measure_summary(&run, &sum), 0);
		b = &sum.bill;
		if (sv_spend_requests(&s, 2e9) != (double)b->all.requests ||
		    fabs(sv_spend_gb_seconds(&s, 2e9) - b->all.gb_seconds) >
		    1e-12)
			fail_msg("%s, %s: %g requests of %g GB s, not %g of %g",
			    job, end, sv_spend_requests(&s, 2e9),
			    sv_spend_gb_seconds(&s, 2e9),
			    (double)b->all.requests, b->all.gb_seconds);
		sv_spend_fini(&s);
		sv_run_fini(&run);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(milliseconds_are_rounded_up),
		cmocka_unit_test(nothing_costs_nothing),
		cmocka_unit_test(those_that_run_and_those_that_ended),
		cmocka_unit_test(replaced_generations_cost_too),
		cmocka_unit_test(a_guess_gives_way_to_what_is_known),
		cmocka_unit_test(what_was_turned_away_costs_nothing),
		cmocka_unit_test(memory_is_told_or_taken_from_the_largest),
		cmocka_unit_test(a_limit_and_an_end_of_all),
		cmocka_unit_test(sums_are_exact),
		cmocka_unit_test(marks_come_to_the_same_as_the_bill)
	};

	return (cmocka_run_group_tests(tests, setup, NULL));
}
