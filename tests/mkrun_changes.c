#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mkrun.h"
#include "state.h"

static const char killed[] = "killed by signal 9";

/* An event of worker ${i}, of generation ${g}. */
static void
put_event(uint32_t i, uint32_t g, json_t *o, double at)
{
	struct sv_frame f;

	text(&f, SV_EVENT, o);
	f.shard = i;
	f.generation = g;
	put(&f, at);
}

int
take_change(struct made *m, int kind, const char *arg)
{
	struct change *c = &m->change[m->changes];
	const char *why = strchr(arg, ':');

	if (m->changes++ == CHANGES ||
	    sscanf(arg, "%" SCNu32 ":%" SCNu32, &c->shard, &c->round) != 2)
		return (-1);
	c->kind = kind;
	why = strchr(why + 1, ':');
	c->why = why != NULL ? why + 1 : NULL;
	return (0);
}

static int
changes_hands(const struct change *c)
{

	return (c->kind == LOSE || c->kind == LEAVE || c->kind == HANDOVER);
}

uint32_t
generation(const struct made *m, uint32_t i, uint32_t k)
{
	uint32_t g = 1;

	for (uint32_t n = 0; n < m->changes; n++)
		g += changes_hands(&m->change[n]) && m->change[n].shard == i &&
		    m->change[n].round < k;
	return (g);
}

int
is_lost(const struct made *m, uint32_t i, uint32_t k)
{

	for (uint32_t n = 0; n < m->changes; n++)
		if ((m->change[n].kind == LOSE || m->change[n].kind == LEAVE) &&
		    m->change[n].shard == i && m->change[n].round == k)
			return (1);
	return (0);
}

/* One goes, and another comes after it. */
static void
put_loss(const struct made *m, const struct change *c)
{
	uint32_t i = c->shard, g = generation(m, i, c->round);

	if (c->kind == LEAVE || c->why == NULL)
		put_exit(m, i, g, c->kind == LEAVE ? 0 : 9, m->base + 0.01);
	put_event(i, g, json_pack("{s:s, s:s}", "event", c->kind == LEAVE ?
	    "left" : "lost", "why", c->why != NULL ? c->why : killed),
	    m->base + 0.01);
	put_request(m, i, g + 1, m->base + 0.02);
	put_hello(m, i, g + 1, m->base + 0.02, m->base + 0.52);
}

void
put_losses(const struct made *m, uint32_t k)
{

	for (uint32_t n = 0; n < m->changes; n++) {
		const struct change *c = &m->change[n];
		uint32_t g = generation(m, c->shard, k);

		if (c->round != k)
			continue;
		if (c->kind == LOSE || c->kind == LEAVE)
			put_loss(m, c);
		if (c->kind == REFUSE)
			put_event(c->shard, g, json_pack("{s:s, s:s}", "event",
			    "refused", "why", "another worker has this shard"),
			    m->base + 0.04);
		if (c->kind != CUT)
			continue;
		put_event(c->shard, g, json_pack("{s:s}", "event", "cut"),
		    m->base + 0.03);
		if (c->why == NULL)
			put_event(c->shard, g, json_pack("{s:s}", "event",
			    "back"), m->base + 0.05);
	}
}

void
put_handovers(const struct made *m, uint32_t k)
{

	for (uint32_t n = 0; n < m->changes; n++) {
		const struct change *c = &m->change[n];
		uint32_t i = c->shard, g = generation(m, i, k);

		if (c->kind != HANDOVER || c->round != k)
			continue;
		put_event(i, g + 1, json_pack("{s:s, s:s}", "event", "wanted",
		    "why", "handover"), m->base - 0.60);
		put_request(m, i, g + 1, m->base - 0.58);
		put_hello(m, i, g + 1, m->base - 0.58, m->base - 0.18);
		put_event(i, g + 1, json_pack("{s:s, s:i, s:i, s:f}", "event",
		    "handover", "from", (int)g, "bytes", (int)(1000 * (i + 1)),
		    "took_s", 0.014 + 0.001 * i), m->base);
		if (c->why == NULL)
			put_exit(m, i, g, 0, m->base + 0.02);
	}
}

/* The state of one shard after round ${k}, in parts. */
static void
put_state(const struct made *m, uint32_t i, uint32_t k)
{
	size_t len = m->state_bytes > 0 ? m->state_bytes : 1000 * (i + 1);
	size_t size = sv_state_part_size(4);
	uint32_t parts = sv_state_parts(len, size);
	uint8_t *bytes = calloc(len, 1);
	struct sv_frame f;

	for (uint32_t part = 0; bytes != NULL && part < parts; part++) {
		if (sv_state_cut(&f, bytes, len, size, part) == -1)
			break;
		f.shard = i;
		f.generation = generation(m, i, k);
		f.round = k;
		f.seq = k;
		put(&f, m->base);
	}
	free(bytes);
}

void
put_save(const struct made *m, uint32_t k)
{
	struct sv_frame f;

	if (m->save == 0 || k % m->save != 0)
		return;
	for (uint32_t i = 0; i < m->W; i++)
		put_state(m, i, k);
	if (sv_frame_make(&f, SV_CHECKPOINT,
	    "{\"method\":\"admm\",\"version\":1}", 2, SV_F64, 8) == -1)
		exit(1);
	f.round = k;
	put(&f, m->base);
	put_event(SV_FRAME_NOSHARD, 0, json_pack("{s:s, s:i}", "event",
	    "saved", "round", (int)k), m->base);
}

void
put_origin(const struct made *m)
{

	if (m->resumed > 0)
		put_event(SV_FRAME_NOSHARD, 0, json_pack(
		    "{s:s, s:i, s:s, s:s}", "event", "resumed", "round",
		    (int)m->resumed, "state", m->exact ? "exact" : "globals",
		    "run", "00000000000000aa"), m->base);
}

void
put_peers(const struct made *m)
{

	if (m->peers)
		put_event(SV_FRAME_NOSHARD, 0, json_pack(
		    "{s:s, s:i, s:i, s:i, s:i, s:i, s:i}", "event", "peers",
		    "garbage", 12, "foreign", 1, "late", 0, "refused", 7,
		    "failed", 2, "denied", 3), m->base);
}
