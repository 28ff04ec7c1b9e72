#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "problem.h"
#include "problem_text.h"

/* A member is missing or makes no sense. */
static int
bad(const char *key)
{

	sv_warnx("problem frame: \"%s\" is missing or out of bounds", key);
	return (-1);
}

int
sv_problem_elem(const json_t *o, enum sv_elem *elem)
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

int
sv_problem_weighted(const json_t *o, int *weighted)
{
	const json_t *v = json_object_get(o, "weighted");

	*weighted = json_is_true(v);
	return (v == NULL || json_is_boolean(v) ? 0 : -1);
}

int
sv_problem_positive(const json_t *o, int *mapped, double *positive)
{
	const json_t *v = json_object_get(o, "positive");

	*mapped = json_is_number(v);
	*positive = json_number_value(v);
	return (v == NULL || *mapped ? 0 : -1);
}

void
sv_problem_relabel(double *label, uint64_t n, double positive)
{

	for (uint64_t i = 0; i < n; i++)
		label[i] = label[i] < positive || label[i] > positive ? -1 : 1;
}

const char *
sv_problem_recipe_of(const json_t *o, struct sv_recipe *r)
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

	if ((key = sv_problem_recipe_of(p->json, r)) != NULL)
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

/* Labels of the files have become those of two classes, or of one. */
static int
map_labels(struct sv_problem *p, int few, double positive)
{
	unsigned others = p->nlabels;

	for (unsigned i = 0; i < p->nlabels; i++)
		if (p->labels[i] >= positive && p->labels[i] <= positive)
			others--;
	if (few && others == p->nlabels) {
		sv_warnx("problem frame: no row has the label that \"positive\""
		    " says");
		return (-1);
	}
	p->labels[0] = others > 0 || !few ? -1 : 1;
	p->labels[1] = 1;
	p->nlabels = others > 0 || !few ? 2 : 1;
	return (0);
}

/* null, or one to three numbers in ascending order. */
static int
parse_labels(struct sv_problem *p)
{
	const json_t *a = json_object_get(p->json, "labels"), *m;
	double last = -INFINITY, positive, y;
	int mapped;
	size_t i;

	if (sv_problem_positive(p->json, &mapped, &positive) == -1)
		return (bad("positive"));
	if (p->unread || json_is_null(a))
		return (mapped ? map_labels(p, 0, positive) : 0);
	if (!json_is_array(a) || json_array_size(a) < 1 ||
	    json_array_size(a) > 3)
		return (bad("labels"));
	json_array_foreach(a, i, m) {
		if (!json_is_number(m) || (y = json_number_value(m)) <= last)
			return (bad("labels"));
		p->labels[i] = last = y;
	}
	p->nlabels = (unsigned)json_array_size(a);
	return (mapped ? map_labels(p, 1, positive) : 0);
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
	if (sv_problem_weighted(p->json, &p->weighted) == -1)
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

static int
parse_ranges(struct sv_problem *p)
{
	const char *key = sv_problem_ranges(p);

	return (key != NULL ? bad(key) : parse_labels(p));
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
	else if (sv_problem_elem(p->json, &p->elem) == -1)
		bad("values");
	else if (strcmp(kind, "recipe") == 0)
		rc = parse_recipe(p);
	else if (strcmp(kind, "shards") == 0)
		rc = parse_shards(p);
	else if (strcmp(kind, "ranges") == 0)
		rc = parse_ranges(p);
	else
		sv_warnx("problem frame: kind \"%.40s\" is not known", kind);
	if (rc == 0)
		rc = sv_problem_scale(p, f);
	if (rc == -1)
		sv_problem_fini(p);
	return (rc);
}

void
sv_problem_fini(struct sv_problem *p)
{

	json_decref(p->json);
	free(p->factor);
	free(p->shift);
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

/*
 * The share of a shard or range: ${o}, which may be NULL and is stolen, with
 * what the problem says of this one, ${m}, and then what it says of all.
 */
static json_t *
share_of(const struct sv_problem *p, json_t *o, json_t *m)
{
	static const char *const keys[] = { "cut", "weighted", "positive",
	    "zero_based", "s3", "etag", "url", "bytes", NULL };
	json_t *v;

	if (o == NULL || m == NULL || json_object_update_missing(o, m) == -1)
		goto err;
	if (p->elem == SV_F32 && json_object_set_new(o, "values",
	    json_string("f32")) == -1)
		goto err;
	for (size_t i = 0; keys[i] != NULL; i++)
		if ((v = json_object_get(p->json, keys[i])) != NULL &&
		    json_object_get(o, keys[i]) == NULL &&
		    json_object_set(o, keys[i], v) == -1)
			goto err;
	return (o);

err:
	json_decref(o);
	return (NULL);
}

/* The members that a shard file is checked against, or a range. */
static json_t *
share_part(const struct sv_problem *p, uint32_t i)
{

	if (p->kind == SV_PROBLEM_RANGES)
		return (share_of(p, json_pack("{s:s, s:I}", "kind", "range",
		    "d", (json_int_t)p->d),
		    json_array_get(json_object_get(p->json, "ranges"), i)));
	return (share_of(p, json_pack("{s:s, s:I, s:i, s:i}", "kind", "shard",
	    "d", (json_int_t)p->d, "shard", (int)i, "shards", (int)p->shards),
	    json_array_get(json_object_get(p->json, "shards"), i)));
}

json_t *
sv_problem_share(const struct sv_problem *p, uint32_t i, uint32_t W)
{
	json_t *o;

	if (p->kind != SV_PROBLEM_RECIPE)
		return (share_part(p, i));
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
