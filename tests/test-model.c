/* Models of frames: which one, in whose units, and with which labels. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "err.h"
#include "model.h"

#define SHARDS "\"kind\":\"shards\",\"n\":4,\"nnz\":4,\"cut\":\"0\"," \
    "\"shards\":[{\"url\":\"file:///x\",\"n\":4,\"nnz\":4}]"

/* Take a frame with these elements. */
static void
take(struct sv_model_source *s, enum sv_type type, const char *text,
    const double *x, uint64_t n)
{
	struct sv_frame f;

	assert_int_equal(sv_frame_make(&f, type, text, 0, SV_F64, n), 0);
	if (n > 0)
		memcpy(sv_frame_elems(&f), x, n * sizeof(*x));
	if (type == SV_GLOBAL) {
		f.op = SV_OP_STEP;
		f.round = 3;
	}
	if (!sv_model_take(s, &f))
		sv_frame_fini(&f);
}

/* A problem of ${d} features with these members besides. */
static void
problem(struct sv_model_source *s, unsigned d, const char *more,
    const double *scale, uint64_t n)
{
	char text[600];

	snprintf(text, sizeof(text), "{" SHARDS ",\"d\":%u%s}", d, more);
	take(s, SV_PROBLEM, text, scale, n);
}

static const double x[] = { 1, -2, 0.5 };

static void
the_last_model_of_its_problem(void **state)
{
	struct sv_model_source s = { .by_round = 0 };
	struct sv_model m;
	const double y[] = { 5, 6 };

	(void)state;
	problem(&s, 3, ",\"labels\":[0,1]", NULL, 0);
	take(&s, SV_MODEL, "{\"loss\":\"logistic\"}", y, 2);
	take(&s, SV_MODEL, "{\"loss\":\"logistic\",\"l1\":2}", x, 3);
	take(&s, SV_GLOBAL, "{}", y, 2);
	/* Of this one there is no model yet. */
	problem(&s, 7, ",\"labels\":[-1,1]", NULL, 0);
	assert_int_equal(sv_model_make(&m, &s, "run"), 0);
	assert_int_equal(m.d, 3);
	assert_memory_equal(m.w, x, sizeof(x));
	assert_true(!m.biased && m.bias == 0 && m.penalty == 7);
	assert_string_equal(m.positive, "1");
	assert_string_equal(m.negative, "0");
	sv_model_fini(&m);
	sv_model_drop(&s);
}

static void
a_round(void **state)
{
	struct sv_model_source s = { .by_round = 1, .round = 3 };
	struct sv_model m;

	(void)state;
	problem(&s, 2, ",\"labels\":[-1,1]", NULL, 0);
	take(&s, SV_MODEL, "{}", x, 1);
	take(&s, SV_GLOBAL, "{\"loss\":\"squared\",\"intercept\":true}", x, 3);
	assert_int_equal(sv_model_make(&m, &s, "run"), 0);
	assert_true(m.d == 2 && m.w[1] == -2 && m.biased && m.bias == 0.5);
	assert_true(!m.classes && m.positive == NULL && isnan(m.penalty));
	sv_model_fini(&m);
	sv_model_drop(&s);
	s.round = 4;
	take(&s, SV_GLOBAL, "{}", x, 3);
	assert_int_equal(sv_model_make(&m, &s, "run"), -1);
	assert_string_equal(sv_err_last(), "run: no global of step 4 in it");
}

/* The formulas of the header, both ways. */
static void
scales_are_folded_in(void **state)
{
	const double scale[] = { 2, 4, 0.5, 3, -1, 0 };
	const double row[] = { 1.25, 7, -3 };
	struct sv_model_source s = { .by_round = 0 };
	struct sv_problem p;
	struct sv_model m;
	double scaled = 0.75, user;

	(void)state;
	problem(&s, 3, ",\"labels\":[-1,1],\"scale\":\"standard\"", scale, 6);
	take(&s, SV_MODEL, "{\"loss\":\"logistic\",\"l2\":2,\"intercept\":0.75,"
	    "\"scale\":true}", x, 3);
	assert_int_equal(sv_model_make(&m, &s, "run"), 0);
	assert_true(m.w[0] == 2 && m.w[1] == -8 && m.w[2] == 0.25);
	assert_true(m.biased && m.bias == 0.75 - 6 - 8);
	/* The regulariser is of what was fitted. */
	assert_true(m.penalty == 1 + 4 + 0.25);
	user = m.bias;
	for (int j = 0; j < 3; j++) {
		user += m.w[j] * row[j];
		scaled += x[j] * (row[j] - scale[3 + j]) * scale[j];
	}
	assert_true(user == scaled);
	assert_int_equal(sv_problem_parse(&p, &s.problem), 0);
	sv_model_scaled(&m, &p);
	assert_memory_equal(m.w, x, sizeof(x));
	assert_true(m.bias == 0.75);
	sv_problem_fini(&p);
	sv_model_fini(&m);
	sv_model_drop(&s);
}

