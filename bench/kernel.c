/*
 * kernel [N D K [FORM]]: the passes over the paper's instance, or over a recipe
 * of N rows, D columns and K non-zeros a row, kept as FORM says: sparse (the
 * default), sparse32 (values in f32), dense, dense32.  Beside them what is
 * measured here: reading the same bytes once, and the loops anybody would write
 * first (a row at a time, exp and log of the C library); for dense also the
 * passes with OpenBLAS, where there is one.  Prints lines of name and value.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa-openblas.h"
#include "kernel.h"
#include "recipe.h"

#include "util.h"

#define REPEATS 11u

static volatile double sink;

struct bench {
	struct sv_csr rows;	/* for the simple loops */
	struct sv_matrix A;
	struct sv_kernel K;
	double *x, *m, *h, *g;
};

/* f and its gradient, by the book. */
static double
simple(const struct sv_csr *A, const double *x, double *g)
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

/* Read all values and columns, eight sums at a time. */
static double
read_all(const struct sv_matrix *A)
{
	const size_t n = A->kind == SV_DENSE ? A->rows * A->cols : A->nnz;
	const void *p[2] = { A->elem == SV_F64 ? (const void *)A->val :
	    (const void *)A->val32, A->col };
	const size_t words[2] = { A->elem == SV_F64 ? n : n / 2,
	    A->kind == SV_DENSE ? 0 : n / 2 };
	uint64_t s[8] = { 0 };

	for (int k = 0; k < 2; k++) {
		const uint64_t *w = p[k];

		for (size_t i = 0; i + 8 <= words[k]; i += 8)
			for (size_t l = 0; l < 8; l++)
				s[l] += w[i + l];
	}
	return ((double)(s[0] ^ s[1] ^ s[2] ^ s[3] ^ s[4] ^ s[5] ^ s[6] ^ s[7]));
}

enum what { GRADIENT, HESSIAN, MARGINS, AT, DIAGONAL, SIMPLE, READ };

/* One go. */
static double
run(struct bench *b, enum what what)
{

	switch (what) {
	case GRADIENT:
		return (sv_kernel_gradient(&b->K, b->x, NULL, NULL, b->g));
	case HESSIAN:
		sv_kernel_hessian(&b->K, b->h, b->x, NULL, b->g);
		return (b->g[0]);
	case MARGINS:
		sv_kernel_margins(&b->K, b->x, b->m);
		return (b->m[0]);
	case AT:
		return (sv_kernel_at(&b->K, b->m, NULL, b->g));
	case DIAGONAL:
		sv_kernel_diagonal(&b->K, b->h, b->g);
		return (b->g[0]);
	case SIMPLE:
		return (simple(&b->rows, b->x, b->g));
	case READ:
		return (read_all(&b->A));
	}
	return (0);
}

/* Print the median seconds of one go. */
static void
report(struct bench *b, const char *name, enum what what)
{
	double t[REPEATS];

	for (unsigned r = 0; r < REPEATS; r++) {
		double start = bench_now();

		sink = run(b, what);
		t[r] = bench_now() - start;
	}
	printf("%s-s %.6f\n", name, bench_median(t, REPEATS));
}

