#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hess.h"
#include "rows.h"

#define ROWS 300	/* two blocks and a part of one */
#define COLS 70	/* two panels and a part of one */
#define RHO 0.75

enum form { SPARSE, SPARSE32, DENSE, DENSE32, NFORM };

struct bed {
	struct sv_matrix A[NFORM];	/* the same rows */
	double dense[ROWS][COLS + 1];	/* ... and again, with ones */
	double h[ROWS];
	struct sv_kernel K;
	int calls, stop_at;	/* of poll */
};

static int
setup(void **state)
{
	struct bed *t = calloc(1, sizeof(*t));
	struct sv_csr rows;
	uint64_t seed = 5;

	if (t == NULL || rows_csr(&rows, ROWS, COLS, 2) == -1)
		return (-1);
	for (int f = 0; f < NFORM; f++) {
		struct sv_matrix_shape shape = { .rows = ROWS, .cols = COLS,
		    .nnz = f < DENSE ? rows.nnz : ROWS * COLS,
		    .elem = f == SPARSE || f == DENSE ? SV_F64 : SV_F32 };

		if (sv_matrix_alloc(&t->A[f], &shape) == -1 ||
		    sv_matrix_put(&t->A[f], 0, &rows) == -1)
			return (-1);
	}
	for (size_t j = 0; j < ROWS; j++) {
		t->h[j] = j % 11 == 0 ? 0.0 : rows_uniform(&seed);
		for (uint64_t k = rows.start[j]; k < rows.start[j + 1]; k++)
			t->dense[j][rows.col[k]] = rows.val[k];
		t->dense[j][COLS] = 1.0;
	}
	sv_csr_fini(&rows);
	t->K.isa = sv_isa_pick(NULL);
	*state = t;
	return (0);
}

static int
teardown(void **state)
{
	struct bed *t = *state;

	for (int f = 0; f < NFORM; f++)
		sv_matrix_fini(&t->A[f]);
	free(t);
	return (0);
}

/* y = (A' diag(h) A + rho I) x, as it is written. */
static void
product(const struct bed *t, size_t n, const double *x, double *y)
{

	for (size_t i = 0; i < n; i++)
		y[i] = RHO * x[i];
	for (size_t j = 0; j < ROWS; j++) {
		double m = 0.0;

		for (size_t i = 0; i < n; i++)
			m += t->dense[j][i] * x[i];
		for (size_t i = 0; i < n; i++)
			y[i] += t->h[j] * m * t->dense[j][i];
	}
}

/* Solve with the matrix of A[f] for a right side whose answer is known. */
static double
distance(struct bed *t, int f, int intercept, double *x)
{
	size_t n = COLS + (size_t)intercept;
	struct sv_hess *H = sv_hess_new(n);
	double want[COLS + 1], off = 0.0;

	assert_non_null(H);
	for (size_t i = 0; i < n; i++)
		want[i] = (double)(i % 5) - 1.5;
	product(t, n, want, x);
	t->K.A = &t->A[f];
	t->K.intercept = intercept;
	assert_int_equal(sv_hess_make(H, &t->K, t->h, NULL, NULL), 0);
	assert_int_equal(sv_hess_factor(H, t->K.isa, RHO), 0);
	sv_hess_solve(H, t->K.isa, x);
	for (size_t i = 0; i < n; i++)
		off = fmax(off, fabs(x[i] - want[i]));
	sv_hess_free(H);
	return (off);
}

static void
forms_are_what_they_say(void **state)
{
	struct bed *t = *state;

	assert_int_equal(t->A[SPARSE].kind, SV_SPARSE);
	assert_int_equal(t->A[SPARSE32].kind, SV_SPARSE);
	assert_int_equal(t->A[DENSE].kind, SV_DENSE);
	assert_int_equal(t->A[DENSE32].kind, SV_DENSE);
}

static void
systems_are_solved(void **state)
{
	struct bed *t = *state;
	double x[COLS + 1];

	for (int intercept = 0; intercept <= 1; intercept++) {
		assert_true(distance(t, SPARSE, intercept, x) < 1e-9);
		assert_true(distance(t, SPARSE32, intercept, x) < 1e-4);
		assert_true(distance(t, DENSE, intercept, x) < 1e-4);
		assert_true(distance(t, DENSE32, intercept, x) < 1e-4);
	}
}

static void
same_bits_on_every_machine(void **state)
{
	static const char * const names[] = { "avx2", "avx512" };
	struct bed *t = *state;
	double x[NFORM][COLS + 1], y[COLS + 1];

	t->K.isa = sv_isa_pick("generic");
	for (int f = 0; f < NFORM; f++)
		distance(t, f, 1, x[f]);
	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		if ((t->K.isa = sv_isa_pick(names[k])) == NULL)
			continue;
		for (int f = 0; f < NFORM; f++) {
			distance(t, f, 1, y);
			assert_memory_equal(x[f], y, sizeof(y));
		}
	}
}

