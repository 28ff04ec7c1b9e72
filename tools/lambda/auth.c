#include "config.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "err.h"
#include "lambda.h"
#include "sigv4.h"

#define HEADERS_MAX 200u	/* of a request that is verified */

struct auth {
	struct sv_sigv4_keys *keys;
	size_t nkeys;
};

static void
forget(char *secret)
{

	if (secret != NULL)
		sodium_memzero(secret, strlen(secret));
	free(secret);
}

/* Take the next word of ${*text}; NULL if there is none. */
static char *
word(char **text)
{
	static const char blank[] = " \t\r\n";
	char *p = *text + strspn(*text, blank);
	size_t len = strcspn(p, blank);

	if (len == 0)
		return (NULL);
	*text = p + len;
	if (**text != '\0')
		*(*text)++ = '\0';
	return (p);
}

/* A line "ACCESS_KEY SECRET [TOKEN]", a comment, or nothing. */
static int
read_line(struct auth *a, char *line)
{
	const char *access = word(&line), *secret, *token;
	struct sv_sigv4_keys *keys, *k;

	if (access == NULL || access[0] == '#')
		return (0);
	secret = word(&line);
	token = secret != NULL ? word(&line) : NULL;
	if (secret == NULL || (token != NULL && word(&line) != NULL)) {
		errno = EINVAL;
		return (-1);
	}
	keys = realloc(a->keys, (a->nkeys + 1) * sizeof(*keys));
	if (keys == NULL)
		return (-1);
	a->keys = keys;
	k = &keys[a->nkeys++];
	k->access = strdup(access);
	k->secret = strdup(secret);
	k->token = strdup(token != NULL ? token : "");
	return (k->access == NULL || k->secret == NULL || k->token == NULL ?
	    -1 : 0);
}

static int
read_keys(struct auth *a, const char *path)
{
	char *line = NULL;
	size_t room = 0, n = 0;
	int rc = 0;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL) {
		sv_warn("%s", path);
		return (-1);
	}
	while (rc == 0 && getline(&line, &room, f) != -1) {
		n++;
		if ((rc = read_line(a, line)) == -1)
			sv_warnx("%s:%zu: expected ACCESS_KEY SECRET [TOKEN]",
			    path, n);
	}
	if (rc == 0 && ferror(f)) {
		sv_warn("%s", path);
		rc = -1;
	}
	if (rc == 0 && a->nkeys == 0) {
		sv_warnx("%s: there are no keys in it", path);
		rc = -1;
	}
	if (line != NULL)
		sodium_memzero(line, room);
	free(line);
	fclose(f);
	return (rc);
}

int
auth_open(struct lambda *l)
{

	if (l->o->keys == NULL)
		return (0);
	if ((l->auth = calloc(1, sizeof(*l->auth))) == NULL) {
		sv_warn("%s", l->o->keys);
		return (-1);
	}
	return (read_keys(l->auth, l->o->keys));
}

void
auth_close(struct lambda *l)
{
	struct auth *a = l->auth;

	if (a == NULL)
		return;
	/* They were made here, and are const for others only. */
	for (size_t i = 0; i < a->nkeys; i++) {
		forget((char *)(uintptr_t)a->keys[i].access);
		forget((char *)(uintptr_t)a->keys[i].secret);
		forget((char *)(uintptr_t)a->keys[i].token);
	}
	free(a->keys);
	free(a);
	l->auth = NULL;
}

static const struct sv_sigv4_keys *
lookup(void *arg, const char *access)
{
	const struct auth *a = arg;

	for (size_t i = 0; i < a->nkeys; i++)
		if (strcmp(a->keys[i].access, access) == 0)
			return (&a->keys[i]);
	return (NULL);
}

struct headers {
	struct sv_sigv4_header list[HEADERS_MAX];
	size_t n;
};

static void
add_header(void *ctx, const char *name, const char *value)
{
	struct headers *h = ctx;

	if (h->n < HEADERS_MAX) {
		h->list[h->n].name = name;
		h->list[h->n].value = value;
	}
	h->n++;
}

static void
refuse(struct request *r, enum sv_sigv4_result why, const char *text)
{
	static const struct {
		enum sv_sigv4_result why;
		const char *error;
	} errors[] = {
		{ SV_SIGV4_MISSING, "MissingAuthenticationTokenException" },
		{ SV_SIGV4_INCOMPLETE, "IncompleteSignatureException" },
		{ SV_SIGV4_UNKNOWN, "UnrecognizedClientException" },
		{ SV_SIGV4_BAD_TOKEN, "UnrecognizedClientException" },
		{ SV_SIGV4_ERROR, "ServiceException" }
	};
	const char *error = "InvalidSignatureException";

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].why == why)
			error = errors[i].error;
	http_reply_json(r, why == SV_SIGV4_ERROR ? 500 : 403, error,
	    json_pack("{s:s}", "message", text));
}

int
auth_check(struct request *r, const char *service)
{
	struct sv_sigv4_scope scope = { r->l->o->region, service };
	struct headers h = { .n = 0 };
	struct sv_sigv4_request s = { .method = r->method, .path = r->path,
	    .query = r->query, .headers = h.list, .body = r->body,
	    .length = r->length };
	char why[SV_SIGV4_WHY] = "";
	enum sv_sigv4_result rc;

	if (r->l->auth == NULL)
		return (1);
	http_headers(r, add_header, &h);
	if (h.n > HEADERS_MAX) {
		refuse(r, SV_SIGV4_INCOMPLETE, "too many headers");
		return (0);
	}
	s.nheader = h.n;
	rc = sv_sigv4_verify(&s, &scope, lookup, r->l->auth,
	    (time_t)(sv_clock_real_ns() / 1000000000), why);
	if (rc == SV_SIGV4_OK)
		return (1);
	refuse(r, rc, why);
	return (0);
}
