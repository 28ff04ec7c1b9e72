#ifndef SV_TESTS_SHARDS_H
#define SV_TESTS_SHARDS_H

/*
 * For tests of shard files: one file in the current directory, made by setup()
 * and removed by teardown(), and what it takes to spoil it.  To be included
 * after cmocka.h.
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "shardfile.h"
#include "shardfile_sum.h"

static char path[64];

static inline int
setup(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "shard.XXXXXX");
	if ((fd = mkstemp(path)) == -1)
		return (-1);
	return (close(fd));
}

static inline int
teardown(void **state)
{

	(void)state;
	return (unlink(path));
}

/* Read the file; 0, or -1 with a reason that names it. */
static inline int
load(struct sv_matrix *A, char why[SV_WHY])
{
	struct sv_shardfile *s;
	int rc = -1;

	memset(A, 0, sizeof(*A));
	why[0] = '\0';
	if ((s = sv_shardfile_open(path, why)) != NULL)
		rc = sv_shardfile_load(s, SV_F64, A, NULL, why);
	sv_shardfile_close(s);
	if (rc == -1)
		assert_memory_equal(why, path, strlen(path));
	return (rc);
}

static inline void
check_bad(const char *want)
{
	char why[SV_WHY];
	struct sv_matrix A;

	assert_int_equal(load(&A, why), -1);
	if (strstr(why, want) == NULL)
		fail_msg("'%s' is not in '%s'", want, why);
}

/*
 * Make the file what is in memory.  It is a new one: some systems write at once
 * to the disk what takes the place of something else.
 */
static inline void
spill(const uint8_t *p, size_t len)
{
	FILE *f;

	unlink(path);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fwrite(p, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/*
 * Make the file a head that fits ${f}, of 2 rows and 4 non-zeros, with ${d}
 * features, and says so much of weights, unless ${head} is another text; and
 * that frame.
 */
static inline void
put_frame(struct sv_frame *f, unsigned d, const char *head,
    const char *weighted)
{
	char text[300], sum[SV_SHARDFILE_HEX];
	struct sv_frame h;
	int fd;

	sv_frame_seal(f);
	sv_shardfile_hex(sum, sv_shardfile_chain(0, f->sum));
	snprintf(text, sizeof(text), "{\"shard\":2,\"shards\":5,\"cut\":"
	    "\"0123456789abcdef\",\"d\":%u,\"rows\":2,\"nnz\":4,\"frames\":1,"
	    "\"sum\":\"%s\"%s}", d, sum, weighted);
	assert_int_equal(sv_frame_make(&h, SV_DATA, head != NULL ? head : text,
	    0, SV_BYTES, 0), 0);
	h.shard = 2;
	unlink(path);
	assert_true((fd = open(path, O_WRONLY | O_CREAT, 0600)) != -1);
	assert_int_equal(sv_frame_send(fd, &h), 0);
	assert_int_equal(sv_frame_send(fd, f), 0);
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif /* !SV_TESTS_SHARDS_H */
