#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dual.h"
#include "dualbed.h"

/* Losses and regularisers of the tests below. */
static const struct sv_loss *const losses[] = { &sv_loss_logistic,
    &sv_loss_squared, &sv_loss_squared_hinge, &sv_loss_huber,
    &sv_loss_poisson };
#define LOSSES 5
#define KINDS 9
/* Of these g* is finite near the optimum's -v, or after some shrinking. */
#define BOUNDED 6
/* ... of this without an intercept where features are positive. */
#define POSITIVE 8

static struct sv_groups *groups;

static void
make(struct sv_prox *g, int kind)
{

	switch (kind) {
	case 0:
		sv_prox_l1(g, 2.0);
		break;
	case 1:
		sv_prox_l2(g, 1.5);
		break;
	case 2:
		sv_prox_elastic(g, 1.0, 0.5);
		break;
	case 3:
		sv_prox_group(g, 1.25, groups);
		break;
	case 4:
		sv_prox_box(g, -0.2, 0.25);
		break;
	case 5:
		sv_prox_l1(g, 0.01);
		break;
	case 6:
		sv_prox_nonneg(g);
		break;
	case 7:
		sv_prox_none(g);
		break;
	default:
		sv_prox_nonneg(g);
		break;
	}
	g->d = DUALBED_D;
}

/* A certificate at z: rounds, each of them checked; returns how many. */
static int
certify(struct sv_dual *d, const struct dualbed *bed, const double *z,
    double tolerance, int guess)
{
	double v[DUALBED_N], sum[DUALBED_N], up[SV_UP_STEP_N] = { 0 };
	double gc[SV_GC_N], gap;
	int rounds = 0;

	dualbed_grad(bed, z, v, up);
	sv_dual_grad(d, z, v, up);
	if (guess) {
		const double one[SV_GC_N] = { [SV_GC_OWN] = 1.0,
		    [SV_GC_POSITIVE] = 1.0, [SV_GC_OTHER] = 1.0 };

		dualbed_conj(bed, z, one, sum, up);
		for (int j = 0; j < DUALBED_N; j++)
			sum[j] *= 1.0 + 1e-3 * (j % 3 - 1);
		sv_dual_guess(d, sum);
	}
	gap = sv_dual_gap(d);
	while (sv_dual_ask(d, tolerance, gc)) {
		rounds++;
		assert_true(rounds <= 4);
		assert_true(gc[SV_GC_POSITIVE] >= 0.0 &&
		    gc[SV_GC_POSITIVE] <= 1.0);
		assert_true(gc[SV_GC_OTHER] >= 0.0 && gc[SV_GC_OTHER] <= 1.0);
		assert_true(isfinite(gc[SV_GC_SHIFT]));
		dualbed_conj(bed, z, gc, sum, up);
		sv_dual_feed(d, sum, up);
		assert_true(sv_dual_gap(d) <= gap);
		gap = sv_dual_gap(d);
	}
	return (rounds);
}

/*
 * A path of accelerated proximal gradient steps, with x_i that come nearer and
 * nearer; the gap must be more than what F is above F* at each of its points.
 */
static void
follow(const struct sv_loss *loss, int kind, int intercept, int own)
{
	static const int at[] = { 0, 1, 3, 10, 30, 100, 400, 4000 };
	struct sv_dual_conf conf = { .n = (size_t)(DUALBED_D + intercept),
	    .intercept = intercept, .loss = loss, .param = loss->param,
	    .own = own };
	struct dualbed bed;
	struct dualpath path;
	struct sv_dual *d;
	double least, gap;

	make(&conf.g, kind);
	dualbed_make(&bed, loss, intercept, (unsigned)(kind + 1));
	if (kind == POSITIVE)
		for (int i = 0; i < DUALBED_ROWS; i++)
			for (int j = 0; j < DUALBED_D; j++)
				bed.a[i][j] = fabs(bed.a[i][j]);
	least = dualpath_least(&bed, &conf.g, 8000);
	d = sv_dual_new(&conf);
	assert_non_null(d);
	assert_true(isinf(sv_dual_gap(d)));
	dualpath_init(&path, &bed, &conf.g);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		while (path.steps < at[i])
			dualpath_step(&path);
		dualbed_spread(&bed, path.z, 1.0 / (1.0 + at[i] * at[i]));
		certify(d, &bed, path.z, 0.0, i % 2);
		gap = sv_dual_gap(d);
		assert_true(gap >= 0.0);
		assert_true(sv_dual_best(d) >= least);
		assert_true(sv_dual_bound(d) <= least);
		assert_true(gap >= sv_dual_best(d) - least);
		assert_true(sv_dual_value(d) >= sv_dual_best(d));
	}
	if (kind < BOUNDED || (kind == POSITIVE && !intercept))
		assert_true(gap <= 1e-8 * (1.0 + fabs(least)));
	sv_dual_free(d);
}

