#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "util.h"

double
bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec);
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

double
bench_median(double *v, size_t n)
{

	qsort(v, n, sizeof(*v), ascending);
	return (n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2);
}

size_t
bench_number(const char *arg, size_t min, size_t max)
{
	char *end;
	unsigned long long v = strtoull(arg, &end, 10);

	if (end == arg || *end != '\0' || v < min || v > max) {
		fprintf(stderr, "%s: expected a number from %zu to %zu\n", arg,
		    min, max);
		exit(2);
	}
	return ((size_t)v);
}

_Noreturn void
bench_die(const char *what)
{

	perror(what);
	exit(1);
}
