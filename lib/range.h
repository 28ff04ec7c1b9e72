#ifndef SV_RANGE_H
#define SV_RANGE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "csr.h"
#include "matrix.h"
#include "problem.h"

/*
 * One worker's part of a LIBSVM text that lies somewhere (hosted.h): the rows of
 * a share of kind "range" (problem.h).  A line belongs to the range in which its
 * first byte lies (lines.h), so that ranges without a gap between them have each
 * line once, wherever they are cut.  A range without a line has no rows; what is
 * beyond the text's end is not there.
 *
 * Labels are mapped as "positive" says.  An index beyond d, or whatever else is
 * wrong with a line, is an error that names the URL and the byte of the text.
 * If the share says how many rows and non-zeros there are, it must be true, and
 * so must the size and the entity tag of the text.
 */

#define SV_RANGE_SLACK ((uint64_t)1 << 15)	/* bytes asked for behind the
						 * end, for a line begun before */

/* Opaque types. */
struct sv_range;

/**
 * sv_range_open(share, poll, why):
 * Begin to read.  ${share} and ${poll}, which may be NULL, must outlive the
 * reader.  Return it, or NULL with a reason in ${why} and errno set: as
 * sv_hosted_failed() where reading failed, else EINVAL.
 */
struct sv_range *sv_range_open(const json_t *share,
    const struct sv_csr_poll *poll, char why[SV_WHY]);

/**
 * sv_range_next(r, part, why):
 * Some more rows: ${part} has at least one and d columns, and belongs to the
 * reader until the next call.  Return 1; 0 at the end; or -1 with a reason in
 * ${why} and errno set, ECANCELED where ${poll} said so, else as above.
 */
int sv_range_next(struct sv_range *r, struct sv_csr *part, char why[SV_WHY]);

/**
 * sv_range_close(r):
 * Close and free it.
 */
void sv_range_close(struct sv_range *r);

/**
 * sv_range_load(share, A, poll, why):
 * All rows, as sv_share_load().  Where the share does not say how many there
 * are, up to half as much memory again is asked for until the end is known.
 */
int sv_range_load(const json_t *share, struct sv_matrix *A,
    const struct sv_csr_poll *poll, char why[SV_WHY]);

#endif /* !SV_RANGE_H */
