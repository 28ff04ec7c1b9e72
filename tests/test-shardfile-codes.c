#include "config.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shardfile.h"
#include "shards.h"

/*
 * The codes that sections of a frame may have: which one is taken, and that
 * each gives back what was written, bit for bit.
 */

#define ROWS 4u

/* Rows of one non-zero each, in column 0, and room for more in all arrays. */
static struct sv_csr
some_rows(uint64_t rows, uint64_t nnz, uint64_t d)
{
	struct sv_csr A;

	assert_int_equal(sv_csr_alloc(&A, rows, d, nnz), 0);
	assert_non_null(A.weight = malloc((size_t)rows * sizeof(double)));
	for (uint64_t i = 0; i < rows; i++) {
		A.label[i] = 1;
		A.weight[i] = 1;
		A.start[i + 1] = i + 1;
	}
	for (uint64_t l = 0; l < nnz; l++) {
		A.val[l] = 1;
		A.col[l] = 0;
	}
	return (A);
}

static void
write_rows(const struct sv_csr *A, size_t frame, enum sv_elem elem, int zstd)
{
	struct sv_shardfile_writer *w;

	assert_non_null(w = sv_shardfile_create(path, 0, 1, frame));
	sv_shardfile_form(w, elem, zstd);
	for (uint64_t i = 0; i < A->rows; i++)
		assert_int_equal(sv_shardfile_add(w, A, i), 0);
	assert_int_equal(sv_shardfile_flush(w), 0);
	assert_int_equal(sv_shardfile_finish(w, A->cols, "0123456789abcdef"),
	    0);
	sv_shardfile_free(w);
}

/* Are these the rows from row ${i} on? */
static void
compare(const struct sv_csr *A, uint64_t i, const struct sv_csr *part)
{
	uint64_t l = A->start[i];

	assert_true(part->rows <= A->rows - i);
	assert_int_equal(part->cols, A->cols);
	for (uint64_t j = 0; j <= part->rows; j++)
		assert_int_equal(part->start[j], A->start[i + j] - l);
	assert_int_equal(part->nnz, part->start[part->rows]);
	assert_memory_equal(part->label, A->label + i, part->rows * 8);
	if (A->weight != NULL)
		assert_memory_equal(part->weight, A->weight + i,
		    part->rows * 8);
	else
		assert_null(part->weight);
	assert_memory_equal(part->col, A->col + l, part->nnz * 4);
	assert_memory_equal(part->val, A->val + l, part->nnz * 8);
}

/* The file holds these rows; ${text} is how the last frame does. */
static void
read_rows(const struct sv_csr *A, char text[SV_SHARDFILE_TEXT])
{
	char why[SV_WHY] = "";
	struct sv_shardfile *s;
	struct sv_csr part;
	struct sv_matrix B;
	uint64_t i = 0;
	int rc;

	assert_non_null(s = sv_shardfile_open(path, why));
	while ((rc = sv_shardfile_next(s, &part, why)) == 1) {
		compare(A, i, &part);
		i += part.rows;
		sv_shardfile_describe(s, text);
	}
	assert_string_equal(why, "");
	assert_int_equal(rc, 0);
	assert_int_equal(i, A->rows);
	sv_shardfile_close(s);

	assert_int_equal(load(&B, why), 0);
	if (B.kind == SV_SPARSE) {
		part = sv_matrix_csr(&B);
		compare(A, 0, &part);
	} else for (i = 0; i < A->rows; i++)
		for (uint64_t l = A->start[i]; l < A->start[i + 1]; l++)
			assert_memory_equal(&B.val[i * A->cols + A->col[l]],
			    &A->val[l], 8);
	sv_matrix_fini(&B);
}

/* Is a section kept as ${code}? */
static void
check_code(const char *text, const char *section, const char *code)
{
	char want[40];

	snprintf(want, sizeof(want), "%s %s", section, code);
	if (strstr(text, want) == NULL)
		fail_msg("'%s' is not in '%s'", want, text);
}

