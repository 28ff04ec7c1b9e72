#ifndef SV_AGENT_H
#define SV_AGENT_H

#include <stdint.h>

#include "blob.h"
#include "frame.h"
#include "isa.h"
#include "matrix.h"
#include "problem.h"

/*
 * What a shard does, apart from how it is reached: a GLOBAL frame comes in, an
 * UPDATE frame goes out.  The agent keeps the shard's state, which is x_i and
 * the vectors c_i that it sent last, as many as the task asks for and one at
 * least (Douglas-Rachford form of consensus ADMM; anderson.h):
 *
 *   STEP, round k, with rho, rho/rho_before, alpha, eps, z, and weights theta:
 *	w = 0, x = 0			in round 1,
 *	w = z + (c' - z) / ratio	with a state (ratio = 1: w = c'), where
 *					c' = theta_0 c + theta_1 (c before) ...
 *	w = z - grad f(z) / rho, x = z	without: a shard whose worker was
 *					replaced; FRESH is 1 in the update
 *	w = z - y / rho			with x and y = rho (v - x) of an older
 *					round, saved then; FRESH is 1, too
 *	x = argmin f(x) + (rho / 2) |x - (2z - w)|^2, from the last x
 *	c = w + alpha (x - z)
 *   GRAD, with z: the gradient of f at z.
 *   CONJ, with z, kappas and a shift: what the dual point theta_j = w_j (kappa
 *	l'(m_j, y_j) - shift) is worth, m_j being the margins at z, or at x where
 *	that is asked for and there is one; sum w_j l*(theta_j / w_j), and
 *	A'theta (dual.h).
 *
 * The last two leave the state as it is.  Vectors have an element more than the
 * shard has columns where the task has an intercept.  A task that is new keeps
 * the state if the number of elements stays.
 */

/* Opaque types. */
struct sv_agent;

struct sv_agent_setting {
	uint64_t job;	/* for the headers of updates */
	uint32_t shard;
	uint32_t generation;
	const struct sv_isa *isa;
	/*
	 * Called between inner iterations, and now and then in a long pass over
	 * the rows; the work in hand is given up when it returns anything but
	 * 0.  May be NULL.
	 */
	int (*poll)(void *ctx);
	void *ctx;
	/*
	 * Bytes that all of it may take, beside the rows; 0: any.  Where there
	 * is too little for all rounds that the acceleration asks for, the
	 * agent keeps fewer, and says so in its updates.
	 */
	uint64_t memory;
};

enum sv_agent_end {
	SV_AGENT_UPDATE,	/* the answer is there */
	SV_AGENT_ABORTED,	/* poll() said so; only sv_agent_free() is left */
	SV_AGENT_FAILED	/* a reason is in why; likewise */
};

/**
 * sv_agent_new(setting, A):
 * Return an agent for the rows of ${A}, or NULL with errno set.  ${A} stays the
 * caller's and must outlive the agent; ${setting} is copied.
 */
struct sv_agent *sv_agent_new(const struct sv_agent_setting *setting,
    const struct sv_matrix *A);

/**
 * sv_agent_answer(a, global, received, update, why):
 * Answer the checked GLOBAL frame ${global}, which was complete at ${received}
 * on the clock of sv_clock_mono(): set ${*update} to the sealed answer, one
 * reference of which is the caller's.  It is to be sent at once, for the time
 * until the next call's ${received} is what it calls idle.  A frame with the
 * seq (not 0), op and round of the last one is given the same answer again.
 * Everything in ${global} is checked; a round other than 1 must follow the
 * last one.  The answer to STEP shares its vector with the agent: nothing is
 * copied.
 */
enum sv_agent_end sv_agent_answer(struct sv_agent *a,
    const struct sv_frame *global, double received, struct sv_blob **update,
    char why[SV_WHY]);

/**
 * sv_agent_round(a):
 * The round of the last STEP answered, also by an agent whose state this is;
 * 0: there is none.
 */
uint32_t sv_agent_round(const struct sv_agent *a);

/**
 * sv_agent_save(a, bytes, len):
 * Set ${*bytes} to the ${*len} > 0 bytes of the shard's whole state: vectors,
 * history, what the solver remembers, and the task.  They are the caller's to
 * free(); the agent goes on as if nothing had happened.  Return 0, or -1 with
 * errno set: ENOMEM also where the memory of the setting has no room for them.
 */
int sv_agent_save(const struct sv_agent *a, uint8_t **bytes, size_t *len);

/**
 * sv_agent_adopt(a, bytes, len, why):
 * Take up the state that an agent of the same shard has saved, in the place of
 * what this one has.  Where the next STEP is that of the round after it, its
 * update and all to come have the bits that the other agent's would have had,
 * but for times; where it is of another round, the state is stale, and STEP
 * makes use of it as said above.  ${bytes} are aligned as malloc() does, and may
 * be anything: what is wrong leaves the agent as it was.  Return 0, or -1 with a
 * reason in ${why}; errno is ENOMEM where there is too little memory.
 */
int sv_agent_adopt(struct sv_agent *a, const uint8_t *bytes, size_t len,
    char why[SV_WHY]);

/**
 * sv_agent_free(a):
 * Free the agent; updates that are still referred to stay.
 */
void sv_agent_free(struct sv_agent *a);

#endif /* !SV_AGENT_H */
