/* What sv-lambda's loop stands on: timers, buckets, trees. */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../tools/lambda/invoke.h"
#include "clock.h"

#define N 1000u

struct alarm {
	struct lambda *l;
	struct timer t;
	unsigned *count;	/* of those that went off */
	unsigned turn;	/* this one's, from 1; 0: has not gone off */
	struct alarm *again;	/* to be set, or stopped, from within */
};

/* What limits.c would say to clients is not asked for here. */
void
http_reply_json(struct request *r, unsigned status, const char *error,
    json_t *o)
{

	(void)r;
	(void)status;
	(void)error;
	json_decref(o);
	fail();
}

static void
off(void *ctx)
{
	struct alarm *a = ctx;

	a->turn = ++*a->count;
}

static void
wait_until(double at)
{
	struct timespec ms = { 0, 1000000 };

	while (sv_clock_mono() < at)
		nanosleep(&ms, NULL);
}

/* Timers go off in the order of their times, however they were set. */
static void
timers_in_order(void **state)
{
	static struct alarm a[N];
	struct lambda l = { 0 };
	unsigned count = 0, x = 1;
	struct alarm *by_turn[N];

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		x = x * 1103515245u + 12345u;
		a[i] = (struct alarm){ .l = &l, .count = &count };
		assert_int_equal(timer_set(&l, &a[i].t,
		    (double)(x >> 8 & 0xfff) * 1e-6, off, &a[i]), 0);
	}
	/* Some are set anew, some are stopped, twice. */
	for (unsigned i = 0; i < N; i += 7)
		assert_int_equal(timer_set(&l, &a[i].t, (i % 2) * 2e-3, off,
		    &a[i]), 0);
	for (unsigned i = 1; i < N; i += 7) {
		timer_stop(&l, &a[i].t);
		timer_stop(&l, &a[i].t);
	}
	assert_int_equal(l.ntimers, N - (N + 5) / 7);
	wait_until(sv_clock_mono() + 5e-3);
	assert_int_equal(timer_next(&l), 0);
	timer_run(&l);
	assert_int_equal(l.ntimers, 0);
	assert_int_equal(timer_next(&l), -1);
	assert_int_equal(count, N - (N + 5) / 7);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(a[i].turn == 0, i % 7 == 1);
		assert_int_equal(a[i].t.place, 0);
		if (a[i].turn > 0)
			by_turn[a[i].turn - 1] = &a[i];
	}
	for (unsigned i = 1; i < count; i++)
		assert_true(by_turn[i - 1]->t.at <= by_turn[i]->t.at);
	timer_fini(&l);
}

static void
off_and_on(void *ctx)
{
	struct alarm *a = ctx;

	off(a);
	timer_stop(a->l, &a->again->t);
	assert_int_equal(timer_set(a->l, &a->t, 0, off_and_on, a), 0);
}

/* One that sets itself again waits for its next turn; others are stopped. */
static void
timers_from_within(void **state)
{
	struct lambda l = { 0 };
	unsigned count = 0;
	struct alarm b = { .l = &l, .count = &count };
	struct alarm a = { .l = &l, .count = &count, .again = &b };

	(void)state;
	assert_int_equal(timer_set(&l, &a.t, -1, off_and_on, &a), 0);
	assert_int_equal(timer_set(&l, &b.t, 1e-6, off, &b), 0);
	wait_until(sv_clock_mono() + 1e-3);
	timer_run(&l);
	assert_int_equal(count, 1);
	assert_int_equal(b.turn, 0);
	assert_int_equal(l.ntimers, 1);
	timer_fini(&l);
	assert_int_equal(a.t.place, 0);
}

/* A wait is rounded up to whole ms, and fits into an int. */
static void
timers_far_away(void **state)
{
	struct lambda l = { 0 };
	struct timer t = { 0 };
	int ms;

	(void)state;
	assert_int_equal(timer_set(&l, &t, 1e12, off, NULL), 0);
	assert_int_equal(timer_next(&l), INT_MAX);
	assert_int_equal(timer_set(&l, &t, 3600, off, NULL), 0);
	ms = timer_next(&l);
	assert_in_range(ms, 3500000, 3600000);
	timer_fini(&l);
}

/* A bucket is full at first, and fills by its rate, not above its brim. */
static void
buckets(void **state)
{
	struct bucket b = { 0 };
	double start;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(limits_take(&b, 5, 1e-3), 1);
	assert_int_equal(limits_take(&b, 5, 1e-3), 0);
	start = sv_clock_mono();
	wait_until(start + 5e-3);
	/* Five seconds' worth in 5 ms, but the brim is 2. */
	assert_int_equal(limits_take(&b, 2, 1e3), 1);
	b.at = sv_clock_mono();
	b.level = 0.5;
	assert_int_equal(limits_take(&b, 2, 0), 0);
	b = (struct bucket){ 0 };
	assert_int_equal(limits_take(&b, 0, 0), 0);
}

static void
make(const char *dir, const char *name, int is_dir, mode_t mode)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (is_dir) {
		assert_int_equal(mkdir(path, 0700), 0);
		assert_int_equal(chmod(path, mode), 0);
		return;
	}
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_not_equal(fd, -1);
	close(fd);
	assert_int_equal(chmod(path, mode), 0);
}

/* Deeper than a path may be long. */
static void
make_deep(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY), next;

	for (int i = 0; i < 2000; i++) {
		assert_int_equal(mkdirat(fd, "deeper", 0700), 0);
		next = openat(fd, "deeper", O_RDONLY | O_DIRECTORY);
		assert_int_not_equal(next, -1);
		close(fd);
		fd = next;
	}
	close(fd);
}

static void
trees(void **state)
{
	char dir[256], other[300];
	const char *tmp = getenv("TMPDIR");
	struct stat st;

	(void)state;
	snprintf(dir, sizeof(dir), "%s/sv-test-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	snprintf(other, sizeof(other), "%s-other", dir);
	assert_int_equal(mkdir(other, 0700), 0);
	make(other, "kept", 0, 0600);

	make(dir, "file", 0, 0);
	make(dir, ".0", 1, 0700);
	make(dir, ".1", 0, 0600);
	make(dir, "a", 1, 0700);
	make(dir, "a/b", 1, 0700);
	make(dir, "a/b/.0", 1, 0700);
	make(dir, "a/b/.0/file", 0, 0400);
	make(dir, "shut", 1, 0);
	make_deep(dir);
	snprintf(dir + strlen(dir), sizeof(dir) - strlen(dir), "/link");
	assert_int_equal(symlink(other, dir), 0);
	*strrchr(dir, '/') = '\0';
	assert_int_equal(chmod(dir, 0500), 0);

	assert_int_equal(tree_remove(dir), 0);
	assert_int_equal(stat(dir, &st), -1);
	/* What a link leads to is somebody else's. */
	assert_int_equal(stat(other, &st), 0);
	assert_int_equal(tree_remove(other), 0);
	assert_int_equal(tree_remove(other), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_in_order),
		cmocka_unit_test(timers_from_within),
		cmocka_unit_test(timers_far_away),
		cmocka_unit_test(buckets),
		cmocka_unit_test(trees)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
