/* What functions and machines cost: the table, and what it comes to. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "err.h"
#include "price.h"

#define TEXT 8192

static void
assert_near(double a, double b)
{

	if (!(fabs(a - b) <= 1e-12 * fabs(b)))
		fail_msg("%.17g is not %.17g", a, b);
}

/* A small table, with each member once; of two tiers and two machines. */
static const char table[] =
    "{\"provider\":\"P\",\"region\":\"R\",\"date\":\"2026-01\","
    "\"request\":1e-6,\"duration\":{"
    "\"x86_64\":[{\"upto\":100,\"rate\":0.5},{\"upto\":300,\"rate\":0.25},"
    "{\"rate\":0.125}],\"arm64\":[{\"rate\":0.2}]},"
    "\"free\":{\"requests\":10,\"gb_seconds\":50},"
    "\"machines\":[{\"name\":\"m\",\"cores\":4,\"hour\":0.36},"
    "{\"name\":\"n\",\"cores\":8,\"hour\":0.72}]}";

static int
parse(struct sv_price *p, const char *text)
{

	return (sv_price_parse(p, text, strlen(text), "table"));
}

/* The table with its first ${old} replaced; a string that is overwritten. */
static const char *
changed(const char *old, const char *new)
{
	static char text[TEXT];
	const char *at = strstr(table, old);

	assert_non_null(at);
	assert_true(strlen(table) + strlen(new) < sizeof(text));
	memcpy(text, table, (size_t)(at - table));
	strcpy(text + (at - table), new);
	strcat(text, at + strlen(old));
	return (text);
}

static void
names(void **state)
{
	enum sv_price_arch arch = SV_PRICE_X86_64;

	(void)state;
	assert_int_equal(sv_price_arch_parse("arm64", &arch), 0);
	assert_int_equal(arch, SV_PRICE_ARM64);
	assert_string_equal(sv_price_arch_name(arch), "arm64");
	assert_int_equal(sv_price_arch_parse("x86_64", &arch), 0);
	assert_int_equal(arch, SV_PRICE_X86_64);
	assert_string_equal(sv_price_arch_name(arch), "x86_64");
	assert_int_equal(sv_price_arch_parse("x86", &arch), -1);
	assert_int_equal(sv_price_arch_parse("", &arch), -1);
	assert_int_equal(arch, SV_PRICE_X86_64);
}

/* One function of 1769 MB for 900 s; a million requests. */
static void
the_table_that_is_compiled_in(void **state)
{
	double gb_s = 1769.0 / 1024 * 900;
	struct sv_price p;

	(void)state;
	assert_int_equal(sv_price_builtin(&p), 0);
	assert_string_equal(p.provider, "AWS Lambda");
	assert_string_equal(p.region, "us-east-1");
	assert_true(p.date[0] != '\0');
	assert_near(sv_price_requests(&p, 1e6, 0), 0.20);
	assert_true(fabs(sv_price_duration(&p, SV_PRICE_X86_64, gb_s, 0) -
	    0.025913138) < 1e-8);
	assert_true(fabs(sv_price_duration(&p, SV_PRICE_ARM64, gb_s, 0) -
	    0.020730567) < 1e-8);
	assert_true(sv_price_duration(&p, SV_PRICE_ARM64, 0, 0) == 0);
	/* 6e9 of the first tier, 9e9 of the second, 1e9 of the last. */
	assert_near(sv_price_duration(&p, SV_PRICE_X86_64, 16e9, 0),
	    6e9 * 0.0000166667 + 9e9 * 0.000015 + 1e9 * 0.0000133334);
	assert_near(sv_price_duration(&p, SV_PRICE_ARM64, 20e9, 0),
	    7.5e9 * 0.0000133334 + 11.25e9 * 0.0000120001 +
	    1.25e9 * 0.0000106667);
	assert_true(sv_price_requests(&p, 1e6, 1) == 0);
	assert_true(sv_price_duration(&p, SV_PRICE_X86_64, 400000, 1) == 0);
	assert_near(sv_price_rate(&p, SV_PRICE_X86_64, 2048), 2 * 0.0000166667);
	assert_true(p.nmachine > 0);
	assert_true(p.machine[0].cores > 0 && p.machine[0].hour > 0);
	assert_ptr_equal(sv_price_machine(&p, p.machine[0].name),
	    &p.machine[0]);
}

/* The file in the source tree is the one that is compiled in. */
static void
the_file_is_the_same_table(void **state)
{
	const char *top = getenv("SV_SRCDIR");
	struct sv_price p, q;
	char path[4096];

	(void)state;
	if (top == NULL)
		skip();
	snprintf(path, sizeof(path), "%s/lib/prices.json", top);
	assert_int_equal(sv_price_read(&p, path), 0);
	assert_int_equal(sv_price_read(&q, NULL), 0);
	assert_memory_equal(&p, &q, sizeof(p));
}

