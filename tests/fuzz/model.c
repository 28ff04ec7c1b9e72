#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "io.h"
#include "liblinear.h"

/*
 * Models of a stream of frames (lib/model.c): finite, whatever the frames say,
 * and for rows of the problem the same in its units, but for rounding.
 */

/* One row, of whose elements some are not 0. */
static double
margin(const struct sv_model *m)
{
	double sum = m->bias;

	for (uint64_t j = 0; j < m->d; j += 3)
		sum += m->w[j] * (double)(j % 7);
	return (sum);
}

static void
check(const struct sv_model *m)
{
	char buf[40], *text = NULL;
	size_t len = 0;
	FILE *f;

	MUST(m->loss != NULL && m->classes == m->loss->classes);
	MUST(isfinite(m->bias) && (m->biased || fabs(m->bias) <= 0.0));
	for (uint64_t j = 0; j < m->d; j++) {
		MUST(isfinite(m->w[j]));
		(void)sv_model_feature(m, j, buf, sizeof(buf));
	}
	(void)margin(m);
	MUST(m->weight[0] >= 0.0 && m->weight[1] >= 0.0);
	MUST(isnan(m->penalty) || m->penalty >= 0.0);
	MUST(!m->classes || m->positive != NULL);
	MUST((f = open_memstream(&text, &len)) != NULL);
	(void)sv_liblinear_write(f, m, "fuzz");
	MUST(fclose(f) == 0);
	free(text);
}

static void
one_model(const uint8_t *data, size_t size, uint32_t round)
{
	struct sv_model_source s = { .by_round = round > 0, .round = round };
	struct sv_reader *r = sv_reader_new(fuzz_fd(data, size), "fuzz");
	struct sv_problem p;
	struct sv_model m;
	struct sv_frame f;

	MUST(r != NULL);
	while (sv_reader_next(r, &f) == SV_IO_FRAME)
		if (!sv_model_take(&s, &f))
			sv_frame_fini(&f);
	sv_reader_free(r);
	if (sv_model_make(&m, &s, "fuzz") == 0) {
		check(&m);
		if (s.posed) {
			MUST(sv_problem_parse(&p, &s.problem) == 0);
			sv_model_scaled(&m, &p);
			sv_problem_fini(&p);
		}
		sv_model_fini(&m);
	}
	sv_model_drop(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{

	one_model(data, size, 0);
	one_model(data, size, 1);
	return (0);
}