static void
shifts_make_a_bias(void **state)
{
	const double scale[] = { 2, 4, 3, 0 };
	struct sv_model_source s = { .by_round = 0 };
	struct sv_model m;

	(void)state;
	problem(&s, 2, ",\"labels\":[-1,1],\"scale\":\"standard\"", scale, 4);
	take(&s, SV_MODEL, "{\"scale\":true}", x, 2);
	assert_int_equal(sv_model_make(&m, &s, "run"), 0);
	assert_true(m.biased && m.bias == -6);
	sv_model_fini(&m);
	sv_model_drop(&s);
	/* Factors alone do not. */
	problem(&s, 2, ",\"labels\":[-1,1],\"scale\":\"maxabs\"", scale, 2);
	take(&s, SV_MODEL, "{\"scale\":true}", x, 2);
	assert_int_equal(sv_model_make(&m, &s, "run"), 0);
	assert_true(!m.biased && m.bias == 0 && m.w[1] == -8);
	sv_model_fini(&m);
	sv_model_drop(&s);
}

static void
labels(void **state)
{
	static const struct {
		const char *members, *positive, *negative;
		double one, other;
	} all[] = {
		{ "\"labels\":[-1,1]", "1", "-1", 1, -1 },
		{ "\"labels\":[0,1]", "1", "0", 1, 0 },
		{ "\"labels\":[1]", "1", "-1", 1, -1 },
		{ "\"labels\":[1,2],\"positive\":2", "2", "1", 2, 1 },
		{ "\"labels\":[1,2,3],\"positive\":2", "2", NULL, 2, 3 },
		{ "\"labels\":null,\"positive\":2.5", "2.5", NULL, 2.5, 9 },
		{ "\"labels\":[-1,1],\"schema\":{\"format\":\"libsvm\","
		    "\"positive\":\"3\"}", "3", NULL, 3, 4 },
		{ "\"labels\":[-1,1],\"schema\":{\"format\":\"libsvm\","
		    "\"positive\":\"3\",\"negative\":\"8\"}", "3", "8", 3, 8 },
	};
	struct sv_model_source s = { .by_round = 0 };
	struct sv_model m;
	char more[200];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(more, sizeof(more), ",%s", all[i].members);
		problem(&s, 3, more, NULL, 0);
		take(&s, SV_MODEL, "{}", x, 3);
		assert_int_equal(sv_model_make(&m, &s, "run"), 0);
		assert_string_equal(m.positive, all[i].positive);
		if (all[i].negative != NULL)
			assert_string_equal(m.negative, all[i].negative);
		else
			assert_null(m.negative);
		assert_true(sv_model_sign(&m, all[i].one) == 1);
		assert_true(sv_model_sign(&m, all[i].other) == -1);
		assert_true(isnan(sv_model_sign(&m, NAN)));
		if (m.negative != NULL)
			assert_true(isnan(sv_model_sign(&m, 77)));
		sv_model_fini(&m);
		sv_model_drop(&s);
	}
}

static void
names_of_features(void **state)
{
	static const char schema[] = ",\"labels\":[-1,1],\"schema\":{\"format\":"
	    "\"csv\",\"columns\":[{\"name\":\"age\"},{\"name\":\"job\",\"as\":"
	    "\"category\"},{\"name\":\"pay\",\"as\":\"label\"}],\"hash\":"
	    "\"xxh3-64\",\"buckets\":2,\"positive\":\">50K\",\"negative\":"
	    "\"<=50K\"}";
	struct sv_model_source s = { .by_round = 0 };
	struct sv_model m;
	char buf[40];

	(void)state;
	problem(&s, 3, schema, NULL, 0);
	take(&s, SV_MODEL, "{}", x, 3);
	assert_int_equal(sv_model_make(&m, &s, "run"), 0);
	assert_string_equal(m.positive, ">50K");
	assert_string_equal(m.negative, "<=50K");
	assert_true(isnan(sv_model_sign(&m, 1)));
	assert_string_equal(sv_model_feature(&m, 0, buf, sizeof(buf)), "age");
	assert_string_equal(sv_model_feature(&m, 2, buf, sizeof(buf)),
	    "hash:1");
	sv_model_fini(&m);
	sv_model_drop(&s);
}

