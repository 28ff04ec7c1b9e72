#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "io.h"

/*
 * What a master reads, made up: writes frames as workers and hubs send them.
 *	updates [name=value ...] kind ...
 * kind is step, grad, job or error; each makes a frame from the values so far:
 * d, round, seq, shard (-1: none), count, job, workers, x (every element), nx
 * (the last one), dd (|x - z|^2 and |x|^2), rows, pos, scalars.  round goes up
 * by itself before a step.
 */

struct values {
	uint64_t d, job;
	uint32_t round, seq, count, workers;
	long shard, scalars;
	double x, nx, dd, rows, pos;
};

/* name=value; 0 if it was one. */
static int
assign(struct values *v, const char *arg)
{
	const char *value = strchr(arg, '=');
	char name[16] = "";
	double x;

	if (value == NULL || (size_t)(value - arg) >= sizeof(name))
		return (-1);
	memcpy(name, arg, (size_t)(value - arg));
	x = strtod(value + 1, NULL);
#define SET(field, type) \
	if (strcmp(name, #field) == 0) { v->field = (type)x; return (0); }
	SET(d, uint64_t)
	SET(job, uint64_t)
	SET(round, uint32_t)
	SET(seq, uint32_t)
	SET(count, uint32_t)
	SET(workers, uint32_t)
	SET(shard, long)
	SET(scalars, long)
	SET(x, double)
	SET(nx, double)
	SET(dd, double)
	SET(rows, double)
	SET(pos, double)
	return (-1);
}

static int
write_update(struct values *v, enum sv_op op)
{
	long n = op == SV_OP_STEP ? (long)SV_UP_STEP_N : (long)SV_UP_GRAD_N;
	struct sv_frame f;
	double *s, *x;

	if (v->scalars >= 0)
		n = v->scalars;
	if (sv_frame_make(&f, SV_UPDATE, NULL, (uint32_t)n, SV_F64, v->d) == -1)
		return (-1);
	if (op == SV_OP_STEP)
		v->round++;
	f.op = (uint8_t)op;
	f.round = v->round;
	f.seq = v->seq;
	f.job = v->job;
	f.count = v->count;
	f.shard = v->shard < 0 ? SV_FRAME_NOSHARD : (uint32_t)v->shard;
	s = sv_frame_scalars(&f);
	x = sv_frame_elems(&f);
	if (op == SV_OP_STEP && n > SV_UP_DD)
		s[SV_UP_XX] = s[SV_UP_DD] = v->dd;
	if (op == SV_OP_GRAD && n > SV_UP_POS) {
		s[SV_UP_ROWS] = v->rows;
		s[SV_UP_POS] = v->pos;
	}
	for (uint64_t i = 0; i < v->d; i++)
		x[i] = i + 1 < v->d ? v->x : v->nx;
	return (sv_frame_send(STDOUT_FILENO, &f));
}

static int
write_text(const struct values *v, enum sv_type type)
{
	struct sv_frame f;
	char text[80];

	if (type == SV_JOB)
		snprintf(text, sizeof(text), "{\"workers\":%" PRIu32 "}",
		    v->workers);
	else
		snprintf(text, sizeof(text), "{\"why\":\"it rains\"}");
	if (sv_frame_make(&f, type, text, 0, SV_F64, 0) == -1)
		return (-1);
	f.job = v->job;
	f.shard = v->shard < 0 ? SV_FRAME_NOSHARD : (uint32_t)v->shard;
	return (sv_frame_send(STDOUT_FILENO, &f));
}

int
main(int argc, char *argv[])
{
	struct values v = { .count = 1, .workers = 1, .shard = -1,
	    .scalars = -1, .x = 1, .nx = 1, .dd = 1, .rows = 10, .pos = 5 };
	int rc = 0;

	sv_err_init(argv[0]);
	for (int i = 1; i < argc && rc == 0; i++) {
		if (assign(&v, argv[i]) == 0)
			continue;
		if (strcmp(argv[i], "step") == 0)
			rc = write_update(&v, SV_OP_STEP);
		else if (strcmp(argv[i], "grad") == 0)
			rc = write_update(&v, SV_OP_GRAD);
		else if (strcmp(argv[i], "job") == 0)
			rc = write_text(&v, SV_JOB);
		else if (strcmp(argv[i], "error") == 0)
			rc = write_text(&v, SV_ERROR);
		else
			rc = -1;
		if (rc == -1)
			sv_warnx("%s: no such frame or value", argv[i]);
	}
	return (rc == 0 ? 0 : 1);
}
