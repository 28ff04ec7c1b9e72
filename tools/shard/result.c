#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "fileurl.h"
#include "io.h"
#include "json.h"
#include "result.h"

/* Where workers find a file: a string for the caller, or NULL. */
static char *
url_of(const struct result *r, enum name what, uint32_t i)
{
	const char *path = names_path(r->names, what, i);

	if (r->upload == NULL)
		return (sv_fileurl_make(path));
	return (upload_url(r->upload, strrchr(path, '/') + 1));
}

/* {"url":...,"n":...}, or NULL. */
static json_t *
file_json(const struct result *r, enum name what, uint32_t i, uint64_t n)
{
	char *url = url_of(r, what, i);
	json_t *o = NULL;

	if (url != NULL)
		o = json_pack("{s:s, s:I}", "url", url, "n", (json_int_t)n);
	free(url);
	return (o);
}

/* The member "shards", or NULL. */
static json_t *
shards_json(const struct result *r, uint32_t W)
{
	const struct sv_shardfile_info *info;
	json_t *shards = json_array(), *o;

	for (uint32_t i = 0; i < W; i++) {
		info = cut_info(r->cut, i);
		o = file_json(r, NAME_SHARD, i, info->rows);
		if (json_object_set_new(o, "nnz",
		    json_integer((json_int_t)info->nnz)) == -1 ||
		    json_array_append(shards, o) == -1) {
			json_decref(o);
			json_decref(shards);
			return (NULL);
		}
		json_decref(o);
	}
	return (shards);
}

/* The problem that the rows come from already says this; NULL: nothing. */
static json_t *
kept(const struct result *r, const char *key)
{
	const struct sv_problem *p = source_problem(r->source);

	return (p != NULL ? json_incref(json_object_get(p->json, key)) : NULL);
}

static json_t *
holdout_json(const struct result *r)
{

	if (r->holdout == NULL)
		return (kept(r, "holdout"));
	return (file_json(r, NAME_HOLDOUT, 0, holdout_rows(r->holdout)));
}

static json_t *
scale_json(const struct result *r)
{

	if (r->scale == NULL)
		return (kept(r, "scale"));
	return (json_string(scale_name(r->how)));
}

/* The whole text, or NULL. */
static json_t *
problem_json(const struct result *r)
{
	const uint32_t W = cut_info(r->cut, 0)->shards;
	json_t *schema;

	if (source_schema(r->source, &schema) == -1)
		return (NULL);
	return (json_pack("{s:s, s:I, s:I, s:I, s:o, s:s, s:o*, s:s*, s:o*,"
	    " s:o*, s:o*, s:o*, s:o*, s:o}",
	    "kind", "shards", "n", (json_int_t)cut_rows(r->cut),
	    "d", (json_int_t)r->d, "nnz", (json_int_t)cut_nnz(r->cut),
	    "labels", labels_json(r->labels), "cut", cut_id(r->cut),
	    "weighted", r->weighted ? json_true() : NULL,
	    "values", r->elem == SV_F32 ? "f32" : NULL,
	    "positive", r->positive != NULL ? labels_number(*r->positive) :
	    NULL,
	    "s3", r->upload != NULL ? upload_where(r->upload) : NULL,
	    "schema", schema, "holdout", holdout_json(r),
	    "scale", scale_json(r), "shards", shards_json(r, W)));
}

/*
 * Factors and shifts of the rows, d of each, as elements of ${f}: those of
 * ${s}, if there are any, were found in rows that are scaled by those of ${p}
 * already.  With y = (x - s) f, z = (y - t) g is (x - (s + t / f)) f g.
 */
static int
fill_scale(struct sv_frame *f, const struct result *r,
    const struct sv_problem *p)
{
	const double *factor = r->scale ? scale_factor(r->scale) : NULL;
	const double *shift = r->scale ? scale_shift(r->scale) : NULL;
	double *to = sv_frame_elems(f), a, b;
	int shifts = sv_frame_nelem(f) > r->d;

	for (uint64_t j = 0; j < r->d; j++) {
		int old = p != NULL && p->factor != NULL && j < p->d;

		a = old ? p->factor[j] : 1;
		b = old && p->shift != NULL ? p->shift[j] : 0;
		if (shift != NULL && (shift[j] < 0 || shift[j] > 0))
			b += shift[j] / a;
		to[j] = factor != NULL ? a * factor[j] : a;
		if (shifts)
			to[r->d + j] = b;
		if (!isfinite(to[j]) || !isfinite(b)) {
			sv_warnx("the scale of feature %" PRIu64 " is beyond"
			    " any number", j + 1);
			return (-1);
		}
	}
	return (0);
}

/* Make ${f} the frame of ${text}, with the elements that the rows' scale is. */
static int
make_frame(struct sv_frame *f, const struct result *r, const char *text)
{
	const struct sv_problem *p = source_problem(r->source);
	int scaled = r->scale != NULL || (p != NULL && p->factor != NULL);
	int shifted = (r->scale != NULL && scale_shift(r->scale) != NULL) ||
	    (p != NULL && p->shift != NULL);

	if (sv_frame_make(f, SV_PROBLEM, text, 0, scaled ? SV_F64 : SV_BYTES,
	    !scaled ? 0 : shifted ? 2 * r->d : r->d) == -1) {
		sv_warn("cannot write the problem");
		return (-1);
	}
	if (!scaled || fill_scale(f, r, p) == 0)
		return (0);
	sv_frame_fini(f);
	return (-1);
}

int
result_write(const struct result *r)
{
	json_t *o = problem_json(r);
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;
	struct sv_frame f;
	int rc;

	json_decref(o);
	if (text == NULL) {
		errno = ENOMEM;
		sv_warn("cannot write the problem");
		return (-1);
	}
	rc = make_frame(&f, r, text);
	free(text);
	if (rc == 0 && sv_frame_send(STDOUT_FILENO, &f) == -1) {
		sv_warn("cannot write the problem");
		rc = -1;
	}
	return (rc);
}
