/*
 * fetcher URL [FROM TO [ETAG]]: what lib/fetch.h gives of it, on standard output;
 * then, on stderr, its size, whether the server knows ranges, and how many
 * requests were made again.  Status 1 with the reason, and the name of errno.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch.h"

/* The name of what sv_fetch_failed() may say. */
static const char *
name_of(int error)
{

	switch (error) {
	case ECANCELED:
		return ("ECANCELED");
	case ENOMEM:
		return ("ENOMEM");
	case ESTALE:
		return ("ESTALE");
	case ETIMEDOUT:
		return ("ETIMEDOUT");
	case EIO:
		return ("EIO");
	default:
		return ("unexpected");
	}
}

int
main(int argc, char *argv[])
{
	struct sv_fetch_object o = { .to = UINT64_MAX };
	char why[SV_WHY], *buf = malloc((size_t)1 << 20);
	struct sv_fetch *f;
	struct sv_bytes in;
	ssize_t n;
	int rc = 1;

	if (argc != 2 && argc != 4 && argc != 5) {
		fprintf(stderr, "usage: fetcher url [from to [etag]]\n");
		return (2);
	}
	o.url = argv[1];
	if (argc > 2) {
		o.from = strtoull(argv[2], NULL, 10);
		o.to = strtoull(argv[3], NULL, 10);
	}
	if (argc > 4)
		o.etag = argv[4];
	if ((f = sv_fetch_open(&o, NULL, why)) == NULL) {
		fprintf(stderr, "%s: %s\n", name_of(errno), why);
		free(buf);
		return (1);
	}
	sv_fetch_bytes(f, &in);
	while ((n = sv_bytes_read(&in, buf, (size_t)1 << 20)) > 0)
		fwrite(buf, 1, (size_t)n, stdout);
	if (n == -1)
		fprintf(stderr, "%s: %s\n", name_of(sv_fetch_failed(f)),
		    sv_bytes_why(&in));
	else
		rc = fflush(stdout) == EOF;
	if (sv_fetch_size(f) == UINT64_MAX)
		fprintf(stderr, "size unknown");
	else
		fprintf(stderr, "size %" PRIu64, sv_fetch_size(f));
	fprintf(stderr, ", ranges %d, tag %s, again %u\n", sv_fetch_ranged(f),
	    sv_fetch_etag(f) != NULL ? sv_fetch_etag(f) : "-",
	    sv_fetch_again(f));
	sv_fetch_close(f);
	free(buf);
	return (rc);
}
