#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "clock.h"
#include "star.h"
#include "zap.h"

#define SECONDS 15	/* for what should come at once, on whatever machine */
#define MAX ((uint64_t)1 << 22)
#define MONITOR "inproc://seen"

struct hub {
	void *zmq;
	void *star;
	struct sv_keyring *ring;
	struct sv_zap *zap;	/* or NULL */
	struct sv_curve_pair keys;
	unsigned refused;
	char address[SV_STAR_ADDRESS];
};

/* A hub that encrypts, or not; with somebody who answers ZAP, or not. */
static struct hub *
new_hub(int encrypt, int zap)
{
	struct hub *h = calloc(1, sizeof(*h));
	struct sv_star_setting set = { .bind = "tcp://127.0.0.1:*", .max = MAX,
	    .encrypt = encrypt };

	assert_non_null(h);
	assert_non_null(h->zmq = zmq_ctx_new());
	assert_non_null(h->ring = sv_keyring_new());
	if (zap)
		assert_non_null(h->zap = sv_zap_new(h->zmq, h->ring));
	assert_int_equal(sv_curve_make(&h->keys), 0);
	set.secret = h->keys.secret;
	assert_non_null(h->star = sv_star_bind(h->zmq, &set, h->address));
	assert_int_equal(set.encrypt, encrypt);
	return (h);
}

static void
free_hub(struct hub *h)
{

	zmq_close(h->star);
	sv_zap_free(h->zap);
	sv_keyring_free(h->ring);
	zmq_ctx_term(h->zmq);
	free(h);
}

/* Keys that the hub has given to the worker of a shard. */
static void
give_keys(struct hub *h, struct sv_curve_keys *k, uint32_t shard,
    uint32_t generation)
{

	assert_int_equal(sv_curve_make(&k->own), 0);
	memcpy(k->hub, h->keys.public, sizeof(k->hub));
	assert_int_equal(sv_keyring_add(h->ring, k->own.public,
	    (struct sv_keyring_owner){ shard, generation }), 0);
}

/* A peer in a context of its own; ${k} may be NULL. */
static void *
peer(struct hub *h, void *zmq, const struct sv_curve_keys *k, void **monitor)
{
	int linger = 0;
	void *s = zmq_socket(zmq, ZMQ_DEALER);

	assert_non_null(s);
	zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof(linger));
	if (k != NULL)
		assert_int_equal(sv_curve_join(s, k), 0);
	if (monitor != NULL) {
		assert_int_equal(zmq_socket_monitor(s, MONITOR, ZMQ_EVENT_ALL),
		    0);
		assert_non_null(*monitor = zmq_socket(zmq, ZMQ_PAIR));
		assert_int_equal(zmq_connect(*monitor, MONITOR), 0);
	}
	assert_int_equal(zmq_connect(s, h->address), 0);
	return (s);
}

static void
send_frame(void *s, uint32_t shard)
{
	uint8_t header[SV_FRAME_HEADER];
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, SV_HELLO, "{}", 0, SV_F64, 0), 0);
	f.shard = shard;
	sv_frame_seal(&f);
	sv_frame_encode(&f, header);
	assert_int_equal(zmq_send(s, header, sizeof(header), ZMQ_SNDMORE), 80);
	assert_int_equal(zmq_send(s, f.payload, f.length, 0), f.length);
	sv_frame_fini(&f);
}

/* Answer who asks for ${ms}, or until something comes for the star. */
static int
next(struct hub *h, struct sv_star_message *m, int ms)
{
	double end = sv_clock_mono() + ms / 1e3;
	zmq_pollitem_t items[] = { { h->star, 0, ZMQ_POLLIN, 0 },
	    { h->zap != NULL ? sv_zap_socket(h->zap) : NULL, -1, ZMQ_POLLIN,
	    0 } };
	int rc;

	while ((rc = sv_star_receive(h->star, m)) == 0 &&
	    sv_clock_mono() < end) {
		zmq_poll(items, h->zap != NULL ? 2 : 1, 10);
		if (h->zap != NULL)
			h->refused += sv_zap_serve(h->zap);
	}
	return (rc);
}

/* Serve the hub until the peer's monitor tells ${wanted}. */
static void
expect_event(struct hub *h, void *monitor, uint16_t wanted)
{
	double end = sv_clock_mono() + SECONDS;
	struct sv_star_message m;
	uint8_t bytes[6];
	char address[256];
	uint16_t event = 0;

	while (event != wanted && sv_clock_mono() < end) {
		assert_int_equal(next(h, &m, 10), 0);
		if (zmq_recv(monitor, bytes, sizeof(bytes), ZMQ_DONTWAIT) != 6)
			continue;
		memcpy(&event, bytes, sizeof(event));
		zmq_recv(monitor, address, sizeof(address), 0);
	}
	assert_int_equal(event, wanted);
}

