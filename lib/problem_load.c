#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "problem.h"
#include "problem_shard.h"
#include "problem_text.h"
#include "range.h"

/* Rows of a recipe that are made at once: non-zeros in all. */
#define EACH_NNZ 65536u

/* Rows that are made at once where not all are. */
static uint64_t
recipe_step(const struct sv_recipe *r)
{

	return (r->k < EACH_NNZ ? EACH_NNZ / r->k : 1);
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

	if ((key = sv_problem_recipe_rows(share, &r, &from, &to)) != NULL) {
		snprintf(why, SV_WHY, "share: \"%s\" is missing or out of"
		    " bounds", key);
		return (-1);
	}
	sv_problem_recipe_shape(&shape, &r, to - from);
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

/* The share's rows, whatever they are made of. */
static int
load(const json_t *share, enum sv_elem elem, struct sv_matrix *A,
    const struct sv_csr_poll *poll, char why[SV_WHY])
{
	double positive;
	const char *kind;
	int mapped, rc;

	if (sv_json_string(share, "kind", &kind) == -1) {
		snprintf(why, SV_WHY, "share: \"kind\" is missing");
		return (-1);
	}
	if (sv_problem_positive(share, &mapped, &positive) == -1) {
		snprintf(why, SV_WHY, "share: \"positive\" makes no sense");
		return (-1);
	}
	if (strcmp(kind, "recipe") == 0)
		return (load_recipe(share, elem, A, poll, why));
	/* It maps its labels itself. */
	if (strcmp(kind, "range") == 0)
		return (sv_range_load(share, A, poll, why));
	if (strcmp(kind, "shard") != 0) {
		snprintf(why, SV_WHY, "share: kind \"%.40s\" is not known",
		    kind);
		return (-1);
	}
	if ((rc = sv_shard_load(share, elem, A, poll, why)) == 0 && mapped)
		sv_problem_relabel(A->label, A->rows, positive);
	return (rc);
}

int
sv_share_load(const json_t *share, struct sv_matrix *A,
    const struct sv_csr_poll *poll, char why[SV_WHY])
{
	enum sv_elem elem;

	why[0] = '\0';
	memset(A, 0, sizeof(*A));
	errno = 0;
	if (sv_problem_elem(share, &elem) == 0)
		return (load(share, elem, A, poll, why));
	snprintf(why, SV_WHY, "share: \"values\" makes no sense");
	return (-1);
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

/* The rows of a shard file; the first is row ${*first}. */
static int
each_shard(const json_t *share, uint64_t *first, sv_rows_fn *fn, void *ctx,
    char why[SV_WHY])
{
	double positive;
	struct sv_shard s;
	struct sv_csr part;
	int mapped, rc;

	if (sv_problem_positive(share, &mapped, &positive) == -1) {
		snprintf(why, SV_WHY, "share: \"positive\" makes no sense");
		return (-1);
	}
	if (sv_shard_open(&s, share, NULL, why) == -1)
		return (-1);
	while ((rc = sv_shardfile_next(s.file, &part, why)) == 1) {
		if (mapped)
			sv_problem_relabel(part.label, part.rows, positive);
		if ((rc = fn(ctx, &part, *first)) != 0)
			break;
		*first += part.rows;
	}
	sv_shard_close(&s);
	return (rc);
}

/* The rows of a range of a text, likewise. */
static int
each_range(const json_t *share, uint64_t *first, sv_rows_fn *fn, void *ctx,
    char why[SV_WHY])
{
	struct sv_range *r;
	struct sv_csr part;
	int rc;

	if ((r = sv_range_open(share, NULL, why)) == NULL)
		return (-1);
	while ((rc = sv_range_next(r, &part, why)) == 1) {
		if ((rc = fn(ctx, &part, *first)) != 0)
			break;
		*first += part.rows;
	}
	sv_range_close(r);
	return (rc);
}

int
sv_problem_each(const struct sv_problem *p, sv_rows_fn *fn, void *ctx,
    char why[SV_WHY])
{
	uint64_t first = 0;
	json_t *share;
	int rc = 0;

	why[0] = '\0';
	if (p->kind == SV_PROBLEM_RECIPE)
		return (each_recipe(&p->recipe, fn, ctx, why));
	for (uint32_t i = 0; i < p->shards && rc == 0; i++) {
		if ((share = sv_problem_share(p, i, p->shards)) == NULL) {
			snprintf(why, SV_WHY, "shard %" PRIu32 ": out of memory",
			    i);
			return (-1);
		}
		rc = (p->kind == SV_PROBLEM_RANGES ? each_range : each_shard)(
		    share, &first, fn, ctx, why);
		json_decref(share);
	}
	return (rc);
}
