/* What sv-proxy draws, and what its lanes do to bytes. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../tools/proxy/lane.h"

#define N 20000u
#define STREAM ((size_t)1 << 20)	/* bytes sent through lanes */

static struct sv_rng rng;

static int
set_up(void **state)
{

	(void)state;
	return (sv_rng_init(&rng, "test-proxy", 1));
}

/* The same again for the same seed, connection and use; else something else. */
static void
draws_repeat(void **state)
{
	struct sv_rng other;
	struct dice d;
	double a[20], x;
	unsigned same;

	(void)state;
	assert_int_equal(sv_rng_init(&other, "test-proxy", 2), 0);
	dice_init(&d, &rng, 7, DICE_UP);
	for (unsigned i = 0; i < 20; i++)
		a[i] = dice_unit(&d);
	for (unsigned k = 0; k < 5; k++) {
		dice_init(&d, k == 4 ? &other : &rng, k == 1 ? 8 : 7,
		    k == 2 ? DICE_UP + 1 : k == 3 ? DICE_FATE : DICE_UP);
		same = 0;
		for (unsigned i = 0; i < 20; i++) {
			x = dice_unit(&d);
			assert_true(x > 0 && x <= 1);
			same += x >= a[i] && x <= a[i];
		}
		assert_int_equal(same, k == 0 ? 20 : 0);
	}
}

static void
waits_have_their_rate(void **state)
{
	double sum = 0, w;
	unsigned late = 0;
	struct dice d;

	(void)state;
	dice_init(&d, &rng, 1, DICE_FATE);
	for (unsigned i = 0; i < N; i++) {
		w = dice_wait(&d, 0.25);
		assert_true(w >= 0 && isfinite(w));
		sum += w;
		late += w > 4;
	}
	/* mean 4; P(w > 4) = 1/e; standard errors 0.028 and 0.0034 */
	assert_true(fabs(sum / N - 4) < 0.15);
	assert_true(fabs((double)late / N - exp(-1)) < 0.02);
	assert_true(isinf(dice_wait(&d, 0)));
}

static void
gaps_have_their_probability(void **state)
{
	double sum = 0;
	unsigned none = 0;
	uint64_t gap;
	struct dice d;

	(void)state;
	dice_init(&d, &rng, 1, DICE_DOWN);
	for (unsigned i = 0; i < N; i++) {
		gap = dice_gap(&d, 0.2);
		sum += (double)gap;
		none += gap == 0;
	}
	/* mean (1-p)/p = 4; P(gap = 0) = p; standard errors 0.032, 0.0028 */
	assert_true(fabs(sum / N - 4) < 0.15);
	assert_true(fabs((double)none / N - 0.2) < 0.015);
	assert_true(dice_gap(&d, 0) == UINT64_MAX);
	assert_true(dice_gap(&d, 1) == 0);
	/* What never comes does not overflow. */
	for (unsigned i = 0; i < 100; i++)
		assert_true(dice_gap(&d, 1e-300) <= (uint64_t)1 << 62);
}

/* The stream that is sent: byte ${i}. */
static uint8_t
byte(size_t i)
{

	return (uint8_t)(i * 2654435761u >> 13);
}

/*
 * Send the stream through a lane in pieces of at most ${in} bytes, and take them
 * ${out} at a time, at time ${now}, which goes on in steps of ${step}.  What
 * comes out is in ${got}; return the time of the end.
 */
static double
send_all(struct lane *l, size_t in, size_t out, double step, uint8_t *got)
{
	size_t sent = 0, taken = 0, n, room;
	const uint8_t *p;
	uint8_t *space;
	double now = 0;

	for (; taken < STREAM; now += step) {
		space = lane_space(l, &room);
		assert_true(lane_waiting(l) <= LANE_MOST);
		if (space == NULL) {
			assert_int_equal(lane_waiting(l), LANE_MOST);
		} else if (sent < STREAM) {
			assert_true(room > 0);
			n = 1 + (sent * 31) % in;
			n = n < room ? n : room;
			n = n < STREAM - sent ? n : STREAM - sent;
			for (size_t i = 0; i < n; i++)
				space[i] = byte(sent + i);
			lane_put(l, n, now);
			sent += n;
		}
		p = lane_ready(l, now, &n);
		if (n == 0)
			assert_true(lane_next(l) > now);
		n = n < out ? n : out;
		if (n > 0)
			memcpy(got + taken, p, n);
		lane_sent(l, n, now);
		taken += n;
	}
	assert_int_equal(lane_waiting(l), 0);
	assert_true(isinf(lane_next(l)));
	assert_null(l->bytes);
	return (now);
}

/* How many bits are wrong?  At most one in each byte. */
static uint64_t
wrong(const uint8_t *got)
{
	uint64_t bad = 0;
	uint8_t x;

	for (size_t i = 0; i < STREAM; i++) {
		x = (uint8_t)(got[i] ^ byte(i));
		assert_true((x & (x - 1)) == 0);
		bad += x != 0;
	}
	return (bad);
}

static void
bytes_arrive_as_they_were(void **state)
{
	static const struct lane_faults f[] = {
		{ 0 }, { .delay = 0.01 }, { .delay = 0.01, .jitter = 0.2 },
		{ .rate = 1e6 }, { .split = 100 },
		{ .delay = 1, .jitter = 1, .rate = 2e5, .split = 5000 }
	};
	uint8_t *got = malloc(STREAM);
	struct lane l;

	(void)state;
	assert_non_null(got);
	for (unsigned i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
		lane_init(&l, &f[i], &rng, i, DICE_UP);
		send_all(&l, 9000, i % 2 ? 100000 : 7000, 0.001, got);
		assert_int_equal(wrong(got), 0);
		assert_int_equal(l.flipped, 0);
		assert_int_equal(l.in, STREAM);
		assert_int_equal(l.out, STREAM);
		lane_fini(&l);
	}
	free(got);
}

