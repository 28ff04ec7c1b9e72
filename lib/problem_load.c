#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fileurl.h"
#include "json.h"
#include "problem.h"
#include "problem_text.h"
#include "shardfile.h"

/* Rows of a recipe that are made at once: non-zeros in all. */
#define EACH_NNZ 65536u

/* The recipe of ${share} and its rows; NULL, or the member that is wrong. */
static const char *
recipe_rows(const json_t *share, struct sv_recipe *r, uint64_t *from,
    uint64_t *to)
{
	const char *key;

	if ((key = sv_problem_recipe_of(share, r)) != NULL)
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
	    sv_problem_weighted(share, &weighted) == -1)
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
	else if (sv_problem_elem(share, &elem) == -1)
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
	    sv_problem_elem(share, &shape.elem) == -1)
		return (0);
	if (strcmp(kind, "recipe") == 0) {
		if (recipe_rows(share, &r, &from, &to) != NULL)
			return (0);
		shape_recipe(&shape, &r, to - from);
	} else if (sv_json_u64(share, "n", 0, INT64_MAX, &shape.rows) == -1 ||
	    sv_json_u64(share, "d", 1, SV_RECIPE_MAXCOLS, &shape.cols) == -1 ||
	    sv_json_u64(share, "nnz", 0, INT64_MAX, &shape.nnz) == -1 ||
	    sv_problem_weighted(share, &shape.weighted) == -1) {
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
