#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cat.h"
#include "fuzz.h"
#include "io.h"
#include "json.h"
#include "problem.h"

/* What sv-cat prints (tools/cat) of frames: lines, models, rows. */

/* Call ${write} and check that it made one line, of JSON where ${json}. */
static void
line(struct cat *c, const struct sv_frame *f,
    int (*write)(struct cat *, const struct sv_frame *), int json)
{
	char *text = NULL, *end;
	size_t len = 0;
	json_t *o;

	MUST((c->out = open_memstream(&text, &len)) != NULL);
	MUST(write(c, f) == 0);
	MUST(fclose(c->out) == 0);
	MUST(len > 0 && (end = memchr(text, '\n', len)) == text + len - 1);
	if (json) {
		o = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
		MUST(json_is_object(o));
		json_decref(o);
	}
	free(text);
}

/* Rows are printed if they are few. */
static void
rows(struct cat *c, const struct sv_frame *f)
{
	struct sv_problem p;

	if (f->type != SV_PROBLEM || sv_problem_parse(&p, f) == -1)
		return;
	if (p.n < 1000 && p.nnz < 10000)
		(void)write_rows(c, f);
	sv_problem_fini(&p);
}

/* A frame with all writers; what is kept takes its payload. */
static void
one_frame(struct cat *c, struct sv_frame *f, FILE *null)
{

	for (c->full = 0; c->full < 2; c->full++)
		line(c, f, write_json, 1);
	c->header = 1;
	line(c, f, write_tsv, 0);
	c->out = null;
	rows(c, f);
	if (!sv_model_take(&c->source, f))
		sv_frame_fini(f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum format formats[] = {
		FORMAT_JSON, FORMAT_TSV, FORMAT_NPY, FORMAT_LIBLINEAR
	};
	struct cat c = { .name = "fuzz", .out_name = "null",
	    .source.round = 1 };
	struct sv_reader *r;
	struct sv_frame f;
	FILE *null;

	MUST((null = fopen("/dev/null", "we")) != NULL);
	r = sv_reader_new(fuzz_fd(data, size), "fuzz");
	c.source.by_round = size % 2;
	while (sv_reader_next(r, &f) == SV_IO_FRAME)
		one_frame(&c, &f, null);
	c.out = null;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		c.format = formats[i];
		(void)write_model(&c);
	}
	sv_model_drop(&c.source);
	sv_reader_free(r);
	fclose(null);
	return (0);
}
