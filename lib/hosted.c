#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fileurl.h"
#include "hosted.h"

struct sv_hosted {
	struct sv_fetch *fetch;	/* NULL: it is a file */
	int fd;
	uint64_t size;
	uint64_t left;	/* bytes of the file that are still wanted */
};

static int
open_file(struct sv_hosted *h, const struct sv_fetch_object *o,
    char why[SV_WHY])
{
	struct stat st;
	char *path;

	if ((path = sv_fileurl_path(o->url)) == NULL) {
		snprintf(why, SV_WHY, "%.200s: %s", o->url, errno == EINVAL ?
		    "not the URL of a local file" : strerror(errno));
		return (-1);
	}
	/* Nobody is waited for, if it is a pipe; for files it means nothing. */
	h->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	free(path);
	if (h->fd == -1 || fstat(h->fd, &st) == -1) {
		snprintf(why, SV_WHY, "%.200s: %s", o->url, strerror(errno));
		return (-1);
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, SV_WHY, "%.200s: not a regular file", o->url);
		return (-1);
	}
	h->size = (uint64_t)st.st_size;
	if (o->from >= h->size)
		return (0);
	h->left = (o->to < h->size ? o->to : h->size) - o->from;
	if (lseek(h->fd, (off_t)o->from, SEEK_SET) == -1) {
		snprintf(why, SV_WHY, "%.200s: %s", o->url, strerror(errno));
		return (-1);
	}
	return (0);
}

struct sv_hosted *
sv_hosted_open(const struct sv_fetch_object *o, const struct sv_csr_poll *poll,
    char why[SV_WHY])
{
	struct sv_hosted *h;
	int error;

	if ((h = calloc(1, sizeof(*h))) == NULL) {
		snprintf(why, SV_WHY, "out of memory");
		errno = ENOMEM;
		return (NULL);
	}
	h->fd = -1;
	if (strncmp(o->url, "file:", 5) == 0) {
		if (open_file(h, o, why) == -1) {
			error = EIO;
			goto fail;
		}
	} else if ((h->fetch = sv_fetch_open(o, poll, why)) == NULL) {
		error = errno;
		goto fail;
	}
	return (h);

fail:
	sv_hosted_close(h);
	errno = error;
	return (NULL);
}

uint64_t
sv_hosted_size(const struct sv_hosted *h)
{

	return (h->fetch != NULL ? sv_fetch_size(h->fetch) : h->size);
}

const char *
sv_hosted_etag(const struct sv_hosted *h)
{

	return (h->fetch != NULL ? sv_fetch_etag(h->fetch) : NULL);
}

int
sv_hosted_ranged(const struct sv_hosted *h)
{

	return (h->fetch == NULL || sv_fetch_ranged(h->fetch));
}

static ssize_t
read_file(void *ctx, void *buf, size_t len)
{
	struct sv_hosted *h = ctx;
	ssize_t n;

	if (len > h->left)
		len = (size_t)h->left;
	if (len == 0)
		return (0);
	if ((n = read(h->fd, buf, len)) > 0)
		h->left -= (uint64_t)n;
	return (n);
}

void
sv_hosted_bytes(struct sv_hosted *h, struct sv_bytes *in)
{

	if (h->fetch != NULL) {
		sv_fetch_bytes(h->fetch, in);
		return;
	}
	in->read = read_file;
	in->why = NULL;
	in->ctx = h;
}

int
sv_hosted_failed(const struct sv_hosted *h)
{

	return (h->fetch != NULL ? sv_fetch_failed(h->fetch) : EIO);
}

void
sv_hosted_close(struct sv_hosted *h)
{

	if (h == NULL)
		return;
	sv_fetch_close(h->fetch);
	if (h->fd != -1)
		close(h->fd);
	free(h);
}
