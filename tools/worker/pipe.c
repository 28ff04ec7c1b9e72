#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "clock.h"
#include "err.h"
#include "io.h"
#include "problem.h"
#include "state.h"
#include "worker.h"

struct pipe_state {
	uint32_t workers, shard;
	const struct worker_options *o;
	struct sv_matrix A;
	struct sv_agent *agent;	/* NULL until a problem has come */
	struct sv_state state;	/* to go on from, as far as it is here */
};

/* Load this worker's share of the problem. */
static int
on_problem(struct pipe_state *s, const struct sv_frame *f)
{
	struct sv_agent_setting set = {
		.shard = s->shard, .generation = 1, .isa = s->o->isa
	};
	struct sv_problem p;
	char why[SV_WHY];
	json_t *share;
	int rc;

	if (s->agent != NULL) {
		sv_warnx("stdin: a second problem frame");
		return (-1);
	}
	if (sv_problem_parse(&p, f) == -1)
		return (-1);
	if (p.shards != 0 && p.shards != s->workers) {
		sv_warnx("the problem has %" PRIu32 " shards, not %" PRIu32
		    " (-w)", p.shards, s->workers);
		sv_problem_fini(&p);
		return (-1);
	}
	share = sv_problem_share(&p, s->shard, s->workers);
	sv_problem_fini(&p);
	if (share == NULL) {
		sv_warnx("out of memory");
		return (-1);
	}
	if ((rc = sv_share_load(share, &s->A, NULL, why)) == -1)
		sv_warnx("%s", why);
	json_decref(share);
	if (rc == 0 && (s->agent = sv_agent_new(&set, &s->A)) == NULL) {
		sv_warn("agent");
		return (-1);
	}
	return (rc);
}

static int
on_global(struct pipe_state *s, const struct sv_frame *f, double received)
{
	struct sv_blob *update;
	char why[SV_WHY];
	int rc;

	if (s->agent == NULL) {
		sv_warnx("stdin: a global frame before any problem");
		return (-1);
	}
	if (sv_agent_answer(s->agent, f, received, &update, why) !=
	    SV_AGENT_UPDATE) {
		sv_warnx("shard %" PRIu32 ": %s", s->shard, why);
		return (-1);
	}
	if (s->o->verbose)
		worker_report(sv_blob_frame(update));
	rc = sv_frame_write(STDOUT_FILENO, sv_blob_frame(update));
	/* A reader that has gone does not want to be told. */
	if (rc == -1 && errno != EPIPE)
		sv_warn("stdout");
	sv_blob_unref(update);
	return (rc);
}

/* The state, in parts, to stdout. */
static int
on_save(struct pipe_state *s, const struct sv_frame *f)
{
	size_t len, size = sv_state_part_size(s->A.cols);
	struct sv_frame part;
	uint8_t *bytes;
	int rc = 0;

	if (s->agent == NULL) {
		sv_warnx("stdin: a save frame before any problem");
		return (-1);
	}
	if (sv_agent_save(s->agent, &bytes, &len) == -1) {
		sv_warn("state");
		return (-1);
	}
	for (uint32_t k = 0; rc == 0 && k < sv_state_parts(len, size); k++) {
		if ((rc = sv_state_cut(&part, bytes, len, size, k)) == -1) {
			sv_warn("state");
			break;
		}
		part.shard = s->shard;
		part.generation = 1;
		part.round = sv_agent_round(s->agent);
		part.seq = f->seq;
		sv_frame_seal(&part);
		rc = sv_frame_write(STDOUT_FILENO, &part);
		if (rc == -1 && errno != EPIPE)
			sv_warn("stdout");
		sv_frame_fini(&part);
	}
	free(bytes);
	return (rc);
}

/* A part of a state: this shard's is taken up once it is whole. */
static int
on_state(struct pipe_state *s, const struct sv_frame *f)
{
	char why[SV_WHY];
	int rc;

	if (f->shard != s->shard)
		return (0);
	if (s->agent == NULL) {
		sv_warnx("stdin: a state frame before any problem");
		return (-1);
	}
	if ((rc = sv_state_take(&s->state, f, why)) == 1) {
		rc = sv_agent_adopt(s->agent, s->state.bytes, s->state.len,
		    why);
		sv_state_fini(&s->state);
	}
	if (rc == -1)
		sv_warnx("shard %" PRIu32 ": %s", s->shard, why);
	return (rc);
}

/* Deal with one frame: 1 to go on, 0 at the last one, -1 after a message. */
static int
on_frame(struct pipe_state *s, const struct sv_frame *f, double received)
{

	switch (f->type) {
	case SV_PROBLEM:
		return (on_problem(s, f) == -1 ? -1 : 1);
	case SV_GLOBAL:
		if (f->op == SV_OP_TERM)
			return (0);
		return (on_global(s, f, received) == -1 ? -1 : 1);
	case SV_SAVE:
		return (on_save(s, f) == -1 ? -1 : 1);
	case SV_STATE:
		return (on_state(s, f) == -1 ? -1 : 1);
	case SV_MODEL:
		return (0);
	default:
		return (1);
	}
}

int
pipe_run(uint32_t workers, uint32_t shard, const struct worker_options *o)
{
	struct pipe_state s = { .workers = workers, .shard = shard, .o = o };
	struct sv_reader *r;
	struct sv_frame f;
	enum sv_io io;
	int rc = 1;

	if ((r = sv_reader_new(STDIN_FILENO, "stdin")) == NULL) {
		sv_warn("stdin");
		return (SV_EXIT_FAILED);
	}
	while (rc == 1 && (io = sv_reader_next(r, &f)) != SV_IO_EOF) {
		if (io != SV_IO_FRAME) {
			rc = -1;
			break;
		}
		rc = on_frame(&s, &f, sv_clock_mono());
		sv_frame_fini(&f);
	}
	if (rc == 1 && s.agent == NULL) {
		sv_warnx("stdin: ended without a problem frame");
		rc = -1;
	}
	sv_reader_free(r);
	sv_state_fini(&s.state);
	sv_agent_free(s.agent);
	sv_matrix_fini(&s.A);
	return (rc == -1 ? SV_EXIT_FAILED : SV_EXIT_DONE);
}