static void
who_has_a_key_is_let_in_by_name(void **state)
{
	struct hub *h = new_hub(1, 1);
	struct sv_curve_keys k[3];
	struct sv_star_message m;
	void *zmq = zmq_ctx_new(), *s[3];
	int fd[3];

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		give_keys(h, &k[i], 10 + i, 1 + i);
		s[i] = peer(h, zmq, &k[i], NULL);
		/* What a message says of itself is another matter. */
		send_frame(s[i], 99);
		assert_int_equal(next(h, &m, SECONDS * 1000), 1);
		assert_true(m.known);
		assert_int_equal(m.owner.shard, 10 + i);
		assert_int_equal(m.owner.generation, 1 + i);
		assert_true(m.fd >= 0);
		fd[i] = m.fd;
		zmq_msg_close(&m.payload);
	}
	for (uint32_t i = 3; i-- > 0;) {
		send_frame(s[i], 99);
		assert_int_equal(next(h, &m, SECONDS * 1000), 1);
		assert_int_equal(m.owner.shard, 10 + i);
		assert_int_equal(m.fd, fd[i]);
		zmq_msg_close(&m.payload);
		zmq_close(s[i]);
	}
	assert_int_equal(h->refused, 0);
	zmq_ctx_term(zmq);
	free_hub(h);
}

/* With plaintext nobody has a name. */
static void
without_keys_nobody_has_a_name(void **state)
{
	struct hub *h = new_hub(0, 1);
	struct sv_star_message m;
	void *zmq = zmq_ctx_new(), *s = peer(h, zmq, NULL, NULL);

	(void)state;
	send_frame(s, 0);
	assert_int_equal(next(h, &m, SECONDS * 1000), 1);
	assert_false(m.known);
	assert_true(m.fd >= 0);
	zmq_msg_close(&m.payload);
	zmq_close(s);
	zmq_ctx_term(zmq);
	free_hub(h);
}

/* Somebody who is to be kept out, and how he learns it. */
static void
kept_out(struct hub *h, const struct sv_curve_keys *k, uint16_t event)
{
	void *zmq = zmq_ctx_new(), *monitor, *s = peer(h, zmq, k, &monitor);
	struct sv_star_message m;

	send_frame(s, 0);
	expect_event(h, monitor, event);
	assert_int_equal(next(h, &m, 50), 0);
	zmq_socket_monitor(s, NULL, 0);
	zmq_close(monitor);
	zmq_close(s);
	zmq_ctx_term(zmq);
}

