#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "same.h"

/* A member as text, short enough for a message. */
static void
show(const json_t *o, const char *key, char text[48])
{
	const json_t *value = json_object_get(o, key);
	char *all = NULL;

	if (value != NULL)
		all = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
		    JSON_REAL_PRECISION(9));
	if (all == NULL)
		snprintf(text, 48, "none");
	else if (strlen(all) < 48)
		snprintf(text, 48, "%s", all);
	else
		snprintf(text, 48, "%.40s...", all);
	free(all);
}

/* Is a member the same, or missing in both?  If not, why. */
static int
equal(const json_t *then, const json_t *now, const char *key,
    char why[SAME_WHY])
{
	const json_t *a = json_object_get(then, key);
	const json_t *b = json_object_get(now, key);
	char was[48], is[48];

	if (a == NULL && b == NULL)
		return (1);
	if (a != NULL && b != NULL && json_equal(a, b))
		return (1);
	show(then, key, was);
	show(now, key, is);
	snprintf(why, SAME_WHY, "%s was %s and is %s", key, was, is);
	return (0);
}

/* All of these; the last one is NULL. */
static int
all_equal(const json_t *then, const json_t *now, const char *const *keys,
    char why[SAME_WHY])
{

	for (; *keys != NULL; keys++)
		if (!equal(then, now, *keys, why))
			return (0);
	return (1);
}

enum same
same_problem(const json_t *then, const json_t *now, char why[SAME_WHY])
{
	static const char *const rows[] = { "kind", "n", "d", "nnz", "labels",
	    "weighted", "positive", "scale", "recipe", "k", "seed", "bytes",
	    NULL };
	static const char *const form[] = { "cut", "values", "etag", "ranges",
	    NULL };
	size_t was = json_array_size(json_object_get(then, "shards"));
	size_t is = json_array_size(json_object_get(now, "shards"));

	if (!all_equal(then, now, rows, why))
		return (SAME_NOT);
	if (was != is) {
		snprintf(why, SAME_WHY, "the rows were cut into %zu shards and "
		    "are cut into %zu", was, is);
		return (SAME_F);
	}
	return (all_equal(then, now, form, why) ? SAME : SAME_F);
}

/* The task is text in text. */
static json_t *
task_of(const json_t *about)
{
	const json_t *task = json_object_get(about, "task");

	if (!json_is_string(task))
		return (NULL);
	return (json_loadb(json_string_value(task), json_string_length(task),
	    JSON_REJECT_DUPLICATES, NULL));
}

static enum same
same_task(const json_t *then, const json_t *now, char why[SAME_WHY])
{
	static const char *const model[] = { "loss", "intercept", NULL };
	static const char *const form[] = { "param", "weights", NULL };
	static const char *const method[] = { "task", "memory", "solver",
	    "kmin", "kmax", "eps_g", "eps_f", NULL };

	if (!json_is_object(then)) {
		snprintf(why, SAME_WHY, "its task is no object");
		return (SAME_NOT);
	}
	if (!all_equal(then, now, model, why))
		return (SAME_NOT);
	if (!all_equal(then, now, form, why))
		return (SAME_ROWS);
	return (all_equal(then, now, method, why) ? SAME : SAME_F);
}

static enum same
max_of(enum same a, enum same b)
{

	return (a > b ? a : b);
}

enum same
same_about(const json_t *then, const json_t *now, char why[SAME_WHY])
{
	static const char *const how[] = { "method", "version", "workers",
	    "elements" };
	static const char *const what[] = { "regulariser", "path" };
	json_t *a = task_of(then), *b = task_of(now);
	enum same s = SAME, t;
	char other[SAME_WHY];

	for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++)
		if (json_object_get(then, how[i]) != NULL &&
		    !equal(then, now, how[i], s == SAME ? why : other))
			s = SAME_F;
	/* The worst is what is told. */
	if (json_object_get(then, "regulariser") != NULL)
		for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++)
			if (!equal(then, now, what[i], why))
				s = SAME_ROWS;
	if (json_object_get(then, "task") != NULL) {
		t = same_task(a, b, other);
		if (t > s)
			memcpy(why, other, sizeof(other));
		s = max_of(s, t);
	}
	json_decref(a);
	json_decref(b);
	return (s);
}
