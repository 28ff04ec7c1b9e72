#ifndef SV_PROBLEM_H
#define SV_PROBLEM_H

#include <jansson.h>
#include <stdint.h>

#include "csr.h"
#include "frame.h"
#include "matrix.h"
#include "recipe.h"

/*
 * What the rows are, apart from any model: the text of a PROBLEM frame, and
 * the part of it that one worker needs.
 *
 * A recipe (recipe.h), expanded by whoever needs the rows:
 *   {"kind":"recipe","recipe":1,"n":600000,"d":10000,"k":10,"p":0.001,"seed":1}
 * n, d, k and seed say it all; p is what was asked for.
 * Shard files (shardfile.h), one a worker; nnz, labels are over all shards:
 *   {"kind":"shards","n":22696,"d":123,"nnz":314815,"labels":[-1,1],
 *    "cut":"16 hex digits",
 *    "shards":[{"url":"file:///dir/shard-00000.svs","n":2837,"nnz":39352},...]}
 * labels: the distinct labels in ascending order if there are at most three,
 * otherwise null.  cut: which cutting of which data the files are of.  Where
 * the rows have weights there is "weighted":true.
 *
 * Ranges of bytes of one hosted LIBSVM text, one a worker, who each take the
 * lines that begin in theirs (range.h); etag, if there is one, is the entity tag
 * that the server must still say.  n, nnz and labels are there only if the text
 * has been read through:
 *   {"kind":"ranges","url":"https://host/a.svm","bytes":2500000,
 *    "etag":"\"5f1a\"","d":123,"n":22696,"nnz":314815,"labels":[-1,1],
 *    "zero_based":false,
 *    "ranges":[{"from":0,"to":312500,"n":2837,"nnz":39352},...]}
 *
 * Any may say "values":"f32": workers keep the values of the rows in f32
 * (matrix.h), whatever there is in files or recipes; "f64" is the default.  And,
 * but for recipes:
 *   "positive":2	the label of the positive rows: it becomes 1, others -1,
 *			when rows are loaded; labels are those of the files
 *   "s3":{"endpoint":"http://127.0.0.1:4568","region":"eu-west-1"}
 *			where s3: URLs are looked for, either of the two
 *   "schema":{...}	how features and labels were made of text (schema.h)
 *   "scale":"maxabs"|"standard"	the rows are not in the user's units: element
 *			x_j became (x_j - shift_j) factor_j.  The frame's
 *			elements are the d factors, and behind them, if they are
 *			2 d, the shifts; f64.  Weights w and intercept b of a
 *			model of these rows are w_j factor_j and
 *			b - sum w_j factor_j shift_j in the user's units.
 *
 * A share, what worker i of W is told to load (in its invocation):
 *   {"kind":"recipe",... as above ...,"from":0,"to":37500}
 *   {"kind":"shard","d":123,"url":...,"n":2837,"nnz":39352,
 *    "shard":0,"shards":8,"cut":"16 hex digits"}
 *   {"kind":"range","d":123,"url":...,"bytes":2500000,"etag":...,"from":0,
 *    "to":312500,"n":2837,"nnz":39352}
 * with "values", "weighted", "positive", "zero_based" and "s3" as in the
 * problem.  The url of a shard is of a file, http, https or s3.
 */

#define SV_WHY 256u	/* room for a reason, with its end */
#define SV_PROBLEM_MAXSHARDS 65536u	/* shard files of one problem */

enum sv_problem_kind {
	SV_PROBLEM_RECIPE, SV_PROBLEM_SHARDS, SV_PROBLEM_RANGES
};

struct sv_problem {
	enum sv_problem_kind kind;
	int unread;	/* ranges of a text that nobody has read: n = nnz = 0 */
	uint64_t n;	/* rows */
	uint64_t d;	/* columns, 1 to 2^32 - 1 */
	uint64_t nnz;	/* non-zeros over all rows */
	enum sv_elem elem;	/* of values in memory: SV_F64 or SV_F32 */
	int weighted;	/* rows have weights: shard files only */
	uint32_t shards;	/* or ranges; 0 for a recipe: any W will do */
	double labels[3];	/* distinct ones as workers see them, ascending */
	unsigned nlabels;	/* how many of them; 0: more than three, or unread */
	double *factor;	/* d: the rows are scaled; NULL: they are not */
	double *shift;	/* d, or NULL: all 0 */
	struct sv_recipe recipe;	/* of a recipe; else zeros */
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
 * sv_problem_recipe(f, r, p, elem):
 * Make ${f} the PROBLEM frame of the checked recipe ${r}, whose density was
 * given as ${p}, and whose values are to be kept as ${elem}.  Return 0, or -1
 * with errno set.
 */
int sv_problem_recipe(struct sv_frame *f, const struct sv_recipe *r, double p,
    enum sv_elem elem);

/**
 * sv_problem_share(p, i, W):
 * The share of worker ${i} of ${W}: a new object for the caller, or NULL when
 * memory is out.  Rows of a recipe are cut at floor(i n / W), so that with more
 * workers than rows some have none; for shard files W must be p->shards.
 */
json_t *sv_problem_share(const struct sv_problem *p, uint32_t i, uint32_t W);

/**
 * sv_share_load(share, A, poll, why):
 * Load the rows of ${share} into ${A} (sv_matrix_fini() frees them), which are
 * never there twice: beside ${A} it takes a few MB, or what one row takes.
 * Return 0, or -1 with a reason in ${why}, which names the file where there is
 * one: also where ${poll}, which may be NULL, said that they are not wanted any
 * more; then what there is of ${A} is still to be freed.  errno is ENOMEM if
 * memory is out, and ETIMEDOUT if a server did not answer well for so long that
 * another one may be better off, or the same one later.
 */
int sv_share_load(const json_t *share, struct sv_matrix *A,
    const struct sv_csr_poll *poll, char why[SV_WHY]);

/**
 * sv_share_bytes(share):
 * Bytes that the rows of ${share} take in memory, as it says before they are
 * loaded; 0 where it does not say, UINT64_MAX where no memory holds them.
 */
uint64_t sv_share_bytes(const json_t *share);

/**
 * sv_rows_fn: what sv_problem_each() calls: ${part} holds some rows, of which
 * the first is row ${first} of the problem (shard files: counted through all
 * of them); the rows are valid during the call only.  0 to go on.
 */
typedef int sv_rows_fn(void *ctx, const struct sv_csr *part, uint64_t first);

/**
 * sv_problem_each(p, fn, ctx, why):
 * Call ${fn} for all rows of the problem in order, a few at a time, with labels
 * as workers see them: takes a few MB however large the problem is (or what one
 * row takes, if that is more).
 * Return 0; or -1 with a reason in ${why}; or, at once, what ${fn} returned if
 * that was not 0, with ${why} empty.
 */
int sv_problem_each(const struct sv_problem *p, sv_rows_fn *fn, void *ctx,
    char why[SV_WHY]);

#endif /* !SV_PROBLEM_H */
