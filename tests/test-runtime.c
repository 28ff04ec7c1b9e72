/*
 * bootstrap, and a hub that is the test itself: how an invocation of the
 * function ends, and what its caller is answered.
 */
#include "config.h"

#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zmq.h>

#include <cmocka.h>

#include "clock.h"
#include "json.h"
#include "starhub.h"

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, starhub_teardown)
/* The answer comes where the talk goes: starhub_said() sees both. */
#define RUN "exec /usr/bin/python3 \"$SV_SRCDIR/tests/runtimeapi.py\" " \
    "--bootstrap \"$SV_BUILDDIR/tools/bootstrap\" --quiet "

static int
sanitized(void)
{
	const char *s = getenv("SV_SANITIZED");

	return (s != NULL && *s != '\0');
}

static int
setup(void **state)
{
	struct starhub *t;

	if (starhub_setup(state) == -1)
		return (-1);
	t = *state;
	t->command = RUN "- >&2";
	return (0);
}

/* The text of the next frame, which is of ${type}. */
static json_t *
receive(struct starhub *t, enum sv_type type)
{
	struct sv_frame f;
	json_t *o;

	starhub_receive(t, &f);
	assert_int_equal(f.type, type);
	o = sv_json_of(&f);
	assert_non_null(o);
	sv_frame_fini(&f);
	return (o);
}

/* An ERROR that says it is no fault of anybody. */
static void
gives_way(struct starhub *t)
{
	json_t *o = receive(t, SV_ERROR);

	assert_true(json_is_true(json_object_get(o, "again")));
	assert_string_equal(json_string_value(json_object_get(o, "why")),
	    "its time is up");
	json_decref(o);
}

/* The answer in the end: status, and a line that has ${word}. */
static void
answered(struct starhub *t, int status, const char *word)
{

	assert_int_equal(starhub_status(t, 10.0), status);
	starhub_said(t, word);
}

static void
term_is_a_result(void **state)
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
		sv_frame_fini(&f);
	}
	starhub_global(t, SV_OP_TERM, 0, NULL);
	answered(t, 0, "{\"sv\":1,\"job\":\"0123456789abcdef\",\"shard\":1,"
	    "\"generation\":2,\"end\":\"term\",\"rounds\":3,\"cpu_s\":0.");
}

static void
refused_is_a_result(void **state)
{
	struct starhub *t = *state;
	char instance[17];
	struct sv_frame f;

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	assert_int_equal(sv_frame_make(&f, SV_REFUSE, "{\"why\":\"taken\"}", 0,
	    SV_BYTES, 0), 0);
	starhub_send(t, &f);
	answered(t, 0, "\"end\":\"refused\",\"rounds\":0,");
}

/* What the greeting says of the function. */
static void
hello_says_more(void **state)
{
	struct starhub *t = *state;
	int64_t now = sv_clock_real_ns();
	uint64_t start, event, deadline, rss;
	struct utsname host;
	const char *arch;
	uint32_t mb;
	double init, left;
	json_t *o;

	t->command = RUN "--timeout 60 - >&2";
	starhub_start(t, starhub_recipe(200, t->d, 5));
	o = receive(t, SV_HELLO);
	assert_int_equal(sv_json_u64(o, "start_ns", (uint64_t)now, INT64_MAX,
	    &start), 0);
	assert_int_equal(sv_json_u64(o, "event_ns", start, INT64_MAX, &event),
	    0);
	assert_true(event < start + 10000000000);
	assert_int_equal(sv_json_u64(o, "deadline_ms", event / 1000000 + 55000,
	    event / 1000000 + 60000, &deadline), 0);
	assert_int_equal(sv_json_u32(o, "memory_mb", 256, 256, &mb), 0);
	assert_int_equal(sv_json_u64(o, "rss_bytes", 500000, UINT64_MAX,
	    &rss), 0);
	assert_int_equal(sv_json_double(o, "init_s", &init), 0);
	assert_true(init > 0.0 && init < 10.0);
	/* Two seconds before the deadline work ends. */
	assert_int_equal(sv_json_double(o, "left_s", &left), 0);
	assert_true(left > 40.0 && left <= 58.0);
	assert_true(json_is_true(json_object_get(o, "cold")));
	assert_int_equal(json_string_length(json_object_get(o, "request_id")),
	    36);
	assert_int_equal(uname(&host), 0);
	assert_int_equal(sv_json_string(o, "arch", &arch), 0);
	assert_string_equal(arch, strcmp(host.machine, "aarch64") == 0 ?
	    "arm64" : host.machine);
	json_decref(o);
	starhub_global(t, SV_OP_TERM, 0, NULL);
	answered(t, 0, "\"cold\":true}");
}

