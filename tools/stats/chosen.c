#include "config.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chosen.h"
#include "err.h"
#include "measure.h"

enum name { NAME_FIRST, NAME_LAST, NAME_MEDIAN, NAME_SLOWEST, NAME_N };

static const char * const names[NAME_N] = {
	[NAME_FIRST] = "first", [NAME_LAST] = "last",
	[NAME_MEDIAN] = "median", [NAME_SLOWEST] = "slowest"
};

/* One of the list: a name, or where it is NAME_N a number. */
struct item {
	enum name name;
	uint32_t number;
};

/*
 * Read one item and go on behind it, and its comma.  Return 1, 0 at the end, or
 * -1 where it is none.
 */
static int
next_item(const char **list, struct item *item)
{
	size_t len = strcspn(*list, ",");
	uint64_t v = 0;

	if (**list == '\0')
		return (0);
	item->name = NAME_N;
	for (int i = 0; i < NAME_N; i++)
		if (strlen(names[i]) == len &&
		    strncmp(*list, names[i], len) == 0)
			item->name = (enum name)i;
	if (item->name == NAME_N) {
		if (len == 0 || len > 10 || strspn(*list, "0123456789") < len)
			return (-1);
		for (size_t i = 0; i < len; i++)
			v = 10 * v + (uint64_t)((*list)[i] - '0');
		if (v > UINT32_MAX)
			return (-1);
		item->number = (uint32_t)v;
	}
	*list += len;
	if (**list == ',' && *++*list == '\0')
		return (-1);
	return (1);
}

int
chosen_check(const char *list)
{
	const char *rest = list;
	struct item item;
	int rc = *list == '\0' ? -1 : 1;

	while (rc == 1)
		rc = next_item(&rest, &item);
	if (rc == 0)
		return (0);
	sv_warnx("--rounds %s: expected numbers, first, last, median, slowest, "
	    "with commas between them", list);
	return (-1);
}

/* A round whose rows are kept, and how long it took. */
struct known {
	double seconds;
	size_t k;
};

static int
by_seconds(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	if (x->seconds != y->seconds)
		return (x->seconds < y->seconds ? -1 : 1);
	/* Of equal ones the last is the first, so that the first is slowest. */
	return (x->k > y->k ? -1 : 1);
}

static const struct sv_run_round *
kept(const struct sv_run *run, size_t k)
{

	return (&run->round[run->rows.round[k]]);
}

/* The place of the round of a name; SIZE_MAX where there is none. */
static size_t
find_name(const struct sv_run *run, enum name name, struct known *scratch)
{
	size_t first = SIZE_MAX, last = SIZE_MAX, n = 0;

	for (size_t k = 0; k < run->rows.n; k++) {
		if (!kept(run, k)->own)
			continue;
		first = first == SIZE_MAX ? k : first;
		last = k;
		scratch[n].seconds = sv_measure_round(kept(run, k));
		scratch[n].k = k;
		n += isnan(scratch[n].seconds) ? 0 : 1;
	}
	if (name == NAME_FIRST || name == NAME_LAST)
		return (name == NAME_FIRST ? first : last);
	if (n == 0)
		return (SIZE_MAX);
	qsort(scratch, n, sizeof(*scratch), by_seconds);
	return (scratch[name == NAME_MEDIAN ? (n - 1) / 2 : n - 1].k);
}

/* There is no such round, or nothing is kept of it: say so. */
static void
complain(const struct sv_run *run, uint32_t number)
{
	const struct sv_run_round *first = NULL, *last = NULL, *r;
	int there = 0;

	for (size_t i = 0; i < run->nround; i++) {
		r = &run->round[i];
		if (!r->own)
			continue;
		first = first == NULL || r->round < first->round ? r : first;
		last = last == NULL || r->round > last->round ? r : last;
		there |= r->round == number;
	}
	if (there)
		sv_warnx("%s: --rounds: of so long a run the rows of one round "
		    "in %zu are kept, and not those of round %u", run->name,
		    run->rows.every, number);
	else if (first == NULL)
		sv_warnx("%s: --rounds: there is no round %u, nor any other",
		    run->name, number);
	else
		sv_warnx("%s: --rounds: there is no round %u among those from "
		    "%u to %u", run->name, number, first->round, last->round);
}

/* The place of the round of a number; SIZE_MAX where there is none. */
static size_t
find_number(const struct sv_run *run, uint32_t number)
{

	for (size_t k = 0; k < run->rows.n; k++)
		if (kept(run, k)->own && kept(run, k)->round == number)
			return (k);
	return (SIZE_MAX);
}

static void
add(const struct sv_run *run, size_t k, enum name name, struct chosen *chosen,
    size_t *n)
{

	for (size_t i = 0; i < *n; i++)
		if (chosen[i].k == k)
			return;
	chosen[*n].k = k;
	chosen[*n].round = run->rows.round[k];
	chosen[(*n)++].why = name < NAME_N ? names[name] : "";
}

int
chosen_rounds(const struct sv_run *run, const char *list,
    struct chosen **chosen, size_t *n)
{
	struct known *scratch = calloc(run->rows.n + 1, sizeof(*scratch));
	struct item item;
	int rc = 0, more;
	size_t k;

	*n = 0;
	list = list == NULL ? CHOSEN_DEFAULT : list;
	/* There are no more items than characters. */
	*chosen = calloc(strlen(list) + 1, sizeof(**chosen));
	if (*chosen == NULL || scratch == NULL) {
		sv_warn("--rounds");
		rc = -1;
	}
	while (rc == 0 && (more = next_item(&list, &item)) != 0) {
		k = more == -1 ? SIZE_MAX : item.name < NAME_N ?
		    find_name(run, item.name, scratch) :
		    find_number(run, item.number);
		if (k != SIZE_MAX)
			add(run, k, item.name, *chosen, n);
		else if (more == -1)
			rc = -1;	/* chosen_check() has said why */
		else if (item.name == NAME_N) {
			complain(run, item.number);
			rc = -1;
		}
	}
	free(scratch);
	if (rc == -1) {
		free(*chosen);
		*chosen = NULL;
		*n = 0;
	}
	return (rc);
}

int
chosen_known(const struct sv_run *run, const char *list)
{
	struct item item;
	int more;

	list = list == NULL ? CHOSEN_DEFAULT : list;
	while ((more = next_item(&list, &item)) == 1)
		if (item.name == NAME_N &&
		    find_number(run, item.number) == SIZE_MAX)
			return (0);
	return (more == 0);
}
