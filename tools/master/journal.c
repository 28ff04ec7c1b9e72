#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "journal.h"
#include "json.h"
#include "state.h"

#define TEXT (1u << 20)	/* of what is fitted, at most */

static void
forget_point(struct journal_point *p)
{

	free(p->shards);
	memset(p, 0, sizeof(*p));
}

/* Another master: nothing that was before is its. */
static void
forget_master(struct journal *j)
{

	json_decref(j->about);
	j->about = NULL;
	memset(&j->step, 0, sizeof(j->step));
	memset(&j->grad, 0, sizeof(j->grad));
	free(j->model);
	j->model = NULL;
	j->nmodel = 0;
	forget_point(&j->now[0]);
	forget_point(&j->now[1]);
	forget_point(&j->done);
	j->renewed = 0;
}

static void
forget_run(struct journal *j)
{

	forget_master(j);
	json_decref(j->problem);
	j->problem = NULL;
	j->have_job = 0;
	j->job = 0;
	j->workers = 0;
}

void
journal_fini(struct journal *j)
{

	forget_run(j);
}

/* The text of a frame, or NULL where it is no object. */
static json_t *
text_of(const struct sv_frame *f)
{
	json_t *o;

	if (f->ntext == 0 || f->ntext > TEXT)
		return (NULL);
	o = json_loadb(sv_frame_text(f), f->ntext, JSON_REJECT_DUPLICATES,
	    NULL);
	if (json_is_object(o))
		return (o);
	json_decref(o);
	return (NULL);
}

static struct journal_mark
mark(const struct journal *j, const struct sv_frame *f, uint64_t offset)
{

	return ((struct journal_mark){ .there = 1, .offset = offset,
	    .round = f->round, .models = j->nmodel });
}

/* What is fitted, from now on.  Takes the reference. */
static void
set_about(struct journal *j, json_t *about)
{

	if (!json_is_object(about)) {
		json_decref(about);
		return;
	}
	json_decref(j->about);
	j->about = about;
}

/* After a model, and for the next job, both are said once more. */
static void
take_problem(struct journal *j, const struct sv_frame *f)
{

	if (j->problem != NULL && f->sum == j->problem_sum)
		return;
	forget_run(j);
	j->problem = text_of(f);
	j->problem_sum = f->sum;
}

static void
take_job(struct journal *j, const struct sv_frame *f)
{
	uint32_t workers = 0;
	json_t *o;

	if (j->have_job && j->job == f->job)
		return;
	if (j->have_job)
		forget_master(j);
	if ((o = text_of(f)) != NULL)
		(void)sv_json_u32(o, "workers", 1, SV_FRAME_NOSHARD - 1,
		    &workers);
	json_decref(o);
	j->have_job = 1;
	j->job = f->job;
	j->workers = workers;
}

static void
take_event(struct journal *j, const struct sv_frame *f)
{
	const char *event;
	json_t *o = text_of(f);

	if (o == NULL || sv_json_string(o, "event", &event) == -1 ||
	    strcmp(event, "resumed") != 0) {
		json_decref(o);
		return;
	}
	forget_master(j);
	j->renewed = 1;
	set_about(j, json_incref(json_object_get(o, "fit")));
	json_decref(o);
}

static void
take_global(struct journal *j, const struct sv_frame *f, uint64_t offset)
{

	/* A master's first question; a resumed one's is not its beginning. */
	if (f->round == 0 && f->op == SV_OP_GRAD && !j->renewed)
		forget_master(j);
	if (f->round == 0 || f->elem != SV_F64)
		return;
	j->renewed = 0;
	if (f->op == SV_OP_STEP)
		j->step = mark(j, f, offset);
	else if (f->op == SV_OP_GRAD)
		j->grad = mark(j, f, offset);
}

static int
take_model(struct journal *j, const struct sv_frame *f, uint64_t offset)
{
	struct journal_mark *p = j->model;
	size_t n = j->nmodel;

	if ((n & (n - 1)) == 0 && (p = realloc(p, (n == 0 ? 1 : 2 * n) *
	    sizeof(*p))) == NULL)
		return (-1);
	j->model = p;
	p[n] = mark(j, f, offset);
	j->nmodel++;
	return (0);
}