/* 2 s, of which the last tenth is the margin. */
static void
deadline_while_computing(void **state)
{
	struct starhub *t = *state;
	char instance[17];
	double begin = sv_clock_mono();

	t->command = RUN "--timeout 2 - >&2";
	starhub_start(t, starhub_recipe(20000, t->d, 5));
	starhub_hello(t, instance);
	starhub_global(t, SV_OP_STEP, 1, ENDLESS);
	gives_way(t);
	assert_true(sv_clock_mono() - begin > 1.7);
	starhub_global(t, SV_OP_TERM, 0, NULL);
	answered(t, 0, "\"end\":\"deadline\",\"rounds\":0,");
}

static void
deadline_while_waiting(void **state)
{
	struct starhub *t = *state;
	char instance[17];

	t->command = RUN "--timeout 1 - >&2";
	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	gives_way(t);
	starhub_global(t, SV_OP_TERM, 0, NULL);
	answered(t, 0, "\"end\":\"deadline\"");
}

/* Seconds' worth of rows; and nobody answers. */
static void
deadline_while_loading(void **state)
{
	struct starhub *t = *state;

	t->command = RUN "--memory 100000 --timeout 1 - >&2";
	starhub_start(t, starhub_recipe(20000000, 1000, 10));
	gives_way(t);
	answered(t, 0, "\"end\":\"deadline\"");
}

/* SIGTERM, passed on; the answer is there about when SIGKILL would come. */
static void
terminated(struct starhub *t)
{
	double begin = sv_clock_mono();

	kill(t->pid, SIGTERM);
	answered(t, 1, "{\"errorType\":\"Function.Terminated\",\"errorMessage\":"
	    "\"shard 1: ended by signal 15\",\"stackTrace\":[]}");
	assert_true(sv_clock_mono() - begin < (sanitized() ? 5.0 : 1.0));
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
	terminated(t);
}

static void
signal_while_waiting(void **state)
{
	struct starhub *t = *state;
	char instance[17];

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	usleep(50000);
	terminated(t);
}

static void
signal_while_loading(void **state)
{
	struct starhub *t = *state;

	t->command = RUN "--memory 100000 - >&2";
	starhub_start(t, starhub_recipe(20000000, 1000, 10));
	usleep(700000);
	terminated(t);
}

static void
lost_hub_is_an_error(void **state)
{
	struct starhub *t = *state;
	char instance[17];

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	zmq_close(t->router);
	t->router = NULL;
	answered(t, 1, "\"Function.HubLost\",\"errorMessage\":\"shard 1: ");
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
	answered(t, 1, "\"Function.BadMessage\",\"errorMessage\":\"shard 1: ");
}

/* The hub is told as well, and lets the worker go. */
static void
told(struct starhub *t, const char *word, const char *type)
{
	json_t *o = receive(t, SV_ERROR);

	assert_non_null(strstr(json_string_value(json_object_get(o, "why")),
	    word));
	assert_null(json_object_get(o, "again"));
	json_decref(o);
	starhub_global(t, SV_OP_TERM, 0, NULL);
	answered(t, 1, type);
}

static void
bad_global_is_an_error(void **state)
{
	struct starhub *t = *state;
	char instance[17];

	starhub_start(t, starhub_recipe(200, t->d, 5));
	starhub_hello(t, instance);
	t->d++;
	starhub_global(t, SV_OP_STEP, 1, TASK);
	told(t, "21 elements", "\"Function.BadMessage\"");
}

