#ifndef SV_PROBLEM_SHARD_H
#define SV_PROBLEM_SHARD_H

#include <jansson.h>

#include "csr.h"
#include "fetch.h"
#include "matrix.h"
#include "problem.h"
#include "shardfile.h"

/*
 * The shard file of a share, wherever it lies: on a disk, or on a server
 * (fetch.h).  No interface of the module.
 */

struct sv_shard {
	struct sv_shardfile *file;
	struct sv_fetch *fetch;	/* NULL: it is on a disk */
	struct sv_bytes in;
};

/**
 * sv_shard_open(s, share, poll, why):
 * Open the shard file of ${share}, and check that it is the right one.  Return
 * 0, or -1 with a reason in ${why} and errno as sv_shard_load() has it, or 0
 * where a server's bytes are no shard file, which may be otherwise the next
 * time.
 */
int sv_shard_open(struct sv_shard *s, const json_t *share,
    const struct sv_csr_poll *poll, char why[SV_WHY]);
void sv_shard_close(struct sv_shard *s);

/**
 * sv_shard_load(share, elem, A, poll, why):
 * Load it; what a server has is loaded again, with a warning, if it arrives
 * damaged.  As sv_share_load().
 */
int sv_shard_load(const json_t *share, enum sv_elem elem, struct sv_matrix *A,
    const struct sv_csr_poll *poll, char why[SV_WHY]);

#endif /* !SV_PROBLEM_SHARD_H */
