#include <errno.h>
#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "matrix.h"
#include "problem.h"
#include "rows.h"

#define ROWS 50u
#define COLS 13u

/* Rows [from, to) of A, without copying. */
static struct sv_csr
some(const struct sv_csr *A, uint64_t from, uint64_t to, uint64_t *start)
{
	struct sv_csr part = *A;

	for (uint64_t j = from; j <= to; j++)
		start[j - from] = A->start[j] - A->start[from];
	part.rows = to - from;
	part.nnz = start[part.rows];
	part.start = start;
	part.col += A->start[from];
	part.val += A->start[from];
	part.label += from;
	if (part.weight != NULL)
		part.weight += from;
	return (part);
}

/* A matrix of the rows, put together from parts of seven. */
static struct sv_matrix
assemble(const struct sv_csr *rows, uint64_t nnz, enum sv_elem elem,
    int weighted)
{
	struct sv_matrix_shape shape = { .rows = ROWS, .cols = COLS,
	    .nnz = nnz, .elem = elem, .weighted = weighted };
	uint64_t start[ROWS + 1];
	struct sv_matrix A;

	assert_int_equal(sv_matrix_alloc(&A, &shape), 0);
	assert_int_equal(A.elem, elem);
	assert_int_equal(A.kind, sv_matrix_kind(&shape));
	assert_true(sv_matrix_bytes(&A) == sv_matrix_need(&shape));
	assert_true((A.weight != NULL) == (weighted != 0));
	for (uint64_t i = 0; i < ROWS; i += 7) {
		struct sv_csr part = some(rows, i, i + 7 < ROWS ? i + 7 : ROWS,
		    start);

		assert_int_equal(sv_matrix_put(&A, i, &part), 0);
	}
	return (A);
}

/* Element k of row j, whatever the form. */
static double
element(const struct sv_matrix *A, uint64_t j, uint32_t k)
{
	uint64_t at = j * A->cols + k;

	if (A->kind == SV_SPARSE) {
		for (at = A->start[j]; at < A->start[j + 1]; at++)
			if (A->col[at] == k)
				break;
		if (at == A->start[j + 1])
			return (0.0);
	}
	return (A->elem == SV_F64 ? A->val[at] : (double)A->val32[at]);
}

static void
every_form_holds_the_rows(void **state)
{
	static const enum sv_elem elems[] = { SV_F64, SV_F32 };
	struct sv_csr rows;

	(void)state;
	assert_int_equal(rows_csr(&rows, ROWS, COLS, 3), 0);
	for (int i = 0; i < 4; i++) {
		enum sv_elem elem = elems[i % 2];
		struct sv_matrix A = assemble(&rows,
		    i < 2 ? rows.nnz : ROWS * COLS, elem, 0), all;

		assert_int_equal(A.kind, i < 2 ? SV_SPARSE : SV_DENSE);
		assert_memory_equal(A.label, rows.label, ROWS * 8);
		sv_matrix_take(&all, &rows);
		for (uint64_t j = 0; j < ROWS; j++)
			for (uint32_t k = 0; k < COLS; k++) {
				double v = element(&all, j, k);

				assert_true(element(&A, j, k) ==
				    (elem == SV_F64 ? v : (double)(float)v));
			}
		rows = sv_matrix_csr(&all);
		sv_matrix_fini(&A);
	}
	sv_csr_fini(&rows);
}

static void
weights_come_with_the_rows(void **state)
{
	double weight[ROWS];
	struct sv_csr rows;
	struct sv_matrix A;

	(void)state;
	assert_int_equal(rows_csr(&rows, ROWS, COLS, 3), 0);
	/* Rows without weights, and with some. */
	A = assemble(&rows, rows.nnz, SV_F64, 1);
	for (size_t j = 0; j < ROWS; j++) {
		assert_true(A.weight[j] == 1.0);
		weight[j] = (double)j / 4;
	}
	sv_matrix_fini(&A);
	rows.weight = weight;
	A = assemble(&rows, rows.nnz, SV_F64, 1);
	assert_memory_equal(A.weight, weight, sizeof(weight));
	sv_matrix_fini(&A);
	rows.weight = NULL;
	sv_csr_fini(&rows);
}

static void
arrays_are_taken_over(void **state)
{
	struct sv_matrix A;
	struct sv_csr rows, view;
	const double *val;

	(void)state;
	assert_int_equal(rows_csr(&rows, ROWS, COLS, 3), 0);
	val = rows.val;
	sv_matrix_take(&A, &rows);
	assert_null(rows.val);
	assert_null(rows.start);
	assert_int_equal(rows.rows, 0);
	assert_ptr_equal(A.val, val);
	assert_int_equal(A.kind, SV_SPARSE);
	view = sv_matrix_csr(&A);
	assert_ptr_equal(view.val, val);
	assert_int_equal(view.rows, ROWS);
	assert_true(sv_matrix_bytes(&A) == sv_csr_bytes(&view));
	sv_matrix_fini(&A);
	assert_null(A.val);
	sv_matrix_fini(&A);
}

