#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "liblinear.h"
#include "number.h"
#include "recipe.h"
#include "utf8.h"

#define WORD 128u	/* no number or name is longer */
#define BLOCK 65536u

/* What a file says before its weights. */
enum member { SOLVER, CLASSES, LABEL, FEATURES, BIAS, RHO, NMEMBERS };
static const char * const members[NMEMBERS] = {
	"solver_type", "nr_class", "label", "nr_feature", "bias", "rho"
};

static const struct solver {
	const char *name;
	const struct sv_loss *loss;
	int classes;	/* there are labels */
	int columns;	/* of weights, of two classes */
} solvers[] = {
	{ "L2R_LR", &sv_loss_logistic, 1, 1 },
	{ "L2R_L2LOSS_SVC_DUAL", &sv_loss_squared_hinge, 1, 1 },
	{ "L2R_L2LOSS_SVC", &sv_loss_squared_hinge, 1, 1 },
	{ "L2R_L1LOSS_SVC_DUAL", NULL, 1, 1 },
	{ "MCSVM_CS", NULL, 1, 2 },
	{ "L1R_L2LOSS_SVC", &sv_loss_squared_hinge, 1, 1 },
	{ "L1R_LR", &sv_loss_logistic, 1, 1 },
	{ "L2R_LR_DUAL", &sv_loss_logistic, 1, 1 },
	{ "L2R_L2LOSS_SVR", NULL, 0, 1 },
	{ "L2R_L2LOSS_SVR_DUAL", NULL, 0, 1 },
	{ "L2R_L1LOSS_SVR_DUAL", NULL, 0, 1 },
	{ "ONECLASS_SVM", NULL, 0, 1 }
};
#define NSOLVERS (sizeof(solvers) / sizeof(solvers[0]))
#define ONECLASS (&solvers[NSOLVERS - 1])

struct file {
	struct sv_bytes *in;
	const char *name;
	uint64_t line;	/* of the word read last */
	char word[WORD + 1];
	size_t len;	/* of it; beyond WORD it was cut */
	/* What has been read and not yet taken. */
	char buf[BLOCK];
	size_t at, have;
	uint64_t here;	/* line of buf[at] */

	/* What it says. */
	unsigned seen;	/* a bit for each member */
	const struct solver *solver;
	char label[2][SV_NUMBER_MAX + 1];
	uint64_t features;
	double bias, rho;
};

/* The next byte; -1 at the end, -2 after a message. */
static int
next_byte(struct file *f)
{
	ssize_t n;

	if (f->at == f->have) {
		n = sv_bytes_read(f->in, f->buf, sizeof(f->buf));
		if (n == -1) {
			sv_warnx("%s: %s", f->name, sv_bytes_why(f->in));
			return (-2);
		}
		f->at = 0;
		f->have = (size_t)n;
		if (n == 0)
			return (-1);
	}
	return ((unsigned char)f->buf[f->at++]);
}

static int
is_space(int c)
{

	return (c == ' ' || (c >= '\t' && c <= '\r'));
}

/* The next word: 1; 0 at the end; -1 after a message. */
static int
next_word(struct file *f)
{
	int c;

	do {
		c = next_byte(f);
		f->here += c == '\n';
	} while (is_space(c));
	f->line = f->here;
	for (f->len = 0; c >= 0 && !is_space(c); c = next_byte(f)) {
		if (f->len < WORD)
			f->word[f->len] = c != '\0' ? (char)c : '?';
		f->len++;
	}
	f->word[f->len < WORD ? f->len : WORD] = '\0';
	f->here += c == '\n';
	if (c == -2)
		return (-1);
	return (f->len > 0);
}

/* Say that something else was expected than the last word; return -1. */
static int
bad(const struct file *f, const char *what)
{
	char found[4 * 40 + 4];

	if (f->len == 0) {
		sv_warnx("%s: line %" PRIu64 ": expected %s, found the end of"
		    " the file", f->name, f->line, what);
		return (-1);
	}
	sv_utf8_cut(found, f->word, 40);
	sv_warnx("%s: line %" PRIu64 ": expected %s, found '%s'", f->name,
	    f->line, what, found);
	return (-1);
}

/* The next word, which must be a finite number. */
static int
next_number(struct file *f, const char *what, double *x)
{
	const char *end;

	if (next_word(f) == -1)
		return (-1);
	*x = sv_number_parse(f->word, &end);
	if (f->len == 0 || f->len > WORD || end == f->word || *end != '\0' ||
	    !isfinite(*x))
		return (bad(f, what));
	return (0);
}

