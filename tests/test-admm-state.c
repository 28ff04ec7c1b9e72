#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* kernel.h has an argument D, and admmbed.h a macro. */
#include "apgbed.h"
#include "admmbed.h"

/* Sections of a checkpoint. */
struct sections {
	double *scalar, *elem;
	size_t nscalar, nelem;
};

static void
forget(struct sections *s)
{

	free(s->scalar);
	free(s->elem);
	memset(s, 0, sizeof(*s));
}

static void
save(const struct sv_method *m, void *self, struct sections *s)
{
	struct sv_keep k;

	sv_keep_init(&k, SV_KEEP_COUNT, NULL, 0, NULL, 0);
	m->keep(self, &k);
	assert_int_equal(sv_keep_end(&k), 0);
	s->nscalar = k.nscalar;
	s->nelem = k.nelem;
	s->scalar = calloc(s->nscalar + 1, sizeof(double));
	s->elem = calloc(s->nelem + 1, sizeof(double));
	assert_non_null(s->scalar);
	assert_non_null(s->elem);
	sv_keep_init(&k, SV_KEEP_SAVE, s->scalar, s->nscalar, s->elem,
	    s->nelem);
	m->keep(self, &k);
	assert_int_equal(sv_keep_end(&k), 0);
}

/* 0, or -1 with a reason. */
static int
restore(const struct sv_method *m, void *self, const struct sections *s,
    char why[SV_WHY])
{
	struct sv_keep k;
	int rc;

	sv_keep_init(&k, SV_KEEP_RESTORE, s->scalar, s->nscalar, s->elem,
	    s->nelem);
	m->keep(self, &k);
	if ((rc = sv_keep_end(&k)) == -1) {
		assert_true(k.why[0] != '\0');
		snprintf(why, SV_WHY, "%s", k.why);
	}
	return (rc);
}

/* Another one, with the state of ${a}, in its place. */
static struct sv_admm *
replace(struct sv_admm *a, const struct sv_admm_conf *conf)
{
	struct sv_admm *b = sv_admm_new(conf);
	struct sections s;
	char why[SV_WHY] = "";

	assert_non_null(b);
	save(&sv_admm_method, a, &s);
	if (restore(&sv_admm_method, b, &s, why) == -1)
		fail_msg("%s", why);
	forget(&s);
	sv_admm_method.free(a);
	return (b);
}

static void
same_globals(const struct admmbed *A, const struct admmbed *B)
{

	assert_int_equal(A->ngl, B->ngl);
	assert_memory_equal(A->gl, B->gl, A->ngl * sizeof(*A->gl));
	assert_memory_equal(A->z, B->z, sizeof(A->z));
}

static void
admm_goes_on_bit_for_bit(void **state)
{
	static const uint32_t memories[] = { 0, 1, 8 };
	static const enum sv_penalty_rule rules[] = { SV_PENALTY_AUTO,
	    SV_PENALTY_BOYD, SV_PENALTY_FIXED };
	struct sv_admm_conf conf;
	struct sv_view va, vb;
	struct sv_admm *a, *b;
	struct admmbed A, B;
	char why[SV_WHY];

	(void)state;
	for (int c = 0; c < 18; c++) {
		admmbed_setup(&A, &conf, 3, 2.0);
		conf.memory = memories[c % 3];
		conf.rule = rules[c / 3 % 3];
		/* Far off: it changes more than once. */
		conf.rho = c % 2 ? 1e4 : 0.0;
		conf.stop = c / 9 ? SV_ADMM_STOP_REL : SV_ADMM_STOP_NONE;
		B = A;
		assert_non_null(a = admmbed_start(&A, &conf));
		assert_non_null(b = admmbed_start(&B, &conf));
		for (int k = 0; k < 80; k++) {
			/* One is lost on the way. */
			A.lost = B.lost = k == 13 ? 1 : -1;
			assert_int_equal(admmbed_round(&A, a, why), 0);
			b = replace(b, &conf);
			assert_int_equal(admmbed_round(&B, b, why), 0);
			b = replace(b, &conf);
			same_globals(&A, &B);
			sv_admm_method.look(a, &va);
			sv_admm_method.look(b, &vb);
			assert_true(va.primal == vb.primal);
			assert_true(va.split == vb.split);
			assert_int_equal(sv_admm_method.met(a),
			    sv_admm_method.met(b));
			assert_true(sv_admm_method.merit(a) ==
			    sv_admm_method.merit(b));
			assert_memory_equal(sv_admm_method.answer(a),
			    sv_admm_method.answer(b), D * sizeof(double));
		}
		sv_admm_method.free(a);
		sv_admm_method.free(b);
	}
}

