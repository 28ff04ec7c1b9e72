/*
 * The figures of a run, against values worked out by hand.  Two workers, three
 * rounds:
 *
 *	round	     worker 0: sent received taken summed comp idle cpu
 *	1 step  0..	10.00 10.30 10.31 10.33 0.25 -    0.20
 *		     worker 1: 10.01 10.41 10.45 10.46 0.38 -    0.30
 *		     complete 10.47, answered 10.50
 *	2 step		10.50 10.90 10.91 10.92 0.35 0.25 0.30
 *			10.51 10.81 10.82 10.84 0.28 0.13 0.20
 *		     complete 10.93, answered 10.99
 *	2 grad		11.00 11.05 11.05 11.06 0.04 0.16 0.04
 *			11.00 11.06 11.06 11.07 0.05 0.22 0.05
 *		     complete 11.08, answered 11.10
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

#include "json.h"
#include "measure.h"

#define T0 ((int64_t)1700000000 * 1000000000)	/* the hub's 0 */
#define EPS 1e-12

static const double timings[3][2][SV_TM_N] = {
	{ { 10.00, 10.30, 10.31, 10.33, 0.25, NAN, 0.20, 1 },
	  { 10.01, 10.41, 10.45, 10.46, 0.38, NAN, 0.30, 1 } },
	{ { 10.50, 10.90, 10.91, 10.92, 0.35, 0.25, 0.30, 1 },
	  { 10.51, 10.81, 10.82, 10.84, 0.28, 0.13, 0.20, 2 } },
	{ { 11.00, 11.05, 11.05, 11.06, 0.04, 0.16, 0.04, 1 },
	  { 11.00, 11.06, 11.06, 11.07, 0.05, 0.22, 0.05, 2 } }
};
static const double scalars[3][SV_TS_N] = {
	{ 10.00, 10.01, 10.47, 10.50, 1000, 2000 },
	{ 10.50, 10.51, 10.93, 10.99, 1000, 2000 },
	{ 11.00, 11.00, 11.08, 11.10, 900, 1900 }
};

static void
assert_near(double value, double expect, double eps)
{

	if (!(fabs(value - expect) <= eps))
		fail_msg("%.17g, expected %.17g", value, expect);
}

/* Hand a frame to the run at second ${at} of the hub's clock. */
static void
give(struct sv_run *run, struct sv_frame *f, double at)
{

	f->time = T0 + (int64_t)llround(at * 1e9);
	assert_int_equal(sv_run_frame(run, f), 0);
	sv_frame_fini(f);
}

static void
give_text(struct sv_run *run, enum sv_type type, const char *text,
    uint32_t shard, uint32_t generation, double at)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, type, text, 0, SV_F64, 0), 0);
	f.shard = shard;
	f.generation = generation;
	give(run, &f, at);
}

static void
give_timing(struct sv_run *run, uint8_t op, uint32_t round, uint32_t seq,
    const double *ts, const double *rows, uint64_t W)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, SV_TIMING, NULL, SV_TS_N, SV_F64,
	    W * SV_TM_N), 0);
	f.op = op;
	f.round = round;
	f.seq = seq;
	memcpy(sv_frame_scalars(&f), ts, SV_TS_N * sizeof(double));
	memcpy(sv_frame_elems(&f), rows, W * SV_TM_N * sizeof(double));
	/* Sealed 1 ms after the last moment, but 5 ms after the first one's. */
	give(run, &f, ts[SV_TS_ANSWER] + (seq == 1 ? 0.005 : 0.001));
}

static void
give_rounds(struct sv_run *run)
{

	give_timing(run, SV_OP_STEP, 1, 1, scalars[0], timings[0][0], 2);
	give_timing(run, SV_OP_STEP, 2, 2, scalars[1], timings[1][0], 2);
	give_timing(run, SV_OP_GRAD, 2, 3, scalars[2], timings[2][0], 2);
}

