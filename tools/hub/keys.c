#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "secret.h"
#include "workers.h"

int
keys_open(struct hub *h)
{

	/* Asked before it is known whether the link is encrypted. */
	if (sv_curve_make(&h->keys) == 0 &&
	    (h->ring = sv_keyring_new()) != NULL &&
	    (h->zap = sv_zap_new(h->zmq, h->ring)) != NULL)
		return (0);
	sv_warn("cannot make keys");
	return (-1);
}

void
keys_close(struct hub *h)
{

	for (uint32_t i = 0; h->seats != NULL && i < h->W; i++) {
		keys_drop(h, &h->seats[i].now);
		keys_drop(h, &h->seats[i].next);
	}
	sv_zap_free(h->zap);
	sv_keyring_free(h->ring);
	h->zap = NULL;
	h->ring = NULL;
	sv_secret_wipe(&h->keys, sizeof(h->keys));
}

int
keys_make(struct hub *h, uint32_t shard, struct worker *w)
{
	struct sv_keyring_owner owner = { shard, w->generation };

	if (!h->encrypted)
		return (0);
	if (sv_curve_make(&w->keys) == -1)
		return (-1);
	return (sv_keyring_add(h->ring, w->keys.public, owner));
}

void
keys_drop(struct hub *h, struct worker *w)
{

	if (!h->encrypted || w->state == WORKER_NONE)
		return;
	sv_keyring_remove(h->ring, w->keys.public);
	sv_secret_wipe(&w->keys, sizeof(w->keys));
}

json_t *
keys_json(const struct hub *h, const struct worker *w)
{
	struct sv_curve_keys k;
	json_t *o;

	if (!h->encrypted)
		return (NULL);
	memcpy(k.hub, h->keys.public, sizeof(k.hub));
	k.own = w->keys;
	o = json_pack("{s:o}", "keys", sv_curve_json(&k));
	sv_secret_wipe(&k, sizeof(k));
	return (o);
}

void
keys_on_question(struct hub *h)
{

	h->peers.denied += sv_zap_serve(h->zap);
}
