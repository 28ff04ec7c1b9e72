#include <string.h>

#include "fuzz.h"
#include "gather.h"
#include "io.h"

/*
 * Updates on their way into a sum (lib/gather.c): of 4 shards, vectors of 5
 * elements.  The sum does not depend on the order in which they come.
 */

#define WORKERS 4u
#define DIM 5u

/* A copy, for the gatherer takes over what it gets. */
static struct sv_frame
copy(const struct sv_frame *f)
{
	struct sv_frame g = *f;

	if (f->length == 0)
		return (g);
	MUST((g.payload = malloc(f->length)) != NULL);
	memcpy(g.payload, f->payload, f->length);
	return (g);
}

/* Bitwise, but that all NaNs are one: infinities may meet in a sum. */
static int
same(const double *x, const double *y, size_t n)
{

	for (size_t i = 0; i < n; i++)
		if (memcmp(&x[i], &y[i], sizeof(*x)) != 0 &&
		    !(x[i] != x[i] && y[i] != y[i]))
			return (0);
	return (1);
}

/* Those that were accepted and made a sum, from the last to the first. */
static void
backwards(const struct sv_gather *g, const struct sv_frame *taken, size_t n)
{
	struct sv_gather *h = sv_gather_new(WORKERS, DIM, 0);
	char why[SV_WHY];
	struct sv_frame f;

	MUST(h != NULL);
	sv_gather_begin(h, (enum sv_op)taken[0].op, taken[0].round);
	while (n-- > 0) {
		f = copy(&taken[n]);
		MUST(sv_gather_add(h, &f, why) == (n == 0));
	}
	MUST(same(sv_gather_sum(g), sv_gather_sum(h), DIM));
	MUST(same(sv_gather_scalars(g), sv_gather_scalars(h), SV_UP_GRAD_N));
	sv_gather_free(h);
}

/* Gather one sum from the reader; 0 at the end of the stream. */
static int
gather(struct sv_gather *g, struct sv_reader *r)
{
	struct sv_frame f, g1, taken[WORKERS];
	char why[SV_WHY] = "";
	size_t n = 0;
	int rc = 0, more;

	while ((more = sv_reader_next(r, &f) == SV_IO_FRAME) && rc != 1) {
		if (n == 0)
			sv_gather_begin(g, f.op == SV_OP_GRAD ? SV_OP_GRAD :
			    SV_OP_STEP, f.round);
		g1 = copy(&f);
		if ((rc = sv_gather_add(g, &g1, why)) == -1) {
			MUST(why[0] != '\0');
			sv_frame_fini(&f);
			continue;
		}
		MUST(n < WORKERS);
		taken[n++] = f;
		if (rc == 1)
			break;
	}
	MUST((sv_gather_missing(g) == 0) == (rc == 1) || n == 0);
	if (rc == 1)
		backwards(g, taken, n);
	while (n-- > 0)
		sv_frame_fini(&taken[n]);
	return (more);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_gather *g = sv_gather_new(WORKERS, DIM, 0);
	struct sv_reader *r = sv_reader_new(fuzz_fd(data, size), "fuzz");

	MUST(g != NULL && r != NULL);
	while (gather(g, r))
		;
	sv_reader_free(r);
	sv_gather_free(g);
	return (0);
}
