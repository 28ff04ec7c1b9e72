#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cut.h"
#include "err.h"
#include "holdout.h"
#include "job.h"
#include "labels.h"
#include "names.h"
#include "progress.h"
#include "result.h"
#include "scale.h"
#include "summary.h"
#include "upload.h"
#include "web.h"

struct job {
	const struct options *o;
	struct source *source;
	struct upload *upload;		/* NULL: to a directory */
	struct names *names;
	struct cut *cut;
	struct holdout *holdout;	/* or NULL */
	struct scale *scale;		/* or NULL */
	enum sv_elem elem;
	uint64_t rows;			/* of the input, so far */
	int weighted;
	struct labels labels;		/* of the rows in shards */
	struct labels all;		/* and of those held out, too */
	struct progress progress;
};

static void
show_progress(struct job *j)
{
	const struct sv_problem *p = source_problem(j->source);
	uint64_t done, total;

	if (p != NULL && p->n > 0) {
		progress_rows(&j->progress, j->rows, p->n);
		return;
	}
	source_progress(j->source, &done, &total);
	progress_bytes(&j->progress, done, total, j->rows);
}

/* Some rows of the source: each to its shard, or held out. */
static int
take(void *ctx, const struct sv_csr *part)
{
	struct job *j = ctx;

	for (uint64_t i = 0; i < part->rows; i++) {
		labels_add(&j->all, part->label[i]);
		if (j->holdout != NULL && holdout_next(j->holdout)) {
			if (holdout_add(j->holdout, part, i) == -1)
				return (-1);
			continue;
		}
		labels_add(&j->labels, part->label[i]);
		if ((j->scale != NULL && scale_add(j->scale, part, i) == -1) ||
		    cut_add(j->cut, part, i) == -1)
			return (-1);
	}
	j->rows += part->rows;
	j->weighted = part->weight != NULL;
	show_progress(j);
	return (0);
}

/* Is there what shards can be made of?  0, or -1 after a message. */
static int
check_rows(const struct job *j)
{
	const char *name = source_name(j->source);
	char held[64] = "";

	if (j->holdout != NULL)
		snprintf(held, sizeof(held), ": %" PRIu64 " are held out",
		    holdout_rows(j->holdout));
	if (j->rows == 0)
		sv_warnx("%s: no rows", name);
	else if (cut_rows(j->cut) < j->o->workers)
		sv_warnx("%s: only %" PRIu64 " rows for %" PRIu32 " shards%s",
		    name, cut_rows(j->cut), j->o->workers, held);
	else if (source_features(j->source) == 0)
		sv_warnx("%s: no features: every row is empty, and -d does not"
		    " say how many there are", name);
	else
		return (0);
	return (-1);
}

static void
show_part(void *ctx, uint32_t i)
{
	struct job *j = ctx;

	progress_part(&j->progress, i, j->o->workers);
}

/* Complete all files but for their names; 0, or -1 after a message. */
static int
complete(struct job *j, const double *positive)
{
	uint64_t d = source_features(j->source);

	if (cut_close(j->cut, d) == -1)
		return (-1);
	if (j->scale != NULL) {
		progress_next(&j->progress, "scaling");
		if (scale_settle(j->scale, d) == -1 ||
		    cut_scale(j->cut, j->scale, d, show_part, j) == -1)
			return (-1);
	}
	return (j->holdout == NULL ? 0 :
	    holdout_write(j->holdout, d, positive));
}

/* Give the files their names, and bring them to where they belong. */
static int
publish(struct job *j)
{
	size_t n = j->o->workers + (size_t)(j->holdout != NULL);
	char **name;
	int rc = -1;

	if (cut_finish(j->cut) == -1 || (j->holdout != NULL &&
	    names_move(j->names, NAME_TEXT, NAME_HOLDOUT, 0) == -1))
		return (-1);
	if (j->upload == NULL)
		return (0);
	if ((name = calloc(n, sizeof(*name))) == NULL)
		goto err;
	for (size_t i = 0; i < n; i++) {
		const char *path = i < j->o->workers ?
		    names_path(j->names, NAME_SHARD, (uint32_t)i) :
		    names_path(j->names, NAME_HOLDOUT, 0);

		if ((name[i] = strdup(strrchr(path, '/') + 1)) == NULL)
			goto err;
	}
	names_wait(j->names);
	rc = upload_all(j->upload, names_dir(j->names), name, n,
	    names_stopped);
	goto out;

err:
	sv_warn("%" PRIu32 " shards", j->o->workers);
out:
	for (size_t i = 0; name != NULL && i < n; i++)
		free(name[i]);
	free(name);
	return (rc);
}

