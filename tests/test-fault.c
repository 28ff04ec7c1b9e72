/* What sv-lambda's faults draw: rates, shares, and that each is by itself. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../tools/lambda/fault.h"

#define N 20000u

static const struct fault_options all = { .seed = 7, .kill = 0.5, .crash = 0.3,
    .freeze = 2, .freeze_s = 1, .duplicate = 0.2, .duplicate_s = 4,
    .throttle = 0.1, .storm_every = 10, .storm_s = 2, .error = 0.25,
    .slow = 0.4, .slow_factor = 8, .late = 0.05, .late_s = 3 };

/* ${n} of ${of} is a share ${p}, within 5 standard deviations. */
static void
is_share(unsigned n, unsigned of, double p)
{

	assert_true(fabs(n - of * p) < 5 * sqrt(of * p * (1 - p)));
}

/* Times with mean 1 / rate, of which a share exp(-1) is longer than that. */
static void
is_exponential(double sum, unsigned longer, double rate)
{

	assert_true(fabs(sum / N * rate - 1) < 5 / sqrt(N));
	is_share(longer, N, exp(-1));
}

static void
rates(void **state)
{
	double t, kills = 0, freezes = 0;
	unsigned killed = 0, frozen = 0;
	struct faults f;

	(void)state;
	assert_int_equal(fault_init(&f, &all), 0);
	for (unsigned i = 0; i < N; i++) {
		t = fault_kill_after(&f, i);
		assert_true(t >= 0 && t < HUGE_VAL);
		kills += t;
		killed += t > 1 / all.kill;
		t = fault_freeze_after(&f, i / 100, i % 100);
		freezes += t;
		frozen += t > 1 / all.freeze;
	}
	is_exponential(kills, killed, all.kill);
	is_exponential(freezes, frozen, all.freeze);
	/* The times of one environment differ, and those of another from them. */
	assert_true(fault_freeze_after(&f, 1, 0) != fault_freeze_after(&f, 1,
	    1));
	assert_true(fault_freeze_after(&f, 1, 0) != fault_freeze_after(&f, 2,
	    0));
}

static void
shares(void **state)
{
	unsigned crashes[4] = { 0 }, slow = 0, late = 0, twice = 0, at_once = 0;
	struct faults f;
	double t;

	(void)state;
	assert_int_equal(fault_init(&f, &all), 0);
	for (unsigned i = 0; i < N; i++) {
		crashes[fault_crash(&f, i, &t)]++;
		assert_true(t >= 0 && t < 0.2);
		t = fault_slow(&f, i);
		assert_true(t == 1 || t == 8);
		slow += t == 8;
		t = fault_late(&f, i);
		assert_true(t == 0 || t == 3);
		late += t == 3;
		t = fault_duplicate(&f, i);
		assert_true(t < 4);
		twice += t >= 0;
		at_once += t == 0;
	}
	for (int how = FAULT_CRASH_START; how <= FAULT_CRASH_EVENT; how++)
		is_share(crashes[how], N, all.crash / 3);
	is_share(slow, N, all.slow);
	is_share(late, N, all.late);
	is_share(twice, N, all.duplicate);
	is_share(at_once, N, all.duplicate / 2);
}

static void
answers(void **state)
{
	unsigned throttled = 0, told = 0, e500 = 0, e502 = 0, begun = 0, cut = 0;
	struct fault_options o = all;
	struct fault_answer a;
	struct faults f;

	(void)state;
	o.storm_every = o.storm_s = 0;
	assert_int_equal(fault_init(&f, &o), 0);
	for (unsigned i = 0; i < N; i++) {
		fault_answer(&f, i, i * 1e-3, &a);
		if (a.status == 0) {
			assert_false(a.begun || a.cut || a.retry_after);
			continue;
		}
		assert_true(a.status == 429 || a.status == 500 ||
		    a.status == 502);
		assert_int_equal(a.kind, a.status == 429 ? FAULT_THROTTLE :
		    FAULT_ERROR);
		throttled += a.status == 429;
		told += a.retry_after > 0;
		e502 += a.status == 502;
		e500 += a.status == 500 && !a.begun;
		begun += a.begun != 0;
		cut += a.cut != 0;
		assert_true(a.begun || !a.cut);
	}
	is_share(throttled, N, o.throttle);
	is_share(told, N, o.throttle / 2);
	/* An error is drawn where there is no throttle. */
	is_share(e500, N, 0.9 * o.error * 0.3);
	is_share(e502, N, 0.9 * o.error * 0.3);
	is_share(begun, N, 0.9 * o.error * 0.4);
	is_share(cut, N, 0.9 * o.error * 0.2);
}

