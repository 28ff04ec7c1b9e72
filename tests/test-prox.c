#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "prox.h"

static const double points[] = { -3.0, -1.25, -1.0, -0.5, -1e-9, 0.0, 0.25,
    0.5, 0.75, 1.0, 1.5, 7.0 };
#define NPOINTS (sizeof(points) / sizeof(points[0]))

/* The prox is the least point of its definition on a fine grid around it. */
static void
check_prox(const struct sv_prox *g, double t)
{

	for (size_t i = 0; i < NPOINTS; i++) {
		double x, y, least = INFINITY, at = NAN, v = points[i];

		g->apply(g, t, &v, &x, 1);
		for (int k = -160000; k <= 160000; k++) {
			double o;

			y = k / 16384.0;
			if (isinf(g->value(g, &y, 1)))
				continue;
			o = t * g->value(g, &y, 1) + (y - v) * (y - v) / 2.0;
			if (o < least) {
				least = o;
				at = y;
			}
		}
		assert_true(fabs(x - at) <= 1.0 / 16384.0);
		assert_true(t * g->value(g, &x, 1) + (x - v) * (x - v) / 2.0 <=
		    least + 1e-15);
	}
}

static void
test_prox_is_the_minimiser(void **state)
{
	struct sv_prox g;

	(void)state;
	sv_prox_none(&g);
	check_prox(&g, 0.7);
	sv_prox_l1(&g, 0.5);
	check_prox(&g, 1.0);
	check_prox(&g, 0.25);
	check_prox(&g, 3.0);
	sv_prox_l1(&g, 0.0);
	check_prox(&g, 1.0);
	sv_prox_l2(&g, 0.5);
	check_prox(&g, 2.0);
	sv_prox_elastic(&g, 0.5, 0.25);
	check_prox(&g, 2.0);
	sv_prox_box(&g, -0.5, 1.25);
	check_prox(&g, 2.0);
	sv_prox_nonneg(&g);
	check_prox(&g, 0.5);
}

static void
test_prox_in_place(void **state)
{
	double v[3] = { 2.0, -2.0, 0.5 };
	struct sv_prox g;

	(void)state;
	sv_prox_l1(&g, 1.0);
	g.apply(&g, 1.0, v, v, 3);
	assert_true(v[0] == 1.0 && v[1] == -1.0 && v[2] == 0.0);
	assert_false(signbit(v[2]));
	sv_prox_none(&g);
	g.apply(&g, 1.0, v, v, 3);
	assert_true(v[0] == 1.0 && v[1] == -1.0 && v[2] == 0.0);
}

static void
test_prox_value(void **state)
{
	const double x[4] = { 1.0, -2.5, 0.0, 3.0 };
	struct sv_prox g;

	(void)state;
	sv_prox_l1(&g, 2.0);
	assert_true(g.value(&g, x, 4) == 13.0);
	sv_prox_none(&g);
	assert_true(g.value(&g, x, 4) == 0.0);
}

/* The shortest of all grad + s, s in the subdifferential, by trying them. */
static void
test_prox_violation(void **state)
{
	struct sv_prox g;

	(void)state;
	sv_prox_l1(&g, 0.75);
	for (size_t i = 0; i < NPOINTS; i++)
		for (size_t k = 0; k < NPOINTS; k++) {
			double x = points[i], grad = points[k], least = INFINITY;

			for (int s = -4096; s <= 4096; s++) {
				double sub = 0.75 * s / 4096.0;

				if ((x > 0.0 && s != 4096) ||
				    (x < 0.0 && s != -4096))
					continue;
				least = fmin(least, fabs(grad + sub));
			}
			assert_true(fabs(g.violation(&g, &x, &grad, 1) -
			    least) <= 0.75 / 4096.0);
		}
}

static void
test_prox_violation_adds_up(void **state)
{
	const double x[4] = { 1.0, -1.0, 0.0, 0.0 };
	const double grad[4] = { 0.25, 3.0, -1.5, 0.5 };
	struct sv_prox g;

	(void)state;
	sv_prox_l1(&g, 1.0);
	assert_true(g.violation(&g, x, grad, 4) == 1.25 + 2.0 + 0.5 + 0.0);
	sv_prox_none(&g);
	assert_true(g.violation(&g, x, grad, 4) == 0.25 + 3.0 + 1.5 + 0.5);
}

