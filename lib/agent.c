#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_state.h"
#include "clock.h"

#define SAVED 65536u	/* of a saved state: names, lengths, the task */

struct sv_agent *
sv_agent_new(const struct sv_agent_setting *setting, const struct sv_matrix *A)
{
	struct sv_agent *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		return (NULL);
	a->set = *setting;
	a->A = A;
	a->cpu = sv_clock_cpu();
	return (a);
}

/* Forget the task. */
static void
drop_task(struct sv_agent *a)
{

	if (a->solver != NULL)
		a->task.solver->destroy(a->solver);
	a->solver = NULL;
	if (a->kernel.y != a->A->label)
		free((void *)(uintptr_t)a->kernel.y);
	a->kernel.y = a->A->label;
	free((void *)(uintptr_t)a->kernel.w);
	a->kernel.w = NULL;
	free(a->text);
	a->text = NULL;
}

void
sv_agent_free(struct sv_agent *a)
{

	if (a == NULL)
		return;
	if (a->text != NULL)
		drop_task(a);
	sv_history_free(a->history);
	sv_blob_unref(a->last);
	free(a->x);
	free(a);
}

enum sv_agent_end
sv_agent_nomem(char why[SV_WHY])
{

	snprintf(why, SV_WHY, "out of memory");
	errno = ENOMEM;
	return (SV_AGENT_FAILED);
}

enum sv_agent_end
sv_agent_bad(char why[SV_WHY], const char *what)
{

	snprintf(why, SV_WHY, "global: %s", what);
	return (SV_AGENT_FAILED);
}

/*
 * Weights of the rows: those of the file times those of the classes.  NULL
 * where all are 1.
 */
static enum sv_agent_end
weigh(struct sv_agent *a, char why[SV_WHY])
{
	const double *given = a->A->weight, *class = a->task.weight;
	uint64_t n = a->A->rows;
	double *w;

	a->weight = (double)n;
	if (given == NULL && !(class[0] < 1.0 || class[0] > 1.0) &&
	    !(class[1] < 1.0 || class[1] > 1.0))
		return (SV_AGENT_UPDATE);
	if ((w = malloc((n > 0 ? (size_t)n : 1) * sizeof(*w))) == NULL)
		return (sv_agent_nomem(why));
	a->weight = 0.0;
	for (uint64_t j = 0; j < n; j++) {
		w[j] = (given != NULL ? given[j] : 1.0) *
		    class[a->kernel.y[j] > 0.0];
		a->weight += w[j];
	}
	a->kernel.w = w;
	return (SV_AGENT_UPDATE);
}

int
sv_agent_poll(void *ctx)
{
	struct sv_agent *a = ctx;

	if (!a->stopped && a->set.poll != NULL)
		a->stopped = a->set.poll(a->set.ctx) != 0;
	return (a->stopped);
}

/* Labels, weights, kernel and solver for the task just parsed. */
static enum sv_agent_end
prepare(struct sv_agent *a, char why[SV_WHY])
{

	a->kernel = (struct sv_kernel){ .A = a->A, .y = a->A->label,
	    .loss = a->task.loss, .param = a->task.param, .isa = a->set.isa,
	    .intercept = a->task.intercept, .poll = sv_agent_poll, .ctx = a };
	if (sv_loss_labels(a->task.loss, a->A->label, a->A->rows, &a->kernel.y,
	    why) == -1)
		return (SV_AGENT_FAILED);
	if (weigh(a, why) != SV_AGENT_UPDATE)
		return (SV_AGENT_FAILED);
	a->positive = 0;
	for (uint64_t j = 0; j < a->A->rows; j++)
		a->positive += a->kernel.y[j] > 0.0;
	a->solver = a->task.solver->create(a->A->rows, a->n, a->A->nnz);
	return (a->solver != NULL ? SV_AGENT_UPDATE : sv_agent_nomem(why));
}

/* Bytes of a round that is kept, which are its R and c. */
static uint64_t
round_bytes(size_t n)
{

	return (2 * (uint64_t)n * sizeof(double));
}

uint64_t
sv_agent_bytes(const struct sv_agent *a, size_t n, unsigned rounds)
{
	uint64_t rows = a->A->rows;

	/*
	 * x and its past, the global, two updates; labels and weights of the
	 * task's own, margins of a dual point.
	 */
	return (a->task.solver->bytes(rows, n, a->A->nnz) +
	    rounds * round_bytes(n) + 6 * (uint64_t)n * sizeof(double) +
	    3 * rows * sizeof(double));
}

