#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

__extension__ typedef unsigned __int128 u128;

#define MANT_BITS 52
#define MANT_MAX ((uint64_t)1 << 53)
#define EXP_BIAS 1075		/* of a mantissa taken as a whole number */
#define DIGITS 19		/* decimal digits that always fit 64 bits */

/* Powers of ten, exact in both types. */
static const double pow10d[] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};
static const uint64_t pow10u[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
	100000000000000, 1000000000000000, 10000000000000000,
	100000000000000000, 1000000000000000000, 10000000000000000000u
};

/* The text of a number, taken apart: mant * 10^exp, negated or not. */
struct decimal {
	uint64_t mant;
	int64_t exp;
	int negative;
	int whole;		/* mant holds all digits; otherwise it is nothing */
};

static int
is_digit(char c)
{

	return (c >= '0' && c <= '9');
}

/* Append the digits at ${p} to ${*mant}, modulo 2^64; return their end. */
static const char *
scan_digits(const char *p, uint64_t *mant)
{
	uint64_t m = *mant;

	for (; is_digit(*p); p++)
		m = m * 10 + (uint64_t)(*p - '0');
	*mant = m;
	return (p);
}

/*
 * The exponent after an e, if there is one; bounded, but far beyond what the
 * digits before it can make up for.
 */
static const char *
scan_exponent(const char *p, int64_t *exp)
{
	const char *q = p + 1;
	int negative = *q == '-';
	int64_t e = 0;

	if (*q == '-' || *q == '+')
		q++;
	if (!is_digit(*q))
		return (p);
	for (; is_digit(*q); q++)
		if (e < (int64_t)1 << 56)
			e = e * 10 + (*q - '0');
	*exp += negative ? -e : e;
	return (q);
}

/* Digits from ${p} to ${end}, without leading zeros. */
static int64_t
significant(const char *p, const char *end)
{
	const char *point;

	while (p < end && (*p == '0' || *p == '.'))
		p++;
	point = memchr(p, '.', (size_t)(end - p));
	return (end - p - (point != NULL));
}

/* Take the number at ${text} apart; return its end, or NULL if there is none. */
static const char *
scan(const char *text, struct decimal *x)
{
	const char *p = text, *first, *point;
	int64_t n;

	x->mant = 0;
	x->exp = 0;
	x->negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	first = p;
	p = scan_digits(p, &x->mant);
	n = p - first;
	if (*p == '.') {
		point = p + 1;
		p = scan_digits(point, &x->mant);
		x->exp = point - p;
		n += p - point;
	}
	if (n == 0)
		return (NULL);
	x->whole = n <= DIGITS || significant(first, p) <= DIGITS;
	if (*p == 'e' || *p == 'E')
		p = scan_exponent(p, &x->exp);
	return (p);
}

/*
 * mant / 10^exp, nearest, for 0 < exp <= DIGITS: a quotient of at least 63
 * bits and whether there is a remainder are enough to round right.
 */
static double
divide(uint64_t mant, int exp)
{
	uint64_t den = pow10u[exp], q, low, half;
	int nm = __builtin_clzll(mant), nd = __builtin_clzll(den), e, extra;
	u128 num = (u128)(mant << nm) << 63;
	double x;

	den <<= nd;
	q = (uint64_t)(num / den);
	extra = q >> 63 != 0 ? 11 : 10;		/* bits beyond 53 */
	e = nd - nm - 63 + extra + EXP_BIAS;
	low = q & (((uint64_t)1 << extra) - 1);
	half = (uint64_t)1 << (extra - 1);
	if (num != (u128)q * den)
		low |= 1;
	q >>= extra;
	q += low > half || (low == half && (q & 1) != 0);
	/* The leading bit, and a carry out of the mantissa, go up into e. */
	q += (uint64_t)(e - 1) << MANT_BITS;
	memcpy(&x, &q, sizeof(x));
	return (x);
}

