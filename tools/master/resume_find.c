#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "err.h"
#include "json.h"
#include "resume_state.h"

/* The task as the last global has it, where nobody says more. */
static json_t *
about_global(const struct resume *r, const struct journal_mark *mark)
{
	struct sv_frame f;
	json_t *o;

	if (!mark->there || journal_frame(&r->j, mark, SV_GLOBAL, &f) == -1)
		return (json_object());
	o = json_pack("{s:s%}", "task", f.ntext > 0 ? sv_frame_text(&f) : "",
	    (size_t)f.ntext);
	sv_frame_fini(&f);
	return (o != NULL ? o : json_object());
}

/* The mark of the vector to go on from: that of a STEP, if there are any. */
static const struct journal_mark *
last_round(const struct resume *r)
{

	return (r->j.step.there ? &r->j.step : &r->j.grad);
}

/* Is the same fitted, in the same way? */
static int
check_about(struct resume *r)
{
	json_t *now = checkpoint_about(r->m);
	json_t *then = r->j.about != NULL ? json_incref(r->j.about) :
	    about_global(r, last_round(r));
	char why[SAME_WHY] = "";
	enum same s;

	if (now == NULL || then == NULL) {
		sv_warnx("out of memory");
		json_decref(then);
		json_decref(now);
		return (-1);
	}
	s = same_about(then, now, why);
	if (s > r->same) {
		r->same = s;
		memcpy(r->why, why, sizeof(why));
	}
	json_decref(then);
	json_decref(now);
	if (s != SAME_NOT)
		return (0);
	sv_warnx("--resume %s: it has fitted something else: %s", r->name, why);
	return (-1);
}

/* Method and judge as they were; 1, 0 if that cannot be, -1 after a message. */
static int
restore_exactly(struct resume *r)
{
	const struct journal_point *p = &r->j.done;
	struct master *m = r->m;
	struct sv_frame f;
	char why[SV_WHY];
	int rc;

	if (r->same != SAME || !p->checkpoint.there ||
	    (choice_is_path(m->choice) &&
	    p->checkpoint.models != r->j.nmodel))
		return (0);
	if (journal_frame(&r->j, &p->checkpoint, SV_CHECKPOINT, &f) == -1)
		return (-1);
	rc = checkpoint_restore(m, &f, why);
	sv_frame_fini(&f);
	if (rc == 0 && (!choice_is_path(m->choice) ||
	    m->place.at == r->j.nmodel)) {
		r->kind = RESUME_EXACT;
		r->round = m->round;
		m->enter = MASTER_AFTER;
		return (1);
	}
	if (rc == -1)
		sv_warnx("%s: the checkpoint of round %" PRIu32 " is of no use:"
		    " %s", r->name, p->checkpoint.round, why);
	return (master_make(m));
}

/* The elements of the frame, and what comes behind them, as where to begin. */
static int
take_vector(struct resume *r, const struct sv_frame *f, double intercept)
{
	size_t n = session_elements(r->m->session), have;
	const double *x = sv_frame_elems(f);

	have = (size_t)sv_frame_nelem(f);
	if (f->elem != SV_F64 || (have != n &&
	    (f->type != SV_MODEL || have + 1 != n || !isfinite(intercept)))) {
		sv_warnx("--resume %s: round %" PRIu32 " has %zu elements, not "
		    "%zu", r->name, f->round, have, n);
		return (-1);
	}
	if ((r->z = calloc(n, sizeof(*r->z))) == NULL) {
		sv_warn("%s", r->name);
		return (-1);
	}
	memcpy(r->z, x, have * sizeof(*x));
	if (have < n)
		r->z[have] = intercept;
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(r->z[i])) {
			sv_warnx("--resume %s: round %" PRIu32 ": element %zu "
			    "is not finite", r->name, f->round, i);
			return (-1);
		}
	}
	r->round = f->round;
	return (0);
}