/* The scalars and the z of a GLOBAL are enough to go on to the same answer. */
static void
admm_goes_on_from_a_global(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm *a;
	struct admmbed C;
	double F, x[D], z[D], gl[SV_METHOD_SCALARS];
	uint32_t held[ADMMBED_W] = { 0 };
	size_t n;
	char why[SV_WHY];

	(void)state;
	admmbed_setup(&C, &conf, 3, 2.0);
	F = dense_solve(&C.rows, 2.0, x);
	assert_non_null(a = admmbed_start(&C, &conf));
	for (int k = 0; k < 12; k++)
		assert_int_equal(admmbed_round(&C, a, why), 0);
	n = sv_admm_method.scalars(a, gl);
	memcpy(z, sv_admm_method.point(a), sizeof(z));
	sv_admm_method.free(a);
	assert_non_null(a = admmbed_start(&C, &conf));
	assert_int_equal(sv_admm_method.begin(a, z, gl, n), 0);
	assert_memory_equal(sv_admm_method.point(a), z, sizeof(z));
	assert_int_equal(sv_admm_method.scalars(a, C.gl), SV_GL_N);
	assert_true(C.gl[SV_GL_RHO] == gl[SV_GL_RHO]);
	assert_true(C.gl[SV_GL_RATIO] == 1.0);
	/* All workers are new: see admmbed_begin(). */
	memcpy(C.z, z, sizeof(z));
	C.ngl = SV_GL_N;
	memset(C.sum, 0, sizeof(C.sum));
	memset(C.up, 0, sizeof(C.up));
	memcpy(C.held, held, sizeof(held));
	for (uint32_t i = 0; i < C.W; i++) {
		C.lost = (int)i;
		admmbed_worker(&C, i);
	}
	C.lost = -1;
	assert_int_equal(sv_admm_method.feed(a, C.sum, C.up, why), 0);
	assert_true(admmbed_run(&C, a, F, 1e-10, 400) < 400);
	sv_admm_method.free(a);
}

/* Bad numbers everywhere: never more than a reason. */
static void
admm_refuses_damage(void **state)
{
	static const double bad[] = { NAN, INFINITY, -1.0, 1e308, 0.5 };
	struct sv_admm_conf conf;
	struct sv_admm *a, *b;
	struct sections s;
	struct admmbed C;
	char why[SV_WHY];
	size_t refused = 0;

	(void)state;
	admmbed_setup(&C, &conf, 3, 2.0);
	assert_non_null(a = admmbed_start(&C, &conf));
	for (int k = 0; k < 6; k++)
		assert_int_equal(admmbed_round(&C, a, why), 0);
	save(&sv_admm_method, a, &s);
	for (size_t i = 0; i < 5 * s.nscalar; i++) {
		double was = s.scalar[i / 5];

		s.scalar[i / 5] = bad[i % 5];
		assert_non_null(b = sv_admm_new(&conf));
		refused += restore(&sv_admm_method, b, &s, why) == -1;
		sv_admm_method.free(b);
		s.scalar[i / 5] = was;
	}
	/* Of most numbers some of these can be. */
	assert_true(refused > s.nscalar);
	for (size_t i = 0; i < s.nelem; i++) {
		double was = s.elem[i];

		s.elem[i] = i % 2 ? NAN : INFINITY;
		assert_non_null(b = sv_admm_new(&conf));
		assert_int_equal(restore(&sv_admm_method, b, &s, why), -1);
		assert_non_null(strstr(why, "is not finite"));
		sv_admm_method.free(b);
		s.elem[i] = was;
	}
	forget(&s);
	sv_admm_method.free(a);
}

