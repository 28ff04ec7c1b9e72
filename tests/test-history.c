#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "history.h"

#define N 5

/* An update whose elements are base, base + 1, ... */
static struct sv_blob *
update(double base)
{
	struct sv_frame f;
	struct sv_blob *b;

	assert_int_equal(sv_frame_make(&f, SV_UPDATE, NULL, 0, SV_F64, N), 0);
	for (int i = 0; i < N; i++)
		((double *)sv_frame_elems(&f))[i] = base + i;
	assert_non_null(b = sv_blob_seal(&f));
	return (b);
}

/* Push a round whose c starts with base; its R is r everywhere. */
static void
push(struct sv_history *h, double base, double r)
{
	struct sv_blob *c = update(base);

	for (int i = 0; i < N; i++)
		sv_history_slot(h)[i] = r;
	sv_history_push(h, c);
	sv_blob_unref(c);
}

static void
keeps_as_many_as_it_holds(void **state)
{
	static const double newest[1] = { 1.0 }, mix[3] = { 0.5, 0.0, -2.0 };
	const struct sv_isa *isa = sv_isa_pick(NULL);
	struct sv_history *h = sv_history_new(3, N);
	double w[N];

	(void)state;
	assert_non_null(h);
	assert_int_equal(sv_history_held(h), 0);
	for (int k = 1; k <= 5; k++) {
		push(h, 10.0 * k, k);
		assert_int_equal(sv_history_held(h), k < 3 ? k : 3);
		sv_history_combine(h, newest, 1, w);
		for (int i = 0; i < N; i++)
			assert_true(w[i] == 10.0 * k + i);
	}
	sv_history_combine(h, mix, 3, w);
	for (int i = 0; i < N; i++)
		assert_true(w[i] == 0.5 * (50.0 + i) - 2.0 * (30.0 + i));
	/* The slot's place was that of the oldest, which is not asked for. */
	for (int i = 0; i < N; i++)
		sv_history_slot(h)[i] = 7.0;
	assert_true(sv_history_product(h, 0, isa) == N * 49.0);
	assert_true(sv_history_product(h, 1, isa) == N * 35.0);
	assert_true(sv_history_product(h, 2, isa) == N * 28.0);
	/* The oldest c is still there until the slot is pushed. */
	sv_history_combine(h, mix, 3, w);
	assert_true(w[0] == 0.5 * 50.0 - 2.0 * 30.0);
	sv_history_clear(h);
	assert_int_equal(sv_history_held(h), 0);
	sv_history_free(h);
	sv_history_free(NULL);
}

static void
one_round_is_carried_over(void **state)
{
	static const double newest[1] = { 1.0 };
	struct sv_history *from = sv_history_new(4, N);
	struct sv_history *to = sv_history_new(1, N);
	double w[N];

	(void)state;
	sv_history_carry(to, from);
	assert_int_equal(sv_history_held(to), 0);
	push(from, 1.0, 3.0);
	push(from, 2.0, 4.0);
	sv_history_carry(to, from);
	sv_history_free(from);
	assert_int_equal(sv_history_held(to), 1);
	sv_history_combine(to, newest, 1, w);
	assert_true(w[0] == 2.0);
	sv_history_free(to);
}

static void
impossible_sizes_are_refused(void **state)
{

	(void)state;
	assert_null(sv_history_new(9, SIZE_MAX / 32));
	assert_true(sv_history_bytes(9, 1000) >= 72000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_as_many_as_it_holds),
		cmocka_unit_test(one_round_is_carried_over),
		cmocka_unit_test(impossible_sizes_are_refused)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
