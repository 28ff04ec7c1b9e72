#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fileurl.h"
#include "libsvm.h"
#include "range.h"

/* Everything is read from here. */
static char path[] = "/tmp/test-range.XXXXXX";
static char *url;
static uint64_t size;

static void
write_text(const char *text, size_t len)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	size = len;
}

static int
begin_all(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd == -1)
		return (-1);
	close(fd);
	return ((url = sv_fileurl_make(path)) != NULL ? 0 : -1);
}

static int
end_all(void **state)
{

	(void)state;
	free(url);
	return (unlink(path));
}

static json_t *
share(uint64_t from, uint64_t to)
{
	json_t *o = json_pack("{s:s, s:s, s:I, s:i, s:I, s:I}", "kind",
	    "range", "url", url, "bytes", (json_int_t)size, "d", 9,
	    "from", (json_int_t)from, "to", (json_int_t)to);

	assert_non_null(o);
	return (o);
}

/* Append the rows of ${o} to ${out} as text; how many. */
static uint64_t
put_rows(FILE *out, json_t *o)
{
	char why[SV_WHY] = "";
	struct sv_range *r;
	struct sv_csr part;
	uint64_t rows = 0;
	int rc;

	if ((r = sv_range_open(o, NULL, why)) == NULL)
		fail_msg("%s", why);
	while ((rc = sv_range_next(r, &part, why)) == 1) {
		assert_true(part.rows > 0);
		assert_int_equal(part.cols, 9);
		assert_int_equal(part.start[part.rows], part.nnz);
		assert_int_equal(sv_libsvm_write(out, &part), 0);
		rows += part.rows;
	}
	if (rc != 0)
		fail_msg("%s", why);
	sv_range_close(r);
	json_decref(o);
	return (rows);
}

/* The text of the rows of some ranges, cut as floor(i size / W). */
static char *
rows_of(uint64_t W)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	for (uint64_t i = 0; i < W; i++)
		put_rows(out, share(size * i / W, size * (i + 1) / W));
	assert_int_equal(fclose(out), 0);
	return (text);
}

/* Labels tell which line a row is of. */
static const struct {
	const char *text;
	const char *want;
} texts[] = {
	{ "1 1:2 3:4\n2 2:0.5\n3\n4 9:1\n",
	    "+1 1:2 3:4\n2 2:0.5\n3\n4 9:1\n" },
	{ "1 1:2 3:4\n2 2:0.5\n3 1:1 2:2", "+1 1:2 3:4\n2 2:0.5\n3 1:1 2:2\n" },
	{ "1 1:2\r\n2 2:3\r\n\r\n3 4:5\r\n", "+1 1:2\n2 2:3\n3 4:5\n" },
	{ "1 1:2\r\n2 2:3\r\n3 4:5", "+1 1:2\n2 2:3\n3 4:5\n" },
	{ "\n\n1 1:1\n\n \n\n\n2 2:2\n\n", "+1 1:1\n2 2:2\n" },
	{ "# x\n1 1:1 # 9 9:9\n#2 2:2\n# \n3 3:3\n#", "+1 1:1\n3 3:3\n" },
	{ "1 1:1 2:2 3:3 4:4 5:5 6:6 7:7 8:8 9:9\n2 1:1\n",
	    "+1 1:1 2:2 3:3 4:4 5:5 6:6 7:7 8:8 9:9\n2 1:1\n" },
	{ "1 1:2", "+1 1:2\n" },
	{ "\n", "" }
};
#define NTEXTS (sizeof(texts) / sizeof(texts[0]))

static void
no_row_is_lost_or_doubled(void **state)
{
	char *got;

	(void)state;
	for (size_t i = 0; i < NTEXTS; i++) {
		write_text(texts[i].text, strlen(texts[i].text));
		for (uint64_t W = 1; W <= size + 2; W++) {
			got = rows_of(W);
			assert_string_equal(got, texts[i].want);
			free(got);
		}
	}
}

/* Rows of the lines that begin in [from, to), counted in another way. */
static uint64_t
count(const char *text, uint64_t from, uint64_t to)
{
	uint64_t n = 0;

	for (uint64_t i = from; i < to && i < size; i++)
		if ((i == 0 || text[i - 1] == '\n') &&
		    strchr("123456789", text[i]) != NULL)
			n++;
	return (n);
}

static void
a_line_is_where_its_first_byte_is(void **state)
{
	FILE *out = fopen("/dev/null", "we");

	(void)state;
	assert_non_null(out);
	for (size_t i = 0; i < NTEXTS; i++) {
		const char *text = texts[i].text;

		write_text(text, strlen(text));
		for (uint64_t from = 0; from <= size + 1; from++)
			for (uint64_t to = from; to <= size + 1; to++)
				assert_int_equal(put_rows(out, share(from,
				    to)), count(text, from, to));
	}
	fclose(out);
}

