#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "package.h"

#define NAME_MAX_LEN 1000u

int
package_name_ok(const char *name)
{
	const char *s = name;
	size_t n;

	if (strlen(name) > NAME_MAX_LEN)
		return (0);
	for (;;) {
		for (n = 0; s[n] != '/' && s[n] != '\0'; n++)
			if (s[n] < ' ' || s[n] > '~' || s[n] == '\\')
				return (0);
		if (n == 0 || (n == 1 && s[0] == '.') ||
		    (n == 2 && s[0] == '.' && s[1] == '.'))
			return (0);
		if (s[n] == '\0')
			return (1);
		s += n + 1;
	}
}

int
package_has(const struct package *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->files[i].name, name) == 0)
			return (1);
	return (0);
}

int
package_add(struct package *p, const char *name, unsigned char *data,
    size_t len, int executable)
{
	struct package_file *f;
	char *copy = NULL;

	if (package_has(p, name)) {
		sv_warnx("%s: there would be two files of this name in the"
		    " package", name);
		goto fail;
	}
	if (len > PACKAGE_MAX - p->bytes) {
		sv_warnx("%s: with this file the package has more than %" PRIu64
		    " bytes, and AWS Lambda takes no larger one", name,
		    PACKAGE_MAX);
		goto fail;
	}
	f = realloc(p->files, (p->n + 1) * sizeof(*f));
	if (f != NULL)
		p->files = f;
	if (f == NULL || (copy = strdup(name)) == NULL) {
		sv_warn("%s", name);
		goto fail;
	}
	p->files[p->n++] = (struct package_file){ .name = copy, .data = data,
	    .len = len, .executable = executable };
	p->bytes += len;
	return (0);

fail:
	free(data);
	return (-1);
}

/* The largest first. */
static int
by_space(const void *va, const void *vb)
{
	const struct package_file *const *a = va, *const *b = vb;

	if ((*a)->zipped != (*b)->zipped)
		return ((*a)->zipped < (*b)->zipped ? 1 : -1);
	return (strcmp((*a)->name, (*b)->name));
}

int
package_print(const struct package *p, FILE *f, const char *path, uint64_t size)
{
	const struct package_file **order, *e;
	size_t i, n = 0;

	if ((order = malloc((p->n + 1) * sizeof(*order))) == NULL)
		return (-1);
	for (i = 0; i < p->n; i++) {
		e = &p->files[i];
		if (e->name[strlen(e->name) - 1] != '/')
			order[n++] = e;
	}
	qsort(order, n, sizeof(*order), by_space);
	fprintf(f, "%11s %11s  name\n", "bytes", "zipped");
	for (i = 0; i < n; i++)
		fprintf(f, "%11zu %11" PRIu64 "  %s\n", order[i]->len,
		    order[i]->zipped, order[i]->name);
	fprintf(f, "%11" PRIu64 " %11" PRIu64 "  %s\n", p->bytes, size, path);
	free(order);
	return (0);
}

void
package_fini(struct package *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		free(p->files[i].name);
		free(p->files[i].data);
	}
	free(p->files);
	memset(p, 0, sizeof(*p));
}
