#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include <cmocka.h>

#include "star.h"

#define MAX ((uint64_t)1 << 16)

static int
open_context(void **state)
{

	/* What is said about refused addresses is not this test's output. */
	if (freopen("/dev/null", "w", stderr) == NULL)
		return (-1);
	*state = zmq_ctx_new();
	return (*state == NULL ? -1 : 0);
}

static int
close_context(void **state)
{

	return (zmq_ctx_term(*state));
}

static int
binds(void *zmq, const char *bind, const char *advertise, int insecure,
    char address[SV_STAR_ADDRESS])
{
	struct sv_star_setting set = { .bind = bind, .advertise = advertise,
	    .insecure = insecure, .max = MAX };
	void *s = sv_star_bind(zmq, &set, address);

	if (s == NULL)
		return (0);
	zmq_close(s);
	return (1);
}

static void
beyond_loopback_must_be_meant(void **state)
{
	static const char * const refused[] = { "tcp://*:*", "tcp://0.0.0.0:*",
	    "tcp://[::]:*", "tcp://192.0.2.7:*", "tcp://[::ffff:0.0.0.0]:*",
	    "tcp://127x:*", "tcp://localhost.example:*", "udp://127.0.0.1:9",
	    "tcp://", "", "127.0.0.1:*" };
	char a[SV_STAR_ADDRESS], b[SV_STAR_ADDRESS];
	struct sv_star_setting set = { .bind = "tcp://127.0.0.1:*", .max = MAX };
	void *zmq = *state, *s;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(binds(zmq, refused[i], "tcp://127.0.0.1", 0, a));
	assert_true(binds(zmq, "tcp://127.0.0.1:*", NULL, 0, a));
	assert_true(binds(zmq, "tcp://127.1.2.3:*", NULL, 0, a));
	assert_true(binds(zmq, "ipc://@test-star-x", NULL, 0, a));
	assert_true(binds(zmq, "tcp://*:*", "127.0.0.1", 1, a));
	/* A port that is taken. */
	s = sv_star_bind(zmq, &set, a);
	assert_non_null(s);
	assert_false(binds(zmq, a, NULL, 0, b));
	zmq_close(s);
}

static void
what_is_advertised(void **state)
{
	static const struct {
		const char *bind, *advertise, *expected;
	} t[] = {
		/* %s is the bound port, with its colon. */
		{ "tcp://127.0.0.1:*", NULL, "tcp://127.0.0.1%s" },
		{ "tcp://127.0.0.1:*", "tcp://192.0.2.1:77", "tcp://192.0.2.1:77" },
		{ "tcp://127.0.0.1:*", "192.0.2.1", "tcp://192.0.2.1%s" },
		{ "tcp://*:*", "host.example", "tcp://host.example%s" },
		{ "tcp://*:*", "host.example:*", "tcp://host.example%s" },
		{ "tcp://*:*", "host.example:", "tcp://host.example%s" },
		{ "tcp://*:*", "[2001:db8::1]", "tcp://[2001:db8::1]%s" },
		{ "tcp://*:*", "tcp://[2001:db8::1]:9", "tcp://[2001:db8::1]:9" },
		{ "tcp://127.0.0.1:*", "ipc:///x/y", "ipc:///x/y" },
		{ "tcp://*:*", NULL, NULL },
		{ "tcp://0.0.0.0:*", NULL, NULL },
		{ "tcp://*:*", "", NULL },
		{ "tcp://*:*", "tcp://", NULL },
		{ "tcp://*:*", "host.example:x7", NULL },
		{ "tcp://*:*", "host.example:70000", NULL },
		{ "tcp://*:*", "0.0.0.0", NULL },
		{ "tcp://*:*", "*", NULL },
	};
	void *zmq = *state;
	char a[SV_STAR_ADDRESS], expected[SV_STAR_ADDRESS];

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (t[i].expected == NULL) {
			assert_false(binds(zmq, t[i].bind, t[i].advertise, 1,
			    a));
			continue;
		}
		assert_true(binds(zmq, t[i].bind, t[i].advertise, 1, a));
		if (strstr(t[i].expected, "%s") != NULL) {
			size_t n = strcspn(t[i].expected, "%");

			snprintf(expected, sizeof(expected), "%.*s:", (int)n,
			    t[i].expected);
			assert_int_equal(strncmp(a, expected, n + 1), 0);
			assert_true(atoi(a + n + 1) > 0);
		} else {
			assert_string_equal(a, t[i].expected);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beyond_loopback_must_be_meant),
		cmocka_unit_test(what_is_advertised),
	};

	return (cmocka_run_group_tests(tests, open_context, close_context));
}
