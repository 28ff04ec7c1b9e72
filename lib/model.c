#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "json.h"
#include "model.h"
#include "number.h"
#include "prox.h"

int
sv_model_take(struct sv_model_source *s, struct sv_frame *f)
{

	if (f->type == SV_PROBLEM) {
		if (s->next)
			sv_frame_fini(&s->later);
		s->later = *f;
		s->next = 1;
		return (1);
	}
	if (s->by_round ? f->type != SV_GLOBAL || f->op != SV_OP_STEP ||
	    f->round != s->round : f->type != SV_MODEL)
		return (0);
	if (s->have)
		sv_frame_fini(&s->model);
	s->model = *f;
	s->have = 1;
	if (s->next) {
		if (s->posed)
			sv_frame_fini(&s->problem);
		s->problem = s->later;
		s->posed = 1;
		s->next = 0;
	}
	return (1);
}

void
sv_model_drop(struct sv_model_source *s)
{

	if (s->have)
		sv_frame_fini(&s->model);
	if (s->posed)
		sv_frame_fini(&s->problem);
	if (s->next)
		sv_frame_fini(&s->later);
	s->have = s->posed = s->next = 0;
}

void
sv_model_fini(struct sv_model *m)
{

	free(m->w);
	free(m->positive);
	free(m->negative);
	json_decref(m->about);
	sv_schema_free(m->schema);
	memset(m, 0, sizeof(*m));
}

/* The elements as numbers; the last one is apart if ${last} is not NULL. */
static int
weights(struct sv_model *m, const struct sv_frame *f, double *last,
    const char *name)
{
	const void *e = sv_frame_elems(f);
	uint64_t n = sv_frame_nelem(f);
	double x;

	if (f->elem == SV_BYTES) {
		sv_warnx("%s: the %s frame holds no numbers", name,
		    sv_frame_type_name(f->type));
		return (-1);
	}
	if ((m->w = malloc((n + 1) * sizeof(*m->w))) == NULL) {
		sv_warn("%s", name);
		return (-1);
	}
	for (uint64_t i = 0; i < n; i++) {
		x = f->elem == SV_F64 ? ((const double *)e)[i] :
		    (double)((const float *)e)[i];
		if (!isfinite(x)) {
			sv_warnx("%s: element %" PRIu64 " of the %s frame is no"
			    " finite number", name, i,
			    sv_frame_type_name(f->type));
			return (-1);
		}
		m->w[i] = x;
	}
	m->d = n;
	if (last != NULL && n > 0)
		*last = m->w[--m->d];
	return (0);
}

/* A number of the text if it is there, and not below ${min}. */
static int
number(const json_t *o, const char *key, double min, double *value)
{
	double x;

	if (json_object_get(o, key) == NULL)
		return (0);
	if (sv_json_double(o, key, &x) == -1 || !isfinite(x) || x < min)
		return (-1);
	*value = x;
	return (0);
}

/* Loss, its parameter, weights of classes.  NULL, or the member that is wrong. */
static const char *
fitted(struct sv_model *m)
{
	const json_t *o = m->about, *w = json_object_get(o, "weights");
	const char *loss = "logistic";

	if (json_object_get(o, "loss") != NULL &&
	    sv_json_string(o, "loss", &loss) == -1)
		return ("loss");
	if ((m->loss = sv_loss_find(loss)) == NULL)
		return ("loss");
	m->classes = m->loss->classes;
	m->param = m->loss->param;
	if (m->param > 0.0 && (number(o, "param", 0.0, &m->param) == -1 ||
	    !(m->param > 0.0)))
		return ("param");
	m->weight[0] = m->weight[1] = 1.0;
	if (w == NULL)
		return (NULL);
	for (size_t i = 0; i < 2; i++) {
		m->weight[i] = json_number_value(json_array_get(w, i));
		if (!json_is_number(json_array_get(w, i)) ||
		    !isfinite(m->weight[i]) || m->weight[i] < 0.0)
			return ("weights");
	}
	return (NULL);
}

/* Bounds of a box, null where there are none. */
static int
bounds(const json_t *box, double *lo, double *hi)
{
	const json_t *a = json_array_get(box, 0), *b = json_array_get(box, 1);

	*lo = json_is_number(a) ? json_number_value(a) : -INFINITY;
	*hi = json_is_number(b) ? json_number_value(b) : INFINITY;
	return (a != NULL && b != NULL && *lo <= *hi ? 0 : -1);
}