static void
give_lives(struct sv_run *run)
{

	give_text(run, SV_SPAWN, "{\"event\":\"request\"}", 1, 1, 1.5);
	give_text(run, SV_SPAWN, "{\"event\":\"request\"}", 0, 1, 1.0);
	/* Worker 0: began at 1.25, loaded 0.5, said hello at 2.0. */
	give_text(run, SV_HELLO, "{\"load_s\":0.5,\"load_cpu_s\":0.25,"
	    "\"shard_bytes\":100,\"rss_bytes\":3000,"
	    "\"start_ns\":1700000001250000000}", 0, 1, 2.0);
	/* Worker 1: its clock is an hour ahead. */
	give_text(run, SV_HELLO, "{\"load_s\":1.0,\"load_cpu_s\":0.75,"
	    "\"shard_bytes\":120,\"rss_bytes\":2000,"
	    "\"start_ns\":1700003600000000000}", 1, 1, 4.0);
	/* The same instance again: it counts once. */
	give_text(run, SV_HELLO, "{\"load_s\":9.0,\"load_cpu_s\":9.0}", 1, 1,
	    5.0);
	give_text(run, SV_EVENT, "{\"event\":\"lost\",\"why\":\"x\"}", 1, 1,
	    10.1);
	give_text(run, SV_SPAWN, "{\"event\":\"exit\",\"status\":1,"
	    "\"signal\":0,\"cpu_s\":2.5,\"maxrss_bytes\":5000}", 1, 1, 10.2);
	give_text(run, SV_SPAWN, "{\"event\":\"request\"}", 1, 2, 10.2);
	give_text(run, SV_HELLO, "{\"load_s\":0.5,\"load_cpu_s\":0.5}", 1, 2,
	    10.9);
}

static void
make_run(struct sv_run *run)
{

	sv_run_init(run, "made");
	give_text(run, SV_PROBLEM, "{\"n\":10,\"d\":3}", SV_FRAME_NOSHARD, 0,
	    0);
	give_text(run, SV_JOB, "{\"workers\":2}", SV_FRAME_NOSHARD, 0, 0.5);
	give_lives(run);
	give_rounds(run);
	give_text(run, SV_MODEL, "{\"rounds\":2,\"status\":\"converged\","
	    "\"objective\":7.5,\"optimality\":0.25,\"primal\":0.5,"
	    "\"dual\":null,\"rho\":4}", SV_FRAME_NOSHARD, 0, 11.2);
	give_text(run, SV_END, "{\"status\":0,\"reason\":\"converged\"}",
	    SV_FRAME_NOSHARD, 0, 12.0);
}

static void
counts_and_outcome(void **state)
{
	struct sv_run run;
	struct sv_summary s;

	(void)state;
	make_run(&run);
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_int_equal(s.workers, 2);
	assert_int_equal(s.rounds, 2);
	assert_int_equal(s.other_rounds, 1);
	assert_int_equal(s.missing, 0);
	assert_string_equal(s.status, "converged");
	assert_string_equal(s.reason, "converged");
	assert_true(s.objective == 7.5);
	assert_true(s.optimality == 0.25);
	assert_true(s.primal == 0.5);
	assert_true(isnan(s.dual));
	assert_true(s.rho == 4);
	assert_true(s.bytes_down == 2900);
	assert_true(s.bytes_up == 5900);
	assert_int_equal(s.invocations, 3);
	assert_int_equal(s.changes.replaced, 1);
	assert_int_equal(s.changes.lost, 1);
	assert_true(s.shard_bytes == 120);
	assert_true(s.rss_bytes == 5000);
	sv_run_fini(&run);
}

static void
times(void **state)
{
	struct sv_run run;
	struct sv_summary s;

	(void)state;
	make_run(&run);
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	/* Answer to the last round - first global sent. */
	assert_near(s.wall_s, 1.10, EPS);
	assert_near(s.total_s, 11.0, 1e-9);
	assert_near(s.round_s, (0.50 + 0.49) / 2, EPS);
	assert_near(s.master_s, (0.03 + 0.06) / 2, EPS);
	assert_near(s.cpu_s, 0.20 + 0.30 + 0.30 + 0.20 + 0.04 + 0.05,
	    EPS);
	assert_near(s.load_cpu_s, 0.25 + 0.75 + 0.5, EPS);
	sv_run_fini(&run);
}

