#include <string.h>

#include "../rows.h"
#include "agent.h"
#include "clock.h"
#include "fuzz.h"
#include "io.h"
#include "state.h"

/*
 * States in parts (lib/state.c), whole ones (lib/agent_keep.c and what solvers
 * keep), and globals to whoever has adopted them: a shard of 30 rows, 5 columns.
 */

#define ROWS 30u
#define DIM 5u
#define PATIENCE 50	/* inner iterations of one input */
#define KNOWN 4u	/* scalars that begin a state: version, rows, ... */

static int
poll_count(void *ctx)
{
	int *left = ctx;

	return ((*left)-- <= 0);
}

/* What has been adopted can be saved, and adopted again. */
static void
hand_on(const struct sv_agent_setting *set, const struct sv_matrix *A,
    const struct sv_agent *a)
{
	struct sv_agent *b;
	uint8_t *bytes;
	size_t len;
	char why[SV_WHY];

	MUST((b = sv_agent_new(set, A)) != NULL);
	MUST(sv_agent_save(a, &bytes, &len) == 0 && len > 0);
	MUST(sv_agent_adopt(b, bytes, len, why) == 0);
	MUST(sv_agent_round(b) == sv_agent_round(a));
	sv_agent_free(b);
	free(bytes);
}

/* A frame as the bytes of a state, which is of these rows at least. */
static void
adopt_frame(const struct sv_agent_setting *set, const struct sv_matrix *A,
    struct sv_agent *a, struct sv_frame *f)
{
	const double known[KNOWN] = { 1.0, ROWS, DIM, (double)A->nnz };
	char why[SV_WHY] = "";
	uint8_t *bytes;

	if (f->nscalar >= KNOWN)
		memcpy(sv_frame_scalars(f), known, sizeof(known));
	f->shard = set->shard;
	sv_frame_seal(f);
	MUST((bytes = malloc(SV_FRAME_HEADER + f->length)) != NULL);
	sv_frame_encode(f, bytes);
	if (f->length > 0)
		memcpy(bytes + SV_FRAME_HEADER, f->payload, f->length);
	if (sv_agent_adopt(a, bytes, SV_FRAME_HEADER + f->length, why) == 0)
		hand_on(set, A, a);
	else
		MUST(why[0] != '\0');
	free(bytes);
}

/* A part of a state. */
static void
take_part(struct sv_agent *a, struct sv_state *s, const struct sv_frame *f)
{
	char why[SV_WHY] = "";
	int rc = sv_state_take(s, f, why);

	MUST(rc != -1 || (why[0] != '\0' && s->bytes == NULL));
	if (rc != 1)
		return;
	MUST(s->filled == s->len && s->have == s->parts);
	(void)sv_agent_adopt(a, s->bytes, s->len, why);
	sv_state_fini(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int left = PATIENCE;
	struct sv_agent_setting set = { .job = 1, .generation = 1,
	    .isa = sv_isa_pick(NULL), .poll = poll_count, .ctx = &left };
	enum sv_agent_end end = SV_AGENT_UPDATE;
	struct sv_state s = { .parts = 0 };
	struct sv_reader *r;
	struct sv_agent *a;
	struct sv_blob *u;
	struct sv_frame f;
	struct sv_matrix A;
	char why[SV_WHY] = "";

	MUST(rows_make(&A, ROWS, DIM, 3) == 0);
	MUST((a = sv_agent_new(&set, &A)) != NULL);
	r = sv_reader_new(fuzz_fd(data, size), "fuzz");
	while (end == SV_AGENT_UPDATE && sv_reader_next(r, &f) == SV_IO_FRAME) {
		if (f.type == SV_STATE && f.elem == SV_BYTES) {
			take_part(a, &s, &f);
		} else if (f.type == SV_STATE) {
			adopt_frame(&set, &A, a, &f);
		} else {
			end = sv_agent_answer(a, &f, sv_clock_mono(), &u, why);
			if (end == SV_AGENT_UPDATE)
				sv_blob_unref(u);
		}
		sv_frame_fini(&f);
	}
	sv_reader_free(r);
	sv_state_fini(&s);
	sv_agent_free(a);
	sv_matrix_fini(&A);
	return (0);
}
