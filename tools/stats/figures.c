#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "figures.h"
#include "human.h"

struct figure *
figure_make(enum figure_id id, const struct stats *s, size_t n)
{
	static void (* const make[FIGURE_N])(struct figure *,
	    const struct stats *, size_t) = {
		[FIGURE_TIMING] = figures_timing,
		[FIGURE_CONVERGENCE] = figures_convergence,
		[FIGURE_SCALING] = figures_scaling,
		[FIGURE_UTILISATION] = figures_utilisation,
		[FIGURE_DISTRIBUTION] = figures_distribution,
		[FIGURE_STARTS] = figures_starts,
		[FIGURE_RESPONSE] = figures_response,
		[FIGURE_BILL] = figures_bill
	};
	struct figure *f;

	if ((f = figure_new(id)) != NULL) {
		if (n > 0)
			make[id](f, s, n);
		if (figure_finish(f) == 0)
			return (f);
		figure_free(f);
	}
	sv_warnx("figure %s: out of memory", figure_name(id));
	return (NULL);
}

char *
figures_number(char buf[SV_HUMAN], double v)
{

	if (fabs(v) >= 9.95)
		return (sv_human_count(buf, round(v)));
	snprintf(buf, SV_HUMAN, "%.2g", v);
	return (buf);
}

const char *
figures_plural(double n)
{

	return (n == 1 ? "" : "s");
}

size_t
figures_sets(const struct stats *s, size_t n)
{
	size_t sets = n > 0;

	for (size_t i = 1; i < n; i++)
		sets += s[i].set != s[i - 1].set;
	return (sets);
}

const struct stats *
figures_set(const struct stats *s, size_t n, size_t i, size_t *m)
{
	size_t from = 0, to = 0;

	for (;; i--) {
		from = to;
		while (to < n && s[to].set == s[from].set)
			to++;
		if (i == 0 || to == n)
			break;
	}
	*m = to - from;
	return (s + from);
}

/* By set, workers, and time; NaN last, and of equals the one given first. */
static int
in_order(const void *a, const void *b)
{
	const struct stats *x = *(const struct stats * const *)a;
	const struct stats *y = *(const struct stats * const *)b;
	double t = x->sum.wall_s, u = y->sum.wall_s;

	if (x->set != y->set)
		return (x->set < y->set ? -1 : 1);
	if (x->sum.workers != y->sum.workers)
		return (x->sum.workers < y->sum.workers ? -1 : 1);
	if (isnan(t) != isnan(u))
		return (isnan(t) ? 1 : -1);
	if (!isnan(t) && t != u)
		return (t < u ? -1 : 1);
	return (x < y ? -1 : 1);
}

/* Do they differ in the set, or in the number of workers? */
static int
apart(const struct stats *x, const struct stats *y)
{

	return (x->set != y->set || x->sum.workers != y->sum.workers);
}

/* Bytes of a label that fit into a name; a character of UTF-8 stays whole. */
static int
label_length(const char *label)
{
	size_t len = strlen(label);

	if (len > FIGURES_NAME / 2)
		for (len = FIGURES_NAME / 2; len > 0 &&
		    (label[len] & 0xc0) == 0x80; )
			len--;
	return ((int)len);
}

/* The ${n} runs at ${sorted} are of one kind. */
static void
pick_one(struct pick *p, const struct stats * const *sorted, size_t n, int sets)
{
	const struct stats *s;
	size_t known = 0;
	int len;

	while (known < n && !isnan(sorted[known]->sum.wall_s))
		known++;
	s = p->s = sorted[known > 0 ? (known - 1) / 2 : 0];
	p->runs = n;
	len = sets ? label_length(s->label) : 0;
	if (s->sum.workers == 0)
		snprintf(p->name, sizeof(p->name), "%.*s%sno workers", len,
		    s->label, sets ? ", " : "");
	else
		snprintf(p->name, sizeof(p->name), "%.*s%sW = %" PRIu64, len,
		    s->label, sets ? ", " : "", s->sum.workers);
}

