#ifndef SV_JSON_H
#define SV_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "frame.h"

/*
 * Text sections and invocations: jansson with the checks that text from
 * outside needs.  Objects are owned as jansson says: the caller decrefs.
 */

/**
 * sv_json_parse(text, len, what):
 * Parse ${len} bytes as one JSON object.  Return it, or NULL after one line on
 * stderr that calls the text ${what}.
 */
json_t *sv_json_parse(const char *text, size_t len, const char *what);

/**
 * sv_json_of(f):
 * Parse the text section of ${f}, called by its type in messages.
 */
json_t *sv_json_of(const struct sv_frame *f);

/**
 * sv_json_peek(f):
 * The same of a frame of somebody who may send anything: says nothing.
 */
json_t *sv_json_peek(const struct sv_frame *f);

/**
 * sv_json_frame(f, type, o):
 * Make ${f} a frame of ${type} whose text is ${o}, compact and with keys in
 * the order they were set; steals the reference to ${o}, which may be NULL (of
 * a failed json_pack()).  Return 0, or -1 with errno set.  No copy of the text
 * is left behind.
 */
int sv_json_frame(struct sv_frame *f, enum sv_type type, json_t *o);

/*
 * Members of ${o}.  Each returns 0 with ${*value} set, or -1 where the member
 * is missing, of another type or out of bounds; they print nothing.
 * Strings live as long as ${o}.
 */
int sv_json_u64(const json_t *o, const char *key, uint64_t min, uint64_t max,
    uint64_t *value);
int sv_json_u32(const json_t *o, const char *key, uint32_t min, uint32_t max,
    uint32_t *value);
int sv_json_double(const json_t *o, const char *key, double *value);
int sv_json_string(const json_t *o, const char *key, const char **value);

/**
 * sv_json_real(value):
 * A JSON real, or null where ${value} is not finite: JSON has no NaN.
 */
json_t *sv_json_real(double value);

#endif /* !SV_JSON_H */
