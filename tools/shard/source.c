#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "libsvm.h"
#include "problem.h"
#include "source.h"

/* Bytes that tell a frame stream from text: its magic number. */
#define SNIFF 4u

/* Others' magic numbers, as file(1) knows them: what unpacks such a file? */
static const struct {
	const char *begin;
	size_t len;
	const char *program;
} packed[] = {
	{ "\x1f\x8b", 2, "gzip" },
	{ "\xfd\x37\x7a\x58", 4, "xz" },	/* then 'Z' and 0 */
	{ "\x28\xb5\x2f\xfd", 4, "zstd" },
	{ "BZh", 3, "bzip2" }
};

/* Is it compressed?  -1 after a message, else 0. */
static int
refuse_packed(const struct source *s, const char *begin, size_t len)
{

	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
		if (len < packed[i].len ||
		    memcmp(begin, packed[i].begin, packed[i].len) != 0)
			continue;
		sv_warnx("%s: compressed: unpack it first, as with %s -dc%s%s |"
		    " sv-shard ...", s->name, packed[i].program,
		    s->fd == STDIN_FILENO ? "" : " ",
		    s->fd == STDIN_FILENO ? "" : s->name);
		return (-1);
	}
	return (0);
}

/* Rows with their weights to the cut. */
static int
give(struct source *s, struct cut *c, const struct sv_csr *part)
{
	struct sv_csr own = *part;

	if (s->weights != NULL &&
	    (own.weight = weights_next(s->weights, own.rows)) == NULL)
		return (-1);
	return (cut_rows(c, &own));
}

static int
text_rows(struct source *s, struct cut *c, const char *begin, size_t len)
{
	struct sv_libsvm *r;
	struct sv_bytes in;
	struct sv_csr part;
	uint64_t largest = 0;
	int rc;

	sv_bytes_fd(&in, &s->fd);
	if ((r = sv_libsvm_new(&in, s->name, s->d)) == NULL) {
		sv_warn("%s", s->name);
		return (-1);
	}
	sv_libsvm_feed(r, begin, len);
	while ((rc = sv_libsvm_next(r, &part)) == 1) {
		largest = part.cols;
		if ((rc = give(s, c, &part)) == -1)
			break;
	}
	sv_libsvm_free(r);
	if (s->d == 0)
		s->d = largest;
	return (rc);
}

/* Write the frame as it came, and free it. */
static int
pass_on(struct sv_frame *f)
{
	int rc;

	if ((rc = sv_frame_write(STDOUT_FILENO, f)) == -1)
		sv_warn("standard output");
	sv_frame_fini(f);
	return (rc);
}

/* Read frames until the problem frame ${f} comes, and pass on the others. */
static int
find_problem(struct source *s, struct sv_frame *f)
{
	enum sv_io rc;

	while ((rc = sv_reader_next(s->reader, f)) == SV_IO_FRAME) {
		if (f->type == SV_PROBLEM)
			return (0);
		if (pass_on(f) == -1)
			return (-1);
	}
	if (rc == SV_IO_EOF)
		sv_warnx("%s: no problem frame", s->name);
	return (-1);
}

struct giver {
	struct source *source;
	struct cut *cut;
};

static int
give_each(void *ctx, const struct sv_csr *part, uint64_t first)
{
	const struct giver *g = ctx;

	(void)first;
	return (give(g->source, g->cut, part));
}

static int
problem_rows(struct source *s, struct cut *c, const char *begin, size_t len)
{
	struct giver giver = { s, c };
	struct sv_problem p;
	struct sv_frame f;
	char why[SV_WHY];
	int rc = -1;

	if ((s->reader = sv_reader_new(s->fd, s->name)) == NULL) {
		sv_warn("%s", s->name);
		return (-1);
	}
	sv_reader_feed(s->reader, begin, len);
	if (find_problem(s, &f) == -1)
		return (-1);
	if (sv_problem_parse(&p, &f) == -1)
		goto out;
	if (s->d != 0 && s->d < p.d) {
		sv_warnx("%s: the problem has %" PRIu64 " features, more than"
		    " the %" PRIu64 " of -d", s->name, p.d, s->d);
	} else {
		if (s->d == 0)
			s->d = p.d;
		if (p.elem == SV_F32)
			s->elem = SV_F32;
		rc = sv_problem_each(&p, give_each, &giver, why);
		if (rc == -1 && why[0] != '\0')
			sv_warnx("%s", why);
	}
	sv_problem_fini(&p);
out:
	sv_frame_fini(&f);
	return (rc);
}

int
source_rows(struct source *s, struct cut *c)
{
	char begin[SNIFF];
	size_t len = 0;
	ssize_t n;
	int rc;

	while (len < SNIFF) {
		n = read(s->fd, begin + len, SNIFF - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			sv_warn("%s", s->name);
			return (-1);
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (len == SNIFF && sv_frame_begins(begin, SNIFF))
		rc = problem_rows(s, c, begin, len);
	else if ((rc = refuse_packed(s, begin, len)) == 0)
		rc = text_rows(s, c, begin, len);
	if (rc == 0 && s->weights != NULL)
		rc = weights_end(s->weights);
	return (rc);
}

int
source_rest(struct source *s)
{
	struct sv_frame f;
	enum sv_io rc;

	if (s->reader == NULL)
		return (0);
	while ((rc = sv_reader_next(s->reader, &f)) == SV_IO_FRAME)
		if (pass_on(&f) == -1)
			return (-1);
	return (rc == SV_IO_EOF ? 0 : -1);
}

void
source_fini(struct source *s)
{

	sv_reader_free(s->reader);
	s->reader = NULL;
}
