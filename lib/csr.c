#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "csr.h"

size_t
sv_csr_need(uint64_t rows, uint64_t nnz)
{
	uint64_t limit = SIZE_MAX / 64;

	if (rows >= limit || nnz >= limit)
		return (0);
	return ((size_t)(rows + 1) * sizeof(uint64_t) +
	    (size_t)rows * sizeof(double) +
	    (size_t)nnz * (sizeof(uint32_t) + sizeof(double)));
}

/* malloc() that takes no elements for one. */
static void *
array(uint64_t n, size_t size)
{

	return (malloc((n > 0 ? (size_t)n : 1) * size));
}

int
sv_csr_alloc(struct sv_csr *A, uint64_t rows, uint64_t cols, uint64_t nnz)
{

	memset(A, 0, sizeof(*A));
	if (sv_csr_need(rows, nnz) == 0) {
		errno = ENOMEM;
		return (-1);
	}
	A->rows = rows;
	A->cols = cols;
	A->nnz = nnz;
	A->start = array(rows + 1, sizeof(*A->start));
	A->col = array(nnz, sizeof(*A->col));
	A->val = array(nnz, sizeof(*A->val));
	A->label = array(rows, sizeof(*A->label));
	if (A->start == NULL || A->col == NULL || A->val == NULL ||
	    A->label == NULL) {
		sv_csr_fini(A);
		errno = ENOMEM;
		return (-1);
	}
	A->start[0] = 0;
	return (0);
}

size_t
sv_csr_bytes(const struct sv_csr *A)
{

	return (sv_csr_need(A->rows, A->nnz));
}

void
sv_csr_fini(struct sv_csr *A)
{

	free(A->start);
	free(A->col);
	free(A->val);
	free(A->label);
	free(A->weight);
	memset(A, 0, sizeof(*A));
}
