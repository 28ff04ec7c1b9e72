#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "figurebed.h"
#include "json.h"

#define T0 ((int64_t)1700000000 * 1000000000)	/* the hub's 0 */

void
bed_near(double value, double expect)
{

	if (!(fabs(value - expect) <= 1e-6 * fmax(1, fabs(expect))))
		fail_msg("%.9g, expected %.9g", value, expect);
}

static void
give(struct sv_run *run, struct sv_frame *f, double at)
{

	f->job = 1;
	f->time = T0 + (int64_t)llround(at * 1e9);
	assert_int_equal(sv_run_frame(run, f), 0);
	sv_frame_fini(f);
}

static void
give_text(struct sv_run *run, enum sv_type type, json_t *o, uint32_t shard,
    uint32_t round, double at)
{
	struct sv_frame f;

	assert_non_null(o);
	assert_int_equal(sv_json_frame(&f, type, o), 0);
	f.shard = shard;
	f.generation = shard == SV_FRAME_NOSHARD ? 0 : 1;
	f.round = round;
	give(run, &f, at);
}

static void
give_begin(struct sv_run *run, const struct bed *b)
{

	give_text(run, SV_PROBLEM, json_pack("{s:I, s:i}", "n",
	    (json_int_t)(b->n > 0 ? b->n : 1000), "d", 10), SV_FRAME_NOSHARD,
	    0, 0);
	if (b->W > 0 && !b->alone)
		give_text(run, SV_JOB, json_pack("{s:i, s:s}", "workers",
		    (int)b->W, "how", b->functions ? "lambda" : "exec"),
		    SV_FRAME_NOSHARD, 0, 0);
}

static void
give_starts(struct sv_run *run, const struct bed *b)
{

	for (uint32_t i = 0; i < b->W && b->start > 0; i++)
		give_text(run, SV_SPAWN, json_pack("{s:s}", "event", "request"),
		    i, 0, 0);
	for (uint32_t i = 0; i < b->W && b->start > 0; i++) {
		json_t *o = json_pack("{s:f, s:I}", "load_s", 0.1, "start_ns",
		    (json_int_t)T0 + 50000000);

		if (b->functions)
			json_object_update_new(o, json_pack("{s:i, s:f, s:I}",
			    "memory_mb", 1024, "init_s", 0.03, "event_ns",
			    (json_int_t)T0 + 100000000));
		give_text(run, SV_HELLO, o, i, 0, b->start + b->start_worker *
		    i);
	}
}

static void
give_exits(struct sv_run *run, const struct bed *b)
{

	for (uint32_t i = 0; i < b->W && b->functions; i++) {
		json_t *o = json_pack("{s:s, s:i}", "event", "exit", "http",
		    200);

		if (!b->no_report)
			json_object_update_new(o, json_pack("{s:f, s:i}",
			    "billed_s", 10.0 + i, "memory_mb", 1024));
		give_text(run, SV_SPAWN, o, i, 0, 10.0 + i);
	}
}

/* One round that begins at ${*base}. */
static void
give_round(struct sv_run *run, const struct bed *b, uint32_t k, uint32_t seq,
    double *base)
{
	struct sv_frame f;
	double *ts, *rows, last = 0;

	assert_int_equal(sv_frame_make(&f, SV_TIMING, NULL, SV_TS_N, SV_F64,
	    (uint64_t)b->W * SV_TM_N), 0);
	f.op = SV_OP_STEP;
	f.round = k;
	f.seq = seq;
	rows = sv_frame_elems(&f);
	for (uint32_t i = 0; i < b->W; i++) {
		double *row = rows + (size_t)i * SV_TM_N;
		uint32_t who = b->rotate ? (i + k) % b->W : i;
		double comp = b->comp + b->comp_worker * who + b->comp_round *
		    (k - 1);

		if (b->outlier > 0 && i == 0 && k == 2)
			comp = b->outlier;

		row[SV_TM_SENT] = *base + 0.001 * i;
		row[SV_TM_RECEIVED] = row[SV_TM_SENT] + comp + 0.004;
		row[SV_TM_TAKEN] = row[SV_TM_RECEIVED] + 0.002;
		row[SV_TM_SUMMED] = row[SV_TM_TAKEN] + 0.001;
		row[SV_TM_COMP] = comp;
		row[SV_TM_IDLE] = k == 1 ? NAN : b->idle + b->idle_worker * i;
		row[SV_TM_CPU] = comp / 2;
		row[SV_TM_GENERATION] = 1;
		last = fmax(last, row[SV_TM_SUMMED]);
		for (int c = 0; c < SV_TM_N && b->unknown; c++)
			row[c] = NAN;
	}
	ts = sv_frame_scalars(&f);
	ts[SV_TS_SENT] = *base;
	ts[SV_TS_ALLSENT] = *base + 0.001 * (b->W - 1);
	ts[SV_TS_LASTIN] = last + 0.003;
	ts[SV_TS_ANSWER] = *base = last + 0.013;
	give(run, &f, *base);
}

struct sv_run *
bed_run(struct table_of_runs *t, const struct bed *b, size_t set,
    const char *label)
{
	struct sv_run *run = &t->run[t->n];
	double base = 1;
	uint32_t seq = 0;

	assert_true(t->n < BED_RUNS);
	t->s[t->n].run = run;
	t->s[t->n].set = set;
	t->s[t->n].label = label;
	t->s[t->n++].o = &t->o;
	sv_run_init(run, "made");
	give_begin(run, b);
	if (!b->alone)
		give_starts(run, b);
	for (uint32_t m = 0; m < (b->masters > 0 ? b->masters : 1); m++) {
		for (uint32_t k = 1; k <= b->rounds; k++)
			if (b->W > 0 && !b->alone)
				give_round(run, b, k, ++seq, &base);
		if (!b->no_model && b->rounds > 0)
			give_text(run, SV_MODEL, json_pack("{s:s, s:s, s:i}",
			    "loss", "logistic", "status", b->limit ? "limit" :
			    "converged", "workers", (int)b->W),
			    SV_FRAME_NOSHARD, b->rounds, base);
	}
	if (!b->alone) {
		give_exits(run, b);
		give_text(run, SV_END, json_pack("{s:i}", "status",
		    b->limit ? 3 : 0),
		    SV_FRAME_NOSHARD, 0, b->functions ? 20 : base + 0.5);
	}
	return (run);
}

