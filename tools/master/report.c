#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "err.h"
#include "human.h"
#include "json.h"
#include "master.h"

/* How far it is from where it may stop. */
static void
measure(const struct master *m, int looked, struct sv_view *v)
{
	const struct choice *c = m->choice;

	if (m->own) {
		v->measure = fmax(v->primal / v->eps_primal,
		    v->dual / v->eps_dual);
		v->target = 1.0;
		return;
	}
	v->target = c->rule == SV_JUDGE_GAP ? c->gap : c->tolerance;
	v->measure = looked && c->rule == SV_JUDGE_OPT ? v->optimality :
	    sv_judge_guess(m->judge, m->method->merit(m->self));
}

/* All that is known. */
static void
view(const struct master *m, const double *z, struct sv_view *v)
{

	*v = (struct sv_view){ .rho = NAN, .primal = NAN, .dual = NAN,
	    .eps_primal = NAN, .eps_dual = NAN, .split = NAN, .inner = NAN,
	    .passes = NAN };
	m->method->look(m->self, v);
	sv_judge_look(m->judge, v);
	v->round = m->round;
	v->nonzero = 0;
	for (size_t j = 0; j < m->g.d; j++)
		v->nonzero += z[j] < 0.0 || z[j] > 0.0;
}

/* One line a round. */
static void
chat(const struct sv_view *v, enum sv_op op, int looked)
{
	char gap[48] = "";

	if (!looked) {
		sv_warnx("round %" PRIu32 ": %s %.3e, s %.3e, rho %.4g, %.1f "
		    "passes", v->round, op == SV_OP_STEP ? "r" : "step",
		    v->primal, v->dual, v->rho, v->passes);
		return;
	}
	if (isfinite(v->gap))
		snprintf(gap, sizeof(gap), ", gap %.3e", v->gap);
	sv_warnx("round %" PRIu32 ": F %.9g, optimality %.3e%s, %" PRIu64
	    " non-zero", v->round, v->objective, v->optimality, gap,
	    v->nonzero);
}

static void
scalars(const struct sv_view *v, double tr[SV_TR_N])
{

	tr[SV_TR_PRIMAL] = v->primal;
	tr[SV_TR_DUAL] = v->dual;
	tr[SV_TR_RHO] = v->rho;
	tr[SV_TR_EPS_PRIMAL] = v->eps_primal;
	tr[SV_TR_EPS_DUAL] = v->eps_dual;
	tr[SV_TR_OBJECTIVE] = v->objective;
	tr[SV_TR_OPTIMALITY] = v->optimality;
	tr[SV_TR_SPLIT] = v->split;
	tr[SV_TR_INNER] = v->inner;
	tr[SV_TR_PASSES] = v->passes;
	tr[SV_TR_NONZERO] = (double)v->nonzero;
	tr[SV_TR_BOUND] = v->bound;
	tr[SV_TR_GAP] = v->gap;
	tr[SV_TR_MEASURE] = v->measure;
	tr[SV_TR_TARGET] = v->target;
}

/* The first trace of all says what is fitted: for who goes on from here. */
static char *
about(const struct master *m)
{
	json_t *o = checkpoint_about(m);
	char *text = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	errno = ENOMEM;
	return (text);
}

int
master_trace(const struct master *m, enum sv_op op, int looked)
{
	struct sv_frame f;
	struct sv_view v;
	char *text = NULL;
	int rc;

	view(m, m->method->answer(m->self), &v);
	measure(m, looked, &v);
	if (!looked)
		v.objective = v.optimality = NAN;
	if (m->choice->verbose > 1)
		chat(&v, op, looked);
	if (m->round == 0 && (text = about(m)) == NULL)
		rc = -1;
	else
		rc = sv_frame_make(&f, SV_TRACE, text, SV_TR_N, SV_BYTES, 0);
	free(text);
	if (rc == -1) {
		sv_warn("trace frame");
		return (-1);
	}
	scalars(&v, sv_frame_scalars(&f));
	return (session_send(m->session, &f, op));
}

