#ifndef SV_MATRIX_H
#define SV_MATRIX_H

#include <stddef.h>
#include <stdint.h>

#include "csr.h"
#include "frame.h"

/*
 * The rows of a shard as passes over them want them: sparse, as in csr.h, or
 * dense, every element in its place, row after row; with values in f64, or in
 * f32 where the problem asks for that ("values":"f32", problem.h).  f32 halves
 * what is read and rounds each value to a relative 6e-8; sums stay f64.
 *
 * Rows are dense where that is faster: from a density of SV_MATRIX_DENSE on.
 * They then take at most 8 / (12 SV_MATRIX_DENSE) of what they took as sparse
 * ones.
 */

#define SV_MATRIX_DENSE 0.4

enum sv_matrix_kind { SV_SPARSE, SV_DENSE };

/* What is to be known before rows are loaded. */
struct sv_matrix_shape {
	uint64_t rows;
	uint64_t cols;		/* d; below 2^32 */
	uint64_t nnz;
	enum sv_elem elem;	/* of the values: SV_F64 or SV_F32 */
	int weighted;		/* rows have weights */
};

struct sv_matrix {
	uint64_t rows;
	uint64_t cols;
	uint64_t nnz;
	uint64_t *start;	/* sparse, rows + 1: as in csr.h; else NULL */
	uint32_t *col;		/* sparse, nnz: column numbers; else NULL */
	double *val;		/* nnz, or rows x cols; NULL: f32 */
	float *val32;		/* the same; NULL: f64 */
	double *label;		/* rows: y_j as in the file */
	double *weight;		/* rows: weights; NULL: all 1 */
	enum sv_matrix_kind kind;
	enum sv_elem elem;
};

/**
 * sv_matrix_kind(shape):
 * How rows of that shape are kept.
 */
enum sv_matrix_kind sv_matrix_kind(const struct sv_matrix_shape *shape);

/**
 * sv_matrix_need(shape):
 * Bytes that the arrays take, or 0 where they are more than any memory.
 */
size_t sv_matrix_need(const struct sv_matrix_shape *shape);

/**
 * sv_matrix_alloc(A, shape):
 * Allocate the arrays of ${A}, to be filled by sv_matrix_put().  Return 0, or
 * -1 with errno set.
 */
int sv_matrix_alloc(struct sv_matrix *A, const struct sv_matrix_shape *shape);

/**
 * sv_matrix_put(A, i, part):
 * Make the rows of ${part} those of ${A} from row ${i} on: the rows before are
 * there, and there is room.  Where ${A} has weights and ${part} none, they are
 * 1.  Return 0, or -1 with errno set to ERANGE: a value is too large for f32.
 */
int sv_matrix_put(struct sv_matrix *A, uint64_t i, const struct sv_csr *part);

/**
 * sv_matrix_take(A, rows):
 * Make the arrays of ${rows} those of ${A}, sparse and f64: nothing is copied,
 * and ${rows} is empty.
 */
void sv_matrix_take(struct sv_matrix *A, struct sv_csr *rows);

/**
 * sv_matrix_csr(A):
 * The arrays of the sparse f64 matrix ${A}, which stay its own.
 */
struct sv_csr sv_matrix_csr(const struct sv_matrix *A);

/**
 * sv_matrix_bytes(A):
 * Bytes that the arrays take: the size of the shard in memory.
 */
size_t sv_matrix_bytes(const struct sv_matrix *A);

/**
 * sv_matrix_fini(A):
 * Free the arrays.
 */
void sv_matrix_fini(struct sv_matrix *A);

#endif /* !SV_MATRIX_H */
