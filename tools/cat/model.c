#include "config.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cat.h"
#include "err.h"
#include "json.h"
#include "jsonout.h"
#include "liblinear.h"
#include "npy.h"
#include "number.h"

#define NAME 40u	/* room for the name of a feature that has no column */

/* Names of all features; null for those that the problem names not. */
static json_t *
json_names(const struct sv_model *m)
{
	json_t *a = json_array();
	const char *name;
	char buf[NAME];

	for (uint64_t j = 0; j < m->d; j++) {
		/* It is UTF-8, or the schema would not have taken it. */
		name = sv_model_feature(m, j, buf, sizeof(buf));
		if (json_array_append_new(a, name != NULL ?
		    json_string(name) : json_null()) == -1) {
			json_decref(a);
			return (NULL);
		}
	}
	return (a);
}

static json_t *
json_weights(const struct sv_model *m)
{
	json_t *a = json_array();

	for (uint64_t j = 0; j < m->d; j++) {
		if (json_array_append_new(a, json_real(m->w[j])) == -1) {
			json_decref(a);
			return (NULL);
		}
	}
	return (a);
}

/* What the frame says of the fit, but for what is said otherwise. */
static int
json_about(json_t *o, const struct sv_model *m)
{
	static const char * const members[] = {
		"param", "status", "objective", "optimality", "gap", "rows",
		"l1", "l2", "group", "group_size", "groups", "box", "nonneg"
	};
	json_t *value;
	int bad = 0;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if ((value = json_object_get(m->about, members[i])) != NULL)
			bad |= json_object_set(o, members[i], value);
	return (bad);
}

static json_t *
json_model(const struct sv_model *m)
{
	json_t *o = json_object();
	uint64_t nonzero = 0;
	char buf[NAME];
	int bad = o == NULL;

	for (uint64_t j = 0; j < m->d; j++)
		nonzero += m->w[j] != 0.0;
	bad |= json_object_set_new(o, "loss", json_string(m->loss->name));
	if (m->classes) {
		bad |= json_object_set_new(o, "positive",
		    json_string(m->positive));
		bad |= json_object_set_new(o, "negative", m->negative != NULL ?
		    json_string(m->negative) : json_null());
	}
	bad |= json_about(o, m);
	bad |= json_object_set_new(o, "features",
	    json_integer((json_int_t)m->d));
	bad |= json_object_set_new(o, "nonzero",
	    json_integer((json_int_t)nonzero));
	bad |= json_object_set_new(o, "intercept", m->biased ?
	    json_real(m->bias) : json_null());
	bad |= json_object_set_new(o, "weights", json_weights(m));
	if (m->d > 0 && sv_model_feature(m, 0, buf, sizeof(buf)) != NULL)
		bad |= json_object_set_new(o, "names", json_names(m));
	if (!bad)
		return (o);
	json_decref(o);
	return (NULL);
}

static int
write_json_model(struct cat *c, const struct sv_model *m)
{
	json_t *o = json_model(m);

	if (o == NULL) {
		sv_warnx("%s: out of memory", c->name);
		return (-1);
	}
	if (sv_jsonout_write(c->out, o) != -1)
		fputc('\n', c->out);
	json_decref(o);
	return (0);
}

static void
tsv_line(FILE *f, uint64_t index, const char *name, double x)
{
	char number[SV_NUMBER_MAX + 1];

	fprintf(f, "%" PRIu64 "\t", index);
	for (; name != NULL && *name != '\0'; name++)
		fputc((unsigned char)*name < ' ' ? ' ' : *name, f);
	*sv_number_format(number, x) = '\0';
	fprintf(f, "\t%s\n", number);
}

static void
write_tsv_model(FILE *f, const struct sv_model *m)
{
	char buf[NAME];

	fputs("index\tname\tweight\n", f);
	if (m->biased)
		tsv_line(f, 0, "(intercept)", m->bias);
	for (uint64_t j = 0; j < m->d; j++)
		tsv_line(f, j + 1, sv_model_feature(m, j, buf, sizeof(buf)),
		    m->w[j]);
}

/* The weights and, where there is one, the intercept behind them. */
static int
write_npy_model(struct cat *c, const struct sv_model *m)
{
	double *x = malloc((m->d + 1) * sizeof(*x));

	if (x == NULL) {
		sv_warn("%s", c->name);
		return (-1);
	}
	memcpy(x, m->w, m->d * sizeof(*x));
	x[m->d] = m->bias;
	/* What could not be written the caller sees in the stream. */
	(void)sv_npy_write(c->out, x, m->d + (uint64_t)m->biased);
	free(x);
	return (0);
}

int
write_model(struct cat *c)
{
	struct sv_model m;
	int rc = 0;

	if (sv_model_make(&m, &c->source, c->name) == -1)
		return (-1);
	if (c->format == FORMAT_LIBLINEAR)
		rc = sv_liblinear_write(c->out, &m, c->name);
	else if (c->format == FORMAT_NPY)
		rc = write_npy_model(c, &m);
	else if (c->format == FORMAT_TSV)
		write_tsv_model(c->out, &m);
	else
		rc = write_json_model(c, &m);
	if (rc == 0 && (fflush(c->out) != 0 || ferror(c->out))) {
		sv_warn("%s", c->out_name);
		rc = -1;
	}
	sv_model_fini(&m);
	return (rc);
}
