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
workers_are_told_by_state(void **state)
{
	struct bed *b = *state;
	uint64_t n[LIVE_STATES];
	struct view v;

	assert_int_equal(b->live.phase, LIVE_WAITING);
	job(b, 4, "exec");
	assert_int_equal(b->live.phase, LIVE_ASKING);
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "workers"), "4 not asked for");
	for (uint32_t i = 0; i < 3; i++)
		tell(b, SV_SPAWN, i, 1, "{\"event\":\"request\"}");
	tell(b, SV_HELLO, 1, 1, "{}");
	/* The master has its question before all are there. */
	ask(b);
	assert_int_equal(b->live.phase, LIVE_STARTING);
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "workers"),
	    "1 not asked for, 2 starting, 1 here");
	assert_non_null(strstr(v.line[0].text, "1 of 4 are here"));
	tell(b, SV_SPAWN, 3, 1, "{\"event\":\"request\"}");
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(b->live.phase, LIVE_STARTING);
		tell(b, SV_HELLO, i, 1, "{}");
	}
	assert_int_equal(b->live.phase, LIVE_COMPUTING);
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "workers"), "4 computing");
	tell(b, SV_EVENT, 2, 1, "{\"event\":\"lost\",\"why\":\"x\"}");
	live_states(&b->live, &b->run, n);
	assert_int_equal(n[LIVE_LOST], 1);
	assert_int_equal(n[LIVE_HERE], 3);
	/* What the dead one still says does not count. */
	tell(b, SV_SPAWN, 2, 2, "{\"event\":\"request\"}");
	tell(b, SV_SPAWN, 2, 1, "{\"event\":\"exit\",\"status\":1}");
	live_states(&b->live, &b->run, n);
	assert_int_equal(n[LIVE_CALLED], 1);
	tell(b, SV_HELLO, 2, 2, "{}");
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "workers"),
	    "4 computing; lost 1, replaced 1");
	tell(b, SV_EVENT, SV_FRAME_NOSHARD, 0,
	    "{\"event\":\"stop\",\"why\":\"the purse is empty\"}");
	view(b, &v, 79, 11);
	assert_non_null(strstr(v.line[0].text,
	    "round 1 (step); to stop: the purse is empty"));
	tell(b, SV_MODEL, SV_FRAME_NOSHARD, 0, "{}");
	assert_int_equal(b->live.phase, LIVE_ENDING);
	for (uint32_t i = 0; i < 4; i++)
		tell(b, SV_SPAWN, i, i == 2 ? 2 : 1,
		    "{\"event\":\"exit\",\"status\":0}");
	tell(b, SV_END, SV_FRAME_NOSHARD, 0,
	    "{\"status\":0,\"reason\":\"done\"}");
	live_states(&b->live, &b->run, n);
	assert_int_equal(n[LIVE_GONE], 4);
	assert_int_equal(b->live.phase, LIVE_ENDED);
}

/* The worker at work is what is shown, and its successor beside it. */
static void
handovers_are_shown_while_they_go_on(void **state)
{
	struct bed *b = *state;
	struct view v;

	job(b, 2, "exec");
	for (uint32_t i = 0; i < 2; i++) {
		tell(b, SV_SPAWN, i, 1, "{\"event\":\"request\"}");
		tell(b, SV_HELLO, i, 1, "{}");
	}
	ask(b);
	for (uint32_t i = 0; i < 2; i++) {
		tell(b, SV_EVENT, i, 2, "{\"event\":\"wanted\","
		    "\"why\":\"handover\"}");
		tell(b, SV_SPAWN, i, 2, "{\"event\":\"request\"}");
	}
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "workers"),
	    "2 computing, 2 handing over");
	/* It has been delivered twice. */
	tell(b, SV_SPAWN, 0, 1, "{\"event\":\"exit\",\"status\":0,"
	    "\"end\":\"refused\"}");
	tell(b, SV_HELLO, 0, 2, "{}");
	tell(b, SV_EVENT, 0, 2, "{\"event\":\"handover\",\"from\":1}");
	tell(b, SV_SPAWN, 0, 1, "{\"event\":\"exit\",\"status\":0}");
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "workers"),
	    "2 computing, 1 handing over; handed over 1");
	/* A successor that is lost; another one. */
	tell(b, SV_EVENT, 1, 2, "{\"event\":\"lost\",\"why\":\"x\"}");
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "workers"),
	    "2 computing; handed over 1, lost 1");
	tell(b, SV_SPAWN, 1, 3, "{\"event\":\"request\"}");
	/* Now its worker goes, before the other one is here. */
	tell(b, SV_EVENT, 1, 1, "{\"event\":\"lost\",\"why\":\"x\"}");
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "workers"),
	    "1 starting, 1 computing; handed over 1, lost 2");
	tell(b, SV_HELLO, 1, 3, "{}");
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "workers"),
	    "2 computing; handed over 1, lost 2, replaced 1");
	/* And here one goes whose successor is here. */
	tell(b, SV_SPAWN, 1, 4, "{\"event\":\"request\"}");
	tell(b, SV_HELLO, 1, 4, "{}");
	tell(b, SV_EVENT, 1, 3, "{\"event\":\"left\",\"why\":\"x\"}");
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "workers"),
	    "2 computing; handed over 1, lost 2, replaced 2");
	assert_int_equal(live_handing(&b->live), 0);
}