static void
numbers_are_kept_in_the_fewest_bytes(void **state)
{
	static const struct {
		double x[ROWS];
		const char *code;
	} kinds[] = {
		{ { 0.1, 0.1, 0.1, 0.1 }, "same" },
		{ { -0.0, -0.0, -0.0, -0.0 }, "same" },
		{ { DBL_MAX, DBL_MAX, DBL_MAX, DBL_MAX }, "same" },
		{ { 0, 1, 254, 255 }, "u8" },
		{ { 1, 0, 1, 1 }, "u8" },
		{ { -1, 1, -1, 1 }, "i8" },
		{ { -128, 127, 0, 1 }, "i8" },
		{ { 0, 1, 255, 256 }, "u16" },
		{ { 0, 1, 65534, 65535 }, "u16" },
		{ { 0, 1, 65535, 65536 }, "f32" },
		{ { 0, -0.0, 1, 2 }, "f32" },
		{ { 1, 2, 3, -129 }, "f32" },
		{ { -1, 2, 3, 128 }, "f32" },
		{ { 1, 2, 3, 0.5 }, "f32" },
		{ { FLT_MAX, -FLT_MAX, FLT_MIN, 0x1p-149 }, "f32" },
		{ { 16777215, 16777216, 0, 1 }, "f32" },
		{ { 16777217, 0, 1, 2 }, "f64" },
		{ { 1, 2, 3, 0.1 }, "f64" },
		{ { 1, 2, 3, 0x1p-150 }, "f64" },
		{ { 1, 2, 3, 0x1.fffffffp127 }, "f64" },
		{ { DBL_MAX, -DBL_MAX, DBL_MIN, 0x1p-1074 }, "f64" }
	};
	struct sv_csr A = some_rows(ROWS, ROWS, 9);
	char text[SV_SHARDFILE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int negative = 0;

		memcpy(A.label, kinds[i].x, sizeof(kinds[i].x));
		memcpy(A.val, kinds[i].x, sizeof(kinds[i].x));
		for (unsigned j = 0; j < ROWS; j++) {
			A.weight[j] = kinds[i].x[j];
			negative |= kinds[i].x[j] < 0;
		}
		for (unsigned j = 0; negative && j < ROWS; j++)
			A.weight[j] = 1;
		write_rows(&A, 1000, SV_F64, 0);
		read_rows(&A, text);
		check_code(text, "labels", kinds[i].code);
		check_code(text, "values", kinds[i].code);
		check_code(text, "weights", negative ? "same" : kinds[i].code);
	}
	sv_csr_fini(&A);
}

static void
columns_are_kept_as_gaps_of_the_fewest_bytes(void **state)
{
	static const struct {
		uint64_t d;
		uint32_t col[6];	/* of rows of 0, 1, 2 and 3 of them */
		const char *code;
	} kinds[] = {
		{ 3, { 0, 0, 1, 0, 1, 2 }, "same" },
		{ 12, { 3, 3, 7, 3, 7, 11 }, "same" },
		{ 3, { 0, 0, 1, 0, 1, 2 }, "same" },
		{ 256, { 0, 0, 1, 0, 1, 255 }, "u8" },
		{ 258, { 0, 0, 1, 0, 1, 257 }, "u8" },
		{ 259, { 0, 0, 1, 0, 1, 258 }, "u16" },
		{ 257, { 256, 0, 1, 0, 1, 2 }, "u16" },
		{ 65538, { 0, 0, 1, 0, 1, 65537 }, "u16" },
		{ 65539, { 0, 0, 1, 0, 1, 65538 }, "u32" },
		{ UINT32_MAX, { 65536, 0, 1, 0, 1, 2 }, "u32" },
		{ UINT32_MAX, { UINT32_MAX - 1, 0, UINT32_MAX - 1, 0,
		    UINT32_MAX - 2, UINT32_MAX - 1 }, "u32" }
	};
	char text[SV_SHARDFILE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct sv_csr A = some_rows(ROWS, 6, kinds[i].d);
		const uint64_t start[] = { 0, 0, 1, 3, 6 };

		memcpy(A.start, start, sizeof(start));
		memcpy(A.col, kinds[i].col, sizeof(kinds[i].col));
		write_rows(&A, 1000, SV_F64, 0);
		read_rows(&A, text);
		check_code(text, "columns", kinds[i].code);
		check_code(text, "lengths", "u8");
		sv_csr_fini(&A);
	}
}

/* Two rows of so many non-zeros, 1 and 2 in turn, in all of the columns. */
static struct sv_csr
two_rows(uint64_t first, uint64_t second)
{
	struct sv_csr A = some_rows(2, first + second, 131072 + 9);

	A.start[1] = first;
	A.start[2] = first + second;
	for (uint64_t l = 0; l < A.nnz; l++) {
		A.col[l] = (uint32_t)(l < first ? l : l - first);
		A.val[l] = (double)(1 + l % 2);
	}
	return (A);
}

static void
lengths_are_kept_in_the_fewest_bytes(void **state)
{
	static const struct {
		uint64_t first, second;
		const char *code;
	} kinds[] = {
		{ 0, 0, "same" }, { 300, 300, "same" },
		{ 65536, 65536, "same" }, { 0, 255, "u8" }, { 255, 1, "u8" },
		{ 0, 256, "u16" }, { 256, 255, "u16" }, { 0, 65535, "u16" },
		{ 65535, 1, "u16" }, { 65536, 0, "u32" }, { 1, 65536, "u32" },
		{ 0, 131072, "u32" }, { 131072, 0, "u32" }
	};
	char text[SV_SHARDFILE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct sv_csr A = two_rows(kinds[i].first, kinds[i].second);

		write_rows(&A, 10000000, SV_F64, 0);
		read_rows(&A, text);
		check_code(text, "lengths", kinds[i].code);
		assert_non_null(strstr(text, "columns same"));
		sv_csr_fini(&A);
	}
}

