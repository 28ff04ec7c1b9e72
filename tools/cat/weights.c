#include "config.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cat.h"
#include "err.h"
#include "json.h"
#include "npy.h"
#include "number.h"

void
note_labels(struct cat *c, const struct sv_frame *f)
{
	json_t *o = NULL, *labels;

	if (f->ntext > 0)
		o = json_loadb(sv_frame_text(f), f->ntext, 0, NULL);
	labels = json_object_get(o, "labels");
	for (size_t i = 0; i < json_array_size(labels); i++) {
		const json_t *label = json_array_get(labels, i);

		if (json_is_number(label) && !(json_number_value(label) < 0) &&
		    !(json_number_value(label) > 0))
			c->negative = 0;
	}
	json_decref(o);
}

int
keep_weights(struct cat *c, struct sv_frame *f)
{

	if (c->by_round ? f->type != SV_GLOBAL || f->op != SV_OP_STEP ||
	    f->round != c->round : f->type != SV_MODEL)
		return (0);
	if (c->have)
		sv_frame_fini(&c->kept);
	c->kept = *f;
	c->have = 1;
	return (1);
}

/* The elements as doubles: the frame's own, or ${*copy} for the caller. */
static const double *
doubles(const struct sv_frame *f, double **copy)
{
	uint64_t n = sv_frame_nelem(f);

	*copy = NULL;
	if (f->elem == SV_F64)
		return (sv_frame_elems(f));
	if ((*copy = calloc(n + 1, sizeof(**copy))) == NULL)
		return (NULL);
	for (uint64_t i = 0; i < n; i++)
		(*copy)[i] = (double)((const float *)sv_frame_elems(f))[i];
	return (*copy);
}

/* LIBLINEAR's name for a model that predicts as ours does; NULL: it has none. */
static const char *
liblinear_type(const char *loss, int l1)
{

	if (strcmp(loss, "logistic") == 0)
		return (l1 ? "L1R_LR" : "L2R_LR");
	if (strcmp(loss, "squared_hinge") == 0)
		return (l1 ? "L1R_L2LOSS_SVC" : "L2R_L2LOSS_SVC");
	if (strcmp(loss, "squared") == 0 || strcmp(loss, "huber") == 0)
		return ("L2R_L2LOSS_SVR");
	return (NULL);
}

/*
 * LIBLINEAR's model file.  What it says of the fit is only what is needed to
 * predict: it knows fewer regularisers.
 */
static int
write_liblinear(struct cat *c, const double *w, uint64_t n)
{
	char number[SV_NUMBER_MAX + 1];
	const char *loss = "logistic", *type;
	double l1 = 1.0, l2 = 0.0, bias;
	json_t *o = NULL;
	int rc = -1, biased;

	if (c->kept.ntext > 0 && (o = sv_json_of(&c->kept)) == NULL)
		return (-1);
	(void)sv_json_string(o, "loss", &loss);
	(void)sv_json_double(o, "l1", &l1);
	(void)sv_json_double(o, "l2", &l2);
	biased = sv_json_double(o, "intercept", &bias) == 0;
	if (json_is_true(json_object_get(o, "intercept")) && n > 0) {
		biased = 1;	/* of a global: the last of its numbers */
		bias = w[--n];
	}
	type = liblinear_type(loss, l1 > 0.0 && !(l2 > 0.0));
	if (type == NULL) {
		sv_warnx("%s: LIBLINEAR has no model for the %.40s loss",
		    c->name, loss);
		goto done;
	}
	fprintf(c->out, "solver_type %s\nnr_class 2\n", type);
	if (strcmp(type, "L2R_L2LOSS_SVR") != 0)
		fprintf(c->out, "label 1 %d\n", c->negative);
	fprintf(c->out, "nr_feature %" PRIu64 "\nbias %d\nw\n", n,
	    biased ? 1 : -1);
	for (uint64_t i = 0; i < n + (uint64_t)biased; i++) {
		*sv_number_format(number, i < n ? w[i] : bias) = '\0';
		fprintf(c->out, "%s\n", number);
	}
	rc = 0;
done:
	json_decref(o);
	return (rc);
}

int
write_weights(struct cat *c)
{
	const double *w;
	double *copy;
	uint64_t n;
	int rc;

	if (!c->have) {
		if (c->by_round)
			sv_warnx("%s: no global of step %" PRIu32 " in it",
			    c->name, c->round);
		else
			sv_warnx("%s: no model in it", c->name);
		return (-1);
	}
	if (c->kept.elem == SV_BYTES) {
		sv_warnx("%s: the %s frame holds no numbers", c->name,
		    sv_frame_type_name(c->kept.type));
		return (-1);
	}
	n = sv_frame_nelem(&c->kept);
	if ((w = doubles(&c->kept, &copy)) == NULL && n > 0) {
		sv_warn("%s", c->name);
		return (-1);
	}
	if (c->format == FORMAT_LIBLINEAR)
		rc = write_liblinear(c, w, n);
	else if ((rc = sv_npy_write(c->out, w, n)) == -1)
		sv_warn("%s", c->out_name);
	free(copy);
	return (rc);
}
