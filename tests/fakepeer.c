/*
 * fakepeer [-j job] [-n messages] [-s seed] address
 *
 * A stranger at the hub's port, for tests: sends messages that are random where
 * it matters, some of them frames of the job (16 hexadecimal digits) with
 * checksums that are right, and random bytes over plain TCP.
 */
#include "config.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "err.h"
#include "frame.h"

#define ROOM 4096u	/* bytes of a payload, at most */

static uint64_t state;	/* of the random numbers */

/* A number below ${n}: xorshift64* (Vigna 2016). */
static uint64_t
below(uint64_t n)
{

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (((state * 2685821657736338717u) >> 11) % n);
}

static _Noreturn void
die(const char *what)
{

	sv_warn("%s", what);
	exit(1);
}

/* A number that is likely to matter somewhere. */
static uint32_t
edge(void)
{
	static const uint32_t edges[] = { 0, 1, 2, 3, 4, 7, 10, 80, 255, 65535,
	    0x7fffffff, 0x80000000, UINT32_MAX - 1, UINT32_MAX };

	return (edges[below(sizeof(edges) / sizeof(edges[0]))]);
}

/* Text that is JSON, nearly so, or not at all. */
static uint32_t
fill_text(uint8_t *p)
{
	static const char * const texts[] = { "{}", "{\"instance\":\"a\"}",
	    "{\"instance\":\"\"}", "{\"instance\":7,\"why\":[]}", "[]", "{",
	    "{\"why\":\"\\u001b[2J\\nx\"}",
	    ("{\"instance\":\"0123456789012345678901234567890123456789"
	    "012345678901234567890\"}"), "\xff\xfe", "" };
	const char *t = texts[below(sizeof(texts) / sizeof(texts[0]))];

	memcpy(p, t, strlen(t));
	return ((uint32_t)strlen(t));
}

/* A frame, and how many of its bytes to send as payload. */
static size_t
make_frame(uint64_t job, uint8_t header[SV_FRAME_HEADER], uint8_t *payload)
{
	struct sv_frame f;

	memset(payload, 0, ROOM);
	memset(&f, 0, sizeof(f));
	f.type = (uint8_t)(below(2) ? SV_HELLO + below(2) * 3 - 3 + below(2) :
	    below(20));
	if (below(3) == 0)
		f.type = below(2) ? SV_HELLO : SV_UPDATE;
	/* The job would be right to end at an error. */
	if (f.type == SV_ERROR && below(100) != 0)
		f.type = SV_UPDATE;
	f.elem = (uint8_t)below(4);
	f.op = (uint8_t)below(6);
	f.job = below(4) ? job : below(3);
	f.shard = below(2) ? (uint32_t)below(4) : edge();
	f.generation = below(2) ? 1 : edge();
	f.round = below(2) ? (uint32_t)below(50) : edge();
	f.seq = below(2) ? (uint32_t)below(50) : edge();
	f.count = below(2) ? 1 : edge();
	f.nscalar = below(2) ? (uint32_t)below(20) : edge();
	f.ntext = below(2) ? fill_text(payload) : edge();
	f.length = below(2) ? (below(ROOM / 8)) * 8 : edge();
	if (below(4) == 0)
		f.length = ((f.ntext + 7) & ~(uint64_t)7) + f.nscalar * 8 + 80;
	f.payload = payload;
	if (f.length <= ROOM)
		f.sum = sv_frame_sum(payload, f.length);
	if (below(8) == 0)
		f.sum ^= 1;
	sv_frame_encode(&f, header);
	if (below(8) == 0)
		header[below(SV_FRAME_HEADER)] ^= (uint8_t)(1 << below(8));
	return (f.length <= ROOM ? f.length : below(ROOM));
}

/* One message, mostly of two parts. */
static void
send_message(void *socket, uint64_t job)
{
	uint8_t header[SV_FRAME_HEADER], payload[ROOM];
	size_t n = make_frame(job, header, payload);
	size_t h = below(16) ? sizeof(header) : below(sizeof(header));
	int parts = below(16) ? 2 : (int)below(6);

	if (parts != 1)
		zmq_send(socket, header, h, parts > 1 ? ZMQ_SNDMORE : 0);
	for (int i = 1; i < parts; i++)
		zmq_send(socket, payload, below(16) ? n : below(ROOM),
		    i + 1 < parts ? ZMQ_SNDMORE : 0);
}

/* Random bytes, over a connection that knows nothing of ZeroMQ. */
static void
send_noise(const char *address)
{
	unsigned char noise[512];
	struct sockaddr_in sin;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (unsigned char)below(256);
	if (below(2))
		memcpy(noise, "\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL", 16);
	if (fd == -1 || (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 &&
	    send(fd, noise, below(sizeof(noise)), MSG_NOSIGNAL) == -1))
		sv_warn("noise");
	if (fd != -1)
		close(fd);
}

int
main(int argc, char **argv)
{
	void *zmq = zmq_ctx_new(), *socket = NULL;
	unsigned long messages = 1000;
	int c, linger = 500, patience = 5000;
	uint64_t job = 1;

	sv_err_init(argv[0]);
	state = 1;
	while ((c = getopt(argc, argv, "j:n:s:")) != -1) {
		if (c == 'j')
			job = strtoull(optarg, NULL, 16);
		else if (c == 'n')
			messages = strtoul(optarg, NULL, 10);
		else if (c == 's')
			state = strtoull(optarg, NULL, 10) * 2 + 1;
		else
			return (2);
	}
	if (optind + 1 != argc || strrchr(argv[optind], ':') == NULL)
		return (2);
	for (unsigned long i = 0; i < messages; i++) {
		if (socket == NULL) {
			if ((socket = zmq_socket(zmq, ZMQ_DEALER)) == NULL)
				die("socket");
			zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger));
			zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience,
			    sizeof(patience));
			if (zmq_connect(socket, argv[optind]) == -1)
				die(argv[optind]);
		}
		send_message(socket, job);
		if (below(32) == 0)
			send_noise(argv[optind]);
		if (below(64) == 0) {
			zmq_close(socket);
			socket = NULL;
		}
	}
	if (socket != NULL)
		zmq_close(socket);
	zmq_ctx_term(zmq);
	return (0);
}
