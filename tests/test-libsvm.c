#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "libsvm.h"

/* Text on its way through a pipe, ${step} bytes at a time. */
struct feed {
	int fd;
	const char *text;
	size_t len;
	size_t step;
};

static void *
feed_main(void *arg)
{
	const struct feed *f = arg;

	for (size_t at = 0; at < f->len; at += f->step) {
		size_t n = f->len - at < f->step ? f->len - at : f->step;

		if (write(f->fd, f->text + at, n) != (ssize_t)n)
			abort();
	}
	close(f->fd);
	return (NULL);
}

/* What was read: all rows written as text again, and the result. */
struct result {
	int rc;
	uint64_t cols, rows;
	char *text;
	size_t len;
	char err[512];
};

/* Point stderr at a file until end_stderr(), which gets its text. */
static int saved_stderr;
static FILE *captured;

static void
begin_stderr(void)
{

	assert_non_null(captured = tmpfile());
	assert_true((saved_stderr = dup(STDERR_FILENO)) != -1);
	assert_true(dup2(fileno(captured), STDERR_FILENO) != -1);
}

static void
end_stderr(char *text, size_t size)
{
	ssize_t n;

	assert_true(dup2(saved_stderr, STDERR_FILENO) != -1);
	close(saved_stderr);
	n = pread(fileno(captured), text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	fclose(captured);
}

static struct result
parse_bytes(const char *text, size_t len, size_t step, uint64_t d)
{
	struct result res = { 0 };
	struct sv_libsvm *r;
	struct sv_bytes in;
	struct sv_csr part;
	struct feed f;
	pthread_t thread;
	FILE *out;
	int p[2];

	assert_int_equal(pipe(p), 0);
	f = (struct feed){ p[1], text, len, step };
	assert_non_null(out = open_memstream(&res.text, &res.len));
	sv_bytes_fd(&in, &p[0]);
	assert_non_null(r = sv_libsvm_new(&in, "test", d));
	assert_int_equal(pthread_create(&thread, NULL, feed_main, &f), 0);
	begin_stderr();
	while ((res.rc = sv_libsvm_next(r, &part)) == 1) {
		assert_true(part.rows > 0);
		assert_int_equal(part.start[0], 0);
		assert_int_equal(part.start[part.rows], part.nnz);
		res.rows += part.rows;
		res.cols = part.cols;
		assert_int_equal(sv_libsvm_write(out, &part), 0);
	}
	end_stderr(res.err, sizeof(res.err));
	/* The writer must not be left blocked. */
	if (res.rc == -1) {
		char rest[4096];

		while (read(p[0], rest, sizeof(rest)) > 0)
			;
	}
	pthread_join(thread, NULL);
	sv_libsvm_free(r);
	fclose(out);
	close(p[0]);
	return (res);
}

static struct result
parse(const char *text, uint64_t d)
{

	return (parse_bytes(text, strlen(text), 4096, d));
}

static void
check_same(const char *text, const char *want)
{
	struct result res = parse(text, 0);

	if (res.rc != 0)
		fail_msg("'%s': %s", text, res.err);
	assert_string_equal(res.text, want);
	assert_string_equal(res.err, "");
	free(res.text);
}

static void
good_lines(void **state)
{

	(void)state;
	check_same("+1 1:2 3:4\n-1 2:0.5\n", "+1 1:2 3:4\n-1 2:0.5\n");
	check_same("1 1:2", "+1 1:2\n");
	check_same("1 1:2 ", "+1 1:2\n");
	check_same("1 1:2\r\n2 1:2\r\n", "+1 1:2\n2 1:2\n");
	check_same("  \t1\t 1:2 \t 5:1e-3\v\f\r\n", "+1 1:2 5:0.001\n");
	check_same("\n\n1 1:2\n\n \n\t\n\r\n2 1:2\n\n", "+1 1:2\n2 1:2\n");
	check_same("# 1 1:2\n1 1:2 # 3:4 x\n#\n2 #\n3 1:1\t#x\n # x",
	    "+1 1:2\n2\n3 1:1\n");
	check_same("1\n-1\n0\n", "+1\n-1\n0\n");
	check_same("0.25 1:0 2:-0\n", "0.25 1:0 2:-0\n");
	check_same("1 4294967295:1\n", "+1 4294967295:1\n");
	check_same("1 00000000000000000000007:1\n", "+1 7:1\n");
	check_same("1 1:1.25e2 2:.5 3:5. 4:+3 5:1E+2\n",
	    "+1 1:125 2:0.5 3:5 4:3 5:100\n");
	check_same("", "");
	check_same("\n\n", "");
	check_same("# nothing", "");
}

static void
check_bad(const char *text, uint64_t d, const char *want)
{
	struct result res = parse(text, d);
	char line[600];

	/* What is no field at all, in line 1, may be no LIBSVM text. */
	snprintf(line, sizeof(line), "sv: test: %s%s\n", want,
	    strncmp(want, "line 1: ", 8) == 0 &&
	    strstr(want, "found") != NULL && strstr(want, "0x1b") == NULL ?
	    " (LIBSVM text: LABEL INDEX:VALUE ...)" : "");
	assert_int_equal(res.rc, -1);
	assert_string_equal(res.err, line);
	free(res.text);
}

static void
bad_lines_are_named(void **state)
{
	static const char *const bad[][2] = {
		{ "1 1:2\n\n# x\n1 abc\n",
		    "line 4: expected index:value, found 'abc'" },
		{ "x 1:2\n", "line 1: expected a label, found 'x'" },
		{ "1:2 3:4\n", "line 1: expected a label, found '1:2'" },
		{ "1,2 3:4\n", "line 1: expected a label, found '1,2'" },
		{ "nan 1:1\n", "line 1: expected a finite label, found 'nan'" },
		{ "0x1 1:1\n", "line 1: expected a label, found '0x1'" },
		{ "1e999 1:1\n",
		    "line 1: expected a finite label, found '1e999'" },
		{ "1 2\n", "line 1: expected index:value, found '2'" },
		{ "1 2:\n", "line 1: expected index:value, found '2:'" },
		{ "1 2: 3\n", "line 1: expected index:value, found '2:'" },
		{ "1 2 :3\n", "line 1: expected index:value, found '2'" },
		{ "1 :3\n", "line 1: expected index:value, found ':3'" },
		{ "1 -1:3\n", "line 1: expected index:value, found '-1:3'" },
		{ "1 1.5:3\n", "line 1: expected index:value, found '1.5:3'" },
		{ "1 1:2:3\n", "line 1: expected index:value, found '1:2:3'" },
		{ "1 1:2x\n", "line 1: expected index:value, found '1:2x'" },
		{ "2# 1:2\n", "line 1: expected a label, found '2#'" },
		{ "1 1:2,\n", "line 1: expected index:value, found '1:2,'" },
		{ "1 qid:3 1:2\n",
		    "line 1: expected index:value, found 'qid:3'" },
		{ "1 1:nan\n",
		    "line 1: expected a finite value, found '1:nan'" },
		{ "1 1:-Inf\n",
		    "line 1: expected a finite value, found '1:-Inf'" },
		{ "1 1:-1e400\n",
		    "line 1: expected a finite value, found '1:-1e400'" },
		{ "1 0:2\n", "line 1: index 0: indices are one-based, unless"
		    " --zero-based says otherwise" },
		{ "1 3:2 2:1\n", "line 1: index 2 comes after 3: expected"
		    " ascending indices" },
		{ "1 3:2 3:1\n", "line 1: index 3 comes after 3: expected"
		    " ascending indices" },
		{ "1 4294967296:1\n", "line 1: expected an index below 2^32,"
		    " found '4294967296:1'" },
		{ "1 99999999999999999999999:1\n", "line 1: expected an index"
		    " below 2^32, found '99999999999999999999999:1'" },
		{ "1 0123456789012345678901234567890123456789012345\n",
		    "line 1: expected index:value, found"
		    " '0123456789012345678901234567890123456789...'" }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_bad(bad[i][0], 0, bad[i][1]);
	check_bad("1 1:1\n1 10:1\n1 11:1\n", 10,
	    "line 3: index 11 is beyond the 10 features expected");
}

/* What is said of ${text}, read with what ${prepare} does, without a name. */
static void
check_why(const char *text, void (*prepare)(struct sv_libsvm *),
    const char *want)
{
	struct sv_libsvm *r;
	struct sv_bytes in;
	struct sv_csr part;
	char err[200];
	int p[2], rc;

	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], text, strlen(text)), strlen(text));
	close(p[1]);
	sv_bytes_fd(&in, &p[0]);
	assert_non_null(r = sv_libsvm_new(&in, "test", 3));
	prepare(r);
	sv_libsvm_quiet(r);
	begin_stderr();
	while ((rc = sv_libsvm_next(r, &part)) == 1)
		;
	end_stderr(err, sizeof(err));
	assert_int_equal(rc, want == NULL ? 0 : -1);
	if (want != NULL)
		assert_string_equal(sv_libsvm_why(r), want);
	assert_string_equal(err, "");
	sv_libsvm_free(r);
	close(p[0]);
}