/* Bytes of a saved state, at most. */
static uint64_t
saved_bytes(const struct sv_agent *a, size_t n, unsigned rounds)
{

	return (SAVED + a->task.solver->bytes(a->A->rows, n, a->A->nnz) +
	    rounds * round_bytes(n) + 3 * (uint64_t)n * sizeof(double));
}

/*
 * How many rounds there is memory for, of those that the task wants kept; 0
 * where there is not even enough for one.  Where that leaves one round at
 * least, there is to be room for a saved state beside it all.
 */
static unsigned
rounds_to_keep(const struct sv_agent *a, size_t n, char why[SV_WHY])
{
	uint64_t room = a->set.memory, need, each = round_bytes(n);

	if (room == 0)
		return (a->task.memory + 1);
	need = sv_agent_bytes(a, n, 1);
	if (need + saved_bytes(a, n, 1) <= room) {
		need += saved_bytes(a, n, 1);
		each *= 2;
	}
	if (need <= room)
		return (1 + (unsigned)((room - need) / each < a->task.memory ?
		    (room - need) / each : a->task.memory));
	snprintf(why, SV_WHY, "the %s solver takes %" PRIu64 " MB beside the "
	    "rows, and there are %" PRIu64 " MB of memory left",
	    a->task.solver->name, (need >> 20) + 1, room >> 20);
	errno = ENOMEM;
	return (0);
}

/*
 * Room for x and the history, which keep what they hold where the vectors stay
 * as long as they were.
 */
static enum sv_agent_end
make_room(struct sv_agent *a, char why[SV_WHY])
{
	size_t n = (size_t)a->A->cols + (size_t)a->task.intercept;
	unsigned capacity;
	struct sv_history *h;
	double *x;

	if ((capacity = rounds_to_keep(a, n, why)) == 0)
		return (SV_AGENT_FAILED);
	if ((h = sv_history_new(capacity, n)) == NULL)
		return (sv_agent_nomem(why));
	if (n == a->n) {
		sv_history_carry(h, a->history);
	} else {
		/* x, and what moved() in agent_step.c remembers of it */
		if ((x = calloc(3 * n, sizeof(*x))) == NULL) {
			sv_history_free(h);
			return (sv_agent_nomem(why));
		}
		free(a->x);
		a->x = x;
		a->xp = x + n;
		a->y = x + 2 * n;
		a->n = n;
		a->round = 0;
	}
	sv_history_free(a->history);
	a->history = h;
	return (SV_AGENT_UPDATE);
}

/* A new task keeps x and c: they are vectors of the problem, not the solver. */
enum sv_agent_end
sv_agent_task(struct sv_agent *a, const char *text, uint32_t ntext,
    char why[SV_WHY])
{

	if (a->text != NULL && a->ntext == ntext &&
	    memcmp(a->text, text, ntext) == 0)
		return (SV_AGENT_UPDATE);
	if (a->text != NULL)
		drop_task(a);
	if (sv_task_parse(&a->task, text, ntext, why) == -1)
		return (SV_AGENT_FAILED);
	if ((a->text = malloc(ntext)) == NULL)
		return (sv_agent_nomem(why));
	memcpy(a->text, text, ntext);
	a->ntext = ntext;
	a->kernel.y = a->A->label;
	if (make_room(a, why) == SV_AGENT_UPDATE &&
	    prepare(a, why) == SV_AGENT_UPDATE)
		return (SV_AGENT_UPDATE);
	drop_task(a);
	return (SV_AGENT_FAILED);
}

/* What must be right before the task of a GLOBAL is looked at. */
static enum sv_agent_end
check_type(const struct sv_frame *g, char why[SV_WHY])
{

	if (g->type != SV_GLOBAL)
		return (sv_agent_bad(why, "this is another type of frame"));
	if (g->op != SV_OP_STEP && g->op != SV_OP_GRAD && g->op != SV_OP_CONJ) {
		snprintf(why, SV_WHY, "global: operation %u (%s) is not "
		    "supported", g->op, sv_frame_op_name(g->op));
		return (SV_AGENT_FAILED);
	}
	if (g->elem != SV_F64)
		return (sv_agent_bad(why, "elements must be f64"));
	return (SV_AGENT_UPDATE);
}

