#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cut.h"
#include "deal.h"
#include "err.h"
#include "fileurl.h"
#include "io.h"
#include "json.h"
#include "shardfile.h"

#define MAXLABELS 3u
/* All writers together collect this many bytes of rows, or a little each. */
#define MEMORY ((size_t)64 << 20)
#define MEMORY_EACH ((size_t)4096)

struct cut {
	uint32_t W;
	char *dir;		/* absolute */
	int made_dir;
	struct deal *deal;
	struct sv_shardfile_writer **writer;
	char **tmp;		/* temporary names */
	char **path;		/* and the files' own */
	uint64_t rows;
	uint64_t nnz;
	int weighted;		/* the rows have weights */
	double labels[MAXLABELS];	/* distinct ones, ascending */
	unsigned nlabels;	/* MAXLABELS + 1: too many to tell */
	volatile sig_atomic_t named;	/* files may have their own names */
	volatile sig_atomic_t done;	/* and are to stay */
};

/* What a signal's handler removes. */
static struct cut *volatile current;

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
#define NSIGNALS (sizeof(signals) / sizeof(signals[0]))

/* Remove what was made; safe in a signal's handler. */
static void
clean(const struct cut *c)
{

	if (c->done)
		return;
	for (uint32_t i = 0; i < c->W && c->path[i] != NULL; i++) {
		unlink(c->tmp[i]);
		if (c->named)
			unlink(c->path[i]);
	}
	if (c->made_dir)
		rmdir(c->dir);
}

static void
on_signal(int sig)
{

	if (current != NULL)
		clean(current);
	/* The handler was reset: this is the death that was asked for. */
	raise(sig);
}

static void
catch_signals(void)
{
	struct sigaction sa, old;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sa.sa_flags = (int)SA_RESETHAND;
	for (size_t i = 0; i < NSIGNALS; i++)
		sigaddset(&sa.sa_mask, signals[i]);
	for (size_t i = 0; i < NSIGNALS; i++)
		/* A background job of sh ignores SIGINT, and should. */
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
}

/* "DIR/PREFIXshard-00003.svsSUFFIX", or NULL. */
static char *
name(const char *dir, const char *prefix, uint32_t i, const char *suffix)
{
	size_t len = strlen(dir) + strlen(prefix) + strlen(suffix) + 32;
	char *s = malloc(len);

	if (s != NULL)
		snprintf(s, len, "%s/%sshard-%05" PRIu32 ".svs%s",
		    strcmp(dir, "/") == 0 ? "" : dir, prefix, i, suffix);
	return (s);
}

/* All names, so that a handler need not make them. */
static int
make_names(struct cut *c)
{
	char suffix[32];

	snprintf(suffix, sizeof(suffix), ".%ld", (long)getpid());
	for (uint32_t i = 0; i < c->W; i++) {
		c->tmp[i] = name(c->dir, ".", i, suffix);
		if (c->tmp[i] == NULL ||
		    (c->path[i] = name(c->dir, "", i, "")) == NULL)
			return (-1);
	}
	return (0);
}

/*
 * Make the directory unless there is one, and find its absolute name; 0, or -1
 * after a message.
 */
static int
make_dir(struct cut *c, const char *dir)
{
	struct stat st;

	if (mkdir(dir, 0777) == 0)
		c->made_dir = 1;
	else if (errno != EEXIST || stat(dir, &st) == -1)
		goto err;
	else if (!S_ISDIR(st.st_mode)) {
		sv_warnx("-o %s: not a directory", dir);
		return (-1);
	}
	if ((c->dir = realpath(dir, NULL)) != NULL)
		return (0);
err:
	sv_warn("%s", dir);
	if (c->made_dir)
		rmdir(dir);
	return (-1);
}

struct cut *
cut_new(const char *dir, uint32_t W, uint64_t seed)
{
	size_t frame = MEMORY / W;
	struct cut *c;

	if (frame > SV_SHARDFILE_FRAME)
		frame = SV_SHARDFILE_FRAME;
	if (frame < MEMORY_EACH)
		frame = MEMORY_EACH;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		goto err0;
	if ((c->deal = deal_new(W, seed)) == NULL ||
	    (c->tmp = calloc(W, sizeof(*c->tmp))) == NULL ||
	    (c->path = calloc(W, sizeof(*c->path))) == NULL ||
	    (c->writer = calloc(W, sizeof(struct sv_shardfile_writer *))) == NULL)
		goto err1;
	if (make_dir(c, dir) == -1)
		goto err2;
	c->W = W;
	if (make_names(c) == -1)
		goto err1;
	current = c;
	catch_signals();
	for (uint32_t i = 0; i < W; i++) {
		c->writer[i] = sv_shardfile_create(c->tmp[i], i, W, frame);
		if (c->writer[i] == NULL) {
			sv_warn("%s", c->tmp[i]);
			goto err2;
		}
	}
	return (c);

err1:
	sv_warn("%" PRIu32 " shards", W);
err2:
	cut_free(c);
	return (NULL);
err0:
	sv_warn("%" PRIu32 " shards", W);
	return (NULL);
}