static void
from_byte_1000(struct sv_libsvm *r)
{

	sv_libsvm_at(r, 1000);
}

static void
errors_may_be_told_by_byte_and_by_the_caller(void **state)
{

	(void)state;
	check_why("1 1:1\n1 2:x\n", from_byte_1000,
	    "byte 1008: expected index:value, found '2:x'");
	check_why("x 1:1\n", from_byte_1000,
	    "byte 1000: expected a label, found 'x'");
	check_why("1 1:1\n1 2:1\n1 2:1 1:1", from_byte_1000,
	    "byte 1018: index 1 comes after 2: expected ascending indices");
	check_why("1 1:1 2:2 3:3\n", from_byte_1000, NULL);
}

static void
indices_may_begin_with_zero(void **state)
{
	struct sv_libsvm *r;
	struct sv_bytes in;
	struct sv_csr part;
	int p[2];

	(void)state;
	check_why("1 1:1\n1 :5\n", sv_libsvm_zero_based,
	    "line 2: expected index:value, found ':5'");
	check_why("1 0:1 3:1\n", sv_libsvm_zero_based, "line 1: index 3 is"
	    " beyond the 3 features expected, from 0");
	check_why("1 0:1 1:1 2:1\n1 0:1 0:1\n", sv_libsvm_zero_based,
	    "line 2: index 0 comes after 0: expected ascending indices");
	check_why("1 2:1 0:1\n", sv_libsvm_zero_based,
	    "line 1: index 0 comes after 2: expected ascending indices");
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "7 0:5 4294967294:6\n", 19), 19);
	close(p[1]);
	sv_bytes_fd(&in, &p[0]);
	assert_non_null(r = sv_libsvm_new(&in, "test", 0));
	sv_libsvm_zero_based(r);
	assert_int_equal(sv_libsvm_next(r, &part), 1);
	assert_int_equal(part.cols, 4294967295);
	assert_int_equal(part.nnz, 2);
	assert_int_equal(part.col[0], 0);
	assert_int_equal(part.col[1], 4294967294);
	sv_libsvm_free(r);
	close(p[0]);
}

