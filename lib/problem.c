#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "fileurl.h"
#include "json.h"
#include "problem.h"
#include "shardfile.h"

/* Rows of a recipe that are made at once: non-zeros in all. */
#define EACH_NNZ 65536u

/* A member is missing or makes no sense. */
static int
bad(const char *key)
{

	sv_warnx("problem frame: \"%s\" is missing or out of bounds", key);
	return (-1);
}

/* "values" of a problem or a share.  Return 0, or -1 if it makes no sense. */
static int
elem_of(const json_t *o, enum sv_elem *elem)
{
	const json_t *v = json_object_get(o, "values");
	const char *name = v != NULL ? json_string_value(v) : "f64";

	*elem = SV_F64;
	if (name != NULL && strcmp(name, "f32") == 0)
		*elem = SV_F32;
	else if (name == NULL || strcmp(name, "f64") != 0)
		return (-1);
	return (0);
}

/* "weighted" of a problem or a share.  Return 0, or -1 if it makes no sense. */
static int
weighted_of(const json_t *o, int *weighted)
{
	const json_t *v = json_object_get(o, "weighted");

	*weighted = json_is_true(v);
	return (v == NULL || json_is_boolean(v) ? 0 : -1);
}

/* The recipe's members of a problem or a share; NULL, or the one at fault. */
static const char *
recipe_of(const json_t *o, struct sv_recipe *r)
{
	uint64_t version;

	if (sv_json_u64(o, "recipe", 1, 1, &version) == -1)
		return ("recipe");
	if (sv_json_u64(o, "n", 1, SV_RECIPE_MAXROWS, &r->n) == -1)
		return ("n");
	if (sv_json_u64(o, "d", 1, SV_RECIPE_MAXCOLS, &r->d) == -1)
		return ("d");
	if (sv_json_u64(o, "k", 1, r->d, &r->k) == -1)
		return ("k");
	if (sv_json_u64(o, "seed", 0, SV_RECIPE_MAXSEED, &r->seed) == -1)
		return ("seed");
	return (sv_recipe_check(r) == NULL ? NULL : "k");
}

static int
parse_recipe(struct sv_problem *p)
{
	struct sv_recipe *r = &p->recipe;
	const char *key;

	if ((key = recipe_of(p->json, r)) != NULL)
		return (bad(key));
	p->kind = SV_PROBLEM_RECIPE;
	p->n = r->n;
	p->d = r->d;
	p->nnz = r->n * r->k;
	p->labels[0] = -1;
	p->labels[1] = 1;
	p->nlabels = 2;
	return (0);
}

/* null, or one to three numbers in ascending order. */
static int
parse_labels(struct sv_problem *p)
{
	const json_t *a = json_object_get(p->json, "labels"), *m;
	double last = -INFINITY, y;
	size_t i;

	if (json_is_null(a))
		return (0);
	if (!json_is_array(a) || json_array_size(a) < 1 ||
	    json_array_size(a) > 3)
		return (bad("labels"));
	json_array_foreach(a, i, m) {
		if (!json_is_number(m) || (y = json_number_value(m)) <= last)
			return (bad("labels"));
		p->labels[i] = last = y;
	}
	p->nlabels = (unsigned)json_array_size(a);
	return (0);
}

/* The shard files must add up to the whole. */
static int
parse_shards(struct sv_problem *p)
{
	const json_t *a = json_object_get(p->json, "shards"), *m;
	uint64_t n, nnz, rows = 0, total = 0;
	const char *s;
	size_t i;

	p->kind = SV_PROBLEM_SHARDS;
	if (sv_json_u64(p->json, "n", 1, SV_RECIPE_MAXROWS, &p->n) == -1)
		return (bad("n"));
	if (sv_json_u64(p->json, "d", 1, SV_RECIPE_MAXCOLS, &p->d) == -1)
		return (bad("d"));
	if (sv_json_u64(p->json, "nnz", 0, INT64_MAX, &p->nnz) == -1)
		return (bad("nnz"));
	if (sv_json_string(p->json, "cut", &s) == -1)
		return (bad("cut"));
	if (weighted_of(p->json, &p->weighted) == -1)
		return (bad("weighted"));
	if (!json_is_array(a) || json_array_size(a) < 1 ||
	    json_array_size(a) > SV_PROBLEM_MAXSHARDS)
		return (bad("shards"));
	json_array_foreach(a, i, m) {
		if (sv_json_string(m, "url", &s) == -1 ||
		    sv_json_u64(m, "n", 1, p->n - rows, &n) == -1 ||
		    sv_json_u64(m, "nnz", 0, p->nnz - total, &nnz) == -1) {
			sv_warnx("problem frame: shard %zu: \"url\", \"n\" or"
			    " \"nnz\" is missing or out of bounds", i);
			return (-1);
		}
		rows += n;
		total += nnz;
	}
	if (rows != p->n || total != p->nnz) {
		sv_warnx("problem frame: the shards do not add up to %" PRIu64
		    " rows and %" PRIu64 " non-zeros", p->n, p->nnz);
		return (-1);
	}
	p->shards = (uint32_t)json_array_size(a);
	return (parse_labels(p));
}

