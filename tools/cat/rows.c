#include "config.h"

#include "cat.h"
#include "err.h"
#include "libsvm.h"
#include "problem.h"

/* Non-zeros that are expanded at a time, about. */
#define PIECE ((uint64_t)1 << 20)

/* Pieces to take the rows in: as the shards are, or small enough. */
static uint32_t
pieces(const struct sv_problem *p)
{
	uint64_t n;

	if (p->kind == SV_PROBLEM_SHARDS)
		return (p->shards);
	n = p->nnz / PIECE + 1;
	if (n > p->n)
		n = p->n > 0 ? p->n : 1;
	return (n < UINT32_MAX ? (uint32_t)n : UINT32_MAX);
}

static int
write_piece(struct cat *c, const struct sv_problem *p, uint32_t i, uint32_t n)
{
	char why[SV_WHY];
	struct sv_csr rows;
	json_t *share;
	int rc = -1;

	if ((share = sv_problem_share(p, i, n)) == NULL) {
		sv_warnx("%s: out of memory", c->name);
		return (-1);
	}
	if (sv_share_load(share, &rows, NULL, why) == -1) {
		sv_warnx("%s: %s", c->name, why);
	} else {
		if ((rc = sv_libsvm_write(c->out, &rows)) == -1)
			sv_warn("%s", c->out_name);
		sv_csr_fini(&rows);
	}
	json_decref(share);
	return (rc);
}

int
write_rows(struct cat *c, const struct sv_frame *f)
{
	struct sv_problem p;
	uint32_t n;
	int rc = 0;

	if (sv_problem_parse(&p, f) == -1)
		return (-1);
	n = pieces(&p);
	for (uint32_t i = 0; rc == 0 && i < n; i++)
		rc = write_piece(c, &p, i, n);
	sv_problem_fini(&p);
	return (rc);
}
