#ifndef SV_SHARD_INFO_H
#define SV_SHARD_INFO_H

#include <stddef.h>

/**
 * info_run(format, names, n):
 * Read the ${n} shard files ${names} through and print a table of what is in
 * them: for a person ("text"), "tsv" or "json".  Return the exit status: failed
 * where a file is damaged, or none.
 */
int info_run(const char *format, char *const *names, size_t n);

#endif /* !SV_SHARD_INFO_H */
