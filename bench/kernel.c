/*
 * kernel [N D K]: the passes over the paper's instance (or another), beside two
 * limits measured here: reading the same bytes once, and the loops anybody
 * would write first (a row at a time, exp and log of the C library).  Prints
 * lines of name and value.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "recipe.h"

#include "util.h"

#define REPEATS 11u

static volatile double sink;

struct bench {
	struct sv_csr rows;
	struct sv_matrix A;
	struct sv_kernel K;
	double *x, *m, *h, *g;
};

/* f and its gradient, by the book. */
static double
simple(const struct sv_matrix *A, const double *x, double *g)
{
	double f = 0;

	memset(g, 0, A->cols * sizeof(*g));
	for (uint64_t j = 0; j < A->rows; j++) {
		double m = 0, t;

		for (uint64_t i = A->start[j]; i < A->start[j + 1]; i++)
			m += A->val[i] * x[A->col[i]];
		m *= A->label[j];
		t = exp(-fabs(m));
		f += log1p(t) + (m < 0 ? -m : 0);
		t = -A->label[j] * (m < 0 ? 1 / (1 + t) : t / (1 + t));
		for (uint64_t i = A->start[j]; i < A->start[j + 1]; i++)
			g[A->col[i]] += t * A->val[i];
	}
	return (f);
}

/* Read every byte of the shard, eight sums at a time. */
static double
read_all(const struct sv_matrix *A)
{
	const uint64_t *p[2] = { (const void *)A->val, (const void *)A->col };
	const uint64_t n[2] = { A->nnz, A->nnz / 2 };
	uint64_t s[8] = { 0 };

	for (int k = 0; k < 2; k++)
		for (uint64_t i = 0; i + 8 <= n[k]; i += 8)
			for (int l = 0; l < 8; l++)
				s[l] += p[k][i + (uint64_t)l];
	return ((double)(s[0] ^ s[1] ^ s[2] ^ s[3] ^ s[4] ^ s[5] ^ s[6] ^ s[7]));
}

enum what { GRADIENT, HESSIAN, MARGINS, SIMPLE, READ };

/* Median seconds of one go. */
static double
seconds(struct bench *b, enum what what)
{
	double t[REPEATS];

	for (unsigned r = 0; r < REPEATS; r++) {
		double start = bench_now();

		switch (what) {
		case GRADIENT:
			sink = sv_kernel_gradient(&b->K, b->x, NULL, NULL, b->g);
			break;
		case HESSIAN:
			sv_kernel_hessian(&b->K, b->h, b->x, NULL, b->g);
			sink = b->g[0];
			break;
		case MARGINS:
			sv_kernel_margins(&b->K, b->x, b->m);
			sink = b->m[0];
			break;
		case SIMPLE:
			sink = simple(&b->A, b->x, b->g);
			break;
		case READ:
			sink = read_all(&b->A);
			break;
		}
		t[r] = bench_now() - start;
	}
	return (bench_median(t, REPEATS));
}

/* Expand the recipe a few times; the last one stays. */
static double
expand(const struct sv_recipe *recipe, struct sv_csr *A)
{
	double t[3];

	for (int r = 0; r < 3; r++) {
		double start = bench_now();

		if (r > 0)
			sv_csr_fini(A);
		if (sv_recipe_expand(recipe, 0, recipe->n, A, NULL) == -1)
			bench_die("expand");
		t[r] = bench_now() - start;
	}
	return (bench_median(t, 3));
}

int
main(int argc, char **argv)
{
	struct sv_recipe recipe = { .n = 600000, .d = 10000, .k = 10, .seed = 1 };
	struct bench b = { .x = NULL };
	double f, g;

	if (argc == 4) {
		recipe.n = bench_number(argv[1], 1, (size_t)1 << 40);
		recipe.d = bench_number(argv[2], 1, UINT32_MAX);
		recipe.k = bench_number(argv[3], 1, UINT32_MAX);
	} else if (argc != 1) {
		fprintf(stderr, "usage: kernel [N D K]\n");
		return (2);
	}
	printf("expand-s %.4f\n", expand(&recipe, &b.rows));
	sv_matrix_take(&b.A, &b.rows);
	b.K.A = &b.A;
	b.K.y = b.A.label;
	b.K.loss = sv_loss_find("logistic");
	b.K.isa = sv_isa_pick(NULL);
	b.x = calloc(b.A.cols, sizeof(*b.x));
	b.g = calloc(b.A.cols, sizeof(*b.g));
	b.m = calloc(b.A.rows, sizeof(*b.m));
	b.h = calloc(b.A.rows, sizeof(*b.h));
	if (b.x == NULL || b.g == NULL || b.m == NULL || b.h == NULL ||
	    b.K.isa == NULL)
		bench_die("kernel");
	for (uint64_t j = 0; j < b.A.cols; j++)
		b.x[j] = 0.1 * sin((double)j);

	/* The same function, before speed is looked at. */
	f = sv_kernel_gradient(&b.K, b.x, NULL, b.h, b.g);
	g = b.g[0];
	if (fabs(simple(&b.A, b.x, b.g) - f) > 1e-9 * f ||
	    fabs(b.g[0] - g) > 1e-9 * fabs(g)) {
		fprintf(stderr, "kernel: the gradients differ\n");
		return (1);
	}
	printf("isa %s\nnnz %llu\nbytes %zu\n", b.K.isa->name,
	    (unsigned long long)b.A.nnz, sv_matrix_bytes(&b.A));
	printf("gradient-s %.6f\n", seconds(&b, GRADIENT));
	printf("hessian-s %.6f\n", seconds(&b, HESSIAN));
	printf("margins-s %.6f\n", seconds(&b, MARGINS));
	printf("simple-s %.6f\n", seconds(&b, SIMPLE));
	printf("read-s %.6f\n", seconds(&b, READ));
	sv_matrix_fini(&b.A);
	free(b.x);
	free(b.g);
	free(b.m);
	free(b.h);
	return (0);
}
