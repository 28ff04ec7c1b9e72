#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "gather.h"
#include "io.h"
#include "json.h"
#include "session.h"

struct session {
	const struct sv_task *task;
	char *text;	/* of the task */
	struct sv_reader *in;
	struct sv_problem problem;	/* json is NULL until it has come */
	uint64_t problem_sum;	/* checksum of its frame */
	int have_job;
	uint64_t job_sum;	/* likewise */
	uint64_t job;		/* 0: none */
	uint32_t workers;	/* W; 0 until known */
	size_t n;		/* elements of a vector; 0 until known */
	struct sv_gather *gather;
	uint32_t round;
	int stopped;
	int save;
};

/* What to do about two labels of which neither tells the class to us. */
static void
advise(char *advice, size_t room, const struct session *s)
{
	const struct sv_problem *p = &s->problem;

	advice[0] = '\0';
	if (p->nlabels == 2 && s->task->loss->classes)
		snprintf(advice, room, "; cut them again, with sv-shard "
		    "--positive %.17g", p->labels[1]);
	else if (s->task->loss->classes)
		snprintf(advice, room, "; sv-shard --positive LABEL makes two "
		    "of them");
}

/* Can this loss be fitted to the labels, as far as the problem tells them? */
static int
check_labels(const struct session *s)
{
	const struct sv_loss *loss = s->task->loss;
	const struct sv_problem *p = &s->problem;
	char why[SV_WHY], list[3 * 32] = "", advice[96];
	const double *y;

	if (p->unread || (p->nlabels == 0 && !loss->classes))
		return (0);	/* workers see them all */
	if (p->nlabels == 0) {
		sv_warnx("the rows have more than three distinct labels; the "
		    "%s loss takes %s; sv-shard --positive LABEL makes two of "
		    "them; squared, huber and poisson take numbers",
		    loss->name, loss->labels);
		return (-1);
	}
	if (sv_loss_labels(loss, p->labels, p->nlabels, &y, why) == 0) {
		if (y != p->labels)
			free((void *)(uintptr_t)y);
		return (0);
	}
	for (unsigned i = 0; i < p->nlabels; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list),
		    "%s%g", i == 0 ? "" : ", ", p->labels[i]);
	advise(advice, sizeof(advice), s);
	sv_warnx("the rows are labelled %s; the %s loss takes %s%s", list,
	    loss->name, loss->labels, advice);
	return (-1);
}

static int
on_problem(struct session *s, const struct sv_frame *f)
{

	/* After a model it is said once more, for whoever comes next. */
	if (s->problem.json != NULL && f->sum == s->problem_sum)
		return (0);
	if (s->problem.json != NULL) {
		sv_warnx("stdin: a second problem frame");
		return (-1);
	}
	s->problem_sum = f->sum;
	if (sv_problem_parse(&s->problem, f) == -1)
		return (-1);
	return (check_labels(s));
}

/* The number of workers must be the same wherever it is told. */
static int
check_workers(const struct session *s, uint32_t workers, const char *where)
{

	if (s->workers == 0 || s->workers == workers)
		return (0);
	sv_warnx("%s has %" PRIu32 " %s, not %" PRIu32, where, workers,
	    workers == 1 ? "shard" : "shards", s->workers);
	return (-1);
}

static int
on_job(struct session *s, const struct sv_frame *f)
{
	uint32_t workers = 0;
	json_t *o;

	if (s->have_job && f->sum == s->job_sum)
		return (0);
	if (s->have_job) {
		sv_warnx("stdin: a second job frame");
		return (-1);
	}
	if ((o = sv_json_of(f)) == NULL)
		return (-1);
	if (sv_json_u32(o, "workers", 1, SV_FRAME_NOSHARD - 1, &workers) == -1)
		sv_warnx("job frame: \"workers\" is missing or out of bounds");
	json_decref(o);
	if (workers == 0 || check_workers(s, workers, "the job") == -1)
		return (-1);
	s->have_job = 1;
	s->job_sum = f->sum;
	s->job = f->job;
	s->workers = workers;
	return (0);
}

