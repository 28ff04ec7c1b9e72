#include "config.h"

#include <errno.h>
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

#include "fileurl.h"
#include "json.h"
#include "problem.h"
#include "shardfile.h"

#define W 3u
#define D 40u

/* Messages to people are not what is tested here. */
static int
quiet(void **state)
{
	int fd = open("/dev/null", O_WRONLY);

	(void)state;
	return (fd == -1 || dup2(fd, STDERR_FILENO) == -1 ? -1 : close(fd));
}

static int
parse(struct sv_problem *p, const char *text)
{
	struct sv_frame f;
	int rc;

	assert_int_equal(sv_frame_make(&f, SV_PROBLEM, text, 0, SV_BYTES, 0), 0);
	rc = sv_problem_parse(p, &f);
	sv_frame_fini(&f);
	return (rc);
}

static void
a_recipe_comes_back(void **state)
{
	struct sv_recipe r = { .n = 1000, .d = 50, .k = 5, .seed = 7 };
	struct sv_problem p;
	struct sv_frame f;

	(void)state;
	assert_int_equal(sv_problem_recipe(&f, &r, 0.1, SV_F64), 0);
	assert_int_equal(f.type, SV_PROBLEM);
	assert_int_equal(sv_problem_parse(&p, &f), 0);
	assert_int_equal(p.kind, SV_PROBLEM_RECIPE);
	assert_int_equal(p.n, 1000);
	assert_int_equal(p.d, 50);
	assert_int_equal(p.nnz, 5000);
	assert_int_equal(p.shards, 0);
	assert_int_equal(p.nlabels, 2);
	assert_true(p.labels[0] == -1 && p.labels[1] == 1);
	assert_int_equal(p.recipe.seed, 7);
	sv_problem_fini(&p);
	sv_frame_fini(&f);
}

#define TWO "{\"url\":\"file:///a\",\"n\":1,\"nnz\":2}," \
	"{\"url\":\"file:///b\",\"n\":2,\"nnz\":3}"
static const char *const bad_texts[] = {
	"", "{}", "[]", "{\"kind\":1}", "{\"kind\":\"other\"}",
	"{\"kind\":\"recipe\"}",
	"{\"kind\":\"recipe\",\"recipe\":2,\"n\":1,\"d\":1,\"k\":1,"
	    "\"seed\":1}",
	"{\"kind\":\"recipe\",\"recipe\":1,\"n\":0,\"d\":1,\"k\":1,"
	    "\"seed\":1}",
	"{\"kind\":\"recipe\",\"recipe\":1,\"n\":1,\"d\":1,\"k\":2,"
	    "\"seed\":1}",
	"{\"kind\":\"recipe\",\"recipe\":1,\"n\":1,\"d\":1,\"k\":1}",
	"{\"kind\":\"recipe\",\"recipe\":1,\"n\":1,\"d\":4294967296,"
	    "\"k\":1,\"seed\":1}",
	"{\"kind\":\"recipe\",\"recipe\":1,\"n\":1099511627776,"
	    "\"d\":4294967295,\"k\":4294967295,\"seed\":1}",
	"{\"kind\":\"recipe\",\"recipe\":1,\"n\":1.0,\"d\":1,\"k\":1,"
	    "\"seed\":1}",
	"{\"kind\":\"recipe\",\"recipe\":1,\"n\":1,\"d\":1,\"k\":1,"
	    "\"seed\":1,\"values\":\"f16\"}",
	"{\"kind\":\"recipe\",\"recipe\":1,\"n\":1,\"d\":1,\"k\":1,"
	    "\"seed\":1,\"values\":32}",
	"{\"kind\":\"shards\"}",
	"{\"kind\":\"shards\",\"n\":3,\"d\":9,\"nnz\":5,\"cut\":\"x\","
	    "\"labels\":null,\"shards\":[]}",
	"{\"kind\":\"shards\",\"n\":4,\"d\":9,\"nnz\":5,\"cut\":\"x\","
	    "\"labels\":null,\"shards\":[" TWO "]}",
	"{\"kind\":\"shards\",\"n\":3,\"d\":9,\"nnz\":6,\"cut\":\"x\","
	    "\"labels\":null,\"shards\":[" TWO "]}",
	"{\"kind\":\"shards\",\"n\":3,\"d\":9,\"nnz\":4,\"cut\":\"x\","
	    "\"labels\":null,\"shards\":[" TWO "]}",
	"{\"kind\":\"shards\",\"n\":3,\"d\":0,\"nnz\":5,\"cut\":\"x\","
	    "\"labels\":null,\"shards\":[" TWO "]}",
	"{\"kind\":\"shards\",\"n\":3,\"d\":9,\"nnz\":5,"
	    "\"labels\":null,\"shards\":[" TWO "]}",
	"{\"kind\":\"shards\",\"n\":3,\"d\":9,\"nnz\":5,\"cut\":\"x\","
	    "\"shards\":[" TWO "]}",
	"{\"kind\":\"shards\",\"n\":3,\"d\":9,\"nnz\":5,\"cut\":\"x\","
	    "\"labels\":[],\"shards\":[" TWO "]}",
	"{\"kind\":\"shards\",\"n\":3,\"d\":9,\"nnz\":5,\"cut\":\"x\","
	    "\"labels\":[1,1],\"shards\":[" TWO "]}",
	"{\"kind\":\"shards\",\"n\":3,\"d\":9,\"nnz\":5,\"cut\":\"x\","
	    "\"labels\":[1,2,3,4],\"shards\":[" TWO "]}",
	"{\"kind\":\"shards\",\"n\":3,\"d\":9,\"nnz\":5,\"cut\":\"x\","
	    "\"labels\":[\"1\"],\"shards\":[" TWO "]}",
	"{\"kind\":\"shards\",\"n\":3,\"d\":9,\"nnz\":5,\"cut\":\"x\","
	    "\"labels\":null,\"shards\":[" TWO ",7]}"
};

