#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hess.h"

#define PANEL SV_ISA_PANEL
#define BLOCK 128	/* rows whose products are summed in f32 */
#define ALIGN 64	/* of a vector in memory, and of lines in a cache */

struct sv_hess {
	size_t n;
	size_t ld;	/* n, in whole panels */
	double *H;	/* ld x ld, the lower triangle; beyond n: 0 */
	double *L;	/* the same: its factor; beyond n: the identity's */
	double *T;	/* PANEL columns of L, one after the other */
	float *P;	/* panels of a block of dense rows */
	double more;	/* share that the diagonal is increased by */
	double rho;	/* of the factor; 0: there is none */
	void *memory;
};

/* n in whole panels. */
static size_t
whole(size_t n)
{

	return ((n + PANEL - 1) / PANEL * PANEL);
}

size_t
sv_hess_bytes(size_t n)
{
	size_t ld = whole(n);

	return (sizeof(struct sv_hess) + ALIGN + ld * (2 * ld + PANEL) *
	    sizeof(double) + BLOCK * ld * sizeof(float));
}

struct sv_hess *
sv_hess_new(size_t n)
{
	struct sv_hess *H;
	uintptr_t start;

	if ((H = calloc(1, sizeof(*H))) == NULL)
		return (NULL);
	H->n = n;
	H->ld = whole(n);
	if ((H->memory = calloc(1, sv_hess_bytes(n) - sizeof(*H))) == NULL) {
		free(H);
		return (NULL);
	}
	start = ((uintptr_t)H->memory + ALIGN - 1) / ALIGN * ALIGN;
	H->H = (double *)start;
	H->L = H->H + H->ld * H->ld;
	H->T = H->L + H->ld * H->ld;
	H->P = (float *)(H->T + PANEL * H->ld);
	return (H);
}

void
sv_hess_free(struct sv_hess *H)
{

	if (H == NULL)
		return;
	free(H->memory);
	free(H);
}

/*
 * Measured (AMD Zen 5, AVX-512).  A pass takes 1.8 ns a non-zero of sparse rows,
 * 0.45 ns an element of dense ones; the products of a matrix 0.5 ns and
 * 0.02 ns each, of a factor 0.07 ns.
 */
double
sv_hess_price(uint64_t rows, size_t n, uint64_t nnz, double squares)
{
	double r = (double)rows, d = (double)n, e = (double)nnz, pass, products;

	if (rows == 0 || nnz == 0)
		return (0.0);
	if (e >= SV_MATRIX_DENSE * r * d) {
		pass = 0.45 * r * d;
		products = 0.02 * r * d * d / 2.0;
	} else {
		pass = 1.8 * e;
		products = 0.5 * fmax(squares, e / r * e) / 2.0 + 0.5 * d * d;
	}
	return ((products + 0.07 * d * d * d / 6.0) / pass);
}

/* Element k of the row that starts at element ${at}. */
static double
value(const struct sv_matrix *A, uint64_t at, uint64_t k)
{

	return (A->val != NULL ? A->val[at + k] : (double)A->val32[at + k]);
}

/* H += h a a' for sparse row j. */
static void
add_sparse(struct sv_hess *H, const struct sv_kernel *K, uint64_t j, double h)
{
	const struct sv_matrix *A = K->A;
	uint64_t at = A->start[j], len = A->start[j + 1] - at;
	const uint32_t *c = A->col + at;
	double *row, t;

	for (uint64_t k = 0; k < len; k++) {
		t = h * value(A, at, k);
		row = H->H + (size_t)c[k] * H->ld;
		for (uint64_t l = 0; l <= k; l++)
			row[c[l]] += t * value(A, at, l);
	}
	if (K->intercept) {
		row = H->H + A->cols * H->ld;
		for (uint64_t l = 0; l < len; l++)
			row[c[l]] += h * value(A, at, l);
		row[A->cols] += h;
	}
}

/* The same for n <= BLOCK dense rows from row i on. */
static void
add_dense(struct sv_hess *H, const struct sv_kernel *K, uint64_t i, size_t n,
    const double *h)
{
	const struct sv_matrix *A = K->A;

	for (size_t p = 0; p < H->ld; p += PANEL) {
		for (size_t r = 0; r < n; r++) {
			float *out = H->P + p * n + r * PANEL;
			double q = sqrt(h[r]);

			for (size_t k = 0; k < PANEL; k++) {
				double v = p + k < A->cols ? value(A,
				    (i + r) * A->cols, p + k) :
				    K->intercept && p + k == A->cols ? 1.0 : 0.0;

				out[k] = (float)(q * v);
			}
		}
	}
	K->isa->gram(H->P, n, H->ld / PANEL, H->H);
}