static void
tier_by_tier(void **state)
{
	struct sv_price p;

	(void)state;
	assert_int_equal(parse(&p, table), 0);
	assert_int_equal(p.ntier[SV_PRICE_X86_64], 3);
	assert_int_equal(p.nmachine, 2);
	assert_string_equal(p.machine[1].name, "n");
	assert_int_equal(p.machine[1].cores, 8);
	assert_true(p.machine[1].hour == 0.72);
	assert_null(sv_price_machine(&p, "o"));
	assert_near(sv_price_duration(&p, SV_PRICE_X86_64, 100, 0), 50);
	assert_near(sv_price_duration(&p, SV_PRICE_X86_64, 200, 0), 75);
	assert_near(sv_price_duration(&p, SV_PRICE_X86_64, 300, 0), 100);
	assert_near(sv_price_duration(&p, SV_PRICE_X86_64, 308, 0), 101);
	assert_near(sv_price_duration(&p, SV_PRICE_ARM64, 308, 0), 61.6);
	/* The free ones are off first. */
	assert_true(sv_price_duration(&p, SV_PRICE_X86_64, 49, 1) == 0);
	assert_near(sv_price_duration(&p, SV_PRICE_X86_64, 150, 1), 50);
	assert_near(sv_price_duration(&p, SV_PRICE_X86_64, 250, 1), 75);
	assert_true(sv_price_requests(&p, 9, 1) == 0);
	assert_near(sv_price_requests(&p, 12, 1), 2e-6);
	assert_near(sv_price_requests(&p, 12, 0), 12e-6);
}

/* Changes of the table, and what is said of them. */
static const struct { const char *old, *new, *said; } cases[] = {
	{ "\"provider\":\"P\",", "", "table: provider: expected a "
	    "string of 1 to 63 bytes" },
	{ "\"P\"", "\"\"", "table: provider: expected a string" },
	{ "\"P\"", "5", "table: provider: expected a string" },
	{ "\"P\"", "\"P\\u001b[2J\"", "table: provider: expected a "
	    "string without control" },
	{ "\"region\":\"R\",", "", "table: region: " },
	{ "\"date\":\"2026-01\",", "", "table: date: " },
	{ "\"request\":1e-6,", "", "table: request: expected a number,"
	    " not negative" },
	{ "1e-6", "-1e-6", "table: request: " },
	{ "1e-6", "\"1e-6\"", "table: request: " },
	{ "1e-6", "null", "table: request: " },
	{ "1e-6", "NaN", "table: not JSON: line 1: " },
	{ "1e-6", "1e999", "table: not JSON: line 1: " },
	{ "\"duration\"", "\"durations\"", "table: duration.x86_64: "
	    "expected an array of 1 to 8 tiers" },
	{ "\"arm64\":[{\"rate\":0.2}]", "\"arm64\":[]",
	    "table: duration.arm64: expected an array" },
	{ "\"arm64\":[{\"rate\":0.2}]", "\"arm64\":{\"rate\":0.2}",
	    "table: duration.arm64: expected an array" },
	{ "{\"rate\":0.2}", "0.2", "table: duration.arm64[0].rate: " },
	{ "{\"rate\":0.2}", "{\"upto\":5,\"rate\":0.2}",
	    "table: duration.arm64[0].upto: expected none" },
	{ "\"rate\":0.25", "\"rate\":-0.25",
	    "table: duration.x86_64[1].rate: " },
	{ "\"upto\":300", "\"upto\":100", "table: duration.x86_64[1]."
	    "upto: expected a number larger than the tier's before" },
	{ "\"upto\":300", "\"upto\":\"300\"",
	    "table: duration.x86_64[1].upto: " },
	{ "\"upto\":300,", "", "table: duration.x86_64[1].upto: " },
	{ "\"upto\":100", "\"upto\":0",
	    "table: duration.x86_64[0].upto: " },
	{ "{\"rate\":0.2}", "{\"upto\":1,\"rate\":1},{\"upto\":2,\"rate\":1},"
	    "{\"upto\":3,\"rate\":1},{\"upto\":4,\"rate\":1},"
	    "{\"upto\":5,\"rate\":1},{\"upto\":6,\"rate\":1},"
	    "{\"upto\":7,\"rate\":1},{\"upto\":8,\"rate\":1},"
	    "{\"rate\":1}", "table: duration.arm64: expected an array "
	    "of 1 to 8 tiers" },
	{ "\"requests\":10,", "", "table: free.requests: " },
	{ "\"gb_seconds\":50", "\"gb_seconds\":true",
	    "table: free.gb_seconds: " },
	{ "\"machines\"", "\"machine\"",
	    "table: machines: expected an array" },
	{ "\"name\":\"m\"", "\"name\":\"m,n\"",
	    "table: machines[0].name: expected a name without" },
	{ "\"name\":\"n\"", "\"name\":\"m\"",
	    "table: machines[1].name: expected a name that no other" },
	{ "\"cores\":4", "\"cores\":0", "table: machines[0].cores: " },
	{ "\"cores\":4", "\"cores\":4097", "table: machines[0].cores: " },
	{ "\"cores\":4", "\"cores\":4.5", "table: machines[0].cores: " },
	{ "\"hour\":0.36", "\"hour\":-1", "table: machines[0].hour: " },
	{ "\"request\":1e-6,", "\"request\":1e-6,\"request\":1,",
	    "table: not JSON: line 1: duplicate object key" },
	{ "{\"provider\"", "[{\"provider\"", "table: not JSON: " }
};

