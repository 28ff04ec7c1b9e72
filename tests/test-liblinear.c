/* Model files of LIBLINEAR: those that it writes, and those that nobody should. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "err.h"
#include "liblinear.h"

/* Text that comes a few bytes at a time. */
struct text {
	const char *text;
	size_t left, most;
};

static ssize_t
read_text(void *ctx, void *buf, size_t len)
{
	struct text *t = ctx;
	size_t n = len < t->most ? len : t->most;

	n = n < t->left ? n : t->left;
	memcpy(buf, t->text, n);
	t->text += n;
	t->left -= n;
	return ((ssize_t)n);
}

static int
read_model(struct sv_model *m, const char *text, size_t most)
{
	struct text t = { text, strlen(text), most };
	struct sv_bytes in = { .read = read_text, .ctx = &t };

	return (sv_liblinear_read(m, &in, "model"));
}

#define HEAD "solver_type L2R_LR\nnr_class 2\nlabel 1 -1\n"

static void
as_it_is_written(void **state)
{
	struct sv_model m;

	(void)state;
	for (size_t most = 1; most < 60; most += 19) {
		assert_int_equal(read_model(&m, HEAD "nr_feature 3\nbias 1\nw\n"
		    "0.5 \n-2e-3 \n0 \n-0.25 \n", most), 0);
		assert_int_equal(m.d, 3);
		assert_true(m.w[0] == 0.5 && m.w[1] == -2e-3 && m.w[2] == 0);
		assert_true(m.biased && m.bias == -0.25);
		assert_true(m.classes && m.loss == &sv_loss_logistic);
		assert_string_equal(m.positive, "1");
		assert_string_equal(m.negative, "-1");
		assert_true(isnan(m.penalty));
		sv_model_fini(&m);
	}
}

/* Each solver's loss, and what it predicts. */
static void
solvers(void **state)
{
	static const struct {
		const char *name, *loss;
		int classes;
	} all[] = {
		{ "L2R_LR", "logistic", 1 }, { "L2R_LR_DUAL", "logistic", 1 },
		{ "L1R_LR", "logistic", 1 },
		{ "L2R_L2LOSS_SVC", "squared_hinge", 1 },
		{ "L2R_L2LOSS_SVC_DUAL", "squared_hinge", 1 },
		{ "L1R_L2LOSS_SVC", "squared_hinge", 1 },
		{ "L2R_L1LOSS_SVC_DUAL", NULL, 1 },
		{ "L2R_L2LOSS_SVR", NULL, 0 },
		{ "L2R_L2LOSS_SVR_DUAL", NULL, 0 },
		{ "L2R_L1LOSS_SVR_DUAL", NULL, 0 }
	};
	struct sv_model m;
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(text, sizeof(text), "solver_type %s\nnr_class 2\n%s"
		    "nr_feature 1\nbias -1\nw\n3 \n", all[i].name,
		    all[i].classes ? "label 7 4\n" : "");
		assert_int_equal(read_model(&m, text, 4096), 0);
		assert_int_equal(m.classes, all[i].classes);
		if (all[i].loss != NULL)
			assert_string_equal(m.loss->name, all[i].loss);
		else
			assert_null(m.loss);
		if (m.classes)
			assert_true(sv_model_sign(&m, 7) == 1 &&
			    sv_model_sign(&m, 4) == -1 &&
			    isnan(sv_model_sign(&m, 1)));
		assert_true(!m.biased && m.bias == 0 && m.w[0] == 3);
		sv_model_fini(&m);
	}
}

static void
odd_kinds(void **state)
{
	struct sv_model m;

	(void)state;
	/* bias is not always 1. */
	assert_int_equal(read_model(&m, HEAD "nr_feature 1\nbias 2.5\nw\n1\n"
	    "-3\n", 4096), 0);
	assert_true(m.bias == -7.5);
	sv_model_fini(&m);
	assert_int_equal(read_model(&m, HEAD "nr_feature 1 bias 0 w 1 5", 4096),
	    0);
	assert_true(m.biased && m.bias == 0);
	sv_model_fini(&m);
	/* A column for each class, of which the first counts. */
	assert_int_equal(read_model(&m, "solver_type MCSVM_CS\nnr_class 2\n"
	    "label 0 3\nnr_feature 2\nbias 1\nw\n1 -1 \n2 -2 \n3 -3 \n", 4096),
	    0);
	assert_true(m.d == 2 && m.w[0] == 1 && m.w[1] == 2 && m.bias == 3);
	assert_string_equal(m.positive, "0");
	sv_model_fini(&m);
	assert_int_equal(read_model(&m, "solver_type ONECLASS_SVM\nnr_class 2\n"
	    "nr_feature 2\nbias -1\nrho 0.75\nw\n1\n2\n", 4096), 0);
	assert_true(m.classes && m.bias == -0.75 && m.loss == NULL);
	assert_string_equal(m.negative, "-1");
	sv_model_fini(&m);
	/* No feature at all. */
	assert_int_equal(read_model(&m, HEAD "nr_feature 0\nbias 1\nw\n4\n",
	    4096), 0);
	assert_true(m.d == 0 && m.bias == 4);
	sv_model_fini(&m);
}

