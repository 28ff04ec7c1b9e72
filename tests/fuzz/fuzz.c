#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static int file;
static char path[40];

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{

	(void)argc;
	(void)argv;
	json_object_seed(1);
	file = memfd_create("fuzz", MFD_CLOEXEC);
	MUST(file != -1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return (0);
}

int
fuzz_fd(const void *data, size_t size)
{

	MUST(ftruncate(file, 0) == 0);
	MUST(pwrite(file, data, size, 0) == (ssize_t)size);
	MUST(lseek(file, 0, SEEK_SET) == 0);
	return (file);
}

const char *
fuzz_path(void)
{

	return (path);
}
