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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prox_is_the_minimiser),
		cmocka_unit_test(test_prox_in_place),
		cmocka_unit_test(test_prox_value),
		cmocka_unit_test(test_prox_violation),
		cmocka_unit_test(test_prox_violation_adds_up),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
