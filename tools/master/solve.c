#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint.h"
#include "err.h"
#include "master.h"
#include "opt.h"
#include "resume.h"

/*
 * Certify the answer just looked at: rounds of CONJ for as long as it takes, but
 * none after a stop.
 */
static int
certify(struct master *m, enum sv_judge_next *next)
{
	double gc[SV_GC_N];

	while (*next == SV_JUDGE_CONJ) {
		if (session_stopped(m->session)) {
			*next = sv_judge_skip(m->judge);
			break;
		}
		sv_judge_ask(m->judge, gc);
		if (session_ask(m->session, SV_OP_CONJ, gc, SV_GC_N,
		    sv_judge_at(m->judge)) == -1)
			return (-1);
		*next = sv_judge_conj(m->judge, session_sum(m->session),
		    session_scalars(m->session));
	}
	return (0);
}

/* How good is the method's answer? */
static int
look(struct master *m, int last, enum sv_judge_next *next)
{
	const double *z = m->method->answer(m->self);

	if (session_ask(m->session, SV_OP_GRAD, NULL, 0, z) == -1)
		return (-1);
	*next = sv_judge_grad(m->judge, z, m->method->slopes(m->self),
	    session_sum(m->session), session_scalars(m->session), last);
	if (certify(m, next) == -1)
		return (-1);
	return (master_trace(m, SV_OP_GRAD, 1));
}

/* One round of the method. */
static int
round_of(struct master *m)
{
	double gl[SV_METHOD_SCALARS];
	char why[SV_WHY];
	size_t n;

	session_round(m->session, ++m->round);
	n = m->method->scalars(m->self, gl);
	if (session_ask(m->session, m->method->op, gl, n,
	    m->method->point(m->self)) == -1)
		return (-1);
	if (m->method->feed(m->self, session_sum(m->session),
	    session_scalars(m->session), why) == -1) {
		sv_warnx("round %" PRIu32 ": %s", m->round, why);
		return (-1);
	}
	if (master_trace(m, m->method->op, 0) == -1)
		return (-1);
	return (session_save(m->session) ? checkpoint_write(m) : 0);
}

/* Is there cause to look after this round, the last one perhaps? */
static int
due(struct master *m, int *last)
{
	struct sv_view v = { .passes = 0.0 };
	int pays;

	m->method->look(m->self, &v);
	pays = sv_judge_due(m->judge, m->method->merit(m->self), v.passes);
	*last = m->method->met(m->self) || session_stopped(m->session) ||
	    m->round - m->first >= m->choice->max_rounds;
	return (pays || *last);
}

/* What is known of the answer that was looked at last: an end, or none yet. */
static int
is_end(const struct master *m, enum sv_judge_next next, int last,
    enum master_end *end)
{

	if (next == SV_JUDGE_UNBOUNDED)
		*end = MASTER_UNBOUNDED;
	else if (next == SV_JUDGE_DONE)
		*end = MASTER_CONVERGED;
	else if (session_stopped(m->session))
		*end = MASTER_STOPPED;
	else if (last)
		*end = MASTER_LIMIT;
	else
		return (0);
	return (1);
}

enum master_end
master_fit(struct master *m, enum sv_judge_next next)
{
	enum master_enter enter = m->enter;
	enum master_end end;
	int last = 0, met;

	m->enter = MASTER_ROUND;
	if (enter == MASTER_ROUND && is_end(m, next, 0, &end))
		return (end);
	for (;; enter = MASTER_ROUND) {
		if (enter == MASTER_ROUND && round_of(m) == -1)
			return (MASTER_FAILED);
		if (enter != MASTER_LOOK && !due(m, &last))
			continue;
		/* The method's own rule was met at the end of another run. */
		met = enter == MASTER_LOOK ? m->own : m->method->met(m->self);
		if (look(m, last, &next) == -1)
			return (MASTER_FAILED);
		if (met && next != SV_JUDGE_UNBOUNDED)
			next = SV_JUDGE_DONE;
		if (is_end(m, next, last, &end))
			return (end);
	}
}

/* The least weight of a row: those of the classes times those of the data. */
static double
least_weight(const struct master *m)
{
	const double *w = m->choice->task.weight;

	if (session_problem(m->session)->weighted)
		return (0.0);
	return (w[0] < w[1] ? w[0] : w[1]);
}

