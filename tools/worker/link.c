#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "clock.h"
#include "link.h"
#include "worker.h"

#define MONITOR "inproc://monitor"
#define LINGER_MS 2000
#define HEARTBEAT_MS 2000	/* between two pings */
#define SILENCE_MS 8000	/* without any sign the connection is cut */
#define RECONNECT_MS 100
#define RETRY_MS 10	/* until a greeting is tried again */
#define BACK_S 5.0	/* a cut connection has to be back by then */
#define EVENTS (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | \
    ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | \
    ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)

static int
set_int(void *socket, int option, int value)
{

	return (zmq_setsockopt(socket, option, &value, sizeof(value)));
}

/* The options of the DEALER. */
static int
configure(void *socket, int64_t maxsize)
{

	if (set_int(socket, ZMQ_LINGER, LINGER_MS) == -1 ||
	    set_int(socket, ZMQ_IMMEDIATE, 1) == -1 ||
	    set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS) == -1 ||
	    set_int(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) == -1 ||
	    set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, SILENCE_MS) == -1 ||
	    set_int(socket, ZMQ_HEARTBEAT_TTL, SILENCE_MS) == -1)
		return (-1);
	return (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &maxsize,
	    sizeof(maxsize)));
}

int
link_open(struct link *l, const char *hub, uint64_t job, int64_t maxsize,
    double timeout, const struct sv_curve_keys *keys)
{
	int saved;

	memset(l, 0, sizeof(*l));
	l->job = job;
	l->connect_timeout = timeout;
	l->since = sv_clock_mono();
	if ((l->zmq = zmq_ctx_new()) == NULL ||
	    (l->dealer = zmq_socket(l->zmq, ZMQ_DEALER)) == NULL ||
	    configure(l->dealer, maxsize) == -1 ||
	    (keys != NULL && sv_curve_join(l->dealer, keys) == -1) ||
	    zmq_socket_monitor(l->dealer, MONITOR, EVENTS) == -1 ||
	    (l->monitor = zmq_socket(l->zmq, ZMQ_PAIR)) == NULL ||
	    set_int(l->monitor, ZMQ_LINGER, 0) == -1 ||
	    zmq_connect(l->monitor, MONITOR) == -1 ||
	    zmq_connect(l->dealer, hub) == -1) {
		saved = errno;
		snprintf(l->why, sizeof(l->why), "%.80s: %.40s", hub,
		    zmq_strerror(saved));
		errno = saved;
		return (-1);
	}
	return (0);
}

static void
drop(struct link_global *g)
{

	if (g == NULL)
		return;
	zmq_msg_close(&g->msg);
	free(g->copy);
	free(g);
}

void
link_close(struct link *l)
{

	drop(l->next);
	parcel_drop(&l->parcel);
	sv_state_fini(&l->state);
	sv_blob_unref(l->greeting);
	/*
	 * The monitor's writer ends before its reader: libzmq's thread holds a
	 * lock while it writes, for ever if nobody reads, and to end it takes
	 * the same lock.
	 */
	if (l->dealer != NULL)
		zmq_socket_monitor(l->dealer, NULL, 0);
	if (l->monitor != NULL)
		zmq_close(l->monitor);
	if (l->dealer != NULL && (l->end == LINK_SIGNAL ||
	    l->end == LINK_DEADLINE))
		set_int(l->dealer, ZMQ_LINGER, 0);
	if (l->dealer != NULL)
		zmq_close(l->dealer);
	if (l->zmq != NULL)
		while (zmq_ctx_term(l->zmq) == -1 && errno == EINTR)
			continue;
	memset(l, 0, sizeof(*l));
}

/* The link is over, unless it has been before. */
static void
finish(struct link *l, enum link_end end, const char *why)
{

	if (l->end != LINK_OPEN)
		return;
	l->end = end;
	snprintf(l->why, sizeof(l->why), "%s", why);
}

void
link_limit(struct link *l, double deadline)
{

	l->deadline = deadline;
	if (l->end == LINK_DEADLINE)
		l->end = LINK_OPEN;
}

/* Called by ZeroMQ, from its thread, when a payload is sent. */
static void
release(void *data, void *hint)
{

	(void)data;
	sv_blob_unref(hint);
}

int
link_send(struct link *l, struct sv_blob *b)
{
	const struct sv_frame *f = sv_blob_frame(b);
	zmq_msg_t payload;

	if (!l->connected || (zmq_send(l->dealer, sv_blob_header(b),
	    SV_FRAME_HEADER, ZMQ_SNDMORE | ZMQ_DONTWAIT) == -1)) {
		sv_blob_unref(b);
		return (-1);
	}
	/* Once the first part is taken, the second one never has to wait. */
	if (zmq_msg_init_data(&payload, f->payload, f->length, release,
	    b) == -1) {
		sv_blob_unref(b);
		finish(l, LINK_MEMORY, "out of memory");
		return (-1);
	}
	if (zmq_msg_send(&payload, l->dealer, ZMQ_DONTWAIT) == -1) {
		zmq_msg_close(&payload);
		return (-1);
	}
	return (0);
}

