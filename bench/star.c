/*
 * star W D ROUNDS: the least that a round over libzmq can cost.  One thread
 * with a ROUTER sends z, D numbers, to each of W processes; each answers with
 * D numbers of its own over its DEALER; the thread adds them up.  No framing,
 * no checksums, no master, no records.  Prints the median milliseconds of a
 * round.  z is one message of which ZeroMQ shares the bytes; the sums are taken
 * where they were received.
 */
#include <sys/wait.h>

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "util.h"

#define WARMUP 3u
#define TIMEOUT_MS 60000	/* for any one message */

static void *
socket_of(void *ctx, int type)
{
	int none = 0, timeout = TIMEOUT_MS;
	void *s;

	if ((s = zmq_socket(ctx, type)) == NULL ||
	    zmq_setsockopt(s, ZMQ_SNDHWM, &none, sizeof(none)) == -1 ||
	    zmq_setsockopt(s, ZMQ_RCVHWM, &none, sizeof(none)) == -1 ||
	    zmq_setsockopt(s, ZMQ_RCVTIMEO, &timeout, sizeof(timeout)) == -1)
		bench_die("zmq_socket");
	return (s);
}

/* Say hello, then answer every message until an empty one comes. */
static void
worker(uint32_t shard, const char *address, size_t d)
{
	void *ctx = zmq_ctx_new(), *s = socket_of(ctx, ZMQ_DEALER);
	double *x = malloc(d * sizeof(*x));
	zmq_msg_t msg;

	if (x == NULL)
		bench_die("malloc");
	for (size_t j = 0; j < d; j++)
		x[j] = (double)j;
	if (zmq_setsockopt(s, ZMQ_ROUTING_ID, &shard, sizeof(shard)) == -1 ||
	    zmq_connect(s, address) == -1 || zmq_send(s, "", 0, 0) == -1)
		bench_die("worker");
	for (;;) {
		zmq_msg_init(&msg);
		if (zmq_msg_recv(&msg, s, 0) == -1)
			bench_die("worker");
		if (zmq_msg_size(&msg) == 0)
			break;
		zmq_msg_close(&msg);
		if (zmq_send(s, x, d * sizeof(*x), 0) == -1)
			bench_die("worker");
	}
	zmq_msg_close(&msg);
	free(x);
	zmq_close(s);
	zmq_ctx_term(ctx);
}

/* Send the bytes of ${z} to every worker without copying them. */
static void
send_all(void *s, const uint32_t *ids, size_t W, zmq_msg_t *z)
{
	zmq_msg_t msg;

	for (size_t i = 0; i < W; i++) {
		zmq_msg_init(&msg);
		if (zmq_msg_copy(&msg, z) == -1 ||
		    zmq_send(s, &ids[i], sizeof(ids[i]), ZMQ_SNDMORE) == -1 ||
		    zmq_msg_send(&msg, s, 0) == -1)
			bench_die("send");
	}
}

/* Receive one answer; add it to ${sum} unless that is NULL. */
static void
receive(void *s, double *sum, size_t d, uint32_t *id)
{
	const double *x;
	zmq_msg_t msg;

	zmq_msg_init(&msg);
	if (zmq_recv(s, id, sizeof(*id), 0) != (int)sizeof(*id) ||
	    zmq_msg_recv(&msg, s, 0) == -1)
		bench_die("receive");
	if (sum != NULL) {
		if (zmq_msg_size(&msg) != d * sizeof(*x))
			bench_die("size");
		x = zmq_msg_data(&msg);
		for (size_t j = 0; j < d; j++)
			sum[j] += x[j];
	}
	zmq_msg_close(&msg);
}

static double
one_round(void *s, const uint32_t *ids, size_t W, double *sum, size_t d)
{
	double start = bench_now();
	zmq_msg_t z;
	uint32_t id;

	if (zmq_msg_init_size(&z, d * sizeof(*sum)) == -1)
		bench_die("zmq_msg_init_size");
	memcpy(zmq_msg_data(&z), sum, d * sizeof(*sum));
	send_all(s, ids, W, &z);
	zmq_msg_close(&z);
	memset(sum, 0, d * sizeof(*sum));
	for (size_t i = 0; i < W; i++)
		receive(s, sum, d, &id);
	return (bench_now() - start);
}

int
main(int argc, char **argv)
{
	size_t W, d, rounds, len;
	char address[128];
	double *sum, *times;
	uint32_t *ids;
	void *ctx, *s;
	zmq_msg_t end;
	int port_fd[2];

	if (argc != 4) {
		fprintf(stderr, "usage: star W D ROUNDS\n");
		return (2);
	}
	W = bench_number(argv[1], 1, 4096);
	d = bench_number(argv[2], 1, 100000000);
	rounds = bench_number(argv[3], 1, 100000);
	sum = calloc(d, sizeof(*sum));
	times = calloc(rounds + WARMUP, sizeof(*times));
	ids = calloc(W, sizeof(*ids));
	if (sum == NULL || times == NULL || ids == NULL || pipe(port_fd) == -1)
		bench_die("star");

	/* Workers first, before this process has threads; each learns the address. */
	for (size_t i = 0; i < W; i++) {
		pid_t pid = fork();

		if (pid == -1)
			bench_die("fork");
		if (pid == 0) {
			close(port_fd[1]);
			if (read(port_fd[0], address, sizeof(address)) !=
			    (ssize_t)sizeof(address))
				_exit(1);
			worker((uint32_t)(i + 1), address, d);
			_exit(0);
		}
	}
	close(port_fd[0]);
	ctx = zmq_ctx_new();
	s = socket_of(ctx, ZMQ_ROUTER);
	memset(address, 0, sizeof(address));
	len = sizeof(address);
	if (zmq_bind(s, "tcp://127.0.0.1:*") == -1 ||
	    zmq_getsockopt(s, ZMQ_LAST_ENDPOINT, address, &len) == -1)
		bench_die("bind");
	for (size_t i = 0; i < W; i++)
		if (write(port_fd[1], address, sizeof(address)) == -1)
			bench_die("write");
	close(port_fd[1]);

	/* Wait for all, run, and send them home. */
	for (size_t i = 0; i < W; i++)
		receive(s, NULL, d, &ids[i]);
	for (size_t k = 0; k < rounds + WARMUP; k++)
		times[k] = one_round(s, ids, W, sum, d);
	zmq_msg_init(&end);
	send_all(s, ids, W, &end);
	zmq_close(s);
	zmq_ctx_term(ctx);
	while (wait(NULL) > 0)
		;
	printf("%.4f\n", 1e3 * bench_median(times + WARMUP, rounds));
	free(sum);
	free(times);
	free(ids);
	return (0);
}
