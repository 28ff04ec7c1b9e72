#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "prox.h"

/* Of all kinds, with two partitions of DIM coordinates. */
#define DIM 12
#define KINDS 14

static struct sv_groups *blocks, *table;

static void
make(struct sv_prox *g, int kind)
{

	switch (kind) {
	case 0:
		sv_prox_none(g);
		break;
	case 1:
		sv_prox_l1(g, 0.75);
		break;
	case 2:
		sv_prox_l1(g, 0.0);
		break;
	case 3:
		sv_prox_l2(g, 1.5);
		break;
	case 4:
		sv_prox_l2(g, 0.0);
		break;
	case 5:
		sv_prox_elastic(g, 0.5, 2.0);
		break;
	case 6:
		sv_prox_elastic(g, 0.5, 0.0);
		break;
	case 7:
		sv_prox_group(g, 0.5, blocks);
		break;
	case 8:
		sv_prox_group(g, 0.5, table);
		break;
	case 9:
		sv_prox_group(g, 0.0, table);
		break;
	case 10:
		sv_prox_box(g, -0.5, 0.25);
		break;
	case 11:
		sv_prox_box(g, 0.25, 0.25);
		break;
	case 12:
		sv_prox_box(g, -INFINITY, 1.0);
		break;
	default:
		sv_prox_nonneg(g);
		break;
	}
}

static int
setup(void **state)
{
	const uint32_t number[DIM] = { 7, 1, 7, 7, 900, 1, 2, 2, 7, 1, 2, 7 };

	(void)state;
	blocks = sv_prox_groups_blocks(DIM, 4);
	table = sv_prox_groups_table(number, DIM);
	return (blocks == NULL || table == NULL ? -1 : 0);
}

static int
teardown(void **state)
{

	(void)state;
	sv_prox_groups_free(blocks);
	sv_prox_groups_free(table);
	return (0);
}

/* Numbers between -size and size, one in four of them 0. */
static uint64_t seed = 1;

static void
draw(double *v, size_t n, double size)
{

	for (size_t j = 0; j < n; j++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		v[j] = (double)(int64_t)seed / 9.3e18 * size;
		if ((seed >> 20) % 4 == 0)
			v[j] = 0.0;
	}
}

static double
dot(const double *a, const double *b, size_t n)
{
	double sum = 0.0;

	for (size_t j = 0; j < n; j++)
		sum += a[j] * b[j];
	return (sum);
}

/* x = prox(v) where (v - x) / t is in the subdifferential at x. */
static void
test_prox_is_optimal(void **state)
{
	static const double steps[] = { 1e-3, 0.3, 1.0, 40.0 };
	double v[DIM], x[DIM], grad[DIM];
	struct sv_prox g;

	(void)state;
	for (int kind = 0; kind < KINDS; kind++)
		for (int trial = 0; trial < 40; trial++) {
			double t = steps[trial % 4];

			make(&g, kind);
			draw(v, DIM, 5.0);
			g.apply(&g, t, v, x, DIM);
			for (size_t j = 0; j < DIM; j++)
				grad[j] = (x[j] - v[j]) / t;
			assert_true(isfinite(g.value(&g, x, DIM)));
			assert_true(g.violation(&g, x, grad, DIM) <=
			    1e-14 * (1.0 + 100.0 / t));
		}
}

/*
 * Moreau 1965: v = x + t s, where s = prox of g* / t at v / t; and x and s are
 * those two vectors of which g(x) + g*(s) = x's.
 */
static void
test_prox_and_conjugate_decompose(void **state)
{
	double v[DIM], x[DIM], s[DIM], gap;
	struct sv_prox g;

	(void)state;
	for (int kind = 0; kind < KINDS; kind++)
		for (int trial = 0; trial < 40; trial++) {
			double t = trial % 2 ? 0.5 : 2.0, in = 1.0;

			make(&g, kind);
			draw(v, DIM, 5.0);
			g.apply(&g, t, v, x, DIM);
			for (size_t j = 0; j < DIM; j++)
				s[j] = (x[j] - v[j]) / t;
			/* No further outside the domain than by rounding. */
			if (isinf(g.conj(&g, s, DIM)) || trial % 4 < 2)
				in = g.scale(&g, s, DIM) * (1.0 - 1e-15);
			assert_true(in >= 1.0 - 1e-14);
			for (size_t j = 0; j < DIM; j++)
				s[j] *= -in;
			gap = g.value(&g, x, DIM) + g.conj(&g, s, DIM) -
			    dot(x, s, DIM);
			assert_true(fabs(gap) <= 1e-12);
		}
}

