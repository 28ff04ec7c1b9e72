#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../tools/spawn/budget.h"
#include "../tools/spawn/facts.h"
#include "json.h"

/* The clock is ours, and so is the function: 1 GB, at a dollar a GB-second. */
static double clock_now;
static double timeout;

double __wrap_sv_clock_mono(void);

double
__wrap_sv_clock_mono(void)
{

	return (clock_now);
}

int
facts_find(const struct spawn_options *o, struct facts *f)
{

	(void)o;
	*f = (struct facts){ 1024, SV_PRICE_X86_64, timeout, 1 };
	return (0);
}

/* A table: requests cost a dollar as well. */
static const char *
table(void)
{
	static const char path[] = "test-budget.prices";
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs("{\"provider\":\"P\",\"region\":\"r\",\"date\":\"d\","
	    "\"request\":1,\"duration\":{\"x86_64\":[{\"rate\":1}],"
	    "\"arm64\":[{\"rate\":2}]},\"free\":{\"requests\":0,"
	    "\"gb_seconds\":0},\"machines\":[]}", f);
	assert_int_equal(fclose(f), 0);
	return (path);
}

/* Two workers and so many dollars. */
static struct budget *
make(struct spawn_options *o, double dollars)
{
	struct budget *b;

	memset(o, 0, sizeof(*o));
	o->workers = 2;
	o->function = "f";
	o->budget = dollars;
	o->prices = table();
	clock_now = 1000;
	timeout = NAN;
	assert_int_equal(budget_new(o, &b), 0);
	unlink(o->prices);
	return (b);
}

static void
note(struct budget *b, uint32_t shard, uint32_t generation, const char *text)
{
	json_t *o = json_loads(text, 0, NULL);

	assert_non_null(o);
	assert_int_equal(budget_note(b, shard, generation, o), 0);
	json_decref(o);
}

static void
request_both(struct budget *b)
{

	note(b, 0, 1, "{\"event\":\"request\",\"how\":\"lambda\"}");
	note(b, 1, 1, "{\"event\":\"request\",\"how\":\"lambda\"}");
}

static void
hear(struct budget *b, const char *text)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, SV_EVENT, text, 0, SV_BYTES, 0), 0);
	budget_hear(b, &f);
	sv_frame_fini(&f);
}

static int
due(struct budget *b, double at, double *within)
{
	char why[SV_WHY];

	clock_now = at;
	return (budget_due(b, why, within));
}

static void
test_none(void **state)
{
	struct spawn_options o = { .workers = 2, .function = "f" };
	struct budget *b;
	double within;

	(void)state;
	assert_int_equal(budget_new(&o, &b), 0);
	assert_null(b);
	assert_int_equal(budget_note(b, 0, 1, NULL), 0);
	assert_false(due(b, 1e9, &within));
	assert_true(budget_allows(b, 0));
	assert_false(budget_is_over(b));
	budget_tell(b);
	budget_free(b);
}

/* 2 requests, and 2.5 s of 2 GB: 7 dollars. */
static void
test_beginning(void **state)
{
	struct spawn_options o = { .workers = 2, .function = "f",
	    .budget = 6.999 };
	struct budget *b;

	(void)state;
	o.prices = table();
	assert_int_equal(budget_new(&o, &b), -1);
	assert_null(b);
	o.budget = 7.001;
	assert_int_equal(budget_new(&o, &b), 0);
	assert_non_null(b);
	budget_free(b);
	/* With another reserve, 2 + 2 (1 + 10). */
	o.reserve = 10;
	o.budget = 23.999;
	assert_int_equal(budget_new(&o, &b), -1);
	o.budget = 24.001;
	assert_int_equal(budget_new(&o, &b), 0);
	budget_free(b);
	unlink(o.prices);
}

