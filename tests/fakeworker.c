/*
 * fakeworker [-b behaviour] [-s shard] [-g generations] [-r round] [-e status]
 *	[-t seconds]
 *
 * A worker for tests.  Like sv-worker it reads its invocation, connects, says
 * hello and answers every global, with a vector that tests/fakemaster.c knows
 * the sum of; but it computes nothing.  On the shard of -s (all of them) and up
 * to the generation of -g (1; 0: always) it misbehaves from the -r th global it
 * hears on (1), as -b says.  Saved states are bytes without a meaning, in two
 * parts.  -t is how long all of them say that they have left.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "clock.h"
#include "err.h"
#include "invocation.h"
#include "json.h"
#include "state.h"

#define PART 50u	/* bytes of half a state */
#define LOST_S 5.0	/* a hub that is gone so long does not come back */

enum behaviour {
	GOOD,
	QUIT,	/* exit before hello, with the status of -e */
	SLEEP,	/* never say hello */
	FAIL,	/* say ERROR in place of hello */
	OLD,	/* hello of a generation that is over, and then as usual */
	TWIN,	/* a second instance says hello too */
	MUTE,	/* do not answer */
	DEAF,	/* answer, but end neither at TERM nor at SIGTERM */
	DIE,	/* kill itself */
	LEAVE,	/* exit, with the status of -e */
	AFTER,	/* likewise, once the update is sent */
	EXPIRE,	/* say that its time is up, and exit */
	SHORT,	/* an update with an element too few */
	LONG,	/* with one too many */
	SCALARS,	/* with a scalar too many */
	SINGLE,	/* of f32 */
	SUMMED,	/* that claims to be a sum of two */
	OTHER,	/* of another operation */
	DAMAGED,	/* with a wrong payload checksum */
	STALE,	/* of another sequence number, before the right one */
	TWICE,	/* sent twice */
	HELLOS,	/* another hello before the update */
	NOISE,	/* messages that are no frames before the update */
	FOREIGN,	/* updates for other shards before its own */
	UNSAVED,	/* do not answer when the state is asked for */
	HALF,	/* ... but with the first part of it */
	TORN,	/* ... and kill itself then */
	MIXED,	/* ... with the parts in another order */
	BEHAVIOURS
};

static const char * const names[BEHAVIOURS] = {
	"good", "quit", "sleep", "fail", "old", "twin", "mute", "deaf", "die",
	"leave", "after", "expire", "short", "long", "scalars", "single", "summed",
	"other", "damaged", "stale", "twice", "hellos", "noise", "foreign",
	"unsaved", "half", "torn", "mixed"
};

struct peer {
	void *zmq;
	void *socket;
	void *monitor;
	double lost;	/* since when the connection is; 0: it is not */
	struct sv_invocation inv;
	uint64_t d;
	enum behaviour b;
	unsigned from;	/* global from which on it misbehaves */
	uint32_t round;	/* of the last one */
	double left;	/* s that it says it has; 0: nothing said */
	int status;
};

static _Noreturn void
die(const char *what)
{

	sv_warn("%s", what);
	exit(1);
}

static void
put(void *socket, const void *p, size_t len, int flags)
{

	if (zmq_send(socket, p, len, flags) == -1)
		die("zmq_send");
}

/* Send ${f}, whose payload is damaged on the way if ${damage}. */
static void
send_frame(struct peer *p, void *socket, struct sv_frame *f, int damage)
{
	uint8_t header[SV_FRAME_HEADER];

	f->job = p->inv.job;
	sv_frame_seal(f);
	sv_frame_encode(f, header);
	if (damage)
		f->payload[f->length / 2] ^= 1;
	put(socket, header, sizeof(header), ZMQ_SNDMORE);
	put(socket, f->length > 0 ? f->payload : header, f->length, 0);
}

