/*
 * What problems say beyond where their rows are: classes, scales; and problems
 * that are ranges of one text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "problem.h"
#include "problem_text.h"

#define SHARDS(more) "{\"kind\":\"shards\",\"n\":3,\"d\":2,\"nnz\":5," \
	"\"cut\":\"x\"," more ",\"shards\":[" \
	"{\"url\":\"file:///a\",\"n\":1,\"nnz\":2,\"kind\":\"recipe\"}," \
	"{\"url\":\"s3://b/c\",\"n\":2,\"nnz\":3}]}"
#define RANGES(more) "{\"kind\":\"ranges\",\"url\":\"http://h/a.svm\"," \
	"\"bytes\":10,\"d\":2" more "}"
#define CUT "{\"from\":0,\"to\":4,\"n\":1,\"nnz\":2}," \
	"{\"from\":4,\"to\":4,\"n\":0,\"nnz\":0}," \
	"{\"from\":4,\"to\":10,\"n\":2,\"nnz\":1}"
#define UNREAD "{\"from\":0,\"to\":4},{\"from\":4,\"to\":10}"

/* Messages to people are not what is tested here. */
static int
quiet(void **state)
{
	int fd = open("/dev/null", O_WRONLY);

	(void)state;
	return (fd == -1 || dup2(fd, STDERR_FILENO) == -1 ? -1 : close(fd));
}

/* A problem of the text and ${n} elements. */
static int
parse(struct sv_problem *p, const char *text, const double *x, uint64_t n)
{
	struct sv_frame f;
	int rc;

	assert_int_equal(sv_frame_make(&f, SV_PROBLEM, text, 0, SV_F64, n), 0);
	if (n > 0)
		memcpy(sv_frame_elems(&f), x, n * sizeof(*x));
	rc = sv_problem_parse(p, &f);
	sv_frame_fini(&f);
	return (rc);
}

static void
labels_become_classes(void **state)
{
	struct sv_problem p;

	(void)state;
	assert_int_equal(parse(&p, SHARDS("\"labels\":[1,2],\"positive\":2"),
	    NULL, 0), 0);
	assert_int_equal(p.nlabels, 2);
	assert_true(p.labels[0] == -1 && p.labels[1] == 1);
	sv_problem_fini(&p);
	/* More than three labels, of which one is the positive one. */
	assert_int_equal(parse(&p, SHARDS("\"labels\":null,\"positive\":7"),
	    NULL, 0), 0);
	assert_int_equal(p.nlabels, 2);
	assert_true(p.labels[0] == -1 && p.labels[1] == 1);
	sv_problem_fini(&p);
	assert_int_equal(parse(&p, SHARDS("\"labels\":[4],\"positive\":4"),
	    NULL, 0), 0);
	assert_int_equal(p.nlabels, 1);
	assert_true(p.labels[0] == 1);
	sv_problem_fini(&p);
	assert_int_equal(parse(&p, SHARDS("\"labels\":[1,2],\"positive\":3"),
	    NULL, 0), -1);
	assert_int_equal(parse(&p, SHARDS("\"labels\":[1,2],"
	    "\"positive\":\"2\""), NULL, 0), -1);
}

static void
labels_are_mapped(void **state)
{
	double y[] = { 1, 2, 2, 3.5, -0.0 };
	const double want[] = { -1, 1, 1, -1, -1 }, zero[] = { 1, -1 };
	double z[] = { -0.0, 1 };

	(void)state;
	sv_problem_relabel(y, 5, 2);
	assert_memory_equal(y, want, sizeof(want));
	sv_problem_relabel(z, 2, 0);
	assert_memory_equal(z, zero, sizeof(zero));
}

static void
a_share_says_what_its_problem_says(void **state)
{
	struct sv_problem p;
	json_t *share;
	char *text;

	(void)state;
	assert_int_equal(parse(&p, SHARDS("\"labels\":[1,2],\"positive\":2,"
	    "\"url\":\"file:///no\",\"s3\":{\"region\":\"r\"},"
	    "\"values\":\"f32\",\"schema\":{}"), NULL, 0), 0);
	assert_non_null(share = sv_problem_share(&p, 0, 2));
	assert_non_null(text = json_dumps(share, JSON_COMPACT | JSON_SORT_KEYS));
	assert_string_equal(text, "{\"cut\":\"x\",\"d\":2,\"kind\":\"shard\","
	    "\"n\":1,\"nnz\":2,\"positive\":2,\"s3\":{\"region\":\"r\"},"
	    "\"shard\":0,\"shards\":2,\"url\":\"file:///a\","
	    "\"values\":\"f32\"}");
	free(text);
	json_decref(share);
	assert_null(sv_problem_share(&p, 2, 2));
	sv_problem_fini(&p);
}

static void
ranges_of_a_text(void **state)
{
	struct sv_problem p;
	json_t *share;
	char *text;

	(void)state;
	assert_int_equal(parse(&p, RANGES(",\"n\":3,\"nnz\":3,\"labels\":[0,1],"
	    "\"etag\":\"\\\"e\\\"\",\"zero_based\":true,\"ranges\":[" CUT "]"),
	    NULL, 0), 0);
	assert_int_equal(p.kind, SV_PROBLEM_RANGES);
	assert_false(p.unread);
	assert_int_equal(p.shards, 3);
	assert_int_equal(p.n, 3);
	assert_int_equal(p.nnz, 3);
	assert_int_equal(p.nlabels, 2);
	assert_non_null(share = sv_problem_share(&p, 2, 3));
	assert_non_null(text = json_dumps(share, JSON_COMPACT | JSON_SORT_KEYS));
	assert_string_equal(text, "{\"bytes\":10,\"d\":2,\"etag\":\"\\\"e\\\"\","
	    "\"from\":4,\"kind\":\"range\",\"n\":2,\"nnz\":1,\"to\":10,"
	    "\"url\":\"http://h/a.svm\",\"zero_based\":true}");
	free(text);
	json_decref(share);
	sv_problem_fini(&p);
}

