/*
 * Write a run whose every time and figure is known by hand.  In round k (from
 * 1) of worker i (from 0), in seconds on the hub's clock, with the base B_k =
 * 1, C from -c and everything else fixed:
 *
 *	sent		B_k + 0.001 i
 *	comp		C + 0.01 i + 0.02 (k - 1)
 *	received	sent + comp + 0.004
 *	taken		received + 0.002
 *	summed		taken + 0.001
 *	idle		0.03 + 0.005 i; none in round 1
 *	cpu		comp / 2
 *	lastin		last summed + 0.003
 *	answer		lastin + 0.01, and B_k+1 = answer
 *
 * With --path each master has so many models, of as many rounds each; with
 * --gradients its rounds are GRAD, as of some methods.
 * With --even all workers are like worker 0; with --rotate i is (i + k) mod W
 * where comp has it; rounds that are not steps (--grad, --conj) compute as much
 * longer as --aside says; --noise takes between one and two times as long, by
 * chance.
 *
 * The hub started at second 1700000000 of the calendar.  Worker i was asked for
 * 0.1 + 0.01 i later, began 0.05 after that, took 0.2 to load (0.15 of CPU) and
 * said hello at 0.5 + 0.02 i.  Peak memory is 1 MB + 1000 i at the hello and
 * twice as much at the exit.  The end comes 0.5 after the last answer.  With
 * --skew S the clock of worker i is S i ahead.
 *
 * With --lambda workers are functions.  Worker i waited 0.02 i before it was
 * asked for.  Worker 1 was turned away 0.05 after that, and asked for once more
 * 0.1 later.  The process ran 0.2 + 0.01 i after the last call, was ready 0.03
 * later, had its event 0.02 later, took 0.1 to load, and its hello was received
 * 0.01 + 0.01 i later.  The last of three or more is warm: it has its event
 * 0.06 after the request, loads for 0.1, and 0.01 later its hello is here.
 * Each was given 128 MB and 900 s; of all but worker 0 there is a REPORT line:
 * 2.5 + 0.5 i billed, 60 + i MB taken.  Their requests' ids end in generation
 * and worker, 1-00000003.  With --arm64 they say that they run on such a
 * machine.
 *
 * Worker S is lost in round K with --lose S:K 0.01 after B_K: killed by signal
 * 9, or for another WHY, S:K:WHY, and then its end is not told; or it leaves
 * then, --leave S:K:WHY.  The next is asked for 0.01 later, and its hello is
 * received 0.5 after that; the row of round K is not known.  With --handover S:K
 * a successor is wanted 0.6 before B_K+1, asked for 0.02 later, and 0.4 after
 * that its hello is received; at B_K+1 it takes over 1000 (S + 1) bytes, which
 * took 0.014 + 0.001 S, and 0.02 later the other one ends; S:K:silent: nobody
 * tells.  With --cut S:K its connection is cut 0.03 after B_K, and it comes back
 * 0.02 later; S:K:gone: not.  With --refuse S:K another one is refused.
 *
 * --save N has every N rounds states of 1000 (i + 1) bytes, or as --state-bytes
 * says, and a checkpoint.  --resumed K goes on exactly after round K of another
 * run, --began K with its z only.  --peers tells of 3 that were denied, 2 that said
 * nothing of use, 12 messages that make no sense, 1 foreign and 7 refused.
 */
#include "config.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "json.h"
#include "mkrun.h"

#define D 4	/* features */

enum {
	OPT_LOSE = 256, OPT_STATUS, OPT_MASTERS, OPT_PATH, OPT_ASIDE, OPT_SKEW,
	OPT_NOISE, OPT_LEAVE, OPT_HANDOVER, OPT_CUT, OPT_REFUSE, OPT_SAVE,
	OPT_BYTES, OPT_RESUMED, OPT_BEGAN
};

void
put(struct sv_frame *f, double at)
{

	f->job = 0x0123456789abcdef;
	sv_frame_seal(f);
	f->time = (int64_t)START * 1000000000 + (int64_t)llround(at * 1e9);
	if (sv_frame_write(STDOUT_FILENO, f) == -1) {
		perror("mkrun");
		exit(1);
	}
	sv_frame_fini(f);
}

void
text(struct sv_frame *f, enum sv_type type, json_t *o)
{

	if (sv_json_frame(f, type, o) == -1) {
		perror("mkrun");
		exit(1);
	}
}

