/* Text that is read as another one was before: by its schema. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "csvtext.h"
#include "err.h"
#include "libsvm.h"
#include "text.h"

static const char named[] = "{\"format\":\"csv\",\"columns\":[{\"name\":\"a\"},"
	"{\"name\":\"job\",\"as\":\"category\"},{\"name\":\"id\",\"as\":"
	"\"ignored\"},{\"name\":\"y\",\"as\":\"label\"},{\"name\":\"b\"}],"
	"\"hash\":\"xxh3-64\",\"buckets\":1024,\"missing\":0,"
	"\"positive\":\"yes\",\"negative\":\"no\"}";
static const char numbered[] = "{\"format\":\"csv\",\"columns\":[{\"name\":"
	"\"1\"},{\"name\":\"2\",\"as\":\"label\"},{\"name\":\"3\"}],\"header\":"
	"false}";

static struct sv_csvtext *
reader(const char *schema, int unlabelled, json_t **keep,
    struct sv_text_options *o)
{

	memset(o, 0, sizeof(*o));
	assert_non_null(*keep = json_loads(schema, 0, NULL));
	o->schema = *keep;
	o->unlabelled = unlabelled;
	return (sv_csvtext_new(o, 0));
}

/* ${want}: the rows, or the end of the message. */
static void
check(const char *schema, int unlabelled, const char *text, int rc,
    const char *want)
{
	struct sv_text_options o;
	json_t *keep, *again;
	struct sv_csvtext *r = reader(schema, unlabelled, &keep, &o);
	struct sv_csr part;
	FILE *in = tmpfile(), *out;
	struct sv_bytes bytes;
	char *rows;
	size_t len;
	int fd = fileno(in), got;

	assert_non_null(r);
	fputs(text, in);
	rewind(in);
	sv_bytes_fd(&bytes, &fd);
	assert_non_null(out = open_memstream(&rows, &len));
	sv_csvtext_begin(r, &bytes, "test");
	while ((got = sv_csvtext_next(r, &part)) == 1)
		assert_int_equal(sv_libsvm_write(out, &part), 0);
	fclose(out);
	fclose(in);
	if (got != rc)
		fail_msg("%s: %s", text, got == 0 ? rows : sv_err_last());
	assert_string_equal(rc == 0 ? rows : sv_err_last(), want);
	/* It says what it was told. */
	assert_non_null(again = sv_csvtext_schema(r));
	assert_true(json_equal(again, keep));
	json_decref(again);
	json_decref(keep);
	free(rows);
	sv_csvtext_free(r);
}

static void
columns_are_known_by_name(void **state)
{

	(void)state;
	check(named, 0, "a,job,id,y,b\n1,clerk,x,yes,2\n", 0,
	    "+1 1:1 2:2 129:1\n");
	/* Another order, others that nobody knows, and one that is not used. */
	check(named, 0, "z,b,y,z,job,a\nq,2,no,q,clerk,1\nq,,maybe,q,clerk,1\n",
	    0, "-1 1:1 2:2 129:1\n-1 1:1 129:1\n");
	check(named, 0, "a,job,y\n", -1, "test: line 1: expected a column 'b',"
	    " found none of that name");
	check(named, 0, "a,b,job\n", -1, "test: line 1: expected a column 'y',"
	    " found none of that name");
	check(named, 0, "a,b,y\n", -1, "test: line 1: expected a column 'job',"
	    " found none of that name");
	check(named, 0, "a,b,job,y,b\n", -1, "test: line 1: columns 2 and 5 are"
	    " both called 'b'");
	check(named, 0, "a,b,job,y\n1,x,clerk,yes\n", -1, "test: line 2:"
	    " column 'b': expected a number, found 'x'");
	check(named, 0, "a,b,job,y\n1,2,clerk,\n", -1, "test: line 2: column"
	    " 'y': expected a label, found nothing");
}

static void
columns_are_known_by_number(void **state)
{

	(void)state;
	check(numbered, 0, "1,2,3\n4,5,0\n", 0, "2 1:1 2:3\n5 1:4\n");
	check(numbered, 0, "1,2\n", -1, "test: line 1: expected 3 fields, as"
	    " the model was made of, found 2");
	check(numbered, 0, "1,x,3\n", -1, "test: line 1: column 2: expected a"
	    " finite number as label, found 'x'");
	check(numbered, 1, "1,3\n4,0\n", 0, "nan 1:1 2:3\nnan 1:4\n");
	check(numbered, 1, "1,2,3\n", 0, "2 1:1 2:3\n");
}

static void
labels_may_be_missing_where_nobody_needs_them(void **state)
{

	(void)state;
	check(named, 1, "a,b,job\n1,2,clerk\n", 0, "nan 1:1 2:2 129:1\n");
	check(named, 1, "a,b,job,y\n1,2,clerk,\n1,2,clerk,yes\n", 0,
	    "nan 1:1 2:2 129:1\n+1 1:1 2:2 129:1\n");
}

static void
schemas_of_other_text_are_refused(void **state)
{
	struct sv_text_options o;
	json_t *keep;

	(void)state;
	assert_null(reader("{\"format\":\"libsvm\"}", 0, &keep, &o));
	json_decref(keep);
	assert_string_equal(sv_err_last(), "the features are those of LIBSVM"
	    " text: columns of others cannot be told");
	assert_null(reader("{\"format\":\"csv\"}", 0, &keep, &o));
	json_decref(keep);
	assert_string_equal(sv_err_last(), "schema: \"columns\" is missing");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_known_by_name),
		cmocka_unit_test(columns_are_known_by_number),
		cmocka_unit_test(labels_may_be_missing_where_nobody_needs_them),
		cmocka_unit_test(schemas_of_other_text_are_refused)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
