#include <math.h>

#include "loss.h"

static double
conjugate(double delta, double y, double s)
{

	if (fabs(s) > delta)
		return ((double)INFINITY);
	return (s * (0.5 * s + y));
}

const struct sv_loss sv_loss_huber = {
	.name = "huber",
	.id = SV_ISA_HUBER,
	.label = sv_loss_number,
	.labels = "finite numbers",
	.param = 1.0,
	.conj = conjugate
};
