/* How shards change hands, against times worked out by hand. */
#include "config.h"

#include <stdlib.h>

#include "changesbed.h"

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

/* Delivered twice: what the second one says is not the first one's end. */
static void
a_second_one_is_no_end(void **state)
{
	struct sv_summary sum;
	struct sv_run run;

	(void)state;
	begin(&run, "lambda");
	give(&run, SV_SPAWN, 0, 1, 2, "{\"event\":\"exit\",\"status\":0,"
	    "\"http\":200,\"end\":\"refused\",\"billed_s\":0.25,"
	    "\"memory_mb\":1024}");
	give_handovers(&run);
	end(&run, 30);
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	assert_int_equal(sum.bill.all.requests, 5);
	assert_near(sum.bill.all.gb_seconds, 0.25 + 11.25 + 12.25 + 9 + 29);
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
	    "\"round\":40,\"steps\":7}");
	/* Nobody comes any more. */
	event(&run, 1, 1, 8, "{\"event\":\"lost\",\"why\":\"no update\"}");
	end(&run, 9);
	assert_int_equal(sv_changes_list(&run, &c, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(c[0].next, 3);
	assert_near(c[0].away, 2);
	assert_near(c[0].saved, 40);
	assert_near(c[0].steps, 7);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handover_from_the_request_to_the_end),
		cmocka_unit_test(both_workers_are_billed),
		cmocka_unit_test(a_second_one_is_no_end),
		cmocka_unit_test(without_an_exit_a_handover_is_the_end),
		cmocka_unit_test(losses_and_who_came_after_them),
		cmocka_unit_test(time_runs_from_the_cut),
		cmocka_unit_test(a_successor_may_stand_in)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
