#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agentbed.h"
#include "clock.h"
#include "rows.h"

static int
poll_abort(void *ctx)
{

	return (((struct agentbed *)ctx)->abort);
}

int
agentbed_setup(void **state)
{
	struct agentbed *t = calloc(1, sizeof(*t));
	uint64_t seed = 2;

	if (t == NULL || rows_make(&t->A, ROWS, COLS, 4) == -1)
		return (-1);
	t->set = (struct sv_agent_setting){ .job = 77, .shard = 3,
	    .generation = 2, .isa = sv_isa_pick(NULL), .poll = poll_abort,
	    .ctx = t };
	for (int i = 0; i < COLS; i++)
		t->z[i] = rows_uniform(&seed) - 0.5;
	t->a = sv_agent_new(&t->set, &t->A);
	*state = t;
	return (t->a != NULL ? 0 : -1);
}

int
agentbed_teardown(void **state)
{
	struct agentbed *t = *state;

	sv_agent_free(t->a);
	sv_matrix_fini(&t->A);
	free(t);
	return (0);
}

void
agentbed_global(struct agentbed *t, struct sv_frame *g, enum sv_op op,
    uint32_t round, const char *task)
{

	assert_int_equal(sv_frame_make(g, SV_GLOBAL, task, SV_GL_N, SV_F64,
	    COLS), 0);
	g->op = (uint8_t)op;
	g->round = round;
	g->seq = 100 + round;
	sv_frame_scalars(g)[SV_GL_RHO] = 1.5;
	sv_frame_scalars(g)[SV_GL_RATIO] = 1.0;
	sv_frame_scalars(g)[SV_GL_ALPHA] = 1.6;
	memcpy(sv_frame_elems(g), t->z, sizeof(t->z));
}

enum sv_agent_end
agentbed_answer(struct agentbed *t, struct sv_frame *g, struct sv_blob **u)
{

	return (sv_agent_answer(t->a, g, sv_clock_mono(), u, t->why));
}

struct sv_blob *
agentbed_ask(struct agentbed *t, struct sv_frame *g)
{
	struct sv_blob *u;

	if (agentbed_answer(t, g, &u) != SV_AGENT_UPDATE)
		fail_msg("refused: %s", t->why);
	sv_frame_fini(g);
	return (u);
}