static void
what_is_no_text_is_said_to_be_none(void **state)
{
	struct result res;

	(void)state;
	check_bad("1 \033[2Jx\n", 0, "line 1: expected index:value, found"
	    " '?[2Jx': this is not text, there is a byte 0x1b");
	check_bad("1 1:1\n\x7f" "ELF\n", 0, "line 2: expected a label, found"
	    " '?ELF': this is not text, there is a byte 0x7f");
	/* A mark of UTF-8 is, where a text begins. */
	check_same("\xef\xbb\xbf" "1 1:2\n", "+1 1:2\n");
	res = parse("1 1:2\n\xef\xbb\xbf" "1 1:2\n", 0);
	assert_string_equal(res.err, "sv: test: line 2: expected a label, found"
	    " '???1'\n");
	free(res.text);
	res = parse_bytes("2\n1 1:2\0\n", 9, 9, 0);
	assert_string_equal(res.err, "sv: test: line 2: expected index:value,"
	    " found '1:2?': this is not text, there is a byte 0x00\n");
	free(res.text);
}

/* Rows that are told apart, about ${len} bytes of them. */
static char *
make_text(size_t len)
{
	char *text = malloc(len + 200), *p = text;

	assert_non_null(text);
	for (unsigned i = 0; p < text + len; i++) {
		p += sprintf(p, "%d", i % 3 == 0 ? -1 : (int)i);
		if (i % 3 != 0 && i == 1)
			p = text + sprintf(text, "-1\n+1");
		for (unsigned j = 0; j < i % 7; j++)
			p += sprintf(p, " %u:%.15g", j * 1000 + i % 1000 + 1,
			    (double)i / 7 + j);
		*p++ = '\n';
	}
	*p = '\0';
	return (text);
}