static void
follow_all(int intercept, int own)
{

	for (int l = 0; l < LOSSES; l++)
		for (int kind = 0; kind < KINDS; kind++)
			follow(losses[l], kind, intercept, own);
}

static void
test_dual_along_a_path(void **state)
{

	(void)state;
	follow_all(0, 0);
}

static void
test_dual_along_a_path_own(void **state)
{

	(void)state;
	follow_all(0, 1);
}

static void
test_dual_along_a_path_intercept(void **state)
{

	(void)state;
	follow_all(1, 0);
}

static void
test_dual_along_a_path_intercept_own(void **state)
{

	(void)state;
	follow_all(1, 1);
}

/* With an intercept, whatever the unit of the labels is. */
static void
test_dual_of_labels_in_any_unit(void **state)
{
	static const double unit[] = { 0x1p-60, 1.0, 0x1p60 };
	static const int at[] = { 0, 10, 1000 };
	struct sv_dual_conf conf = { .n = DUALBED_N, .intercept = 1,
	    .loss = &sv_loss_squared };
	struct dualbed bed;
	struct dualpath path;
	struct sv_dual *d;
	double least;

	(void)state;
	sv_prox_l2(&conf.g, 1.5);
	conf.g.d = DUALBED_D;
	for (size_t k = 0; k < sizeof(unit) / sizeof(unit[0]); k++) {
		dualbed_make(&bed, conf.loss, 1, 1);
		for (int i = 0; i < DUALBED_ROWS; i++)
			bed.y[i] *= unit[k];
		least = dualpath_least(&bed, &conf.g, 8000);
		d = sv_dual_new(&conf);
		assert_non_null(d);
		dualpath_init(&path, &bed, &conf.g);
		for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
			while (path.steps < at[i])
				dualpath_step(&path);
			certify(d, &bed, path.z, 0.0, 0);
			assert_true(sv_dual_bound(d) <= least);
		}
		assert_true(sv_dual_gap(d) <= 1e-8 * least);
		sv_dual_free(d);
	}
}

/*
 * Labels of one class, and an intercept as large as one likes: F* = 0, however
 * small the thetas of the shards are beside f(z).
 */
static void
test_dual_of_one_class(void **state)
{
	const double z[DUALBED_N] = { 0.0 };
	struct sv_dual_conf conf = { .n = DUALBED_N, .intercept = 1,
	    .loss = &sv_loss_logistic, .own = 1 };
	struct dualbed bed;
	struct sv_dual *d;

	(void)state;
	sv_prox_l2(&conf.g, 1.0);
	conf.g.d = DUALBED_D;
	dualbed_make(&bed, conf.loss, 1, 1);
	for (int i = 0; i < DUALBED_ROWS; i++)
		bed.y[i] = 1.0;
	for (double b = 10.0; b <= 100.0; b += 1.0) {
		for (int i = 0; i < DUALBED_W; i++)
			bed.x[i][DUALBED_D] = b;
		d = sv_dual_new(&conf);
		assert_non_null(d);
		certify(d, &bed, z, 0.0, 1);
		assert_true(sv_dual_bound(d) <= 0.0);
		sv_dual_free(d);
	}
}

