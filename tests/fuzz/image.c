#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "image.h"

/* What sv-pack reads of an ELF file (tools/pack): every string is one. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct image_version old = { { 2, 2, 5 } };
	struct image im;
	char why[IMAGE_WHY];
	size_t i;

	if (image_read(&im, data, size, why) == -1) {
		MUST(memchr(why, 0, sizeof(why)) != NULL && why[0] != '\0');
		MUST(im.needed == NULL);
		return (0);
	}
	MUST(image_is_elf(data, size) && image_machine(im.machine) != NULL);
	MUST((im.kind == IMAGE_DYNAMIC) == (im.interp != NULL));
	for (i = 0; i < im.nneeded; i++)
		MUST(strlen(im.needed[i]) > 0 && strlen(im.needed[i]) < size);
	MUST(im.rpath == NULL || strlen(im.rpath) < size);
	MUST(im.runpath == NULL || strlen(im.runpath) < size);
	MUST(im.glibc == NULL || strncmp(im.glibc, "GLIBC_", 6) == 0);
	(void)image_needs_newer(&im, &old);
	image_fini(&im);
	return (0);
}
