#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "fuzz.h"
#include "liblinear.h"

/*
 * Model files of LIBLINEAR (lib/liblinear.c).  How many bytes come at a time
 * changes nothing, and written and read again a model is the same.
 */

struct text {
	const uint8_t *p;
	size_t left, most;
};

static ssize_t
read_text(void *ctx, void *buf, size_t len)
{
	struct text *t = ctx;
	size_t n = len < t->most ? len : t->most;

	n = n < t->left ? n : t->left;
	if (n > 0)
		memcpy(buf, t->p, n);
	t->p += n;
	t->left -= n;
	return ((ssize_t)n);
}

static int
read_model(struct sv_model *m, const void *data, size_t size, size_t most)
{
	struct text t = { data, size, most };
	struct sv_bytes in = { .read = read_text, .ctx = &t };

	return (sv_liblinear_read(m, &in, "fuzz"));
}

static void
check(const struct sv_model *m, size_t size)
{

	/* Each weight is two bytes of the text at least. */
	MUST(m->d <= size / 2 && isfinite(m->bias));
	MUST(m->biased || !(m->bias < 0.0 || m->bias > 0.0));
	MUST(m->w != NULL);
	for (uint64_t j = 0; j < m->d; j++)
		MUST(isfinite(m->w[j]));
	MUST(m->classes == (m->positive != NULL));
	MUST(m->classes == (m->negative != NULL));
	MUST(!m->classes || (sv_model_sign(m, m->label[1]) > 0.0 &&
	    sv_model_sign(m, m->label[0]) < 0.0));
}

static void
same(const struct sv_model *a, const struct sv_model *b)
{

	MUST(a->d == b->d && a->biased == b->biased && a->loss == b->loss);
	MUST(a->classes == b->classes);
	for (uint64_t j = 0; j < a->d; j++)
		MUST(!(a->w[j] < b->w[j] || a->w[j] > b->w[j]));
	MUST(!(a->bias < b->bias || a->bias > b->bias));
	MUST(!a->classes || (strcmp(a->positive, b->positive) == 0 &&
	    strcmp(a->negative, b->negative) == 0));
}

/* Through a file of our own. */
static void
again(const struct sv_model *m)
{
	struct sv_model other;
	char *text = NULL;
	size_t len = 0;
	FILE *f;

	MUST((f = open_memstream(&text, &len)) != NULL);
	MUST(sv_liblinear_write(f, m, "fuzz") == 0);
	MUST(fclose(f) == 0);
	MUST(read_model(&other, text, len, 4096) == 0);
	same(m, &other);
	sv_model_fini(&other);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_model m, other;
	char said[300];
	int rc;

	rc = read_model(&m, data, size, SIZE_MAX);
	snprintf(said, sizeof(said), "%s", sv_err_last());
	MUST(read_model(&other, data, size, 1 + size % 7) == rc);
	if (rc == -1) {
		MUST(strncmp(sv_err_last(), said, sizeof(said) - 1) == 0);
		return (0);
	}
	check(&m, size);
	same(&m, &other);
	if (m.loss != NULL)
		again(&m);
	sv_model_fini(&m);
	sv_model_fini(&other);
	return (0);
}