/* The same passes by the variant that a worker may be told to use. */
static void
with_openblas(struct bench *b)
{
	const struct sv_isa *own = b->K.isa;
	struct sv_isa *isa;
	char why[256];

	if ((isa = sv_isa_openblas_new(why, sizeof(why))) == NULL) {
		fprintf(stderr, "kernel: no row for OpenBLAS: %s\n", why);
		return;
	}
	b->K.isa = isa;
	report(b, "blas-gradient", GRADIENT);
	report(b, "blas-hessian", HESSIAN);
	b->K.isa = own;
	sv_isa_openblas_free(isa);
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

/* Make the matrix, of whatever density, have the form asked for. */
static void
keep(struct bench *b, const char *form)
{
	struct sv_matrix_shape shape = { .rows = b->rows.rows,
	    .cols = b->rows.cols, .nnz = b->rows.nnz, .elem = SV_F64 };
	const int dense = strncmp(form, "dense", 5) == 0;

	if (strcmp(form, "sparse") == 0) {
		b->A = (struct sv_matrix){ .rows = b->rows.rows,
		    .cols = b->rows.cols, .nnz = b->rows.nnz,
		    .start = b->rows.start, .col = b->rows.col,
		    .val = b->rows.val, .label = b->rows.label,
		    .kind = SV_SPARSE, .elem = SV_F64 };
		return;
	}
	if (dense)
		shape.nnz = shape.rows * shape.cols;
	if (strcmp(form, "sparse32") == 0 || strcmp(form, "dense32") == 0)
		shape.elem = SV_F32;
	else if (strcmp(form, "dense") != 0)
		bench_die(form);
	if (sv_matrix_alloc(&b->A, &shape) == -1 ||
	    sv_matrix_put(&b->A, 0, &b->rows) == -1)
		bench_die("matrix");
	if (!dense && b->A.kind == SV_DENSE)
		bench_die("too dense for sparse32");
}

/* Vectors, and the same function, before speed is looked at. */
static void
prepare(struct bench *b)
{
	double f, g, tolerance = b->A.elem == SV_F64 ? 1e-9 : 1e-5;

	b->K.A = &b->A;
	b->K.y = b->A.label;
	b->K.loss = sv_loss_find("logistic");
	b->K.isa = sv_isa_pick(NULL);
	b->x = calloc(b->A.cols, sizeof(*b->x));
	b->g = calloc(b->A.cols, sizeof(*b->g));
	b->m = calloc(b->A.rows, sizeof(*b->m));
	b->h = calloc(b->A.rows, sizeof(*b->h));
	if (b->x == NULL || b->g == NULL || b->m == NULL || b->h == NULL ||
	    b->K.isa == NULL)
		bench_die("kernel");
	for (uint64_t j = 0; j < b->A.cols; j++)
		b->x[j] = 0.1 * sin((double)j);
	f = sv_kernel_gradient(&b->K, b->x, b->m, b->h, b->g);
	g = b->g[0];
	if (!(fabs(simple(&b->rows, b->x, b->g) - f) <= tolerance * f) ||
	    !(fabs(b->g[0] - g) <= tolerance * (double)b->A.rows)) {
		fprintf(stderr, "kernel: the gradients differ\n");
		exit(1);
	}
}

int
main(int argc, char **argv)
{
	struct sv_recipe recipe = { .n = 600000, .d = 10000, .k = 10, .seed = 1 };
	struct bench b = { .x = NULL };
	const char *form = argc > 4 ? argv[4] : "sparse";

	if (argc == 4 || argc == 5) {
		recipe.n = bench_number(argv[1], 1, (size_t)1 << 40);
		recipe.d = bench_number(argv[2], 1, UINT32_MAX);
		recipe.k = bench_number(argv[3], 1, UINT32_MAX);
	} else if (argc != 1) {
		fprintf(stderr, "usage: kernel [N D K [FORM]]\n");
		return (2);
	}
	printf("expand-s %.4f\n", expand(&recipe, &b.rows));
	keep(&b, form);
	prepare(&b);
	printf("isa %s\nnnz %llu\nbytes %zu\n", b.K.isa->name,
	    (unsigned long long)b.A.nnz, sv_matrix_bytes(&b.A));
	report(&b, "gradient", GRADIENT);
	report(&b, "hessian", HESSIAN);
	report(&b, "margins", MARGINS);
	report(&b, "at", AT);
	report(&b, "diagonal", DIAGONAL);
	if (strcmp(form, "dense") == 0)
		with_openblas(&b);
	report(&b, "simple", SIMPLE);
	report(&b, "read", READ);
	if (strcmp(form, "sparse") != 0)
		sv_matrix_fini(&b.A);
	sv_csr_fini(&b.rows);
	free(b.x);
	free(b.g);
	free(b.m);
	free(b.h);
	return (0);
}
