#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loss.h"

#define N 20001

static const char * const names[] = { "generic", "avx2", "avx512" };

/* Margins over the whole range, dense around 0, and labels. */
static void
fill(double m[N], double y[N])
{

	for (int j = 0; j < N; j++) {
		double u = (double)(j - N / 2) / (N / 2.0);

		m[j] = j % 3 == 0 ? 800.0 * u : j % 3 == 1 ? 40.0 * u :
		    u * u * u;
		y[j] = j % 2 == 0 ? 1.0 : -1.0;
	}
}

/* Distance of ${a} from the exact ${b} in units of b's last place. */
static double
ulps(double a, long double b)
{
	double r = fabs((double)b);

	return ((double)fabsl((long double)a - b) / (nextafter(r, INFINITY) - r));
}

static void
value_is_exact(void **state)
{
	const struct sv_loss *loss = sv_loss_find("logistic");
	const struct sv_isa *isa = sv_isa_pick(NULL);
	static double m[N], y[N];
	double worst = 0.0;

	(void)state;
	fill(m, y);
	for (int j = 0; j < N; j++) {
		double t = y[j] * m[j];
		double f = sv_loss_eval(loss, isa, 0, &m[j], &y[j], NULL, 1, NULL, NULL);
		long double exact = t < 0 ? -t + log1pl(expl(t)) :
		    log1pl(expl(-t));

		if (t > 700.0)
			assert_true(f >= 0.0 && f < 1e-300);
		else
			worst = fmax(worst, ulps(f, exact));
	}
	assert_true(worst < 2.5);
}

static void
derivatives_are_exact(void **state)
{
	const struct sv_loss *loss = sv_loss_find("logistic");
	const struct sv_isa *isa = sv_isa_pick(NULL);
	static double m[N], y[N], d1[N], d2[N];
	double worst1 = 0.0, worst2 = 0.0;

	(void)state;
	fill(m, y);
	sv_loss_eval(loss, isa, 0, m, y, NULL, N, d1, d2);
	for (int j = 0; j < N; j++) {
		long double t = y[j] * m[j], e = expl(-fabsl(t));
		long double s = t < 0 ? 1.0L / (1.0L + e) : e / (1.0L + e);

		if (fabsl(t) > 700.0L) {
			assert_true(t < 0 ? d1[j] == -y[j] : fabs(d1[j]) < 1e-300);
			assert_true(d2[j] >= 0.0 && d2[j] < 1e-300);
			continue;
		}
		worst1 = fmax(worst1, ulps(d1[j], -y[j] * s));
		worst2 = fmax(worst2, ulps(d2[j], e / ((1.0L + e) * (1.0L + e))));
	}
	assert_true(worst1 < 4.0);
	assert_true(worst2 < 5.0);
}

/* An independent look: differences of the value, and of the derivative. */
static void
derivatives_match_differences(void **state)
{
	const struct sv_loss *loss = sv_loss_find("logistic");
	const struct sv_isa *isa = sv_isa_pick(NULL);
	const double h = 1e-5;

	(void)state;
	for (double m = -30.0; m <= 30.0; m += 0.37) {
		double at[3] = { m - h, m, m + h }, y[3] = { -1, -1, -1 };
		double f[3], d1[3], d2[3];

		for (int i = 0; i < 3; i++)
			f[i] = sv_loss_eval(loss, isa, 0, &at[i], y, NULL, 1, NULL, NULL);
		sv_loss_eval(loss, isa, 0, at, y, NULL, 3, d1, d2);
		assert_true(fabs((f[2] - f[0]) / (2 * h) - d1[1]) < 1e-8);
		assert_true(fabs((d1[2] - d1[0]) / (2 * h) - d2[1]) < 1e-8);
	}
}

/* Any number of results may be asked for, and any length; bits do not change. */
static void
results_do_not_depend_on_what_is_asked(void **state)
{
	const struct sv_loss *loss = sv_loss_find("logistic");
	static double m[N], y[N], d1[N], e1[N], d2[N];

	(void)state;
	fill(m, y);
	for (size_t i = 0; i < 3; i++) {
		const struct sv_isa *isa = sv_isa_pick(names[i]);

		for (size_t n = 0; isa != NULL && n < 40; n++) {
			double f = sv_loss_eval(loss, isa, 0, m, y, NULL, n, NULL, NULL);
			double g, h;

			d1[n] = e1[n] = d2[n] = 77.0;
			g = sv_loss_eval(loss, isa, 0, m, y, NULL, n, d1, NULL);
			h = sv_loss_eval(loss, isa, 0, m, y, NULL, n, e1, d2);
			assert_memory_equal(&f, &g, sizeof(f));
			assert_memory_equal(&f, &h, sizeof(f));
			assert_memory_equal(d1, e1, n * sizeof(*d1));
			/* Nothing is written beyond the end. */
			assert_true(d1[n] == 77.0 && d2[n] == 77.0);
		}
	}
}

