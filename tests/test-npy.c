/* NumPy's file format, byte by byte. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "npy.h"

static uint8_t bytes[4096];
static size_t nbytes;

static void
write_it(const double *x, uint64_t n)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(sv_npy_write(f, x, n), 0);
	rewind(f);
	nbytes = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
}

static void
three_numbers(void **state)
{
	const double x[] = { 1, -2.5, 1e300 };
	const char *about =
	    "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }";

	(void)state;
	write_it(x, 3);
	assert_int_equal(nbytes, 128 + sizeof(x));
	assert_memory_equal(bytes, "\x93NUMPY\x01\x00\x76\x00", 10);
	assert_memory_equal(bytes + 10, about, strlen(about));
	for (size_t i = 10 + strlen(about); i < 127; i++)
		assert_int_equal(bytes[i], ' ');
	assert_int_equal(bytes[127], '\n');
	assert_memory_equal(bytes + 128, x, sizeof(x));
}

static void
no_number(void **state)
{

	(void)state;
	write_it(NULL, 0);
	assert_int_equal(nbytes, 128);
	assert_non_null(strstr((char *)bytes + 10, "(0,)"));
}

static void
a_full_device(void **state)
{
	static double x[10000];
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	if (f == NULL)
		skip();
	assert_int_equal(sv_npy_write(f, x, 10000), -1);
	fclose(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_numbers),
		cmocka_unit_test(no_number),
		cmocka_unit_test(a_full_device)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
