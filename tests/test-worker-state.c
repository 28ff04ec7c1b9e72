/* sv-worker saves its state for a hub, and goes on from one that it is given. */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "json.h"
#include "starhub.h"
#include "state.h"

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, starhub_setup, starhub_teardown)
#define LONG 300000u	/* elements: a state of more than one part */

/* A worker, as far as its greeting. */
static void
start(struct starhub *t)
{
	char instance[17];

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
}

static void
end(struct starhub *t)
{

	starhub_global(t, SV_OP_TERM, 0, NULL);
	assert_int_equal(starhub_status(t, 10.0), 0);
	starhub_said(t, NULL);
	close(t->errors);
	t->errors = -1;
}

/* The update to the STEP of ${round}. */
static void
update(struct starhub *t, uint32_t round, struct sv_frame *f)
{

	starhub_receive(t, f);
	assert_int_equal(f->type, SV_UPDATE);
	assert_int_equal(f->round, round);
}

static void
round_of(struct starhub *t, uint32_t round)
{
	struct sv_frame f;

	starhub_global(t, SV_OP_STEP, round, TASK);
	update(t, round, &f);
	sv_frame_fini(&f);
}

static void
ask(struct starhub *t, uint32_t seq)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, SV_SAVE, NULL, 0, SV_BYTES, 0), 0);
	f.seq = seq;
	starhub_send(t, &f);
}

/* The state for request ${seq}; and, where ${f} is given, an update between. */
static void
receive(struct starhub *t, uint32_t seq, struct sv_state *s, struct sv_frame *f)
{
	struct sv_frame g;
	char why[SV_WHY];
	int whole = 0, left = f != NULL;

	memset(s, 0, sizeof(*s));
	while (!whole || left) {
		starhub_receive(t, &g);
		if (g.type == SV_UPDATE && left) {
			*f = g;
			left = 0;
			continue;
		}
		assert_int_equal(g.type, SV_STATE);
		assert_int_equal(g.seq, seq);
		if ((whole = sv_state_take(s, &g, why)) == -1)
			fail_msg("%s", why);
		sv_frame_fini(&g);
	}
}

/* Give parts ${from} to ${to} - 1 of the state to the worker. */
static void
give(struct starhub *t, const struct sv_state *s, uint32_t from, uint32_t to)
{
	size_t size = sv_state_part_size(t->d);
	struct sv_frame f;

	for (uint32_t k = from; k < to; k++) {
		assert_int_equal(sv_state_cut(&f, s->bytes, s->len, size, k), 0);
		f.shard = s->shard;
		f.generation = s->generation - 1;
		f.round = s->round;
		f.seq = s->seq;
		starhub_send(t, &f);
	}
}

/* The same bits, but for the times. */
static void
same(const struct sv_frame *f, const struct sv_frame *g)
{
	const size_t times = SV_UP_FRESH * sizeof(double);

	assert_true(f->length == g->length && f->nscalar == g->nscalar);
	assert_memory_equal(f->payload + times, g->payload + times,
	    f->length - times);
}

/* Three rounds of a worker, its state, and its fourth. */
static void
four_rounds(struct starhub *t, struct sv_state *s, struct sv_frame *fourth)
{

	start(t);
	for (uint32_t k = 1; k <= 3; k++)
		round_of(t, k);
	ask(t, 17);
	receive(t, 17, s, NULL);
	assert_int_equal(s->round, 3);
	assert_int_equal(s->shard, 1);
	assert_int_equal(s->generation, 2);
	starhub_global(t, SV_OP_STEP, 4, TASK);
	update(t, 4, fourth);
	end(t);
}

static void
cut(struct starhub *t)
{
	char address[64], instance[17];

	strcpy(address, t->address);
	zmq_close(t->router);
	starhub_bind(t, address);
	starhub_hello(t, instance);
}

static void
successor_goes_on(void **state)
{
	struct starhub *t = *state;
	struct sv_state s;
	struct sv_frame f, g;

	four_rounds(t, &s, &f);
	start(t);
	give(t, &s, 0, s.parts);
	starhub_global(t, SV_OP_STEP, 4, TASK);
	update(t, 4, &g);
	same(&f, &g);
	end(t);
	sv_frame_fini(&f);
	sv_frame_fini(&g);
	sv_state_fini(&s);
}

/* Rounds go on while a long state is on its way; its successor is the same. */
static void
long_states(void **state)
{
	struct starhub *t = *state;
	struct sv_state s;
	struct sv_frame f, g;

	t->d = LONG;
	start(t);
	round_of(t, 1);
	ask(t, 1);
	starhub_global(t, SV_OP_STEP, 2, TASK);
	receive(t, 1, &s, &f);
	assert_int_equal(f.round, 2);
	assert_int_equal(s.round, 1);
	assert_true(s.parts > 1);
	end(t);
	start(t);
	give(t, &s, 0, s.parts);
	starhub_global(t, SV_OP_STEP, 2, TASK);
	update(t, 2, &g);
	same(&f, &g);
	end(t);
	sv_frame_fini(&f);
	sv_frame_fini(&g);
	sv_state_fini(&s);
}

