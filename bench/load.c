/*
 * load [f32] FILE: how fast a core loads a shard file from the page cache: GB/s
 * (10^9 bytes, seconds of the processor) of memory that is filled, best of nine
 * goes; and how fast memory of that size, in large pages as well, is merely
 * allocated and copied to, and the file merely read.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "huge.h"
#include "shardfile.h"

#include "util.h"

#define GOES 9
#define PIECE ((size_t)1 << 20)

/* Load the file; return the bytes of memory that the rows take. */
static size_t
load(const char *name, enum sv_elem elem, char frame[SV_SHARDFILE_TEXT],
    struct sv_shardfile_info *info)
{
	struct sv_shardfile *s;
	struct sv_matrix A;
	char why[SV_WHY];
	size_t bytes;

	if ((s = sv_shardfile_open(name, why)) == NULL ||
	    sv_shardfile_load(s, elem, &A, NULL, why) == -1) {
		fprintf(stderr, "load: %s\n", why);
		exit(1);
	}
	*info = *sv_shardfile_info(s);
	sv_shardfile_describe(s, frame);
	bytes = sv_matrix_bytes(&A);
	sv_matrix_fini(&A);
	sv_shardfile_close(s);
	return (bytes);
}

/* Read the file a piece at a time. */
static void
drain(const char *name)
{
	static char buf[PIECE];
	ssize_t n;
	int fd;

	if ((fd = open(name, O_RDONLY)) == -1)
		bench_die(name);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	if (n == -1)
		bench_die(name);
	close(fd);
}

/* Fill ${n} bytes of new memory with the same piece again and again. */
static void
fill(size_t n)
{
	static char buf[PIECE];
	volatile char *last;
	char *p;

	if ((p = malloc(n)) == NULL)
		bench_die("malloc");
	sv_huge(p, n);
	memset(buf, 1, sizeof(buf));
	for (size_t i = 0; i < n; i += PIECE)
		memcpy(p + i, buf, n - i < PIECE ? n - i : PIECE);
	last = p + n - 1;
	if (*last != 1)
		exit(1);
	free(p);
}

/* Seconds of the processor that this program has had. */
static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ((double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec);
}

/* The lesser of ${best} and the seconds since ${start}. */
static double
better(double best, double start)
{
	double s = now() - start;

	return (s < best ? s : best);
}

int
main(int argc, char **argv)
{
	const int f32 = argc == 3 && strcmp(argv[1], "f32") == 0;
	double loading = 1e9, reading = 1e9, filling = 1e9, start;
	char frame[SV_SHARDFILE_TEXT];
	struct sv_shardfile_info info;
	const char *name = argv[argc - 1];
	size_t bytes = 0;

	if (argc != 2 + f32) {
		fprintf(stderr, "usage: load [f32] FILE\n");
		return (2);
	}
	for (int r = 0; r < GOES; r++) {
		start = now();
		bytes = load(name, f32 ? SV_F32 : SV_F64, frame, &info);
		loading = better(loading, start);
		start = now();
		drain(name);
		reading = better(reading, start);
		start = now();
		fill(bytes);
		filling = better(filling, start);
	}
	printf("rows %llu\n", (unsigned long long)info.rows);
	printf("nnz %llu\n", (unsigned long long)info.nnz);
	printf("frame %s\n", frame);
	printf("file-bytes %llu\n", (unsigned long long)info.bytes);
	printf("file-bytes/nnz %.3f\n", (double)info.bytes / (double)info.nnz);
	printf("memory-bytes %zu\n", bytes);
	printf("load-GB/s %.3f\n", 1e-9 * (double)bytes / loading);
	printf("fill-GB/s %.3f\n", 1e-9 * (double)bytes / filling);
	printf("read-GB/s %.3f\n", 1e-9 * (double)info.bytes / reading);
	return (0);
}