/* ... and a whole one in these bounds. */
static int
next_whole(struct file *f, const char *what, double min, double max, double *x)
{

	if (next_number(f, what, x) == -1)
		return (-1);
	return (*x >= min && *x <= max && *x == floor(*x) ? 0 : bad(f, what));
}

static int
read_solver(struct file *f)
{

	if (next_word(f) == -1)
		return (-1);
	for (size_t i = 0; i < NSOLVERS; i++)
		if (strcmp(f->word, solvers[i].name) == 0)
			f->solver = &solvers[i];
	return (f->solver != NULL ? 0 : bad(f, "a solver_type of LIBLINEAR"));
}

static int
read_classes(struct file *f)
{
	double n;

	if (next_whole(f, "a number of classes", 1, INT32_MAX, &n) == -1)
		return (-1);
	if (n == 2.0)
		return (0);
	sv_warnx("%s: line %" PRIu64 ": a model of %.0f classes: expected two,"
	    " or numbers (train one of a class against the rest)", f->name,
	    f->line, n);
	return (-1);
}

static int
read_labels(struct file *f)
{
	double y;

	for (size_t i = 0; i < 2; i++) {
		if (next_whole(f, "a label, a whole number", INT32_MIN,
		    INT32_MAX, &y) == -1)
			return (-1);
		/* -0 is 0. */
		*sv_number_format(f->label[i], y + 0.0) = '\0';
	}
	if (strcmp(f->label[0], f->label[1]) == 0)
		return (bad(f, "two different labels"));
	return (0);
}

static int
read_member(struct file *f, enum member which)
{
	double n;

	if (f->seen & 1u << which)
		return (bad(f, "it once"));
	f->seen |= 1u << which;
	switch (which) {
	case SOLVER:
		return (read_solver(f));
	case CLASSES:
		return (read_classes(f));
	case LABEL:
		return (read_labels(f));
	case FEATURES:
		if (next_whole(f, "a number of features", 0, SV_RECIPE_MAXCOLS,
		    &n) == -1)
			return (-1);
		f->features = (uint64_t)n;
		return (0);
	case BIAS:
		return (next_number(f, "a number", &f->bias));
	default:
		return (next_number(f, "a number", &f->rho));
	}
}

/* What must be there, must; what must not, not. */
static int
check_members(const struct file *f)
{
	unsigned must = 1u << SOLVER | 1u << CLASSES | 1u << FEATURES |
	    1u << BIAS;
	unsigned may = f->solver == ONECLASS ? 1u << RHO :
	    f->solver != NULL && f->solver->classes ? 1u << LABEL : 0;

	must |= may;
	for (size_t i = 0; i < NMEMBERS; i++) {
		if (must & ~f->seen & 1u << i) {
			sv_warnx("%s: line %" PRIu64 ": the weights come, and"
			    " %s has not", f->name, f->line, members[i]);
			return (-1);
		}
		if (f->seen & ~must & 1u << i) {
			sv_warnx("%s: a model of %s has no %s", f->name,
			    f->solver->name, members[i]);
			return (-1);
		}
	}
	return (0);
}

static int
read_members(struct file *f)
{
	size_t i;

	for (;;) {
		if (next_word(f) == -1)
			return (-1);
		if (strcmp(f->word, "w") == 0)
			return (check_members(f));
		for (i = 0; i < NMEMBERS; i++)
			if (strcmp(f->word, members[i]) == 0)
				break;
		if (i == NMEMBERS)
			return (bad(f, f->seen == 0 ?
			    "a run of sv-hub or a model of LIBLINEAR" :
			    "solver_type, nr_class, label, nr_feature, bias or"
			    " w"));
		if (read_member(f, (enum member)i) == -1)
			return (-1);
	}
}

/* Room for one number more; it grows with what there is. */
static int
reserve(struct sv_model *m, uint64_t have, uint64_t *room, const char *name)
{
	uint64_t want = *room + *room / 2 + 1024;
	double *w;

	if (have < *room)
		return (0);
	if ((w = realloc(m->w, want * sizeof(*w))) == NULL) {
		sv_warn("%s", name);
		return (-1);
	}
	m->w = w;
	*room = want;
	return (0);
}

