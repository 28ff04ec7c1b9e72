#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

__extension__ typedef unsigned __int128 u128;

#define MANT_BITS 52
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
