#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "upload_state.h"

/* "${a}${b}${c}", or NULL. */
static char *
joined(const char *a, const char *b, const char *c)
{
	size_t room = strlen(a) + strlen(b) + strlen(c) + 1;
	char *s = malloc(room);

	if (s != NULL)
		snprintf(s, room, "%s%s%s", a, b, c);
	return (s);
}

/* A slash, unless ${s} ends with one already or is empty. */
static const char *
slash(const char *s)
{
	size_t n = strlen(s);

	return (n == 0 || s[n - 1] == '/' ? "" : "/");
}

/*
 * Is it one of a web server?  What a problem says must not have secrets in it: no
 * user, and no query.
 */
static int
web_ok(const char *url)
{
	const char *host;

	if (!sv_web_is(url) || strpbrk(url, "?#") != NULL)
		return (0);
	host = strchr(url, ':') + 3;
	return (host[0] != '\0' && memchr(host, '@', strcspn(host, "/")) ==
	    NULL);
}

/* Where everything goes. */
static int
take_url(struct sv_upload *u, const char *url, char why[SV_WHY])
{
	char name[SV_WEB_NAME];
	const char *key;

	if (sv_s3_is(url)) {
		if ((u->s3 = sv_s3_new(url, NULL, why)) == NULL)
			return (-1);
		key = sv_s3_key(u->s3);
		u->prefix = joined(key, slash(key), "");
	} else if (!web_ok(url)) {
		sv_web_name(url, name);
		snprintf(why, SV_WHY, "%s: expected s3://BUCKET/PREFIX, or an"
		    " http or https URL without user and query", name);
		return (-1);
	} else {
		u->prefix = joined(url, slash(url), "");
	}
	u->base = joined(url, slash(url), "");
	if (u->prefix != NULL && u->base != NULL)
		return (0);
	snprintf(why, SV_WHY, "out of memory");
	return (-1);
}

struct sv_upload *
sv_upload_new(const char *url, const struct sv_upload_options *o,
    char why[SV_WHY])
{
	struct sv_upload *u;

	if ((u = calloc(1, sizeof(*u))) == NULL) {
		snprintf(why, SV_WHY, "out of memory");
		return (NULL);
	}
	u->o = *o;
	if (u->o.whole == 0)
		u->o.whole = SV_UPLOAD_WHOLE;
	if (u->o.part == 0)
		u->o.part = SV_UPLOAD_PART;
	if (u->o.stall == 0)
		u->o.stall = SV_UPLOAD_STALL;
	if (u->o.tries == 0)
		u->o.tries = SV_UPLOAD_TRIES;
	for (size_t i = 0; i < SV_UPLOAD_LANES; i++)
		u->job[i].fd = -1;
	if (take_url(u, url, why) == -1)
		goto fail;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		u->global = 1;
	if (u->global && (u->multi = curl_multi_init()) != NULL)
		return (u);
	snprintf(why, SV_WHY, "out of memory");

fail:
	sv_upload_free(u);
	return (NULL);
}

char *
sv_upload_url(const struct sv_upload *u, const char *name)
{

	return (joined(u->base, name, ""));
}

json_t *
sv_upload_where(const struct sv_upload *u)
{

	return (u->s3 != NULL ? sv_s3_where(u->s3) : NULL);
}

uint64_t
sv_upload_again(const struct sv_upload *u)
{

	return (u->again);
}

/* Room for one more file; NULL if memory is out. */
static struct sv_upload_file *
new_file(struct sv_upload *u)
{
	size_t room = u->room > 0 ? 2 * u->room : 16;
	void *p;

	if (u->files == u->room) {
		if ((p = realloc(u->file, room * sizeof(*u->file))) == NULL)
			return (NULL);
		u->file = p;
		u->room = room;
	}
	memset(&u->file[u->files], 0, sizeof(*u->file));
	return (&u->file[u->files]);
}

/* Into how many parts, and of what size? */
static void
divide(const struct sv_upload *u, struct sv_upload_file *f)
{

	if (u->s3 == NULL || f->size <= u->o.whole)
		return;
	f->part = (f->size + SV_UPLOAD_PARTS - 1) / SV_UPLOAD_PARTS;
	if (f->part < u->o.part)
		f->part = u->o.part;
	f->parts = (uint32_t)((f->size + f->part - 1) / f->part);
}

int
sv_upload_add(struct sv_upload *u, const char *path, const char *name,
    char why[SV_WHY])
{
	struct sv_upload_file *f;
	struct stat st;

	if (stat(path, &st) == -1) {
		snprintf(why, SV_WHY, "%.200s: %s", path, strerror(errno));
		return (-1);
	}
	if ((f = new_file(u)) == NULL)
		goto memory;
	/* From here on it is freed with the others. */
	u->files++;
	if ((f->path = strdup(path)) == NULL ||
	    (f->target = joined(u->prefix, name, "")) == NULL ||
	    (f->url = sv_upload_url(u, name)) == NULL)
		goto memory;
	f->size = (uint64_t)st.st_size;
	u->bytes += f->size;
	divide(u, f);
	return (0);

memory:
	snprintf(why, SV_WHY, "%.200s: out of memory", path);
	return (-1);
}

void
sv_upload_drop(struct sv_upload *u)
{

	for (size_t i = 0; i < SV_UPLOAD_LANES; i++) {
		sv_upload_end(u, &u->job[i]);
		u->job[i].file = NULL;
	}
}

void
sv_upload_free(struct sv_upload *u)
{

	if (u == NULL)
		return;
	sv_upload_drop(u);
	for (size_t i = 0; i < u->files; i++) {
		free(u->file[i].path);
		free(u->file[i].target);
		free(u->file[i].url);
		free(u->file[i].id);
		free(u->file[i].etags);
	}
	free(u->file);
	sv_s3_free(u->s3);
	free(u->prefix);
	free(u->base);
	curl_multi_cleanup(u->multi);
	if (u->global)
		curl_global_cleanup();
	free(u);
}