struct pick *
figures_pick(struct figure *f, const struct stats *s, size_t n, size_t *npick)
{
	const struct stats **sorted;
	struct pick *pick;
	int sets = figures_sets(s, n) > 1;

	*npick = 0;
	sorted = calloc(n + 1, sizeof(*sorted));
	pick = calloc(n + 1, sizeof(*pick));
	if (sorted == NULL || pick == NULL) {
		f->failed = 1;
		free(sorted);
		free(pick);
		return (NULL);
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = &s[i];
	qsort(sorted, n, sizeof(*sorted), in_order);
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && !apart(sorted[i], sorted[j]); )
			j++;
		/* Neither the first of its set nor the last? */
		if (i > 0 && sorted[i - 1]->set == sorted[i]->set && j < n &&
		    sorted[j]->set == sorted[i]->set)
			continue;
		pick_one(&pick[(*npick)++], sorted + i, j - i, sets);
	}
	free(sorted);
	return (pick);
}

int
figures_most(const struct pick *pick, size_t i, size_t n)
{

	return (i + 1 == n || pick[i + 1].s->set != pick[i].s->set);
}

int
figures_cut(const struct sv_run *run)
{

	return (run->end == NULL && (run->damaged || run->job != NULL));
}

/* Are a number or a truth the same in both texts, if both have it? */
static int
same_member(const json_t *a, const json_t *b, const char *key)
{
	const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);

	if (x == NULL || y == NULL)
		return (x == y);
	if (json_is_number(x) && json_is_number(y))
		return (json_number_value(x) == json_number_value(y));
	return (json_equal(x, y));
}

static int
same_members(const json_t *a, const json_t *b, const char * const *key,
    size_t n)
{

	if (a == NULL || b == NULL)
		return (1);
	for (size_t i = 0; i < n; i++)
		if (!same_member(a, b, key[i]))
			return (0);
	return (1);
}

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

int
figures_same(const struct stats *s, size_t n)
{
	/* How many files a problem is in is none of these. */
	static const char * const problem[] = {
		"recipe", "n", "d", "k", "p", "seed", "nnz", "scale"
	};
	static const char * const model[] = {
		"loss", "l1", "l2", "group", "nonneg", "box"
	};

	for (size_t i = 1; i < n; i++) {
		const struct sv_run *a = s[0].run, *b = s[i].run;

		if (!same_members(a->problem, b->problem, problem,
		    LEN(problem)))
			return (0);
		if (a->nmodel > 0 && b->nmodel > 0 && !same_members(
		    a->model[a->nmodel - 1].text, b->model[b->nmodel - 1].text,
		    model, LEN(model)))
			return (0);
	}
	return (1);
}

struct sv_scaling *
figures_scaling_of(struct figure *f, const struct stats *s, size_t n,
    size_t *sizes)
{
	const struct sv_summary **sum;
	struct sv_scaling *c = NULL;
	size_t m = 0;

	*sizes = 0;
	if ((sum = calloc(n + 1, sizeof(*sum))) != NULL) {
		for (size_t i = 0; i < n; i++)
			if (s[i].sum.workers > 0)
				sum[m++] = &s[i].sum;
		if (sv_measure_scaling(sum, m, &c, sizes) == -1)
			c = NULL;
	}
	f->failed |= c == NULL;
	free(sum);
	return (c);
}

void
figures_axis_w(struct panel *p, const char *y, enum quantity_unit unit,
    enum scale scale)
{

	panel_axes(p, "workers", UNIT_COUNT, SCALE_LOG2, y, unit, scale);
}

void
figures_hands(struct figure *f, const struct pick *pick)
{
	const struct sv_changes *c = &pick->s->sum.changes;
	double hands = (double)(c->handovers + c->replaced);
	char all[SV_HUMAN], some[SV_HUMAN];

	if (!(hands > 0))
		return;
	figure_tell(f, "%s: a worker here is whoever held its shard; %s came "
	    "after another one", pick->name, sv_human_count(all, hands));
	if (c->handovers == 0)
		figure_say(f, "that was lost, or left.");
	else if (c->replaced == 0)
		figure_say(f, "and took over all of its state.");
	else
		figure_say(f, "and %s of them took over all of its state.",
		    sv_human_count(some, (double)c->handovers));
}
