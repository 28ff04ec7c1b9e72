/* REPORT lines in logs, which anybody may have written. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bill.h"
#include "err.h"
#include "reportlog.h"

#define ID "8f507cfc-aaaa-4697-b07a-ac58fc914c95"
#define REST "\tDuration: 12.34 ms\tBilled Duration: 113 ms\t" \
    "Memory Size: 128 MB\tMax Memory Used: 60 MB\tInit Duration: 100.00 ms\t"

static int
parse(struct sv_reportlog_line *line, const char *text)
{

	return (sv_reportlog_parse(text, strlen(text), line));
}

static void
lines_as_they_come(void **state)
{
	static const char * const texts[] = {
		"REPORT RequestId: " ID REST,
		"REPORT RequestId: " ID REST "\r",
		/* aws logs tail, with and without --format short */
		"2026-01-02T03:04:05.678000+00:00 2026/01/02/[$LATEST]0123 "
		    "REPORT RequestId: " ID REST,
		"2026-01-02T03:04:05 REPORT RequestId: " ID REST,
		/* blanks for tabs */
		"REPORT RequestId: " ID " Duration: 12.34 ms Billed Duration: "
		    "113 ms Memory Size: 128 MB Max Memory Used: 60 MB",
		/* JSON of filter-log-events */
		"  \"message\": \"REPORT RequestId: " ID "\\tDuration: 12.34 ms"
		    "\\tBilled Duration: 113 ms\\tMemory Size: 128 MB\\t"
		    "Max Memory Used: 60 MB\\t\\n\","
	};
	struct sv_reportlog_line l;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(parse(&l, texts[i]), 1);
		assert_string_equal(l.id, ID);
		assert_true(l.duration == 12.34);
		assert_true(l.billed == 113);
		assert_true(l.memory_mb == 128);
		assert_true(l.max_memory_mb == 60);
		assert_int_equal(l.used, 0);
	}
	/* The billed time is enough. */
	assert_int_equal(parse(&l, "REPORT RequestId: a Billed Duration: 0 ms"),
	    1);
	assert_true(l.billed == 0);
	assert_true(isnan(l.duration) && isnan(l.memory_mb));
	assert_true(isnan(l.max_memory_mb));
}

