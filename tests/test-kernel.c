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

/* More rows than a block, and not a multiple of it; a rest of columns. */
#define ROWS 1013
#define COLS 37
#define DIM (COLS + 1)

/* The shapes that a shard has: each test goes through all of them. */
static const struct form {
	enum sv_matrix_kind kind;
	enum sv_elem elem;
	int weights, intercept;
} forms[] = {
	{ SV_SPARSE, SV_F64, 0, 0 },
	{ SV_SPARSE, SV_F64, 1, 1 },
	{ SV_SPARSE, SV_F32, 1, 0 },
	{ SV_DENSE, SV_F64, 0, 1 },
	{ SV_DENSE, SV_F64, 1, 0 },
	{ SV_DENSE, SV_F32, 0, 0 },
	{ SV_DENSE, SV_F32, 1, 1 }
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

struct bed {
	struct sv_matrix A;
	struct sv_kernel K;
	size_t dim;
	double w[ROWS];
	double a[ROWS][DIM];	/* A, with the intercept's column */
	double x[DIM], dir[DIM];
};

/* The matrix of the form: what makes it dense is what it says of itself. */
static void
fill(struct bed *t, const struct form *form)
{
	struct sv_matrix_shape shape = { .rows = ROWS, .cols = COLS,
	    .elem = form->elem };
	struct sv_csr rows;

	assert_int_equal(rows_csr(&rows, ROWS, COLS, 1), 0);
	shape.nnz = form->kind == SV_DENSE ? ROWS * COLS : rows.nnz;
	assert_int_equal(sv_matrix_alloc(&t->A, &shape), 0);
	assert_int_equal(t->A.kind, form->kind);
	assert_int_equal(sv_matrix_put(&t->A, 0, &rows), 0);
	for (uint64_t j = 0; j < ROWS; j++) {
		for (uint64_t k = rows.start[j]; k < rows.start[j + 1]; k++)
			t->a[j][rows.col[k]] = form->elem == SV_F64 ?
			    rows.val[k] : (double)(float)rows.val[k];
		if (form->intercept)
			t->a[j][COLS] = 1.0;
	}
	sv_csr_fini(&rows);
}

static struct bed *
make(size_t i)
{
	struct bed *t = calloc(1, sizeof(*t));
	uint64_t seed = 5;

	assert_non_null(t);
	fill(t, &forms[i]);
	for (size_t j = 0; j < ROWS; j++)
		t->w[j] = j % 11 == 4 ? 0.0 : 3.0 * rows_uniform(&seed);
	t->K = (struct sv_kernel){ .A = &t->A, .y = t->A.label,
	    .w = forms[i].weights ? t->w : NULL,
	    .loss = sv_loss_find("logistic"), .isa = sv_isa_pick(NULL),
	    .intercept = forms[i].intercept };
	t->dim = COLS + (size_t)forms[i].intercept;
	assert_int_equal(sv_kernel_dim(&t->K), t->dim);
	for (size_t k = 0; k < DIM; k++) {
		t->x[k] = 2.0 * rows_uniform(&seed) - 1.0;
		t->dir[k] = 2.0 * rows_uniform(&seed) - 1.0;
	}
	return (t);
}

static void
drop(struct bed *t)
{

	sv_matrix_fini(&t->A);
	free(t);
}

/* a_j'x + b, the plain way. */
static long double
row_dot(const struct bed *t, size_t j, const double *x)
{
	long double s = 0.0L;

	for (size_t k = 0; k < t->dim; k++)
		s += (long double)t->a[j][k] * x[k];
	return (s);
}

/* The sum of r_j a_j, or of r_j a_jk^2, the plain way. */
static void
add_rows(const struct bed *t, const long double *r, int square, double *g)
{

	for (size_t k = 0; k < t->dim; k++) {
		long double s = 0.0L;

		for (size_t j = 0; j < ROWS; j++)
			s += r[j] * t->a[j][k] * (square ? t->a[j][k] : 1.0);
		g[k] = (double)s;
	}
}

/* Value, gradient and second derivatives, the plain way. */
static double
naive(const struct bed *t, const double *x, double *h, double *g)
{
	long double f = 0.0L, r[ROWS];

	for (size_t j = 0; j < ROWS; j++) {
		long double w = t->K.w != NULL ? t->w[j] : 1.0;
		long double y = t->A.label[j], s = y * row_dot(t, j, x);

		f += w * log1pl(expl(-s));
		r[j] = -w * y / (1.0L + expl(s));
		h[j] = (double)(w / (1.0L + expl(s)) / (1.0L + expl(-s)));
	}
	add_rows(t, r, 0, g);
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
	double m[ROWS], e[ROWS];

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct bed *t = make(i);

		sv_kernel_margins(&t->K, t->x, m);
		for (size_t j = 0; j < ROWS; j++)
			e[j] = (double)row_dot(t, j, t->x);
		close_to(m, e, ROWS, 1e-14);
		/* Row 3 is empty. */
		assert_true(m[3] == (t->K.intercept ? t->x[COLS] : 0.0));
		drop(t);
	}
}

