/*
 * parse FILE [LABEL [CATEGORIES]]: how fast LIBSVM text is parsed, or CSV where
 * columns are named.  Prints MB/s (10^6 bytes), the median of three goes, and
 * those of merely reading the file.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "csvtext.h"
#include "libsvm.h"
#include "text.h"

#include "util.h"

/* Parse all of ${fd}; return the rows. */
static uint64_t
parse(int fd, const char *name)
{
	struct sv_libsvm *r;
	struct sv_bytes in;
	struct sv_csr part;
	uint64_t rows = 0;
	int rc;

	sv_bytes_fd(&in, &fd);
	if ((r = sv_libsvm_new(&in, name, 0)) == NULL)
		bench_die(name);
	while ((rc = sv_libsvm_next(r, &part)) == 1)
		rows += part.rows;
	if (rc == -1)
		exit(1);
	sv_libsvm_free(r);
	return (rows);
}

/* The same of CSV. */
static uint64_t
parse_csv(int fd, const char *name, const struct sv_text_options *o)
{
	struct sv_csvtext *r;
	struct sv_bytes in;
	struct sv_csr part;
	uint64_t rows = 0;
	int rc;

	sv_bytes_fd(&in, &fd);
	if ((r = sv_csvtext_new(o, 0)) == NULL)
		exit(1);
	sv_csvtext_begin(r, &in, name);
	while ((rc = sv_csvtext_next(r, &part)) == 1)
		rows += part.rows;
	if (rc == -1)
		exit(1);
	sv_csvtext_free(r);
	return (rows);
}

static void
drain(int fd, const char *name)
{
	static char buf[1 << 20];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	if (n == -1)
		bench_die(name);
}

int
main(int argc, char **argv)
{
	struct sv_text_options o = { .label = argc > 2 ? argv[2] : NULL,
	    .categorical = argc > 3 ? argv[3] : NULL };
	double parsed[3], drained[3], start;
	struct stat st;
	uint64_t rows = 0;
	int fd;

	if (argc < 2 || argc > 4) {
		fprintf(stderr, "usage: parse FILE [LABEL [CATEGORIES]]\n");
		return (2);
	}
	if ((fd = open(argv[1], O_RDONLY)) == -1 || fstat(fd, &st) == -1)
		bench_die(argv[1]);
	for (int r = 0; r < 3; r++) {
		start = bench_now();
		drain(fd, argv[1]);
		drained[r] = bench_now() - start;
		if (lseek(fd, 0, SEEK_SET) == -1)
			bench_die(argv[1]);
		start = bench_now();
		rows = argc > 2 ? parse_csv(fd, argv[1], &o) :
		    parse(fd, argv[1]);
		parsed[r] = bench_now() - start;
		if (lseek(fd, 0, SEEK_SET) == -1)
			bench_die(argv[1]);
	}
	printf("rows %llu\n", (unsigned long long)rows);
	printf("parse-MB/s %.1f\n", 1e-6 * (double)st.st_size /
	    bench_median(parsed, 3));
	printf("read-MB/s %.1f\n", 1e-6 * (double)st.st_size /
	    bench_median(drained, 3));
	close(fd);
	return (0);
}