static void
bad_texts_are_refused(void **state)
{
	struct sv_problem p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad_texts) / sizeof(bad_texts[0]); i++)
		if (parse(&p, bad_texts[i]) != -1)
			fail_msg("taken: %s", bad_texts[i]);
	assert_int_equal(parse(&p, "{\"kind\":\"shards\",\"n\":3,\"d\":9,"
	    "\"nnz\":5,\"cut\":\"x\",\"labels\":[-1,0.5],\"shards\":[" TWO
	    "]}"), 0);
	assert_int_equal(p.shards, 2);
	assert_int_equal(p.nlabels, 2);
	assert_true(p.labels[1] == 0.5);
	sv_problem_fini(&p);
}

static struct sv_problem
recipe(uint64_t n)
{
	struct sv_recipe r = { .n = n, .d = D, .k = 4, .seed = 1 };
	struct sv_problem p;
	struct sv_frame f;

	assert_int_equal(sv_problem_recipe(&f, &r, 0.1, SV_F64), 0);
	assert_int_equal(sv_problem_parse(&p, &f), 0);
	sv_frame_fini(&f);
	return (p);
}

static struct sv_matrix
load_share(const struct sv_problem *p, uint32_t i, uint32_t of)
{
	json_t *share = sv_problem_share(p, i, of);
	char why[SV_WHY];
	struct sv_matrix A;

	assert_non_null(share);
	if (sv_share_load(share, &A, NULL, why) == -1)
		fail_msg("%s", why);
	/* It said before what it would take. */
	assert_true(sv_share_bytes(share) == sv_matrix_bytes(&A));
	json_decref(share);
	return (A);
}