static void
scatter_adds_rows(void **state)
{
	long double r[ROWS];
	double v[ROWS], g[DIM], e[DIM];

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct bed *t = make(i);

		for (size_t j = 0; j < ROWS; j++)
			r[j] = v[j] = sin((double)j);
		add_rows(t, r, 0, e);
		sv_kernel_scatter(&t->K, v, g);
		close_to(g, e, t->dim, 1e-12);
		drop(t);
	}
}

static void
gradient_is_right(void **state)
{
	double g[DIM], e[DIM], m[ROWS], mm[ROWS], h[ROWS], eh[ROWS], f, ef;

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct bed *t = make(i);

		ef = naive(t, t->x, eh, e);
		f = sv_kernel_gradient(&t->K, t->x, NULL, NULL, g);
		close_to(&f, &ef, 1, 1e-13);
		close_to(g, e, t->dim, 1e-12);
		memset(g, 0, sizeof(g));
		f = sv_kernel_gradient(&t->K, t->x, m, h, g);
		close_to(&f, &ef, 1, 1e-13);
		close_to(g, e, t->dim, 1e-12);
		close_to(h, eh, ROWS, 1e-13);
		sv_kernel_margins(&t->K, t->x, mm);
		assert_memory_equal(m, mm, sizeof(m));
		drop(t);
	}
}

/* The same bits as where the margins are not known. */
static void
known_margins_give_the_gradient(void **state)
{
	double g[DIM], e[DIM], m[ROWS], h[ROWS], eh[ROWS], f, ef;

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct bed *t = make(i);

		ef = sv_kernel_gradient(&t->K, t->x, m, eh, e);
		f = sv_kernel_at(&t->K, m, h, g);
		assert_true(f == ef);
		assert_memory_equal(g, e, t->dim * sizeof(*g));
		assert_memory_equal(h, eh, sizeof(h));
		assert_true(sv_kernel_at(&t->K, m, NULL, g) == ef);
		assert_memory_equal(g, e, t->dim * sizeof(*g));
		drop(t);
	}
}

static void
hessian_products_are_right(void **state)
{
	double Hp[DIM], e[DIM], h[ROWS], q[ROWS], m[ROWS];
	long double r[ROWS];

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct bed *t = make(i);

		sv_kernel_gradient(&t->K, t->x, NULL, h, e);
		for (size_t j = 0; j < ROWS; j++)
			r[j] = h[j] * row_dot(t, j, t->dir);
		add_rows(t, r, 0, e);
		sv_kernel_hessian(&t->K, h, t->dir, NULL, Hp);
		close_to(Hp, e, t->dim, 1e-12);
		memset(Hp, 0, sizeof(Hp));
		sv_kernel_hessian(&t->K, h, t->dir, q, Hp);
		close_to(Hp, e, t->dim, 1e-12);
		sv_kernel_margins(&t->K, t->dir, m);
		assert_memory_equal(q, m, sizeof(q));
		drop(t);
	}
}