double
sv_number_parse(const char *text, const char **end)
{
	struct decimal d;
	double x;

	if ((*end = scan(text, &d)) == NULL) {
		*end = text;
		return (0);
	}
	/* Both operands exact: one rounding (Clinger, PLDI 1990). */
	if (!d.whole)
		return (strtod(text, NULL));
	if (d.mant == 0)
		x = 0;
	else if (d.mant <= MANT_MAX && d.exp >= -22 && d.exp <= 22)
		x = d.exp < 0 ? (double)d.mant / pow10d[-d.exp] :
		    (double)d.mant * pow10d[d.exp];
	else if (d.exp == 0)
		x = (double)d.mant;
	else if (d.exp < 0 && d.exp >= -DIGITS)
		x = divide(d.mant, (int)-d.exp);
	else
		return (strtod(text, NULL));
	return (d.negative ? -x : x);
}

/* Two decimal digits at a time. */
static void
put2(char *out, uint64_t n)
{

	out[0] = (char)('0' + n / 10);
	out[1] = (char)('0' + n % 10);
}

char *
sv_number_uint(char *out, unsigned long long n)
{
	char text[24], *p = text + sizeof(text);
	size_t len;

	for (; n >= 100; n /= 100)
		put2(p -= 2, n % 100);
	if (n >= 10)
		put2(p -= 2, n);
	else
		*--p = (char)('0' + n);
	len = (size_t)(text + sizeof(text) - p);
	memcpy(out, p, len);
	return (out + len);
}

/* n / 10^places in fixed notation, without trailing zeros; places <= 20. */
static char *
put_fixed(char *out, uint64_t n, int places)
{
	uint64_t unit = places <= DIGITS ? pow10u[places] : UINT64_MAX;
	uint64_t frac = n % unit;
	char *p;
	int i;

	out = sv_number_uint(out, n / unit);
	if (frac == 0)
		return (out);
	*out = '.';
	p = out + 1;
	for (i = places; i >= 2; i -= 2, frac /= 100)
		put2(p + i - 2, frac % 100);
	if (i == 1)
		p[0] = (char)('0' + frac);
	for (p += places; p[-1] == '0'; p--)
		;
	return (p);
}

/*
 * ${x} in [1e-4, 1e15), not whole: the 17 digits are x 10^places, rounded,
 * with an exact product of at most 53 + 67 bits.
 */
static char *
format_fixed(char *out, double x)
{
	uint64_t bits, mant, n;
	u128 product, rest, half;
	int shift, e10, places;

	memcpy(&bits, &x, sizeof(bits));
	mant = (bits & (((uint64_t)1 << MANT_BITS) - 1)) |
	    (uint64_t)1 << MANT_BITS;
	shift = EXP_BIAS - (int)(bits >> MANT_BITS);
	for (e10 = -4; e10 < 14 && x >= (e10 < -1 ? 1 / pow10d[-e10 - 1] :
	    pow10d[e10 + 1]); e10++)
		;
	for (;;) {
		places = 16 - e10;
		product = (u128)mant * pow10u[places <= DIGITS ? places : DIGITS];
		if (places > DIGITS)
			product *= 10;
		n = (uint64_t)(product >> shift);
		rest = product & (((u128)1 << shift) - 1);
		half = (u128)1 << (shift - 1);
		n += rest > half || (rest == half && (n & 1) != 0);
		if (n >= pow10u[17])
			e10++;
		else if (n < pow10u[16])
			e10--;
		else
			break;
	}
	/*
	 * 15 digits, if they are the same number: the division of two exact
	 * numbers is rounded right.
	 */
	if ((double)((n + 50) / 100) / pow10d[places - 2] == x)
		return (put_fixed(out, (n + 50) / 100, places - 2));
	return (put_fixed(out, n, places));
}

char *
sv_number_format(char *out, double x)
{
	char text[SV_NUMBER_MAX];
	double a = fabs(x);
	int n;

	if (a < 1e15 && (a == 0 || a >= 1e-4)) {
		if (signbit(x))
			*out++ = '-';
		if (a == (double)(uint64_t)a)
			return (sv_number_uint(out, (uint64_t)a));
		return (format_fixed(out, a));
	}
	n = snprintf(text, sizeof(text), "%.15g", x);
	if (strtod(text, NULL) != x)
		n = snprintf(text, sizeof(text), "%.17g", x);
	memcpy(out, text, (size_t)n);
	return (out + n);
}
