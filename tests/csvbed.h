#ifndef CSVBED_H
#define CSVBED_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "csvtext.h"
#include "err.h"
#include "libsvm.h"
#include "text.h"

/* Comma-separated text that is read, for its tests. */

/* Text that comes ${step} bytes at a time. */
struct feed {
	const char *text;
	size_t len, at, step;
};

static ssize_t
feed_read(void *ctx, void *buf, size_t len)
{
	struct feed *f = ctx;
	size_t n = f->len - f->at;

	n = n < f->step ? n : f->step;
	n = n < len ? n : len;
	memcpy(buf, f->text + f->at, n);
	f->at += n;
	return ((ssize_t)n);
}

/* What was read of some texts, one after the other. */
struct result {
	int rc;
	char *text;	/* all rows as LIBSVM text */
	size_t len;
	char *schema;	/* as text */
	uint64_t cols;
	char lacks[300];
};

static void
read_text(struct sv_csvtext *r, const char *text, size_t len, size_t step,
    FILE *out, struct result *res)
{
	struct feed f = { text, len, 0, step };
	struct sv_bytes in = { feed_read, NULL, &f };
	struct sv_csr part;

	sv_csvtext_begin(r, &in, "test");
	while ((res->rc = sv_csvtext_next(r, &part)) == 1) {
		assert_true(part.rows > 0);
		assert_int_equal(part.start[0], 0);
		assert_int_equal(part.start[part.rows], part.nnz);
		res->cols = part.cols;
		assert_int_equal(sv_libsvm_write(out, &part), 0);
	}
}

/* ${texts} ends with NULL. */
static inline struct result
parse_all(const struct sv_text_options *o, int tsv, const char *const *texts,
    size_t len, size_t step)
{
	struct result res = { 0 };
	struct sv_csvtext *r = sv_csvtext_new(o, tsv);
	FILE *out = open_memstream(&res.text, &res.len);
	const char *lacks;
	json_t *schema;

	assert_non_null(r);
	assert_non_null(out);
	for (size_t i = 0; texts[i] != NULL && res.rc == 0; i++)
		read_text(r, texts[i], len > 0 ? len : strlen(texts[i]), step,
		    out, &res);
	assert_int_equal(fclose(out), 0);
	assert_non_null(schema = sv_csvtext_schema(r));
	res.schema = json_dumps(schema, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(schema);
	if ((lacks = sv_csvtext_lacks(r)) != NULL)
		snprintf(res.lacks, sizeof(res.lacks), "%s", lacks);
	sv_csvtext_free(r);
	return (res);
}

static void
done(struct result *res)
{

	free(res->text);
	free(res->schema);
}

static inline void
check(const struct sv_text_options *o, const char *text, const char *want)
{
	const char *texts[] = { text, NULL };
	struct result res = parse_all(o, 0, texts, 0, 4096);

	if (res.rc != 0)
		fail_msg("'%s': %s", text, sv_err_last());
	assert_string_equal(res.text, want);
	done(&res);
}

static inline void
check_bad(const struct sv_text_options *o, const char *text, const char *want)
{
	const char *texts[] = { text, NULL };
	struct result res = parse_all(o, 0, texts, 0, 4096);

	if (res.rc != -1)
		fail_msg("taken: '%s'", text);
	assert_string_equal(sv_err_last(), want);
	done(&res);
}

static const struct sv_text_options plain = { .label = "y" };

#endif /* !CSVBED_H */
