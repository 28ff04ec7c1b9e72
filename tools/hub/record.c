#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "json.h"
#include "workers.h"

/* What may wait for a slow reader downstream before records are dropped. */
#define DOWNSTREAM_LIMIT ((uint64_t)32 << 20)

/* Is ${path} a run that has not come as far as a round?  Then it is no loss. */
static int
is_stillborn(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), frames = 0, round = 0;
	struct sv_reader *r = NULL;
	struct sv_frame f;

	if (fd == -1 || (r = sv_reader_new(fd, path)) == NULL)
		goto done;
	sv_reader_quiet(r);
	while (!round && sv_reader_next(r, &f) == SV_IO_FRAME) {
		frames++;
		round = (f.type == SV_GLOBAL && f.round > 0) ||
		    f.type == SV_CHECKPOINT || f.type == SV_MODEL;
		sv_frame_fini(&f);
	}

done:
	sv_reader_free(r);
	if (fd != -1)
		close(fd);
	return (frames > 0 && !round);
}

/* Does another hub write to the file ${fd}?  Its process, or 0. */
static pid_t
writer(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &l) == -1 || l.l_type == F_UNLCK)
		return (0);
	return (l.l_pid);
}

/* Does another hub write to ${path}?  -1 after a message: so it is. */
static int
check_writer(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	pid_t other;

	if (fd == -1)
		return (0);	/* to be told when it is opened for good */
	other = writer(fd);
	close(fd);
	if (other == 0)
		return (0);
	sv_warnx("%s: another run is being written there, by process %ld",
	    path, (long)other);
	return (-1);
}

/* From now on others can tell that we write to ${fd}, where files have locks. */
static void
claim(int fd)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	(void)fcntl(fd, F_SETLK, &l);
}

/*
 * A run that is in the file already is kept beside it: somebody may want to go
 * on from it, this very job's master among others.
 */
static int
keep_old(const char *path)
{
	char old[PATH_MAX];
	struct stat st;

	if (lstat(path, &st) == -1 || !S_ISREG(st.st_mode))
		return (0);
	if (check_writer(path) == -1)
		return (-1);
	if (st.st_size == 0 || is_stillborn(path))
		return (0);
	if ((size_t)snprintf(old, sizeof(old), "%s~", path) >= sizeof(old)) {
		errno = ENAMETOOLONG;
		sv_warn("%s~", path);
		return (-1);
	}
	if (rename(path, old) == 0)
		return (0);
	sv_warn("cannot keep %s as %s", path, old);
	return (-1);
}

int
record_open(struct hub *h)
{
	const char *path = h->o->output;

	/* A closed pipe is an error like others, for the sink to tell. */
	signal(SIGPIPE, SIG_IGN);
	if (!isatty(STDOUT_FILENO)) {
		h->out = sink_new(STDOUT_FILENO, "standard output",
		    DOWNSTREAM_LIMIT, h->wake[1]);
		if (h->out == NULL) {
			sv_warn("standard output");
			return (-1);
		}
	} else if (path == NULL) {
		sv_warnx("frames are not for terminals: give a run file with "
		    "-o, or pipe them to sv-stats");
		return (-1);
	}
	if (path != NULL) {
		if (keep_old(path) == -1)
			return (-1);
		h->file_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0666);
		if (h->file_fd == -1) {
			sv_warn("%s", path);
			return (-1);
		}
		claim(h->file_fd);
		h->file = sink_new(h->file_fd, path, 0, h->wake[1]);
		if (h->file == NULL) {
			sv_warn("%s", path);
			return (-1);
		}
	}
	return (0);
}

void
record_blob(struct hub *h, struct sv_blob *b)
{
	unsigned type = sv_blob_frame(b)->type;
	int save = type == SV_STATE || type == SV_CHECKPOINT;

	if (h->file != NULL)
		sink_put(h->file, b, 0);
	if (h->out != NULL && (h->file == NULL || !save))
		sink_put(h->out, b, save || type == SV_GLOBAL ||
		    type == SV_TIMING || type == SV_TRACE);
}

