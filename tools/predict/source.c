#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "fd.h"
#include "io.h"
#include "json.h"
#include "liblinear.h"
#include "predict.h"

#define SNIFF ((size_t)4)	/* bytes that tell frames from text */

/* A file whose first bytes have been read. */
struct begun {
	int fd;
	char begin[SNIFF];
	size_t len, at;
};

static ssize_t
read_begun(void *ctx, void *buf, size_t len)
{
	struct begun *b = ctx;
	size_t n = b->len - b->at;

	if (n == 0)
		return (read(b->fd, buf, len));
	if (n > len)
		n = len;
	memcpy(buf, b->begin + b->at, n);
	b->at += n;
	return ((ssize_t)n);
}

static int
read_frames(struct predict *p, const struct sv_bytes *in, int fd,
    const char *name, uint32_t round)
{
	struct sv_model_source s = { .by_round = round > 0, .round = round };
	struct sv_reader *r;
	struct sv_frame f;
	enum sv_io io;
	int rc = -1;

	if ((r = sv_reader_of(in, name)) == NULL) {
		sv_warn("%s", name);
		return (-1);
	}
	while ((io = sv_reader_next(r, &f)) == SV_IO_FRAME ||
	    io == SV_IO_AGAIN) {
		if (io == SV_IO_AGAIN)
			(void)sv_fd_wait(fd, POLLIN);
		else if (!sv_model_take(&s, &f))
			sv_frame_fini(&f);
	}
	if (io == SV_IO_EOF)
		rc = sv_model_make(&p->model, &s, name);
	sv_model_drop(&s);
	sv_reader_free(r);
	return (rc);
}

/* Frames or LIBLINEAR's text? */
static int
read_either(struct predict *p, int fd, const char *name, uint32_t round)
{
	struct begun b = { .fd = fd };
	struct sv_bytes in = { .read = read_begun, .ctx = &b };
	ssize_t n;

	b.at = b.len = 0;
	if ((n = sv_bytes_fill(&in, b.begin, SNIFF)) == -1) {
		sv_warn("%s", name);
		return (-1);
	}
	b.len = (size_t)n;
	if (n == 0) {
		sv_warnx("%s: empty: expected a run of sv-hub or a model of"
		    " LIBLINEAR", name);
		return (-1);
	}
	if (b.len == SNIFF && sv_frame_begins(b.begin, b.len))
		return (read_frames(p, &in, fd, name, round));
	if (round == 0)
		return (sv_liblinear_read(&p->model, &in, name));
	sv_warnx("%s: no frames: --round is for runs", name);
	return (-1);
}

/* What one should know of the model. */
static void
remark(const struct predict *p, const char *name)
{
	const struct sv_model *m = &p->model;
	const char *status;
	uint64_t nonzero = 0;

	if (sv_json_string(m->about, "status", &status) == 0 &&
	    strcmp(status, "converged") != 0 && !p->quiet)
		sv_warnx("%s: its model is of a run that did not converge",
		    name);
	for (uint64_t j = 0; j < m->d; j++)
		nonzero += m->w[j] != 0.0;
	if (p->verbose)
		sv_warnx("%s: %" PRIu64 " features, %" PRIu64 " weights not"
		    " zero%s, %s loss", name, m->d, nonzero,
		    m->biased ? " and an intercept" : "",
		    m->loss != NULL ? m->loss->name : "some other");
}

int
source_read(struct predict *p, const char *name, uint32_t round)
{
	int fd = STDIN_FILENO, own = strcmp(name, "-") != 0, rc;

	if (!own) {
		name = "standard input";
	} else if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1) {
		sv_warn("%s", name);
		return (-1);
	}
	rc = read_either(p, fd, name, round);
	if (own)
		close(fd);
	if (rc == -1)
		return (-1);
	if (p->model.schema != NULL &&
	    (p->schema = sv_schema_json(p->model.schema)) == NULL) {
		sv_warnx("%s: out of memory", name);
		return (-1);
	}
	remark(p, name);
	return (0);
}
