#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "weights.h"

/* Weights of rows (tools/shard/weights.c), one after the other and at once. */

#define MOST 5000u	/* weights of one text */

/* Read ${n} at once, which are there, and what is said of the end. */
static int
again(uint64_t n, const double *one)
{
	struct weights *w = weights_open(fuzz_path());
	const double *all;
	int rc;

	MUST(w != NULL && (all = weights_next(w, n)) != NULL);
	MUST(memcmp(all, one, n * sizeof(*one)) == 0);
	rc = weights_end(w);
	weights_free(w);
	return (rc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static double one[MOST];
	struct weights *w;
	const double *x;
	uint64_t n = 0;

	if (size >= MOST)
		return (0);
	fuzz_fd(data, size);
	MUST((w = weights_open(fuzz_path())) != NULL);
	while ((x = weights_next(w, 1)) != NULL) {
		MUST(isfinite(*x) && *x >= 0.0 && n < MOST);
		one[n++] = *x;
	}
	weights_free(w);
	if (n > 0)
		again(n, one);
	/* There is one more. */
	if (n > 1)
		MUST(again(n - 1, one) == -1);
	return (0);
}
