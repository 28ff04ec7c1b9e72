/* States that are damaged, forged, another's, too large or old. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "kernel.h"
#include "statebed.h"

#define SMALL 40, 5, 0.5

struct saved {
	uint8_t *bytes;
	size_t len;
};

static struct saved
save(const struct sv_agent *a)
{
	struct saved s;

	assert_int_equal(sv_agent_save(a, &s.bytes, &s.len), 0);
	return (s);
}

static void
begin(struct statebed *t, const char *solver, int rounds)
{
	struct statebed_kind kind = { SMALL, solver, "logistic", 1 };

	statebed_init(t, &kind);
	for (int k = 0; k < rounds; k++)
		statebed_round(t);
}

/* It is not adopted, and the reason has ${word} in it. */
static void
refused(struct sv_agent *a, const uint8_t *bytes, size_t len, const char *word)
{
	char why[SV_WHY] = "";

	assert_int_equal(sv_agent_adopt(a, bytes, len, why), -1);
	assert_memory_equal(why, "state: ", 7);
	if (strstr(why, word) == NULL)
		fail_msg("\"%s\" in: %s", word, why);
}

/* One bit of each byte is another; or some bytes are missing, or too many. */
static void
damage_is_found(void **state)
{
	struct sv_agent *a;
	struct statebed t;
	struct saved s;
	struct sv_blob *u;
	uint8_t *some;

	(void)state;
	begin(&t, "newton", 3);
	s = save(t.agent[0]);
	a = statebed_successor(&t, 0, t.agent[0]);
	for (size_t i = 0; i < s.len; i++) {
		s.bytes[i] ^= (uint8_t)(1u << i % 8);
		refused(a, s.bytes, s.len, "");
		s.bytes[i] ^= (uint8_t)(1u << i % 8);
	}
	for (size_t len = 0; len <= s.len + 8; len++) {
		/* No byte beyond is to be read. */
		assert_non_null(some = calloc(1, len > 0 ? len : 1));
		memcpy(some, s.bytes, len < s.len ? len : s.len);
		if (len != s.len)
			refused(a, some, len, "");
		free(some);
	}
	/* What was refused has left no trace. */
	statebed_round(&t);
	u = statebed_answer(&t, a, SV_OP_STEP, t.round);
	statebed_same(u, t.update[0]);
	sv_blob_unref(u);
	sv_agent_free(a);
	free(s.bytes);
	statebed_fini(&t);
}

/* The checksums of what may be a frame, made right. */
static void
reseal(struct saved *s, struct sv_frame *f)
{

	f->payload = s->bytes + SV_FRAME_HEADER;
	sv_frame_seal(f);
	sv_frame_encode(f, s->bytes);
}

/* Adopted or not: nothing bad happens, in the round after it neither. */
static void
harmless(const struct statebed *t, const struct saved *s)
{
	struct sv_agent *a = statebed_agent(t, 0, 0);
	struct sv_blob *u = NULL;
	struct sv_frame g;
	char why[SV_WHY] = "";

	assert_int_equal(sv_frame_make(&g, SV_GLOBAL, t->task,
	    (uint32_t)t->ngl, SV_F64, t->n), 0);
	g.op = SV_OP_STEP;
	g.round = t->round + 1;
	memcpy(sv_frame_scalars(&g), t->gl, t->ngl * sizeof(*t->gl));
	if (sv_agent_adopt(a, s->bytes, s->len, why) == -1)
		assert_memory_equal(why, "state: ", 7);
	else if (sv_agent_answer(a, &g, sv_clock_mono(), &u, why) ==
	    SV_AGENT_UPDATE)
		assert_null(sv_frame_check(sv_blob_frame(u)));
	sv_blob_unref(u);
	sv_frame_fini(&g);
	sv_agent_free(a);
}

