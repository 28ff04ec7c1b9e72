#include <string.h>

#include "lines.h"

void
sv_lines_init(struct sv_lines *l, const struct sv_bytes *in, uint64_t at)
{

	l->in = *in;
	l->at = at;
	l->to = 0;
	l->fresh = at == 0;
	l->done = 1;
	l->used = l->have = 0;
}

void
sv_lines_to(struct sv_lines *l, uint64_t to)
{

	l->to = to;
	l->done = l->fresh && l->at >= to;
}

ssize_t
sv_lines_read(struct sv_lines *l, void *buf, size_t len)
{
	const char *p, *newline = NULL;
	size_t from = 0;
	ssize_t n;

	if (l->done)
		return (0);
	if (l->used == l->have) {
		n = sv_bytes_read(&l->in, l->text, sizeof(l->text));
		if (n <= 0)
			return (n);
		l->used = 0;
		l->have = (size_t)n;
	}
	p = l->text + l->used;
	if (len > l->have - l->used)
		len = l->have - l->used;
	/* A newline at to - 1 or behind is the last byte. */
	if (l->to > l->at + 1)
		from = l->to - 1 - l->at < len ? (size_t)(l->to - 1 - l->at) :
		    len;
	if (from < len)
		newline = memchr(p + from, '\n', len - from);
	if (newline != NULL) {
		len = (size_t)(newline - p) + 1;
		l->done = 1;
	}
	memcpy(buf, p, len);
	l->fresh = p[len - 1] == '\n';
	l->used += len;
	l->at += len;
	return ((ssize_t)len);
}

int
sv_lines_skip(struct sv_lines *l)
{
	char drop[4096];
	ssize_t n;

	while ((n = sv_lines_read(l, drop, sizeof(drop))) > 0)
		continue;
	return ((int)n);
}

static ssize_t
read_section(void *ctx, void *buf, size_t len)
{

	return (sv_lines_read(ctx, buf, len));
}

static const char *
why_not(void *ctx)
{
	const struct sv_lines *l = ctx;

	return (sv_bytes_why(&l->in));
}

void
sv_lines_bytes(struct sv_lines *l, struct sv_bytes *out)
{

	out->read = read_section;
	out->why = why_not;
	out->ctx = l;
}
