/*
 * evaluate RUN LOSS L1 L2 [BEST]: F at each z of a run that a step was asked
 * for, and at its model: lines of the number of rounds made before, and F.  With
 * BEST, the least F there is, also a line for the first of them that is within
 * 1e-4 of it, "reached K", or at the end "reached never".
 *
 * LOSS is logistic, squared or squared_hinge; the regulariser is L1 |x|_1 + L2
 * |x|^2 / 2, without an intercept.  Formulas and loops are those of a book, with
 * libm; of the library it takes what reads frames and rows, and nothing that
 * computes.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "problem.h"

#include "util.h"

#define NEAR 1e-4

struct evaluate {
	struct sv_csr rows;	/* all of them */
	uint64_t n, nnz;	/* filled so far */
	const char *loss;
	double l1, l2, best;
	int have;	/* rows */
	int classes;	/* labels are -1 or 0, and 1 */
	int reached;
};

static double
loss(const struct evaluate *e, double m, double y)
{
	double t;

	if (strcmp(e->loss, "squared") == 0)
		return ((m - y) * (m - y) / 2);
	t = y * m;
	if (strcmp(e->loss, "squared_hinge") == 0)
		return (t < 1 ? (1 - t) * (1 - t) : 0);
	return ((t < 0 ? -t : 0) + log1p(exp(-fabs(t))));
}

static double
objective(const struct evaluate *e, const double *x)
{
	const struct sv_csr *A = &e->rows;
	double f = 0, one = 0, two = 0;

	for (uint64_t j = 0; j < A->rows; j++) {
		double m = 0;

		for (uint64_t i = A->start[j]; i < A->start[j + 1]; i++)
			m += A->val[i] * x[A->col[i]];
		f += A->weight[j] * loss(e, m, A->label[j]);
	}
	for (uint64_t i = 0; i < A->cols; i++) {
		one += fabs(x[i]);
		two += x[i] * x[i];
	}
	return (f + e->l1 * one + e->l2 * two / 2);
}

/* Some rows of the problem: sv_rows_fn. */
static int
take(void *ctx, const struct sv_csr *part, uint64_t first)
{
	struct evaluate *e = ctx;
	struct sv_csr *A = &e->rows;

	if (first != e->n || part->rows > A->rows - e->n ||
	    part->nnz > A->nnz - e->nnz)
		return (-1);
	for (uint64_t j = 0; j < part->rows; j++) {
		double y = part->label[j];

		A->label[e->n + j] = e->classes ? (y > 0 ? 1 : -1) : y;
		A->weight[e->n + j] = part->weight != NULL ? part->weight[j] :
		    1;
		A->start[e->n + j + 1] = e->nnz + part->start[j + 1];
	}
	memcpy(A->col + e->nnz, part->col, part->nnz * sizeof(*A->col));
	memcpy(A->val + e->nnz, part->val, part->nnz * sizeof(*A->val));
	e->n += part->rows;
	e->nnz += part->nnz;
	return (0);
}

static void
load(struct evaluate *e, const struct sv_frame *f)
{
	struct sv_problem p;
	char why[SV_WHY];

	if (sv_problem_parse(&p, f) == -1)
		exit(1);
	if (sv_csr_alloc(&e->rows, p.n, p.d, p.nnz) == -1)
		bench_die("rows");
	free(e->rows.weight);
	if ((e->rows.weight = calloc(p.n + 1, sizeof(double))) == NULL)
		bench_die("rows");
	if (sv_problem_each(&p, take, e, why) != 0) {
		fprintf(stderr, "evaluate: %s\n", why[0] != '\0' ? why :
		    "more rows than the problem says");
		exit(1);
	}
	sv_problem_fini(&p);
	e->have = 1;
}

/* One z, after ${round} rounds. */
static void
look(struct evaluate *e, const struct sv_frame *f, uint32_t round)
{
	double F;

	if (!e->have || f->elem != SV_F64 ||
	    sv_frame_nelem(f) != e->rows.cols) {
		fprintf(stderr, "evaluate: a vector of %" PRIu64 " elements\n",
		    sv_frame_nelem(f));
		exit(1);
	}
	F = objective(e, sv_frame_elems(f));
	printf("%" PRIu32 " %.15g\n", round, F);
	if (!e->reached && F - e->best <= NEAR * fabs(e->best)) {
		printf("reached %" PRIu32 "\n", round);
		e->reached = 1;
	}
}

/* All frames of a run, whose every z must be there. */
static void
run(struct evaluate *e, int fd, const char *name)
{
	struct sv_reader *r;
	struct sv_frame f;
	enum sv_io rc;
	uint32_t next = 1;

	if ((r = sv_reader_new(fd, name)) == NULL)
		bench_die(name);
	while ((rc = sv_reader_next(r, &f)) == SV_IO_FRAME) {
		if (f.type == SV_PROBLEM && !e->have)
			load(e, &f);
		if (f.type == SV_GLOBAL && f.op == SV_OP_STEP) {
			if (f.round != next++) {
				fprintf(stderr, "evaluate: %s: no global of "
				    "round %" PRIu32 "\n", name, next - 1);
				exit(1);
			}
			look(e, &f, f.round - 1);
		}
		if (f.type == SV_MODEL)
			look(e, &f, next - 1);
		sv_frame_fini(&f);
	}
	if (rc == SV_IO_ERROR)
		exit(1);
	sv_reader_free(r);
}

static double
number(const char *arg)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end != '\0') {
		fprintf(stderr, "evaluate: %s: expected a number\n", arg);
		exit(2);
	}
	return (v);
}

int
main(int argc, char **argv)
{
	struct evaluate e = { .best = -INFINITY };
	int fd;

	if (argc != 5 && argc != 6) {
		fprintf(stderr, "usage: evaluate RUN LOSS L1 L2 [BEST]\n");
		return (2);
	}
	e.loss = argv[2];
	e.classes = strcmp(e.loss, "squared") != 0;
	e.l1 = number(argv[3]);
	e.l2 = number(argv[4]);
	if (argc == 6)
		e.best = number(argv[5]);
	if ((fd = open(argv[1], O_RDONLY)) == -1)
		bench_die(argv[1]);
	run(&e, fd, argv[1]);
	if (argc == 6 && !e.reached)
		printf("reached never\n");
	close(fd);
	sv_csr_fini(&e.rows);
	return (0);
}
