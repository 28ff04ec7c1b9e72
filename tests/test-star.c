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
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "clock.h"
#include "star.h"

#define SECONDS 15	/* for what should come at once, on whatever machine */
#define MAX ((uint64_t)1 << 16)

struct hub {
	void *zmq;
	void *star;
	char address[SV_STAR_ADDRESS];
};

/* Messages on stderr belong to the test's expectations, not to its output. */
static void
hush(void)
{

	assert_non_null(freopen("/dev/null", "w", stderr));
}

static int
open_hub(void **state)
{
	struct sv_star_setting set = { .bind = "tcp://127.0.0.1:*", .max = MAX };
	static struct hub h;

	hush();
	if ((h.zmq = zmq_ctx_new()) == NULL)
		return (-1);
	h.star = sv_star_bind(h.zmq, &set, h.address);
	*state = &h;
	return (h.star == NULL ? -1 : 0);
}

static int
close_hub(void **state)
{
	struct hub *h = *state;

	zmq_close(h->star);
	zmq_ctx_term(h->zmq);
	return (0);
}

static void *
peer(struct hub *h, int type)
{
	int linger = 0, timeout = SECONDS * 1000;
	void *s = zmq_socket(h->zmq, type);

	assert_non_null(s);
	zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof(linger));
	zmq_setsockopt(s, ZMQ_RCVTIMEO, &timeout, sizeof(timeout));
	zmq_setsockopt(s, ZMQ_SNDTIMEO, &timeout, sizeof(timeout));
	assert_int_equal(zmq_connect(s, h->address), 0);
	return (s);
}

/* What the star has next: 1 a frame, -1 garbage; 0 if nothing comes in ${ms}. */
static int
next(struct hub *h, struct sv_star_message *m, int ms)
{
	double end = sv_clock_mono() + ms / 1e3;
	zmq_pollitem_t item = { h->star, 0, ZMQ_POLLIN, 0 };
	int rc;

	while ((rc = sv_star_receive(h->star, m)) == 0 && sv_clock_mono() < end)
		zmq_poll(&item, 1, 20);
	return (rc);
}

/* A frame with a payload of text and three numbers. */
static void
make_frame(struct sv_frame *f, uint8_t header[SV_FRAME_HEADER])
{

	assert_int_equal(sv_frame_make(f, SV_HELLO, "{\"a\":1}", 1, SV_F64, 2), 0);
	f->shard = 3;
	sv_frame_scalars(f)[0] = 0.5;
	sv_frame_seal(f);
	sv_frame_encode(f, header);
}

static void
send_good(void *s)
{
	uint8_t header[SV_FRAME_HEADER];
	struct sv_frame f;

	make_frame(&f, header);
	assert_int_equal(zmq_send(s, header, sizeof(header), ZMQ_SNDMORE),
	    sizeof(header));
	assert_int_equal(zmq_send(s, f.payload, f.length, 0), f.length);
	sv_frame_fini(&f);
}

/* The star is well: a frame comes through it whole. */
static void
expect_good(struct hub *h)
{
	struct sv_star_message m;
	struct sv_frame f;

	assert_int_equal(next(h, &m, SECONDS * 1000), 1);
	assert_int_equal(m.f.type, SV_HELLO);
	assert_int_equal(m.f.shard, 3);
	assert_int_equal(zmq_msg_size(&m.payload), m.f.length);
	assert_int_equal(sv_star_take(&m, &f), 0);
	assert_true(sv_frame_scalars(&f)[0] == 0.5);
	assert_memory_equal(sv_frame_text(&f), "{\"a\":1}", 7);
	sv_frame_fini(&f);
}

