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