/* The value of the groups' norms, if their shape is told. */
static double
grouped(const json_t *o, double lambda, const double *x, uint64_t d)
{
	struct sv_groups *groups;
	struct sv_prox g;
	uint64_t size;
	double value;

	if (sv_json_u64(o, "group_size", 1, SIZE_MAX, &size) == -1 ||
	    (groups = sv_prox_groups_blocks(d, size)) == NULL)
		return ((double)NAN);
	sv_prox_group(&g, lambda, groups);
	value = sv_prox_value(&g, x, d);
	sv_prox_groups_free(groups);
	return (value);
}

/* The regulariser's value at what was fitted, as the text tells it. */
static double
penalty(const struct sv_model *m)
{
	const json_t *o = m->about;
	double l1 = 0.0, l2 = 0.0, group = 0.0, lo, hi;
	struct sv_prox g;

	if (number(o, "l1", 0.0, &l1) == -1 || number(o, "l2", 0.0, &l2) == -1 ||
	    number(o, "group", 0.0, &group) == -1)
		return ((double)NAN);
	if (json_object_get(o, "group") != NULL)
		return (grouped(o, group, m->w, m->d));
	if (json_is_true(json_object_get(o, "nonneg")))
		sv_prox_nonneg(&g);
	else if (bounds(json_object_get(o, "box"), &lo, &hi) == 0)
		sv_prox_box(&g, lo, hi);
	else if (json_object_get(o, "l1") != NULL ||
	    json_object_get(o, "l2") != NULL)
		sv_prox_elastic(&g, l1, l2);
	else
		return ((double)NAN);
	return (sv_prox_value(&g, m->w, m->d));
}

/* From scaled rows to the user's: the formulas of model.h. */
static void
unscale(struct sv_model *m, const struct sv_problem *p)
{
	double sum = m->bias, lost = 0.0, term, next;

	if (p->factor == NULL)
		return;
	for (uint64_t j = 0; j < m->d; j++) {
		m->w[j] *= p->factor[j];
		if (p->shift == NULL)
			continue;
		/* Neumaier's sum. */
		term = -m->w[j] * p->shift[j];
		next = sum + term;
		lost += fabs(sum) >= fabs(term) ? (sum - next) + term :
		    (term - next) + sum;
		sum = next;
		m->biased |= term != 0.0;
	}
	m->bias = isfinite(sum) ? sum + lost : sum;
}

void
sv_model_scaled(struct sv_model *m, const struct sv_problem *p)
{
	uint64_t d = p->factor == NULL ? 0 : m->d < p->d ? m->d : p->d;

	for (uint64_t j = 0; j < d; j++) {
		if (p->shift != NULL && p->shift[j] != 0.0) {
			m->bias += m->w[j] * p->shift[j];
			m->biased = 1;
		}
		m->w[j] /= p->factor[j];
	}
}

/* A label as a number, if it is one. */
static double
label_number(const char *text)
{
	const char *end;
	double y;

	if (text == NULL)
		return ((double)NAN);
	y = sv_number_parse(text, &end);
	return (end == text || *end != '\0' ? (double)NAN : y);
}

int
sv_model_labels(struct sv_model *m, const char *positive, const char *negative)
{

	free(m->positive);
	free(m->negative);
	m->positive = strdup(positive);
	m->negative = negative != NULL ? strdup(negative) : NULL;
	m->label[0] = label_number(m->negative);
	m->label[1] = label_number(m->positive);
	return (m->positive != NULL && (negative == NULL ||
	    m->negative != NULL) ? 0 : -1);
}

/* The other one of two labels, as a number; NaN: there is not just one. */
static double
other(const json_t *labels, double positive)
{
	double y, found = NAN;

	for (size_t i = 0; i < json_array_size(labels); i++) {
		y = json_number_value(json_array_get(labels, i));
		if (y == positive)
			continue;
		if (!isnan(found))
			return ((double)NAN);
		found = y;
	}
	return (found);
}

/* Labels as the user writes them; -1 when memory is out. */
static int
name_labels(struct sv_model *m, const json_t *problem)
{
	const json_t *labels = json_object_get(problem, "labels");
	char text[2][SV_NUMBER_MAX + 1];
	double positive = 1.0, negative = -1.0;

	if (!m->classes)
		return (0);
	if (m->schema != NULL && m->schema->positive != NULL)
		return (sv_model_labels(m, m->schema->positive,
		    m->schema->negative));
	if (sv_json_double(problem, "positive", &positive) == 0)
		negative = other(labels, positive);
	for (size_t i = 0; i < json_array_size(labels); i++)
		if (positive == 1.0 && negative == -1.0 &&
		    json_number_value(json_array_get(labels, i)) == 0.0)
			negative = 0.0;
	*sv_number_format(text[1], positive) = '\0';
	if (isnan(negative))
		return (sv_model_labels(m, text[1], NULL));
	*sv_number_format(text[0], negative) = '\0';
	return (sv_model_labels(m, text[1], text[0]));
}

