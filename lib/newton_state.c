#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "newton_state.h"

/* Vectors that every shape has, and those that cg adds. */
#define BY_ROW 3u
#define BY_ELEMENT 6u

size_t
sv_newton_bytes(const struct sv_newton_shape *shape, uint64_t rows, size_t n)
{
	size_t cg = shape->cg ? 1 : 0;

	return (sizeof(struct sv_newton_state) + ((BY_ROW + cg) *
	    (size_t)rows + (BY_ELEMENT + cg) * n) * sizeof(double) +
	    sv_pairs_bytes(shape->pairs, n) +
	    (shape->matrix ? sv_hess_bytes(n) : 0));
}

void
sv_newton_free(void *state)
{
	struct sv_newton_state *S = state;

	if (S == NULL)
		return;
	sv_hess_free(S->hess);
	sv_pairs_free(S->pairs);
	free(S->m);
	free(S->x);
	free(S);
}

void
sv_newton_reset(void *state)
{
	struct sv_newton_state *S = state;

	S->known = S->made = 0;
	S->price = 0.0;
	S->spent = 0.0;
	S->error = INFINITY;
	sv_pairs_clear(S->pairs);
}

/* k times n numbers, and a valid pointer for none. */
static double *
numbers(size_t k, uint64_t n)
{

	if (n > SIZE_MAX / sizeof(double))
		return (NULL);
	return (calloc(n > 0 ? k : 1, n > 0 ? (size_t)n * sizeof(double) : 1));
}

/* Where the vectors are in the two blocks of numbers. */
static void
divide(struct sv_newton_state *S)
{

	S->h = S->m + S->rows;
	S->q = S->h + S->rows;
	S->answer = S->x + S->n;
	S->gf = S->answer + S->n;
	S->gn = S->gf + S->n;
	S->g = S->gn + S->n;
	S->p = S->g + S->n;
	if (S->shape.cg) {
		S->qd = S->q + S->rows;
		S->e = S->p + S->n;
	}
}

void *
sv_newton_new(const struct sv_newton_shape *shape, uint64_t rows, size_t n)
{
	struct sv_newton_state *S;
	size_t cg = shape->cg ? 1 : 0;

	if ((S = calloc(1, sizeof(*S))) == NULL)
		return (NULL);
	S->shape = *shape;
	S->rows = (size_t)rows;
	S->n = n;
	S->m = numbers(BY_ROW + cg, rows);
	S->x = numbers(BY_ELEMENT + cg, n);
	S->pairs = sv_pairs_new(shape->pairs, n);
	if (shape->matrix)
		S->hess = sv_hess_new(n);
	if (S->m == NULL || S->x == NULL || S->pairs == NULL ||
	    (shape->matrix && S->hess == NULL)) {
		sv_newton_free(S);
		return (NULL);
	}
	divide(S);
	sv_newton_reset(S);
	return (S);
}

/* x^, and all that is known of it. */
static void
keep_point(struct sv_newton_state *S, struct sv_keep *k)
{

	sv_keep_real(k, "f", &S->f, -DBL_MAX, DBL_MAX);
	sv_keep_vector(k, "x^", S->x, S->n);
	sv_keep_vector(k, "the answer", S->answer, S->n);
	sv_keep_vector(k, "the gradient", S->gf, S->n);
	/* Sums of steps, which A x^ is not to the last bit. */
	sv_keep_vector(k, "the margins", S->m, S->rows);
	sv_keep_vector(k, "the second derivatives", S->h, S->rows);
}

/* The matrix, and what it has cost and been worth. */
static void
keep_matrix(struct sv_newton_state *S, struct sv_keep *k)
{
	uint32_t made = (uint32_t)(S->made + 1);

	sv_keep_count(k, "made", &made, 2);
	S->made = (int)made - 1;
	sv_keep_real(k, "the price", &S->price, 0.0, DBL_MAX);
	sv_keep_real(k, "spent", &S->spent, 0.0, DBL_MAX);
	sv_keep_real(k, "the error", &S->error, 0.0, INFINITY);
	if (S->made == 1)
		sv_hess_keep(S->hess, k);
}

void
sv_newton_keep(void *state, struct sv_keep *k)
{
	struct sv_newton_state *S = state;

	sv_keep_same(k, "cg", S->shape.cg);
	sv_keep_same(k, "matrix", S->shape.matrix);
	sv_keep_flag(k, "known", &S->known);
	if (S->known)
		keep_point(S, k);
	sv_pairs_keep(S->pairs, k);
	if (S->hess != NULL)
		keep_matrix(S, k);
}
