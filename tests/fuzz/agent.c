#include <math.h>
#include <string.h>

#include "../rows.h"
#include "agent.h"
#include "clock.h"
#include "fuzz.h"
#include "io.h"

/* Globals to a shard of 30 rows, 5 columns (lib/agent.c, what it calls). */

#define ROWS 30u
#define DIM 5u
#define PATIENCE 50	/* inner iterations of one input */

static int
poll_count(void *ctx)
{
	int *left = ctx;

	return ((*left)-- <= 0);
}

/* What is sent up must be fit for a sum. */
static void
check_update(const struct sv_frame *g, const struct sv_frame *u)
{
	const double *c = sv_frame_elems(u), *s = sv_frame_scalars(u);
	uint64_t n = sv_frame_nelem(u);

	MUST(sv_frame_check(u) == NULL && u->type == SV_UPDATE);
	MUST(u->op == g->op && u->round == g->round && u->seq == g->seq);
	MUST(u->count == 1 && u->elem == SV_F64);
	MUST(n == DIM || n == DIM + 1);
	for (uint64_t i = 0; i < n; i++)
		MUST(isfinite(c[i]));
	for (uint32_t i = 0; i < u->nscalar; i++)
		MUST(isfinite(s[i]));
	for (uint32_t i = 0; i < SV_UP_COMMON; i++)
		MUST(s[i] >= 0.0);
	if (u->op == SV_OP_STEP)
		MUST(s[SV_UP_XX] >= 0.0 && s[SV_UP_DD] >= 0.0 &&
		    s[SV_UP_UU] >= 0.0 && s[SV_UP_DX] >= 0.0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int left = PATIENCE;
	struct sv_agent_setting set = { .job = 1, .generation = 1,
	    .isa = sv_isa_pick(NULL), .poll = poll_count, .ctx = &left };
	enum sv_agent_end end = SV_AGENT_UPDATE;
	struct sv_reader *r;
	struct sv_agent *a;
	struct sv_blob *u;
	struct sv_frame g;
	struct sv_matrix A;
	char why[SV_WHY] = "";

	MUST(rows_make(&A, ROWS, DIM, 3) == 0);
	MUST((a = sv_agent_new(&set, &A)) != NULL);
	r = sv_reader_new(fuzz_fd(data, size), "fuzz");
	while (end == SV_AGENT_UPDATE && sv_reader_next(r, &g) == SV_IO_FRAME) {
		end = sv_agent_answer(a, &g, sv_clock_mono(), &u, why);
		if (end == SV_AGENT_UPDATE) {
			check_update(&g, sv_blob_frame(u));
			sv_blob_unref(u);
		}
		MUST(end != SV_AGENT_FAILED || why[0] != '\0');
		sv_frame_fini(&g);
	}
	sv_reader_free(r);
	sv_agent_free(a);
	sv_matrix_fini(&A);
	return (0);
}
