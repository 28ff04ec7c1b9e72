#include <math.h>
#include <stdlib.h>

#include "timing.h"

const char *
sv_timing_name(enum sv_quantity q)
{
	static const char * const names[SV_Q_N] = {
		[SV_Q_COMP] = "computation", [SV_Q_IDLE] = "idle",
		[SV_Q_DELAY] = "delay", [SV_Q_COMM] = "communication",
		[SV_Q_QUEUE] = "queueing", [SV_Q_BARRIER] = "barrier"
	};

	return (names[q]);
}

void
sv_timing_row(const double row[SV_TM_N], double lastin, double q[SV_Q_N])
{
	double response = row[SV_TM_RECEIVED] - row[SV_TM_SENT];

	q[SV_Q_COMP] = row[SV_TM_COMP];
	q[SV_Q_IDLE] = row[SV_TM_IDLE];
	q[SV_Q_DELAY] = row[SV_TM_TAKEN] - row[SV_TM_SENT];
	q[SV_Q_COMM] = response - row[SV_TM_COMP];
	q[SV_Q_QUEUE] = row[SV_TM_TAKEN] - row[SV_TM_RECEIVED];
	q[SV_Q_BARRIER] = lastin - row[SV_TM_SUMMED];
}

static int
slowest_first(const void *a, const void *b)
{
	const struct sv_timing_rank *x = a, *y = b;

	if (x->response != y->response)
		return (x->response > y->response ? -1 : 1);
	return (x->worker < y->worker ? -1 : 1);
}

size_t
sv_timing_slowest(const double *rows, size_t W, struct sv_timing_rank *rank,
    size_t *known)
{
	size_t n = 0;

	for (size_t i = 0; i < W; i++) {
		const double *row = rows + i * SV_TM_N;
		double response = row[SV_TM_RECEIVED] - row[SV_TM_SENT];

		if (isnan(response))
			continue;
		rank[n].response = response;
		rank[n++].worker = i;
	}
	*known = n;
	if (n == 0)
		return (0);
	qsort(rank, n, sizeof(*rank), slowest_first);
	return (n < 10 ? 1 : (n + 5) / 10);
}
