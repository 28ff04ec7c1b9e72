#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel.h"
#include "rows.h"

/* More rows than a block, and not a multiple of it. */
#define ROWS 1013
#define COLS 37

struct fixture {
	struct sv_matrix A;
	struct sv_kernel K;
	double x[COLS], dir[COLS];
};

static int
setup(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));
	uint64_t seed = 5;

	if (t == NULL || rows_make(&t->A, ROWS, COLS, 1) == -1)
		return (-1);
	t->K = (struct sv_kernel){ .A = &t->A, .y = t->A.label,
	    .loss = sv_loss_find("logistic"), .isa = sv_isa_pick(NULL) };
	for (int i = 0; i < COLS; i++) {
		t->x[i] = 2.0 * rows_uniform(&seed) - 1.0;
		t->dir[i] = 2.0 * rows_uniform(&seed) - 1.0;
	}
	*state = t;
	return (0);
}

static int
teardown(void **state)
{
	struct fixture *t = *state;

	sv_matrix_fini(&t->A);
	free(t);
	return (0);
}

/* a_j'x, the plain way. */
static long double
row_dot(const struct sv_matrix *A, uint64_t j, const double *x)
{
	long double s = 0.0L;

	for (uint64_t k = A->start[j]; k < A->start[j + 1]; k++)
		s += (long double)A->val[k] * x[A->col[k]];
	return (s);
}

/* Value and gradient, the plain way. */
static double
naive(const struct sv_matrix *A, const double *x, double *g)
{
	long double f = 0.0L, sum[COLS] = { 0.0L };

	for (uint64_t j = 0; j < A->rows; j++) {
		long double t = A->label[j] * row_dot(A, j, x);

		f += log1pl(expl(-t));
		for (uint64_t k = A->start[j]; k < A->start[j + 1]; k++)
			sum[A->col[k]] -= A->label[j] * A->val[k] /
			    (1.0L + expl(t));
	}
	for (int i = 0; i < COLS; i++)
		g[i] = (double)sum[i];
	return ((double)f);
}

static void
close_to(const double *a, const double *b, size_t n, double tolerance)
{

	for (size_t i = 0; i < n; i++)
		if (!(fabs(a[i] - b[i]) <= tolerance * fmax(1.0, fabs(b[i]))))
			fail_msg("element %zu: %.17g, expected %.17g", i, a[i],
			    b[i]);
}

static void
margins_are_products(void **state)
{
	struct fixture *t = *state;
	double m[ROWS], e[ROWS];

	sv_kernel_margins(&t->K, t->x, m);
	for (uint64_t j = 0; j < ROWS; j++)
		e[j] = (double)row_dot(&t->A, j, t->x);
	close_to(m, e, ROWS, 1e-14);
	/* Row 3 is empty. */
	assert_true(m[3] == 0.0);
}

static void
gradient_is_right(void **state)
{
	struct fixture *t = *state;
	double g[COLS], e[COLS], m[ROWS], mm[ROWS], f, ef;

	ef = naive(&t->A, t->x, e);
	f = sv_kernel_gradient(&t->K, t->x, NULL, NULL, g);
	close_to(&f, &ef, 1, 1e-13);
	close_to(g, e, COLS, 1e-12);
	f = sv_kernel_gradient(&t->K, t->x, m, NULL, g);
	close_to(g, e, COLS, 1e-12);
	sv_kernel_margins(&t->K, t->x, mm);
	assert_memory_equal(m, mm, sizeof(m));
}

static void
variants_agree_bit_for_bit(void **state)
{
	struct fixture *t = *state;
	double g[COLS], e[COLS], f, ef;

	t->K.isa = sv_isa_pick("generic");
	ef = sv_kernel_gradient(&t->K, t->x, NULL, NULL, e);
	t->K.isa = sv_isa_pick(NULL);
	if (strcmp(t->K.isa->name, "generic") == 0)
		skip();
	f = sv_kernel_gradient(&t->K, t->x, NULL, NULL, g);
	assert_memory_equal(&f, &ef, sizeof(f));
	assert_memory_equal(g, e, sizeof(g));
}

/* A trial step and an advance against the same at vectors written out. */
static void
flow_follows_the_vectors(void **state)
{
	struct fixture *t = *state;
	double m[ROWS], my[ROWS], q[ROWS], y[COLS], xn[COLS], yn[COLS];
	double g[COLS], e[COLS], f, ef, s = -0.3, beta = 0.7;
	struct sv_kernel_flow F = { m, my, q };

	for (int i = 0; i < COLS; i++) {
		y[i] = 0.5 * t->x[i] + 0.1;
		xn[i] = y[i] + s * t->dir[i];
		yn[i] = xn[i] + beta * (xn[i] - t->x[i]);
	}
	sv_kernel_margins(&t->K, t->x, m);
	sv_kernel_margins(&t->K, y, my);
	sv_kernel_margins(&t->K, t->dir, q);
	f = sv_kernel_trial(&t->K, &F, s);
	ef = naive(&t->A, xn, e);
	close_to(&f, &ef, 1, 1e-13);
	f = sv_kernel_advance(&t->K, &F, s, beta, g);
	ef = naive(&t->A, yn, e);
	close_to(&f, &ef, 1, 1e-13);
	close_to(g, e, COLS, 1e-12);
	sv_kernel_margins(&t->K, xn, q);
	close_to(m, q, ROWS, 1e-13);
}

static void
curvature_is_the_second_difference(void **state)
{
	struct fixture *t = *state;
	double m[ROWS], q[ROWS], lo[COLS], hi[COLS], g[COLS], d = 0.0, c;
	const double h = 1e-5;

	for (int i = 0; i < COLS; i++) {
		lo[i] = t->x[i] - h * t->dir[i];
		hi[i] = t->x[i] + h * t->dir[i];
	}
	sv_kernel_gradient(&t->K, hi, NULL, NULL, g);
	for (int i = 0; i < COLS; i++)
		d += g[i] * t->dir[i];
	sv_kernel_gradient(&t->K, lo, NULL, NULL, g);
	for (int i = 0; i < COLS; i++)
		d -= g[i] * t->dir[i];
	sv_kernel_margins(&t->K, t->x, m);
	sv_kernel_margins(&t->K, t->dir, q);
	c = sv_kernel_curvature(&t->K, m, q);
	assert_true(fabs(d / (2 * h) - c) < 1e-6 * c);
}

static void
no_rows_are_no_loss(void **state)
{
	struct fixture *t = *state;
	struct sv_matrix none = t->A;
	double g[COLS];

	none.rows = none.nnz = 0;
	t->K.A = &none;
	g[COLS - 1] = 1.0;
	assert_true(sv_kernel_gradient(&t->K, t->x, NULL, NULL, g) == 0.0);
	assert_true(g[COLS - 1] == 0.0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(margins_are_products, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(gradient_is_right, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(variants_agree_bit_for_bit,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(flow_follows_the_vectors, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    curvature_is_the_second_difference, setup, teardown),
		cmocka_unit_test_setup_teardown(no_rows_are_no_loss, setup,
		    teardown)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
