#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "frame.h"
#include "recipe.h"
#include "shardfile.h"
#include "shards.h"

#define D 50u
#define ROWS 12u

/* Some rows; the second one is empty. */
static struct sv_csr
rows(uint64_t n)
{
	struct sv_recipe r = { .n = n, .d = D, .k = 3, .seed = 1 };
	struct sv_csr A;

	assert_int_equal(sv_recipe_expand(&r, 0, n, &A, NULL), 0);
	A.start[1] = A.start[2] = 3;
	A.start[1] = 3;
	for (uint64_t i = 2; i <= n; i++)
		A.start[i] = 3 * (i - 1);
	A.nnz = A.start[n];
	return (A);
}

/* Write them as shard 2 of 5, in frames of about ${frame} bytes. */
static void
write_file(const struct sv_csr *A, size_t frame)
{
	struct sv_shardfile_writer *w;

	assert_non_null(w = sv_shardfile_create(path, 2, 5, frame));
	for (uint64_t i = 0; i < A->rows; i++)
		assert_int_equal(sv_shardfile_add(w, A, i), 0);
	assert_int_equal(sv_shardfile_flush(w), 0);
	assert_int_equal(sv_shardfile_finish(w, D, "0123456789abcdef"), 0);
	assert_int_equal(sv_shardfile_written(w)->rows, A->rows);
	assert_int_equal(sv_shardfile_written(w)->nnz, A->nnz);
	sv_shardfile_free(w);
}

/* The whole file in memory, and back. */
static size_t
slurp(uint8_t **p)
{
	FILE *f = fopen(path, "r");
	long len;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	assert_true((len = ftell(f)) > 0);
	rewind(f);
	assert_non_null(*p = malloc((size_t)len));
	assert_int_equal(fread(*p, 1, (size_t)len, f), len);
	fclose(f);
	return ((size_t)len);
}

static void
what_is_written_is_read(void **state)
{
	static const size_t frames[] = { 0, 100, 1000, 1000000 };
	char why[SV_WHY];
	struct sv_csr A = rows(ROWS);
	struct sv_matrix B;

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		write_file(&A, frames[i]);
		assert_int_equal(load(&B, why), 0);
		assert_int_equal(B.rows, A.rows);
		assert_int_equal(B.cols, D);
		assert_int_equal(B.nnz, A.nnz);
		assert_memory_equal(A.start, B.start, (A.rows + 1) * 8);
		assert_memory_equal(A.label, B.label, A.rows * 8);
		assert_memory_equal(A.col, B.col, A.nnz * 4);
		assert_memory_equal(A.val, B.val, A.nnz * 8);
		sv_matrix_fini(&B);
	}
	sv_csr_fini(&A);
}

/* The same rows with weights of all sizes. */
static struct sv_csr
weighted_rows(uint64_t n)
{
	struct sv_csr A = rows(n);

	assert_non_null(A.weight = malloc(n * sizeof(*A.weight)));
	for (uint64_t i = 0; i < n; i++)
		A.weight[i] = i % 5 == 0 ? 0.0 : i % 5 == 1 ? 1e300 :
		    1.0 / (double)i;
	return (A);
}

static void
weights_are_written_and_read(void **state)
{
	static const size_t frames[] = { 0, 100, 1000, 1000000 };
	char why[SV_WHY];
	struct sv_csr A = weighted_rows(ROWS);
	struct sv_matrix B;

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		write_file(&A, frames[i]);
		assert_int_equal(load(&B, why), 0);
		assert_int_equal(B.rows, A.rows);
		assert_int_equal(B.nnz, A.nnz);
		assert_memory_equal(A.start, B.start, (A.rows + 1) * 8);
		assert_memory_equal(A.label, B.label, A.rows * 8);
		assert_memory_equal(A.weight, B.weight, A.rows * 8);
		assert_memory_equal(A.col, B.col, A.nnz * 4);
		assert_memory_equal(A.val, B.val, A.nnz * 8);
		sv_matrix_fini(&B);
	}
	sv_csr_fini(&A);
	A = rows(ROWS);
	write_file(&A, 100);
	assert_int_equal(load(&B, why), 0);
	assert_null(B.weight);
	sv_matrix_fini(&B);
	sv_csr_fini(&A);
}

/* What the file's sum is, and that of a cut that is the file alone. */
static void
sums(const struct sv_csr *A, char sum[SV_SHARDFILE_HEX],
    char cut[SV_SHARDFILE_HEX])
{
	struct sv_shardfile_writer *w;

	assert_non_null(w = sv_shardfile_create(path, 0, 1, 100));
	for (uint64_t i = 0; i < A->rows; i++)
		assert_int_equal(sv_shardfile_add(w, A, i), 0);
	assert_int_equal(sv_shardfile_flush(w), 0);
	sv_shardfile_cut(&w, 1, D, cut);
	strcpy(sum, sv_shardfile_written(w)->sum);
	sv_shardfile_free(w);
}