static void
make(struct sv_frame *f, enum sv_type type, const char *s, uint32_t nscalar,
    uint64_t nelem)
{

	if (sv_frame_make(f, type, s, nscalar, SV_F64, nelem) == -1) {
		perror("mkrun");
		exit(1);
	}
}

static void
put_begin(const struct made *m)
{
	struct sv_frame f;

	text(&f, SV_PROBLEM, json_pack("{s:s, s:i, s:i, s:i, s:i, s:f, s:i}",
	    "kind", "recipe", "recipe", 1, "n", 1000, "d", D, "k", 2,
	    "p", 0.5, "seed", 1));
	put(&f, 0);
	if (m->unknown) {
		make(&f, (enum sv_type)99, "{\"new\":true}", 2, 1);
		f.op = 77;
		sv_frame_scalars(&f)[1] = 0.5;
		put(&f, 0);
	}
	if (m->alone)
		return;
	text(&f, SV_JOB, json_pack("{s:i, s:s, s:s}", "workers", (int)m->W,
	    "how", m->lambda ? "lambda" : "exec",
	    "command", m->lambda ? "fun" : "sv-worker"));
	put(&f, 0);
	if (m->unasked)
		return;
	for (uint32_t i = 0; i < m->W; i++)
		put_request(m, i, 1, 0.1 + 0.01 * i);
	for (uint32_t i = 0; i < m->W; i++)
		put_hello(m, i, 1, 0.1 + 0.01 * i, 0.5 + 0.02 * i);
	put_origin(m);
}

static void
put_global(const struct made *m, enum sv_op op, uint32_t k)
{
	struct sv_frame f;
	double *z;

	make(&f, SV_GLOBAL, "{\"task\":1,\"loss\":\"logistic\"}",
	    op == SV_OP_STEP ? SV_GL_N : 0, D);
	f.op = (uint8_t)op;
	f.round = k;
	f.seq = m->seq;
	if (op == SV_OP_STEP)
		for (int i = 0; i < SV_GL_N; i++)
			sv_frame_scalars(&f)[i] = 1;
	z = sv_frame_elems(&f);
	z[0] = k;
	z[1] = k / 2.0;
	z[3] = -(double)k;
	put(&f, m->base);
}

static double
computation(struct made *m, enum sv_op op, uint32_t i, uint32_t k)
{
	uint32_t place = m->even ? 0 : m->rotate ? (i + k) % m->W : i;
	double comp = m->comp + 0.01 * place + 0.02 * (k - 1);

	if (op != SV_OP_STEP)
		comp += m->aside;
	if (m->noise != 0) {
		m->noise = m->noise * 6364136223846793005u +
		    1442695040888963407u;
		comp *= 1 + (double)(m->noise >> 11) * 0x1p-53;
	}
	return (comp);
}

/* Fill one row; return when its update was summed. */
static double
fill_row(struct made *m, double *row, enum sv_op op, uint32_t i, uint32_t k)
{
	double comp = computation(m, op, i, k);

	row[SV_TM_SENT] = m->base + (m->even ? 0 : 0.001 * i);
	row[SV_TM_COMP] = comp;
	row[SV_TM_RECEIVED] = row[SV_TM_SENT] + comp + 0.004;
	row[SV_TM_TAKEN] = row[SV_TM_RECEIVED] + 0.002;
	row[SV_TM_SUMMED] = row[SV_TM_TAKEN] + 0.001;
	row[SV_TM_IDLE] = k == 1 ? NAN : 0.03 + 0.005 * i;
	row[SV_TM_CPU] = comp / 2;
	row[SV_TM_GENERATION] = generation(m, i, k);
	return (row[SV_TM_SUMMED]);
}

static void
put_timing(struct made *m, enum sv_op op, uint32_t k)
{
	struct sv_frame f;
	double *ts, *rows, last = 0;

	make(&f, SV_TIMING, NULL, SV_TS_N, (uint64_t)m->W * SV_TM_N);
	f.op = (uint8_t)op;
	f.round = k;
	f.seq = m->seq;
	f.count = m->W;
	ts = sv_frame_scalars(&f);
	rows = sv_frame_elems(&f);
	for (uint32_t i = 0; i < m->W; i++) {
		last = fmax(last, fill_row(m, rows + i * SV_TM_N, op, i, k));
		for (uint32_t c = 0; c < SV_TM_N && op == SV_OP_STEP &&
		    is_lost(m, i, k); c++)
			rows[i * SV_TM_N + c] = NAN;
	}
	ts[SV_TS_SENT] = m->base;
	ts[SV_TS_ALLSENT] = m->base + (m->even ? 0 : 0.001 * (m->W - 1));
	ts[SV_TS_LASTIN] = last + 0.003;
	ts[SV_TS_ANSWER] = m->base = last + 0.013;
	ts[SV_TS_DOWN] = 112.0 * m->W;
	ts[SV_TS_UP] = 200.0 * m->W;
	put(&f, m->base);
}

