/*
 * fakemaster [-b behaviour] [-r round] [-n rounds] [-e status] [-p ms]
 *
 * A master for tests.  It sends a global for each of its rounds (5), checks
 * that the sum is that of workers who answer as tests/fakeworker.c does, writes
 * a trace, and at last a model.  From round -r (1; 0 comes before it reads
 * anything) it misbehaves as -b says; -p is a pause before each global.  With
 * -c it concludes when it is told to, with status 3.
 */
#include "config.h"

#include <sys/uio.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "json.h"

enum behaviour {
	GOOD,
	QUIT,	/* exit with the status of -e */
	MUTE,	/* say nothing any more */
	CLOSE,	/* close its output, and live on */
	DIE,	/* kill itself */
	LONG,	/* a global with two elements too many: one is an intercept */
	SINGLE,	/* with f32 */
	TERM,	/* with the operation TERM */
	TWICE,	/* two globals in a row */
	GARBAGE,	/* bytes that are no frame */
	CUT,	/* half a global, and exit */
	STUBBORN,	/* no answer, and no end at SIGTERM */
	DETACH,	/* leave a child that holds the output */
	BEHAVIOURS
};

static const char * const names[BEHAVIOURS] = {
	"good", "quit", "mute", "close", "die", "long", "single", "term",
	"twice", "garbage", "cut", "stubborn", "detach"
};

struct task {
	struct sv_reader *in;
	uint64_t d;
	uint64_t workers;
	enum behaviour b;
	uint32_t from;	/* round from which on it misbehaves */
	uint32_t rounds;
	int status;
	int concludes;	/* when told to */
	int told;
	long pause_ms;
};

static _Noreturn void
die(const char *what)
{

	sv_warn("%s", what);
	exit(1);
}

/* The next frame of ${type}; others are passed over. */
static void
expect(struct task *t, enum sv_type type, struct sv_frame *f)
{

	while (sv_reader_next(t->in, f) == SV_IO_FRAME) {
		if (f->type == type)
			return;
		t->told |= f->type == SV_END;
		sv_frame_fini(f);
	}
	exit(1);	/* the hub has ended, and said why */
}

/* The number ${key} of the next frame of ${type}. */
static uint64_t
expect_number(struct task *t, enum sv_type type, const char *key)
{
	struct sv_frame f;
	uint64_t v;
	json_t *o;

	expect(t, type, &f);
	if ((o = sv_json_of(&f)) == NULL ||
	    sv_json_u64(o, key, 1, UINT32_MAX, &v) == -1)
		die(key);
	json_decref(o);
	sv_frame_fini(&f);
	return (v);
}

static void
make_global(const struct task *t, uint32_t round, enum behaviour b,
    struct sv_frame *f)
{

	if (sv_frame_make(f, SV_GLOBAL, "{\"task\":1}", SV_GL_N,
	    b == SINGLE ? SV_F32 : SV_F64, t->d + (b == LONG ? 2 : 0)) == -1)
		die("global");
	f->op = b == TERM ? SV_OP_TERM : SV_OP_STEP;
	f->round = round;
	if (b != SINGLE)
		for (uint64_t j = 0; j < t->d; j++)
			((double *)sv_frame_elems(f))[j] = (double)round;
}

static void
send_global(const struct task *t, uint32_t round, enum behaviour b)
{
	uint8_t header[SV_FRAME_HEADER];
	struct sv_frame f;

	make_global(t, round, b, &f);
	if (b == CUT) {
		sv_frame_seal(&f);
		sv_frame_encode(&f, header);
		if (write(STDOUT_FILENO, header, sizeof(header)) == -1)
			die("write");
		exit(0);
	}
	if (sv_frame_send(STDOUT_FILENO, &f) == -1)
		die("write");
}

/* Two globals in one write: the hub cannot answer between them. */
static void
send_twice(const struct task *t, uint32_t round)
{
	uint8_t header[SV_FRAME_HEADER];
	struct sv_frame f;
	struct iovec iov[4];

	make_global(t, round, TWICE, &f);
	sv_frame_seal(&f);
	sv_frame_encode(&f, header);
	for (int i = 0; i < 4; i += 2) {
		iov[i].iov_base = header;
		iov[i].iov_len = sizeof(header);
		iov[i + 1].iov_base = f.payload;
		iov[i + 1].iov_len = f.length;
	}
	if (writev(STDOUT_FILENO, iov, 4) !=
	    (ssize_t)(2 * (sizeof(header) + f.length)))
		die("write");
	sv_frame_fini(&f);
}

