#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "err.h"
#include "regular.h"

/* An option and its argument, and so on; ends with a 0. */
struct given {
	int option;
	const char *arg;
};

#define L1(x) { SV_REGULAR_L1, x }
#define L2(x) { SV_REGULAR_L2, x }
#define GROUP(x) { SV_REGULAR_GROUP, x }
#define SIZE(x) { SV_REGULAR_GROUP_SIZE, x }
#define GROUPS(x) { SV_REGULAR_GROUPS, x }
#define BOX(x) { SV_REGULAR_BOX, x }
#define NONNEG { SV_REGULAR_NONNEG, NULL }
#define C(x) { SV_REGULAR_C, x }

/* The regulariser of 6 features, and what it says of itself. */
static void
check(const struct given *o, const char *text)
{
	char got[SV_PROX_TEXT];
	struct sv_regular r;
	struct sv_prox g;

	sv_regular_init(&r);
	for (; o->option != 0; o++)
		assert_int_equal(sv_regular_option(&r, o->option, o->arg), 0);
	assert_int_equal(sv_regular_check(&r), 0);
	assert_int_equal(sv_regular_finish(&r, 6, &g), 0);
	assert_int_equal(g.d, 6);
	sv_prox_text(&g, got);
	assert_string_equal(got, text);
	sv_regular_fini(&r);
}

static void
test_regular_kinds(void **state)
{

	(void)state;
	check((struct given[]){ { 0, NULL } }, "l1 1");
	check((struct given[]){ C("4"), { 0, NULL } }, "l1 0.25");
	check((struct given[]){ L1("0.5"), { 0, NULL } }, "l1 0.5");
	check((struct given[]){ L1("0"), { 0, NULL } }, "none");
	check((struct given[]){ L2("0"), { 0, NULL } }, "none");
	check((struct given[]){ L2("3"), { 0, NULL } }, "l2 3");
	check((struct given[]){ L1("0"), L2("3"), { 0, NULL } }, "l2 3");
	check((struct given[]){ L1("2"), L2("0"), { 0, NULL } }, "l1 2");
	check((struct given[]){ L2("4"), L1("2"), C("8"), { 0, NULL } },
	    "l1 0.25, l2 0.5");
	check((struct given[]){ GROUP("2"), SIZE("3"), C("4"), { 0, NULL } },
	    "group 0.5, 2 groups");
	check((struct given[]){ BOX("-1,2.5"), { 0, NULL } }, "box [-1, 2.5]");
	check((struct given[]){ BOX("-inf,0"), { 0, NULL } }, "box [-inf, 0]");
	check((struct given[]){ BOX("1,inf"), { 0, NULL } }, "box [1, inf]");
	check((struct given[]){ BOX("1,1"), { 0, NULL } }, "box [1, 1]");
	check((struct given[]){ NONNEG, { 0, NULL } }, "nonneg");
	/* The last of the same option counts. */
	check((struct given[]){ L1("2"), L1("3"), { 0, NULL } }, "l1 3");
}

static void
test_regular_other_options(void **state)
{
	struct sv_regular r;

	(void)state;
	sv_regular_init(&r);
	assert_int_equal(sv_regular_option(&r, 'w', "3"), 1);
	assert_int_equal(sv_regular_option(&r, '?', NULL), 1);
	assert_int_equal(sv_regular_option(&r, SV_REGULAR_C + 1, NULL), 1);
	assert_int_equal(r.given, 0);
}

/* What check() refuses, and with which line. */
static void
refuse(const struct given *o, const char *line)
{
	struct sv_regular r;

	sv_regular_init(&r);
	for (; o->option != 0; o++)
		assert_int_equal(sv_regular_option(&r, o->option, o->arg), 0);
	assert_int_equal(sv_regular_check(&r), -1);
	assert_string_equal(sv_err_last(), line);
}

static void
test_regular_refuses_combinations(void **state)
{

	(void)state;
	refuse((struct given[]){ BOX("0,1"), NONNEG, { 0, NULL } },
	    "--box and --nonneg: give one of them");
	refuse((struct given[]){ L1("1"), NONNEG, { 0, NULL } },
	    "--l1 and --nonneg: give one of them");
	refuse((struct given[]){ L2("1"), BOX("0,1"), { 0, NULL } },
	    "--l2 and --box: give one of them");
	refuse((struct given[]){ GROUP("1"), SIZE("2"), BOX("0,1"),
	    { 0, NULL } }, "--group and --box: give one of them");
	refuse((struct given[]){ GROUP("1"), SIZE("2"), L1("1"),
	    { 0, NULL } }, "--group and --l1: give one of them");
	refuse((struct given[]){ GROUP("1"), SIZE("2"), GROUPS("x"),
	    { 0, NULL } }, "--group-size and --groups: give one of them");
	refuse((struct given[]){ GROUP("1"), { 0, NULL } },
	    "--group needs --group-size or --groups");
	refuse((struct given[]){ SIZE("2"), { 0, NULL } },
	    "--group-size needs --group");
	refuse((struct given[]){ GROUPS("x"), { 0, NULL } },
	    "--groups needs --group");
	refuse((struct given[]){ NONNEG, C("2"), { 0, NULL } },
	    "--c divides weights, and --nonneg has none");
	refuse((struct given[]){ L1("1e300"), C("1e-300"), { 0, NULL } },
	    "--c 1e-300: a weight divided by it is out of range");
	refuse((struct given[]){ L2("1e-300"), C("1e300"), { 0, NULL } },
	    "--c 1e+300: a weight divided by it is out of range");
}