void
bed_trace(struct sv_run *run, int own, uint32_t round, int n, ...)
{
	struct sv_frame f;
	va_list ap;

	assert_int_equal(sv_frame_make(&f, SV_TRACE, NULL, SV_TR_N, SV_F64, 0),
	    0);
	f.op = own ? SV_OP_STEP : SV_OP_GRAD;
	f.round = round;
	for (int i = 0; i < SV_TR_N; i++)
		sv_frame_scalars(&f)[i] = NAN;
	va_start(ap, n);
	for (int i = 0; i < n; i++) {
		int column = va_arg(ap, int);

		sv_frame_scalars(&f)[column] = va_arg(ap, double);
	}
	va_end(ap);
	give(run, &f, 2);
}

void
bed_model(struct sv_run *run, uint32_t round)
{

	give_text(run, SV_MODEL, json_pack("{s:s}", "loss", "logistic"),
	    SV_FRAME_NOSHARD, round, 2);
}

void
bed_measure(struct table_of_runs *t)
{
	static struct sv_price price;

	assert_int_equal(sv_price_builtin(&price), 0);
	for (size_t i = 0; i < t->n; i++) {
		t->s[i].price = &price;
		assert_int_equal(sv_measure_summary(&t->run[i], &t->s[i].sum),
		    0);
	}
}

void
bed_fini(struct table_of_runs *t)
{

	for (size_t i = 0; i < t->n; i++)
		sv_run_fini(&t->run[i]);
	memset(t, 0, sizeof(*t));
}

/* Each line ends with a stop, and has no number that is none. */
static void
check_sentence(const char *s)
{

	assert_non_null(s);
	assert_true(strlen(s) > 1);
	assert_true(s[strlen(s) - 1] == '.');
	for (const char *p = s; (p = strchr(p, '\n')) != NULL; p++)
		assert_true(p[-1] == '.' && p[1] > ' ');
	assert_null(strstr(s, "nan"));
	assert_null(strstr(s, "inf "));
	assert_null(strstr(s, "  "));
	assert_null(strstr(s, " - "));
	assert_null(strstr(s, " 1 workers"));
	assert_null(strstr(s, " 1 rounds"));
}

static void
check_series(const struct panel *p, const struct series *s)
{

	assert_true(s->n > 0);
	assert_true(s->colour >= 0 && s->colour < COLOUR_N);
	for (size_t i = 0; i < s->n; i++) {
		assert_true(isfinite(s->x[i]) && isfinite(s->y[i]));
		assert_true(isfinite(s->lo[i]) && isfinite(s->hi[i]));
		assert_true(p->x.scale == SCALE_LINEAR || s->x[i] > 0);
		assert_true(p->y.scale == SCALE_LINEAR || s->y[i] > 0);
		if (s->mark == MARK_RANGE)
			assert_true(s->lo[i] <= s->y[i] &&
			    s->y[i] <= s->hi[i]);
		if (s->mark == MARK_BARS)
			assert_true(s->lo[i] > 0);
		if (s->mark == MARK_SPANS)
			assert_true(s->hi[i] > s->x[i] && s->y[i] >= 0 &&
			    s->y[i] < (double)p->nlane);
		if (i > 0 && s->mark != MARK_SPANS && s->mark != MARK_POINTS)
			assert_true(s->x[i] >= s->x[i - 1]);
	}
}

struct figure *
bed_figure(struct table_of_runs *t, enum figure_id id)
{
	struct figure *f;

	assert_non_null(f = figure_make(id, t->s, t->n));
	assert_int_equal(f->id, id);
	assert_string_equal(f->name, figure_name(id));
	check_sentence(f->sentence);
	assert_true(f->npanel > 0);
	for (size_t i = 0; i < f->npanel; i++) {
		const struct panel *p = &f->panel[i];

		assert_non_null(p->title);
		assert_true(panel_points(p) <= PANEL_POINTS);
		assert_true((p->empty != NULL) || p->nseries > 0);
		if (p->empty != NULL)
			check_sentence(p->empty);
		else
			assert_true(p->x.label[0] != '\0' &&
			    p->y.label[0] != '\0');
		for (size_t k = 0; k < p->nseries; k++)
			check_series(p, &p->series[k]);
	}
	return (f);
}

const struct series *
bed_series(const struct panel *p, const char *label)
{

	for (size_t i = 0; i < p->nseries; i++) {
		const char *is = p->series[i].label;

		if (label == NULL ? is == NULL :
		    is != NULL && strcmp(is, label) == 0)
			return (&p->series[i]);
	}
	fail_msg("%s: no series %s", p->title, label);
	return (NULL);
}

void
bed_point(const struct series *s, size_t i, double x, double y)
{

	assert_true(i < s->n);
	bed_near(s->x[i], x);
	bed_near(s->y[i], y);
}

void
bed_span(const struct series *s, size_t i, double lane, double from, double to)
{

	assert_true(i < s->n);
	assert_int_equal(s->mark, MARK_SPANS);
	bed_near(s->y[i], lane);
	bed_near(s->x[i], from);
	bed_near(s->hi[i], to);
}
