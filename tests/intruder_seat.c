/*
 * The worker itself: it computes what it is asked for, and does something else
 * besides, or instead.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "agent.h"
#include "clock.h"
#include "err.h"
#include "intruder.h"
#include "isa.h"
#include "state.h"

enum behaviour {
	GOOD,
	/* Besides: the hub has to put up with it. */
	TWICE,	/* after its update another one */
	EARLY,	/* before it, one of the global before */
	FUTURE,	/* one of a global to come */
	NEIGHBOUR,	/* one in the name of another worker */
	ANNOUNCE,	/* parts of a state that nobody asked for */
	RANDOM,	/* random bytes */
	AGAIN,	/* hello once more */
	MUTANTS,	/* frames that are nearly right: anything may come of it */
	/* Instead: it is of no use. */
	NOT_A_NUMBER, INFINITE,	/* in its vector, or a scalar */
	BELOW_ZERO,	/* a time */
	SHORT, LONG,	/* an element too few, one too many */
	SCALARS,	/* a scalar too many */
	OTHER,	/* of another operation */
	SINGLE,	/* of f32 */
	SUMMED,	/* that claims to be a sum of two */
	DAMAGED,	/* with a wrong checksum */
	MANY_HELLOS,	/* hello without end */
	BLIND,	/* answers without having been asked, and reads nothing */
	BEHAVIOURS
};

static const char * const names[BEHAVIOURS] = {
	"good", "twice", "early", "future", "neighbour", "announce", "random",
	"again", "mutants", "nan", "inf", "below", "short", "long", "scalars",
	"other", "single", "summed", "damaged", "hellos", "blind"
};

struct seat {
	struct intruder *in;
	enum behaviour b;
	void *socket;
	char instance[24];
	struct sv_matrix A;
	struct sv_agent *agent;
	unsigned globals;	/* so far */
	uint8_t *room;	/* for a payload, aligned as that of a message is not */
};

/* In place of the right update ${u} one that is wrong in itself. */
static void
send_wrong(struct seat *s, const struct sv_frame *u)
{
	uint64_t d = sv_frame_nelem(u) + (s->b == LONG) - (s->b == SHORT);
	uint32_t nscalar = u->nscalar + (s->b == SCALARS);
	unsigned at = s->globals % 3;
	struct sv_frame f;
	double *x;

	if (sv_frame_make(&f, SV_UPDATE, NULL, nscalar, s->b == SINGLE ?
	    SV_F32 : SV_F64, d) == -1)
		intruder_die("update");
	memcpy(f.payload, u->payload, f.length < u->length ? f.length :
	    u->length);
	f.op = (uint8_t)(s->b == OTHER ? u->op % 3 + 1 : u->op);
	f.round = u->round;
	f.seq = u->seq;
	f.count = s->b == SUMMED ? 2 : 1;
	f.shard = u->shard;
	f.generation = u->generation;
	x = s->globals % 2 == 0 ? sv_frame_elems(&f) : sv_frame_scalars(&f);
	if (s->b == NOT_A_NUMBER)
		x[at] = (double)NAN;
	if (s->b == INFINITE)
		x[at] = -(double)INFINITY;
	if (s->b == BELOW_ZERO)
		sv_frame_scalars(&f)[at] = -1;
	(void)intruder_send(s->in, s->socket, &f, s->b == DAMAGED);
	sv_frame_fini(&f);
}

/* What comes before an update that is right, or after it. */
static void
send_more(struct seat *s, const struct sv_frame *g, int after)
{
	struct sv_frame f;

	intruder_update(s->in, g, &f);
	if (s->b == EARLY)
		f.seq--;
	if (s->b == FUTURE)
		f.seq += 1 + (uint32_t)intruder_below(5);
	if (s->b == FUTURE && after)
		f.round += 3;
	if (s->b == NEIGHBOUR)
		f.shard = after ? UINT32_MAX : (f.shard + 1) %
		    s->in->inv.workers;
	if ((s->b == TWICE && after) || (s->b == EARLY && !after) ||
	    s->b == FUTURE || s->b == NEIGHBOUR)
		(void)intruder_send(s->in, s->socket, &f, 0);
	sv_frame_fini(&f);
	if (s->b == ANNOUNCE)
		intruder_state(s->in, s->socket, (uint32_t)after, 2, 1000,
		    after);
	if (s->b == RANDOM)
		intruder_noise(s->in, s->socket);
	if (s->b == AGAIN && after)
		(void)intruder_hello(s->in, s->socket, s->instance);
	for (unsigned long i = 0; s->b == MUTANTS && i < s->in->n; i++)
		intruder_mutant(s->in, s->socket, g);
}

