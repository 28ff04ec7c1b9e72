/* sv-worker and a hub that does as it should. */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include <cmocka.h>

#include "starhub.h"

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, starhub_setup, starhub_teardown)

static void
rounds_until_term(void **state)
{
	struct starhub *t = *state;
	char instance[17];
	struct sv_frame f;

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	for (uint32_t k = 1; k <= 3; k++) {
		starhub_global(t, SV_OP_STEP, k, TASK);
		starhub_receive(t, &f);
		assert_int_equal(f.type, SV_UPDATE);
		assert_int_equal(f.op, SV_OP_STEP);
		assert_int_equal(f.round, k);
		assert_int_equal(f.seq, k);
		assert_true(sv_frame_nelem(&f) == t->d);
		assert_true(sv_frame_scalars(&f)[SV_UP_FRESH] == 0.0);
		assert_true(sv_frame_scalars(&f)[SV_UP_FX] > 0.0);
		sv_frame_fini(&f);
	}
	starhub_global(t, SV_OP_TERM, 0, NULL);
	assert_int_equal(starhub_status(t, 5.0), 0);
	starhub_said(t, NULL);
}

/* Vectors that arrive in pieces, and leave without being copied. */
static void
long_vectors(void **state)
{
	struct starhub *t = *state;
	char instance[17];
	struct sv_frame f;

	t->d = 300000;
	starhub_start(t, starhub_recipe(20, t->d, 5));
	starhub_hello(t, instance);
	for (uint32_t k = 1; k <= 3; k++) {
		starhub_global(t, k == 2 ? SV_OP_GRAD : SV_OP_STEP, k < 2 ? 1 :
		    k - 1, TASK);
		starhub_receive(t, &f);
		assert_int_equal(f.type, SV_UPDATE);
		assert_true(sv_frame_nelem(&f) == t->d);
		sv_frame_fini(&f);
	}
	starhub_global(t, SV_OP_TERM, 0, NULL);
	assert_int_equal(starhub_status(t, 5.0), 0);
	starhub_said(t, NULL);
}

static void
refused_is_success(void **state)
{
	struct starhub *t = *state;
	char instance[17];
	struct sv_frame f;

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	assert_int_equal(sv_frame_make(&f, SV_REFUSE, "{\"why\":\"taken\"}", 0,
	    SV_BYTES, 0), 0);
	starhub_send(t, &f);
	assert_int_equal(starhub_status(t, 5.0), 0);
	starhub_said(t, NULL);
}

/*
 * The connection is cut and comes back: the same instance says hello again, and
 * the same global gets the same update, to the last bit.
 */
static void
cut_connection_comes_back(void **state)
{
	struct starhub *t = *state;
	char first[17], again[17], address[64];
	struct sv_frame f, g;

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, first);
	starhub_global(t, SV_OP_STEP, 1, TASK);
	starhub_receive(t, &f);
	strcpy(address, t->address);
	zmq_close(t->router);
	starhub_bind(t, address);
	starhub_hello(t, again);
	assert_string_equal(first, again);
	starhub_global(t, SV_OP_STEP, 1, TASK);
	starhub_receive(t, &g);
	assert_true(f.time == g.time && f.sum == g.sum && f.length == g.length);
	assert_memory_equal(f.payload, g.payload, f.length);
	sv_frame_fini(&f);
	sv_frame_fini(&g);
	starhub_global(t, SV_OP_TERM, 0, NULL);
	assert_int_equal(starhub_status(t, 5.0), 0);
	starhub_said(t, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rounds_until_term),
		TEST(long_vectors),
		TEST(refused_is_success),
		TEST(cut_connection_comes_back)
	};

	signal(SIGPIPE, SIG_IGN);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
