/*
 * How shards change hands, against times worked out by hand.  The job began at
 * 0; what is told of a worker names its shard and its generation.
 */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "changes.h"
#include "state.h"

#define T0 ((int64_t)1700000000 * 1000000000)
#define EPS 1e-6	/* what 64 bits tell of a moment in 2023 */

static void
assert_near(double value, double expect)
{

	if (!(fabs(value - expect) <= EPS))
		fail_msg("%.17g, expected %.17g", value, expect);
}

static void
give(struct sv_run *run, enum sv_type type, uint32_t shard, uint32_t generation,
    double at, const char *text)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, type, text, 0, SV_F64, 0), 0);
	f.shard = shard;
	f.generation = generation;
	f.time = T0 + (int64_t)llround(at * 1e9);
	assert_int_equal(sv_run_frame(run, &f), 0);
	sv_frame_fini(&f);
}

static void
event(struct sv_run *run, uint32_t shard, uint32_t generation, double at,
    const char *text)
{

	give(run, SV_EVENT, shard, generation, at, text);
}

/* Worker ${g} of ${shard}: asked for at ${at}, and here 0.5 later. */
static void
come(struct sv_run *run, uint32_t shard, uint32_t g, double at)
{

	give(run, SV_SPAWN, shard, g, at, "{\"event\":\"request\"}");
	give(run, SV_HELLO, shard, g, at + 0.5, "{\"memory_mb\":1024,"
	    "\"load_s\":0.1}");
}

static void
gone(struct sv_run *run, uint32_t shard, uint32_t g, double at)
{

	give(run, SV_SPAWN, shard, g, at, "{\"event\":\"exit\",\"status\":0}");
}

static void
begin(struct sv_run *run, const char *how)
{
	char text[80];

	sv_run_init(run, "made");
	snprintf(text, sizeof(text), "{\"workers\":2,\"how\":\"%s\"}", how);
	give(run, SV_JOB, SV_FRAME_NOSHARD, 0, 0, text);
	come(run, 0, 1, 1);
	come(run, 1, 1, 1);
}

static void
end(struct sv_run *run, double at)
{

	give(run, SV_END, SV_FRAME_NOSHARD, 0, at, "{\"status\":0}");
}

/* Shard 0: from 1 to 2 at 12, to 3 at 22. */
static void
give_handovers(struct sv_run *run)
{

	event(run, 0, 2, 10, "{\"event\":\"wanted\",\"why\":\"handover\"}");
	come(run, 0, 2, 10.25);
	event(run, 0, 2, 12, "{\"event\":\"handover\",\"from\":1,"
	    "\"bytes\":1000,\"took_s\":0.25}");
	gone(run, 0, 1, 12.25);
	event(run, 0, 3, 20, "{\"event\":\"wanted\",\"why\":\"handover\"}");
	come(run, 0, 3, 21);
	event(run, 0, 3, 22, "{\"event\":\"handover\",\"from\":2,"
	    "\"bytes\":3000,\"took_s\":0.75}");
	gone(run, 0, 2, 22.5);
}

