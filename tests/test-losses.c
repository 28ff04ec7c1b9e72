#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loss.h"
#include "losses.h"

static const char * const variants[] = { "generic", "avx2", "avx512" };

static int
near_kink(const struct subject *s, double m, double y, double h)
{

	for (int i = 0; i < s->kinks; i++)
		if (fabs(m - (s->kinks == 1 ? y * s->kink[i] :
		    y + s->kink[i])) < h)
			return (1);
	return (0);
}

static void
every_loss_is_listed(void **state)
{
	char names[SV_LOSS_NAMES];

	(void)state;
	for (size_t i = 0; i < NSUBJECTS; i++) {
		const struct sv_loss *loss = sv_loss_nth(i);

		assert_string_equal(loss->name, subjects[i].name);
		assert_ptr_equal(sv_loss_find(loss->name), loss);
		assert_true(loss->classes == (i == 0 || i == 2));
		assert_true(loss->param == (i == 3 ? 1.0 : 0.0));
	}
	assert_null(sv_loss_nth(NSUBJECTS));
	sv_loss_names(names);
	assert_string_equal(names, "logistic, squared, squared_hinge, huber,"
	    " poisson");
}

/* Terms that cancel leave errors of their own size. */
static void
values_are_those_of_the_formula(void **state)
{
	static double m[N], y[N], w[N];
	double d[2];

	(void)state;
	for (size_t i = 0; i < NSUBJECTS; i++) {
		const struct subject *s = &subjects[i];

		fill(s, m, y, w);
		for (int j = 0; j < N; j++) {
			long double f = s->f(m[j], y[j]), size = fabsl(f);

			if (s->f == poisson)
				size = expl(m[j]) + y[j] * fabs(m[j]);
			if (s->f == squared_hinge || s->f == huber)
				size += fabs(y[j]);
			assert_true(fabsl(one(s, m[j], y[j], d) - f) <=
			    4 * (long double)DBL_EPSILON * size);
		}
	}
}

/* First and second central differences of the formula. */
static void
derivatives_are_those_of_the_formula(void **state)
{
	const long double h = 0x1p-13L;
	static double m[N], y[N], w[N];
	double d[2];

	(void)state;
	for (size_t i = 0; i < NSUBJECTS; i++) {
		const struct subject *s = &subjects[i];

		fill(s, m, y, w);
		for (int j = 0; j < N; j++) {
			long double f = s->f(m[j], y[j]);
			long double up = s->f(m[j] + h, y[j]);
			long double down = s->f(m[j] - h, y[j]);
			long double second = (up - 2 * f + down) / (h * h);
			/* What rounding of f leaves, and the next terms. */
			long double noise = 4 * LDBL_EPSILON * fabsl(f);

			if (near_kink(s, m[j], y[j], 2 * (double)h))
				continue;
			one(s, m[j], y[j], d);
			assert_true(fabsl((up - down) / (2 * h) - d[0]) <=
			    noise / h + 1e-8L * fabsl(second) + 1e-12L *
			    (1 + fabsl(d[0]) + fabs(y[j])));
			assert_true(fabsl(second - d[1]) <= noise / (h * h) +
			    1e-8L * (fabsl(second) + (s->f == logistic)));
		}
	}
}

static int
ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

static void
losses_are_convex(void **state)
{
	static double m[N], y[N], w[N];
	double d[2], last;

	(void)state;
	for (size_t i = 0; i < NSUBJECTS; i++) {
		const struct subject *s = &subjects[i];

		fill(s, m, y, w);
		qsort(m, N, sizeof(*m), ascending);
		for (int l = 0; l < 4; l++) {
			last = -INFINITY;
			for (int j = 0; j < N; j++) {
				one(s, m[j], s->label[l], d);
				assert_true(d[0] >= last - 4 * DBL_EPSILON *
				    fabs(last));
				assert_true(d[1] >= 0.0);
				last = d[0];
			}
		}
	}
}

