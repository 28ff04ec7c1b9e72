#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "part.h"
#include "star.h"

#define TCP "tcp://"
#define LINGER_MS 1000	/* for what is unsent when the socket closes */
#define HANDSHAKE_MS 5000	/* until who has not said who he is is cut off */
#define QUEUE 16	/* messages that wait for one worker */

/* The colon before the port of host:port or [host]:port, or its end. */
static const char *
port_of(const char *hostport)
{
	const char *bracket = strrchr(hostport, ']');
	const char *colon = strrchr(bracket != NULL ? bracket : hostport, ':');

	return (colon != NULL ? colon : hostport + strlen(hostport));
}

/* Is the address one that only this machine can reach? */
static int
is_local(const char *address)
{
	const char *host = address;
	size_t n;

	if (strncmp(address, "ipc://", 6) == 0)
		return (1);
	if (strncmp(address, TCP, strlen(TCP)) == 0)
		host += strlen(TCP);
	n = (size_t)(port_of(host) - host);
	/* 127.0.0.1.example.org is elsewhere. */
	return ((n == 9 && strncmp(host, "localhost", 9) == 0) ||
	    (n == 5 && strncmp(host, "[::1]", 5) == 0) ||
	    (strncmp(host, "127.", 4) == 0 &&
	    strspn(host, "0123456789.") >= n));
}

/* Does host:port say a host, and is the port a number that there can be? */
static int
is_reachable(const char *hostport)
{
	static const char * const any[] = { "", "*", "0.0.0.0", "[::]",
	    "[::ffff:0.0.0.0]" };
	const char *port = port_of(hostport);
	size_t len = (size_t)(port - hostport);
	unsigned long n;
	char *end;

	for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++)
		if (strlen(any[i]) == len && strncmp(any[i], hostport, len) == 0)
			return (0);
	if (port[0] != ':' || port[1] < '0' || port[1] > '9')
		return (0);
	n = strtoul(port + 1, &end, 10);
	return (*end == '\0' && n > 0 && n <= 65535);
}

/* Is it an address that a process on another machine or this can connect to? */
static int
is_bindable(const char *bind)
{

	if (strncmp(bind, "ipc://", 6) == 0)
		return (bind[6] != '\0');
	return (strncmp(bind, TCP, strlen(TCP)) == 0 &&
	    strlen(port_of(bind + strlen(TCP))) > 1);
}

/* What workers are told; -1 after a message. */
static int
advertised(const char *bound, const char *advertise, char *address)
{
	const char *host, *port, *given = advertise;
	int n, is_tcp;

	if (given == NULL)
		given = bound;
	is_tcp = strncmp(given, TCP, strlen(TCP)) == 0 ||
	    strstr(given, "://") == NULL;
	host = strncmp(given, TCP, strlen(TCP)) == 0 ? given + strlen(TCP) : given;
	port = port_of(host);
	if (is_tcp && (port[0] == '\0' || strcmp(port, ":") == 0 ||
	    strcmp(port, ":*") == 0))
		n = snprintf(address, SV_STAR_ADDRESS, TCP "%.*s%s",
		    (int)(port - host), host, port_of(bound));
	else
		n = snprintf(address, SV_STAR_ADDRESS, "%s%s",
		    is_tcp ? TCP : "", host);
	if (n < 0 || (size_t)n >= SV_STAR_ADDRESS) {
		sv_warnx("%s: the address is too long", given);
		return (-1);
	}
	if (!is_tcp || is_reachable(address + strlen(TCP)))
		return (0);
	if (advertise == NULL)
		sv_warnx("%s means any address: say with -a which one workers "
		    "should use", bound);
	else
		sv_warnx("-a %s: workers cannot connect to that; expected "
		    "HOST or HOST:PORT", advertise);
	return (-1);
}

