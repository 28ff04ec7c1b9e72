#include "config.h"

#include <math.h>
#include <string.h>

#include "human.h"
#include "json.h"
#include "stats.h"
#include "utf8.h"

#define WORD 48u	/* columns of a word of the stream, or the first of it */

double
summary_number(const struct sv_run *run, const char *key)
{
	uint64_t v;

	return (sv_json_u64(run->problem, key, 0, INT64_MAX, &v) == 0 ?
	    (double)v : NAN);
}

double
summary_nonzeros(const struct sv_run *run)
{
	double nnz = summary_number(run, "nnz");

	return (!isnan(nnz) ? nnz :
	    summary_number(run, "n") * summary_number(run, "k"));
}

void
summary_problem(FILE *f, const struct sv_run *run)
{
	char buf[SV_HUMAN];
	const char *kind, *scale;
	json_t *shards, *ranges;
	double n;

	if (run->problem == NULL)
		return;
	summary_label(f, "problem");
	n = summary_number(run, "n");
	fprintf(f, "%s rows, ", isnan(n) ? "uncounted" :
	    sv_human_count(buf, n));
	fprintf(f, "%s features", sv_human_count(buf, summary_number(run, "d")));
	if (!isnan(summary_nonzeros(run)))
		fprintf(f, ", %s non-zeros",
		    sv_human_count(buf, summary_nonzeros(run)));
	shards = json_object_get(run->problem, "shards");
	ranges = json_object_get(run->problem, "ranges");
	if (json_is_array(shards))
		fprintf(f, " in %zu files", json_array_size(shards));
	else if (json_is_array(ranges))
		fprintf(f, " in %zu ranges", json_array_size(ranges));
	else if (sv_json_string(run->problem, "kind", &kind) == 0 &&
	    strcmp(kind, "recipe") == 0)
		fprintf(f, "\n  %-11s synthetic: p %g, seed %.0f", "",
		    json_number_value(json_object_get(run->problem, "p")),
		    summary_number(run, "seed"));
	if (sv_json_string(run->problem, "scale", &scale) == 0) {
		fputs(", scaled: ", f);
		sv_utf8_print(f, scale, WORD);
	}
	fputc('\n', f);
}

/* The regulariser, from what the model's text says of it. */
static void
print_regulariser(FILE *f, const json_t *text)
{
	static const char * const weight[] = { "l1", "l2", "group" };
	const json_t *box = json_object_get(text, "box");
	double v;

	for (size_t i = 0; i < sizeof(weight) / sizeof(weight[0]); i++)
		if (sv_json_double(text, weight[i], &v) == 0 && v > 0.0)
			fprintf(f, ", %s %g", weight[i], v);
	if (json_is_true(json_object_get(text, "nonneg")))
		fputs(", non-negative", f);
	if (json_array_size(box) == 2)
		fprintf(f, ", from %g to %g",
		    json_is_number(json_array_get(box, 0)) ?
		    json_number_value(json_array_get(box, 0)) : -INFINITY,
		    json_is_number(json_array_get(box, 1)) ?
		    json_number_value(json_array_get(box, 1)) : INFINITY);
	if (sv_json_double(text, "intercept", &v) == 0)
		fprintf(f, ", intercept %.6g", v);
}

void
summary_model(FILE *f, const struct stats *s)
{
	const struct sv_summary *m = &s->sum;
	const json_t *text;
	const char *loss = "unknown";
	char buf[SV_HUMAN];

	if (s->run->nmodel > 0) {
		text = s->run->model[s->run->nmodel - 1].text;
		summary_label(f, "model");
		(void)sv_json_string(text, "loss", &loss);
		sv_utf8_print(f, loss, WORD);
		fputs(" loss", f);
		print_regulariser(f, text);
		if (!isnan(m->nonzero))
			fprintf(f, "; %s non-zero weights",
			    sv_human_count(buf, m->nonzero));
		if (s->run->nmodel > 1)
			fprintf(f, " (the last of %zu models)", s->run->nmodel);
		fputc('\n', f);
	}
	if (!isnan(m->objective)) {
		summary_label(f, "objective");
		fprintf(f, "%.10g", m->objective);
		if (!isnan(m->gap))
			fprintf(f, ", at most %.2g above the minimum", m->gap);
		fputc('\n', f);
	}
	if (!isnan(m->optimality)) {
		summary_label(f, "optimality");
		fprintf(f, "%.3g, relative to zero weights\n", m->optimality);
	}
	if (!isnan(m->primal) || !isnan(m->dual)) {
		summary_label(f, "residuals");
		fprintf(f, "primal %.3g, dual %.3g, rho %.3g\n", m->primal,
		    m->dual, m->rho);
	}
}