static void
variants_agree_bit_for_bit(void **state)
{
	const struct sv_loss *loss = sv_loss_find("logistic");
	const struct sv_isa *generic = sv_isa_pick("generic");
	static double m[N], y[N], a[2][N], b[2][N];
	double f, g;
	int others = 0;

	(void)state;
	fill(m, y);
	f = sv_loss_eval(loss, generic, 0, m, y, NULL, N, a[0], a[1]);
	for (size_t i = 1; i < 3; i++) {
		const struct sv_isa *isa = sv_isa_pick(names[i]);

		if (isa == NULL)
			continue;
		others++;
		g = sv_loss_eval(loss, isa, 0, m, y, NULL, N, b[0], b[1]);
		assert_memory_equal(&f, &g, sizeof(f));
		assert_memory_equal(a, b, sizeof(a));
		for (size_t n = 0; n < 70; n++) {
			f = generic->dot(m, a[0], n);
			g = isa->dot(m, a[0], n);
			assert_memory_equal(&f, &g, sizeof(f));
		}
		f = sv_loss_eval(loss, generic, 0, m, y, NULL, N, a[0], a[1]);
	}
	if (others == 0)
		skip();
}

static void
odd_margins_have_limits(void **state)
{
	const struct sv_loss *loss = sv_loss_find("logistic");
	const struct sv_isa *isa = sv_isa_pick(NULL);
	double m[4] = { INFINITY, -INFINITY, NAN, 0.0 }, y[4] = { 1, 1, 1, 1 };
	double d1[4], d2[4];

	(void)state;
	assert_true(sv_loss_eval(loss, isa, 0, m, y, NULL, 1, d1, d2) == 0.0);
	assert_true(d1[0] == 0.0 && d2[0] == 0.0);
	assert_true(isinf(sv_loss_eval(loss, isa, 0, m + 1, y, NULL, 1, d1, d2)));
	assert_true(d1[0] == -1.0 && d2[0] == 0.0);
	assert_true(isnan(sv_loss_eval(loss, isa, 0, m + 2, y, NULL, 1, d1, d2)));
	assert_true(isnan(sv_loss_eval(loss, isa, 0, m, y, NULL, 3, d1, d2)));
	assert_true(ulps(sv_loss_eval(loss, isa, 0, m + 3, y, NULL, 1, d1, d2),
	    logl(2.0L)) < 2.5);
	assert_true(d1[0] == -0.5 && d2[0] == 0.25);
}

static void
labels_are_mapped(void **state)
{
	const struct sv_loss *loss = sv_loss_find("logistic");
	const double signs[3] = { -1, 1, -1 }, bits[3] = { 0, 1, 0 };
	const double ones[2] = { 1, 1 };
	const double *y;
	char why[SV_WHY];

	(void)state;
	assert_int_equal(sv_loss_labels(loss, signs, 3, &y, why), 0);
	assert_ptr_equal(y, signs);
	assert_int_equal(sv_loss_labels(loss, ones, 2, &y, why), 0);
	assert_ptr_equal(y, ones);
	assert_int_equal(sv_loss_labels(loss, bits, 3, &y, why), 0);
	assert_memory_equal(y, signs, sizeof(signs));
	free((void *)(uintptr_t)y);
}

/* Each with the row that is blamed. */
static void
other_labels_are_refused(void **state)
{
	static const struct {
		double label[3];
		const char *says;
	} cases[] = {
		{ { 1, 2, 1 }, "label 2 of row 1" },
		{ { 1, NAN, 1 }, "nan of row 1" },
		{ { 0, 1, -1 }, "label -1 of row 2" },
		{ { -1, 1, 0 }, "label 0 of row 2" },
		{ { 1, 0.5, 0 }, "label 0.5 of row 1" }
	};
	const struct sv_loss *loss = sv_loss_find("logistic");
	const double *y;
	char why[SV_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(sv_loss_labels(loss, cases[i].label, 3, &y,
		    why), -1);
		assert_non_null(strstr(why, cases[i].says));
		assert_non_null(strstr(why, "logistic"));
	}
}

static void
names_are_found(void **state)
{

	(void)state;
	assert_non_null(sv_loss_find("logistic"));
	assert_null(sv_loss_find("hinge"));
	assert_string_equal(sv_isa_pick("generic")->name, "generic");
	assert_null(sv_isa_pick("sse9"));
	assert_null(sv_isa_pick(""));
	assert_non_null(sv_isa_pick(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_is_exact),
		cmocka_unit_test(derivatives_are_exact),
		cmocka_unit_test(derivatives_match_differences),
		cmocka_unit_test(results_do_not_depend_on_what_is_asked),
		cmocka_unit_test(variants_agree_bit_for_bit),
		cmocka_unit_test(odd_margins_have_limits),
		cmocka_unit_test(labels_are_mapped),
		cmocka_unit_test(other_labels_are_refused),
		cmocka_unit_test(names_are_found)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