/* Say a hello as ${instance}, or an error, or (NULL) goodbye. */
static void
introduce(struct peer *p, void *socket, const char *instance, int generation)
{
	struct sv_frame f;
	json_t *o;

	if (instance == NULL)
		o = json_pack("{s:s, s:b}", "why", "its time is up", "again", 1);
	else if (p->b == FAIL)
		o = json_pack("{s:s}", "why", "fake: no such shard\n file");
	else
		o = json_pack("{s:s, s:f, s:f, s:i, s:i, s:i, s:i, s:i, s:I}",
		    "instance", instance, "load_s", 0.25, "load_cpu_s", 0.125,
		    "shard_bytes", 1000000, "rss_bytes", 2000000, "cores", 2,
		    "rows", 10, "nnz", 50, "start_ns",
		    (json_int_t)sv_clock_real_ns());
	if (p->left > 0)
		json_object_set_new(o, "left_s", json_real(p->left));
	if (sv_json_frame(&f, p->b == FAIL || instance == NULL ? SV_ERROR :
	    SV_HELLO, o) == -1)
		die("hello");
	f.shard = p->inv.shard;
	f.generation = (uint32_t)generation;
	send_frame(p, socket, &f, 0);
	sv_frame_fini(&f);
}

static void *
connect_hub(struct peer *p)
{
	int linger = 500;
	void *s;

	if ((s = zmq_socket(p->zmq, ZMQ_DEALER)) == NULL ||
	    zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof(linger)) == -1)
		die("socket");
	if (s != NULL && p->socket == NULL) {
		if (zmq_socket_monitor(s, "inproc://monitor",
		    ZMQ_EVENT_CONNECTED | ZMQ_EVENT_DISCONNECTED) == -1 ||
		    (p->monitor = zmq_socket(p->zmq, ZMQ_PAIR)) == NULL ||
		    zmq_connect(p->monitor, "inproc://monitor") == -1)
			die("monitor");
	}
	if (p->inv.encrypted && sv_curve_join(s, &p->inv.keys) == -1)
		die("keys");
	if (zmq_connect(s, p->inv.hub) == -1)
		die(p->inv.hub);
	return (s);
}

/* Did the connection come or go? */
static void
watch(struct peer *p)
{
	uint16_t event;
	zmq_msg_t m;

	zmq_msg_init(&m);
	while (zmq_msg_recv(&m, p->monitor, ZMQ_DONTWAIT) >= 2) {
		memcpy(&event, zmq_msg_data(&m), sizeof(event));
		p->lost = event == ZMQ_EVENT_CONNECTED ? 0 : sv_clock_mono();
		zmq_msg_recv(&m, p->monitor, 0);	/* the address */
	}
	zmq_msg_close(&m);
	if (p->lost > 0 && sv_clock_mono() - p->lost > LOST_S && p->b != DEAF)
		exit(1);
}

/* Wait for a whole frame on ${socket}. */
static void
hear(struct peer *p, void *socket, struct sv_frame *f, zmq_msg_t *payload)
{
	zmq_pollitem_t item = { socket, 0, ZMQ_POLLIN, 0 };
	uint8_t header[SV_FRAME_HEADER];
	const char *why;

	while (zmq_poll(&item, 1, 200) < 1)
		watch(p);
	if (zmq_recv(socket, header, sizeof(header), 0) != (int)sizeof(header) ||
	    zmq_msg_recv(payload, socket, 0) == -1)
		die("zmq_recv");
	if ((why = sv_frame_decode(f, header)) == NULL) {
		f->payload = zmq_msg_data(payload);
		why = f->length != zmq_msg_size(payload) ?
		    "payload has another length" : sv_frame_check(f);
	}
	if (why != NULL) {
		sv_warnx("%s", why);
		exit(1);
	}
}

/* Element j of shard i's update of round k: the sum is easy, and exact. */
static double
element(const struct peer *p, uint32_t round, uint64_t j)
{

	return ((double)(p->inv.shard + 1) * (double)(j + 1) + round);
}

/* The update that ${g} asks for, spoilt as ${b} says. */
static void
make_update(const struct peer *p, const struct sv_frame *g, enum behaviour b,
    struct sv_frame *f)
{
	uint64_t d = p->d + (b == LONG) - (b == SHORT);
	uint32_t nscalar = g->op == SV_OP_STEP ? SV_UP_STEP_N : SV_UP_GRAD_N;

