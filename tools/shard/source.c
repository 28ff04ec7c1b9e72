#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "number.h"
#include "source.h"
#include "weights.h"

/* Bytes that tell a frame stream from text: its magic number. */
#define SNIFF 4u

struct source {
	const struct source_options *o;
	const char *name;	/* of the first file */
	char *all;		/* "a and 2 more"; NULL: there is one */
	int fd;			/* -1: none of ours */
	struct weights *weights;	/* or NULL */
	uint64_t d;

	struct sv_text *text;	/* either this ... */
	struct sv_reader *reader;	/* ... or these */
	struct sv_frame f;
	struct sv_problem problem;
	int has_problem;
	double positive;	/* label of a problem that becomes 1 */
	int mapped;
	uint64_t found;		/* rows that have it */

	source_fn *fn;		/* of source_rows() */
	void *ctx;
};

/* The first bytes of the descriptor ${fd}; how many, or -1 after a message. */
static ssize_t
sniff(int fd, const char *name, char begin[SNIFF])
{
	size_t len = 0;
	ssize_t n;

	while (len < SNIFF) {
		n = read(fd, begin + len, SNIFF - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			sv_warn("%s", name);
			return (-1);
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return ((ssize_t)len);
}

/* Write the frame as it came, and free it. */
static int
pass_on(struct sv_frame *f)
{
	int rc;

	if ((rc = sv_frame_write(STDOUT_FILENO, f)) == -1)
		sv_warn("standard output");
	sv_frame_fini(f);
	return (rc);
}

/* Read frames until the problem frame comes, and pass on the others. */
static int
find_problem(struct source *s)
{
	enum sv_io rc;

	while ((rc = sv_reader_next(s->reader, &s->f)) == SV_IO_FRAME) {
		if (s->f.type == SV_PROBLEM)
			return (0);
		if (pass_on(&s->f) == -1)
			return (-1);
	}
	if (rc == SV_IO_EOF)
		sv_warnx("%s: no problem frame", s->name);
	return (-1);
}

/* Can --positive be done with a problem?  0, or -1 after a message. */
static int
check_positive(struct source *s)
{
	const char *label = s->o->text.positive, *end;
	const json_t *schema = json_object_get(s->problem.json, "schema");

	if (label == NULL)
		return (0);
	s->positive = sv_number_parse(label, &end);
	if (end == label || *end != '\0') {
		sv_warnx("--positive %s: the labels of a problem are numbers",
		    label);
		return (-1);
	}
	if (json_object_get(s->problem.json, "positive") != NULL ||
	    json_object_get(schema, "positive") != NULL) {
		sv_warnx("%s: --positive: the problem's labels are 1 and -1,"
		    " made of others already: cut its text again", s->name);
		return (-1);
	}
	s->mapped = 1;
	return (0);
}

static int
open_problem(struct source *s, const char *begin)
{
	const struct source_options *o = s->o;

	if (o->only_text != NULL) {
		sv_warnx("%s: a problem frame: --%s is for text", s->name,
		    o->only_text);
		return (-1);
	}
	if (o->n > 1) {
		sv_warnx("%s: a problem frame: there can be no other file with"
		    " it", s->name);
		return (-1);
	}
	if ((s->reader = sv_reader_new(s->fd != -1 ? s->fd : STDIN_FILENO,
	    s->name)) == NULL) {
		sv_warn("%s", s->name);
		return (-1);
	}
	sv_reader_feed(s->reader, begin, SNIFF);
	if (find_problem(s) == -1 || sv_problem_parse(&s->problem, &s->f) == -1)
		return (-1);
	s->has_problem = 1;
	if (o->text.d != 0 && o->text.d < s->problem.d) {
		sv_warnx("%s: the problem has %" PRIu64 " features, more than"
		    " the %" PRIu64 " of -d", s->name, s->problem.d, o->text.d);
		return (-1);
	}
	s->d = o->text.d != 0 ? o->text.d : s->problem.d;
	/* Where columns make features others would have no names. */
	if (s->d > s->problem.d && json_object_get(json_object_get(
	    s->problem.json, "schema"), "columns") != NULL) {
		sv_warnx("%s: its columns make %" PRIu64 " features, and not"
		    " the %" PRIu64 " of -d", s->name, s->problem.d, s->d);
		return (-1);
	}
	return (check_positive(s));
}

/*
 * Open the first file and see what it is.  A file that stands alone is read on
 * from there, as it may be a pipe; with others it is opened again as text.
 */
static int
open_input(struct source *s)
{
	const struct source_options *o = s->o;
	int standard = o->n == 0 || strcmp(o->names[0], "-") == 0;
	char begin[SNIFF];
	ssize_t len = 0;
	struct stat st;

	s->name = standard ? "standard input" : o->names[0];
	if (!standard && (s->fd = open(s->name, O_RDONLY | O_CLOEXEC)) == -1) {
		sv_warn("%s", s->name);
		return (-1);
	}
	if (o->n <= 1 || (s->fd != -1 && fstat(s->fd, &st) == 0 &&
	    S_ISREG(st.st_mode)))
		len = sniff(standard ? STDIN_FILENO : s->fd, s->name, begin);
	if (len == -1)
		return (-1);
	if (len == SNIFF && sv_frame_begins(begin, SNIFF))
		return (open_problem(s, begin));
	if (o->n <= 1) {
		s->text = sv_text_fd(&o->text, standard ? STDIN_FILENO : s->fd,
		    s->name, begin, (size_t)len);
	} else {
		if (s->fd != -1)
			close(s->fd);
		s->fd = -1;
		if ((s->all = malloc(strlen(s->name) + 40)) == NULL) {
			sv_warn("%s", s->name);
			return (-1);
		}
		sprintf(s->all, "%s and %zu more", s->name, o->n - 1);
		s->text = sv_text_new(&o->text, o->names, o->n);
	}
	s->d = o->text.d;
	return (s->text != NULL ? 0 : -1);
}

struct source *
source_new(const struct source_options *o)
{
	struct source *s;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		sv_warn("sources");
		return (NULL);
	}
	s->o = o;
	s->fd = -1;
	if ((o->weights != NULL &&
	    (s->weights = weights_open(o->weights)) == NULL) ||
	    open_input(s) == -1) {
		source_free(s);
		return (NULL);
	}
	return (s);
}

/* Rows with their weights. */
static int
give(struct source *s, const struct sv_csr *part)
{
	struct sv_csr own = *part;

	if (s->weights != NULL &&
	    (own.weight = weights_next(s->weights, own.rows)) == NULL)
		return (-1);
	return (s->fn(s->ctx, &own));
}

static int
give_each(void *ctx, const struct sv_csr *part, uint64_t first)
{
	struct source *s = ctx;
	int positive;

	(void)first;
	/* The rows are there for us alone. */
	for (uint64_t i = 0; i < part->rows && s->mapped; i++) {
		positive = part->label[i] >= s->positive &&
		    part->label[i] <= s->positive;
		s->found += (uint64_t)positive;
		part->label[i] = positive ? 1 : -1;
	}
	return (give(s, part));
}

static int
problem_rows(struct source *s)
{
	char why[SV_WHY];

	if (sv_problem_each(&s->problem, give_each, s, why) != 0) {
		if (why[0] != '\0')
			sv_warnx("%s", why);
		return (-1);
	}
	if (!s->mapped || s->found > 0)
		return (0);
	sv_warnx("%s: no row has the label %s", s->name, s->o->text.positive);
	return (-1);
}

static int
text_rows(struct source *s)
{
	struct sv_csr part;
	uint64_t largest = 0;
	const char *lacks;
	int rc;

	while ((rc = sv_text_next(s->text, &part)) == 1) {
		largest = part.cols;
		if ((rc = give(s, &part)) == -1)
			break;
	}
	/* Columns of a CSV say how many there are. */
	if (s->d == 0)
		s->d = largest;
	if (rc == 0 && largest > 0 &&
	    (lacks = sv_text_lacks(s->text)) != NULL) {
		sv_warnx("%s: %s", source_name(s), lacks);
		return (-1);
	}
	return (rc);
}

int
source_rows(struct source *s, source_fn *fn, void *ctx)
{
	int rc;

	s->fn = fn;
	s->ctx = ctx;
	rc = s->text != NULL ? text_rows(s) : problem_rows(s);
	if (rc == 0 && s->weights != NULL)
		rc = weights_end(s->weights);
	return (rc);
}

const char *
source_name(const struct source *s)
{

	return (s->all != NULL ? s->all : s->name);
}

uint64_t
source_features(const struct source *s)
{

	return (s->d);
}

const struct sv_problem *
source_problem(const struct source *s)
{

	return (s->has_problem ? &s->problem : NULL);
}

/* A label's text as a person would write it. */
static json_t *
label_text(double y)
{
	char text[SV_NUMBER_MAX + 1];

	*sv_number_format(text, y) = '\0';
	return (json_string(text));
}

/*
 * What the labels 1 and -1 of the rows were: those of a problem are mapped now,
 * either as it says itself, or as we have been told.
 */
static int
name_labels(const struct source *s, json_t *schema)
{
	const json_t *labels = json_object_get(s->problem.json, "labels"), *y;
	const json_t *own = json_object_get(s->problem.json, "positive");
	double positive = s->mapped ? s->positive : json_number_value(own);
	size_t i;

	if (json_object_set_new(schema, "positive", label_text(positive)) == -1)
		return (-1);
	if (json_array_size(labels) != 2)
		return (0);
	json_array_foreach(labels, i, y)
		if ((json_number_value(y) < positive ||
		    json_number_value(y) > positive) &&
		    json_object_set_new(schema, "negative",
		    label_text(json_number_value(y))) == -1)
			return (-1);
	return (0);
}

static int
problem_schema(const struct source *s, json_t **schema)
{
	const json_t *p = s->problem.json;
	const json_t *old = json_object_get(p, "schema");
	int relabelled = s->mapped || json_object_get(p, "positive") != NULL;
	int zero_based = json_is_true(json_object_get(p, "zero_based"));

	*schema = NULL;
	if (!json_is_object(old))
		old = NULL;
	if (old == NULL && !relabelled && !zero_based)
		return (0);
	*schema = old != NULL ? json_deep_copy(old) :
	    json_pack("{s:s}", "format", "libsvm");
	if (*schema == NULL || (zero_based &&
	    json_object_set_new(*schema, "zero_based", json_true()) == -1))
		return (-1);
	return (relabelled ? name_labels(s, *schema) : 0);
}

int
source_schema(struct source *s, json_t **schema)
{
	int rc = 0;

	if (s->text == NULL)
		rc = problem_schema(s, schema);
	else if ((*schema = sv_text_schema(s->text)) == NULL)
		rc = -1;
	else if (json_is_null(*schema))
		*schema = NULL;
	if (rc == -1) {
		errno = ENOMEM;
		sv_warn("%s", s->name);
		json_decref(*schema);
	}
	return (rc);
}

void
source_progress(const struct source *s, uint64_t *done, uint64_t *total)
{

	*done = *total = 0;
	if (s->text != NULL)
		sv_text_progress(s->text, done, total);
}

int
source_rest(struct source *s)
{
	struct sv_frame f;
	enum sv_io rc;

	if (s->reader == NULL)
		return (0);
	while ((rc = sv_reader_next(s->reader, &f)) == SV_IO_FRAME)
		if (pass_on(&f) == -1)
			return (-1);
	return (rc == SV_IO_EOF ? 0 : -1);
}

void
source_free(struct source *s)
{

	if (s == NULL)
		return;
	if (s->has_problem)
		sv_problem_fini(&s->problem);
	sv_frame_fini(&s->f);
	sv_reader_free(s->reader);
	sv_text_free(s->text);
	weights_free(s->weights);
	if (s->fd != -1)
		close(s->fd);
	free(s->all);
	free(s);
}
