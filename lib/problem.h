#ifndef SV_PROBLEM_H
#define SV_PROBLEM_H

#include <jansson.h>
#include <stdint.h>

#include "csr.h"
#include "frame.h"

/*
 * What the rows are, apart from any model: the text of a PROBLEM frame, and
 * the part of it that one worker needs.
 *
 * A recipe (recipe.h), expanded by whoever needs the rows:
 *   {"kind":"recipe","recipe":1,"n":600000,"d":10000,"k":10,"p":0.001,"seed":1}
 * Shard files (shardfile.h), one a worker; nnz, labels are over all shards:
 *   {"kind":"shards","n":22696,"d":123,"nnz":314815,"labels":[-1,1],
 *    "shards":[{"url":"file:///dir/shard-00000.svs","n":2837,"nnz":39352},...]}
 * labels: the distinct labels in ascending order if there are at most three,
 * otherwise null.
 *
 * A share, what worker i of W is told to load (in its invocation):
 *   {"kind":"recipe",... as above ...,"from":0,"to":37500}
 *   {"kind":"shard","d":123,"url":...,"n":2837,"nnz":39352}
 */

#define SV_WHY 256u	/* room for a reason, with its end */

enum sv_problem_kind { SV_PROBLEM_RECIPE, SV_PROBLEM_SHARDS };

struct sv_problem {
	enum sv_problem_kind kind;
	uint64_t n;	/* rows */
	uint64_t d;	/* columns, 1 to 2^32 - 1 */
	uint64_t nnz;	/* non-zeros over all rows */
	uint32_t shards;	/* shard files; 0 for a recipe: any W will do */
	double labels[3];	/* distinct labels, ascending */
	unsigned nlabels;	/* how many of them; 0: more than three */
	json_t *json;	/* the whole text, owned */
};

/**
 * sv_problem_parse(p, f):
 * Read and check the text of the PROBLEM frame ${f}.  Return 0, or -1 after a
 * line on stderr.  sv_problem_fini() frees what ${p} holds.
 */
int sv_problem_parse(struct sv_problem *p, const struct sv_frame *f);
void sv_problem_fini(struct sv_problem *p);

/**
 * sv_problem_share(p, i, W):
 * The share of worker ${i} of ${W}: a new object for the caller, or NULL when
 * memory is out.  Rows of a recipe are cut at i n / W; for shard files W must
 * be p->shards.
 */
json_t *sv_problem_share(const struct sv_problem *p, uint32_t i, uint32_t W);

/**
 * sv_share_load(share, A, why):
 * Load the rows of ${share} into ${A} (sv_csr_fini() frees them).  Return 0,
 * or -1 with a reason in ${why}, which names the file where there is one.
 */
int sv_share_load(const json_t *share, struct sv_csr *A, char why[SV_WHY]);

#endif /* !SV_PROBLEM_H */
