#ifndef ESTIMATE_H
#define ESTIMATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * When will a run be done?  What decides when to stop falls, where a method
 * converges linearly, by the same factor each round: its logarithm is a
 * straight line.  That line is fitted through the latest third of the rounds
 * and followed down to the target.
 *
 * The slope is the median of the slopes between all pairs of points (Theil,
 * Proc. Kon. Ned. Akad. v. Wetensch. A 53, 1950; Sen, J. Am. Statist. Assoc.
 * 63, 1968), which a few outliers do not move, its level the median of what is
 * left.
 * Whether it falls at all is asked of the signs of those slopes (Mann,
 * Econometrica 13, 1945), at the level of 5 %; the range is Sen's interval
 * (section 6) of 90 %.  Points that follow one another are not independent, so
 * both are too sure of themselves; and no method has to converge linearly, nor
 * to go on as it did: rounds left are right to a factor of three or so.
 */

#define TREND_POINTS 384u	/* kept; more are thinned out evenly */
#define TREND_FIT 40u	/* looked at, at most */
#define TREND_LEAST 6u	/* fewer say nothing */

/* What is kept of a quantity: points by the number of the round. */
struct trend {
	struct trend_point {
		double x;	/* number of the round */
		double y;
	} point[TREND_POINTS];
	size_t n;
	uint64_t seen;	/* points given */
	uint64_t stride;	/* one of so many is kept; 0: 1 */
};

/**
 * trend_add(t, x, y):
 * Another point, behind those before or in the place of the last one; a ${y}
 * that is not positive or not finite is none.  All zero is an empty trend.  The
 * first and the last point are always kept.
 */
void trend_add(struct trend *t, double x, double y);

/**
 * trend_last(t):
 * The last y, NaN without any.
 */
double trend_last(const struct trend *t);

enum estimate_kind {
	ESTIMATE_UNKNOWN,	/* too few points, or no target */
	ESTIMATE_STUCK,	/* it does not fall */
	ESTIMATE_ROUNDS,	/* it falls: rounds tells how many are left */
	ESTIMATE_THERE	/* it is at the target */
};

struct estimate {
	enum estimate_kind kind;
	double rounds;	/* left; NaN but for ROUNDS and THERE (0) */
	double least, most;	/* the range; most may be infinite */
};

/**
 * estimate_make(t, target, e):
 * Estimate from ${t} when ${target} will be reached.
 */
void estimate_make(const struct trend *t, double target, struct estimate *e);

#endif /* !ESTIMATE_H */
