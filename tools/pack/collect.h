#ifndef SV_PACK_COLLECT_H
#define SV_PACK_COLLECT_H

#include <stddef.h>

#include "image.h"
#include "package.h"

/* What is to be packed. */
struct request {
	const char *program;
	char **adds;	/* FILE or FILE=NAME */
	size_t nadds;
	int layer;	/* the libraries only, below lib/ */
	int loader;	/* with the program's own loader and glibc */
	struct image_version glibc;	/* that of the target, */
	const char *glibc_text;	/* as it was written */
	const char *ca;	/* certificates to trust; "": none; NULL: the system's */
	int verbose;	/* say where each library was found */
};

/**
 * collect(p, q):
 * Fill the empty package ${p}.  A static program, or a script that begins with
 * #!, is its bootstrap.  The libraries of a dynamic one, and theirs, lie in
 * lib/.  With its own loader, the program lies in bin/ and the bootstrap is a
 * script that runs it; without, it is the bootstrap itself, glibc is left out,
 * and nothing may ask for a newer one than the target's.  All ELF files are for
 * one machine.  The certificates are ca-bundle.crt; the system's are taken only
 * if one of the files has something to check with them, and it is no layer.
 * Return 0, or -1 after lines on stderr.
 */
int collect(struct package *p, const struct request *q);

#endif /* !SV_PACK_COLLECT_H */
