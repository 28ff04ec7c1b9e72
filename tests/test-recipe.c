#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frame.h"
#include "normal.h"
#include "recipe.h"
#include "rng.h"

/* Bytes that malloc() was asked for: the linker sends its callers here. */
static size_t asked;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *
__wrap_malloc(size_t size)
{

	asked += size;
	/* No machine overcommits that much, and no sanitizer aborts. */
	if (size > (size_t)1 << 36) {
		errno = ENOMEM;
		return (NULL);
	}
	return (__real_malloc(size));
}

static struct sv_csr
expand(uint64_t n, uint64_t d, uint64_t k, uint64_t from, uint64_t to)
{
	struct sv_recipe r = { .n = n, .d = d, .k = k, .seed = 1 };
	struct sv_csr A;

	assert_null(sv_recipe_check(&r));
	assert_int_equal(sv_recipe_expand(&r, from, to, &A, NULL), 0);
	assert_int_equal(A.rows, to - from);
	assert_int_equal(A.cols, d);
	assert_int_equal(A.nnz, (to - from) * k);
	return (A);
}

/* Row ${j} once more, as recipe.h says, without any art. */
static void
check_row(const struct sv_csr *A, uint64_t i, uint64_t j, uint64_t k)
{
	uint64_t blocks = (1 + 2 * k + 7) / 8, l = 0;
	uint64_t *word = malloc(blocks * 64);
	char *in = calloc(A->cols, 1);
	double *x = malloc(k * sizeof(*x)), v;
	struct sv_rng g;

	assert_non_null(word);
	assert_non_null(in);
	assert_non_null(x);
	assert_int_equal(sv_rng_init(&g, "sv recipe 1", 1), 0);
	sv_rng_blocks(&g, j * blocks, blocks, word);
	for (uint64_t c = A->cols - k, t; c < A->cols; c++) {
		t = sv_rng_below(word[1 + l++], c + 1);
		in[in[t] ? c : t] = 1;
	}
	sv_normal_fill(x, word + 1 + k, k);
	v = (double)(word[0] << 11 >> 11) * 0x1p-53;
	v = word[0] >> 63 != 0 ? v : -v;
	assert_true(A->label[i] == (word[0] >> 63 != 0 ? 1 : -1));
	assert_int_equal(A->start[i + 1] - A->start[i], k);
	l = A->start[i];
	for (uint64_t c = 0; c < A->cols; c++) {
		if (!in[c])
			continue;
		assert_int_equal(A->col[l], c);
		assert_true(A->val[l] == x[l - A->start[i]] + v);
		l++;
	}
	assert_int_equal(l, A->start[i + 1]);
	free(word);
	free(in);
	free(x);
}

static void
rows_are_what_the_header_says(void **state)
{
	static const uint64_t shape[][2] = {	/* d, k */
		{ 1, 1 }, { 2, 1 }, { 2, 2 }, { 10, 9 }, { 10000, 10 },
		{ 32, 32 }, { 33, 33 }, { 1000, 32 }, { 1000, 33 },
		{ 4000000, 40 }, { 5000, 2500 }, { 5000, 4999 },
		{ 20000, 8191 }, { 20000, 8192 }, { 20000, 16400 },
		{ 100000, 40001 }, { 30000, 30000 }
	};

	(void)state;
	for (size_t s = 0; s < sizeof(shape) / sizeof(shape[0]); s++) {
		uint64_t d = shape[s][0], k = shape[s][1];
		struct sv_csr A = expand(1000, d, k, 500, 503);

		for (uint64_t i = 0; i < 3; i++)
			check_row(&A, i, 500 + i, k);
		sv_csr_fini(&A);
	}
}

/* A change of the data must be meant: these were made with the first version. */
static void
rows_stay_the_same(void **state)
{
	struct sv_csr A = expand(600000, 10000, 10, 0, 5000);
	static const uint32_t col[5] = {
		64, 282, 1261, 2098, 2422
	};
	static const double val[5] = {
		0x1.e9795418a523fp-3, 0x1.19a420e839a82p+1,
		-0x1.17e4e1c3124d4p-1, 0x1.d7922480f1ba5p+0,
		-0x1.5c25b4e2397e8p-3
	};

	(void)state;
	assert_memory_equal(A.col, col, 5 * sizeof(*col));
	assert_memory_equal(A.val, val, 5 * sizeof(*val));
	assert_int_equal(sv_frame_sum(A.label, A.rows * 8), 0x67247c0169d514e3);
	assert_int_equal(sv_frame_sum(A.col, A.nnz * 4), 0xec4cd2639f41fdbd);
	assert_int_equal(sv_frame_sum(A.val, A.nnz * 8), 0xac71cf09fe305a92);
	sv_csr_fini(&A);
}

static void
rows_do_not_depend_on_who_makes_them(void **state)
{
	static const uint64_t ks[] = { 1, 10, 100, 9000 };

	(void)state;
	for (size_t s = 0; s < sizeof(ks) / sizeof(ks[0]); s++) {
		uint64_t k = ks[s], n = k > 1000 ? 7 : 3000, at = 0;
		struct sv_csr all = expand(n, 10000, k, 0, n);

		for (uint64_t step = 1; at < n; step = 2 * step + 1) {
			uint64_t to = at + step < n ? at + step : n;
			struct sv_csr A = expand(n, 10000, k, at, to);

			assert_memory_equal(A.label, all.label + at,
			    A.rows * sizeof(double));
			assert_memory_equal(A.col, all.col + at * k,
			    A.nnz * sizeof(uint32_t));
			assert_memory_equal(A.val, all.val + at * k,
			    A.nnz * sizeof(double));
			sv_csr_fini(&A);
			at = to;
		}
		sv_csr_fini(&all);
	}
}