/* A certificate of logistic loss with |x|_1 at 0, not asked anything yet. */
static struct sv_dual *
start(struct dualbed *bed, const struct sv_loss *loss, double lambda, int own)
{
	struct sv_dual_conf conf = { .n = DUALBED_D, .loss = loss,
	    .param = loss->param, .own = own };
	struct sv_dual *d;

	sv_prox_l1(&conf.g, lambda);
	dualbed_make(bed, loss, 0, 1);
	dualbed_spread(bed, (const double[DUALBED_N]){ 0.0 }, 0.1);
	d = sv_dual_new(&conf);
	assert_non_null(d);
	return (d);
}

/* Feed it a GRAD at z, of which the loss can be made worse. */
static int
look(struct sv_dual *d, const struct dualbed *bed, const double *z, double more)
{
	double v[DUALBED_N], up[SV_UP_STEP_N] = { 0 };

	dualbed_grad(bed, z, v, up);
	up[SV_UP_FZ] += more;
	return (sv_dual_grad(d, z, v, up));
}

static void
test_dual_before_anything(void **state)
{
	double gc[SV_GC_N];
	struct dualbed bed;
	struct sv_dual *d = start(&bed, &sv_loss_logistic, 1.0, 1);

	(void)state;
	assert_true(sv_dual_gap(d) == INFINITY);
	assert_true(sv_dual_best(d) == INFINITY);
	assert_true(sv_dual_value(d) == INFINITY);
	/* A loss that cannot be negative. */
	assert_true(sv_dual_bound(d) == 0.0);
	assert_int_equal(sv_dual_from(d), SV_DUAL_ZERO);
	assert_int_equal(sv_dual_ask(d, 0.0, gc), 0);
	sv_dual_free(d);
	sv_dual_free(NULL);
	d = start(&bed, &sv_loss_poisson, 1.0, 0);
	assert_true(sv_dual_bound(d) == -INFINITY);
	sv_dual_free(d);
}

/* With much of |x|_1 the answer is 0 and so is the gap, at once. */
static void
test_dual_of_zero(void **state)
{
	const double z[DUALBED_N] = { 0.0 };
	double gc[SV_GC_N];
	struct dualbed bed;
	struct sv_dual *d = start(&bed, &sv_loss_logistic, 1e3, 1);

	(void)state;
	assert_int_equal(look(d, &bed, z, 0.0), 1);
	assert_true(sv_dual_gap(d) <= 1e-12 * sv_dual_best(d));
	assert_int_equal(sv_dual_from(d), SV_DUAL_FREE);
	assert_int_equal(sv_dual_ask(d, 0.0, gc), 0);
	sv_dual_free(d);
}

static void
test_dual_asks_no_more_than_it_needs(void **state)
{
	const double z[DUALBED_N] = { 0.0 };
	double gc[SV_GC_N];
	struct dualbed bed;
	struct sv_dual *d = start(&bed, &sv_loss_logistic, 2.0, 0);

	(void)state;
	look(d, &bed, z, 0.0);
	/* Whatever the gap is, it is less than F, which is enough. */
	assert_int_equal(sv_dual_ask(d, 1.0, gc), 0);
	assert_int_equal(sv_dual_ask(d, 1e-3, gc), 1);
	assert_true(gc[SV_GC_OWN] == 0.0);
	assert_true(gc[SV_GC_POSITIVE] == gc[SV_GC_OTHER]);
	assert_true(gc[SV_GC_POSITIVE] > 0.0 && gc[SV_GC_POSITIVE] < 1.0);
	assert_true(gc[SV_GC_SHIFT] == 0.0);
	sv_dual_free(d);
}

/* What did not help is asked for less often, but not never. */
static void
test_dual_remembers_what_was_of_no_use(void **state)
{
	const double z[DUALBED_N] = { 0.0 };
	double gc[SV_GC_N], sum[DUALBED_N] = { 0 }, up[SV_UP_STEP_N] = { 0 };
	struct dualbed bed;
	struct sv_dual *d = start(&bed, &sv_loss_logistic, 2.0, 1);
	int own = 0, point = 0;

	(void)state;
	up[SV_UP_CONJ] = 1e300;
	for (int i = 0; i < 50; i++) {
		look(d, &bed, z, 0.0);
		while (sv_dual_ask(d, 1e-3, gc)) {
			*(gc[SV_GC_OWN] > 0.0 ? &own : &point) += 1;
			sv_dual_feed(d, sum, up);
		}
	}
	assert_true(isfinite(sv_dual_gap(d)));
	assert_in_range(own, 10, 13);
	assert_in_range(point, 10, 13);
	sv_dual_free(d);
}

