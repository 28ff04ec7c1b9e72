#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gather.h"
#include "task.h"

/* The largest number of scalars of any op: a STEP with pairs. */
#define MAXSCALAR (SV_UP_STEP_N + 2 * (SV_TASK_MEMORY + 1))

struct sv_gather {
	uint32_t workers;	/* W */
	size_t n;
	uint32_t memory;	/* pairs in the answers to a STEP, less one */
	enum sv_op op;		/* of the GLOBAL */
	uint32_t round;
	uint32_t seq;		/* of its answers, once one has come */
	uint32_t last_seq;	/* of the answers before */
	uint32_t have;		/* contributions so far */
	uint32_t turn;		/* shards below this one are in the sum */
	uint32_t nsums;		/* frames in sums */
	struct sv_frame *held;	/* W: shards that wait; type 0 if none */
	struct sv_frame *sums;	/* W: frames of no shard */
	double scalars[MAXSCALAR];
	double *sum;
};

/* Scalars of an answer to the GLOBAL. */
static unsigned
nscalar(const struct sv_gather *g)
{

	if (g->op == SV_OP_GRAD)
		return (SV_UP_GRAD_N);
	if (g->op == SV_OP_CONJ)
		return (SV_UP_CONJ_N);
	return (SV_UP_STEP_N + (g->memory > 0 ? 2 * (g->memory + 1) : 0));
}

/* May this one of them be below 0? */
static int
any_sign(enum sv_op op, unsigned i)
{

	if (op == SV_OP_GRAD)
		return (i == SV_UP_FZ);
	if (op == SV_OP_CONJ)
		return (i == SV_UP_CONJ || i == SV_UP_CPOSITIVE);
	return (i == SV_UP_FX || i >= SV_UP_STEP_N);
}

struct sv_gather *
sv_gather_new(uint32_t workers, size_t n, uint32_t memory)
{
	struct sv_gather *g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		goto err0;
	g->workers = workers;
	g->n = n;
	g->memory = memory < SV_TASK_MEMORY ? memory : SV_TASK_MEMORY;
	g->op = SV_OP_STEP;
	g->held = calloc(workers, sizeof(*g->held));
	g->sums = calloc(workers, sizeof(*g->sums));
	g->sum = calloc(n, sizeof(*g->sum));
	if (g->held == NULL || g->sums == NULL || g->sum == NULL)
		goto err1;
	return (g);

err1:
	sv_gather_free(g);
err0:
	return (NULL);
}

/* Free the frames that wait. */
static void
drop(struct sv_gather *g)
{

	if (g->held == NULL || g->sums == NULL)
		return;
	for (uint32_t i = 0; i < g->workers; i++) {
		sv_frame_fini(&g->held[i]);
		g->held[i].type = 0;
	}
	for (uint32_t i = 0; i < g->nsums; i++)
		sv_frame_fini(&g->sums[i]);
	g->nsums = 0;
}

void
sv_gather_free(struct sv_gather *g)
{

	if (g == NULL)
		return;
	drop(g);
	free(g->sum);
	free(g->sums);
	free(g->held);
	free(g);
}

void
sv_gather_begin(struct sv_gather *g, enum sv_op op, uint32_t round)
{

	drop(g);
	g->op = op;
	g->round = round;
	if (g->seq != 0)
		g->last_seq = g->seq;
	g->seq = 0;
	g->have = g->turn = 0;
	memset(g->scalars, 0, sizeof(g->scalars));
	memset(g->sum, 0, g->n * sizeof(*g->sum));
}

/* Is ${f} an answer to the GLOBAL, as far as its header tells? */
static int
check_header(const struct sv_gather *g, const struct sv_frame *f,
    char why[SV_WHY])
{

	if (f->type != SV_UPDATE)
		snprintf(why, SV_WHY, "a frame of type %s is no update",
		    sv_frame_type_name(f->type));
	else if (f->op != g->op)
		snprintf(why, SV_WHY, "it answers %s, not %s",
		    sv_frame_op_name(f->op), sv_frame_op_name(g->op));
	else if (f->round != g->round)
		snprintf(why, SV_WHY, "it is of round %" PRIu32, f->round);
	else if (f->seq != 0 && f->seq <= g->last_seq)
		snprintf(why, SV_WHY, "its sequence number %" PRIu32
		    " was used before", f->seq);
	else if (g->have > 0 && f->seq != g->seq)
		snprintf(why, SV_WHY, "its sequence number is %" PRIu32
		    ", not %" PRIu32, f->seq, g->seq);
	else if (f->count == 0 || f->count > g->workers - g->have)
		snprintf(why, SV_WHY, "it sums %" PRIu32 " contributions where "
		    "%" PRIu32 " of %" PRIu32 " are missing", f->count,
		    g->workers - g->have, g->workers);
	else if (f->shard != SV_FRAME_NOSHARD && f->shard >= g->workers)
		snprintf(why, SV_WHY, "there is no such shard among %" PRIu32,
		    g->workers);
	else if (f->shard != SV_FRAME_NOSHARD &&
	    (f->shard < g->turn || g->held[f->shard].type != 0))
		snprintf(why, SV_WHY, "this shard has answered already");
	else
		return (0);
	return (-1);
}

