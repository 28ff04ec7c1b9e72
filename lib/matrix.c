#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "huge.h"
#include "matrix.h"

#define LINE 64u	/* bytes */

enum sv_matrix_kind
sv_matrix_kind(const struct sv_matrix_shape *shape)
{
	double all = (double)shape->rows * (double)shape->cols;

	return (shape->rows > 0 && (double)shape->nnz >= SV_MATRIX_DENSE * all ?
	    SV_DENSE : SV_SPARSE);
}

/* Elements that are kept. */
static uint64_t
elements(const struct sv_matrix_shape *shape)
{

	return (sv_matrix_kind(shape) == SV_DENSE ?
	    shape->rows * shape->cols : shape->nnz);
}

size_t
sv_matrix_need(const struct sv_matrix_shape *shape)
{
	const uint64_t limit = SIZE_MAX / 64;
	const int sparse = sv_matrix_kind(shape) == SV_SPARSE;
	size_t size = shape->elem == SV_F32 ? sizeof(float) : sizeof(double);

	if (shape->rows >= limit || shape->nnz >= limit ||
	    (!sparse && shape->rows > limit / shape->cols))
		return (0);
	return ((size_t)shape->rows * sizeof(double) *
	    (shape->weighted ? 2 : 1) + (size_t)elements(shape) * size +
	    (sparse ? (size_t)(shape->rows + 1) * sizeof(uint64_t) +
	    (size_t)shape->nnz * sizeof(uint32_t) : 0));
}

/* Room for ${n} elements, at least one, from a cache line's beginning on. */
static void *
array(uint64_t n, size_t size)
{
	size_t bytes = (n > 0 ? (size_t)n : 1) * size;
	void *p;

	if ((p = aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE)) != NULL)
		sv_huge(p, bytes);
	return (p);
}

int
sv_matrix_alloc(struct sv_matrix *A, const struct sv_matrix_shape *shape)
{
	int ok;

	memset(A, 0, sizeof(*A));
	if (sv_matrix_need(shape) == 0) {
		errno = ENOMEM;
		return (-1);
	}
	A->rows = shape->rows;
	A->cols = shape->cols;
	A->nnz = shape->nnz;
	A->kind = sv_matrix_kind(shape);
	A->elem = shape->elem;
	ok = (A->label = array(A->rows, sizeof(*A->label))) != NULL;
	if (shape->weighted)
		ok &= (A->weight = array(A->rows, sizeof(double))) != NULL;
	if (A->elem == SV_F32)
		ok &= (A->val32 = array(elements(shape), sizeof(float))) != NULL;
	else
		ok &= (A->val = array(elements(shape), sizeof(double))) != NULL;
	if (A->kind == SV_SPARSE) {
		ok &= (A->start = array(A->rows + 1, sizeof(*A->start))) != NULL;
		ok &= (A->col = array(A->nnz, sizeof(*A->col))) != NULL;
	}
	if (ok && A->kind == SV_SPARSE)
		A->start[0] = 0;
	if (ok)
		return (0);
	sv_matrix_fini(A);
	errno = ENOMEM;
	return (-1);
}

/* Columns and values of ${part} behind the ${l} non-zeros that are there. */
static void
put_sparse(struct sv_matrix *A, uint64_t i, const struct sv_csr *part)
{
	uint64_t l = A->start[i];

	for (uint64_t j = 1; j <= part->rows; j++)
		A->start[i + j] = l + part->start[j];
	memcpy(A->col + l, part->col, part->nnz * sizeof(*A->col));
	if (A->elem == SV_F64)
		memcpy(A->val + l, part->val, part->nnz * sizeof(*A->val));
	for (uint64_t k = 0; A->elem == SV_F32 && k < part->nnz; k++)
		A->val32[l + k] = (float)part->val[k];
}

/* Rows ${part}, zeros and all, in ${val}. */
#define SPREAD(name, type)						\
static void								\
name(type *val, uint64_t cols, const struct sv_csr *part)		\
{									\
									\
	for (uint64_t j = 0; j < part->rows; j++, val += cols) {	\
		uint64_t at = part->start[j], n = part->start[j + 1] - at; \
		const uint32_t *col = part->col + at;			\
		const double *x = part->val + at;			\
									\
		memset(val, 0, cols * sizeof(*val));			\
		for (uint64_t k = 0; k < n; k++)			\
			val[col[k]] = (type)x[k];			\
	}								\
}

SPREAD(spread_f64, double)
SPREAD(spread_f32, float)

static void
put_dense(struct sv_matrix *A, uint64_t i, const struct sv_csr *part)
{

	if (A->elem == SV_F64)
		spread_f64(A->val + i * A->cols, A->cols, part);
	else
		spread_f32(A->val32 + i * A->cols, A->cols, part);
}

/* Is no value of ${part} beyond what f32 holds? */
static int
fits(const struct sv_csr *part)
{
	int ok = 1;

	for (uint64_t k = 0; k < part->nnz; k++)
		ok &= fabs(part->val[k]) <= FLT_MAX;
	return (ok);
}

int
sv_matrix_put(struct sv_matrix *A, uint64_t i, const struct sv_csr *part)
{

	if (part->rows == 0)
		return (0);
	if (A->elem == SV_F32 && !fits(part)) {
		errno = ERANGE;
		return (-1);
	}
	memcpy(A->label + i, part->label, part->rows * sizeof(*A->label));
	for (uint64_t j = 0; A->weight != NULL && j < part->rows; j++)
		A->weight[i + j] = part->weight != NULL ? part->weight[j] : 1.0;
	if (A->kind == SV_DENSE)
		put_dense(A, i, part);
	else
		put_sparse(A, i, part);
	return (0);
}

void
sv_matrix_take(struct sv_matrix *A, struct sv_csr *rows)
{

	*A = (struct sv_matrix){
		.rows = rows->rows, .cols = rows->cols, .nnz = rows->nnz,
		.start = rows->start, .col = rows->col, .val = rows->val,
		.label = rows->label, .weight = rows->weight,
		.kind = SV_SPARSE, .elem = SV_F64
	};
	memset(rows, 0, sizeof(*rows));
}

struct sv_csr
sv_matrix_csr(const struct sv_matrix *A)
{

	return ((struct sv_csr){
		.rows = A->rows, .cols = A->cols, .nnz = A->nnz,
		.start = A->start, .col = A->col, .val = A->val,
		.label = A->label, .weight = A->weight
	});
}

size_t
sv_matrix_bytes(const struct sv_matrix *A)
{
	uint64_t n = A->kind == SV_DENSE ? A->rows * A->cols : A->nnz;
	size_t bytes = (size_t)A->rows * sizeof(double);

	if (A->weight != NULL)
		bytes *= 2;
	bytes += (size_t)n * (A->elem == SV_F32 ? sizeof(float) :
	    sizeof(double));
	if (A->kind == SV_SPARSE)
		bytes += (size_t)(A->rows + 1) * sizeof(*A->start) +
		    (size_t)A->nnz * sizeof(*A->col);
	return (bytes);
}

void
sv_matrix_fini(struct sv_matrix *A)
{

	free(A->start);
	free(A->col);
	free(A->val);
	free(A->val32);
	free(A->label);
	free(A->weight);
	memset(A, 0, sizeof(*A));
}
