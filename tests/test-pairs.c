#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pairs.h"
#include "rows.h"

#define N 12
#define RHO 0.5

/* f(x) = x'Q x / 2 */
struct bed {
	const struct sv_isa *isa;
	double Q[N][N];
	struct sv_pairs *P;
	uint64_t seed;
	double p[N], y[N];	/* of the last push, y = Q p */
};

static int
setup(void **state)
{
	struct bed *t = calloc(1, sizeof(*t));
	double F[N][N];

	if (t == NULL || (t->P = sv_pairs_new(N, N)) == NULL)
		return (-1);
	t->isa = sv_isa_pick(NULL);
	t->seed = 3;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			F[i][j] = rows_uniform(&t->seed) - 0.5;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			for (int k = 0; k < N; k++)
				t->Q[i][j] += F[i][k] * F[j][k];
	*state = t;
	return (0);
}

static int
teardown(void **state)
{
	struct bed *t = *state;

	sv_pairs_free(t->P);
	free(t);
	return (0);
}

/* y = (Q + rho I) x */
static void
hessian(const struct bed *t, double rho, const double *x, double *y)
{

	for (int i = 0; i < N; i++) {
		y[i] = rho * x[i];
		for (int j = 0; j < N; j++)
			y[i] += t->Q[i][j] * x[j];
	}
}

/* Half a random step from a random point. */
static void
push(struct bed *t)
{
	double x0[N], x1[N], g0[N], g1[N];

	for (int i = 0; i < N; i++) {
		x0[i] = rows_uniform(&t->seed);
		t->p[i] = rows_uniform(&t->seed) - 0.5;
		x1[i] = x0[i] + 0.5 * t->p[i];
	}
	hessian(t, 0.0, x0, g0);
	hessian(t, 0.0, x1, g1);
	hessian(t, 0.0, t->p, t->y);
	sv_pairs_push(t->P, t->isa, 0.5, t->p, g0, g1);
}

/* B (y + rho s) = s for the newest pair: the secant equation, at any rho. */
static void
assert_secant(const struct bed *t, double rho, sv_pairs_base base)
{
	double x[N];

	for (int i = 0; i < N; i++)
		x[i] = t->y[i] + rho * t->p[i];
	sv_pairs_solve(t->P, t->isa, rho, base, NULL, x);
	for (int i = 0; i < N; i++)
		assert_true(fabs(x[i] - t->p[i]) < 1e-10);
}

static void
triple(void *ctx, double *x)
{

	assert_null(ctx);
	for (int i = 0; i < N; i++)
		x[i] *= 3.0;
}

static void
newest_pair_is_obeyed(void **state)
{
	struct bed *t = *state;

	for (int k = 0; k < 2 * N; k++) {
		push(t);
		assert_secant(t, RHO, NULL);
		assert_secant(t, 7.0, NULL);
		assert_secant(t, RHO, triple);
	}
}

/* Steepest descent of length 1, and whatever the caller knows better. */
static void
without_pairs_the_base_is_left(void **state)
{
	struct bed *t = *state;
	double x[N] = { 3.0, 4.0 };

	sv_pairs_solve(t->P, t->isa, RHO, NULL, NULL, x);
	assert_true(fabs(x[0] - 0.6) < 1e-15 && fabs(x[1] - 0.8) < 1e-15);
	sv_pairs_solve(t->P, t->isa, RHO, triple, NULL, x);
	assert_true(fabs(x[0] - 1.8) < 1e-15 && fabs(x[1] - 2.4) < 1e-15);
	push(t);
	sv_pairs_clear(t->P);
	memset(x, 0, sizeof(x));
	x[5] = -2.0;
	sv_pairs_solve(t->P, t->isa, RHO, NULL, NULL, x);
	assert_true(x[5] >= -1.0 && x[5] <= -1.0);
}

/* Positive definite, whatever has been pushed. */
static void
directions_descend(void **state)
{
	struct bed *t = *state;
	double x[N], d[N], s;

	for (int k = 0; k < 3 * N; k++) {
		push(t);
		s = 0.0;
		for (int i = 0; i < N; i++)
			x[i] = d[i] = rows_uniform(&t->seed) - 0.5;
		sv_pairs_solve(t->P, t->isa, 1e-6, NULL, NULL, d);
		for (int i = 0; i < N; i++)
			s += d[i] * x[i];
		assert_true(s > 0.0);
	}
}

/*
 * With exact steps on a quadratic they are conjugate, and N of them are the
 * whole inverse (Nocedal and Wright 2006, theorem 6.4).
 */
static void
quadratic_ends_in_as_many_steps(void **state)
{
	struct bed *t = *state;
	double x[N], g[N], q[N], p[N], next[N], gp, pq, norm = 0.0;

	for (int i = 0; i < N; i++)
		x[i] = 1.0 + i;
	for (int k = 0; k < N; k++) {
		double f0[N], f1[N];

		hessian(t, RHO, x, g);
		for (int i = 0; i < N; i++)
			p[i] = -g[i];
		sv_pairs_solve(t->P, t->isa, RHO, NULL, NULL, p);
		hessian(t, RHO, p, q);
		gp = t->isa->dot(g, p, N);
		pq = t->isa->dot(p, q, N);
		for (int i = 0; i < N; i++)
			next[i] = x[i] - gp / pq * p[i];
		hessian(t, 0.0, x, f0);
		hessian(t, 0.0, next, f1);
		sv_pairs_push(t->P, t->isa, -gp / pq, p, f0, f1);
		memcpy(x, next, sizeof(x));
	}
	hessian(t, RHO, x, g);
	for (int i = 0; i < N; i++)
		norm += g[i] * g[i];
	assert_true(sqrt(norm) < 1e-8);
}

/* The oldest makes room; one that no convex f has is dropped. */
static void
pairs_come_and_go(void **state)
{
	struct bed *t = *state;
	struct sv_pairs *one = sv_pairs_new(1, N), *none = sv_pairs_new(0, N);
	double x[N], p[N] = { 0.0 }, g0[N] = { 0.0 }, g1[N] = { 0.0 };

	assert_non_null(one);
	assert_non_null(none);
	sv_pairs_free(t->P);
	t->P = one;
	push(t);
	push(t);
	assert_secant(t, RHO, NULL);
	p[0] = 1.0;
	g1[0] = -1.0;
	sv_pairs_push(one, t->isa, 1.0, p, g0, g1);
	g1[0] = NAN;
	sv_pairs_push(one, t->isa, 1.0, p, g0, g1);
	g1[0] = 1.0;
	sv_pairs_push(one, t->isa, 0.0, p, g0, g1);
	sv_pairs_push(none, t->isa, 1.0, p, g0, g1);
	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < N; i++)
			x[i] = i == 1 ? 4.0 : 0.0;
		sv_pairs_solve(k == 0 ? one : none, t->isa, RHO, NULL, NULL, x);
		assert_true(x[1] >= 1.0 && x[1] <= 1.0);
		assert_true(x[0] >= 0.0 && x[0] <= 0.0);
	}
	sv_pairs_free(none);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(newest_pair_is_obeyed),
		TEST(without_pairs_the_base_is_left),
		TEST(directions_descend),
		TEST(quadratic_ends_in_as_many_steps),
		TEST(pairs_come_and_go)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
