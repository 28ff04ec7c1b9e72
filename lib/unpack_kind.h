#ifndef SV_UNPACK_KIND_H
#define SV_UNPACK_KIND_H

#include <stddef.h>

/*
 * What a file is by its first bytes, as file(1) knows them too.
 */

enum sv_unpack_kind {
	SV_UNPACK_PLAIN,	/* nothing that is known: text, perhaps */
	SV_UNPACK_PACKED,	/* one text, compressed */
	SV_UNPACK_MEMBERS,	/* an archive of files */
	SV_UNPACK_FOREIGN	/* what is no text, nor unpacked here */
};

#define SV_UNPACK_HEAD 512u	/* bytes that tell all there is to know */

/**
 * sv_unpack_kind(head, len, what):
 * The kind of what begins with these ${len} bytes, which are fewer than
 * SV_UNPACK_HEAD only if there are no more; ${*what} is what a person calls it,
 * a constant, with what to do about it if it is FOREIGN.
 */
enum sv_unpack_kind sv_unpack_kind(const void *head, size_t len,
    const char **what);

#endif /* !SV_UNPACK_KIND_H */