static void
lines_that_are_none_or_make_no_sense(void **state)
{
	static const char * const none[] = {
		"", "START RequestId: " ID, "END RequestId: " ID, "REPORT",
		"REPORT RequestId:" ID REST, "XREPORT RequestId: " ID REST,
		"report RequestId: " ID REST
	};
	static const char * const bad[] = {
		"REPORT RequestId: " REST,
		"REPORT RequestId: " ID,
		"REPORT RequestId: " ID "\tBilled Duration: -5 ms",
		"REPORT RequestId: " ID "\tBilled Duration: 1e3 ms",
		"REPORT RequestId: " ID "\tBilled Duration: nan ms",
		"REPORT RequestId: " ID "\tBilled Duration: 0x10 ms",
		"REPORT RequestId: " ID "\tBilled Duration: 1.5 ms",
		"REPORT RequestId: " ID "\tBilled Duration: 5 s",
		"REPORT RequestId: " ID "\tBilled Duration: 5",
		"REPORT RequestId: " ID "\tBilled Duration: . ms",
		"REPORT RequestId: " ID "\tBilled Duration: 1000000000001 ms",
		"REPORT RequestId: " ID "\tBilled Duration: "
		    "99999999999999999999999999999999999999 ms",
		"REPORT RequestId: a/../b" REST,
		"REPORT RequestId: \033[2J" REST,
		"REPORT RequestId: 0123456789012345678901234567890123456789"
		    "012345678901234567890123" REST
	};
	struct sv_reportlog_line l;
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (parse(&l, none[i]) != 0)
			fail_msg("%s", none[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(&l, bad[i]) != -1)
			fail_msg("%s", bad[i]);
	/* A byte of zero ends a line, and a long one is cut. */
	assert_int_equal(sv_reportlog_parse("\0REPORT RequestId: " ID REST,
	    40, &l), 0);
	assert_non_null(text = malloc(1 << 20));
	memset(text, 'x', 1 << 20);
	assert_int_equal(sv_reportlog_parse(text, 1 << 20, &l), 0);
	memcpy(text + (1 << 19), " REPORT RequestId: " ID REST, 40);
	assert_int_equal(sv_reportlog_parse(text, 1 << 20, &l), 0);
	free(text);
}

/* Write a log of its own with the ${n} lines ${lines}. */
static void
write_log(char path[32], const char * const *lines, size_t n)
{
	FILE *f;
	int fd;

	strcpy(path, "/tmp/test-reportlog.XXXXXX");
	assert_true((fd = mkstemp(path)) != -1);
	assert_non_null(f = fdopen(fd, "w"));
	for (size_t i = 0; i < n; i++)
		fputs(lines[i], f);
	assert_int_equal(fclose(f), 0);
}

#define LINE(id, ms, billed) "REPORT RequestId: " id "\tDuration: " ms \
    " ms\tBilled Duration: " billed " ms\tMemory Size: 256 MB\t" \
    "Max Memory Used: 99 MB\n"

static void
duplicates_count_once(void **state)
{
	static const char * const lines[] = {
		LINE("b", "1.50", "2"), "hello\n", LINE("a", "2.50", "3"),
		"x " LINE("b", "1.50", "2"), LINE("b", "1.60", "2"),
		"REPORT RequestId: \n", LINE("a", "2.50", "3"),
		"REPORT RequestId: c Billed Duration: 7 ms"	/* no end */
	};
	struct sv_reportlog log = { .n = 0 };
	char path[32];

	(void)state;
	write_log(path, lines, sizeof(lines) / sizeof(lines[0]));
	assert_int_equal(sv_reportlog_read(&log, path), 0);
	assert_int_equal(log.n, 4);
	assert_int_equal(log.bad, 1);
	assert_string_equal(log.line[0].id, "a");
	assert_true(log.line[1].duration == 1.5 && log.line[2].duration == 1.6);
	assert_string_equal(log.line[3].id, "c");
	/* The same file once more changes nothing but what makes no sense. */
	assert_int_equal(sv_reportlog_read(&log, path), 0);
	assert_int_equal(log.n, 4);
	assert_int_equal(sv_reportlog_unused(&log), 4);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sv_reportlog_read(&log, path), -1);
	assert_non_null(strstr(sv_err_last(), "No such file"));
	sv_reportlog_fini(&log);
	assert_int_equal(log.n, 0);
}

/* Give ${run} a frame ${at} s after the beginning. */
static void
give(struct sv_run *run, enum sv_type type, uint32_t shard, uint32_t generation,
    double at, const char *text)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, type, text, 0, SV_BYTES, 0), 0);
	f.shard = shard;
	f.generation = generation;
	f.time = 1700000000000000000 + (int64_t)llround(at * 1e9);
	assert_int_equal(sv_run_frame(run, &f), 0);
	sv_frame_fini(&f);
}

/*
 * Of 256 MB: 0 answered and told 2 s, 1 was accepted and told nothing; 2 was
 * lost with a hello, and its second generation was tried twice.
 */
static void
make_run(struct sv_run *run)
{

	sv_run_init(run, "run");
	give(run, SV_JOB, SV_FRAME_NOSHARD, 0, 0,
	    "{\"workers\":3,\"how\":\"lambda\"}");
	for (uint32_t i = 0; i < 3; i++)
		give(run, SV_SPAWN, i, 1, 1, "{\"event\":\"request\"}");
	give(run, SV_HELLO, 0, 1, 2,
	    "{\"request_id\":\"id-0\",\"memory_mb\":256}");
	give(run, SV_HELLO, 2, 1, 2,
	    "{\"request_id\":\"id-2\",\"memory_mb\":256}");
	give(run, SV_SPAWN, 1, 1, 2,
	    "{\"event\":\"accepted\",\"status\":202,\"request_id\":\"id-1\"}");
	give(run, SV_SPAWN, 2, 1, 3, "{\"event\":\"exit\",\"status\":1,"
	    "\"http\":200,\"error\":\"Runtime.ExitError\","
	    "\"request_id\":\"id-2\"}");
	give(run, SV_SPAWN, 2, 2, 3, "{\"event\":\"request\"}");
	give(run, SV_SPAWN, 2, 2, 4, "{\"event\":\"retry\",\"status\":500,"
	    "\"wait_s\":1,\"request_id\":\"id-3\"}");
	give(run, SV_HELLO, 2, 2, 6,
	    "{\"request_id\":\"id-4\",\"memory_mb\":256}");
	give(run, SV_SPAWN, 0, 1, 8, "{\"event\":\"exit\",\"status\":0,"
	    "\"http\":200,\"billed_s\":2,\"request_id\":\"id-0\"}");
	give(run, SV_END, SV_FRAME_NOSHARD, 0, 9, "{\"status\":0}");
}