int
sv_problem_parse(struct sv_problem *p, const struct sv_frame *f)
{
	const char *kind;
	int rc = -1;

	memset(p, 0, sizeof(*p));
	if ((p->json = sv_json_of(f)) == NULL)
		return (-1);
	if (sv_json_string(p->json, "kind", &kind) == -1)
		bad("kind");
	else if (elem_of(p->json, &p->elem) == -1)
		bad("values");
	else if (strcmp(kind, "recipe") == 0)
		rc = parse_recipe(p);
	else if (strcmp(kind, "shards") == 0)
		rc = parse_shards(p);
	else
		sv_warnx("problem frame: kind \"%.40s\" is not known", kind);
	if (rc == -1)
		sv_problem_fini(p);
	return (rc);
}

void
sv_problem_fini(struct sv_problem *p)
{

	json_decref(p->json);
	memset(p, 0, sizeof(*p));
}

int
sv_problem_recipe(struct sv_frame *f, const struct sv_recipe *r, double p,
    enum sv_elem elem)
{

	return (sv_json_frame(f, SV_PROBLEM, json_pack(
	    "{s:s, s:i, s:I, s:I, s:I, s:f, s:I, s:s*}", "kind", "recipe",
	    "recipe", 1, "n", (json_int_t)r->n, "d", (json_int_t)r->d,
	    "k", (json_int_t)r->k, "p", p, "seed", (json_int_t)r->seed,
	    "values", elem == SV_F32 ? "f32" : NULL)));
}

/* floor(i n / W) without overflow. */
static uint64_t
cut(uint64_t n, uint32_t i, uint32_t W)
{

	return (n / W * i + n % W * i / W);
}

/* The members that a shard file is checked against. */
static json_t *
share_shard(const struct sv_problem *p, uint32_t i)
{
	json_t *o, *m;

	m = json_array_get(json_object_get(p->json, "shards"), i);
	if (m == NULL || (o = json_pack("{s:s, s:I, s:i, s:i}",
	    "kind", "shard", "d", (json_int_t)p->d, "shard", (int)i,
	    "shards", (int)p->shards)) == NULL)
		return (NULL);
	if (json_object_set(o, "cut", json_object_get(p->json, "cut")) == -1 ||
	    (p->elem == SV_F32 && json_object_set_new(o, "values",
	    json_string("f32")) == -1) ||
	    (p->weighted && json_object_set_new(o, "weighted",
	    json_true()) == -1) ||
	    json_object_update_missing(o, m) == -1) {
		json_decref(o);
		return (NULL);
	}
	return (o);
}

json_t *
sv_problem_share(const struct sv_problem *p, uint32_t i, uint32_t W)
{
	json_t *o;

	if (p->kind == SV_PROBLEM_SHARDS)
		return (share_shard(p, i));
	if ((o = json_copy(p->json)) == NULL)
		return (NULL);
	if (json_object_set_new(o, "from",
	    json_integer((json_int_t)cut(p->n, i, W))) == -1 ||
	    json_object_set_new(o, "to",
	    json_integer((json_int_t)cut(p->n, i + 1, W))) == -1) {
		json_decref(o);
		return (NULL);
	}
	return (o);
}

/* The recipe of ${share} and its rows; NULL, or the member that is wrong. */
static const char *
recipe_rows(const json_t *share, struct sv_recipe *r, uint64_t *from,
    uint64_t *to)
{
	const char *key;

	if ((key = recipe_of(share, r)) != NULL)
		return (key);
	if (sv_json_u64(share, "from", 0, r->n, from) == -1)
		return ("from");
	return (sv_json_u64(share, "to", *from, r->n, to) == -1 ? "to" : NULL);
}

/* Rows that are made at once where not all are. */
static uint64_t
recipe_step(const struct sv_recipe *r)
{

	return (r->k < EACH_NNZ ? EACH_NNZ / r->k : 1);
}

