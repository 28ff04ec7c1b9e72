#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "chosen.h"
#include "rounds.h"

#define N SV_COL_COUNT
#define S SV_COL_SECONDS
#define T SV_COL_TEXT
#define B SV_COL_BYTES
#define H SV_COL_HIDDEN
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

const struct sv_column rounds_columns[] = {
	{ "round", NULL, N, 0 }, { "op", NULL, T, 0 },
	{ "step", NULL, N, H }, { "master", NULL, N, H },
	{ "at_s", NULL, S, H }, { "time_s", "time", S, 0 },
	{ "send_s", NULL, S, H }, { "slowest", NULL, N, 0 },
	{ "response_s", NULL, S, H }, { "comp_s", "comp", S, 0 },
	{ "comp_max_s", "most", S, 0 }, { "idle_s", "idle", S, 0 },
	{ "delay_s", NULL, S, H }, { "communication_s", "commun", S, 0 },
	{ "queueing_s", NULL, S, H }, { "barrier_s", "barrier", S, 0 },
	{ "master_s", "master", S, 0 }, { "answered", NULL, N, H },
	{ "cpu_s", NULL, S, H }, { "bytes_down", NULL, B, H },
	{ "bytes_up", NULL, B, H }
};
const size_t rounds_ncolumns = LEN(rounds_columns);

const struct sv_column timing_columns[] = {
	{ "round", NULL, N, 0 }, { "chosen", NULL, T, 0 },
	{ "master", NULL, N, H },
	{ "shard", "worker", N, 0 }, { "sent_s", "sent", S, 0 },
	{ "comp_begin_s", "begin", S, 0 }, { "comp_end_s", "end", S, 0 },
	{ "received_s", "in", S, 0 }, { "taken_s", "taken", S, 0 },
	{ "summed_s", "summed", S, 0 }, { "barrier_end_s", "sum", S, 0 },
	{ "master_end_s", NULL, S, H }, { "idle_s", NULL, S, H },
	{ "cpu_s", NULL, S, H }
};
const size_t timing_ncolumns = LEN(timing_columns);

void
rounds_fill(struct sv_table *t, const struct stats *s)
{

	for (size_t i = 0; i < s->run->nround; i++) {
		const struct sv_run_round *r = &s->run->round[i];

		sv_table_real(t, r->round);
		sv_table_string(t, sv_frame_op_name(r->op));
		sv_table_real(t, r->own != 0);
		sv_table_real(t, (double)r->master + 1);
		sv_table_real(t, r->sent - s->run->round[0].sent);
		sv_table_real(t, sv_measure_round(r));
		sv_table_real(t, r->allsent - r->sent);
		sv_table_real(t, r->known > 0 ? (double)r->slowest : NAN);
		sv_table_real(t, r->response);
		sv_table_real(t, r->mean[SV_Q_COMP]);
		sv_table_real(t, r->max_comp);
		sv_table_real(t, r->mean[SV_Q_IDLE]);
		sv_table_real(t, r->mean[SV_Q_DELAY]);
		sv_table_real(t, r->mean[SV_Q_COMM]);
		sv_table_real(t, r->mean[SV_Q_QUEUE]);
		sv_table_real(t, r->mean[SV_Q_BARRIER]);
		sv_table_real(t, r->answer - r->lastin);
		sv_table_real(t, r->known);
		sv_table_real(t, r->cpu);
		sv_table_real(t, r->bytes_down);
		sv_table_real(t, r->bytes_up);
	}
}

/* One row for each worker in one round. */
static void
fill_round(struct sv_table *t, const struct sv_run *run,
    const struct chosen *c)
{
	const struct sv_run_round *r = &run->round[c->round];
	struct sv_lane lane;

	for (size_t i = 0; i < run->rows.W; i++) {
		const float *row = sv_rows_at(&run->rows, c->k, i);

		sv_rows_lane(row, &lane);
		sv_table_real(t, r->round);
		sv_table_string(t, c->why);
		sv_table_real(t, (double)r->master + 1);
		sv_table_real(t, (double)i);
		sv_table_real(t, lane.sent);
		sv_table_real(t, lane.begin);
		sv_table_real(t, lane.end);
		sv_table_real(t, lane.received);
		sv_table_real(t, lane.taken);
		sv_table_real(t, lane.summed);
		sv_table_real(t, r->lastin - r->sent);
		sv_table_real(t, r->answer - r->sent);
		sv_table_real(t, row[SV_RW_IDLE]);
		sv_table_real(t, row[SV_RW_CPU]);
	}
}

int
timing_fill(struct sv_table *t, const struct stats *s)
{
	struct chosen *chosen;
	size_t n;

	if (chosen_rounds(s->run, s->o->rounds, &chosen, &n) == -1)
		return (1);
	for (size_t i = 0; i < n; i++)
		fill_round(t, s->run, &chosen[i]);
	free(chosen);
	return (0);
}

/* A worker, and when it responded. */
struct response {
	double at;
	size_t worker;
};

static int
by_response(const void *a, const void *b)
{
	const struct response *x = a, *y = b;

	if (x->at != y->at)
		return (x->at < y->at ? -1 : 1);
	return (x->worker < y->worker ? -1 : 1);
}

static int
by_place(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return ((x > y) - (x < y));
}

size_t
timing_choose(size_t *rows, const struct stats *s, size_t most)
{
	const struct sv_rows *r = &s->run->rows;
	struct response *w = calloc(r->W + 1, sizeof(*w));
	struct chosen *chosen = NULL;
	size_t n = 0, m = 0;

	if (w == NULL || chosen_rounds(s->run, s->o->rounds, &chosen, &n) != 0)
		n = 0;
	for (size_t k = 0; k < n; k++) {
		for (size_t i = 0; i < r->W; i++) {
			const float *row = sv_rows_at(r, chosen[k].k, i);

			w[i].worker = i;
			w[i].at = row[SV_RW_RECEIVED] - row[SV_RW_SENT];
			if (isnan(w[i].at))
				w[i].at = INFINITY;	/* never */
		}
		qsort(w, r->W, sizeof(*w), by_response);
		for (size_t i = 0; i < most && i < r->W; i++)
			rows[m++] = k * r->W + w[i < most / 2 ? i :
			    r->W - (r->W < most ? r->W : most) + i].worker;
	}
	qsort(rows, m, sizeof(*rows), by_place);
	free(chosen);
	free(w);
	return (m);
}
