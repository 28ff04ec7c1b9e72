/*
 * intruder [-e] [-g generations] [-l seconds] [-n times] [-r round] [-s seed]
 *	[-t seconds] mode
 *
 * Does to a hub what nobody should, for tests.  The invocation of a worker
 * comes on stdin.  A mode is one of
 *
 *	garbage silent huge	connections that know nothing of ZeroMQ, or not
 *				all of it: random bytes, none, a length of 2^40
 *	nokey server stranger	... that know too little: no key, a wrong one of
 *				the hub's, one of their own that is nobody's
 *	ghost other		a second instance of the worker; one that speaks in
 *				the name of the next shard
 *	random mutate errors	what a peer with the worker's keys can send
 *	hellos states connects deaf flood
 *	seat:BEHAVIOUR		the worker itself, which computes what it should and
 *				does something else besides, or instead (see
 *				intruder_seat.c), from its -r th global on and up to
 *				the generation of -g (1; 0: all)
 *
 * and is done -n times (1), for -t seconds at most (20).  With -e it may say that
 * no worker could go on, with -l that it has so much time left.  Status 1:
 * somebody was let in who should not have been, or the intruder itself failed.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "clock.h"
#include "err.h"
#include "intruder.h"
#include "json.h"

static const struct {
	const char *name;
	int (*run)(struct intruder *);
} modes[] = {
	{ "garbage", intruder_garbage }, { "silent", intruder_silent },
	{ "huge", intruder_huge }, { "nokey", intruder_nokey },
	{ "server", intruder_server }, { "stranger", intruder_stranger },
	{ "ghost", intruder_ghost }, { "other", intruder_other },
	{ "random", intruder_random }, { "mutate", intruder_mutate },
	{ "errors", intruder_errors }, { "hellos", intruder_hellos },
	{ "states", intruder_states }, { "connects", intruder_connects },
	{ "deaf", intruder_deaf }, { "flood", intruder_flood }
};

_Noreturn void
intruder_die(const char *what)
{

	sv_warn("%s", what);
	exit(1);
}

int
intruder_late(const struct intruder *in)
{

	return (sv_clock_mono() > in->until);
}

const struct sv_curve_keys *
intruder_keys(const struct intruder *in)
{

	return (in->inv.encrypted ? &in->inv.keys : NULL);
}

void
intruder_join(struct intruder *in, void *socket,
    const struct sv_curve_keys *keys)
{
	int linger = 3000, patience = 1000;

	if (zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger)) == -1 ||
	    zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience,
	    sizeof(patience)) == -1)
		intruder_die("socket");
	if (keys != NULL && sv_curve_join(socket, keys) == -1)
		intruder_die("keys");
	if (zmq_connect(socket, in->inv.hub) == -1)
		intruder_die(in->inv.hub);
}

void *
intruder_connect(struct intruder *in, const struct sv_curve_keys *keys)
{
	void *s;

	if ((s = zmq_socket(in->zmq, ZMQ_DEALER)) == NULL)
		intruder_die("socket");
	intruder_join(in, s, keys);
	return (s);
}

int
intruder_send(struct intruder *in, void *socket, struct sv_frame *f,
    int damage)
{
	uint8_t header[SV_FRAME_HEADER];

	f->job = in->inv.job;
	sv_frame_seal(f);
	sv_frame_encode(f, header);
	if (damage && f->length > 0)
		f->payload[f->length / 2] ^= 1;
	if (zmq_send(socket, header, sizeof(header), ZMQ_SNDMORE) == -1 ||
	    zmq_send(socket, f->payload, f->length, 0) == -1)
		return (-1);
	in->sent++;
	return (0);
}

int
intruder_hello(struct intruder *in, void *socket, const char *instance)
{
	struct sv_frame f;
	json_t *o;
	int rc;

	o = json_pack("{s:s, s:f, s:f, s:i, s:i, s:i, s:i, s:i, s:I}",
	    "instance", instance, "load_s", 0.25, "load_cpu_s", 0.125,
	    "shard_bytes", 1000000, "rss_bytes", 2000000, "cores", 2,
	    "rows", 10, "nnz", 50, "start_ns",
	    (json_int_t)sv_clock_real_ns());
	if (in->left >= 0)
		json_object_set_new(o, "left_s", json_real(in->left));
	if (sv_json_frame(&f, SV_HELLO, o) == -1)
		intruder_die("hello");
	f.shard = in->inv.shard;
	f.generation = in->inv.generation;
	rc = intruder_send(in, socket, &f, 0);
	sv_frame_fini(&f);
	return (rc);
}

/* Run the mode of that name; 2 if there is none. */
static int
run(struct intruder *in, const char *mode)
{

	if (strncmp(mode, "seat:", 5) == 0) {
		in->name = mode + 5;
		return (intruder_seat(in));
	}
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(mode, modes[i].name) == 0)
			return (modes[i].run(in));
	sv_warnx("%s: no such mode", mode);
	return (2);
}

static void
read_options(struct intruder *in, int argc, char **argv)
{
	double seconds = 20;
	int c;

	in->n = 1;
	in->left = -1;
	in->from = 2;
	in->generations = 1;
	while ((c = getopt(argc, argv, "eg:l:n:r:s:t:")) != -1) {
		if (c == 'e')
			in->errors = 1;
		else if (c == 'g')
			in->generations = (uint32_t)strtoul(optarg, NULL, 10);
		else if (c == 'l')
			in->left = strtod(optarg, NULL);
		else if (c == 'n')
			in->n = strtoul(optarg, NULL, 10);
		else if (c == 'r')
			in->from = (unsigned)strtoul(optarg, NULL, 10);
		else if (c == 's')
			intruder_seed(strtoull(optarg, NULL, 10));
		else if (c == 't')
			seconds = strtod(optarg, NULL);
		else
			exit(2);
	}
	if (optind + 1 != argc) {
		sv_warnx("which mode?");
		exit(2);
	}
	in->until = sv_clock_mono() + seconds;
}

int
main(int argc, char **argv)
{
	static char text[1 << 16];
	char why[SV_WHY];
	struct intruder in;
	int status;

	sv_err_init(argv[0]);
	memset(&in, 0, sizeof(in));
	intruder_seed(1);
	read_options(&in, argc, argv);
	if (sv_invocation_parse(&in.inv, text, fread(text, 1, sizeof(text),
	    stdin), why) == -1) {
		sv_warnx("%s", why);
		return (1);
	}
	if (sv_json_u64(in.inv.share, "d", 1, UINT32_MAX, &in.d) == -1 ||
	    (in.zmq = zmq_ctx_new()) == NULL)
		intruder_die("cannot start");
	status = run(&in, argv[optind]);
	if (status != 2)
		sv_warnx("%s: %lu sent", argv[optind], in.sent);
	zmq_ctx_term(in.zmq);
	sv_invocation_fini(&in.inv);
	return (status);
}