static void
a_frame_goes_there_and_back(void **state)
{
	struct hub *h = *state;
	struct sv_star_message m;
	uint8_t header[SV_FRAME_HEADER], got[200];
	void *s = peer(h, ZMQ_DEALER);
	struct sv_frame f;
	struct sv_blob *b;

	send_good(s);
	assert_int_equal(next(h, &m, SECONDS * 1000), 1);
	zmq_msg_close(&m.payload);
	make_frame(&f, header);
	b = sv_blob_new(&f);
	assert_non_null(b);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sv_star_send(h->star, &m.from, b), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(zmq_recv(s, got, sizeof(got), 0),
		    SV_FRAME_HEADER);
		assert_memory_equal(got, sv_blob_header(b), SV_FRAME_HEADER);
		assert_int_equal(zmq_recv(s, got, sizeof(got), 0), 32);
		assert_memory_equal(got, sv_blob_frame(b)->payload, 32);
	}
	sv_blob_unref(b);
	zmq_close(s);
}

static void
an_empty_payload_is_a_part_too(void **state)
{
	struct hub *h = *state;
	struct sv_star_message m;
	uint8_t got[200];
	void *s = peer(h, ZMQ_DEALER);
	struct sv_frame f;
	struct sv_blob *b;
	int more = 0;
	size_t size = sizeof(more);

	send_good(s);
	assert_int_equal(next(h, &m, SECONDS * 1000), 1);
	zmq_msg_close(&m.payload);
	assert_int_equal(sv_frame_make(&f, SV_GLOBAL, NULL, 0, SV_F64, 0), 0);
	sv_frame_seal(&f);
	b = sv_blob_new(&f);
	assert_non_null(b);
	assert_int_equal(sv_star_send(h->star, &m.from, b), 0);
	sv_blob_unref(b);
	assert_int_equal(zmq_recv(s, got, sizeof(got), 0), SV_FRAME_HEADER);
	assert_int_equal(zmq_getsockopt(s, ZMQ_RCVMORE, &more, &size), 0);
	assert_int_equal(more, 1);
	assert_int_equal(zmq_recv(s, got, sizeof(got), 0), 0);
	zmq_close(s);
}

static void
nobody_cannot_be_sent_to(void **state)
{
	struct hub *h = *state;
	struct sv_star_id nobody = { { 0 }, 0 }, gone = { { 0, 1, 2, 3, 4 }, 5 };
	struct sv_frame f;
	struct sv_blob *b;
	void *s = peer(h, ZMQ_DEALER);

	assert_int_equal(sv_frame_make(&f, SV_GLOBAL, NULL, 1, SV_F64, 0), 0);
	sv_frame_seal(&f);
	b = sv_blob_new(&f);
	assert_non_null(b);
	assert_int_equal(sv_star_send(h->star, &gone, b), -1);
	assert_int_equal(errno, EHOSTUNREACH);
	assert_int_equal(sv_star_send(h->star, &nobody, b), -1);
	sv_blob_unref(b);
	/* That has not left half a message behind. */
	send_good(s);
	expect_good(h);
	zmq_close(s);
}