static void
admm_refuses_what_is_cut(void **state)
{
	struct sv_admm_conf conf;
	struct sv_admm *a, *b;
	struct sections s, cut;
	struct admmbed C;
	char why[SV_WHY];

	(void)state;
	admmbed_setup(&C, &conf, 3, 2.0);
	assert_non_null(a = admmbed_start(&C, &conf));
	for (int k = 0; k < 6; k++)
		assert_int_equal(admmbed_round(&C, a, why), 0);
	save(&sv_admm_method, a, &s);
	for (size_t i = 0; i < s.nscalar + s.nelem + 2; i++) {
		cut = s;
		if (i <= s.nscalar)
			cut.nscalar = i == s.nscalar ? i + 1 : i;
		else
			cut.nelem = i - s.nscalar - 1;
		if (cut.nscalar == s.nscalar && cut.nelem == s.nelem)
			continue;
		assert_non_null(b = sv_admm_new(&conf));
		assert_int_equal(restore(&sv_admm_method, b, &cut, why), -1);
		sv_admm_method.free(b);
	}
	forget(&s);
	sv_admm_method.free(a);
}

static void
admm_asks_for_the_same_options(void **state)
{
	static const char *const names[] = { "--alpha", "--memory", "--tau",
	    "--rho-rule", "shards", "--rho-ratio" };
	struct sv_admm_conf conf, other;
	struct sv_admm *a, *b;
	struct sections s;
	struct admmbed C;
	char why[SV_WHY];

	(void)state;
	admmbed_setup(&C, &conf, 3, 2.0);
	assert_non_null(a = admmbed_start(&C, &conf));
	assert_int_equal(admmbed_round(&C, a, why), 0);
	save(&sv_admm_method, a, &s);
	for (int k = 0; k < 6; k++) {
		other = conf;
		other.alpha = k == 0 ? 1.0 : conf.alpha;
		other.memory = k == 1 ? 3 : conf.memory;
		other.tau = k == 2 ? 0.0 : conf.tau;
		other.rule = k == 3 ? SV_PENALTY_FIXED : conf.rule;
		other.workers = k == 4 ? 4 : conf.workers;
		other.rho_ratio = k == 5 ? 2.0 : conf.rho_ratio;
		assert_non_null(b = sv_admm_new(&other));
		assert_int_equal(restore(&sv_admm_method, b, &s, why), -1);
		assert_non_null(strstr(why, names[k]));
		sv_admm_method.free(b);
	}
	forget(&s);
	sv_admm_method.free(a);
}

/* In the place of B->s. */
static void
replace_apg(struct apgbed *B, int cautious)
{
	struct sv_apg_conf conf;
	struct sections s;
	struct sv_apg *b;
	char why[SV_WHY] = "";

	sv_apg_conf_init(&conf);
	conf.g = B->g;
	conf.n = B->n;
	conf.workers = APGBED_W;
	conf.cautious = cautious;
	assert_non_null(b = sv_apg_new(&conf));
	save(&sv_apg_method, B->s, &s);
	if (restore(&sv_apg_method, b, &s, why) == -1)
		fail_msg("%s", why);
	forget(&s);
	sv_apg_method.free(B->s);
	B->s = b;
}

static void
apg_goes_on_bit_for_bit(void **state)
{
	static const struct sv_loss *const losses[] = { &sv_loss_logistic,
	    &sv_loss_squared, &sv_loss_poisson };
	struct apgbed A, B;
	uint32_t rejected = 0;
	struct sv_prox g;

	(void)state;
	for (int c = 0; c < 6; c++) {
		const struct sv_loss *loss = losses[c / 2];
		int cautious = loss == &sv_loss_poisson;

		if (c % 2)
			sv_prox_box(&g, 0.05, 0.3);
		else
			sv_prox_l1(&g, 1.0);
		apgbed_rows(&A, loss, c % 2, 4.0);
		apgbed_rows(&B, loss, c % 2, 4.0);
		apgbed_start(&A, &g, cautious ? 1.0 : 0.0, cautious);
		apgbed_start(&B, &g, cautious ? 1.0 : 0.0, cautious);
		for (int k = 0; k < 60; k++) {
			apgbed_round(&A);
			apgbed_round(&B);
			replace_apg(&B, cautious);
			assert_memory_equal(sv_apg_method.answer(A.s),
			    sv_apg_method.answer(B.s), A.n * sizeof(double));
			assert_memory_equal(sv_apg_method.point(A.s),
			    sv_apg_method.point(B.s), A.n * sizeof(double));
			assert_true(sv_apg_method.merit(A.s) ==
			    sv_apg_method.merit(B.s));
		}
		assert_int_equal(sv_apg_restarts(A.s), sv_apg_restarts(B.s));
		assert_int_equal(sv_apg_rejected(A.s), sv_apg_rejected(B.s));
		rejected += sv_apg_rejected(A.s);
		apgbed_fini(&A);
		apgbed_fini(&B);
	}
	/* The first step of some was far too long. */
	assert_true(rejected > 0);
}

