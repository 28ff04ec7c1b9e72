#ifndef SV_LOCAL_H
#define SV_LOCAL_H

#include <stdint.h>

#include "keep.h"
#include "kernel.h"
#include "problem.h"

/*
 * Solvers of a worker's subproblem,
 *   minimise phi(x) = f(x) + (rho / 2) |x - v|^2,
 * f given by a kernel.  Each is a table of functions: fista.h, newton.h.
 * Vectors have n = sv_kernel_dim() elements.
 */

struct sv_local_options {
	uint64_t kmin;	/* iterations at least */
	uint64_t kmax;	/* ... and at most, >= kmin */
	double eps_g;	/* stop at |gradient of phi| <= eps_g, */
	double eps_f;	/* ... or a relative change of phi <= eps_f; 0: never */
};

struct sv_local_problem {
	const struct sv_kernel *kernel;
	const double *v;	/* n numbers */
	double rho;	/* > 0 */
	/*
	 * What this round asks for: |gradient of phi| <= eps, or what the solver
	 * takes for as good in a round; 0 where only the options count.
	 */
	double eps;
	double *x;	/* n numbers: the start; on return, the answer */
	/* Called between iterations; the solver ends where it returns != 0. */
	int (*poll)(void *ctx);	/* may be NULL */
	void *ctx;
};

struct sv_local_report {
	double f;	/* f at the answer, or what a model of f says */
	double grad;	/* |gradient of phi| there, likewise */
	uint64_t inner;	/* iterations made */
	double passes;	/* passes over the shard */
	int capped;	/* kmax came before a tolerance */
};

enum sv_local_end {
	SV_LOCAL_DONE,	/* answer and report are there, all finite */
	SV_LOCAL_ABORTED,	/* poll() said so */
	SV_LOCAL_FAILED	/* a reason is in why; x is of no use */
};

struct sv_local {
	const char *name;
	/*
	 * Memory kept from round to round, for shards of ${rows} rows with
	 * ${nnz} non-zeros and vectors of ${n} elements; NULL with errno set.
	 */
	void *(*create)(uint64_t rows, size_t n, uint64_t nnz);
	/* How much that is. */
	size_t (*bytes)(uint64_t rows, size_t n, uint64_t nnz);
	/* Forget what earlier rounds have taught. */
	void (*reset)(void *state);
	enum sv_local_end (*solve)(void *state,
	    const struct sv_local_problem *p, const struct sv_local_options *o,
	    struct sv_local_report *report, char why[SV_WHY]);
	/*
	 * Save what the rounds to come depend on, or restore in a state just
	 * created what one of the same rows, n and nnz has saved: both go on
	 * alike then, to the last bit.
	 */
	void (*keep)(void *state, struct sv_keep *k);
	void (*destroy)(void *state);	/* of NULL: nothing */
};

#endif /* !SV_LOCAL_H */