static void
put_trace(const struct made *m, enum sv_op op, uint32_t k)
{
	struct sv_frame f;
	double *tr;

	make(&f, SV_TRACE, NULL, SV_TR_N, 0);
	f.op = (uint8_t)op;
	f.round = k;
	tr = sv_frame_scalars(&f);
	for (int i = 0; i < SV_TR_N; i++)
		tr[i] = NAN;
	if (op == SV_OP_STEP) {
		tr[SV_TR_PRIMAL] = 1.0 / k;
		tr[SV_TR_DUAL] = 0.5 / k;
		tr[SV_TR_RHO] = 2;
		tr[SV_TR_SPLIT] = 100;
		tr[SV_TR_INNER] = 10.0 * k;
		tr[SV_TR_PASSES] = 12;
		tr[SV_TR_NONZERO] = 3;
	} else {
		tr[SV_TR_OBJECTIVE] = 100 + 1.0 / k;
		tr[SV_TR_OPTIMALITY] = 0.1 / k;
	}
	put(&f, m->base);
}

static void
put_round(struct made *m, enum sv_op op, uint32_t k)
{

	m->seq++;
	put_global(m, op, k);
	if (op == SV_OP_STEP)
		put_losses(m, k);
	if (!m->alone)
		put_timing(m, op, k);
	put_trace(m, op, k);
	if (op == SV_OP_STEP) {
		put_handovers(m, k);
		put_save(m, k);
	}
}

static void
put_model(const struct made *m, uint32_t k)
{
	struct sv_frame f;
	json_t *o;
	char *s;
	double *x;

	o = json_pack("{s:s, s:f, s:i, s:s, s:f, s:f, s:f, s:f, s:f, s:i, s:i,"
	    " s:i}", "loss", "logistic", "l1", (double)m->master,
	    "rounds", (int)m->rounds,
	    "status", m->status == 3 ? "limit" : "converged",
	    "objective", 100.25, "optimality", 0.001, "primal", 0.25,
	    "dual", 0.125, "rho", 2.0, "nonzero", 3, "workers", (int)m->W,
	    "rows", 1000);
	s = json_dumps(o, JSON_COMPACT);
	make(&f, SV_MODEL, s, 0, D);
	f.round = k;
	x = sv_frame_elems(&f);
	x[0] = 0.1;
	x[1] = -0.25;
	x[3] = 1e-3;
	put(&f, m->base);
	free(s);
	json_decref(o);
}

static void
put_end(const struct made *m)
{
	struct sv_frame f;

	for (uint32_t i = 0; i < m->W && !m->unasked; i++)
		put_exit(m, i, generation(m, i, UINT32_MAX), 0, m->base + 0.25);
	put_peers(m);
	text(&f, SV_END, json_pack("{s:i, s:s, s:s}", "status", m->status,
	    "reason", m->status == 0 ? "converged" : m->status == 3 ?
	    "stopped without converging" :
	    "a reason that is so long that it does not fit into one line of "
	    "the terminal, though it has no more than one thing to say",
	    "tool", "sv-hub"));
	put(&f, m->base + 0.5);
}

