#include <float.h>
#include <math.h>
#include <string.h>

#include "penalty.h"

#define FIRST 2.0	/* rounds that the first change takes, ... */
#define SECOND 3.0	/* ... and the second; then this many times more */
#define MORE 1.5
#define MARGIN 2.0	/* first margin, and how it grows */
#define WIDER 1.3
#define BALANCE 0.9	/* exponents of the two opinions */
#define SECANT 1.1
#define RISE 0.2	/* log2 b at last, ... */
#define RISEN 6.0	/* ... this many rounds beyond FIRST */
#define MOST 4.0	/* rho changes by 2^4 at most, ... */
#define STEPS 4		/* ... by a power of 2^(1/4) */

void
sv_penalty_init(struct sv_penalty *p, enum sv_penalty_rule rule, double factor,
    double ratio)
{

	memset(p, 0, sizeof(*p));
	p->rule = rule;
	p->factor = factor;
	p->ratio = ratio;
	p->need = FIRST;
	p->margin = MARGIN;
}

static double
boyd(const struct sv_penalty *p, const struct sv_penalty_round *k)
{

	if (k->r > p->ratio * k->s)
		return (p->factor);
	if (k->s > p->ratio * k->r)
		return (1.0 / p->factor);
	return (1.0);
}

/* log2 sqrt(r^ / s^); 0 where a residual vanishes, which says nothing. */
static double
balance(const struct sv_penalty_round *k)
{
	double size = fmax(k->x, k->z);

	if (!(k->r > 0.0 && k->move > 0.0 && size > 0.0 && k->u > 0.0))
		return (0.0);
	return (0.5 * log2((k->r / size) / (k->move / (k->rho * k->u))));
}

/* Take the round's opinion, if it has one. */
static void
listen(struct sv_penalty *p, const struct sv_penalty_round *k)
{
	double rho, log;

	if (!(k->mean > 0.0))
		return;
	/* Workers need not tell what each of them saw. */
	rho = k->each > 0.0 ? sqrt(k->each) * sqrt(k->mean) : k->mean;
	log = BALANCE * balance(k) + SECANT * log2(rho / k->rho);
	if (!isfinite(log))
		return;
	p->sum += log;
	p->count++;
}

/* 2^(step/STEPS), whose bits are the same everywhere. */
static double
power(int step)
{
	static const double root[STEPS] = { 0x1.0000000000000p+0,
	    0x1.306fe0a31b715p+0, 0x1.6a09e667f3bcdp+0, 0x1.ae89f995ad3adp+0 };
	int rest = ((step % STEPS) + STEPS) % STEPS;

	return (ldexp(root[rest], (step - rest) / STEPS));
}

static double
choose(struct sv_penalty *p, const struct sv_penalty_round *k)
{
	double log;
	int step;

	/* The first round after a change has a secant across the change. */
	if (p->since++ > 0)
		listen(p, k);
	if (p->count == 0 || p->count < p->need)
		return (1.0);
	log = p->sum / p->count +
	    RISE * fmin(1.0, (p->count - FIRST) / RISEN);
	if (fabs(log) <= log2(p->margin))
		return (1.0);
	step = (int)rint(STEPS * fmax(-MOST, fmin(MOST, log)));
	p->need = p->need < SECOND ? SECOND : p->need * MORE;
	p->margin *= WIDER;
	p->sum = 0.0;
	p->count = p->since = 0;
	return (power(step));
}

double
sv_penalty_factor(struct sv_penalty *p, const struct sv_penalty_round *k)
{

	switch (p->rule) {
	case SV_PENALTY_BOYD:
		return (boyd(p, k));
	case SV_PENALTY_AUTO:
		return (choose(p, k));
	case SV_PENALTY_FIXED:
	default:
		return (1.0);
	}
}

void
sv_penalty_keep(struct sv_penalty *p, struct sv_keep *k)
{
	uint32_t count = p->count, since = p->since;

	sv_keep_same(k, "--rho-rule", p->rule);
	sv_keep_same(k, "--rho-factor", p->factor);
	sv_keep_same(k, "--rho-ratio", p->ratio);
	sv_keep_real(k, "the penalty's opinion", &p->sum, -DBL_MAX, DBL_MAX);
	sv_keep_count(k, "the penalty's rounds", &count, UINT32_MAX);
	sv_keep_count(k, "the penalty's age", &since, UINT32_MAX);
	sv_keep_real(k, "the penalty's patience", &p->need, 0.0, DBL_MAX);
	sv_keep_real(k, "the penalty's margin", &p->margin, 1.0, DBL_MAX);
	p->count = count;
	p->since = since;
}