static void
other_weights_are_another_cut(void **state)
{
	char sum[3][SV_SHARDFILE_HEX], cut[3][SV_SHARDFILE_HEX];
	struct sv_csr A = weighted_rows(ROWS), B = rows(ROWS);

	(void)state;
	sums(&A, sum[0], cut[0]);
	A.weight[7] = 3;
	sums(&A, sum[1], cut[1]);
	sums(&B, sum[2], cut[2]);
	for (int i = 0; i < 3; i++) {
		assert_string_not_equal(sum[i], sum[(i + 1) % 3]);
		assert_string_not_equal(cut[i], cut[(i + 1) % 3]);
	}
	sv_csr_fini(&A);
	sv_csr_fini(&B);
}

static void
rows_with_and_without_weights_do_not_mix(void **state)
{
	struct sv_csr A = weighted_rows(ROWS), B = rows(ROWS);
	const struct sv_csr *order[3] = { &A, &B, &A };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sv_shardfile_writer *w;

		assert_non_null(w = sv_shardfile_create(path, 0, 1, 100));
		assert_int_equal(sv_shardfile_add(w, order[i], 0), 0);
		assert_int_equal(sv_shardfile_add(w, order[i + 1], 1), -1);
		assert_int_equal(errno, EINVAL);
		sv_shardfile_free(w);
	}
	sv_csr_fini(&A);
	sv_csr_fini(&B);
}

static void
the_head_is_told(void **state)
{
	struct sv_csr A = rows(ROWS);
	const struct sv_shardfile_info *info;
	struct sv_shardfile *s;
	char why[SV_WHY];

	(void)state;
	write_file(&A, 100);
	assert_non_null(s = sv_shardfile_open(path, why));
	info = sv_shardfile_info(s);
	assert_int_equal(info->shard, 2);
	assert_int_equal(info->shards, 5);
	assert_int_equal(info->d, D);
	assert_int_equal(info->rows, ROWS);
	assert_int_equal(info->nnz, 3 * ROWS - 3);
	assert_true(info->frames > 3);
	assert_string_equal(info->cut, "0123456789abcdef");
	assert_int_equal(info->weighted, 0);
	sv_shardfile_close(s);
	sv_csr_fini(&A);
	A = weighted_rows(ROWS);
	write_file(&A, 100);
	assert_non_null(s = sv_shardfile_open(path, why));
	assert_int_equal(sv_shardfile_info(s)->weighted, 1);
	sv_shardfile_close(s);
	sv_csr_fini(&A);
}

static void
the_same_rows_make_the_same_file(void **state)
{
	struct sv_csr A = rows(ROWS);
	uint8_t *one, *two;
	size_t len;

	(void)state;
	write_file(&A, 100);
	len = slurp(&one);
	write_file(&A, 100);
	assert_int_equal(slurp(&two), len);
	assert_memory_equal(one, two, len);
	free(one);
	free(two);
	sv_csr_fini(&A);
}

static void
a_flipped_bit_anywhere_is_noticed(void **state)
{
	struct sv_csr A = weighted_rows(ROWS);
	uint8_t *p;
	size_t len;

	(void)state;
	write_file(&A, 200);
	len = slurp(&p);
	for (size_t at = 0; at < len; at++) {
		p[at] ^= (uint8_t)(1 << at % 8);
		spill(p, len);
		check_bad("");
		p[at] ^= (uint8_t)(1 << at % 8);
	}
	free(p);
	sv_csr_fini(&A);
}

static void
a_file_cut_anywhere_is_noticed(void **state)
{
	struct sv_csr A = rows(ROWS);
	uint8_t *p;
	size_t len;

	(void)state;
	write_file(&A, 200);
	len = slurp(&p);
	for (size_t n = 0; n < len; n++) {
		spill(p, n);
		check_bad(n == 0 ? "empty" : "");
	}
	free(p);
	sv_csr_fini(&A);
}

/* Where the frames of the file begin, and at last its end. */
static size_t
boundaries(const uint8_t *p, size_t len, size_t *at, size_t max)
{
	struct sv_frame f;
	size_t n = 0, offset = 0;

	for (; offset < len && n + 1 < max; offset += 80 + f.length) {
		at[n++] = offset;
		assert_null(sv_frame_decode(&f, p + offset));
	}
	at[n] = offset;
	return (n);
}