/* A worker that is not behind a hub says why it cannot go on. */
static int
on_error(const struct sv_frame *f)
{
	const char *why;
	json_t *o;

	if ((o = sv_json_of(f)) == NULL)
		return (-1);
	if (sv_json_string(o, "why", &why) == -1)
		why = "no reason given";
	sv_warnx("shard %" PRIu32 ": %s", f->shard, why);
	json_decref(o);
	return (-1);
}

/* The end is asked for; another END is of a run that is none of ours. */
static int
on_end(struct session *s, const struct sv_frame *f)
{
	uint64_t status;
	json_t *o;

	if (f->job != s->job && f->job != 0 && s->job != 0)
		return (0);
	if ((o = sv_json_of(f)) == NULL)
		return (-1);
	if (sv_json_u64(o, "status", SV_EXIT_LIMIT, SV_EXIT_LIMIT, &status) ==
	    0)
		s->stopped = 1;
	json_decref(o);
	return (0);
}

/* A checkpoint is asked for; other events are none of a master's business. */
static void
on_event(struct session *s, const struct sv_frame *f)
{
	const char *event;
	json_t *o;

	if (f->job != s->job && f->job != 0 && s->job != 0)
		return;
	o = json_loadb(f->ntext > 0 ? sv_frame_text(f) : "", f->ntext, 0, NULL);
	if (json_is_object(o) && sv_json_string(o, "event", &event) == 0 &&
	    strcmp(event, "save") == 0)
		s->save = 1;
	json_decref(o);
}

/* An answer to the current global: 1 if it was the last, 0, or -1. */
static int
on_update(struct session *s, struct sv_frame *f)
{
	char why[SV_WHY], who[48] = "a sum of updates";
	int rc = -1;

	if (f->shard != SV_FRAME_NOSHARD)
		snprintf(who, sizeof(who), "shard %" PRIu32, f->shard);
	if (s->gather == NULL)
		snprintf(why, sizeof(why), "an update before the first global");
	else if (f->job != s->job && f->job != 0 && s->job != 0)
		snprintf(why, sizeof(why), "its update is of another job");
	else if ((rc = sv_gather_add(s->gather, f, why)) != -1)
		return (rc);
	sv_warnx("round %" PRIu32 ": %s: %s", s->round, who, why);
	return (-1);
}

/* Deal with one frame: 1 if it completed the sum, 0, or -1 after a message. */
static int
on_frame(struct session *s, struct sv_frame *f)
{

	switch (f->type) {
	case SV_PROBLEM:
		return (on_problem(s, f));
	case SV_JOB:
		return (on_job(s, f));
	case SV_UPDATE:
		return (on_update(s, f));
	case SV_ERROR:
		return (on_error(f));
	case SV_END:
		return (on_end(s, f));
	case SV_EVENT:
		on_event(s, f);
		return (0);
	default:
		return (0);	/* of others' making, for others' use */
	}
}

/* Read a frame and deal with it, as above. */
static int
next(struct session *s)
{
	struct sv_frame f;
	enum sv_io got;
	int rc;

	/* Somebody else may have set O_NONBLOCK on what we share. */
	while ((got = sv_reader_next(s->in, &f)) == SV_IO_AGAIN)
		if (sv_fd_wait(STDIN_FILENO, POLLIN) == -1)
			break;
	switch (got) {
	case SV_IO_FRAME:
		rc = on_frame(s, &f);
		sv_frame_fini(&f);
		return (rc);
	case SV_IO_EOF:
		if (s->gather != NULL)
			sv_warnx("input ended in round %" PRIu32, s->round);
		else
			sv_warnx("input ended before the %s frame",
			    s->problem.json == NULL ? "problem" : "job");
		return (-1);
	case SV_IO_AGAIN:
		sv_warn("stdin");
		return (-1);
	case SV_IO_ERROR:
	default:
		return (-1);
	}
}

