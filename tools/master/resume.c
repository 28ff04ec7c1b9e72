#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint.h"
#include "err.h"
#include "json.h"
#include "resume.h"
#include "resume_state.h"

static const char *const kinds[] = {
	[RESUME_EXACT] = "exact", [RESUME_GLOBALS] = "globals",
	[RESUME_WARM] = "warm", [RESUME_OVER] = "model", [RESUME_ALL] = "model"
};

/* Read the file called r->name; 0, or -1 after a message. */
static int
read_journal(struct resume *r)
{
	const struct master *m = r->m;

	if ((r->fd = open(r->name, O_RDONLY | O_CLOEXEC)) == -1) {
		sv_warn("--resume %s", r->name);
		return (-1);
	}
	return (journal_read(&r->j, r->fd, r->name, m->method->op == SV_OP_STEP ?
	    session_workers(m->session) : 0));
}

/* Is it what this very run is written to, or nothing yet? */
static int
is_own(const struct resume *r)
{
	uint64_t job = session_job(r->m->session);

	return (journal_is_empty(&r->j) ||
	    (job != 0 && r->j.have_job && r->j.job == job));
}

static void
forget_journal(struct resume *r)
{

	journal_fini(&r->j);
	memset(&r->j, 0, sizeof(r->j));
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
}

/* ... then what was there before it. */
static int
read_older(struct resume *r, const char *file)
{
	const char *what = journal_is_empty(&r->j) ? "there is no run in it" :
	    "that is where this run is written";
	size_t size = strlen(file) + 2;

	forget_journal(r);
	free(r->name);
	if ((r->name = malloc(size)) == NULL) {
		sv_warn("%s", file);
		return (-1);
	}
	snprintf(r->name, size, "%s~", file);
	if (access(r->name, F_OK) == -1 && errno == ENOENT) {
		sv_warnx("--resume %s: %s, and there is no %s", file, what,
		    r->name);
		return (-1);
	}
	if (r->m->choice->verbose > 0)
		sv_warnx("%s: %s; reading %s", file, what, r->name);
	if (read_journal(r) == -1)
		return (-1);
	if (!is_own(r))
		return (0);
	sv_warnx("--resume %s: there is no earlier run in it, nor in %s", file,
	    r->name);
	return (-1);
}

/* Is it the run of this problem? */
static int
check_problem(struct resume *r)
{
	const struct session *s = r->m->session;

	r->same = SAME;
	if (r->j.problem == NULL)
		sv_warnx("%s does not say of what problem it is", r->name);
	else if (r->j.problem_sum != session_problem_sum(s))
		r->same = same_problem(r->j.problem, session_problem(s)->json,
		    r->why);
	if (r->same != SAME_NOT)
		return (0);
	sv_warnx("--resume %s: it is the run of another problem: %s", r->name,
	    r->why);
	return (-1);
}

struct resume *
resume_open(struct master *m, const char *file)
{
	struct resume *r;

	if ((r = calloc(1, sizeof(*r))) == NULL ||
	    (r->name = strdup(file)) == NULL) {
		sv_warn("%s", file);
		free(r);
		return (NULL);
	}
	r->m = m;
	r->fd = -1;
	if (read_journal(r) == -1 || (is_own(r) && read_older(r, file) == -1))
		goto err0;
	if (r->j.damaged)
		sv_warnx("%s: %s; what comes before counts", r->name,
		    r->j.why);
	if (check_problem(r) == -1)
		goto err0;
	return (r);

err0:
	resume_close(r);
	return (NULL);
}

void
resume_close(struct resume *r)
{

	if (r == NULL)
		return;
	forget_journal(r);
	free(r->z);
	free(r->name);
	free(r);
}