static const char *
status(enum master_end end)
{

	switch (end) {
	case MASTER_CONVERGED:
		return ("converged");
	case MASTER_UNBOUNDED:
		return ("unbounded");
	case MASTER_STOPPED:
		return ("stopped");
	default:
		return ("limit");
	}
}

/* The text of the model frame; NULL when memory is out. */
static char *
model_text(const struct master *m, enum master_end end, const double *z)
{
	const struct sv_task *t = &m->choice->task;
	struct sv_view v;
	char *text = NULL;
	json_t *o;
	int bad = 0;

	view(m, z, &v);
	o = json_pack("{s:s, s:s, s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o,"
	    " s:I, s:I, s:I}", "loss", t->loss->name,
	    "method", m->method->name,
	    "rounds", (json_int_t)(m->round - m->first), "status", status(end),
	    "objective", sv_json_real(v.objective),
	    "optimality", sv_json_real(v.optimality),
	    "bound", sv_json_real(v.bound), "gap", sv_json_real(v.gap),
	    "primal", sv_json_real(v.primal), "dual", sv_json_real(v.dual),
	    "rho", sv_json_real(v.rho), "nonzero", (json_int_t)v.nonzero,
	    "workers", (json_int_t)session_workers(m->session),
	    "rows", (json_int_t)sv_judge_rows(m->judge));
	if (o == NULL)
		return (NULL);
	bad |= sv_prox_json(&m->g, o);
	if (t->intercept)
		bad |= json_object_set_new(o, "intercept",
		    sv_json_real(z[m->g.d]));
	if (t->loss->param > 0.0)
		bad |= json_object_set_new(o, "param", json_real(t->param));
	if (t->loss->classes)
		bad |= json_object_set_new(o, "weights", json_pack("[f, f]",
		    t->weight[0], t->weight[1]));
	/* The model is one of the rows as they are, not in the user's units. */
	if (session_problem(m->session)->factor != NULL)
		bad |= json_object_set_new(o, "scale", json_true());
	if (bad == 0)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return (text);
}

static int
write_model(const struct master *m, enum master_end end)
{
	const double *z = sv_judge_at(m->judge);
	char *text = model_text(m, end, z);
	struct sv_frame f;
	int rc = -1;

	errno = ENOMEM;
	if (text != NULL)
		rc = sv_frame_make(&f, SV_MODEL, text, 0, SV_F64, m->g.d);
	free(text);
	if (rc == -1) {
		sv_warn("model frame");
		return (-1);
	}
	memcpy(sv_frame_elems(&f), z, m->g.d * sizeof(*z));
	return (session_send(m->session, &f, SV_OP_NONE));
}

static void
say(const struct master *m, enum master_end end)
{
	char nonzero[SV_HUMAN], d[SV_HUMAN], gap[64] = "", of[SV_PROX_TEXT + 4];
	struct sv_view v;
	uint32_t rounds = m->round - m->first;

	if (m->choice->verbose == 0)
		return;
	view(m, sv_judge_at(m->judge), &v);
	if (isfinite(v.gap))
		snprintf(gap, sizeof(gap), ", at most %.2g above the minimum",
		    v.gap);
	of[0] = '\0';
	if (choice_is_path(m->choice)) {
		sv_prox_text(&m->g, of);
		strcat(of, ": ");
	}
	if (end == MASTER_UNBOUNDED)
		sv_warnx("%s%s", of, sv_judge_why(m->judge));
	sv_warnx("%s%s after %" PRIu32 " round%s: objective %.10g, optimality "
	    "%.2g%s; %s of %s coefficients not zero", of,
	    end == MASTER_CONVERGED ? "converged" : end == MASTER_STOPPED ?
	    "stopped" : "not converged", rounds,
	    rounds == 1 ? "" : "s", v.objective, v.optimality, gap,
	    sv_human_count(nonzero, (double)v.nonzero),
	    sv_human_count(d, (double)m->g.d));
}

int
master_conclude(const struct master *m, enum master_end end)
{

	if (write_model(m, end) == -1)
		return (-1);
	say(m, end);
	return (0);
}