static void
pieces_of_any_size_give_the_same(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 7, 61, 4096, 65536 };
	char *text = make_text(3000);
	struct result res;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		res = parse_bytes(text, strlen(text), steps[i], 0);
		assert_int_equal(res.rc, 0);
		assert_string_equal(res.text, text);
		free(res.text);
	}
	free(text);
}

/* Blocks end within labels, indices, values and comments. */
static void
blocks_may_end_anywhere(void **state)
{
	const size_t block = 1 << 18;
	char *text = make_text(3 * block), *moved = malloc(4 * block);
	struct result res;

	(void)state;
	assert_non_null(moved);
	for (size_t shift = 0; shift < 60; shift++) {
		memset(moved, '#', shift);
		moved[shift] = '\n';
		strcpy(moved + shift + 1, text);
		res = parse_bytes(moved, strlen(moved), 60000, 0);
		assert_int_equal(res.rc, 0);
		assert_string_equal(res.text, text);
		free(res.text);
	}
	free(text);
	free(moved);
}

static void
lines_may_be_longer_than_a_block(void **state)
{
	const unsigned n = 200000;
	char *text = malloc(n * 16), *p = text;
	struct result res;

	(void)state;
	assert_non_null(text);
	p += sprintf(p, "-1");
	for (unsigned i = 1; i <= n; i++)
		p += sprintf(p, " %u:%u.5", i, i % 10);
	p += sprintf(p, "\n+1 7:1\n");
	res = parse_bytes(text, (size_t)(p - text), 65536, 0);
	assert_int_equal(res.rc, 0);
	assert_int_equal(res.rows, 2);
	assert_int_equal(res.cols, n);
	assert_string_equal(res.text, text);
	free(res.text);
	free(text);
}

static void
comments_and_blanks_may_be_longer_than_a_block(void **state)
{
	static const char fill[] = "# \n\txx";
	const size_t n = 1 << 20;
	char *text = malloc(n + 100), *p;
	struct result res;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; fill[i] != '\0'; i++) {
		p = text + sprintf(text, "1 1:1 %s", fill[i] == 'x' ? "#" : "");
		memset(p, fill[i], n);
		strcpy(p + n, "\n2 2:2\n");
		res = parse_bytes(text, strlen(text), 65536, 0);
		assert_int_equal(res.rc, 0);
		assert_string_equal(res.text, "+1 1:1\n2 2:2\n");
		free(res.text);
	}
	/* But a field may not. */
	memset(text, '1', n);
	text[n] = '\0';
	res = parse(text, 0);
	assert_int_equal(res.rc, -1);
	assert_non_null(strstr(res.err, "line 1: expected a label, found"));
	free(res.text);
	free(text);
}

static void
a_read_that_fails_is_an_error(void **state)
{
	const int fd = -1;
	struct sv_libsvm *r;
	struct sv_bytes in;
	struct sv_csr part;
	char err[200];

	(void)state;
	sv_bytes_fd(&in, &fd);
	assert_non_null(r = sv_libsvm_new(&in, "nothing", 0));
	begin_stderr();
	assert_int_equal(sv_libsvm_next(r, &part), -1);
	end_stderr(err, sizeof(err));
	assert_string_equal(err, "sv: nothing: Bad file descriptor\n");
	sv_libsvm_free(r);
	sv_libsvm_free(NULL);
}

static void
a_write_that_fails_is_an_error(void **state)
{
	uint64_t start[] = { 0, 0 };
	double label[] = { 1 };
	struct sv_csr A = { .rows = 1, .start = start, .label = label };
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	if (full == NULL)
		skip();
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(sv_libsvm_write(full, &A), -1);
	fclose(full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines),
		cmocka_unit_test(bad_lines_are_named),
		cmocka_unit_test(errors_may_be_told_by_byte_and_by_the_caller),
		cmocka_unit_test(indices_may_begin_with_zero),
		cmocka_unit_test(what_is_no_text_is_said_to_be_none),
		cmocka_unit_test(pieces_of_any_size_give_the_same),
		cmocka_unit_test(blocks_may_end_anywhere),
		cmocka_unit_test(lines_may_be_longer_than_a_block),
		cmocka_unit_test(comments_and_blanks_may_be_longer_than_a_block),
		cmocka_unit_test(a_read_that_fails_is_an_error),
		cmocka_unit_test(a_write_that_fails_is_an_error)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
