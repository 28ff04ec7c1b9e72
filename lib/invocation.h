#ifndef SV_INVOCATION_H
#define SV_INVOCATION_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "curve.h"
#include "frame.h"
#include "problem.h"

/*
 * What a worker is told at its birth, the same text for every way of starting
 * one: a JSON object,
 *   {"sv":1,"job":"00112233aabbccdd","shard":3,"workers":16,"generation":1,
 *    "hub":"tcp://127.0.0.1:4711","wire":"f64","problem":{a share, problem.h}}
 * and, where the link is encrypted, "keys", as curve.h has them: then it is a
 * secret.  job is 16 lower-case hexadecimal digits and not zero, shard counts
 * from 0, generation from 1.  Members that a reader does not know are passed over;
 * what a reader must not pass over comes with another number after "sv".
 */

#define SV_INVOCATION_VERSION 1u
#define SV_INVOCATION_MAX ((size_t)16 << 20)	/* bytes of text, at most */
#define SV_INVOCATION_HUB 256u	/* bytes of a hub's address, at most */

struct sv_invocation {
	uint64_t job;
	uint32_t shard;		/* below workers */
	uint32_t workers;
	uint32_t generation;
	const char *hub;	/* where to connect: tcp://... or ipc://... */
	enum sv_elem wire;	/* type of the elements that go up */
	const json_t *share;	/* for sv_share_load() */
	int encrypted;	/* there are keys */
	struct sv_curve_keys keys;
	json_t *json;		/* the whole object, owned; hub, share are in it */
};

/**
 * sv_invocation_json(job, shard, workers, generation, hub, share, keys):
 * Return the invocation of worker ${shard} of ${workers}, f64 on the wire, or
 * NULL when memory is out or ${hub} is not UTF-8.  The caller owns the result;
 * ${share} gains a reference of its own, the caller's one stays the caller's.
 * ${keys} may be NULL: the link is not encrypted.
 */
json_t *sv_invocation_json(uint64_t job, uint32_t shard, uint32_t workers,
    uint32_t generation, const char *hub, json_t *share,
    const struct sv_curve_keys *keys);

/**
 * sv_invocation_parse(inv, text, len, why):
 * Read and check ${len} bytes of ${text}.  Return 0, or -1 with a reason in
 * ${why}, which holds nothing of the keys; nor does inv->json.  The share is
 * checked by whoever loads it.  sv_invocation_fini() frees what ${inv} holds.
 */
int sv_invocation_parse(struct sv_invocation *inv, const char *text,
    size_t len, char why[SV_WHY]);
void sv_invocation_fini(struct sv_invocation *inv);

#endif /* !SV_INVOCATION_H */
