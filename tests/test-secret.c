#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <malloc.h>
#include <sys/prctl.h>
#endif

#include <cmocka.h>

#include "blob.h"
#include "child.h"
#include "invocation.h"
#include "io.h"
#include "json.h"
#include "secret.h"

#define SECRET "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
#define KEYS "{\"keys\":{\"hub\":\"" \
    "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\",\"public\":\"" \
    "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\",\"secret\":\"" SECRET "\"}}"
#define LONG ((size_t)1 << 17)	/* bytes that no pipe holds */

void __wrap_free(void *p);
void __real_free(void *p);

static uint8_t raw[SV_CURVE_KEY];	/* the secret's own bytes */
static volatile unsigned leaks;	/* secrets that were freed with what they held */

static int
holds(const uint8_t *p, size_t room, const void *what, size_t len)
{

	for (size_t i = 0; i + len <= room; i++)
		if (memcmp(p + i, what, len) == 0)
			return (1);
	return (0);
}

/* What is freed by us, or by jansson through us, is looked at before. */
void
__wrap_free(void *p)
{

#ifdef __linux__
	if (p != NULL) {
		size_t room = malloc_usable_size(p);

		leaks += (holds(p, room, SECRET, 20) ||
		    holds(p, room, raw, sizeof(raw)));
	}
#endif
	__real_free(p);
}

static int
begin(void **state)
{

	(void)state;
	if (freopen("/dev/null", "w", stderr) == NULL ||
	    sv_curve_parse(raw, SECRET) == -1)
		return (-1);
	sv_secret_begin();
	return (0);
}

/* The test itself sees what it is to see. */
static void
what_is_not_wiped_is_noticed(void **state)
{
	char *s = strdup(KEYS);
	uint8_t *volatile k = malloc(sizeof(raw));

	(void)state;
	assert_non_null(s);
	assert_non_null(k);
	memcpy(k, raw, sizeof(raw));
	leaks = 0;
	free(s);
	free(k);
#ifndef __linux__
	skip();
#endif
	assert_int_equal(leaks, 2);
}

static void
texts_are_wiped(void **state)
{
	char *s = strdup(KEYS), *t = strdup(KEYS);

	(void)state;
	assert_non_null(s);
	assert_non_null(t);
	leaks = 0;
	sv_secret_free_text(s);
	sv_secret_free(t, strlen(t));
	sv_secret_free_text(NULL);
	sv_secret_free(NULL, 0);
	sv_secret_wipe(NULL, 0);
	assert_int_equal(leaks, 0);
}

static void
json_is_wiped(void **state)
{
	json_t *o;
	char *text;

	(void)state;
	leaks = 0;
	assert_non_null(o = json_loads(KEYS, 0, NULL));
	assert_non_null(text = json_dumps(o, JSON_COMPACT));
	assert_string_equal(text, KEYS);
	json_decref(o);
	sv_secret_free_text(text);
	/* What cannot be parsed is, too. */
	assert_null(json_loadb(KEYS, strlen(KEYS) - 1, 0, NULL));
	assert_int_equal(leaks, 0);
}

static void
an_invocation_is_wiped(void **state)
{
	json_t *share = json_pack("{s:s}", "kind", "shard"), *o;
	struct sv_curve_keys keys;
	struct sv_invocation inv;
	char why[SV_WHY], *text;

	(void)state;
	leaks = 0;
	assert_non_null(o = json_loads(KEYS, 0, NULL));
	assert_int_equal(sv_curve_of(&keys, json_object_get(o, "keys")), 0);
	json_decref(o);
	assert_non_null(o = sv_invocation_json(1, 2, 3, 4, "tcp://h:1", share,
	    &keys));
	assert_non_null(text = json_dumps(o, JSON_COMPACT));
	json_decref(o);
	assert_int_equal(sv_invocation_parse(&inv, text, strlen(text), why), 0);
	sv_secret_free_text(text);
	assert_true(inv.encrypted);
	assert_memory_equal(inv.keys.own.secret, raw, sizeof(raw));
	/* In what is left of the text there are no keys. */
	assert_non_null(text = json_dumps(inv.json, JSON_COMPACT));
	assert_null(strstr(text, "secret"));
	free(text);
	sv_invocation_fini(&inv);
	assert_false(holds((uint8_t *)&inv, sizeof(inv), raw, sizeof(raw)));
	json_decref(share);
	assert_int_equal(leaks, 0);
}