/* Value and derivative far out. */
static void
extreme_margins_have_limits(void **state)
{
	static const struct {
		const char *name;
		double y, m, f, d1;
	} cases[] = {
		{ "logistic", 1, 1e150, 0, 0 },
		{ "logistic", 1, -1e150, 1e150, -1 },
		{ "squared", 3, 1e150, 5e299, 1e150 },
		{ "squared", 3, -INFINITY, INFINITY, -INFINITY },
		{ "squared", -1e308, 1e308, INFINITY, INFINITY },
		{ "squared_hinge", 1, -1e150, 1e300, -2e150 },
		{ "squared_hinge", 1, -INFINITY, INFINITY, -INFINITY },
		{ "squared_hinge", -1, -INFINITY, 0, 0 },
		{ "squared_hinge", -1, 1e200, INFINITY, 2e200 },
		{ "huber", 3, 1e150, DELTA * 1e150, DELTA },
		{ "huber", 3, -INFINITY, INFINITY, -DELTA },
		{ "huber", 3, INFINITY, INFINITY, DELTA },
		{ "poisson", 3, 1e150, INFINITY, INFINITY },
		{ "poisson", 3, -1e150, 3e150, -3 },
		{ "poisson", 3, -INFINITY, INFINITY, -3 },
		{ "poisson", 3, INFINITY, INFINITY, INFINITY },
		{ "poisson", 0, -INFINITY, 0, 0 },
		{ "poisson", 0, INFINITY, INFINITY, INFINITY },
		{ "poisson", 1e300, INFINITY, INFINITY, INFINITY },
		{ "poisson", 0, 709.78271289338397, 0x1.fffffffffff2ap1023,
		    0x1.fffffffffff2ap1023 },
		{ "poisson", 0, 709.7827128933841, INFINITY, INFINITY }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct subject s = { .name = cases[i].name };
		double d[2];
		double f = one(&s, cases[i].m, cases[i].y, d);

		assert_true(f == cases[i].f || fabs(f / cases[i].f - 1) <=
		    4 * DBL_EPSILON);
		assert_true(d[0] == cases[i].d1 || fabs(d[0] / cases[i].d1 - 1)
		    <= 4 * DBL_EPSILON);
		assert_true(d[1] >= 0.0);
	}
	for (size_t i = 0; i < NSUBJECTS; i++) {
		double d[2], f = one(&subjects[i], NAN, 1, d);

		assert_true(isnan(f) && isnan(d[0]));
		for (int e = -1074; e < 1024; e++) {
			f = one(&subjects[i], ldexp(1, e), 1, d);
			assert_false(isnan(f) || isnan(d[0]) || isnan(d[1]));
			f = one(&subjects[i], -ldexp(1, e), 1, d);
			assert_false(isnan(f) || isnan(d[0]) || isnan(d[1]));
		}
	}
}

static void
no_weights_are_ones(void **state)
{
	static double m[N], y[N], w[N], a[2][N], b[2][N];
	double f, g;

	(void)state;
	for (size_t i = 0; i < NSUBJECTS; i++) {
		const struct sv_loss *loss = sv_loss_nth(i);
		const struct sv_isa *isa = sv_isa_pick(NULL);

		fill(&subjects[i], m, y, w);
		for (int j = 0; j < N; j++)
			w[j] = 1.0;
		f = sv_loss_eval(loss, isa, DELTA, m, y, w, N, a[0], a[1]);
		g = sv_loss_eval(loss, isa, DELTA, m, y, NULL, N, b[0], b[1]);
		assert_memory_equal(&f, &g, sizeof(f));
		assert_memory_equal(a, b, sizeof(a));
	}
}

static void
weights_multiply(void **state)
{
	static double m[N], y[N], w[N], a[2][N], b[2][N];

	(void)state;
	for (size_t i = 0; i < NSUBJECTS; i++) {
		const struct sv_loss *loss = sv_loss_nth(i);
		const struct sv_isa *isa = sv_isa_pick(NULL);
		long double sum = 0, size = 0;
		double f, one_f;

		fill(&subjects[i], m, y, w);
		sv_loss_eval(loss, isa, DELTA, m, y, NULL, N, a[0], a[1]);
		f = sv_loss_eval(loss, isa, DELTA, m, y, w, N, b[0], b[1]);
		for (int j = 0; j < N; j++) {
			assert_true(b[0][j] == w[j] * a[0][j]);
			assert_true(b[1][j] == w[j] * a[1][j]);
			one_f = sv_loss_eval(loss, isa, DELTA, m + j, y + j,
			    NULL, 1, NULL, NULL);
			sum += (long double)w[j] * one_f;
			size += w[j] * fabs(one_f);
		}
		assert_true(fabsl(f - sum) <= N / 8 * DBL_EPSILON * size);
	}
}

/* A row of weight 0 is none, even one that is infinite or no number. */
static void
weight_zero_is_zero(void **state)
{
	double m[8] = { INFINITY, -INFINITY, NAN, 1e308, -1e308, 800, 1, 0 };
	double y[8] = { 1, 1, 1, -1, 1, 1, 1, 1 }, w[8] = { 0 };
	double d1[8], d2[8];

	(void)state;
	for (size_t i = 0; i < NSUBJECTS; i++) {
		for (size_t v = 0; v < 3; v++) {
			const struct sv_isa *isa = sv_isa_pick(variants[v]);

			for (size_t n = 1; isa != NULL && n <= 8; n++) {
				assert_true(sv_loss_eval(sv_loss_nth(i), isa,
				    DELTA, m, y, w, n, d1, d2) == 0.0);
				for (size_t j = 0; j < n; j++)
					assert_true(d1[j] == 0.0 &&
					    d2[j] == 0.0);
			}
		}
	}
}