static void
diagonal_is_that_of_the_hessian(void **state)
{
	double D[DIM], e[DIM], h[ROWS];
	long double r[ROWS];

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct bed *t = make(i);

		sv_kernel_gradient(&t->K, t->x, NULL, h, e);
		for (size_t j = 0; j < ROWS; j++)
			r[j] = h[j];
		add_rows(t, r, 1, e);
		sv_kernel_diagonal(&t->K, h, D);
		close_to(D, e, t->dim, 1e-12);
		drop(t);
	}
}

/* The value along a line, its gradient, and the gradient's along that. */
static void
derivatives_are_differences(void **state)
{
	const double e = 1e-5;
	double lo[DIM], hi[DIM], g[DIM], gl[DIM], gh[DIM], h[ROWS], Hp[DIM];

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct bed *t = make(i);
		double fl, fh, slope = 0.0;

		for (size_t k = 0; k < t->dim; k++) {
			lo[k] = t->x[k] - e * t->dir[k];
			hi[k] = t->x[k] + e * t->dir[k];
		}
		sv_kernel_gradient(&t->K, t->x, NULL, h, g);
		sv_kernel_hessian(&t->K, h, t->dir, NULL, Hp);
		fl = sv_kernel_gradient(&t->K, lo, NULL, NULL, gl);
		fh = sv_kernel_gradient(&t->K, hi, NULL, NULL, gh);
		for (size_t k = 0; k < t->dim; k++) {
			slope += g[k] * t->dir[k];
			gh[k] = (gh[k] - gl[k]) / (2 * e);
		}
		assert_true(fabs((fh - fl) / (2 * e) - slope) < 1e-4);
		close_to(gh, Hp, t->dim, 1e-5);
		drop(t);
	}
}

/* All that the kernel writes, by one variant. */
struct output {
	double f, c, m[ROWS], h[ROWS], g[DIM], q[ROWS], Hp[DIM], D[DIM];
};

static void
compute(struct bed *t, const struct sv_isa *isa, struct output *o)
{

	memset(o, 0, sizeof(*o));
	t->K.isa = isa;
	o->f = sv_kernel_gradient(&t->K, t->x, o->m, o->h, o->g);
	sv_kernel_hessian(&t->K, o->h, t->dir, o->q, o->Hp);
	sv_kernel_diagonal(&t->K, o->h, o->D);
	o->c = sv_kernel_curvature(&t->K, o->m, o->q);
}

static void
variants_agree_bit_for_bit(void **state)
{
	static const char *const names[] = { "avx2", "avx512" };
	struct output *o = calloc(2, sizeof(*o));
	int tried = 0;

	(void)state;
	assert_non_null(o);
	for (size_t i = 0; i < FORMS; i++) {
		struct bed *t = make(i);

		compute(t, sv_isa_pick("generic"), &o[0]);
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			if (sv_isa_pick(names[k]) == NULL)
				continue;
			compute(t, sv_isa_pick(names[k]), &o[1]);
			assert_memory_equal(&o[0], &o[1], sizeof(*o));
			tried++;
		}
		drop(t);
	}
	free(o);
	/* This CPU has one variant only. */
	if (tried == 0)
		skip();
}

/* A trial step and an advance against the same at vectors written out. */
static void
flow_follows_the_vectors(void **state)
{
	double m[ROWS], my[ROWS], q[ROWS], h[ROWS], y[DIM], xn[DIM], yn[DIM];
	double g[DIM], e[DIM], f, ef, s = -0.3, beta = 0.7;
	struct sv_kernel_flow F = { m, my, q };

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct bed *t = make(i);

		for (size_t k = 0; k < t->dim; k++) {
			y[k] = 0.5 * t->x[k] + 0.1;
			xn[k] = y[k] + s * t->dir[k];
			yn[k] = xn[k] + beta * (xn[k] - t->x[k]);
		}
		sv_kernel_margins(&t->K, t->x, m);
		sv_kernel_margins(&t->K, y, my);
		sv_kernel_margins(&t->K, t->dir, q);
		f = sv_kernel_trial(&t->K, &F, s);
		ef = naive(t, xn, h, e);
		close_to(&f, &ef, 1, 1e-13);
		f = sv_kernel_advance(&t->K, &F, s, beta, g);
		ef = naive(t, yn, h, e);
		close_to(&f, &ef, 1, 1e-13);
		close_to(g, e, t->dim, 1e-12);
		sv_kernel_margins(&t->K, xn, q);
		close_to(m, q, ROWS, 1e-13);
		drop(t);
	}
}