/* What the problem has to say. */
static int
apply_problem(struct sv_model *m, const struct sv_problem *p, const char *name)
{
	const json_t *schema = json_object_get(p->json, "schema");
	char why[SV_WHY];

	if (p->d != m->d) {
		sv_warnx("%s: the model has %" PRIu64 " weights, and its"
		    " problem %" PRIu64 " features", name, m->d, p->d);
		return (-1);
	}
	unscale(m, p);
	if (schema != NULL &&
	    (m->schema = sv_schema_parse(schema, why)) == NULL) {
		sv_warnx("%s: problem frame: schema: %s", name, why);
		return (-1);
	}
	if (name_labels(m, p->json) == -1) {
		sv_warn("%s", name);
		return (-1);
	}
	return (0);
}

/* The text and the elements of the frame. */
static int
read_frame(struct sv_model *m, const struct sv_frame *f, const char *name)
{
	const json_t *intercept;
	const char *key;
	double *last;

	m->about = f->ntext > 0 ? sv_json_of(f) : json_object();
	if (m->about == NULL)
		return (-1);
	if ((key = fitted(m)) != NULL) {
		sv_warnx("%s: \"%s\" of the %s frame is not known here, or out"
		    " of bounds", name, key, sv_frame_type_name(f->type));
		return (-1);
	}
	intercept = json_object_get(m->about, "intercept");
	if (json_is_number(intercept))
		m->bias = json_number_value(intercept);
	/* In a global it is the last of the elements. */
	last = json_is_true(intercept) ? &m->bias : NULL;
	m->biased = json_is_number(intercept) || last != NULL;
	if (weights(m, f, last, name) == -1)
		return (-1);
	if (json_is_null(intercept) || !isfinite(m->bias)) {
		sv_warnx("%s: the intercept is no finite number", name);
		return (-1);
	}
	m->penalty = penalty(m);
	return (0);
}

int
sv_model_make(struct sv_model *m, const struct sv_model_source *s,
    const char *name)
{
	struct sv_problem p;
	int rc;

	memset(m, 0, sizeof(*m));
	if (!s->have) {
		if (s->by_round)
			sv_warnx("%s: no global of step %" PRIu32 " in it",
			    name, s->round);
		else
			sv_warnx("%s: no model in it", name);
		return (-1);
	}
	if ((rc = read_frame(m, &s->model, name)) == 0 && s->posed) {
		if ((rc = sv_problem_parse(&p, &s->problem)) == 0) {
			rc = apply_problem(m, &p, name);
			sv_problem_fini(&p);
		}
	} else if (rc == 0 && json_is_true(json_object_get(m->about,
	    "scale"))) {
		sv_warnx("%s: the model is of scaled rows, and without their"
		    " problem frame nothing tells how", name);
		rc = -1;
	} else if (rc == 0 && (rc = name_labels(m, NULL)) == -1)
		sv_warn("%s", name);
	for (uint64_t j = 0; j < m->d && rc == 0; j++)
		rc = isfinite(m->w[j]) && isfinite(m->bias) ? 0 : -2;
	if (rc == -2)
		sv_warnx("%s: in the units before scaling weights are beyond"
		    " any number", name);
	if (rc != 0)
		sv_model_fini(m);
	return (rc == 0 ? 0 : -1);
}

double
sv_model_sign(const struct sv_model *m, double y)
{

	if (isnan(y))
		return (y);
	if (y == m->label[1])
		return (1.0);
	if (m->negative == NULL || y == m->label[0])
		return (-1.0);
	if (m->label[1] == 1.0 && (m->label[0] == -1.0 || m->label[0] == 0.0))
		return (sv_loss_sign(y));
	return ((double)NAN);
}

double
sv_model_probability(double m)
{
	double e = exp(-fabs(m));

	return (m < 0.0 ? e / (1.0 + e) : 1.0 / (1.0 + e));
}

const char *
sv_model_feature(const struct sv_model *m, uint64_t j, char *buf, size_t len)
{

	return (m->schema != NULL ? sv_schema_feature(m->schema, j, buf, len) :
	    NULL);
}
