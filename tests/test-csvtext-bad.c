/* Comma-separated text that is refused: where, and why. */
#include "config.h"

#include <errno.h>

#include "csvbed.h"

static void
bad_headers_and_options_are_named(void **state)
{
	const struct sv_text_options none = { 0 }, bare = { .no_header = 1 };
	struct sv_text_options o = { .label = "y" };

	(void)state;
	check_bad(&none, "a,b\n", "test: line 1: which column is the label?"
	    " --label takes one of: a, b");
	check_bad(&bare, "1,2\n", "test: line 1: which column is the label?"
	    " --label takes its number, from 1 to 2");
	check_bad(&o, "a,b\n", "test: line 1: --label: there is no column 'y';"
	    " there are: a, b");
	check_bad(&o, "a\ty\n1\t2\n", "test: line 1: --label: there is no"
	    " column 'y'; there is only: a?y (--format csv takes commas between"
	    " fields, tsv tabs)");
	check_bad(&o, "a,y,a\n", "test: line 1: columns 1 and 3 are both called"
	    " 'a' (is this a header? --no-header calls columns by number)");
	check_bad(&o, "1,0.5,3\n", "test: line 1: expected a header with the"
	    " columns' names, found numbers alone (--no-header calls columns by"
	    " number)");
	check_bad(&o, "y\n1\n", "test: line 1: no column is left as a feature");
	check_bad(&o, "", "test: line 1: expected a header with the columns'"
	    " names, found nothing: the text is empty");
	check_bad(&bare, "\n\n", "test: line 2: expected a row, found nothing:"
	    " the text is empty");
	check_bad(&o, "a\xff,y\n", "test: line 1: the name of column 1 is not"
	    " UTF-8 text, as iconv(1) makes it: is this a header?");
	o.categorical = "a,c";
	check_bad(&o, "a,y\n", "test: line 1: --categorical: there is no column"
	    " 'c'; there are: a, y");
	o.categorical = "a\"";
	check_bad(&o, "a,y\n", "test: line 1: --categorical: quotes are not"
	    " where they should be");
	o.categorical = "a";
	o.ignore = "a";
	check_bad(&o, "a,y\n", "test: line 1: --ignore: column 'a' is in"
	    " another option, too");
	o.categorical = o.ignore = NULL;
	o.d = 1;
	check_bad(&o, "a,b,y\n", "test: line 1: expected columns that make 1"
	    " features, found columns that make 2 (--features is not needed)");
	o.d = 3;
	check_bad(&o, "a,b,y\n", "test: line 1: expected columns that make 3"
	    " features, found columns that make 2 (--features is not needed)");
	o.d = 2;
	check(&o, "a,b,y\n1,2,3\n", "3 1:1 2:2\n");
	o.missing = "x";
	assert_null(sv_csvtext_new(&o, 0));
	assert_string_equal(sv_err_last(),
	    "--missing x: expected a finite number");
	o.missing = "1e999";
	assert_null(sv_csvtext_new(&o, 0));
	o.missing = NULL;
	o.positive = "\xff";
	assert_null(sv_csvtext_new(&o, 0));
}

static void
bad_rows_are_named(void **state)
{
	static const char *const bad[][2] = {
		{ "a,y\n1\n",
		    "line 2: expected 2 fields, as in line 1, found 1" },
		{ "\n\na,y\n\n1,2,3,4\n",
		    "line 5: expected 2 fields, as in line 3, found 4" },
		/* What comes of a comma too many is not what is wrong. */
		{ "a,y\nx,1,2\n",
		    "line 2: expected 2 fields, as in line 1, found 3" },
		{ "a,y\n1,2\nclerk,1\n", "line 3: column 'a': expected a"
		    " number, found 'clerk' (--categorical a hashes it,"
		    " --ignore a leaves it out)" },
		{ "a,y\n\"-1,5\",1\n", "line 2: column 'a': expected a number,"
		    " found '-1,5' (numbers have a point, and no commas)" },
		{ "a,y\r1,2\r1x,1\r", "line 3: column 'a': expected a"
		    " number, found '1x' (--categorical a hashes it,"
		    " --ignore a leaves it out)" },
		{ "\"a\n\",y\n\"1\",2\n1,\"2\n\"\n", "line 4: column 'y': "
		    "expected a number as label, found '2?' (--positive LABEL"
		    " makes that label 1, and others -1)" },
		{ "a,y\n,1\n", "line 2: column 'a': expected a number, found"
		    " nothing (--missing 0 makes it 0)" },
		{ "a,y\nNaN,1\n", "line 2: column 'a': expected a number, found"
		    " 'NaN' (--missing 0 makes it 0)" },
		{ "a,y\n-inf,1\n", "line 2: column 'a': expected a finite"
		    " number, found '-inf'" },
		{ "a,y\n1e999,1\n", "line 2: column 'a': expected a finite"
		    " number, found '1e999'" },
		{ "a,y\n1,\n", "line 2: column 'y': expected a label, found"
		    " nothing" },
		{ "a,y\n1,nan\n", "line 2: column 'y': expected a finite number"
		    " as label, found 'nan'" },
		{ "a,y\n1,1e400\n", "line 2: column 'y': expected a finite"
		    " number as label, found '1e400'" },
		{ "a,y\n1,no\n2,no\n3,yes\n4,\n", "line 2: column 'y': expected"
		    " a number as label, found 'no', and 'yes' in others"
		    " (--positive LABEL makes that label 1, and others -1)" },
		{ "a,y\n1,\"no\n2,no\n", "line 2: column 'y': expected a"
		    " closing quote, found the end of the text" },
		{ "a,y\n1,\"1\"2\n", "line 2: column 'y': expected the field to"
		    " end with its closing quote, found '2' behind it (quotes"
		    " within are doubled)" },
		{ "a,y\n5\" pipe,1\n", "line 2: column 'a': found a quote"
		    " within a field that does not begin with one (put it in"
		    " quotes, and double those within)" },
		{ "a,y\n\033[2J,1\n", "line 2: column 'a': expected a number,"
		    " found '?[2J' (--categorical a hashes it, --ignore a"
		    " leaves it out)" }
	};
	char want[400];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(want, sizeof(want), "test: %s", bad[i][1]);
		check_bad(&plain, bad[i][0], want);
	}
}

