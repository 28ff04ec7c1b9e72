#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "clock.h"
#include "err.h"
#include "fd.h"
#include "human.h"
#include "io.h"
#include "json.h"
#include "number.h"
#include "predict.h"

#define SNIFF ((size_t)4)	/* bytes that tell frames from text */
#define HELD "holdout.svm"	/* what sv-shard --holdout writes */
#define EVERY 0.2	/* s between two lines of progress */

/* How far it is, on a terminal. */
struct progress {
	const char *unit;	/* what is counted: "B", or "rows" */
	double began, last;
};

/* Rows of a problem, as its files hold them. */
struct rows {
	struct predict *p;
	const struct sv_model *model;
	const char *name;
	int loaded;
	uint64_t total;	/* of them; 0: not known */
	struct progress progress;
};

/* Nothing is done yet, of what is counted in ${unit}. */
static void
clear(struct progress *g, const char *unit)
{

	g->unit = unit;
	g->began = g->last = sv_clock_mono();
}

/* So many are done, of ${total} if that is not 0. */
static void
show(const struct predict *p, struct progress *g, const char *name,
    uint64_t done, uint64_t total)
{
	char rate[SV_HUMAN], left[SV_HUMAN];
	double now = sv_clock_mono(), each;

	if (p->quiet || now - g->last < EVERY ||
	    (p->out != NULL && isatty(fileno(p->out))))
		return;
	g->last = now;
	each = (double)done / (now - g->began);
	if (strcmp(g->unit, "B") == 0)
		sv_human_bytes(rate, each);
	else
		snprintf(rate, sizeof(rate), "%.0f %s", each, g->unit);
	if (total == 0 || done == 0) {
		sv_err_progress("%s: %" PRIu64 " rows, %s/s", name, p->rows,
		    rate);
		return;
	}
	sv_human_seconds(left, ((double)total - (double)done) / each);
	sv_err_progress("%s: %.0f %%, %s/s, %s left", name,
	    100.0 * (double)done / (double)total, rate, left);
}

/* Is the last part of the name ${end}, packed or not? */
static int
ends(const char *name, const char *end)
{
	size_t n = strlen(end);

	for (const char *q = name; (q = strstr(q, end)) != NULL; q++)
		if (q[n] == '\0' || q[n] == '.')
			return (1);
	return (0);
}

/* Is it text whose features and labels are as workers have them? */
static int
is_loaded(const struct predict *p, const char *name)
{
	const char *slash = strrchr(name, '/');
	const struct sv_schema *s = p->model.schema;

	if (p->as_loaded)
		return (1);
	if (p->described)
		return (0);
	name = slash != NULL ? slash + 1 : name;
	if (strncmp(name, HELD, strlen(HELD)) == 0 && ends(name, HELD))
		return (1);
	/* Columns have become features there. */
	return (s != NULL && s->format != SV_SCHEMA_LIBSVM &&
	    (p->text.format == SV_TEXT_LIBSVM ||
	    (p->text.format == SV_TEXT_AUTO &&
	    (ends(name, ".svm") || ends(name, ".libsvm")))));
}

static int
text_rows(struct predict *p, int fd, const char *name, const char *begin,
    size_t len)
{
	struct sv_text_options o = p->text;
	int loaded = is_loaded(p, name), mapped, rc;
	struct progress g;
	struct sv_text *t;
	struct sv_csr part;
	uint64_t done, total;
	const char *lacks;

	o.unlabelled = 1;
	o.named = "--input";
	if (loaded)
		o.format = SV_TEXT_LIBSVM;
	else if (!p->described)
		o.schema = p->schema;
	mapped = loaded || o.positive != NULL ||
	    (o.schema != NULL && p->model.schema->positive != NULL);
	if ((t = sv_text_fd(&o, fd, name, begin, len)) == NULL)
		return (-1);
	clear(&g, "B");
	while ((rc = sv_text_next(t, &part)) == 1) {
		rc = rows_take(p, &p->model, &part, mapped, sv_text_name(t));
		if (rc == -1)
			break;
		sv_text_progress(t, &done, &total);
		show(p, &g, sv_text_name(t), done, total);
	}
	sv_err_progress("%s", "");
	if (rc == 0 && o.positive != NULL && !p->quiet &&
	    (lacks = sv_text_lacks(t)) != NULL)
		sv_warnx("%s: %s", name, lacks);
	sv_text_free(t);
	return (rc);
}

