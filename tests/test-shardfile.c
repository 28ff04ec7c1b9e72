#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fileurl.h"
#include "io.h"
#include "recipe.h"
#include "shardfile.h"
#include "shardfile_sum.h"

#define D 50u
#define ROWS 12u

static char path[64];

static int
setup(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "test-shardfile.XXXXXX");
	if ((fd = mkstemp(path)) == -1)
		return (-1);
	return (close(fd));
}

static int
teardown(void **state)
{

	(void)state;
	return (unlink(path));
}

/* Some rows; the second one is empty. */
static struct sv_csr
rows(uint64_t n)
{
	struct sv_recipe r = { .n = n, .d = D, .k = 3, .seed = 1 };
	struct sv_csr A;

	assert_int_equal(sv_recipe_expand(&r, 0, n, &A), 0);
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

/* Read the file; 0, or -1 with a reason that names it. */
static int
load(struct sv_csr *A, char why[SV_WHY])
{
	struct sv_shardfile *s;
	int rc = -1;

	memset(A, 0, sizeof(*A));
	why[0] = '\0';
	if ((s = sv_shardfile_open(path, why)) != NULL)
		rc = sv_shardfile_load(s, A, why);
	sv_shardfile_close(s);
	if (rc == -1)
		assert_memory_equal(why, path, strlen(path));
	return (rc);
}

static void
check_bad(const char *want)
{
	char why[SV_WHY];
	struct sv_csr A;

	assert_int_equal(load(&A, why), -1);
	if (strstr(why, want) == NULL)
		fail_msg("'%s' is not in '%s'", want, why);
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
spill(const uint8_t *p, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void
what_is_written_is_read(void **state)
{
	static const size_t frames[] = { 0, 100, 1000, 1000000 };
	char why[SV_WHY];
	struct sv_csr A = rows(ROWS), B;

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
		sv_csr_fini(&B);
	}
	sv_csr_fini(&A);
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
	struct sv_csr A = rows(ROWS);
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

/* A frame of two rows with columns 1, 2 and 3, 4, to be spoiled. */
static struct sv_frame
forge(void)
{
	static const uint32_t numbers[] = { 2, 2, 1, 2, 3, 4 };
	struct sv_frame f;
	double *x;

	assert_int_equal(sv_frame_make(&f, SV_DATA, NULL, SV_SF_N, SV_BYTES,
	    72), 0);
	f.shard = 2;
	f.round = 1;
	x = sv_frame_scalars(&f);
	x[SV_SF_ENCODING] = 1;
	x[SV_SF_ROWS] = 2;
	x[SV_SF_NNZ] = 4;
	x = sv_frame_elems(&f);
	for (int i = 0; i < 6; i++)
		x[i] = 1 + i;
	memcpy(x + 6, numbers, sizeof(numbers));
	return (f);
}

/* Write a head that fits it, unless ${head} is another text, and the frame. */
static void
put(struct sv_frame *f, const char *head)
{
	char text[300], sum[SV_SHARDFILE_HEX];
	struct sv_frame h;
	int fd;

	sv_frame_seal(f);
	sv_shardfile_hex(sum, sv_shardfile_chain(0, f->sum));
	snprintf(text, sizeof(text), "{\"shard\":2,\"shards\":5,\"cut\":"
	    "\"0123456789abcdef\",\"d\":5,\"rows\":2,\"nnz\":4,\"frames\":1,"
	    "\"sum\":\"%s\"}", sum);
	assert_int_equal(sv_frame_make(&h, SV_DATA, head != NULL ? head : text,
	    0, SV_BYTES, 0), 0);
	h.shard = 2;
	assert_true((fd = open(path, O_WRONLY | O_TRUNC)) != -1);
	assert_int_equal(sv_frame_send(fd, &h), 0);
	assert_int_equal(sv_frame_send(fd, f), 0);
	close(fd);
}

static void
forged_frames_are_refused(void **state)
{
	/* Which 4-byte word of the elements becomes what. */
	static const struct {
		size_t at;
		uint32_t value;
		const char *want;
	} bad[] = {
		{ 14, 1, "column" }, { 15, 1, "column" }, { 15, 0, "column" },
		{ 15, 5, "column" }, { 17, UINT32_MAX, "column" },
		{ 12, 3, "too many" }, { 12, 1, "too few" },
		{ 12, 0, "too few" }, { 13, 1, "too few" },
		{ 13, UINT32_MAX, "too many" }, { 12, UINT32_MAX, "too many" },
		{ 1, 0x7ff00000, "a label is not finite" },
		{ 5, 0x7ff80000, "a value is not finite" },
		{ 11, 0xfff00000, "a value is not finite" }
	};
	char why[SV_WHY];
	struct sv_frame f = forge();
	struct sv_csr A;

	(void)state;
	put(&f, NULL);
	assert_int_equal(load(&A, why), 0);
	sv_csr_fini(&A);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f = forge();
		((uint32_t *)sv_frame_elems(&f))[bad[i].at] = bad[i].value;
		/* "1, 1" is not ascending; column 2 then 2 neither. */
		if (bad[i].at == 14)
			((uint32_t *)sv_frame_elems(&f))[15] = 1;
		put(&f, NULL);
		check_bad(bad[i].want);
	}
}

static void
forged_counts_are_refused(void **state)
{
	static const double lies[] = {
		-1, 0.5, 1e300, INFINITY, NAN, 3, 1, 0, 18446744073709551616.0
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		for (int which = SV_SF_ENCODING; which < SV_SF_N; which++) {
			struct sv_frame f = forge();

			if (which == SV_SF_ENCODING && !(lies[i] < 1 ||
			    lies[i] > 1)) {
				sv_frame_fini(&f);
				continue;
			}
			sv_frame_scalars(&f)[which] = lies[i];
			put(&f, NULL);
			check_bad(which == SV_SF_ENCODING ? "encoding" :
			    "does not fit its counts");
		}
	}
}

static void
forged_headers_are_refused(void **state)
{
	struct sv_frame f;

	(void)state;
	f = forge();
	f.shard = 3;
	put(&f, NULL);
	check_bad("does not belong here");
	f = forge();
	f.round = 2;
	put(&f, NULL);
	check_bad("does not belong here");
	f = forge();
	f.type = SV_MODEL;
	put(&f, NULL);
	check_bad("does not belong here");
	f = forge();
	f.elem = SV_F32;
	put(&f, NULL);
	check_bad("has no rows");
	f = forge();
	f.nscalar = 2;
	put(&f, NULL);
	check_bad("has no rows");
}

static void
forged_heads_are_refused(void **state)
{
#define REST ",\"sum\":\"0123456789abcdef\",\"cut\":\"0123456789abcdef\"}"
	static const char *const bad[][2] = {
		{ "", "not JSON" }, { "{}", "shard number" },
		{ "[]", "shard number" },
		{ "{\"shards\":5,\"shard\":5" REST, "shard number" },
		{ "{\"shards\":5,\"shard\":1" REST, "shard number" },
		{ "{\"shards\":5,\"shard\":2,\"d\":0" REST, "features" },
		{ "{\"shards\":5,\"shard\":2,\"d\":4294967296" REST,
		    "features" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":1000000000000,"
		    "\"nnz\":4,\"frames\":1" REST, "size" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,"
		    "\"nnz\":9223372036854775807,\"frames\":1" REST, "size" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,\"nnz\":4,"
		    "\"frames\":0" REST, "size" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,\"nnz\":4,"
		    "\"frames\":1,\"cut\":\"0123456789abcdef\"}", "sum" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,\"nnz\":4,"
		    "\"frames\":1,\"cut\":\"0123456789ABCDEF\",\"sum\":\"\"}",
		    "cut" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,\"nnz\":4,"
		    "\"frames\":1" REST, "not those" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":3,\"nnz\":4,"
		    "\"frames\":1" REST, "fewer rows" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":1,\"nnz\":4,"
		    "\"frames\":1" REST, "more rows" },
		{ "{\"shards\":5,\"shard\":2,\"d\":5,\"rows\":2,\"nnz\":4,"
		    "\"frames\":2" REST, "cut off after 1 of 2 frames" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sv_frame f = forge();

		put(&f, bad[i][0]);
		check_bad(bad[i][1]);
	}
}

static void
what_is_no_shard_file_is_refused(void **state)
{
	static const uint8_t text[] = "+1 1:2 3:4\n";
	struct sv_shardfile_writer *w;
	char why[SV_WHY];

	(void)state;
	spill(text, sizeof(text) - 1);
	check_bad("the stream ends in the middle of it");
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

static void
urls_of_files(void **state)
{
	static const char *const pairs[][2] = {
		{ "/a/b-c_d.e~f", "file:///a/b-c_d.e~f" },
		{ "/a b/%41#?", "file:///a%20b/%2541%23%3F" },
		{ "/\xc3\xa4\n", "file:///%C3%A4%0A" }
	};
	static const char *const bad[] = {
		"", "/a", "http://x/a", "file:/a", "file://", "file://host/a",
		"file:///a%", "file:///a%4", "file:///a%4g", "file:///a%00b"
	};
	char *s;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_non_null(s = sv_fileurl_make(pairs[i][0]));
		assert_string_equal(s, pairs[i][1]);
		free(s);
		assert_non_null(s = sv_fileurl_path(pairs[i][1]));
		assert_string_equal(s, pairs[i][0]);
		free(s);
	}
	assert_non_null(s = sv_fileurl_path("file://localhost/a%2fb"));
	assert_string_equal(s, "/a/b");
	free(s);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(sv_fileurl_path(bad[i]));
		assert_int_equal(errno, EINVAL);
	}
	assert_null(sv_fileurl_make("relative"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read),
		TEST(the_head_is_told),
		TEST(the_same_rows_make_the_same_file),
		TEST(a_flipped_bit_anywhere_is_noticed),
		TEST(a_file_cut_anywhere_is_noticed),
		TEST(frames_missing_doubled_or_swapped_are_noticed),
		TEST(forged_frames_are_refused),
		TEST(forged_counts_are_refused),
		TEST(forged_headers_are_refused),
		TEST(forged_heads_are_refused),
		TEST(what_is_no_shard_file_is_refused),
		cmocka_unit_test(long_names_keep_the_reason),
		cmocka_unit_test(urls_of_files)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