static int
read_weights(struct file *f, struct sv_model *m)
{
	uint64_t rows = f->features + (f->bias >= 0.0), room = 0;
	double x;

	if (reserve(m, 0, &room, f->name) == -1)
		return (-1);
	for (uint64_t i = 0; i < rows; i++) {
		if (reserve(m, i, &room, f->name) == -1 ||
		    next_number(f, "a weight", &m->w[i]) == -1)
			return (-1);
		for (int k = 1; k < f->solver->columns; k++)
			if (next_number(f, "a weight", &x) == -1)
				return (-1);
	}
	if (next_word(f) == -1)
		return (-1);
	return (f->len == 0 ? 0 : bad(f, "the end after the last weight"));
}

/* Make ${m} of what was read. */
static int
make(struct file *f, struct sv_model *m)
{
	int labels = f->solver->classes;

	m->d = f->features;
	m->loss = f->solver->loss;
	m->classes = labels || f->solver == ONECLASS;
	m->weight[0] = m->weight[1] = 1.0;
	m->penalty = NAN;
	if (f->bias >= 0.0) {
		m->bias = f->bias * m->w[m->d];
		m->biased = 1;
	}
	if (f->solver == ONECLASS) {
		m->bias -= f->rho;
		m->biased = 1;
	}
	if (!isfinite(m->bias)) {
		sv_warnx("%s: bias times its weight is beyond any number",
		    f->name);
		return (-1);
	}
	if (m->classes && sv_model_labels(m, labels ? f->label[0] : "1",
	    labels ? f->label[1] : "-1") == -1) {
		sv_warn("%s", f->name);
		return (-1);
	}
	return (0);
}

int
sv_liblinear_read(struct sv_model *m, struct sv_bytes *in, const char *name)
{
	struct file *f;
	int rc = -1;

	memset(m, 0, sizeof(*m));
	if ((f = calloc(1, sizeof(*f))) == NULL) {
		sv_warn("%s", name);
		return (-1);
	}
	f->in = in;
	f->name = name;
	f->here = 1;
	if (read_members(f) == 0 && read_weights(f, m) == 0)
		rc = make(f, m);
	if (rc == -1)
		sv_model_fini(m);
	free(f);
	return (rc);
}

/* Our solver's name there; NULL: it has none. */
static const char *
solver_name(const struct sv_model *m)
{
	double l1 = 1.0, l2 = 0.0;
	int sparse;

	(void)sv_json_double(m->about, "l1", &l1);
	(void)sv_json_double(m->about, "l2", &l2);
	sparse = l1 > 0.0 && !(l2 > 0.0);
	if (m->loss == &sv_loss_logistic)
		return (sparse ? "L1R_LR" : "L2R_LR");
	if (m->loss == &sv_loss_squared_hinge)
		return (sparse ? "L1R_L2LOSS_SVC" : "L2R_L2LOSS_SVC");
	if (m->loss == &sv_loss_squared || m->loss == &sv_loss_huber)
		return ("L2R_L2LOSS_SVR");
	return (NULL);
}

/* Is it a whole number, as LIBLINEAR's labels are? */
static int
whole(double y)
{

	return (y == floor(y) && y >= INT32_MIN && y <= INT32_MAX);
}

static void
write_labels(FILE *f, const struct sv_model *m)
{
	double y[2] = { m->label[0], m->label[1] };

	if (!whole(y[1]) || (m->negative != NULL && !whole(y[0]))) {
		y[1] = 1.0;
		y[0] = -1.0;
	} else if (m->negative == NULL)
		y[0] = y[1] == -1.0 ? 0.0 : -1.0;
	fprintf(f, "label %.0f %.0f\n", y[1], y[0]);
}

int
sv_liblinear_write(FILE *f, const struct sv_model *m, const char *name)
{
	char number[SV_NUMBER_MAX + 1];
	const char *solver = solver_name(m);

	if (solver == NULL) {
		sv_warnx("%s: LIBLINEAR has no model for the %s loss", name,
		    m->loss != NULL ? m->loss->name : "model's");
		return (-1);
	}
	if (m->d >= INT32_MAX) {
		sv_warnx("%s: %" PRIu64 " features are more than LIBLINEAR"
		    " counts", name, m->d);
		return (-1);
	}
	fprintf(f, "solver_type %s\nnr_class 2\n", solver);
	if (m->classes)
		write_labels(f, m);
	fprintf(f, "nr_feature %" PRIu64 "\nbias %d\nw\n", m->d,
	    m->biased ? 1 : -1);
	for (uint64_t j = 0; j < m->d + (uint64_t)m->biased; j++) {
		*sv_number_format(number, j < m->d ? m->w[j] : m->bias) = '\0';
		fprintf(f, "%s\n", number);
	}
	return (0);
}
