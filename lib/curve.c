#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <zmq.h>

#include "curve.h"
#include "json.h"
#include "secret.h"

/* With a domain libzmq asks who may connect, and takes no answer for a no. */
#define DOMAIN "sv"

int
sv_curve_make(struct sv_curve_pair *p)
{

	if (sodium_init() == -1 || crypto_box_keypair(p->public,
	    p->secret) != 0) {
		errno = EAGAIN;
		return (-1);
	}
	return (0);
}

void
sv_curve_text(const uint8_t key[SV_CURVE_KEY], char text[SV_CURVE_TEXT])
{

	(void)zmq_z85_encode(text, key, SV_CURVE_KEY);
}

int
sv_curve_parse(uint8_t key[SV_CURVE_KEY], const char *text)
{

	if (strlen(text) != SV_CURVE_TEXT - 1)
		return (-1);
	return (zmq_z85_decode(key, text) != NULL ? 0 : -1);
}

json_t *
sv_curve_json(const struct sv_curve_keys *k)
{
	char hub[SV_CURVE_TEXT], public[SV_CURVE_TEXT], secret[SV_CURVE_TEXT];
	json_t *o;

	sv_curve_text(k->hub, hub);
	sv_curve_text(k->own.public, public);
	sv_curve_text(k->own.secret, secret);
	o = json_pack("{s:s, s:s, s:s}", "hub", hub, "public", public,
	    "secret", secret);
	sv_secret_wipe(secret, sizeof(secret));
	return (o);
}

/* The member ${key} of ${o}. */
static int
take(uint8_t to[SV_CURVE_KEY], const json_t *o, const char *key)
{
	const char *text;

	if (sv_json_string(o, key, &text) == -1)
		return (-1);
	return (sv_curve_parse(to, text));
}

int
sv_curve_of(struct sv_curve_keys *k, const json_t *o)
{
	uint8_t public[SV_CURVE_KEY];

	if (take(k->hub, o, "hub") == 0 &&
	    take(k->own.public, o, "public") == 0 &&
	    take(k->own.secret, o, "secret") == 0 &&
	    crypto_scalarmult_base(public, k->own.secret) == 0 &&
	    memcmp(public, k->own.public, sizeof(public)) == 0)
		return (0);
	sv_secret_wipe(k, sizeof(*k));
	return (-1);
}

int
sv_curve_serve(void *socket, const uint8_t secret[SV_CURVE_KEY])
{
	int one = 1;

	if (zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &one, sizeof(one)) == -1)
		return (-1);
	if (zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret,
	    SV_CURVE_KEY) == -1)
		return (-1);
	return (zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, DOMAIN,
	    sizeof(DOMAIN) - 1));
}

int
sv_curve_join(void *socket, const struct sv_curve_keys *k)
{

	if (zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, k->hub,
	    SV_CURVE_KEY) == -1)
		return (-1);
	if (zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, k->own.public,
	    SV_CURVE_KEY) == -1)
		return (-1);
	return (zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, k->own.secret,
	    SV_CURVE_KEY));
}
