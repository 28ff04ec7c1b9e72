#include "config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "err.h"
#include "holdout.h"
#include "libsvm.h"
#include "rng.h"
#include "shardfile.h"

/* Blocks of random words that are made at once. */
#define BLOCKS 512u
#define WORDS (BLOCKS * SV_RNG_WORDS)

struct holdout {
	struct names *names;
	struct sv_rng rng;
	uint64_t below;		/* share 2^64 */
	uint64_t row;		/* the next one */
	uint64_t words[WORDS];	/* of the rows around it */
	/*
	 * Rows are kept as in a shard until all have come: only then it is
	 * known which of their labels is the positive one.
	 */
	struct sv_shardfile_writer *writer;
	uint64_t rows;
};

struct holdout *
holdout_new(double share, uint64_t seed, struct names *names)
{
	struct holdout *h;

	if ((h = calloc(1, sizeof(*h))) == NULL ||
	    sv_rng_init(&h->rng, "sv holdout 1", seed) == -1) {
		sv_warn("--holdout");
		free(h);
		return (NULL);
	}
	h->names = names;
	h->below = (uint64_t)ldexp(share, 64);
	h->writer = sv_shardfile_create(names_path(names, NAME_HELD, 0), 0, 1,
	    SV_SHARDFILE_FRAME);
	if (h->writer == NULL) {
		sv_warn("%s", names_path(names, NAME_HELD, 0));
		free(h);
		return (NULL);
	}
	return (h);
}

int
holdout_next(struct holdout *h)
{
	uint64_t at = h->row++ % WORDS;

	if (at == 0)
		sv_rng_blocks(&h->rng, (h->row - 1) / SV_RNG_WORDS, BLOCKS,
		    h->words);
	return (h->words[at] < h->below);
}

int
holdout_add(struct holdout *h, const struct sv_csr *part, uint64_t i)
{
	struct sv_csr own = *part;

	own.weight = NULL;
	h->rows++;
	if (sv_shardfile_add(h->writer, &own, i) == 0)
		return (0);
	sv_warn("%s", names_path(h->names, NAME_HELD, 0));
	return (-1);
}

uint64_t
holdout_rows(const struct holdout *h)
{

	return (h->rows);
}

/* Complete the temporary file, so that it can be read. */
static int
complete(struct holdout *h, uint64_t d)
{
	char id[SV_SHARDFILE_HEX];

	if (sv_shardfile_flush(h->writer) == 0) {
		sv_shardfile_cut(&h->writer, 1, d, id);
		if (sv_shardfile_finish(h->writer, d, id) == 0)
			return (0);
	}
	sv_warn("%s", names_path(h->names, NAME_HELD, 0));
	return (-1);
}

/* All rows to ${out}; 0, or -1 after a message. */
static int
copy(struct holdout *h, FILE *out, const double *positive)
{
	struct sv_shardfile *s;
	struct sv_csr part;
	char why[SV_WHY];
	int rc;

	s = sv_shardfile_open(names_path(h->names, NAME_HELD, 0), why);
	if (s == NULL) {
		sv_warnx("%s", why);
		return (-1);
	}
	while ((rc = sv_shardfile_next(s, &part, why)) == 1) {
		for (uint64_t i = 0; i < part.rows && positive != NULL; i++)
			part.label[i] = part.label[i] < *positive ||
			    part.label[i] > *positive ? -1 : 1;
		if (sv_libsvm_write(out, &part) == -1) {
			sv_warn("%s", names_path(h->names, NAME_TEXT, 0));
			sv_shardfile_close(s);
			return (-1);
		}
	}
	sv_shardfile_close(s);
	if (rc == -1)
		sv_warnx("%s", why);
	return (rc);
}

/* A new text, not one that a link leads to. */
static FILE *
create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0666);
	FILE *out;

	if (fd == -1 || (out = fdopen(fd, "w")) != NULL)
		return (fd == -1 ? NULL : out);
	close(fd);
	return (NULL);
}

int
holdout_write(struct holdout *h, uint64_t d, const double *positive)
{
	FILE *out;
	int rc = 0;

	if ((out = create(names_path(h->names, NAME_TEXT, 0))) == NULL) {
		sv_warn("%s", names_path(h->names, NAME_TEXT, 0));
		return (-1);
	}
	/* A shard file has at least one row. */
	if (h->rows > 0 && (rc = complete(h, d)) == 0)
		rc = copy(h, out, positive);
	if (fclose(out) == EOF && rc == 0) {
		sv_warn("%s", names_path(h->names, NAME_TEXT, 0));
		rc = -1;
	}
	if (rc == 0)
		names_remove(h->names, NAME_HELD, 0);
	return (rc);
}

void
holdout_free(struct holdout *h)
{

	if (h == NULL)
		return;
	sv_shardfile_free(h->writer);
	free(h);
}
