#include <math.h>

#include "loss.h"
#include "loss_entropy.h"

static double
count_label(double y)
{

	return (isfinite(y) && y >= 0.0 ? y : (double)NAN);
}

static double
conjugate(double param, double y, double s)
{
	double t = s + y;

	(void)param;
	if (t < 0.0 || isinf(t))
		return ((double)INFINITY);
	return (sv_loss_entropy(t) - t);
}

const struct sv_loss sv_loss_poisson = {
	.name = "poisson",
	.id = SV_ISA_POISSON,
	.label = count_label,
	.labels = "finite numbers that are not negative",
	.conj = conjugate
};