/* What has no place among frames. */
static void
misbehave(const struct task *t, enum behaviour b)
{

	switch (b) {
	case MUTE:
		break;
	case QUIT:
		exit(t->status);
	case DIE:
		kill(getpid(), SIGKILL);
		break;
	case STUBBORN:
		signal(SIGTERM, SIG_IGN);
		break;
	case CLOSE:
		close(STDOUT_FILENO);
		break;
	case GARBAGE:
		if (puts("Iteration 1: objective 12.5, and then some more text, "
		    "since a frame begins with eighty bytes") == EOF ||
		    fflush(stdout) == EOF)
			die("write");
		break;
	case DETACH:
		if (fork() != 0)
			exit(0);
		break;
	default:
		return;
	}
	for (;;)
		pause();
}

/* Are the updates of ${round} the sum that they must be? */
static void
read_sum(struct task *t, uint32_t round)
{
	double W = (double)t->workers, shards = W * (W + 1) / 2;
	struct sv_frame f;
	const double *x;

	expect(t, SV_UPDATE, &f);
	if (f.count != t->workers || f.round != round ||
	    sv_frame_nelem(&f) != t->d || f.nscalar != SV_UP_STEP_N) {
		sv_warnx("round %" PRIu32 ": the sum has another shape", round);
		exit(1);
	}
	x = sv_frame_elems(&f);
	for (uint64_t j = 0; j < t->d; j++)
		if (x[j] != shards * (double)(j + 1) + W * round) {
			sv_warnx("round %" PRIu32 ": the sum is wrong", round);
			exit(1);
		}
	for (uint32_t i = 0; i < f.nscalar; i++)
		if (sv_frame_scalars(&f)[i] != W) {
			sv_warnx("round %" PRIu32 ": a scalar is wrong", round);
			exit(1);
		}
	sv_frame_fini(&f);
}

static void
one_round(struct task *t, uint32_t round)
{
	enum behaviour b = round >= t->from ? t->b : GOOD;
	struct timespec nap = { t->pause_ms / 1000,
	    t->pause_ms % 1000 * 1000000 };
	struct sv_frame f;

	nanosleep(&nap, NULL);
	misbehave(t, b);
	if (b == TWICE)
		send_twice(t, round);
	else
		send_global(t, round, b);
	read_sum(t, round);
	if (sv_frame_make(&f, SV_TRACE, NULL, SV_TR_N, SV_F64, 0) == -1)
		die("trace");
	f.op = SV_OP_STEP;
	f.round = round;
	if (sv_frame_send(STDOUT_FILENO, &f) == -1)
		die("write");
}

static void
read_options(struct task *t, int argc, char **argv)
{
	int c;

	t->from = 1;
	t->rounds = 5;
	while ((c = getopt(argc, argv, "b:r:n:e:p:c")) != -1) {
		if (c == 'b') {
			for (t->b = GOOD; t->b < BEHAVIOURS; t->b++)
				if (strcmp(optarg, names[t->b]) == 0)
					break;
		} else if (c == 'r') {
			t->from = (uint32_t)atoi(optarg);
		} else if (c == 'n') {
			t->rounds = (uint32_t)atoi(optarg);
		} else if (c == 'e') {
			t->status = atoi(optarg);
		} else if (c == 'p') {
			t->pause_ms = atol(optarg);
		} else if (c == 'c') {
			t->concludes = 1;
		}
		if (c == '?' || t->b == BEHAVIOURS)
			die(c == '?' ? "which option?" : optarg);
	}
}

int
main(int argc, char **argv)
{
	struct sv_frame f;
	struct task t;

	sv_err_init(argv[0]);
	memset(&t, 0, sizeof(t));
	read_options(&t, argc, argv);
	if (t.from == 0)
		misbehave(&t, t.b);
	if ((t.in = sv_reader_new(STDIN_FILENO, "hub")) == NULL)
		die("cannot start");
	t.d = expect_number(&t, SV_PROBLEM, "d");
	t.workers = expect_number(&t, SV_JOB, "workers");
	for (uint32_t k = 1; k <= t.rounds && !(t.told && t.concludes); k++)
		one_round(&t, k);
	if (t.told && t.concludes)
		t.status = 3;
	if (sv_json_frame(&f, SV_MODEL, json_pack("{s:s, s:i, s:s}", "loss",
	    "none", "rounds", (int)t.rounds, "status",
	    t.status == 3 ? "limit" : "converged")) == -1 ||
	    sv_frame_send(STDOUT_FILENO, &f) == -1)
		die("write");
	sv_reader_free(t.in);
	return (t.status);
}
