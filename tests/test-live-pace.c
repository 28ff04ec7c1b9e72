#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "livebed.h"

static void
an_estimate_has_time_and_money(void **state)
{
	static const double none[2];
	struct bed *b = *state;
	struct view v;
	double y = 1.0;

	job(b, 2, "lambda");
	for (uint32_t i = 0; i < 2; i++) {
		tell(b, SV_SPAWN, i, 1, "{\"event\":\"request\","
		    "\"how\":\"lambda\"}");
		tell(b, SV_HELLO, i, 1, "{\"memory_mb\":1024}");
	}
	for (int k = 0; k < 20; k++, y *= 0.5) {
		ask(b);
		answer(b, 2, none);
		trace(b, y, 1e-9);
	}
	view(b, &v, 100, 11);
	/* 0.5^30 < 1e-9: that is round 31, and 20 have been, 0.1 s each. */
	assert_string_equal(line_of(&v, "estimate"),
	    "model in 1.10 s, 11 rounds, $0.000104 in all");
	/* 2 requests, 2 x 2 s of 1 GB at 0.0000166667. */
	assert_string_equal(line_of(&v, "spent"),
	    "$0.0000671, $0.12 an hour now (2 functions)");
	assert_true(fabs(view_progress(&b->live) -
	    log(0.5) * 19.0 / log(1e-9)) < 1e-9);
	/* A fit that follows is another one. */
	tell(b, SV_MODEL, SV_FRAME_NOSHARD, 0, "{}");
	ask(b);
	answer(b, 2, none);
	trace(b, 1.0, 1e-9);
	view(b, &v, 100, 11);
	assert_string_equal(line_of(&v, "estimate"), "not known yet");
	assert_non_null(strstr(v.line[0].text, "model 2, round 21 (step)"));
	tell(b, SV_END, SV_FRAME_NOSHARD, 0,
	    "{\"status\":0,\"reason\":\"done\"}");
	b->now += 100 * (int64_t)SECOND;
	view(b, &v, 100, 11);
	/* Nothing runs on. */
	assert_string_equal(line_of(&v, "spent"), "$0.0000704");
	assert_null(line_of(&v, "estimate"));
	assert_null(strstr(v.line[0].text, "nothing new"));
}

static void
the_pace_is_that_of_the_last_rounds(void **state)
{
	static const double none[2];
	struct bed *b = *state;
	struct live_pace pace;
	struct view v;

	job(b, 2, "exec");
	live_pace(&b->live, &b->run, &pace);
	assert_true(isnan(pace.round_s) && isnan(pace.per_s));
	for (int k = 0; k < 15; k++) {
		b->took = k < 10 ? 0.09 : 0.06;
		ask(b);
		answer(b, 2, none);
	}
	live_pace(&b->live, &b->run, &pace);
	assert_true(fabs(pace.round_s - 0.06) < 1e-9);
	assert_true(fabs(pace.comp_s - 0.008) < 1e-9);
	b->now += 4 * (int64_t)SECOND;
	view(b, &v, 79, 11);
	assert_null(strstr(v.line[0].text, "nothing new"));
	b->now += 3 * (int64_t)SECOND;
	view(b, &v, 79, 11);
	assert_non_null(strstr(v.line[0].text, "round 15 (step); nothing new "
	    "for 7.00 s"));
}

static void
rounds_that_get_shorter_are_no_measure(void **state)
{
	struct bed *b = *state;
	struct live_pace pace;
	struct view v;

	job(b, 2, "exec");
	/* 2 s, and 25 ms after 20 rounds. */
	b->lasts = 2.0;
	rounds(b, 20, 0.8, 0.5);
	live_pace(&b->live, &b->run, &pace);
	assert_false(pace.steady);
	/* The third of the last five that are known to be over, */
	assert_true(fabs(pace.per_s - 1.0 / (2.0 * pow(0.8, 16))) < 1e-6);
	/* but they go on to get shorter, if ever less: */
	assert_true(fabs(pace.next_s - 2.0 * pow(0.8, 18)) < 1e-6);
	assert_true(fabs(pace.change - 0.8) < 1e-6);
	assert_true(fabs(live_left(&pace, 1) / pace.next_s -
	    pow(0.8, 0.85)) < 1e-6);
	/* 0.8^(0.85 + 0.85^2 + ...) at the end */
	assert_true(fabs(live_left(&pace, 1e9) / pace.next_s / 1e9 -
	    pow(0.8, 0.85 / 0.15)) < 1e-4);
	view(b, &v, 100, 11);
	assert_string_equal(line_of(&v, "estimate"),
	    "model in about 188 ms, 10 rounds");
	/* As long as they are long, then. */
	b->lasts = 0.02;
	rounds(b, 5, 1.0, 0.5);
	live_pace(&b->live, &b->run, &pace);
	assert_false(pace.steady);
	rounds(b, 6, 1.0, 0.6);
	live_pace(&b->live, &b->run, &pace);
	assert_true(pace.steady);
	assert_true(fabs(pace.per_s - 50.0) < 1e-6);
	/* Or longer. */
	b->lasts = 0.03;
	rounds(b, 6, 1.0, 0.6);
	live_pace(&b->live, &b->run, &pace);
	assert_false(pace.steady);
	assert_true(fabs(pace.per_s - 1.0 / 0.03) < 1e-6);
	assert_true(fabs(live_left(&pace, 10) - 0.3) < 1e-6);
}

static void
looks_have_their_part_in_the_pace(void **state)
{
	struct bed *b = *state;
	struct live_pace pace;

	job(b, 2, "exec");
	for (int k = 0; k < 21; k++) {
		/* Each fifth round waits for a look. */
		b->lasts = k % 5 == 2 ? 0.3 : 0.1;
		rounds(b, 1, 1.0, 0.5);
	}
	live_pace(&b->live, &b->run, &pace);
	assert_true(pace.steady);
	assert_true(fabs(pace.per_s - 5.0 / 0.7) < 1e-6);
}

#define FED(test) cmocka_unit_test_setup_teardown(test, bed_setup, \
    bed_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FED(an_estimate_has_time_and_money),
		FED(the_pace_is_that_of_the_last_rounds),
		FED(rounds_that_get_shorter_are_no_measure),
		FED(looks_have_their_part_in_the_pace)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
