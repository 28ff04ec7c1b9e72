/*
 * uploader [-w WHOLE] [-p PART] [-t STALL] [-n TRIES] [-s BYTES] [-u] URL FILE...: what
 * lib/upload.h does with the files, named as they are behind their last slash.
 * -s: stop when so many bytes are under way; -u: undo it afterwards, as after a
 * failure.  Says on standard output what the problem would be told, and how many
 * requests were made again.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "upload.h"

static uint64_t stop = UINT64_MAX;
static uint64_t last;

static int
step(void *ctx, uint64_t done, uint64_t all)
{

	(void)ctx;
	if (done > all)
		abort();
	last = done;
	return (done >= stop);
}

static int
upload(struct sv_upload *u, char *const *files, char why[SV_WHY])
{

	for (; *files != NULL; files++) {
		const char *slash = strrchr(*files, '/');

		if (sv_upload_add(u, *files, slash != NULL ? slash + 1 :
		    *files, why) == -1)
			return (-1);
	}
	return (sv_upload_run(u, why));
}

static void
say(const struct sv_upload *u)
{
	char *url = sv_upload_url(u, "name"), *where = NULL;
	json_t *o = sv_upload_where(u);

	if (o != NULL)
		where = json_dumps(o, JSON_COMPACT);
	printf("%s %s %" PRIu64 " bytes, again %" PRIu64 "\n", url,
	    where != NULL ? where : "-", last, sv_upload_again(u));
	free(where);
	free(url);
	json_decref(o);
}

int
main(int argc, char *argv[])
{
	struct sv_upload_options o = { .step = step };
	char why[SV_WHY];
	struct sv_upload *u;
	int c, rc, undo = 0;

	while ((c = getopt(argc, argv, "w:p:t:n:s:u")) != -1) {
		uint64_t n = c == 'u' ? 0 : strtoull(optarg, NULL, 10);

		if (c == 'w')
			o.whole = n;
		else if (c == 'p')
			o.part = n;
		else if (c == 't')
			o.stall = (long)n;
		else if (c == 'n')
			o.tries = (unsigned)n;
		else if (c == 's')
			stop = n;
		else if (c == 'u')
			undo = 1;
		else
			return (2);
	}
	if ((u = sv_upload_new(argv[optind], &o, why)) == NULL) {
		fprintf(stderr, "%s\n", why);
		return (1);
	}
	if ((rc = upload(u, argv + optind + 1, why)) == -1)
		fprintf(stderr, "%s\n", why[0] != '\0' ? why :
		    strerror(errno));
	say(u);
	if ((rc == -1 || undo) && sv_upload_undo(u, why) > 0)
		fprintf(stderr, "left: %s\n", why);
	sv_upload_free(u);
	return (rc == -1);
}
