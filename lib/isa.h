#ifndef SV_ISA_H
#define SV_ISA_H

#include <stddef.h>

/*
 * The arithmetic that is worth vector instructions, compiled once for each
 * instruction set and chosen at run time.  All variants give the same bits:
 * eight running sums whatever the width of a vector, a fixed order in which
 * they are added up, no fused multiply-add, no libm.  The one of isa-openblas.h
 * does not, and comes only to those who ask.
 */

enum sv_isa_loss {
	SV_ISA_LOGISTIC,
	SV_ISA_SQUARED,
	SV_ISA_SQUARED_HINGE,
	SV_ISA_HUBER,
	SV_ISA_POISSON,
	SV_ISA_NLOSS
};

struct sv_isa;

/*
 * Products with n dense rows of d elements each, which follow one another, by
 * the variant ${isa}, whose functions these are.  The sum over a row is that of
 * dot(); sums over rows are in their order.
 */
struct sv_isa_rows {
	/* m_j = a_j'x */
	void (*margins)(const struct sv_isa *isa, const void *a, size_t n,
	    size_t d, const double *x, double *m);
	/* g += sum of r_j a_j */
	void (*scatter)(const struct sv_isa *isa, const void *a, size_t n,
	    size_t d, const double *r, double *g);
	/* g_k += sum of r_j a_jk^2 */
	void (*squares)(const struct sv_isa *isa, const void *a, size_t n,
	    size_t d, const double *r, double *g);
};

/* Columns of a panel: of matrices that are worked on by tiles. */
#define SV_ISA_PANEL 32

struct sv_isa {
	const char *name;	/* "generic", "avx2", "avx512" */
	int (*usable)(void);	/* can this CPU run it? */
	/* As sv_loss_eval() in loss.h. */
	double (*loss)(enum sv_isa_loss loss, double param, const double *m,
	    const double *y, const double *w, size_t n, double *d1,
	    double *d2);
	/* Sum of a_j b_j. */
	double (*dot)(const double *a, const double *b, size_t n);
	/*
	 * H += P'P: ${P} has ${panels} panels of ${rows} rows each, one panel
	 * after the other; ${H}, as many rows as columns, gets the panels at
	 * and below its diagonal.  A product is summed in f32, in the order of
	 * the rows.
	 */
	void (*gram)(const float *P, size_t rows, size_t panels, double *H);
	/*
	 * C -= A T: ${A} is ${rows} x ${k}, its rows ${lda} apart; ${T} is a
	 * panel of ${k} rows; ${C} has one panel of columns and its rows are
	 * ${ldc} apart.  ${rows} is a multiple of 8.
	 */
	void (*cross)(const double *A, size_t lda, size_t rows,
	    const double *T, size_t k, double *C, size_t ldc);
	/* Rows of doubles, and of floats, of which the sums are doubles. */
	struct sv_isa_rows f64, f32;
};

/* One for each instruction set; beyond the first, x86-64 only. */
extern const struct sv_isa sv_isa_generic;
extern const struct sv_isa sv_isa_avx2;
extern const struct sv_isa sv_isa_avx512;

/**
 * sv_isa_pick(name):
 * The variant called ${name}, or the widest this CPU can run where ${name} is
 * NULL.  NULL if there is none of that name, or this CPU cannot run it.  That of
 * isa-openblas.h is not among them.
 */
const struct sv_isa *sv_isa_pick(const char *name);

#endif /* !SV_ISA_H */
