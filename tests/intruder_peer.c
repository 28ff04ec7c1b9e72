/*
 * Connections of ZeroMQ beside that of the worker: without its keys, and with
 * them.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "clock.h"
#include "err.h"
#include "intruder.h"
#include "json.h"

#define SOON_MS 3000	/* in which a handshake ends */
#define QUIET_MS 300	/* in which an answer comes */
#define FLOOD 40	/* connections at once */
#define ENDINGS (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | \
    ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | \
    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | \
    ZMQ_EVENT_DISCONNECTED)

/* The next event of that monitor, or 0 if there is none in ${ms}. */
static unsigned
event_of(void *monitor, int ms)
{
	zmq_pollitem_t item = { monitor, 0, ZMQ_POLLIN, 0 };
	uint16_t event = 0;
	zmq_msg_t m;

	if (zmq_poll(&item, 1, ms) < 1)
		return (0);
	zmq_msg_init(&m);
	if (zmq_msg_recv(&m, monitor, 0) >= (int)sizeof(event))
		memcpy(&event, zmq_msg_data(&m), sizeof(event));
	zmq_msg_recv(&m, monitor, 0);	/* the address */
	zmq_msg_close(&m);
	return (event);
}

/*
 * Connect with these keys, or none, and say hello.  1: the handshake was done,
 * so somebody was let in; 0: it failed.
 */
static int
is_let_in(struct intruder *in, const struct sv_curve_keys *keys)
{
	char name[40];
	unsigned event;
	void *s, *monitor;

	if ((s = zmq_socket(in->zmq, ZMQ_DEALER)) == NULL ||
	    (monitor = zmq_socket(in->zmq, ZMQ_PAIR)) == NULL)
		intruder_die("socket");
	snprintf(name, sizeof(name), "inproc://monitor-%lu", in->sent);
	if (zmq_socket_monitor(s, name, ENDINGS) == -1 ||
	    zmq_connect(monitor, name) == -1)
		intruder_die("monitor");
	if (keys != NULL && sv_curve_join(s, keys) == -1)
		intruder_die("keys");
	zmq_setsockopt(s, ZMQ_LINGER, &(int){ 0 }, sizeof(int));
	if (zmq_connect(s, in->inv.hub) == -1)
		intruder_die(in->inv.hub);
	(void)intruder_hello(in, s, "intruder");
	event = event_of(monitor, SOON_MS);
	zmq_close(s);
	zmq_close(monitor);
	return (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

/* So often; status 1 if it was let in once. */
static int
knock(struct intruder *in, const struct sv_curve_keys *keys)
{
	int status = 0;

	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++)
		if (is_let_in(in, keys)) {
			sv_warnx("was let in");
			status = 1;
		}
	return (status);
}

int
intruder_nokey(struct intruder *in)
{

	return (knock(in, NULL));
}

int
intruder_server(struct intruder *in)
{
	struct sv_curve_keys keys = in->inv.keys;
	struct sv_curve_pair other;

	if (sv_curve_make(&other) == -1)
		intruder_die("keys");
	memcpy(keys.hub, other.public, sizeof(keys.hub));
	return (knock(in, &keys));
}

int
intruder_stranger(struct intruder *in)
{
	struct sv_curve_keys keys = in->inv.keys;

	if (sv_curve_make(&keys.own) == -1)
		intruder_die("keys");
	return (knock(in, &keys));
}

/*
 * Read away what has come, waiting ${ms} for the first of it.  Return how many
 * frames there were, or -1 if one of them was a GLOBAL with work.
 */
static int
drain(void *socket, int ms)
{
	zmq_pollitem_t item = { socket, 0, ZMQ_POLLIN, 0 };
	uint8_t header[SV_FRAME_HEADER];
	struct sv_frame f;
	zmq_msg_t payload;
	int n = 0;

	zmq_msg_init(&payload);
	while (zmq_poll(&item, 1, n == 0 ? ms : 0) == 1) {
		if (zmq_recv(socket, header, sizeof(header), 0) !=
		    (int)sizeof(header) ||
		    zmq_msg_recv(&payload, socket, 0) == -1)
			break;
		n++;
		if (sv_frame_decode(&f, header) == NULL &&
		    f.type == SV_GLOBAL && f.op != SV_OP_TERM) {
			sv_warnx("was given work");
			n = -1;
			break;
		}
	}
	zmq_msg_close(&payload);
	return (n);
}

/*
 * Wait for so many answers, or until none has come for a while: closing a
 * connection on which something is unread throws away what was sent.  Return
 * -1 if one of them was a GLOBAL with work.
 */
static int
settle(const struct intruder *in, void *socket, unsigned long answers)
{
	int n = 1;

	while (answers > 0 && n > 0 && !intruder_late(in)) {
		n = drain(socket, QUIET_MS);
		answers -= n > 0 && (unsigned long)n < answers ?
		    (unsigned long)n : answers;
	}
	return (n == -1 ? -1 : 0);
}

/* A hello and two updates in the worker's name; what comes of it? */
static int
pretend(struct intruder *in, void *s)
{
	struct sv_frame f;

	(void)intruder_hello(in, s, "intruder");
	intruder_update(in, NULL, &f);
	(void)intruder_send(in, s, &f, 0);
	f.seq++;
	(void)intruder_send(in, s, &f, 0);
	sv_frame_fini(&f);
	return (drain(s, 500));
}

/* Is the worker there already?  Then another one of the same name is refused. */
int
intruder_ghost(struct intruder *in)
{
	void *s = intruder_connect(in, intruder_keys(in));
	int status = 0;

	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++)
		if (pretend(in, s) == -1)
			status = 1;
	zmq_close(s);
	return (status);
}

