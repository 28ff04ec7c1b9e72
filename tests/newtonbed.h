#ifndef NEWTONBED_H
#define NEWTONBED_H

/* A shard and a solver of its subproblem, for tests of newton.h, newtoncg.h. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "newton.h"
#include "newtoncg.h"
#include "rows.h"

#define ROWS 600
#define SHORT 37	/* elements of vectors that have a matrix */
#define LONG 2100	/* ... and that have none */

struct bed {
	struct sv_matrix A;
	struct sv_kernel K;
	struct sv_local_problem p;
	struct sv_local_options o;
	struct sv_local_report r;
	size_t n;
	double v[LONG + 1], x[LONG + 1];
	const struct sv_local *solver;
	void *S;
	int calls, stop_at;	/* of poll */
	char why[SV_WHY];
};

static inline void
make_solver(struct bed *t)
{

	t->solver->destroy(t->S);
	t->n = sv_kernel_dim(&t->K);
	t->S = t->solver->create(t->A.rows, t->n, t->A.nnz);
	assert_non_null(t->S);
}

static inline int
set_up(void **state, const struct sv_local *solver, uint64_t rows,
    uint64_t cols)
{
	struct bed *t = calloc(1, sizeof(*t));
	uint64_t seed = 9;

	if (t == NULL || rows_make(&t->A, rows, cols, 3) == -1)
		return (-1);
	t->K = (struct sv_kernel){ .A = &t->A, .y = t->A.label,
	    .loss = sv_loss_find("logistic"), .isa = sv_isa_pick(NULL) };
	for (size_t i = 0; i <= LONG; i++)
		t->v[i] = 2.0 * rows_uniform(&seed) - 1.0;
	t->p = (struct sv_local_problem){ .kernel = &t->K, .v = t->v,
	    .rho = 0.5, .x = t->x };
	t->o = (struct sv_local_options){ .kmin = 1, .kmax = 10000 };
	t->solver = solver;
	make_solver(t);
	*state = t;
	return (0);
}

static inline int
setup(void **state)
{

	return (set_up(state, &sv_newton, ROWS, SHORT));
}

static inline int
setup_long(void **state)
{

	return (set_up(state, &sv_newton, 90, LONG));
}

static inline int
setup_cg(void **state)
{

	return (set_up(state, &sv_newtoncg, ROWS, SHORT));
}

static inline int
teardown(void **state)
{
	struct bed *t = *state;

	t->solver->destroy(t->S);
	sv_matrix_fini(&t->A);
	free(t);
	return (0);
}

static inline enum sv_local_end
solve(struct bed *t)
{

	return (t->solver->solve(t->S, &t->p, &t->o, &t->r, t->why));
}

/* phi(x), and |grad phi(x)| in ${*norm}. */
static inline double
phi(const struct bed *t, const double *x, double *norm)
{
	double g[LONG + 1], f, e, s = 0.0;

	f = sv_kernel_gradient(&t->K, x, NULL, NULL, g);
	for (size_t i = 0; i < t->n; i++) {
		e = x[i] - t->v[i];
		f += t->p.rho / 2.0 * e * e;
		s += (g[i] + t->p.rho * e) * (g[i] + t->p.rho * e);
	}
	*norm = sqrt(s);
	return (f);
}

static inline void
assert_solved(struct bed *t, double tolerance)
{
	double norm;

	assert_int_equal(solve(t), SV_LOCAL_DONE);
	assert_int_equal(t->r.capped, 0);
	phi(t, t->x, &norm);
	assert_true(norm <= tolerance);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_LONG(f) { #f "_long", f, setup_long, teardown, NULL }
#define TEST_CG(f) { #f "_cg", f, setup_cg, teardown, NULL }

#endif /* !NEWTONBED_H */
