#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loss.h"

static const struct sv_loss * const losses[] = {
	&sv_loss_logistic,
	&sv_loss_squared,
	&sv_loss_squared_hinge,
	&sv_loss_huber,
	&sv_loss_poisson
};
#define NLOSSES (sizeof(losses) / sizeof(losses[0]))

const struct sv_loss *
sv_loss_nth(size_t i)
{

	return (i < NLOSSES ? losses[i] : NULL);
}

const struct sv_loss *
sv_loss_find(const char *name)
{

	for (size_t i = 0; i < NLOSSES; i++)
		if (strcmp(losses[i]->name, name) == 0)
			return (losses[i]);
	return (NULL);
}

void
sv_loss_names(char names[SV_LOSS_NAMES])
{
	size_t at = 0;

	for (size_t i = 0; i < NLOSSES && at < SV_LOSS_NAMES; i++)
		at += (size_t)snprintf(names + at, SV_LOSS_NAMES - at, "%s%s",
		    i > 0 ? ", " : "", losses[i]->name);
}

double
sv_loss_sign(double y)
{

	if (y == 0.0)
		return (-1.0);
	return (y == 1.0 || y == -1.0 ? y : (double)NAN);
}

double
sv_loss_number(double y)
{

	return (isfinite(y) ? y : (double)NAN);
}

/* Row j has a label that ${loss} cannot take, alone or beside the others. */
static int
bad_label(const struct sv_loss *loss, const double *label, uint64_t j,
    char why[SV_WHY])
{

	snprintf(why, SV_WHY, "label %.17g of row %" PRIu64 ": %s loss takes %s",
	    label[j], j, loss->name, loss->labels);
	return (-1);
}

int
sv_loss_labels(const struct sv_loss *loss, const double *label, uint64_t n,
    const double **y, char why[SV_WHY])
{
	/* 1 + the first row whose label stays, but is not 1; or changes. */
	uint64_t kept = 0, changed = 0;
	double *own, l;

	for (uint64_t j = 0; j < n; j++) {
		l = loss->label(label[j]);
		if (isnan(l))
			return (bad_label(loss, label, j, why));
		if (l != label[j] && changed == 0)
			changed = j + 1;
		else if (l == label[j] && l != 1.0 && kept == 0)
			kept = j + 1;
	}
	if (kept != 0 && changed != 0)
		return (bad_label(loss, label,
		    (kept > changed ? kept : changed) - 1, why));
	*y = label;
	if (changed == 0)
		return (0);
	if ((own = malloc(n * sizeof(*own))) == NULL) {
		snprintf(why, SV_WHY, "no memory for the labels");
		return (-1);
	}
	for (uint64_t j = 0; j < n; j++)
		own[j] = loss->label(label[j]);
	*y = own;
	return (0);
}

double
sv_loss_eval(const struct sv_loss *loss, const struct sv_isa *isa,
    double param, const double *m, const double *y, const double *w, size_t n,
    double *d1, double *d2)
{

	return (isa->loss(loss->id, param, m, y, w, n, d1, d2));
}