/* GLOBAL, SAVE: the state after it; SAVE, GLOBAL: the state before it. */
static void
save_keeps_its_place(void **state)
{
	struct starhub *t = *state;
	struct sv_state s;
	struct sv_frame f;

	start(t);
	for (uint32_t k = 1; k <= 9; k += 2) {
		starhub_global(t, SV_OP_STEP, k, TASK);
		ask(t, k);
		receive(t, k, &s, &f);
		assert_int_equal(s.round, k);
		assert_int_equal(f.round, k);
		sv_state_fini(&s);
		sv_frame_fini(&f);
		ask(t, k + 1);
		starhub_global(t, SV_OP_STEP, k + 1, TASK);
		receive(t, k + 1, &s, &f);
		assert_int_equal(s.round, k);
		assert_int_equal(f.round, k + 1);
		sv_state_fini(&s);
		sv_frame_fini(&f);
	}
	end(t);
}

/* It may be cut on its way up, and is sent again from its first part. */
static void
cut_while_it_is_sent(void **state)
{
	struct starhub *t = *state;
	struct sv_state s;
	struct sv_frame f;

	t->d = LONG;
	start(t);
	round_of(t, 1);
	ask(t, 5);
	starhub_receive(t, &f);
	assert_int_equal(f.type, SV_STATE);
	sv_frame_fini(&f);
	cut(t);
	ask(t, 5);
	receive(t, 5, &s, NULL);
	assert_int_equal(s.round, 1);
	sv_state_fini(&s);
	round_of(t, 2);
	end(t);
}

/* ... or down: what had come of it is forgotten. */
static void
cut_while_it_is_given(void **state)
{
	struct starhub *t = *state;
	struct sv_state s;
	struct sv_frame f, g;

	t->d = LONG;
	four_rounds(t, &s, &f);
	start(t);
	give(t, &s, 0, 1);
	cut(t);
	give(t, &s, 0, s.parts);
	starhub_global(t, SV_OP_STEP, 4, TASK);
	update(t, 4, &g);
	same(&f, &g);
	sv_frame_fini(&g);
	/* The hub does not know what has come: once more is no harm. */
	cut(t);
	give(t, &s, 0, s.parts);
	starhub_global(t, SV_OP_STEP, 4, TASK);
	update(t, 4, &g);
	same(&f, &g);
	end(t);
	sv_frame_fini(&f);
	sv_frame_fini(&g);
	sv_state_fini(&s);
}

/* A GLOBAL in the middle of a state is answered without it. */
static void
half_a_state_is_none(void **state)
{
	struct starhub *t = *state;
	struct sv_state s;
	struct sv_frame f;

	t->d = LONG;
	four_rounds(t, &s, &f);
	sv_frame_fini(&f);
	start(t);
	give(t, &s, 0, 1);
	starhub_global(t, SV_OP_STEP, 4, TASK);
	update(t, 4, &f);
	assert_true(sv_frame_scalars(&f)[SV_UP_FRESH] == 1.0);
	end(t);
	sv_frame_fini(&f);
	sv_state_fini(&s);
}

/* What cannot be adopted is told, with the reason, and there is no second try. */
static void
useless_states_are_told(void **state)
{
	struct starhub *t = *state;
	struct sv_state s;
	struct sv_frame f;
	const char *why;
	json_t *o;

	four_rounds(t, &s, &f);
	sv_frame_fini(&f);
	s.bytes[s.len / 2] ^= 1;
	start(t);
	give(t, &s, 0, s.parts);
	starhub_receive(t, &f);
	assert_int_equal(f.type, SV_ERROR);
	assert_non_null(o = sv_json_of(&f));
	assert_int_equal(sv_json_string(o, "why", &why), 0);
	assert_memory_equal(why, "state: ", 7);
	assert_null(json_object_get(o, "again"));
	json_decref(o);
	sv_frame_fini(&f);
	starhub_global(t, SV_OP_TERM, 0, NULL);
	assert_int_equal(starhub_status(t, 10.0), 1);
	starhub_said(t, NULL);
	close(t->errors);
	t->errors = -1;
	sv_state_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(successor_goes_on),
		TEST(long_states),
		TEST(save_keeps_its_place),
		TEST(cut_while_it_is_sent),
		TEST(cut_while_it_is_given),
		TEST(half_a_state_is_none),
		TEST(useless_states_are_told)
	};

	signal(SIGPIPE, SIG_IGN);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
