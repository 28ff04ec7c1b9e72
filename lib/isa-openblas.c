#include <cblas.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa-openblas.h"

#define LIBRARY "libopenblas.so.0"

/* As cblas.h declares them. */
typedef void dgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, blasint m,
    blasint n, double alpha, const double *a, blasint lda, const double *x,
    blasint incx, double beta, double *y, blasint incy);
typedef void set_num_threads(int threads);

struct openblas {
	struct sv_isa isa;	/* the first: it is what callers have */
	const struct sv_isa *own;
	dgemv *dgemv;
	void *lib;
};

static void
margins(const struct sv_isa *isa, const void *a, size_t n, size_t d,
    const double *x, double *m)
{
	const struct openblas *o = (const struct openblas *)isa;

	if (n > INT_MAX || d > INT_MAX)
		o->own->f64.margins(o->own, a, n, d, x, m);
	else
		o->dgemv(CblasRowMajor, CblasNoTrans, (blasint)n, (blasint)d,
		    1.0, a, (blasint)d, x, 1, 0.0, m, 1);
}

static void
scatter(const struct sv_isa *isa, const void *a, size_t n, size_t d,
    const double *r, double *g)
{
	const struct openblas *o = (const struct openblas *)isa;

	if (n > INT_MAX || d > INT_MAX)
		o->own->f64.scatter(o->own, a, n, d, r, g);
	else
		o->dgemv(CblasRowMajor, CblasTrans, (blasint)n, (blasint)d,
		    1.0, a, (blasint)d, r, 1, 1.0, g, 1);
}

/* Set the pointer to a function at ${f}: ISO C cannot convert to one. */
static int
find(void *lib, const char *name, void *f, char *why, size_t room)
{
	void *p;

	if ((p = dlsym(lib, name)) == NULL) {
		snprintf(why, room, LIBRARY ": it has no %s()", name);
		return (-1);
	}
	memcpy(f, &p, sizeof(p));
	return (0);
}

struct sv_isa *
sv_isa_openblas_new(char *why, size_t room)
{
	set_num_threads *threads;
	struct openblas *o;
	const char *error;

	/* Once loaded it has a thread for each core, but for this. */
	if ((o = calloc(1, sizeof(*o))) == NULL ||
	    setenv("OPENBLAS_NUM_THREADS", "1", 1) == -1) {
		snprintf(why, room, "out of memory");
		goto fail;
	}
	if ((o->lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL)) == NULL) {
		error = dlerror();
		snprintf(why, room, "%s", error != NULL ? error : LIBRARY);
		goto fail;
	}
	if (find(o->lib, "cblas_dgemv", &o->dgemv, why, room) == -1 ||
	    find(o->lib, "openblas_set_num_threads", &threads, why,
	    room) == -1)
		goto close;
	threads(1);
	if ((o->own = sv_isa_pick(NULL)) == NULL) {
		snprintf(why, room, "no vector code for this CPU");
		goto close;
	}
	o->isa = *o->own;
	o->isa.name = "openblas";
	o->isa.f64.margins = margins;
	o->isa.f64.scatter = scatter;
	return (&o->isa);
close:
	dlclose(o->lib);
fail:
	free(o);
	return (NULL);
}

void
sv_isa_openblas_free(struct sv_isa *isa)
{
	struct openblas *o = (struct openblas *)isa;

	if (o == NULL)
		return;
	dlclose(o->lib);
	free(o);
}
