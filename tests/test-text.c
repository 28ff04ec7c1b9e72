#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "libsvm.h"
#include "text.h"

/* Files in a directory of their own, which tests go to. */
static char dir[] = "/tmp/sv-test-text-XXXXXX";

static int
begin(void **state)
{

	(void)state;
	return (mkdtemp(dir) == NULL ? -1 : chdir(dir));
}

static int
end(void **state)
{

	(void)state;
	return (chdir("/") == -1 ? -1 : rmdir(dir));
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fputs(text, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
}

/* What came of the files: rows as text, the last line on stderr, and more. */
struct result {
	int rc;
	uint64_t rows, cols, done, total;
	char *text;
	size_t len;
	char err[512], schema[512], lacks[512];
};

static void
end_result(struct result *r)
{

	free(r->text);
	memset(r, 0, sizeof(*r));
}

static void
drain(struct result *r, struct sv_text *t)
{
	FILE *out = open_memstream(&r->text, &r->len);
	struct sv_csr part;
	const char *lacks;
	json_t *schema;
	char *s;

	assert_non_null(out);
	r->rc = -1;
	if (t == NULL)
		goto out;
	while ((r->rc = sv_text_next(t, &part)) == 1) {
		r->rows += part.rows;
		assert_true(part.cols >= r->cols);
		r->cols = part.cols;
		assert_int_equal(sv_libsvm_write(out, &part), 0);
	}
	sv_text_progress(t, &r->done, &r->total);
	assert_non_null(schema = sv_text_schema(t));
	assert_non_null(s = json_dumps(schema, JSON_COMPACT | JSON_ENCODE_ANY));
	snprintf(r->schema, sizeof(r->schema), "%s", s);
	free(s);
	json_decref(schema);
	if ((lacks = sv_text_lacks(t)) != NULL)
		snprintf(r->lacks, sizeof(r->lacks), "%s", lacks);
	sv_text_free(t);
out:
	fclose(out);
}

/* Read the ${n} files; ${r} is empty, or of the last call. */
static void
read_files(struct result *r, const struct sv_text_options *o, char **names,
    size_t n)
{
	FILE *err = tmpfile();
	int saved = dup(STDERR_FILENO);
	ssize_t len;

	end_result(r);
	assert_non_null(err);
	dup2(fileno(err), STDERR_FILENO);
	drain(r, sv_text_new(o, names, n));
	dup2(saved, STDERR_FILENO);
	close(saved);
	len = pread(fileno(err), r->err, sizeof(r->err) - 1, 0);
	r->err[len > 0 ? len : 0] = '\0';
	fclose(err);
}

static char a[] = "a", b[] = "b.svm", c[] = "c.csv", t[] = "t.TSV",
    none[] = "none", dash[] = "-";

static void
files_are_read_one_after_the_other(void **state)
{
	struct sv_text_options o = { .d = 0 };
	char *names[] = { a, b, a };
	struct result r = { 0 };

	(void)state;
	put(a, "+1 1:2 9:1\n-1");
	put(b, "3 2:1\n");
	read_files(&r, &o, names, 3);
	assert_int_equal(r.rc, 0);
	assert_string_equal(r.text,
	    "+1 1:2 9:1\n-1\n3 2:1\n+1 1:2 9:1\n-1\n");
	assert_int_equal(r.cols, 9);
	assert_int_equal(r.done, 13 + 6 + 13);
	assert_int_equal(r.total, 13 + 6 + 13);
	assert_string_equal(r.schema, "null");
	assert_string_equal(r.lacks, "");
	/* What is not there is seen before anything is read. */
	names[2] = none;
	read_files(&r, &o, names, 3);
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.rows, 0);
	assert_string_equal(r.err, "sv: none: No such file or directory\n");
	/* Lines are counted by file. */
	put(b, "3 2:1\nx\n");
	read_files(&r, &o, names, 2);
	assert_int_equal(r.rc, -1);
	assert_string_equal(r.err,
	    "sv: b.svm: line 2: expected a label, found 'x'\n");
	end_result(&r);
	unlink(a);
	unlink(b);
}

static void
standard_input_is_one_of_the_files(void **state)
{
	struct sv_text_options o = { .d = 0 };
	char *names[] = { a, dash };
	struct result r = { 0 };
	int saved = dup(STDIN_FILENO), fd;

	(void)state;
	put(a, "1 1:1\n");
	put(b, "2 1:1\n3 z\n");
	for (size_t n = 0; n <= 2; n += 2) {
		assert_true((fd = open(b, O_RDONLY)) != -1);
		dup2(fd, STDIN_FILENO);
		close(fd);
		read_files(&r, &o, names, n);
		dup2(saved, STDIN_FILENO);
		assert_int_equal(r.rc, -1);
		assert_int_equal(r.total, 0);
		assert_int_equal(r.rows, n / 2);
		assert_string_equal(r.err, "sv: standard input: line 2:"
		    " expected index:value, found 'z'\n");
	}
	close(saved);
	end_result(&r);
	unlink(a);
	unlink(b);
}

