#include "config.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cat.h"
#include "err.h"
#include "json.h"
#include "jsonout.h"
#include "state.h"

#define HEAD 8u	/* elements shown of a vector */

static const char * const global_names[SV_GL_N] = {
	[SV_GL_RHO] = "rho", [SV_GL_RATIO] = "ratio", [SV_GL_ALPHA] = "alpha",
	[SV_GL_EPS] = "eps"
};

static const char * const step_names[SV_UP_STEP_N] = {
	[SV_UP_COMP] = "comp", [SV_UP_IDLE] = "idle", [SV_UP_CPU] = "cpu",
	[SV_UP_FRESH] = "fresh", [SV_UP_XX] = "xx", [SV_UP_DD] = "dd",
	[SV_UP_UU] = "uu", [SV_UP_FX] = "fx", [SV_UP_INNER] = "inner",
	[SV_UP_PASSES] = "passes", [SV_UP_CAPPED] = "capped",
	[SV_UP_DX] = "dx", [SV_UP_DY] = "dy"
};

static const char * const grad_names[SV_UP_GRAD_N] = {
	[SV_UP_COMP] = "comp", [SV_UP_IDLE] = "idle", [SV_UP_CPU] = "cpu",
	[SV_UP_FRESH] = "fresh", [SV_UP_FZ] = "fz", [SV_UP_ROWS] = "rows",
	[SV_UP_POS] = "pos", [SV_UP_WEIGHT] = "weight",
	[SV_UP_GPASSES] = "passes"
};

static const char * const conj_names[SV_UP_CONJ_N] = {
	[SV_UP_COMP] = "comp", [SV_UP_IDLE] = "idle", [SV_UP_CPU] = "cpu",
	[SV_UP_FRESH] = "fresh", [SV_UP_CONJ] = "conj",
	[SV_UP_CPOSITIVE] = "positive", [SV_UP_CPASSES] = "passes"
};

static const char * const conj_global_names[SV_GC_N] = {
	[SV_GC_OWN] = "own", [SV_GC_POSITIVE] = "positive",
	[SV_GC_OTHER] = "other", [SV_GC_SHIFT] = "shift"
};

static const char * const timing_names[SV_TS_N] = {
	[SV_TS_SENT] = "sent", [SV_TS_ALLSENT] = "allsent",
	[SV_TS_LASTIN] = "lastin", [SV_TS_ANSWER] = "answer",
	[SV_TS_DOWN] = "down", [SV_TS_UP] = "up"
};

static const char * const timing_columns[SV_TM_N] = {
	[SV_TM_SENT] = "sent", [SV_TM_RECEIVED] = "received",
	[SV_TM_TAKEN] = "taken", [SV_TM_SUMMED] = "summed",
	[SV_TM_COMP] = "comp", [SV_TM_IDLE] = "idle", [SV_TM_CPU] = "cpu",
	[SV_TM_GENERATION] = "generation"
};

static const char * const trace_names[SV_TR_N] = {
	[SV_TR_PRIMAL] = "primal", [SV_TR_DUAL] = "dual", [SV_TR_RHO] = "rho",
	[SV_TR_EPS_PRIMAL] = "eps_primal", [SV_TR_EPS_DUAL] = "eps_dual",
	[SV_TR_OBJECTIVE] = "objective", [SV_TR_OPTIMALITY] = "optimality",
	[SV_TR_SPLIT] = "split", [SV_TR_INNER] = "inner",
	[SV_TR_PASSES] = "passes", [SV_TR_NONZERO] = "nonzero",
	[SV_TR_BOUND] = "bound", [SV_TR_GAP] = "gap",
	[SV_TR_MEASURE] = "measure", [SV_TR_TARGET] = "target"
};

static const char * const state_names[SV_ST_N] = {
	[SV_ST_PART] = "part", [SV_ST_BYTES] = "bytes"
};

/* The names of the scalars of ${f}; ${*n} of them, 0 where none are known. */
static const char * const *
scalar_names(const struct sv_frame *f, uint32_t *n)
{

	if (f->type == SV_GLOBAL && f->op == SV_OP_STEP) {
		*n = SV_GL_N;
		return (global_names);
	}
	if (f->type == SV_GLOBAL && f->op == SV_OP_CONJ) {
		*n = SV_GC_N;
		return (conj_global_names);
	}
	if (f->type == SV_UPDATE && f->op == SV_OP_CONJ) {
		*n = SV_UP_CONJ_N;
		return (conj_names);
	}
	if (f->type == SV_UPDATE && f->op == SV_OP_STEP) {
		*n = SV_UP_STEP_N;
		return (step_names);
	}
	if (f->type == SV_UPDATE) {
		*n = f->op == SV_OP_GRAD ? SV_UP_GRAD_N : SV_UP_COMMON;
		return (grad_names);
	}
	if (f->type == SV_TIMING) {
		*n = SV_TS_N;
		return (timing_names);
	}
	if (f->type == SV_STATE) {
		*n = SV_ST_N;
		return (state_names);
	}
	*n = f->type == SV_TRACE ? SV_TR_N : 0;
	return (trace_names);
}