/* The same bits with every set of results and every length; none too many. */
static void
check_variant(const struct sv_loss *loss, const struct sv_isa *isa,
    const double *m, const double *y, const double *w)
{
	const struct sv_isa *generic = sv_isa_pick("generic");
	double a[3][41], b[2][41], f[3], g;

	for (size_t n = 0; n <= 40; n++) {
		a[0][n] = a[1][n] = a[2][n] = 77.0;
		f[0] = sv_loss_eval(loss, isa, DELTA, m, y, w, n, NULL, NULL);
		f[1] = sv_loss_eval(loss, isa, DELTA, m, y, w, n, a[0], NULL);
		f[2] = sv_loss_eval(loss, isa, DELTA, m, y, w, n, a[1], a[2]);
		g = sv_loss_eval(loss, generic, DELTA, m, y, w, n, b[0], b[1]);
		for (int i = 0; i < 3; i++)
			assert_memory_equal(&f[i], &g, sizeof(g));
		assert_memory_equal(a[0], b[0], n * sizeof(double));
		assert_memory_equal(a[1], b[0], n * sizeof(double));
		assert_memory_equal(a[2], b[1], n * sizeof(double));
		assert_true(a[0][n] == 77.0 && a[1][n] == 77.0 &&
		    a[2][n] == 77.0);
	}
}

static void
variants_give_the_same_bits(void **state)
{
	static double m[N], y[N], w[N], a[2][N], b[2][N];

	(void)state;
	for (size_t i = 0; i < NSUBJECTS * 6; i++) {
		const struct sv_loss *loss = sv_loss_nth(i % NSUBJECTS);
		const struct sv_isa *isa = sv_isa_pick(variants[i /
		    NSUBJECTS / 2]);
		const double *ww = i / NSUBJECTS % 2 == 0 ? NULL : w;
		double f, g;

		if (isa == NULL)
			continue;
		fill(&subjects[i % NSUBJECTS], m, y, w);
		for (size_t j = 0; j + 40 < N; j += 397)
			check_variant(loss, isa, m + j, y + j,
			    ww != NULL ? ww + j : NULL);
		f = sv_loss_eval(loss, isa, DELTA, m, y, ww, N, a[0], a[1]);
		g = sv_loss_eval(loss, sv_isa_pick("generic"), DELTA, m, y, ww,
		    N, b[0], b[1]);
		assert_memory_equal(&f, &g, sizeof(f));
		assert_memory_equal(a, b, sizeof(a));
	}
}

/* Far enough from its kinks the Huber loss is the squared one. */
static void
huber_parameter_is_the_kink(void **state)
{
	const struct sv_loss *h = sv_loss_find("huber");
	const struct sv_loss *s = sv_loss_find("squared");
	const struct sv_isa *isa = sv_isa_pick(NULL);

	(void)state;
	for (double m = -3.0; m <= 3.0; m += 0.125) {
		double y = 0.5, d[2], e[2];
		double f = sv_loss_eval(h, isa, 1e9, &m, &y, NULL, 1, &d[0],
		    &d[1]);

		assert_true(f == sv_loss_eval(s, isa, 0, &m, &y, NULL, 1,
		    &e[0], &e[1]));
		assert_memory_equal(d, e, sizeof(d));
		f = sv_loss_eval(h, isa, 0.25, &m, &y, NULL, 1, &d[0], &d[1]);
		if (fabs(m - y) > 0.25) {
			assert_true(f == 0.25 * fabs(m - y) - 0.03125);
			assert_true(d[0] == copysign(0.25, m - y));
			assert_true(d[1] == 0.0);
		} else
			assert_true(d[0] == m - y && d[1] == 1.0);
	}
}

static void
labels_of_regression_are_numbers(void **state)
{
	const double any[4] = { -1e300, 0, 0.5, 1 }, bad[2] = { 1, INFINITY };
	const double minus[3] = { 0, 2.5, -1 }, none[2] = { 1, NAN };
	const double counts[4] = { 0, 1, 2, 1e300 };
	char why[SV_WHY];
	const double *y;

	(void)state;
	for (size_t i = 1; i < NSUBJECTS; i++) {
		const struct sv_loss *loss = sv_loss_nth(i);

		if (loss->classes)
			continue;
		assert_int_equal(sv_loss_labels(loss, counts, 4, &y, why), 0);
		assert_ptr_equal(y, counts);
		assert_int_equal(sv_loss_labels(loss, bad, 2, &y, why), -1);
		assert_non_null(strstr(why, "label inf of row 1"));
		assert_non_null(strstr(why, loss->name));
		assert_int_equal(sv_loss_labels(loss, none, 2, &y, why), -1);
		assert_int_equal(sv_loss_labels(loss, any, 4, &y, why),
		    i == 4 ? -1 : 0);
		assert_int_equal(sv_loss_labels(loss, minus, 3, &y, why),
		    i == 4 ? -1 : 0);
	}
	assert_non_null(strstr(why, "label -1 of row 2: poisson loss takes"
	    " finite numbers that are not negative"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_loss_is_listed),
		cmocka_unit_test(values_are_those_of_the_formula),
		cmocka_unit_test(derivatives_are_those_of_the_formula),
		cmocka_unit_test(losses_are_convex),
		cmocka_unit_test(extreme_margins_have_limits),
		cmocka_unit_test(no_weights_are_ones),
		cmocka_unit_test(weights_multiply),
		cmocka_unit_test(weight_zero_is_zero),
		cmocka_unit_test(variants_give_the_same_bits),
		cmocka_unit_test(huber_parameter_is_the_kink),
		cmocka_unit_test(labels_of_regression_are_numbers)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