/* Without a request nothing says when the wait for workers began. */
static void
total_without_a_request(void **state)
{
	struct sv_run run;
	struct sv_summary s;

	(void)state;
	sv_run_init(&run, "made");
	give_text(&run, SV_JOB, "{\"workers\":2}", SV_FRAME_NOSHARD, 0, 0.5);
	give_text(&run, SV_END, "{\"status\":1,\"reason\":\"x\"}",
	    SV_FRAME_NOSHARD, 0, 1.0);
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_true(isnan(s.total_s));
	assert_int_equal(s.workers, 2);
	assert_int_equal(s.invocations, 0);
	sv_run_fini(&run);
}

static void
wall_time_without_an_answer(void **state)
{
	double ts[SV_TS_N] = { 10, 10, 10.47, NAN, 0, 0 };
	struct sv_run run;
	struct sv_summary s;
	struct sv_frame f;

	(void)state;
	sv_run_init(&run, "made");
	give_timing(&run, SV_OP_STEP, 1, 1, scalars[0], timings[0][0], 2);
	assert_int_equal(sv_frame_make(&f, SV_TIMING, NULL, SV_TS_N, SV_F64,
	    2 * SV_TM_N), 0);
	f.op = SV_OP_STEP;
	f.round = f.seq = 2;
	memcpy(sv_frame_scalars(&f), ts, sizeof(ts));
	memcpy(sv_frame_elems(&f), timings[0], sizeof(timings[0]));
	/* Of the two the one sealed sooner (2 ms) sets the clocks. */
	give(&run, &f, 10.472);
	give_text(&run, SV_MODEL, "{}", SV_FRAME_NOSHARD, 0, 10.602);
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_near(s.wall_s, 0.6, 1e-9);
	sv_run_fini(&run);
}

static void
spread_is(const struct sv_run *run, enum sv_quantity q, double mean,
    double sd_workers, double sd_rounds, double min, double max)
{
	struct sv_spread s;

	sv_measure_spread(run, q, &s);
	assert_near(s.mean, mean, EPS);
	assert_near(s.sd_workers, sd_workers, EPS);
	if (isnan(sd_rounds))
		assert_true(isnan(s.sd_rounds));
	else
		assert_near(s.sd_rounds, sd_rounds, EPS);
	assert_near(s.min, min, EPS);
	assert_near(s.max, max, EPS);
}

/* Of two numbers the sample standard deviation is |a - b| / sqrt(2). */
#define SD(a, b) (fabs((a) - (b)) / sqrt(2))

static void
utilisation(void **state)
{
	struct sv_run run;
	struct sv_summary s;

	(void)state;
	make_run(&run);
	/* Worker 0: 0.25, 0.35; worker 1: 0.38, 0.28. */
	spread_is(&run, SV_Q_COMP, 0.315, SD(0.30, 0.33), SD(0.1, 0), 0.30,
	    0.33);
	/* One value each: no deviation over rounds. */
	spread_is(&run, SV_Q_IDLE, 0.19, SD(0.25, 0.13), NAN, 0.13, 0.25);
	/* 0.31, 0.41; 0.44, 0.31. */
	spread_is(&run, SV_Q_DELAY, 0.3675, SD(0.36, 0.375),
	    (SD(0.1, 0) + SD(0.13, 0)) / 2, 0.36, 0.375);
	/* 0.30 - 0.25, 0.40 - 0.35; 0.40 - 0.38, 0.30 - 0.28. */
	spread_is(&run, SV_Q_COMM, 0.035, SD(0.05, 0.02), 0, 0.02, 0.05);
	/* 0.01, 0.01; 0.04, 0.01. */
	spread_is(&run, SV_Q_QUEUE, 0.0175, SD(0.01, 0.025), SD(0.03, 0) / 2,
	    0.01, 0.025);
	/* 10.47 - 10.33, 10.93 - 10.92; 10.47 - 10.46, 10.93 - 10.84. */
	spread_is(&run, SV_Q_BARRIER, 0.0625, SD(0.075, 0.05),
	    (SD(0.14, 0.01) + SD(0.01, 0.09)) / 2, 0.05, 0.075);
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_near(s.q[SV_Q_COMP], 0.315, EPS);
	assert_near(s.q[SV_Q_DELAY], 0.3675, EPS);
	assert_int_equal(run.shard[0].changes, 0);
	assert_int_equal(run.shard[1].changes, 1);
	assert_int_equal(run.shard[1].generation, 2);
	sv_run_fini(&run);
}