static void
bad_share_is_an_error(void **state)
{
	struct starhub *t = *state;

	starhub_start(t, json_pack("{s:s, s:i}", "kind", "mystery", "d", 20));
	told(t, "mystery", "\"Function.ShardUnreadable\"");
}

static void
large_share_is_an_error(void **state)
{
	struct starhub *t = *state;

	starhub_start(t, starhub_recipe(50000000, 1000, 10));
	told(t, "6484 MB, and there are 256 MB", "\"Function.OutOfMemory\"");
}

/*
 * One process, one invocation after the other: each begins anew, and nothing is
 * left of the one before.
 */
#define TIMES 50

static void
visits(struct starhub *t)
{
	char last[17] = "", instance[17];
	struct sv_frame f;

	for (int i = 0; i < TIMES; i++) {
		json_t *o = receive(t, SV_HELLO);
		double init = -1.0;

		snprintf(instance, sizeof(instance), "%s",
		    json_string_value(json_object_get(o, "instance")));
		assert_string_not_equal(instance, last);
		strcpy(last, instance);
		sv_json_double(o, "init_s", &init);
		if (i == 0) {
			assert_true(json_is_true(json_object_get(o, "cold")));
			assert_true(init > 0.0);
		} else {
			assert_true(json_is_false(json_object_get(o, "cold")));
			assert_true(init == 0.0);
			assert_true(json_equal(json_object_get(o, "start_ns"),
			    json_object_get(o, "event_ns")));
		}
		json_decref(o);
		starhub_global(t, SV_OP_STEP, 1, TASK);
		starhub_receive(t, &f);
		assert_int_equal(f.type, SV_UPDATE);
		sv_frame_fini(&f);
		starhub_global(t, SV_OP_TERM, 0, NULL);
	}
}

static void
invocations_leave_nothing_behind(void **state)
{
	long fds[TIMES - 1], threads[TIMES - 1], kb[TIMES - 1];
	struct starhub *t = *state;
	char path[] = "/tmp/sv-usage-XXXXXX", command[512];
	FILE *f;
	int fd;

	assert_true((fd = mkstemp(path)) != -1);
	snprintf(command, sizeof(command), RUN "--times %d --usage %s - "
	    ">/dev/null", TIMES, path);
	t->command = command;
	starhub_start(t, starhub_recipe(2000, t->d, 5));
	visits(t);
	assert_int_equal(starhub_status(t, 20.0), 0);
	starhub_said(t, NULL);
	assert_non_null(f = fdopen(fd, "r"));
	for (int i = 0; i < TIMES - 1; i++)
		assert_int_equal(fscanf(f, "%ld %ld %ld", &fds[i], &threads[i],
		    &kb[i]), 3);
	fclose(f);
	unlink(path);
	for (int i = 0; i < TIMES - 1; i++) {
		assert_int_equal(fds[i], fds[0]);
		assert_int_equal(threads[i], threads[0]);
	}
	/* ThreadSanitizer has a thread of its own. */
	if (!sanitized()) {
		assert_int_equal(threads[0], 1);
		assert_true(kb[TIMES - 2] < kb[9] + 256);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(term_is_a_result),
		TEST(refused_is_a_result),
		TEST(hello_says_more),
		TEST(deadline_while_computing),
		TEST(deadline_while_waiting),
		TEST(deadline_while_loading),
		TEST(signal_while_computing),
		TEST(signal_while_waiting),
		TEST(signal_while_loading),
		TEST(lost_hub_is_an_error),
		TEST(garbage_is_an_error),
		TEST(bad_global_is_an_error),
		TEST(bad_share_is_an_error),
		TEST(large_share_is_an_error),
		TEST(invocations_leave_nothing_behind)
	};

	signal(SIGPIPE, SIG_IGN);
	if (getenv("SV_SRCDIR") == NULL || getenv("SV_BUILDDIR") == NULL)
		return (77);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
