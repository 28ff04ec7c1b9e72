#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_state.h"
#include "stow.h"

#define TEXT ((uint32_t)1 << 20)	/* bytes of a task, at most */

uint32_t
sv_agent_round(const struct sv_agent *a)
{

	return (a->round);
}

/* Whose state it is, its task and its round. */
static void
stow_head(struct sv_agent *a, struct sv_stow *s)
{
	uint64_t round = a->round;

	sv_stow_same(s, "shard", a->set.shard);
	sv_stow_same(s, "rows", a->A->rows);
	sv_stow_same(s, "cols", a->A->cols);
	sv_stow_same(s, "nonzeros", a->A->nnz);
	sv_stow_whole(s, "round", &round, UINT32_MAX);
	a->round = (uint32_t)round;
}

/* As many rounds as were kept, no more and no less: they are in the update. */
static void
stow_history(struct sv_agent *a, struct sv_stow *s)
{
	unsigned here = sv_history_capacity(a->history);
	uint64_t capacity = here;
	struct sv_history *h;

	sv_stow_whole(s, "keeps", &capacity, SV_TASK_MEMORY + 1);
	if (sv_stow_reads(s) && capacity != here) {
		if (capacity == 0 || capacity > here) {
			sv_stow_fail(s, "it keeps %" PRIu64 " rounds, and "
			    "there is memory for %u", capacity, here);
			errno = ENOMEM;
			return;
		}
		if ((h = sv_history_new((unsigned)capacity, a->n)) == NULL) {
			sv_stow_fail(s, "out of memory");
			return;
		}
		sv_history_free(a->history);
		a->history = h;
	}
	sv_history_stow(a->history, s);
}

/* What a STEP has left, of a task that is there. */
static void
stow_step(struct sv_agent *a, struct sv_stow *s)
{

	sv_stow_same(s, "elements", a->n);
	sv_stow_numbers(s, "x", a->x, a->n);
	sv_stow_numbers(s, "x before", a->xp, a->n);
	sv_stow_numbers(s, "y", a->y, a->n);
	stow_history(a, s);
	a->task.solver->stow(a->solver, s);
	if (sv_stow_reads(s) && sv_history_held(a->history) == 0)
		sv_stow_fail(s, "it is that of no round");
}

/* Save ${a}, with the way that ${s} goes; bytes of it, or 0. */
static size_t
save(struct sv_agent *a, struct sv_stow *s)
{

	stow_head(a, s);
	if (a->round != 0) {
		sv_stow_text(s, "task", &a->text, &a->ntext, TEXT);
		stow_step(a, s);
	}
	return (sv_stow_end(s));
}

int
sv_agent_save(const struct sv_agent *a, uint8_t **bytes, size_t *len)
{
	struct sv_agent b = *a;
	struct sv_stow s;
	uint64_t used = 0;

	*bytes = NULL;
	sv_stow_count(&s);
	*len = save(&b, &s);
	if (a->set.memory > 0 && a->round != 0)
		used = sv_agent_bytes(a, a->n,
		    sv_history_capacity(a->history));
	if (a->set.memory > 0 && *len > a->set.memory - used) {
		errno = ENOMEM;
		return (-1);
	}
	if ((*bytes = malloc(*len)) == NULL)
		return (-1);
	sv_stow_write(&s, *bytes, *len);
	if (save(&b, &s) == *len)
		return (0);
	free(*bytes);
	*bytes = NULL;
	errno = ERANGE;
	return (-1);
}

/* Is there memory for the state and for the agent that it makes? */
static int
fits(const struct sv_agent *b, struct sv_stow *s)
{
	uint64_t need, len = s->len, room = b->set.memory;

	need = sv_agent_bytes(b, b->n, sv_history_capacity(b->history));
	if (room == 0 || (need <= room && len <= room - need))
		return (1);
	sv_stow_fail(s, "with its %" PRIu64 " MB it takes %" PRIu64 " MB "
	    "beside the rows, and there are %" PRIu64 " MB of memory left",
	    (len >> 20) + 1, ((need + len) >> 20) + 1, room >> 20);
	errno = ENOMEM;
	return (0);
}

/* The task, which makes room for what follows. */
static void
load_task(struct sv_agent *b, struct sv_stow *s)
{
	uint32_t ntext = 0, round = b->round;
	char *text = NULL, why[SV_WHY];

	sv_stow_text(s, "task", &text, &ntext, TEXT);
	if (sv_stow_reads(s) &&
	    sv_agent_task(b, text, ntext, why) != SV_AGENT_UPDATE)
		sv_stow_fail(s, "%s", why);
	b->round = round;
	free(text);
}

/* Read the state into ${b}, which is new.  Return 0, or -1: see s->why. */
static int
load(struct sv_agent *b, struct sv_stow *s)
{

	stow_head(b, s);
	if (b->round != 0)
		load_task(b, s);
	if (b->round != 0 && sv_stow_reads(s) && fits(b, s))
		stow_step(b, s);
	return (sv_stow_end(s) != 0 ? 0 : -1);
}

int
sv_agent_adopt(struct sv_agent *a, const uint8_t *bytes, size_t len,
    char why[SV_WHY])
{
	struct sv_agent *b, swap;
	struct sv_stow s;
	int rc;

	errno = 0;
	if ((b = sv_agent_new(&a->set, a->A)) == NULL) {
		snprintf(why, SV_WHY, "state: out of memory");
		return (-1);
	}
	sv_stow_read(&s, bytes, len);
	if ((rc = load(b, &s)) == 0) {
		b->adopted = 1;
		b->sent = a->sent;
		b->cpu = a->cpu;
		swap = *a;
		*a = *b;
		*b = swap;
	} else {
		snprintf(why, SV_WHY, "state: %.240s", s.why);
	}
	sv_agent_free(b);
	return (rc);
}