static void
shares_of_a_recipe_make_the_whole(void **state)
{
	static const uint32_t ways[] = { 1, 2, 3, 7, 100, 101, 150 };
	struct sv_problem p = recipe(100);
	struct sv_matrix all = load_share(&p, 0, 1);

	(void)state;
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		uint64_t at = 0;

		for (uint32_t i = 0; i < ways[w]; i++) {
			struct sv_matrix A = load_share(&p, i, ways[w]);

			assert_in_range(A.rows, 100 / ways[w],
			    100 / ways[w] + 1);
			assert_memory_equal(A.val, all.val + 4 * at,
			    A.nnz * sizeof(double));
			at += A.rows;
			sv_matrix_fini(&A);
		}
		assert_int_equal(at, 100);
	}
	sv_matrix_fini(&all);
	sv_problem_fini(&p);
}

/* Shares are cut where they should be without overflow. */
static int
count_down(void *ctx)
{
	int *n = ctx;

	return (*n > 0 ? (*n)-- == 0 : 1);
}

/* At once, between rows, and within a row that takes long. */
static void
loading_can_be_called_off(void **state)
{
	int n[] = { 0, 1, 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
		struct sv_csr_poll poll = { count_down, &n[i] };
		uint64_t k = i < 2 ? 4 : 200000;
		json_t *share = json_pack("{s:s, s:i, s:i, s:I, s:I, s:f, s:i,"
		    " s:i, s:i}", "kind", "recipe", "recipe", 1, "n", 20000,
		    "d", (json_int_t)(2 * k), "k", (json_int_t)k, "p", 0.5,
		    "seed", 1, "from", 0, "to", i < 2 ? 20000 : 1);
		char why[SV_WHY];
		struct sv_matrix A;

		assert_int_equal(sv_share_load(share, &A, &poll, why), -1);
		assert_non_null(strstr(why, strerror(ECANCELED)));
		assert_int_equal(n[i], 0);
		sv_matrix_fini(&A);
		json_decref(share);
	}
}

static void
shares_of_the_largest_recipe(void **state)
{
	struct sv_problem p = recipe(SV_RECIPE_MAXROWS);
	uint64_t from, to, last = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		json_t *o = sv_problem_share(&p, i, 1000);

		assert_int_equal(sv_json_u64(o, "from", 0, p.n, &from), 0);
		assert_int_equal(sv_json_u64(o, "to", 0, p.n, &to), 0);
		assert_int_equal(from, last);
		assert_in_range(to - from, p.n / 1000, p.n / 1000 + 1);
		last = to;
		json_decref(o);
	}
	assert_int_equal(last, p.n);
	sv_problem_fini(&p);
}

struct seen {
	uint64_t next;
	uint64_t nnz;
	double sum;
	uint64_t stop;		/* return 5 from this row on */
};

static int
see(void *ctx, const struct sv_csr *part, uint64_t first)
{
	struct seen *s = ctx;

	assert_int_equal(first, s->next);
	assert_true(part->rows > 0);
	assert_int_equal(part->start[0], 0);
	/* A few MB at most. */
	assert_true(sv_csr_bytes(part) < 4000000);
	s->next += part->rows;
	s->nnz += part->nnz;
	for (uint64_t l = 0; l < part->nnz; l++)
		s->sum += part->val[l];
	return (s->next > s->stop ? 5 : 0);
}

static void
each_row_of_a_recipe_is_seen(void **state)
{
	struct sv_problem p = recipe(100000);
	struct seen s = { .stop = UINT64_MAX }, t = { .stop = 50 };
	char why[SV_WHY];

	(void)state;
	assert_int_equal(sv_problem_each(&p, see, &s, why), 0);
	assert_int_equal(s.next, p.n);
	assert_int_equal(s.nnz, p.nnz);
	assert_int_equal(sv_problem_each(&p, see, &t, why), 5);
	assert_true(t.next < p.n);
	assert_string_equal(why, "");
	sv_problem_fini(&p);
}