static void
stragglers_are_those_beyond_chance(void **state)
{
	struct bed *b = *state;
	double extra[40];
	struct live_straggler s[3];
	struct live_pace pace;
	uint32_t of;

	job(b, 40, "exec");
	for (uint32_t k = 0; k < 30; k++) {
		/* Two of four that are slow are always the same. */
		memset(extra, 0, sizeof(extra));
		extra[7] = 0.03;
		extra[3] = 0.02;
		extra[(11 * k + 10) % 40] += 0.01;
		extra[(13 * k + 20) % 40] += 0.01;
		ask(b);
		assert_int_equal(live_stragglers(&b->live, s, 3, &of),
		    k < 10 ? 0 : 2);
		answer(b, 40, extra);
	}
	assert_int_equal(live_stragglers(&b->live, s, 3, &of), 2);
	assert_int_equal(of, LIVE_ROUNDS);
	assert_int_equal(s[0].rounds, LIVE_ROUNDS);
	assert_int_equal(s[1].rounds, LIVE_ROUNDS);
	assert_int_equal(s[0].shard, 7);
	assert_int_equal(s[1].shard, 3);
	assert_true(s[0].excess >= 0.03 - 1e-9 && s[0].excess < 0.033);
	assert_int_equal(live_stragglers(&b->live, s, 1, &of), 1);
	assert_int_equal(s[0].shard, 7);
	live_pace(&b->live, &b->run, &pace);
	assert_true(fabs(pace.round_s - 0.06) < 1e-9);
	assert_true(fabs(pace.per_s - 10.0) < 1e-9);
	assert_true(fabs(pace.comp_s - 0.008) < 1e-9);
	assert_true(fabs(pace.idle_s - 0.004) < 1e-9);
}

static void
an_old_objective_says_whose_it_is(void **state)
{
	struct bed *b = *state;
	struct view v;

	job(b, 2, "exec");
	trace_of(b, 1.0, 1e-9, 400.0, NAN);
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "objective"),
	    "400, at most 40 above the minimum");
	rounds(b, 3, 1.0, 0.5);
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "objective"),
	    "round 0: 400, at most 40 above the minimum");
	ask(b);
	trace_of(b, 0.1, 1e-9, NAN, 123.456789);
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "objective"),
	    "~123.457; round 0: 400, at most 40 above the minimum");
	trace_of(b, 0.1, 1e-9, 120.0, NAN);
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "objective"),
	    "120, at most 12 above the minimum");
	/* Of a fit that follows only what it says itself. */
	tell(b, SV_MODEL, SV_FRAME_NOSHARD, 0, "{}");
	ask(b);
	trace_of(b, 0.1, 1e-9, NAN, 99.0);
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "objective"), "~99");
}