static void
the_sample_has_the_right_distribution(void **state)
{
	const uint64_t n = 40000, d = 50, k = 10;
	struct sv_csr A = expand(n, d, k, 0, n);
	double count[50] = { 0 }, pos = 0, sum = 0, square = 0, x;

	(void)state;
	for (uint64_t i = 0; i < n; i++) {
		pos += A.label[i] > 0;
		for (uint64_t l = i * k; l < (i + 1) * k; l++) {
			x = A.val[l] * A.label[i];
			count[A.col[l]]++;
			sum += x / (double)A.nnz;
			square += x * x / (double)A.nnz;
		}
	}
	/* Five standard deviations each; v has mean 1/2 and variance 1/12. */
	assert_true(fabs(pos - (double)n / 2) < 5 * sqrt((double)n / 4));
	assert_true(fabs(sum - 0.5) <
	    5 * sqrt(1.0 / 12 / (double)n + 1 / (double)A.nnz));
	assert_true(fabs(square - 1 - 1.0 / 3) < 0.03);
	for (uint64_t c = 0; c < d; c++)
		assert_true(fabs(count[c] - (double)n * 0.2) <
		    5 * sqrt((double)n * 0.2 * 0.8));
	sv_csr_fini(&A);
}

static void
seeds_differ(void **state)
{
	struct sv_recipe r = { .n = 10, .d = 100, .k = 10, .seed = 1 };
	struct sv_csr A, B;

	(void)state;
	assert_int_equal(sv_recipe_expand(&r, 0, 10, &A, NULL), 0);
	r.seed = 2;
	assert_int_equal(sv_recipe_expand(&r, 0, 10, &B, NULL), 0);
	assert_memory_not_equal(A.col, B.col, A.nnz * sizeof(*A.col));
	assert_memory_not_equal(A.val, B.val, A.nnz * sizeof(*A.val));
	sv_csr_fini(&A);
	sv_csr_fini(&B);
}

static void
the_last_rows_of_the_largest_recipe_are_there(void **state)
{
	uint64_t n = SV_RECIPE_MAXROWS;
	struct sv_csr A = expand(n, SV_RECIPE_MAXCOLS, 50, n - 2, n);

	(void)state;
	for (uint64_t l = 0; l < A.nnz; l++)
		assert_true(l % 50 == 0 || A.col[l] > A.col[l - 1]);
	sv_csr_fini(&A);
	A = expand(n, 10, 1, n, n);
	sv_csr_fini(&A);
}

static void
memory_is_that_of_the_rows_and_little_more(void **state)
{
	static const uint64_t ks[] = { 10, 2000, 500000 };

	(void)state;
	for (size_t s = 0; s < sizeof(ks) / sizeof(ks[0]); s++) {
		struct sv_csr A;

		asked = 0;
		A = expand(100, 1000000, ks[s], 0, 2);
		assert_in_range(asked, sv_csr_bytes(&A),
		    sv_csr_bytes(&A) + 1000000);
		sv_csr_fini(&A);
	}
}

static void
what_is_out_of_bounds_is_refused(void **state)
{
	static const struct sv_recipe bad[] = {
		{ 0, 1, 1, 1 }, { SV_RECIPE_MAXROWS + 1, 1, 1, 1 },
		{ 1, 0, 1, 1 }, { 1, SV_RECIPE_MAXCOLS + 1, 1, 1 },
		{ 1, 5, 0, 1 }, { 1, 5, 6, 1 },
		{ 1, 1, 1, SV_RECIPE_MAXSEED + 1 },
		{ SV_RECIPE_MAXROWS, SV_RECIPE_MAXCOLS, 1 << 17, 1 }
	};
	struct sv_recipe r = { SV_RECIPE_MAXROWS, 1 << 16, 1 << 16, 1 };
	struct sv_csr A;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(sv_recipe_check(&bad[i]));
	assert_null(sv_recipe_check(&r));
	/* Legal, but more than any memory. */
	assert_int_equal(sv_recipe_expand(&r, 0, r.n, &A, NULL), -1);
	assert_int_equal(errno, ENOMEM);
}

static void
density_gives_the_number_of_nonzeros(void **state)
{

	(void)state;
	assert_int_equal(sv_recipe_k(10000, 0.001), 10);
	assert_int_equal(sv_recipe_k(10, 0.14), 1);
	assert_int_equal(sv_recipe_k(10, 0.16), 2);
	assert_int_equal(sv_recipe_k(10, 1e-300), 1);
	assert_int_equal(sv_recipe_k(10, 1), 10);
	assert_int_equal(sv_recipe_k(1, 0.5), 1);
	assert_int_equal(sv_recipe_k(SV_RECIPE_MAXCOLS, 1), SV_RECIPE_MAXCOLS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_what_the_header_says),
		cmocka_unit_test(rows_stay_the_same),
		cmocka_unit_test(rows_do_not_depend_on_who_makes_them),
		cmocka_unit_test(the_sample_has_the_right_distribution),
		cmocka_unit_test(seeds_differ),
		cmocka_unit_test(the_last_rows_of_the_largest_recipe_are_there),
		cmocka_unit_test(memory_is_that_of_the_rows_and_little_more),
		cmocka_unit_test(what_is_out_of_bounds_is_refused),
		cmocka_unit_test(density_gives_the_number_of_nonzeros)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