/* The shape of ${n} rows. */
static void
shape_recipe(struct sv_matrix_shape *shape, const struct sv_recipe *r,
    uint64_t n)
{

	shape->rows = n;
	shape->cols = r->d;
	shape->nnz = n * r->k;
}

/* Rows [${from}, ${to}) of a recipe, a few at a time, into ${A}. */
static int
fill_recipe(const struct sv_recipe *r, uint64_t from, uint64_t to,
    struct sv_matrix *A, const struct sv_csr_poll *poll)
{
	struct sv_csr part;
	int rc = 0;

	for (uint64_t i = from, next; i < to && rc == 0; i = next) {
		next = to - i > recipe_step(r) ? i + recipe_step(r) : to;
		if ((rc = sv_recipe_expand(r, i, next, &part, poll)) == 0)
			rc = sv_matrix_put(A, i - from, &part);
		sv_csr_fini(&part);
	}
	return (rc);
}

static int
load_recipe(const json_t *share, enum sv_elem elem, struct sv_matrix *A,
    const struct sv_csr_poll *poll, char why[SV_WHY])
{
	struct sv_matrix_shape shape = { .elem = elem };
	struct sv_recipe r;
	struct sv_csr rows;
	uint64_t from, to;
	const char *key;
	int rc;

	if ((key = recipe_rows(share, &r, &from, &to)) != NULL) {
		snprintf(why, SV_WHY, "share: \"%s\" is missing or out of"
		    " bounds", key);
		return (-1);
	}
	shape_recipe(&shape, &r, to - from);
	if (elem == SV_F64 && sv_matrix_kind(&shape) == SV_SPARSE) {
		rc = sv_recipe_expand(&r, from, to, &rows, poll);
		sv_matrix_take(A, &rows);
	} else if ((rc = sv_matrix_alloc(A, &shape)) == 0) {
		rc = fill_recipe(&r, from, to, A, poll);
		if (rc == -1 && errno != ECANCELED)
			sv_matrix_fini(A);
	}
	if (rc == -1)
		snprintf(why, SV_WHY, "rows %" PRIu64 " to %" PRIu64 " of the"
		    " recipe: %s", from, to, strerror(errno));
	return (rc);
}

/* Is the file the one that the share means?  NULL, or what differs. */
static const char *
compare(const json_t *share, const struct sv_shardfile_info *info)
{
	uint64_t d, n, nnz;
	uint32_t shard, shards;
	const char *cut;
	int weighted;

	if (sv_json_u64(share, "d", 1, SV_RECIPE_MAXCOLS, &d) == -1 ||
	    sv_json_u64(share, "n", 1, SV_RECIPE_MAXROWS, &n) == -1 ||
	    sv_json_u64(share, "nnz", 0, INT64_MAX, &nnz) == -1 ||
	    sv_json_u32(share, "shards", 1, SV_PROBLEM_MAXSHARDS,
	    &shards) == -1 ||
	    sv_json_u32(share, "shard", 0, shards - 1, &shard) == -1 ||
	    sv_json_string(share, "cut", &cut) == -1 ||
	    weighted_of(share, &weighted) == -1)
		return ("the share's members are missing or out of bounds");
	if (shard != info->shard || shards != info->shards)
		return ("it is another shard");
	if (d != info->d)
		return ("it has another number of features");
	if (n != info->rows || nnz != info->nnz)
		return ("it has another number of rows or non-zeros");
	if (weighted != info->weighted)
		return (weighted ? "it has no weights" : "it has weights");
	if (strcmp(cut, info->cut) != 0)
		return ("it is of another cut");
	return (NULL);
}

/* Open the shard file of ${share}, and check that it is the right one. */
static struct sv_shardfile *
open_shard(const json_t *share, char why[SV_WHY])
{
	struct sv_shardfile *s = NULL;
	const char *url, *what;
	char *path;

	if (sv_json_string(share, "url", &url) == -1) {
		snprintf(why, SV_WHY, "share: \"url\" is missing");
		return (NULL);
	}
	if ((path = sv_fileurl_path(url)) == NULL) {
		snprintf(why, SV_WHY, "%.200s: %s", url, errno == EINVAL ?
		    "not the URL of a local file" : strerror(errno));
		return (NULL);
	}
	if ((s = sv_shardfile_open(path, why)) != NULL &&
	    (what = compare(share, sv_shardfile_info(s))) != NULL) {
		snprintf(why, SV_WHY, "%.150s: not the file expected: %.60s",
		    path, what);
		sv_shardfile_close(s);
		s = NULL;
	}
	free(path);
	return (s);
}

