/* Tables with three faces, and numbers for a person. */
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

#include "human.h"
#include "table.h"

static const struct sv_column columns[] = {
	{ "who", "", SV_COL_TEXT, 0 },
	{ "count", NULL, SV_COL_COUNT, 0 },
	{ "time_s", "time", SV_COL_SECONDS, 0 },
	{ "hidden", NULL, SV_COL_SECONDS, SV_COL_HIDDEN },
	{ "share", NULL, SV_COL_SHARE, 0 },
	{ "bar", "", SV_COL_BAR, SV_COL_PERSON }
};

static struct sv_table *
make(void)
{
	struct sv_table *t = sv_table_new(columns, 6);

	assert_non_null(t);
	sv_table_string(t, "one\033[2J\tx");
	sv_table_real(t, 1234567);
	sv_table_real(t, 0.25);
	sv_table_real(t, 1e6);
	sv_table_real(t, 0.5);
	sv_table_real(t, 3);
	sv_table_string(t, NULL);
	for (int i = 0; i < 4; i++)
		sv_table_real(t, NAN);
	sv_table_real(t, 0);
	assert_int_equal(sv_table_rows(t), 2);
	assert_false(sv_table_failed(t));
	return (t);
}

/* What a writer writes, for the caller to free. */
static char *
text_of(const struct sv_table *t, int tsv, const char *name, const size_t *rows,
    size_t n)
{
	char *s = NULL;
	size_t len;
	FILE *f = open_memstream(&s, &len);

	assert_non_null(f);
	if (tsv)
		sv_table_tsv(t, f, name, 1);
	else
		sv_table_text(t, f, rows, n);
	assert_int_equal(fclose(f), 0);
	return (s);
}

static void
for_a_person(void **state)
{
	struct sv_table *t = make();
	const size_t second = 1;
	char *s;

	(void)state;
	s = text_of(t, 0, NULL, NULL, 0);
	assert_string_equal(s,
	    "                 count   time  share\n"
	    "                         [ms]\n"
	    "  one?[2J?x  1,234,567  250.0   50 %  ###\n"
	    "  -                  -      -      -\n");
	free(s);
	s = text_of(t, 0, NULL, &second, 1);
	assert_string_equal(s,
	    "     count  time  share\n"
	    "             [s]\n"
	    "  -      -     -      -\n");
	free(s);
	sv_table_free(t);
}

static void
for_awk(void **state)
{
	struct sv_table *t = make();
	char *s;

	(void)state;
	s = text_of(t, 1, NULL, NULL, 0);
	assert_string_equal(s, "who\tcount\ttime_s\thidden\tshare\n"
	    "one\033[2J x\t1234567\t0.25\t1000000\t0.5\n"
	    "\tnan\tnan\tnan\tnan\n");
	free(s);
	s = text_of(t, 1, "r.svf", NULL, 0);
	assert_string_equal(s, "run\twho\tcount\ttime_s\thidden\tshare\n"
	    "r.svf\tone\033[2J x\t1234567\t0.25\t1000000\t0.5\n"
	    "r.svf\t\tnan\tnan\tnan\tnan\n");
	free(s);
	sv_table_free(t);
}

static void
for_jq(void **state)
{
	struct sv_table *t = make();
	char *s = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&s, &len);

	(void)state;
	assert_non_null(f);
	assert_int_equal(sv_table_json(t, f), 0);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(s, "[{\"who\":\"one\\u001B[2J\\tx\","
	    "\"count\":1234567,\"time_s\":0.25,\"hidden\":1000000.0,"
	    "\"share\":0.5},{\"who\":null,\"count\":null,\"time_s\":null,"
	    "\"hidden\":null,\"share\":null}]");
	free(s);
	sv_table_free(t);
}

static void
long_bars_fit(void **state)
{
	static const struct sv_column bar[] = {
		{ "n", NULL, SV_COL_COUNT, 0 }, { "bar", "", SV_COL_BAR, 0 }
	};
	struct sv_table *t = sv_table_new(bar, 2);
	char *s, *line;

	(void)state;
	for (int i = 0; i < 3; i++) {
		sv_table_real(t, i);
		sv_table_real(t, i == 0 ? 1e6 : i - 1);
	}
	s = text_of(t, 0, NULL, NULL, 0);
	line = strtok(s, "\n");
	assert_string_equal(line, "  n");
	line = strtok(NULL, "\n");
	assert_int_equal(strlen(line), 79);
	assert_string_equal(strtok(NULL, "\n"), "  1");
	assert_string_equal(strtok(NULL, "\n"), "  2  #");
	free(s);
	sv_table_free(t);
}

static void
numbers(void **state)
{
	static const struct {
		double v;
		const char *seconds, *bytes, *count;
	} expect[] = {
		{ 0, "0.00 s", "0 B", "0" },
		{ 1.234e-5, "12.3 us", "0 B", "0" },
		{ 0.0456, "45.6 ms", "0 B", "0" },
		{ 0.99951, "1.00 s", "1 B", "1" },
		{ 7, "7.00 s", "7 B", "7" },
		{ 119.9, "120 s", "120 B", "120" },
		{ 123, "2 min 03 s", "123 B", "123" },
		{ 999, "16 min 39 s", "999 B", "999" },
		{ 1234, "20 min 34 s", "1.23 kB", "1,234" },
		{ 7500, "2 h 05 min", "7.50 kB", "7,500" },
		{ 1e6, "277 h 46 min", "1.00 MB", "1,000,000" },
		{ -1500, "-25 min 00 s", "-1.50 kB", "-1,500" },
		{ NAN, "-", "-", "-" },
		{ INFINITY, "-", "-", "-" }
	};
	char buf[SV_HUMAN];

	(void)state;
	for (size_t i = 0; i < sizeof(expect) / sizeof(expect[0]); i++) {
		assert_string_equal(sv_human_seconds(buf, expect[i].v),
		    expect[i].seconds);
		assert_string_equal(sv_human_bytes(buf, expect[i].v),
		    expect[i].bytes);
		assert_string_equal(sv_human_count(buf, expect[i].v),
		    expect[i].count);
	}
}

static void
dollars(void **state)
{
	static const struct { double v; const char *text; } expect[] = {
		{ 0, "$0.00" }, { 1234.567, "$1234.57" }, { 1, "$1.00" },
		{ 0.5, "$0.50" }, { 0.9996, "$1.00" }, { 0.1234, "$0.123" },
		{ 0.000123456, "$0.000123" }, { 2e-7, "$0.0000002" },
		{ 2.59e-2, "$0.0259" }, { 1e-30, "$0.00" },
		{ 1e300, "$1e+300" }, { NAN, "-" }, { INFINITY, "-" }
	};
	char buf[SV_HUMAN];

	(void)state;
	for (size_t i = 0; i < sizeof(expect) / sizeof(expect[0]); i++)
		assert_string_equal(sv_human_dollars(buf, expect[i].v),
		    expect[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(for_a_person),
		cmocka_unit_test(for_awk),
		cmocka_unit_test(for_jq),
		cmocka_unit_test(long_bars_fit),
		cmocka_unit_test(numbers),
		cmocka_unit_test(dollars)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