/* Files that were written before there was encoding 3. */
static void
files_of_encodings_1_and_2_are_read(void **state)
{
	static const char *const names[] = { "plain", "weighted" };
	const char *srcdir = getenv("SV_SRCDIR");
	char name[1000], why[SV_WHY], text[SV_SHARDFILE_TEXT];
	struct sv_shardfile *s;
	struct sv_csr part;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_non_null(srcdir);
		snprintf(name, sizeof(name), "%s/tests/fuzz/seeds/shardfile/%s",
		    srcdir, names[i]);
		assert_non_null(s = sv_shardfile_open(name, why));
		assert_int_equal(sv_shardfile_next(s, &part, why), 1);
		sv_shardfile_describe(s, text);
		assert_string_equal(text, i == 0 ? "labels f64, values f64,"
		    " lengths u32, columns u32" : "labels f64, weights f64,"
		    " values f64, lengths u32, columns u32");
		assert_int_equal(part.rows, 6);
		assert_int_equal(part.nnz, 84);
		assert_int_equal(part.cols, 103);
		for (uint64_t j = 0; j < 6; j++) {
			assert_int_equal(part.start[j], 14 * j);
			assert_true(part.label[j] * part.label[j] >= 1 &&
			    part.label[j] * part.label[j] <= 1);
			assert_true(i == 0 || (part.weight[j] >= 0 &&
			    part.weight[j] <= 1));
		}
		for (uint64_t l = 0; l < 84; l++)
			assert_true(part.val[l] >= 1 && part.val[l] <= 1);
		assert_int_equal(part.col[0], 4);
		assert_int_equal(sv_shardfile_next(s, &part, why), 0);
		sv_shardfile_close(s);
	}
}

static void
frames_missing_doubled_or_swapped_are_noticed(void **state)
{
	struct sv_csr A = rows(ROWS);
	size_t at[32], len, n;
	uint8_t *p, *q;

	(void)state;
	write_file(&A, 100);
	len = slurp(&p);
	assert_non_null(q = malloc(2 * len));
	n = boundaries(p, len, at, 32);
	assert_true(n > 4);
	spill(p, at[n - 1]);
	check_bad("the file");
	spill(p, at[1]);
	check_bad("the file");

	/* The second frame of rows is missing. */
	memcpy(q, p, len);
	memmove(q + at[2], q + at[3], len - at[3]);
	spill(q, len - (at[3] - at[2]));
	check_bad("");

	/* The last one comes twice; and with more head room for that. */
	memcpy(q, p, len);
	memcpy(q + len, p + at[n - 1], len - at[n - 1]);
	spill(q, len + (len - at[n - 1]));
	check_bad("it comes after the last one");

	/* No head, two heads. */
	spill(p + at[1], len - at[1]);
	check_bad("its first frame is no head");
	memcpy(q, p, at[1]);
	memcpy(q + at[1], p, len);
	spill(q, len + at[1]);
	check_bad("does not belong here");
	free(p);
	free(q);
	sv_csr_fini(&A);
}

static void
what_is_no_shard_file_is_refused(void **state)
{
	static const uint8_t text[] = "+1 1:2 3:4\n";
	struct sv_shardfile_writer *w;
	char why[SV_WHY];

	(void)state;
	spill(text, sizeof(text) - 1);
	check_bad("magic number is wrong");
	assert_null(sv_shardfile_open("/no/such/file", why));
	assert_string_equal(why, "/no/such/file: No such file or directory");
	assert_null(sv_shardfile_open("/", why));
	assert_string_equal(why, "/: not a regular file");
	/* One that was never finished. */
	assert_non_null(w = sv_shardfile_create(path, 0, 1, 100));
	sv_shardfile_free(w);
	check_bad("magic");
	/* A FIFO does not block. */
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	check_bad("not a regular file");
}

static void
long_names_keep_the_reason(void **state)
{
	char name[1000], why[SV_WHY];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[200] = '/';
	name[400] = '/';
	strcpy(name + 990, "/end");
	assert_null(sv_shardfile_open(name, why));
	assert_non_null(strstr(why, "x/end: "));
}

/* Who else may write in the directory cannot have other files overwritten. */
static void
a_link_is_not_followed(void **state)
{
	char target[64];
	struct stat st;
	FILE *f;

	(void)state;
	snprintf(target, sizeof(target), "%.50s.target", path);
	assert_non_null(f = fopen(target, "w"));
	assert_int_equal(fputs("kept", f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
	(void)unlink(path);
	assert_int_equal(symlink(target, path), 0);
	assert_null(sv_shardfile_create(path, 0, 1, 100));
	assert_int_equal(errno, ELOOP);
	assert_int_equal(stat(target, &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(unlink(target), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read),
		TEST(weights_are_written_and_read),
		TEST(other_weights_are_another_cut),
		TEST(rows_with_and_without_weights_do_not_mix),
		TEST(the_head_is_told),
		TEST(the_same_rows_make_the_same_file),
		TEST(a_flipped_bit_anywhere_is_noticed),
		TEST(a_file_cut_anywhere_is_noticed),
		cmocka_unit_test(files_of_encodings_1_and_2_are_read),
		TEST(frames_missing_doubled_or_swapped_are_noticed),
		TEST(what_is_no_shard_file_is_refused),
		cmocka_unit_test(long_names_keep_the_reason),
		TEST(a_link_is_not_followed)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
