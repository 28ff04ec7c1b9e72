#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "io.h"

/*
 * A master for tests that does not listen: writes GLOBAL frames.
 *	globals [name=value ...] op ...
 * op is step, grad, conj, term, or a type of frame, whose text is that of text;
 * each makes a frame from the values so far: d, round, seq, rho, ratio, alpha, z
 * (every element), task, scalars, f32.  round goes up by itself after a step.
 */

#define TASK "{\"task\":1,\"loss\":\"logistic\",\"solver\":\"fista\"," \
    "\"kmin\":1,\"kmax\":500,\"eps_g\":1e-9,\"eps_f\":0}"

struct values {
	uint64_t d, scalars;
	uint32_t round, seq;
	int f32;
	double gl[SV_GL_N];
	double z;
	const char *task;
	const char *text;	/* of other frames */
};

/* name=value; 0 if it was one. */
static int
assign(struct values *v, const char *arg)
{
	const char *value = strchr(arg, '=');
	size_t n;

	if (value == NULL)
		return (-1);
	n = (size_t)(value++ - arg);
	if (n == 1 && *arg == 'd')
		v->d = strtoull(value, NULL, 10);
	else if (n == 7 && strncmp(arg, "scalars", n) == 0)
		v->scalars = strtoull(value, NULL, 10);
	else if (n == 5 && strncmp(arg, "round", n) == 0)
		v->round = (uint32_t)strtoul(value, NULL, 10);
	else if (n == 3 && strncmp(arg, "seq", n) == 0)
		v->seq = (uint32_t)strtoul(value, NULL, 10);
	else if (n == 3 && strncmp(arg, "f32", n) == 0)
		v->f32 = atoi(value);
	else if (n == 3 && strncmp(arg, "rho", n) == 0)
		v->gl[SV_GL_RHO] = strtod(value, NULL);
	else if (n == 5 && strncmp(arg, "ratio", n) == 0)
		v->gl[SV_GL_RATIO] = strtod(value, NULL);
	else if (n == 5 && strncmp(arg, "alpha", n) == 0)
		v->gl[SV_GL_ALPHA] = strtod(value, NULL);
	else if (n == 1 && *arg == 'z')
		v->z = strtod(value, NULL);
	else if (n == 4 && strncmp(arg, "task", n) == 0)
		v->task = value;
	else if (n == 4 && strncmp(arg, "text", n) == 0)
		v->text = value;
	else
		return (-1);
	return (0);
}

static unsigned
op_of(const char *arg)
{

	for (unsigned op = SV_OP_STEP; op <= SV_OP_TERM; op++)
		if (strcmp(arg, sv_frame_op_name(op)) == 0)
			return (op);
	return (SV_OP_NONE);
}

static int
write_global(struct values *v, unsigned op)
{
	struct sv_frame f;
	int term = op == SV_OP_TERM;
	double *z;

	if (sv_frame_make(&f, SV_GLOBAL, term ? NULL : v->task,
	    term ? 0 : (uint32_t)v->scalars, v->f32 ? SV_F32 : SV_F64,
	    term ? 0 : v->d) == -1)
		return (-1);
	f.op = (uint8_t)op;
	f.round = v->round;
	f.seq = v->seq;
	for (uint64_t i = 0; !term && i < v->scalars && i < SV_GL_N; i++)
		sv_frame_scalars(&f)[i] = v->gl[i];
	z = sv_frame_elems(&f);
	for (uint64_t i = 0; !v->f32 && i < sv_frame_nelem(&f); i++)
		z[i] = v->z;
	if (op == SV_OP_STEP)
		v->round++;
	if (v->seq != 0)
		v->seq++;
	return (sv_frame_send(STDOUT_FILENO, &f));
}

static int
write_plain(const struct values *v, enum sv_type type)
{
	struct sv_frame f;

	if (sv_frame_make(&f, type, v->text, 0, SV_F64, 0) == -1)
		return (-1);
	return (sv_frame_send(STDOUT_FILENO, &f));
}

int
main(int argc, char *argv[])
{
	struct values v = { .scalars = SV_GL_N, .round = 1, .task = TASK,
	    .text = "{}", .gl = { 1.0, 1.0, 1.0 } };
	int rc = 0;

	sv_err_init(argv[0]);
	for (int i = 1; i < argc && rc == 0; i++) {
		unsigned type = sv_frame_type_parse(argv[i]);

		if (assign(&v, argv[i]) == 0)
			continue;
		if (type != 0)
			rc = write_plain(&v, (enum sv_type)type);
		else if (op_of(argv[i]) != SV_OP_NONE)
			rc = write_global(&v, op_of(argv[i]));
		else
			rc = -1;
		if (rc == -1)
			sv_warnx("%s: no such frame or value", argv[i]);
	}
	return (rc == 0 ? 0 : 1);
}
