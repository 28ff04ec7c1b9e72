/* Reading a run, whatever is in the stream. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "err.h"
#include "io.h"
#include "measure.h"

static FILE *stream;	/* what is written, to be read from its start */

static int
setup(void **state)
{

	(void)state;
	stream = tmpfile();
	return (stream != NULL ? 0 : -1);
}

static int
teardown(void **state)
{

	(void)state;
	return (fclose(stream));
}

static void
put(enum sv_type type, const char *text, uint32_t nscalar, uint64_t nelem)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, type, text, nscalar, SV_F64, nelem),
	    0);
	f.op = SV_OP_STEP;
	f.round = 1;
	assert_int_equal(sv_frame_send(fileno(stream), &f), 0);
}

static size_t
get(struct sv_run **runs, int expect)
{
	size_t n = 0;

	*runs = NULL;
	assert_int_equal(lseek(fileno(stream), 0, SEEK_SET), 0);
	assert_int_equal(sv_run_read(fileno(stream), "stream", runs, &n),
	    expect);
	return (n);
}

static void
drop(struct sv_run *runs, size_t n)
{

	for (size_t i = 0; i < n; i++)
		sv_run_fini(&runs[i]);
	free(runs);
}

static int
status_of(const struct sv_run *run, int expect_why)
{
	const char *why;
	int status = sv_measure_exit(run, &why);

	assert_int_equal(why != NULL, expect_why);
	return (status);
}

static void
an_empty_stream_is_no_run(void **state)
{
	struct sv_run *runs;

	(void)state;
	assert_int_equal(get(&runs, -1), 0);
	free(runs);
}

static void
end_gives_the_status(void **state)
{
	static const char * const text[] = {
		"{\"status\":0}", "{\"status\":1}", "{\"status\":3}",
		"{\"status\":4}", "{\"status\":-1}", "{}"
	};
	static const int expect[] = { 0, 1, 3, 1, 1, 1 };
	struct sv_run *runs;
	size_t n;

	(void)state;
	for (int i = 0; i < 6; i++) {
		put(SV_JOB, "{\"workers\":1}", 0, 0);
		put(SV_END, text[i], 0, 0);
	}
	/* After an END a JOB begins another run. */
	n = get(&runs, 0);
	assert_int_equal(n, 6);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(status_of(&runs[i], 0), expect[i]);
	drop(runs, n);
}

static void
a_run_without_end_fails(void **state)
{
	struct sv_run *runs;
	struct sv_summary s;
	size_t n;

	(void)state;
	put(SV_JOB, "{\"workers\":1}", 0, 0);
	put(SV_MODEL, "{\"status\":\"converged\"}", 0, 0);
	n = get(&runs, 0);
	assert_int_equal(n, 1);
	assert_int_equal(status_of(&runs[0], 1), SV_EXIT_FAILED);
	assert_int_equal(sv_measure_summary(&runs[0], &s), 0);
	assert_string_equal(s.status, "unfinished");
	drop(runs, n);
}

static void
a_master_alone_ends_with_its_model(void **state)
{
	struct sv_run *runs;
	size_t n;

	(void)state;
	put(SV_TRACE, NULL, SV_TR_N, 0);
	n = get(&runs, 0);
	assert_int_equal(status_of(&runs[0], 1), SV_EXIT_FAILED);
	drop(runs, n);
	put(SV_MODEL, "{\"status\":\"limit\"}", 0, 0);
	n = get(&runs, 0);
	assert_int_equal(status_of(&runs[0], 0), SV_EXIT_LIMIT);
	drop(runs, n);
	put(SV_MODEL, "{\"status\":\"converged\"}", 0, 0);
	n = get(&runs, 0);
	assert_int_equal(status_of(&runs[0], 0), SV_EXIT_DONE);
	drop(runs, n);
}

static void
damage_leaves_what_came_before(void **state)
{
	struct sv_run *runs;
	size_t n;

	(void)state;
	put(SV_JOB, "{\"workers\":7}", 0, 0);
	put(SV_END, "{\"status\":0}", 0, 0);
	assert_int_equal(ftruncate(fileno(stream),
	    lseek(fileno(stream), 0, SEEK_CUR) - 1), 0);
	n = get(&runs, 0);
	assert_int_equal(n, 1);
	assert_int_equal(runs[0].W, 7);
	assert_true(runs[0].damaged);
	assert_null(runs[0].end);
	assert_int_equal(status_of(&runs[0], 0), SV_EXIT_FAILED);
	drop(runs, n);
}

/* Each of these is counted as unread and does no harm. */
static void
frames_that_make_no_sense(void **state)
{
	struct sv_run *runs;
	size_t n;

	(void)state;
	put(SV_JOB, "{\"workers\":2}", 0, 0);
	put(SV_TIMING, NULL, SV_TS_N, 0);	/* no rows */
	put(SV_TIMING, NULL, SV_TS_N, 2 * SV_TM_N - 1);
	put(SV_TIMING, NULL, SV_TS_N, 3 * SV_TM_N);	/* another W */
	put(SV_TIMING, NULL, SV_TS_N - 1, 2 * SV_TM_N);
	put(SV_HELLO, "[]", 0, 0);
	put(SV_SPAWN, "{\"event\":7}", 0, 0);
	put(SV_EVENT, "{", 0, 0);
	put(SV_MODEL, NULL, 0, 0);
	put(SV_PROBLEM, "\"\\ud800\"", 0, 0);
	put((enum sv_type)99, "nonsense", 1, 1);	/* of a later version */
	put(SV_TRACE, NULL, 2, 0);	/* fewer scalars: not known */
	put(SV_END, "{\"status\":0}", 0, 0);
	n = get(&runs, 0);
	assert_int_equal(n, 1);
	assert_int_equal(runs[0].unread, 9);
	assert_int_equal(runs[0].nround, 0);
	assert_int_equal(runs[0].nmodel, 0);
	assert_int_equal(runs[0].ntrace, 1);
	assert_true(isnan(runs[0].trace[0].value[SV_TR_RHO]));
	assert_int_equal(status_of(&runs[0], 0), SV_EXIT_FAILED);
	drop(runs, n);
}

static void
a_number_of_workers_that_cannot_be(void **state)
{
	struct sv_run *runs;
	size_t n;

	(void)state;
	put(SV_JOB, "{\"workers\":0}", 0, 0);
	put(SV_TIMING, NULL, SV_TS_N, 3 * SV_TM_N);
	put(SV_END, "{\"status\":0}", 0, 0);
	n = get(&runs, 0);
	assert_int_equal(runs[0].unread, 1);
	assert_int_equal(runs[0].nshard, 3);
	drop(runs, n);
}

static void
seconds_between_any_two_times(void **state)
{

	(void)state;
	assert_true(fabs(sv_run_seconds(1700000000000000001,
	    1700000000000000258) - 257e-9) < 1e-15);
	assert_true(fabs(sv_run_seconds(5000000000, 0) + 5) < 1e-12);
	assert_true(isfinite(sv_run_seconds(INT64_MIN, INT64_MAX)));
}

int
main(void)
{
#define IN_STREAM(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		IN_STREAM(an_empty_stream_is_no_run),
		IN_STREAM(end_gives_the_status),
		IN_STREAM(a_run_without_end_fails),
		IN_STREAM(a_master_alone_ends_with_its_model),
		IN_STREAM(damage_leaves_what_came_before),
		IN_STREAM(frames_that_make_no_sense),
		IN_STREAM(a_number_of_workers_that_cannot_be),
		cmocka_unit_test(seconds_between_any_two_times)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
