#include <string.h>

#include "unpack_kind.h"

#define AS_TEXT " and not text: write it as CSV first"
#define FIRST " and not text: unpack it first"

static const struct {
	const char *begin;
	size_t len;
	enum sv_unpack_kind kind;
	const char *what;
} kinds[] = {
	{ "\x1f\x8b\x08", 3, SV_UNPACK_PACKED, "gzip" },
	{ "BZh", 3, SV_UNPACK_PACKED, "bzip2" },
	{ "\xfd" "7zXZ", 6, SV_UNPACK_PACKED, "xz" },
	{ "\x28\xb5\x2f\xfd", 4, SV_UNPACK_PACKED, "zstd" },
	{ "\x04\x22\x4d\x18", 4, SV_UNPACK_PACKED, "lz4" },
	{ "PK\003\004", 4, SV_UNPACK_MEMBERS, "zip" },
	{ "PK\005\006", 4, SV_UNPACK_MEMBERS, "zip" },	/* empty */
	{ "7z\xbc\xaf\x27\x1c", 6, SV_UNPACK_FOREIGN, "7-Zip" FIRST },
	{ "Rar!\x1a\x07", 6, SV_UNPACK_FOREIGN, "RAR" FIRST },
	{ "\x1f\x9d", 2, SV_UNPACK_FOREIGN, "compress" FIRST },
	{ "PAR1\x15", 5, SV_UNPACK_FOREIGN, "Parquet" AS_TEXT },
	{ "ARROW1\0", 8, SV_UNPACK_FOREIGN, "Arrow" AS_TEXT },
	{ "Obj\001", 4, SV_UNPACK_FOREIGN, "Avro" AS_TEXT },
	{ "\x89HDF\r\n\x1a\n", 8, SV_UNPACK_FOREIGN, "HDF5" AS_TEXT },
	{ "\x93NUMPY", 6, SV_UNPACK_FOREIGN, "NumPy" AS_TEXT },
	{ "SQLite format 3", 16, SV_UNPACK_FOREIGN, "SQLite" AS_TEXT },
	{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, SV_UNPACK_FOREIGN,
	    "an Office document" AS_TEXT },
	{ "%PDF-", 5, SV_UNPACK_FOREIGN, "PDF" AS_TEXT },
	{ "\xff\xfe", 2, SV_UNPACK_FOREIGN,
	    "UTF-16: convert it first, as with iconv -f UTF-16 -t UTF-8" },
	{ "\xfe\xff", 2, SV_UNPACK_FOREIGN,
	    "UTF-16: convert it first, as with iconv -f UTF-16 -t UTF-8" }
};

/* The header of a member of a tar: bytes, and where its checksum is. */
#define TAR 512u
#define TAR_SUM 148u
#define TAR_SUM_LEN 8u

/* Do ${p}'s bytes add up to what the header says, its sum's being blanks? */
static int
is_tar(const unsigned char *p, size_t len)
{
	unsigned sum = 0, said = 0;
	size_t i = TAR_SUM, end = TAR_SUM + TAR_SUM_LEN;

	if (len < TAR || p[0] == '\0')
		return (0);
	for (size_t j = 0; j < TAR; j++)
		sum += j < TAR_SUM || j >= end ? p[j] : ' ';
	while (i < end && p[i] == ' ')
		i++;
	for (; i < end && p[i] >= '0' && p[i] <= '7'; i++)
		said = said * 8 + (unsigned)(p[i] - '0');
	return (i < end && (p[i] == '\0' || p[i] == ' ') && said == sum);
}

enum sv_unpack_kind
sv_unpack_kind(const void *head, size_t len, const char **what)
{

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (len < kinds[i].len ||
		    memcmp(head, kinds[i].begin, kinds[i].len) != 0)
			continue;
		*what = kinds[i].what;
		return (kinds[i].kind);
	}
	*what = is_tar(head, len) ? "tar" : "text";
	return (is_tar(head, len) ? SV_UNPACK_MEMBERS : SV_UNPACK_PLAIN);
}
