#ifndef SV_ISA_H
#define SV_ISA_H

#include <stddef.h>

/*
 * The arithmetic that is worth vector instructions, compiled once for each
 * instruction set and chosen at run time.  All variants give the same bits:
 * eight running sums whatever the width of a vector, a fixed order in which
 * they are added up, no fused multiply-add, no libm.
 */

enum sv_isa_loss {
	SV_ISA_LOGISTIC,
	SV_ISA_SQUARED,
	SV_ISA_SQUARED_HINGE,
	SV_ISA_HUBER,
	SV_ISA_POISSON,
	SV_ISA_NLOSS
};

struct sv_isa {
	const char *name;	/* "generic", "avx2", "avx512" */
	int (*usable)(void);	/* can this CPU run it? */
	/* As sv_loss_eval() in loss.h. */
	double (*loss)(enum sv_isa_loss loss, double param, const double *m,
	    const double *y, const double *w, size_t n, double *d1,
	    double *d2);
	/* Sum of a_j b_j. */
	double (*dot)(const double *a, const double *b, size_t n);
};

/* One for each instruction set; beyond the first, x86-64 only. */
extern const struct sv_isa sv_isa_generic;
extern const struct sv_isa sv_isa_avx2;
extern const struct sv_isa sv_isa_avx512;

/**
 * sv_isa_pick(name):
 * The variant called ${name}, or the widest this CPU can run where ${name} is
 * NULL.  NULL if there is none of that name, or this CPU cannot run it.
 */
const struct sv_isa *sv_isa_pick(const char *name);

#endif /* !SV_ISA_H */