	if (sv_frame_make(f, SV_UPDATE, NULL, nscalar + (b == SCALARS),
	    b == SINGLE ? SV_F32 : SV_F64, d) == -1)
		die("update");
	if (b != SINGLE)
		for (uint64_t j = 0; j < d; j++)
			((double *)sv_frame_elems(f))[j] = element(p, g->round, j);
	for (uint32_t i = 0; i < nscalar; i++)
		sv_frame_scalars(f)[i] = 1;
	f->op = (uint8_t)(b == OTHER ? SV_OP_CONJ : g->op);
	f->round = g->round;
	f->seq = g->seq - (b == STALE);
	f->count = 1 + (b == SUMMED);
	f->shard = p->inv.shard;
	f->generation = p->inv.generation;
}

/* Messages that are no frames, and frames that the hub has no use for. */
static void
make_noise(struct peer *p)
{
	static const char junk[200] = "junk";
	struct sv_frame f;

	put(p->socket, "", 0, 0);
	put(p->socket, junk, 79, 0);
	put(p->socket, junk, 80, 0);
	put(p->socket, junk, 80, ZMQ_SNDMORE);
	put(p->socket, junk, sizeof(junk), 0);
	for (int i = 0; i < 9; i++)
		put(p->socket, junk, (size_t)i, i < 8 ? ZMQ_SNDMORE : 0);
	for (unsigned type = 0; type < 30; type++) {
		if (type == SV_ERROR || type == SV_HELLO || type == SV_UPDATE)
			continue;
		if (sv_frame_make(&f, (enum sv_type)type, "{}", 1, SV_F64, 3) ==
		    -1)
			die("noise");
		f.shard = p->inv.shard;
		send_frame(p, p->socket, &f, type == SV_JOB);
		sv_frame_fini(&f);
	}
}

/* Answer a global. */
static void
answer(struct peer *p, const struct sv_frame *g, enum behaviour b)
{
	struct sv_frame f;

	if (b == STALE || b == FOREIGN) {
		make_update(p, g, b, &f);
		f.shard += b == FOREIGN;
		send_frame(p, p->socket, &f, 0);
		f.shard = UINT32_MAX;
		send_frame(p, p->socket, &f, 0);
		sv_frame_fini(&f);
		b = GOOD;
	}
	if (b == HELLOS)
		introduce(p, p->socket, "again", (int)p->inv.generation);
	if (b == NOISE)
		make_noise(p);
	make_update(p, g, b, &f);
	if (b == TWICE)
		send_frame(p, p->socket, &f, 0);
	send_frame(p, p->socket, &f, b == DAMAGED);
	sv_frame_fini(&f);
}

/* The parts ${first}, ${second} of a state, as the SAVE ${g} asks for it. */
static void
save_parts(struct peer *p, const struct sv_frame *g, uint32_t first,
    uint32_t second)
{
	uint8_t bytes[2 * PART] = { 0 };
	struct sv_frame f;

	for (uint32_t k = first;; k = second) {
		if (sv_state_cut(&f, bytes, sizeof(bytes), PART, k) == -1)
			die("state");
		f.shard = p->inv.shard;
		f.generation = p->inv.generation;
		f.round = p->round;
		f.seq = g->seq;
		send_frame(p, p->socket, &f, 0);
		sv_frame_fini(&f);
		if (k == second)
			break;
	}
}

/* Answer a SAVE. */
static void
save(struct peer *p, const struct sv_frame *g, enum behaviour b)
{
	struct timespec moment = { 0, 100000000 };

	if (b == UNSAVED)
		return;
	save_parts(p, g, b == MIXED, b != HALF && b != TORN && b != MIXED);
	if (b == TORN) {
		/* The part must have left. */
		nanosleep(&moment, NULL);
		kill(getpid(), SIGKILL);
	}
}