/* Three shard files of the rows of ${A}, and their problem. */
static struct sv_problem
shards(const struct sv_matrix *all)
{
	const struct sv_csr rows = sv_matrix_csr(all), *A = &rows;
	struct sv_shardfile_writer *w[W];
	char name[W][32], cut[SV_SHARDFILE_HEX], *dir;
	json_t *a = json_array(), *o;
	struct sv_problem p;
	struct sv_frame f;

	for (uint32_t i = 0; i < W; i++) {
		snprintf(name[i], sizeof(name[i]), "test-problem-%u.svs", i);
		assert_non_null(w[i] = sv_shardfile_create(name[i], i, W, 500));
	}
	for (uint64_t i = 0; i < A->rows; i++)
		assert_int_equal(sv_shardfile_add(w[i % W], A, i), 0);
	for (uint32_t i = 0; i < W; i++)
		assert_int_equal(sv_shardfile_flush(w[i]), 0);
	sv_shardfile_cut(w, W, D, cut);
	assert_non_null(dir = getcwd(NULL, 0));
	for (uint32_t i = 0; i < W; i++) {
		char path[4200], *url;

		assert_int_equal(sv_shardfile_finish(w[i], D, cut), 0);
		snprintf(path, sizeof(path), "%s/%s", dir, name[i]);
		assert_non_null(url = sv_fileurl_make(path));
		json_array_append_new(a, json_pack("{s:s,s:I,s:I}", "url", url,
		    "n", (json_int_t)sv_shardfile_written(w[i])->rows,
		    "nnz", (json_int_t)sv_shardfile_written(w[i])->nnz));
		free(url);
		sv_shardfile_free(w[i]);
	}
	free(dir);
	o = json_pack("{s:s,s:I,s:i,s:I,s:n,s:s,s:o}", "kind", "shards",
	    "n", (json_int_t)A->rows, "d", D, "nnz", (json_int_t)A->nnz,
	    "labels", "cut", cut, "shards", a);
	assert_int_equal(sv_json_frame(&f, SV_PROBLEM, o), 0);
	assert_int_equal(sv_problem_parse(&p, &f), 0);
	sv_frame_fini(&f);
	return (p);
}

static int
remove_shards(void **state)
{

	(void)state;
	unlink("test-problem-0.svs");
	unlink("test-problem-1.svs");
	unlink("test-problem-2.svs");
	return (0);
}

static void
shard_files_are_loaded(void **state)
{
	struct sv_problem r = recipe(1000), p;
	struct sv_matrix all = load_share(&r, 0, 1), A;
	struct seen s = { .stop = UINT64_MAX }, t = s, u = { .stop = 700 };
	char why[SV_WHY];

	(void)state;
	p = shards(&all);
	p.elem = SV_F32;
	A = load_share(&p, 1, W);
	assert_int_equal(A.elem, SV_F32);
	for (uint64_t j = 0; j < A.nnz; j++)
		assert_true(A.val32[j] ==
		    (float)all.val[all.start[j / 4 * W + 1] + j % 4]);
	sv_matrix_fini(&A);
	p.elem = SV_F64;
	for (uint32_t i = 0; i < W; i++) {
		A = load_share(&p, i, W);
		for (uint64_t j = 0; j < A.rows; j++)
			assert_memory_equal(A.val + A.start[j],
			    all.val + all.start[j * W + i], 4 * 8);
		sv_matrix_fini(&A);
	}
	assert_int_equal(sv_problem_each(&p, see, &s, why), 0);
	assert_int_equal(sv_problem_each(&r, see, &t, why), 0);
	assert_int_equal(s.next, 1000);
	assert_int_equal(s.nnz, t.nnz);
	assert_int_equal(sv_problem_each(&p, see, &u, why), 5);
	sv_problem_fini(&p);
	sv_problem_fini(&r);
	sv_matrix_fini(&all);
}

/* What belongs to the whole is not said by an entry of one shard. */
static void
shards_do_not_override_the_problem(void **state)
{
	struct sv_problem r = recipe(1000), p;
	struct sv_matrix all = load_share(&r, 0, 1);
	json_t *entry, *o;

	(void)state;
	p = shards(&all);
	entry = json_array_get(json_object_get(p.json, "shards"), 0);
	assert_int_equal(json_object_set_new(entry, "d", json_integer(99)), 0);
	assert_int_equal(json_object_set_new(entry, "kind",
	    json_string("recipe")), 0);
	assert_non_null(o = sv_problem_share(&p, 0, W));
	assert_int_equal(json_integer_value(json_object_get(o, "d")), D);
	assert_string_equal(json_string_value(json_object_get(o, "kind")),
	    "shard");
	json_decref(o);
	sv_problem_fini(&p);
	sv_problem_fini(&r);
	sv_matrix_fini(&all);
}

