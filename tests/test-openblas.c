#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa-openblas.h"
#include "kernel.h"
#include "rows.h"

/* Relative to the largest element of a vector. */
#define TOLERANCE 1e-13

/* Blocks of many rows, of a few, and of one that is longer than a cache. */
static const struct shape {
	uint64_t rows, cols;
	int weights, intercept;
} shapes[] = {
	{ 1013, 1, 0, 0 },
	{ 1013, 37, 1, 1 },
	{ 301, 784, 1, 0 },
	{ 9, 50000, 0, 1 }
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* All that the kernel writes. */
struct output {
	double f;
	double *m, *h, *q, *s;		/* a number a row */
	double *g, *Hp, *D, *At;	/* vectors */
};

struct bed {
	struct sv_matrix A;
	struct sv_kernel K;
	size_t rows, dim;
	double *w, *x, *p;
	struct output own, blas;
};

static double *
numbers(size_t n)
{
	double *p = calloc(n, sizeof(*p));

	assert_non_null(p);
	return (p);
}

static void
compute(struct bed *t, const struct sv_isa *isa, struct output *o)
{

	o->m = numbers(t->rows);
	o->h = numbers(t->rows);
	o->q = numbers(t->rows);
	o->s = numbers(t->rows);
	o->g = numbers(t->dim);
	o->Hp = numbers(t->dim);
	o->D = numbers(t->dim);
	o->At = numbers(t->dim);
	t->K.isa = isa;
	o->f = sv_kernel_gradient(&t->K, t->x, o->m, o->h, o->g);
	sv_kernel_hessian(&t->K, o->h, t->p, o->q, o->Hp);
	sv_kernel_diagonal(&t->K, o->h, o->D);
	sv_kernel_margins(&t->K, t->p, o->s);
	sv_kernel_scatter(&t->K, o->m, o->At);
}

static void
output_free(struct output *o)
{

	free(o->m);
	free(o->h);
	free(o->q);
	free(o->s);
	free(o->g);
	free(o->Hp);
	free(o->D);
	free(o->At);
}

/* Both variants on rows of that shape, kept as asked for. */
static struct bed *
make(const struct shape *s, const struct sv_isa *isa, enum sv_matrix_kind kind,
    enum sv_elem elem)
{
	struct sv_matrix_shape shape = { .rows = s->rows, .cols = s->cols,
	    .elem = elem };
	struct bed *t = calloc(1, sizeof(*t));
	uint64_t seed = 5;
	struct sv_csr rows;

	assert_non_null(t);
	assert_int_equal(rows_csr(&rows, s->rows, s->cols, 1), 0);
	shape.nnz = kind == SV_DENSE ? s->rows * s->cols : rows.nnz;
	assert_int_equal(sv_matrix_alloc(&t->A, &shape), 0);
	assert_int_equal(t->A.kind, kind);
	assert_int_equal(sv_matrix_put(&t->A, 0, &rows), 0);
	sv_csr_fini(&rows);
	t->rows = (size_t)s->rows;
	t->dim = (size_t)s->cols + (size_t)s->intercept;
	t->w = numbers(t->rows);
	t->x = numbers(t->dim);
	t->p = numbers(t->dim);
	for (size_t j = 0; j < t->rows; j++)
		t->w[j] = j % 11 == 4 ? 0.0 : 3.0 * rows_uniform(&seed);
	for (size_t k = 0; k < t->dim; k++) {
		t->x[k] = 2.0 * rows_uniform(&seed) - 1.0;
		t->p[k] = 2.0 * rows_uniform(&seed) - 1.0;
	}
	t->K = (struct sv_kernel){ .A = &t->A, .y = t->A.label,
	    .w = s->weights ? t->w : NULL,
	    .loss = sv_loss_find("logistic"), .intercept = s->intercept };
	compute(t, sv_isa_pick(NULL), &t->own);
	compute(t, isa, &t->blas);
	return (t);
}

static void
drop(struct bed *t)
{

	output_free(&t->own);
	output_free(&t->blas);
	sv_matrix_fini(&t->A);
	free(t->w);
	free(t->x);
	free(t->p);
	free(t);
}

static void
close_to(const double *a, const double *b, size_t n)
{
	double most = 0.0;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs(b[i]));
	assert_true(most > 0.0);
	for (size_t i = 0; i < n; i++)
		if (!(fabs(a[i] - b[i]) <= TOLERANCE * most))
			fail_msg("element %zu: %.17g, expected %.17g", i, a[i],
			    b[i]);
}

