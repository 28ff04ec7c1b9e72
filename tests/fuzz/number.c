#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "number.h"

/* Numbers (lib/number.c) beside those of the C library. */

static size_t
digits(const char *s)
{

	return (strspn(s, "0123456789"));
}

/* Bytes of the number at ${s}: [+-]digits[.digits][(e|E)[+-]digits]. */
static size_t
number(const char *s)
{
	size_t n = s[0] == '+' || s[0] == '-', whole, part = 0, e;

	n += whole = digits(s + n);
	if (s[n] == '.') {
		part = digits(s + n + 1);
		n += whole + part > 0 ? 1 + part : 0;
	}
	if (whole + part == 0)
		return (0);
	if (s[n] == 'e' || s[n] == 'E') {
		e = n + 1;
		e += s[e] == '+' || s[e] == '-';
		if (digits(s + e) > 0)
			n = e + digits(s + e);
	}
	return (n);
}

/* The same bits; zeros have signs. */
static int
same(double x, double y)
{

	return (memcmp(&x, &y, sizeof(x)) == 0);
}

static void
check_parse(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);
	const char *end;
	double x;
	size_t n;

	MUST(s != NULL);
	memcpy(s, data, size);
	s[size] = '\0';
	n = number(s);
	x = sv_number_parse(s, &end);
	MUST(end == s + n);
	s[n] = '\0';
	MUST(n == 0 || same(x, strtod(s, NULL)));
	free(s);
}

static void
check_format(double x)
{
	char text[SV_NUMBER_MAX + 1], want[64];
	const char *end;

	*sv_number_format(text, x) = '\0';
	snprintf(want, sizeof(want), "%.15g", x);
	if (!isnan(x) && strtod(want, NULL) != x)
		snprintf(want, sizeof(want), "%.17g", x);
	MUST(strcmp(text, want) == 0);
	if (isfinite(x))
		MUST(same(sv_number_parse(text, &end), x) && *end == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[SV_NUMBER_MAX + 1], want[64];
	unsigned long long n;
	double x;

	check_parse(data, size);
	for (; size >= sizeof(x); data += sizeof(x), size -= sizeof(x)) {
		memcpy(&x, data, sizeof(x));
		check_format(x);
		memcpy(&n, data, sizeof(n));
		*sv_number_uint(text, n) = '\0';
		snprintf(want, sizeof(want), "%llu", n);
		MUST(strcmp(text, want) == 0);
	}
	return (0);
}