/*
 * The point of ${round}, which takes the place of the older one where it is a
 * later one than both; or NULL.
 */
static struct journal_point *
point(struct journal *j, uint32_t round)
{
	struct journal_point *p = j->now;

	for (int i = 0; i < 2; i++)
		if (p[i].round == round)
			return (&p[i]);
	if (p[1].round < p[0].round)
		p++;
	if (round < p->round || round <= j->done.round)
		return (NULL);
	forget_point(p);
	p->round = round;
	return (p);
}

/* All is there: what was complete before is of no use any more. */
static void
complete(struct journal *j, struct journal_point *p)
{

	if (!p->checkpoint.there || p->whole < j->W ||
	    p->round <= j->done.round)
		return;
	forget_point(&j->done);
	j->done = *p;
	memset(p, 0, sizeof(*p));
}

/* Add a part that has the right place; 1 if that made the state whole. */
static int
add_part(struct journal_shard *s, const struct sv_frame *f, uint64_t offset)
{
	uint32_t part = (uint32_t)sv_frame_scalars(f)[SV_ST_PART];
	uint64_t len = (uint64_t)sv_frame_scalars(f)[SV_ST_BYTES];
	uint64_t n = sv_frame_nelem(f);

	if (part == 0)
		*s = (struct journal_shard){ .generation = f->generation,
		    .seq = f->seq, .parts = f->count, .len = len,
		    .from = offset };
	if (s->parts != f->count || s->generation != f->generation ||
	    s->seq != f->seq || s->next != part || s->len != len ||
	    n > s->len - s->filled)
		return (0);
	s->next++;
	s->filled += n;
	s->whole = s->next == s->parts && s->filled == s->len;
	return (s->whole);
}

static int
take_state(struct journal *j, const struct sv_frame *f, uint64_t offset)
{
	struct journal_point *p;

	if (j->W == 0 || f->shard >= j->W || f->round == 0 ||
	    sv_state_check(f) != NULL || (p = point(j, f->round)) == NULL)
		return (0);
	if (p->shards == NULL &&
	    (p->shards = calloc(j->W, sizeof(*p->shards))) == NULL)
		return (-1);
	if (!p->shards[f->shard].whole)
		p->whole += (uint32_t)add_part(&p->shards[f->shard], f, offset);
	complete(j, p);
	return (0);
}

static void
take_checkpoint(struct journal *j, const struct sv_frame *f, uint64_t offset)
{
	struct journal_point *p;

	set_about(j, text_of(f));
	if (f->round == 0 || (p = point(j, f->round)) == NULL)
		return;
	p->checkpoint = mark(j, f, offset);
	complete(j, p);
}

/* 0, or -1: out of memory. */
static int
take(struct journal *j, const struct sv_frame *f, uint64_t offset)
{

	switch (f->type) {
	case SV_PROBLEM:
		take_problem(j, f);
		return (0);
	case SV_JOB:
		take_job(j, f);
		return (0);
	case SV_EVENT:
		take_event(j, f);
		return (0);
	case SV_TRACE:
		if (f->round == 0 && f->ntext > 0)
			set_about(j, text_of(f));
		return (0);
	case SV_GLOBAL:
		take_global(j, f, offset);
		return (0);
	case SV_MODEL:
		return (take_model(j, f, offset));
	case SV_STATE:
		return (take_state(j, f, offset));
	case SV_CHECKPOINT:
		take_checkpoint(j, f, offset);
		return (0);
	default:
		return (0);
	}
}

/* A reader of the file from ${offset} on, which is quiet; NULL after a line. */
static struct sv_reader *
reader_at(const struct journal *j, uint64_t offset)
{
	struct sv_reader *r;

	if (lseek(j->fd, (off_t)offset, SEEK_SET) == -1 ||
	    (r = sv_reader_new(j->fd, j->name)) == NULL) {
		sv_warn("%s", j->name);
		return (NULL);
	}
	sv_reader_quiet(r);
	return (r);
}