void
record_frame(struct hub *h, struct sv_frame *f)
{
	struct sv_blob *b;

	f->job = h->job;
	if ((b = sv_blob_seal(f)) == NULL) {
		hub_fail(h, "cannot record: %s", strerror(errno));
		return;
	}
	record_blob(h, b);
	sv_blob_unref(b);
}

/* A JSON string; bytes that are not UTF-8, of a path say, are made so. */
static json_t *
text(const char *s)
{
	json_t *o = json_string(s);
	char ascii[512];
	size_t n;

	if (o != NULL)
		return (o);
	snprintf(ascii, sizeof(ascii), "%s", s);
	n = strlen(ascii);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)ascii[i] >= 0x80)
			ascii[i] = '?';
	return (json_string(ascii));
}

void
record_event(struct hub *h, uint32_t shard, uint32_t generation,
    const char *event, const char *why)
{
	struct sv_frame f;

	if (sv_json_frame(&f, SV_EVENT, json_pack("{s:s, s:o}", "event", event,
	    "why", text(why))) == -1)
		return;
	f.shard = shard;
	f.generation = generation;
	record_frame(h, &f);
}

void
record_check(struct hub *h)
{
	struct sink *sinks[] = { h->file, h->out };

	for (size_t i = 0; i < 2; i++)
		if (sinks[i] != NULL && sink_error(sinks[i]) != 0)
			hub_fail(h, "%s: %s", sink_name(sinks[i]),
			    strerror(sink_error(sinks[i])));
}

void
record_end(struct hub *h)
{
	struct sv_frame f;
	char why[120];
	uint64_t dropped = h->out != NULL ? sink_dropped(h->out) : 0;

	if (dropped > 0) {
		snprintf(why, sizeof(why), "%" PRIu64 " records were dropped "
		    "because the reader downstream was too slow", dropped);
		sv_warnx("%s%s", why,
		    h->file != NULL ? "; the run file has them all" : "");
		record_event(h, SV_FRAME_NOSHARD, 0, "dropped", why);
	}
	peers_record(h);
	if (sv_json_frame(&f, SV_END, json_pack("{s:i, s:o, s:s}", "status",
	    h->status, "reason", text(h->reason), "tool", sv_err_name())) == 0)
		record_frame(h, &f);
	if (h->file != NULL)
		sink_finish(h->file);
	if (h->out != NULL)
		sink_finish(h->out);
}

int
record_idle(struct hub *h, int impatient)
{

	if (h->file != NULL && !sink_idle(h->file))
		return (0);
	if (h->out == NULL || sink_idle(h->out))
		return (1);
	if (impatient) {
		h->status = SV_EXIT_FAILED;
		sv_warnx("standard output: the reader does not read; its run "
		    "is cut");
	}
	return (impatient);
}

/* Did a sink fail since the end began?  Before that, it began the end. */
static int
failed_late(const struct hub *h, struct sink *s)
{
	const char *why;

	if (s == NULL || sink_error(s) == 0)
		return (0);
	why = strerror(sink_error(s));
	/* Ctrl-C ends the reader as well. */
	if (s == h->out && h->interrupts > 0 && sink_error(s) == EPIPE)
		return (1);
	if (strncmp(h->reason, sink_name(s), strlen(sink_name(s))) != 0)
		sv_warnx("%s: %s", sink_name(s), why);
	return (1);
}

int
record_close(struct hub *h)
{
	int rc = 0;

	if (failed_late(h, h->file) || failed_late(h, h->out))
		rc = -1;
	if (h->file_fd != -1 && close(h->file_fd) == -1) {
		sv_warn("%s", h->o->output);
		rc = -1;
	}
	sink_free(h->file);
	sink_free(h->out);
	h->file = h->out = NULL;
	return (rc);
}
