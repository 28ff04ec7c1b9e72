#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sigv4.h"
#include "sigv4_canon.h"

static int
by_name(const void *a, const void *b)
{

	return (strcmp(*(char *const *)a, *(char *const *)b));
}

/* A copy in lower case, or NULL. */
static char *
lowered(const char *name)
{
	char *copy = strdup(name);

	for (char *p = copy; p != NULL && *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return (copy);
}

/* The names of all headers, each once, sorted, with semicolons between them. */
static void
list_names(struct sv_sigv4_text *t, const struct sv_sigv4_request *r)
{
	char **names;

	if ((names = calloc(r->nheader, sizeof(*names))) == NULL) {
		t->failed = 1;
		return;
	}
	for (size_t i = 0; i < r->nheader; i++)
		if ((names[i] = lowered(r->headers[i].name)) == NULL)
			t->failed = 1;
	if (!t->failed)
		qsort(names, r->nheader, sizeof(*names), by_name);
	for (size_t i = 0; i < r->nheader && !t->failed; i++) {
		if (i > 0 && strcmp(names[i], names[i - 1]) == 0)
			continue;
		sv_sigv4_text_adds(t, i > 0 ? ";" : "");
		sv_sigv4_text_adds(t, names[i]);
	}
	for (size_t i = 0; i < r->nheader; i++)
		free(names[i]);
	free(names);
}

/* Store "name: value" as the next line; -1 if memory is out. */
static int
add_line(char *lines[SV_SIGV4_LINES + 1], const char *name, const char *value)
{
	size_t n = strlen(name), room = n + strlen(value) + 3, i = 0;

	while (lines[i] != NULL)
		i++;
	if ((lines[i] = malloc(room)) == NULL)
		return (-1);
	memcpy(lines[i], name, n);
	memcpy(lines[i] + n, ": ", 2);
	memcpy(lines[i] + n + 2, value, room - n - 2);
	return (0);
}

/* The Authorization header's value. */
static void
authorize(struct sv_sigv4_text *t, const struct sv_sigv4_keys *keys,
    const struct sv_sigv4_scope *scope, const char *date, const char *names,
    const char *signature)
{

	sv_sigv4_text_adds(t, SV_SIGV4_METHOD " Credential=");
	sv_sigv4_text_adds(t, keys->access);
	sv_sigv4_text_adds(t, "/");
	sv_sigv4_text_add(t, date, 8);
	sv_sigv4_text_adds(t, "/");
	sv_sigv4_text_adds(t, scope->region);
	sv_sigv4_text_adds(t, "/");
	sv_sigv4_text_adds(t, scope->service);
	sv_sigv4_text_adds(t, "/aws4_request, SignedHeaders=");
	sv_sigv4_text_adds(t, names);
	sv_sigv4_text_adds(t, ", Signature=");
	sv_sigv4_text_adds(t, signature);
}

/* Sign the request that has all headers but Authorization. */
static int
sign_all(char *lines[SV_SIGV4_LINES + 1], const struct sv_sigv4_request *r,
    const char *hash, const struct sv_sigv4_keys *keys,
    const struct sv_sigv4_scope *scope, const char *date)
{
	struct sv_sigv4_text names = { 0 }, value = { 0 };
	char signature[SV_SIGV4_HEX];
	int rc = -1;

	list_names(&names, r);
	if (names.failed || sv_sigv4_signature(signature, r, names.s, hash,
	    keys, scope, date) == -1)
		goto done;
	authorize(&value, keys, scope, date, names.s, signature);
	if (!value.failed)
		rc = add_line(lines, "Authorization", value.s);

done:
	sv_sigv4_text_fini(&names);
	sv_sigv4_text_fini(&value);
	return (rc);
}

int
sv_sigv4_sign(char *lines[SV_SIGV4_LINES + 1], const struct sv_sigv4_request *r,
    const struct sv_sigv4_keys *keys, const struct sv_sigv4_scope *scope,
    time_t when, int hash)
{
	struct sv_sigv4_request all = *r;
	struct sv_sigv4_header *headers;
	char sum[SV_SIGV4_HEX], date[SV_SIGV4_DATE];
	const char *given = sv_sigv4_find(r, "x-amz-content-sha256");
	struct tm tm;
	int rc;

	memset(lines, 0, (SV_SIGV4_LINES + 1) * sizeof(*lines));
	if (sv_sigv4_find(r, "host") == NULL ||
	    sv_sigv4_find(r, "authorization") != NULL ||
	    sv_sigv4_find(r, "x-amz-date") != NULL ||
	    sv_sigv4_find(r, "x-amz-security-token") != NULL ||
	    gmtime_r(&when, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &tm) == 0) {
		errno = EINVAL;
		return (-1);
	}
	if ((headers = calloc(r->nheader + 3, sizeof(*headers))) == NULL)
		return (-1);
	memcpy(headers, r->headers, r->nheader * sizeof(*headers));
	all.headers = headers;
	sv_sigv4_sum(sum, r->body, r->length);
	headers[all.nheader++] = (struct sv_sigv4_header){ "X-Amz-Date", date };
	rc = add_line(lines, "X-Amz-Date", date);
	if (rc == 0 && keys->token != NULL && keys->token[0] != '\0') {
		headers[all.nheader++] = (struct sv_sigv4_header){
		    "X-Amz-Security-Token", keys->token };
		rc = add_line(lines, "X-Amz-Security-Token", keys->token);
	}
	if (rc == 0 && hash && given == NULL) {
		headers[all.nheader++] = (struct sv_sigv4_header){
		    "X-Amz-Content-Sha256", sum };
		rc = add_line(lines, "X-Amz-Content-Sha256", sum);
	}
	if (rc == 0)
		rc = sign_all(lines, &all, given != NULL ? given : sum, keys,
		    scope, date);
	free(headers);
	if (rc == -1) {
		sv_sigv4_lines_free(lines);
		errno = ENOMEM;
	}
	return (rc);
}

void
sv_sigv4_lines_free(char *lines[SV_SIGV4_LINES + 1])
{

	for (size_t i = 0; i <= SV_SIGV4_LINES; i++) {
		if (lines[i] == NULL)
			continue;
		sodium_memzero(lines[i], strlen(lines[i]));
		free(lines[i]);
		lines[i] = NULL;
	}
}