/*
 * What a worker does between its update and the next global, told by two clocks
 * that have nothing to do with each other: way up 0.02, queueing 0.03, adding
 * 0.01, the others' 0.05 - 0.01 i, master 0.06, sending 0.001 i, way down 0.04.
 */
static void
idle_time_is_what_the_hub_knows_of_it(void **state)
{
	static const double away[] = { 1e6, -250 };	/* the workers' clocks */
	double rows[2][SV_TM_N], ts[SV_TS_N], sent = 5, gone[2], add = 0.01;
	struct sv_stat send, master, round;
	struct sv_summary s;
	struct sv_run run;

	(void)state;
	sv_run_init(&run, "made");
	for (uint32_t k = 1; k <= 3; k++) {
		for (int i = 0; i < 2; i++) {
			double *r = rows[i], comp = 0.5 + 0.009 * i;
			double came;

			r[SV_TM_SENT] = sent + 0.001 * i;
			came = r[SV_TM_SENT] + 0.04 + away[i];
			r[SV_TM_IDLE] = k == 1 ? NAN : came - gone[i];
			gone[i] = came + comp;
			r[SV_TM_COMP] = gone[i] - came;
			r[SV_TM_RECEIVED] = gone[i] - away[i] + 0.02;
			r[SV_TM_TAKEN] = r[SV_TM_RECEIVED] + 0.03;
			r[SV_TM_SUMMED] = r[SV_TM_TAKEN] + add;
			r[SV_TM_CPU] = r[SV_TM_GENERATION] = 1;
		}
		ts[SV_TS_SENT] = sent;
		ts[SV_TS_ALLSENT] = sent + 0.001;
		ts[SV_TS_LASTIN] = rows[0][SV_TM_SUMMED] + 0.05;
		sent = ts[SV_TS_ANSWER] = ts[SV_TS_LASTIN] + 0.06;
		ts[SV_TS_DOWN] = ts[SV_TS_UP] = 0;
		give_timing(&run, SV_OP_STEP, k, k, ts, rows[0], 2);
	}
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	sv_measure_hub(&run, &send, &master, &round);
	assert_near(s.q[SV_Q_COMM], 0.06, 1e-9);
	assert_near(s.q[SV_Q_QUEUE], 0.03, 1e-9);
	assert_near(s.q[SV_Q_BARRIER], 0.045, 1e-9);
	assert_near(sv_stat_mean(&master), 0.06, 1e-9);
	assert_near(sv_stat_mean(&send), 0.001, 1e-9);
	/* On average a worker waits for half of the sending. */
	assert_near(s.q[SV_Q_IDLE], s.q[SV_Q_COMM] + s.q[SV_Q_QUEUE] + add +
	    s.q[SV_Q_BARRIER] + s.master_s + sv_stat_mean(&send) / 2, 1e-9);
	sv_run_fini(&run);
}

static void
missing_rows_do_not_count(void **state)
{
	double rows[2][SV_TM_N];
	struct sv_run run;
	struct sv_summary s;

	(void)state;
	sv_run_init(&run, "made");
	memcpy(rows, timings[0], sizeof(rows));
	for (int c = 0; c < SV_TM_N; c++)
		rows[1][c] = NAN;
	give_timing(&run, SV_OP_STEP, 1, 1, scalars[0], rows[0], 2);
	give_timing(&run, SV_OP_STEP, 2, 2, scalars[1], timings[1][0], 2);
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_near(s.q[SV_Q_COMP], (0.30 + 0.28) / 2, EPS);
	assert_near(s.cpu_s, 0.20 + 0.30 + 0.20, EPS);
	assert_int_equal(run.shard[1].ranked, 1);
	sv_run_fini(&run);
}

static void
records_that_are_missing_are_counted(void **state)
{
	struct sv_run run;
	struct sv_summary s;

	(void)state;
	sv_run_init(&run, "made");
	give_timing(&run, SV_OP_STEP, 2, 2, scalars[0], timings[0][0], 2);
	give_timing(&run, SV_OP_STEP, 5, 5, scalars[1], timings[1][0], 2);
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_int_equal(s.rounds, 2);
	assert_int_equal(s.missing, 3);
	sv_run_fini(&run);
}