static void
test_regular_refuses_arguments(void **state)
{
	static const char *const boxes[] = { "", ",", "1", "1,", ",1", "2,1",
	    "1,2,3", "nan,1", "0,nan", "a,b", "0, 1", " 0,1", "inf,inf",
	    "-inf,-inf", "0,1 ", "0;1", "0,1e400", "-1e400,0" };
	static const char *const weights[] = { "", "-1", "x", "inf", "nan",
	    "1 " };
	struct sv_regular r;

	(void)state;
	sv_regular_init(&r);
	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
		assert_int_equal(sv_regular_option(&r, SV_REGULAR_BOX,
		    boxes[i]), -1);
		assert_non_null(strstr(sv_err_last(), "expected LO,HI"));
	}
	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++)
		for (int o = SV_REGULAR_L1; o <= SV_REGULAR_C; o++)
			if (o != SV_REGULAR_GROUPS && o != SV_REGULAR_NONNEG)
				assert_int_equal(sv_regular_option(&r, o,
				    weights[i]), -1);
	assert_int_equal(sv_regular_option(&r, SV_REGULAR_C, "0"), -1);
	assert_int_equal(sv_regular_option(&r, SV_REGULAR_GROUP_SIZE, "0"),
	    -1);
}

/* Groups of 6 features from a file with ${text}; NULL, or what was said. */
static const char *
groups(const char *text, struct sv_groups *copy)
{
	char name[] = "/tmp/test-regular-XXXXXX";
	int fd = mkstemp(name), status;
	const char *said = NULL;
	struct sv_regular r;
	struct sv_prox g;

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	sv_regular_init(&r);
	assert_int_equal(sv_regular_option(&r, SV_REGULAR_GROUP, "1"), 0);
	assert_int_equal(sv_regular_option(&r, SV_REGULAR_GROUPS, name), 0);
	assert_int_equal(sv_regular_check(&r), 0);
	status = sv_regular_finish(&r, 6, &g);
	unlink(name);
	if (status == -1) {
		said = sv_err_last();
		assert_non_null(strstr(said, name));
		said += strlen(name);
	} else {
		*copy = *r.groups;
	}
	sv_regular_fini(&r);
	return (said);
}

static void
test_regular_groups_of_a_file(void **state)
{
	struct sv_groups s;

	(void)state;
	assert_null(groups("3\n1\r\n 3\n1 \n4294967295\n0", &s));
	assert_int_equal(s.n, 4);
	assert_string_equal(groups("3\n1\n3\n", &s), ": 3 lines for 6 features");
	assert_string_equal(groups("1\n1\n1\n1\n1\n1\n1\n", &s),
	    ": more than the 6 lines of 6 features");
	assert_string_equal(groups("1\n-1\n", &s),
	    ", line 2: expected a group's number, 0 to 4294967295");
	assert_string_equal(groups("4294967296\n", &s),
	    ", line 1: expected a group's number, 0 to 4294967295");
	assert_string_equal(groups("1 2\n", &s),
	    ", line 1: expected a group's number, 0 to 4294967295");
	assert_string_equal(groups("1\n\n", &s),
	    ", line 2: expected a group's number, 0 to 4294967295");
	assert_string_equal(groups("00000000000000000000000000000000000000000"
	    "000000000000000000000000000000000000001\n", &s),
	    ", line 1: expected a group's number, 0 to 4294967295");
}

static void
test_regular_groups_that_do_not_fit(void **state)
{
	struct sv_regular r;
	struct sv_prox g;

	(void)state;
	sv_regular_init(&r);
	sv_regular_option(&r, SV_REGULAR_GROUP, "1");
	sv_regular_option(&r, SV_REGULAR_GROUP_SIZE, "4");
	assert_int_equal(sv_regular_finish(&r, 6, &g), -1);
	assert_string_equal(sv_err_last(),
	    "--group-size 4 does not divide the 6 features");
	sv_regular_init(&r);
	sv_regular_option(&r, SV_REGULAR_GROUP, "1");
	sv_regular_option(&r, SV_REGULAR_GROUPS, "/nonexistent/groups");
	assert_int_equal(sv_regular_finish(&r, 6, &g), -1);
	assert_non_null(strstr(sv_err_last(), "/nonexistent/groups"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_regular_kinds),
		cmocka_unit_test(test_regular_other_options),
		cmocka_unit_test(test_regular_refuses_combinations),
		cmocka_unit_test(test_regular_refuses_arguments),
		cmocka_unit_test(test_regular_groups_of_a_file),
		cmocka_unit_test(test_regular_groups_that_do_not_fit),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
