#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "lambda.h"

/* The functions that there are. */

#define SETTLE 0.3	/* s that AWS would need to make a change work */

struct function *
function_find(struct lambda *l, const char *name)
{

	for (struct function *f = l->functions; f != NULL; f = f->next)
		if (!f->deleted && strcmp(f->name, name) == 0)
			return (f);
	return (NULL);
}

struct function *
function_by_url(struct lambda *l, const char *id)
{

	if (id[0] == '\0')
		return (NULL);
	for (struct function *f = l->functions; f != NULL; f = f->next)
		if (!f->deleted && strcmp(f->url_id, id) == 0)
			return (f);
	return (NULL);
}

/* Which version a qualifier names, from 1; 0: $LATEST; -1: none. */
static long long
version_of(const struct function *f, const char *qualifier)
{
	unsigned long long n = 0;

	if (qualifier == NULL || strcmp(qualifier, "$LATEST") == 0)
		return (0);
	if (qualifier[0] < '1' || qualifier[0] > '9' ||
	    qualifier[strspn(qualifier, "0123456789")] != '\0' ||
	    strlen(qualifier) > 9)
		return (-1);
	n = strtoull(qualifier, NULL, 10);
	return (n <= f->nversions ? (long long)n : -1);
}

struct config *
function_config(struct function *f, const char *qualifier)
{
	const json_t *alias;
	long long n;

	if (qualifier != NULL &&
	    (alias = json_object_get(f->aliases, qualifier)) != NULL)
		qualifier = json_string_value(json_object_get(alias,
		    "FunctionVersion"));
	if ((n = version_of(f, qualifier)) == -1)
		return (NULL);
	return (n == 0 ? f->latest : f->versions[n - 1]);
}

/* What was asked for works from now on. */
static void
settled(void *ctx)
{
	struct function *f = ctx;

	f->state = FUNCTION_ACTIVE;
	f->updating = 0;
}

struct function *
function_new(struct lambda *l, const char *name, struct config *config)
{
	struct function *f;

	if (strlen(name) >= LAMBDA_NAME ||
	    (f = calloc(1, sizeof(*f))) == NULL) {
		config_unref(config);
		return (NULL);
	}
	f->l = l;
	snprintf(f->name, sizeof(f->name), "%s", name);
	snprintf(f->arn, sizeof(f->arn), "arn:aws:lambda:%s:%s:function:%s",
	    l->o->region, LAMBDA_ACCOUNT, name);
	f->state = FUNCTION_PENDING;
	f->latest = config;
	f->reserved = -1;
	f->retries = FUNCTION_RETRIES;
	f->max_age = FUNCTION_MAX_AGE;
	if (timer_set(l, &f->settle, SETTLE, settled, f) == -1) {
		config_unref(config);
		free(f);
		return (NULL);
	}
	f->next = l->functions;
	l->functions = f;
	return (f);
}

void
function_update(struct function *f, struct config *config)
{

	config_unref(f->latest);
	f->latest = config;
	f->updating = 1;
	if (timer_set(f->l, &f->settle, SETTLE, settled, f) == -1)
		settled(f);
	invoke_forget(f);
}

struct config *
function_publish(struct function *f)
{
	struct config *c, **versions;

	for (size_t i = f->nversions; i-- > 0;)
		if (f->versions[i] != NULL) {
			if (f->versions[i]->serial == f->latest->serial)
				return (f->versions[i]);
			break;
		}
	versions = realloc(f->versions, (f->nversions + 1) *
	    sizeof(*versions));
	if (versions == NULL)
		return (NULL);
	f->versions = versions;
	if ((c = config_new(f->latest)) == NULL)
		return (NULL);
	c->serial = f->latest->serial;
	snprintf(c->version, sizeof(c->version), "%zu", f->nversions + 1);
	f->versions[f->nversions++] = c;
	return (c);
}

void
function_delete_version(struct function *f, const char *qualifier)
{
	long long n = version_of(f, qualifier);

	if (n < 1)
		return;
	config_unref(f->versions[n - 1]);
	f->versions[n - 1] = NULL;
	invoke_forget(f);
}

/* Let go of all configurations. */
static void
drop(struct function *f)
{

	timer_stop(f->l, &f->settle);
	config_unref(f->latest);
	f->latest = NULL;
	for (size_t i = 0; i < f->nversions; i++)
		config_unref(f->versions[i]);
	free(f->versions);
	f->versions = NULL;
	f->nversions = 0;
}