static void
cold_starts(void **state)
{
	struct sv_start *s;
	struct sv_run run;
	size_t n;

	(void)state;
	make_run(&run);
	assert_int_equal(sv_measure_starts(&run, &s, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(s[0].shard, 0);
	assert_near(s[0].at, 0, EPS);
	assert_near(s[0].total, 1.0, 1e-9);
	assert_near(s[0].request, 0.25, 1e-9);
	assert_near(s[0].load, 0.5, EPS);
	assert_near(s[0].start, 0.25, 1e-9);
	assert_true(isnan(s[0].status));
	/* Clocks that disagree leave what one clock can tell. */
	assert_int_equal(s[1].shard, 1);
	assert_int_equal(s[1].generation, 1);
	assert_near(s[1].at, 0.5, 1e-9);
	assert_near(s[1].total, 2.5, 1e-9);
	assert_near(s[1].load, 1.0, EPS);
	assert_true(isnan(s[1].request));
	assert_true(isnan(s[1].start));
	assert_true(s[1].rss == 5000);
	assert_true(s[1].status == 1);
	assert_true(s[1].cpu == 2.5);
	/* No start_ns: the same. */
	assert_int_equal(s[2].generation, 2);
	assert_near(s[2].total, 0.7, 1e-9);
	assert_true(isnan(s[2].request));
	assert_true(isnan(s[2].rss));
	free(s);
	sv_run_fini(&run);
}

static void
several_masters(void **state)
{
	struct sv_run run;
	struct sv_summary s;

	(void)state;
	sv_run_init(&run, "made");
	/* The first takes rounds 1 and 2, the second round 1 only. */
	give_timing(&run, SV_OP_STEP, 1, 1, scalars[0], timings[0][0], 2);
	give_timing(&run, SV_OP_STEP, 2, 2, scalars[1], timings[1][0], 2);
	give_text(&run, SV_MODEL, "{\"objective\":1}", SV_FRAME_NOSHARD, 0, 11);
	give_timing(&run, SV_OP_STEP, 1, 3, scalars[2], timings[2][0], 2);
	give_text(&run, SV_MODEL, "{\"objective\":2}", SV_FRAME_NOSHARD, 0, 12);
	assert_int_equal(sv_measure_summary(&run, &s), 0);
	assert_int_equal(s.rounds, 3);
	assert_true(s.objective == 2);
	assert_near(s.wall_s, 1.10, EPS);
	assert_near(sv_measure_wall(&run, 0), 0.99, EPS);
	assert_near(sv_measure_wall(&run, 1), 0.10, EPS);
	assert_true(isnan(sv_measure_wall(&run, 2)));
	sv_run_fini(&run);
}

static void
responsiveness(void **state)
{
	uint64_t bins[SV_RESPONSE_BINS];
	struct sv_run run;

	(void)state;
	make_run(&run);
	/* Round 1: worker 1 (0.40 > 0.30); round 2: worker 0; grad: neither. */
	assert_int_equal(run.shard[0].slow, 1);
	assert_int_equal(run.shard[1].slow, 1);
	assert_int_equal(run.shard[1].ranked, 2);
	sv_measure_response(&run, bins);
	for (int i = 0; i < SV_RESPONSE_BINS; i++)
		assert_int_equal(bins[i], i == 10 ? 2 : 0);
	run.shard[0].slow = 0;
	run.shard[1].slow = 2;
	sv_measure_response(&run, bins);
	assert_int_equal(bins[0], 1);
	assert_int_equal(bins[SV_RESPONSE_BINS - 1], 1);
	sv_run_fini(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_and_outcome),
		cmocka_unit_test(times),
		cmocka_unit_test(total_without_a_request),
		cmocka_unit_test(wall_time_without_an_answer),
		cmocka_unit_test(utilisation),
		cmocka_unit_test(idle_time_is_what_the_hub_knows_of_it),
		cmocka_unit_test(missing_rows_do_not_count),
		cmocka_unit_test(records_that_are_missing_are_counted),
		cmocka_unit_test(cold_starts),
		cmocka_unit_test(several_masters),
		cmocka_unit_test(responsiveness)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
