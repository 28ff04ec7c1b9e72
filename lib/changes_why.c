#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "changes.h"

#define HOLE '\1'	/* stands for a number of seconds */

/* Reasons that differ in their seconds only. */
struct group {
	char key[SV_CHANGES_WHY];
	double least, most;	/* seconds; NaN: none in it */
	size_t first;	/* place of the first of them */
	uint64_t n;
};

/* The number of seconds in ${why}, "7.5 s": where, and how long it is. */
static const char *
seconds(const char *why, size_t *len)
{

	for (const char *p = why; (p = strpbrk(p, "0123456789")) != NULL;
	    p += *len) {
		*len = strspn(p, "0123456789.");
		if (p != why && p[-1] == ' ' && p[*len] == ' ' &&
		    p[*len + 1] == 's' && !isalnum((unsigned char)p[*len + 2]))
			return (p);
	}
	return (NULL);
}

/* "RequestId: 1-2-3 Error: x" is "Error: x". */
static void
drop_id(char *why)
{
	static const char label[] = "RequestId: ";
	char *id = strstr(why, label), *rest;

	if (id == NULL || (rest = strchr(id + strlen(label), ' ')) == NULL)
		return;
	memmove(id, rest + 1, strlen(rest + 1) + 1);
}

static void
split(struct group *g, const char *given, size_t order)
{
	char why[4 * SV_CHANGES_WHY];
	const char *s;
	size_t len;

	snprintf(why, sizeof(why), "%s", given);
	drop_id(why);
	s = seconds(why, &len);

	g->n = 1;
	g->first = order;
	g->least = g->most = NAN;
	if (s != NULL) {
		g->least = g->most = strtod(s, NULL);
		snprintf(g->key, sizeof(g->key), "%.*s%c%s", (int)(s - why),
		    why, HOLE, s + len);
	} else
		snprintf(g->key, sizeof(g->key), "%.*s",
		    (int)sizeof(g->key) - 1, why);
}

static int
by_key(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	if (c != 0)
		return (c);
	return (x->first < y->first ? -1 : x->first > y->first);
}

static int
by_number(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->n != y->n)
		return (x->n > y->n ? -1 : 1);
	return (x->first < y->first ? -1 : 1);
}

/* Make one of those that are alike; return how many are left. */
static size_t
merge(struct group *g, size_t n)
{
	size_t m = 0;

	qsort(g, n, sizeof(*g), by_key);
	for (size_t i = 0; i < n; i++) {
		if (m > 0 && strcmp(g[m - 1].key, g[i].key) == 0) {
			g[m - 1].n++;
			g[m - 1].least = fmin(g[m - 1].least, g[i].least);
			g[m - 1].most = fmax(g[m - 1].most, g[i].most);
		} else
			g[m++] = g[i];
	}
	qsort(g, m, sizeof(*g), by_number);
	return (m);
}

/* With its seconds: "7 s", or "7 to 8.5 s". */
static void
say(struct sv_changes_reason *r, const struct group *g)
{
	const char *hole = strchr(g->key, HOLE);
	char number[40];

	r->n = g->n;
	if (hole == NULL || isnan(g->least)) {
		memcpy(r->text, g->key, sizeof(r->text));
		return;
	}
	if (g->most > g->least)
		snprintf(number, sizeof(number), "%.3g to %.3g", g->least,
		    g->most);
	else
		snprintf(number, sizeof(number), "%.3g", g->least);
	snprintf(r->text, sizeof(r->text), "%.*s%s%s", (int)(hole - g->key),
	    g->key, number, hole + 1);
}

int
sv_changes_reasons(const struct sv_run *run, const char *event,
    struct sv_changes_reason **reason, size_t *n)
{
	struct group *g;
	size_t m = 0;

	*n = 0;
	*reason = NULL;
	if ((g = calloc(run->nevent + 1, sizeof(*g))) == NULL)
		return (-1);
	for (size_t i = 0; i < run->nevent; i++)
		if (strcmp(run->event[i].event, event) == 0) {
			split(&g[m], run->event[i].why, i);
			m++;
		}
	m = merge(g, m);
	if ((*reason = calloc(m + 1, sizeof(**reason))) != NULL) {
		for (size_t i = 0; i < m; i++)
			say(&(*reason)[i], &g[i]);
		*n = m;
	}
	free(g);
	return (*reason != NULL ? 0 : -1);
}
