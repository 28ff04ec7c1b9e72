/*
 * frames: what the check of a frame costs.  Prints lines of name, value and
 * unit: the speed of XXH3 on a vector of 10^4 numbers and on one that fits in
 * no cache, also with the look whether all of them are finite, beside copying
 * and summing the same vector.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

#include "util.h"

#define REPEATS 7u

enum what { HASH, CHECK, COPY, ADD };

/* Kept where the compiler cannot see that nobody looks. */
static volatile double sink;

static void
work(enum what what, double *dst, const double *src, size_t d)
{
	int finite;

	switch (what) {
	case HASH:
		sink = (double)sv_frame_sum(src, d * sizeof(*src));
		break;
	case CHECK:
		sink = (double)sv_frame_sum_f64(src, d, &finite) + finite;
		break;
	case COPY:
		memcpy(dst, src, d * sizeof(*src));
		sink = dst[d / 2];
		break;
	case ADD:
		for (size_t j = 0; j < d; j++)
			dst[j] += src[j];
		sink = dst[d / 2];
		break;
	}
}

/* GB/s of ${what} on ${d} numbers: the median of several repeats. */
static double
speed(enum what what, double *dst, const double *src, size_t d)
{
	double v[REPEATS];
	size_t times = 200000000 / (d * sizeof(*src)) + 1;

	for (unsigned r = 0; r < REPEATS; r++) {
		double start = bench_now();

		for (size_t i = 0; i < times; i++)
			work(what, dst, src, d);
		v[r] = (double)(times * d * sizeof(*src)) / 1e9 /
		    (bench_now() - start);
	}
	return (bench_median(v, REPEATS));
}

int
main(void)
{
	static const size_t sizes[] = { 10000, 20000000 };
	static const char * const names[] = { "hash", "check", "copy", "add" };
	double *dst, *src;

	dst = calloc(sizes[1], sizeof(*dst));
	src = calloc(sizes[1], sizeof(*src));
	if (dst == NULL || src == NULL)
		bench_die("frames");
	for (size_t j = 0; j < sizes[1]; j++)
		src[j] = (double)j;
	memset(dst, 0, sizes[1] * sizeof(*dst));
	for (int i = 0; i < 2; i++)
		for (int what = HASH; what <= ADD; what++)
			printf("%s-%zu %.2f\n", names[what], sizes[i],
			    speed((enum what)what, dst, src, sizes[i]));
	free(dst);
	free(src);
	return (0);
}