int
journal_read(struct journal *j, int fd, const char *name, uint32_t W)
{
	struct sv_reader *r;
	struct sv_frame f;
	enum sv_io io;
	int rc = 0;

	memset(j, 0, sizeof(*j));
	j->fd = fd;
	j->name = name;
	j->W = W;
	if ((r = reader_at(j, 0)) == NULL)
		return (-1);
	while (rc == 0 && (io = sv_reader_next(r, &f)) == SV_IO_FRAME) {
		rc = take(j, &f, j->bytes);
		sv_frame_fini(&f);
		j->bytes = sv_reader_offset(r);
	}
	if (rc == -1) {
		sv_warn("%s", name);
	} else if (io != SV_IO_EOF) {
		j->damaged = 1;
		snprintf(j->why, sizeof(j->why), "%s", sv_reader_why(r));
		if (j->bytes == 0) {
			sv_warnx("%s: %s", name, j->why);
			rc = -1;
		}
	}
	sv_reader_free(r);
	return (rc);
}

int
journal_is_empty(const struct journal *j)
{

	return (!j->have_job && !j->step.there && !j->grad.there &&
	    j->nmodel == 0 && !j->done.checkpoint.there);
}

int
journal_frame(const struct journal *j, const struct journal_mark *at,
    enum sv_type type, struct sv_frame *f)
{
	struct sv_reader *r;
	int rc = -1;

	if ((r = reader_at(j, at->offset)) == NULL)
		return (-1);
	if (sv_reader_next(r, f) == SV_IO_FRAME) {
		if (f->type == type && f->round == at->round)
			rc = 0;
		else
			sv_frame_fini(f);
	}
	if (rc == -1)
		sv_warnx("%s: byte %" PRIu64 ": it has changed", j->name,
		    at->offset);
	sv_reader_free(r);
	return (rc);
}

/* Is the frame the next part of what is to be said of its shard? */
static int
wanted(const struct journal *j, const struct sv_frame *f, uint64_t offset,
    const uint32_t *next)
{
	const struct journal_shard *s;

	if (f->type != SV_STATE || f->shard >= j->W ||
	    f->round != j->done.round || sv_state_check(f) != NULL)
		return (0);
	s = &j->done.shards[f->shard];
	return (offset >= s->from && f->generation == s->generation &&
	    f->seq == s->seq && next[f->shard] < s->parts &&
	    sv_frame_scalars(f)[SV_ST_PART] == next[f->shard]);
}

/* The states, from the offset of the first on. */
static int
stream(const struct journal *j, struct sv_reader *r, uint64_t from,
    uint32_t *next, int (*fn)(void *ctx, struct sv_frame *f), void *ctx)
{
	struct sv_frame f;
	uint32_t left = j->W;
	uint64_t offset = from;
	int rc = 0;

	while (rc == 0 && left > 0) {
		if (sv_reader_next(r, &f) != SV_IO_FRAME) {
			sv_warnx("%s: it has changed", j->name);
			return (-1);
		}
		if (wanted(j, &f, offset, next)) {
			uint32_t shard = f.shard;

			left -= ++next[shard] == j->done.shards[shard].parts;
			rc = fn(ctx, &f);
		}
		sv_frame_fini(&f);
		offset = from + sv_reader_offset(r);
	}
	return (rc);
}

int
journal_states(const struct journal *j,
    int (*fn)(void *ctx, struct sv_frame *f), void *ctx)
{
	uint64_t from = UINT64_MAX;
	struct sv_reader *r;
	uint32_t *next;
	int rc;

	if (j->W == 0)
		return (0);
	for (uint32_t i = 0; i < j->W; i++)
		if (j->done.shards[i].from < from)
			from = j->done.shards[i].from;
	if ((next = calloc(j->W, sizeof(*next))) == NULL) {
		sv_warn("%s", j->name);
		return (-1);
	}
	if ((r = reader_at(j, from)) == NULL) {
		free(next);
		return (-1);
	}
	rc = stream(j, r, from, next, fn, ctx);
	sv_reader_free(r);
	free(next);
	return (rc);
}
