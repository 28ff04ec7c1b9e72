#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loss.h"
#include "losses.h"

/* l(m) + l*(s) >= m s, and = at s = l'(m), which is in the domain. */
static void
conjugates_keep_the_inequality_of_fenchel_and_young(void **state)
{
	static double m[N], y[N], w[N];
	double d[2], e[2], f, c;

	(void)state;
	for (size_t i = 0; i < NSUBJECTS; i++) {
		const struct subject *s = &subjects[i];
		const struct sv_loss *loss = sv_loss_find(s->name);

		fill(s, m, y, w);
		for (int j = 0; j < N; j++) {
			f = one(s, m[j], y[j], d);
			c = loss->conj(DELTA, y[j], d[0]);
			assert_true(isfinite(c));
			assert_true(fabs(f + c - m[j] * d[0]) <= 1e-13 *
			    (fabs(f) + fabs(c) + fabs(m[j] * d[0]) +
			    fabs(m[j] * y[j])));
			for (int k = 0; k < N; k += 61) {
				one(s, m[k], y[j], e);
				c = loss->conj(DELTA, y[j], e[0]);
				assert_true(f + c >= m[j] * e[0] - 1e-13 *
				    (fabs(f) + fabs(c) + fabs(m[j] * e[0]) +
				    fabs(m[j] * y[j])));
			}
		}
	}
}

static void
conjugates_have_limits_and_domains(void **state)
{
	static const struct {
		const char *name;
		double y, s, value;
	} cases[] = {
		{ "logistic", 1, 0, 0 }, { "logistic", 1, -1, 0 },
		{ "logistic", -1, 0, 0 }, { "logistic", -1, 1, 0 },
		{ "logistic", 1, -0.5, -0x1.62e42fefa39efp-1 },
		{ "logistic", 1, 1e-300, INFINITY },
		{ "logistic", 1, -0x1.0000000000001p0, INFINITY },
		{ "logistic", -1, -1e-300, INFINITY },
		{ "squared", 3, 2, 8 }, { "squared", 3, -1e200, INFINITY },
		{ "squared_hinge", 1, 0, 0 }, { "squared_hinge", -1, 2, -1 },
		{ "squared_hinge", -1, 4, 0 },
		{ "squared_hinge", 1, 1e-300, INFINITY },
		{ "squared_hinge", -1, -1e-300, INFINITY },
		{ "huber", 3, DELTA, 5.625 }, { "huber", 3, -DELTA, -3.375 },
		{ "huber", 3, 1.5000000000000002, INFINITY },
		{ "huber", 3, -1.5000000000000002, INFINITY },
		{ "poisson", 3, -3, 0 }, { "poisson", 0, 0, 0 },
		{ "poisson", 3, -2, -1 },
		{ "poisson", 0, -1e-300, INFINITY },
		{ "poisson", 3, -3.0000000000000004, INFINITY },
		{ "poisson", 3, INFINITY, INFINITY },
		{ "poisson", 3, 1e308, INFINITY }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double c = sv_loss_find(cases[i].name)->conj(DELTA, cases[i].y,
		    cases[i].s);

		assert_true(c == cases[i].value || fabs(c - cases[i].value) <=
		    2 * DBL_EPSILON * fabs(cases[i].value));
	}
}

/* Entropies are right to the last digits, also of the smallest numbers. */
static void
entropies_are_exact(void **state)
{
	const struct sv_loss *loss = sv_loss_find("logistic");
	const struct sv_loss *counts = sv_loss_find("poisson");

	(void)state;
	for (double p = 5e-324; p < 1.0; p = p * 1.37 + 5e-324) {
		long double exact = p * logl(p) + (1.0L - p) * log1pl(-p);
		long double e = p * logl(p) - p;

		assert_true(fabsl(loss->conj(0, -1, p) - exact) <=
		    8 * (long double)DBL_EPSILON * fabsl(exact) + 5e-324L);
		assert_true(fabsl(loss->conj(0, 1, -p) - exact) <=
		    8 * (long double)DBL_EPSILON * fabsl(exact) + 5e-324L);
		assert_true(fabsl(counts->conj(0, 0, p) - e) <=
		    8 * (long double)DBL_EPSILON * fabsl(e) + 5e-324L);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    conjugates_keep_the_inequality_of_fenchel_and_young),
		cmocka_unit_test(conjugates_have_limits_and_domains),
		cmocka_unit_test(entropies_are_exact)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
