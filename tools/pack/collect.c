#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect.h"
#include "err.h"
#include "find.h"

#define ITEMS_MAX 2000u
#define CA "ca-bundle.crt"	/* as lib/web.h has it */
#define PEM "-----BEGIN CERTIFICATE-----"

/* A file that goes into the package, which gets its bytes at the end. */
struct item {
	struct object o;
	char *name;	/* in the package */
	int executable;
};

struct collection {
	const struct request *q;
	struct item *items;	/* room for ITEMS_MAX, so that they stay */
	size_t n;
	const struct object *top;	/* where the search begins; NULL: no ELF */
	struct search *search;
};

static const char *
base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (slash != NULL ? slash + 1 : path);
}

/* Can it stand in a script as it is? */
static int
plain(const char *name)
{

	return (name[0] != '\0' && name[0] != '-' && name[strspn(name,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "._+-")] == '\0');
}

static int
is_elf(const struct object *o)
{

	return (o->im.machine != 0);
}

/* What comes with glibc, and must be of one piece with the loader. */
static int
of_glibc(const char *name)
{
	static const char *const names[] = { "libBrokenLocale.so.1",
	    "libanl.so.1", "libc.so.6", "libdl.so.2", "libm.so.6",
	    "libmvec.so.1", "libnss_compat.so.2", "libnss_dns.so.2",
	    "libnss_files.so.2", "libpthread.so.0", "libresolv.so.2",
	    "librt.so.1", "libthread_db.so.1", "libutil.so.1" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return (1);
	return (strncmp(name, "ld-linux", strlen("ld-linux")) == 0);
}

/* Take the object over as dir/name; -1 after a line, and it is freed. */
static int
take(struct collection *c, struct object *o, const char *dir,
    const char *name, int executable)
{
	char entry[PATH_MAX];
	int n = snprintf(entry, sizeof(entry), "%s%s", dir, name);
	struct item *item;

	if (n < 0 || (size_t)n >= sizeof(entry) || !package_name_ok(entry)) {
		sv_warnx("%s: not a name that a file of a package can have",
		    name);
		goto fail;
	}
	if (c->n == ITEMS_MAX) {
		sv_warnx("%s: too many files", o->path);
		goto fail;
	}
	if (c->top != NULL && is_elf(o) &&
	    o->im.machine != c->top->im.machine) {
		sv_warnx("%s is for %s, and %s for %s", o->path,
		    image_machine(o->im.machine), c->top->path,
		    image_machine(c->top->im.machine));
		goto fail;
	}
	item = &c->items[c->n];
	if ((item->name = strdup(entry)) == NULL) {
		sv_warn("%s", o->path);
		goto fail;
	}
	item->o = *o;
	item->executable = executable;
	c->n++;
	if (c->top == NULL && is_elf(&item->o))
		c->top = &item->o;
	return (0);

fail:
	object_fini(o);
	return (-1);
}

static int
have(const struct collection *c, const char *dir, const char *name)
{
	char entry[PATH_MAX];
	size_t i;

	snprintf(entry, sizeof(entry), "%s%s", dir, name);
	for (i = 0; i < c->n; i++)
		if (strcmp(c->items[i].name, entry) == 0)
			return (1);
	return (0);
}

/* Add the library ${name} that ${by} needs, unless it is there. */
static int
add_library(struct collection *c, const char *name, const struct object *by)
{
	struct object o;
	char other[PATH_MAX];
	const char *entry = base(name);

	if (have(c, "lib/", entry) || (!c->q->loader && of_glibc(entry)))
		return (0);
	switch (search_find(c->search, name, by, &o, other, sizeof(other))) {
	case FIND_DONE:
		break;
	case FIND_NONE:
		if (other[0] != '\0')
			sv_warnx("%s: not found for %s, which is for %s; %s is"
			    " for another machine", name, by->path,
			    image_machine(by->im.machine), other);
		else
			sv_warnx("%s: not found, and %s needs it", name,
			    by->path);
		return (-1);
	default:
		return (-1);
	}
	if (c->q->verbose)
		sv_warnx("%s: %s, for %s", entry, o.path, by->path);
	return (take(c, &o, "lib/", entry, by->im.interp != NULL &&
	    strcmp(name, by->im.interp) == 0));
}

/* The loader that ${o} names, or the one of that name among libraries. */
static int
add_loader(struct collection *c, const struct object *o)
{
	const char *interp = o->im.interp, *name = base(interp);
	struct object found;
	char other[PATH_MAX];
	enum find rc;

	if (!plain(name)) {
		sv_warnx("%s: a loader of a strange name", o->path);
		return (-1);
	}
	rc = search_find(c->search, interp, o, &found, other, sizeof(other));
	if (rc == FIND_NONE)
		rc = search_find(c->search, name, o, &found, other,
		    sizeof(other));
	if (rc == FIND_NONE)
		sv_warnx("%s: not found, and %s is loaded by it", interp,
		    o->path);
	return (rc == FIND_DONE ? take(c, &found, "lib/", name, 1) : -1);
}

/* What all files need, one after the other, as the list grows. */
static int
add_needed(struct collection *c)
{
	const struct object *o;
	size_t i, k;
	int rc = 0;

	if (c->top == NULL)
		return (0);
	if ((c->search = search_new(c->top, PACKAGE_MAX)) == NULL) {
		sv_warn("%s", c->top->path);
		return (-1);
	}
	if (c->q->loader && add_loader(c, c->top) == -1)
		return (-1);
	for (i = 0; i < c->n; i++) {
		o = &c->items[i].o;
		for (k = 0; k < o->im.nneeded; k++)
			if (add_library(c, o->im.needed[k], o) == -1)
				rc = -1;
	}
	return (rc);
}

/* Does everything find the target's glibc new enough? */
static int
check_glibc(const struct collection *c)
{
	const struct object *o;
	size_t i;
	int rc = 0;

	for (i = 0; i < c->n && !c->q->loader; i++) {
		o = &c->items[i].o;
		if (!image_needs_newer(&o->im, &c->q->glibc))
			continue;
		sv_warnx("%s asks for %s, and the target's glibc is %s: link it"
		    " statically, or see --loader", o->path, o->im.glibc,
		    c->q->glibc_text);
		rc = -1;
	}
	return (rc);
}

static int
add_text(struct package *p, const char *name, const char *loader,
    const char *program)
{
	char text[PATH_MAX];
	unsigned char *data;
	int n;

	n = snprintf(text, sizeof(text), "#!/bin/sh\n"
	    "case $0 in */*) d=${0%%/*} ;; *) d=. ;; esac\n"
	    "exec \"$d/lib/%s\" --library-path \"$d/lib\" \"$d/bin/%s\" \"$@\"\n",
	    loader, program);
	if (n < 0 || (size_t)n >= sizeof(text) ||
	    (data = malloc((size_t)n)) == NULL) {
		sv_warnx("%s: cannot be made", name);
		return (-1);
	}
	memcpy(data, text, (size_t)n);
	return (package_add(p, name, data, (size_t)n, 1));
}

/* Is this a program that can be packed as it was asked for? */
static int
check_program(const struct request *q, const struct object *o)
{
	const char *why = NULL;

	if (!is_elf(o)) {
		if (o->len < 3 || memcmp(o->data, "#!", 2) != 0)
			why = "neither an ELF program nor a script that begins"
			    " with #!";
		else if (q->layer || q->loader)
			why = "a script, which has neither libraries nor a"
			    " loader";
	} else if (o->im.kind == IMAGE_STATIC && (q->layer || q->loader))
		why = "a static program, which has neither libraries nor a"
		    " loader";
	else if (o->im.kind == IMAGE_LIBRARY && (!q->layer || q->loader))
		why = "a shared library, not a program";
	else if (q->loader && !q->layer && !plain(base(o->path)))
		why = "not a name for a script: letters, digits and ._+- only";
	if (why == NULL)
		return (0);
	sv_warnx("%s: %s", o->path, why);
	return (-1);
}

/* FILE or FILE=NAME. */
static int
add_file(struct collection *c, const char *arg)
{
	const char *name = strrchr(arg, '=');
	struct object o;
	char path[PATH_MAX];
	size_t n = name != NULL ? (size_t)(name - arg) : strlen(arg);

	if (n >= sizeof(path)) {
		sv_warnx("--add: the name is too long");
		return (-1);
	}
	memcpy(path, arg, n);
	path[n] = '\0';
	if (object_read(&o, path, PACKAGE_MAX) == -1)
		return (-1);
	return (take(c, &o, "", name != NULL ? name + 1 : base(path),
	    o.executable));
}

/* Are these ${n} bytes somewhere in the file? */
static int
contains(const struct object *o, const char *what, size_t n)
{
	const unsigned char *p = o->data, *end = p + o->len;

	for (; (size_t)(end - p) >= n; p++) {
		if ((p = memchr(p, what[0], (size_t)(end - p) - n + 1)) == NULL)
			return (0);
		if (memcmp(p, what, n) == 0)
			return (1);
	}
	return (0);
}

/*
 * Does any of the files read certificates?  The beginning of one is a word of
 * mbedTLS; OpenSSL and GnuTLS put it together.
 */
static int
reads_certificates(const struct collection *c)
{
	static const char *const words[] = { PEM, "TRUSTED CERTIFICATE",
	    "X509 CERTIFICATE" };
	size_t i, k;

	for (i = 0; i < c->n; i++)
		for (k = 0; is_elf(&c->items[i].o) &&
		    k < sizeof(words) / sizeof(words[0]); k++)
			if (contains(&c->items[i].o, words[k],
			    strlen(words[k])))
				return (1);
	return (0);
}

/* The certificates to trust. */
static int
add_ca(struct collection *c)
{
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt",	/* Debian */
		"/etc/pki/tls/certs/ca-bundle.crt",	/* Amazon Linux */
		"/etc/ssl/ca-bundle.pem",	/* SUSE */
		"/etc/ssl/cert.pem"	/* Alpine, the BSDs */
	};
	const char *ca = c->q->ca;
	struct object o;
	size_t i;

	if (ca == NULL && (c->q->layer || have(c, "", CA) ||
	    !reads_certificates(c)))
		return (0);
	for (i = 0; ca == NULL && i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			ca = places[i];
	if (ca == NULL) {
		sv_warnx("%s can check certificates, and this system has none: "
		    "name a file (--ca), or do without (--no-ca)",
		    c->q->program);
		return (-1);
	}
	if (ca[0] == '\0')
		return (0);
	if (object_read(&o, ca, PACKAGE_MAX) == -1)
		return (-1);
	if (!contains(&o, PEM, strlen(PEM))) {
		sv_warnx("%s: no certificates: expected " PEM, ca);
		object_fini(&o);
		return (-1);
	}
	if (c->q->verbose)
		sv_warnx(CA ": %s", ca);
	return (take(c, &o, "", CA, 0));
}

/* Everything that is a file, with the program as the first. */
static int
gather(struct collection *c)
{
	const struct request *q = c->q;
	struct object o;
	const char *dir = "", *name = "bootstrap";
	size_t i;

	if (object_read(&o, q->program, PACKAGE_MAX) == -1)
		return (-1);
	if (check_program(q, &o) == -1) {
		object_fini(&o);
		return (-1);
	}
	if (q->layer || q->loader) {
		dir = q->layer ? "lib/" : "bin/";
		name = base(q->program);
	}
	if (take(c, &o, dir, name, 1) == -1)
		return (-1);
	for (i = 0; i < q->nadds; i++)
		if (add_file(c, q->adds[i]) == -1)
			return (-1);
	if (add_needed(c) == -1 || add_ca(c) == -1)
		return (-1);
	return (check_glibc(c));
}

/* A program of which only the libraries are wanted is no part of the package. */
static int
left_out(const struct collection *c, size_t i)
{

	return (c->q->layer && i == 0 &&
	    c->items[i].o.im.kind != IMAGE_LIBRARY);
}

int
collect(struct package *p, const struct request *q)
{
	struct collection c = { .q = q };
	struct item *item;
	size_t i;
	int rc;

	if ((c.items = calloc(ITEMS_MAX, sizeof(*c.items))) == NULL) {
		sv_warn("%s", q->program);
		return (-1);
	}
	rc = gather(&c);
	if (rc == 0 && q->loader && !q->layer)
		rc = add_text(p, "bootstrap", base(c.items[0].o.im.interp),
		    base(q->program));
	for (i = 0; rc == 0 && i < c.n; i++) {
		item = &c.items[i];
		if (left_out(&c, i))
			continue;
		rc = package_add(p, item->name, item->o.data, item->o.len,
		    item->executable);
		/* Gone, either way. */
		item->o.data = NULL;
	}
	for (i = 0; i < c.n; i++) {
		object_fini(&c.items[i].o);
		free(c.items[i].name);
	}
	search_free(c.search);
	free(c.items);
	return (rc);
}
