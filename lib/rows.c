#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

/* Drop every second round of those that are kept. */
static void
thin_out(struct sv_rows *r)
{
	size_t row = r->W * SV_RW_N, n = 0;

	r->every *= 2;
	for (size_t k = 0; k < r->n; k++) {
		if (r->round[k] % r->every != 0)
			continue;
		if (n < k) {
			r->round[n] = r->round[k];
			memcpy(r->value + n * row, r->value + k * row,
			    row * sizeof(*r->value));
		}
		n++;
	}
	r->n = n;
}

/* Room for one more round, of at most ${most}; -1 with errno set. */
static int
grow(struct sv_rows *r, size_t most)
{
	size_t room = r->room == 0 ? 16 : 2 * r->room, *round;
	float *value;

	if (room > most)
		room = most;
	round = realloc(r->round, room * sizeof(*round));
	if (round == NULL)
		return (-1);
	r->round = round;
	value = realloc(r->value, room * r->W * SV_RW_N * sizeof(*value));
	if (value == NULL)
		return (-1);
	r->value = value;
	r->room = room;
	return (0);
}

int
sv_rows_add(struct sv_rows *r, size_t round, double sent, const double *rows,
    size_t W)
{
	static const int since[] = {
		SV_TM_SENT, SV_TM_RECEIVED, SV_TM_TAKEN, SV_TM_SUMMED
	};
	static const int other[] = { SV_TM_COMP, SV_TM_IDLE, SV_TM_CPU };
	size_t most;
	float *v;

	if (W == 0 || W > SV_ROWS_MOST || (r->W != 0 && W != r->W))
		return (0);
	most = SV_ROWS_MOST / W;
	r->W = W;
	if (r->every == 0)
		r->every = 1;
	while (r->n == most && round % r->every == 0 && r->every < SIZE_MAX / 2)
		thin_out(r);
	if (round % r->every != 0)
		return (0);
	if (r->n == r->room && grow(r, most) == -1)
		return (-1);
	v = r->value + r->n * W * SV_RW_N;
	r->round[r->n++] = round;
	for (size_t i = 0; i < W; i++, rows += SV_TM_N, v += SV_RW_N) {
		for (int c = 0; c <= SV_RW_SUMMED; c++)
			v[c] = (float)(rows[since[c]] - sent);
		for (int c = 0; c < SV_RW_N - SV_RW_COMP; c++)
			v[SV_RW_COMP + c] = (float)rows[other[c]];
	}
	return (0);
}

const float *
sv_rows_at(const struct sv_rows *r, size_t k, size_t worker)
{

	return (r->value + (k * r->W + worker) * SV_RW_N);
}

void
sv_rows_lane(const float *row, struct sv_lane *lane)
{
	double way;

	lane->sent = row[SV_RW_SENT];
	lane->received = row[SV_RW_RECEIVED];
	lane->taken = row[SV_RW_TAKEN];
	lane->summed = row[SV_RW_SUMMED];
	/* communication = (received - sent) - computation, half each way */
	way = (lane->received - lane->sent - row[SV_RW_COMP]) / 2;
	if (way < 0)
		way = 0;
	lane->begin = lane->sent + way;
	lane->end = lane->received - way;
}

void
sv_rows_fini(struct sv_rows *r)
{

	free(r->round);
	free(r->value);
	memset(r, 0, sizeof(*r));
}
