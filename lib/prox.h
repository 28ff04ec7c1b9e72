#ifndef SV_PROX_H
#define SV_PROX_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The regulariser g of min sum f_i(x) + g(x): what a master needs to know of
 * it is a few functions (Parikh and Boyd, "Proximal Algorithms", 2014, sections
 * 2 and 6).  A new regulariser is a file with an initialiser, prox_NAME.c;
 * nobody else learns its name.
 *
 * The members take vectors of the d penalised coordinates.  A vector may end
 * in coordinates that g does not touch, as an intercept is: the functions
 * sv_prox_*() below take the whole of such a vector and know where it ends.
 *
 * A struct sv_prox may be copied; it refers to its groups, if it has any, and
 * to nothing else.
 */

struct sv_prox {
	const char *name;	/* "none", "l1", "l2", "elastic net", ... */
	size_t d;	/* penalised coordinates; SIZE_MAX: all that there are */
	double lambda;	/* weight of |x|_1, of the groups' norms, of l2 */
	double ridge;	/* elastic net: weight of |x|^2 / 2 */
	double lo, hi;	/* box */
	const struct sv_groups *groups;

	/* g(x), INFINITY outside its domain */
	double (*value)(const struct sv_prox *g, const double *x, size_t d);

	/* x = argmin t g(x) + |x - v|^2 / 2, t > 0; x and v may be the same. */
	void (*apply)(const struct sv_prox *g, double t, const double *v,
	    double *x, size_t d);

	/*
	 * 1-norm of the element of grad + (subdifferential of g at x) that is
	 * shortest in the 2-norm; for a box that is the projected gradient.
	 * 0 exactly where x is optimal for f + g, grad being f's gradient
	 * there; INFINITY outside the domain, where there is no element.
	 */
	double (*violation)(const struct sv_prox *g, const double *x,
	    const double *grad, size_t d);

	/* g*(v) = sup x'v - g(x), the conjugate; INFINITY outside its domain */
	double (*conj)(const struct sv_prox *g, const double *v, size_t d);

	/* The largest k in [0, 1] with g*(-k v) finite, but for rounding. */
	double (*scale)(const struct sv_prox *g, const double *v, size_t d);

	/* Of sv_prox_text() and sv_prox_json(). */
	void (*text)(const struct sv_prox *g, char *text, size_t len);
	int (*json)(const struct sv_prox *g, json_t *object);
};

/* A partition of d coordinates. */
struct sv_groups {
	size_t d;
	size_t n;	/* groups, none of them empty */
	size_t size;	/* of each, where they are blocks; otherwise 0 */
	size_t *start;	/* n + 1: where in member each begins; NULL: blocks */
	size_t *member;	/* d coordinates; NULL: 0, 1, 2, ... */
};

/**
 * sv_prox_none(g), sv_prox_l1(g, lambda), sv_prox_l2(g, lambda),
 * sv_prox_elastic(g, lambda, ridge), sv_prox_group(g, lambda, groups),
 * sv_prox_box(g, lo, hi), sv_prox_nonneg(g):
 * Make ${g}, with weights >= 0,
 *
 *	none	0
 *	l1	lambda |x|_1		its prox is soft thresholding
 *	l2	(lambda / 2) |x|_2^2
 *	elastic	lambda |x|_1 + (ridge / 2) |x|_2^2	Zou and Hastie 2005
 *	group	lambda sum over groups G of sqrt(|G|) |x_G|_2	Yuan and Lin
 *		2006, section 2; ${groups} must outlive ${g}
 *	box	0 where lo <= x_j <= hi for all j, otherwise infinite; either
 *		may be infinite, lo <= hi
 *	nonneg	box [0, inf]
 *
 * for vectors without free coordinates; set g->d where there are any.
 */
void sv_prox_none(struct sv_prox *g);
void sv_prox_l1(struct sv_prox *g, double lambda);
void sv_prox_l2(struct sv_prox *g, double lambda);
void sv_prox_elastic(struct sv_prox *g, double lambda, double ridge);
void sv_prox_group(struct sv_prox *g, double lambda,
    const struct sv_groups *groups);
void sv_prox_box(struct sv_prox *g, double lo, double hi);
void sv_prox_nonneg(struct sv_prox *g);

/**
 * sv_prox_groups_blocks(d, size):
 * Return the partition of ${d} coordinates into blocks of ${size} consecutive
 * ones, or NULL with errno set: EINVAL if ${size} does not divide ${d}.
 *
 * sv_prox_groups_table(number, d):
 * Return the partition of ${d} coordinates in which those of the same number
 * are together, or NULL with errno set.  Numbers may be any; groups are in
 * their order.
 *
 * sv_prox_groups_free(groups):
 * Free a partition.
 */
struct sv_groups *sv_prox_groups_blocks(size_t d, size_t size);
struct sv_groups *sv_prox_groups_table(const uint32_t *number, size_t d);
void sv_prox_groups_free(struct sv_groups *groups);

/**
 * sv_prox_value(g, x, n), sv_prox_apply(g, t, v, x, n),
 * sv_prox_violation(g, x, grad, n), sv_prox_conj(g, v, n),
 * sv_prox_scale(g, v, n):
 * The same of vectors of ${n} coordinates, those from g->d on being free: g is
 * 0 in them, so that g* is infinite where one of them is not 0.
 */
double sv_prox_value(const struct sv_prox *g, const double *x, size_t n);
void sv_prox_apply(const struct sv_prox *g, double t, const double *v,
    double *x, size_t n);
double sv_prox_violation(const struct sv_prox *g, const double *x,
    const double *grad, size_t n);
double sv_prox_conj(const struct sv_prox *g, const double *v, size_t n);
double sv_prox_scale(const struct sv_prox *g, const double *v, size_t n);

#define SV_PROX_TEXT 96u	/* room for what describes any regulariser */

/**
 * sv_prox_text(g, text):
 * Describe ${g} for a message: "l1 0.5", "box [0, inf]".
 */
void sv_prox_text(const struct sv_prox *g, char text[SV_PROX_TEXT]);

/**
 * sv_prox_json(g, object):
 * Set the members of ${object} that describe ${g}, as a model's text has them:
 * "l1" and "l2", those of them that are not 0; "group", with "group_size" or,
 * where they are not blocks, their number "groups"; "box", an array of two
 * numbers, null for an infinite one; "nonneg", true; and where there is none
 * "l1", 0.  Return 0, or -1 where memory is out.
 */
int sv_prox_json(const struct sv_prox *g, json_t *object);

#endif /* !SV_PROX_H */
