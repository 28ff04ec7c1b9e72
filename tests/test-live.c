#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../tools/stats/live.h"
#include "../tools/stats/view.h"
#include "price.h"

#define SECOND 1000000000

/* A run that is fed, and what is known of it. */
struct bed {
	struct sv_run run;
	struct live live;
	struct sv_price price;
	int64_t now;	/* ns */
	uint32_t round;
	double took;	/* s, a round */
};

static int
setup(void **state)
{
	struct bed *b = calloc(1, sizeof(*b));

	if (b == NULL || sv_price_builtin(&b->price) == -1)
		return (-1);
	sv_run_init(&b->run, "bed");
	live_init(&b->live, &b->price, SV_PRICE_X86_64, 0.0);
	b->now = (int64_t)1700000000 * SECOND;
	b->took = 0.06;
	*state = b;
	return (0);
}

static int
teardown(void **state)
{
	struct bed *b = *state;

	live_fini(&b->live);
	sv_run_fini(&b->run);
	free(b);
	return (0);
}

/* The monotonic clock goes as the frames' own, from the first frame. */
static double
mono(const struct bed *b)
{

	return (((double)b->now - 1.7e9 * SECOND) * 1e-9);
}

static void
give(struct bed *b, struct sv_frame *f)
{

	f->time = b->now;
	assert_int_equal(sv_run_frame(&b->run, f), 0);
	assert_int_equal(live_frame(&b->live, &b->run, f, mono(b)), 0);
	sv_frame_fini(f);
}

static void
tell(struct bed *b, enum sv_type type, uint32_t shard, uint32_t generation,
    const char *text)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, type, text, 0, SV_BYTES, 0), 0);
	f.shard = shard;
	f.generation = generation;
	give(b, &f);
}

static void
job(struct bed *b, int workers, const char *how)
{
	char text[100];

	snprintf(text, sizeof(text), "{\"workers\":%d,\"how\":\"%s\"}", workers,
	    how);
	tell(b, SV_JOB, SV_FRAME_NOSHARD, 0, text);
}

static void
ask(struct bed *b)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, SV_GLOBAL, "{}", 0, SV_F64, 1), 0);
	f.op = SV_OP_STEP;
	f.round = ++b->round;
	give(b, &f);
}

/* The round's end after 0.1 s: worker i takes 0.01 s, and ${extra[i]}. */
static void
answer(struct bed *b, uint32_t W, const double *extra)
{
	struct sv_frame f;
	double *ts, *row;

	b->now += SECOND / 10;
	assert_int_equal(sv_frame_make(&f, SV_TIMING, NULL, SV_TS_N, SV_F64,
	    (uint64_t)W * SV_TM_N), 0);
	f.op = SV_OP_STEP;
	f.round = f.seq = b->round;
	ts = sv_frame_scalars(&f);
	row = sv_frame_elems(&f);
	ts[SV_TS_SENT] = ts[SV_TS_ALLSENT] = 0.1 * b->round;
	ts[SV_TS_LASTIN] = ts[SV_TS_SENT] + 0.05;
	ts[SV_TS_ANSWER] = ts[SV_TS_SENT] + b->took;
	for (uint32_t i = 0; i < W; i++, row += SV_TM_N) {
		row[SV_TM_SENT] = ts[SV_TS_SENT];
		row[SV_TM_COMP] = 0.008;
		row[SV_TM_IDLE] = b->round == 1 ? NAN : 0.004;
		row[SV_TM_RECEIVED] = ts[SV_TS_SENT] + 0.01 + extra[i];
		row[SV_TM_TAKEN] = row[SV_TM_SUMMED] = row[SV_TM_RECEIVED];
		row[SV_TM_CPU] = 0.001;
		row[SV_TM_GENERATION] = 1;
	}
	give(b, &f);
}

static void
trace(struct bed *b, double measure, double target)
{
	struct sv_frame f;
	double *tr;

	assert_int_equal(sv_frame_make(&f, SV_TRACE, NULL, SV_TR_N, SV_BYTES,
	    0), 0);
	f.op = SV_OP_STEP;
	f.round = b->round;
	tr = sv_frame_scalars(&f);
	for (int i = 0; i < SV_TR_N; i++)
		tr[i] = NAN;
	tr[SV_TR_MEASURE] = measure;
	tr[SV_TR_TARGET] = target;
	tr[SV_TR_PRIMAL] = tr[SV_TR_DUAL] = measure;
	give(b, &f);
}

static void
view(struct bed *b, struct view *v, size_t width, size_t lines)
{
	struct view_state s = { .mono = mono(b), .width = width,
	    .lines = lines, .name = "bed" };

	view_make(v, &b->live, &b->run, &s);
}

/* The line of ${v} that begins with ${label}, behind it; or NULL. */
static const char *
line_of(const struct view *v, const char *label)
{

	for (size_t i = 0; i < v->n; i++)
		if (strncmp(v->line[i].text, label, strlen(label)) == 0)
			return (v->line[i].text + 13);
	return (NULL);
}

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
the_pace_is_that_of_the_latest_third(void **state)
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

#define FED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FED(workers_are_told_by_state),
		FED(stragglers_are_those_beyond_chance),
		FED(an_estimate_has_time_and_money),
		FED(the_pace_is_that_of_the_latest_third),
		FED(a_view_fits_where_it_must),
		FED(what_comes_from_outside_is_shown_in_ascii),
		FED(numbers_that_cannot_be_are_passed_over)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
