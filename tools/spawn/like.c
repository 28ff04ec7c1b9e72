#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "json.h"
#include "like.h"
#include "measure.h"
#include "run.h"

#define CPU_MB 1769.0	/* of a function with one whole CPU */

/* Non-zeros of the problem of a run; NaN: it does not say. */
static double
nonzeros(const json_t *problem)
{
	uint64_t n, k;

	if (problem == NULL)
		return (NAN);
	if (sv_json_u64(problem, "nnz", 1, UINT64_C(1) << 60, &n) == 0)
		return ((double)n);
	if (sv_json_u64(problem, "n", 1, UINT64_C(1) << 60, &n) == -1 ||
	    sv_json_u64(problem, "k", 1, UINT32_MAX, &k) == -1)
		return (NAN);
	return ((double)n * (double)k);
}

/* The share of a CPU that a function of so many MB has. */
static double
share(double mb)
{

	return (mb < CPU_MB ? mb / CPU_MB : 1.0);
}

/* Fill all of ${l}; -1 where the run lacks what is needed. */
static int
judge(struct like *l, const struct sv_run *run, const struct sv_problem *p,
    uint32_t W, double memory_mb)
{
	double nnz = nonzeros(run->problem);
	struct sv_summary s;

	if (sv_measure_summary(run, &s) == -1)
		return (-1);
	l->W = run->W;
	l->rounds = run->nround;
	l->total_s = s.total_s;
	l->computation_s = 0;
	for (size_t i = 0; i < run->nround; i++)
		if (isfinite(run->round[i].max_comp))
			l->computation_s += run->round[i].max_comp;
	if (l->rounds == 0 || l->W == 0 || !(l->total_s > 0) || !(nnz > 0))
		return (-1);
	/* A round may be missing in the total, but not the other way round. */
	if (l->computation_s > l->total_s)
		l->computation_s = l->total_s;
	l->rows = (double)p->nnz / W / (nnz / l->W);
	l->cpu = NAN;
	if (s.bill.all.seconds > 0)
		l->beyond = s.bill.all.seconds / l->W - l->total_s;
	if (s.bill.memory_mb > 0 && memory_mb > 0)
		l->cpu = share(s.bill.memory_mb) / share(memory_mb);
	l->seconds = l->total_s - l->computation_s + l->computation_s *
	    l->rows * (isnan(l->cpu) ? 1.0 : l->cpu);
	return (0);
}

int
like_estimate(struct like *l, const char *path, const struct sv_problem *p,
    uint32_t W, double memory_mb)
{
	struct sv_run *runs = NULL;
	size_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;

	memset(l, 0, sizeof(*l));
	if (fd == -1) {
		sv_warn("--like %s", path);
		return (-1);
	}
	if (sv_run_read(fd, path, &runs, &n) == 0 && n > 0 &&
	    (rc = judge(l, &runs[0], p, W, memory_mb)) == -1)
		sv_warnx("--like %s: no run with rounds and an end", path);
	for (size_t i = 0; i < n; i++)
		sv_run_fini(&runs[i]);
	free(runs);
	close(fd);
	return (rc);
}
