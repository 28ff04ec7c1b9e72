/*
 * spoil KIND [ROUND] <RUN: the same run, but for its TIMING frames of that
 * round (1), which have valid checksums and contents that cannot be:
 *
 *	inf nan negative huge	every duration of worker 0 is that
 *	back	its update comes before its global was sent
 *	swap	it is summed before it is taken
 *	late	it is summed after the sum was complete
 *	sent	the round began at no time
 *	answer	the master answered before it was asked
 *	bytes	minus one were sent
 *	generation	worker 0 is of generation -1
 *	wider narrower none	one row more, less, or no row at all
 *	uneven	one number more than rows have
 *	float	numbers of another type
 *	number	the round is called 0, and the next one likewise
 *	lost	the frame is not there
 *	twice	it is there twice
 *	end	so is END, whatever the round is
 *	trace	all numbers of its TRACE frame are infinite
 *	job	it is of another job
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "io.h"

static const char *kind;

static int
is(const char *name)
{

	return (strcmp(kind, name) == 0);
}

static void
put(struct sv_frame *f)
{
	int64_t time = f->time;

	sv_frame_seal(f);
	f->time = time;
	if (sv_frame_write(STDOUT_FILENO, f) == -1)
		exit(1);
}

/* The same frame with another number of elements. */
static void
put_other(const struct sv_frame *f, enum sv_elem elem, uint64_t nelem)
{
	struct sv_frame g;
	uint64_t n = sv_frame_nelem(f);
	size_t size = sv_frame_elem_size(elem);

	if (sv_frame_make(&g, SV_TIMING, NULL, f->nscalar, elem, nelem) == -1)
		exit(1);
	g.op = f->op;
	g.round = f->round;
	g.seq = f->seq;
	g.job = f->job;
	g.time = f->time;
	memcpy(sv_frame_scalars(&g), sv_frame_scalars(f),
	    f->nscalar * sizeof(double));
	if (nelem > 0)
		memcpy(sv_frame_elems(&g), sv_frame_elems(f),
		    (n < nelem ? n : nelem) * size);
	put(&g);
	sv_frame_fini(&g);
}

static void
spoil_durations(double *row, double v)
{

	row[SV_TM_COMP] = row[SV_TM_IDLE] = row[SV_TM_CPU] = v;
}

static void
spoil_row(double *row)
{

	if (is("inf"))
		spoil_durations(row, INFINITY);
	else if (is("nan"))
		spoil_durations(row, NAN);
	else if (is("negative"))
		spoil_durations(row, -1);
	else if (is("huge"))
		spoil_durations(row, 1e300);
	else if (is("back"))
		row[SV_TM_RECEIVED] = row[SV_TM_SENT] - 1;
	else if (is("swap"))
		row[SV_TM_SUMMED] = row[SV_TM_TAKEN] - 1e-3;
	else if (is("late"))
		row[SV_TM_SUMMED] += 1e3;
	else if (is("generation"))
		row[SV_TM_GENERATION] = -1;
}

static void
spoil_scalars(double *ts)
{

	if (is("sent"))
		ts[SV_TS_SENT] = NAN;
	else if (is("answer"))
		ts[SV_TS_ANSWER] = ts[SV_TS_LASTIN] - 1;
	else if (is("bytes"))
		ts[SV_TS_DOWN] = -1;
}

static void
put_spoilt(struct sv_frame *f)
{
	uint64_t n = sv_frame_nelem(f);

	if (is("lost"))
		return;
	if (is("wider"))
		put_other(f, SV_F64, n + SV_TM_N);
	else if (is("narrower"))
		put_other(f, SV_F64, n - SV_TM_N);
	else if (is("none"))
		put_other(f, SV_F64, 0);
	else if (is("uneven"))
		put_other(f, SV_F64, n + 1);
	else if (is("float"))
		put_other(f, SV_F32, n);
	else {
		spoil_row(sv_frame_elems(f));
		spoil_scalars(sv_frame_scalars(f));
		if (is("number"))
			f->round = 0;
		if (is("job"))
			f->job++;
		put(f);
		if (is("twice"))
			put(f);
	}
}

int
main(int argc, char **argv)
{
	struct sv_reader *r;
	struct sv_frame f;
	uint32_t round = 1;
	enum sv_io rc;

	sv_err_init(argv[0]);
	if (argc < 2)
		return (2);
	kind = argv[1];
	if (argc > 2)
		round = (uint32_t)strtoul(argv[2], NULL, 10);
	if ((r = sv_reader_new(STDIN_FILENO, "standard input")) == NULL)
		return (1);
	while ((rc = sv_reader_next(r, &f)) == SV_IO_FRAME) {
		if (f.type == SV_TRACE && is("trace") && f.round == round)
			for (uint32_t i = 0; i < f.nscalar; i++)
				sv_frame_scalars(&f)[i] = INFINITY;
		if (f.type == SV_TIMING && !is("end") && (f.round == round ||
		    (is("number") && f.round == round + 1)))
			put_spoilt(&f);
		else
			put(&f);
		if (f.type == SV_END && is("end"))
			put(&f);
		sv_frame_fini(&f);
	}
	sv_reader_free(r);
	return (rc == SV_IO_EOF ? 0 : 1);
}