/* Lines beyond what is asked for at first, and as long as several requests. */
static void
long_lines_come_whole(void **state)
{
	const size_t len = 40 * SV_RANGE_SLACK;
	char *text = malloc(len), *all, *got;
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len);
	for (int i = 1; i <= 9; i++) {
		n += (size_t)sprintf(text + n, "%d 1:%d", i, i);
		text[n] = ' ';
		/* The fifth is by far the longest. */
		n += (i == 5 ? 20 : 1) * SV_RANGE_SLACK + (size_t)(i % 3);
		n += (size_t)sprintf(text + n, "9:%d\n", i);
	}
	assert_true(n <= len);
	write_text(text, n);
	all = rows_of(1);
	assert_string_equal(all, "+1 1:1 9:1\n2 1:2 9:2\n3 1:3 9:3\n4 1:4 9:4\n"
	    "5 1:5 9:5\n6 1:6 9:6\n7 1:7 9:7\n8 1:8 9:8\n9 1:9 9:9\n");
	for (uint64_t W = 2; W < 60; W += 7) {
		got = rows_of(W);
		assert_string_equal(got, all);
		free(got);
	}
	free(all);
	free(text);
}

/* Reading ${o}, which is freed, fails so, behind the URL. */
static void
check_fails(json_t *o, const char *want)
{
	char why[SV_WHY] = "", line[SV_WHY];
	struct sv_matrix A;

	snprintf(line, sizeof(line), "%.100s%.150s", want[0] == ':' ? url : "",
	    want);
	errno = 0;
	assert_int_equal(sv_range_load(o, &A, NULL, why), -1);
	assert_string_equal(why, line);
	assert_int_not_equal(errno, 0);
	assert_null(A.label);
	json_decref(o);
}

static json_t *
with(json_t *o, const char *key, json_t *value)
{

	assert_int_equal(json_object_set_new(o, key, value), 0);
	return (o);
}

static void
faults_are_said_with_their_byte(void **state)
{
	const char *text = "1 1:1\n2 10:1\n3 1:1\n4 x\n5 0:1\n";

	(void)state;
	write_text(text, strlen(text));
	check_fails(share(2, 13), ": byte 8: index 10 is beyond the 9 features"
	    " expected");
	check_fails(share(13, 20), ": byte 21: expected index:value, found"
	    " 'x'");
	text = "1 1:1\n2 1:1e99\n";
	write_text(text, strlen(text));
	check_fails(with(share(0, 15), "values", json_string("f32")),
	    ": a value is too large for f32");
}

static void
another_text_is_not_taken(void **state)
{
	const char *text = "1 1:1\n2 9:1\n";

	(void)state;
	write_text(text, strlen(text));
	size = 13;
	check_fails(share(0, 5), ": not the text expected: it has 12 bytes, and"
	    " had 13");
	size = 12;
	for (int n = 0; n < 4; n++) {
		json_t *o = with(with(share(0, 12), "n", json_integer(n)),
		    "nnz", json_integer(2));

		if (n == 2)
			json_decref(o);
		else
			check_fails(o, ": not the text expected: bytes 0 to 12"
			    " have another number of rows or non-zeros");
	}
	check_fails(with(with(share(3, 3), "n", json_integer(1)), "nnz",
	    json_integer(0)), ": not the text expected: bytes 3 to 3 have"
	    " another number of rows or non-zeros");
	check_fails(with(share(0, 5), "url", json_string("file:///nowhere")),
	    "file:///nowhere: No such file or directory");
}

static void
members_are_checked(void **state)
{
	static const char *const keys[] = { "url", "bytes", "d", "from", "to",
	    "etag", "zero_based", "positive", "n", "nnz" };
	char want[80];

	(void)state;
	write_text("1 1:1\n", 6);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(want, sizeof(want), "share: \"%s\" is missing or out"
		    " of bounds", keys[i]);
		check_fails(with(with(with(share(0, 6), "n", json_integer(1)),
		    "nnz", json_integer(1)), keys[i], json_pack("[]")), want);
	}
	check_fails(with(share(4, 6), "to", json_integer(3)),
	    "share: \"to\" is missing or out of bounds");
	check_fails(with(share(4, 6), "n", json_integer(7)),
	    "share: \"n\" is missing or out of bounds");
	check_fails(with(share(0, 6), "values", json_string("f16")),
	    "share: \"values\" makes no sense");
}

static void
indices_and_labels_as_the_share_says(void **state)
{
	const char *text = "1 0:5\n2 8:6\n3 1:7\n";
	char *got;
	size_t len;
	FILE *out = open_memstream(&got, &len);

	(void)state;
	assert_non_null(out);
	write_text(text, strlen(text));
	assert_int_equal(put_rows(out, with(with(share(0, 18), "positive",
	    json_integer(2)), "zero_based", json_true())), 3);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(got, "-1 1:5\n+1 9:6\n-1 2:7\n");
	free(got);
}