static void
test_prox_fenchel_young(void **state)
{
	double v[DIM], x[DIM], both;
	int finite[KINDS] = { 0 };
	struct sv_prox g;

	(void)state;
	for (int kind = 0; kind < KINDS; kind++)
		for (int trial = 0; trial < 200; trial++) {
			make(&g, kind);
			draw(x, DIM, 2.0);
			draw(v, DIM, trial % 2 ? 0.5 : 3.0);
			if (kind == 0 || kind == 2 || kind == 4 || kind == 9)
				memset(v, 0, sizeof(v));
			if (kind >= 10)
				g.apply(&g, 1.0, x, x, DIM);
			if (kind >= 12)
				for (size_t j = 0; j < DIM; j++)
					v[j] = kind == 12 ? fabs(v[j]) :
					    -fabs(v[j]);
			both = g.value(&g, x, DIM) + g.conj(&g, v, DIM);
			assert_true(!isnan(both));
			assert_true(both >= dot(x, v, DIM) - 1e-13);
			finite[kind] += isfinite(both);
		}
	for (int kind = 0; kind < KINDS; kind++)
		assert_true(finite[kind] >= 20);
}

static void
test_prox_scale_is_the_largest(void **state)
{
	double v[DIM], u[DIM], k;
	struct sv_prox g;

	(void)state;
	for (int kind = 0; kind < KINDS; kind++)
		for (int trial = 0; trial < 40; trial++) {
			make(&g, kind);
			draw(v, DIM, trial % 2 ? 0.5 : 3.0);
			k = g.scale(&g, v, DIM);
			assert_true(k >= 0.0 && k <= 1.0);
			for (size_t j = 0; j < DIM; j++)
				u[j] = -k * (1.0 - 1e-15) * v[j];
			assert_true(isfinite(g.conj(&g, u, DIM)));
			for (size_t j = 0; j < DIM; j++)
				u[j] = -fmax(k * (1.0 + 1e-13), 1e-9) * v[j];
			assert_true(k == 1.0 || isinf(g.conj(&g, u, DIM)));
		}
}

static void
test_prox_extremes(void **state)
{
	const double v[DIM] = { 1.0, -2.0, 0.0, 1e300, -1e300, 1e-300, 3.0,
	    -0.25, 0.25, 0.5, -0.5, 7.0 };
	double x[DIM];
	struct sv_prox g;

	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		make(&g, kind);
		for (size_t j = 0; j < 3; j++) {
			g.apply(&g, j == 0 ? 1e300 : j == 1 ? 1.0 : 1e-300, v,
			    x, DIM);
			for (size_t i = 0; i < DIM; i++)
				assert_true(isfinite(x[i]));
		}
		assert_true(!isnan(g.value(&g, v, DIM)));
		assert_true(!isnan(g.conj(&g, v, DIM)));
		assert_true(!isnan(g.violation(&g, x, v, DIM)));
		assert_true(!isnan(g.scale(&g, v, DIM)));
		g.apply(&g, 1.0, v, x, 0);
	}
	make(&g, 1);
	g.apply(&g, 1e300, v, x, DIM);
	for (size_t j = 0; j < DIM; j++)
		assert_true(fabs(x[j]) <= 0.25e300);
	/* A norm is not taken of squares that overflow. */
	make(&g, 7);
	assert_true(isfinite(g.value(&g, v, DIM)));
}

