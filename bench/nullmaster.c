/*
 * nullmaster ROUNDS: a master that optimises nothing.  It sends z, receives the
 * sum, sends that as z, and so on; at the end it prints on stderr the median
 * milliseconds from before a global was written until the sum had been read and
 * checked, and writes a model.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "json.h"
#include "problem.h"

#include "util.h"

#define WARMUP 3u

struct task {
	struct sv_reader *in;
	uint64_t d;
	uint64_t workers;
};

/* The next frame of ${type}; others are passed over. */
static void
expect(struct task *t, enum sv_type type, struct sv_frame *f)
{

	while (sv_reader_next(t->in, f) == SV_IO_FRAME) {
		if (f->type == type)
			return;
		sv_frame_fini(f);
	}
	sv_warnx("no %s frame came", sv_frame_type_name(type));
	exit(1);
}

/* Read d and W. */
static void
begin(struct task *t)
{
	struct sv_frame f;
	json_t *o;

	expect(t, SV_PROBLEM, &f);
	if ((o = sv_json_of(&f)) == NULL ||
	    sv_json_u64(o, "d", 1, UINT32_MAX, &t->d) == -1)
		exit(1);
	json_decref(o);
	sv_frame_fini(&f);
	expect(t, SV_JOB, &f);
	if ((o = sv_json_of(&f)) == NULL ||
	    sv_json_u64(o, "workers", 1, UINT32_MAX, &t->workers) == -1)
		exit(1);
	json_decref(o);
	sv_frame_fini(&f);
}

static double
one_round(struct task *t, uint32_t round, double *z)
{
	double start = bench_now();
	struct sv_frame f;
	uint64_t count = 0;

	if (sv_frame_make(&f, SV_GLOBAL, "{\"task\":1,\"loss\":\"logistic\","
	    "\"solver\":\"fista\",\"kmin\":1,\"kmax\":1,\"eps_g\":0.1,"
	    "\"eps_f\":0.1}", SV_GL_N, SV_F64, t->d) == -1)
		bench_die("nullmaster");
	f.op = SV_OP_STEP;
	f.round = round;
	for (int i = 0; i < SV_GL_N; i++)
		sv_frame_scalars(&f)[i] = 1;
	memcpy(sv_frame_elems(&f), z, t->d * sizeof(*z));
	if (sv_frame_send(STDOUT_FILENO, &f) == -1)
		bench_die("write");
	while (count < t->workers) {
		expect(t, SV_UPDATE, &f);
		if (sv_frame_nelem(&f) != t->d || f.round != round)
			exit(1);
		count += f.count;
		memcpy(z, sv_frame_elems(&f), t->d * sizeof(*z));
		sv_frame_fini(&f);
	}
	return (bench_now() - start);
}

int
main(int argc, char **argv)
{
	struct sv_frame f;
	struct task t;
	uint32_t rounds;
	double *times, *z;

	sv_err_init(argv[0]);
	if (argc != 2) {
		fprintf(stderr, "usage: nullmaster ROUNDS\n");
		return (2);
	}
	rounds = (uint32_t)bench_number(argv[1], 1, 100000);
	if ((t.in = sv_reader_new(STDIN_FILENO, "hub")) == NULL)
		bench_die("nullmaster");
	begin(&t);
	z = calloc(t.d, sizeof(*z));
	times = calloc(rounds + WARMUP, sizeof(*times));
	if (z == NULL || times == NULL)
		bench_die("nullmaster");
	for (uint32_t k = 0; k < rounds + WARMUP; k++)
		times[k] = one_round(&t, k + 1, z);
	/* What the sum must be: W times the null worker's 0, 1, 2, ... */
	for (uint64_t j = 0; j < t.d; j++)
		if (z[j] != (double)t.workers * (double)j) {
			sv_warnx("sum of element %" PRIu64 " is wrong", j);
			return (1);
		}
	fprintf(stderr, "nullmaster-ms %.4f\n",
	    1e3 * bench_median(times + WARMUP, rounds));
	if (sv_json_frame(&f, SV_MODEL, json_pack("{s:s, s:i, s:s}", "loss",
	    "none", "rounds", (int)rounds, "status", "converged")) == -1 ||
	    sv_frame_send(STDOUT_FILENO, &f) == -1)
		bench_die("write");
	sv_reader_free(t.in);
	free(times);
	free(z);
	return (0);
}
