#include "config.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "err.h"
#include "human.h"
#include "json.h"
#include "jsonout.h"
#include "number.h"
#include "predict.h"
#include "table.h"

/* One figure: its name in JSON and TSV, and what it is. */
struct figure {
	const char *key;
	const char *title;	/* for a person */
	double value;
	int count;	/* of rows, or the sum of their weights */
};

#define MOST 20u	/* figures at most */

/* Those of classes, those of numbers, and what all have. */
static size_t
list(const struct predict *p, const struct sv_metrics_values *v,
    struct figure f[MOST])
{
	const struct figure classes[] = {
		{ "accuracy", "accuracy", v->accuracy, 0 },
		{ "log_loss", "log-loss", v->logloss, 0 },
		{ "auc", "AUC", v->auc, 0 },
		{ "precision", "precision", v->precision, 0 },
		{ "recall", "recall", v->recall, 0 },
		{ "f1", "F1", v->f1, 0 },
		{ "tp", "true positives", v->tp, 1 },
		{ "fp", "false positives", v->fp, 1 },
		{ "tn", "true negatives", v->tn, 1 },
		{ "fn", "false negatives", v->fn, 1 }
	};
	const struct figure numbers[] = {
		{ "mse", "mean squared error", v->mse, 0 },
		{ "mae", "mean absolute error", v->mae, 0 },
		{ "r2", "R^2", v->r2, 0 }
	};
	const struct figure sums[] = {
		{ "loss", "sum of losses", v->loss, 0 },
		{ "regulariser", "regulariser", v->penalty, 0 },
		{ "objective", "objective", v->objective, 0 }
	};
	size_t n = 0;

	f[n++] = (struct figure){ "rows", "rows", (double)v->rows, 1 };
	if (p->weighted == 1)
		f[n++] = (struct figure){ "weight", "sum of weights",
		    v->weight, 1 };
	if (p->model.classes) {
		memcpy(f + n, classes, sizeof(classes));
		n += sizeof(classes) / sizeof(classes[0]);
	} else {
		memcpy(f + n, numbers, sizeof(numbers));
		n += sizeof(numbers) / sizeof(numbers[0]);
	}
	memcpy(f + n, sums, sizeof(sums));
	return (n + sizeof(sums) / sizeof(sums[0]));
}

/* A count is whole unless rows have weights. */
static int
is_whole(const struct figure *f)
{

	return (f->count && f->value < 0x1p53 && f->value == floor(f->value));
}

static int
print_text(FILE *out, const struct figure *f, size_t n)
{
	static const struct sv_column columns[] = {
		{ "metric", NULL, SV_COL_TEXT, 0 },
		{ "value", NULL, SV_COL_TEXT, 0 }
	};
	struct sv_table *t = sv_table_new(columns, 2);
	char text[SV_HUMAN];

	if (t == NULL)
		return (-1);
	for (size_t i = 0; i < n; i++) {
		sv_table_string(t, f[i].title);
		if (is_whole(&f[i]))
			sv_human_count(text, f[i].value);
		else if (isnan(f[i].value))
			strcpy(text, "-");
		else
			snprintf(text, sizeof(text), "%.10g", f[i].value);
		sv_table_string(t, text);
	}
	n = (size_t)sv_table_failed(t);
	if (n == 0)
		sv_table_text(t, out, NULL, 0);
	sv_table_free(t);
	return (n == 0 ? 0 : -1);
}

static void
print_tsv(FILE *out, const struct figure *f, size_t n)
{
	char text[SV_NUMBER_MAX + 1];

	fputs("metric\tvalue\n", out);
	for (size_t i = 0; i < n; i++) {
		if (isnan(f[i].value))
			strcpy(text, "nan");
		else
			*sv_number_format(text, f[i].value) = '\0';
		fprintf(out, "%s\t%s\n", f[i].key, text);
	}
}

static int
print_json(FILE *out, const struct sv_model *m, const struct figure *f,
    size_t n)
{
	json_t *o = json_object();
	int bad = o == NULL;

	if (m->classes) {
		bad |= json_object_set_new(o, "positive",
		    json_string(m->positive));
		bad |= json_object_set_new(o, "negative", m->negative != NULL ?
		    json_string(m->negative) : json_null());
	}
	for (size_t i = 0; i < n; i++)
		bad |= json_object_set_new(o, f[i].key, is_whole(&f[i]) ?
		    json_integer((json_int_t)f[i].value) :
		    sv_json_real(f[i].value));
	if (bad == 0 && sv_jsonout_write(out, o) != -1)
		fputc('\n', out);
	json_decref(o);
	return (bad == 0 ? 0 : -1);
}

/* Why there is no AUC, if there should be one. */
static void
remark(const struct predict *p, const struct sv_metrics_values *v)
{

	if (!p->model.classes || p->no_auc || !isnan(v->auc) || p->quiet)
		return;
	if (v->tp + v->fn > 0.0)
		sv_warnx("AUC is not defined: all rows have the label %s",
		    p->model.positive);
	else
		sv_warnx("AUC is not defined: no row has the label %s",
		    p->model.positive);
}

int
report(struct predict *p, FILE *out)
{
	struct sv_metrics_values v;
	struct figure f[MOST];
	size_t n;
	int rc = 0;

	sv_metrics_get(p->sums, &v);
	n = list(p, &v, f);
	if (p->report == REPORT_TEXT)
		rc = print_text(out, f, n);
	else if (p->report == REPORT_JSON)
		rc = print_json(out, &p->model, f, n);
	else
		print_tsv(out, f, n);
	if (rc == -1)
		sv_warnx("metrics: out of memory");
	remark(p, &v);
	return (rc);
}