static void
curvature_is_that_of_the_hessian(void **state)
{
	double m[ROWS], q[ROWS], h[ROWS], g[DIM], Hp[DIM], c, e;

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct bed *t = make(i);

		sv_kernel_gradient(&t->K, t->x, m, h, g);
		sv_kernel_hessian(&t->K, h, t->dir, q, Hp);
		e = 0.0;
		for (size_t k = 0; k < t->dim; k++)
			e += Hp[k] * t->dir[k];
		c = sv_kernel_curvature(&t->K, m, q);
		close_to(&c, &e, 1, 1e-13);
		drop(t);
	}
}

static void
no_rows_are_no_loss(void **state)
{

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct bed *t = make(i);
		struct sv_matrix none = t->A;
		double g[DIM];

		none.rows = none.nnz = 0;
		t->K.A = &none;
		g[t->dim - 1] = 1.0;
		assert_true(sv_kernel_gradient(&t->K, t->x, NULL, NULL, g) ==
		    0.0);
		assert_true(g[t->dim - 1] == 0.0);
		g[t->dim - 1] = 1.0;
		sv_kernel_hessian(&t->K, NULL, t->x, NULL, g);
		assert_true(g[t->dim - 1] == 0.0);
		drop(t);
	}
}

/* Rows of which few, or one alone, make a block. */
static void
long_rows_are_rows(void **state)
{
	enum { N = 9, D = 50000 };
	struct sv_matrix A;
	struct sv_csr rows;
	struct sv_kernel K = { .A = &A, .loss = sv_loss_find("logistic"),
	    .isa = sv_isa_pick(NULL) };
	double *x = calloc(D, sizeof(*x)), *e = calloc(D, sizeof(*e));
	double *g = calloc(D, sizeof(*g));
	long double f = 0.0L;

	(void)state;
	assert_true(x != NULL && e != NULL && g != NULL);
	assert_int_equal(rows_csr(&rows, N, D, 7), 0);
	sv_matrix_take(&A, &rows);
	K.y = A.label;
	for (size_t k = 0; k < D; k++)
		x[k] = 0.01 * sin((double)k);
	for (uint64_t j = 0; j < N; j++) {
		long double s = 0.0L;

		for (uint64_t k = A.start[j]; k < A.start[j + 1]; k++)
			s += (long double)A.val[k] * x[A.col[k]];
		s = A.label[j] * s;
		f += log1pl(expl(-s));
		for (uint64_t k = A.start[j]; k < A.start[j + 1]; k++)
			e[A.col[k]] -= (double)(A.label[j] * A.val[k] /
			    (1.0L + expl(s)));
	}
	assert_true(fabs(sv_kernel_gradient(&K, x, NULL, NULL, g) -
	    (double)f) < 1e-12);
	close_to(g, e, D, 1e-12);
	sv_matrix_fini(&A);
	free(x);
	free(e);
	free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(margins_are_products),
		cmocka_unit_test(scatter_adds_rows),
		cmocka_unit_test(gradient_is_right),
		cmocka_unit_test(known_margins_give_the_gradient),
		cmocka_unit_test(hessian_products_are_right),
		cmocka_unit_test(diagonal_is_that_of_the_hessian),
		cmocka_unit_test(derivatives_are_differences),
		cmocka_unit_test(variants_agree_bit_for_bit),
		cmocka_unit_test(flow_follows_the_vectors),
		cmocka_unit_test(curvature_is_that_of_the_hessian),
		cmocka_unit_test(no_rows_are_no_loss),
		cmocka_unit_test(long_rows_are_rows)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