static int
load_shard(const json_t *share, enum sv_elem elem, struct sv_matrix *A,
    const struct sv_csr_poll *poll, char why[SV_WHY])
{
	struct sv_shardfile *s;
	int rc;

	if ((s = open_shard(share, why)) == NULL)
		return (-1);
	rc = sv_shardfile_load(s, elem, A, poll, why);
	sv_shardfile_close(s);
	return (rc);
}

int
sv_share_load(const json_t *share, struct sv_matrix *A,
    const struct sv_csr_poll *poll, char why[SV_WHY])
{
	const char *kind;
	enum sv_elem elem;

	why[0] = '\0';
	memset(A, 0, sizeof(*A));
	if (sv_json_string(share, "kind", &kind) == -1)
		snprintf(why, SV_WHY, "share: \"kind\" is missing");
	else if (elem_of(share, &elem) == -1)
		snprintf(why, SV_WHY, "share: \"values\" makes no sense");
	else if (strcmp(kind, "recipe") == 0)
		return (load_recipe(share, elem, A, poll, why));
	else if (strcmp(kind, "shard") == 0)
		return (load_shard(share, elem, A, poll, why));
	else
		snprintf(why, SV_WHY, "share: kind \"%.40s\" is not known",
		    kind);
	return (-1);
}

uint64_t
sv_share_bytes(const json_t *share)
{
	struct sv_matrix_shape shape = { .weighted = 0 };
	uint64_t from, to;
	struct sv_recipe r;
	const char *kind;
	size_t need;

	if (sv_json_string(share, "kind", &kind) == -1 ||
	    elem_of(share, &shape.elem) == -1)
		return (0);
	if (strcmp(kind, "recipe") == 0) {
		if (recipe_rows(share, &r, &from, &to) != NULL)
			return (0);
		shape_recipe(&shape, &r, to - from);
	} else if (sv_json_u64(share, "n", 0, INT64_MAX, &shape.rows) == -1 ||
	    sv_json_u64(share, "d", 1, SV_RECIPE_MAXCOLS, &shape.cols) == -1 ||
	    sv_json_u64(share, "nnz", 0, INT64_MAX, &shape.nnz) == -1 ||
	    weighted_of(share, &shape.weighted) == -1) {
		return (0);
	}
	return ((need = sv_matrix_need(&shape)) > 0 ? need : UINT64_MAX);
}

static int
each_recipe(const struct sv_recipe *r, sv_rows_fn *fn, void *ctx,
    char why[SV_WHY])
{
	uint64_t step = recipe_step(r);
	struct sv_csr A;
	int rc = 0;

	for (uint64_t i = 0, next; i < r->n && rc == 0; i = next) {
		next = r->n - i > step ? i + step : r->n;
		if (sv_recipe_expand(r, i, next, &A, NULL) == -1) {
			snprintf(why, SV_WHY, "row %" PRIu64 " of the recipe:"
			    " %s", i, strerror(errno));
			return (-1);
		}
		rc = fn(ctx, &A, i);
		sv_csr_fini(&A);
	}
	return (rc);
}

/* The rows of shard ${i}; the first is row ${first}. */
static int
each_shard(const struct sv_problem *p, uint32_t i, uint64_t first,
    sv_rows_fn *fn, void *ctx, char why[SV_WHY])
{
	struct sv_shardfile *s = NULL;
	struct sv_csr part;
	json_t *share;
	int rc = -1;

	if ((share = sv_problem_share(p, i, p->shards)) == NULL)
		snprintf(why, SV_WHY, "shard %" PRIu32 ": out of memory", i);
	else
		s = open_shard(share, why);
	json_decref(share);
	if (s == NULL)
		return (-1);
	while ((rc = sv_shardfile_next(s, &part, why)) == 1) {
		if ((rc = fn(ctx, &part, first)) != 0)
			break;
		first += part.rows;
	}
	sv_shardfile_close(s);
	return (rc);
}

int
sv_problem_each(const struct sv_problem *p, sv_rows_fn *fn, void *ctx,
    char why[SV_WHY])
{
	uint64_t first = 0, n;
	json_t *shards;
	int rc = 0;

	why[0] = '\0';
	if (p->kind == SV_PROBLEM_RECIPE)
		return (each_recipe(&p->recipe, fn, ctx, why));
	shards = json_object_get(p->json, "shards");
	for (uint32_t i = 0; i < p->shards && rc == 0; i++) {
		rc = each_shard(p, i, first, fn, ctx, why);
		if (sv_json_u64(json_array_get(shards, i), "n", 1, p->n,
		    &n) == 0)
			first += n;
	}
	return (rc);
}