static void
line_is(const struct sv_bill *b, enum sv_bill_source source, uint64_t requests,
    double seconds)
{

	assert_int_equal(b->line[source].requests, requests);
	if (!(fabs(b->line[source].seconds - seconds) < 1e-9))
		fail_msg("%g s, not %g", b->line[source].seconds, seconds);
	assert_true(fabs(b->line[source].gb_seconds - seconds / 4) < 1e-9);
}

static void
lines_find_their_invocations(void **state)
{
	static const char * const lines[] = {
		LINE("id-0", "1999.50", "2000"), LINE("id-1", "1.00", "7000"),
		LINE("id-2", "900.00", "1900"), LINE("id-3", "10.00", "11"),
		LINE("id-9", "5.00", "5"), LINE("", "5.00", "5")
	};
	struct sv_reportlog log = { .n = 0 };
	struct sv_summary sum;
	struct sv_run run;
	char path[32];

	(void)state;
	make_run(&run);
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	line_is(&sum.bill, SV_BILL_REPORT, 1, 2);
	/* 1: from 1 to 9.  2: from 1 to 3, and from 5 to 9. */
	line_is(&sum.bill, SV_BILL_ESTIMATE, 3, 8 + 2 + 4);
	write_log(path, lines, sizeof(lines) / sizeof(lines[0]));
	assert_int_equal(sv_reportlog_read(&log, path), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sv_reportlog_apply(&log, &run), 0);
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	line_is(&sum.bill, SV_BILL_REPORT, 3, 2 + 7 + 1.9);
	/* The try before the last is known, the last one is not. */
	line_is(&sum.bill, SV_BILL_ESTIMATE, 2, 4 + 0.011);
	assert_true(sum.bill.max_memory_mb == 99);
	assert_int_equal(log.bad, 1);
	assert_int_equal(sv_reportlog_unused(&log), 1);
	sv_reportlog_fini(&log);
	sv_run_fini(&run);
}

/* The platform calls an event again: one id, two lines. */
static void
another_try_of_the_same_request_counts(void **state)
{
	static const char * const lines[] = {
		LINE("id-1", "1.00", "1000"), LINE("id-1", "2.00", "500"),
		LINE("id-0", "2.00", "1500"), LINE("id-0", "2.00", "2000"),
		LINE("id-1", "1.00", "1000")
	};
	struct sv_reportlog log = { .n = 0 };
	struct sv_summary sum;
	struct sv_run run;
	char path[32];

	(void)state;
	make_run(&run);
	write_log(path, lines, sizeof(lines) / sizeof(lines[0]));
	assert_int_equal(sv_reportlog_read(&log, path), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sv_reportlog_apply(&log, &run), 0);
	assert_int_equal(sv_reportlog_unused(&log), 0);
	assert_int_equal(sv_measure_summary(&run, &sum), 0);
	line_is(&sum.bill, SV_BILL_REPORT, 4, 1 + 0.5 + 1.5 + 2);
	sv_reportlog_fini(&log);
	sv_run_fini(&run);
}

static void
an_empty_log_and_an_empty_run(void **state)
{
	struct sv_reportlog log = { .n = 0 };
	struct sv_run run;

	(void)state;
	assert_int_equal(sv_reportlog_read(&log, "/dev/null"), 0);
	assert_int_equal(log.n, 0);
	make_run(&run);
	assert_int_equal(sv_reportlog_apply(&log, &run), 0);
	sv_run_fini(&run);
	sv_run_init(&run, "run");
	assert_int_equal(sv_reportlog_apply(&log, &run), 0);
	assert_int_equal(sv_reportlog_unused(&log), 0);
	sv_run_fini(&run);
	assert_int_equal(sv_reportlog_read(&log, "/"), -1);
	sv_reportlog_fini(&log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_as_they_come),
		cmocka_unit_test(lines_that_are_none_or_make_no_sense),
		cmocka_unit_test(duplicates_count_once),
		cmocka_unit_test(lines_find_their_invocations),
		cmocka_unit_test(another_try_of_the_same_request_counts),
		cmocka_unit_test(an_empty_log_and_an_empty_run)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