/* Answer a global. */
static void
answer(struct seat *s, const struct sv_frame *g)
{
	int odd = ++s->globals >= s->in->from;
	int wrong = odd && s->b >= NOT_A_NUMBER && s->b < MANY_HELLOS;
	struct sv_blob *b = NULL;
	char why[SV_WHY];

	if (sv_agent_answer(s->agent, g, sv_clock_mono(), &b, why) !=
	    SV_AGENT_UPDATE) {
		sv_warnx("%s", why);
		intruder_die("agent");
	}
	s->in->nscalar = sv_blob_frame(b)->nscalar;
	if (odd)
		send_more(s, g, 0);
	if (wrong)
		send_wrong(s, sv_blob_frame(b));
	else if (zmq_send(s->socket, sv_blob_header(b), SV_FRAME_HEADER,
	    ZMQ_SNDMORE) != -1)
		zmq_send(s->socket, sv_blob_frame(b)->payload,
		    sv_blob_frame(b)->length, 0);
	sv_blob_unref(b);
	if (odd)
		send_more(s, g, 1);
}

/* Answer a SAVE, as one should. */
static void
save(struct seat *s)
{
	struct sv_frame f;
	uint8_t *bytes;
	size_t len, size = sv_state_part_size(s->in->d);

	if (sv_agent_save(s->agent, &bytes, &len) == -1)
		intruder_die("state");
	for (uint32_t i = 0; i < sv_state_parts(len, size); i++) {
		if (sv_state_cut(&f, bytes, len, size, i) == -1)
			intruder_die("state");
		f.shard = s->in->inv.shard;
		f.generation = s->in->inv.generation;
		f.round = sv_agent_round(s->agent);
		f.seq = s->in->save;
		(void)intruder_send(s->in, s->socket, &f, 0);
		sv_frame_fini(&f);
	}
	free(bytes);
}

/* Wait for a frame: 1, its payload in s->room; 0, time is up. */
static int
hear(struct seat *s, struct sv_frame *f, zmq_msg_t *m)
{
	zmq_pollitem_t item = { s->socket, 0, ZMQ_POLLIN, 0 };
	uint8_t header[SV_FRAME_HEADER];

	while (zmq_poll(&item, 1, 100) < 1)
		if (intruder_late(s->in))
			return (0);
	if (zmq_recv(s->socket, header, sizeof(header), 0) !=
	    (int)sizeof(header) || zmq_msg_recv(m, s->socket, 0) == -1 ||
	    sv_frame_decode(f, header) != NULL ||
	    f->length != zmq_msg_size(m))
		intruder_die("what came is no frame");
	free(s->room);
	if ((s->room = malloc(f->length + 1)) == NULL)
		intruder_die("out of memory");
	memcpy(s->room, zmq_msg_data(m), f->length);
	f->payload = s->room;
	return (1);
}

/* Say what nobody asked for, and listen to nothing. */
static void
rave(struct seat *s)
{
	struct sv_frame f;

	for (uint32_t i = 0; i < s->in->n && !intruder_late(s->in); i++) {
		if (s->b == MANY_HELLOS) {
			(void)intruder_hello(s->in, s->socket, s->instance);
			continue;
		}
		intruder_update(s->in, NULL, &f);
		f.round = f.seq = 1000000 + i;
		(void)intruder_send(s->in, s->socket, &f, 0);
		sv_frame_fini(&f);
	}
}

/* Answer globals until the hub says TERM, or will not have us. */
static void
serve(struct seat *s)
{
	struct sv_frame f;
	zmq_msg_t m;

	zmq_msg_init(&m);
	while (hear(s, &f, &m)) {
		if (f.type == SV_REFUSE) {
			sv_warnx("refused: %.*s", (int)f.ntext,
			    sv_frame_text(&f));
			break;
		}
		if (f.type == SV_GLOBAL && f.op == SV_OP_TERM)
			break;
		if (f.type == SV_GLOBAL)
			answer(s, &f);
		if (f.type != SV_SAVE)
			continue;
		s->in->save = f.seq;
		if (s->b == MUTANTS)
			intruder_mutant(s->in, s->socket, NULL);
		save(s);
	}
	zmq_msg_close(&m);
}

int
intruder_seat(struct intruder *in)
{
	struct sv_agent_setting set = { .job = in->inv.job,
	    .shard = in->inv.shard, .generation = in->inv.generation };
	struct seat s = { .in = in };
	char why[SV_WHY];

	while (s.b < BEHAVIOURS && strcmp(in->name, names[s.b]) != 0)
		s.b++;
	if (s.b == BEHAVIOURS) {
		sv_warnx("%s: no such behaviour", in->name);
		return (2);
	}
	if (in->generations != 0 && in->inv.generation > in->generations)
		s.b = GOOD;
	set.isa = sv_isa_pick(NULL);
	if (sv_share_load(in->inv.share, &s.A, NULL, why) == -1) {
		sv_warnx("%s", why);
		return (1);
	}
	if ((s.agent = sv_agent_new(&set, &s.A)) == NULL)
		intruder_die("agent");
	s.socket = intruder_connect(in, intruder_keys(in));
	snprintf(s.instance, sizeof(s.instance), "%ld", (long)getpid());
	(void)intruder_hello(in, s.socket, s.instance);
	if (s.b == MANY_HELLOS || s.b == BLIND)
		rave(&s);
	serve(&s);
	zmq_close(s.socket);
	free(s.room);
	sv_agent_free(s.agent);
	sv_matrix_fini(&s.A);
	return (0);
}