static void
test_prox_conjugates(void **state)
{
	const double v[4] = { 2.0, -1.0, 0.0, 0.5 };
	const double zero[4] = { 0.0, -0.0, 0.0, 0.0 };
	struct sv_groups *s = sv_prox_groups_blocks(4, 2);
	struct sv_prox g;

	(void)state;
	assert_non_null(s);
	sv_prox_none(&g);
	assert_true(g.conj(&g, zero, 4) == 0.0);
	assert_true(isinf(g.conj(&g, v, 4)));
	sv_prox_l1(&g, 2.0);
	assert_true(g.conj(&g, v, 4) == 0.0);
	sv_prox_l1(&g, 1.999);
	assert_true(g.conj(&g, v, 4) == INFINITY);
	sv_prox_l2(&g, 4.0);
	assert_true(g.conj(&g, v, 4) == 5.25 / 8.0);
	sv_prox_elastic(&g, 0.5, 4.0);
	assert_true(g.conj(&g, v, 4) == (2.25 + 0.25) / 8.0);
	sv_prox_group(&g, 1.582, s);
	assert_true(g.conj(&g, v, 4) == 0.0);
	sv_prox_group(&g, 1.581, s);
	assert_true(g.conj(&g, v, 4) == INFINITY);
	sv_prox_box(&g, -3.0, 5.0);
	assert_true(g.conj(&g, v, 4) == 10.0 + 3.0 + 2.5);
	sv_prox_nonneg(&g);
	assert_true(g.conj(&g, v, 4) == INFINITY);
	assert_true(g.conj(&g, v + 1, 2) == 0.0);
	sv_prox_groups_free(s);
}

static void
test_prox_outside_the_domain(void **state)
{
	const double in[3] = { -1.0, 0.5, 2.0 }, out[3] = { -1.0, 2.1, 2.0 };
	const double grad[3] = { -1.0, -2.0, -4.0 };
	struct sv_prox g;

	(void)state;
	sv_prox_box(&g, -1.0, 2.0);
	assert_true(g.value(&g, in, 3) == 0.0);
	assert_true(g.value(&g, out, 3) == INFINITY);
	assert_true(g.violation(&g, out, grad, 3) == INFINITY);
	/* At a bound the gradient may point out of the box. */
	assert_true(g.violation(&g, in, grad, 3) == 3.0);
	sv_prox_nonneg(&g);
	assert_true(g.value(&g, in, 3) == INFINITY);
	assert_true(g.value(&g, in + 1, 2) == 0.0);
}

/* The shortest of grad + 0.5 sqrt(2) u, |u| <= 1, by trying all u. */
static void
test_prox_group_violation(void **state)
{
	const double zero[2] = { 0.0, 0.0 }, some[2] = { 0.75, -1.0 };
	const double grad[2] = { -2.0, 1.0 }, r = 0.5 * sqrt(2.0);
	double least = INFINITY, one = NAN;
	struct sv_groups *s = sv_prox_groups_blocks(2, 2);
	struct sv_prox g;

	(void)state;
	assert_non_null(s);
	sv_prox_group(&g, 0.5, s);
	for (int k = 0; k < 100000; k++) {
		double a = grad[0] + r * cos(k * 6.2831853071795865e-5);
		double b = grad[1] + r * sin(k * 6.2831853071795865e-5);

		if (hypot(a, b) < least) {
			least = hypot(a, b);
			one = fabs(a) + fabs(b);
		}
	}
	assert_true(fabs(g.violation(&g, zero, grad, 2) - one) <= 1e-4);
	assert_true(fabs(g.violation(&g, some, grad, 2) -
	    (fabs(-2.0 + r * 0.6) + fabs(1.0 - r * 0.8))) <= 1e-15);
	sv_prox_groups_free(s);
}

static void
test_prox_groups(void **state)
{
	const uint32_t number[5] = { UINT32_MAX, 0, UINT32_MAX, 3, 0 };
	const size_t start[4] = { 0, 2, 3, 5 };
	const size_t member[5] = { 1, 4, 3, 0, 2 };
	const double x[5] = { 3.0, 6.0, 4.0, -2.0, 8.0 };
	struct sv_groups *s = sv_prox_groups_table(number, 5);
	struct sv_prox g;

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->n, 3);
	assert_memory_equal(s->start, start, sizeof(start));
	assert_memory_equal(s->member, member, sizeof(member));
	sv_prox_group(&g, 2.0, s);
	assert_true(fabs(g.value(&g, x, 5) - 2.0 * (sqrt(2.0) * 10.0 + 2.0 +
	    sqrt(2.0) * 5.0)) <= 1e-13);
	sv_prox_groups_free(s);

	assert_null(sv_prox_groups_blocks(5, 2));
	assert_int_equal(errno, EINVAL);
	assert_null(sv_prox_groups_blocks(5, 0));
	s = sv_prox_groups_blocks(6, 2);
	assert_non_null(s);
	assert_int_equal(s->n, 3);
	sv_prox_groups_free(s);
	sv_prox_groups_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prox_is_the_minimiser),
		cmocka_unit_test(test_prox_in_place),
		cmocka_unit_test(test_prox_value),
		cmocka_unit_test(test_prox_violation),
		cmocka_unit_test(test_prox_violation_adds_up),
		cmocka_unit_test(test_prox_conjugates),
		cmocka_unit_test(test_prox_outside_the_domain),
		cmocka_unit_test(test_prox_group_violation),
		cmocka_unit_test(test_prox_groups),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
