#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "fd.h"
#include "io.h"
#include "json.h"
#include "run.h"
#include "run_state.h"

void
sv_run_init(struct sv_run *run, const char *name)
{

	memset(run, 0, sizeof(*run));
	run->name = name;
	run->peers = (struct sv_run_peers){ NAN, NAN, NAN, NAN, NAN, NAN };
}

void
sv_run_fini(struct sv_run *run)
{

	for (size_t i = 0; i < run->nmodel; i++)
		json_decref(run->model[i].text);
	for (size_t i = 0; i < run->nevent; i++) {
		free(run->event[i].event);
		free(run->event[i].why);
	}
	json_decref(run->problem);
	json_decref(run->job);
	json_decref(run->end);
	free(run->round);
	free(run->trace);
	free(run->model);
	free(run->mark);
	free(run->event);
	free(run->shard);
	free(run->rank);
	sv_rows_fini(&run->rows);
	sv_run_init(run, run->name);
}

double
sv_run_seconds(int64_t from, int64_t to)
{

	/* Nanoseconds since 1970 are more than a double can tell apart. */
	return ((double)(int64_t)((uint64_t)to - (uint64_t)from) * 1e-9);
}

void *
sv_run_room(void *p, size_t n, size_t size)
{
	size_t want = n == 0 ? 1 : 2 * n;

	if ((n & (n - 1)) != 0)
		return (p);
	if (want > SIZE_MAX / 2 / size) {
		errno = ENOMEM;
		return (NULL);
	}
	return (realloc(p, want * size));
}

void
sv_run_unread(struct sv_run *run, const struct sv_frame *f, const char *why)
{

	if (run->unread++ == 0)
		sv_warnx("%s: %s frame, round %u: %s", run->name,
		    sv_frame_type_name(f->type), f->round, why);
}

json_t *
sv_run_text(struct sv_run *run, const struct sv_frame *f)
{
	json_error_t error;
	json_t *o = NULL;

	if (f->ntext > 0)
		o = json_loadb(sv_frame_text(f), f->ntext,
		    JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(o)) {
		json_decref(o);
		sv_run_unread(run, f, "the text is not a JSON object");
		return (NULL);
	}
	return (o);
}

/* The first PROBLEM, JOB or END counts. */
static void
keep(json_t **slot, json_t *o)
{

	if (*slot == NULL)
		*slot = o;
	else
		json_decref(o);
}

static int
add_job(struct sv_run *run, const struct sv_frame *f)
{
	json_t *o;

	if ((o = sv_run_text(run, f)) == NULL)
		return (0);
	if (run->job == NULL) {
		run->id = f->job;
		run->job_time = f->time;
		run->how = sv_run_how(o);
		if (sv_json_u32(o, "workers", 1, UINT32_MAX - 1, &run->W) == -1)
			sv_run_unread(run, f, "no number of workers");
	}
	keep(&run->job, o);
	return (0);
}

static int
add_life(struct sv_run *run, const struct sv_frame *f)
{
	struct sv_run_mark *m;
	json_t *o;

	if ((o = sv_run_text(run, f)) == NULL)
		return (0);
	m = sv_run_room(run->mark, run->nmark, sizeof(*m));
	if (m == NULL) {
		json_decref(o);
		return (-1);
	}
	run->mark = m;
	m += run->nmark;
	switch (sv_run_mark(m, f, o)) {
	case 1:
		m->order = run->nmark++;
		break;
	case -1:
		sv_run_unread(run, f, "no event");
		break;
	default:
		break;
	}
	json_decref(o);
	return (0);
}

static int
add_model(struct sv_run *run, const struct sv_frame *f)
{
	struct sv_run_model *m;
	json_t *o;

	if ((o = sv_run_text(run, f)) == NULL)
		return (0);
	if ((m = sv_run_room(run->model, run->nmodel, sizeof(*m))) == NULL) {
		json_decref(o);
		return (-1);
	}
	run->model = m;
	m += run->nmodel;
	m->text = o;
	m->round = f->round;
	m->time = f->time;
	m->master = run->nround > 0 ? run->round[run->nround - 1].master : 0;
	/*
	 * A master of one round, whose TIMING is still to come; the models of a
	 * path have one master, whose rounds go on.
	 */
	if (run->nmodel > 0 && m->master <= m[-1].master &&
	    m->round <= m[-1].round)
		m->master = m[-1].master + 1;
	run->nmodel++;
	return (0);
}