static void
a_descriptor_may_have_been_read_from(void **state)
{
	struct sv_text_options o = { .d = 0 };
	struct result r = { 0 };
	char some[4];
	int fd;

	(void)state;
	put(a, "12 1:1\n13\n");
	for (size_t len = 0; len <= sizeof(some); len++) {
		assert_true((fd = open(a, O_RDONLY)) != -1);
		assert_int_equal(read(fd, some, len), len);
		drain(&r, sv_text_fd(&o, fd, "x", some, len));
		assert_int_equal(r.rc, 0);
		assert_string_equal(r.text, "12 1:1\n13\n");
		assert_int_equal(r.done, 10);
		assert_int_equal(r.total, 10);
		end_result(&r);
		close(fd);
	}
	unlink(a);
}

static void
labels_are_mapped(void **state)
{
	struct sv_text_options o = { .positive = "2.0" };
	char *names[] = { a };
	struct result r = { 0 };

	(void)state;
	put(a, "1\n2\n1\n2\n");
	read_files(&r, &o, names, 1);
	assert_string_equal(r.text, "-1\n+1\n-1\n+1\n");
	assert_string_equal(r.schema,
	    "{\"format\":\"libsvm\",\"positive\":\"2.0\",\"negative\":\"1\"}");
	assert_string_equal(r.lacks, "");
	put(a, "1\n2\n3\n");
	read_files(&r, &o, names, 1);
	assert_string_equal(r.text, "-1\n+1\n-1\n");
	assert_string_equal(r.schema,
	    "{\"format\":\"libsvm\",\"positive\":\"2.0\"}");
	o.positive = "7";
	read_files(&r, &o, names, 1);
	assert_string_equal(r.lacks,
	    "no row has the label '7': there are 1, 2, 3");
	put(a, "1\n2\n3\n4\n5\n6\n7.5\n8\n9\n");
	read_files(&r, &o, names, 1);
	assert_string_equal(r.lacks, "no row has the label '7': there are 1, 2,"
	    " 3, 4, 5, 6, 7.5, 8, ...");
	o.positive = "spam";
	read_files(&r, &o, names, 1);
	assert_string_equal(r.err, "sv: a: the positive label is to be 'spam',"
	    " but labels of LIBSVM text are numbers\n");
	end_result(&r);
	unlink(a);
}

static void
formats_are_told_by_name(void **state)
{
	struct sv_text_options o = { .label = "y" };
	char *names[] = { c, a, t };
	struct result r = { 0 };

	(void)state;
	put(c, "y,u,v\n1,2,3\n");
	put(t, "v\ty\n4\t-1\n");
	put(a, "1 1:1\n");
	read_files(&r, &o, names, 1);
	assert_string_equal(r.err, "");
	assert_string_equal(r.text, "+1 1:2 2:3\n");
	read_files(&r, &o, names + 2, 1);
	assert_string_equal(r.text, "-1 1:4\n");
	/* All of one format. */
	read_files(&r, &o, names, 2);
	assert_int_equal(r.rc, -1);
	assert_string_equal(r.err, "sv: a: LIBSVM text by its name, but those"
	    " before were CSV: all must be of one format\n");
	/* Unless they are told; but options must be of the same. */
	o.format = SV_TEXT_LIBSVM;
	read_files(&r, &o, names, 1);
	assert_int_equal(r.rc, -1);
	assert_non_null(strstr(r.err, "--label"));
	o.label = NULL;
	read_files(&r, &o, names, 1);
	assert_int_equal(r.rc, -1);
	assert_non_null(strstr(r.err, "c.csv: line 1: expected a label"));
	end_result(&r);
	unlink(a);
	unlink(c);
	unlink(t);
}

static void
a_schema_says_how_to_read_again(void **state)
{
	struct sv_text_options o = { .d = 0 };
	char *names[] = { a };
	struct result r = { 0 };
	json_t *s;

	(void)state;
	put(a, "1 0:5\n2 1:1\n");
	s = json_pack("{s:s,s:b,s:s}", "format", "libsvm", "zero_based", 1,
	    "positive", "2");
	o.schema = s;
	read_files(&r, &o, names, 1);
	assert_string_equal(r.text, "-1 1:5\n+1 2:1\n");
	json_decref(s);
	o.schema = s = json_null();
	put(a, "1 1:5\n");
	read_files(&r, &o, names, 1);
	assert_string_equal(r.text, "+1 1:5\n");
	o.schema = s = json_pack("{s:i}", "format", 3);
	read_files(&r, &o, names, 1);
	assert_int_equal(r.rc, -1);
	assert_non_null(strstr(r.err, "sv: schema: "));
	json_decref(s);
	end_result(&r);
	unlink(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read_one_after_the_other),
		cmocka_unit_test(standard_input_is_one_of_the_files),
		cmocka_unit_test(a_descriptor_may_have_been_read_from),
		cmocka_unit_test(labels_are_mapped),
		cmocka_unit_test(formats_are_told_by_name),
		cmocka_unit_test(a_schema_says_how_to_read_again)
	};

	return (cmocka_run_group_tests(tests, begin, end));
}
