#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "fileurl.h"
#include "json.h"
#include "problem_shard.h"
#include "problem_text.h"
#include "web.h"

#define LOADS 3	/* of what arrives damaged */

/* Is the file the one that the share means?  NULL, or what differs. */
static const char *
compare(const json_t *share, const struct sv_shardfile_info *info)
{
	uint64_t d, n, nnz;
	uint32_t shard, shards;
	const char *cut;
	int weighted;

	if (sv_json_u64(share, "d", 1, SV_RECIPE_MAXCOLS, &d) == -1 ||
	    sv_json_u64(share, "n", 1, SV_RECIPE_MAXROWS, &n) == -1 ||
	    sv_json_u64(share, "nnz", 0, INT64_MAX, &nnz) == -1 ||
	    sv_json_u32(share, "shards", 1, SV_PROBLEM_MAXSHARDS,
	    &shards) == -1 ||
	    sv_json_u32(share, "shard", 0, shards - 1, &shard) == -1 ||
	    sv_json_string(share, "cut", &cut) == -1 ||
	    sv_problem_weighted(share, &weighted) == -1)
		return ("the share's members are missing or out of bounds");
	if (shard != info->shard || shards != info->shards)
		return ("it is another shard");
	if (d != info->d)
		return ("it has another number of features");
	if (n != info->rows || nnz != info->nnz)
		return ("it has another number of rows or non-zeros");
	if (weighted != info->weighted)
		return (weighted ? "it has no weights" : "it has weights");
	if (strcmp(cut, info->cut) != 0)
		return ("it is of another cut");
	return (NULL);
}

/* Is it the right one? */
static int
check(const struct sv_shard *s, const json_t *share, const char *name,
    char why[SV_WHY])
{
	const char *what = compare(share, sv_shardfile_info(s->file));

	if (what == NULL)
		return (0);
	snprintf(why, SV_WHY, "%.150s: not the file expected: %.60s", name,
	    what);
	errno = EIO;
	return (-1);
}

/* On a disk. */
static int
open_file(struct sv_shard *s, const json_t *share, const char *url,
    char why[SV_WHY])
{
	char name[SV_WEB_NAME], *path;
	int rc;

	if ((path = sv_fileurl_path(url)) == NULL) {
		sv_web_name(url, name);
		snprintf(why, SV_WHY, "%s: %s", name, errno == EINVAL ?
		    "not the URL of a file, nor of http, https or s3" :
		    strerror(errno));
		return (-1);
	}
	if ((s->file = sv_shardfile_open(path, why)) == NULL)
		rc = -1;
	else
		rc = check(s, share, path, why);
	free(path);
	return (rc);
}

/* On a server. */
static int
open_hosted(struct sv_shard *s, const json_t *share, const char *url,
    const struct sv_csr_poll *poll, char why[SV_WHY])
{
	const struct sv_fetch_object o = { .url = url,
	    .where = json_object_get(share, "s3"), .to = UINT64_MAX };
	char name[SV_WEB_NAME];

	if ((s->fetch = sv_fetch_open(&o, poll, why)) == NULL)
		return (-1);
	sv_web_name(url, name);
	if (sv_fetch_size(s->fetch) == UINT64_MAX) {
		snprintf(why, SV_WHY, "%s: the server does not say how many "
		    "bytes it has", name);
		errno = EIO;
		return (-1);
	}
	sv_fetch_bytes(s->fetch, &s->in);
	errno = 0;
	s->file = sv_shardfile_open_bytes(&s->in, sv_fetch_size(s->fetch),
	    name, why);
	if (s->file != NULL)
		return (check(s, share, name, why));
	errno = errno == ENOMEM ? ENOMEM : sv_fetch_failed(s->fetch);
	return (-1);
}

int
sv_shard_open(struct sv_shard *s, const json_t *share,
    const struct sv_csr_poll *poll, char why[SV_WHY])
{
	const char *url;
	int rc, saved;

	memset(s, 0, sizeof(*s));
	if (sv_json_string(share, "url", &url) == -1) {
		snprintf(why, SV_WHY, "share: \"url\" is missing");
		errno = EIO;
		return (-1);
	}
	if (sv_fetch_is(url))
		rc = open_hosted(s, share, url, poll, why);
	else if ((rc = open_file(s, share, url, why)) == -1 && errno != ENOMEM)
		errno = EIO;
	if (rc == 0)
		return (0);
	saved = errno;
	sv_shard_close(s);
	errno = saved;
	return (-1);
}

void
sv_shard_close(struct sv_shard *s)
{

	if (s->file != NULL)
		sv_shardfile_close(s->file);
	sv_fetch_close(s->fetch);
	memset(s, 0, sizeof(*s));
}

/* Load it once.  As sv_shard_open(), and ${A} is freed. */
static int
load_once(const json_t *share, enum sv_elem elem, struct sv_matrix *A,
    const struct sv_csr_poll *poll, char why[SV_WHY])
{
	struct sv_shard s;
	int rc, saved;

	if (sv_shard_open(&s, share, poll, why) == -1)
		return (-1);
	errno = 0;
	if ((rc = sv_shardfile_load(s.file, elem, A, poll, why)) == -1) {
		saved = errno;
		if (s.fetch != NULL && sv_fetch_failed(s.fetch) != 0)
			saved = sv_fetch_failed(s.fetch);
		else if (saved != ENOMEM && saved != ECANCELED)
			saved = s.fetch != NULL ? 0 : EIO;
		sv_matrix_fini(A);
		memset(A, 0, sizeof(*A));
		sv_shard_close(&s);
		errno = saved;
		return (-1);
	}
	sv_shard_close(&s);
	return (rc);
}

int
sv_shard_load(const json_t *share, enum sv_elem elem, struct sv_matrix *A,
    const struct sv_csr_poll *poll, char why[SV_WHY])
{
	size_t n;

	for (int i = 1; load_once(share, elem, A, poll, why) == -1; i++) {
		if (errno != 0 && errno != ESTALE)
			return (-1);
		if (i == LOADS) {
			n = strlen(why);
			snprintf(why + n, SV_WHY - n, " (%d loads)", i);
			errno = EIO;
			return (-1);
		}
		sv_warnx("%s; loading it again", why);
	}
	return (0);
}