/* Parts that make no frame, from a peer that speaks ZeroMQ. */
static void
messages_that_are_no_frames_are_dropped(void **state)
{
	struct hub *h = *state;
	struct sv_star_message m;
	uint8_t header[SV_FRAME_HEADER], spoilt[SV_FRAME_HEADER];
	void *s = peer(h, ZMQ_DEALER);
	struct sv_frame f;
	int sent = 0;

	make_frame(&f, header);
#define PART(p, n, flags) \
	assert_int_equal(zmq_send(s, p, n, flags), (int)(n))
	/* One part: nothing, a byte, a header, more than a header. */
	for (size_t n = 0; n <= 2; n++, sent++)
		PART(header, n, 0);
	for (size_t n = 79; n <= 80; n++, sent++)
		PART(header, n, 0);
	/* Two parts: header too short or long; payload too short, long, empty. */
	PART(header, 79, ZMQ_SNDMORE); PART(f.payload, f.length, 0); sent++;
	PART("", 0, ZMQ_SNDMORE); PART(f.payload, f.length, 0); sent++;
	PART(header, 80, ZMQ_SNDMORE); PART(f.payload, f.length - 8, 0); sent++;
	PART(header, 80, ZMQ_SNDMORE); PART(header, 80, 0); sent++;
	PART(header, 80, ZMQ_SNDMORE); PART("", 0, 0); sent++;
	/* Three and more. */
	for (int parts = 3; parts < 8; parts++, sent++) {
		PART(header, 80, ZMQ_SNDMORE);
		PART(f.payload, f.length, ZMQ_SNDMORE);
		for (int i = 3; i < parts; i++)
			PART("x", 1, ZMQ_SNDMORE);
		PART("", 0, 0);
	}
	/* Every byte of the header matters. */
	for (size_t i = 0; i < SV_FRAME_HEADER; i++, sent++) {
		memcpy(spoilt, header, sizeof(spoilt));
		spoilt[i] ^= 0x40;
		PART(spoilt, sizeof(spoilt), ZMQ_SNDMORE);
		PART(f.payload, f.length, 0);
	}
#undef PART
	for (int i = 0; i < sent; i++)
		assert_int_equal(next(h, &m, SECONDS * 1000), -1);
	sv_frame_fini(&f);
	send_good(s);
	expect_good(h);
	assert_int_equal(next(h, &m, 0), 0);
	zmq_close(s);
}

static void
lengths_that_lie_are_dropped(void **state)
{
	static const uint64_t lies[] = { 0, 8, 24, 40, 1 << 20, UINT64_MAX,
	    SV_FRAME_MAXLEN, SV_FRAME_MAXLEN + 8, (uint64_t)1 << 63 };
	struct hub *h = *state;
	struct sv_star_message m;
	uint8_t header[SV_FRAME_HEADER];
	void *s = peer(h, ZMQ_DEALER);
	struct sv_frame f, lie;

	make_frame(&f, header);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		lie = f;
		lie.length = lies[i];
		/* With a header checksum that is right. */
		sv_frame_encode(&lie, header);
		zmq_send(s, header, sizeof(header), ZMQ_SNDMORE);
		zmq_send(s, f.payload, f.length, 0);
		assert_int_equal(next(h, &m, SECONDS * 1000), -1);
	}
	for (size_t i = 0; i < 2; i++) {
		lie = f;
		lie.ntext = i == 0 ? UINT32_MAX : f.ntext;
		lie.nscalar = i == 1 ? UINT32_MAX : f.nscalar;
		sv_frame_encode(&lie, header);
		zmq_send(s, header, sizeof(header), ZMQ_SNDMORE);
		zmq_send(s, f.payload, f.length, 0);
		assert_int_equal(next(h, &m, SECONDS * 1000), -1);
	}
	sv_frame_fini(&f);
	send_good(s);
	expect_good(h);
	zmq_close(s);
}

static void
a_damaged_payload_is_not_taken(void **state)
{
	struct hub *h = *state;
	struct sv_star_message m;
	uint8_t header[SV_FRAME_HEADER];
	void *s = peer(h, ZMQ_DEALER);
	struct sv_frame f, g;

	make_frame(&f, header);
	f.payload[9] ^= 1;
	assert_int_equal(zmq_send(s, header, sizeof(header), ZMQ_SNDMORE), 80);
	assert_int_equal(zmq_send(s, f.payload, f.length, 0), f.length);
	sv_frame_fini(&f);
	assert_int_equal(next(h, &m, SECONDS * 1000), 1);
	assert_int_equal(sv_star_take(&m, &g), -1);
	send_good(s);
	expect_good(h);
	zmq_close(s);
}

/* A REQ peer puts an empty part in front: no frame. */
static void
a_req_peer_is_no_worker(void **state)
{
	struct hub *h = *state;
	struct sv_star_message m;
	void *s = peer(h, ZMQ_REQ), *good = peer(h, ZMQ_DEALER);

	send_good(s);
	assert_int_equal(next(h, &m, SECONDS * 1000), -1);
	send_good(good);
	expect_good(h);
	zmq_close(s);
	zmq_close(good);
}