void
function_delete(struct function *f)
{

	f->deleted = 1;
	drop(f);
	invoke_forget(f);
}

static void
function_free(struct function *f)
{

	drop(f);
	invoke_free(f);
	json_decref(f->url_cors);
	json_decref(f->destinations);
	json_decref(f->policy);
	json_decref(f->tags);
	json_decref(f->aliases);
	free(f);
}

void
function_gone(struct function *f)
{
	struct function **p = &f->l->functions;

	while (*p != f)
		p = &(*p)->next;
	*p = f->next;
	function_free(f);
}

void
function_free_all(struct lambda *l)
{
	struct function *f;

	while ((f = l->functions) != NULL) {
		l->functions = f->next;
		function_free(f);
	}
	api_free(l);
}

/* A whole file of at most LAMBDA_ZIP_MAX bytes; NULL after a line. */
static void *
read_zip(const char *path, size_t *length)
{
	struct stat st;
	FILE *f;
	void *data = NULL;

	if ((f = fopen(path, "re")) == NULL || fstat(fileno(f), &st) == -1) {
		sv_warn("%s", path);
		goto end;
	}
	if (!S_ISREG(st.st_mode) || st.st_size < 1 ||
	    (uint64_t)st.st_size > LAMBDA_ZIP_MAX) {
		sv_warnx("%s: not a file of 1 to %zu bytes", path,
		    LAMBDA_ZIP_MAX);
		goto end;
	}
	*length = (size_t)st.st_size;
	if ((data = malloc(*length)) == NULL ||
	    fread(data, 1, *length, f) != *length) {
		sv_warnx("%s: cannot be read", path);
		free(data);
		data = NULL;
	}
end:
	if (f != NULL)
		fclose(f);
	return (data);
}

/* Say why -F will not have it, without the words for those who upload. */
static void
tell_unpacked(const char *zip, const char *why)
{
	static const char words[] = "Could not unzip";
	const char *detail = strchr(why, '(');

	if (strncmp(why, words, sizeof(words) - 1) == 0)
		sv_warnx("%s: not a zip that can be unpacked%s%s", zip,
		    detail != NULL ? " " : "", detail != NULL ? detail : "");
	else
		sv_warnx("%s: %s", zip, why);
}

/* As on AWS a function can be made without a program; calls of it fail. */
static void
look_for_bootstrap(const struct lambda_seed *s, const struct code *c)
{
	char path[PATH_MAX];
	struct stat st;
	int n;

	n = snprintf(path, sizeof(path), "%s/bootstrap", c->dir);
	if (n < 0 || (size_t)n >= sizeof(path))
		return;
	if (stat(path, &st) == -1 || !S_ISREG(st.st_mode))
		sv_warnx("%s: there is no file bootstrap at its top: calls of "
		    "%s will fail", s->zip, s->name);
	else if ((st.st_mode & S_IXOTH) == 0)
		sv_warnx("%s: its bootstrap is not executable for all: calls "
		    "of %s will fail", s->zip, s->name);
}

int
function_seed(struct lambda *l, const struct lambda_seed *s)
{
	struct config *c = NULL;
	struct function *f;
	char why[256];
	size_t length;
	void *zip;

	if (function_find(l, s->name) != NULL) {
		sv_warnx("%s: there are two functions of this name", s->name);
		return (-1);
	}
	if ((zip = read_zip(s->zip, &length)) == NULL)
		return (-1);
	if ((c = config_new(NULL)) == NULL) {
		sv_warnx("%s: out of memory", s->name);
	} else if ((c->code = package_unpack(l, zip, length, why)) == NULL) {
		tell_unpacked(s->zip, why);
		config_unref(c);
		c = NULL;
	}
	free(zip);
	if (c == NULL)
		return (-1);
	look_for_bootstrap(s, c->code);
	c->memory = s->memory;
	c->timeout = s->timeout;
	if ((f = function_new(l, s->name, c)) == NULL) {
		sv_warnx("%s: out of memory", s->name);
		return (-1);
	}
	f->reserved = s->reserved;
	timer_stop(l, &f->settle);
	settled(f);
	return (0);
}