static void
test_dual_keeps_the_best(void **state)
{
	const double zero[DUALBED_N] = { 0.0 }, one[DUALBED_N] = { 0.1 };
	struct dualbed bed;
	struct sv_dual *d = start(&bed, &sv_loss_logistic, 2.0, 0);
	struct sv_prox g;
	double bound, best;

	(void)state;
	assert_int_equal(look(d, &bed, one, 0.0), 1);
	assert_int_equal(look(d, &bed, zero, 1e3), 0);
	assert_true(sv_dual_value(d) > sv_dual_best(d) + 500.0);
	best = sv_dual_best(d);
	bound = sv_dual_bound(d);
	assert_int_equal(look(d, &bed, one, 0.0), 0);
	assert_true(sv_dual_best(d) == best && sv_dual_bound(d) >= bound);
	/* With another regulariser nothing of that is left. */
	sv_prox_l1(&g, 3.0);
	sv_dual_retarget(d, &g);
	assert_true(sv_dual_gap(d) == INFINITY && sv_dual_bound(d) == 0.0);
	assert_int_equal(look(d, &bed, one, 0.0), 1);
	sv_dual_free(d);
}

/* Without a regulariser a bound needs A'theta = 0. */
static void
test_dual_without_a_bound(void **state)
{
	const double z[DUALBED_N] = { 0.1, -0.2, 0.3 };
	double gc[SV_GC_N];
	struct sv_dual_conf conf = { .n = DUALBED_D,
	    .loss = &sv_loss_squared, .own = 1 };
	struct dualbed bed;
	struct sv_dual *d;

	(void)state;
	dualbed_make(&bed, conf.loss, 0, 1);
	sv_prox_none(&conf.g);
	d = sv_dual_new(&conf);
	assert_non_null(d);
	look(d, &bed, z, 0.0);
	assert_int_equal(sv_dual_ask(d, 0.0, gc), 0);
	assert_true(sv_dual_bound(d) == 0.0);
	assert_true(sv_dual_gap(d) == sv_dual_value(d));
	sv_dual_free(d);
	/* ... and outside the domain there is no F. */
	sv_prox_box(&conf.g, 1.0, 2.0);
	d = sv_dual_new(&conf);
	assert_non_null(d);
	assert_int_equal(look(d, &bed, z, 0.0), 0);
	assert_true(sv_dual_value(d) == INFINITY);
	assert_true(sv_dual_gap(d) == INFINITY);
	assert_true(isfinite(sv_dual_bound(d)));
	sv_dual_free(d);
}

static int
setup(void **state)
{

	(void)state;
	groups = sv_prox_groups_blocks(DUALBED_D, 3);
	return (groups == NULL ? -1 : 0);
}

static int
teardown(void **state)
{

	(void)state;
	sv_prox_groups_free(groups);
	return (0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dual_before_anything),
		cmocka_unit_test(test_dual_of_zero),
		cmocka_unit_test(test_dual_asks_no_more_than_it_needs),
		cmocka_unit_test(test_dual_remembers_what_was_of_no_use),
		cmocka_unit_test(test_dual_keeps_the_best),
		cmocka_unit_test(test_dual_without_a_bound),
		cmocka_unit_test(test_dual_of_labels_in_any_unit),
		cmocka_unit_test(test_dual_of_one_class),
		cmocka_unit_test(test_dual_along_a_path),
		cmocka_unit_test(test_dual_along_a_path_own),
		cmocka_unit_test(test_dual_along_a_path_intercept),
		cmocka_unit_test(test_dual_along_a_path_intercept_own),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