static void
a_line_that_is_cut_says_so(void **state)
{
	static const char whole[] = "objective    415888.308, at most 4.2e+04 "
	    "above the minimum";
	struct bed *b = *state;
	struct view_state s = { .lines = 11, .name = "bed" };
	struct view v;

	job(b, 2, "exec");
	trace_of(b, 1.0, 1e-9, 415888.308, NAN);
	for (s.width = 14; s.width < sizeof(whole); s.width++) {
		const char *is;
		size_t n;

		s.mono = mono(b);
		s.utf8 = s.width % 2;
		view_make(&v, &b->live, &b->run, &s);
		is = line_of(&v, "objective") - 13;
		if (s.width == sizeof(whole) - 1) {
			assert_string_equal(is, whole);
			continue;
		}
		n = strcspn(is, "~\xe2");
		assert_true(n < s.width);
		assert_string_equal(is + n, s.utf8 ? "\xe2\x80\xa6" : "~");
		assert_memory_equal(is, whole, n);
		/* Whole words. */
		assert_int_equal(is[n - 1], ' ');
	}
	s.utf8 = 1;
	s.width = 39;
	view_make(&v, &b->live, &b->run, &s);
	assert_string_equal(line_of(&v, "objective"),
	    "415888.308, at most \xe2\x80\xa6");
}

static void
a_view_fits_where_it_must(void **state)
{
	static const double none[2];
	struct bed *b = *state;
	struct view v;

	job(b, 2, "lambda");
	for (uint32_t i = 0; i < 2; i++) {
		tell(b, SV_SPAWN, i, 1, "{\"event\":\"request\","
		    "\"how\":\"lambda\"}");
		tell(b, SV_HELLO, i, 1, "{\"memory_mb\":1024}");
	}
	for (int k = 0; k < 20; k++) {
		ask(b);
		answer(b, 2, none);
		trace(b, pow(0.5, k), 1e-9);
	}
	b->round += 5;
	ask(b);
	answer(b, 2, none);
	for (size_t lines = 1; lines <= VIEW_LINES; lines++) {
		for (size_t width = 10; width <= VIEW_WIDTH; width++) {
			view(b, &v, width, lines);
			assert_true(v.n >= 1 && v.n <= lines);
			for (size_t i = 0; i < v.n; i++)
				assert_true(strlen(v.line[i].text) <= width);
		}
	}
	/* What is left is what one must know. */
	view(b, &v, 79, 4);
	assert_non_null(strstr(v.line[0].text, "round 26"));
	assert_non_null(line_of(&v, "workers"));
	assert_non_null(line_of(&v, "spent"));
	assert_non_null(line_of(&v, "estimate"));
	view(b, &v, 79, 11);
	assert_string_equal(line_of(&v, "missing"), "the records of 5 rounds");
}

static void
what_comes_from_outside_is_shown_in_ascii(void **state)
{
	struct bed *b = *state;
	struct view v;

	job(b, 1, "exec");
	tell(b, SV_END, SV_FRAME_NOSHARD, 0, "{\"status\":1,\"reason\":"
	    "\"\\u001b[2J \xc3\xa9 \xc2\x9b bad\\n\"}");
	view(b, &v, 79, 11);
	assert_non_null(strstr(v.line[0].text, "failed: ?[2J ?? ?? bad?"));
	for (size_t i = 0; i < strlen(v.line[0].text); i++)
		assert_in_range(v.line[0].text[i], ' ', '~');
}

static void
numbers_that_cannot_be_are_passed_over(void **state)
{
	struct bed *b = *state;
	struct view v;

	/* No room is made for shards that are not there. */
	tell(b, SV_SPAWN, 4000000000u, 1, "{\"event\":\"request\"}");
	assert_int_equal(b->live.nworker, 0);
	job(b, 3, "exec");
	tell(b, SV_SPAWN, 3, 1, "{\"event\":\"request\"}");
	tell(b, SV_EVENT, SV_FRAME_NOSHARD, 0, "{\"event\":\"lost\"}");
	assert_int_equal(b->live.nworker, 0);
	b->now = INT64_MIN;
	trace(b, -1.0, -1.0);
	trace(b, INFINITY, NAN);
	b->now = INT64_MAX;
	trace(b, 1.0, 1e300);
	view(b, &v, 79, 11);
	assert_true(v.n > 1);
}

#define FED(test) cmocka_unit_test_setup_teardown(test, bed_setup, \
    bed_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FED(workers_are_told_by_state),
		FED(handovers_are_shown_while_they_go_on),
		FED(stragglers_are_those_beyond_chance),
		FED(an_old_objective_says_whose_it_is),
		FED(a_line_that_is_cut_says_so),
		FED(a_view_fits_where_it_must),
		FED(what_comes_from_outside_is_shown_in_ascii),
		FED(numbers_that_cannot_be_are_passed_over)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
