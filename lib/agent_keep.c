#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_state.h"
#include "keep.h"

#define VERSION 1	/* of what is saved */

/*
 * A saved state is a frame: header and payload.  Shard and round are in the
 * header, the task is the text, and all else is as keep.h has it.
 */

uint32_t
sv_agent_round(const struct sv_agent *a)
{

	return (a->round);
}

/* As many rounds as were kept, no more and no less: updates tell of them. */
static void
keep_history(struct sv_agent *a, struct sv_keep *k)
{
	uint32_t here = sv_history_capacity(a->history), capacity = here;
	struct sv_history *h;
	char problem[80];

	sv_keep_count(k, "its history", &capacity, SV_TASK_MEMORY + 1);
	if (sv_keep_restores(k) && capacity != here) {
		if (capacity == 0 || capacity > here) {
			snprintf(problem, sizeof(problem), "keeps %" PRIu32
			    " rounds, and there is memory for %" PRIu32,
			    capacity, here);
			sv_keep_bad(k, "its history", problem);
			errno = ENOMEM;
			return;
		}
		if ((h = sv_history_new(capacity, a->n)) == NULL) {
			sv_keep_bad(k, "its history", "has no room in memory");
			return;
		}
		sv_history_free(a->history);
		a->history = h;
	}
	sv_history_keep(a->history, k);
	if (sv_keep_restores(k) && sv_history_held(a->history) == 0)
		sv_keep_bad(k, "its history", "is empty");
}

/* What there is after a STEP, or nothing. */
static void
keep(struct sv_agent *a, struct sv_keep *k)
{

	sv_keep_same(k, "its version", VERSION);
	sv_keep_same(k, "rows", (double)a->A->rows);
	sv_keep_same(k, "columns", (double)a->A->cols);
	sv_keep_same(k, "non-zeros", (double)a->A->nnz);
	if (a->round == 0)
		return;
	sv_keep_vector(k, "x", a->x, a->n);
	sv_keep_vector(k, "x before", a->xp, a->n);
	sv_keep_vector(k, "y", a->y, a->n);
	keep_history(a, k);
	a->task.solver->keep(a->solver, k);
}

/*
 * The frame that ${a} fits into, in ${*bytes} of ${*len}: 0, or -1 with errno
 * set.
 */
static int
make(struct sv_agent *a, struct sv_frame *f, uint8_t **bytes, size_t *len)
{
	struct sv_keep k;

	*bytes = NULL;
	sv_keep_init(&k, SV_KEEP_COUNT, NULL, 0, NULL, 0);
	keep(a, &k);
	memset(f, 0, sizeof(*f));
	f->type = SV_STATE;
	f->elem = SV_F64;
	f->shard = a->set.shard;
	f->round = a->round;
	f->ntext = a->round != 0 ? a->ntext : 0;
	f->nscalar = (uint32_t)k.nscalar;
	f->length = ((uint64_t)f->ntext + 7) / 8 * 8 +
	    (k.nscalar + k.nelem) * sizeof(double);
	*len = SV_FRAME_HEADER + (size_t)f->length;
	/* It is there beside all the rest. */
	if (a->set.memory > 0 && *len > a->set.memory - (a->round == 0 ? 0 :
	    sv_agent_bytes(a, a->n, sv_history_capacity(a->history)))) {
		errno = ENOMEM;
		return (-1);
	}
	if ((*bytes = calloc(1, *len)) == NULL)
		return (-1);
	f->payload = *bytes + SV_FRAME_HEADER;
	if (f->ntext > 0)
		memcpy(f->payload, a->text, f->ntext);
	return (0);
}

int
sv_agent_save(const struct sv_agent *a, uint8_t **bytes, size_t *len)
{
	struct sv_agent same = *a;
	struct sv_frame f;
	struct sv_keep k;

	if (make(&same, &f, bytes, len) == -1)
		return (-1);
	sv_keep_init(&k, SV_KEEP_SAVE, sv_frame_scalars(&f), f.nscalar,
	    sv_frame_elems(&f), (size_t)sv_frame_nelem(&f));
	keep(&same, &k);
	sv_frame_seal(&f);
	sv_frame_encode(&f, *bytes);
	return (0);
}

/* The frame in ${bytes}: NULL, or what is wrong. */
static const char *
find(const struct sv_agent *a, struct sv_frame *f, const uint8_t *bytes,
    size_t len)
{
	const char *what;

	if (len < SV_FRAME_HEADER)
		return ("it is too short");
	if ((what = sv_frame_decode(f, bytes)) != NULL)
		return (what);
	if (f->type != SV_STATE || f->elem != SV_F64)
		return ("it is another type of frame");
	if (f->length != len - SV_FRAME_HEADER)
		return ("it is of the wrong length");
	if ((uintptr_t)bytes % sizeof(double) != 0)
		return ("it is not aligned in memory");
	/* Nothing writes there. */
	f->payload = (uint8_t *)(uintptr_t)(bytes + SV_FRAME_HEADER);
	if ((what = sv_frame_check(f)) != NULL)
		return (what);
	return (f->shard == a->set.shard ? NULL : "it is another shard's");
}

/* Make the task of a state that ${f} has; make room for the state beside it. */
static int
prepare(struct sv_agent *b, const struct sv_frame *f, char why[SV_WHY])
{
	uint64_t need, room = b->set.memory;

	if (f->round == 0)
		return (0);
	if (sv_agent_task(b, sv_frame_text(f), f->ntext, why) !=
	    SV_AGENT_UPDATE)
		return (-1);
	b->round = f->round;
	need = f->length + sv_agent_bytes(b, b->n,
	    sv_history_capacity(b->history));
	if (room == 0 || need <= room)
		return (0);
	snprintf(why, SV_WHY, "it takes %" PRIu64 " MB with all that is made "
	    "of it, and there are %" PRIu64 " MB of memory beside the rows",
	    (need >> 20) + 1, room >> 20);
	errno = ENOMEM;
	return (-1);
}

/* Fill ${b}, which is new.  Return 0, or -1 with a reason. */
static int
restore(struct sv_agent *b, const uint8_t *bytes, size_t len, char why[SV_WHY])
{
	struct sv_frame f;
	struct sv_keep k;
	const char *what;

	if ((what = find(b, &f, bytes, len)) != NULL) {
		snprintf(why, SV_WHY, "%s", what);
		return (-1);
	}
	if (prepare(b, &f, why) == -1)
		return (-1);
	sv_keep_init(&k, SV_KEEP_RESTORE, sv_frame_scalars(&f), f.nscalar,
	    sv_frame_elems(&f), (size_t)sv_frame_nelem(&f));
	keep(b, &k);
	if (sv_keep_end(&k) == 0)
		return (0);
	snprintf(why, SV_WHY, "%s", k.why);
	return (-1);
}

int
sv_agent_adopt(struct sv_agent *a, const uint8_t *bytes, size_t len,
    char why[SV_WHY])
{
	char reason[SV_WHY] = "out of memory";
	struct sv_agent *b, swap;
	int rc = -1;

	errno = 0;
	if ((b = sv_agent_new(&a->set, a->A)) != NULL)
		rc = restore(b, bytes, len, reason);
	if (rc == 0) {
		b->adopted = 1;
		b->sent = a->sent;
		b->cpu = a->cpu;
		swap = *a;
		*a = *b;
		*b = swap;
		a->kernel.ctx = a;
	} else {
		snprintf(why, SV_WHY, "state: %.240s", reason);
	}
	sv_agent_free(b);
	return (rc);
}
