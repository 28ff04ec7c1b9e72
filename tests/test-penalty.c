#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "penalty.h"

/* A round that finds rho too small by the factor ${off}, in both opinions. */
static struct sv_penalty_round
opinion(double rho, double off)
{
	struct sv_penalty_round k = { .rho = rho, .x = 2.0, .z = 1.0,
	    .u = 3.0 };

	/* r^ = r / 2, s^ = move / (3 rho), r^ / s^ = off^2 */
	k.move = 0.3 * rho;
	k.r = 2.0 * 0.1 * off * off;
	k.s = k.move;
	k.each = rho * off * 4.0;
	k.mean = rho * off / 4.0;
	return (k);
}

static void
test_penalty_fixed(void **state)
{
	struct sv_penalty p;
	struct sv_penalty_round k = opinion(1.0, 1000.0);

	(void)state;
	sv_penalty_init(&p, SV_PENALTY_FIXED, 2.0, 10.0);
	for (int i = 0; i < 20; i++)
		assert_true(sv_penalty_factor(&p, &k) == 1.0);
}

static void
test_penalty_boyd(void **state)
{
	struct sv_penalty p;
	struct sv_penalty_round k = { .rho = 1.0, .r = 10.0, .s = 1.0 };

	(void)state;
	sv_penalty_init(&p, SV_PENALTY_BOYD, 3.0, 10.0);
	assert_true(sv_penalty_factor(&p, &k) == 1.0);
	k.r = 10.1;
	assert_true(sv_penalty_factor(&p, &k) == 3.0);
	k.s = 102.0;
	assert_true(sv_penalty_factor(&p, &k) == 1.0 / 3.0);
	k.r = k.s = 0.0;
	assert_true(sv_penalty_factor(&p, &k) == 1.0);
}

/* Two opinions that agree are followed in round 3, the first one being none. */
static void
test_penalty_auto_follows(void **state)
{
	static const double offs[] = { 8.0, 0.125, 3.0, 1e9, 1e-9 };
	struct sv_penalty p;

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct sv_penalty_round k = opinion(7.0, offs[i]);
		double log = 2.0 * log2(offs[i]), f;

		sv_penalty_init(&p, SV_PENALTY_AUTO, 2.0, 10.0);
		assert_true(sv_penalty_factor(&p, &k) == 1.0);
		assert_true(sv_penalty_factor(&p, &k) == 1.0);
		f = sv_penalty_factor(&p, &k);
		/* to the next quarter of a power of two, 16 at most */
		log = fmin(fmax(log, -4.0), 4.0);
		assert_true(fabs(log2(f) - log) <= 0.125 + 1e-12);
		assert_true(fabs(4.0 * log2(f) - rint(4.0 * log2(f))) < 1e-12);
	}
}

/* Each change takes more rounds than the one before, and more of a reason. */
static void
test_penalty_auto_settles(void **state)
{
	struct sv_penalty_round k = opinion(1.0, 1.9);
	unsigned last = 0, gap = 0, changes = 0;
	struct sv_penalty p;

	(void)state;
	sv_penalty_init(&p, SV_PENALTY_AUTO, 2.0, 10.0);
	for (unsigned i = 1; i <= 1000; i++) {
		if (sv_penalty_factor(&p, &k) == 1.0)
			continue;
		assert_true(i - last > gap || changes == 0);
		gap = i - last;
		last = i;
		changes++;
	}
	/* 1.9^2 = 3.61, and the margin goes 2, 2.6, 3.38, 4.394. */
	assert_int_equal(changes, 3);
}

/* What is near enough stays, and so does what is not known. */
static void
test_penalty_auto_stays(void **state)
{
	struct sv_penalty_round near = opinion(1.0, 1.2);
	struct sv_penalty_round far = opinion(1.0, 1000.0);
	struct sv_penalty p;

	(void)state;
	sv_penalty_init(&p, SV_PENALTY_AUTO, 2.0, 10.0);
	for (int i = 0; i < 50; i++)
		assert_true(sv_penalty_factor(&p, &near) == 1.0);
	far.mean = 0.0;
	sv_penalty_init(&p, SV_PENALTY_AUTO, 2.0, 10.0);
	for (int i = 0; i < 50; i++)
		assert_true(sv_penalty_factor(&p, &far) == 1.0);
}

/* Residuals of 0, or workers that tell nothing, leave the other opinion. */
static void
test_penalty_auto_hears_one(void **state)
{
	struct sv_penalty_round k = opinion(1.0, 6.0);
	struct sv_penalty p;
	double f = 1.0;

	(void)state;
	k.move = k.s = 0.0;
	sv_penalty_init(&p, SV_PENALTY_AUTO, 2.0, 10.0);
	for (int i = 0; i < 3; i++)
		f = sv_penalty_factor(&p, &k);
	assert_true(fabs(log2(f) - 1.1 * log2(6.0)) <= 0.125);

	k = opinion(1.0, 6.0);
	k.mean = k.each;
	k.each = 0.0;
	sv_penalty_init(&p, SV_PENALTY_AUTO, 2.0, 10.0);
	for (int i = 0; i < 3; i++)
		f = sv_penalty_factor(&p, &k);
	assert_true(f == 16.0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_penalty_fixed),
		cmocka_unit_test(test_penalty_boyd),
		cmocka_unit_test(test_penalty_auto_follows),
		cmocka_unit_test(test_penalty_auto_settles),
		cmocka_unit_test(test_penalty_auto_stays),
		cmocka_unit_test(test_penalty_auto_hears_one),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