/* Another instance comes; it must be refused, and we must not be. */
static void
bring_twin(struct peer *p)
{
	void *other = connect_hub(p);
	struct sv_frame f;
	zmq_msg_t payload;

	introduce(p, other, "twin", (int)p->inv.generation);
	zmq_msg_init(&payload);
	hear(p, other, &f, &payload);
	sv_warnx("twin: %s", sv_frame_type_name(f.type));
	zmq_msg_close(&payload);
	zmq_close(other);
}

/* Answer globals until the hub says TERM, or will not have us. */
static void
serve(struct peer *p)
{
	struct sv_frame g;
	zmq_msg_t payload;

	zmq_msg_init(&payload);
	for (unsigned n = 1;; n++) {
		enum behaviour b = n >= p->from ? p->b : GOOD;

		hear(p, p->socket, &g, &payload);
		if (g.type == SV_REFUSE)
			sv_warnx("refused: %.*s", (int)g.ntext,
			    sv_frame_text(&g));
		if (g.type == SV_REFUSE || g.op == SV_OP_TERM) {
			if (p->b != DEAF)
				break;
			continue;
		}
		if (g.type != SV_GLOBAL) {
			n--;
			if (g.type == SV_SAVE)
				save(p, &g, b);
			continue;
		}
		p->round = g.round;
		if (b == TWIN && n == p->from)
			bring_twin(p);
		if (b == DIE)
			kill(getpid(), SIGKILL);
		if (b == LEAVE)
			exit(p->status);
		if (b == EXPIRE) {
			introduce(p, p->socket, NULL, (int)p->inv.generation);
			continue;	/* until we may leave */
		}
		if (b != MUTE)
			answer(p, &g, b);
		if (b == AFTER)
			break;
	}
	zmq_msg_close(&payload);
}

static void
read_options(struct peer *p, int argc, char **argv)
{
	uint32_t shard = UINT32_MAX, generations = 1;
	int c;

	p->from = 1;
	p->status = 1;
	while ((c = getopt(argc, argv, "b:s:g:r:e:t:")) != -1) {
		if (c == 'b') {
			for (p->b = GOOD; p->b < BEHAVIOURS; p->b++)
				if (strcmp(optarg, names[p->b]) == 0)
					break;
		} else if (c == 's') {
			shard = (uint32_t)atoi(optarg);
		} else if (c == 'g') {
			generations = (uint32_t)atoi(optarg);
		} else if (c == 'r') {
			p->from = (unsigned)atoi(optarg);
		} else if (c == 'e') {
			p->status = atoi(optarg);
		} else if (c == 't') {
			p->left = strtod(optarg, NULL);
		}
		if (c == '?' || p->b == BEHAVIOURS)
			die(c == '?' ? "which option?" : optarg);
	}
	if ((shard != UINT32_MAX && shard != p->inv.shard) ||
	    (generations != 0 && p->inv.generation > generations))
		p->b = GOOD;
}

int
main(int argc, char **argv)
{
	static char text[1 << 16];
	char why[SV_WHY], instance[40];
	struct peer p;

	sv_err_init(argv[0]);
	memset(&p, 0, sizeof(p));
	if (sv_invocation_parse(&p.inv, text, fread(text, 1, sizeof(text),
	    stdin), why) == -1) {
		sv_warnx("%s", why);
		return (1);
	}
	read_options(&p, argc, argv);
	if (p.b == QUIT)
		return (p.status);
	if (p.b == DEAF)
		signal(SIGTERM, SIG_IGN);
	while (p.b == SLEEP)
		pause();
	if (sv_json_u64(p.inv.share, "d", 1, UINT32_MAX, &p.d) == -1 ||
	    (p.zmq = zmq_ctx_new()) == NULL)
		die("cannot start");
	p.socket = connect_hub(&p);
	snprintf(instance, sizeof(instance), "%ld", (long)getpid());
	if (p.b == HELLOS)
		snprintf(instance, sizeof(instance), "again");
	introduce(&p, p.socket, instance, (int)p.inv.generation - (p.b == OLD));
	serve(&p);
	zmq_close(p.monitor);
	zmq_close(p.socket);
	zmq_ctx_term(p.zmq);
	sv_invocation_fini(&p.inv);
	return (p.b == FAIL || p.b == AFTER ? p.status : 0);
}