int
sv_hess_make(struct sv_hess *H, const struct sv_kernel *K, const double *h,
    int (*poll)(void *ctx), void *ctx)
{
	uint64_t rows = K->A->rows;
	size_t n;

	H->rho = 0.0;
	H->more = K->A->kind == SV_DENSE ? 0x1p-20 : 0x1p-40;
	memset(H->H, 0, H->ld * H->ld * sizeof(*H->H));
	for (uint64_t i = 0; i < rows; i += n) {
		n = rows - i < BLOCK ? (size_t)(rows - i) : BLOCK;
		if (poll != NULL && poll(ctx) != 0)
			return (-1);
		if (K->A->kind == SV_DENSE) {
			add_dense(H, K, i, n, h + i);
			continue;
		}
		for (size_t j = 0; j < n; j++)
			add_sparse(H, K, i + j, h[i + j]);
	}
	return (0);
}

/*
 * Cholesky's factor of the PANEL x PANEL block at ${L}, in place; its columns
 * go into the rows of ${T}.
 */
static int
factor_block(double *L, size_t ld, double *T)
{

	for (size_t j = 0; j < PANEL; j++) {
		double s = L[j * ld + j], *row;

		for (size_t k = 0; k < j; k++)
			s -= L[j * ld + k] * L[j * ld + k];
		if (!(s > 0.0 && isfinite(s)))
			return (-1);
		L[j * ld + j] = T[j * PANEL + j] = sqrt(s);
		for (size_t i = j + 1; i < PANEL; i++) {
			row = L + i * ld;
			s = row[j];
			for (size_t k = 0; k < j; k++)
				s -= row[k] * L[j * ld + k];
			row[j] = T[j * PANEL + i] = s / L[j * ld + j];
		}
	}
	return (0);
}

/* The rows of the factor below that block. */
static void
factor_row(double *row, const double *T)
{

	for (size_t j = 0; j < PANEL; j++) {
		double l = row[j] / T[j * PANEL + j];

		row[j] = l;
		for (size_t k = j + 1; k < PANEL; k++)
			row[k] -= l * T[j * PANEL + k];
	}
}

/*
 * PANEL columns at a time: what the columns before take from them, the block
 * at the diagonal, the rows below it.
 */
int
sv_hess_factor(struct sv_hess *H, const struct sv_isa *isa, double rho)
{
	size_t ld = H->ld, i, j, k, n;
	double *L;

	if (H->rho > 0.0 && !(H->rho < rho || H->rho > rho))
		return (0);
	H->rho = 0.0;
	for (j = 0; j < ld; j += PANEL) {
		for (i = j; i < ld; i++) {
			L = H->L + i * ld + j;
			memcpy(L, H->H + i * ld + j, PANEL * sizeof(*L));
			if (i - j < PANEL)
				L[i - j] = i < H->n ?
				    L[i - j] * (1.0 + H->more) + rho : 1.0;
		}
		for (k = 0; k < j; k++)
			for (n = 0; n < PANEL; n++)
				H->T[k * PANEL + n] = H->L[(j + n) * ld + k];
		L = H->L + j * ld;
		isa->cross(L, ld, ld - j, H->T, j, L + j, ld);
		if (factor_block(L + j, ld, H->T) == -1)
			return (-1);
		for (i = j + PANEL; i < ld; i++)
			factor_row(H->L + i * ld + j, H->T);
	}
	H->rho = rho;
	return (0);
}

void
sv_hess_solve(const struct sv_hess *H, const struct sv_isa *isa, double *x)
{
	const double *row;

	for (size_t i = 0; i < H->n; i++) {
		row = H->L + i * H->ld;
		x[i] = (x[i] - isa->dot(row, x, i)) / row[i];
	}
	for (size_t i = H->n; i-- > 0;) {
		row = H->L + i * H->ld;
		x[i] /= row[i];
		for (size_t k = 0; k < i; k++)
			x[k] -= x[i] * row[k];
	}
}

void
sv_hess_keep(struct sv_hess *H, struct sv_keep *k)
{

	sv_keep_real(k, "the share of the diagonal", &H->more, 0.0, 1.0);
	for (size_t i = 0; i < H->n; i++)
		sv_keep_vector(k, "the matrix", H->H + i * H->ld, i + 1);
	if (sv_keep_restores(k))
		H->rho = 0.0;
}
