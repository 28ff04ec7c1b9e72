#include "loss.h"

static double
conjugate(double param, double y, double s)
{

	(void)param;
	return (s * (0.5 * s + y));
}

const struct sv_loss sv_loss_squared = {
	.name = "squared",
	.id = SV_ISA_SQUARED,
	.label = sv_loss_number,
	.labels = "finite numbers",
	.conj = conjugate
};
