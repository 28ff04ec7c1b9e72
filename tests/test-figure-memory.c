/*
 * Figures where memory is out: each allocation fails once, and there is either
 * a line on stderr and no figure, or a whole one.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "figurebed.h"

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);

static long until;	/* allocations that succeed; negative: all */
static int failed;

static int
fails(void)
{

	if (until < 0 || until-- > 0)
		return (0);
	until = -1;
	failed = 1;
	errno = ENOMEM;
	return (1);
}

void *
__wrap_malloc(size_t n)
{

	return (fails() ? NULL : __real_malloc(n));
}

void *
__wrap_calloc(size_t n, size_t size)
{

	return (fails() ? NULL : __real_calloc(n, size));
}

void *
__wrap_realloc(void *p, size_t n)
{

	return (fails() ? NULL : __real_realloc(p, n));
}

/*
 * Make the figure with each of its allocations failing; return how many there
 * are, or -1 - n where a figure came though the n-th failed.
 */
static long
fail_each(struct table_of_runs *t, enum figure_id id)
{
	struct figure *f;
	long n = 0;

	for (;; n++) {
		failed = 0;
		until = n;
		f = figure_make(id, t->s, t->n);
		until = -1;
		figure_free(f);
		if (!failed)
			return (f != NULL ? n : 0);
		if (f != NULL)
			return (-1 - n);
	}
}

static void
no_figure_without_memory(void **state)
{
	struct table_of_runs t = { .n = 0 };
	long n[FIGURE_N];
	int err, null;

	(void)state;
	until = -1;
	for (uint32_t W = 2; W <= 20; W += 18) {
		bed_trace(bed_run(&t, &(struct bed){ .W = W, .rounds = 3,
		    .functions = 1, BED_PLAIN }, 0, "a"), 1, 1, 4,
		    SV_TR_PRIMAL, 1.0, SV_TR_DUAL, 1.0, SV_TR_OBJECTIVE, 2.0,
		    SV_TR_EPS_DUAL, 0.1);
		bed_run(&t, &(struct bed){ .W = W, .rounds = 2, BED_PLAIN }, 1,
		    "b");
	}
	/* A set stands together. */
	t.s[1].set = 0;
	t.s[2].set = 1;
	bed_measure(&t);
	/* What is said on stderr, many times, is not to be read. */
	assert_true((err = dup(2)) != -1);
	assert_true((null = open("/dev/null", O_WRONLY)) != -1);
	dup2(null, 2);
	for (int i = 0; i < FIGURE_N; i++)
		n[i] = fail_each(&t, (enum figure_id)i);
	dup2(err, 2);
	close(err);
	close(null);
	for (int i = 0; i < FIGURE_N; i++)
		if (n[i] < 5)
			fail_msg("%s: %ld", figure_name((enum figure_id)i),
			    n[i]);
	bed_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_figure_without_memory)
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