static void
a_text_that_nobody_has_read(void **state)
{
	struct sv_problem p;

	(void)state;
	assert_int_equal(parse(&p, RANGES(",\"ranges\":[" UNREAD "]"), NULL, 0),
	    0);
	assert_true(p.unread);
	assert_int_equal(p.shards, 2);
	assert_int_equal(p.n, 0);
	assert_int_equal(p.nlabels, 0);
	sv_problem_fini(&p);
	assert_int_equal(parse(&p, RANGES(",\"positive\":3,\"ranges\":[" UNREAD
	    "]"), NULL, 0), 0);
	assert_int_equal(p.nlabels, 2);
	sv_problem_fini(&p);
}

static void
ranges_that_make_no_sense(void **state)
{
	static const char *const texts[] = {
		RANGES(""), RANGES(",\"ranges\":[]"), RANGES(",\"ranges\":[7]"),
		/* A gap, an overlap, beyond the end, before it. */
		RANGES(",\"ranges\":[{\"from\":0,\"to\":4},"
		    "{\"from\":5,\"to\":10}]"),
		RANGES(",\"ranges\":[{\"from\":0,\"to\":4},"
		    "{\"from\":3,\"to\":10}]"),
		RANGES(",\"ranges\":[{\"from\":0,\"to\":11}]"),
		RANGES(",\"ranges\":[{\"from\":0,\"to\":9}]"),
		RANGES(",\"ranges\":[{\"from\":1,\"to\":10}]"),
		/* Counts that do not add up, or are not there. */
		RANGES(",\"n\":3,\"nnz\":3,\"labels\":null,\"ranges\":["
		    UNREAD "]"),
		RANGES(",\"n\":4,\"nnz\":3,\"labels\":null,\"ranges\":[" CUT
		    "]"),
		RANGES(",\"n\":3,\"nnz\":4,\"labels\":null,\"ranges\":[" CUT
		    "]"),
		RANGES(",\"n\":3,\"nnz\":3,\"ranges\":[" CUT "]"),
		RANGES(",\"etag\":7,\"ranges\":[" UNREAD "]"),
		"{\"kind\":\"ranges\",\"bytes\":10,\"d\":2,\"ranges\":["
		    UNREAD "]}",
		"{\"kind\":\"ranges\",\"url\":\"a\",\"d\":2,\"ranges\":["
		    UNREAD "]}",
		"{\"kind\":\"ranges\",\"url\":\"a\",\"bytes\":10,\"ranges\":["
		    UNREAD "]}"
	};
	struct sv_problem p;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parse(&p, texts[i], NULL, 0) != -1)
			fail_msg("taken: %s", texts[i]);
}

static void
scales_of_features(void **state)
{
	const double x[] = { 2, 0.5, -1, 3 };
	struct sv_problem p;

	(void)state;
	assert_int_equal(parse(&p, SHARDS("\"labels\":null,"
	    "\"scale\":\"maxabs\""), x, 2), 0);
	assert_memory_equal(p.factor, x, 2 * sizeof(*x));
	assert_null(p.shift);
	sv_problem_fini(&p);
	assert_int_equal(parse(&p, SHARDS("\"labels\":null,"
	    "\"scale\":\"standard\""), x, 4), 0);
	assert_memory_equal(p.factor, x, 2 * sizeof(*x));
	assert_memory_equal(p.shift, x + 2, 2 * sizeof(*x));
	sv_problem_fini(&p);
	assert_null(p.factor);
	/* Elements of somebody else are nothing to a problem without scale. */
	assert_int_equal(parse(&p, SHARDS("\"labels\":null"), x, 3), 0);
	assert_null(p.factor);
	sv_problem_fini(&p);
}

static void
scales_that_make_no_sense(void **state)
{
	const double x[] = { 2, 0.5, -1, 3 }, bad[] = { 2, NAN, -1, 3 };
	const double worse[] = { 2, 1, -1, INFINITY };
	const char *text = SHARDS("\"labels\":null,\"scale\":\"standard\"");
	struct sv_problem p;

	(void)state;
	assert_int_equal(parse(&p, text, x, 0), -1);
	assert_int_equal(parse(&p, text, x, 1), -1);
	assert_int_equal(parse(&p, text, x, 3), -1);
	assert_int_equal(parse(&p, text, bad, 2), -1);
	assert_int_equal(parse(&p, text, worse, 4), -1);
	assert_int_equal(parse(&p, SHARDS("\"labels\":null,\"scale\":true"), x,
	    2), -1);
	assert_int_equal(parse(&p, SHARDS("\"labels\":null,\"scale\":\"no\""), x,
	    2), -1);
	assert_int_equal(parse(&p, "{\"kind\":\"recipe\",\"recipe\":1,\"n\":10,"
	    "\"d\":2,\"k\":1,\"p\":0.5,\"seed\":1,\"scale\":\"maxabs\"}", x, 2),
	    -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_become_classes),
		cmocka_unit_test(labels_are_mapped),
		cmocka_unit_test(a_share_says_what_its_problem_says),
		cmocka_unit_test(ranges_of_a_text),
		cmocka_unit_test(a_text_that_nobody_has_read),
		cmocka_unit_test(ranges_that_make_no_sense),
		cmocka_unit_test(scales_of_features),
		cmocka_unit_test(scales_that_make_no_sense)
	};

	return (cmocka_run_group_tests(tests, quiet, NULL));
}