/* A line for the person. */
static void
say(const struct resume *r)
{
	const char *fresh = r->why[0] != '\0' ? r->why : r->j.W == 0 ?
	    "no checkpoint was saved" : "no states of the shards were saved";

	if (r->m->choice->verbose == 0)
		return;
	switch (r->kind) {
	case RESUME_EXACT:
		sv_warnx("going on from round %" PRIu32 " of %s%s", r->round,
		    r->name, r->j.W == 0 ? "" : ", with the shards' states");
		break;
	case RESUME_GLOBALS:
		sv_warnx("going on from round %" PRIu32 " of %s, from its "
		    "vector alone: %s", r->round, r->name, fresh);
		break;
	case RESUME_WARM:
		sv_warnx("a warm start from round %" PRIu32 " of %s: %s",
		    r->round, r->name, r->why);
		break;
	case RESUME_OVER:
		sv_warnx("%s had come to its end in round %" PRIu32 ": looking "
		    "at its model", r->name, r->round);
		break;
	case RESUME_ALL:
		sv_warnx("%s has all its models", r->name);
		break;
	}
	if (r->kind != RESUME_WARM && r->m->place.at > 0)
		sv_warnx("%" PRIu32 " models of %s need not be fitted again",
		    r->m->place.at, r->name);
}

/* ... and for the run. */
static int
tell(const struct resume *r)
{
	struct session *s = r->m->session;
	char run[2 * sizeof(r->j.job) + 1];
	struct sv_frame f;

	snprintf(run, sizeof(run), "%016" PRIx64, r->j.job);
	if (sv_json_frame(&f, SV_EVENT, json_pack("{s:s, s:I, s:s, s:s, s:o}",
	    "event", "resumed", "round", (json_int_t)r->round,
	    "state", kinds[r->kind], "run", run,
	    "fit", checkpoint_about(r->m))) == -1) {
		sv_warn("event frame");
		return (-1);
	}
	session_round(s, r->round);
	return (session_send(s, &f, SV_OP_NONE));
}

static int
pass(void *ctx, struct sv_frame *f)
{

	return (session_pass(ctx, f));
}

/* What the new run is to have of the old one. */
static int
hand_over(const struct resume *r)
{
	struct session *s = r->m->session;
	struct sv_frame f;
	int rc;

	for (uint32_t i = 0; i < r->m->place.at; i++) {
		if (journal_frame(&r->j, &r->j.model[i], SV_MODEL, &f) == -1)
			return (-1);
		rc = session_pass(s, &f);
		sv_frame_fini(&f);
		if (rc == -1)
			return (-1);
	}
	if (r->kind != RESUME_EXACT) {
		session_round(s, 0);
		return (0);
	}
	if (journal_states(&r->j, pass, s) == -1)
		return (-1);
	/* Then this run is one to go on from, too. */
	return (checkpoint_write(r->m));
}

int
resume_restore(struct resume *r)
{

	if (resume_find(r) == -1)
		return (-1);
	say(r);
	return (tell(r) == -1 ? -1 : hand_over(r));
}

/* Rounds that the fit under way had before. */
static void
count_rounds(struct resume *r)
{
	struct master *m = r->m;
	uint32_t since = 0;

	m->round = r->round;
	m->first = r->kind == RESUME_WARM ? r->round : 0;
	if (r->kind == RESUME_GLOBALS && choice_is_path(m->choice)) {
		if (m->place.at > 0)
			since = r->j.model[m->place.at - 1].round;
		m->place.before = since < m->round ? m->round - since : 0;
	}
}

int
resume_begin(struct resume *r)
{
	struct master *m = r->m;
	struct session *s = m->session;

	if (m->method->begin(m->self, r->z, r->gl, r->ngl)) {
		if (session_ask(s, SV_OP_GRAD, NULL, 0, r->z) == -1)
			return (-1);
		if (session_scalars(s)[SV_UP_FZ] >= SV_UP_OVERFLOW) {
			sv_warnx("%s: the loss overflows at the vector of "
			    "round %" PRIu32, r->name, r->round);
			return (-1);
		}
		m->method->start(m->self, session_sum(s), session_scalars(s));
	}
	count_rounds(r);
	session_round(s, m->round);
	if (r->kind == RESUME_OVER)
		m->enter = MASTER_LOOK;
	free(r->z);
	r->z = NULL;
	return (0);
}
