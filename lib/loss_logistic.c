#include <math.h>

#include "loss.h"
#include "loss_entropy.h"
#include "normal.h"

/*
 * (1 - p) log(1 - p) for 0 <= p <= 1: what rounding took from q = 1 - p is
 * given back, as log(q + e) = log(q) + e / q for a tiny e.
 */
static double
entropy_of_rest(double p)
{
	double q = 1.0 - p, e = (1.0 - q) - p;

	return (q > 0.0 ? q * sv_normal_log(q) + e : 0.0);
}

static double
conjugate(double param, double y, double s)
{
	double p = -y * s;

	(void)param;
	if (p < 0.0 || p > 1.0)
		return ((double)INFINITY);
	return (sv_loss_entropy(p) + entropy_of_rest(p));
}

const struct sv_loss sv_loss_logistic = {
	.name = "logistic",
	.id = SV_ISA_LOGISTIC,
	.label = sv_loss_sign,
	.labels = "-1 and 1, or 0 and 1",
	.classes = 1,
	.conj = conjugate
};
