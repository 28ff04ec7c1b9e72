#include <math.h>
#include <string.h>

#include "normal.h"

/* Deviates made at once: a constant, so that compilers vectorise the loop. */
#define LANES 64

/* Beyond this distance of a probability from 1/2 lie the tails. */
#define SPLIT 0.425
#define SPLIT2 0.180625		/* its square */

/*
 * The rational approximations of PPND16: numerator and denominator for the
 * centre (in SPLIT2 - q^2), for the tails (in r - 1.6, r = sqrt(-log p)), and
 * for the far tails (in r - 5).
 */
static const double central_num[8] = {
	3.3871328727963666080e+0, 1.3314166789178437745e+2,
	1.9715909503065514427e+3, 1.3731693765509461125e+4,
	4.5921953931549871457e+4, 6.7265770927008700853e+4,
	3.3430575583588128105e+4, 2.5090809287301226727e+3
};
static const double central_den[8] = {
	1.0, 4.2313330701600911252e+1,
	6.8718700749205790830e+2, 5.3941960214247511077e+3,
	2.1213794301586595867e+4, 3.9307895800092710610e+4,
	2.8729085735721942674e+4, 5.2264952788528545610e+3
};
static const double tail_num[8] = {
	1.42343711074968357734e+0, 4.63033784615654529590e+0,
	5.76949722146069140550e+0, 3.64784832476320460504e+0,
	1.27045825245236838258e+0, 2.41780725177450611770e-1,
	2.27238449892691845833e-2, 7.74545014278341407640e-4
};
static const double tail_den[8] = {
	1.0, 2.05319162663775882187e+0,
	1.67638483018380384940e+0, 6.89767334985100004550e-1,
	1.48103976427480074590e-1, 1.51986665636164571966e-2,
	5.47593808499534494600e-4, 1.05075007164441684324e-9
};
static const double far_num[8] = {
	6.65790464350110377720e+0, 5.46378491116411436990e+0,
	1.78482653991729133580e+0, 2.96560571828504891230e-1,
	2.65321895265761230930e-2, 1.24266094738807843860e-3,
	2.71155556874348757815e-5, 2.01033439929228813265e-7
};
static const double far_den[8] = {
	1.0, 5.99832206555887937690e-1,
	1.36929880922735805310e-1, 1.48753612908506148525e-2,
	7.86869131145613259100e-4, 1.84631831751005468180e-5,
	1.42151175831644588870e-7, 2.04426310338993978564e-15
};

/* c[0] + c[1] x + ... + c[7] x^7 by Horner's rule. */
static inline double
poly7(const double c[8], double x)
{

	return (((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x +
	    c[2]) * x + c[1]) * x + c[0]);
}

double
sv_normal_log(double x)
{
	const uint64_t one = 0x3ff0000000000000;
	const uint64_t sqrthalf = 0x3fe6a09e667f3bcd;
	/* log 2 in two parts: e times the upper one is exact. */
	const double ln2_hi = 0x1.62e42feep-1, ln2_lo = 0x1.a39ef35793c76p-33;
	uint64_t u;
	double e, m, s, s2, t;

	memcpy(&u, &x, sizeof(u));
	u += one - sqrthalf;
	e = (double)((int64_t)(u >> 52) - 1023);
	u = (u & 0x000fffffffffffff) + sqrthalf;
	memcpy(&m, &u, sizeof(m));

	/* log m = 2 (s + s^3/3 + s^5/5 + ...), |s| < 0.172; s^23 is < 2^-58. */
	s = (m - 1.0) / (m + 1.0);
	s2 = s * s;
	t = 2.0 / 21;
	t = t * s2 + 2.0 / 19;
	t = t * s2 + 2.0 / 17;
	t = t * s2 + 2.0 / 15;
	t = t * s2 + 2.0 / 13;
	t = t * s2 + 2.0 / 11;
	t = t * s2 + 2.0 / 9;
	t = t * s2 + 2.0 / 7;
	t = t * s2 + 2.0 / 5;
	t = t * s2 + 2.0 / 3;
	return (e * ln2_hi + (2.0 * s + (t * s2 * s + e * ln2_lo)));
}

/* The deviate at probability 1/2 + ${q}, |q| in (SPLIT, 1/2). */
static double
tail(double q)
{
	double r, x;

	r = sqrt(-sv_normal_log(q < 0 ? 0.5 + q : 0.5 - q));
	if (r <= 5.0)
		x = poly7(tail_num, r - 1.6) / poly7(tail_den, r - 1.6);
	else
		x = poly7(far_num, r - 5.0) / poly7(far_den, r - 5.0);
	return (q < 0 ? -x : x);
}

/* LANES deviates: all as if central, then the tails put right. */
static void
fill_lanes(double *restrict x, const uint64_t *restrict bits)
{
	double q[LANES];
	unsigned at[LANES], n = 0;

	for (unsigned i = 0; i < LANES; i++) {
		uint64_t u = (bits[i] >> 12) | 0x3ff0000000000000;
		double f;

		/* Both operations are exact: f is in [1,2), a multiple of 2^-52. */
		memcpy(&f, &u, sizeof(f));
		q[i] = (f - 1.5) + 0x1p-53;
	}
	for (unsigned i = 0; i < LANES; i++) {
		double r = SPLIT2 - q[i] * q[i];

		x[i] = q[i] * poly7(central_num, r) / poly7(central_den, r);
	}
	for (unsigned i = 0; i < LANES; i++) {
		at[n] = i;
		n += q[i] > SPLIT || q[i] < -SPLIT;
	}
	for (unsigned i = 0; i < n; i++)
		x[at[i]] = tail(q[at[i]]);
}

void
sv_normal_fill(double *restrict x, const uint64_t *restrict bits, size_t n)
{
	uint64_t last_bits[LANES] = { 0 };
	double last[LANES];
	size_t i;

	for (i = 0; i + LANES <= n; i += LANES)
		fill_lanes(x + i, bits + i);
	if (i < n) {
		memcpy(last_bits, bits + i, (n - i) * sizeof(*bits));
		fill_lanes(last, last_bits);
		memcpy(x + i, last, (n - i) * sizeof(*x));
	}
}