/* From a point of its own, without what led there. */
static void
apg_goes_on_from_a_point(void **state)
{
	double z[APGBED_N], v[APGBED_N], up[SV_UP_GRAD_N];
	struct apgbed A;
	struct sv_prox g;
	double v0;

	(void)state;
	sv_prox_l1(&g, 1.0);
	apgbed_rows(&A, &sv_loss_logistic, 1, 4.0);
	apgbed_start(&A, &g, 0.0, 0);
	for (int k = 0; k < 10; k++)
		apgbed_round(&A);
	memcpy(z, sv_apg_method.point(A.s), A.n * sizeof(*z));
	sv_apg_method.free(A.s);
	v0 = A.v0;
	apgbed_start(&A, &g, 0.0, 0);
	assert_int_equal(sv_apg_method.begin(A.s, z, NULL, 0), 1);
	assert_memory_equal(sv_apg_method.answer(A.s), z, A.n * sizeof(*z));
	apgbed_grad(&A, z, v, up);
	sv_apg_method.start(A.s, v, up);
	A.v0 = v0;
	assert_in_range(apgbed_run(&A, 1e-6, 400), 1, 400);
	apgbed_fini(&A);
}

static void
apg_refuses_damage(void **state)
{
	struct sv_apg_conf conf;
	struct sections s, cut;
	struct apgbed B;
	struct sv_prox g;
	struct sv_apg *b;
	char why[SV_WHY];

	(void)state;
	sv_prox_l1(&g, 1.0);
	apgbed_rows(&B, &sv_loss_logistic, 0, 4.0);
	apgbed_start(&B, &g, 0.0, 0);
	for (int k = 0; k < 5; k++)
		apgbed_round(&B);
	sv_apg_conf_init(&conf);
	conf.g = B.g;
	conf.n = B.n;
	conf.workers = APGBED_W;
	save(&sv_apg_method, B.s, &s);
	for (size_t i = 0; i < s.nscalar + s.nelem; i++) {
		double *at = i < s.nscalar ? &s.scalar[i] :
		    &s.elem[i - s.nscalar], was = *at;
		int last = i == s.nscalar - 1;	/* passes: any number */

		*at = NAN;
		assert_non_null(b = sv_apg_new(&conf));
		assert_int_equal(restore(&sv_apg_method, b, &s, why),
		    last ? 0 : -1);
		sv_apg_method.free(b);
		*at = was;
	}
	for (size_t i = 0; i < s.nscalar; i++) {
		cut = s;
		cut.nscalar = i;
		assert_non_null(b = sv_apg_new(&conf));
		assert_int_equal(restore(&sv_apg_method, b, &cut, why), -1);
		sv_apg_method.free(b);
	}
	forget(&s);
	apgbed_fini(&B);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(admm_goes_on_bit_for_bit),
		cmocka_unit_test(admm_goes_on_from_a_global),
		cmocka_unit_test(admm_refuses_damage),
		cmocka_unit_test(admm_refuses_what_is_cut),
		cmocka_unit_test(admm_asks_for_the_same_options),
		cmocka_unit_test(apg_goes_on_bit_for_bit),
		cmocka_unit_test(apg_goes_on_from_a_point),
		cmocka_unit_test(apg_refuses_damage),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