/* Squares beyond the range of numbers, of which value and conjugate are not. */
static void
test_prox_range(void **state)
{
	static const double sizes[] = { 0x1p-600, 0x1p600 };
	struct sv_prox g;
	double x, v;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		v = 3.0 * sizes[i];
		for (int elastic = 0; elastic < 2; elastic++) {
			if (elastic)
				sv_prox_elastic(&g, 0.0, sizes[i]);
			else
				sv_prox_l2(&g, sizes[i]);
			/* v^2 / (2 lambda) */
			assert_true(sv_prox_conj(&g, &v, 1) == 4.5 * sizes[i]);
			if (elastic)
				sv_prox_elastic(&g, 0.0, 1.0 / sizes[i]);
			else
				sv_prox_l2(&g, 1.0 / sizes[i]);
			x = v;
			assert_true(sv_prox_value(&g, &x, 1) == 4.5 * sizes[i]);
		}
	}
}

static void
test_prox_free_coordinates(void **state)
{
	double v[DIM + 1], x[DIM + 1], grad[DIM + 1], own;
	struct sv_prox g;

	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		make(&g, kind);
		g.d = DIM;
		draw(v, DIM, 3.0);
		draw(grad, DIM, 3.0);
		v[DIM] = 100.0;
		grad[DIM] = -0.125;
		sv_prox_apply(&g, 1.0, v, x, DIM + 1);
		assert_true(x[DIM] == 100.0);
		g.apply(&g, 1.0, v, v, DIM);
		assert_memory_equal(x, v, sizeof(v));
		assert_true(sv_prox_value(&g, x, DIM + 1) ==
		    g.value(&g, x, DIM));
		own = g.violation(&g, x, grad, DIM);
		assert_true(sv_prox_violation(&g, x, grad, DIM + 1) ==
		    own + 0.125);
		memset(v, 0, sizeof(v));
		assert_true(sv_prox_conj(&g, v, DIM + 1) ==
		    g.conj(&g, v, DIM));
		assert_true(sv_prox_scale(&g, v, DIM + 1) == 1.0);
		v[DIM] = 1e-300;
		assert_true(sv_prox_conj(&g, v, DIM + 1) == INFINITY);
		assert_true(sv_prox_scale(&g, v, DIM + 1) == 0.0);
	}
}

static void
check_text(const struct sv_prox *g, const char *text, const char *json)
{
	char got[SV_PROX_TEXT], *dump;
	json_t *o = json_object();

	sv_prox_text(g, got);
	assert_string_equal(got, text);
	assert_int_equal(sv_prox_json(g, o), 0);
	dump = json_dumps(o, JSON_COMPACT);
	assert_non_null(dump);
	assert_string_equal(dump, json);
	free(dump);
	json_decref(o);
}

static void
test_prox_describes_itself(void **state)
{
	struct sv_prox g;

	(void)state;
	sv_prox_none(&g);
	check_text(&g, "none", "{\"l1\":0.0}");
	sv_prox_l1(&g, 0.5);
	check_text(&g, "l1 0.5", "{\"l1\":0.5}");
	sv_prox_l2(&g, 2.0);
	check_text(&g, "l2 2", "{\"l2\":2.0}");
	sv_prox_elastic(&g, 0.5, 2.0);
	check_text(&g, "l1 0.5, l2 2", "{\"l1\":0.5,\"l2\":2.0}");
	sv_prox_group(&g, 0.5, blocks);
	check_text(&g, "group 0.5, 3 groups",
	    "{\"group\":0.5,\"group_size\":4}");
	sv_prox_group(&g, 0.5, table);
	check_text(&g, "group 0.5, 4 groups", "{\"group\":0.5,\"groups\":4}");
	sv_prox_box(&g, -INFINITY, 1.5);
	check_text(&g, "box [-inf, 1.5]", "{\"box\":[null,1.5]}");
	sv_prox_nonneg(&g);
	check_text(&g, "nonneg", "{\"nonneg\":true}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prox_is_optimal),
		cmocka_unit_test(test_prox_and_conjugate_decompose),
		cmocka_unit_test(test_prox_fenchel_young),
		cmocka_unit_test(test_prox_scale_is_the_largest),
		cmocka_unit_test(test_prox_extremes),
		cmocka_unit_test(test_prox_range),
		cmocka_unit_test(test_prox_free_coordinates),
		cmocka_unit_test(test_prox_describes_itself),
	};

	return (cmocka_run_group_tests(tests, setup, teardown));
}
