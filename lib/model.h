#ifndef SV_MODEL_H
#define SV_MODEL_H

#include <jansson.h>
#include <stdint.h>

#include "frame.h"
#include "loss.h"
#include "problem.h"
#include "schema.h"

/*
 * A linear model as people use it, in the units of their data: the margin of a
 * row a is m = sum w_j a_j + bias.  A model of two classes predicts the first
 * label where m > 0, otherwise the second; others predict m, or with the Poisson
 * loss exp(m).
 *
 * What was fitted is x and b, and of rows that may have been scaled
 * (problem.h): a'_j = (a_j - shift_j) factor_j.  So
 *
 *	w_j = x_j factor_j	bias = b - sum x_j factor_j shift_j
 *
 * and there is a bias without an intercept, too, where there are shifts.
 */

struct sv_model {
	uint64_t d;	/* features */
	double *w;	/* d, finite */
	double bias;	/* 0 where there is none */
	int biased;
	int classes;	/* predicts labels; 0: numbers */
	const struct sv_loss *loss;	/* what was fitted; NULL: none of ours */
	double param;	/* of the loss */
	double weight[2];	/* of rows with a negative, a positive label */
	double penalty;	/* value of the regulariser at x; NAN: not known */
	char *positive;	/* first label, as the user writes it */
	char *negative;	/* second; NULL: whatever is not the first */
	double label[2];	/* second and first as numbers; NAN: they are none */
	json_t *about;	/* text of the frame, an object; NULL: there is none */
	struct sv_schema *schema;	/* of the problem, or NULL */
};

/* What a stream of frames has shown so far of the model asked for. */
struct sv_model_source {
	int by_round;	/* z of a step, not the model */
	uint32_t round;
	int have;	/* the model, or global */
	struct sv_frame model;
	int posed;	/* the problem that it is of */
	struct sv_frame problem;
	int next;	/* a problem that has no model yet */
	struct sv_frame later;
};

/**
 * sv_model_take(s, f):
 * Keep the frame, whose payload becomes that of ${s}, if it may be of use:
 * models, or where s->by_round is set globals of step s->round, of which the
 * last counts; and problems.  ${s} begins as all zero but for these two
 * members.  Return 1 if so, else 0.
 */
int sv_model_take(struct sv_model_source *s, struct sv_frame *f);

/**
 * sv_model_make(m, s, name):
 * Make ${m} of what was taken; sv_model_fini() frees it.  Return 0, or -1 after
 * a line on stderr that calls the stream ${name}: there is no model, it makes no
 * sense, it does not fit its problem, or its rows were scaled and nothing tells
 * how.  Without a problem labels are 1 and -1.
 */
int sv_model_make(struct sv_model *m, const struct sv_model_source *s,
    const char *name);

/**
 * sv_model_drop(s):
 * Free what was taken.
 */
void sv_model_drop(struct sv_model_source *s);

/**
 * sv_model_fini(m):
 * Free what ${m} holds.
 */
void sv_model_fini(struct sv_model *m);

/**
 * sv_model_labels(m, positive, negative):
 * Set the labels to copies of these; ${negative} may be NULL.  Return 0, or -1
 * with errno set.
 */
int sv_model_labels(struct sv_model *m, const char *positive,
    const char *negative);

/**
 * sv_model_scaled(m, p):
 * Turn ${m} into the model of rows of ${p} as they lie in files and memory, if
 * they are scaled: w_j / factor_j, bias + sum w_j shift_j.  Features beyond
 * those of ${p} stay.
 */
void sv_model_scaled(struct sv_model *m, const struct sv_problem *p);

/**
 * sv_model_sign(m, y):
 * 1 where ${y}, a label as a number in the user's data, is the first label, -1
 * where it is the second, NaN where it is neither.  -1 and 0 are the same second
 * label beside a first one that is 1, as for losses.
 */
double sv_model_sign(const struct sv_model *m, double y);

/**
 * sv_model_probability(m):
 * 1 / (1 + exp(-${m})), without overflow.
 */
double sv_model_probability(double m);

/**
 * sv_model_feature(m, j, buf, len):
 * The name of feature ${j}, from 0, if the problem gives it one, or NULL; ${buf}
 * as in sv_schema_feature().
 */
const char *sv_model_feature(const struct sv_model *m, uint64_t j, char *buf,
    size_t len);

#endif /* !SV_MODEL_H */