/* Take an option with an argument; -1 where it makes no sense. */
static int
take(struct made *m, int c)
{

	switch (c) {
	case 'w':
		m->W = (uint32_t)strtoul(optarg, NULL, 10);
		return (0);
	case 'r':
		m->rounds = (uint32_t)strtoul(optarg, NULL, 10);
		return (0);
	case 'c':
		m->comp = strtod(optarg, NULL);
		return (0);
	case OPT_PATH:
		m->path = (uint32_t)strtoul(optarg, NULL, 10);
		return (0);
	case OPT_ASIDE:
		m->aside = strtod(optarg, NULL);
		return (0);
	case OPT_SKEW:
		m->skew = strtod(optarg, NULL);
		return (0);
	case OPT_NOISE:
		m->noise = strtoul(optarg, NULL, 10);
		return (0);
	case OPT_LOSE:
		return (take_change(m, LOSE, optarg));
	case OPT_LEAVE:
		return (take_change(m, LEAVE, optarg));
	case OPT_HANDOVER:
		return (take_change(m, HANDOVER, optarg));
	case OPT_CUT:
		return (take_change(m, CUT, optarg));
	case OPT_REFUSE:
		return (take_change(m, REFUSE, optarg));
	case OPT_SAVE:
		m->save = (uint32_t)strtoul(optarg, NULL, 10);
		return (0);
	case OPT_BYTES:
		m->state_bytes = (uint32_t)strtoul(optarg, NULL, 10);
		return (0);
	case OPT_RESUMED:
	case OPT_BEGAN:
		m->resumed = (uint32_t)strtoul(optarg, NULL, 10);
		m->exact = c == OPT_RESUMED;
		return (0);
	case OPT_STATUS:
		m->status = (int)strtol(optarg, NULL, 10);
		return (0);
	case OPT_MASTERS:
		m->masters = (uint32_t)strtoul(optarg, NULL, 10);
		return (0);
	default:
		return (-1);
	}
}

static int
parse(struct made *m, int argc, char **argv)
{
	const struct option options[] = {
		{ "grad", no_argument, &m->grad, 1 },
		{ "conj", no_argument, &m->conj, 1 },
		{ "even", no_argument, &m->even, 1 },
		{ "rotate", no_argument, &m->rotate, 1 },
		{ "aside", required_argument, NULL, OPT_ASIDE },
		{ "skew", required_argument, NULL, OPT_SKEW },
		{ "noise", required_argument, NULL, OPT_NOISE },
		{ "lose", required_argument, NULL, OPT_LOSE },
		{ "leave", required_argument, NULL, OPT_LEAVE },
		{ "handover", required_argument, NULL, OPT_HANDOVER },
		{ "cut", required_argument, NULL, OPT_CUT },
		{ "refuse", required_argument, NULL, OPT_REFUSE },
		{ "save", required_argument, NULL, OPT_SAVE },
		{ "state-bytes", required_argument, NULL, OPT_BYTES },
		{ "resumed", required_argument, NULL, OPT_RESUMED },
		{ "began", required_argument, NULL, OPT_BEGAN },
		{ "peers", no_argument, &m->peers, 1 },
		{ "no-model", no_argument, &m->model, 0 },
		{ "no-end", no_argument, &m->end, 0 },
		{ "status", required_argument, NULL, OPT_STATUS },
		{ "path", required_argument, NULL, OPT_PATH },
		{ "gradients", no_argument, &m->gradients, 1 },
		{ "masters", required_argument, NULL, OPT_MASTERS },
		{ "alone", no_argument, &m->alone, 1 },
		{ "unknown", no_argument, &m->unknown, 1 },
		{ "unasked", no_argument, &m->unasked, 1 },
		{ "lambda", no_argument, &m->lambda, 1 },
		{ "arm64", no_argument, &m->arm64, 1 },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	/* 0: the option has set its member. */
	while ((c = getopt_long(argc, argv, "w:r:c:", options, NULL)) != -1)
		if (c != 0 && take(m, c) == -1)
			return (-1);
	return (0);
}

int
main(int argc, char **argv)
{
	struct made m = {
		.W = 2, .rounds = 2, .masters = 1, .path = 1, .comp = 0.1,
		.model = 1,
		.end = 1, .base = 1
	};

	if (parse(&m, argc, argv) == -1)
		return (2);
	put_begin(&m);
	for (m.master = 1; m.master <= m.masters; m.master++) {
		for (uint32_t n = 1; n <= m.rounds * m.path; n++) {
			uint32_t k = m.resumed + n;

			put_round(&m, m.gradients ? SV_OP_GRAD : SV_OP_STEP, k);
			if (m.grad)
				put_round(&m, SV_OP_GRAD, k);
			if (m.conj)
				put_round(&m, SV_OP_CONJ, k);
			if (m.model && n % m.rounds == 0)
				put_model(&m, k);
		}
		if (m.model && m.rounds == 0)
			put_model(&m, 0);
	}
	if (m.end && !m.alone)
		put_end(&m);
	return (0);
}