static int
each(void *ctx, const struct sv_csr *part, uint64_t first)
{
	struct rows *r = ctx;

	if (rows_take(r->p, r->model, part, r->loaded, r->name) == -1)
		return (1);
	show(r->p, &r->progress, r->name, first + part->rows, r->total);
	return (0);
}

/*
 * Labels that are 1 and -1 by now: 1 if what has become 1 is the first label of
 * the model, -1 if it is the second.  0: they are as the user wrote them.
 */
static int
sense(const struct sv_model *m, const json_t *problem)
{
	const json_t *schema = json_object_get(problem, "schema");
	char number[SV_NUMBER_MAX + 1];
	const char *text;
	double y;

	if (sv_json_string(schema, "positive", &text) == -1) {
		if (sv_json_double(problem, "positive", &y) == -1)
			return (0);
		*sv_number_format(number, y) = '\0';
		text = number;
	}
	return (m->negative != NULL && !sv_schema_same(text, m->positive) &&
	    sv_schema_same(text, m->negative) ? -1 : 1);
}

/* The rows of a problem; where they are scaled the model is, too. */
static int
problem_rows(struct predict *p, const struct sv_frame *f, const char *name)
{
	struct sv_model m = p->model;
	struct sv_problem problem;
	struct rows r = { .p = p, .model = &m, .name = name };
	char why[SV_WHY];
	int rc = -1;

	if (sv_problem_parse(&problem, f) == -1)
		return (-1);
	if ((m.w = malloc((m.d + 1) * sizeof(*m.w))) == NULL) {
		sv_warn("%s", name);
		goto out;
	}
	memcpy(m.w, p->model.w, m.d * sizeof(*m.w));
	sv_model_scaled(&m, &problem);
	r.loaded = m.classes ? sense(&m, problem.json) : 0;
	r.total = problem.n;
	clear(&r.progress, "rows");
	rc = sv_problem_each(&problem, each, &r, why);
	sv_err_progress("%s", "");
	if (rc == -1)
		sv_warnx("%s: %s", name, why);
	free(m.w);
out:
	sv_problem_fini(&problem);
	return (rc == 0 ? 0 : -1);
}

static int
frame_rows(struct predict *p, int fd, const char *name, const char *begin,
    size_t len)
{
	struct sv_reader *r = sv_reader_new(fd, name);
	struct sv_frame f;
	enum sv_io io;
	int rc = -1, found = 0;

	if (r == NULL) {
		sv_warn("%s", name);
		return (-1);
	}
	sv_reader_feed(r, begin, len);
	while (!found && ((io = sv_reader_next(r, &f)) == SV_IO_FRAME ||
	    io == SV_IO_AGAIN)) {
		if (io == SV_IO_AGAIN) {
			(void)sv_fd_wait(fd, POLLIN);
			continue;
		}
		if ((found = f.type == SV_PROBLEM))
			rc = problem_rows(p, &f, name);
		sv_frame_fini(&f);
	}
	if (!found && io == SV_IO_EOF)
		sv_warnx("%s: no problem in it", name);
	sv_reader_free(r);
	return (rc);
}

int
data_read(struct predict *p, const char *name)
{
	int fd = STDIN_FILENO, own = strcmp(name, "-") != 0, rc = -1;
	struct sv_bytes in;
	char begin[SNIFF];
	ssize_t n;

	if (!own) {
		name = "standard input";
	} else if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1) {
		sv_warn("%s", name);
		return (-1);
	}
	sv_bytes_fd(&in, &fd);
	if ((n = sv_bytes_fill(&in, begin, SNIFF)) == -1)
		sv_warn("%s", name);
	else if ((size_t)n == SNIFF && sv_frame_begins(begin, SNIFF))
		rc = frame_rows(p, fd, name, begin, SNIFF);
	else
		rc = text_rows(p, fd, name, begin, (size_t)n);
	if (own)
		close(fd);
	return (rc);
}