static void
a_handover_from_the_request_to_the_end(void **state)
{
	struct sv_summary sum;
	struct sv_change *c;
	struct sv_run run;
	size_t n;

	(void)state;
	begin(&run, "exec");
	give_handovers(&run);
	end(&run, 30);
	assert_int_equal(sv_changes_list(&run, &c, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(c[0].kind, SV_CHANGE_HANDOVER);
	assert_int_equal(c[0].shard, 0);
	assert_int_equal(c[0].generation, 1);
	assert_int_equal(c[0].next, 2);
	assert_near(c[0].at, 12);
	assert_near(c[0].wanted, 10);
	assert_near(c[0].called, 10.25);
	assert_near(c[0].hello, 10.75);
	assert_near(c[0].took, 0.25);
	assert_near(c[0].bytes, 1000);
	assert_true(isnan(c[0].away));
	assert_int_equal(c[1].generation, 2);
	assert_near(c[1].hello, 21.5);
	free(c);
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	assert_int_equal(sum.changes.handovers, 2);
	assert_int_equal(sum.changes.successors, 2);
	assert_int_equal(sum.changes.replaced, 0);
	assert_int_equal(sum.changes.lost, 0);
	assert_near(sum.changes.bytes, 2000);
	assert_near(sum.changes.took_s, 0.5);
	assert_near(sum.changes.took_max_s, 0.75);
	assert_int_equal(sum.cold, 4);
	/* Commands cost nothing. */
	assert_int_equal(sum.changes.overlap.n, 0);
	sv_run_fini(&run);
}

/* Workers of 1 GB; shard 0: 10.25 to 12.25 and 21 to 22.5 there are two. */
static void
both_workers_are_billed(void **state)
{
	struct sv_summary sum;
	struct sv_run run;

	(void)state;
	begin(&run, "lambda");
	give_handovers(&run);
	end(&run, 30);
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	assert_int_equal(sum.changes.overlap.n, 2);
	assert_near(sum.changes.overlap.seconds, 2 + 1.5);
	assert_near(sum.changes.overlap.gb_seconds, 3.5);
	/* 1 to 12.25, 10.25 to 22.5, 21 to 30, and 1 to 30 of shard 1. */
	assert_int_equal(sum.bill.all.requests, 4);
	assert_near(sum.bill.all.gb_seconds, 11.25 + 12.25 + 9 + 29);
	sv_run_fini(&run);
}

/* Called and not waited for: nobody tells of the end but the handover. */
static void
without_an_exit_a_handover_is_the_end(void **state)
{
	struct sv_summary sum;
	struct sv_run run;

	(void)state;
	begin(&run, "lambda-async");
	event(&run, 0, 2, 10, "{\"event\":\"wanted\",\"why\":\"handover\"}");
	come(&run, 0, 2, 10.25);
	event(&run, 0, 2, 12, "{\"event\":\"handover\",\"from\":1}");
	event(&run, 1, 1, 14, "{\"event\":\"left\",\"why\":\"its time\"}");
	come(&run, 1, 2, 14);
	end(&run, 30);
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	assert_near(sum.bill.all.gb_seconds, 11 + 19.75 + 13 + 16);
	assert_near(sum.changes.overlap.seconds, 1.75);
	assert_true(isnan(sum.changes.bytes));
	assert_int_equal(sum.changes.left, 1);
	assert_int_equal(sum.changes.replaced, 1);
	sv_run_fini(&run);
}

static void
losses_and_who_came_after_them(void **state)
{
	struct sv_summary sum;
	struct sv_change *c;
	struct sv_run run;
	size_t n;

	(void)state;
	begin(&run, "exec");
	event(&run, 0, 1, 5, "{\"event\":\"lost\",\"why\":\"killed\"}");
	/* The second one is lost before it is here. */
	give(&run, SV_SPAWN, 0, 2, 5.5, "{\"event\":\"request\"}");
	event(&run, 0, 2, 6, "{\"event\":\"lost\",\"why\":\"killed\"}");
	come(&run, 0, 3, 6.5);
	event(&run, 0, 3, 7, "{\"event\":\"taken\",\"state\":\"saved\","
	    "\"round\":40}");
	/* Nobody comes any more. */
	event(&run, 1, 1, 8, "{\"event\":\"lost\",\"why\":\"no update\"}");
	end(&run, 9);
	assert_int_equal(sv_changes_list(&run, &c, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(c[0].next, 3);
	assert_near(c[0].away, 2);
	assert_near(c[0].saved, 40);
	assert_int_equal(c[1].next, 3);
	assert_near(c[1].away, 1);
	assert_int_equal(c[2].next, 0);
	assert_true(isnan(c[2].away));
	assert_string_equal(c[2].why, "no update");
	free(c);
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	assert_int_equal(sum.changes.lost, 3);
	assert_int_equal(sum.changes.replaced, 1);
	assert_near(sum.changes.away_s, 1.5);
	assert_near(sum.changes.away_max_s, 2);
	sv_run_fini(&run);
}

/* Cut at 5, given up at 12; the second one was there at 6.5, and is gone. */
static void
time_runs_from_the_cut(void **state)
{
	struct sv_change *c;
	struct sv_run run;
	size_t n;

	(void)state;
	begin(&run, "exec");
	event(&run, 0, 1, 3, "{\"event\":\"cut\"}");
	event(&run, 0, 1, 4, "{\"event\":\"back\"}");
	event(&run, 0, 1, 5, "{\"event\":\"cut\"}");
	event(&run, 0, 2, 6, "{\"event\":\"wanted\",\"why\":\"handover\"}");
	come(&run, 0, 2, 6);
	event(&run, 0, 2, 10, "{\"event\":\"lost\",\"why\":\"late\"}");
	event(&run, 0, 3, 10.5, "{\"event\":\"wanted\","
	    "\"why\":\"handover\"}");
	come(&run, 0, 3, 10.5);
	event(&run, 0, 1, 12, "{\"event\":\"lost\",\"why\":\"its "
	    "connection was cut, and not back in 7 s\"}");
	assert_int_equal(sv_changes_list(&run, &c, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(c[0].next, 3);
	assert_true(isnan(c[0].away));
	assert_int_equal(c[1].generation, 1);
	assert_int_equal(c[1].next, 3);
	assert_near(c[1].away, 7);
	free(c);
	sv_run_fini(&run);
}

/* One that came to take over finds nobody there, or is lost itself. */
static void
a_successor_may_stand_in(void **state)
{
	struct sv_summary sum;
	struct sv_change *c;
	struct sv_run run;
	size_t n;

	(void)state;
	begin(&run, "exec");
	event(&run, 0, 2, 10, "{\"event\":\"wanted\",\"why\":\"handover\"}");
	come(&run, 0, 2, 10);
	event(&run, 0, 1, 11, "{\"event\":\"lost\",\"why\":\"killed\"}");
	event(&run, 1, 2, 10, "{\"event\":\"wanted\",\"why\":\"handover\"}");
	come(&run, 1, 2, 10);
	event(&run, 1, 2, 11, "{\"event\":\"lost\",\"why\":\"killed\"}");
	event(&run, 1, 3, 12, "{\"event\":\"wanted\",\"why\":\"handover\"}");
	come(&run, 1, 3, 12);
	end(&run, 13);
	assert_int_equal(sv_changes_list(&run, &c, &n), 0);
	assert_int_equal(n, 2);
	/* It was there already. */
	assert_int_equal(c[0].next, 2);
	assert_near(c[0].away, 0);
	assert_int_equal(c[1].generation, 2);
	assert_int_equal(c[1].next, 3);
	assert_true(isnan(c[1].away));
	free(c);
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	assert_int_equal(sum.changes.successors, 3);
	assert_int_equal(sum.changes.lost, 2);
	assert_int_equal(sum.changes.handovers, 0);
	assert_int_equal(sum.changes.replaced, 1);
	sv_run_fini(&run);
}

static void
lost(struct sv_run *run, const char *why)
{
	char text[400];

	snprintf(text, sizeof(text), "{\"event\":\"lost\",\"why\":\"%s\"}",
	    why);
	event(run, 0, 1, 1, text);
}

/* Who is killed, or never comes back; who does; and who was cut before. */
static void
a_connection_is_not_a_worker(void **state)
{
	static const char cut[] = "{\"event\":\"cut\"}";
	static const char back[] = "{\"event\":\"back\"}";
	struct sv_summary sum;
	struct sv_run run;

	(void)state;
	begin(&run, "exec");
	event(&run, 0, 1, 3, cut);
	event(&run, 0, 1, 4, back);
	event(&run, 0, 1, 5, cut);
	event(&run, 0, 1, 5, "{\"event\":\"lost\",\"why\":\"killed\"}");
	event(&run, 1, 1, 5, cut);
	event(&run, 1, 1, 12, "{\"event\":\"lost\",\"why\":\"its "
	    "connection was cut, and not back in 7 s\"}");
	event(&run, 1, 2, 13, back);
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	assert_int_equal(sum.changes.cuts, 2);
	assert_int_equal(sum.changes.backs, 1);
	sv_run_fini(&run);
}

static void
reasons_are_counted(void **state)
{
	static const char * const why[] = {
		"killed by signal 9", "no update within 7 s, it seems",
		"killed by signal 11", "no update within 8.25 s, it seems",
		"killed by signal 9", "no update within 7.5 s, it seems",
		"", "5 sheep", "\xc3\xa9 1 s",
		"failed: RequestId: 1-2 Error: x", "failed: RequestId: 1-3 "
		"Error: x", "RequestId: 7"
	};
	struct sv_changes_reason *r;
	struct sv_run run;
	char text[SV_CHANGES_WHY * 3];
	size_t n;

	(void)state;
	sv_run_init(&run, "made");
	assert_int_equal(sv_changes_reasons(&run, "lost", &r, &n), 0);
	assert_int_equal(n, 0);
	free(r);
	for (size_t i = 0; i < sizeof(why) / sizeof(why[0]); i++)
		lost(&run, why[i]);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	lost(&run, text);
	assert_int_equal(sv_changes_reasons(&run, "left", &r, &n), 0);
	assert_int_equal(n, 0);
	free(r);
	assert_int_equal(sv_changes_reasons(&run, "lost", &r, &n), 0);
	assert_int_equal(n, 9);
	assert_int_equal(r[0].n, 3);
	assert_string_equal(r[0].text, "no update within 7 to 8.25 s, it seems");
	assert_int_equal(r[1].n, 2);
	assert_string_equal(r[1].text, "killed by signal 9");
	assert_int_equal(r[2].n, 2);
	assert_string_equal(r[2].text, "failed: Error: x");
	assert_int_equal(r[3].n, 1);
	assert_string_equal(r[3].text, "killed by signal 11");
	assert_string_equal(r[4].text, "");
	assert_string_equal(r[5].text, "5 sheep");
	assert_string_equal(r[6].text, "\xc3\xa9 1 s");
	assert_string_equal(r[7].text, "RequestId: 7");
	assert_int_equal(strlen(r[8].text), SV_CHANGES_WHY - 1);
	free(r);
	sv_run_fini(&run);
}

static void
give_state(struct sv_run *run, uint32_t shard, uint32_t k, size_t len)
{
	static const uint8_t bytes[3000];
	struct sv_frame f;

	for (uint32_t part = 0; part < sv_state_parts(len, 1000); part++) {
		assert_int_equal(sv_state_cut(&f, bytes, len, 1000, part), 0);
		f.shard = shard;
		f.round = k;
		assert_int_equal(sv_run_frame(run, &f), 0);
		sv_frame_fini(&f);
	}
}

static void
states_are_counted_and_not_kept(void **state)
{
	struct sv_run run;
	struct sv_frame f;

	(void)state;
	sv_run_init(&run, "made");
	give_state(&run, 0, 10, 2500);
	give_state(&run, 1, 10, 3000);
	event(&run, SV_FRAME_NOSHARD, 0, 1, "{\"event\":\"saved\","
	    "\"round\":10}");
	assert_int_equal(run.saves.complete, 1);
	assert_int_equal(run.saves.round, 10);
	assert_int_equal(run.saves.states, 2);
	assert_near(run.saves.bytes, 5500);
	/* The hub knows better: of one all parts came twice. */
	give_state(&run, 0, 20, 2500);
	event(&run, SV_FRAME_NOSHARD, 0, 1, "{\"event\":\"saved\","
	    "\"round\":20,\"bytes\":2000}");
	assert_int_equal(run.saves.complete, 2);
	assert_near(run.saves.bytes, 2000);
	assert_near(run.saves.all_bytes, 8000);
	/* One that is not complete. */
	give_state(&run, 0, 30, 2500);
	assert_int_equal(run.saves.round, 20);
	give(&run, SV_CHECKPOINT, SV_FRAME_NOSHARD, 0, 1, "{\"version\":1}");
	assert_int_equal(run.saves.checkpoints, 1);
	assert_int_equal(run.unread, 0);
	assert_int_equal(sv_frame_make(&f, SV_STATE, NULL, 0, SV_F64, 3), 0);
	assert_int_equal(sv_run_frame(&run, &f), 0);
	assert_int_equal(run.unread, 1);
	sv_frame_fini(&f);
	event(&run, SV_FRAME_NOSHARD, 0, 1, "{\"event\":\"saved\","
	    "\"round\":-1}");
	assert_int_equal(run.saves.complete, 2);
	sv_run_fini(&run);
}

static void
give_trace(struct sv_run *run, enum sv_op op, uint32_t k)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, SV_TRACE, NULL, SV_TR_N, SV_F64, 0),
	    0);
	f.op = (uint8_t)op;
	f.round = k;
	assert_int_equal(sv_run_frame(run, &f), 0);
	sv_frame_fini(&f);
}

/* A look at the answer of round 120 is no round of the method. */
static void
rounds_go_on_behind_those_of_another_run(void **state)
{
	struct sv_summary sum;
	struct sv_run run;

	(void)state;
	sv_run_init(&run, "made");
	event(&run, SV_FRAME_NOSHARD, 0, 1, "{\"event\":\"resumed\","
	    "\"round\":120,\"state\":\"exact\",\"run\":\"00000000000000aa\","
	    "\"fit\":{}}");
	event(&run, SV_FRAME_NOSHARD, 0, 1, "{\"event\":\"resumed\","
	    "\"round\":7}");
	give_trace(&run, SV_OP_GRAD, 120);
	give_trace(&run, SV_OP_GRAD, 121);
	give_trace(&run, SV_OP_GRAD, 121);
	give_trace(&run, SV_OP_GRAD, 122);
	assert_int_equal(run.origin.round, 120);
	assert_string_equal(run.origin.state, "exact");
	assert_string_equal(run.origin.run, "00000000000000aa");
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	assert_int_equal(sum.rounds, 2);
	assert_int_equal(sum.other_rounds, 2);
	sv_run_fini(&run);
}

static void
what_cannot_be_does_no_harm(void **state)
{
	static const char * const bad[] = {
		"{\"event\":\"handover\",\"from\":-1,\"bytes\":1e300,"
		"\"took_s\":\"x\"}",
		"{\"event\":\"handover\",\"from\":4294967296}",
		"{\"event\":\"handover\",\"from\":null}",
		"{\"event\":\"taken\",\"round\":1e99}",
		"{\"event\":\"wanted\"}", "{\"event\":\"lost\",\"why\":7}",
		"{\"event\":\"resumed\",\"round\":\"k\"}",
		"{\"event\":\"peers\",\"garbage\":[]}"
	};
	struct sv_summary sum;
	struct sv_change *c;
	struct sv_run run;
	size_t n;

	(void)state;
	sv_run_init(&run, "made");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		event(&run, UINT32_MAX, UINT32_MAX, -1e9, bad[i]);
	assert_int_equal(sv_changes_list(&run, &c, &n), 0);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(c[i].generation, 0);
		assert_true(isnan(c[i].at) && isnan(c[i].bytes));
		assert_true(isnan(c[i].took));
	}
	free(c);
	assert_false(run.origin.known);
	assert_true(isnan(run.peers.garbage));
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	assert_int_equal(sum.changes.handovers, 3);
	sv_run_fini(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handover_from_the_request_to_the_end),
		cmocka_unit_test(both_workers_are_billed),
		cmocka_unit_test(without_an_exit_a_handover_is_the_end),
		cmocka_unit_test(losses_and_who_came_after_them),
		cmocka_unit_test(time_runs_from_the_cut),
		cmocka_unit_test(a_successor_may_stand_in),
		cmocka_unit_test(a_connection_is_not_a_worker),
		cmocka_unit_test(reasons_are_counted),
		cmocka_unit_test(states_are_counted_and_not_kept),
		cmocka_unit_test(rounds_go_on_behind_those_of_another_run),
		cmocka_unit_test(what_cannot_be_does_no_harm)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