/* Which bits are flipped does not depend on how the bytes come and go. */
static void
bits_are_flipped_by_place(void **state)
{
	const struct lane_faults f = { .corrupt = 1e-3 };
	const struct lane_faults all = { .corrupt = 1 };
	uint8_t *got[2] = { malloc(STREAM), malloc(STREAM) };
	struct lane l;
	uint64_t bad;

	(void)state;
	assert_non_null(got[0]);
	assert_non_null(got[1]);
	lane_init(&l, &f, &rng, 3, DICE_UP);
	send_all(&l, 20000, 5000, 0.001, got[0]);
	bad = wrong(got[0]);
	assert_int_equal(bad, l.flipped);
	/* 1049 expected, standard deviation 32 */
	assert_true(bad > 880 && bad < 1220);
	lane_init(&l, &f, &rng, 3, DICE_UP);
	send_all(&l, 333, 100000, 0.001, got[1]);
	assert_memory_equal(got[0], got[1], STREAM);
	lane_init(&l, &f, &rng, 4, DICE_UP);
	send_all(&l, 333, 100000, 0.001, got[1]);
	assert_memory_not_equal(got[0], got[1], STREAM);
	lane_init(&l, &all, &rng, 4, DICE_UP);
	send_all(&l, 20000, 100000, 0.001, got[1]);
	assert_int_equal(wrong(got[1]), STREAM);
	free(got[0]);
	free(got[1]);
}

/* None goes before its time, nor much later, nor before one that came first. */
static void
bytes_wait(void **state)
{
	const struct lane_faults f = { .delay = 0.1, .jitter = 0.05 };
	struct lane l;
	double first[100];
	size_t n, room, taken = 0;
	unsigned late = 0;

	(void)state;
	lane_init(&l, &f, &rng, 1, DICE_DOWN);
	for (unsigned ms = 0; ms < 1000; ms++) {
		double now = ms * 1e-3;

		if (ms % 10 == 0) {
			uint8_t *space = lane_space(&l, &room);

			assert_non_null(space);
			*space = (uint8_t)(ms / 10);
			lane_put(&l, 1, now);
			first[ms / 10] = now;
		}
		const uint8_t *p = lane_ready(&l, now, &n);
		for (size_t i = 0; i < n; i++, taken++) {
			double waited = now - first[taken];

			assert_int_equal(p[i], taken);
			/* 150/64 ms early at most, and one step late */
			assert_true(waited > 0.0975 && waited < 0.1515);
			late += waited > 0.11;
		}
		lane_sent(&l, n, now);
	}
	assert_true(taken > 80);
	assert_true(late > 20);
	lane_fini(&l);
}

static void
a_rate_is_kept(void **state)
{
	const struct lane_faults f = { .rate = 1e5 };
	uint8_t *got = malloc(STREAM);
	struct lane l;
	double end;

	(void)state;
	assert_non_null(got);
	lane_init(&l, &f, &rng, 1, DICE_UP);
	end = send_all(&l, 20000, 100000, 0.001, got);
	assert_int_equal(wrong(got), 0);
	assert_true(fabs(end - (double)STREAM / f.rate) < 0.1);
	free(got);
}

static void
pieces_are_small(void **state)
{
	const struct lane_faults f = { .split = 3 };
	unsigned seen[4] = { 0 };
	size_t n, room;
	struct lane l;

	(void)state;
	lane_init(&l, &f, &rng, 1, DICE_UP);
	memset(lane_space(&l, &room), 1, 3000);
	lane_put(&l, 3000, 0);
	while (lane_waiting(&l) > 0) {
		lane_ready(&l, 0, &n);
		assert_true(n >= 1 && n <= 3);
		seen[n]++;
		lane_sent(&l, n, 0);
	}
	/* About 500 of each. */
	for (unsigned i = 1; i <= 3; i++)
		assert_true(seen[i] > 400 && seen[i] < 600);
	lane_fini(&l);
}

/* Where nothing goes out any more, nothing is taken in for long. */
static void
a_full_lane_takes_nothing(void **state)
{
	const struct lane_faults f = { .delay = 0.001 };
	struct lane l;
	uint8_t *space;
	size_t n, room, total = 0;

	(void)state;
	lane_init(&l, &f, &rng, 1, DICE_UP);
	for (unsigned i = 0; (space = lane_space(&l, &room)) != NULL; i++) {
		n = room < 997 ? room : 997;
		memset(space, 0, n);
		lane_put(&l, n, i);
		total += n;
		assert_true(total <= LANE_MOST);
	}
	assert_int_equal(total, LANE_MOST);
	lane_ready(&l, 1e6, &n);
	assert_int_equal(n, LANE_MOST);
	lane_sent(&l, 1, 1e6);
	assert_non_null(lane_space(&l, &room));
	assert_int_equal(room, 1);
	lane_fini(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_repeat),
		cmocka_unit_test(waits_have_their_rate),
		cmocka_unit_test(gaps_have_their_probability),
		cmocka_unit_test(bytes_arrive_as_they_were),
		cmocka_unit_test(bits_are_flipped_by_place),
		cmocka_unit_test(bytes_wait),
		cmocka_unit_test(a_rate_is_kept),
		cmocka_unit_test(pieces_are_small),
		cmocka_unit_test(a_full_lane_takes_nothing)
	};

	return (cmocka_run_group_tests(tests, set_up, NULL));
}
