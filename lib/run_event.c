#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "run.h"
#include "run_state.h"
#include "state.h"

#define MOST_SECONDS 1e9	/* nothing honest is larger */
#define MOST_BYTES 0x1p60
#define MOST_COUNT 0x1p53

/* A number from 0 to ${most}, or NaN. */
static double
amount(const json_t *o, const char *key, double most)
{
	double v;

	if (sv_json_double(o, key, &v) == -1 || !(v >= 0 && v <= most))
		return (NAN);
	return (v);
}

/* A string that fits, or "". */
static void
string(const json_t *o, const char *key, char *to, size_t room)
{
	const char *s;

	to[0] = '\0';
	if (sv_json_string(o, key, &s) == 0 && strlen(s) < room)
		strcpy(to, s);
}

/* All states of the round ${k} are there, ${bytes} of them if that is told. */
static void
complete(struct sv_run *run, double k, double bytes)
{
	struct sv_run_saves *s = &run->saves;

	if (isnan(k))
		return;
	s->complete++;
	s->round = (uint32_t)k;
	s->states = s->last_round == s->round ? s->last_states : 0;
	s->bytes = !isnan(bytes) ? bytes : s->states > 0 ? s->last_bytes :
	    (double)NAN;
	if (s->checkpoints > 0 && s->checkpoint == s->round)
		s->point = s->round;
}

/* The run goes on from another one. */
static void
resumed(struct sv_run *run, const json_t *o, double k)
{
	struct sv_run_origin *origin = &run->origin;

	if (origin->known || isnan(k))
		return;
	origin->known = 1;
	origin->round = (uint32_t)k;
	string(o, "state", origin->state, sizeof(origin->state));
	string(o, "run", origin->run, sizeof(origin->run));
}

static void
turned_away(struct sv_run_peers *p, const json_t *o)
{

	p->garbage = amount(o, "garbage", MOST_COUNT);
	p->foreign = amount(o, "foreign", MOST_COUNT);
	p->late = amount(o, "late", MOST_COUNT);
	p->refused = amount(o, "refused", MOST_COUNT);
	p->failed = amount(o, "failed", MOST_COUNT);
	p->denied = amount(o, "denied", MOST_COUNT);
}

/* Add the event ${e} of the text ${o}. */
static int
add(struct sv_run *run, const struct sv_frame *f, const json_t *o,
    const char *event)
{
	struct sv_run_event *e;
	const char *why;

	if (sv_json_string(o, "why", &why) == -1)
		why = "";
	if ((e = sv_run_room(run->event, run->nevent, sizeof(*e))) == NULL)
		return (-1);
	run->event = e;
	e += run->nevent;
	e->shard = f->shard;
	e->generation = f->generation;
	e->time = f->time;
	e->from = amount(o, "from", UINT32_MAX);
	e->bytes = amount(o, "bytes", MOST_BYTES);
	e->took = amount(o, "took_s", MOST_SECONDS);
	e->round = amount(o, "round", UINT32_MAX);
	e->steps = amount(o, "steps", UINT32_MAX);
	e->event = strdup(event);
	e->why = strdup(why);
	run->nevent++;
	if (strcmp(event, "saved") == 0)
		complete(run, e->round, e->bytes);
	else if (strcmp(event, "resumed") == 0)
		resumed(run, o, e->round);
	else if (strcmp(event, "peers") == 0)
		turned_away(&run->peers, o);
	return (e->event != NULL && e->why != NULL ? 0 : -1);
}

int
sv_run_event(struct sv_run *run, const struct sv_frame *f)
{
	const char *event;
	json_t *o;
	int rc = 0;

	if ((o = sv_run_text(run, f)) == NULL)
		return (0);
	if (sv_json_string(o, "event", &event) == -1)
		sv_run_unread(run, f, "no event");
	else
		rc = add(run, f, o, event);
	json_decref(o);
	return (rc);
}

void
sv_run_save(struct sv_run *run, const struct sv_frame *f)
{
	struct sv_run_saves *s = &run->saves;
	const char *why;
	double bytes;

	if (f->type == SV_CHECKPOINT) {
		s->checkpoints++;
		s->checkpoint = f->round;
		if (s->complete > 0 && s->round == f->round)
			s->point = f->round;
		return;
	}
	if ((why = sv_state_check(f)) != NULL) {
		sv_run_unread(run, f, why);
		return;
	}
	bytes = (double)sv_frame_nelem(f);
	s->all_bytes += bytes;
	if (f->round != s->last_round) {
		s->last_round = f->round;
		s->last_states = 0;
		s->last_bytes = 0;
	}
	s->last_bytes += bytes;
	s->last_states += (uint32_t)sv_frame_scalars(f)[SV_ST_PART] + 1 ==
	    f->count;
}
