#include <inttypes.h>
#include <string.h>

#include "npy.h"

/* Magic, version, and the length of the description that follows. */
#define PREFIX 10
/* The data begin at a multiple of this. */
#define ALIGN 64

int
sv_npy_write(FILE *f, const double *x, uint64_t n)
{
	char head[2 * ALIGN];
	size_t len, total;

	memset(head, ' ', sizeof(head));
	memcpy(head, "\x93NUMPY\x01\x00", 8);
	len = (size_t)snprintf(head + PREFIX, sizeof(head) - PREFIX,
	    "{'descr': '<f8', 'fortran_order': False, 'shape': (%" PRIu64 ",), }",
	    n);
	/* Blanks, and a line end as the last byte. */
	head[PREFIX + len] = ' ';
	total = (PREFIX + len + 1 + ALIGN - 1) / ALIGN * ALIGN;
	head[total - 1] = '\n';
	head[8] = (char)((total - PREFIX) & 0xff);
	head[9] = (char)((total - PREFIX) >> 8);
	if (fwrite(head, 1, total, f) != total)
		return (-1);
	return (n == 0 || fwrite(x, sizeof(*x), n, f) == n ? 0 : -1);
}
