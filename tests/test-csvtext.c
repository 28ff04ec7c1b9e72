/* Rows from comma- and tab-separated text. */
#include "config.h"

#include "csvbed.h"

static void
records_are_rows(void **state)
{
	const struct sv_text_options bare = { .label = "2", .no_header = 1 };
	const struct sv_text_options zero = { .label = "0" };

	(void)state;
	check(&plain, "a,y,b\n1,2,3\n-0.5,+1,1e3\n",
	    "2 1:1 2:3\n+1 1:-0.5 2:1000\n");
	check(&plain, "a,y,b\n0,1,0.0\n-0,1,2", "+1\n+1 2:2\n");
	check(&plain, "a,y\r\n1,2\r\n\r\n3,4\r\n", "2 1:1\n4 1:3\n");
	check(&plain, "a,y\r1,2\r\r3,4", "2 1:1\n4 1:3\n");
	check(&plain, "\xef\xbb\xbf" "a,y\n1,2\n", "2 1:1\n");
	check(&plain, "\n \n\na,y\n\n\n1,2\n \n\n", "2 1:1\n");
	check(&plain, " a , y\n\t1 ,\t2 \n", "2 1:1\n");
	check(&plain, "\"a\",\"y\"\n\"1\",\"2\"\n", "2 1:1\n");
	check(&plain, "\"a,\"\"\n\",y\n1,2\n", "2 1:1\n");
	check(&plain, "a,y\n", "");
	/* Columns that are counted. */
	check(&zero, "0,1,2\n7,8,9\n", "7 1:8 2:9\n");
	check(&bare, "7,1,0\n0,2,8\n", "+1 1:7\n2 2:8\n");
}

static void
tabs_delimit_as_commas_do(void **state)
{
	const char *texts[] = { "a\tb,c\ty\n\t2\t1\n3 \t\"4\"\t-1\n", NULL };
	const struct sv_text_options o = { .label = "y", .missing = "9" };
	struct result res = parse_all(&o, 1, texts, 0, 4096);

	(void)state;
	assert_int_equal(res.rc, 0);
	assert_string_equal(res.text, "+1 1:9 2:2\n-1 1:3 2:4\n");
	assert_string_equal(res.schema, "{\"format\":\"tsv\",\"columns\":["
	    "{\"name\":\"a\"},{\"name\":\"b,c\"},{\"name\":\"y\",\"as\":"
	    "\"label\"}],\"missing\":9.0}");
	done(&res);
}

static void
missing_numbers_are_what_was_asked_for(void **state)
{
	const struct sv_text_options o = { .label = "y", .missing = "-1.5" };
	const struct sv_text_options zero = { .label = "y", .missing = "0" };

	(void)state;
	check(&o, "a,y\n,1\nNA,1\nN/A,1\nNaN,1\nnan,1\nNULL,1\nnull,1\n"
	    "None,1\n?,1\n\"\",1\n",
	    "+1 1:-1.5\n+1 1:-1.5\n+1 1:-1.5\n+1 1:-1.5\n+1 1:-1.5\n"
	    "+1 1:-1.5\n+1 1:-1.5\n+1 1:-1.5\n+1 1:-1.5\n+1 1:-1.5\n");
	check(&zero, "a,b,y\n,2,1\n", "+1 2:2\n");
	check_bad(&o, "a,y\nna,1\n", "test: line 2: column 'a': expected a"
	    " number, found 'na' (--categorical a hashes it, --ignore a leaves"
	    " it out)");
}

/* job=clerk is 126 of 1024, job=manager 332, job= 632 (test-schema). */
static void
categories_become_features(void **state)
{
	struct sv_text_options o = { .label = "y", .categorical = "job" };

	(void)state;
	check(&o, "job,a,y\nclerk,1,1\n\"clerk\" ,0,1\nmanager,2,1\n,3,1\n",
	    "+1 1:1 128:1\n+1 128:1\n+1 1:2 334:1\n+1 1:3 634:1\n");
	/* All in one bucket: a count. */
	o.buckets = 1;
	o.categorical = "job,\"a\",y2";
	o.ignore = "c";
	check(&o, "job,a,y,y2,c\nq,q,1,q,q\n", "+1 1:3\n");
}

static void
many_categories_of_a_row_ascend(void **state)
{
	const struct sv_text_options o = { .no_header = 1, .label = "1",
	    .categorical = "2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,"
	    "21,22,23,24,25,26,27,28,29,30,31", .buckets = 20 };
	const char *texts[] = { "1,a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,"
	    "w,x,y,z,A,B,C,D\n", NULL };
	unsigned long last = 0, index;
	char *end;
	double sum = 0;
	struct result res;

	(void)state;
	res = parse_all(&o, 0, texts, 0, 4096);
	assert_int_equal(res.rc, 0);
	for (end = strchr(res.text, ' '); end != NULL; end = strchr(end, ' ')) {
		index = strtoul(end + 1, &end, 10);
		assert_true(index > last && index <= 20);
		last = index;
		sum += strtod(end + 1, &end);
	}
	assert_true(sum == 30);
	done(&res);
}

