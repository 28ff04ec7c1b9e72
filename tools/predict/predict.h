#ifndef PREDICT_H
#define PREDICT_H

#include <stdint.h>
#include <stdio.h>

#include "csr.h"
#include "metrics.h"
#include "model.h"
#include "text.h"

/*
 * sv-predict: a model (source.c), rows from each file in turn (data.c), what is
 * predicted of each (rows.c), and how well that fits (report.c).  Each says on
 * stderr what is wrong.
 */

enum form { FORM_LABEL, FORM_PROBABILITY, FORM_MARGIN, FORM_ALL, FORM_N };

enum report { REPORT_TEXT, REPORT_JSON, REPORT_TSV };

#define BUFFER ((size_t)1 << 16)	/* bytes of predictions at once */

struct predict {
	/* What was asked for. */
	enum form form;
	enum report report;
	int metrics;
	int no_auc;
	int as_loaded;	/* labels are 1 and -1, features are LIBSVM's */
	int quiet, verbose;
	struct sv_text_options text;
	int described;	/* options say how features are made of text */

	struct sv_model model;
	json_t *schema;	/* how the model's rows were made of text, or NULL */
	struct sv_metrics *sums;	/* NULL: no metrics */

	/* Predictions; NULL: not asked for. */
	FILE *out;
	const char *out_name;
	char *label[2];	/* texts of the second and of the first label */
	size_t len;	/* bytes in buf */
	char buf[BUFFER];

	/* What has been seen. */
	uint64_t rows;
	int weighted;	/* rows have weights: 1, 0, or -1 not known yet */
	uint64_t beyond;	/* elements of features that the model has not */
	uint64_t largest;	/* of these */
};

/**
 * source_read(p, name, round):
 * Read the model from the file ${name}, "-" being standard input: the last one
 * of a stream of frames, or where ${round} is not 0 what was sent for that step;
 * or a model file of LIBLINEAR.  Return 0 or -1.
 */
int source_read(struct predict *p, const char *name, uint32_t round);

/**
 * data_read(p, name):
 * Predict the rows of the file ${name}, text or the problem of a stream of
 * frames; "-" is standard input.  Return 0 or -1.
 */
int data_read(struct predict *p, const char *name);

/**
 * rows_begin(p):
 * There is a model: make ready.  Return 0 or -1.
 */
int rows_begin(struct predict *p);

/**
 * rows_take(p, m, part, loaded, name):
 * Predict the rows of ${part} by ${m}, which is p->model as these rows need it.
 * ${loaded}: labels are 1 and -1 already, of the first and the second label, or
 * the other way round if it is -1.  Return 0 or -1.
 */
int rows_take(struct predict *p, const struct sv_model *m,
    const struct sv_csr *part, int loaded, const char *name);

/**
 * rows_end(p):
 * Write what has not been written yet.  Return 0 or -1.
 */
int rows_end(struct predict *p);

/**
 * report(p, f):
 * Print the metrics on ${f}.  Return 0 or -1.
 */
int report(struct predict *p, FILE *f);

#endif /* !PREDICT_H */
