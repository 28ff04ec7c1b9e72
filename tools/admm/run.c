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
#include "human.h"
#include "io.h"
#include "json.h"
#include "master.h"
#include "problem.h"

/* One fit. */
struct master {
	const struct master_options *o;
	struct sv_reader *in;
	struct sv_problem problem;	/* json is NULL until it has come */
	int have_job;
	uint64_t job;		/* 0: none */
	uint32_t workers;	/* W; 0 until known */
	struct sv_admm *admm;
	struct sv_gather *gather;
	char *task;		/* what workers are to do */
	uint32_t round;		/* STEP rounds asked for */
};

/* What to do about two labels of which neither tells the class to us. */
static void
advise(char *advice, size_t room, const struct sv_problem *p)
{

	advice[0] = '\0';
	if (p->nlabels == 2)
		snprintf(advice, room, "; relabel them, as with awk "
		    "'NF { $1 = $1 == %.17g ? 1 : -1 } 1'",
		    p->labels[0] > p->labels[1] ? p->labels[0] : p->labels[1]);
}

/* Can this loss be fitted to the labels, as far as the problem tells them? */
static int
check_labels(const struct master *m)
{
	const struct sv_loss *loss = m->o->loss;
	const struct sv_problem *p = &m->problem;
	char why[SV_WHY], list[3 * 32] = "", advice[96];
	const double *y;

	if (p->nlabels == 0) {
		sv_warnx("the rows have more than three distinct labels; the "
		    "%s loss takes %s", loss->name, loss->labels);
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
	advise(advice, sizeof(advice), p);
	sv_warnx("the rows are labelled %s; the %s loss takes %s%s", list,
	    loss->name, loss->labels, advice);
	return (-1);
}

static int
on_problem(struct master *m, const struct sv_frame *f)
{

	if (m->problem.json != NULL) {
		sv_warnx("stdin: a second problem frame");
		return (-1);
	}
	if (sv_problem_parse(&m->problem, f) == -1)
		return (-1);
	return (check_labels(m));
}

/* The number of workers must be the same wherever it is told. */
static int
check_workers(const struct master *m, uint32_t workers, const char *where)
{

	if (m->workers == 0 || m->workers == workers)
		return (0);
	sv_warnx("%s has %" PRIu32 " %s, not %" PRIu32, where, workers,
	    workers == 1 ? "shard" : "shards", m->workers);
	return (-1);
}

static int
on_job(struct master *m, const struct sv_frame *f)
{
	uint32_t workers = 0;
	json_t *o;

	if (m->have_job) {
		sv_warnx("stdin: a second job frame");
		return (-1);
	}
	if ((o = sv_json_of(f)) == NULL)
		return (-1);
	if (sv_json_u32(o, "workers", 1, SV_FRAME_NOSHARD - 1, &workers) == -1)
		sv_warnx("job frame: \"workers\" is missing or out of bounds");
	json_decref(o);
	if (workers == 0 || check_workers(m, workers, "the job") == -1)
		return (-1);
	m->have_job = 1;
	m->job = f->job;
	m->workers = workers;
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

/* An answer to the current global: 1 if it was the last, 0, or -1. */
static int
on_update(struct master *m, struct sv_frame *f)
{
	char why[SV_WHY], who[48] = "a sum of updates";
	int rc = -1;

	if (f->shard != SV_FRAME_NOSHARD)
		snprintf(who, sizeof(who), "shard %" PRIu32, f->shard);
	if (m->gather == NULL)
		snprintf(why, sizeof(why), "an update before the first global");
	else if (f->job != m->job && f->job != 0 && m->job != 0)
		snprintf(why, sizeof(why), "its update is of another job");
	else if ((rc = sv_gather_add(m->gather, f, why)) != -1)
		return (rc);
	sv_warnx("round %" PRIu32 ": %s: %s", m->round, who, why);
	return (-1);
}

/* Deal with one frame: 1 if it completed the sum, 0, or -1 after a message. */
static int
on_frame(struct master *m, struct sv_frame *f)
{

	switch (f->type) {
	case SV_PROBLEM:
		return (on_problem(m, f));
	case SV_JOB:
		return (on_job(m, f));
	case SV_UPDATE:
		return (on_update(m, f));
	case SV_ERROR:
		return (on_error(f));
	default:
		return (0);	/* of others' making, for others' use */
	}
}

/* Read a frame and deal with it, as above. */
static int
next(struct master *m)
{
	struct sv_frame f;
	enum sv_io got;
	int rc;

	/* Somebody else may have set O_NONBLOCK on what we share. */
	while ((got = sv_reader_next(m->in, &f)) == SV_IO_AGAIN)
		if (sv_fd_wait(STDIN_FILENO, POLLIN) == -1)
			break;
	switch (got) {
	case SV_IO_FRAME:
		rc = on_frame(m, &f);
		sv_frame_fini(&f);
		return (rc);
	case SV_IO_EOF:
		if (m->admm != NULL)
			sv_warnx("input ended in round %" PRIu32, m->round);
		else
			sv_warnx("input ended before the %s frame",
			    m->problem.json == NULL ? "problem" : "job");
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
prepare(struct master *m)
{
	struct sv_admm_conf conf = m->o->conf;

	/* With -w nothing tells whether a job frame will come at all. */
	while (m->problem.json == NULL || m->workers == 0)
		if (next(m) == -1)
			return (-1);
	if (m->problem.shards != 0 &&
	    check_workers(m, m->problem.shards, "the problem") == -1)
		return (-1);
	if (m->problem.d > SIZE_MAX / sizeof(double)) {
		sv_warnx("out of memory");
		return (-1);
	}
	conf.d = (size_t)m->problem.d;
	conf.workers = m->workers;
	sv_prox_none(&conf.g);
	if (m->o->l1 > 0.0)
		sv_prox_l1(&conf.g, m->o->l1);
	if ((m->gather = sv_gather_new(m->workers, conf.d, 0)) == NULL ||
	    (m->admm = sv_admm_new(&conf)) == NULL) {
		sv_warn("%" PRIu64 " features", m->problem.d);
		return (-1);
	}
	return (0);
}

/* What workers are to do with their rows: task.h. */
static char *
task_text(const struct master_options *o)
{
	char *text = NULL;
	json_t *t;

	t = json_pack("{s:i, s:s, s:s, s:I, s:I, s:f, s:f}", "task", 1,
	    "loss", o->loss->name, "solver", "fista",
	    "kmin", (json_int_t)o->kmin, "kmax", (json_int_t)o->kmax,
	    "eps_g", o->eps_g, "eps_f", o->eps_f);
	if (t != NULL)
		text = json_dumps(t, JSON_COMPACT);
	json_decref(t);
	return (text);
}

/* Send ${f} as this job's frame of the current round; 0 or -1 as ever. */
static int
send_frame(struct master *m, struct sv_frame *f, enum sv_op op)
{

	f->op = (uint8_t)op;
	f->round = m->round;
	f->job = m->job;
	if (sv_frame_send(STDOUT_FILENO, f) == 0)
		return (0);
	/* A hub that has gone has told its reasons. */
	if (errno != EPIPE)
		sv_warn("standard output");
	return (-1);
}

/* Ask for a round of ${op} at z, and gather the answers. */
static int
ask(struct master *m, enum sv_op op)
{
	struct sv_frame f;
	int rc;

	if (sv_frame_make(&f, SV_GLOBAL, m->task,
	    op == SV_OP_STEP ? SV_GL_N : 0, SV_F64, m->problem.d) == -1) {
		sv_warn("global frame");
		return (-1);
	}
	if (op == SV_OP_STEP) {
		m->round++;
		sv_admm_scalars(m->admm, sv_frame_scalars(&f));
	}
	memcpy(sv_frame_elems(&f), sv_admm_z(m->admm),
	    (size_t)m->problem.d * sizeof(double));
	sv_gather_begin(m->gather, op, m->round);
	if (send_frame(m, &f, op) == -1)
		return (-1);
	while ((rc = next(m)) == 0)
		;
	return (rc == 1 ? 0 : -1);
}

/* Tell the run and the person what the round has brought. */
static int
trace(struct master *m, enum sv_op op, const struct sv_admm_view *v)
{
	struct sv_frame f;

	if (m->o->verbose > 1 && op == SV_OP_STEP)
		sv_warnx("round %" PRIu32 ": r %.3e, s %.3e, rho %g, %.1f passes",
		    v->round, v->primal, v->dual, v->rho, v->passes);
	else if (m->o->verbose > 1)
		sv_warnx("round %" PRIu32 ": F %.9g, optimality %.3e, "
		    "%" PRIu64 " non-zero", v->round, v->objective,
		    v->optimality, v->nonzero);
	if (sv_frame_make(&f, SV_TRACE, NULL, SV_TR_N, SV_BYTES, 0) == -1) {
		sv_warn("trace frame");
		return (-1);
	}
	sv_admm_trace(v, sv_frame_scalars(&f));
	return (send_frame(m, &f, op));
}

/* Write the answer. */
static int
model(struct master *m, int converged, const struct sv_admm_view *v)
{
	struct sv_frame f;
	char *text = NULL;
	json_t *o;
	int rc;

	o = json_pack("{s:s, s:f, s:I, s:s, s:o, s:o, s:o, s:o, s:f, s:I, s:I,"
	    " s:I}", "loss", m->o->loss->name, "l1", m->o->l1,
	    "rounds", (json_int_t)v->round,
	    "status", converged ? "converged" : "limit",
	    "objective", sv_json_real(v->objective),
	    "optimality", sv_json_real(v->optimality),
	    "primal", sv_json_real(v->primal), "dual", sv_json_real(v->dual),
	    "rho", v->rho, "nonzero", (json_int_t)v->nonzero,
	    "workers", (json_int_t)m->workers, "rows", (json_int_t)v->rows);
	if (o != NULL)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	if (text == NULL)
		errno = ENOMEM;
	rc = text != NULL ? sv_frame_make(&f, SV_MODEL, text, 0, SV_F64,
	    m->problem.d) : -1;
	free(text);
	if (rc == -1) {
		sv_warn("model frame");
		return (-1);
	}
	memcpy(sv_frame_elems(&f), sv_admm_z(m->admm),
	    (size_t)m->problem.d * sizeof(double));
	return (send_frame(m, &f, SV_OP_NONE));
}

/* One line for the person. */
static void
say(const struct master *m, int converged, const struct sv_admm_view *v)
{
	char nonzero[SV_HUMAN], d[SV_HUMAN];

	if (m->o->verbose == 0)
		return;
	sv_warnx("%s after %" PRIu32 " round%s: objective %.10g, optimality "
	    "%.2g, %s of %s coefficients not zero",
	    converged ? "converged" : "not converged", v->round,
	    v->round == 1 ? "" : "s", v->objective, v->optimality,
	    sv_human_count(nonzero, (double)v->nonzero),
	    sv_human_count(d, (double)m->problem.d));
}

/* A loss for two classes has an answer for one too, but not one to use. */
static void
remark_labels(const struct master *m, const double *scalars)
{
	double rows = scalars[SV_UP_ROWS], pos = scalars[SV_UP_POS];

	if (m->o->verbose > 0 && rows > 0 && (pos <= 0 || pos >= rows))
		sv_warnx("all rows have the same label: the model says nothing");
}

/* Do what the mathematics ask for until there is an answer. */
static int
solve(struct master *m)
{
	enum sv_admm_next what = SV_ADMM_GRAD;
	struct sv_admm_view v;
	const double *sum = sv_gather_sum(m->gather);
	const double *scalars = sv_gather_scalars(m->gather);
	enum sv_op op;
	int first = 1;

	while (what == SV_ADMM_STEP || what == SV_ADMM_GRAD) {
		op = what == SV_ADMM_STEP ? SV_OP_STEP : SV_OP_GRAD;
		if (ask(m, op) == -1)
			return (SV_EXIT_FAILED);
		if (op == SV_OP_STEP)
			what = sv_admm_step(m->admm, sum, scalars);
		else
			what = sv_admm_grad(m->admm, sum, scalars);
		sv_admm_look(m->admm, &v);
		if (first)
			remark_labels(m, scalars);
		first = 0;
		if (trace(m, op, &v) == -1)
			return (SV_EXIT_FAILED);
	}
	if (model(m, what == SV_ADMM_DONE, &v) == -1)
		return (SV_EXIT_FAILED);
	say(m, what == SV_ADMM_DONE, &v);
	return (what == SV_ADMM_DONE ? SV_EXIT_DONE : SV_EXIT_LIMIT);
}

int
master_run(const struct master_options *o)
{
	struct master m = { .o = o, .workers = o->workers };
	int status = SV_EXIT_FAILED;

	m.in = sv_reader_new(STDIN_FILENO, "stdin");
	m.task = task_text(o);
	if (m.in == NULL || m.task == NULL)
		sv_warnx("out of memory");
	else if (prepare(&m) == 0)
		status = solve(&m);
	sv_admm_free(m.admm);
	sv_gather_free(m.gather);
	if (m.problem.json != NULL)
		sv_problem_fini(&m.problem);
	free(m.task);
	sv_reader_free(m.in);
	return (status);
}
