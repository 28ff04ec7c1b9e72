#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

__extension__ typedef unsigned __int128 u128;

#define MANT_BITS 52
#define MANT_MAX ((uint64_t)1 << 53)
#define EXP_BIAS 1023
#define DIGITS 19		/* decimal digits that always fit 64 bits */
#define WORD 8			/* digits at once */
#define POW5_MAX 64		/* exponents, both ways, in pow5[] */

/* Powers of ten, exact in both types. */
static const double pow10d[] = {
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
	1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};
static const uint64_t pow10u[WORD] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000
};

static const struct {
	uint64_t high, low;
} pow5[] = {
#include "number_pow5.inc"
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

/* How many of the bytes of ${v}, the lowest first, are digits. */
static int
count_digits(uint64_t v)
{
	const uint64_t high = 0xf0f0f0f0f0f0f0f0, zeros = 0x3030303030303030;
	uint64_t bad;

	/* A carry goes into bytes behind the first one that is no digit. */
	bad = ((v & high) ^ zeros) |
	    (((v + 0x0606060606060606) & high) ^ zeros);
	return (bad == 0 ? WORD : __builtin_ctzll(bad) / 8);
}

/* The number that the lowest ${n} > 0 bytes of ${v} are the digits of. */
static uint64_t
word_value(uint64_t v, int n)
{
	const uint64_t pairs = 0x000000ff000000ff;

	v -= 0x3030303030303030;
	v <<= 8 * (WORD - n);
	v = v * 10 + (v >> 8);
	return (((v & pairs) * (100 + ((uint64_t)1000000 << 32)) +
	    ((v >> 16) & pairs) * (1 + ((uint64_t)10000 << 32))) >> 32);
}

/*
 * Append the digits at ${p} to ${*mant}, modulo 2^64; return their end.  Bytes
 * before ${limit} may be read.
 */
static inline const char *
scan_digits(const char *p, const char *limit, uint64_t *mant)
{
	uint64_t m = *mant, v;
	int n;

	while (limit - p >= WORD) {
		memcpy(&v, p, sizeof(v));
		n = count_digits(v);
		if (n == WORD) {
			m = m * 100000000 + word_value(v, WORD);
			p += WORD;
			continue;
		}
		if (n > 0)
			m = m * pow10u[n] + word_value(v, n);
		*mant = m;
		return (p + n);
	}
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
static inline const char *
scan(const char *text, const char *limit, struct decimal *x)
{
	const char *p = text, *first, *point;
	int64_t n;

	x->mant = 0;
	x->exp = 0;
	x->negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	first = p;
	/* Most have one digit here. */
	if (is_digit(p[0]) && !is_digit(p[1]))
		x->mant = (uint64_t)(*p++ - '0');
	else
		p = scan_digits(p, limit, &x->mant);
	n = p - first;
	if (*p == '.') {
		point = p + 1;
		p = scan_digits(point, limit, &x->mant);
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
 * w 5^q 2^q for w > 0 and |q| <= POW5_MAX, where no double is subnormal or
 * infinite.  With w's and the power's highest bits at the top, their product
 * begins with 54 bits that are right: 53, and one for rounding.
 */
static double
multiply(uint64_t w, int q)
{
	int zeros = __builtin_clzll(w), up, shift, e;
	uint64_t high, low, m;
	u128 product;
	double x;

	w <<= zeros;
	product = (u128)w * pow5[q + POW5_MAX].high;
	high = (uint64_t)(product >> 64);
	low = (uint64_t)product;
	/* The bits below may be all ones for want of the power's lower half. */
	if ((high & 0x1ff) == 0x1ff) {
		product = (u128)w * pow5[q + POW5_MAX].low;
		low += (uint64_t)(product >> 64);
		high += low < (uint64_t)(product >> 64);
	}
	up = (int)(high >> 63);
	shift = up + 64 - MANT_BITS - 3;
	m = high >> shift;
	/* floor(log2(5^q)) + q + 63, as 217706 / 2^16 is nearly log2(10). */
	e = (int)((217706 * (int64_t)q + ((int64_t)1 << 32)) >> 16) -
	    (1 << 16) + 63 + up - zeros + EXP_BIAS;
	/* Half way, exactly: to even.  5^q must divide 2^64 then, or fit it. */
	if (low <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 &&
	    m << shift == high)
		m--;
	m = (m + (m & 1)) >> 1;
	/* The leading bit, and a carry out of the mantissa, go up into e. */
	m += (uint64_t)(e - 1) << MANT_BITS;
	memcpy(&x, &m, sizeof(x));
	return (x);
}

double
sv_number_parse_in(const char *text, const char *limit, const char **end)
{
	struct decimal d;
	double x;

	if ((*end = scan(text, limit, &d)) == NULL) {
		*end = text;
		return (0);
	}
	if (!d.whole)
		return (strtod(text, NULL));
	if (d.mant == 0)
		x = 0;
	else if (d.mant <= MANT_MAX && d.exp >= -22 && d.exp <= 22)
		x = d.exp < 0 ? (double)d.mant / pow10d[-d.exp] :
		    (double)d.mant * pow10d[d.exp];
	else if (d.exp >= -POW5_MAX && d.exp <= POW5_MAX)
		x = multiply(d.mant, (int)d.exp);
	else
		return (strtod(text, NULL));
	return (d.negative ? -x : x);
}

double
sv_number_parse(const char *text, const char **end)
{

	return (sv_number_parse_in(text, text, end));
}