/* By name if all are known; those a later version added go by number. */
static json_t *
json_scalars(const struct sv_frame *f)
{
	const double *s = sv_frame_scalars(f);
	const char * const *names;
	char number[12];
	uint32_t n;
	json_t *o;
	int bad = 0;

	names = scalar_names(f, &n);
	o = n > 0 ? json_object() : json_array();
	for (uint32_t i = 0; i < f->nscalar && !bad; i++) {
		snprintf(number, sizeof(number), "%" PRIu32, i);
		if (n > 0)
			bad = json_object_set_new(o, i < n ? names[i] : number,
			    sv_json_real(s[i]));
		else
			bad = json_array_append_new(o, sv_json_real(s[i]));
	}
	if (!bad)
		return (o);
	json_decref(o);
	return (NULL);
}

/* Element ${i} as a number. */
static double
element(const struct sv_frame *f, uint64_t i)
{
	const void *e = sv_frame_elems(f);

	switch (f->elem) {
	case SV_F64:
		return (((const double *)e)[i]);
	case SV_F32:
		return ((double)((const float *)e)[i]);
	default:
		return (((const uint8_t *)e)[i]);
	}
}

static json_t *
json_element(const struct sv_frame *f, uint64_t i)
{

	if (f->elem == SV_BYTES)
		return (json_integer((json_int_t)element(f, i)));
	return (sv_json_real(element(f, i)));
}

/* Elements [from, to). */
static json_t *
json_elements(const struct sv_frame *f, uint64_t from, uint64_t to)
{
	json_t *a = json_array();

	for (uint64_t i = from; i < to; i++) {
		if (json_array_append_new(a, json_element(f, i)) == -1) {
			json_decref(a);
			return (NULL);
		}
	}
	return (a);
}

/* The rows of a TIMING frame: an object for each worker. */
static json_t *
json_rows(const struct sv_frame *f)
{
	uint64_t n = sv_frame_nelem(f) / SV_TM_N;
	json_t *rows = json_array(), *row;
	int bad = 0;

	for (uint64_t i = 0; i < n && !bad; i++) {
		row = json_object();
		for (uint64_t k = 0; k < SV_TM_N && !bad; k++)
			bad = json_object_set_new(row, timing_columns[k],
			    json_element(f, i * SV_TM_N + k));
		bad |= json_array_append_new(rows, row);
	}
	if (!bad)
		return (rows);
	json_decref(rows);
	return (NULL);
}

static json_t *
json_vector(const struct sv_frame *f, int full)
{
	static const char * const elem[] = { "bytes", "f64", "f32" };
	uint64_t n = sv_frame_nelem(f);
	double sum = 0;
	json_t *o;
	int bad;

	o = json_pack("{s:s, s:I}", "elem", elem[f->elem], "n", (json_int_t)n);
	bad = o == NULL;
	if (f->elem != SV_BYTES && f->type != SV_TIMING) {
		for (uint64_t i = 0; i < n; i++)
			sum += element(f, i) * element(f, i);
		bad |= json_object_set_new(o, "norm2", sv_json_real(sqrt(sum)));
	}
	if (f->type == SV_TIMING && f->elem == SV_F64 && n % SV_TM_N == 0) {
		if (full)
			bad |= json_object_set_new(o, "rows", json_rows(f));
	} else if (f->type == SV_STATE) {
		/* Its bytes mean nothing to anybody but workers. */
	} else if (full)
		bad |= json_object_set_new(o, "elements",
		    json_elements(f, 0, n));
	else
		bad |= json_object_set_new(o, "head",
		    json_elements(f, 0, n < HEAD ? n : HEAD));
	if (!bad)
		return (o);
	json_decref(o);
	return (NULL);
}

/* As JSON where it is an object or an array, else as a string. */
static json_t *
json_text(const struct sv_frame *f)
{
	const char *text = sv_frame_text(f);
	json_error_t error;
	json_t *o;
	char *s;

	if ((o = json_loadb(text, f->ntext, 0, &error)) != NULL)
		return (o);
	if ((o = json_stringn(text, f->ntext)) != NULL)
		return (o);
	/* Not UTF-8: keep what is ASCII. */
	if ((s = malloc(f->ntext)) == NULL)
		return (NULL);
	for (uint32_t i = 0; i < f->ntext; i++)
		s[i] = (char)((unsigned char)text[i] < 0x80 ? text[i] : '?');
	o = json_stringn(s, f->ntext);
	free(s);
	return (o);
}