static void
a_want_is_wiped(void **state)
{
	struct sv_frame f;
	struct sv_blob *b;

	(void)state;
	leaks = 0;
	assert_int_equal(sv_json_frame(&f, SV_WANT, json_loads(KEYS, 0, NULL)),
	    0);
	assert_true(holds(f.payload, f.length, SECRET, 40));
	assert_non_null(b = sv_blob_seal(&f));
	sv_blob_unref(b);
	assert_int_equal(leaks, 0);
}

/* Write ${n} bytes of the frame's payload, and read that. */
static enum sv_io
read_part(struct sv_frame *f, uint64_t n)
{
	struct sv_reader *r;
	struct sv_frame g;
	enum sv_io rc;
	int p[2];

	assert_int_equal(pipe(p), 0);
	if (fork() == 0) {
		uint8_t header[SV_FRAME_HEADER];

		sv_frame_encode(f, header);
		(void)!write(p[1], header, sizeof(header));
		(void)!write(p[1], f->payload, n);
		_exit(0);
	}
	close(p[1]);
	assert_non_null(r = sv_reader_new(p[0], "test"));
	if ((rc = sv_reader_next(r, &g)) == SV_IO_FRAME)
		sv_frame_fini(&g);
	sv_reader_free(r);
	close(p[0]);
	wait(NULL);
	return (rc);
}

static void
a_want_that_is_read_is_wiped_too(void **state)
{
	struct sv_frame f;
	char *text;

	(void)state;
	assert_non_null(text = malloc(LONG));
	memset(text, ' ', LONG);
	memcpy(text, KEYS, sizeof(KEYS) - 1);
	text[LONG - 1] = '\0';
	assert_int_equal(sv_frame_make(&f, SV_WANT, text, 0, SV_BYTES, 0), 0);
	sv_frame_seal(&f);
	leaks = 0;
	sv_secret_free_text(text);
	assert_int_equal(read_part(&f, f.length), SV_IO_FRAME);
	assert_int_equal(read_part(&f, f.length / 2), SV_IO_ERROR);
	assert_int_equal(read_part(&f, 0), SV_IO_ERROR);
	sv_frame_fini(&f);
	assert_int_equal(leaks, 0);
}

static void
no_core_but_for_children(void **state)
{
	struct rlimit r;
	pid_t parent = getpid(), pid;
	int status;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_CORE, &r), 0);
	assert_int_equal(r.rlim_cur, 0);
#ifdef __linux__
	assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
#endif
	/* A second time changes nothing. */
	sv_child_no_core();
	if ((pid = fork()) == 0) {
		if (sv_child_enter(parent, 0, 1) == -1 ||
		    getrlimit(RLIMIT_CORE, &r) == -1)
			_exit(2);
		_exit(r.rlim_cur == 4096 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_wiped_is_noticed),
		cmocka_unit_test(texts_are_wiped),
		cmocka_unit_test(json_is_wiped),
		cmocka_unit_test(an_invocation_is_wiped),
		cmocka_unit_test(a_want_is_wiped),
		cmocka_unit_test(a_want_that_is_read_is_wiped_too),
		cmocka_unit_test(no_core_but_for_children),
	};
	struct rlimit r;

	if (getrlimit(RLIMIT_CORE, &r) == -1)
		return (1);
	r.rlim_cur = 4096;
	if (r.rlim_max != RLIM_INFINITY && r.rlim_max < 4096)
		r.rlim_cur = r.rlim_max = 4096;
	if (setrlimit(RLIMIT_CORE, &r) == -1)
		return (77);	/* not allowed: nothing can be learnt */
	return (cmocka_run_group_tests(tests, begin, NULL));
}
