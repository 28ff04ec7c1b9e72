#ifndef SV_NUMBER_H
#define SV_NUMBER_H

/*
 * Decimal text and doubles, faster than the C library's functions and, where
 * that is not simple, by means of them.  Both directions are exactly rounded
 * (to nearest, ties to even), so that formatting a number and parsing the text
 * gives the same bits.
 */

#define SV_NUMBER_MAX 32u	/* room for any number's text */

/**
 * sv_number_parse(text, end):
 * Parse [+-]digits[.digits][(e|E)[+-]digits] at ${text}; one side of the point
 * may have no digits.  There must be a byte after the number that is no part
 * of one (as the end of a string is).  Return the nearest double, infinite
 * where the number is too large, and let ${*end} point behind it; ${*end} is
 * ${text} if there is no number.  "nan", "inf" and hexadecimal are not numbers
 * here.  Needs the C locale's decimal point.
 */
double sv_number_parse(const char *text, const char **end);

/**
 * sv_number_parse_in(text, limit, end):
 * The same, faster, where all bytes from ${text} up to ${limit} may be looked
 * at, whatever they are.
 *
 * Eight digits are read at once (D. Lemire, Number parsing at a gigabyte per
 * second, Software: Practice and Experience 51(8), 2021); up to 15 digits are
 * converted by one exact operation (W. Clinger, PLDI 1990); up to 19 by a product
 * with 128 bits of a power of five (Lemire's paper again; that nothing more is
 * needed is proved by N. Mushtak and D. Lemire, Fast number parsing without
 * fallback, 2023).
 */
double sv_number_parse_in(const char *text, const char *limit,
    const char **end);

/**
 * sv_number_format(out, x):
 * Write ${x} as printf's "%.15g" if that is exact, otherwise as "%.17g"; no
 * terminating NUL.  Return the end of the text, at most SV_NUMBER_MAX bytes
 * after ${out}.
 */
char *sv_number_format(char *out, double x);

/**
 * sv_number_uint(out, n):
 * Write ${n} in decimal; no NUL.  Return the end, as above.
 */
char *sv_number_uint(char *out, unsigned long long n);

#endif /* !SV_NUMBER_H */
