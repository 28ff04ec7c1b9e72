#ifndef SV_LOSS_ENTROPY_H
#define SV_LOSS_ENTROPY_H

#include "normal.h"

/*
 * What the conjugates of losses share; no interface of the module.
 */

/**
 * sv_loss_entropy(t):
 * t log(t) for ${t} >= 0, with its limits at 0 and infinity.
 */
static inline double
sv_loss_entropy(double t)
{
	const double ln2 = 0x1.62e42fefa39efp-1;

	if (t < 0x1p-1022)	/* sv_normal_log() is for normal numbers */
		return (t > 0.0 ? t * (sv_normal_log(t * 0x1p54) - 54 * ln2) :
		    t);
	return (t * sv_normal_log(t));
}

#endif /* !SV_LOSS_ENTROPY_H */
