#ifndef ROWS_H
#define ROWS_H

#include <stdint.h>
#include <stdlib.h>

#include "matrix.h"

/*
 * Rows for tests: made by a small generator, some of them empty, one long, so
 * that every loop over columns has its rest.  The labels follow a plane, but
 * for one row in ten.
 */

static inline double
rows_uniform(uint64_t *seed)
{

	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return ((double)(*seed >> 11) * 0x1p-53);
}

static inline int
rows_csr(struct sv_csr *A, uint64_t n, uint64_t d, uint64_t seed)
{
	uint64_t k = 0;
	double s;

	if (sv_csr_alloc(A, n, d, n * d) == -1)
		return (-1);
	for (uint64_t j = 0; j < n; j++) {
		double keep = j == 0 ? 1.0 : j % 7 == 3 ? 0.0 : 0.3;

		s = 0.0;
		for (uint64_t i = 0; i < d; i++) {
			if (rows_uniform(&seed) >= keep)
				continue;
			A->col[k] = (uint32_t)i;
			A->val[k] = 2.0 * rows_uniform(&seed) - 1.0;
			s += A->val[k++] * (i % 2 == 0 ? 1.0 : -1.0);
		}
		A->start[j + 1] = k;
		A->label[j] = (s >= 0.0) == (j % 10 != 9) ? 1.0 : -1.0;
	}
	A->nnz = k;
	return (0);
}

/* The same as a sparse matrix. */
static inline int
rows_make(struct sv_matrix *A, uint64_t n, uint64_t d, uint64_t seed)
{
	struct sv_csr rows;

	if (rows_csr(&rows, n, d, seed) == -1)
		return (-1);
	sv_matrix_take(A, &rows);
	return (0);
}

#endif /* !ROWS_H */
