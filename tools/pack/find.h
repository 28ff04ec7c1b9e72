#ifndef SV_PACK_FIND_H
#define SV_PACK_FIND_H

#include <stddef.h>

#include "image.h"

/*
 * Files, and where the libraries are that a program needs: looked for as the
 * loader would, but never by running anything.  In turn: the RPATH of the file
 * that needs it (unless it has a RUNPATH) and of the program; $LD_LIBRARY_PATH;
 * the RUNPATH; the directories of /etc/ld.so.conf, and the usual ones, those of
 * a cross compiler among them.  What is for another machine is passed over.
 */

/* A file in memory. */
struct object {
	char *path;
	unsigned char *data;
	size_t len;
	int executable;	/* by its owner */
	struct image im;	/* all zeros unless it is ELF */
};

enum find { FIND_FAILED = -1, FIND_NONE, FIND_DONE };

/* Opaque types. */
struct search;

/**
 * object_read(o, path, max):
 * Read the regular file ${path}, which may have ${max} bytes.  Return 0, or -1
 * after a line on stderr.
 */
int object_read(struct object *o, const char *path, size_t max);

/**
 * object_fini(o):
 * Free what ${o} holds.  A zeroed object will do.
 */
void object_fini(struct object *o);

/**
 * search_new(program, max):
 * Libraries for the machine of ${program}, which must outlive the search; at
 * most ${max} bytes each.  Return NULL with errno set on failure.
 */
struct search *search_new(const struct object *program, size_t max);

/**
 * search_find(s, name, by, o, other):
 * Find the library ${name} that ${by} needs, and read it into ${o}.
 * FIND_NONE: it is not there; ${other}, of ${n} bytes, is the name of one for
 * another machine, or empty.  FIND_FAILED: after a line on stderr.
 */
enum find search_find(struct search *s, const char *name,
    const struct object *by, struct object *o, char *other, size_t n);

void search_free(struct search *s);

#endif /* !SV_PACK_FIND_H */