/* Counts and norms that the master calculates with: 0 or more, and finite. */
static int
check_scalars(const struct sv_gather *g, const struct sv_frame *f,
    char why[SV_WHY])
{
	const double *s = sv_frame_scalars(f);

	/* More of them may come from a later version. */
	if (f->nscalar < nscalar(g)) {
		snprintf(why, SV_WHY, "it has %" PRIu32 " scalars, not %u",
		    f->nscalar, nscalar(g));
		return (-1);
	}
	/* The worker's clocks before them are not the master's affair. */
	for (unsigned i = SV_UP_FRESH; i < nscalar(g); i++) {
		if (isfinite(s[i]) && (s[i] >= 0.0 || any_sign(g->op, i)))
			continue;
		snprintf(why, SV_WHY, "its scalar %u is %g", i, s[i]);
		return (-1);
	}
	if (g->op == SV_OP_GRAD && s[SV_UP_POS] > s[SV_UP_ROWS]) {
		snprintf(why, SV_WHY, "%g of its %g rows are positive",
		    s[SV_UP_POS], s[SV_UP_ROWS]);
		return (-1);
	}
	return (0);
}

static int
check_elems(const struct sv_gather *g, const struct sv_frame *f,
    char why[SV_WHY])
{
	const double *x = sv_frame_elems(f);
	const float *x32 = sv_frame_elems(f);
	size_t j;

	if (f->elem != SV_F64 && f->elem != SV_F32) {
		snprintf(why, SV_WHY, "its elements are neither f64 nor f32");
		return (-1);
	}
	if (sv_frame_nelem(f) != g->n) {
		snprintf(why, SV_WHY, "it has %" PRIu64 " elements, not %zu",
		    sv_frame_nelem(f), g->n);
		return (-1);
	}
	for (j = 0; j < g->n; j++)
		if (!(f->elem == SV_F64 ? isfinite(x[j]) : isfinite(x32[j])))
			break;
	if (j == g->n)
		return (0);
	snprintf(why, SV_WHY, "its element %zu is not finite", j);
	return (-1);
}

/* Add to the sum, and free. */
static void
add(struct sv_gather *g, struct sv_frame *f)
{
	const double *s = sv_frame_scalars(f);

	for (unsigned i = 0; i < nscalar(g); i++)
		g->scalars[i] += s[i];
	if (f->elem == SV_F64) {
		const double *x = sv_frame_elems(f);

		for (size_t j = 0; j < g->n; j++)
			g->sum[j] += x[j];
	} else {
		const float *x = sv_frame_elems(f);

		for (size_t j = 0; j < g->n; j++)
			g->sum[j] += (double)x[j];
	}
	sv_frame_fini(f);
	f->type = 0;
}

/* In the order of checksums; equal ones sum the same numbers. */
static int
compare(const void *va, const void *vb)
{
	const struct sv_frame *a = va, *b = vb;

	return ((a->sum > b->sum) - (a->sum < b->sum));
}

/* Everything is there: add what has waited; -1 if that is too much for f64. */
static int
finish(struct sv_gather *g, char why[SV_WHY])
{
	int bad = 0;

	for (uint32_t i = g->turn; i < g->workers; i++)
		if (g->held[i].type != 0)
			add(g, &g->held[i]);
	qsort(g->sums, g->nsums, sizeof(*g->sums), compare);
	for (uint32_t i = 0; i < g->nsums; i++)
		add(g, &g->sums[i]);
	g->nsums = 0;
	for (unsigned i = SV_UP_FRESH; i < nscalar(g); i++)
		bad |= !isfinite(g->scalars[i]);
	for (size_t j = 0; j < g->n; j++)
		bad |= !isfinite(g->sum[j]);
	if (bad)
		snprintf(why, SV_WHY, "with it the sum is not finite");
	return (bad ? -1 : 1);
}

int
sv_gather_add(struct sv_gather *g, struct sv_frame *f, char why[SV_WHY])
{

	if (check_header(g, f, why) == -1 || check_scalars(g, f, why) == -1 ||
	    check_elems(g, f, why) == -1) {
		sv_frame_fini(f);
		return (-1);
	}
	g->seq = f->seq;
	g->have += f->count;
	if (f->shard == SV_FRAME_NOSHARD)
		g->sums[g->nsums++] = *f;
	else
		g->held[f->shard] = *f;
	f->payload = NULL;
	while (g->turn < g->workers && g->held[g->turn].type != 0)
		add(g, &g->held[g->turn++]);
	if (g->have < g->workers)
		return (0);
	return (finish(g, why));
}

uint32_t
sv_gather_missing(const struct sv_gather *g)
{

	return (g->workers - g->have);
}

const double *
sv_gather_sum(const struct sv_gather *g)
{

	return (g->sum);
}

const double *
sv_gather_scalars(const struct sv_gather *g)
{

	return (g->scalars);
}