/* Who forges a state makes the checksum right. */
static void
forged_states_do_no_harm(void **state)
{
	static const double odd[] = { 0.0, -1.0, 1.0, 7.0, 1e300, 4294967296.0,
	    (double)INFINITY, (double)NAN };
	static const char *const solvers[] = { "newton", "fista" };
	struct statebed t;
	struct sv_frame f;
	struct saved s;
	double was, *at;

	(void)state;
	for (size_t i = 0; i < sizeof(solvers) / sizeof(solvers[0]); i++) {
		begin(&t, solvers[i], 3);
		s = save(t.agent[0]);
		assert_null(sv_frame_decode(&f, s.bytes));
		for (size_t p = SV_FRAME_HEADER; p < s.len; p += sizeof(was)) {
			at = (double *)(void *)(s.bytes + p);
			was = *at;
			for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]);
			    k++) {
				*at = odd[k];
				reseal(&s, &f);
				harmless(&t, &s);
			}
			*at = was;
		}
		free(s.bytes);
		statebed_fini(&t);
	}
}

/* Sections are where the header says: it may say anything. */
static void
forged_headers_do_no_harm(void **state)
{
	static const uint32_t odd[] = { 0, 1, 8, 100, 1u << 20, UINT32_MAX };
	struct statebed t;
	struct sv_frame f, g;
	struct saved s;

	(void)state;
	begin(&t, "newton", 3);
	s = save(t.agent[0]);
	assert_null(sv_frame_decode(&f, s.bytes));
	for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++) {
		for (int field = 0; field < 4; field++) {
			g = f;
			*(field == 0 ? &g.ntext : field == 1 ? &g.nscalar :
			    field == 2 ? &g.round : &g.shard) = odd[k];
			reseal(&s, &g);
			harmless(&t, &s);
		}
	}
	free(s.bytes);
	statebed_fini(&t);
}

/* Others' states, in the words of the reason. */
static void
other_shards_are_refused(void **state)
{
	struct statebed t, o;
	struct statebed_kind kind = { SMALL, "newton", "logistic", 1 };
	struct sv_agent *a;
	struct saved s;

	(void)state;
	begin(&t, "newton", 2);
	s = save(t.agent[0]);
	refused(t.agent[1], s.bytes, s.len, "another shard's");
	kind.rows = 41;
	statebed_init(&o, &kind);
	refused(o.agent[0], s.bytes, s.len, "rows was 40 and is 41");
	statebed_fini(&o);
	kind.rows = 40;
	kind.cols = 6;
	statebed_init(&o, &kind);
	a = statebed_agent(&o, 0, 0);
	refused(a, s.bytes, s.len, "columns was 5 and is 6");
	sv_agent_free(a);
	statebed_fini(&o);
	free(s.bytes);
	statebed_fini(&t);
}

/* With ever more memory: too little for anything, for all rounds, enough. */
static void
memory_is_what_there_is(void **state)
{
	char why[SV_WHY];
	struct statebed t;
	struct saved s;
	struct sv_agent *a;
	uint64_t room, each;
	int fewer = 0, rc = -1;

	(void)state;
	begin(&t, "fista", 6);
	s = save(t.agent[0]);
	each = 2 * t.n * sizeof(double);
	/* From some 64 kB on there is a reserve for saving. */
	for (room = 100; room < 80000; room += each) {
		a = statebed_agent(&t, 0, room);
		errno = 0;
		rc = sv_agent_adopt(a, s.bytes, s.len, why);
		if (rc == -1) {
			assert_int_equal(errno, ENOMEM);
			assert_non_null(strstr(why, "memory"));
			fewer += strstr(why, "keeps 5 rounds") != NULL;
		}
		sv_agent_free(a);
	}
	assert_int_equal(rc, 0);
	/* Room for 1, 2, 3, 4 rounds, each of which takes that twice. */
	assert_int_equal(fewer, 2 * 4);
	free(s.bytes);
	statebed_fini(&t);
}

/* Enough to work, not to save: rounds go on, and one may be refused a state. */
static void
work_comes_before_saving(void **state)
{
	struct statebed t;
	struct sv_agent *a;
	uint8_t *bytes;
	size_t len;

	(void)state;
	begin(&t, "fista", 6);
	t.ngl = SV_GL_N;
	a = statebed_agent(&t, 0, 10000);
	sv_blob_unref(statebed_answer(&t, a, SV_OP_STEP, 1));
	/* What is left is for rounds. */
	for (uint32_t k = 2; k < 6; k++)
		sv_blob_unref(statebed_answer(&t, a, SV_OP_STEP, k));
	assert_int_equal(sv_agent_save(a, &bytes, &len), 0);
	free(bytes);
	sv_agent_free(a);
	a = statebed_agent(&t, 0, 2900);
	sv_blob_unref(statebed_answer(&t, a, SV_OP_STEP, 1));
	errno = 0;
	assert_int_equal(sv_agent_save(a, &bytes, &len), -1);
	assert_int_equal(errno, ENOMEM);
	assert_null(bytes);
	sv_blob_unref(statebed_answer(&t, a, SV_OP_STEP, 2));
	sv_agent_free(a);
	statebed_fini(&t);
}