/* Each regulariser's value, as the text tells it. */
static void
regularisers(void **state)
{
	static const struct {
		const char *text;
		double value;
	} all[] = {
		{ "{\"l1\":2}", 7 }, { "{\"l2\":4}", 10.5 },
		{ "{\"l1\":1,\"l2\":2}", 8.75 }, { "{\"l1\":0}", 0 },
		{ "{\"group\":2,\"group_size\":3}", 0 },	/* see below */
		{ "{\"group\":2,\"group_size\":2}", NAN },
		{ "{\"group\":2,\"groups\":2}", NAN },
		{ "{\"nonneg\":true}", INFINITY },
		{ "{\"box\":[null,1]}", 0 }, { "{\"box\":[-1,null]}", INFINITY },
		{ "{\"l1\":-1}", NAN }, { "{}", NAN }
	};
	struct sv_model_source s = { .by_round = 0 };
	struct sv_model m;
	double want;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		want = i == 4 ? 2 * sqrt(3) * sqrt(5.25) : all[i].value;
		take(&s, SV_MODEL, all[i].text, x, 3);
		assert_int_equal(sv_model_make(&m, &s, "run"), 0);
		if (isnan(want))
			assert_true(isnan(m.penalty));
		else if (isinf(want))
			assert_true(m.penalty == want);
		else
			assert_true(fabs(m.penalty - want) <= 1e-15 * want);
		sv_model_fini(&m);
		sv_model_drop(&s);
	}
}

static void
faults(void **state)
{
	static const struct {
		const char *text, *want;
	} all[] = {
		{ "{\"scale\":true}", "run: the model is of scaled rows, and"
		    " without their problem frame nothing tells how" },
		{ "{\"loss\":\"hinge\"}", "run: \"loss\" of the model frame is"
		    " not known here, or out of bounds" },
		{ "{\"loss\":\"huber\",\"param\":0}", "run: \"param\" of the"
		    " model frame is not known here, or out of bounds" },
		{ "{\"weights\":[1,-1]}", "run: \"weights\" of the model frame"
		    " is not known here, or out of bounds" },
		{ "{\"intercept\":null}", "run: the intercept is no finite"
		    " number" },
	};
	const double inf[] = { 1, -INFINITY };
	const double huge[] = { 1e200, 1e200 }, scale[] = { 1, 1e200 };
	struct sv_model_source s = { .by_round = 0 };
	struct sv_model m;

	(void)state;
	assert_int_equal(sv_model_make(&m, &s, "run"), -1);
	assert_string_equal(sv_err_last(), "run: no model in it");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		take(&s, SV_MODEL, all[i].text, x, 3);
		assert_int_equal(sv_model_make(&m, &s, "run"), -1);
		assert_string_equal(sv_err_last(), all[i].want);
		sv_model_drop(&s);
	}
	take(&s, SV_MODEL, "{}", inf, 2);
	assert_int_equal(sv_model_make(&m, &s, "run"), -1);
	assert_string_equal(sv_err_last(), "run: element 1 of the model frame is"
	    " no finite number");
	sv_model_drop(&s);
	problem(&s, 4, ",\"labels\":[-1,1]", NULL, 0);
	take(&s, SV_MODEL, "{}", x, 3);
	assert_int_equal(sv_model_make(&m, &s, "run"), -1);
	assert_string_equal(sv_err_last(), "run: the model has 3 weights, and"
	    " its problem 4 features");
	sv_model_drop(&s);
	problem(&s, 2, ",\"labels\":[-1,1],\"scale\":\"maxabs\"", scale, 2);
	take(&s, SV_MODEL, "{}", huge, 2);
	assert_int_equal(sv_model_make(&m, &s, "run"), -1);
	assert_string_equal(sv_err_last(), "run: in the units before scaling"
	    " weights are beyond any number");
	sv_model_drop(&s);
}

static void
probabilities(void **state)
{

	(void)state;
	assert_true(sv_model_probability(0) == 0.5);
	assert_true(sv_model_probability(INFINITY) == 1);
	assert_true(sv_model_probability(-INFINITY) == 0);
	assert_true(sv_model_probability(-800) == 0);
	assert_true(fabs(sv_model_probability(-700) / 9.859676543759770e-305 -
	    1) < 1e-13);
	for (double m = -40; m < 40; m += 0.7)
		assert_true(fabs(sv_model_probability(m) +
		    sv_model_probability(-m) - 1) <= 4.5e-16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_model_of_its_problem),
		cmocka_unit_test(a_round),
		cmocka_unit_test(scales_are_folded_in),
		cmocka_unit_test(shifts_make_a_bias),
		cmocka_unit_test(labels),
		cmocka_unit_test(names_of_features),
		cmocka_unit_test(regularisers),
		cmocka_unit_test(faults),
		cmocka_unit_test(probabilities)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
