#ifndef SV_SECRET_H
#define SV_SECRET_H

#include <stddef.h>

/*
 * What must not be left lying about: keys, and texts that hold keys.
 */

/**
 * sv_secret_wipe(p, len):
 * Overwrite ${len} bytes at ${p}, in a way that no compiler leaves out.  NULL
 * is fine where ${len} is 0.
 */
void sv_secret_wipe(void *p, size_t len);

/**
 * sv_secret_free(p, len), sv_secret_free_text(s):
 * Wipe and free(); of NULL: nothing.
 */
void sv_secret_free(void *p, size_t len);
void sv_secret_free_text(char *s);

/**
 * sv_secret_begin():
 * At the start of a process that will hold secrets: no core dump is written,
 * and, where the system knows how, all JSON values are wiped before their
 * memory is freed, and nobody else of the same user can look into the process.
 * Children may dump core again: sv_child_enter() undoes that much.
 */
void sv_secret_begin(void);

/**
 * sv_secret_hide():
 * Where the system knows how, keep other processes of the same user out.  Part
 * of sv_secret_begin().
 */
void sv_secret_hide(void);

/**
 * sv_secret_room(p):
 * Bytes that can be wiped at ${p}, which malloc() gave; 0 where the system does
 * not know.
 */
size_t sv_secret_room(void *p);

#endif /* !SV_SECRET_H */
