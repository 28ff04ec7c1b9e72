#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "number.h"

#define ROUNDS 20000

static uint64_t seed = 88172645463325252u;

/* Marsaglia's xorshift: the same numbers in every run. */
static uint64_t
word(void)
{

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed * 2685821657736338717u);
}

/* Uniform in (-1, 1), or any finite bits. */
static double
uniform(void)
{

	return ((double)(int64_t)word() * 0x1p-63);
}

static double
any(void)
{
	double x;
	uint64_t u;

	do {
		u = word();
		memcpy(&x, &u, sizeof(x));
	} while (!isfinite(x));
	return (x);
}

/* The whole text is a number, and strtod() agrees to the bit. */
static void
check_parse(const char *text)
{
	const char *end;
	double x = sv_number_parse(text, &end), y = strtod(text, NULL);
	size_t len = strlen(text);
	char *more;

	if (*end != '\0' || memcmp(&x, &y, sizeof(x)) != 0)
		fail_msg("%s: %a, not %a, rest '%s'", text, x, y, end);
	/* What is behind it may be looked at, but does not matter. */
	assert_non_null(more = malloc(len + 17));
	memset(more, '7', len + 17);
	strcpy(more, text);
	for (size_t seen = 0; seen <= len + 17; seen += 1 + seen / 64) {
		x = sv_number_parse_in(more, more + seen, &end);
		if (end != more + len || memcmp(&x, &y, sizeof(x)) != 0)
			fail_msg("%s: %a, not %a, with %zu", text, x, y, seen);
	}
	free(more);
}

/* The text is what printf() makes of it, and goes back to the same bits. */
static void
check_format(double x)
{
	char text[SV_NUMBER_MAX + 1], want[64];
	const char *end;
	double y;

	*sv_number_format(text, x) = '\0';
	snprintf(want, sizeof(want), "%.15g", x);
	if (strtod(want, NULL) != x)
		snprintf(want, sizeof(want), "%.17g", x);
	assert_string_equal(text, want);
	y = sv_number_parse(text, &end);
	assert_memory_equal(&x, &y, sizeof(x));
}

static void
random_text_is_parsed_as_strtod_does(void **state)
{
	char text[512];

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(text, sizeof(text), "%.*e", (int)(word() % 21), any());
		check_parse(text);
		snprintf(text, sizeof(text), "%.*f", (int)(word() % 22),
		    uniform() * 1000);
		check_parse(text);
		snprintf(text, sizeof(text), "%llu.%llue-%d",
		    (unsigned long long)(word() >> (word() % 64)),
		    (unsigned long long)(word() >> (word() % 64)),
		    (int)(word() % 20));
		check_parse(text);
		snprintf(text, sizeof(text), "%llue%d",
		    (unsigned long long)(word() >> (word() % 64)),
		    (int)(word() % 140) - 70);
		check_parse(text);
	}
}

/* Midpoints between two doubles, which must go to the even one. */
static void
ties_go_to_even(void **state)
{
	static const uint64_t five[] = { 1, 5, 25, 125 };
	char text[64];

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t m = (word() >> 11 | (uint64_t)1 << 52) * 2 + 1;
		unsigned k = (unsigned)(word() % 4);

		if (m > UINT64_MAX / five[k])
			continue;
		snprintf(text, sizeof(text), "%llue-%u",
		    (unsigned long long)(m * five[k]), k);
		check_parse(text);
	}
}

/* The same of products: w 10^k is an odd number of 54 bits times 2^k. */
static void
ties_of_products_go_to_even(void **state)
{
	char text[64];
	uint64_t five = 1, w;

	(void)state;
	for (unsigned k = 0; k <= 22; k++, five *= 5) {
		for (int i = 0; i < ROUNDS / 20; i++) {
			w = ((uint64_t)1 << 53) / five;
			w = (w + word() % w) | 1;
			snprintf(text, sizeof(text), "%llue%u",
			    (unsigned long long)w, k);
			check_parse(text);
		}
	}
}

/* Whole numbers of up to 512 bits, the lowest first. */
#define WORDS 16

