#include <math.h>

#include "loss.h"

static double
conjugate(double param, double y, double s)
{
	double p = -y * s;

	(void)param;
	if (p < 0.0)
		return ((double)INFINITY);
	return (p * (0.25 * p - 1.0));
}

const struct sv_loss sv_loss_squared_hinge = {
	.name = "squared_hinge",
	.id = SV_ISA_SQUARED_HINGE,
	.label = sv_loss_sign,
	.labels = "-1 and 1, or 0 and 1",
	.classes = 1,
	.conj = conjugate
};