static int
add_end(struct sv_run *run, const struct sv_frame *f)
{
	json_t *o;

	if ((o = sv_run_text(run, f)) == NULL)
		return (0);
	if (run->end == NULL)
		run->end_time = f->time;
	else
		sv_run_unread(run, f, "a second one");
	keep(&run->end, o);
	return (0);
}

int
sv_run_frame(struct sv_run *run, const struct sv_frame *f)
{
	json_t *o;

	run->frames++;
	switch (f->type) {
	case SV_PROBLEM:
		if ((o = sv_run_text(run, f)) != NULL)
			keep(&run->problem, o);
		return (0);
	case SV_JOB:
		return (add_job(run, f));
	case SV_SPAWN:
	case SV_HELLO:
		return (add_life(run, f));
	case SV_GLOBAL:
		if (run->first_global == 0)
			run->first_global = f->time;
		if (f->elem == SV_F64 && (f->op == SV_OP_STEP ||
		    f->op == SV_OP_GRAD))
			run->last_global = f->round;
		return (0);
	case SV_TIMING:
		return (sv_run_timing(run, f));
	case SV_TRACE:
		return (sv_run_trace(run, f));
	case SV_MODEL:
		return (add_model(run, f));
	case SV_EVENT:
		return (sv_run_event(run, f));
	case SV_STATE:
	case SV_CHECKPOINT:
		sv_run_save(run, f);
		return (0);
	case SV_END:
		return (add_end(run, f));
	default:
		return (0);
	}
}

/* Append an empty run; return it, or NULL with errno set. */
static struct sv_run *
append(struct sv_run **runs, size_t *n, const char *name)
{
	struct sv_run *p;

	if ((p = sv_run_room(*runs, *n, sizeof(*p))) == NULL)
		return (NULL);
	*runs = p;
	sv_run_init(&p[*n], name);
	return (&p[(*n)++]);
}

/* The next frame, waited for even where the descriptor does not block. */
static enum sv_io
next(struct sv_reader *r, int fd, struct sv_frame *f)
{
	enum sv_io io;

	while ((io = sv_reader_next(r, f)) == SV_IO_AGAIN)
		(void)sv_fd_wait(fd, POLLIN);
	return (io);
}

int
sv_run_add(const struct sv_frame *f, const char *name, size_t before,
    struct sv_run **runs, size_t *n)
{
	struct sv_run *run = *n > before ? &(*runs)[*n - 1] : NULL;

	if (run == NULL || (run->end != NULL &&
	    (f->type == SV_PROBLEM || f->type == SV_JOB)))
		run = append(runs, n, name);
	if (run != NULL && sv_run_frame(run, f) == 0)
		return (0);
	sv_warn("%s", name);
	return (-1);
}

int
sv_run_read(int fd, const char *name, struct sv_run **runs, size_t *n)
{
	struct sv_reader *r;
	struct sv_frame f;
	enum sv_io io;
	size_t before = *n;
	int rc = 0;

	if ((r = sv_reader_new(fd, name)) == NULL) {
		sv_warn("%s", name);
		return (-1);
	}
	while (rc == 0 && (io = next(r, fd, &f)) == SV_IO_FRAME) {
		rc = sv_run_add(&f, name, before, runs, n);
		sv_frame_fini(&f);
	}
	if (rc == 0 && *n == before) {
		if (io == SV_IO_EOF)
			sv_warnx("%s: empty, not a run", name);
		rc = -1;
	} else if (rc == 0 && io != SV_IO_EOF)
		(*runs)[*n - 1].damaged = 1;
	sv_reader_free(r);
	return (rc);
}