/* Keep the distinct labels sorted, while they are few. */
static void
note_label(struct cut *c, double y)
{
	unsigned i, n = c->nlabels;

	if (n > MAXLABELS)
		return;
	for (i = 0; i < n && c->labels[i] < y; i++)
		;
	if (i < n && c->labels[i] <= y)
		return;
	c->nlabels++;
	if (n == MAXLABELS)
		return;
	memmove(c->labels + i + 1, c->labels + i, (n - i) * sizeof(double));
	c->labels[i] = y;
}

int
cut_rows(struct cut *c, const struct sv_csr *part)
{

	for (uint64_t i = 0; i < part->rows; i++) {
		uint32_t shard = deal_next(c->deal);

		note_label(c, part->label[i]);
		if (sv_shardfile_add(c->writer[shard], part, i) == -1) {
			sv_warn("%s", c->tmp[shard]);
			return (-1);
		}
	}
	c->rows += part->rows;
	c->nnz += part->nnz;
	c->weighted = part->weight != NULL;
	return (0);
}

uint64_t
cut_count(const struct cut *c)
{

	return (c->rows);
}

/* A label, as a whole number if it is one. */
static json_t *
label_json(double y)
{

	if (y >= -1e9 && y <= 1e9 && y == (double)(json_int_t)y)
		return (json_integer((json_int_t)y));
	return (json_real(y));
}

/* The element of "shards" for one file. */
static json_t *
shard_json(const struct cut *c, uint32_t i)
{
	const struct sv_shardfile_info *info;
	json_t *o;
	char *url;

	info = sv_shardfile_written(c->writer[i]);
	if ((url = sv_fileurl_make(c->path[i])) == NULL)
		return (NULL);
	o = json_pack("{s:s, s:I, s:I}", "url", url,
	    "n", (json_int_t)info->rows, "nnz", (json_int_t)info->nnz);
	free(url);
	return (o);
}

/* Write the problem frame. */
static int
put_problem(const struct cut *c, uint64_t d, enum sv_elem elem, const char *id)
{
	json_t *labels, *shards = json_array(), *o;
	struct sv_frame f;
	int rc = 0;

	labels = c->nlabels <= MAXLABELS ? json_array() : json_null();
	for (unsigned i = 0; json_is_array(labels) && i < c->nlabels; i++)
		rc |= json_array_append_new(labels,
		    label_json(c->labels[i]));
	for (uint32_t i = 0; i < c->W; i++)
		rc |= json_array_append_new(shards, shard_json(c, i));
	if (rc != 0) {
		/* Without memory only; an array that is short must not go out. */
		json_decref(shards);
		shards = NULL;
	}
	o = json_pack("{s:s, s:I, s:I, s:I, s:o, s:s, s:o*, s:s*, s:o}",
	    "kind", "shards", "n", (json_int_t)c->rows, "d", (json_int_t)d,
	    "nnz", (json_int_t)c->nnz, "labels", labels, "cut", id,
	    "weighted", c->weighted ? json_true() : NULL,
	    "values", elem == SV_F32 ? "f32" : NULL, "shards", shards);
	if (sv_json_frame(&f, SV_PROBLEM, o) == -1 ||
	    sv_frame_send(STDOUT_FILENO, &f) == -1) {
		sv_warn("cannot write the problem");
		return (-1);
	}
	return (0);
}

/* Write what remains of all files; ${id} becomes the name of the cut. */
static int
complete(struct cut *c, uint64_t d, char id[SV_SHARDFILE_HEX])
{
	uint32_t i;

	for (i = 0; i < c->W; i++)
		if (sv_shardfile_flush(c->writer[i]) == -1)
			goto err;
	sv_shardfile_cut(c->writer, c->W, d, id);
	for (i = 0; i < c->W; i++)
		if (sv_shardfile_finish(c->writer[i], d, id) == -1)
			goto err;
	return (0);

err:
	sv_warn("%s", c->tmp[i]);
	return (-1);
}

int
cut_finish(struct cut *c, uint64_t d, enum sv_elem elem)
{
	char id[SV_SHARDFILE_HEX];

	if (complete(c, d, id) == -1)
		return (-1);
	c->named = 1;
	for (uint32_t i = 0; i < c->W; i++) {
		if (rename(c->tmp[i], c->path[i]) == -1) {
			sv_warn("%s", c->path[i]);
			return (-1);
		}
	}
	if (put_problem(c, d, elem, id) == -1)
		return (-1);
	c->done = 1;
	return (0);
}

void
cut_free(struct cut *c)
{

	if (c == NULL)
		return;
	clean(c);
	current = NULL;
	for (uint32_t i = 0; i < c->W; i++) {
		sv_shardfile_free(c->writer[i]);
		free(c->tmp[i]);
		free(c->path[i]);
	}
	deal_free(c->deal);
	free(c->writer);
	free(c->tmp);
	free(c->path);
	free(c->dir);
	free(c);
}