/* All rows are there: finish.  Return 0, or -1 after a message. */
static int
conclude(struct job *j)
{
	static const double two = 2;
	struct result r = { .d = source_features(j->source), .elem = j->elem,
	    .weighted = j->weighted, .cut = j->cut, .names = j->names,
	    .source = j->source, .labels = &j->labels, .holdout = j->holdout,
	    .scale = j->scale, .how = j->o->scale, .upload = j->upload };

	if (check_rows(j) == -1)
		return (-1);
	/* What many files call their two classes. */
	if (labels_are(&j->all, 1, 2) && labels_are(&j->labels, 1, 2))
		r.positive = &two;
	if (complete(j, r.positive) == -1 || publish(j) == -1)
		return (-1);
	if (names_stopped() || result_write(&r) == -1 ||
	    source_rest(j->source) == -1) {
		if (j->upload != NULL)
			upload_undo(j->upload);
		return (-1);
	}
	names_keep(j->names);
	return (0);
}

/* Set up what the options want; 0, or -1 after a message. */
static int
begin(struct job *j)
{
	const struct options *o = j->o;
	struct cut_form form = { .W = o->workers, .seed = o->seed,
	    .zstd = o->zstd, .twice = o->scale != SCALE_NONE };
	const struct sv_problem *p;

	if ((j->source = source_new(&o->source)) == NULL)
		return (-1);
	p = source_problem(j->source);
	j->elem = p != NULL && p->elem == SV_F32 ? SV_F32 : o->elem;
	form.elem = j->elem;
	if (o->holdout > 0 && p != NULL && p->factor != NULL) {
		sv_warnx("%s: --holdout: its rows are scaled, and would not be"
		    " as they came: hold out when the text is cut",
		    source_name(j->source));
		return (-1);
	}
	if (upload_wanted(o->output) &&
	    (j->upload = upload_new(o->output)) == NULL)
		return (-1);
	if (j->upload != NULL && o->quiet)
		upload_quiet(j->upload);
	j->names = names_new(j->upload != NULL ? NULL : o->output, o->workers);
	if (j->names == NULL)
		return (-1);
	if (o->holdout > 0 && (j->holdout = holdout_new(o->holdout, o->seed,
	    j->names)) == NULL)
		return (-1);
	if (o->scale != SCALE_NONE && (j->scale = scale_new(o->scale)) == NULL)
		return (-1);
	return ((j->cut = cut_new(&form, j->names)) != NULL ? 0 : -1);
}

/* Say what was done, in -v's lines. */
static void
say(const struct job *j, double seconds)
{
	char url[SV_WEB_NAME];
	struct summary s = {
		.input = source_name(j->source), .output = j->o->output,
		.shards = j->o->workers, .d = source_features(j->source),
		.rows = cut_rows(j->cut), .nnz = cut_nnz(j->cut),
		.bytes = cut_bytes(j->cut), .weighted = j->weighted,
		.labels = &j->labels, .held = j->holdout != NULL ?
		    holdout_rows(j->holdout) : 0,
		.positive = labels_are(&j->all, 1, 2) &&
		    labels_are(&j->labels, 1, 2),
		.scale = j->scale, .how = j->o->scale, .seconds = seconds,
		.all = j->rows
	};
	uint64_t total;

	if (j->upload != NULL) {
		sv_web_name(j->o->output, url);
		s.output = url;
	}
	source_progress(j->source, &s.read, &total);
	summary_say(&s);
}

int
job_run(const struct options *o)
{
	struct job *j;
	int status = SV_EXIT_FAILED;
	double seconds;

	if ((j = calloc(1, sizeof(*j))) == NULL) {
		sv_warn("%" PRIu32 " shards", o->workers);
		return (SV_EXIT_FAILED);
	}
	j->o = o;
	if (begin(j) == -1)
		goto out;
	progress_begin(&j->progress, source_name(j->source), o->quiet);
	if (!o->quiet && isatty(STDERR_FILENO))
		names_line(j->names);
	if (source_rows(j->source, take, j) == 0 && conclude(j) == 0)
		status = SV_EXIT_DONE;
	seconds = progress_end(&j->progress);
	if (status == SV_EXIT_DONE && j->holdout != NULL &&
	    holdout_rows(j->holdout) == 0)
		sv_warnx("%s: no row was held out: there are only %" PRIu64,
		    source_name(j->source), j->rows);
	if (status == SV_EXIT_DONE && o->verbose)
		say(j, seconds);
out:
	cut_free(j->cut);
	scale_free(j->scale);
	holdout_free(j->holdout);
	upload_free(j->upload);
	source_free(j->source);
	/* This may be the end of the process. */
	names_free(j->names);
	free(j);
	return (status);
}
