/*
 * Random numbers, and frames made of them.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "intruder.h"
#include "json.h"
#include "state.h"

#define ROOM 4096u	/* bytes of a payload that is noise */

static uint64_t state;	/* of the random numbers */

void
intruder_seed(uint64_t seed)
{

	state = seed * 2685821657736338717u + 1;
	for (int i = 0; i < 8; i++)
		(void)intruder_below(2);
}

/* xorshift64* (Vigna 2016). */
uint64_t
intruder_below(uint64_t n)
{

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (((state * 2685821657736338717u) >> 11) % n);
}

uint32_t
intruder_edge(void)
{
	static const uint32_t edges[] = { 0, 1, 2, 3, 4, 7, 10, 80, 255, 65535,
	    0x7fffffff, 0x80000000, UINT32_MAX - 1, UINT32_MAX };

	return (edges[intruder_below(sizeof(edges) / sizeof(edges[0]))]);
}

void
intruder_update(const struct intruder *in, const struct sv_frame *g,
    struct sv_frame *f)
{
	uint32_t nscalar = in->nscalar > 0 ? in->nscalar : SV_UP_STEP_N;
	uint8_t op = g != NULL ? g->op : SV_OP_STEP;

	if (sv_frame_make(f, SV_UPDATE, NULL, nscalar, SV_F64, g != NULL ?
	    sv_frame_nelem(g) : in->d) == -1)
		intruder_die("update");
	f->op = op;
	f->round = g != NULL ? g->round : 1;
	f->seq = g != NULL ? g->seq : 1;
	f->shard = in->inv.shard;
	f->generation = in->inv.generation;
}

void
intruder_noise(struct intruder *in, void *socket)
{
	uint8_t bytes[ROOM];
	int parts = 1 + (int)intruder_below(5);

	for (int i = 0; i < parts; i++) {
		size_t n = intruder_below(8) ? intruder_below(200) :
		    intruder_below(ROOM);

		for (size_t j = 0; j < n; j++)
			bytes[j] = (uint8_t)intruder_below(256);
		if (zmq_send(socket, bytes, intruder_below(8) ? n :
		    SV_FRAME_HEADER, i + 1 < parts ? ZMQ_SNDMORE : 0) == -1)
			return;
	}
	in->sent++;
}

/* Text that is JSON, nearly so, or not at all. */
static const char *
some_text(void)
{
	static const char * const texts[] = { "{}", "{\"instance\":\"a\"}",
	    "{\"instance\":\"\"}", "{\"instance\":7,\"why\":[]}", "[]", "{",
	    "{\"why\":\"\\u001b[2J\\nx\",\"again\":true}",
	    ("{\"instance\":\"0123456789012345678901234567890123456789"
	    "012345678901234567890\"}"),
	    "{\"instance\":\"a\",\"left_s\":0}",
	    "{\"instance\":\"a\",\"left_s\":-1e308}",
	    "{\"instance\":\"a\",\"left_s\":1e400}",
	    "{\"again\":true,\"why\":\"\"}", "{\"again\":1}",
	    "\xff\xfe", "" };

	return (texts[intruder_below(sizeof(texts) / sizeof(texts[0]))]);
}

/* A whole frame of a kind that workers send, or of any other. */
static void
some_frame(const struct intruder *in, const struct sv_frame *g,
    struct sv_frame *f)
{
	static const enum sv_type types[] = { SV_HELLO, SV_STATE, SV_STATE,
	    SV_ERROR, SV_UPDATE, SV_UPDATE, SV_UPDATE };
	enum sv_type type = types[intruder_below(7)];

	if (intruder_below(8) == 0)
		type = (enum sv_type)intruder_below(24);
	if (type == SV_ERROR && !in->errors)
		type = SV_HELLO;
	if (type == SV_UPDATE) {
		intruder_update(in, g, f);
		return;
	}
	if (sv_frame_make(f, type, type == SV_STATE ? NULL : some_text(),
	    type == SV_STATE ? SV_ST_N : (uint32_t)intruder_below(3), SV_BYTES,
	    intruder_below(300)) == -1)
		intruder_die("frame");
	f->shard = in->inv.shard;
	f->generation = in->inv.generation;
	f->round = g != NULL ? g->round : 1;
	f->seq = (uint32_t)intruder_below(4);
	if (type == SV_STATE) {
		f->seq = intruder_below(4) ? in->save : f->seq;
		f->count = 1 + (uint32_t)intruder_below(3);
		sv_frame_scalars(f)[SV_ST_PART] = (double)intruder_below(3);
		sv_frame_scalars(f)[SV_ST_BYTES] = (double)intruder_below(900);
	}
}