/* Read what must be known before the first global. */
static int
prepare(struct session *s)
{

	/* With -w nothing tells whether a job frame will come at all. */
	while (s->problem.json == NULL || s->workers == 0)
		if (next(s) == -1)
			return (-1);
	if (s->problem.shards != 0 &&
	    check_workers(s, s->problem.shards, "the problem") == -1)
		return (-1);
	if (s->problem.d > SIZE_MAX / sizeof(double) - 1) {
		sv_warnx("out of memory");
		return (-1);
	}
	s->n = (size_t)s->problem.d + (size_t)s->task->intercept;
	if ((s->gather = sv_gather_new(s->workers, s->n,
	    s->task->memory)) == NULL) {
		sv_warn("%" PRIu64 " features, %" PRIu32 " shards",
		    s->problem.d, s->workers);
		return (-1);
	}
	return (0);
}

struct session *
session_open(const struct sv_task *task, uint32_t workers)
{
	struct session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		sv_warnx("out of memory");
		return (NULL);
	}
	s->task = task;
	s->workers = workers;
	s->text = sv_task_text(task);
	s->in = sv_reader_new(STDIN_FILENO, "stdin");
	if (s->text == NULL || s->in == NULL)
		sv_warnx("out of memory");
	else if (prepare(s) == 0)
		return (s);
	session_close(s);
	return (NULL);
}

void
session_close(struct session *s)
{

	if (s == NULL)
		return;
	sv_gather_free(s->gather);
	if (s->problem.json != NULL)
		sv_problem_fini(&s->problem);
	sv_reader_free(s->in);
	free(s->text);
	free(s);
}

const struct sv_problem *
session_problem(const struct session *s)
{

	return (&s->problem);
}

uint64_t
session_problem_sum(const struct session *s)
{

	return (s->problem_sum);
}

uint64_t
session_job(const struct session *s)
{

	return (s->job);
}

const char *
session_task(const struct session *s)
{

	return (s->text);
}

uint32_t
session_workers(const struct session *s)
{

	return (s->workers);
}

size_t
session_elements(const struct session *s)
{

	return (s->n);
}

void
session_round(struct session *s, uint32_t round)
{

	s->round = round;
}

const double *
session_sum(const struct session *s)
{

	return (sv_gather_sum(s->gather));
}

const double *
session_scalars(const struct session *s)
{

	return (sv_gather_scalars(s->gather));
}

int
session_stopped(const struct session *s)
{

	return (s->stopped);
}

int
session_save(struct session *s)
{
	int save = s->save;

	s->save = 0;
	return (save);
}

/* A hub that has gone has told its reasons. */
static int
unwritten(void)
{

	if (errno != EPIPE)
		sv_warn("standard output");
	return (-1);
}

int
session_send(struct session *s, struct sv_frame *f, enum sv_op op)
{

	f->op = (uint8_t)op;
	f->round = s->round;
	f->job = s->job;
	return (sv_frame_send(STDOUT_FILENO, f) == 0 ? 0 : unwritten());
}

int
session_pass(struct session *s, struct sv_frame *f)
{

	f->job = s->job;
	sv_frame_seal(f);
	return (sv_frame_write(STDOUT_FILENO, f) == 0 ? 0 : unwritten());
}

int
session_ask(struct session *s, enum sv_op op, const double *scalars, size_t n,
    const double *z)
{
	struct sv_frame f;
	int rc;

	if (sv_frame_make(&f, SV_GLOBAL, s->text, (uint32_t)n, SV_F64,
	    s->n) == -1) {
		sv_warn("global frame");
		return (-1);
	}
	if (n > 0)
		memcpy(sv_frame_scalars(&f), scalars, n * sizeof(*scalars));
	memcpy(sv_frame_elems(&f), z, s->n * sizeof(*z));
	sv_gather_begin(s->gather, op, s->round);
	if (session_send(s, &f, op) == -1)
		return (-1);
	while ((rc = next(s)) == 0)
		;
	return (rc == 1 ? 0 : -1);
}