static int
set_options(void *s, const char *bind, uint64_t max)
{
	int queue = QUEUE, none = 0, one = 1, linger = LINGER_MS;
	int handshake = HANDSHAKE_MS, backlog = 4096;
	/* With it, plain addresses would be told as [::ffff:127.0.0.1]. */
	int ipv6 = strchr(bind, '[') != NULL;
	int64_t maxmsg = (int64_t)max;
	const struct {
		int name;
		const void *value;
		size_t size;
	} o[] = {
		{ ZMQ_SNDHWM, &queue, sizeof(queue) },
		/*
		 * No ZMQ_RCVHWM, and no ZMQ_HEARTBEAT_IVL: libzmq 4.3.4 aborts
		 * where a queue is full as its connection breaks, once it wants
		 * to ping, or a ping waits behind that (issue 3937).  Workers
		 * ping, and say for how long that is good.
		 */
		{ ZMQ_RCVHWM, &none, sizeof(none) },
		{ ZMQ_ROUTER_MANDATORY, &one, sizeof(one) },
		{ ZMQ_HANDSHAKE_IVL, &handshake, sizeof(handshake) },
		{ ZMQ_LINGER, &linger, sizeof(linger) },
		{ ZMQ_BACKLOG, &backlog, sizeof(backlog) },
		{ ZMQ_MAXMSGSIZE, &maxmsg, sizeof(maxmsg) },
		{ ZMQ_IPV6, &ipv6, sizeof(ipv6) },
	};

	for (size_t i = 0; i < sizeof(o) / sizeof(o[0]); i++)
		if (zmq_setsockopt(s, o[i].name, o[i].value, o[i].size) == -1)
			return (-1);
	return (0);
}

/* Is a secret key needed?  -1 after a message: it is, and there is none. */
static int
decide(struct sv_star_setting *set)
{
	const char *open = !is_local(set->bind) ? set->bind :
	    set->advertise != NULL && !is_local(set->advertise) ?
	    set->advertise : NULL;

	if (open != NULL && !set->insecure)
		set->encrypt = 1;
	if (!set->encrypt || set->secret != NULL)
		return (0);
	if (open != NULL)
		sv_warnx("%s can be reached from other machines and the link is "
		    "not encrypted: say --insecure if that is meant", open);
	else
		sv_warnx("%s: there is no key to encrypt with", set->bind);
	return (-1);
}

/* A socket that is bound, or NULL after a message. */
static void *
bind_socket(void *zmq, struct sv_star_setting *set)
{
	void *s;

	if ((s = zmq_socket(zmq, ZMQ_ROUTER)) == NULL ||
	    set_options(s, set->bind, set->max) == -1 ||
	    (set->encrypt && sv_curve_serve(s, set->secret) == -1) ||
	    (set->watch && (set->monitor = sv_monitor_new(zmq, s)) == NULL)) {
		sv_warnx("cannot make the socket: %s", zmq_strerror(zmq_errno()));
		goto fail;
	}
	if (zmq_bind(s, set->bind) == -1) {
		sv_warnx("cannot listen on %s: %s", set->bind,
		    zmq_strerror(zmq_errno()));
		goto fail;
	}
	return (s);

fail:
	sv_monitor_free(set->monitor);
	set->monitor = NULL;
	if (s != NULL)
		zmq_close(s);
	return (NULL);
}

void *
sv_star_bind(void *zmq, struct sv_star_setting *set,
    char address[SV_STAR_ADDRESS])
{
	char bound[SV_STAR_ADDRESS];
	size_t len = sizeof(bound);
	void *s;

	if (!is_bindable(set->bind)) {
		sv_warnx("-b %s: expected tcp://HOST:PORT (PORT may be *) or "
		    "ipc://PATH", set->bind);
		return (NULL);
	}
	if (decide(set) == -1 || (s = bind_socket(zmq, set)) == NULL)
		return (NULL);
	if (zmq_getsockopt(s, ZMQ_LAST_ENDPOINT, bound, &len) == -1) {
		sv_warnx("%s: %s", set->bind, zmq_strerror(zmq_errno()));
		goto fail;
	}
	if (advertised(bound, set->advertise, address) == -1)
		goto fail;
	return (s);

fail:
	sv_monitor_free(set->monitor);
	set->monitor = NULL;
	zmq_close(s);
	return (NULL);
}

/* Read away the rest of the message ${m}. */
static void
drain(void *s, struct sv_star_message *m)
{
	zmq_msg_t part;
	int more = 1;

	while (more) {
		zmq_msg_init(&part);
		more = sv_part_receive_message(s, &part, ZMQ_DONTWAIT) != -1 &&
		    zmq_msg_more(&part);
		m->fd = zmq_msg_get(&part, ZMQ_SRCFD);
		zmq_msg_close(&part);
	}
}