char *
write_time(char buf[TIME_LEN], int64_t ns)
{
	int64_t s = ns / 1000000000, rest = ns % 1000000000;
	struct tm tm;
	time_t t;
	size_t len;

	if (rest < 0) {
		rest += 1000000000;
		s--;
	}
	t = (time_t)s;
	if (gmtime_r(&t, &tm) == NULL ||
	    (len = strftime(buf, TIME_LEN - 12, "%Y-%m-%dT%H:%M:%S", &tm)) == 0)
		len = 0;
	snprintf(buf + len, TIME_LEN - len, ".%09" PRId64 "Z", rest);
	return (buf);
}

static int
known_type(unsigned type)
{

	return (type != 0 &&
	    sv_frame_type_parse(sv_frame_type_name(type)) == type);
}

/* A name, or the number of what this version does not know. */
static json_t *
name_or_number(const char *name, int known, unsigned number)
{

	return (known ? json_string(name) : json_integer(number));
}

/* The header's fields as an object, or NULL. */
static json_t *
json_header(const struct sv_frame *f)
{
	char id[20], when[TIME_LEN];

	snprintf(id, sizeof(id), "%016" PRIx64, f->job);
	return (json_pack("{s:o, s:o, s:s, s:o, s:I, s:I, s:I, s:I, s:s, s:I,"
	    " s:I}",
	    "type", name_or_number(sv_frame_type_name(f->type),
	    known_type(f->type), f->type),
	    "op", name_or_number(sv_frame_op_name(f->op),
	    strcmp(sv_frame_op_name(f->op), "unknown") != 0, f->op),
	    "job", id,
	    "shard", f->shard == SV_FRAME_NOSHARD ? json_null() :
	    json_integer(f->shard),
	    "generation", (json_int_t)f->generation,
	    "round", (json_int_t)f->round, "seq", (json_int_t)f->seq,
	    "count", (json_int_t)f->count, "time", write_time(when, f->time),
	    "time_ns", (json_int_t)f->time, "length", (json_int_t)f->length));
}

int
write_json(struct cat *c, const struct sv_frame *f)
{
	json_t *o = json_header(f);
	int bad = o == NULL, rc;

	if (f->ntext > 0)
		bad |= json_object_set_new(o, "text", json_text(f));
	if (f->nscalar > 0)
		bad |= json_object_set_new(o, "scalars", json_scalars(f));
	if (sv_frame_nelem(f) > 0)
		bad |= json_object_set_new(o, "vector",
		    json_vector(f, c->full));
	if (bad) {
		sv_warnx("%s: out of memory", c->name);
		json_decref(o);
		return (-1);
	}
	rc = sv_jsonout_write(c->out, o);
	json_decref(o);
	if (rc == -1 || fputc('\n', c->out) == EOF || fflush(c->out) != 0) {
		sv_warn("%s", c->out_name);
		return (-1);
	}
	return (0);
}

/* Text without what would break the line into columns. */
static void
tsv_text(FILE *f, const char *text, uint32_t n)
{

	for (uint32_t i = 0; i < n; i++)
		fputc((unsigned char)text[i] < ' ' ? ' ' : text[i], f);
}

int
write_tsv(struct cat *c, const struct sv_frame *f)
{
	char when[TIME_LEN];

	if (!c->header)
		fputs("type\top\tjob\tshard\tgeneration\tround\tseq\tcount\t"
		    "time\tlength\telements\tscalars\ttext\n", c->out);
	c->header = 1;
	if (known_type(f->type))
		fputs(sv_frame_type_name(f->type), c->out);
	else
		fprintf(c->out, "%u", f->type);
	fprintf(c->out, "\t%s\t%016" PRIx64 "\t", sv_frame_op_name(f->op),
	    f->job);
	if (f->shard != SV_FRAME_NOSHARD)
		fprintf(c->out, "%" PRIu32, f->shard);
	fprintf(c->out, "\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu32
	    "\t%s\t%" PRIu64 "\t%" PRIu64 "\t", f->generation, f->round, f->seq,
	    f->count, write_time(when, f->time), f->length, sv_frame_nelem(f));
	for (uint32_t i = 0; i < f->nscalar; i++)
		fprintf(c->out, "%s%.15g", i > 0 ? "," : "",
		    sv_frame_scalars(f)[i]);
	fputc('\t', c->out);
	tsv_text(c->out, sv_frame_text(f), f->ntext);
	if (fputc('\n', c->out) == EOF || fflush(c->out) != 0) {
		sv_warn("%s", c->out_name);
		return (-1);
	}
	return (0);
}