int
master_make(struct master *m)
{
	const struct choice *c = m->choice;
	struct sv_judge_conf conf = {
		.g = m->base, .n = session_elements(m->session),
		.workers = session_workers(m->session), .loss = c->task.loss,
		.param = c->task.param, .intercept = c->task.intercept,
		.rule = m->own ? SV_JUDGE_OWN : c->rule,
		.tolerance = c->rule == SV_JUDGE_GAP ? c->gap : c->tolerance,
		.every = c->every, .certify = c->certify,
		.own = m->method->op == SV_OP_STEP,
		.least = least_weight(m)
	};

	m->g = m->base;
	m->place = (struct place){ .top_is_known = c->path == 0,
	    .worst = MASTER_CONVERGED };
	m->round = m->first = 0;
	m->method->free(m->self);
	sv_judge_free(m->judge);
	m->judge = sv_judge_new(&conf);
	m->self = m->make(m->options, &m->g, conf.n, conf.workers);
	if (m->judge != NULL && m->self != NULL)
		return (0);
	sv_warn("%" PRIu64 " features", session_problem(m->session)->d);
	return (-1);
}

/* The regulariser for the problem that has come, and all that it takes. */
static int
prepare(struct master *m)
{
	const struct choice *c = m->choice;

	if (sv_regular_finish(&m->choice->regular,
	    (size_t)session_problem(m->session)->d, &m->base) == -1)
		return (-1);
	if (c->rule == SV_JUDGE_GAP && strcmp(m->base.name, "none") == 0) {
		sv_warnx("--stop-gap: nothing is ever proved without a "
		    "regulariser");
		return (-1);
	}
	return (master_make(m));
}

/* A loss for two classes has an answer for one too, but not one to use. */
static void
remark_labels(const struct master *m)
{
	uint64_t rows = sv_judge_rows(m->judge);
	uint64_t positive = sv_judge_positive(m->judge);

	if (m->choice->verbose > 0 && m->choice->task.loss->classes &&
	    rows > 0 && (positive == 0 || positive == rows))
		sv_warnx("all rows have the same label: the model says nothing");
}

/* The first look, at the start. */
static int
first_look(struct master *m, enum sv_judge_next *next)
{
	const double *z = m->method->answer(m->self);

	if (session_ask(m->session, SV_OP_GRAD, NULL, 0, z) == -1)
		return (-1);
	if (session_scalars(m->session)[SV_UP_FZ] >= SV_UP_OVERFLOW) {
		sv_warnx("the loss or its gradient overflows at the start: "
		    "features or labels are too large");
		return (-1);
	}
	*next = sv_judge_start(m->judge, z, session_sum(m->session),
	    session_scalars(m->session));
	m->method->start(m->self, session_sum(m->session),
	    session_scalars(m->session));
	remark_labels(m);
	return (master_trace(m, SV_OP_GRAD, 1));
}

/* All that there is to ask for. */
static enum master_end
solve(struct master *m)
{
	enum sv_judge_next next = SV_JUDGE_ON;
	int done;

	if (m->resume != NULL && resume_restore(m->resume) == -1)
		return (MASTER_FAILED);
	done = choice_is_path(m->choice) &&
	    m->place.at == path_weights(m->choice);
	if (m->enter != MASTER_AFTER && !done &&
	    (first_look(m, &next) == -1 || (m->resume != NULL &&
	    resume_begin(m->resume) == -1)))
		return (MASTER_FAILED);
	if (choice_is_path(m->choice))
		return (master_path(m));
	return (master_fit(m, next));
}

int
master_ready(int argc, char *argv[], const char *name)
{

	if (optind < argc) {
		sv_warnx("unexpected argument '%s'", argv[optind]);
		return (sv_opt_usage());
	}
	if (isatty(STDOUT_FILENO)) {
		sv_warnx("standard output is a terminal, and frames are binary:"
		    " run it as sv-hub -- %s", name);
		return (SV_EXIT_FAILED);
	}
	/* A hub that has gone is noticed when writing. */
	signal(SIGPIPE, SIG_IGN);
	return (SV_EXIT_DONE);
}

int
master_run(struct master *m)
{
	enum master_end end = MASTER_FAILED;
	int status = SV_EXIT_FAILED;

	m->session = session_open(&m->choice->task, m->choice->workers);
	if (m->session != NULL && prepare(m) == 0 &&
	    (m->choice->resume == NULL ||
	    (m->resume = resume_open(m, m->choice->resume)) != NULL))
		end = solve(m);
	/* A path concludes each of its fits itself. */
	if (end != MASTER_FAILED &&
	    (choice_is_path(m->choice) || master_conclude(m, end) == 0))
		status = end == MASTER_CONVERGED ? SV_EXIT_DONE : SV_EXIT_LIMIT;
	resume_close(m->resume);
	m->method->free(m->self);
	sv_judge_free(m->judge);
	session_close(m->session);
	return (status);
}
