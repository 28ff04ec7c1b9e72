#include "config.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "scale.h"

/* What is known of a feature: of its non-zeros, to begin with. */
struct stat_of {
	uint64_t count;
	double largest;		/* absolute value */
	double mean;
	double squares;		/* sum of (x - mean)^2 */
};

struct scale {
	enum scale_how how;
	uint64_t rows;
	uint64_t d;
	struct stat_of *of;	/* room; NULL when settled */
	uint64_t room;
	double *factor;		/* d */
	double *shift;		/* d */
	uint64_t alone;
	uint32_t *shifted;	/* columns with a shift, ascending */
	uint64_t nshifted;

	/* The row scaled last. */
	struct sv_csr row;
	uint64_t start[2];
	double label, weight;
	uint64_t row_room;
};

struct scale *
scale_new(enum scale_how how)
{
	struct scale *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		sv_warn("--scale");
	else
		s->how = how;
	return (s);
}

/* Statistics of ${d} features; those that are new have seen no element. */
static int
grow(struct scale *s, uint64_t d)
{
	uint64_t room = s->room * 2 > d ? s->room * 2 : d;
	struct stat_of *p = NULL;

	if (d <= s->room)
		return (0);
	if (room > UINT32_MAX)
		room = UINT32_MAX;
	if (room <= SIZE_MAX / sizeof(*p))
		p = realloc(s->of, (size_t)room * sizeof(*p));
	else
		errno = ENOMEM;
	if (p == NULL) {
		sv_warn("--scale: %" PRIu64 " features", d);
		return (-1);
	}
	memset(p + s->room, 0, (size_t)(room - s->room) * sizeof(*p));
	s->of = p;
	s->room = room;
	return (0);
}

int
scale_add(struct scale *s, const struct sv_csr *part, uint64_t i)
{
	uint64_t end = part->start[i + 1];

	s->rows++;
	/* Columns ascend. */
	if (end > part->start[i] &&
	    grow(s, (uint64_t)part->col[end - 1] + 1) == -1)
		return (-1);
	for (uint64_t l = part->start[i]; l < end; l++) {
		struct stat_of *f = &s->of[part->col[l]];
		double x = part->val[l], size = fabs(x), off;

		/* A zero that stands there is one like the others. */
		if (!(size > 0))
			continue;
		if (size > f->largest)
			f->largest = size;
		off = x - f->mean;
		f->mean += off / (double)++f->count;
		f->squares += off * (x - f->mean);
	}
	return (0);
}

/* 1 / ${size}, or what is next to it among numbers. */
static double
inverse(double size)
{
	double x = 1 / size;

	return (x < DBL_MAX ? x : DBL_MAX);
}

/* Factor and shift of feature ${j}; 0, or -1 after a message. */
static int
settle(struct scale *s, uint64_t j)
{
	static const struct stat_of none = { .count = 0 };
	const double n = (double)s->rows;
	const struct stat_of *f = j < s->room ? &s->of[j] : &none;
	const double c = (double)f->count;
	double mean, squares, deviation;

	s->factor[j] = 1;
	if (s->how == SCALE_MAXABS) {
		if (f->count > 0)
			s->factor[j] = inverse(f->largest);
		else
			s->alone++;
		return (0);
	}
	mean = f->mean * (c / n);
	squares = f->squares + f->mean * f->mean * (c * ((n - c) / n));
	deviation = sqrt(squares / n);
	if (!isfinite(deviation) || !isfinite(mean)) {
		sv_warnx("--scale standard: feature %" PRIu64 ": its values, up"
		    " to %g, are too large to be squared: take --scale maxabs",
		    j + 1, f->largest);
		return (-1);
	}
	if (!(deviation > 0)) {
		s->alone++;
		return (0);
	}
	s->factor[j] = inverse(deviation);
	if (f->count >= s->rows - f->count && (mean < 0 || mean > 0)) {
		s->shift[j] = mean;
		s->nshifted++;
	}
	return (0);
}

int
scale_settle(struct scale *s, uint64_t d)
{
	uint64_t k = 0;

	s->d = d;
	s->factor = malloc((size_t)d * sizeof(*s->factor));
	s->shift = calloc((size_t)d, sizeof(*s->shift));
	if (s->factor == NULL || s->shift == NULL)
		goto err;
	for (uint64_t j = 0; j < d; j++)
		if (settle(s, j) == -1)
			return (-1);
	free(s->of);
	s->of = NULL;
	s->shifted = malloc((size_t)(s->nshifted + 1) * sizeof(*s->shifted));
	if (s->shifted == NULL)
		goto err;
	for (uint64_t j = 0; j < d; j++)
		if (s->shift[j] < 0 || s->shift[j] > 0)
			s->shifted[k++] = (uint32_t)j;
	return (0);

err:
	sv_warn("--scale: %" PRIu64 " features", d);
	return (-1);
}

/* Room for ${nnz} elements of the row. */
static int
reserve(struct scale *s, uint64_t nnz)
{
	uint64_t room = nnz + nnz / 2 + 16;
	void *p;

	if (nnz <= s->row_room)
		return (0);
	if ((p = realloc(s->row.col, (size_t)room * sizeof(*s->row.col))) ==
	    NULL)
		return (-1);
	s->row.col = p;
	if ((p = realloc(s->row.val, (size_t)room * sizeof(*s->row.val))) ==
	    NULL)
		return (-1);
	s->row.val = p;
	s->row_room = room;
	return (0);
}

/* The next element: x in column j. */
static void
put(struct scale *s, uint32_t j, double x)
{

	s->row.col[s->row.nnz] = j;
	s->row.val[s->row.nnz++] = (x - s->shift[j]) * s->factor[j];
}

const struct sv_csr *
scale_row(struct scale *s, const struct sv_csr *part, uint64_t i)
{
	uint64_t l = part->start[i], end = part->start[i + 1], k = 0;

	if (reserve(s, end - l + s->nshifted) == -1)
		return (NULL);
	s->row.rows = 1;
	s->row.cols = s->d;
	s->row.nnz = 0;
	for (; l < end; l++) {
		/* Elements that are not there are no zeros any more. */
		for (; k < s->nshifted && s->shifted[k] < part->col[l]; k++)
			put(s, s->shifted[k], 0);
		if (k < s->nshifted && s->shifted[k] == part->col[l])
			k++;
		put(s, part->col[l], part->val[l]);
	}
	for (; k < s->nshifted; k++)
		put(s, s->shifted[k], 0);
	s->start[1] = s->row.nnz;
	s->row.start = s->start;
	s->label = part->label[i];
	s->row.label = &s->label;
	s->row.weight = NULL;
	if (part->weight != NULL) {
		s->weight = part->weight[i];
		s->row.weight = &s->weight;
	}
	return (&s->row);
}

const double *
scale_factor(const struct scale *s)
{

	return (s->factor);
}

const double *
scale_shift(const struct scale *s)
{

	return (s->nshifted > 0 ? s->shift : NULL);
}

uint64_t
scale_shifted(const struct scale *s)
{

	return (s->nshifted);
}

uint64_t
scale_alone(const struct scale *s)
{

	return (s->alone);
}

const char *
scale_name(enum scale_how how)
{

	return (how == SCALE_MAXABS ? "maxabs" : "standard");
}

void
scale_free(struct scale *s)
{

	if (s == NULL)
		return;
	free(s->of);
	free(s->factor);
	free(s->shift);
	free(s->shifted);
	free(s->row.col);
	free(s->row.val);
	free(s);
}