/* Nothing is taken from what is not all there, and it is said where. */
static void
tables_that_make_no_sense(void **state)
{
	struct sv_price p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(&p, changed(cases[i].old,
		    cases[i].new)), -1);
		if (strncmp(sv_err_last(), cases[i].said,
		    strlen(cases[i].said)) != 0)
			fail_msg("%s: %s", cases[i].new, sv_err_last());
	}
	assert_int_equal(parse(&p, ""), -1);
	assert_int_equal(parse(&p, "[]"), -1);
	assert_string_equal(sv_err_last(), "table: expected a JSON object");
}

static void
names_and_numbers_at_their_limits(void **state)
{
	char name[SV_PRICE_NAME + 3], text[TEXT], *at;
	struct sv_price p;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[0] = name[SV_PRICE_NAME] = '"';
	name[SV_PRICE_NAME + 1] = '\0';
	assert_int_equal(parse(&p, changed("\"P\"", name)), 0);
	assert_int_equal(strlen(p.provider), SV_PRICE_NAME - 1);
	name[SV_PRICE_NAME] = 'x';
	name[SV_PRICE_NAME + 1] = '"';
	name[SV_PRICE_NAME + 2] = '\0';
	assert_int_equal(parse(&p, changed("\"P\"", name)), -1);
	/* 32 machines are, 33 are not. */
	for (int n = 32; n <= 33; n++) {
		at = text;
		for (int i = 0; i < n; i++)
			at += sprintf(at, "%s{\"name\":\"m%d\",\"cores\":1,"
			    "\"hour\":0}", i == 0 ? "" : ",", i);
		assert_int_equal(parse(&p, changed("{\"name\":\"m\",\"cores\":"
		    "4,\"hour\":0.36},{\"name\":\"n\",\"cores\":8,"
		    "\"hour\":0.72}", text)), n == 32 ? 0 : -1);
	}
	assert_int_equal(parse(&p, changed("{\"name\":\"m\",\"cores\":"
	    "4,\"hour\":0.36},{\"name\":\"n\",\"cores\":8,\"hour\":0.72}",
	    "")), 0);
	assert_int_equal(p.nmachine, 0);
}

/* Write ${len} bytes of the table and blanks into a file of its own. */
static void
write_file(const char *path, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(table, f);
	for (size_t i = strlen(table); i < len; i++)
		fputc(' ', f);
	assert_int_equal(fclose(f), 0);
}

static void
files(void **state)
{
	char dir[] = "/tmp/test-price.XXXXXX", path[64];
	struct sv_price p;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/table", dir);
	assert_int_equal(sv_price_read(&p, path), -1);
	assert_string_equal(sv_err_last() + strlen(path),
	    ": No such file or directory");
	assert_int_equal(sv_price_read(&p, dir), -1);
	write_file(path, SV_PRICE_FILE);
	assert_int_equal(sv_price_read(&p, path), 0);
	assert_string_equal(p.provider, "P");
	write_file(path, SV_PRICE_FILE + 1);
	assert_int_equal(sv_price_read(&p, path), -1);
	assert_string_equal(sv_err_last() + strlen(path),
	    ": expected a table of at most 65536 bytes");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	/* One that does not end. */
	assert_int_equal(sv_price_read(&p, "/dev/zero"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(the_table_that_is_compiled_in),
		cmocka_unit_test(the_file_is_the_same_table),
		cmocka_unit_test(tier_by_tier),
		cmocka_unit_test(tables_that_make_no_sense),
		cmocka_unit_test(names_and_numbers_at_their_limits),
		cmocka_unit_test(files)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