int
link_greet(struct link *l, struct sv_frame *f)
{
	struct sv_blob *b;

	if ((b = sv_blob_new(f)) == NULL)
		return (-1);
	sv_blob_unref(l->greeting);
	l->greeting = b;
	l->due = l->connected;
	return (0);
}

static void
greet(struct link *l)
{

	if (l->due && l->greeting != NULL &&
	    link_send(l, sv_blob_ref(l->greeting)) == 0)
		l->due = 0;
}

/* The monitor's word: 2 bytes of event, then what is not needed here. */
static uint16_t
next_event(struct link *l)
{
	uint8_t bytes[6];
	uint16_t event = 0;
	int n, more;
	size_t len = sizeof(more);

	if ((n = zmq_recv(l->monitor, bytes, sizeof(bytes),
	    ZMQ_DONTWAIT)) == -1)
		return (0);
	if (n >= (int)sizeof(event))
		memcpy(&event, bytes, sizeof(event));
	while (zmq_getsockopt(l->monitor, ZMQ_RCVMORE, &more, &len) == 0 &&
	    more && zmq_recv(l->monitor, bytes, sizeof(bytes), 0) != -1)
		continue;
	return (event);
}

static void
on_cut(struct link *l)
{

	l->connected = 0;
	l->since = sv_clock_mono();
	/* The hub will say again what it still wants. */
	l->save = 0;
	parcel_hold(&l->parcel);
	if (l->whole == 0)
		sv_state_fini(&l->state);
}

static void
on_event(struct link *l)
{

	switch (next_event(l)) {
	case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
		l->connected = l->ever = l->due = 1;
		break;
	case ZMQ_EVENT_DISCONNECTED:
		if (l->connected)
			on_cut(l);
		break;
	case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
		/* It has been given to somebody else's successor. */
		finish(l, LINK_REFUSED, "the hub does not know its key, or no "
		    "longer");
		break;
	case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
	case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
		l->failed = 1;
		break;
	}
}

/* A SAVE of number ${seq}; the one whose state is on its way begins anew. */
static void
want_state(struct link *l, uint32_t seq)
{

	if (parcel_kept(&l->parcel, seq)) {
		parcel_rewind(&l->parcel);
		return;
	}
	l->save = seq;
	l->save_after = l->next != NULL;
}

/* A part of the state that this worker is to go on from. */
static void
give_state(struct link *l, const struct sv_frame *f)
{

	if (l->whole == 1)
		link_adopted(l);
	if (l->whole == -1)
		return;
	l->whole = sv_state_take(&l->state, f, l->unfit);
	if (l->whole != -1 && l->room > 0 && l->state.len > l->room) {
		snprintf(l->unfit, sizeof(l->unfit), "it takes %zu MB, and "
		    "there are %" PRIu64 " MB of memory left",
		    l->state.len >> 20, l->room >> 20);
		sv_state_fini(&l->state);
		l->whole = -1;
		errno = ENOMEM;
	}
}

/* Keep the GLOBAL ${g}, complete and checked, unless it is already at work. */
static void
keep(struct link *l, struct link_global *g)
{

	if (g->f.seq != 0 && g->f.seq == l->busy) {
		drop(g);
		return;
	}
	if (l->whole == 0)
		sv_state_fini(&l->state);
	drop(l->next);
	l->next = g;
}

/* Attach the second part to the header; NULL, or what is wrong. */
static const char *
attach(struct link_global *g)
{
	uint8_t *data = zmq_msg_data(&g->msg);

	if (zmq_msg_size(&g->msg) != g->f.length)
		return ("the payload's length is not the header's");
	if (g->f.length > 0 && (uintptr_t)data % sizeof(double) != 0) {
		if ((g->copy = malloc(g->f.length)) == NULL)
			return ("out of memory");
		memcpy(g->copy, data, g->f.length);
		data = g->copy;
	}
	g->f.payload = g->f.length > 0 ? data : NULL;
	return (sv_frame_check(&g->f));
}

