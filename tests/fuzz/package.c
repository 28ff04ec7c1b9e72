#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "lambda.h"

/*
 * Packages (tools/lambda/package.c): whatever a zip is, what comes of it stays
 * in its directory, and can be removed.
 */

void
lambda_uuid(char id[LAMBDA_ID])
{

	memset(id, 'u', LAMBDA_ID - 1);
	id[LAMBDA_ID - 1] = '\0';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct lambda_options o;
	static struct lambda l = { .o = &o };
	char why[256] = "", path[300];
	struct stat st;
	struct code *c;

	if (l.dir[0] == '\0')
		MUST(tree_open(&l) == 0);
	if ((c = package_unpack(&l, data, size, why)) != NULL) {
		MUST(stat(c->dir, &st) == 0 && S_ISDIR(st.st_mode));
		MUST(stat(c->zip, &st) == 0 && (size_t)st.st_size == size);
		MUST(c->unzipped <= LAMBDA_UNZIPPED_MAX);
		code_unref(c);
	} else
		MUST(why[0] != '\0' && strlen(why) < sizeof(why));
	/* Nothing is left, neither there nor beside it. */
	snprintf(path, sizeof(path), "%s/code", l.dir);
	MUST(size == 0 || rmdir(path) == 0 || size == 22);
	MUST(rmdir(l.dir) == 0);
	l.dir[0] = '\0';
	return (0);
}