/* 2 + 2 t + 2 * 1.5 = 25 at t = 10. */
static void
test_due(void **state)
{
	struct spawn_options o;
	struct budget *b = make(&o, 25);
	char why[SV_WHY];
	double within;

	(void)state;
	assert_false(due(b, 1000, &within));
	request_both(b);
	assert_false(due(b, 1009.99, &within));
	clock_now = 1010.01;
	assert_true(budget_due(b, why, &within));
	assert_string_equal(why, "the budget of $25.00 is nearly spent: $22.02 "
	    "until now, and $2.00 a second");
	assert_true(fabs(within - 1.0) < 1e-9);
	/* Once. */
	assert_false(due(b, 1010.02, &within));
	assert_false(budget_allows(b, 0));
	assert_false(budget_is_over(b));
	clock_now = 1012.4;
	assert_false(budget_is_over(b));
	clock_now = 1012.6;	/* 1.5 s, and one more */
	assert_true(budget_is_over(b));
	budget_free(b);
}

/* A round of 2 s: a reserve of 6.5. */
static void
test_pace(void **state)
{
	struct spawn_options o;
	struct budget *b = make(&o, 25);
	double within;

	(void)state;
	request_both(b);
	hear(b, "{\"event\":\"pace\",\"round_s\":2}");
	assert_false(due(b, 1004.99, &within));
	/* Neither of these is one. */
	hear(b, "{\"event\":\"pace\",\"round_s\":-100}");
	hear(b, "{\"event\":\"pace\",\"round_s\":\"100\"}");
	hear(b, "{\"event\":\"other\",\"round_s\":100}");
	hear(b, "{\"event\":\"pace\"}");
	assert_false(due(b, 1004.995, &within));
	assert_true(due(b, 1005.01, &within));
	assert_true(fabs(within - 6.0) < 1e-9);
	budget_free(b);
}

/* What was billed counts, and those that have ended cost no more. */
static void
test_ends(void **state)
{
	struct spawn_options o;
	struct budget *b = make(&o, 25);
	double within;

	(void)state;
	request_both(b);
	clock_now = 1008;
	note(b, 0, 1, "{\"event\":\"exit\",\"status\":0,\"http\":200,"
	    "\"tries\":1,\"billed_s\":4}");
	/* 2 + 4 + t + 1.5 = 25 at t = 17.5. */
	assert_false(due(b, 1017.49, &within));
	assert_true(due(b, 1017.51, &within));
	budget_free(b);
}

/* A call that was turned away is none. */
static void
test_retry(void **state)
{
	struct spawn_options o;
	struct budget *b = make(&o, 25);
	double within;

	(void)state;
	request_both(b);
	clock_now = 1003;
	note(b, 1, 1, "{\"event\":\"retry\",\"try\":1,\"status\":429,"
	    "\"wait_s\":1}");
	/* 2 + t + (t - 4) + 3 = 25 at t = 12. */
	assert_false(due(b, 1011.99, &within));
	assert_true(due(b, 1012.01, &within));
	budget_free(b);
}

/* A function is not billed beyond its time limit. */
static void
test_limit(void **state)
{
	struct spawn_options o;
	struct budget *b;
	double within;

	(void)state;
	b = make(&o, 25);
	budget_free(b);
	timeout = 5;
	o.prices = table();
	assert_int_equal(budget_new(&o, &b), 0);
	unlink(o.prices);
	request_both(b);
	/* 2 + 2 * 5 + 3: never enough. */
	assert_false(due(b, 5000, &within));
	budget_free(b);
}

/* Another worker: 1 + 1.5 for it, 1.5 for the one that runs, 3 + t + 4 spent. */
static void
test_another(void **state)
{
	struct spawn_options o;
	struct budget *b = make(&o, 25);
	double within;

	(void)state;
	request_both(b);
	clock_now = 1004;
	note(b, 1, 1, "{\"event\":\"exit\",\"status\":1,\"http\":200,"
	    "\"tries\":1,\"billed_s\":4,\"error\":\"E\"}");
	/* 2 + 4 + t + 4 = 25 at t = 15. */
	clock_now = 1014.99;
	assert_true(budget_allows(b, 0));
	assert_false(due(b, 1014.99, &within));
	clock_now = 1015.01;
	/* A shard's first one was allowed for before any was asked for. */
	assert_true(budget_allows(b, 1));
	assert_false(budget_allows(b, 0));
	/* Without it there is no job. */
	assert_true(due(b, 1015.01, &within));
	budget_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_beginning),
		cmocka_unit_test(test_due),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_retry),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_another)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
