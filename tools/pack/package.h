#ifndef SV_PACK_PACKAGE_H
#define SV_PACK_PACKAGE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/*
 * The files of an archive, in memory, and the archive.  It depends on the
 * names, modes and bytes of the files and on the time that is given, and on
 * nothing else: entries are sorted, owned by user 0 and group 0, of mode 0755
 * or 0644, and a directory is there where a file needs it.
 */

/* What AWS Lambda takes, unpacked and all layers together, and in a request. */
#define PACKAGE_MAX ((uint64_t)262144000)
#define PACKAGE_ZIP_MAX ((uint64_t)52428800)

struct package_file {
	char *name;	/* in the archive; that of a directory ends in / */
	unsigned char *data;	/* NULL where len is 0 */
	size_t len;
	int executable;
	uint64_t zipped;	/* bytes of the archive that it takes */
};

struct package {
	struct package_file *files;
	size_t n;
	uint64_t bytes;	/* of all files */
};

/**
 * package_name_ok(name):
 * Is ${name} the name of a file inside an archive: relative, without empty
 * parts, "." and "..", and without bytes that are not printable ASCII?
 */
int package_name_ok(const char *name);

/**
 * package_has(p, name):
 * Is there a file called ${name}?
 */
int package_has(const struct package *p, const char *name);

/**
 * package_add(p, name, data, len, executable):
 * Add a file; ${name} is copied and ${data}, from malloc(), belongs to ${p},
 * even on failure.  Return 0, or -1 after a line on stderr: the name is taken,
 * or the package has grown beyond PACKAGE_MAX.
 */
int package_add(struct package *p, const char *name, unsigned char *data,
    size_t len, int executable);

/**
 * package_write(p, path, when, size):
 * Add the directories, sort, and write the archive to ${path}, all or nothing:
 * under a temporary name first, which a signal removes.  ${when} is the time
 * of all entries, ${*size} becomes the size.  The process's time zone must be
 * UTC, since the times in archives are local.  Return 0, or -1 after a line on
 * stderr.
 */
int package_write(struct package *p, const char *path, time_t when,
    uint64_t *size);

/**
 * package_print(p, f, path, size):
 * Print on ${f} what takes the space: a line for each file, the largest first,
 * and one for the whole.  Return 0, or -1 with errno set.
 */
int package_print(const struct package *p, FILE *f, const char *path,
    uint64_t size);

/**
 * package_fini(p):
 * Free what ${p} holds.
 */
void package_fini(struct package *p);

#endif /* !SV_PACK_PACKAGE_H */