static void
who_has_no_key_is_kept_out(void **state)
{
	struct hub *h = new_hub(1, 1);
	struct sv_curve_keys good, bad;

	(void)state;
	give_keys(h, &good, 0, 1);
	/* Plaintext. */
	kept_out(h, NULL, ZMQ_EVENT_DISCONNECTED);
	assert_int_equal(h->refused, 0);
	/* A key that nobody was given. */
	bad = good;
	assert_int_equal(sv_curve_make(&bad.own), 0);
	kept_out(h, &bad, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
	assert_int_equal(h->refused, 1);
	/* Another job's hub is meant. */
	bad = good;
	bad.hub[0] ^= 1;
	kept_out(h, &bad, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL);
	/* A public key without its secret. */
	bad = good;
	bad.own.secret[5] ^= 1;
	kept_out(h, &bad, ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL);
	assert_int_equal(h->refused, 1);
	free_hub(h);
}

static void
a_key_that_was_removed_opens_nothing(void **state)
{
	struct hub *h = new_hub(1, 1);
	struct sv_curve_keys k;
	struct sv_star_message m;
	void *zmq = zmq_ctx_new(), *s;

	(void)state;
	give_keys(h, &k, 4, 1);
	s = peer(h, zmq, &k, NULL);
	send_frame(s, 4);
	assert_int_equal(next(h, &m, SECONDS * 1000), 1);
	zmq_msg_close(&m.payload);
	sv_keyring_remove(h->ring, k.own.public);
	/* What stands goes on, and has its old name. */
	send_frame(s, 4);
	assert_int_equal(next(h, &m, SECONDS * 1000), 1);
	assert_int_equal(m.owner.generation, 1);
	zmq_msg_close(&m.payload);
	kept_out(h, &k, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
	zmq_close(s);
	zmq_ctx_term(zmq);
	free_hub(h);
}

/* libzmq lets everybody in where nobody answers: the star does not. */
static void
where_nobody_answers_nobody_is_heard(void **state)
{
	struct hub *h = new_hub(1, 0);
	struct sv_curve_keys k;
	struct sv_star_message m;
	void *zmq = zmq_ctx_new(), *s;

	(void)state;
	give_keys(h, &k, 0, 1);
	s = peer(h, zmq, &k, NULL);
	send_frame(s, 0);
	assert_int_equal(next(h, &m, 500), -1);
	zmq_close(s);
	zmq_ctx_term(zmq);
	free_hub(h);
}

/* --- a peer that speaks ZMTP 3.0 by hand (rfc.zeromq.org/spec/23) */

static void
push(int fd, const void *p, size_t n)
{

	assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* A connection with small buffers on which the handshake is over. */
static int
handmade(const struct hub *h)
{
	static const char ready[] = "\4\x1c\5READY\13Socket-Type\0\0\0\6DEALER";
	struct timeval wait = { SECONDS, 0 };
	uint8_t greeting[64] = { 0xff, [9] = 0x7f, 3, 0, 'N', 'U', 'L', 'L' };
	uint8_t theirs[64 + 2 + 255];
	struct sockaddr_in sin;
	int fd = socket(AF_INET, SOCK_STREAM, 0), small = 4096;
	size_t got = 0, need = 64 + 2;

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((uint16_t)atoi(strrchr(h->address, ':') + 1));
	assert_int_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	push(fd, greeting, sizeof(greeting));
	push(fd, ready, sizeof(ready) - 1);
	while (got < need) {
		ssize_t n = recv(fd, theirs + got, need - got, 0);

		assert_true(n > 0);
		got += (size_t)n;
		if (got == 66)
			need = 66 + (size_t)theirs[65];
	}
	return (fd);
}

/* A frame as the peer would send it. */
static void
push_frame(int fd)
{
	uint8_t header[SV_FRAME_HEADER], part[2] = { 1, SV_FRAME_HEADER };
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, SV_HELLO, "{}", 0, SV_F64, 0), 0);
	sv_frame_seal(&f);
	sv_frame_encode(&f, header);
	push(fd, part, 2);
	push(fd, header, sizeof(header));
	part[0] = 0;
	part[1] = (uint8_t)f.length;
	push(fd, part, 2);
	push(fd, f.payload, f.length);
	sv_frame_fini(&f);
}

static void
a_length_that_is_too_long_ends_the_connection(void **state)
{
	/* Long frames of 2^40, 2^63 and MAX + 1 bytes. */
	static const uint8_t lengths[][9] = {
		{ 2, 0, 0, 1, 0, 0, 0, 0, 0 },
		{ 2, 0x80, 0, 0, 0, 0, 0, 0, 0 },
		{ 2, 0, 0, 0, 0, 0, 0x40, 0, 1 }
	};
	struct hub *h = new_hub(0, 1);
	struct sv_star_message m;
	ssize_t n;
	char byte;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		int fd = handmade(h);

		push(fd, lengths[i], sizeof(lengths[i]));
		do {
			n = recv(fd, &byte, 1, 0);
		} while (n == 1);
		assert_true(n == 0 || errno == ECONNRESET);
		assert_int_equal(next(h, &m, 20), 0);
		close(fd);
	}
	free_hub(h);
}

static void
a_peer_that_never_reads_is_not_waited_for(void **state)
{
	struct hub *h = new_hub(0, 1);
	struct sv_star_message m;
	struct sv_frame f;
	struct sv_blob *b;
	int fd = handmade(h), sent = 0;
	double end = sv_clock_mono() + 1;

	(void)state;
	push_frame(fd);
	assert_int_equal(next(h, &m, SECONDS * 1000), 1);
	zmq_msg_close(&m.payload);
	assert_int_equal(sv_frame_make(&f, SV_GLOBAL, NULL, 0, SV_F64,
	    1 << 17), 0);
	assert_non_null(b = sv_blob_seal(&f));
	/* Until nothing is taken for a second: 16 MB, and what TCP holds. */
	while (sv_clock_mono() < end && sent < 64) {
		if (sv_star_send(h->star, &m.from, b) == 0) {
			sent++;
			end = sv_clock_mono() + 1;
			continue;
		}
		assert_int_equal(errno, EAGAIN);
		usleep(10000);
	}
	assert_true(sent >= 16 && sent < 48);
	sv_blob_unref(b);
	close(fd);
	free_hub(h);
}

static int
hush(void **state)
{

	(void)state;
	return (freopen("/dev/null", "w", stderr) == NULL ? -1 : 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_a_key_is_let_in_by_name),
		cmocka_unit_test(without_keys_nobody_has_a_name),
		cmocka_unit_test(who_has_no_key_is_kept_out),
		cmocka_unit_test(a_key_that_was_removed_opens_nothing),
		cmocka_unit_test(where_nobody_answers_nobody_is_heard),
		cmocka_unit_test(a_length_that_is_too_long_ends_the_connection),
		cmocka_unit_test(a_peer_that_never_reads_is_not_waited_for),
	};

	return (cmocka_run_group_tests(tests, hush, NULL));
}
