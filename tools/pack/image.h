#ifndef SV_PACK_IMAGE_H
#define SV_PACK_IMAGE_H

#include <stddef.h>

/*
 * What an ELF file in memory asks for.  Only what the loader itself would look
 * at is read, the segments and the dynamic table, so that stripped files will
 * do; and none of it is believed: the file may be truncated, or hostile.
 */

#define IMAGE_WHY 160	/* bytes of an explanation */

enum image_kind {
	IMAGE_STATIC,	/* a program that needs no loader */
	IMAGE_DYNAMIC,	/* a program with a loader */
	IMAGE_LIBRARY	/* a shared library */
};

/* A version of an interface, GLIBC_2.34: {2, 34, 0}. */
struct image_version {
	unsigned part[3];
};

/* All strings lie in the file's bytes, which must outlive the image. */
struct image {
	enum image_kind kind;
	unsigned machine;	/* EM_ in elf.h */
	const char *interp;	/* the loader's name; NULL: none */
	const char *rpath;	/* where to look for what it needs; may be NULL */
	const char *runpath;
	const char **needed;	/* names of libraries */
	size_t nneeded;
	const char *glibc;	/* the newest version of glibc's interface that it
				 * asks for, NULL: none; not always a number */
};

/**
 * image_is_elf(data, len):
 * Do the ${len} bytes at ${data} begin as an ELF file does?
 */
int image_is_elf(const unsigned char *data, size_t len);

/**
 * image_read(im, data, len, why):
 * Read the ELF file of ${len} bytes at ${data}.  Return 0, or -1 with the
 * reason in ${why}; then there is nothing to free.
 */
int image_read(struct image *im, const unsigned char *data, size_t len,
    char why[IMAGE_WHY]);

/**
 * image_fini(im):
 * Free what ${im} holds.  A zeroed image will do.
 */
void image_fini(struct image *im);

/**
 * image_machine(machine):
 * "x86-64", "arm64", or NULL: not one that functions run on.
 */
const char *image_machine(unsigned machine);

/**
 * image_version_parse(v, text):
 * Read "2.34" or "2.34.1".  Return 0, or -1 where it is anything else.
 */
int image_version_parse(struct image_version *v, const char *text);

/**
 * image_needs_newer(im, v):
 * Does ${im} ask for a glibc that is newer than ${v}, or for something that no
 * version stands for?
 */
int image_needs_newer(const struct image *im, const struct image_version *v);

#endif /* !SV_PACK_IMAGE_H */
