#ifndef AGENTBED_H
#define AGENTBED_H

#include <stdint.h>

#include "agent.h"

/* For tests of the agent: one on a small shard, and globals for it. */

#define ROWS 300
#define COLS 12
#define TASK "{\"task\":1,\"loss\":\"logistic\",\"solver\":\"fista\"," \
    "\"kmin\":1,\"kmax\":5000,\"eps_g\":1e-10,\"eps_f\":0}"

struct agentbed {
	struct sv_matrix A;
	struct sv_agent_setting set;
	struct sv_agent *a;
	double z[COLS];
	int abort;	/* what poll() says */
	char why[SV_WHY];
};

/* For cmocka: the bed is *state. */
int agentbed_setup(void **state);
int agentbed_teardown(void **state);

/* A GLOBAL with the vector z of the bed, rho 1.5, alpha 1.6. */
void agentbed_global(struct agentbed *t, struct sv_frame *g, enum sv_op op,
    uint32_t round, const char *task);

/* sv_agent_answer(), received now. */
enum sv_agent_end agentbed_answer(struct agentbed *t, struct sv_frame *g,
    struct sv_blob **u);

/* The update to a GLOBAL that must be answered; the frame is freed. */
struct sv_blob *agentbed_ask(struct agentbed *t, struct sv_frame *g);

#endif /* !AGENTBED_H */