static void
an_identity_that_is_too_long_is_dropped(void **state)
{
	struct hub *h = *state;
	struct sv_star_message m;
	char name[200];
	void *s = zmq_socket(h->zmq, ZMQ_DEALER), *good = peer(h, ZMQ_DEALER);
	int linger = 0;

	assert_non_null(s);
	memset(name, 'n', sizeof(name));
	assert_int_equal(zmq_setsockopt(s, ZMQ_ROUTING_ID, name, sizeof(name)), 0);
	zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof(linger));
	assert_int_equal(zmq_connect(s, h->address), 0);
	send_good(s);
	assert_int_equal(next(h, &m, SECONDS * 1000), -1);
	send_good(good);
	expect_good(h);
	zmq_close(s);
	zmq_close(good);
}

/* Beyond the limit a message is cut off with its connection. */
static void
messages_beyond_the_limit_do_not_arrive(void **state)
{
	struct hub *h = *state;
	struct sv_star_message m;
	void *s = peer(h, ZMQ_DEALER), *good = peer(h, ZMQ_DEALER);
	char *big = calloc(1, MAX + 1);

	assert_non_null(big);
	assert_int_equal(zmq_send(s, big, MAX + 1, 0), MAX + 1);
	assert_int_equal(next(h, &m, 200), 0);
	send_good(good);
	expect_good(h);
	free(big);
	zmq_close(s);
	zmq_close(good);
}

/* A plain TCP connection to the star. */
static int
plain(const struct hub *h)
{
	struct sockaddr_in sin;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((uint16_t)atoi(strrchr(h->address, ':') + 1));
	assert_int_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return (fd);
}

/* Whoever does not even speak ZeroMQ does no harm. */
static void
plain_tcp_does_no_harm(void **state)
{
	static const char http[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct hub *h = *state;
	struct sv_star_message m;
	unsigned char noise[4096];
	void *good = peer(h, ZMQ_DEALER);
	uint64_t seed = 1;

	for (int k = 0; k < 64; k++) {
		int fd = plain(h);

		for (size_t i = 0; i < sizeof(noise); i++) {
			seed = seed * 6364136223846793005u + 1;
			noise[i] = (unsigned char)(seed >> 40);
		}
		/* Some begin as ZeroMQ's greeting does. */
		if (k % 2 == 0)
			memcpy(noise, "\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL", 16);
		(void)!write(fd, noise, (size_t)k * sizeof(noise) / 64);
		close(fd);
	}
	for (int k = 0; k < 3; k++) {
		int fd = plain(h);

		(void)!write(fd, http, sizeof(http) - 1);
		close(fd);
	}
	/* Some of it passes for messages of ZeroMQ's oldest protocol. */
	for (int rc = -1; rc != 0; assert_int_not_equal(rc, 1))
		rc = next(h, &m, 200);
	send_good(good);
	expect_good(h);
	zmq_close(good);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_goes_there_and_back),
		cmocka_unit_test(an_empty_payload_is_a_part_too),
		cmocka_unit_test(nobody_cannot_be_sent_to),
		cmocka_unit_test(messages_that_are_no_frames_are_dropped),
		cmocka_unit_test(lengths_that_lie_are_dropped),
		cmocka_unit_test(a_damaged_payload_is_not_taken),
		cmocka_unit_test(a_req_peer_is_no_worker),
		cmocka_unit_test(an_identity_that_is_too_long_is_dropped),
		cmocka_unit_test(messages_beyond_the_limit_do_not_arrive),
		cmocka_unit_test(plain_tcp_does_no_harm),
	};

	return (cmocka_run_group_tests(tests, open_hub, close_hub));
}