/* One matrix serves every rho. */
static void
rho_may_change(void **state)
{
	struct bed *t = *state;
	struct sv_hess *H = sv_hess_new(COLS);
	double first[COLS], again[COLS], other[COLS];

	assert_non_null(H);
	t->K.A = &t->A[SPARSE];
	assert_int_equal(sv_hess_make(H, &t->K, t->h, NULL, NULL), 0);
	for (size_t i = 0; i < COLS; i++)
		first[i] = again[i] = other[i] = 1.0;
	assert_int_equal(sv_hess_factor(H, t->K.isa, RHO), 0);
	sv_hess_solve(H, t->K.isa, first);
	assert_int_equal(sv_hess_factor(H, t->K.isa, 1e9), 0);
	sv_hess_solve(H, t->K.isa, other);
	for (size_t i = 0; i < COLS; i++)
		assert_true(fabs(other[i] * 1e9 - 1.0) < 1e-5);
	assert_int_equal(sv_hess_factor(H, t->K.isa, RHO), 0);
	sv_hess_solve(H, t->K.isa, again);
	assert_memory_equal(first, again, sizeof(first));
	sv_hess_free(H);
}

/* Columns that are the same up to rounding, at a very small rho. */
static void
rounding_leaves_it_positive(void **state)
{
	struct bed *t = *state;
	struct sv_hess *H = sv_hess_new(COLS);
	struct sv_matrix *A = &t->A[DENSE];

	assert_non_null(H);
	for (size_t j = 0; j < ROWS; j++)
		for (size_t i = 1; i < COLS; i++)
			A->val[j * COLS + i] = A->val[j * COLS] *
			    (1.0 + 1e-9 * (double)i);
	t->K.A = A;
	assert_int_equal(sv_hess_make(H, &t->K, t->h, NULL, NULL), 0);
	assert_int_equal(sv_hess_factor(H, t->K.isa, 1e-12), 0);
	sv_hess_free(H);
}

static void
what_is_not_finite_has_no_factor(void **state)
{
	struct bed *t = *state;
	struct sv_hess *H = sv_hess_new(COLS);

	assert_non_null(H);
	for (int f = 0; f < NFORM; f++) {
		t->K.A = &t->A[f];
		t->h[9] = NAN;
		assert_int_equal(sv_hess_make(H, &t->K, t->h, NULL, NULL), 0);
		assert_int_equal(sv_hess_factor(H, t->K.isa, RHO), -1);
		t->h[9] = 1e300;
		t->h[8] = 1e300;
		t->h[10] = 1e300;
		assert_int_equal(sv_hess_make(H, &t->K, t->h, NULL, NULL), 0);
		assert_int_equal(sv_hess_factor(H, t->K.isa, RHO),
		    f < DENSE ? 0 : -1);
		/* Another one is not spoilt by it. */
		t->h[8] = t->h[9] = t->h[10] = 0.5;
		assert_int_equal(sv_hess_make(H, &t->K, t->h, NULL, NULL), 0);
		assert_int_equal(sv_hess_factor(H, t->K.isa, RHO), 0);
	}
	sv_hess_free(H);
}

static int
count(void *ctx)
{
	struct bed *t = ctx;

	return (++t->calls == t->stop_at);
}

static void
poll_may_end_it(void **state)
{
	struct bed *t = *state;
	struct sv_hess *H = sv_hess_new(COLS);

	assert_non_null(H);
	for (int f = 0; f < NFORM; f++) {
		t->K.A = &t->A[f];
		t->calls = t->stop_at = 0;
		assert_int_equal(sv_hess_make(H, &t->K, t->h, count, t), 0);
		assert_true(t->calls > 1);
		t->stop_at = t->calls;
		t->calls = 0;
		assert_int_equal(sv_hess_make(H, &t->K, t->h, count, t), -1);
	}
	sv_hess_free(H);
}

/* What the price is for: few columns are cheap, many dear, none is free. */
static void
price_follows_the_shape(void **state)
{

	(void)state;
	assert_true(sv_hess_price(30000, 784, 30000 * 784, 0.0) < 25.0);
	assert_true(sv_hess_price(11000, 123, 11000 * 14, 0.0) < 10.0);
	assert_true(sv_hess_price(4000, 8315, 4000 * 44, 0.0) > 1000.0);
	assert_true(sv_hess_price(10, 2000, 20000, 0.0) >
	    sv_hess_price(10000, 2000, 20000000, 0.0));
	/* One long row among short ones counts. */
	assert_true(sv_hess_price(1000, 2000, 11990, 2000.0 * 2000.0 + 99900.0) >
	    5.0 * sv_hess_price(1000, 200, 11990, 0.0));
	assert_true(sv_hess_price(0, 5, 0, 0.0) == 0.0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(forms_are_what_they_say),
		TEST(systems_are_solved),
		TEST(same_bits_on_every_machine),
		TEST(rho_may_change),
		TEST(rounding_leaves_it_positive),
		TEST(what_is_not_finite_has_no_factor),
		TEST(poll_may_end_it),
		TEST(price_follows_the_shape)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
