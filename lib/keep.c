#include <math.h>
#include <stdio.h>
#include <string.h>

#include "keep.h"

void
sv_keep_init(struct sv_keep *k, enum sv_keep_way way, double *scalar,
    size_t nscalar, double *elem, size_t nelem)
{

	memset(k, 0, sizeof(*k));
	k->way = way;
	k->scalar = scalar;
	k->nscalar = nscalar;
	k->elem = elem;
	k->nelem = nelem;
}

int
sv_keep_end(struct sv_keep *k)
{

	if (k->way == SV_KEEP_COUNT)
		return (0);
	if (!k->bad && (k->scalars != k->nscalar || k->elems != k->nelem))
		sv_keep_bad(k, "it", "has more than belongs there");
	return (k->bad ? -1 : 0);
}

void
sv_keep_bad(struct sv_keep *k, const char *what, const char *problem)
{

	if (k->bad)
		return;
	k->bad = 1;
	snprintf(k->why, sizeof(k->why), "%s %s", what, problem);
}

int
sv_keep_restores(const struct sv_keep *k)
{

	return (k->way == SV_KEEP_RESTORE && !k->bad);
}

/* Room for one more scalar, or NULL where it is only counted, or amiss. */
static double *
slot(struct sv_keep *k, const char *what)
{

	if (k->way == SV_KEEP_COUNT) {
		k->nscalar++;
		return (NULL);
	}
	if (!k->bad && k->scalars == k->nscalar)
		sv_keep_bad(k, what, "is missing");
	return (k->bad ? NULL : &k->scalar[k->scalars++]);
}

void
sv_keep_any(struct sv_keep *k, const char *what, double *x)
{
	double *at = slot(k, what);

	if (at == NULL)
		return;
	if (k->way == SV_KEEP_SAVE)
		memcpy(at, x, sizeof(*x));
	else
		memcpy(x, at, sizeof(*x));
}

void
sv_keep_real(struct sv_keep *k, const char *what, double *x, double lo,
    double hi)
{
	double value = *x;

	sv_keep_any(k, what, &value);
	if (k->way != SV_KEEP_RESTORE || k->bad)
		return;
	if (!(value >= lo && value <= hi))
		sv_keep_bad(k, what, "is out of bounds");
	else
		*x = value;
}

void
sv_keep_count(struct sv_keep *k, const char *what, uint32_t *x, uint32_t most)
{
	double value = *x;

	sv_keep_real(k, what, &value, 0.0, most);
	if (k->way != SV_KEEP_RESTORE || k->bad)
		return;
	if (floor(value) < value)
		sv_keep_bad(k, what, "is not a whole number");
	else
		*x = (uint32_t)value;
}

void
sv_keep_flag(struct sv_keep *k, const char *what, int *x)
{
	uint32_t value = *x != 0;

	sv_keep_count(k, what, &value, 1);
	*x = (int)value;
}

void
sv_keep_vector(struct sv_keep *k, const char *what, double *x, size_t n)
{

	if (k->way == SV_KEEP_COUNT) {
		k->nelem += n;
		return;
	}
	if (!k->bad && n > k->nelem - k->elems)
		sv_keep_bad(k, what, "is missing");
	if (k->bad || n == 0)
		return;
	if (k->way == SV_KEEP_SAVE)
		memcpy(k->elem + k->elems, x, n * sizeof(*x));
	else
		memcpy(x, k->elem + k->elems, n * sizeof(*x));
	k->elems += n;
	for (size_t i = 0; i < n && k->way == SV_KEEP_RESTORE; i++) {
		if (!isfinite(x[i])) {
			sv_keep_bad(k, what, "is not finite");
			return;
		}
	}
}

void
sv_keep_same(struct sv_keep *k, const char *what, double x)
{
	double value = x;
	char problem[80];

	sv_keep_any(k, what, &value);
	if (k->way != SV_KEEP_RESTORE || k->bad)
		return;
	if (value >= x && value <= x)
		return;
	snprintf(problem, sizeof(problem), "was %g and is %g", value, x);
	sv_keep_bad(k, what, problem);
}