int
intruder_other(struct intruder *in)
{
	void *s = intruder_connect(in, intruder_keys(in));
	int status = 0;
	struct sv_frame f;

	in->inv.shard = (in->inv.shard + 1) % in->inv.workers;
	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++) {
		if (pretend(in, s) == -1)
			status = 1;
		if (sv_json_frame(&f, SV_ERROR, json_pack("{s:s}", "why",
		    "the intruder says so")) == -1)
			intruder_die("error");
		f.shard = in->inv.shard;
		f.generation = in->inv.generation;
		(void)intruder_send(in, s, &f, 0);
		sv_frame_fini(&f);
		intruder_state(in, s, 0, 1, 100, 0);
	}
	zmq_close(s);
	return (status);
}

int
intruder_random(struct intruder *in)
{
	void *s = intruder_connect(in, intruder_keys(in));

	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++)
		intruder_noise(in, s);
	zmq_close(s);
	return (0);
}

int
intruder_mutate(struct intruder *in)
{
	void *s = intruder_connect(in, intruder_keys(in));

	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++) {
		intruder_mutant(in, s, NULL);
		if (i % 64 == 0)
			(void)drain(s, 0);
	}
	while (drain(s, 100) > 0)
		;
	zmq_close(s);
	return (0);
}

/* A second instance says again and again that it, or (-e) anybody, cannot go on. */
int
intruder_errors(struct intruder *in)
{
	void *s = intruder_connect(in, intruder_keys(in));
	struct sv_frame f;

	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++) {
		if (sv_json_frame(&f, SV_ERROR, json_pack("{s:s, s:b}", "why",
		    "the intruder says so", "again", !in->errors ||
		    i % 2 == 1)) == -1)
			intruder_die("error");
		f.shard = in->inv.shard;
		f.generation = in->inv.generation;
		(void)intruder_send(in, s, &f, 0);
		sv_frame_fini(&f);
	}
	(void)settle(in, s, in->sent);
	zmq_close(s);
	return (0);
}

int
intruder_hellos(struct intruder *in)
{
	void *s = intruder_connect(in, intruder_keys(in));
	int status = 0;

	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++) {
		(void)intruder_hello(in, s, "intruder");
		if (i % 64 == 63 && settle(in, s, 64) == -1)
			status = 1;
	}
	zmq_close(s);
	return (status);
}

/* Parts of states: as long as a message may be, longer, damaged, none. */
int
intruder_states(struct intruder *in)
{
	void *s = intruder_connect(in, intruder_keys(in));

	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++)
		intruder_state(in, s, (uint32_t)intruder_below(3),
		    intruder_below(2) ? 3 : 65536, i % 16 == 0 ? 1 << 20 :
		    i % 16 == 8 ? 16 << 20 : intruder_below(1000), i % 3 == 0);
	zmq_close(s);
	return (0);
}

int
intruder_connects(struct intruder *in)
{
	int little = 500;

	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++) {
		void *s = intruder_connect(in, intruder_keys(in));

		(void)intruder_hello(in, s, "intruder");
		zmq_setsockopt(s, ZMQ_LINGER, &little, sizeof(little));
		zmq_close(s);
	}
	return (0);
}

/*
 * Connections that send more than is read at once, and are reset: what they
 * were sent is unread.  They are old enough for a heartbeat by then, and every
 * second one has sent pings as fast as it can.
 */
int
intruder_flood(struct intruder *in)
{
	int none = 0, often = 1;
	void *s[FLOOD];

	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++) {
		for (int k = 0; k < FLOOD; k++) {
			if ((s[k] = zmq_socket(in->zmq, ZMQ_DEALER)) == NULL)
				intruder_die("socket");
			if (k % 2 == 1)
				zmq_setsockopt(s[k], ZMQ_HEARTBEAT_IVL, &often,
				    sizeof(often));
			intruder_join(in, s[k], intruder_keys(in));
			(void)intruder_hello(in, s[k], "intruder");
		}
		zmq_poll(NULL, 0, 1900 + (long)intruder_below(200));
		for (int k = 0; k < FLOOD; k++) {
			for (int j = 0; j < 500; j++)
				(void)intruder_hello(in, s[k], "intruder");
			zmq_setsockopt(s[k], ZMQ_LINGER, &none, sizeof(none));
			zmq_close(s[k]);
		}
	}
	return (0);
}

/* Hellos, which are answered; but nobody reads the answers. */
int
intruder_deaf(struct intruder *in)
{
	int one = 1, little = 4096;
	void *s;

	if ((s = zmq_socket(in->zmq, ZMQ_DEALER)) == NULL ||
	    zmq_setsockopt(s, ZMQ_RCVHWM, &one, sizeof(one)) == -1 ||
	    zmq_setsockopt(s, ZMQ_RCVBUF, &little, sizeof(little)) == -1 ||
	    zmq_setsockopt(s, ZMQ_LINGER, &one, sizeof(one)) == -1 ||
	    zmq_setsockopt(s, ZMQ_SNDTIMEO, &(int){ 1000 }, sizeof(int)) == -1)
		intruder_die("socket");
	if (intruder_keys(in) != NULL && sv_curve_join(s, &in->inv.keys) == -1)
		intruder_die("keys");
	if (zmq_connect(s, in->inv.hub) == -1)
		intruder_die(in->inv.hub);
	for (unsigned long i = 0; i < in->n && !intruder_late(in); i++)
		(void)intruder_hello(in, s, "intruder");
	zmq_close(s);
	return (0);
}
