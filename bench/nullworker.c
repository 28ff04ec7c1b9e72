/*
 * nullworker: a worker that computes nothing.  Like sv-worker it reads its
 * invocation, connects, says hello and answers every global; but at once, and
 * with the same vector each time, so that a round costs what the hub costs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "clock.h"
#include "curve.h"
#include "err.h"
#include "invocation.h"
#include "json.h"

#include "util.h"

#define TIMEOUT_MS 60000	/* for the next global */

struct peer {
	void *socket;
	struct sv_invocation inv;
	struct sv_frame update;	/* the vector, and room for the scalars */
};

/* Send ${f}, header and payload, with a checksum made anew. */
static void
say(struct peer *p, struct sv_frame *f)
{
	uint8_t header[SV_FRAME_HEADER];

	f->job = p->inv.job;
	f->shard = p->inv.shard;
	f->generation = p->inv.generation;
	sv_frame_seal(f);
	sv_frame_encode(f, header);
	if (zmq_send(p->socket, header, sizeof(header), ZMQ_SNDMORE) == -1 ||
	    zmq_send(p->socket, f->length > 0 ? f->payload : header, f->length,
	    0) == -1)
		bench_die("zmq_send");
}

/* Wait for a frame; as sv-worker does, check all of it. */
static void
hear(struct peer *p, struct sv_frame *f, zmq_msg_t *payload)
{
	uint8_t header[SV_FRAME_HEADER];
	const char *why;

	if (zmq_recv(p->socket, header, sizeof(header), 0) !=
	    (int)sizeof(header) || zmq_msg_recv(payload, p->socket, 0) == -1)
		bench_die("zmq_recv");
	if ((why = sv_frame_decode(f, header)) != NULL ||
	    f->length != zmq_msg_size(payload)) {
		sv_warnx("%s", why != NULL ? why : "payload has another length");
		exit(1);
	}
	f->payload = zmq_msg_data(payload);
	if ((why = sv_frame_check(f)) != NULL) {
		sv_warnx("%s", why);
		exit(1);
	}
}

static void
hello(struct peer *p)
{
	struct sv_frame f;

	if (sv_json_frame(&f, SV_HELLO, json_pack(
	    "{s:s, s:f, s:f, s:i, s:i, s:i, s:i, s:i, s:I}", "instance",
	    "0000000000000000", "load_s", 0.0, "load_cpu_s", 0.0, "shard_bytes",
	    0, "rss_bytes", 0, "cores", 1, "rows", 1, "nnz", 1, "start_ns",
	    (json_int_t)sv_clock_real_ns())) == -1)
		bench_die("hello");
	say(p, &f);
	sv_frame_fini(&f);
}

/* Answer globals until the hub says TERM, or will not have us. */
static void
serve(struct peer *p)
{
	struct sv_frame f;
	zmq_msg_t payload;
	double last = sv_clock_mono();

	zmq_msg_init(&payload);
	for (;;) {
		double now;

		hear(p, &f, &payload);
		if (f.type == SV_REFUSE || f.op == SV_OP_TERM)
			break;
		now = sv_clock_mono();
		p->update.op = f.op;
		p->update.round = f.round;
		p->update.seq = f.seq;
		sv_frame_scalars(&p->update)[SV_UP_IDLE] = now - last;
		last = now;
		say(p, &p->update);
	}
	zmq_msg_close(&payload);
}

int
main(int argc, char **argv)
{
	static char text[1 << 16];
	char why[SV_WHY];
	struct peer p;
	int linger = 1000, timeout = TIMEOUT_MS;
	uint64_t d;
	void *ctx;

	(void)argc;
	sv_err_init(argv[0]);
	if (sv_invocation_parse(&p.inv, text, fread(text, 1, sizeof(text),
	    stdin), why) == -1) {
		sv_warnx("%s", why);
		return (1);
	}
	if (sv_json_u64(p.inv.share, "d", 1, UINT32_MAX, &d) == -1 ||
	    sv_frame_make(&p.update, SV_UPDATE, NULL, SV_UP_STEP_N, SV_F64, d)
	    == -1)
		bench_die("nullworker");
	for (uint64_t j = 0; j < d; j++)
		((double *)sv_frame_elems(&p.update))[j] = (double)j;
	if ((ctx = zmq_ctx_new()) == NULL ||
	    (p.socket = zmq_socket(ctx, ZMQ_DEALER)) == NULL ||
	    zmq_setsockopt(p.socket, ZMQ_LINGER, &linger, sizeof(linger)) == -1 ||
	    zmq_setsockopt(p.socket, ZMQ_RCVTIMEO, &timeout, sizeof(timeout))
	    == -1 || (p.inv.encrypted && sv_curve_join(p.socket,
	    &p.inv.keys) == -1) || zmq_connect(p.socket, p.inv.hub) == -1)
		bench_die(p.inv.hub);
	hello(&p);
	serve(&p);
	zmq_close(p.socket);
	zmq_ctx_term(ctx);
	sv_frame_fini(&p.update);
	sv_invocation_fini(&p.inv);
	return (0);
}