/* In each period one storm of its length, at another place. */
static void
storms(void **state)
{
	double left, before, began = -1, first = -1;
	unsigned n, moved = 0;
	struct fault_answer a;
	struct faults f;

	(void)state;
	assert_int_equal(fault_init(&f, &all), 0);
	for (unsigned k = 0; k < 50; k++) {
		n = 0;
		before = 0;
		for (unsigned i = 0; i < 1000; i++) {
			left = fault_storm(&f, k * 10 + i * 0.01);
			assert_true(left >= 0 && left <= 2);
			if (left > 0 && before <= 0)
				began = i * 0.01;
			else if (left > 0)
				assert_true(fabs(before - left - 0.01) < 1e-9);
			n += left > 0;
			before = left;
			fault_answer(&f, i, k * 10 + i * 0.01, &a);
			assert_int_equal(a.kind == FAULT_STORM && a.status ==
			    429, left > 0);
		}
		assert_true(n == 200 || n == 201);
		if (k == 0)
			first = began;
		moved += fabs(began - first) > 0.1;
	}
	assert_true(moved > 40);
}

/* The same with the same seed, whatever else is asked for; and not without. */
static void
apart(void **state)
{
	struct fault_options only = { .seed = 7, .kill = 0.5 }, other = all,
	    none = { .seed = 7 };
	struct faults f, g, h, z;
	struct fault_answer a;
	unsigned differ = 0;
	double t;

	(void)state;
	other.seed = 8;
	assert_int_equal(fault_init(&f, &all), 0);
	assert_int_equal(fault_init(&g, &only), 0);
	assert_int_equal(fault_init(&h, &other), 0);
	assert_int_equal(fault_init(&z, &none), 0);
	assert_true(fault_any(&all) && fault_any(&only) && !fault_any(&none));
	for (unsigned i = 0; i < 100; i++) {
		t = fault_kill_after(&f, i);
		assert_true(t == fault_kill_after(&g, i));
		differ += t != fault_kill_after(&h, i);
		assert_true(fault_kill_after(&z, i) >= HUGE_VAL);
		assert_true(fault_freeze_after(&g, i, 0) >= HUGE_VAL);
		assert_int_equal(fault_crash(&g, i, &t), FAULT_NO_CRASH);
		assert_true(fault_slow(&g, i) <= 1 && fault_late(&g, i) <= 0);
		assert_true(fault_duplicate(&g, i) < 0);
		fault_answer(&g, i, i, &a);
		assert_int_equal(a.status, 0);
	}
	assert_int_equal(differ, 100);
}

/* A share of 1 is all. */
static void
always(void **state)
{
	const struct fault_options o = { .crash = 1, .duplicate = 1,
	    .throttle = 1 };
	struct fault_answer a;
	struct faults f;
	double t;

	(void)state;
	assert_int_equal(fault_init(&f, &o), 0);
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_not_equal(fault_crash(&f, i, &t), FAULT_NO_CRASH);
		assert_true(fault_duplicate(&f, i) >= 0);
		fault_answer(&f, i, 0, &a);
		assert_int_equal(a.status, 429);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates),
		cmocka_unit_test(shares),
		cmocka_unit_test(answers),
		cmocka_unit_test(storms),
		cmocka_unit_test(apart),
		cmocka_unit_test(always),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
