#include <stddef.h>
#include <string.h>

#include "json.h"
#include "problem.h"
#include "problem_text.h"

const char *
sv_problem_recipe_rows(const json_t *share, struct sv_recipe *r,
    uint64_t *from, uint64_t *to)
{
	const char *key;

	if ((key = sv_problem_recipe_of(share, r)) != NULL)
		return (key);
	if (sv_json_u64(share, "from", 0, r->n, from) == -1)
		return ("from");
	return (sv_json_u64(share, "to", *from, r->n, to) == -1 ? "to" : NULL);
}

void
sv_problem_recipe_shape(struct sv_matrix_shape *shape,
    const struct sv_recipe *r, uint64_t n)
{

	shape->rows = n;
	shape->cols = r->d;
	shape->nnz = n * r->k;
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
		if (sv_problem_recipe_rows(share, &r, &from, &to) != NULL)
			return (0);
		sv_problem_recipe_shape(&shape, &r, to - from);
	} else if (sv_json_u64(share, "n", 0, INT64_MAX, &shape.rows) == -1 ||
	    sv_json_u64(share, "d", 1, SV_RECIPE_MAXCOLS, &shape.cols) == -1 ||
	    sv_json_u64(share, "nnz", 0, INT64_MAX, &shape.nnz) == -1 ||
	    sv_problem_weighted(share, &shape.weighted) == -1) {
		return (0);
	}
	return ((need = sv_matrix_need(&shape)) > 0 ? need : UINT64_MAX);
}
