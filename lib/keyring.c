#include <stdlib.h>
#include <string.h>

#include "keyring.h"

#define FIRST 64u	/* places; a power of 2 */

/*
 * A table with open addresses: a key is looked for from its home on until a
 * free place (Knuth, The Art of Computer Programming, vol. 3, section 6.4,
 * algorithms L and R).  Public keys are random, so their own bytes say where
 * home is; nobody but the hub puts any in.
 */
struct place {
	int used;
	uint8_t key[SV_CURVE_KEY];
	struct sv_keyring_owner owner;
};

struct sv_keyring {
	struct place *places;
	size_t room;	/* a power of 2, twice as many as are used at least */
	size_t used;
};

struct sv_keyring *
sv_keyring_new(void)
{
	struct sv_keyring *k;

	if ((k = calloc(1, sizeof(*k))) == NULL)
		return (NULL);
	if ((k->places = calloc(FIRST, sizeof(*k->places))) == NULL) {
		free(k);
		return (NULL);
	}
	k->room = FIRST;
	return (k);
}

void
sv_keyring_free(struct sv_keyring *k)
{

	if (k == NULL)
		return;
	free(k->places);
	free(k);
}

static size_t
home(const struct sv_keyring *k, const uint8_t key[SV_CURVE_KEY])
{
	uint64_t n;

	memcpy(&n, key, sizeof(n));
	return ((size_t)n & (k->room - 1));
}

/* Where the key is, or the free place where it would be. */
static size_t
seek(const struct sv_keyring *k, const uint8_t key[SV_CURVE_KEY])
{
	size_t i = home(k, key);

	while (k->places[i].used &&
	    memcmp(k->places[i].key, key, SV_CURVE_KEY) != 0)
		i = (i + 1) & (k->room - 1);
	return (i);
}

/* Make the table twice as large. */
static int
grow(struct sv_keyring *k)
{
	struct place *old = k->places;
	size_t room = k->room;

	if (room > SIZE_MAX / 2 / sizeof(*old) ||
	    (k->places = calloc(2 * room, sizeof(*old))) == NULL) {
		k->places = old;
		return (-1);
	}
	k->room = 2 * room;
	for (size_t i = 0; i < room; i++)
		if (old[i].used)
			k->places[seek(k, old[i].key)] = old[i];
	free(old);
	return (0);
}

int
sv_keyring_add(struct sv_keyring *k, const uint8_t key[SV_CURVE_KEY],
    struct sv_keyring_owner owner)
{
	struct place *p;

	if (k->used >= k->room / 2 && grow(k) == -1)
		return (-1);
	p = &k->places[seek(k, key)];
	k->used += !p->used;
	p->used = 1;
	memcpy(p->key, key, SV_CURVE_KEY);
	p->owner = owner;
	return (0);
}

void
sv_keyring_remove(struct sv_keyring *k, const uint8_t key[SV_CURVE_KEY])
{
	size_t i = seek(k, key), j = i, mask = k->room - 1;

	if (!k->places[i].used)
		return;
	k->used--;
	/* Who was found by way of this place moves up. */
	for (;;) {
		j = (j + 1) & mask;
		if (!k->places[j].used)
			break;
		if (((j - home(k, k->places[j].key)) & mask) >=
		    ((j - i) & mask)) {
			k->places[i] = k->places[j];
			i = j;
		}
	}
	memset(&k->places[i], 0, sizeof(k->places[i]));
}

int
sv_keyring_find(const struct sv_keyring *k, const uint8_t key[SV_CURVE_KEY],
    struct sv_keyring_owner *owner)
{
	const struct place *p = &k->places[seek(k, key)];

	if (p->used)
		*owner = p->owner;
	return (p->used);
}
