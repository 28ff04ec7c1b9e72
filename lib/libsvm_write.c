#include <stdio.h>

#include "libsvm.h"
#include "number.h"

/* Text on its way to a stream. */
struct out {
	FILE *file;
	size_t len;
	char text[1 << 16];
};

/* Make room for ${len} bytes.  Return 0, or -1 with errno set. */
static int
room(struct out *o, size_t len)
{

	if (sizeof(o->text) - o->len >= len)
		return (0);
	if (fwrite(o->text, 1, o->len, o->file) != o->len)
		return (-1);
	o->len = 0;
	return (0);
}

int
sv_libsvm_write(FILE *file, const struct sv_csr *A)
{
	struct out o;
	char *p;

	o.file = file;
	o.len = 0;
	for (uint64_t i = 0; i < A->rows; i++) {
		if (room(&o, SV_NUMBER_MAX + 2) == -1)
			return (-1);
		p = o.text + o.len;
		if (A->label[i] == 1)
			*p++ = '+';
		p = sv_number_format(p, A->label[i]);
		o.len = (size_t)(p - o.text);
		for (uint64_t l = A->start[i]; l < A->start[i + 1]; l++) {
			if (room(&o, 2 * SV_NUMBER_MAX + 3) == -1)
				return (-1);
			p = o.text + o.len;
			*p++ = ' ';
			p = sv_number_uint(p, (uint64_t)A->col[l] + 1);
			*p++ = ':';
			p = sv_number_format(p, A->val[l]);
			o.len = (size_t)(p - o.text);
		}
		o.text[o.len++] = '\n';
	}
	return (room(&o, sizeof(o.text)));
}
