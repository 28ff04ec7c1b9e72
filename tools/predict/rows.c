#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "number.h"
#include "predict.h"
#include "utf8.h"

#define CHUNK ((uint64_t)1024)	/* rows at once */

/* A label for a line: blanks for what would end it, or a column. */
static char *
line_text(const char *label)
{
	size_t len = label != NULL ? strlen(label) : 0;
	char *text, *to, one[5];

	if (label == NULL)
		return (strdup("other"));
	/* U+FFFD for a byte is three. */
	if ((text = to = malloc(3 * len + 1)) == NULL)
		return (NULL);
	while (*label != '\0') {
		label += sv_utf8_next(label, one);
		to = stpcpy(to, one);
	}
	*to = '\0';
	return (text);
}

int
rows_begin(struct predict *p)
{
	const struct sv_model *m = &p->model;
	struct sv_metrics_options o = { .classes = m->classes,
	    .loss = m->loss, .param = m->param, .penalty = m->penalty,
	    .auc = !p->no_auc };

	memcpy(o.weight, m->weight, sizeof(o.weight));
	p->weighted = -1;
	if (m->classes && ((p->label[1] = line_text(m->positive)) == NULL ||
	    (p->label[0] = line_text(m->negative)) == NULL)) {
		sv_warn("labels");
		return (-1);
	}
	if (p->metrics && (p->sums = sv_metrics_new(&o)) == NULL) {
		sv_warn("metrics");
		return (-1);
	}
	return (0);
}

/* The margin of row ${i}, summed as LIBLINEAR does: the same bits. */
static double
margin(struct predict *p, const struct sv_model *m, const struct sv_csr *part,
    uint64_t i)
{
	double sum = 0.0;

	for (uint64_t l = part->start[i]; l < part->start[i + 1]; l++) {
		if (part->col[l] < m->d) {
			sum += m->w[part->col[l]] * part->val[l];
			continue;
		}
		p->beyond++;
		if (part->col[l] > p->largest)
			p->largest = part->col[l];
	}
	return (m->biased ? sum + m->bias : sum);
}

static int
flush(struct predict *p)
{
	size_t len = p->len;

	p->len = 0;
	if (fwrite(p->buf, 1, len, p->out) == len)
		return (0);
	sv_warn("%s", p->out_name);
	return (-1);
}

static int
put(struct predict *p, const char *text, size_t len)
{

	if (sizeof(p->buf) - p->len < len && flush(p) == -1)
		return (-1);
	if (len <= sizeof(p->buf)) {
		memcpy(p->buf + p->len, text, len);
		p->len += len;
	} else if (fwrite(text, 1, len, p->out) != len) {
		sv_warn("%s", p->out_name);
		return (-1);
	}
	return (0);
}

/* A number and the character after it; inf and -inf are written so. */
static int
put_number(struct predict *p, double x, char end)
{
	char text[SV_NUMBER_MAX + 1], *to;

	to = sv_number_format(text, x);
	*to++ = end;
	return (put(p, text, (size_t)(to - text)));
}

/* What is predicted: a label, or a number. */
static int
put_label(struct predict *p, double m, char end)
{
	const char *label;

	if (p->model.loss == &sv_loss_poisson)
		return (put_number(p, exp(m), end));
	if (!p->model.classes)
		return (put_number(p, m, end));
	label = p->label[m > 0.0];
	return (put(p, label, strlen(label)) == -1 ? -1 : put(p, &end, 1));
}

static int
put_row(struct predict *p, double m)
{

	switch (p->form) {
	case FORM_MARGIN:
		return (put_number(p, m, '\n'));
	case FORM_PROBABILITY:
		return (put_number(p, sv_model_probability(m), '\n'));
	case FORM_ALL:
		if (put_label(p, m, '\t') == -1 ||
		    (p->model.loss == &sv_loss_logistic &&
		    put_number(p, sv_model_probability(m), '\t') == -1))
			return (-1);
		return (put_number(p, m, '\n'));
	default:
		return (put_label(p, m, '\n'));
	}
}

/* The label of row ${i} as metrics want it; -1 after a message. */
static int
label_of(const struct predict *p, const struct sv_csr *part, uint64_t i,
    int loaded, const char *name, double *y)
{
	const struct sv_model *m = &p->model;
	double own = part->label[i];

	if (!m->classes) {
		*y = m->loss != NULL ? m->loss->label(own) :
		    sv_loss_number(own);
	} else
		*y = loaded != 0 ? loaded * sv_loss_sign(own) :
		    sv_model_sign(m, own);
	if (!isnan(*y))
		return (0);
	if (isnan(own) && m->negative != NULL)
		sv_warnx("%s: row %" PRIu64 " has no label, or another than %s"
		    " and %s, which --metrics needs", name, p->rows + 1,
		    m->positive, m->negative);
	else if (isnan(own))
		sv_warnx("%s: there are no labels, and --metrics needs them",
		    name);
	else if (!m->classes)
		sv_warnx("%s: label %.17g of row %" PRIu64 ": %s loss takes %s",
		    name, own, p->rows + 1, m->loss != NULL ? m->loss->name :
		    "its", m->loss != NULL ? m->loss->labels : "numbers");
	else
		sv_warnx("%s: label %.17g of row %" PRIu64 ": the model tells"
		    " %s from %s; --positive says which label is the former",
		    name, own, p->rows + 1, m->positive,
		    m->negative != NULL ? m->negative : "others");
	return (-1);
}

/* Do rows have weights, or do they not, in all files alike? */
static int
weights(struct predict *p, const struct sv_csr *part, const char *name)
{
	int weighted = part->weight != NULL;

	if (p->weighted == -1)
		p->weighted = weighted;
	if (p->weighted == weighted)
		return (0);
	sv_warnx("%s: its rows have %s, unlike those before", name,
	    weighted ? "weights" : "no weights");
	return (-1);
}

int
rows_take(struct predict *p, const struct sv_model *model,
    const struct sv_csr *part, int loaded, const char *name)
{
	double m[CHUNK], y[CHUNK];
	uint64_t n;

	if (p->sums != NULL && weights(p, part, name) == -1)
		return (-1);
	for (uint64_t i = 0; i < part->rows; i += n) {
		n = part->rows - i < CHUNK ? part->rows - i : CHUNK;
		for (uint64_t k = 0; k < n; k++) {
			m[k] = margin(p, model, part, i + k);
			if (isnan(m[k])) {
				sv_warnx("%s: row %" PRIu64 ": its margin is"
				    " inf - inf", name, p->rows + 1);
				return (-1);
			}
			if (p->out != NULL && put_row(p, m[k]) == -1)
				return (-1);
			if (p->sums != NULL && label_of(p, part, i + k, loaded,
			    name, &y[k]) == -1)
				return (-1);
			p->rows++;
		}
		if (p->sums != NULL && sv_metrics_add(p->sums, m, y,
		    part->weight != NULL ? part->weight + i : NULL, n) == -1) {
			sv_warn("metrics (--no-auc takes less memory)");
			return (-1);
		}
	}
	return (0);
}

int
rows_end(struct predict *p)
{

	if (p->out == NULL)
		return (0);
	/* That has been said. */
	if (ferror(p->out) || flush(p) == -1)
		return (-1);
	if (fflush(p->out) == 0)
		return (0);
	sv_warn("%s", p->out_name);
	return (-1);
}