/* As many rows as a frame may have, and one more; non-zeros likewise. */
static void
frames_are_full_at_their_limits(void **state)
{
	const uint64_t most = SV_SHARDFILE_MOST;
	char text[SV_SHARDFILE_TEXT], why[SV_WHY];
	struct sv_shardfile *s;

	(void)state;
	for (uint64_t n = most - 1; n <= most + 1; n++) {
		struct sv_csr A = some_rows(n, n, 2);

		write_rows(&A, (size_t)1 << 30, SV_F64, (int)(n % 2));
		read_rows(&A, text);
		assert_non_null(s = sv_shardfile_open(path, why));
		assert_int_equal(sv_shardfile_info(s)->frames,
		    n > most ? 2 : 1);
		sv_shardfile_close(s);
		sv_csr_fini(&A);
		A = two_rows(n - 8, 8);
		write_rows(&A, (size_t)1 << 30, SV_F64, 0);
		read_rows(&A, text);
		assert_non_null(s = sv_shardfile_open(path, why));
		assert_int_equal(sv_shardfile_info(s)->frames,
		    n > most ? 2 : 1);
		sv_shardfile_close(s);
		sv_csr_fini(&A);
	}
}

/* What would take nothing for a non-zero takes a byte, and is not packed. */
static void
long_rows_take_a_byte_for_each(void **state)
{
	const uint64_t n = SV_SHARDFILE_MOST + 1;
	char text[SV_SHARDFILE_TEXT];

	(void)state;
	for (unsigned step = 1; step <= 257; step += 256) {
		struct sv_csr A = some_rows(2, n + 1, (n + 1) * step);

		A.start[1] = n;
		A.start[2] = n + 1;
		for (uint64_t l = 0; l < n; l++)
			A.col[l] = (uint32_t)((l + 1) * step - 1);
		A.col[n] = step - 1;
		write_rows(&A, 1000, SV_F64, 1);
		read_rows(&A, text);
		assert_non_null(strstr(text, "columns same, zstd"));
		A.rows = 1;
		A.nnz = n;
		write_rows(&A, 1000, SV_F64, 1);
		read_rows(&A, text);
		assert_string_equal(text, step == 1 ? "labels same, weights"
		    " same, values same, lengths same, columns u8" :
		    "labels same, weights same, values same, lengths same,"
		    " columns u16");
		sv_csr_fini(&A);
	}
}

/* Rows of all kinds, one a frame; with an empty one. */
static struct sv_csr
mixed_rows(void)
{
	static const double values[][3] = {
		{ 1, 1, 1 }, { 1, 2, 3 }, { -1, 2, 3 }, { 1, 2, 300 },
		{ 1, 2, 0.5 }, { 1, 2, 0.1 }, { 0.1, 0.1, 0.1 }
	};
	static const uint32_t columns[][3] = {
		{ 0, 1, 2 }, { 0, 2, 4 }, { 0, 1, 300 }, { 0, 1, 70000 },
		{ 5, 6, 7 }, { 69999, 70000, 70001 }, { 1, 3, 5 }
	};
	struct sv_csr A = some_rows(7 * 7 + 1, 3 * 7 * 7, 70002);

	A.start[1] = 0;
	for (uint64_t i = 0; i < 7 * 7; i++) {
		A.start[i + 2] = 3 * (i + 1);
		A.label[i + 1] = values[(i + 1) % 7][i % 3];
		A.weight[i + 1] = fabs(values[(i + 3) % 7][i % 3]);
		memcpy(A.val + 3 * i, values[i % 7], sizeof(values[0]));
		memcpy(A.col + 3 * i, columns[i / 7], sizeof(columns[0]));
	}
	return (A);
}

static void
frames_of_all_codes_go_together(void **state)
{
	static const size_t frames[] = { 0, 70, 130, 1000, 1000000 };
	struct sv_csr A = mixed_rows();
	char text[SV_SHARDFILE_TEXT];
	double *weight = A.weight;

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		for (int zstd = 0; zstd <= 1; zstd++) {
			A.weight = NULL;
			write_rows(&A, frames[i], SV_F64, zstd);
			read_rows(&A, text);
			assert_null(strstr(text, "weights"));
			A.weight = weight;
			write_rows(&A, frames[i], SV_F64, zstd);
			read_rows(&A, text);
			assert_non_null(strstr(text, "weights"));
		}
	}
	sv_csr_fini(&A);
}

