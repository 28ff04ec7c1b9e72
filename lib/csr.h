#ifndef SV_CSR_H
#define SV_CSR_H

#include <stddef.h>
#include <stdint.h>

/*
 * The rows of a shard in memory: compressed sparse rows, columns ascending
 * within a row, first column 0.
 */
struct sv_csr {
	uint64_t rows;
	uint64_t cols;		/* d; below 2^32 */
	uint64_t nnz;
	uint64_t *start;	/* rows + 1: row j is [start[j], start[j+1]) */
	uint32_t *col;		/* nnz: column numbers */
	double *val;		/* nnz: values */
	double *label;		/* rows: y_j as in the file */
	double *weight;		/* rows: weights; NULL: all 1 */
};

/*
 * What takes long calls ${fn} now and then, many times a second: anything but 0
 * means that nobody wants the rows any more, and holds from then on.
 */
struct sv_csr_poll {
	int (*fn)(void *ctx);
	void *ctx;
};

/**
 * sv_csr_need(rows, nnz):
 * Bytes that the arrays take, or 0 where they are more than any memory.
 */
size_t sv_csr_need(uint64_t rows, uint64_t nnz);

/**
 * sv_csr_alloc(A, rows, cols, nnz):
 * Allocate the arrays of ${A}, start[0] = 0.  Return 0, or -1 with errno set.
 */
int sv_csr_alloc(struct sv_csr *A, uint64_t rows, uint64_t cols, uint64_t nnz);

/**
 * sv_csr_bytes(A):
 * Bytes that the arrays take: the size of the shard in memory.
 */
size_t sv_csr_bytes(const struct sv_csr *A);

/**
 * sv_csr_fini(A):
 * Free the arrays.
 */
void sv_csr_fini(struct sv_csr *A);

#endif /* !SV_CSR_H */