/* The variant, or NULL where this machine has no library. */
static int
setup(void **state)
{
	char why[256] = "";

	*state = sv_isa_openblas_new(why, sizeof(why));
	if (*state == NULL) {
		assert_true(why[0] != '\0');
		print_message("# skipped: %s\n", why);
	}
	return (0);
}

static int
teardown(void **state)
{

	sv_isa_openblas_free(*state);
	return (0);
}

static void
dense_doubles_agree_with_our_own(void **state)
{

	if (*state == NULL)
		skip();
	for (size_t i = 0; i < SHAPES; i++) {
		struct bed *t = make(&shapes[i], *state, SV_DENSE, SV_F64);

		close_to(&t->blas.f, &t->own.f, 1);
		close_to(t->blas.m, t->own.m, t->rows);
		close_to(t->blas.h, t->own.h, t->rows);
		close_to(t->blas.q, t->own.q, t->rows);
		close_to(t->blas.s, t->own.s, t->rows);
		close_to(t->blas.g, t->own.g, t->dim);
		close_to(t->blas.Hp, t->own.Hp, t->dim);
		close_to(t->blas.D, t->own.D, t->dim);
		close_to(t->blas.At, t->own.At, t->dim);
		drop(t);
	}
}

/* Twice the same, and what a pass says is what half of one says. */
static void
it_repeats_itself(void **state)
{

	if (*state == NULL)
		skip();
	for (size_t i = 0; i < SHAPES; i++) {
		struct bed *t = make(&shapes[i], *state, SV_DENSE, SV_F64);
		struct output again;

		compute(t, *state, &again);
		assert_true(again.f == t->blas.f);
		assert_memory_equal(again.g, t->blas.g,
		    t->dim * sizeof(*again.g));
		assert_memory_equal(again.Hp, t->blas.Hp,
		    t->dim * sizeof(*again.Hp));
		assert_memory_equal(again.s, again.q,
		    t->rows * sizeof(*again.s));
		output_free(&again);
		drop(t);
	}
}

static void
all_else_has_the_bits_of_our_own(void **state)
{
	static const struct {
		enum sv_matrix_kind kind;
		enum sv_elem elem;
	} forms[] = {
		{ SV_DENSE, SV_F32 }, { SV_SPARSE, SV_F64 },
		{ SV_SPARSE, SV_F32 }
	};

	if (*state == NULL)
		skip();
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct bed *t = make(&shapes[1], *state, forms[i].kind,
		    forms[i].elem);

		assert_true(t->blas.f == t->own.f);
		assert_memory_equal(t->blas.m, t->own.m,
		    t->rows * sizeof(*t->own.m));
		assert_memory_equal(t->blas.g, t->own.g,
		    t->dim * sizeof(*t->own.g));
		assert_memory_equal(t->blas.Hp, t->own.Hp,
		    t->dim * sizeof(*t->own.Hp));
		assert_memory_equal(t->blas.D, t->own.D,
		    t->dim * sizeof(*t->own.D));
		drop(t);
	}
}

static void
it_is_the_widest_but_for_two_products(void **state)
{
	const struct sv_isa *own = sv_isa_pick(NULL), *isa = *state;

	if (isa == NULL)
		skip();
	assert_string_equal(isa->name, "openblas");
	assert_true(isa->f64.margins != own->f64.margins);
	assert_true(isa->f64.scatter != own->f64.scatter);
	assert_true(isa->f64.squares == own->f64.squares);
	assert_true(isa->loss == own->loss && isa->dot == own->dot);
	assert_true(isa->gram == own->gram && isa->cross == own->cross);
	/* Nobody gets it who does not ask. */
	assert_null(sv_isa_pick("openblas"));
}

/* One that ended does not take the library from the other. */
static void
two_of_them_are_independent(void **state)
{
	struct sv_isa *other;
	struct bed *t;
	char why[256];

	if (*state == NULL)
		skip();
	other = sv_isa_openblas_new(why, sizeof(why));
	assert_non_null(other);
	assert_ptr_not_equal(other, *state);
	sv_isa_openblas_free(other);
	t = make(&shapes[1], *state, SV_DENSE, SV_F64);
	close_to(t->blas.g, t->own.g, t->dim);
	drop(t);
	sv_isa_openblas_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dense_doubles_agree_with_our_own),
		cmocka_unit_test(it_repeats_itself),
		cmocka_unit_test(all_else_has_the_bits_of_our_own),
		cmocka_unit_test(it_is_the_widest_but_for_two_products),
		cmocka_unit_test(two_of_them_are_independent)
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