static void
density_decides(void **state)
{
	struct sv_matrix_shape shape = { .rows = 100, .cols = 10, .nnz = 399,
	    .elem = SV_F64 };

	(void)state;
	assert_int_equal(sv_matrix_kind(&shape), SV_SPARSE);
	assert_int_equal(sv_matrix_need(&shape), 101 * 8 + 100 * 8 + 399 * 12);
	shape.elem = SV_F32;
	assert_int_equal(sv_matrix_need(&shape), 101 * 8 + 100 * 8 + 399 * 8);
	shape.nnz = 400;
	assert_int_equal(sv_matrix_kind(&shape), SV_DENSE);
	assert_int_equal(sv_matrix_need(&shape), 100 * 8 + 1000 * 4);
	shape.elem = SV_F64;
	shape.weighted = 1;
	assert_int_equal(sv_matrix_need(&shape), 200 * 8 + 1000 * 8);
	shape.rows = shape.nnz = 0;
	assert_int_equal(sv_matrix_kind(&shape), SV_SPARSE);
}

static void
more_than_any_memory_is_refused(void **state)
{
	static const struct sv_matrix_shape large[] = {
		{ .rows = UINT64_MAX, .cols = 1, .elem = SV_F64 },
		{ .rows = 1, .cols = UINT32_MAX, .nnz = UINT64_MAX,
		    .elem = SV_F64 },
		/* Dense: rows and non-zeros would do, the product would not. */
		{ .rows = (uint64_t)1 << 57, .cols = UINT32_MAX,
		    .nnz = (uint64_t)1 << 62, .elem = SV_F32 },
		{ .rows = (uint64_t)1 << 30, .cols = (uint64_t)1 << 30,
		    .nnz = (uint64_t)1 << 59, .elem = SV_F64 },
	};
	struct sv_matrix A;

	(void)state;
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		assert_int_equal(sv_matrix_need(&large[i]), 0);
		errno = 0;
		assert_int_equal(sv_matrix_alloc(&A, &large[i]), -1);
		assert_int_equal(errno, ENOMEM);
		assert_null(A.label);
	}
}

static void
what_f32_does_not_hold_is_refused(void **state)
{
	struct sv_matrix_shape shape = { .rows = ROWS, .cols = COLS,
	    .elem = SV_F32 };
	struct sv_csr rows;
	struct sv_matrix A;

	(void)state;
	assert_int_equal(rows_csr(&rows, ROWS, COLS, 3), 0);
	shape.nnz = rows.nnz;
	assert_int_equal(sv_matrix_alloc(&A, &shape), 0);
	rows.val[7] = -(double)FLT_MAX;
	assert_int_equal(sv_matrix_put(&A, 0, &rows), 0);
	rows.val[7] = -1e39;
	errno = 0;
	assert_int_equal(sv_matrix_put(&A, 0, &rows), -1);
	assert_int_equal(errno, ERANGE);
	sv_matrix_fini(&A);
	sv_csr_fini(&rows);
}

/* The second half of a recipe of 5000 rows. */
static json_t *
second_half(uint64_t k, enum sv_elem elem)
{
	struct sv_recipe r = { .n = 5000, .d = COLS, .k = k, .seed = 1 };
	struct sv_problem p;
	struct sv_frame f;
	json_t *share;

	assert_int_equal(sv_problem_recipe(&f, &r, 0.1, elem), 0);
	assert_int_equal(sv_problem_parse(&p, &f), 0);
	assert_int_equal(p.elem, elem);
	assert_non_null(share = sv_problem_share(&p, 1, 2));
	sv_problem_fini(&p);
	sv_frame_fini(&f);
	return (share);
}

/* Sparse or dense, f64 or f32: what was asked for, of the same rows. */
static void
shares_are_kept_as_asked(void **state)
{
	char why[SV_WHY];

	(void)state;
	for (uint64_t k = 4; k <= COLS; k += COLS - 4) {
		json_t *o = second_half(k, SV_F64), *q = second_half(k, SV_F32);
		struct sv_matrix A, B;

		assert_int_equal(sv_share_load(o, &A, NULL, why), 0);
		assert_int_equal(sv_share_load(q, &B, NULL, why), 0);
		assert_true(sv_share_bytes(o) == sv_matrix_bytes(&A));
		assert_true(sv_share_bytes(q) == sv_matrix_bytes(&B));
		assert_int_equal(A.kind, k < COLS ? SV_SPARSE : SV_DENSE);
		assert_int_equal(B.kind, A.kind);
		assert_int_equal(A.elem, SV_F64);
		assert_int_equal(B.elem, SV_F32);
		assert_int_equal(A.rows, 2500);
		assert_int_equal(B.nnz, 2500 * k);
		assert_memory_equal(A.label, B.label, 2500 * 8);
		for (uint64_t i = 0; i < A.nnz; i++)
			assert_true((float)A.val[i] == B.val32[i]);
		sv_matrix_fini(&A);
		sv_matrix_fini(&B);
		json_object_set_new(q, "values", json_string("f16"));
		assert_int_equal(sv_share_load(q, &B, NULL, why), -1);
		assert_non_null(strstr(why, "values"));
		json_decref(o);
		json_decref(q);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_holds_the_rows),
		cmocka_unit_test(weights_come_with_the_rows),
		cmocka_unit_test(arrays_are_taken_over),
		cmocka_unit_test(density_decides),
		cmocka_unit_test(more_than_any_memory_is_refused),
		cmocka_unit_test(what_f32_does_not_hold_is_refused),
		cmocka_unit_test(shares_are_kept_as_asked)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
