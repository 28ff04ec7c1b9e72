#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fileurl.h"
#include "json.h"
#include "problem.h"
#include "shardfile.h"
#include "shards.h"

/*
 * Problems whose rows have weights, and their shares.
 */

#define ROWS 30u
#define D 100u		/* so many that rows are sparse */

/* A problem of one shard file; ${weighted}: what it says of weights, or NULL. */
static json_t *
problem(int has_weights, json_t *weighted)
{
	struct sv_recipe r = { .n = ROWS, .d = D, .k = 3, .seed = 1 };
	char cut[SV_SHARDFILE_HEX], full[4200], *dir, *url;
	struct sv_shardfile_writer *w;
	struct sv_csr A;
	json_t *o;

	assert_int_equal(sv_recipe_expand(&r, 0, ROWS, &A, NULL), 0);
	if (has_weights)
		assert_non_null(A.weight = malloc(ROWS * sizeof(double)));
	assert_non_null(w = sv_shardfile_create(path, 0, 1, 400));
	for (uint64_t i = 0; i < ROWS; i++) {
		if (has_weights)
			A.weight[i] = 0.5 * (double)i;
		assert_int_equal(sv_shardfile_add(w, &A, i), 0);
	}
	assert_int_equal(sv_shardfile_flush(w), 0);
	sv_shardfile_cut(&w, 1, D, cut);
	assert_int_equal(sv_shardfile_finish(w, D, cut), 0);
	sv_shardfile_free(w);
	assert_non_null(dir = getcwd(NULL, 0));
	snprintf(full, sizeof(full), "%s/%s", dir, path);
	assert_non_null(url = sv_fileurl_make(full));
	assert_non_null(o = json_pack("{s:s,s:i,s:i,s:I,s:n,s:s,s:o*,"
	    "s:[{s:s,s:i,s:I}]}", "kind", "shards", "n", ROWS, "d", D,
	    "nnz", (json_int_t)A.nnz, "labels", "cut", cut,
	    "weighted", weighted, "shards", "url", url, "n", ROWS,
	    "nnz", (json_int_t)A.nnz));
	free(dir);
	free(url);
	sv_csr_fini(&A);
	return (o);
}

/* Parse it; what sv_problem_parse() returns. */
static int
parse(struct sv_problem *p, json_t *o)
{
	struct sv_frame f;
	int rc;

	assert_int_equal(sv_json_frame(&f, SV_PROBLEM, o), 0);
	rc = sv_problem_parse(p, &f);
	sv_frame_fini(&f);
	return (rc);
}

/* Does the share of the problem load?  It says before what it takes. */
static int
loads(json_t *o, struct sv_matrix *A, char why[SV_WHY])
{
	struct sv_problem p;
	json_t *share;
	int rc;

	assert_int_equal(parse(&p, o), 0);
	assert_non_null(share = sv_problem_share(&p, 0, 1));
	assert_int_equal(json_is_true(json_object_get(share, "weighted")),
	    p.weighted);
	if ((rc = sv_share_load(share, A, NULL, why)) == 0)
		assert_true(sv_share_bytes(share) == sv_matrix_bytes(A));
	json_decref(share);
	sv_problem_fini(&p);
	return (rc);
}

static void
weights_come_with_the_share(void **state)
{
	struct sv_matrix A, B;
	char why[SV_WHY];

	(void)state;
	assert_int_equal(loads(problem(1, json_true()), &A, why), 0);
	for (uint64_t i = 0; i < ROWS; i++)
		assert_true(A.weight[i] == 0.5 * (double)i);
	assert_int_equal(loads(problem(0, NULL), &B, why), 0);
	assert_null(B.weight);
	assert_int_equal(sv_matrix_bytes(&A), sv_matrix_bytes(&B) + 8 * ROWS);
	assert_memory_equal(A.val, B.val, A.nnz * sizeof(double));
	sv_matrix_fini(&A);
	sv_matrix_fini(&B);
	assert_int_equal(loads(problem(0, json_false()), &B, why), 0);
	assert_null(B.weight);
	sv_matrix_fini(&B);
}

static int
sum_weights(void *ctx, const struct sv_csr *part, uint64_t first)
{
	double *sum = ctx;

	(void)first;
	for (uint64_t i = 0; i < part->rows; i++)
		*sum += part->weight[i];
	return (0);
}

static void
weights_come_with_each_row(void **state)
{
	struct sv_problem p;
	char why[SV_WHY];
	double sum = 0;

	(void)state;
	assert_int_equal(parse(&p, problem(1, json_true())), 0);
	assert_int_equal(sv_problem_each(&p, sum_weights, &sum, why), 0);
	assert_true(sum == 0.25 * ROWS * (ROWS - 1));
	sv_problem_fini(&p);
}

static void
files_must_have_the_weights_expected(void **state)
{
	struct sv_matrix A;
	char why[SV_WHY];

	(void)state;
	assert_int_equal(loads(problem(1, NULL), &A, why), -1);
	assert_non_null(strstr(why, "not the file expected: it has weights"));
	assert_int_equal(loads(problem(0, json_true()), &A, why), -1);
	assert_non_null(strstr(why, "not the file expected: it has no"
	    " weights"));
}

static void
weighted_is_a_boolean(void **state)
{
	struct sv_problem p;
	struct sv_matrix A;
	char why[SV_WHY];
	json_t *share;

	(void)state;
	assert_int_equal(parse(&p, problem(1, json_integer(1))), -1);
	assert_int_equal(parse(&p, problem(1, json_string("true"))), -1);
	assert_int_equal(parse(&p, problem(1, json_true())), 0);
	assert_non_null(share = sv_problem_share(&p, 0, 1));
	json_object_set_new(share, "weighted", json_integer(1));
	assert_int_equal(sv_share_load(share, &A, NULL, why), -1);
	assert_non_null(strstr(why, "out of bounds"));
	assert_int_equal(sv_share_bytes(share), 0);
	json_decref(share);
	sv_problem_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(weights_come_with_the_share),
		TEST(weights_come_with_each_row),
		TEST(files_must_have_the_weights_expected),
		TEST(weighted_is_a_boolean)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