/* Its vector, whatever the op. */
static enum sv_agent_end
check_vector(const struct sv_agent *a, const struct sv_frame *g,
    char why[SV_WHY])
{
	const double *z = sv_frame_elems(g);

	if (sv_frame_nelem(g) != a->n) {
		snprintf(why, SV_WHY, "global: %" PRIu64 " elements, but the "
		    "shard has %" PRIu64 " columns%s", sv_frame_nelem(g),
		    a->A->cols, a->task.intercept ? " and an intercept" : "");
		return (SV_AGENT_FAILED);
	}
	for (size_t j = 0; j < a->n; j++) {
		if (!isfinite(z[j])) {
			snprintf(why, SV_WHY, "global: element %zu is not "
			    "finite", j);
			return (SV_AGENT_FAILED);
		}
	}
	return (SV_AGENT_UPDATE);
}

enum sv_agent_end
sv_agent_update(const struct sv_agent *a, const struct sv_frame *g,
    uint32_t nscalar, struct sv_frame *u, char why[SV_WHY])
{

	if (sv_frame_make(u, SV_UPDATE, NULL, nscalar, SV_F64, a->n) == -1)
		return (sv_agent_nomem(why));
	u->op = g->op;
	u->round = g->round;
	u->seq = g->seq;
	u->job = a->set.job;
	u->shard = a->set.shard;
	u->generation = a->set.generation;
	return (SV_AGENT_UPDATE);
}

/* Stamp and seal the update, and keep what has to be kept of it. */
static enum sv_agent_end
finish(struct sv_agent *a, struct sv_frame *u, double received,
    struct sv_blob **update, char why[SV_WHY])
{
	double *scalars = sv_frame_scalars(u);
	double cpu = sv_clock_cpu(), now = sv_clock_mono();

	/* Vectors were looked at; a sum of these must be fit for a sum, too. */
	for (uint32_t i = SV_UP_COMMON; i < u->nscalar; i++) {
		if (isfinite(scalars[i]))
			continue;
		snprintf(why, SV_WHY, "scalar %" PRIu32 " of the %s is not "
		    "finite", i, sv_frame_op_name(u->op));
		sv_frame_fini(u);
		return (SV_AGENT_FAILED);
	}
	scalars[SV_UP_COMP] = fmax(now - received, 0.0);
	scalars[SV_UP_IDLE] = a->sent > 0.0 ? fmax(received - a->sent, 0.0) : 0.0;
	scalars[SV_UP_CPU] = fmax(cpu - a->cpu, 0.0);
	a->sent = now;
	a->cpu = cpu;
	if ((*update = sv_blob_seal(u)) == NULL)
		return (sv_agent_nomem(why));
	sv_blob_unref(a->last);
	a->last = sv_blob_ref(*update);
	if (u->op == SV_OP_STEP) {
		sv_history_push(a->history, *update);
		a->round = u->round;
		a->adopted = 0;
	}
	return (SV_AGENT_UPDATE);
}

/* Has this very frame been answered? */
static int
answered(const struct sv_agent *a, const struct sv_frame *g)
{
	const struct sv_frame *u;

	if (g->type != SV_GLOBAL || g->seq == 0 || a->last == NULL)
		return (0);
	u = sv_blob_frame(a->last);
	return (u->seq == g->seq && u->op == g->op && u->round == g->round);
}

enum sv_agent_end
sv_agent_answer(struct sv_agent *a, const struct sv_frame *global,
    double received, struct sv_blob **update, char why[SV_WHY])
{
	struct sv_frame u;
	enum sv_agent_end end;

	*update = NULL;
	if (answered(a, global)) {
		*update = sv_blob_ref(a->last);
		return (SV_AGENT_UPDATE);
	}
	if ((end = check_type(global, why)) != SV_AGENT_UPDATE ||
	    (end = sv_agent_task(a, sv_frame_text(global), global->ntext,
	    why)) != SV_AGENT_UPDATE ||
	    (end = check_vector(a, global, why)) != SV_AGENT_UPDATE)
		return (end);
	if (global->op == SV_OP_STEP)
		end = sv_agent_step(a, global, &u, why);
	else if (global->op == SV_OP_GRAD)
		end = sv_agent_grad(a, global, &u, why);
	else
		end = sv_agent_conj(a, global, &u, why);
	if (end != SV_AGENT_UPDATE)
		return (end);
	return (finish(a, &u, received, update, why));
}
