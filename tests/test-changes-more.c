/* Why workers were lost; what was saved; where a run goes on from. */
#include "config.h"

#include <stdlib.h>

#include "changesbed.h"
#include "state.h"

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
	/* Which is of round 0. */
	assert_int_equal(run.saves.point, 0);
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
		cmocka_unit_test(a_connection_is_not_a_worker),
		cmocka_unit_test(reasons_are_counted),
		cmocka_unit_test(states_are_counted_and_not_kept),
		cmocka_unit_test(rounds_go_on_behind_those_of_another_run),
		cmocka_unit_test(what_cannot_be_does_no_harm)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