/* What is to be done with a frame; NULL, or what is wrong. */
static const char *
dispatch(struct link *l, struct link_global *g)
{
	const char *what;

	if ((what = attach(g)) != NULL)
		return (what);
	if (g->f.job != 0 && g->f.job != l->job)
		return ("it belongs to another job");
	if (g->f.type == SV_REFUSE)
		finish(l, LINK_REFUSED, "");
	else if (g->f.type == SV_GLOBAL && g->f.op == SV_OP_TERM)
		finish(l, LINK_TERM, "");
	else if (g->f.type == SV_SAVE && g->f.seq != 0)
		want_state(l, g->f.seq);
	else if (g->f.type == SV_STATE)
		give_state(l, &g->f);
	else if (g->f.type == SV_GLOBAL) {
		keep(l, g);
		return (NULL);
	}
	drop(g);
	return (NULL);
}

/* The parts after the header: the last one into g->msg; returns how many. */
static int
receive_rest(struct link *l, struct link_global *g)
{
	int more, n = 0;
	size_t len = sizeof(more);

	while (zmq_getsockopt(l->dealer, ZMQ_RCVMORE, &more, &len) == 0 &&
	    more && zmq_msg_recv(&g->msg, l->dealer, 0) != -1)
		n++;
	return (n);
}

/* Read one message; 0 if there is none. */
static int
on_message(struct link *l)
{
	uint8_t header[SV_FRAME_HEADER];
	struct link_global *g;
	const char *what = "it is not a frame in two parts";
	int n;

	if ((n = zmq_recv(l->dealer, header, sizeof(header),
	    ZMQ_DONTWAIT)) == -1)
		return (0);
	if ((g = calloc(1, sizeof(*g))) == NULL) {
		finish(l, LINK_MEMORY, "out of memory");
		return (0);
	}
	zmq_msg_init(&g->msg);
	if (receive_rest(l, g) == 1 && n == (int)sizeof(header)) {
		g->received = sv_clock_mono();
		if ((what = sv_frame_decode(&g->f, header)) == NULL)
			what = dispatch(l, g);
	}
	if (what != NULL) {
		finish(l, LINK_BROKEN, what);
		drop(g);
	}
	return (1);
}

/* Is it too late for a connection? */
static void
on_time(struct link *l)
{
	double limit = l->ever ? BACK_S : l->connect_timeout;
	double now = sv_clock_mono();

	if (worker_signal != 0)
		finish(l, LINK_SIGNAL, "");
	else if (!l->connected && now - l->since > limit)
		finish(l, l->ever ? LINK_LOST : LINK_UNREACHED, "");
	else if (l->deadline > 0 && now >= l->deadline)
		finish(l, l->ever ? LINK_DEADLINE : LINK_UNREACHED, "");
}

/* ${ms} milliseconds, but not beyond the deadline. */
static long
until_deadline(const struct link *l, long ms)
{
	double left;

	if (l->deadline > 0) {
		left = (l->deadline - sv_clock_mono()) * 1e3;
		if (left < (double)ms)
			ms = left > 0 ? (long)left + 1 : 0;
	}
	return (ms);
}

void
link_pump(struct link *l, long ms)
{
	zmq_pollitem_t items[2] = {
		{ l->dealer, 0, ZMQ_POLLIN, 0 },
		{ l->monitor, 0, ZMQ_POLLIN, 0 }
	};

	if (((l->due && l->greeting != NULL) || parcel_pending(&l->parcel)) &&
	    ms > RETRY_MS)
		ms = RETRY_MS;
	if (zmq_poll(items, 2, until_deadline(l, ms)) > 0) {
		if (items[1].revents != 0)
			on_event(l);
		while (l->end == LINK_OPEN && on_message(l))
			continue;
	}
	greet(l);
	/* Work goes on without memory for what would be sent. */
	if (l->connected && !l->due &&
	    parcel_send(&l->parcel, l->dealer) == -1)
		parcel_drop(&l->parcel);
	on_time(l);
}

enum link_work
link_work(const struct link *l)
{

	if (l->whole != 0)
		return (l->whole == 1 ? LINK_ADOPT : LINK_UNFIT);
	if (l->save != 0 && (l->next == NULL || !l->save_after))
		return (LINK_SAVE);
	return (l->next != NULL ? LINK_ANSWER : LINK_NOTHING);
}

void
link_adopted(struct link *l)
{

	sv_state_fini(&l->state);
	l->whole = 0;
}

int
link_saved(struct link *l, const struct sv_frame *head, uint64_t d,
    uint8_t *bytes, size_t len)
{
	struct sv_frame f = *head;

	f.seq = l->save;
	l->save = 0;
	return (parcel_pack(&l->parcel, &f, d, bytes, len));
}

struct link_global *
link_take(struct link *l)
{
	struct link_global *g = l->next;

	l->next = NULL;
	l->save_after = 0;
	l->busy = g->f.seq;
	return (g);
}

void
link_done(struct link *l, struct link_global *g)
{

	drop(g);
	l->busy = 0;
}