/* The element at row ${i}, column ${j}. */
static double
element(const struct sv_matrix *A, uint64_t i, uint64_t j)
{

	if (A->kind == SV_DENSE)
		return (A->elem == SV_F32 ? (double)A->val32[i * A->cols + j] :
		    A->val[i * A->cols + j]);
	for (uint64_t k = A->start[i]; k < A->start[i + 1]; k++)
		if (A->col[k] == j)
			return (A->elem == SV_F32 ? (double)A->val32[k] :
			    A->val[k]);
	return (0);
}

/* Load ${n} rows of which ${has} says which columns they have. */
static void
check_load(uint64_t n, int (*has)(uint64_t i, uint64_t j), int f32,
    int counted, enum sv_matrix_kind kind)
{
	char *text, why[SV_WHY];
	size_t len;
	uint64_t nnz = 0;
	struct sv_matrix A;
	FILE *out = open_memstream(&text, &len);
	json_t *o;

	assert_non_null(out);
	for (uint64_t i = 0; i < n; i++) {
		fprintf(out, "%" PRIu64, i);
		for (uint64_t j = 0; j < 9; j++)
			if (has(i, j) && ++nnz > 0)
				fprintf(out, " %" PRIu64 ":%" PRIu64, j + 1,
				    i * 9 + j + 1);
		fputc('\n', out);
	}
	fputc('\n', out);
	assert_int_equal(fclose(out), 0);
	write_text(text, len);
	o = share(0, size);
	if (f32)
		with(o, "values", json_string("f32"));
	if (counted)
		with(with(o, "n", json_integer((json_int_t)n)), "nnz",
		    json_integer((json_int_t)nnz));
	if (sv_range_load(o, &A, NULL, why) == -1)
		fail_msg("%s", why);
	assert_int_equal(A.kind, kind);
	assert_int_equal(A.elem, f32 ? SV_F32 : SV_F64);
	assert_int_equal(A.rows, n);
	assert_int_equal(A.cols, 9);
	assert_int_equal(A.nnz, nnz);
	for (uint64_t i = 0; i < n; i++) {
		assert_true(A.label[i] == (double)i);
		for (uint64_t j = 0; j < 9; j++)
			assert_true(element(&A, i, j) ==
			    (double)(has(i, j) ? i * 9 + j + 1 : 0));
	}
	sv_matrix_fini(&A);
	json_decref(o);
	free(text);
}

static int
all(uint64_t i, uint64_t j)
{

	(void)i;
	return (j < 9);
}

static int
many(uint64_t i, uint64_t j)
{

	return ((i * 7 + j * 3) % 5 < 3);
}

static int
few(uint64_t i, uint64_t j)
{

	return ((i + j) % 4 == 0);
}

static int
no_first(uint64_t i, uint64_t j)
{

	return (i > 0 && j > 0);
}

static void
rows_are_kept_as_their_shape_demands(void **state)
{

	(void)state;
	for (int f32 = 0; f32 < 2; f32++) {
		for (int counted = 0; counted < 2; counted++) {
			check_load(1, all, f32, counted, SV_DENSE);
			check_load(30, all, f32, counted, SV_DENSE);
			check_load(31, many, f32, counted, SV_DENSE);
			check_load(5, no_first, f32, counted, SV_DENSE);
			check_load(32, few, f32, counted, SV_SPARSE);
			/* More than one block of text. */
			check_load(20000, few, f32, counted, SV_SPARSE);
			check_load(20000, many, f32, counted, SV_DENSE);
		}
	}
	for (int counted = 0; counted < 2; counted++)
		check_load(0, all, 0, counted, SV_SPARSE);
}

static int
unwanted(void *ctx)
{
	int *left = ctx;

	return ((*left)-- <= 0);
}

static void
rows_that_nobody_wants_are_not_read(void **state)
{
	char why[SV_WHY];
	struct sv_matrix A;
	json_t *o;

	(void)state;
	write_text("1 1:1\n", 6);
	o = share(0, 6);
	for (int left = 0; left < 2; left++) {
		int n = left;
		struct sv_csr_poll poll = { unwanted, &n };

		errno = 0;
		assert_int_equal(sv_range_load(o, &A, &poll, why), -1);
		assert_int_equal(errno, ECANCELED);
		assert_string_not_equal(why, "");
		sv_matrix_fini(&A);
	}
	json_decref(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_row_is_lost_or_doubled),
		cmocka_unit_test(a_line_is_where_its_first_byte_is),
		cmocka_unit_test(long_lines_come_whole),
		cmocka_unit_test(faults_are_said_with_their_byte),
		cmocka_unit_test(another_text_is_not_taken),
		cmocka_unit_test(members_are_checked),
		cmocka_unit_test(indices_and_labels_as_the_share_says),
		cmocka_unit_test(rows_are_kept_as_their_shape_demands),
		cmocka_unit_test(rows_that_nobody_wants_are_not_read)
	};

	return (cmocka_run_group_tests(tests, begin_all, end_all));
}