static void
check_share(const json_t *share, const char *key, json_t *value,
    const char *want)
{
	json_t *o = json_copy((json_t *)(uintptr_t)share);
	char why[SV_WHY];
	struct sv_matrix A;

	if (value != NULL)
		json_object_set_new(o, key, value);
	else
		json_object_del(o, key);
	assert_int_equal(sv_share_load(o, &A, NULL, why), -1);
	if (strstr(why, want) == NULL)
		fail_msg("'%s' is not in '%s'", want, why);
	json_decref(o);
}

static void
the_wrong_file_is_refused(void **state)
{
	struct sv_problem r = recipe(300), p;
	struct sv_matrix all = load_share(&r, 0, 1);
	json_t *o;
	char why[SV_WHY];
	struct seen s = { .stop = UINT64_MAX };

	(void)state;
	p = shards(&all);
	assert_non_null(o = sv_problem_share(&p, 0, W));
	check_share(o, "kind", NULL, "kind");
	check_share(o, "kind", json_string("x"), "kind \"x\"");
	check_share(o, "url", NULL, "url");
	check_share(o, "url", json_string("gopher://x/y"), "not the URL of a");
	check_share(o, "url", json_string("file:///no/where"), "No such file");
	check_share(o, "shard", json_integer(1), "another shard");
	check_share(o, "shards", json_integer(4), "another shard");
	check_share(o, "shard", json_integer(3), "out of bounds");
	check_share(o, "d", json_integer(41), "features");
	check_share(o, "n", json_integer(99), "rows");
	check_share(o, "nnz", json_integer(399), "rows");
	check_share(o, "cut", json_string("0"), "another cut");
	check_share(o, "cut", NULL, "out of bounds");
	assert_int_equal(rename("test-problem-1.svs", "test-problem-0.svs"), 0);
	check_share(o, "x", json_null(), "test-problem-0.svs: not the file"
	    " expected: it is another shard");
	assert_int_equal(sv_problem_each(&p, see, &s, why), -1);
	assert_non_null(strstr(why, "another shard"));
	json_decref(o);
	sv_problem_fini(&p);
	sv_problem_fini(&r);
	sv_matrix_fini(&all);
}

static void
bad_shares_of_a_recipe_are_refused(void **state)
{
	struct sv_problem p = recipe(300);
	json_t *o = sv_problem_share(&p, 0, 3);

	(void)state;
	check_share(o, "from", NULL, "from");
	check_share(o, "from", json_integer(-1), "from");
	check_share(o, "from", json_integer(101), "to");
	check_share(o, "to", json_integer(301), "to");
	check_share(o, "to", json_string("7"), "to");
	check_share(o, "k", json_integer(0), "k");
	check_share(o, "recipe", json_integer(9), "recipe");
	json_decref(o);
	sv_problem_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recipe_comes_back),
		cmocka_unit_test(bad_texts_are_refused),
		cmocka_unit_test(shares_of_a_recipe_make_the_whole),
		cmocka_unit_test(loading_can_be_called_off),
		cmocka_unit_test(shares_of_the_largest_recipe),
		cmocka_unit_test(each_row_of_a_recipe_is_seen),
		cmocka_unit_test_teardown(shard_files_are_loaded,
		    remove_shards),
		cmocka_unit_test_teardown(shards_do_not_override_the_problem,
		    remove_shards),
		cmocka_unit_test_teardown(the_wrong_file_is_refused,
		    remove_shards),
		cmocka_unit_test(bad_shares_of_a_recipe_are_refused)
	};

	return (cmocka_run_group_tests(tests, quiet, NULL));
}