/* z and the scalars of a global. */
static int
from_global(struct resume *r, const struct journal_mark *mark)
{
	struct sv_frame f;
	int rc;

	if (journal_frame(&r->j, mark, SV_GLOBAL, &f) == -1)
		return (-1);
	rc = take_vector(r, &f, NAN);
	if (rc == 0 && f.op == SV_OP_STEP && f.nscalar >= SV_GL_N) {
		r->ngl = SV_GL_N;
		memcpy(r->gl, sv_frame_scalars(&f), SV_GL_N * sizeof(*r->gl));
	}
	sv_frame_fini(&f);
	return (rc);
}

/* Vector, status and weight of a model; 0, or -1 after a message. */
struct model {
	char status[16];
	double weight;
};

static int
from_model(struct resume *r, size_t i, struct model *model)
{
	const char *name = r->m->base.name, *status;
	double intercept = NAN;
	struct sv_frame f;
	json_t *o;
	int rc = -1;

	if (journal_frame(&r->j, &r->j.model[i], SV_MODEL, &f) == -1)
		return (-1);
	if ((o = sv_json_of(&f)) == NULL)
		goto out;
	if (sv_json_string(o, "status", &status) == -1)
		status = "";
	snprintf(model->status, sizeof(model->status), "%s", status);
	/* The elastic net's weight is that of its l1. */
	if (sv_json_double(o, strcmp(name, "elastic net") == 0 ? "l1" : name,
	    &model->weight) == -1)
		model->weight = NAN;
	if (sv_json_double(o, "intercept", &intercept) == -1)
		intercept = NAN;
	free(r->z);
	r->z = NULL;
	rc = take_vector(r, &f, intercept);
	json_decref(o);
out:
	sv_frame_fini(&f);
	return (rc);
}

/* Where in the path: after the models that there are. */
static int
find_place(struct resume *r)
{
	struct place *p = &r->m->place;
	struct model model = { .weight = NAN };
	uint32_t n = path_weights(r->m->choice);

	for (size_t i = 0; i < r->j.nmodel && i < n; i++) {
		if (from_model(r, i, &model) == -1)
			return (-1);
		if (i == 0 && !p->top_is_known) {
			if (!(model.weight > 0.0)) {
				sv_warnx("--resume %s: its first model has no "
				    "weight", r->name);
				return (-1);
			}
			p->top = model.weight;
			p->top_is_known = 1;
		}
		if (strcmp(model.status, "converged") != 0)
			p->worst = strcmp(model.status, "unbounded") == 0 ?
			    MASTER_UNBOUNDED : MASTER_LIMIT;
		p->at++;
	}
	if (p->at == n)
		r->kind = RESUME_ALL;
	return (0);
}

/* A model of the same function that was good enough: 1; else 0, or -1. */
static int
is_over(struct resume *r)
{
	struct model model;

	if (r->j.nmodel == 0 || choice_is_path(r->m->choice) ||
	    r->same > SAME_F)
		return (0);
	if (from_model(r, r->j.nmodel - 1, &model) == -1)
		return (-1);
	if (strcmp(model.status, "converged") == 0 ||
	    strcmp(model.status, "unbounded") == 0) {
		r->kind = RESUME_OVER;
		return (1);
	}
	free(r->z);
	r->z = NULL;
	return (0);
}

/* Where to begin without a state; 0, or -1 after a message. */
static int
find_start(struct resume *r)
{
	const struct journal_mark *at = last_round(r);
	struct model model;

	r->kind = r->same > SAME_F ? RESUME_WARM : RESUME_GLOBALS;
	if (choice_is_path(r->m->choice) && r->kind == RESUME_GLOBALS &&
	    find_place(r) == -1)
		return (-1);
	if (r->kind == RESUME_ALL)
		return (0);
	free(r->z);
	r->z = NULL;
	if (at->there)
		return (from_global(r, at));
	if (r->j.nmodel > 0)
		return (from_model(r, r->j.nmodel - 1, &model));
	sv_warnx("--resume %s: there is nothing to go on from: it ends before "
	    "the first round", r->name);
	return (-1);
}

int
resume_find(struct resume *r)
{
	int rc;

	if (check_about(r) == -1)
		return (-1);
	if ((rc = is_over(r)) == 0)
		rc = restore_exactly(r);
	if (rc == 0)
		rc = find_start(r);
	return (rc == -1 ? -1 : 0);
}
