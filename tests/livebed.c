#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "livebed.h"

int
bed_setup(void **state)
{
	struct bed *b = calloc(1, sizeof(*b));

	if (b == NULL || sv_price_builtin(&b->price) == -1)
		return (-1);
	sv_run_init(&b->run, "bed");
	live_init(&b->live, &b->price, SV_PRICE_X86_64, 0.0);
	b->now = (int64_t)1700000000 * SECOND;
	b->took = 0.06;
	b->at = 0.1;
	b->lasts = 0.1;
	*state = b;
	return (0);
}

int
bed_teardown(void **state)
{
	struct bed *b = *state;

	live_fini(&b->live);
	sv_run_fini(&b->run);
	free(b);
	return (0);
}

/* The monotonic clock goes as the frames' own, from the first frame. */
double
mono(const struct bed *b)
{

	return (((double)b->now - 1.7e9 * SECOND) * 1e-9);
}

static void
give(struct bed *b, struct sv_frame *f)
{

	f->time = b->now;
	assert_int_equal(sv_run_frame(&b->run, f), 0);
	assert_int_equal(live_frame(&b->live, &b->run, f, mono(b)), 0);
	sv_frame_fini(f);
}

void
tell(struct bed *b, enum sv_type type, uint32_t shard, uint32_t generation,
    const char *text)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, type, text, 0, SV_BYTES, 0), 0);
	f.shard = shard;
	f.generation = generation;
	give(b, &f);
}

void
job(struct bed *b, int workers, const char *how)
{
	char text[100];

	snprintf(text, sizeof(text), "{\"workers\":%d,\"how\":\"%s\"}", workers,
	    how);
	tell(b, SV_JOB, SV_FRAME_NOSHARD, 0, text);
}

void
ask(struct bed *b)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, SV_GLOBAL, "{}", 0, SV_F64, 1), 0);
	f.op = SV_OP_STEP;
	f.round = ++b->round;
	give(b, &f);
}

/* The round's end after b->lasts s: worker i takes 0.01 s, and ${extra[i]}. */
void
answer(struct bed *b, uint32_t W, const double *extra)
{
	struct sv_frame f;
	double *ts, *row;

	b->now += (int64_t)(b->lasts * SECOND);
	assert_int_equal(sv_frame_make(&f, SV_TIMING, NULL, SV_TS_N, SV_F64,
	    (uint64_t)W * SV_TM_N), 0);
	f.op = SV_OP_STEP;
	f.round = f.seq = b->round;
	ts = sv_frame_scalars(&f);
	row = sv_frame_elems(&f);
	ts[SV_TS_SENT] = ts[SV_TS_ALLSENT] = b->at;
	b->at += b->lasts;
	ts[SV_TS_LASTIN] = ts[SV_TS_SENT] + 0.05;
	ts[SV_TS_ANSWER] = ts[SV_TS_SENT] + b->took;
	for (uint32_t i = 0; i < W; i++, row += SV_TM_N) {
		row[SV_TM_SENT] = ts[SV_TS_SENT];
		row[SV_TM_COMP] = 0.008;
		row[SV_TM_IDLE] = b->round == 1 ? NAN : 0.004;
		row[SV_TM_RECEIVED] = ts[SV_TS_SENT] + 0.01 + extra[i];
		row[SV_TM_TAKEN] = row[SV_TM_SUMMED] = row[SV_TM_RECEIVED];
		row[SV_TM_CPU] = 0.001;
		row[SV_TM_GENERATION] = 1;
	}
	give(b, &f);
}

/* What the master says of a round, and of a look at its answer if ${F} is. */
void
trace_of(struct bed *b, double measure, double target, double F, double split)
{
	struct sv_frame f;
	double *tr;

	assert_int_equal(sv_frame_make(&f, SV_TRACE, NULL, SV_TR_N, SV_BYTES,
	    0), 0);
	f.op = SV_OP_STEP;
	f.round = b->round;
	tr = sv_frame_scalars(&f);
	for (int i = 0; i < SV_TR_N; i++)
		tr[i] = NAN;
	tr[SV_TR_MEASURE] = measure;
	tr[SV_TR_TARGET] = target;
	tr[SV_TR_PRIMAL] = tr[SV_TR_DUAL] = measure;
	tr[SV_TR_OBJECTIVE] = F;
	tr[SV_TR_GAP] = F / 10.0;
	tr[SV_TR_SPLIT] = split;
	give(b, &f);
}

void
trace(struct bed *b, double measure, double target)
{

	trace_of(b, measure, target, NAN, NAN);
}

void
view(struct bed *b, struct view *v, size_t width, size_t lines)
{
	struct view_state s = { .mono = mono(b), .width = width,
	    .lines = lines, .name = "bed" };

	view_make(v, &b->live, &b->run, &s);
}

/* The line of ${v} that begins with ${label}, behind it; or NULL. */
const char *
line_of(const struct view *v, const char *label)
{

	for (size_t i = 0; i < v->n; i++)
		if (strncmp(v->line[i].text, label, strlen(label)) == 0)
			return (v->line[i].text + 13);
	return (NULL);
}

/* ${n} rounds of ${W} workers, each ${pace} times as long as the last. */
void
rounds(struct bed *b, int n, double pace, double factor)
{
	static const double none[2];

	for (int k = 0; k < n; k++) {
		ask(b);
		answer(b, 2, none);
		trace(b, pow(factor, b->round), 1e-9);
		b->lasts *= pace;
	}
}
