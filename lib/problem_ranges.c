#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "problem.h"
#include "problem_text.h"

/* Range ${m} begins at byte ${from}: set ${*to}, and add up its rows. */
static int
parse_range(struct sv_problem *p, const json_t *m, uint64_t from,
    uint64_t bytes, uint64_t *to)
{
	uint64_t begin, n, nnz;

	if (sv_json_u64(m, "from", from, from, &begin) == -1 ||
	    sv_json_u64(m, "to", from, bytes, to) == -1)
		return (-1);
	if (p->unread)
		return (0);
	if (sv_json_u64(m, "n", 0, SV_RECIPE_MAXROWS - p->n, &n) == -1 ||
	    sv_json_u64(m, "nnz", 0, INT64_MAX - p->nnz, &nnz) == -1)
		return (-1);
	p->n += n;
	p->nnz += nnz;
	return (0);
}

const char *
sv_problem_ranges(struct sv_problem *p)
{
	const json_t *a = json_object_get(p->json, "ranges"), *m;
	uint64_t bytes, n, nnz, at = 0, to;
	const char *s;
	size_t i;

	p->kind = SV_PROBLEM_RANGES;
	p->unread = json_object_get(p->json, "n") == NULL;
	if (sv_json_string(p->json, "url", &s) == -1)
		return ("url");
	if (json_object_get(p->json, "etag") != NULL &&
	    sv_json_string(p->json, "etag", &s) == -1)
		return ("etag");
	if (sv_json_u64(p->json, "bytes", 1, INT64_MAX, &bytes) == -1)
		return ("bytes");
	if (sv_json_u64(p->json, "d", 1, SV_RECIPE_MAXCOLS, &p->d) == -1)
		return ("d");
	if (!json_is_array(a) || json_array_size(a) < 1 ||
	    json_array_size(a) > SV_PROBLEM_MAXSHARDS)
		return ("ranges");
	json_array_foreach(a, i, m) {
		if (parse_range(p, m, at, bytes, &to) == -1)
			return ("ranges");
		at = to;
	}
	if (at != bytes)
		return ("ranges");
	if (!p->unread && (sv_json_u64(p->json, "n", 1, SV_RECIPE_MAXROWS,
	    &n) == -1 || n != p->n))
		return ("n");
	if (!p->unread && (sv_json_u64(p->json, "nnz", 0, INT64_MAX,
	    &nnz) == -1 || nnz != p->nnz))
		return ("nnz");
	p->shards = (uint32_t)json_array_size(a);
	return (NULL);
}

/* ${d} numbers of a frame, where all are finite; NULL after a line. */
static double *
numbers(const double *from, uint64_t d)
{
	double *to;

	for (uint64_t j = 0; j < d; j++) {
		if (!isfinite(from[j])) {
			sv_warnx("problem frame: the scale of feature %" PRIu64
			    " is not finite", j + 1);
			return (NULL);
		}
	}
	if ((to = malloc((size_t)d * sizeof(*to))) == NULL) {
		sv_warn("the scale of %" PRIu64 " features", d);
		return (NULL);
	}
	memcpy(to, from, (size_t)d * sizeof(*to));
	return (to);
}

int
sv_problem_scale(struct sv_problem *p, const struct sv_frame *f)
{
	uint64_t n = sv_frame_nelem(f);
	const double *x = sv_frame_elems(f);
	const char *how;

	if (json_object_get(p->json, "scale") == NULL)
		return (0);
	if (p->kind == SV_PROBLEM_RECIPE ||
	    sv_json_string(p->json, "scale", &how) == -1 ||
	    (strcmp(how, "maxabs") != 0 && strcmp(how, "standard") != 0) ||
	    f->elem != SV_F64 || (n != p->d && n != 2 * p->d)) {
		sv_warnx("problem frame: \"scale\" or its elements make no"
		    " sense");
		return (-1);
	}
	if ((p->factor = numbers(x, p->d)) == NULL)
		return (-1);
	if (n == 2 * p->d && (p->shift = numbers(x + p->d, p->d)) == NULL)
		return (-1);
	return (0);
}