/* Values that were asked to be f32, and no others, are rounded. */
static void
values_in_f32_are_rounded(void **state)
{
	char text[SV_SHARDFILE_TEXT], why[SV_WHY];
	struct sv_csr A = mixed_rows();
	struct sv_shardfile *s;
	struct sv_matrix B;

	(void)state;
	A.val[2] = 1e-50;
	A.val[5] = -1e-40;
	A.val[8] = FLT_MAX;
	for (int zstd = 0; zstd <= 1; zstd++) {
		struct sv_csr C = A;

		write_rows(&A, 200, SV_F32, zstd);
		assert_non_null(C.val = malloc(A.nnz * sizeof(double)));
		for (uint64_t l = 0; l < A.nnz; l++)
			C.val[l] = (double)(float)A.val[l];
		read_rows(&C, text);
		assert_non_null(s = sv_shardfile_open(path, why));
		assert_int_equal(sv_shardfile_load(s, SV_F32, &B, NULL, why),
		    0);
		for (uint64_t l = 0; l < A.nnz; l++)
			assert_true(B.val32[l] <= (float)A.val[l] &&
			    B.val32[l] >= (float)A.val[l]);
		sv_matrix_fini(&B);
		sv_shardfile_close(s);
		free(C.val);
	}
	sv_csr_fini(&A);
}

static void
what_is_too_large_for_f32_is_refused(void **state)
{
	static const double large[] = { 3.5e38, -1e39, DBL_MAX };
	struct sv_csr A = some_rows(2, 2, 1);
	struct sv_shardfile_writer *w;
	struct sv_shardfile *s;
	struct sv_matrix B;
	char why[SV_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		A.val[0] = 1;
		A.val[1] = large[i];
		assert_non_null(w = sv_shardfile_create(path, 0, 1, 1000));
		sv_shardfile_form(w, SV_F32, 0);
		assert_int_equal(sv_shardfile_add(w, &A, 0), 0);
		assert_int_equal(sv_shardfile_add(w, &A, 1), -1);
		assert_int_equal(errno, ERANGE);
		/* That row is not there, and others may follow. */
		assert_int_equal(sv_shardfile_add(w, &A, 0), 0);
		assert_int_equal(sv_shardfile_flush(w), 0);
		assert_int_equal(sv_shardfile_written(w)->rows, 2);
		sv_shardfile_free(w);
		/* As f64 it can be written, and not be loaded as f32. */
		for (uint64_t d = 1; d <= 3; d += 2) {
			A.cols = d;
			A.val[0] = large[i < 2 ? 0 : i];
			write_rows(&A, 1000, SV_F64, (int)i % 2);
			assert_non_null(s = sv_shardfile_open(path, why));
			assert_int_equal(sv_shardfile_load(s, SV_F32, &B,
			    NULL, why), -1);
			assert_non_null(strstr(why, "too large for f32"));
			sv_shardfile_close(s);
		}
	}
	sv_csr_fini(&A);
}

static void
frames_are_packed_where_that_is_smaller(void **state)
{
	struct sv_csr A = mixed_rows();
	char text[SV_SHARDFILE_TEXT], why[SV_WHY];
	struct sv_shardfile *s;
	uint64_t bytes[2];

	(void)state;
	for (int zstd = 0; zstd <= 1; zstd++) {
		write_rows(&A, 1000000, SV_F64, zstd);
		read_rows(&A, text);
		assert_true((strstr(text, ", zstd") != NULL) == zstd);
		assert_non_null(s = sv_shardfile_open(path, why));
		bytes[zstd] = sv_shardfile_info(s)->bytes;
		sv_shardfile_close(s);
	}
	assert_true(bytes[1] < bytes[0]);
	/* Nothing to save in a row alone. */
	A.rows = 1;
	A.nnz = A.start[1] = 1;
	A.label[0] = sin(1);
	A.weight[0] = sin(2);
	A.val[0] = sin(3);
	A.col[0] = 54321;
	write_rows(&A, 0, SV_F64, 1);
	read_rows(&A, text);
	assert_null(strstr(text, "zstd"));
	sv_csr_fini(&A);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_are_kept_in_the_fewest_bytes),
		TEST(columns_are_kept_as_gaps_of_the_fewest_bytes),
		TEST(lengths_are_kept_in_the_fewest_bytes),
		TEST(frames_are_full_at_their_limits),
		TEST(long_rows_take_a_byte_for_each),
		TEST(frames_of_all_codes_go_together),
		TEST(values_in_f32_are_rounded),
		TEST(what_is_too_large_for_f32_is_refused),
		TEST(frames_are_packed_where_that_is_smaller)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