/* How far x, which c and w tell, is from solving f + (rho / 2) |. - v|^2. */
static double
left_over(const struct statebed *t, const double *w, const double *c)
{
	struct sv_kernel K = { .A = &t->A[0], .y = t->A[0].label,
	    .loss = sv_loss_find("logistic"), .isa = sv_isa_pick(NULL),
	    .intercept = 1 };
	double x[8], g[8], rho = t->gl[SV_GL_RHO], most = 0.0;

	for (size_t j = 0; j < t->n; j++)
		x[j] = t->z[j] + (c[j] - w[j]) / t->gl[SV_GL_ALPHA];
	sv_kernel_gradient(&K, x, NULL, NULL, g);
	for (size_t j = 0; j < t->n; j++)
		most = fmax(most, fabs(g[j] + rho * (x[j] - (2.0 * t->z[j] -
		    w[j]))));
	return (most);
}

/*
 * A state of round 1, where w = 0, and so y = rho (2 z - x), x = z + c / alpha;
 * in a later round w = z - y / rho, with the z and rho of then.
 */
static void
stale_state_keeps_x_and_y(void **state)
{
	static const uint32_t later[] = { 3, 9 };
	double y[8], w[8];
	const double *c, *up;
	struct statebed t;
	struct sv_agent *a;
	struct sv_blob *u;

	(void)state;
	begin(&t, "fista", 1);
	c = sv_frame_elems(sv_blob_frame(t.update[0]));
	for (size_t j = 0; j < t.n; j++) {
		y[j] = t.gl[SV_GL_RHO] * (t.z[j] - c[j] / t.gl[SV_GL_ALPHA]);
		t.z[j] = 0.1 * (double)j - 0.2;
	}
	t.ngl = SV_GL_N + 2;
	t.gl[SV_GL_RHO] *= 3.0;
	t.gl[SV_GL_RATIO] = 3.0;
	t.gl[SV_GL_EPS] = 1e-9;
	t.gl[SV_GL_N] = 0.25;
	t.gl[SV_GL_N + 1] = 0.75;
	for (size_t j = 0; j < t.n; j++)
		w[j] = t.z[j] - y[j] / t.gl[SV_GL_RHO];
	for (size_t k = 0; k < sizeof(later) / sizeof(later[0]); k++) {
		a = statebed_successor(&t, 0, t.agent[0]);
		u = statebed_answer(&t, a, SV_OP_STEP, later[k]);
		up = sv_frame_scalars(sv_blob_frame(u));
		assert_true(up[SV_UP_FRESH] == 1.0);
		assert_true(up[SV_UP_DX] == 0.0 && up[SV_UP_DY] == 0.0);
		/* No pass was spent on a gradient at z. */
		assert_true(up[SV_UP_PASSES] == up[SV_UP_INNER] + 0.5);
		/* One round is held: this. */
		assert_true(up[SV_UP_STEP_N + 1] == 1.0);
		assert_true(up[SV_UP_STEP_N + 3] == 0.0);
		assert_true(left_over(&t, w, sv_frame_elems(sv_blob_frame(u))) <
		    1e-8);
		sv_blob_unref(u);
		/* From then on rounds follow each other. */
		t.ngl = SV_GL_N;
		u = statebed_answer(&t, a, SV_OP_STEP, later[k] + 1);
		assert_true(sv_frame_scalars(sv_blob_frame(u))[SV_UP_FRESH] ==
		    0.0);
		t.ngl = SV_GL_N + 2;
		sv_blob_unref(u);
		sv_agent_free(a);
	}
	statebed_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(forged_states_do_no_harm),
		cmocka_unit_test(forged_headers_do_no_harm),
		cmocka_unit_test(other_shards_are_refused),
		cmocka_unit_test(memory_is_what_there_is),
		cmocka_unit_test(work_comes_before_saving),
		cmocka_unit_test(stale_state_keeps_x_and_y)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