static void
labels_may_be_texts(void **state)
{
	const char *texts[] = { "a,y\n1,yes\n2,no\n", "a,y\n3,no\n", NULL };
	struct sv_text_options o = { .label = "y", .positive = "yes" };
	struct result res = parse_all(&o, 0, texts, 0, 4096);

	(void)state;
	assert_string_equal(res.text, "+1 1:1\n-1 1:2\n-1 1:3\n");
	assert_non_null(strstr(res.schema,
	    "\"positive\":\"yes\",\"negative\":\"no\"}"));
	assert_string_equal(res.lacks, "");
	done(&res);
	/* Other labels have no name if they are several. */
	texts[1] = "a,y\n3,maybe\n";
	res = parse_all(&o, 0, texts, 0, 4096);
	assert_non_null(strstr(res.schema, "\"positive\":\"yes\"}"));
	done(&res);
	o.positive = "Yes";
	res = parse_all(&o, 0, texts, 0, 4096);
	assert_string_equal(res.lacks, "no row has the label 'Yes': labels are"
	    " 'yes', 'no', 'maybe'");
	done(&res);
	o.positive = "1";
	check(&o, "a,y\n1,1\n1,1.0\n1,01\n1,2\n1,x\n",
	    "+1 1:1\n+1 1:1\n+1 1:1\n-1 1:1\n-1 1:1\n");
}

static void
texts_must_have_the_same_columns(void **state)
{
	const char *texts[] = { "a,b,y\n1,2,3\n", "a,b,y\n4,5,6", NULL };
	const struct sv_text_options bare = { .no_header = 1, .label = "1" };
	struct result res = parse_all(&plain, 0, texts, 0, 4096);

	(void)state;
	assert_int_equal(res.rc, 0);
	assert_string_equal(res.text, "3 1:1 2:2\n6 1:4 2:5\n");
	done(&res);
	texts[1] = "b,a,y\n4,5,6\n";
	res = parse_all(&plain, 0, texts, 0, 4096);
	assert_int_equal(res.rc, -1);
	assert_string_equal(sv_err_last(), "test: line 1: column 1: expected"
	    " the header of test, where it is 'a', found 'b'");
	done(&res);
	texts[1] = "a,y\n";
	res = parse_all(&plain, 0, texts, 0, 4096);
	assert_string_equal(sv_err_last(), "test: line 1: expected 3 columns,"
	    " as in test, found 2");
	done(&res);
	texts[0] = "1,2\n";
	texts[1] = "3,4\n5,6\n";
	res = parse_all(&bare, 0, texts, 0, 4096);
	assert_int_equal(res.rc, 0);
	assert_string_equal(res.text, "+1 1:2\n3 1:4\n5 1:6\n");
	done(&res);
}

/* Text about ${len} bytes long, and its rows. */
static char *
make_text(size_t len, char **rows)
{
	char *text;
	size_t n, nrows;
	FILE *f = open_memstream(&text, &n);
	FILE *g = open_memstream(rows, &nrows);
	int at = 0;

	assert_true(f != NULL && g != NULL);
	fputs("a,\"b\r\nb\",y\n", f);
	for (unsigned i = 2; (size_t)at < len; i++) {
		at += fprintf(f, i % 3 == 0 ? "\"%u\",%u,%u\r\n" :
		    "%u ,%u,%u\n", i, i / 7 + 1, i);
		fprintf(g, "%u 1:%u 2:%u\n", i, i, i / 7 + 1);
	}
	assert_int_equal(fclose(f), 0);
	assert_int_equal(fclose(g), 0);
	return (text);
}

static void
pieces_and_blocks_may_end_anywhere(void **state)
{
	static const size_t lens[] = { 2000, 3 << 18 };
	static const size_t steps[] = { 1, 2, 3, 7, 61, 4096, 1 << 20 };
	char *rows, *text, *moved;
	const char *texts[2] = { NULL, NULL };
	struct result res;

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		text = make_text(lens[steps[i] > 100], &rows);
		texts[0] = moved = malloc(strlen(text) + 100);
		assert_non_null(moved);
		for (size_t shift = 0; shift < 24; shift++) {
			memset(moved, '\n', shift);
			strcpy(moved + shift, text);
			res = parse_all(&plain, 0, texts, 0, steps[i]);
			assert_int_equal(res.rc, 0);
			assert_string_equal(res.text, rows);
			done(&res);
		}
		free(moved);
		free(text);
		free(rows);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_rows),
		cmocka_unit_test(tabs_delimit_as_commas_do),
		cmocka_unit_test(missing_numbers_are_what_was_asked_for),
		cmocka_unit_test(categories_become_features),
		cmocka_unit_test(many_categories_of_a_row_ascend),
		cmocka_unit_test(labels_may_be_texts),
		cmocka_unit_test(texts_must_have_the_same_columns),
		cmocka_unit_test(pieces_and_blocks_may_end_anywhere)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