static void
multiply(uint32_t x[WORDS], const uint32_t y[WORDS])
{
	uint32_t z[WORDS] = { 0 };
	uint64_t carry;

	for (int i = 0; i < WORDS; i++) {
		carry = 0;
		for (int j = 0; i + j < WORDS; j++) {
			carry += (uint64_t)x[i] * y[j] + z[i + j];
			z[i + j] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	memcpy(x, z, sizeof(z));
}

static int
compare(const uint32_t x[WORDS], const uint32_t y[WORDS])
{

	for (int i = WORDS - 1; i >= 0; i--)
		if (x[i] != y[i])
			return (x[i] < y[i] ? -1 : 1);
	return (0);
}

/* 2^n, for n < 512. */
static void
power2(uint32_t x[WORDS], unsigned n)
{

	memset(x, 0, WORDS * sizeof(*x));
	x[n / 32] = (uint32_t)1 << n % 32;
}

/* How ${t}, of 128 bits, times ${times} compares with 2^n times ${of}. */
static int
scaled(const uint64_t t[2], const uint32_t times[WORDS], unsigned n,
    const uint32_t of[WORDS])
{
	uint32_t x[WORDS] = { 0 }, y[WORDS];

	for (int i = 0; i < 4; i++)
		x[i] = (uint32_t)(t[1 - i / 2] >> i % 2 * 32);
	multiply(x, times);
	power2(y, n);
	multiply(y, of);
	return (compare(x, y));
}

/*
 * For q >= 0, t 2^a <= 5^q < (t + 1) 2^a for some a; for q < 0,
 * t 5^-q <= 2^b < (t + 1) 5^-q, or the same of t - 1.
 */
static void
the_table_of_powers_is_right(void **state)
{
	static const uint64_t table[][2] = {
#include "number_pow5.inc"
	};
	uint32_t power[WORDS], five[WORDS] = { 5 }, one[WORDS] = { 1 };
	uint32_t two[WORDS];
	uint64_t t[2];
	unsigned n;

	(void)state;
	assert_int_equal(sizeof(table) / sizeof(table[0]), 129);
	for (int q = -64; q <= 64; q++) {
		memcpy(t, table[q + 64], sizeof(t));
		assert_true(t[0] >> 63 == 1);
		power2(power, 0);
		for (int i = 0; i < abs(q); i++)
			multiply(power, five);
		if (q < 0) {
			if (q >= -27)
				t[0] -= t[1]-- == 0;
			for (n = 0; scaled(t, power, n, one) > 0; n++)
				;
			assert_true(n < 500);
			t[0] += ++t[1] == 0;
			assert_true(scaled(t, power, n, one) > 0);
			continue;
		}
		/* Both sides times 2^128, so that a >= -128 will do. */
		for (n = 0; power2(two, n), scaled(t, two, 128, power) < 0; n++)
			assert_true(n < 300);
		if (scaled(t, two, 128, power) > 0)
			power2(two, --n);
		assert_true(scaled(t, two, 128, power) <= 0);
		t[0] += ++t[1] == 0;
		assert_true(scaled(t, two, 128, power) > 0);
	}
}

static void
odd_forms_are_parsed(void **state)
{
	static const char * const good[] = {
		"1", "+7", "-0", "0.0", "1.", ".5", "-.5e3", "1E5", "1e+05",
		"1e400", "-1e-400", "0e999999999999", "1e-999999999999",
		"00000000000000000000000000000000000001.5",
		"0.000000000000000000000000000000000000000000123",
		"123456789012345678901234567890",
		"9007199254740993", "18446744073709551615",
		"18446744073709551616", "4.9406564584124654e-324",
		"1.7976931348623157e308", "1.7976931348623159e308",
		"0.00012345678901234567", "1e22", "1e23"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check_parse(good[i]);
}

/* Zeros beyond measure, and an exponent that makes up for them, or for more. */
static void
long_texts_are_parsed(void **state)
{
	static const char * const tail[] = { "1e100011", "1e1000000", "1" };
	const size_t zeros = 100010;
	char *text = malloc(zeros + 32);

	(void)state;
	assert_non_null(text);
	memset(text, '0', zeros);
	text[1] = '.';
	for (size_t i = 0; i < sizeof(tail) / sizeof(tail[0]); i++) {
		strcpy(text + zeros, tail[i]);
		check_parse(text);
	}
	free(text);
}

static void
what_is_no_number_is_not_parsed(void **state)
{
	static const char * const none[] = {
		"", ".", "-", "+", "e5", "-.e1", "nan", "inf", "-inf",
		"infinity", "x", " 1", "--1", "+-1"
	};
	static const char * const part[][2] = {
		{ "0x10", "x10" }, { "1e", "e" }, { "1e+", "e+" },
		{ "1e+x", "e+x" }, { "1.5.2", ".2" }, { "1 2", " 2" },
		{ "1,5", ",5" }, { "1-", "-" }
	};
	const char *end;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		sv_number_parse(none[i], &end);
		assert_ptr_equal(end, none[i]);
	}
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		sv_number_parse(part[i][0], &end);
		assert_string_equal(end, part[i][1]);
	}
}

static void
numbers_are_formatted_as_printf_does(void **state)
{
	static const double some[] = {
		0, -0.0, 1, -1, 0.1, 0.3, 2.5, 1e-4, 1e-5, 1e15, 1e22, 1e23,
		99999999999999.98, 9.9999999999999982, 999999999999999.88,
		9.9999999999999995e14, 0.00099999999999999989,
		0.00099999999999999, 123456789012345, 5e-324,
		1.7976931348623157e308, 2.2250738585072014e-308
	};

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		check_format(some[i]);
	for (int i = 0; i < ROUNDS; i++) {
		check_format(any());
		check_format(uniform());
		check_format(uniform() * 10);
		check_format(uniform() * 1e3);
		check_format(uniform() * 1e15);
		check_format(uniform() * 1e-3);
		check_format(round(uniform() * 1e6) / 1e6);
		check_format(round(uniform() * 1e9) / 1e4);
	}
}

static void
whole_numbers_are_formatted(void **state)
{
	char text[SV_NUMBER_MAX + 1], want[32];

	(void)state;
	for (unsigned shift = 0; shift < 64; shift++) {
		unsigned long long n = word() >> shift;

		*sv_number_uint(text, n) = '\0';
		snprintf(want, sizeof(want), "%llu", n);
		assert_string_equal(text, want);
	}
	*sv_number_uint(text, 0) = '\0';
	assert_string_equal(text, "0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_text_is_parsed_as_strtod_does),
		cmocka_unit_test(ties_go_to_even),
		cmocka_unit_test(ties_of_products_go_to_even),
		cmocka_unit_test(the_table_of_powers_is_right),
		cmocka_unit_test(odd_forms_are_parsed),
		cmocka_unit_test(long_texts_are_parsed),
		cmocka_unit_test(what_is_no_number_is_not_parsed),
		cmocka_unit_test(numbers_are_formatted_as_printf_does),
		cmocka_unit_test(whole_numbers_are_formatted)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
