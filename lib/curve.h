#ifndef SV_CURVE_H
#define SV_CURVE_H

#include <jansson.h>
#include <stdint.h>

/*
 * Keys of CurveZMQ (rfc.zeromq.org/spec/26; Bernstein's Curve25519): the hub
 * has a pair for each job, every worker and generation one of its own, which is
 * how a worker proves that it is the one that was asked for.  As text they are
 * Z85 (rfc.zeromq.org/spec/32), 40 characters.
 */

#define SV_CURVE_KEY 32u	/* bytes */
#define SV_CURVE_TEXT 41u	/* characters, with their end */

struct sv_curve_pair {
	uint8_t public[SV_CURVE_KEY];
	uint8_t secret[SV_CURVE_KEY];
};

/* What a worker is given: who the hub is, and who it is itself. */
struct sv_curve_keys {
	uint8_t hub[SV_CURVE_KEY];	/* the hub's public key */
	struct sv_curve_pair own;
};

/**
 * sv_curve_make(p):
 * A new pair.  Return 0, or -1 with errno set.
 */
int sv_curve_make(struct sv_curve_pair *p);

/**
 * sv_curve_text(key, text), sv_curve_parse(key, text):
 * A key as text, and back; the latter returns 0, or -1 if it is none.
 */
void sv_curve_text(const uint8_t key[SV_CURVE_KEY], char text[SV_CURVE_TEXT]);
int sv_curve_parse(uint8_t key[SV_CURVE_KEY], const char *text);

/**
 * sv_curve_json(k):
 * {"hub":text,"public":text,"secret":text}, or NULL when memory is out.
 */
json_t *sv_curve_json(const struct sv_curve_keys *k);

/**
 * sv_curve_of(k, o):
 * Read that.  Return 0, or -1 if it makes no sense: a member that is missing or
 * no key, or a public key that does not belong to the secret one.
 */
int sv_curve_of(struct sv_curve_keys *k, const json_t *o);

/**
 * sv_curve_serve(socket, secret), sv_curve_join(socket, keys):
 * Make a ZeroMQ socket, before it is bound or connected, the hub's or a
 * worker's end.  Return 0, or -1 with zmq_errno() set (EINVAL: a libzmq without
 * CURVE).
 */
int sv_curve_serve(void *socket, const uint8_t secret[SV_CURVE_KEY]);
int sv_curve_join(void *socket, const struct sv_curve_keys *keys);

#endif /* !SV_CURVE_H */