/* Receive the header part; -1 if it is none. */
static int
receive_header(void *s, struct sv_star_message *m)
{
	uint8_t header[SV_FRAME_HEADER];
	int more, good = 0;
	zmq_msg_t part;

	zmq_msg_init(&part);
	if (sv_part_receive_message(s, &part, ZMQ_DONTWAIT) == -1) {
		zmq_msg_close(&part);
		return (-1);
	}
	m->fd = zmq_msg_get(&part, ZMQ_SRCFD);
	more = zmq_msg_more(&part);
	if (zmq_msg_size(&part) == sizeof(header) && more) {
		memcpy(header, zmq_msg_data(&part), sizeof(header));
		good = sv_frame_decode(&m->f, header) == NULL;
	}
	zmq_msg_close(&part);
	if (!good && more)
		drain(s, m);
	return (good ? 0 : -1);
}

/* Read the name that zap.c has given the connection; -1 if it has none. */
static int
read_owner(const char *name, struct sv_keyring_owner *owner)
{
	char end;

	return (name != NULL && sscanf(name, "%" SCNu32 ".%" SCNu32 "%c",
	    &owner->shard, &owner->generation, &end) == 2 ? 0 : -1);
}

/* Who sent it?  -1: somebody who must not have been let in. */
static int
identify(void *s, struct sv_star_message *m)
{
	int mechanism = ZMQ_NULL;
	size_t size = sizeof(mechanism);

	m->known = read_owner(zmq_msg_gets(&m->payload, "User-Id"),
	    &m->owner) == 0;
	/* Without anybody who answers, libzmq would let in all. */
	if (zmq_getsockopt(s, ZMQ_MECHANISM, &mechanism, &size) == -1)
		return (-1);
	return (m->known || mechanism == ZMQ_NULL ? 0 : -1);
}

int
sv_star_receive(void *s, struct sv_star_message *m)
{
	int more = 0, n;
	size_t size = sizeof(more);

	n = sv_part_receive(s, m->from.bytes, sizeof(m->from.bytes),
	    ZMQ_DONTWAIT);
	if (n == -1)
		return (0);
	m->from.len = (size_t)n;
	m->fd = -1;
	zmq_getsockopt(s, ZMQ_RCVMORE, &more, &size);
	if (m->from.len > sizeof(m->from.bytes)) {
		m->from.len = 0;
		if (more)
			drain(s, m);
		return (-1);
	}
	if (!more || receive_header(s, m) == -1)
		return (-1);
	zmq_msg_init(&m->payload);
	if (sv_part_receive_message(s, &m->payload, ZMQ_DONTWAIT) == -1)
		goto bad;
	if (zmq_msg_more(&m->payload)) {
		drain(s, m);
		goto bad;
	}
	if (identify(s, m) == -1 || zmq_msg_size(&m->payload) != m->f.length)
		goto bad;
	return (1);

bad:
	zmq_msg_close(&m->payload);
	return (-1);
}

int
sv_star_take(struct sv_star_message *m, struct sv_frame *f)
{
	int rc = -1;

	*f = m->f;
	f->payload = NULL;
	if (f->length > 0) {
		if ((f->payload = malloc(f->length)) == NULL)
			goto done;
		memcpy(f->payload, zmq_msg_data(&m->payload), f->length);
	}
	if (sv_frame_check(f) != NULL) {
		sv_frame_fini(f);
		goto done;
	}
	rc = 0;

done:
	zmq_msg_close(&m->payload);
	return (rc);
}

/* The message no longer needs the blob. */
static void
sent(void *data, void *hint)
{

	(void)data;
	sv_blob_unref(hint);
}

int
sv_star_send(void *s, const struct sv_star_id *to, struct sv_blob *b)
{
	const struct sv_frame *f = sv_blob_frame(b);
	zmq_msg_t payload;

	if (sv_part_send(s, to->bytes, to->len, ZMQ_SNDMORE | ZMQ_DONTWAIT) == -1)
		return (-1);
	if (sv_part_send(s, sv_blob_header(b), SV_FRAME_HEADER, ZMQ_SNDMORE) == -1)
		return (-1);
	if (f->length == 0)
		return (sv_part_send(s, NULL, 0, 0) == -1 ? -1 : 0);
	if (zmq_msg_init_data(&payload, f->payload, f->length, sent,
	    sv_blob_ref(b)) == -1) {
		sv_blob_unref(b);
		/* The message must end, or the next would become its part. */
		sv_part_send(s, NULL, 0, 0);
		return (-1);
	}
	if (sv_part_send_message(s, &payload, 0) == -1) {
		zmq_msg_close(&payload);
		return (-1);
	}
	return (0);
}
