#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "part.h"
#include "zap.h"

#define ENDPOINT "inproc://zeromq.zap.01"
#define MOST 256	/* questions at a time */
#define ROOM 64u	/* for a part that matters */

struct sv_zap {
	void *socket;
	const struct sv_keyring *ring;
};

/* The parts of a question; of what follows the credentials nothing is kept. */
enum { VERSION, REQUEST, DOMAIN, ADDRESS, IDENTITY, MECHANISM, CREDENTIALS,
    PARTS };

struct question {
	char part[PARTS][ROOM];
	size_t len[PARTS];	/* as it came: may be more than ROOM */
	unsigned n;	/* parts that came */
};

struct sv_zap *
sv_zap_new(void *zmq, const struct sv_keyring *ring)
{
	int linger = 0, saved;
	struct sv_zap *z;

	if ((z = calloc(1, sizeof(*z))) == NULL)
		return (NULL);
	z->ring = ring;
	if ((z->socket = zmq_socket(zmq, ZMQ_REP)) == NULL)
		goto fail;
	if (zmq_setsockopt(z->socket, ZMQ_LINGER, &linger,
	    sizeof(linger)) == -1 || zmq_bind(z->socket, ENDPOINT) == -1)
		goto fail;
	return (z);

fail:
	saved = zmq_errno();
	sv_zap_free(z);
	errno = saved;
	return (NULL);
}

void
sv_zap_free(struct sv_zap *z)
{

	if (z == NULL)
		return;
	if (z->socket != NULL)
		zmq_close(z->socket);
	free(z);
}

void *
sv_zap_socket(struct sv_zap *z)
{

	return (z->socket);
}

/* Read a question whole; 0 if there is none. */
static int
receive(void *socket, struct question *q)
{
	char rest[ROOM];
	int more = 1, n;
	size_t size = sizeof(more);

	memset(q, 0, sizeof(*q));
	while (more) {
		n = sv_part_receive(socket, q->n < PARTS ? q->part[q->n] : rest,
		    ROOM, ZMQ_DONTWAIT);
		if (n == -1)
			return (0);
		if (q->n < PARTS)
			q->len[q->n] = (size_t)n;
		q->n++;
		if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) == -1)
			return (0);
	}
	return (1);
}

static int
is(const struct question *q, unsigned part, const char *text)
{

	return (q->len[part] == strlen(text) &&
	    memcmp(q->part[part], text, q->len[part]) == 0);
}

/* Whose key is it?  0: nobody's that we know. */
static int
judge(const struct sv_zap *z, const struct question *q,
    struct sv_keyring_owner *owner)
{

	return (q->n == PARTS && is(q, VERSION, "1.0") &&
	    is(q, MECHANISM, "CURVE") && q->len[CREDENTIALS] == SV_CURVE_KEY &&
	    sv_keyring_find(z->ring, (const uint8_t *)q->part[CREDENTIALS],
	    owner));
}

static void
answer(void *socket, const struct question *q, int good, const char *user)
{
	size_t id = q->len[REQUEST] < ROOM ? q->len[REQUEST] : ROOM;
	int more = ZMQ_SNDMORE | ZMQ_DONTWAIT;

	/* To our own process: nothing of it waits, and nothing is lost. */
	sv_part_send(socket, "1.0", 3, more);
	sv_part_send(socket, q->part[REQUEST], id, more);
	sv_part_send(socket, good ? "200" : "400", 3, more);
	sv_part_send(socket, "", 0, more);
	sv_part_send(socket, user, strlen(user), more);
	sv_part_send(socket, "", 0, ZMQ_DONTWAIT);
}

unsigned
sv_zap_serve(struct sv_zap *z)
{
	struct sv_keyring_owner owner;
	struct question q;
	unsigned refused = 0;
	char user[32];

	for (int i = 0; i < MOST && receive(z->socket, &q); i++) {
		user[0] = '\0';
		if (judge(z, &q, &owner))
			snprintf(user, sizeof(user), "%" PRIu32 ".%" PRIu32,
			    owner.shard, owner.generation);
		else
			refused++;
		answer(z->socket, &q, user[0] != '\0', user);
	}
	return (refused);
}
