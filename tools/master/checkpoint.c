#include "config.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "err.h"

#define FORMAT 1	/* of the sections */

/* Which features are in which group: the model's text has their number only. */
static int
groups_json(const struct sv_groups *s, json_t *o)
{
	char sum[2 * 16 + 1];

	if (s == NULL || s->start == NULL || s->member == NULL)
		return (0);
	snprintf(sum, sizeof(sum), "%016" PRIx64 "%016" PRIx64,
	    sv_frame_sum(s->start, (s->n + 1) * sizeof(*s->start)),
	    sv_frame_sum(s->member, s->d * sizeof(*s->member)));
	return (json_object_set_new(o, "members", json_string(sum)));
}

static json_t *
regulariser(const struct master *m)
{
	json_t *o = json_object();

	if (o != NULL && (sv_prox_json(&m->base, o) != 0 ||
	    groups_json(m->base.groups, o) != 0)) {
		json_decref(o);
		o = NULL;
	}
	return (o);
}

/* Weights of a path, NULL where memory is out. */
static json_t *
path(const struct choice *c)
{
	json_t *o;

	if (c->nlambda == 0)
		return (json_integer(c->path));
	if ((o = json_array()) == NULL)
		return (NULL);
	for (uint32_t i = 0; i < c->nlambda; i++)
		(void)json_array_append_new(o, json_real(c->lambda[i]));
	return (o);
}

json_t *
checkpoint_about(const struct master *m)
{
	json_t *o;

	o = json_pack("{s:s, s:i, s:I, s:I, s:s, s:o}",
	    "method", m->method->name, "version", FORMAT,
	    "workers", (json_int_t)session_workers(m->session),
	    "elements", (json_int_t)session_elements(m->session),
	    "task", session_task(m->session), "regulariser", regulariser(m));
	if (o != NULL && choice_is_path(m->choice) &&
	    json_object_set_new(o, "path", path(m->choice)) != 0) {
		json_decref(o);
		o = NULL;
	}
	return (o);
}

/* The place in the path; on restoring, the regulariser that belongs to it. */
static void
keep_place(struct master *m, struct sv_keep *k)
{
	struct place p = m->place;
	uint32_t worst = p.worst;

	sv_keep_flag(k, "the search for the first weight", &p.top_is_known);
	sv_keep_real(k, "the largest weight", &p.top, 0.0, DBL_MAX);
	sv_keep_count(k, "the number of models", &p.at, CHOICE_MODELS - 1);
	sv_keep_count(k, "the ends of the fits", &worst, MASTER_UNBOUNDED);
	if (k->way != SV_KEEP_RESTORE || k->bad)
		return;
	p.worst = (enum master_end)worst;
	m->place = p;
	if (!choice_is_path(m->choice))
		return;
	if (p.at >= path_weights(m->choice) || (p.top_is_known &&
	    m->choice->nlambda == 0 && !(p.top > 0.0)))
		sv_keep_bad(k, "the place in the path", "is none");
	else
		(void)path_turn(m);
}

static void
keep(struct master *m, struct sv_keep *k)
{
	uint32_t first = m->first;

	keep_place(m, k);
	sv_keep_count(k, "the first round", &first, m->round);
	m->first = first;
	sv_judge_keep(m->judge, k);
	m->method->keep(m->self, k);
}

/* The frame's text and room; 0, or -1 with errno set. */
static int
prepare(struct master *m, struct sv_frame *f)
{
	json_t *about = checkpoint_about(m);
	struct sv_keep k;
	char *text = NULL;
	int rc = -1;

	sv_keep_init(&k, SV_KEEP_COUNT, NULL, 0, NULL, 0);
	keep(m, &k);
	if (about != NULL)
		text = json_dumps(about, JSON_COMPACT);
	errno = ENOMEM;
	if (text != NULL && k.nscalar <= UINT32_MAX)
		rc = sv_frame_make(f, SV_CHECKPOINT, text,
		    (uint32_t)k.nscalar, SV_F64, k.nelem);
	free(text);
	json_decref(about);
	return (rc);
}

int
checkpoint_write(struct master *m)
{
	struct sv_keep k;
	struct sv_frame f;

	if (prepare(m, &f) == -1) {
		sv_warn("checkpoint frame");
		return (-1);
	}
	sv_keep_init(&k, SV_KEEP_SAVE, sv_frame_scalars(&f), f.nscalar,
	    sv_frame_elems(&f), (size_t)sv_frame_nelem(&f));
	keep(m, &k);
	if (sv_keep_end(&k) == -1) {
		sv_warnx("checkpoint frame: %s", k.why);
		sv_frame_fini(&f);
		return (-1);
	}
	return (session_send(m->session, &f, m->method->op));
}

int
checkpoint_restore(struct master *m, const struct sv_frame *f,
    char why[SV_WHY])
{
	struct sv_keep k;

	if (f->elem != SV_F64 || f->round == 0) {
		snprintf(why, SV_WHY, "it has another shape");
		return (-1);
	}
	m->round = f->round;
	sv_keep_init(&k, SV_KEEP_RESTORE, sv_frame_scalars(f), f->nscalar,
	    sv_frame_elems(f), (size_t)sv_frame_nelem(f));
	keep(m, &k);
	if (sv_keep_end(&k) == 0)
		return (0);
	snprintf(why, SV_WHY, "%s", k.why);
	return (-1);
}