/* What is said of each text that makes no sense. */
static void
faults(void **state)
{
	static const char * const bad[][2] = {
		{ "", "line 1: expected a run of sv-hub or a model of LIBLINEAR,"
		    " found the end of the file" },
		{ "+1 1:1\n", "line 1: expected a run of sv-hub or a model of"
		    " LIBLINEAR, found '+1'" },
		{ "solver_type L3R\n", "line 1: expected a solver_type of"
		    " LIBLINEAR, found 'L3R'" },
		{ "solver_type\n\n", "line 3: expected a solver_type of"
		    " LIBLINEAR, found the end of the file" },
		{ HEAD "nr_class 2\n", "line 4: expected it once, found"
		    " 'nr_class'" },
		{ "nr_class 3\n", "line 1: a model of 3 classes: expected two,"
		    " or numbers (train one of a class against the rest)" },
		{ "nr_class 2.5\n", "line 1: expected a number of classes, found"
		    " '2.5'" },
		{ "label 1 1\n", "line 1: expected two different labels, found"
		    " '1'" },
		{ "label 0 -0\n", "line 1: expected two different labels, found"
		    " '-0'" },
		{ "label\n1 nan\n", "line 2: expected a label, a whole number,"
		    " found 'nan'" },
		{ "nr_feature -1\n", "line 1: expected a number of features,"
		    " found '-1'" },
		{ "nr_feature 4294967296\n", "line 1: expected a number of"
		    " features, found '4294967296'" },
		{ "bias 1e999\n", "line 1: expected a number, found '1e999'" },
		{ HEAD "w\n1\n", "line 4: the weights come, and nr_feature has"
		    " not" },
		{ "solver_type L2R_LR\nnr_class 2\nnr_feature 1\nbias -1\nw\n1",
		    "line 5: the weights come, and label has not" },
		{ HEAD "rho 1\nnr_feature 1\nbias -1\nw\n1",
		    "a model of L2R_LR has no rho" },
		{ HEAD "weights 3\n", "line 4: expected solver_type, nr_class,"
		    " label, nr_feature, bias or w, found 'weights'" },
		{ HEAD "nr_feature 4000000000\nbias 1\nw\n1\n", "line 8:"
		    " expected a weight, found the end of the file" },
		{ HEAD "nr_feature 1\nbias -1\nw\ninf\n", "line 7: expected a"
		    " weight, found 'inf'" },
		{ HEAD "nr_feature 1\nbias -1\nw\n1x\n", "line 7: expected a"
		    " weight, found '1x'" },
		{ HEAD "nr_feature 1\nbias -1\nw\n1\n\n2\n", "line 9: expected"
		    " the end after the last weight, found '2'" },
		{ HEAD "nr_feature 0\nbias 1e200\nw\n1e200\n", "bias times its"
		    " weight is beyond any number" }
	};
	struct sv_model m;
	char want[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(want, sizeof(want), "model: %s", bad[i][1]);
		for (size_t most = 1; most < 5000; most += 4095) {
			assert_int_equal(read_model(&m, bad[i][0], most), -1);
			assert_string_equal(sv_err_last(), want);
		}
	}
}

/* A word of a megabyte is no number, and is not shown whole. */
static void
a_long_word(void **state)
{
	size_t len = 1000000;
	char *text = malloc(len + 1);
	struct sv_model m;

	(void)state;
	memset(text, '1', len);
	text[len] = '\0';
	memcpy(text, "bias ", 5);
	assert_int_equal(read_model(&m, text, 4096), -1);
	assert_string_equal(sv_err_last(), "model: line 1: expected a number,"
	    " found '1111111111111111111111111111111111111111...'");
	free(text);
}

/* Written and read again: the same weights. */
static void
written_and_read(void **state)
{
	static const struct {
		const char *positive, *negative, *label[2];
	} labels[] = {
		{ "1", "-1", { "1", "-1" } }, { "1", "0", { "1", "0" } },
		{ "2", "7", { "2", "7" } }, { ">50K", "<=50K", { "1", "-1" } },
		{ "3", NULL, { "3", "-1" } }, { "-1", NULL, { "-1", "0" } },
		{ "1.5", "2", { "1", "-1" } }
	};
	double w[] = { 0.1, -1e-300, 0, 3.0000000000000004 };
	struct sv_model m = { .d = 4, .w = w, .bias = 1.0 / 3, .biased = 1,
	    .classes = 1, .loss = &sv_loss_logistic }, again;
	char *text;
	size_t len;
	FILE *f;

	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		assert_int_equal(sv_model_labels(&m, labels[i].positive,
		    labels[i].negative), 0);
		assert_non_null(f = open_memstream(&text, &len));
		assert_int_equal(sv_liblinear_write(f, &m, "m"), 0);
		fclose(f);
		assert_int_equal(read_model(&again, text, 4096), 0);
		assert_memory_equal(again.w, w, sizeof(w));
		assert_true(again.bias == m.bias && again.loss == m.loss);
		assert_string_equal(again.positive, labels[i].label[0]);
		assert_string_equal(again.negative, labels[i].label[1]);
		sv_model_fini(&again);
		free(text);
	}
	free(m.positive);
	free(m.negative);
}

static void
not_to_be_written(void **state)
{
	struct sv_model m = { .loss = &sv_loss_poisson };

	(void)state;
	assert_int_equal(sv_liblinear_write(stdout, &m, "m"), -1);
	assert_string_equal(sv_err_last(),
	    "m: LIBLINEAR has no model for the poisson loss");
	m.loss = &sv_loss_squared;
	m.d = INT32_MAX;
	assert_int_equal(sv_liblinear_write(stdout, &m, "m"), -1);
	assert_string_equal(sv_err_last(), "m: 2147483647 features are more"
	    " than LIBLINEAR counts");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_it_is_written),
		cmocka_unit_test(solvers),
		cmocka_unit_test(odd_kinds),
		cmocka_unit_test(faults),
		cmocka_unit_test(a_long_word),
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(not_to_be_written)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