/* Change something of the header, in a way that it may not be noticed. */
static void
mutate_fields(struct sv_frame *f)
{
	int32_t near = (int32_t)intruder_below(5) - 2;

	switch (intruder_below(12)) {
	case 0: f->op = (uint8_t)intruder_below(7); break;
	case 1: f->elem = (uint8_t)intruder_below(4); break;
	case 2: f->round += (uint32_t)near; break;
	case 3: f->seq += (uint32_t)near; break;
	case 4: f->count = intruder_edge(); break;
	case 5: f->shard += (uint32_t)near; break;
	case 6: f->generation += (uint32_t)near; break;
	case 7: f->round = intruder_edge(); break;
	case 8: f->seq = intruder_edge(); break;
	case 9: f->nscalar += (uint32_t)near; break;
	case 10: f->ntext = intruder_edge(); break;
	default: f->shard = intruder_edge(); break;
	}
}

/* Change bytes of the payload: bits, or numbers that are none. */
static void
mutate_payload(struct sv_frame *f)
{
	static const double odd[] = { 0.0, -1.0, 1e300, -1e308 };
	static const uint64_t none[] = { 0x7ff0000000000000u,
	    0x7ff8000000000001u };
	size_t at = intruder_below(f->length);

	if (f->length < 8 || intruder_below(2)) {
		f->payload[at] ^= (uint8_t)(1 << intruder_below(8));
		return;
	}
	at = at / 8 * 8;
	if (at > f->length - 8)
		at = 0;
	if (intruder_below(2))
		memcpy(f->payload + at, &odd[intruder_below(4)], 8);
	else
		memcpy(f->payload + at, &none[intruder_below(2)], 8);
}

void
intruder_mutant(struct intruder *in, void *socket, const struct sv_frame *g)
{
	uint8_t header[SV_FRAME_HEADER];
	struct sv_frame f;
	size_t n, length;
	int rc;

	some_frame(in, g, &f);
	length = f.length;
	f.job = in->inv.job;
	for (uint64_t i = intruder_below(3); i > 0; i--)
		mutate_fields(&f);
	for (uint64_t i = f.length > 0 ? intruder_below(3) : 0; i > 0; i--)
		mutate_payload(&f);
	sv_frame_seal(&f);
	n = f.length;
	if (intruder_below(8) == 0)
		f.length = intruder_below(2) ? intruder_edge() : n + 8;
	if (intruder_below(16) == 0)
		f.sum ^= 1;
	sv_frame_encode(&f, header);
	if (intruder_below(16) == 0)
		header[intruder_below(SV_FRAME_HEADER)] ^=
		    (uint8_t)(1 << intruder_below(8));
	if (n > 0 && intruder_below(16) == 0)
		n = intruder_below(n);
	rc = zmq_send(socket, header, sizeof(header), ZMQ_SNDMORE) == -1 ||
	    zmq_send(socket, f.payload, n, 0) == -1;
	in->sent += !rc;
	f.length = length;
	sv_frame_fini(&f);
}

void
intruder_state(struct intruder *in, void *socket, uint32_t part,
    uint32_t parts, size_t bytes, int damage)
{
	struct sv_frame f;

	if (sv_frame_make(&f, SV_STATE, NULL, SV_ST_N, SV_BYTES, bytes) == -1)
		intruder_die("state");
	f.shard = in->inv.shard;
	f.generation = in->inv.generation;
	f.round = f.seq = 1;
	f.count = parts;
	sv_frame_scalars(&f)[SV_ST_PART] = part;
	sv_frame_scalars(&f)[SV_ST_BYTES] = (double)bytes * parts;
	(void)intruder_send(in, socket, &f, damage);
	sv_frame_fini(&f);
}
