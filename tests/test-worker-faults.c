/* sv-worker when something is wrong, and when it is to end. */
#include "config.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "json.h"
#include "starhub.h"

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, starhub_setup, starhub_teardown)

/* Also in the middle of a subproblem that would take for ever. */
static void
term_while_computing(void **state)
{
	struct starhub *t = *state;
	char instance[17];

	starhub_start(t, starhub_recipe(20000, t->d, 5));
	starhub_hello(t, instance);
	starhub_global(t, SV_OP_STEP, 1, ENDLESS);
	usleep(200000);
	/* The same global again is no reason to stop. */
	starhub_global(t, SV_OP_STEP, 1, ENDLESS);
	usleep(100000);
	assert_int_equal(waitpid(t->pid, NULL, WNOHANG), 0);
	starhub_global(t, SV_OP_TERM, 0, NULL);
	assert_int_equal(starhub_status(t, 2.0), 0);
	starhub_said(t, NULL);
}

static void
signal_while_computing(void **state)
{
	struct starhub *t = *state;
	char instance[17];

	starhub_start(t, starhub_recipe(20000, t->d, 5));
	starhub_hello(t, instance);
	starhub_global(t, SV_OP_STEP, 1, ENDLESS);
	usleep(200000);
	kill(t->pid, SIGTERM);
	assert_int_equal(starhub_status(t, 2.0), 1);
	starhub_said(t, NULL);
}

static void
signal_while_waiting(void **state)
{
	struct starhub *t = *state;
	char instance[17];

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	usleep(50000);
	kill(t->pid, SIGINT);
	assert_int_equal(starhub_status(t, 2.0), 1);
	starhub_said(t, NULL);
}

static void
signal_while_loading(void **state)
{
	struct starhub *t = *state;

	/* Seconds' worth of rows. */
	starhub_start(t, starhub_recipe(20000000, 1000, 10));
	usleep(300000);
	kill(t->pid, SIGTERM);
	assert_int_equal(starhub_status(t, 2.0), 1);
	starhub_said(t, NULL);
}

/* The hub is told why, and says it; the worker stays silent. */
static void
expect_error(struct starhub *t, const char *word)
{
	struct sv_frame f;
	const char *why;
	json_t *o;

	starhub_receive(t, &f);
	assert_int_equal(f.type, SV_ERROR);
	o = sv_json_of(&f);
	assert_non_null(o);
	assert_int_equal(sv_json_string(o, "why", &why), 0);
	assert_non_null(strstr(why, word));
	json_decref(o);
	sv_frame_fini(&f);
	usleep(100000);
	assert_int_equal(waitpid(t->pid, NULL, WNOHANG), 0);
	starhub_global(t, SV_OP_TERM, 0, NULL);
	assert_int_equal(starhub_status(t, 2.0), 1);
	starhub_said(t, NULL);
}

static void
bad_global_is_told(void **state)
{
	struct starhub *t = *state;
	char instance[17];

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	t->d++;
	starhub_global(t, SV_OP_STEP, 1, TASK);
	expect_error(t, "21 elements");
}

static void
bad_share_is_told(void **state)
{
	struct starhub *t = *state;

	starhub_start(t, json_pack("{s:s, s:i}", "kind", "mystery", "d", 20));
	expect_error(t, "mystery");
}

/*
 * A hub that is gone is not waited for, nor one that does not answer an error;
 * then the error is said here.  Two workers, so that the seconds pass once.
 */
static void
silence_has_an_end(void **state)
{
	struct starhub *t = *state, *u;
	char instance[17];
	struct sv_frame f;
	void *other;

	assert_int_equal(starhub_setup(&other), 0);
	u = other;
	starhub_start(u, json_pack("{s:s, s:i}", "kind", "mystery", "d", 20));
	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	starhub_receive(u, &f);
	assert_int_equal(f.type, SV_ERROR);
	sv_frame_fini(&f);
	zmq_close(t->router);
	t->router = NULL;
	assert_int_equal(starhub_status(t, 8.0), 1);
	starhub_said(t, "is gone");
	assert_int_equal(starhub_status(u, 3.0), 1);
	starhub_said(u, "mystery");
	assert_int_equal(starhub_teardown(&other), 0);
}

static void
garbage_is_an_error(void **state)
{
	struct starhub *t = *state;
	char instance[17];

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	assert_true(zmq_send(t->router, t->id, t->nid, ZMQ_SNDMORE) != -1);
	assert_true(zmq_send(t->router, "hello", 5, 0) != -1);
	assert_int_equal(starhub_status(t, 5.0), 1);
	starhub_said(t, "not a frame");
}

static void
damage_is_an_error(void **state)
{
	struct starhub *t = *state;
	uint8_t header[SV_FRAME_HEADER];
	char instance[17];
	struct sv_frame f;

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	assert_int_equal(sv_frame_make(&f, SV_GLOBAL, TASK, SV_GL_N, SV_F64,
	    t->d), 0);
	f.op = SV_OP_STEP;
	f.round = f.seq = 1;
	sv_frame_seal(&f);
	sv_frame_encode(&f, header);
	f.payload[f.length - 3] ^= 1;
	zmq_send(t->router, t->id, t->nid, ZMQ_SNDMORE);
	zmq_send(t->router, header, sizeof(header), ZMQ_SNDMORE);
	zmq_send(t->router, f.payload, f.length, 0);
	sv_frame_fini(&f);
	assert_int_equal(starhub_status(t, 5.0), 1);
	starhub_said(t, "payload checksum is wrong");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(term_while_computing),
		TEST(signal_while_computing),
		TEST(signal_while_waiting),
		TEST(signal_while_loading),
		TEST(bad_global_is_told),
		TEST(bad_share_is_told),
		TEST(silence_has_an_end),
		TEST(garbage_is_an_error),
		TEST(damage_is_an_error)
	};

	signal(SIGPIPE, SIG_IGN);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