/* The records between are passed over. */
static void
a_label_is_shown_beside_another_one_far_away(void **state)
{
	const struct sv_text_options o = { .label = "y", .categorical = "a" };
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	fputs("a,y\n", f);
	for (int i = 0; i < 20000; i++)
		fputs("1,no\n", f);
	fputs("1,yes\n", f);
	assert_int_equal(fclose(f), 0);
	check_bad(&o, text, "test: line 2: column 'y': expected a number as"
	    " label, found 'no', and 'yes' in others (--positive LABEL makes"
	    " that label 1, and others -1)");
	free(text);
}

static void
a_nul_is_no_text(void **state)
{
	const char *texts[] = { "a,y\n1,2\n1\0,2\n", NULL };
	struct result res = parse_all(&plain, 0, texts, 13, 4096);

	(void)state;
	assert_int_equal(res.rc, -1);
	assert_string_equal(sv_err_last(), "test: line 3: expected text, found"
	    " a byte of value 0");
	done(&res);
}

static void
long_fields_have_room_up_to_a_limit(void **state)
{
	struct sv_text_options o = { .label = "y", .ignore = "a" };
	size_t n = (size_t)10 << 20;
	char *text = malloc(3 * n);
	const char *texts[] = { text, NULL };
	struct result res;

	(void)state;
	assert_non_null(text);
	memcpy(text, "a,b,y\n", 6);
	memset(text + 6, '7', n);
	strcpy(text + 6 + n, ",2,1\n3,x,5\n");
	check_bad(&o, text, "test: line 3: column 'b': expected a number, found"
	    " 'x' (--categorical b hashes it, --ignore b leaves it out)");
	check_bad(&plain, text, "test: line 2: column 'a': expected a finite"
	    " number, found '7777777777777777777777777777777777777777...'");
	text[6] = '"';
	memset(text + 7, 'x', 2 * n);
	text[7 + 2 * n] = '\0';
	res = parse_all(&o, 0, texts, 0, 1 << 20);
	assert_int_equal(res.rc, -1);
	assert_string_equal(sv_err_last(), "test: line 2: column 'a': expected"
	    " a field of at most 16 MB, found a longer one (is its closing"
	    " quote missing?)");
	done(&res);
	/* A header without an end. */
	memset(text, ',', 2 * n);
	res = parse_all(&o, 0, texts, 0, 1 << 20);
	assert_int_equal(res.rc, -1);
	assert_non_null(strstr(sv_err_last(), "line 1: expected a record of at"
	    " most 1048576 columns and 16 MB"));
	done(&res);
	free(text);
}

static const char *
no_reason(void *ctx)
{

	(void)ctx;
	return ("it is not there");
}

static ssize_t
no_bytes(void *ctx, void *buf, size_t len)
{

	(void)ctx;
	(void)buf;
	(void)len;
	errno = EIO;
	return (-1);
}

static void
a_read_that_fails_is_an_error(void **state)
{
	const struct sv_bytes in = { no_bytes, no_reason, NULL };
	struct sv_csvtext *r = sv_csvtext_new(&plain, 0);
	struct sv_csr part;

	(void)state;
	assert_non_null(r);
	sv_csvtext_begin(r, &in, "there");
	assert_int_equal(sv_csvtext_next(r, &part), -1);
	assert_string_equal(sv_err_last(), "there: it is not there");
	/* And stays one. */
	assert_int_equal(sv_csvtext_next(r, &part), -1);
	sv_csvtext_free(r);
	sv_csvtext_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_headers_and_options_are_named),
		cmocka_unit_test(bad_rows_are_named),
		cmocka_unit_test(a_label_is_shown_beside_another_one_far_away),
		cmocka_unit_test(a_nul_is_no_text),
		cmocka_unit_test(long_fields_have_room_up_to_a_limit),
		cmocka_unit_test(a_read_that_fails_is_an_error)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
