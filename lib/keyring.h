#ifndef SV_KEYRING_H
#define SV_KEYRING_H

#include <stdint.h>

#include "curve.h"

/*
 * Which worker has which public key: the keys that the hub has given out and
 * that are still good.
 */

/* Opaque types. */
struct sv_keyring;

struct sv_keyring_owner {
	uint32_t shard;
	uint32_t generation;
};

/* Return an empty keyring, or NULL with errno set. */
struct sv_keyring *sv_keyring_new(void);
void sv_keyring_free(struct sv_keyring *k);

/**
 * sv_keyring_add(k, key, owner):
 * From now on ${key} is good.  Return 0, or -1 with errno set.
 */
int sv_keyring_add(struct sv_keyring *k, const uint8_t key[SV_CURVE_KEY],
    struct sv_keyring_owner owner);

/**
 * sv_keyring_remove(k, key):
 * It is no more; one that never was is fine, too.
 */
void sv_keyring_remove(struct sv_keyring *k, const uint8_t key[SV_CURVE_KEY]);

/**
 * sv_keyring_find(k, key, owner):
 * Whose is it?  Return 1, or 0 if nobody's.  Takes about the same time whatever
 * the size of the ring.
 */
int sv_keyring_find(const struct sv_keyring *k,
    const uint8_t key[SV_CURVE_KEY], struct sv_keyring_owner *owner);

#endif /* !SV_KEYRING_H */
